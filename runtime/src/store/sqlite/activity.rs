//! The queue of activities as SQL.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::inbox;
use crate::store::{
    ExecutionId, NewActivity, NewToken, Poll, Post, QueuedActivity, TokenRow, TokenStatus, WaitingToken,
};

/// Puts an attempt at the end of the queue, and issues its token.
pub(super) fn queue(connection: &Connection, execution: ExecutionId, new: &NewActivity) -> rusqlite::Result<()> {
    let token = NewToken { token: new.token.clone(), task: new.task.clone(), due: None };
    inbox::issue(connection, execution, &token)?;
    connection
        .prepare_cached(
            "INSERT INTO activity (token, execution, task, input, attempt, key, timeout, heartbeat, queued_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            new.token,
            execution.0,
            new.task,
            new.input,
            new.attempt,
            new.key,
            new.timeout.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
            new.heartbeat.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
            new.queued_at
        ])
        .map(|_| ())
}

/// Something waits for one who can do these tasks.
pub(super) fn waits(connection: &Connection, tasks: &[String]) -> rusqlite::Result<bool> {
    Ok(first(connection, tasks)?.is_some())
}

/// Hands out the attempt that has waited longest, and posts that.
pub(super) fn poll(connection: &Connection, poll: &Poll) -> rusqlite::Result<Option<QueuedActivity>> {
    while let Some(id) = first(connection, &poll.tasks)? {
        let queued = connection
            .prepare_cached(
                "DELETE FROM activity WHERE id = ?1
                 RETURNING token, execution, task, input, attempt, key, timeout, heartbeat, queued_at",
            )?
            .query_row([id], queued)?;
        let NewActivity { token, .. } = &queued.activity;
        let started = Post::ActivityStarted { token: token.clone(), worker: poll.worker.clone(), at: poll.at };
        if inbox::post(connection, &started, poll.at)?.is_ok() {
            connection
                .prepare_cached("UPDATE token SET due = ?2 WHERE token = ?1")?
                .execute(params![token, queued.activity.due(poll.at)])?;
            return Ok(Some(queued));
        }
        // Nobody waits for it any more.
    }
    Ok(None)
}

fn first(connection: &Connection, tasks: &[String]) -> rusqlite::Result<Option<i64>> {
    let mut select = connection.prepare_cached("SELECT id FROM activity WHERE task = ?1 ORDER BY id LIMIT 1")?;
    let mut first = None;
    for task in tasks {
        let id: Option<i64> = select.query_row([task], |row| row.get(0)).optional()?;
        first = first.into_iter().chain(id).min();
    }
    Ok(first)
}

fn queued(row: &Row<'_>) -> rusqlite::Result<QueuedActivity> {
    let seconds = |index| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.and_then(|seconds| u64::try_from(seconds).ok()))
    };
    Ok(QueuedActivity {
        execution: ExecutionId(row.get(1)?),
        activity: NewActivity {
            token: row.get(0)?,
            task: row.get(2)?,
            input: row.get(3)?,
            attempt: row.get(4)?,
            key: row.get(5)?,
            timeout: seconds(6)?,
            heartbeat: seconds(7)?,
            queued_at: row.get(8)?,
        },
    })
}

/// The tokens that can still be completed, and what of them is in the queue.
pub(super) fn waiting_tokens(connection: &Connection) -> rusqlite::Result<Vec<WaitingToken>> {
    let waiting = |row: &Row<'_>| {
        let token: Arc<str> = row.get(0)?;
        let (execution, task) = (ExecutionId(row.get(1)?), row.get(2)?);
        let is_queued = row.get::<_, Option<i64>>(8)?.is_some();
        Ok(WaitingToken {
            row: TokenRow { execution, task, status: TokenStatus::Waiting, due: row.get(9)?, beat: row.get(10)? },
            queued: if is_queued { Some(queued(row)?.activity) } else { None },
            token,
        })
    };
    connection
        .prepare_cached(
            "SELECT t.token, t.execution, t.task, a.input, a.attempt, a.key, a.timeout, a.heartbeat, a.queued_at, t.due, t.beat
             FROM token AS t JOIN execution AS e ON e.id = t.execution LEFT JOIN activity AS a ON a.token = t.token
             WHERE t.status = 1 AND e.closed_at IS NULL ORDER BY t.execution, t.token",
        )?
        .query_map([], waiting)?
        .collect()
}

/// The attempt with a token leaves the queue, where it is there.
pub(super) fn drop_attempt(connection: &Connection, token: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM activity WHERE token = ?1")?.execute([token]).map(|_| ())
}

/// All attempts of an execution leave the queue.
pub(super) fn drop_all(connection: &Connection, execution: ExecutionId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM activity WHERE execution = ?1")?.execute([execution.0]).map(|_| ())
}
