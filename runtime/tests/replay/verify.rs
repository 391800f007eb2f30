//! What a change of the code does to recorded executions, and what is said about it.

use durafn::verify::{Cause, Divergence, replay};

use super::*;

#[workflow]
async fn added(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    announce(slot.clone()).await?;
    let paid = charge(order.card.clone(), order.cents).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn added_at_the_end(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = charge(order.card.clone(), order.cents).await?;
    let shipped = ship(slot.clone()).await?;
    announce(shipped.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn removed(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {}", order.cents))
}

#[workflow]
async fn renamed(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = charge(order.card.clone(), order.cents).await?;
    let shipped = send(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn moved(order: Order) -> Result<String, ShopError> {
    let paid = charge(order.card.clone(), order.cents).await?;
    let slot = reserve(order.id.clone()).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn another_input(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = charge(order.card.clone(), order.cents + 1).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn another_way(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = if order.gift { 0 } else { charge(order.card.clone(), order.cents).await? };
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

#[workflow]
async fn another_output(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = charge(order.card.clone(), order.cents).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped}: {paid}"))
}

/// The same steps under other names of states and variables.
#[workflow]
async fn labels_only(order: Order) -> Result<String, ShopError> {
    #[state("Hold it")]
    let held = reserve(order.id.clone()).await?;
    let cents = charge(order.card.clone(), order.cents).await?;
    let text = ship(held.clone()).await?;
    let result = format!("{text} for {cents}");
    Ok(result)
}

/// The recorded execution as one of another workflow, which is to say: of changed code.
async fn under(workflow: &str) -> Result<u64, Divergence> {
    let mut history = history("4000").await;
    history.execution.workflow = workflow.to_owned();
    let replayed = replay(&history).expect("a replay");
    replayed.divergence.map_or(Ok(replayed.matching), Err)
}

async fn cause(workflow: &str) -> (Cause, String, u64) {
    let found = under(workflow).await.expect_err("a divergence");
    let (file, line) = found.place.clone().expect("a place");
    assert!(file.ends_with("tests/replay/verify.rs") && line > 0, "{file}:{line}");
    (found.cause, found.state.unwrap_or_default(), found.matching)
}

#[tokio::test]
async fn code_that_does_the_same_agrees() {
    assert_eq!(under("shop").await, Ok(4));
    assert_eq!(under("labels_only").await, Ok(4));
}

#[tokio::test]
async fn each_change_is_named_with_its_state() {
    let said = |cause, state: &str, matching| (cause, state.to_owned(), matching);
    assert_eq!(cause("added").await, said(Cause::Added, "Announce", 1));
    assert_eq!(cause("added_at_the_end").await, said(Cause::Added, "Announce", 3));
    assert_eq!(cause("removed").await, said(Cause::Removed, "Ship", 1));
    assert_eq!(cause("renamed").await, said(Cause::Renamed, "Send", 2));
    assert_eq!(cause("moved").await, said(Cause::Moved, "Charge", 0));
    assert_eq!(cause("another_input").await, said(Cause::Input, "Charge", 1));
    assert_eq!(cause("another_way").await, said(Cause::Way, "Ship", 1));
}

#[tokio::test]
async fn inputs_and_outputs_are_compared_place_by_place() {
    let found = under("another_input").await.expect_err("a divergence");
    let places: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["$.cents: recorded 100, attempted 101"]);
    assert_eq!(found.recorded_state.as_deref(), Some("Charge"));
    assert!(found.to_string().contains("They differ at $.cents: recorded 100, attempted 101."), "{found}");
    let found = under("another_output").await.expect_err("a divergence");
    assert_eq!((found.cause, found.differences.len()), (Cause::Output, 1));
}

#[tokio::test]
async fn a_workflow_that_is_not_here_is_named_with_its_neighbours() {
    let mut history = history("4000").await;
    history.execution.workflow = "labels_onyl".to_owned();
    let error = replay(&history).expect_err("no such workflow");
    assert!(error.is_unknown_workflow());
    assert!(error.to_string().contains("did you mean `labels_only`?"), "{error}");
}

#[tokio::test]
async fn many_executions_are_looked_at_and_grouped() {
    let (engine, execution) = recorded("4000").await;
    let filter = durafn::store::ListFilter::default();
    let report = engine.verify(&filter).await.expect("a report");
    assert_eq!((report.checked, report.blocked()), (1, 0));
    assert!(report.is_good());
    execution.describe().await.expect("it is as it was");

    let mut found = under("removed").await.expect_err("a divergence");
    let mut report = durafn::verify::Report::default();
    for id in 1..=3 {
        found.execution = ExecutionId(id);
        report.diverged.push(found.clone());
    }
    report.diverged.push(under("added").await.expect_err("a divergence"));
    let groups = report.groups();
    assert_eq!(groups.len(), 2);
    assert_eq!((groups[0].executions.len(), groups[0].cause.as_str()), (3, "state removed"));
}

#[workflow]
async fn fifty(count: u32) -> Result<u32, ShopError> {
    let mut n = 0;
    while n < count {
        let paid = charge("4000".to_owned(), 1).await?;
        n += paid;
    }
    Ok(n)
}

/// `cargo test --release -p durafn --features cli --test replay -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn ten_thousand_histories_of_fifty_states() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Engine::open(directory.path().join("many.db")).await.expect("an engine");
    for _ in 0..10 {
        let mut running = Vec::new();
        for _ in 0..1_000 {
            running.push(engine.start(fifty(50)).await.expect("an execution"));
        }
        for execution in running {
            assert_eq!(execution.result().await.expect("its result"), 50);
        }
    }
    let began = std::time::Instant::now();
    let report = engine.verify(&durafn::store::ListFilter::default()).await.expect("a report");
    println!("{} histories verified in {:?}", report.checked, began.elapsed());
    assert_eq!((report.checked, report.blocked()), (10_000, 0));
}
