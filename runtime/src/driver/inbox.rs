//! What is asked from outside: it is durable in the store's inbox first, and is then carried out.

use std::{collections::HashSet, sync::Arc};

use durafn_ir::WorkflowKind;

use super::{Shared, commit::Patience, live::Message, stop::Stopped};
use crate::{
    callable::TaskEntry,
    error::{Error, Kind},
    failure::Failed,
    store::{self, Expiry, MessageId, Poll, Post, QueuedActivity, Status, Store, StoreError, TokenError, Unit},
};

/// Messages that this program cannot carry out. They stay for one that can.
#[derive(Debug, Default)]
pub(super) struct Refused(HashSet<MessageId>);

impl Shared {
    /// Posts a message, and carries it out. Once it is posted, it is in the store, and is carried out as soon as that can be read.
    ///
    /// # Errors
    ///
    /// When it cannot be posted.
    pub(crate) async fn post(self: &Arc<Self>, post: Post) -> Result<(), Error> {
        self.check_writable()?;
        let (shared, under_way) = (Arc::clone(self), self.busy.under_way());
        self.whole(async move {
            let posted = shared.post_busy(post).await;
            drop(under_way);
            posted
        })
        .await
    }

    async fn post_busy(self: &Arc<Self>, post: Post) -> Result<(), Error> {
        check_post(&*self.store, &post).await?;
        if let Post::Complete { result: Ok(output), .. } = &post {
            self.check_size(output, || "the result that completes a task".to_owned())?;
        }
        let mut refused = self.inbox.lock().await;
        self.store.post(post, self.clock.now()).await?;
        if !self.paused {
            self.look_into_or_later(&mut refused).await;
        }
        Ok(())
    }

    /// Carries out what is in the inbox, now, or where the store fails as soon as it can be read.
    async fn look_into_or_later(self: &Arc<Self>, refused: &mut Refused) {
        if let Err(error) = self.look_into(refused, false).await {
            tracing::error!(%error, "the inbox cannot be read; it is read again");
            self.look_again.notify_one();
        }
    }

    /// Notes a heartbeat of the task with a token.
    ///
    /// # Errors
    ///
    /// When the token cannot be completed, or the store fails.
    pub(crate) async fn heartbeat(&self, token: &str) -> Result<(), Error> {
        self.check_writable()?;
        Ok(self.store.heartbeat(token, self.clock.now()).await?)
    }

    /// Hands the attempt of an activity to a worker, and records that.
    ///
    /// # Errors
    ///
    /// When the engine is shut down or only looks, or the store fails.
    pub(crate) async fn poll_activity(self: &Arc<Self>, poll: &Poll) -> Result<Option<QueuedActivity>, Error> {
        self.check_writable()?;
        let _under_way = self.busy.under_way();
        let mut refused = self.inbox.lock().await;
        let polled = self.store.poll_activity(poll).await;
        if let Ok(Some(_)) = &polled
            && !self.paused
        {
            self.look_into_or_later(&mut refused).await;
        }
        Ok(polled?)
    }

    /// Carries out what other processes post, and what other engines leave to do, for ever. While the store fails it is tried again: nobody may post a second
    /// time.
    pub(super) async fn watch_inbox(self: &Arc<Self>) {
        loop {
            tokio::select! {
                () = self.store.posted() => {}
                () = self.look_again.notified() => {}
            }
            self.busy.enter();
            let mut patience = Patience::new();
            while self.look_around().await && !self.is_draining() {
                patience.pause(&*self.clock).await;
            }
            self.busy.leave();
        }
    }

    /// True where the store fails, so that something may be left.
    async fn look_around(self: &Arc<Self>) -> bool {
        if self.is_sharing() {
            // Another engine may have queued something, or left it in the queue.
            self.wake_workers();
        }
        let looked = [self.look_into_inbox(false).await, self.look_at_schedules().await, self.catch_up().await];
        let errors: Vec<Error> = looked.into_iter().filter_map(Result::err).collect();
        for error in &errors {
            tracing::error!(%error, "what others have posted or left to do cannot be read");
        }
        errors.iter().any(Error::is_medium)
    }

    /// Carries out what is in the inbox. At `first` nothing was taken up yet, and what is blocked is tried.
    pub(super) async fn look_into_inbox(self: &Arc<Self>, first: bool) -> Result<(), Error> {
        let mut refused = self.inbox.lock().await;
        self.look_into(&mut refused, first).await
    }

    async fn look_into(self: &Arc<Self>, refused: &mut Refused, first: bool) -> Result<(), Error> {
        let messages = self.store.inbox().await?;
        let there: HashSet<MessageId> = messages.iter().map(|message| message.id).collect();
        refused.0.retain(|id| there.contains(id));
        for message in messages {
            if refused.0.contains(&message.id) {
                continue;
            }
            let carried_out = match self.carry_out(&message, first).await {
                Err(error) if error.is_store() || self.is_draining() => return Err(error),
                // Those behind it do not wait for it.
                Err(error) => {
                    tracing::error!(message = message.id.0, %error, "a message stays in the inbox, because it cannot be carried out");
                    false
                }
                Ok(carried_out) => carried_out,
            };
            if !carried_out {
                refused.0.insert(message.id);
            }
        }
        Ok(())
    }

    /// Carries out a message, or hands it to its execution. False where this program cannot.
    async fn carry_out(self: &Arc<Self>, message: &store::Message, first: bool) -> Result<bool, Error> {
        let id = message.id;
        match &message.post {
            Post::Complete { token, result } => {
                let told = Message::Completed { id, token: Arc::clone(token), result: result.clone() };
                self.hand_over(message, told, first).await
            }
            Post::ActivityStarted { token, worker, at } => {
                let (token, worker) = (Arc::clone(token), worker.clone());
                self.hand_over(message, Message::ActivityStarted { id, token, worker, at: *at }, first).await
            }
            Post::Stop { execution, failed } => match self.stop_here(*execution, failed.clone()).await {
                // Whoever runs it carries it out.
                Ok(Stopped::Elsewhere) => Ok(true),
                Err(error) if !error.is_ended() && !error.is_unknown_execution() => Err(error),
                _ => self.take(id).await,
            },
            Post::Start { workflow, name, input } => self.start_posted(id, workflow, name.clone(), input).await,
        }
    }

    /// Hands a message to the execution that it is for.
    async fn hand_over(self: &Arc<Self>, message: &store::Message, told: Message, first: bool) -> Result<bool, Error> {
        let Some(execution) = message.execution else { return Ok(false) };
        let row = self.row(execution).await?;
        if self.is_sharing() && self.registry.find_workflow(&row.workflow).is_none() {
            return Ok(false);
        }
        match row.status {
            Status::Running => {}
            Status::Blocked if first => {}
            // It hears of it when fitting code is back.
            Status::Blocked => return Ok(true),
            _ => return self.take(message.id).await,
        }
        self.tell(execution, told).await;
        Ok(true)
    }

    async fn start_posted(
        self: &Arc<Self>,
        id: MessageId,
        workflow: &str,
        name: Option<String>,
        input: &Arc<str>,
    ) -> Result<bool, Error> {
        let Some(definition) = self.registry.find_workflow(workflow) else {
            tracing::warn!(workflow, "a start waits in the inbox for a program that has the workflow");
            return Ok(false);
        };
        if let Err(error) = self.check_size(input, || format!("the input of workflow `{workflow}`")) {
            tracing::warn!(workflow, %error, "a start stays in the inbox, because its input is too large for this engine");
            return Ok(false);
        }
        if let Err(error) = (definition.check_input)(input) {
            tracing::warn!(workflow, "a start stays in the inbox, because its input does not fit the workflow");
            // It tells payloads.
            tracing::debug!(workflow, %error, "a start stays in the inbox");
            return Ok(false);
        }
        if definition.kind == WorkflowKind::Express {
            // First, so that it runs at most once.
            self.take(id).await?;
            self.queue_express(definition, name, Arc::clone(input));
            return Ok(true);
        }
        match self.start(definition, name, Arc::clone(input), Some(id)).await {
            Ok(_) => self.take(id).await,
            // Another engine was faster.
            Err(error) if error.is_taken() => Ok(true),
            Err(error) if error.is_name_taken() => {
                tracing::error!(workflow, %error, "a start that was posted is dropped");
                self.take(id).await
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a message out of the inbox that has nothing left to do.
    async fn take(&self, id: MessageId) -> Result<bool, Error> {
        self.store.commit(Unit { taken: vec![id], ..Unit::default() }).await?;
        Ok(true)
    }

    /// Expires a token, unless it was used or heard of; while the medium fails it is tried again. None where the store is gone, and what runs on
    /// it with it.
    pub(super) async fn expire(&self, token: &str, silent_since: Option<i64>) -> Option<Expiry> {
        let expiry =
            self.persevere("a task token cannot be expired", || self.store.expire_token(token, silent_since)).await;
        expiry.inspect_err(|error| tracing::error!(%error, "a task token cannot be expired")).ok()
    }
}

/// What can be held against a message before it is posted: that the token is there, and that its task can have the result.
///
/// # Errors
///
/// When something is wrong with it, or the store fails.
pub(crate) async fn check_post(store: &dyn Store, post: &Post) -> Result<(), Error> {
    if let Post::Complete { token, result: Ok(output) } = post {
        let row = store.token(token).await?.ok_or(StoreError::Token(TokenError::Unknown))?;
        check_result(&row.task, output).map_err(|failed| Kind::BadResult { task: row.task, cause: failed.cause })?;
    }
    Ok(())
}

/// Holds a result against the type that a task has in this program, where it has the task.
///
/// # Errors
///
/// When the task cannot have it.
pub(super) fn check_result(task: &str, output: &str) -> Result<(), Failed> {
    match inventory::iter::<TaskEntry>.into_iter().find(|entry| entry.name == task) {
        Some(entry) => (entry.check_result)(output),
        None => serde_json::from_str::<serde::de::IgnoredAny>(output)
            .map(drop)
            .map_err(|error| Failed::task_failed(format!("the result is no JSON: {error}"))),
    }
}
