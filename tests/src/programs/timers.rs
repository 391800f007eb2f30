//! Waiting.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{note, one};

#[workflow]
async fn a_sleep_of_fixed_length(n: u64) -> u64 {
    sleep(Duration::from_secs(90)).await;
    n
}
agrees!(a_sleep_of_fixed_length[1]);

#[workflow]
async fn a_sleep_that_is_computed(minutes: u64) -> u64 {
    let before = one().await;
    sleep(Duration::from_secs(minutes * 60 + before)).await;
    note("awake".to_string()).await;
    minutes
}
agrees!(a_sleep_that_is_computed [0, 1, 1440]);

#[workflow]
async fn sleeps_of_every_unit(n: u64) {
    sleep(Duration::from_mins(n)).await;
    sleep(Duration::from_hours(n)).await;
    sleep(Duration::from_secs(n)).await;
}
agrees!(sleeps_of_every_unit [0, 2]);

#[workflow]
async fn growing_pauses(times: u64) -> u64 {
    let mut pause = 1;
    for _ in 0..times {
        sleep(Duration::from_secs(pause)).await;
        pause = (pause * 2).min(10);
    }
    pause
}
agrees!(growing_pauses [0, 1, 5]);

#[workflow]
async fn a_wait_stored_as_a_duration(wait: Duration) -> u64 {
    sleep(wait).await;
    wait.as_secs()
}
agrees!(a_wait_stored_as_a_duration [{"secs": 5, "nanos": 0}, {"secs": 5, "nanos": 1}, {"secs": 0, "nanos": 0}]);

const PAUSE: Duration = Duration::from_millis(1_500);

#[workflow]
async fn a_constant_pause(start: u64) -> (u64, u64, Duration) {
    sleep(PAUSE).await;
    (PAUSE.as_secs() + start, PAUSE.as_millis() as u64, PAUSE)
}
agrees!(a_constant_pause[1]);
