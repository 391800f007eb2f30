//! Tokens, the queue of activities and the inbox in memory.

use super::Contents;
use crate::store::{
    ExecutionId, Expiry, Message, MessageId, NewActivity, NewToken, Poll, Post, QueuedActivity, StoreError, TokenError,
    TokenRow, TokenStatus, WaitingToken, inbox::check_token,
};

impl Contents {
    pub(super) fn issue(&mut self, execution: ExecutionId, new: NewToken) {
        let NewToken { token, task, due } = new;
        let fresh = TokenRow { execution, task: task.into(), status: TokenStatus::Waiting, due, beat: None };
        let row = self.tokens.entry(token.to_string()).or_insert(fresh);
        if row.status == TokenStatus::Expired {
            row.status = TokenStatus::Waiting;
        }
    }

    pub(super) fn queue(&mut self, execution: ExecutionId, activity: NewActivity) {
        let token = NewToken { token: activity.token.clone(), task: activity.task.clone(), due: None };
        self.issue(execution, token);
        self.queue.push(QueuedActivity { execution, activity });
    }

    pub(super) fn poll(&mut self, poll: &Poll) -> Option<QueuedActivity> {
        let wanted = |queued: &QueuedActivity| poll.tasks.iter().any(|task| **task == *queued.activity.task);
        while let Some(index) = self.queue.iter().position(wanted) {
            let queued = self.queue.remove(index);
            let (token, due) = (queued.activity.token.clone(), queued.activity.due(poll.at));
            let started = Post::ActivityStarted { token: token.clone(), worker: poll.worker.clone(), at: poll.at };
            if self.post(started, poll.at).is_ok() {
                if let Some(row) = self.tokens.get_mut(&*token) {
                    row.due = due;
                }
                return Some(queued);
            }
        }
        None
    }

    pub(super) fn waiting_tokens(&self) -> Vec<WaitingToken> {
        let is_waited_for = |row: &TokenRow| row.status == TokenStatus::Waiting && self.is_open(row.execution);
        let waiting = self.tokens.iter().filter(|(_, row)| is_waited_for(row)).map(|(token, row)| {
            let queued = self.queue.iter().find(|queued| *queued.activity.token == **token);
            let queued = queued.map(|queued| queued.activity.clone());
            WaitingToken { token: token.as_str().into(), row: row.clone(), queued }
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_by(|a, b| (a.row.execution, &a.token).cmp(&(b.row.execution, &b.token)));
        waiting
    }

    /// The token, where it can be completed.
    pub(super) fn waiting(&mut self, token: &str, at: i64) -> Result<&mut TokenRow, StoreError> {
        let row = self.tokens.get(token);
        let is_open = row.is_some_and(|row| self.is_open(row.execution));
        check_token(row, is_open, at).map_err(StoreError::Token)?;
        self.tokens.get_mut(token).ok_or(StoreError::Token(TokenError::Unknown))
    }

    pub(super) fn expire(&mut self, token: &str, silent_since: Option<i64>) -> Expiry {
        match self.tokens.get_mut(token) {
            Some(TokenRow { status: TokenStatus::Used, .. }) => Expiry::Used,
            Some(TokenRow { beat: Some(beat), .. }) if silent_since.is_some_and(|since| *beat > since) => {
                Expiry::Alive(*beat)
            }
            Some(row) => {
                row.status = TokenStatus::Expired;
                self.queue.retain(|queued| *queued.activity.token != *token);
                Expiry::Expired
            }
            None => Expiry::Expired,
        }
    }

    /// Expires what is left of the tokens of an execution.
    pub(super) fn expire_all(&mut self, id: ExecutionId) {
        let waiting = |row: &&mut TokenRow| row.execution == id && row.status == TokenStatus::Waiting;
        self.tokens.values_mut().filter(waiting).for_each(|row| row.status = TokenStatus::Expired);
        self.queue.retain(|queued| queued.execution != id);
    }

    pub(super) fn post(&mut self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        let execution = match &post {
            Post::Complete { token, .. } => {
                let row = self.waiting(token, at)?;
                row.status = TokenStatus::Used;
                let execution = row.execution;
                self.queue.retain(|queued| queued.activity.token != *token);
                Some(execution)
            }
            Post::ActivityStarted { token, .. } => Some(self.waiting(token, at)?.execution),
            Post::Stop { execution, .. } if !self.is_open(*execution) => return Err(StoreError::Closed(*execution)),
            Post::Stop { execution, .. } => Some(*execution),
            Post::Start { .. } => None,
        };
        self.last += 1;
        let id = MessageId(self.last);
        self.inbox.insert(id, Message { id, execution, post });
        Ok(id)
    }
}
