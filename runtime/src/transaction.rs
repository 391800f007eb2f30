//! Writes of a task's own in the engine's file.

use rusqlite::{Connection, Params, Row, Statement};

use crate::store::Guard;

/// The engine's file, as a task marked `transaction` writes to it: its writes are committed together with its result, exactly once.
///
/// A task takes it by a parameter `&Transaction<'_>`, which is not part of its call. When the task returns `Ok`, its writes and the entry in the journal are
/// one commit; when it fails or panics, nothing of it is kept. A crash at any moment leaves both or neither.
///
/// It writes to tables whose names begin with `app_`, which [`EngineBuilder::tables`](crate::EngineBuilder::tables) makes; durafn has none of such a
/// name. It may read every table. No other commit goes on while it runs, so it should take milliseconds, and wait for nothing.
///
/// ```standalone_crate
/// use durafn::{Engine, prelude::*, rusqlite};
///
/// #[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
/// enum BankError {
///     TooLittle { cents: u32 },
///     Sql(String),
/// }
///
/// impl From<rusqlite::Error> for BankError {
///     fn from(error: rusqlite::Error) -> Self {
///         BankError::Sql(error.to_string())
///     }
/// }
///
/// #[task(transaction)]
/// fn debit(account: String, cents: u32, tx: &Transaction<'_>) -> Result<u32, BankError> {
///     tx.execute("UPDATE app_account SET cents = cents - ?2 WHERE name = ?1", (&account, cents))?;
///     let left: i64 = tx.query_row("SELECT cents FROM app_account WHERE name = ?1", [&account], |row| row.get(0))?;
///     u32::try_from(left).map_err(|_| BankError::TooLittle { cents })
/// }
///
/// #[workflow]
/// async fn pay(account: String, cents: u32) -> Result<u32, BankError> {
///     debit(account, cents).await
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let engine = Engine::builder()
///     .in_memory()
///     .tables([
///         "CREATE TABLE app_account (name TEXT PRIMARY KEY, cents INTEGER NOT NULL) STRICT",
///         "INSERT INTO app_account VALUES ('Ada', 500)",
///     ])
///     .open()
///     .await?;
/// let paid = engine.start(pay("Ada".to_owned(), 200)).await?;
/// assert_eq!(paid.result().await?, 300);
/// let refused = engine.start(pay("Ada".to_owned(), 400)).await?;
/// assert_eq!(refused.returned().await?, Err(BankError::TooLittle { cents: 400 }));
/// let all = engine.start(pay("Ada".to_owned(), 300)).await?;
/// assert_eq!(all.result().await?, 0, "what was refused was not taken");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    guard: &'c Guard,
}

impl<'c> Transaction<'c> {
    pub(crate) fn new(connection: &'c Connection, guard: &'c Guard) -> Self {
        Transaction { connection, guard }
    }

    /// Runs a statement that yields no rows, and says how many rows it changed.
    ///
    /// # Errors
    ///
    /// What SQLite says; where the statement writes to a table that does not begin with `app_`, which one.
    pub fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.named(self.connection.execute(sql, params))
    }

    /// Runs several statements, separated by `;`.
    ///
    /// # Errors
    ///
    /// As [`Transaction::execute`].
    pub fn execute_batch(&self, sql: &str) -> rusqlite::Result<()> {
        self.named(self.connection.execute_batch(sql))
    }

    /// The first row that a query yields.
    ///
    /// # Errors
    ///
    /// As [`Transaction::execute`], and `QueryReturnedNoRows` where there is none.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.named(self.connection.query_row(sql, params, read))
    }

    /// A statement to be run several times, or whose rows are read one by one.
    ///
    /// # Errors
    ///
    /// As [`Transaction::execute`].
    pub fn prepare(&self, sql: &str) -> rusqlite::Result<Statement<'_>> {
        self.named(self.connection.prepare(sql))
    }

    /// The `rowid` of the last row that was inserted.
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// Where the guard refused the statement, its reason.
    fn named<T>(&self, result: rusqlite::Result<T>) -> rusqlite::Result<T> {
        result.map_err(|error| match (error, self.guard.reason()) {
            (
                rusqlite::Error::SqliteFailure(code, _) | rusqlite::Error::SqlInputError { error: code, .. },
                Some(why),
            ) => rusqlite::Error::SqliteFailure(code, Some(why)),
            (error, _) => error,
        })
    }
}
