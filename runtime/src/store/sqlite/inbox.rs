//! Tokens and the inbox as SQL.

use rusqlite::{
    Connection, OptionalExtension, Row, params,
    types::{FromSqlError, Type},
};

use super::{activity, rows::takes};
use crate::{
    failure::Failed,
    store::{
        ExecutionId, Expiry, Message, MessageId, NewToken, Post, StoreError, TokenRow, TokenStatus, inbox::check_token,
    },
};

// Kinds of messages. They are stored and never change.
const COMPLETE: i64 = 1;
const FAIL: i64 = 2;
const START: i64 = 3;
const STOP: i64 = 4;
const ACTIVITY_STARTED: i64 = 5;

type Refusable<T> = rusqlite::Result<Result<T, StoreError>>;

pub(super) fn issue(connection: &Connection, execution: ExecutionId, new: &NewToken) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO token (token, execution, task, status, due) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (token) DO UPDATE SET status = ?4 WHERE status = ?6",
        )?
        .execute(params![
            new.token,
            execution.0,
            new.task,
            TokenStatus::Waiting as i64,
            new.due,
            TokenStatus::Expired as i64
        ])?;
    Ok(())
}

pub(super) fn token(connection: &Connection, token: &str) -> rusqlite::Result<Option<TokenRow>> {
    connection
        .prepare_cached("SELECT execution, task, status, due, beat FROM token WHERE token = ?1")?
        .query_row([token], |row| {
            Ok(TokenRow {
                execution: ExecutionId(row.get(0)?),
                task: row.get(1)?,
                status: token_status(row.get(2)?)?,
                due: row.get(3)?,
                beat: row.get(4)?,
            })
        })
        .optional()
}

fn token_status(number: i64) -> rusqlite::Result<TokenStatus> {
    let all = [TokenStatus::Waiting, TokenStatus::Used, TokenStatus::Expired];
    all.into_iter().find(|status| *status as i64 == number).ok_or_else(|| out_of_range(2, number))
}

fn out_of_range(column: usize, number: i64) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, FromSqlError::OutOfRange(number).into())
}

/// The token, where it can be completed.
fn waiting(connection: &Connection, text: &str, at: i64) -> Refusable<TokenRow> {
    let row = token(connection, text)?;
    let is_open = match &row {
        Some(row) => is_open(connection, row.execution)?,
        None => false,
    };
    Ok(check_token(row.as_ref(), is_open, at).cloned().map_err(StoreError::Token))
}

fn is_open(connection: &Connection, id: ExecutionId) -> rusqlite::Result<bool> {
    let mut open = connection.prepare_cached("SELECT 1 FROM execution WHERE id = ?1 AND closed_at IS NULL")?;
    open.exists([id.0])
}

/// Ends a token. An attempt of an activity that waits for a worker leaves the queue.
fn end(connection: &Connection, token: &str, status: TokenStatus) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE token SET status = ?2 WHERE token = ?1")?
        .execute(params![token, status as i64])?;
    activity::drop_attempt(connection, token)
}

pub(super) fn expire(connection: &Connection, text: &str, silent_since: Option<i64>) -> rusqlite::Result<Expiry> {
    Ok(match token(connection, text)? {
        Some(TokenRow { status: TokenStatus::Used, .. }) => Expiry::Used,
        Some(TokenRow { beat: Some(beat), .. }) if silent_since.is_some_and(|since| beat > since) => {
            Expiry::Alive(beat)
        }
        Some(_) => {
            end(connection, text, TokenStatus::Expired)?;
            Expiry::Expired
        }
        None => Expiry::Expired,
    })
}

/// Expires what is left of the tokens of an execution.
pub(super) fn expire_all(connection: &Connection, execution: ExecutionId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE token SET status = ?2 WHERE execution = ?1 AND status = ?3")?
        .execute(params![execution.0, TokenStatus::Expired as i64, TokenStatus::Waiting as i64])?;
    activity::drop_all(connection, execution)
}

pub(super) fn heartbeat(connection: &Connection, token: &str, at: i64) -> Refusable<()> {
    if let Err(refused) = waiting(connection, token, at)? {
        return Ok(Err(refused));
    }
    connection.prepare_cached("UPDATE token SET beat = ?2 WHERE token = ?1")?.execute(params![token, at])?;
    Ok(Ok(()))
}

pub(super) fn post(connection: &Connection, post: &Post, at: i64) -> Refusable<MessageId> {
    let mut at = at;
    let (kind, execution, target, name, payload) = match post {
        Post::Complete { token, result } => {
            let row = match waiting(connection, token, at)? {
                Ok(row) => row,
                Err(refused) => return Ok(Err(refused)),
            };
            end(connection, token, TokenStatus::Used)?;
            let (kind, name, payload) = match result {
                Ok(output) => (COMPLETE, None, &**output),
                Err(Failed { error, cause }) => (FAIL, Some(error.as_str()), cause.as_str()),
            };
            (kind, Some(row.execution.0), Some(&**token), name, payload)
        }
        Post::ActivityStarted { token, worker, at: taken_at } => {
            let row = match waiting(connection, token, at)? {
                Ok(row) => row,
                Err(refused) => return Ok(Err(refused)),
            };
            at = *taken_at;
            (ACTIVITY_STARTED, Some(row.execution.0), Some(&**token), Some(worker.as_str()), "")
        }
        Post::Start { workflow, name, input } => (START, None, Some(workflow.as_str()), name.as_deref(), &**input),
        Post::Stop { execution, .. } if !is_open(connection, *execution)? => {
            return Ok(Err(StoreError::Closed(*execution)));
        }
        Post::Stop { execution, failed: Failed { error, cause } } => {
            (STOP, Some(execution.0), None, Some(error.as_str()), cause.as_str())
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO inbox (kind, at, execution, target, name, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![kind, at, execution, target, name, payload])?;
    Ok(Ok(MessageId(connection.last_insert_rowid())))
}

pub(super) fn take(connection: &Connection, id: MessageId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM inbox WHERE id = ?1")?.execute([id.0]).map(|_| ())
}

/// The messages that the handle with an epoch is to carry out: all, where the file has one engine.
pub(super) fn all(connection: &Connection, epoch: Option<i64>) -> rusqlite::Result<Vec<Message>> {
    connection
        .prepare_cached(concat!(
            "SELECT i.id, i.kind, i.execution, i.target, i.name, i.payload, i.at
             FROM inbox AS i LEFT JOIN execution AS e ON e.id = i.execution WHERE ",
            takes!("e"),
            " ORDER BY i.id"
        ))?
        .query_map([epoch], message)?
        .collect()
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let execution = row.get::<_, Option<i64>>(2)?.map(ExecutionId);
    let post = match row.get(1)? {
        COMPLETE => Post::Complete { token: row.get(3)?, result: Ok(row.get(5)?) },
        FAIL => Post::Complete { token: row.get(3)?, result: Err(failed(row)?) },
        START => Post::Start { workflow: row.get(3)?, name: row.get(4)?, input: row.get(5)? },
        STOP => Post::Stop { execution: ExecutionId(row.get(2)?), failed: failed(row)? },
        ACTIVITY_STARTED => Post::ActivityStarted { token: row.get(3)?, worker: row.get(4)?, at: row.get(6)? },
        other => return Err(out_of_range(1, other)),
    };
    Ok(Message { id: MessageId(row.get(0)?), execution, post })
}

fn failed(row: &Row<'_>) -> rusqlite::Result<Failed> {
    Ok(Failed { error: row.get(4)?, cause: row.get(5)? })
}
