//! What an Express workflow cannot wait for.

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Approval {
    approved: bool,
}

#[task(callback)]
async fn ask(token: TaskToken<Approval>, order: String) {
    println!("{order} {token}");
}

#[task(resource = "arn:aws:states:::batch:submitJob.sync", rename_all = "PascalCase")]
async fn render(job_name: String, job_queue: String) {
    println!("{job_name} {job_queue}");
}

#[task(transaction)]
fn debit(order: String, tx: &Transaction<'_>) -> u32 {
    order.len() as u32
}

#[task]
async fn charge(order: String) -> u32 {
    order.len() as u32
}

#[workflow]
async fn pack(order: String) -> u32 {
    charge(order).await
}

#[workflow(express)]
async fn count(order: String) -> u32 {
    charge(order).await
}

#[workflow(express)]
async fn waits(order: String) -> u32 {
    let approval = ask(order.clone()).await;
    render(order.clone(), "films".to_owned()).await;
    let packed = pack(order.clone()).await;
    debit(order.clone()).await;
    let counted = count(order.clone()).await;
    pack(order.clone()).start().await;
    count(order.clone()).start().await;
    if approval.approved { packed + counted } else { charge(order).await }
}

#[workflow(express)]
async fn waits_in_a_map(orders: Vec<String>) -> Vec<u32> {
    map(orders, |order| pack(order)).await
}

#[workflow]
async fn a_standard_one_waits(order: String) -> u32 {
    count(order).await
}

async fn outside(engine: durafn::Engine) {
    let _ = engine.run(pack("x".to_owned())).await;
    let _ = engine.run(count("x".to_owned())).await;
}

fn main() {}
