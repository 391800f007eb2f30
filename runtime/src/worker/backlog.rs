//! What of activities is waited for: attempts in the queue, and those that workers have.

use std::collections::{BTreeMap, HashMap};

use crate::{
    Engine, Error,
    history::event::Event,
    store::{ExecutionId, JournalRow, Post, WaitingToken},
};

/// An attempt of an activity that an execution waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityAttempt {
    /// The execution.
    pub execution: ExecutionId,
    /// The activity's name.
    pub activity: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// Who has the text can end the attempt.
    pub token: String,
    /// Who makes it.
    pub place: ActivityPlace,
}

/// Where an attempt of an activity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityPlace {
    /// In the queue.
    Waiting {
        /// Since when, in milliseconds since 1970.
        since: i64,
    },
    /// A worker has it.
    Taken {
        /// The worker's name.
        by: String,
        /// Since when, in milliseconds since 1970.
        since: i64,
        /// Its last heartbeat, in milliseconds since 1970.
        heartbeat: Option<i64>,
        /// When it times out, in milliseconds since 1970.
        due: Option<i64>,
    },
}

impl Engine {
    /// The attempts of activities that executions wait for: in the queue, or made by workers, by execution.
    ///
    /// # Errors
    ///
    /// When the store fails, or a journal in it cannot be read.
    pub async fn activities(&self) -> Result<Vec<ActivityAttempt>, Error> {
        let store = &self.shared().store;
        let waiting = store.waiting_tokens().await?;
        let mut taken = HashMap::new();
        for message in store.inbox().await? {
            // The engine has not carried it out yet.
            if let Post::ActivityStarted { token, worker, at } = message.post {
                taken.insert(token.to_string(), (worker, at));
            }
        }
        let mut attempts = HashMap::new();
        let mut of_workers: Vec<ExecutionId> =
            waiting.iter().filter(|waiting| waiting.queued.is_none()).map(|waiting| waiting.row.execution).collect();
        of_workers.dedup();
        for id in of_workers {
            read_journal(&store.journal(id).await?, &mut attempts, &mut taken);
        }
        Ok(waiting.into_iter().filter_map(|waiting| attempt_of(waiting, &attempts, &mut taken)).collect())
    }
}

/// Notes the attempts that were queued, by token, and who has taken them.
fn read_journal(rows: &[JournalRow], attempts: &mut HashMap<String, u32>, taken: &mut HashMap<String, (String, i64)>) {
    let mut last = BTreeMap::new();
    for row in rows {
        let place = (&row.scope, row.ordinal);
        match Event::from_row(row) {
            Ok(Event::ActivityQueued { attempt, token }) => {
                attempts.insert(token.to_string(), attempt);
                last.insert(place, token.to_string());
            }
            Ok(Event::ActivityStarted { worker, at }) => {
                if let Some(token) = last.get(&place) {
                    taken.insert(token.clone(), (worker.into(), at));
                }
            }
            _ => {}
        }
    }
}

/// None where the token is a callback's.
fn attempt_of(
    waiting: WaitingToken,
    attempts: &HashMap<String, u32>,
    taken: &mut HashMap<String, (String, i64)>,
) -> Option<ActivityAttempt> {
    let WaitingToken { token, row, queued } = waiting;
    let token = token.to_string();
    let (attempt, place) = match queued {
        Some(queued) => (queued.attempt, ActivityPlace::Waiting { since: queued.queued_at }),
        None => {
            let attempt = *attempts.get(&token)?;
            let (by, since) = taken.remove(&token)?;
            (attempt, ActivityPlace::Taken { by, since, heartbeat: row.beat, due: row.due })
        }
    };
    Some(ActivityAttempt { execution: row.execution, activity: row.task, attempt, token, place })
}
