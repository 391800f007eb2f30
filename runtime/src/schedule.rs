//! Schedules: what starts executions by itself.
//!
//! A schedule is a row of the store: a name, a workflow with its input, and a [rule](Schedule). Each firing starts one execution, whose name is made of the
//! schedule's and of the moment: `nightly-20261127T030000Z`. Since a name is given once, a firing starts one execution however often the engine is
//! killed around it, and however many engines look.

mod rule;

use std::sync::Arc;

pub use self::rule::{Missed, Overlap, Schedule};
use crate::{
    Client, Engine,
    callable::{Call, Workflow, kind::Schedulable},
    clock::Clock,
    error::{Error, Kind},
    registry::Registry,
    store::{ScheduleRow, Store},
};

/// A schedule as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheduled {
    /// Its name.
    pub name: String,
    /// The workflow that it starts.
    pub workflow: String,
    /// The input of each execution: JSON text.
    pub input: Arc<str>,
    /// When it fires, and what it does where that cannot be.
    pub rule: Schedule,
    /// It does not fire until it is resumed.
    pub paused: bool,
    /// When it fires next, in milliseconds since 1970. None where it never does again.
    pub next: Option<i64>,
    /// The name of the execution that it started last.
    pub last: Option<String>,
}

impl Scheduled {
    /// # Errors
    ///
    /// When the rule cannot be read: a newer version wrote it.
    pub(crate) fn read(row: ScheduleRow) -> Result<Scheduled, Error> {
        let ScheduleRow { name, workflow, input, rule, paused, next, last } = row;
        let rule = Schedule::from_json(&rule)
            .map_err(|error| Kind::Schedule(format!("the rule of the schedule `{name}` cannot be read: {error}")))?;
        Ok(Scheduled { name, workflow, input, rule, paused, next, last })
    }
}

/// Letters that a name may have, and how many: the name of an execution has 80.
const LONGEST_NAME: usize = 60;

/// The name of the execution of a firing.
pub(crate) fn execution_name(schedule: &str, at: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MAX);
    format!("{schedule}-{}", at.strftime("%Y%m%dT%H%M%SZ"))
}

/// Schedules a workflow, in the place of the schedule of this name. One that says the same already stays as it is.
///
/// # Errors
///
/// When the name has other characters than letters, digits, `-` and `_` or is too long, or the store fails.
async fn put(
    store: &dyn Store,
    clock: &dyn Clock,
    name: &str,
    rule: &Schedule,
    workflow: &str,
    input: &str,
) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        let what =
            format!("`{name}` cannot be the name of a schedule: write 1 to {LONGEST_NAME} letters, digits, `-` or `_`");
        return Err(Kind::Schedule(what).into());
    }
    let known = find(store, name).await?;
    let row = ScheduleRow {
        name: name.to_owned(),
        workflow: workflow.to_owned(),
        input: input.into(),
        rule: rule.to_json(),
        paused: known.as_ref().is_some_and(|known| known.paused),
        next: rule.next_after(clock.now()),
        last: known.as_ref().and_then(|known| known.last.clone()),
    };
    if let Some(known) = known
        && (&known.workflow, &known.input, &known.rule) == (&row.workflow, &row.input, &row.rule)
    {
        return Ok(());
    }
    Ok(store.put_schedule(row).await?)
}

async fn find(store: &dyn Store, name: &str) -> Result<Option<ScheduleRow>, Error> {
    Ok(store.schedules().await?.into_iter().find(|row| row.name == name))
}

async fn list(store: &dyn Store) -> Result<Vec<Scheduled>, Error> {
    store.schedules().await?.into_iter().map(Scheduled::read).collect()
}

/// Changes a schedule, or removes it.
///
/// # Errors
///
/// When there is none of this name, or the store fails.
async fn change(
    store: &dyn Store,
    name: &str,
    change: impl Fn(ScheduleRow) -> Result<Option<ScheduleRow>, Error>,
) -> Result<(), Error> {
    loop {
        let Some(row) = find(store, name).await? else {
            let known: Vec<_> = store.schedules().await?.into_iter().map(|row| row.name).collect();
            let advice = match known.as_slice() {
                [] => "; there is none at all".to_owned(),
                known => crate::nearest::nearest(name, known).replace("it has", "there are"),
            };
            return Err(Kind::Schedule(format!("there is no schedule `{name}`{advice}")).into());
        };
        // Where it fires at this moment, its row changes, and this is tried again.
        if store.swap_schedule(&row, change(row.clone())?).await? {
            return Ok(());
        }
    }
}

async fn pause(store: &dyn Store, clock: &dyn Clock, name: &str, paused: bool) -> Result<(), Error> {
    change(store, name, |row| {
        let rule = Scheduled::read(row.clone())?.rule;
        // What would have fired meanwhile was not missed.
        let next = if paused || !row.paused { row.next } else { rule.next_after(clock.now()) };
        Ok(Some(ScheduleRow { paused, next, ..row }))
    })
    .await
}

impl Engine {
    /// Starts a workflow by itself whenever the rule says so. The schedule is durable; another one of this name is replaced, and one that says the same
    /// stays as it is, so that a program can say this at each start.
    ///
    /// # Errors
    ///
    /// When the name has other characters than letters, digits, `-` and `_` or is longer than 60, the input cannot be written, or the store fails.
    ///
    /// ```standalone_crate
    /// use durafn::{Engine, Schedule, VirtualClock, prelude::*};
    ///
    /// #[workflow]
    /// async fn report(region: String) -> String {
    ///     format!("all is well in {region}")
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let clock = VirtualClock::at(0);
    /// let engine = Engine::builder().in_memory().clock(clock.clone()).open().await?;
    /// engine.schedule("hourly", &Schedule::every(Duration::from_hours(1))?, report("Kent".to_owned())).await?;
    /// clock.advance(Duration::from_hours(1));
    /// engine.wait_idle().await;
    /// let started = engine.find("report", "hourly-19700101T010000Z").await?.unwrap();
    /// assert_eq!(started.output.as_deref(), Some("\"all is well in Kent\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn schedule<W: Workflow<Kind: Schedulable>>(
        &self,
        name: &str,
        rule: &Schedule,
        call: Call<W>,
    ) -> Result<(), Error> {
        let input = call.input()?;
        let shared = self.shared();
        shared.check_writable()?;
        put(&*shared.store, &*shared.clock, name, rule, W::NAME, &input).await?;
        shared.look_at_schedules().await
    }

    /// The schedules there are, by name.
    ///
    /// # Errors
    ///
    /// When the store fails, or a newer version wrote one of them.
    pub async fn schedules(&self) -> Result<Vec<Scheduled>, Error> {
        list(&*self.shared().store).await
    }

    /// Removes a schedule. What it has started goes on.
    ///
    /// # Errors
    ///
    /// When there is none of this name, or the store fails.
    pub async fn unschedule(&self, name: &str) -> Result<(), Error> {
        let shared = self.shared();
        shared.check_writable()?;
        change(&*shared.store, name, |_| Ok(None)).await?;
        shared.look_at_schedules().await
    }

    /// Lets a schedule fire no more until it is resumed, or resumes it. What would have fired meanwhile does not count as missed.
    ///
    /// # Errors
    ///
    /// When there is none of this name, or the store fails.
    pub async fn pause_schedule(&self, name: &str, paused: bool) -> Result<(), Error> {
        let shared = self.shared();
        shared.check_writable()?;
        pause(&*shared.store, &*shared.clock, name, paused).await?;
        shared.look_at_schedules().await
    }
}

impl Client {
    /// As [`Engine::schedule`]. The engine that runs on the file takes it up within a tenth of a second.
    ///
    /// # Errors
    ///
    /// As [`Engine::schedule`].
    pub async fn schedule<W: Workflow<Kind: Schedulable>>(
        &self,
        name: &str,
        rule: &Schedule,
        call: Call<W>,
    ) -> Result<(), Error> {
        let input = call.input()?;
        put(&**self.store(), &**self.clock(), name, rule, W::NAME, &input).await
    }

    /// As [`Client::schedule`], with the workflow's name and an input in its wire form.
    ///
    /// # Errors
    ///
    /// As [`Client::schedule`], and when the input is no JSON or does not fit the workflow of this program.
    pub async fn schedule_json(&self, name: &str, rule: &Schedule, workflow: &str, input: &str) -> Result<(), Error> {
        let registry = Registry::linked_without_resources()?;
        registry.check_scheduled(workflow)?;
        registry.check_input(workflow, input)?;
        put(&**self.store(), &**self.clock(), name, rule, workflow, input).await
    }

    /// As [`Engine::schedules`].
    ///
    /// # Errors
    ///
    /// As [`Engine::schedules`].
    pub async fn schedules(&self) -> Result<Vec<Scheduled>, Error> {
        list(&**self.store()).await
    }

    /// As [`Engine::unschedule`].
    ///
    /// # Errors
    ///
    /// As [`Engine::unschedule`].
    pub async fn unschedule(&self, name: &str) -> Result<(), Error> {
        change(&**self.store(), name, |_| Ok(None)).await
    }

    /// As [`Engine::pause_schedule`].
    ///
    /// # Errors
    ///
    /// As [`Engine::pause_schedule`].
    pub async fn pause_schedule(&self, name: &str, paused: bool) -> Result<(), Error> {
        pause(&**self.store(), &**self.clock(), name, paused).await
    }
}
