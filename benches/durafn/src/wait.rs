//! An execution that waits.

use durafn::prelude::*;

#[workflow]
pub async fn wait(seconds: u32) -> u32 {
    sleep(Duration::from_secs(seconds as u64)).await;
    seconds
}
