//! A worker for the interpreters: runs a task by its name, outside of any engine.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use durafn::{
    Failed,
    callable::TaskEntry,
    prelude::{Resources, TaskContext},
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::{Reply, World};
use crate::oracle::Answer;

/// Answers the calls of one run.
#[derive(Debug)]
pub struct Worker {
    runtime: Runtime,
    world: World,
    resources: Arc<Resources>,
    answered: u64,
}

impl Worker {
    /// A worker in a world of its own.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Worker {
        let world = World::default();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let resources = Arc::new(Resources::new().with(world.clone()));
        Worker { runtime, world, resources, answered: 0 }
    }

    /// Runs one attempt. A panic is `States.TaskFailed`, as the engine has it.
    pub fn answer(&mut self, task: &str, input: &Value, attempt: u32) -> Answer {
        let Some(entry) = durafn::private::inventory::iter::<TaskEntry>.into_iter().find(|entry| entry.name == task)
        else {
            return Answer::Err("States.TaskFailed".into(), format!("there is no task {task}"));
        };
        self.answered += 1;
        let mut context =
            TaskContext::new(Arc::clone(&self.resources), "run", format!("call-{}", self.answered), attempt);
        if entry.callback {
            context = context.with_token(format!("token-{}", self.answered));
        }
        let token = context.token().map(str::to_owned);
        let input = input.to_string();
        let run = || {
            self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    result = (entry.run)(&input, context) => Some(result),
                    () = self.world.hung() => None,
                    () = self.world.replied_early() => None,
                }
            })
        };
        let ended = catch_unwind(AssertUnwindSafe(run));
        let replied = token.and_then(|token| self.world.take_reply(&token));
        match (ended, replied) {
            (_, Some(Reply::Complete(value))) => Answer::Ok(value),
            (_, Some(Reply::Fail(failed))) => Answer::Err(failed.error, failed.cause),
            (ended, None) => self.without_reply(entry, ended),
        }
    }

    fn without_reply(&self, entry: &TaskEntry, ended: std::thread::Result<Option<Result<String, Failed>>>) -> Answer {
        match ended {
            Ok(Some(Ok(_))) if entry.callback => Answer::Hold,
            Ok(Some(Err(failed))) if entry.callback => Answer::NotAsked(failed.error, failed.cause),
            Ok(Some(Ok(output))) => Answer::Ok(serde_json::from_str(&output).expect("a task's result is JSON")),
            Ok(Some(Err(failed))) => Answer::Err(failed.error, failed.cause),
            Ok(None) => Answer::Hold,
            Err(panic) => {
                Answer::Err("States.TaskFailed".into(), format!("the task panicked: {}", message(panic.as_ref())))
            }
        }
    }
}

pub(super) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
