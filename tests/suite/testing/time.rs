use durafn::{prelude::*, testing::TestEngine};

use super::*;

#[task(name = "kit_note")]
async fn note(what: String) -> String {
    what
}

#[task(name = "kit_slow", timeout = "1m", retry(on = "States.Timeout", interval = "5s", attempts = 1))]
pub(super) async fn slow(what: String) -> Result<String, ShopError> {
    Ok(what)
}

/// Three branches that take turns.
#[workflow(name = "kit_turns")]
pub(super) async fn turns() -> Result<String, ShopError> {
    let (one, two, three) = try_join!(
        async {
            sleep(Duration::from_secs(10)).await;
            Ok(note("timer 10".to_string()).await)
        },
        async { Ok(slow("mock 5".to_string()).await?) },
        async {
            sleep(Duration::from_hours(24 * 365 / 2)).await;
            Ok(note("timer half a year".to_string()).await)
        }
    )?;
    Ok(format!("{one} {two} {three}"))
}

async fn order_of_events(kit: TestEngine) -> Vec<String> {
    kit.mock(slow).with(Ok).takes(Duration::from_secs(5));
    let run = kit.run(turns()).await;
    let history = kit.engine().await.history(run.id().unwrap()).await.unwrap();
    let ends = history.iter().filter(|event| event.kind == durafn::history::EventKind::TaskSucceeded);
    ends.map(|event| event.details.output.as_deref().unwrap_or_default().to_owned()).collect()
}

const IN_TURN: [&str; 3] = [r#""mock 5""#, r#""timer 10""#, r#""timer half a year""#];

#[tokio::test]
async fn events_have_the_order_of_their_times() {
    assert_eq!(order_of_events(TestEngine::new()).await, IN_TURN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn on_many_threads_the_order_is_the_same() {
    for _ in 0..20 {
        assert_eq!(order_of_events(TestEngine::new()).await, IN_TURN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_of_tokio_does_no_harm() {
    assert_eq!(order_of_events(TestEngine::new()).await, IN_TURN);
}

#[workflow(name = "kit_slowly")]
async fn slowly() -> Result<String, ShopError> {
    slow("x".to_string()).await
}

#[tokio::test]
async fn a_mock_that_takes_longer_than_the_timeout_times_out() {
    let kit = TestEngine::new();
    kit.mock(slow).with(Ok).takes(Duration::from_secs(60)).with(Ok).takes(Duration::from_secs(59));
    let run = kit.run(slowly()).await;
    assert_eq!((run.output().as_str(), run.elapsed()), ("x", Duration::from_secs(60 + 5 + 59)));
    kit.mock(slow).never();
    let run = kit.run(slowly()).await;
    assert_eq!((run.failure(), run.elapsed()), (ShopError::Fault(Fault::Timeout), Duration::from_secs(60 + 5 + 60)));
}

/// Tasks that block a thread are waited for, however long they really take.
#[task(name = "kit_blocking")]
fn blocking(millis: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(millis));
    millis
}

#[workflow(name = "kit_blocks")]
async fn blocks() -> Result<u64, ShopError> {
    let (long, short) = try_join!(async { Ok(blocking(50).await) }, async {
        sleep(Duration::from_secs(1)).await;
        Ok(blocking(1).await)
    })?;
    Ok(long + short)
}

#[tokio::test]
async fn work_takes_no_time_however_long_it_takes() {
    let run = TestEngine::new().run(blocks()).await;
    assert_eq!((run.output(), run.elapsed()), (51, Duration::from_secs(1)));
}

#[task(name = "kit_hangs")]
async fn hangs() {
    std::future::pending().await
}

#[workflow(name = "kit_hung")]
async fn hung() {
    hangs().await;
}

#[tokio::test]
#[should_panic(expected = "in which these tasks run: kit_hangs")]
async fn a_body_that_never_ends_is_named() {
    TestEngine::new().patience(Duration::from_millis(20)).run(hung()).await;
}

#[task(name = "kit_ready")]
async fn ready() -> bool {
    false
}

#[workflow(name = "kit_polls")]
async fn polls() {
    while !ready().await {
        sleep(Duration::from_hours(24 * 30)).await;
    }
}

#[tokio::test]
#[should_panic(expected = "is not over after a year of the kit's time")]
async fn a_loop_without_an_end_is_ended() {
    TestEngine::new().run(polls()).await;
}

#[tokio::test]
async fn time_can_be_moved_step_by_step() {
    let kit = TestEngine::new().start_at(durafn_timestamp("2026-03-01T12:00:00Z"));
    kit.mock(slow).with(Ok).takes(Duration::from_secs(5));
    let execution = kit.start(turns()).await;
    kit.advance(Duration::from_secs(7)).await;
    assert_eq!(kit.now(), durafn_timestamp("2026-03-01T12:00:07Z"));
    let history = kit.engine().await.history(execution.id()).await.unwrap();
    assert_eq!(history.iter().filter(|event| event.kind.name() == "TaskSucceeded").count(), 1);
    assert_eq!(kit.finish(&execution).await.output(), "timer 10 mock 5 timer half a year");
}

fn durafn_timestamp(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// What is random.
#[workflow(name = "kit_random")]
async fn random() -> String {
    let uuid = durafn::uuid();
    let number = durafn::random();
    format!("{uuid} {}", number < 1.0)
}

#[tokio::test]
async fn what_is_random_is_the_same_in_each_test() {
    let first = TestEngine::new().run(random()).await.output();
    assert_eq!(TestEngine::new().run(random()).await.output(), first);
    let kit = TestEngine::new();
    assert_ne!(kit.run(random()).await.output(), kit.run(random()).await.output());
}

#[workflow(name = "kit_many")]
async fn many(items: Vec<String>) -> Result<u32, ShopError> {
    let done = map(items, |item| slow(item)).await?;
    Ok(done.len() as u32)
}

#[tokio::test]
async fn limits_of_the_engine_hold_in_its_time() {
    let kit = TestEngine::new().engine_with(|builder| builder.max_concurrent_tasks(2));
    kit.mock(slow).with(Ok).takes(Duration::from_secs(10));
    let run = kit.run(many(vec!["x".to_owned(); 6])).await;
    assert_eq!((run.output(), run.elapsed()), (6, Duration::from_secs(30)));
}
