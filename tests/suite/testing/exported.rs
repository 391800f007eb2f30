use std::{path::Path, process::Command};

use durafn::{
    callable::{Call, Workflow},
    prelude::*,
    testing::{Ended, Exported, Interpreter, InterpreterProcess, Tasks, TestEngine},
};
use durafn_tests::oracle;

use super::{
    time::{slow, turns},
    *,
};

/// The interpreters that run on this machine.
fn interpreters() -> Vec<InterpreterProcess> {
    let known = [oracle::Interpreter::Sfnx, oracle::Interpreter::LocalStack];
    let here = known.into_iter().filter(|known| known.get().is_some());
    let spawn = |known: oracle::Interpreter| {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/run"));
        InterpreterProcess::spawn(command.arg(known.name())).expect("it starts")
    };
    here.map(spawn).collect()
}

/// The native run and that of the export do the same, by the same mocks, in the same time.
async fn the_same<W: Workflow>(
    interpreters: &mut [InterpreterProcess],
    kit: &TestEngine,
    call: impl Fn() -> Call<W>,
) -> String {
    let native = kit.run(call()).await;
    for interpreter in interpreters {
        let exported = kit.run_on(interpreter, call()).await;
        assert_eq!(exported.history(), native.history(), "{interpreter:?}");
        assert_eq!(exported.elapsed(), native.elapsed(), "{interpreter:?}");
        assert_eq!((exported.states(), exported.calls().len()), (native.states(), native.calls().len()));
    }
    native.history()
}

fn ada() -> (String, Vec<String>) {
    ("Ada".to_owned(), vec!["a".to_owned(), "b".to_owned()])
}

#[tokio::test]
async fn the_export_does_what_the_native_run_does() {
    let mut here = interpreters();
    let (customer, skus) = ada();
    let call = || order(customer.clone(), skus.clone(), 5);

    let kit = TestEngine::new();
    kit.mock(ask).with(|customer| Ok(customer == "Ada")).takes(Duration::from_secs(3_600));
    kit.mock(charge).fails(Fault::Timeout).times(2).with(|cents| Ok(format!("took {cents}")));
    let history = the_same(&mut here, &kit, call).await;
    assert!(history.ends_with("succeeded \"Ada/a Ada/b: took 5\"\n"), "{history}");

    let kit = TestEngine::new().only_mocked();
    kit.mock(ask).never();
    assert!(the_same(&mut here, &kit, call).await.ends_with("succeeded \"forgotten\"\n"));
    kit.mock(ask).fails(ShopError::Declined);
    assert!(the_same(&mut here, &kit, call).await.ends_with("failed Declined: \"Declined\"\n"));
    kit.mock(ask).returns(Ok(true));
    kit.mock(reserve).with(|_, sku| if sku == "b" { Err(ShopError::OutOfStock { sku }) } else { Ok(sku) });
    assert!(the_same(&mut here, &kit, call).await.contains("failed OutOfStock"));

    let kit = TestEngine::new();
    kit.mock(slow).with(Ok).takes(Duration::from_secs(5));
    the_same(&mut here, &kit, turns).await;
    kit.mock(slow).with(Ok).takes(Duration::from_secs(60)).times(1).with(Ok).takes(Duration::from_secs(59));
    assert!(the_same(&mut here, &kit, turns).await.contains("-> States.Timeout\n"));
    kit.mock(slow).never();
    the_same(&mut here, &kit, turns).await;
}

#[tokio::test]
async fn a_child_and_what_a_race_drops_look_the_same_there() {
    let mut here = interpreters();
    let kit = TestEngine::new();
    kit.mock(charge).with(|cents| Ok(format!("took {cents}"))).takes(Duration::from_secs(60));
    the_same(&mut here, &kit, raced).await;
}

/// The child wins, and a call is dropped.
#[workflow(name = "kit_raced")]
async fn raced() -> Result<String, ShopError> {
    race!(async { super::crashes::child(5).await }, async {
        sleep(Duration::from_secs(60)).await;
        charge(7).await
    })
}

#[tokio::test]
#[should_panic(expected = "never more than 3 cents")]
async fn an_assertion_in_a_mock_fails_the_test_there_too() {
    let kit = TestEngine::new();
    kit.mock(ask).returns(Ok(true));
    kit.mock(charge).with(|cents| {
        assert!(cents <= 3, "never more than 3 cents");
        Ok(String::new())
    });
    let (customer, skus) = ada();
    match interpreters().first_mut() {
        Some(interpreter) => drop(kit.run_on(interpreter, order(customer, skus, 5)).await),
        None => panic!("never more than 3 cents"),
    }
}

/// An interpreter that refuses everything.
struct Refuses;

impl Interpreter for Refuses {
    async fn run(&mut self, execution: &Exported, _tasks: &Tasks) -> Result<Ended, String> {
        Err(format!("{} is not for me", execution.definition["StartAt"]))
    }
}

#[tokio::test]
#[should_panic(expected = "the export of workflow `kit_order` cannot be run: \"Ask\" is not for me")]
async fn an_interpreter_says_why_it_cannot() {
    let (customer, skus) = ada();
    TestEngine::new().run_on(&mut Refuses, order(customer, skus, 5)).await;
}

#[tokio::test]
#[should_panic(expected = "the interpreter's process")]
async fn a_process_that_ends_is_noticed() {
    let mut interpreter = InterpreterProcess::spawn(&mut Command::new("true")).expect("it starts");
    let (customer, skus) = ada();
    TestEngine::new().run_on(&mut interpreter, order(customer, skus, 5)).await;
}
