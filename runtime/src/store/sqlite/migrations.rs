//! The versions of the file: an append-only list. `user_version` says how many of them a file has seen.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a file as ours: "durf". Set by the first migration.
pub(super) const APPLICATION_ID: i32 = 0x6475_7266;

/// Each entry lifts a file by one version. An entry that was released is never edited.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("journal_run.sql"),
    include_str!("forks.sql"),
    include_str!("inbox.sql"),
    include_str!("race.sql"),
    include_str!("children.sql"),
    include_str!("code_check.sql"),
    include_str!("retention.sql"),
    include_str!("schedules.sql"),
    include_str!("sharing.sql"),
    include_str!("patched.sql"),
    include_str!("versions.sql"),
    include_str!("activity.sql"),
    include_str!("continues.sql"),
    include_str!("packed.sql"),
    include_str!("family.sql"),
];

/// The oldest version that can be looked at without lifting it.
pub(super) const OLDEST_READABLE: i32 = 1;

/// The columns of `execution` that each migration brings. A connection that only reads makes up those that a file does not have.
pub(super) const COLUMNS: [&str; MIGRATIONS.len()] =
    ["", "", "origin", "", "", "awaited", "", "", "", "", "", "version", "", "", "packed_input packed_output", ""];

/// The tables that each migration brings, where reading needs them: empty ones, in the temporary schema of a connection that only reads.
pub(super) const TABLES: [&str; MIGRATIONS.len()] =
    ["", "", "", NO_INBOX, "", "", "", "", NO_SCHEDULES, "", "", "", NO_ACTIVITY, "", "", ""];

const NO_INBOX: &str = "
    CREATE TEMP TABLE token (token, execution, task, status, due, beat);
    CREATE TEMP TABLE inbox (id, kind, at, execution, target, name, payload);";

const NO_SCHEDULES: &str = "CREATE TEMP TABLE schedule (name, workflow, input, rule, paused, next, last)";
const NO_ACTIVITY: &str = "
    CREATE TEMP TABLE activity (id, token, execution, task, input, attempt, key, timeout, heartbeat, queued_at);";

/// The version that this program writes.
pub(super) const CURRENT: i32 = MIGRATIONS.len() as i32;

/// Applies those of `migrations` that the file has not seen, one transaction each.
pub(super) fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    for (before, migration) in (0..).zip(migrations) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&transaction)? == before {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", before + 1)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

/// How many migrations the file has seen.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_apply_in_order_and_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        let all = ["CREATE TABLE a (x)", "CREATE TABLE b (x)"];
        migrate(&mut connection, &all[..1]).unwrap();
        assert_eq!(version(&connection).unwrap(), 1);
        migrate(&mut connection, &all).unwrap();
        migrate(&mut connection, &all).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_version_before_it_whole() {
        let mut connection = Connection::open_in_memory().unwrap();
        let all = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
        assert!(migrate(&mut connection, &all).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1, "only `a`");
    }
}
