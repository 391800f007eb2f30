//! What a task may do to the file: write to tables of its own, read all.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
};

/// How the names of tables begin that belong to tasks. No table of durafn ever does.
pub(crate) const PREFIX: &str = "app_";

/// What SQLite itself keeps, and changes together with tables.
const OF_SQLITE: [&str; 6] =
    ["sqlite_master", "sqlite_schema", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4", "sqlite_parameters"];
/// Pragmas that only look.
const LOOKING: [&str; 5] = ["data_version", "quick_check", "table_info", "table_xinfo", "index_list"];

/// Watches the statements that are prepared on a connection while the body of a task runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    on: Arc<AtomicBool>,
    refused: Arc<Mutex<Option<String>>>,
}

impl Guard {
    /// Puts a guard on a connection, once and for all: each new one would have every statement of the connection prepared again.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Guard> {
        let guard = Guard::default();
        let Guard { on, refused } = guard.clone();
        let judge = move |context: AuthContext<'_>| match on.load(Ordering::Relaxed).then(|| judge(&context)).flatten()
        {
            None => Authorization::Allow,
            Some(why) => {
                *locked(&refused) = Some(why);
                Authorization::Deny
            }
        };
        connection.authorizer(Some(judge))?;
        Ok(guard)
    }

    /// Runs the body of a task.
    pub(super) fn during<T>(&self, body: impl FnOnce() -> T) -> T {
        struct Off<'g>(&'g Guard);
        impl Drop for Off<'_> {
            fn drop(&mut self) {
                self.0.on.store(false, Ordering::Relaxed);
                self.0.reason();
            }
        }
        let _off = Off(self);
        self.on.store(true, Ordering::Relaxed);
        body()
    }

    /// Why the last statement was refused, once.
    pub(crate) fn reason(&self) -> Option<String> {
        locked(&self.refused).take()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an action is refused; none where it is allowed.
fn judge(context: &AuthContext<'_>) -> Option<String> {
    let named = |name: &str| {
        let own = name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
        (!own).then(|| {
            format!("a task writes only to tables, and makes only what is named, `{PREFIX}..`: `{name}` is not")
        })
    };
    let written = |table: &str| if OF_SQLITE.contains(&table) { None } else { named(table) };
    let index = |index: &str| if index.starts_with("sqlite_autoindex_") { None } else { named(index) };
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive | AuthAction::Function { .. } => None,
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::Analyze { table_name } => written(table_name),
        AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateVtable { table_name, .. }
        | AuthAction::DropVtable { table_name, .. } => named(table_name),
        AuthAction::CreateIndex { index_name, table_name } | AuthAction::DropIndex { index_name, table_name } => {
            index(index_name).or_else(|| named(table_name))
        }
        AuthAction::Reindex { index_name } => index(index_name),
        AuthAction::CreateTrigger { trigger_name, table_name }
        | AuthAction::DropTrigger { trigger_name, table_name } => named(trigger_name).or_else(|| named(table_name)),
        AuthAction::CreateView { view_name } | AuthAction::DropView { view_name } => named(view_name),
        AuthAction::Pragma { pragma_name, .. } if LOOKING.contains(&pragma_name) => None,
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            Some("the engine begins and ends the transaction of a task; return an error to undo what it did".to_owned())
        }
        _ => Some(
            "a task reads, and writes to tables of its own; nothing else of this connection is its to change"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_writes_to_tables_of_its_own_and_reads_all() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE journal (x)").unwrap();
        let guard = Guard::of(&mut connection).unwrap();
        let allowed = [
            "CREATE TABLE app_a (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT UNIQUE, y TEXT AS (x || 'z')) STRICT",
            "CREATE INDEX app_i ON app_a (x)",
            "CREATE VIEW app_v AS SELECT * FROM app_a, journal",
            "CREATE TRIGGER app_t AFTER INSERT ON app_a BEGIN UPDATE app_a SET x = x || 'b'; END",
            "INSERT INTO app_a (x) VALUES ('a')",
            "ALTER TABLE app_a ADD COLUMN w INTEGER",
            "UPDATE app_a SET w = (SELECT count(*) FROM journal)",
            "SELECT * FROM app_v",
            "PRAGMA table_info(app_a)",
            "DELETE FROM app_a",
            "DROP TRIGGER app_t",
            "DROP INDEX app_i",
            "DROP VIEW app_v",
            "DROP TABLE app_a",
        ];
        for sql in allowed {
            let (result, why) = guard.during(|| (connection.execute_batch(sql), guard.reason()));
            assert!(result.is_ok(), "{sql}: {result:?}, {why:?}");
        }
        let refused = [
            "INSERT INTO journal VALUES (1)",
            "UPDATE journal SET x = 1",
            "DELETE FROM journal",
            "DROP TABLE journal",
            "CREATE INDEX app_i ON journal (x)",
            "CREATE TRIGGER app_t AFTER INSERT ON journal BEGIN SELECT 1; END",
            "CREATE TABLE accounts (x)",
            "CREATE TEMP TABLE app_a (x)",
            "PRAGMA synchronous = OFF",
            "ATTACH ':memory:' AS other",
            "COMMIT",
            "SAVEPOINT mine",
        ];
        for sql in refused {
            let (result, why) = guard.during(|| (connection.execute_batch(sql), guard.reason()));
            assert!(result.is_err() && why.is_some(), "{sql}: {result:?}");
        }
        connection.execute_batch("INSERT INTO journal VALUES (1)").unwrap();
    }

    #[test]
    fn a_trigger_of_a_task_reaches_no_table_of_the_engine() {
        let mut connection = Connection::open_in_memory().unwrap();
        let guard = Guard::of(&mut connection).unwrap();
        let trap = "CREATE TABLE journal (x); CREATE TABLE app_a (x);
             CREATE TRIGGER app_t AFTER INSERT ON app_a BEGIN INSERT INTO journal VALUES (1); END";
        connection.execute_batch(trap).unwrap();
        assert!(guard.during(|| connection.execute_batch("INSERT INTO app_a VALUES (1)")).is_err());
    }
}
