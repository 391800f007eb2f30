use durafn::{prelude::*, testing::TestEngine};

use super::*;

fn skus() -> Vec<String> {
    vec!["a".to_owned(), "b".to_owned()]
}

#[tokio::test]
async fn a_run_tells_output_states_calls_and_a_history_that_stays() {
    let kit = TestEngine::new();
    kit.mock(ask).with(|customer| Ok(customer == "Ada"));
    kit.mock(charge).fails(Fault::Timeout).times(2).with(|cents| Ok(format!("took {cents}")));
    let run = kit.run(order("Ada".into(), skus(), 5)).await;
    assert_eq!(run.output(), "Ada/a Ada/b: took 5");
    run.assert_calls(["kit_ask", "kit_reserve", "kit_reserve", "kit_charge"]);
    assert_eq!(run.calls_of(reserve), [("Ada".to_owned(), "a".to_owned()), ("Ada".to_owned(), "b".to_owned())]);
    assert_eq!(run.calls_of(charge), [5]);
    assert_eq!((run.attempts_of(charge), run.attempts_of(reserve)), (3, 2));
    assert_eq!(run.elapsed(), Duration::from_secs(1 + 2), "two retries, the second after twice as long");
    insta::assert_snapshot!(run.history());
}

#[tokio::test]
async fn a_callback_that_nobody_answers_times_out_after_seven_days() {
    let kit = TestEngine::new().only_mocked();
    kit.mock(ask).never();
    let run = kit.run(order("Ada".into(), skus(), 5)).await;
    assert_eq!((run.output().as_str(), run.elapsed()), ("forgotten", Duration::from_hours(7 * 24)));
}

#[tokio::test]
async fn a_failure_is_typed() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(reserve).with(|_, sku| Err(ShopError::OutOfStock { sku }));
    let run = kit.run(order("Ada".into(), vec!["gone".into()], 5)).await;
    assert_eq!(run.failure::<ShopError>(), ShopError::OutOfStock { sku: "gone".into() });
    assert_eq!(run.failed().error, "OutOfStock");
    kit.mock(ask).fails(ShopError::Declined);
    assert_eq!(kit.run(order("Ada".into(), skus(), 5)).await.failure::<ShopError>(), ShopError::Declined);
}

#[tokio::test]
async fn each_call_can_have_the_script_for_itself() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(reserve).each_call().fails(Fault::Timeout).times(2).runs();
    let run = kit.run(order("Ada".into(), skus(), 5)).await;
    assert_eq!((run.attempts_of(reserve), run.output().as_str()), (6, "Ada/a Ada/b: paid 5"));
}

#[tokio::test]
async fn a_panic_that_a_script_asks_for_is_a_failed_task() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(charge).panics("no bank");
    let failed = kit.run(order("Ada".into(), skus(), 5)).await.failed();
    assert_eq!((failed.error.as_str(), failed.cause.contains("no bank")), ("States.TaskFailed", true));
}

#[tokio::test]
#[should_panic(expected = "task `kit_ask` was called with \"Ada\" and is not mocked")]
async fn an_unmocked_task_fails_the_test_where_only_mocks_may_run() {
    TestEngine::new().only_mocked().run(order("Ada".into(), skus(), 5)).await;
}

#[tokio::test]
#[should_panic(expected = "its script is used up: it is for 1 attempts")]
async fn a_script_that_is_used_up_fails_the_test() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(reserve).returns(Ok(String::new())).times(1);
    kit.run(order("Ada".into(), skus(), 5)).await;
}

#[tokio::test]
#[should_panic(expected = "never more than 3 cents")]
async fn an_assertion_in_a_mock_fails_the_test() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(charge).with(|cents| {
        assert!(cents <= 3, "never more than 3 cents");
        Ok(String::new())
    });
    kit.run(order("Ada".into(), skus(), 5)).await;
}

#[tokio::test]
#[should_panic(
    expected = "behind 1 that agree, the last of which is `kit_ask`\n  expected: kit_charge\n  actual:   kit_reserve, kit_reserve, kit_charge"
)]
async fn calls_that_differ_are_shown_from_the_first_difference_on() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.run(order("Ada".into(), skus(), 5)).await.assert_calls(["kit_ask", "kit_charge"]);
}

#[tokio::test]
#[should_panic(expected = "workflow `kit_order` failed: Declined")]
async fn an_output_that_is_none_shows_the_failure() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(false));
    let _ = kit.run(order("Ada".into(), skus(), 5)).await.output();
}

#[derive(Clone)]
struct Rates(u32);

#[task(name = "kit_discount")]
fn discount(cents: u32, #[resource] rates: Rates) -> u32 {
    cents * rates.0 / 100
}

#[workflow(name = "kit_discounted")]
async fn discounted(cents: u32) -> u32 {
    discount(cents).await
}

#[tokio::test]
async fn a_body_gets_resources_and_a_mock_needs_none() {
    assert_eq!(TestEngine::new().resource(Rates(10)).run(discounted(50)).await.output(), 5);
    let kit = TestEngine::new();
    kit.mock(discount).with(|cents| cents + 1);
    assert_eq!(kit.run(discounted(50)).await.output(), 51);
}

#[tokio::test]
#[should_panic(expected = "the kit has none; give it one with `TestEngine::new().resource(..)`, or mock the task")]
async fn a_resource_that_is_missing_is_named_when_its_task_runs() {
    TestEngine::new().run(discounted(50)).await;
}

#[task(name = "kit_mail", callback, timeout = "1h")]
async fn mail(token: TaskToken<u32>, to: String, #[resource] sent: tokio::sync::mpsc::UnboundedSender<String>) {
    sent.send(format!("{to} {token}")).unwrap();
}

#[workflow(name = "kit_mailed")]
async fn mailed(to: String) -> u32 {
    mail(to).await
}

#[tokio::test]
async fn an_answer_comes_after_the_body_has_asked() {
    let (sent, mut inbox) = tokio::sync::mpsc::unbounded_channel::<String>();
    let kit = TestEngine::new().resource(sent);
    kit.answer(mail).with(|to| u32::try_from(to.len()).unwrap()).takes(Duration::from_secs(60));
    let run = kit.run(mailed("Ada".into())).await;
    assert_eq!((run.output(), run.elapsed()), (3, Duration::from_secs(60)));
    assert!(inbox.try_recv().unwrap().starts_with("Ada "));
}

#[tokio::test]
async fn a_test_can_complete_a_token_itself() {
    let (sent, mut inbox) = tokio::sync::mpsc::unbounded_channel::<String>();
    let kit = TestEngine::new().resource(sent);
    let execution = kit.start(mailed("Ada".into())).await;
    kit.advance(Duration::from_secs(600)).await;
    let mail = inbox.try_recv().unwrap();
    let (_, token) = mail.split_once(' ').unwrap();
    kit.engine().await.complete_json(token, "7").await.unwrap();
    let run = kit.finish(&execution).await;
    assert_eq!((run.output(), run.elapsed()), (7, Duration::from_secs(600)));
}

#[task(name = "kit_forgotten", callback)]
async fn forgotten(token: TaskToken<u32>) {
    let _ = token;
}

#[workflow(name = "kit_waits")]
async fn waits() -> u32 {
    forgotten().await
}

#[tokio::test]
#[should_panic(expected = "waits for ever, for task `kit_forgotten` (state `Forgotten`, called with {})")]
async fn a_wait_without_an_end_is_explained() {
    TestEngine::new().run(waits()).await;
}

#[workflow(name = "kit_express", express, timeout = "4m")]
async fn at_once(cents: u32) -> Result<String, ShopError> {
    sleep(Duration::from_secs(60)).await;
    let both = map(vec![cents, cents + 1], |cents| charge(cents)).await?;
    Ok(both.join(", "))
}

#[tokio::test]
async fn an_express_workflow_runs_as_any_other() {
    let kit = TestEngine::new();
    kit.mock(charge).fails(Fault::Timeout).with(|cents| Ok(format!("took {cents}")));
    let run = kit.run(at_once(5)).await;
    assert_eq!(run.output(), "took 5, took 6");
    run.assert_states(["Sleep", "Charge each", "Charge", "Charge"]);
    assert_eq!((run.calls_of(charge), run.attempts_of(charge)), (vec![5, 6], 3));
    assert_eq!((run.id(), run.elapsed()), (None, Duration::from_secs(61)));

    kit.mock(charge).never();
    let run = kit.run(at_once(5)).await;
    assert_eq!((run.failed().error.as_str(), run.elapsed()), ("States.Timeout", Duration::from_mins(4)));
    run.assert_states(["Sleep", "Charge each", "Charge", "Charge"]);

    let twice = TestEngine::new().every_step_twice(at_once(7)).await;
    assert_eq!(twice.output(), "paid 7, paid 8");
}

#[tokio::test]
async fn an_express_workflow_waits_for_its_place() {
    let kit = TestEngine::new().engine_with(|builder| builder.max_express_executions(1));
    kit.mock(charge).never();
    let _first = kit.engine().await.start(at_once(1)).await.unwrap();
    kit.mock(charge).returns(Ok("took it".to_owned()));
    assert_eq!(kit.run(at_once(5)).await.output(), "took it, took it");
    // The first one has taken its minute, and so has this one.
    assert_eq!(kit.now().as_second() % 3_600, 120);
}

#[tokio::test]
#[should_panic(expected = "run it from start to end by `kit.run(kit_express(..))`")]
async fn an_express_workflow_cannot_be_looked_at_on_the_way() {
    TestEngine::new().start(at_once(5)).await;
}
