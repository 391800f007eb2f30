//! The recipes of docs/upgrades.md: executions that old code has recorded and that wait, taken up by changed code.
//!
//! The old code runs for real, up to where it waits; then its execution is put into an empty store under the name of the changed workflow, and an engine
//! opens that.

use std::{collections::BTreeSet, sync::Arc};

use durafn::{
    history::HistoryEvent,
    store::{MemoryStore, NewExecution, Status, Store as _, Unit, Update},
};

use super::*;

const DAY: i64 = 86_400_000;

#[task]
async fn pick(id: String) -> Result<String, ShopError> {
    Ok(format!("slot of {id}"))
}

#[task]
async fn bill(card: String, cents: u32) -> Result<u32, ShopError> {
    if card.is_empty() { Err(ShopError::Declined { card }) } else { Ok(cents) }
}

#[task]
async fn invoice(card: String, cents: u32) -> Result<u32, ShopError> {
    if card.is_empty() { Err(ShopError::Declined { card }) } else { Ok(cents) }
}

#[task]
async fn tell(text: String) -> Result<(), ShopError> {
    let _ = text;
    Ok(())
}

/// What was recorded.
#[workflow(name = "parcel")]
async fn parcel(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

/// Where an execution of the old code waits.
#[derive(Clone, Copy)]
enum Waits {
    /// In the first pause, before what is changed.
    Before,
    /// In the second pause, behind what is changed.
    Behind,
}

async fn open(store: &Arc<MemoryStore>, clock: &VirtualClock) -> Engine {
    let builder = Engine::builder().shared_store(Arc::clone(store) as _).clock(clock.clone());
    builder.resource(clock.clone()).open().await.expect("an engine")
}

/// Records an execution of a workflow up to where it waits.
async fn recorded_of(workflow: &str, waits: Waits) -> (History, VirtualClock) {
    let (store, clock) = (Arc::new(MemoryStore::new()), VirtualClock::at(0));
    let engine = open(&store, &clock).await;
    let input = r#"{"id":"A1","card":"4000","cents":100,"gift":false}"#;
    let execution = engine.start_json(workflow, None, input).await.expect("an execution");
    engine.wait_idle().await;
    if let Waits::Behind = waits {
        clock.advance_to(DAY);
        engine.wait_idle().await;
    }
    (engine.recorded(execution.id()).await.expect("its history"), clock)
}

fn is_call(event: &&HistoryEvent) -> bool {
    event.kind.name() == "TaskScheduled"
}

/// The tasks that an execution has called, with what tells the calls apart.
async fn scheduled(engine: &Engine, id: ExecutionId) -> Vec<String> {
    let events = engine.history(id).await.expect("a history");
    let text = |event: &HistoryEvent| {
        let input: Value = serde_json::from_str(event.details.input.as_deref().unwrap_or("null")).expect("JSON");
        let what = input.as_str().map_or_else(|| input["cents"].to_string(), str::to_owned);
        format!("{} {what}", event.details.task.as_deref().unwrap_or_default())
    };
    events.iter().filter(is_call).map(text).collect()
}

/// What became of an execution.
struct Outcome {
    status: Status,
    cause: String,
    done: Vec<String>,
}

/// Lets another workflow go on with an execution: first while it waits, then to its end.
async fn go_on(workflow: &str, (history, clock): (History, VirtualClock)) -> Outcome {
    let store = Arc::new(MemoryStore::new());
    for (key, json) in &history.machines {
        store.put_machine(key, workflow, json).await.expect("a machine");
    }
    let row = &history.execution;
    let create = NewExecution {
        workflow: workflow.to_owned(),
        version: row.version,
        name: row.name.clone(),
        machine: row.machine.clone(),
        input: Arc::clone(&row.input),
        nonce: row.nonce.clone(),
        started_at: row.started_at,
        parent: None,
        origin: None,
    };
    let unit = Unit {
        create: Some(create),
        append: history.rows.iter().map(|row| (ExecutionId::NEW, row.clone())).collect(),
        update: vec![(ExecutionId::NEW, Update::Wake(row.wake))],
        ..Unit::default()
    };
    store.commit(unit).await.expect("a commit");
    let engine = open(&store, &clock).await;
    engine.code_checked().await.expect("a check");
    let id = ExecutionId(1);
    // What is blocked is blocked while it waits, and nothing was done.
    let early = engine.describe(id).await.expect("a row").status;
    while let Some(due) = engine.next_due() {
        clock.advance_to(due);
        engine.wait_idle().await;
    }
    let row = engine.describe(id).await.expect("a row");
    assert_eq!(early == Status::Blocked, row.status == Status::Blocked, "it shows at the open");
    let done = scheduled(&engine, id).await.split_off(history.events().expect("events").iter().filter(is_call).count());
    Outcome { status: row.status, cause: row.cause.unwrap_or_default(), done }
}

async fn after(workflow: &str, waits: Waits) -> Outcome {
    go_on(workflow, recorded_of("parcel", waits).await).await
}

/// What a change does where it is just made, and made in the safe way.
struct Recipe {
    just_done: &'static str,
    /// The likely cause that is told.
    cause: &'static str,
    safe: &'static str,
    /// What is done by an execution that waits before the change: the new way.
    before: &'static [&'static str],
    /// The same where it is just made; empty where that blocks too.
    just_before: &'static [&'static str],
}

impl Recipe {
    async fn check(&self) {
        let just = after(self.just_done, Waits::Behind).await;
        assert_eq!((just.status, just.done), (Status::Blocked, vec![]), "{}", self.just_done);
        assert!(just.cause.contains(self.cause), "{}: {}", self.just_done, just.cause);
        let just = after(self.just_done, Waits::Before).await;
        let status = if self.just_before.is_empty() { Status::Blocked } else { Status::Succeeded };
        assert_eq!((just.status, &just.done[..]), (status, &owned(self.just_before)[..]), "{}", self.just_done);
        let safe = after(self.safe, Waits::Behind).await;
        assert_eq!((safe.status, &safe.done[..]), (Status::Succeeded, &owned(&["tell done"])[..]), "{}", safe.cause);
        let safe = after(self.safe, Waits::Before).await;
        assert_eq!((safe.status, &safe.done[..]), (Status::Succeeded, &owned(self.before)[..]), "{}", safe.cause);
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[workflow]
async fn with_a_check(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("checked".to_owned()).await?;
    let paid = bill(order.card.clone(), order.cents).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[workflow]
async fn with_a_patched_check(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    if patched("check") {
        tell("checked".to_owned()).await?;
    }
    let paid = bill(order.card.clone(), order.cents).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn a_state_is_added() {
    let way = &["tell checked", "bill 100", "tell billed", "tell done"];
    let recipe = Recipe {
        just_done: "with_a_check",
        cause: "state added",
        safe: "with_a_patched_check",
        before: way,
        just_before: way,
    };
    recipe.check().await;
}

#[tokio::test]
async fn a_patch_is_taken_out_when_the_old_way_is_gone() {
    for waits in [Waits::Before, Waits::Behind] {
        let outcome = go_on("with_a_check", recorded_of("with_a_patched_check", waits).await).await;
        assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.cause);
    }
}

#[workflow]
async fn untold(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[workflow]
async fn patched_untold(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents).await?;
    if !patched("untold") {
        tell("billed".to_owned()).await?;
    }
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn a_state_is_removed() {
    let way = &["bill 100", "tell done"];
    let recipe =
        Recipe { just_done: "untold", cause: "state removed", safe: "patched_untold", before: way, just_before: way };
    recipe.check().await;
}

#[workflow]
async fn told_before(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("billed".to_owned()).await?;
    let paid = bill(order.card.clone(), order.cents).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[workflow]
async fn patched_told_before(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    if patched("tell-first") {
        tell("billed".to_owned()).await?;
    }
    let paid = bill(order.card.clone(), order.cents).await?;
    if !patched("tell-first") {
        tell("billed".to_owned()).await?;
    }
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn states_change_their_order() {
    let way = &["tell billed", "bill 100", "tell done"];
    let recipe = Recipe {
        just_done: "told_before",
        cause: "state moved",
        safe: "patched_told_before",
        before: way,
        just_before: way,
    };
    recipe.check().await;
}

#[workflow]
async fn with_a_fee(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents + 5).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[workflow]
async fn with_a_patched_fee(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let fee = if patched("fee") { 5 } else { 0 };
    let paid = bill(order.card.clone(), order.cents + fee).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn a_task_is_given_another_input() {
    let way = &["bill 105", "tell billed", "tell done"];
    let recipe = Recipe {
        just_done: "with_a_fee",
        cause: "input changed",
        safe: "with_a_patched_fee",
        before: way,
        just_before: way,
    };
    recipe.check().await;
}

#[workflow]
async fn invoiced(order: Order) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = invoice(order.card.clone(), order.cents).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

mod renamed {
    //! The function has another name in Rust; the task keeps the one it was recorded with, as by `#[task(name = "bill")]`.

    use super::{super::*, bill as invoice, pick, tell};

    #[workflow]
    async fn invoiced_as_bill(order: Order) -> Result<u32, ShopError> {
        pick(order.id.clone()).await?;
        sleep(Duration::from_hours(24)).await;
        let paid = invoice(order.card.clone(), order.cents).await?;
        tell("billed".to_owned()).await?;
        sleep(Duration::from_hours(24)).await;
        tell("done".to_owned()).await?;
        Ok(paid)
    }
}

#[tokio::test]
async fn a_task_is_renamed() {
    let recipe = Recipe {
        just_done: "invoiced",
        cause: "callee renamed",
        safe: "invoiced_as_bill",
        before: &["bill 100", "tell billed", "tell done"],
        just_before: &["invoice 100", "tell billed", "tell done"],
    };
    recipe.check().await;
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Weighed {
    id: String,
    card: String,
    cents: u32,
    grams: u32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct MaybeWeighed {
    id: String,
    card: String,
    cents: u32,
    #[serde(default)]
    grams: u32,
}

#[workflow]
async fn weighed(order: Weighed) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents + order.grams).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[workflow]
async fn maybe_weighed(order: MaybeWeighed) -> Result<u32, ShopError> {
    pick(order.id.clone()).await?;
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents + order.grams).await?;
    tell("billed".to_owned()).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn a_type_has_another_field() {
    let recipe = Recipe {
        just_done: "weighed",
        cause: "today's workflow does not take the recorded input",
        safe: "maybe_weighed",
        before: &["bill 100", "tell billed", "tell done"],
        just_before: &[],
    };
    recipe.check().await;
}

/// The first version stands beside the second.
#[workflow(name = "letter")]
async fn letter_1(order: Order) -> Result<u32, ShopError> {
    sleep(Duration::from_hours(24)).await;
    let paid = bill(order.card.clone(), order.cents).await?;
    sleep(Duration::from_hours(24)).await;
    tell("done".to_owned()).await?;
    Ok(paid)
}

/// Written anew.
#[workflow(name = "letter", version = 2)]
async fn letter(order: Order) -> Result<u32, ShopError> {
    let paid = invoice(order.card.clone(), order.cents).await?;
    tell("paid".to_owned()).await?;
    Ok(paid)
}

#[tokio::test]
async fn a_workflow_is_written_anew_beside_the_old_body() {
    for waits in [Waits::Before, Waits::Behind] {
        let (store, clock) = (Arc::new(MemoryStore::new()), VirtualClock::at(0));
        let engine = open(&store, &clock).await;
        let order = Order { id: "A1".into(), card: "4000".into(), cents: 100, gift: false };
        let old = engine.start(letter_1(order.clone())).await.expect("the old body can be named");
        engine.wait_idle().await;
        if let Waits::Behind = waits {
            clock.advance_to(DAY);
            engine.wait_idle().await;
        }
        let input = serde_json::to_string(&order).expect("JSON");
        let new = engine.start_json("letter", None, &input).await.expect("the newest");
        while let Some(due) = engine.next_due() {
            clock.advance_to(due);
            engine.wait_idle().await;
        }
        let mut versions = BTreeSet::new();
        for id in [old.id(), new.id()] {
            let row = engine.describe(id).await.expect("a row");
            assert_eq!(row.status, Status::Succeeded);
            versions.insert(row.version);
        }
        assert_eq!(versions, BTreeSet::from([1, 2]));
        assert_eq!(scheduled(&engine, old.id()).await, ["bill 100", "tell done"]);
        assert_eq!(scheduled(&engine, new.id()).await, ["invoice 100", "tell paid"]);
    }
}
