//! What a mock cannot be.

use durafn::{prelude::*, testing::TestEngine};

#[task]
async fn charge(customer: String, cents: u32) -> Result<String, Fault> {
    Ok(format!("{customer} paid {cents}"))
}

#[workflow]
async fn pay(customer: String) -> Result<String, Fault> {
    charge(customer, 5).await
}

fn main() {
    let kit = TestEngine::new();
    kit.mock(pay).never();
    kit.mock(charge).with(|customer| Ok(customer));
    kit.mock(charge).with(|_, cents| cents);
    kit.mock(charge).returns("paid".to_owned());
    kit.mock(charge).times(2);
}
