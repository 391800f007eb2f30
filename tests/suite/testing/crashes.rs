use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use durafn::{prelude::*, testing::TestEngine};

use super::*;

#[tokio::test]
async fn a_workflow_survives_a_crash_at_every_write() {
    let kit = TestEngine::new();
    kit.mock(ask).with(|customer| Ok(customer == "Ada")).takes(Duration::from_secs(3_600));
    kit.mock(charge).fails(Fault::Timeout).times(2).with(|cents| Ok(format!("took {cents}")));
    let report = kit.crash_everywhere(|| order("Ada".into(), vec!["a".into(), "b".into()], 5)).await;
    assert_eq!(report.run().output(), "Ada/a Ada/b: took 5");
    assert_eq!(report.run().elapsed(), Duration::from_secs(3_603));
    assert!(report.crashes() > 12 && report.repeated() > 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn it_does_so_on_many_threads() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    let report = kit.crash_everywhere(|| order("Ada".into(), vec!["a".into(), "b".into()], 5)).await;
    assert_eq!(report.run().output(), "Ada/a Ada/b: paid 5");
}

#[derive(Clone, Default)]
struct Bank(Arc<Mutex<BTreeMap<String, u32>>>);

#[task(name = "kit_pay")]
async fn pay(cents: u32, #[resource] bank: Bank, context: TaskContext) -> u32 {
    let mut books = bank.0.lock().unwrap();
    *books.entry(context.idempotency_key().to_owned()).or_insert(cents)
}

#[task(name = "kit_number")]
async fn number(#[resource] bank: Bank) -> u32 {
    let mut books = bank.0.lock().unwrap();
    let number = u32::try_from(books.len()).unwrap();
    books.insert(format!("number {number}"), number);
    number
}

#[task(name = "kit_once", at_most_once)]
async fn once(#[resource] bank: Bank) -> u32 {
    *bank.0.lock().unwrap().entry("once".to_owned()).and_modify(|times| *times += 1).or_insert(1)
}

#[workflow(name = "kit_payments")]
async fn payments() -> u32 {
    let first = pay(3).await;
    let second = pay(4).await;
    let third = once().await;
    first + second + third
}

#[workflow(name = "kit_numbers")]
async fn numbers() -> u32 {
    number().await
}

#[tokio::test]
async fn tasks_that_know_their_key_can_be_repeated() {
    let bank = Bank::default();
    let run = TestEngine::new().resource(bank.clone()).every_step_twice(payments()).await;
    assert_eq!(run.output(), 8);
    let books = bank.0.lock().unwrap();
    assert_eq!((books.len(), books["once"]), (3, 1));
}

#[tokio::test]
#[should_panic(expected = "task `kit_number` with {}\n    first:  0\n    second: 1")]
async fn one_that_does_it_again_is_found() {
    TestEngine::new().resource(Bank::default()).every_step_twice(numbers()).await;
}

#[tokio::test]
async fn one_that_may_vary_may() {
    let kit = TestEngine::new().resource(Bank::default()).varying(number);
    assert_eq!(kit.every_step_twice(numbers()).await.output(), 1);
}

#[tokio::test]
async fn what_runs_at_most_once_does_so_under_crashes() {
    let report = TestEngine::new().resource_with(Bank::default).crash_everywhere(payments).await;
    assert!(report.crashes() > 6, "{report:?}");
}

/// A race, branches that are cut, a child.
#[workflow(name = "kit_child")]
pub(super) async fn child(cents: u32) -> Result<String, ShopError> {
    sleep(Duration::from_secs(30)).await;
    charge(cents).await
}

#[workflow(name = "kit_mixed")]
async fn mixed() -> Result<String, ShopError> {
    let uuid = durafn::uuid();
    let paid = match race!(async { child(5).await }, async {
        sleep(Duration::from_secs(60)).await;
        charge(7).await
    }) {
        Ok(paid) => paid,
        Err(error) => return Err(error),
    };
    let failed = try_join!(reserve(uuid.clone(), "gone".to_string()), async {
        sleep(Duration::from_secs(1)).await;
        charge(9).await
    });
    match failed {
        Ok(_) => Ok(uuid),
        Err(ShopError::OutOfStock { sku }) => Ok(format!("{paid}, without {sku}")),
        Err(error) => Err(error),
    }
}

#[tokio::test]
async fn races_children_and_branches_that_are_cut_survive_too() {
    let kit = TestEngine::new();
    kit.mock(reserve).with(|_, sku| Err(ShopError::OutOfStock { sku }));
    let report = kit.crash_everywhere(mixed).await;
    assert_eq!(report.run().output(), "paid 5, without gone");
    insta::assert_snapshot!(report.run().history());
}
