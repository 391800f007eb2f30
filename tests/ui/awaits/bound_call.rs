use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    Lost,
    #[fault]
    Fault(Fault),
}

#[task]
async fn price(order: String) -> u32 {
    order.len() as u32
}

#[task]
async fn charge(order: String, cents: u32) -> Result<String, Trouble> {
    Ok(format!("{order}: {cents}"))
}

#[workflow]
async fn used_as_a_number(order: String) -> u32 {
    let price = price(order);
    price + 1
}

#[workflow]
async fn tried(order: String) -> Result<String, Trouble> {
    let receipt = charge(order, 100)?;
    Ok(receipt)
}

#[workflow]
async fn returned(order: String) -> Result<String, Trouble> {
    charge(order, 100)
}

#[workflow]
async fn matched(order: String) -> String {
    let charged = charge(order, 100);
    match charged {
        Ok(receipt) => receipt,
        Err(_) => "none".to_owned(),
    }
}

#[workflow]
async fn compared(order: String) -> bool {
    price(order) > 100
}

fn main() {}
