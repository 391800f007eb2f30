use crate::{Engine, VirtualClock, prelude::*};

use super::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum ShopError {
    Gone { sku: String },
    Busy,
}

#[task(retry(on = "Busy", interval = "1s", attempts = 2))]
async fn price(sku: String, context: TaskContext) -> Result<u32, ShopError> {
    match sku.as_str() {
        "GONE" => Err(ShopError::Gone { sku }),
        "BUSY" if context.attempt() == 1 => Err(ShopError::Busy),
        _ => Ok(sku.len() as u32 * 100),
    }
}

#[task]
async fn bill(cents: u32) -> Result<u32, ShopError> {
    Ok(cents)
}

/// Prices, adds and bills.
#[workflow(name = "debugged-shop")]
async fn shop(skus: Vec<String>) -> Result<u32, ShopError> {
    let prices = map(skus, |sku| async move {
        let full = price(sku).await?;
        Ok(full - 1)
    })
    .await?;
    let mut sum = 0;
    for cents in prices {
        sum += bill(cents).await?;
    }
    Ok(sum)
}

/// A session about a finished run.
pub(crate) async fn session(skus: &[&str]) -> Session {
    let clock = VirtualClock::at(0);
    let engine = Engine::builder().in_memory().clock(clock.clone()).open().await.unwrap();
    let skus = skus.iter().map(|sku| (*sku).to_owned()).collect();
    let execution = engine.start(shop(skus)).await.unwrap();
    engine.wait_idle().await;
    clock.advance(Duration::from_secs(60));
    let _ = execution.output_json().await;
    Session::new(engine.record(execution.id()).await.unwrap())
}

/// Tells the lines of the frames that it is cloned from.
#[derive(Serialize, Deserialize, Data, Debug)]
struct Traced {
    lines: Vec<u32>,
}

impl Clone for Traced {
    fn clone(&self) -> Self {
        Traced { lines: lines_of_the_stack() }
    }
}

fn lines_of_the_stack() -> Vec<u32> {
    let trace = std::backtrace::Backtrace::force_capture().to_string();
    let here = trace.lines().filter_map(|line| line.split_once(concat!("runtime/src/debug/", "tests.rs:")));
    here.filter_map(|(_, place)| place.split(':').next()?.parse().ok()).collect()
}

/// Sent to a task, it tells the lines of the frames that it is sent from.
#[derive(Serialize, Deserialize, Data, Clone, Debug, Default)]
struct Sent {
    #[data(opaque)]
    #[serde(serialize_with = "lines_of_the_call")]
    lines: Vec<u32>,
}

fn lines_of_the_call<S: serde::Serializer>(_: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines_of_the_stack())
}

static SENT_FROM: std::sync::Mutex<Vec<u32>> = std::sync::Mutex::new(Vec::new());

#[task]
async fn keep_lines(sent: Sent) {
    SENT_FROM.lock().unwrap().extend(sent.lines);
}

const TRACED_LINE: u32 = line!() + 4;

#[workflow(name = "debugged-lines")]
async fn lines(traced: Traced) -> Traced {
    let copy = traced.clone();
    keep_lines(Sent { lines: vec![] }).await;
    copy
}

/// A debugger stops in a workflow's own code because the line tables of the expanded body point at the lines that the user wrote.
#[tokio::test]
async fn line_tables_point_at_the_lines_of_the_source() {
    let own = Traced { lines: Vec::new() }.clone();
    if own.lines.is_empty() {
        eprintln!("this was built without line tables, so there is nothing to look at");
        return;
    }
    let engine = Engine::builder().in_memory().open().await.unwrap();
    let execution = engine.start(lines(Traced { lines: Vec::new() })).await.unwrap();
    let seen = execution.result().await.unwrap().lines;
    assert!(seen.contains(&TRACED_LINE), "line {TRACED_LINE} is not among {seen:?}");
    let (call, sent_from) = (TRACED_LINE + 1, SENT_FROM.lock().unwrap());
    assert!(sent_from.contains(&call), "line {call}, which only awaits, is not among {sent_from:?}");
}

fn names(session: &Session) -> Vec<String> {
    let said = |moment: &Moment| format!("{}#{} {}", moment.name, moment.visit, moment.scope);
    session.recording().moments().iter().map(|moment| said(moment).trim().to_owned()).collect()
}

#[tokio::test]
async fn every_visit_is_there_in_order() {
    let session = session(&["MUG", "LAMP"]).await;
    let names = names(&session);
    assert_eq!(names[0], "Price each#1");
    assert_eq!(&names[1..3], ["Price#1 0.0", "Price#2 0.1"]);
    assert_eq!(names.iter().filter(|name| name.starts_with("Bill#")).count(), 2);
    assert!(session.recording().divergence().is_none());
}

#[tokio::test]
async fn variables_have_their_values_at_each_moment_and_change_back_on_the_way_back() {
    let mut session = session(&["MUG", "LAMP"]).await;
    assert!(session.variable("sum").is_none());
    session.to_state(Direction::Forward, "Bill", None).unwrap();
    assert_eq!((session.variable("sum").unwrap(), session.variable("cents").unwrap()), (&0.into(), &299.into()));
    session.to_state(Direction::Forward, "Bill", None).unwrap();
    assert_eq!((session.variable("sum").unwrap(), session.variable("cents").unwrap()), (&299.into(), &399.into()));
    session.to_change(Direction::Back, "sum").unwrap();
    session.go(usize::MAX);
    assert_eq!(session.variable("sum").unwrap(), 698);
    session.to_state(Direction::Back, "Bill", None).unwrap();
    assert_eq!(session.variable("sum").unwrap(), 299);
}

#[tokio::test]
async fn an_iteration_sees_its_own_variables_and_those_around_it() {
    let mut session = session(&["MUG", "LAMP"]).await;
    session.into_branch(Some(1)).unwrap();
    assert_eq!(session.moment().unwrap().scope, "0.1");
    assert_eq!(session.variable("sku").unwrap(), "LAMP");
    assert_eq!(session.variable("skus").unwrap(), &serde_json::json!(["MUG", "LAMP"]));
    assert!(session.variable("prices").is_none(), "what the Map yields is not there yet");
    session.out().unwrap();
    assert_eq!(session.moment().unwrap().scope, "");
    assert_eq!(session.variable("prices").unwrap(), &serde_json::json!([299, 399]));
    assert!(session.variable("full").is_none(), "an iteration's variables stay in it");
}

#[tokio::test]
async fn over_does_not_enter_iterations_and_until_leaves_a_loop() {
    let mut session = session(&["MUG", "LAMP", "CUP"]).await;
    session.over().unwrap();
    assert_eq!(session.moment().unwrap().scope, "");
    session.to_state(Direction::Forward, "Bill", None).unwrap();
    session.until().unwrap();
    assert!(session.position() > 6, "the loop's other rounds are skipped");
    assert_ne!(session.moment().map(|moment| moment.name.as_str()), Some("Bill"));
}

#[tokio::test]
async fn a_failure_is_found_with_what_was_recorded_of_it() {
    let mut session = session(&["MUG", "GONE"]).await;
    session.to_failure(Direction::Forward).unwrap();
    let failed = loop {
        let moment = session.moment().unwrap();
        if moment.name == "Price" {
            break moment.clone();
        }
        session.to_failure(Direction::Forward).unwrap();
    };
    let entry = failed.entry.unwrap();
    assert_eq!(entry.input.as_deref(), Some(r#""GONE""#));
    assert!(matches!(entry.outcome, Outcome::Failed { error, .. } if error == "Gone"));
}

#[tokio::test]
async fn attempts_are_told_with_their_failures() {
    let mut session = session(&["BUSY"]).await;
    session.to_state(Direction::Forward, "Price", None).unwrap();
    let attempts = session.moment().unwrap().entry.clone().unwrap().attempts;
    let failed: Vec<_> =
        attempts.iter().map(|attempt| attempt.failed.as_ref().map(|(error, _)| error.as_str())).collect();
    assert_eq!(failed, [Some("Busy"), None]);
}

/// Asks the shop, and starts it once more without waiting.
#[workflow(name = "debugged-customer")]
async fn customer(skus: Vec<String>) -> Result<String, ShopError> {
    let cents = shop(skus.clone()).await?;
    let started = shop(skus).start().await;
    Ok(format!("{cents} {}", started.execution_arn))
}

#[tokio::test]
async fn children_are_told_with_what_they_were_given_and_gave() {
    let engine = Engine::builder().in_memory().clock(VirtualClock::at(0)).open().await.unwrap();
    let execution = engine.start(customer(vec!["MUG".to_owned()])).await.unwrap();
    execution.output_json().await.unwrap();
    let mut session = Session::new(engine.record(execution.id()).await.unwrap());
    assert_eq!(session.moment().unwrap().name, "Shop");
    let entry = session.moment().unwrap().entry.clone().unwrap();
    assert_eq!((&*entry.what, entry.input.as_deref()), ("execution of debugged-shop", Some(r#"["MUG"]"#)));
    assert_eq!(entry.outcome, Outcome::Succeeded(Some("299".into())));
    assert_eq!(entry.attempts.len(), 1);
    session.to_state(Direction::Forward, "Shop 2", None).unwrap();
    let entry = session.moment().unwrap().entry.clone().unwrap();
    assert_eq!(&*entry.what, "start of debugged-shop");
    assert!(matches!(entry.outcome, Outcome::Succeeded(Some(output)) if output.contains("ExecutionArn")));
}

#[tokio::test]
async fn what_is_not_there_is_said_with_the_nearest_names() {
    let mut session = session(&["MUG"]).await;
    let stuck = session.to_state(Direction::Forward, "Prize", None).unwrap_err();
    assert_eq!(stuck.to_string(), "the workflow has no state `Prize`; did you mean `Price`?");
    let stuck = session.to_change(Direction::Forward, "sun").unwrap_err();
    assert_eq!(stuck.to_string(), "no variable `sun` was seen; did you mean `sum`?");
    let stuck = session.to_state(Direction::Forward, "Bill", Some(7)).unwrap_err();
    assert!(stuck.to_string().starts_with("visit 7 of state `Bill` does not come"));
    assert_eq!(session.back(1).unwrap_err().to_string(), "this is the beginning");
    session.go(usize::MAX);
    assert_eq!(session.next(1).unwrap_err().to_string(), "this is the end");
    assert!(session.moment().is_none());
}

#[tokio::test]
async fn a_search_from_the_beginning_finds_the_first_state_once() {
    let mut session = session(&["MUG"]).await;
    session.to_state(Direction::Forward, "Price each", None).unwrap();
    assert_eq!(session.position(), 0);
    let again = session.to_state(Direction::Forward, "Price each", None).unwrap_err();
    assert_eq!(again.to_string(), "state `Price each` does not come after this");
    session.go(0);
    session.to_change(Direction::Forward, "skus").unwrap();
    assert_eq!(session.position(), 0);
}
