//! The test kit, as its users see it.

mod crashes;
mod exported;
mod mocks;
mod time;

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
pub(crate) enum ShopError {
    OutOfStock {
        sku: String,
    },
    Declined,
    #[fault]
    Fault(Fault),
}

#[task(
    name = "kit_reserve",
    retry(on = "States.Timeout", interval = "1s", backoff = 2.0, attempts = 3),
    timeout = "30s"
)]
async fn reserve(order: String, sku: String) -> Result<String, ShopError> {
    Ok(format!("{order}/{sku}"))
}

#[task(name = "kit_charge", retry(on = "States.Timeout", interval = "1s", attempts = 3))]
async fn charge(cents: u32) -> Result<String, ShopError> {
    Ok(format!("paid {cents}"))
}

#[task(name = "kit_ask", callback, timeout = "7d")]
async fn ask(token: TaskToken<bool>, customer: String) -> Result<(), ShopError> {
    panic!("{customer} is not asked in a test, whose token is as long as {}", token.as_str().len())
}

/// Asks, reserves each item, and charges.
#[workflow(name = "kit_order")]
async fn order(customer: String, skus: Vec<String>, cents: u32) -> Result<String, ShopError> {
    match ask(customer.clone()).await {
        Ok(true) => {}
        Ok(false) => return Err(ShopError::Declined),
        Err(ShopError::Fault(Fault::Timeout)) => return Ok("forgotten".to_string()),
        Err(error) => return Err(error),
    }
    let reserved = map(skus, |sku| reserve(customer.clone(), sku)).await?;
    let paid = charge(cents).await?;
    Ok(format!("{}: {paid}", reserved.join(" ")))
}
