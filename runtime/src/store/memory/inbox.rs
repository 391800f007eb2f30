//! Tokens and the inbox in memory.

use super::Contents;
use crate::store::{
    ExecutionId, Expiry, Message, MessageId, NewToken, Post, StoreError, TokenError, TokenRow, TokenStatus,
    inbox::check_token,
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
                Expiry::Expired
            }
            None => Expiry::Expired,
        }
    }

    /// Expires what is left of the tokens of an execution.
    pub(super) fn expire_all(&mut self, id: ExecutionId) {
        let waiting = |row: &&mut TokenRow| row.execution == id && row.status == TokenStatus::Waiting;
        self.tokens.values_mut().filter(waiting).for_each(|row| row.status = TokenStatus::Expired);
    }

    pub(super) fn post(&mut self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        let execution = match &post {
            Post::Complete { token, .. } => {
                let row = self.waiting(token, at)?;
                row.status = TokenStatus::Used;
                Some(row.execution)
            }
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
