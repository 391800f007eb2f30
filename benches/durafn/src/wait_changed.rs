//! An execution that waits, as it is after a change that those that wait fit.

use durafn::prelude::*;

#[workflow]
pub async fn wait(seconds: u32) -> u32 {
    sleep(Duration::from_secs(seconds as u64)).await;
    sleep(Duration::from_secs(1)).await;
    seconds
}
