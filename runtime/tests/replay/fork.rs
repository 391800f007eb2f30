//! Executions that share the past of another.

use super::*;

#[task]
async fn price(sku: String, context: TaskContext) -> Result<String, ShopError> {
    Ok(format!("{sku} {}", context.idempotency_key().len()))
}

#[workflow]
async fn basket(skus: Vec<String>) -> Result<Vec<String>, ShopError> {
    let mut prices = Vec::new();
    for sku in skus.clone() {
        let text = price(sku.clone()).await?;
        prices.push(text);
    }
    let again = map(skus, |sku| ship(sku)).await?;
    let last = announce("done".to_owned()).await?;
    prices.push(last);
    prices.push(again[0].clone());
    Ok(prices)
}

async fn states(engine: &Engine, id: ExecutionId) -> Vec<String> {
    let events = engine.history(id).await.expect("a history");
    events
        .into_iter()
        .filter(|event| event.kind.name() == "TaskScheduled")
        .filter_map(|event| event.details.task)
        .collect()
}

#[tokio::test]
async fn a_changed_result_goes_another_way() {
    let (engine, execution) = recorded("4000").await;
    let id = execution.id();
    let fork = engine.fork(id).at("Charge").result("7").start().await.expect("a fork");
    assert_eq!(&*fork.output_json().await.expect("its output"), r#""shipped to slot of A1 for 7""#);
    assert_eq!(&*execution.output_json().await.expect("the output"), r#""shipped to slot of A1 for 100""#);
    let row = fork.describe().await.expect("its row");
    let origin = row.origin.expect("what it was forked from");
    assert_eq!((origin.execution, origin.rows, origin.name.as_deref()), (id, 2, Some("order-1")));
    assert_ne!(row.nonce, execution.describe().await.expect("a row").nonce);
    assert!(engine.replay(fork.id()).await.expect("a replay").divergence.is_none());
    assert_eq!(states(&engine, fork.id()).await, ["reserve", "charge", "ship"]);

    let failure = r#"{"Declined":{"card":"1"}}"#;
    let fork = engine.fork(id).at("Charge").failure("Declined", failure).start().await.expect("a fork");
    assert_eq!(fork.output_json().await.expect_err("a failure").name(), Some("Declined"));
}

#[tokio::test]
async fn another_input_begins_at_the_start() {
    let (engine, execution) = recorded("5999").await;
    let input = r#"{"id":"B2","card":"4000","cents":5,"gift":false}"#;
    let fork = engine.fork(execution.id()).input(input).name("again").start().await.expect("a fork");
    assert_eq!(&*fork.output_json().await.expect("its output"), r#""shipped to slot of B2 for 5""#);
    let row = fork.describe().await.expect("its row");
    assert_eq!((row.name.as_deref(), row.origin.map(|origin| origin.rows)), (Some("again"), Some(0)));
}

#[tokio::test]
async fn a_visit_of_a_loop_and_a_state_in_an_iteration_can_be_chosen() {
    let engine = crate::engine().await;
    let skus = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let execution = engine.start(basket(skus)).name("first").await.expect("an execution");
    execution.result().await.expect("its result");
    let fork = engine.fork(execution.id()).at("Price").occurrence(2).result(r#""free""#).start().await.expect("a fork");
    let output: Value = serde_json::from_str(&fork.output_json().await.expect("its output")).expect("JSON");
    assert_eq!(output[1], "free");

    let fork = engine.fork(execution.id()).at("Ship").scope("3.0").result(r#""held""#).start().await.expect("a fork");
    let output: Value = serde_json::from_str(&fork.output_json().await.expect("its output")).expect("JSON");
    assert_eq!(output[4], "held");
}

#[tokio::test]
async fn a_history_file_can_be_forked_elsewhere() {
    let history = History::parse(&history("4000").await.to_json().expect("JSON")).expect("read");
    let engine = Engine::builder().in_memory().resource(VirtualClock::at(0)).open().await.expect("an engine");
    let fork = engine.fork_of(history.clone()).at("Ship").start().await.expect("a fork");
    assert_eq!(&*fork.output_json().await.expect("its output"), r#""shipped to slot of A1 for 100""#);
    assert_eq!(states(&engine, fork.id()).await.len(), 3);
    let mut gone = history;
    gone.redacted.push("$..card".to_owned());
    let error = engine.fork_of(gone).at("Ship").start().await.expect_err("a refusal").to_string();
    assert!(error.contains("so it cannot go on"), "{error}");
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let (engine, execution) = recorded("4000").await;
    let fork = || engine.fork(execution.id());
    let said = async |fork: durafn::Fork| fork.start().await.expect_err("a refusal").to_string();
    assert!(
        said(fork().at("Chrage"))
            .await
            .contains("there is no state `Chrage` in this execution; did you mean `Charge`?")
    );
    assert!(said(fork().at("Charge").occurrence(2)).await.contains("was entered once, so there is no visit 2"));
    assert!(said(fork().at("Charge").scope("1.0")).await.contains("`Charge` was not entered in scope `1.0`"));
    assert!(said(fork().at("Charge").scope("1.0")).await.contains("no state was: scopes look like `3.1`"));
    let said_of_text = said(fork().at("Charge").result("\"text\"")).await;
    assert!(said_of_text.contains("the result that was given for `Charge` is an output that does not fit its type"));
    assert!(said(fork().at("Charge").result("{")).await.contains("does not fit its type"));
    assert!(said(fork().result("1")).await.contains("belongs to a state"));
    assert!(said(fork().at("Charge").input("{}")).await.contains("leave the state out"));
    assert!(said(fork().input("{}")).await.contains("does not have the shape"));
    assert!(said(engine.fork(ExecutionId(99))).await.contains("there is no execution 99"));
    assert!(
        said(fork().name("order-1").input(r#"{"id":"","card":"","cents":1,"gift":false}"#))
            .await
            .contains("another input")
    );
}
