//! `continue_as_new`: executions that end and start their workflow anew.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, attempt, double, note};

#[workflow]
async fn counts_down(n: u64) {
    note(format!("round {n}")).await;
    if n > 0 {
        return counts_down(n - 1).continue_as_new().await;
    }
    note("done".to_owned()).await;
}
agrees!(counts_down [0, 1, 3]);

#[workflow]
async fn goes_on_at_its_end(n: u64) -> Result<(), Trouble> {
    if n > 6 {
        return Err(Trouble::Busy { seconds: n });
    }
    let next = double(n).await;
    goes_on_at_its_end(next).continue_as_new().await
}
agrees!(goes_on_at_its_end [1, 3, 7]);

#[workflow]
async fn a_text_goes_on(text: String) {
    match text.as_str() {
        "1" => return a_text_goes_on("true".to_owned()).continue_as_new().await,
        "true" => return a_text_goes_on("\"quoted\"".to_owned()).continue_as_new().await,
        _ => {}
    }
    note(text).await;
}
agrees!(a_text_goes_on ["1", "x"]);

#[workflow]
async fn several_go_on(names: Vec<String>, seen: u32) -> Result<(), Trouble> {
    let mut left = names;
    let mut seen = seen;
    loop {
        let Some(name) = left.pop() else { return Ok(()) };
        attempt(name).await?;
        seen += 1;
        if seen % 2 == 0 {
            return several_go_on(left, seen).continue_as_new().await;
        }
    }
}
agrees!(several_go_on [
    { "names": [], "seen": 0 },
    { "names": ["fine", "fine", "fine"], "seen": 0 },
    { "names": ["fine", "refused", "fine", "fine"], "seen": 1 },
]);

#[workflow]
async fn nothing_is_handed_on() {
    if double(0).await > 0 {
        return nothing_is_handed_on().continue_as_new().await;
    }
}
agrees!(nothing_is_handed_on[{}]);

/// Whoever waits has the end of the first one.
#[workflow]
async fn a_child_that_goes_on(n: u64) -> Result<u64, Trouble> {
    counts_down(n).await;
    goes_on_at_its_end(n).await?;
    Ok(double(n).await)
}
agrees!(a_child_that_goes_on [1, 2, 7]);

#[workflow]
async fn waits_in_between(rounds: u64) {
    sleep(Duration::from_secs(90)).await;
    if rounds > 1 {
        return waits_in_between(rounds - 1).continue_as_new().await;
    }
}
agrees!(waits_in_between [1, 3]);
