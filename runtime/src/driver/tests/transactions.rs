//! Tasks that commit their own result.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{crash::crash_store, *};
use crate::{
    Transaction,
    store::{ExecutionId, SqliteOptions, SqliteStore},
};

const TABLES: [&str; 1] = ["CREATE TABLE app_entry (what TEXT NOT NULL) STRICT"];

fn entries(tx: &Transaction<'_>) -> i64 {
    tx.query_row("SELECT count(*) FROM app_entry", [], |row| row.get(0)).unwrap()
}

/// Writes an entry, and then does what the input says: fails at the first attempt, or always, panics, or yields how many entries there are.
fn write(input: &str, context: TaskContext, tx: &Transaction<'_>) -> Result<String, Failed> {
    tx.execute("INSERT INTO app_entry VALUES (?1)", [input]).unwrap();
    match input {
        "\"busy\"" if context.attempt() == 1 => Err(Failed::new("E", "busy")),
        "\"never\"" => Err(Failed::new("Never", "why")),
        "\"panic\"" => panic!("no more"),
        "\"steal\"" => {
            let stolen = tx.execute("DELETE FROM meta", []).unwrap_err();
            Err(Failed::new("Stolen", stolen.to_string()))
        }
        "\"roll back\"" => {
            let _ = tx.execute_batch("CREATE TABLE app_one (x UNIQUE); INSERT INTO app_one VALUES (1); INSERT OR ROLLBACK INTO app_one VALUES (1)");
            Ok("0".to_owned())
        }
        _ => Ok(entries(tx).to_string()),
    }
}

fn program(world: &World) -> Program {
    world.program().transaction("t", retry(&["E"], 1), write).workflow("w", async |cx, input| {
        let first = call(&cx, 0, "t", &input).await;
        let second = call(&cx, 1, "t", "\"last\"").await.unwrap();
        Ok(match first {
            Ok(first) => format!("[{first},{second}]"),
            Err(failed) => format!("[{:?},{second}]", failed.to_string()),
        })
    })
}

async fn open(program: Program, store: &Arc<impl Store>, world: &World) -> Engine {
    program.open_with(store, &world.clock, |builder| builder.tables(TABLES)).await
}

/// On a store of either kind.
async fn on_both(check: impl AsyncFn(Engine, &World)) {
    let world = World::new();
    check(open(program(&world), &world.store, &world).await, &world).await;
    let directory = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(directory.path().join("t.db"), SqliteOptions::default()).unwrap();
    let world = World::new();
    check(open(program(&world), &Arc::new(file), &world).await, &world).await;
}

#[tokio::test]
async fn writes_and_result_are_one_commit_and_failures_leave_nothing() {
    on_both(async |engine, world| {
        for (input, output) in [
            ("\"fine\"", "[1,2]"),
            ("\"busy\"", "[3,4]"),
            ("\"never\"", r#"["Never: why",5]"#),
            ("\"panic\"", r#"["States.TaskFailed: the task panicked: no more",6]"#),
        ] {
            let execution = start(&engine, input).await;
            settle(&engine, &world.clock).await;
            assert_eq!(outcome(&execution).await, Ok(output.to_owned()), "{input}");
            assert!(engine.replay(execution.id()).await.unwrap().divergence.is_none(), "{input}");
        }
        let names = engine.history(ExecutionId(1)).await.unwrap();
        let names: Vec<_> = names.iter().map(|event| event.kind.name()).collect();
        let call = ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"];
        assert_eq!(names[1..6], call);
        engine.shutdown(Duration::ZERO).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_not_its_own_is_refused_with_a_reason() {
    on_both(async |engine, _| {
        let stolen = outcome(&start(&engine, "\"steal\"").await).await.unwrap();
        assert_eq!(
            stolen,
            r#"["Stolen: a task writes only to tables, and makes only what is named, `app_..`: `meta` is not",1]"#
        );
        let lost = outcome(&start(&engine, "\"roll back\"").await).await.unwrap();
        assert!(lost.contains("SQLite rolled back the whole transaction") && lost.ends_with(",2]"), "{lost}");
        assert_eq!(outcome(&start(&engine, "\"fine\"").await).await, Ok("[3,4]".to_owned()));
        engine.shutdown(Duration::ZERO).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_waits_for_a_transaction() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    static GO: AtomicBool = AtomicBool::new(false);
    fn slow(_: &str, _: TaskContext, tx: &Transaction<'_>) -> Result<String, Failed> {
        BEGUN.store(true, Ordering::SeqCst);
        while !GO.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        tx.execute("INSERT INTO app_entry VALUES ('slow')", []).unwrap();
        Ok(entries(tx).to_string())
    }
    let program = |world: &World| {
        world
            .program()
            .transaction("t", Policy::default(), slow)
            .workflow("w", async |cx, input| call(&cx, 0, "t", &input).await)
    };
    let directory = tempfile::tempdir().unwrap();
    let file = || Arc::new(SqliteStore::open(directory.path().join("t.db"), SqliteOptions::default()).unwrap());
    let world = World::new();
    let engine = open(program(&world), &file(), &world).await;
    start(&engine, "1").await;
    while !BEGUN.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    let closing = tokio::spawn(async move { engine.shutdown(Duration::ZERO).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    GO.store(true, Ordering::SeqCst);
    closing.await.unwrap().unwrap();
    let engine = open(program(&world), &file(), &world).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.output.as_deref(), Some("1"), "it ran once");
}

#[tokio::test]
async fn a_crash_at_any_commit_leaves_each_write_once() {
    for durable in [false, true] {
        for commit in 0.. {
            let world = World::new();
            let store = Arc::new(crash_store(&world.store, commit, durable));
            let engine = open(program(&world), &store, &world).await;
            let _ = engine.start_json("w", Some("only".to_owned()), "\"busy\"").await;
            settle(&engine, &world.clock).await;
            let crashed = store.has_crashed();
            leave(engine).await;
            let engine = open(program(&world), &world.store, &world).await;
            let execution = engine.start_json("w", Some("only".to_owned()), "\"busy\"").await.unwrap();
            settle(&engine, &world.clock).await;
            assert_eq!(outcome(&execution).await, Ok("[1,2]".to_owned()), "commit {commit}, durable {durable}");
            if !crashed {
                assert!(commit > 4, "{commit} commits");
                break;
            }
        }
    }
}

#[tokio::test]
async fn versions_of_tables_are_applied_once_and_in_order() {
    let world = World::new();
    let tables = async |versions: &[&str]| {
        let versions: Vec<String> = versions.iter().map(|&sql| sql.to_owned()).collect();
        world.store.bring_tables(&versions).await.map_err(|error| error.to_string())
    };
    let all = ["CREATE TABLE app_a (x)", "INSERT INTO app_a VALUES (1)", "CREATE TABLE b (x)"];
    tables(&all[..1]).await.unwrap();
    tables(&all[..2]).await.unwrap();
    tables(&all[..2]).await.unwrap();
    let refused = tables(&all).await.unwrap_err();
    assert!(refused.contains("version 3 of `tables(..)`") && refused.contains("`b` is not"), "{refused}");
    let older = tables(&all[..1]).await.unwrap_err();
    assert!(older.contains("has seen 2 versions"), "{older}");
}
