//! A worker that survives the engine, as one in another process does: what it has taken it still has after a crash.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use durafn::{
    ActivityTask, Engine, Failed,
    callable::TaskEntry,
    prelude::{Resources, TaskContext},
};
use durafn_ir::{CalleeKind, StateKind};

use super::{Subject, World, answer::message};

/// The attempts of activities that it has taken, and which activities it makes.
#[derive(Clone, Default)]
pub(super) struct Hands {
    activities: Vec<String>,
    held: Arc<Mutex<Vec<ActivityTask>>>,
}

impl Hands {
    /// Makes the activities of a workflow, and of those that it starts.
    pub(super) fn of(subject: &Subject) -> Hands {
        let machines = subject.family.iter().map(|child| child.machine).chain([subject.machine]);
        let callees = machines.flat_map(|machine| &machine.states).filter_map(|state| match &state.kind {
            StateKind::Task(task) if task.callee.kind == CalleeKind::Activity => Some(task.callee.name.clone()),
            _ => None,
        });
        let mut activities: Vec<String> = callees.collect();
        activities.sort();
        activities.dedup();
        Hands { activities, held: Arc::default() }
    }

    fn held(&self) -> MutexGuard<'_, Vec<ActivityTask>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with what was taken before a crash of the engine.
    pub(super) fn go_on(&self, engine: &Engine, world: &World) {
        for task in self.held().clone() {
            self.start(engine, world, task);
        }
    }

    /// Takes what waits; false where nothing does.
    pub(super) async fn take(&self, engine: &Engine, world: &World) -> bool {
        let mut taken = false;
        for activity in &self.activities {
            while let Ok(Some(task)) = engine.get_activity_task(activity, "hands", Duration::ZERO).await {
                self.held().push(task.clone());
                self.start(engine, world, task);
                taken = true;
            }
        }
        taken
    }

    fn start(&self, engine: &Engine, world: &World, task: ActivityTask) {
        let (hands, engine) = (self.clone(), engine.clone());
        let resources = Arc::new(Resources::new().with(world.clone()));
        tokio::spawn(async move {
            let execution = task.execution().0.to_string();
            let context = TaskContext::new(resources, execution, task.idempotency_key(), task.attempt());
            let entries = durafn::private::inventory::iter::<TaskEntry>;
            let entry =
                entries.into_iter().find(|entry| entry.name == task.activity()).expect("a task of this program");
            let input = task.input().to_owned();
            let made = match tokio::spawn(async move { (entry.run)(&input, context).await }).await {
                Ok(made) => made,
                Err(error) => {
                    let panic = error.into_panic();
                    Err(Failed::task_failed(format!("the task panicked: {}", message(panic.as_ref()))))
                }
            };
            let told = match made {
                Ok(output) => engine.complete_json(task.token(), &output).await,
                Err(failed) => engine.fail(task.token(), failed).await,
            };
            // It is unknown where the crash took what was handed out.
            let lost = |error: &durafn::Error| {
                error.is_unknown_token() || error.is_used_token() || error.is_expired_token() || error.is_closed()
            };
            if let Some(error) = told.err().filter(|error| !lost(error)) {
                panic!("what an activity yields is refused: {error}");
            }
            hands.held().retain(|held| held.token() != task.token());
        });
    }
}
