//! Executions that ended long ago are removed, and nothing else.

use std::{fs, time::Duration};

use super::*;
use crate::{
    Retention,
    history::History,
    store::{ExecutionId, ListFilter},
};

const DAY: Duration = Duration::from_hours(24);

fn program(world: &World) -> Program {
    world.program().task("work", |input, _| Ok(input.to_owned())).workflow("w", |cx, input| async move {
        if input == "9" {
            cx.enter(0);
            cx.sleep(0, Duration::from_hours(24 * 365)).await;
        }
        Ok(must(&cx, 1, "work", &input).await)
    })
}

async fn ids(engine: &Engine) -> Vec<i64> {
    let mut ids: Vec<_> = engine.list(&ListFilter::default()).await.unwrap().iter().map(|row| row.id.0).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn what_is_old_is_removed_once_its_history_is_written() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    // 1 and 2 end today, 3 waits, 4 ends a week later.
    for input in ["1", "2", "9"] {
        start(&engine, input).await;
        engine.wait_idle().await;
    }
    world.clock.advance(7 * DAY);
    start(&engine, "4").await.result().await.unwrap();
    start(&engine, "5").await.result().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("new/archive");

    let retention = Retention::keep(7 * DAY).export_to(&into);
    assert_eq!(engine.prune(&retention).await.unwrap().removed, 0, "a week has not passed yet");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(engine.prune(&retention.clone().workflow("other")).await.unwrap().removed, 0);
    assert_eq!(engine.prune(&retention).await.unwrap().removed, 2);
    assert_eq!(ids(&engine).await, [3, 4, 5]);
    assert!(engine.describe(ExecutionId(1)).await.is_err());

    let mut written: Vec<_> = fs::read_dir(&into).unwrap().map(|file| file.unwrap().file_name()).collect();
    written.sort();
    assert_eq!(written, ["w-1.json", "w-2.json"]);
    let history = History::read(into.join("w-2.json")).unwrap();
    assert_eq!((history.execution.id, &*history.execution.input), (ExecutionId(2), "2"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(into.join("w-1.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_not_removed() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    for input in ["1", "2"] {
        start(&engine, input).await.result().await.unwrap();
    }
    world.clock.advance(DAY);
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = engine.prune(&Retention::keep(Duration::ZERO).export_to(file.path())).await.unwrap_err();
    assert!(error.to_string().starts_with("a history cannot be written to "), "{error}");
    assert_eq!(ids(&engine).await, [1, 2]);
}

#[tokio::test]
async fn an_engine_removes_what_is_old_as_time_passes() {
    let world = World::new();
    let retention = Retention::keep(DAY).every(Duration::from_hours(1));
    let engine = program(&world).open_with(&world.store, &world.clock, |builder| builder.retention(retention)).await;
    for input in ["1", "2"] {
        start(&engine, input).await.result().await.unwrap();
    }
    for hour in 0..=25 {
        assert_eq!(ids(&engine).await.len(), if hour > 24 { 1 } else { 2 }, "after {hour} hours");
        world.clock.advance(Duration::from_hours(1));
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(ids(&engine).await, [2]);
    start(&engine, "3").await.result().await.unwrap();
    assert_eq!(ids(&engine).await, [2, 3], "no number is given twice");
}

#[tokio::test]
async fn what_another_database_has_left_in_the_folder_stays() {
    let folder = tempfile::tempdir().unwrap();
    let retention = Retention::keep(Duration::ZERO).export_to(folder.path());
    for input in ["7", "8"] {
        let world = World::new();
        let engine = world.open(program(&world)).await;
        for input in [input, "1"] {
            start(&engine, input).await.result().await.unwrap();
        }
        world.clock.advance(DAY);
        assert_eq!(engine.prune(&retention).await.unwrap().removed, 1);
    }
    let files = fs::read_dir(folder.path()).unwrap().map(|file| History::read(file.unwrap().path()).unwrap());
    let mut inputs: Vec<_> = files.map(|history| history.execution.input.to_string()).collect();
    inputs.sort();
    assert_eq!(inputs, ["7", "8"]);
}
