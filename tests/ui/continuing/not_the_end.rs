//! Where something would follow the end of the execution.

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    Lost,
    #[fault]
    Fault(Fault),
}

#[task]
async fn poll(cursor: u64) -> Result<u64, Trouble> {
    Ok(cursor + 1)
}

#[workflow]
async fn goes_on_behind_it(cursor: u64) {
    goes_on_behind_it(cursor + 1).continue_as_new().await;
}

#[workflow]
async fn looks_at_its_end(cursor: u64) -> Result<(), Trouble> {
    poll(cursor).await?;
    Ok(looks_at_its_end(cursor + 1).continue_as_new().await?)
}

#[workflow]
async fn ends_in_a_branch(cursor: u64) -> Result<(), Trouble> {
    try_join!(poll(cursor), async { ends_in_a_branch(cursor + 1).continue_as_new().await })?;
    Ok(())
}

#[workflow]
async fn ends_in_a_map(cursors: Vec<u64>) -> Result<(), Trouble> {
    map(cursors, |cursor| async move {
        return ends_in_a_map(vec![cursor]).continue_as_new().await;
    })
    .await?;
    Ok(())
}

fn main() {}
