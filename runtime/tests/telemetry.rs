//! What an engine tells of itself: spans, one line a transition, and what it counts. In a process of its own, since who listens is global.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use durafn::{Engine, VirtualClock, prelude::*};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshot};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum ShopError {
    Declined { card: String },
}

#[task(retry(on = "Declined", interval = "1s", attempts = 1))]
async fn charge(card: String) -> Result<u32, ShopError> {
    if card == "secret-5999" { Err(ShopError::Declined { card }) } else { Ok(7) }
}

#[workflow]
async fn shop(card: String) -> Result<u32, ShopError> {
    sleep(Duration::from_secs(60)).await;
    let (first, second) = try_join!(charge("a".to_owned()), async {
        let paid = charge(card.clone()).await?;
        Ok(paid)
    })?;
    Ok(first + second)
}

/// Spans and events as lines, in the order in which they open and come.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

/// The fields of a span or event, by name.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Fields {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("-", String::as_str)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("a span that was just made");
        let around: Vec<_> = span.scope().from_root().map(|span| span.name()).collect();
        let (name, kind) = (span.name(), fields.get("type"));
        let what = match name {
            "execution" => fields.get("workflow").to_owned(),
            "state" => format!("{kind} {:?} in {:?}", fields.get("state"), fields.get("scope")),
            _ => format!("{} attempt {}", fields.get("task"), fields.get("attempt")),
        };
        self.0.lock().unwrap().push(format!("{}: {what}", around.join(">")));
    }

    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {}

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.get("message") == "transition" {
            let (level, name) = (event.metadata().level(), fields.get("event"));
            self.0.lock().unwrap().push(format!("{level} {name} {:?}", fields.get("state")));
        }
    }
}

/// Counters and gauges by name and labels; of histograms, how many values they hold.
fn counted(snapshot: Snapshot) -> BTreeMap<String, f64> {
    let entries = snapshot.into_vec().into_iter().map(|(key, _, _, value)| {
        let (_, key) = key.into_parts();
        let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
        let value = match value {
            DebugValue::Counter(value) => value as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        (format!("{}/{}", key.name(), labels.join("/")), value)
    });
    entries.collect()
}

#[tokio::test(flavor = "current_thread")]
async fn an_execution_is_told_in_spans_lines_and_numbers() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    let lines = Lines::default();
    tracing::subscriber::set_global_default(Registry::default().with(lines.clone())).unwrap();

    let directory = tempfile::tempdir().unwrap();
    let clock = VirtualClock::at(0);
    let engine = Engine::builder().path(directory.path().join("shop.db")).clock(clock.clone()).open().await.unwrap();
    let execution = engine.start(shop("secret-5999".to_owned())).await.unwrap();
    for _ in 0..2 {
        engine.wait_idle().await;
        clock.advance_to(engine.next_due().unwrap());
    }
    assert_eq!(execution.result().await.unwrap_err().name(), Some("Declined"));
    engine.shutdown(Duration::ZERO).await.unwrap();

    let lines = lines.0.lock().unwrap().clone();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(!lines.iter().any(|line| line.contains("secret")), "no payload is told");

    let counted = counted(snapshotter.snapshot());
    let of = |name: &str| counted.get(name).copied().unwrap_or_else(|| panic!("{name} is not among {counted:#?}"));
    assert_eq!(of("durafn_executions_started_total/shop"), 1.0);
    assert_eq!(of("durafn_executions_closed_total/shop/FAILED"), 1.0);
    assert_eq!(of("durafn_execution_seconds/shop/FAILED"), 1.0);
    assert_eq!(of("durafn_executions_in_memory/"), 0.0);
    assert_eq!(of("durafn_states_entered_total/shop/Wait"), 1.0);
    assert_eq!(of("durafn_states_entered_total/shop/Parallel"), 1.0);
    assert_eq!(of("durafn_states_entered_total/shop/Task"), 2.0);
    assert_eq!(of("durafn_attempts_total/charge/succeeded"), 1.0);
    assert_eq!(of("durafn_attempts_total/charge/failed"), 2.0);
    assert_eq!(of("durafn_attempts_running/charge"), 0.0);
    assert_eq!(of("durafn_attempt_seconds/charge/failed"), 2.0);
    assert_eq!(of("durafn_timer_lag_seconds/"), 2.0);
    assert!(of("durafn_commits_total/committed") >= 4.0);
    assert_eq!(of("durafn_commit_seconds/"), of("durafn_commits_total/committed"));
    assert_eq!(of("durafn_commit_units/"), of("durafn_commits_total/committed"));
}
