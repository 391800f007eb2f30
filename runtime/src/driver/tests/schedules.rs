//! Schedules fire, once each, whatever comes in between.

use std::time::Duration;

use super::{held::Hold, *};
use crate::{
    Missed, Overlap, Schedule,
    store::{ExecutionRow, ListFilter, ScheduleRow, Status},
};

const HOUR: Duration = Duration::from_hours(1);

/// Workflow `w` works at once where its input is 0, else it sleeps for so many minutes.
fn program(world: &World) -> Program {
    world.program().task("work", |input, _| Ok(input.to_owned())).workflow("w", |cx, input| async move {
        let minutes: u64 = input.parse().unwrap();
        if minutes > 0 {
            cx.enter(0);
            cx.sleep(0, Duration::from_mins(minutes)).await;
        }
        Ok(must(&cx, 1, "work", &input).await)
    })
}

fn row(name: &str, rule: &Schedule, input: &str, next: i64) -> ScheduleRow {
    ScheduleRow {
        name: name.to_owned(),
        workflow: "w".to_owned(),
        input: input.into(),
        rule: rule.to_json(),
        paused: false,
        next: Some(next),
        last: None,
    }
}

fn hourly() -> Schedule {
    Schedule::every(HOUR).unwrap()
}

/// What there is, from the oldest: name, minutes from the start of the day to its start, and status.
async fn started(engine: &Engine) -> Vec<String> {
    let mut rows: Vec<ExecutionRow> = engine.list(&ListFilter::default()).await.unwrap();
    rows.reverse();
    let text = rows.iter().map(|row| {
        format!("{} at {} {}", row.name.as_deref().unwrap_or("-"), row.started_at / 60_000, row.status.name())
    });
    text.collect()
}

/// Moves the clock minute by minute.
async fn pass(engine: &Engine, clock: &VirtualClock, minutes: u64) {
    for _ in 0..minutes {
        engine.wait_idle().await;
        clock.advance(Duration::from_mins(1));
    }
    engine.wait_idle().await;
}

/// An engine on a store that holds a schedule, at the start of the day.
async fn with(rule: &Schedule, input: &str) -> (World, Engine) {
    let world = World { clock: VirtualClock::at(0), ..World::new() };
    world.store.put_schedule(row("s", rule, input, 3_600_000)).await.unwrap();
    let engine = world.open(program(&world)).await;
    (world, engine)
}

#[tokio::test]
async fn a_firing_starts_one_execution_however_often_it_is_tried() {
    let (world, engine) = with(&hourly(), "0").await;
    assert_eq!(engine.next_due(), Some(3_600_000));
    pass(&engine, &world.clock, 121).await;
    let both = ["s-19700101T010000Z at 60 SUCCEEDED", "s-19700101T020000Z at 120 SUCCEEDED"];
    assert_eq!(started(&engine).await, both);
    let now = world.store.schedules().await.unwrap().remove(0);
    assert_eq!((now.next, now.last.as_deref()), (Some(3 * 3_600_000), Some("s-19700101T020000Z")));
    leave(engine).await;

    // As after a crash between the start and the note of what comes next.
    world.store.put_schedule(row("s", &hourly(), "0", 2 * 3_600_000)).await.unwrap();
    let engine = world.open(program(&world)).await;
    engine.wait_idle().await;
    assert_eq!(started(&engine).await, both);
    assert_eq!(world.effects.counts()["work(0)"], 2);
    assert_eq!(world.store.schedules().await.unwrap()[0].next, Some(3 * 3_600_000));
}

#[tokio::test]
async fn what_was_missed_while_no_engine_ran_is_made_up_for() {
    for (missed, names) in [
        (Missed::Latest, vec!["s-19700101T050000Z at 305 SUCCEEDED"]),
        (Missed::None, vec![]),
        (Missed::All, vec!["1", "2", "3", "4", "5"]),
    ] {
        let (world, engine) = with(&hourly().missed(missed).overlap(Overlap::Allow), "0").await;
        leave(engine).await;
        world.clock.advance(Duration::from_mins(305));
        let engine = world.open(program(&world)).await;
        engine.wait_idle().await;
        let found = started(&engine).await;
        match missed {
            Missed::All => assert_eq!(found.len(), names.len(), "{found:?}"),
            _ => assert_eq!(found, names),
        }
        assert_eq!(world.store.schedules().await.unwrap()[0].next, Some(6 * 3_600_000));
    }
}

#[tokio::test]
async fn a_firing_beside_the_one_before_does_as_the_rule_says() {
    for (overlap, expected) in [
        (Overlap::Skip, vec!["s-19700101T010000Z at 60 SUCCEEDED", "s-19700101T030000Z at 180 RUNNING"]),
        (
            Overlap::Allow,
            vec![
                "s-19700101T010000Z at 60 SUCCEEDED",
                "s-19700101T020000Z at 120 SUCCEEDED",
                "s-19700101T030000Z at 180 RUNNING",
            ],
        ),
        (Overlap::Queue, vec!["s-19700101T010000Z at 60 SUCCEEDED", "s-19700101T020000Z at 150 RUNNING"]),
        (
            Overlap::Stop,
            vec![
                "s-19700101T010000Z at 60 ABORTED",
                "s-19700101T020000Z at 120 ABORTED",
                "s-19700101T030000Z at 180 RUNNING",
            ],
        ),
    ] {
        let (world, engine) = with(&hourly().overlap(overlap), "90").await;
        pass(&engine, &world.clock, 211).await;
        assert_eq!(started(&engine).await, expected, "{overlap:?}");
        if overlap == Overlap::Stop {
            let first = engine.find("w", "s-19700101T010000Z").await.unwrap().unwrap();
            assert_eq!(first.error.as_deref(), Some("Schedule.Superseded"));
        }
    }
}

#[tokio::test]
async fn several_that_waited_are_one() {
    // 200 minutes: those of 2, 3 and 4 o'clock wait for the one of 1 o'clock.
    let (world, engine) = with(&hourly().overlap(Overlap::Queue), "200").await;
    pass(&engine, &world.clock, 280).await;
    let expected = ["s-19700101T010000Z at 60 SUCCEEDED", "s-19700101T040000Z at 260 RUNNING"];
    assert_eq!(started(&engine).await, expected);
}

#[tokio::test]
async fn a_schedule_is_paused_resumed_changed_and_removed() {
    let (world, engine) = with(&hourly(), "0").await;
    engine.pause_schedule("s", true).await.unwrap();
    pass(&engine, &world.clock, 150).await;
    assert_eq!(started(&engine).await, [""; 0]);
    engine.pause_schedule("s", false).await.unwrap();
    pass(&engine, &world.clock, 31).await;
    assert_eq!(started(&engine).await, ["s-19700101T030000Z at 180 SUCCEEDED"], "what it passed over was not missed");

    world
        .store
        .put_schedule(row("s", &Schedule::every(Duration::from_mins(10)).unwrap(), "0", 190 * 60_000))
        .await
        .unwrap();
    engine.shared().look_at_schedules().await.unwrap();
    pass(&engine, &world.clock, 10).await;
    assert_eq!(started(&engine).await.len(), 2);
    engine.unschedule("s").await.unwrap();
    pass(&engine, &world.clock, 60).await;
    assert_eq!(started(&engine).await.len(), 2);
    assert_eq!(engine.next_due(), None);

    let error = engine.unschedule("s").await.unwrap_err().to_string();
    assert_eq!(error, "there is no schedule `s`; there is none at all");
    world.store.put_schedule(row("nightly", &hourly(), "0", 1)).await.unwrap();
    let error = engine.pause_schedule("nigthly", true).await.unwrap_err().to_string();
    assert_eq!(error, "there is no schedule `nigthly`; did you mean `nightly`?");
}

#[tokio::test]
async fn what_this_program_cannot_fire_is_left_alone() {
    let world = World { clock: VirtualClock::at(0), ..World::new() };
    let other = ScheduleRow { workflow: "of-another-program".to_owned(), ..row("other", &hourly(), "0", 60_000) };
    let newer = ScheduleRow { rule: r#"{"fires":{"moon":{}}}"#.to_owned(), ..row("newer", &hourly(), "0", 60_000) };
    for row in [&other, &newer] {
        world.store.put_schedule(row.clone()).await.unwrap();
    }
    let engine = world.open(program(&world)).await;
    pass(&engine, &world.clock, 5).await;
    assert_eq!(world.store.schedules().await.unwrap(), [newer, other]);
    assert_eq!(engine.list(&ListFilter { status: Some(Status::Running), ..ListFilter::default() }).await.unwrap(), []);
    let error = engine.schedules().await.unwrap_err().to_string();
    assert!(error.starts_with("the rule of the schedule `newer` cannot be read: unknown variant `moon`"), "{error}");
}

#[tokio::test]
async fn an_older_look_does_not_take_the_place_of_a_newer() {
    let world = World { clock: VirtualClock::at(0), ..World::new() };
    let store = Hold::around(&world.store);
    let engine = program(&world).open(&store, &world.clock).await;
    store.layer().arm();
    let shared = Arc::clone(engine.shared());
    let older = tokio::spawn(async move { shared.look_at_schedules().await });
    store.layer().reached.notified().await;
    world.store.put_schedule(row("s", &hourly(), "0", 3_600_000)).await.unwrap();
    let shared = Arc::clone(engine.shared());
    let newer = tokio::spawn(async move { shared.look_at_schedules().await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    store.layer().released.notify_one();
    older.await.unwrap().unwrap();
    newer.await.unwrap().unwrap();
    assert_eq!(engine.next_due(), Some(3_600_000), "it is known and fires");
}

#[tokio::test]
async fn a_schedule_that_changes_while_it_fires_leaves_nothing_under_way() {
    let world = World { clock: VirtualClock::at(0), ..World::new() };
    let store = Hold::around(&world.store);
    let last = Some("s-19700101T000000Z".to_owned());
    world.store.put_schedule(ScheduleRow { last, ..row("s", &hourly(), "0", 3_600_000) }).await.unwrap();
    let engine = program(&world).open(&store, &world.clock).await;
    engine.wait_idle().await;
    store.layer().arm();
    world.clock.advance(HOUR);
    store.layer().reached.notified().await;
    world.store.put_schedule(row("s", &hourly(), "0", 7_200_000)).await.unwrap();
    engine.shared().look_at_schedules().await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(7_200_000));
}

#[tokio::test]
async fn a_queue_behind_what_is_blocked_waits_without_work() {
    let (world, engine) = with(&hourly().overlap(Overlap::Queue), "600").await;
    pass(&engine, &world.clock, 61).await;
    leave(engine).await;
    // Other code than the one before: the execution is blocked.
    let other = world
        .program()
        .task("other", |_, _| Ok("0".to_owned()))
        .workflow("w", async |cx, input| Ok(must(&cx, 0, "other", &input).await));
    let engine = world.open(other).await;
    pass(&engine, &world.clock, 120).await;
    assert_eq!(started(&engine).await, ["s-19700101T010000Z at 60 BLOCKED"]);
    let now = world.store.schedules().await.unwrap().remove(0);
    assert_eq!(now.next, Some(2 * 3_600_000), "the firing that waits is not forgotten");
    let blocked = engine.find("w", "s-19700101T010000Z").await.unwrap().unwrap();
    engine.stop(blocked.id, "E", "").await.unwrap();
    pass(&engine, &world.clock, 1).await;
    let expected = ["s-19700101T010000Z at 60 ABORTED", "s-19700101T030000Z at 182 SUCCEEDED"];
    assert_eq!(started(&engine).await, expected);
}
