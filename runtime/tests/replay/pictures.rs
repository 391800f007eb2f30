//! Executions drawn over their machines, and their timelines.

use std::{pin::pin, time::Duration};

use durafn::graph;

use super::*;

/// Takes as many milliseconds as it is told.
#[task(retry(on = "Declined", interval = "2s", attempts = 2))]
async fn work(
    millis: u64,
    fails: u32,
    context: TaskContext,
    #[resource] clock: VirtualClock,
) -> Result<u64, ShopError> {
    clock.advance(Duration::from_millis(millis));
    if context.attempt() <= fails {
        return Err(ShopError::Declined { card: "x".into() });
    }
    Ok(millis)
}

#[task]
async fn part(millis: u64, #[resource] clock: VirtualClock) -> Result<u64, ShopError> {
    clock.advance(Duration::from_millis(millis));
    if millis == 13 { Err(ShopError::Declined { card: "y".into() }) } else { Ok(millis) }
}

#[workflow]
async fn drawn(parts: Vec<u64>, fails: u32) -> Result<u64, ShopError> {
    let mut sum = work(700, fails).await?;
    match part(13).await {
        Ok(_) => {}
        Err(_) => sum += 1,
    }
    let mut rounds = 0;
    while rounds < 2 {
        sleep(Duration::from_secs(1)).await;
        rounds += 1;
    }
    let all = map(parts, |millis| part(millis)).concurrency(1).await?;
    if all.len() > 100 {
        let more = part(1).await?;
        sum += more;
    }
    let (left, right) = try_join!(part(200), part(300))?;
    Ok(sum + left + right)
}

async fn run(parts: &[u64], fails: u32) -> History {
    let clock = VirtualClock::at(0);
    let engine =
        Engine::builder().in_memory().clock(clock.clone()).resource(clock.clone()).open().await.expect("an engine");
    let execution = engine.start(drawn(parts.to_vec(), fails)).await.expect("an execution");
    {
        let mut end = pin!(execution.returned());
        // Time passes when nothing else happens.
        while tokio::select! {
            biased;
            _ = &mut end => false,
            () = tokio::time::sleep(Duration::from_millis(1)) => true,
        } {
            clock.advance_to(clock.next_due().expect("it waits for something"));
        }
    }
    engine.recorded(execution.id()).await.expect("its history")
}

fn pictures(history: &History) -> String {
    let timeline = graph::timeline(history, 0).expect("a timeline");
    let mermaid = graph::mermaid_of(history).expect("a drawing");
    let dot = graph::dot_of(history).expect("a drawing");
    format!("{timeline}\n{mermaid}\n{dot}")
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_succeeded() {
    insta::assert_snapshot!(pictures(&run(&[50, 100], 1).await));
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_failed_in_an_iteration() {
    insta::assert_snapshot!(pictures(&run(&[50, 13, 100], 0).await));
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_failed_early() {
    insta::assert_snapshot!(pictures(&run(&[], 3).await));
}

#[tokio::test(start_paused = true)]
async fn an_execution_under_way_and_one_without_its_machine() {
    let mut history = run(&[50], 0).await;
    let cut = history.rows.iter().position(|row| row.event == 12).expect("a wait that is over");
    history.rows.truncate(cut);
    history.execution.closed_at = None;
    history.execution.status = durafn::store::Status::Running;
    insta::assert_snapshot!(pictures(&history));
    history.machines.clear();
    let error = graph::mermaid_of(&history).expect_err("there is nothing to draw over").to_string();
    assert!(error.contains("is not there"), "{error}");
    assert!(graph::timeline(&history, 0).expect("a timeline").contains("#"), "states have numbers then");
}

#[tokio::test(start_paused = true)]
async fn a_long_timeline_shows_what_took_longest() {
    let mut parts = vec![1_u64; 100];
    parts[70] = 5_000;
    let text = graph::timeline(&run(&parts, 0).await, 0).expect("a timeline");
    assert!(text.contains(".70") && text.lines().count() == 62, "{text}");
    assert!(text.ends_with("are not shown\n"), "{text}");
}
