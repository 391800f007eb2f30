//! A unit as SQL, inside the transaction of its group.

mod changes;

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Statement, params};

use super::{
    inbox, lease,
    packed::{self, Packer},
    recent::{Found, Known, Recent},
    removal, rows,
    tail::{self, Tail},
};
use crate::store::{
    Checked, Committed, ExecutionId, JournalRow, MessageId, NewExecution, Status, StoreError, Unit,
    unit::{Standing, machines, names_to_go_on, refusal},
};

/// What other processes write meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The inbox: the journal is indexed here, and nobody owns an execution.
    Alone,
    /// Executions of their own. Those that this epoch owns are written here alone.
    Shared(i64),
    /// Whatever an engine writes. Here is written to the inbox.
    Beside,
}

/// The statements of the writer, prepared once, and what it knows without asking.
#[derive(Debug)]
pub(super) struct Applier<'c> {
    connection: &'c Connection,
    recent: Recent,
    tail: Tail,
    packer: Packer,
    role: Role,
    /// What is known is to be read from the file again.
    stale: bool,
    /// Others may have added to the journal.
    behind: bool,
    data_version: i64,
    /// Another program has written since the last [`Applier::others_wrote`].
    others_wrote: bool,
    /// The whole journal is indexed with the next commit.
    index_now: bool,
    begin: Statement<'c>,
    commit: Statement<'c>,
    read_data_version: Statement<'c>,
    read_lease: Statement<'c>,
    read_open: Statement<'c>,
    insert_journal: Statement<'c>,
    set_wake: Statement<'c>,
}

/// What becomes of one unit where the medium does not fail.
type Outcome = Result<Committed, StoreError>;

impl<'c> Applier<'c> {
    pub(super) fn new(connection: &'c Connection, tail: Tail, packer: Packer, role: Role) -> rusqlite::Result<Self> {
        Ok(Applier {
            connection,
            recent: Recent::default(),
            tail,
            packer,
            role,
            stale: false,
            behind: false,
            data_version: connection.pragma_query_value(None, "data_version", |row| row.get(0))?,
            // Messages that were posted before are read when the engine opens.
            others_wrote: false,
            index_now: false,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            read_data_version: connection.prepare("PRAGMA data_version")?,
            read_lease: connection.prepare("SELECT 1 FROM engine WHERE epoch = ?1 AND ended = 0")?,
            read_open: connection
                .prepare("SELECT input, owner, packed_input FROM execution WHERE id = ?1 AND closed_at IS NULL")?,
            insert_journal: connection.prepare(
                "INSERT INTO journal (execution, event, scope, ordinal, at, state, visits, name, number, payload)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?,
            set_wake: connection.prepare("UPDATE execution SET wake = ?2 WHERE id = ?1")?,
        })
    }

    pub(super) fn begin(&mut self) -> rusqlite::Result<()> {
        self.begin.execute([])?;
        self.look()?;
        self.refresh()
    }

    /// Whether it may write: the lease has not ended. Asked within the transaction.
    pub(super) fn holds_lease(&mut self) -> rusqlite::Result<bool> {
        match self.role {
            Role::Shared(epoch) => self.read_lease.exists([epoch]),
            Role::Alone | Role::Beside => Ok(true),
        }
    }

    /// Looks whether another program has written to the file.
    fn look(&mut self) -> rusqlite::Result<()> {
        let now = self.read_data_version.query_row([], |row| row.get(0))?;
        if now != self.data_version {
            self.data_version = now;
            self.others_wrote = true;
            match self.role {
                // Nobody else writes to what is known here.
                Role::Shared(_) => self.behind = true,
                Role::Alone | Role::Beside => self.stale = true,
            }
        }
        Ok(())
    }

    /// Reads again what may have changed.
    fn refresh(&mut self) -> rusqlite::Result<()> {
        if self.stale {
            self.recent.clear();
            if self.role != Role::Beside {
                self.tail.load(self.connection)?;
            }
        } else if self.behind {
            self.tail.catch_up(self.connection)?;
        }
        (self.stale, self.behind) = (false, false);
        Ok(())
    }

    /// Whether another program has written to the file since the last call.
    pub(super) fn others_wrote(&mut self) -> rusqlite::Result<bool> {
        self.look()?;
        Ok(std::mem::take(&mut self.others_wrote))
    }

    /// Whether another engine has written since the last transaction before this one.
    pub(super) fn is_contended(&self) -> bool {
        matches!(self.role, Role::Shared(_)) && self.others_wrote
    }

    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Commits, and indexes the journal where there is enough of it.
    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        let least = if self.index_now { 1 } else { tail::LONGEST };
        self.commit_and_index(least)?;
        self.index_now = false;
        Ok(())
    }

    /// Indexes the whole journal, in a transaction of its own.
    pub(super) fn index_all(&mut self) -> rusqlite::Result<()> {
        if self.role == Role::Beside {
            return Ok(());
        }
        self.begin()?;
        if !self.holds_lease()? {
            self.roll_back();
            return Ok(());
        }
        self.commit_and_index(1)
    }

    fn commit_and_index(&mut self, least: usize) -> rusqlite::Result<()> {
        let indexed = self.role != Role::Beside && self.tail.index(self.connection, least)?;
        self.commit.execute([])?;
        if indexed {
            self.tail.indexed();
        }
        Ok(())
    }

    /// Leaves the transaction, in whatever state a failure left it.
    pub(super) fn roll_back(&mut self) {
        self.stale = true;
        if !self.connection.is_autocommit() {
            // Where this fails too, SQLite has rolled back by itself, or does when the next transaction finds it undone.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// Writes over what a failed commit may have left at the end of the write-ahead log, so that no crash can bring it back.
    pub(super) fn overwrite_failed_commit(&mut self) -> rusqlite::Result<()> {
        self.connection.execute_batch(
            "INSERT INTO meta VALUES ('failed_commits', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        )
    }

    /// Applies a unit whole, or not at all where the answer is a refusal. On an error the transaction must be rolled back.
    pub(super) fn unit(&mut self, unit: &Unit) -> rusqlite::Result<Outcome> {
        let connection = self.connection;
        if let Some(refusal) = refusal(unit, |id| self.standing(id), |id| exists(connection, id))? {
            return Ok(Err(refusal));
        }
        for fingerprint in machines(unit) {
            if self.machine_id(fingerprint)?.is_none() {
                return Ok(Err(StoreError::NoMachine(fingerprint.to_owned())));
            }
        }
        if let Some(NewExecution { name: Some(name), workflow, .. }) = &unit.create
            && let Some(taken) = rows::by_name(self.connection, workflow, name)?
        {
            return Ok(Ok(Committed::NameTaken(Box::new(taken))));
        }
        for (workflow, name) in names_to_go_on(unit) {
            if let Some(taken) = rows::by_name(self.connection, workflow, name)? {
                return Ok(Ok(Committed::NameTaken(Box::new(taken))));
            }
        }
        if unit.create.is_some()
            && let Some(gone) = self.first_taken(unit)?
        {
            return Ok(Err(StoreError::Taken(gone)));
        }
        // From here on nothing is refused.
        let created = unit.create.as_ref().map(|new| self.create(new, ExecutionId::NEW)).transpose()?;
        let resolve = |id| if id == ExecutionId::NEW { created.unwrap_or(id) } else { id };
        let children = unit.children.iter().map(|child| self.create(child, resolve(ExecutionId::NEW)));
        let children = children.collect::<rusqlite::Result<_>>()?;
        for (id, row) in &unit.append {
            self.append(resolve(*id), row)?;
        }
        for (id, update) in &unit.update {
            self.update(resolve(*id), update)?;
        }
        for id in &unit.taken {
            inbox::take(self.connection, *id)?;
        }
        if let Some(Checked { workflow, code, to }) = &unit.checked {
            self.cached("INSERT OR REPLACE INTO code_check (workflow, code, checked_to) VALUES (?1, ?2, ?3)")?
                .execute(params![workflow, code, to.0])?;
        }
        Ok(Ok(Committed::Done { created, children }))
    }

    pub(super) fn machine(&mut self, fingerprint: &str, workflow: &str, json: &str) -> rusqlite::Result<Outcome> {
        self.cached("INSERT INTO machine (fingerprint, workflow, json) VALUES (?1, ?2, ?3) ON CONFLICT (fingerprint) DO NOTHING")?
            .execute(params![fingerprint, workflow, json])?;
        Ok(Ok(Committed::Done { created: None, children: Vec::new() }))
    }

    /// Takes executions out of sight, and indexes what is left of them, by which it is found.
    pub(super) fn remove(&mut self, ids: &[ExecutionId]) -> rusqlite::Result<usize> {
        self.index_now = true;
        removal::remove(self.connection, ids)
    }

    fn cached(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'c>> {
        self.connection.prepare_cached(sql)
    }

    /// Makes this engine the owner of an open execution that nobody owns. False where somebody does.
    pub(super) fn claim(&mut self, id: ExecutionId) -> rusqlite::Result<bool> {
        let Role::Shared(epoch) = self.role else { return Ok(false) };
        if self.standing(id)? != Standing::NotOwned {
            return Ok(self.recent.get(id).is_some());
        }
        let claimed = self
            .cached(
                "UPDATE execution SET owner = ?2
                 WHERE id = ?1 AND (owner IS NULL OR owner NOT IN (SELECT epoch FROM engine WHERE ended = 0))",
            )?
            .execute([id.0, epoch])?;
        Ok(claimed == 1)
    }

    /// Notes which workflows this engine runs.
    pub(super) fn join(&self, workflows: &str) -> rusqlite::Result<()> {
        self.owner().map_or(Ok(()), |epoch| lease::join(self.connection, epoch, workflows))
    }

    /// The first message of a unit that was carried out before.
    fn first_taken(&self, unit: &Unit) -> rusqlite::Result<Option<MessageId>> {
        for id in &unit.taken {
            if !self.cached("SELECT 1 FROM inbox WHERE id = ?1")?.exists([id.0])? {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    pub(super) fn standing(&mut self, id: ExecutionId) -> rusqlite::Result<Standing> {
        if self.recent.get(id).is_some() {
            return Ok(Standing::Open);
        }
        let open = |row: &rusqlite::Row<'_>| {
            let input = packed::read(row.get_ref(0)?, row.get_ref(2)?)?.unwrap_or_default();
            Ok((Known::new(&input), row.get::<_, Option<i64>>(1)?))
        };
        let Some((known, owner)) = self.read_open.query_row([id.0], open).optional()? else {
            return Ok(Standing::Closed);
        };
        match self.role {
            Role::Shared(epoch) if owner != Some(epoch) => Ok(Standing::NotOwned),
            _ => {
                self.recent.put(id, known);
                Ok(Standing::Open)
            }
        }
    }

    /// What is known of an execution; nothing where it is closed, does not exist, or is another engine's.
    fn known(&mut self, id: ExecutionId) -> rusqlite::Result<Option<&mut Known>> {
        Ok(if self.standing(id)? == Standing::Open { self.recent.get(id) } else { None })
    }

    fn owner(&self) -> Option<i64> {
        match self.role {
            Role::Shared(epoch) => Some(epoch),
            Role::Alone | Role::Beside => None,
        }
    }

    /// `around` is the execution that the unit creates, for its children.
    fn create(&mut self, new: &NewExecution, around: ExecutionId) -> rusqlite::Result<ExecutionId> {
        let machine = self.machine_id(&new.machine)?;
        let parent = new.parent.as_ref();
        let (input, packed) = self.packer.columns(&new.input);
        self.cached(
            "INSERT INTO execution
                (workflow, name, machine, status, wake, started_at, input, nonce, parent, parent_scope, parent_ordinal, origin,
                 awaited, owner, version, packed_input)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            new.workflow,
            new.name,
            machine,
            Status::Running as i64,
            rows::ACTIVE,
            new.started_at,
            input,
            new.nonce,
            parent.map(|parent| if parent.execution == ExecutionId::NEW { around.0 } else { parent.execution.0 }),
            parent.map(|parent| &parent.scope),
            parent.map(|parent| parent.ordinal),
            new.origin.as_ref().map(serde_json::to_string).transpose().map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?,
            parent.and_then(|parent| rows::link_to_sql(parent.link)),
            self.owner(),
            // Most have none, and so take no space.
            (new.version != 1).then_some(new.version),
            packed,
        ])?;
        let id = ExecutionId(self.connection.last_insert_rowid());
        self.recent.put(id, Known::new(&new.input));
        Ok(id)
    }

    fn machine_id(&self, fingerprint: &str) -> rusqlite::Result<Option<i64>> {
        self.cached("SELECT id FROM machine WHERE fingerprint = ?1")?
            .query_row([fingerprint], |row| row.get(0))
            .optional()
    }

    fn append(&mut self, id: ExecutionId, row: &JournalRow) -> rusqlite::Result<()> {
        let found = match (&row.payload, self.known(id)?) {
            (Some(payload), Some(known)) => known.find(payload),
            _ => Found::TooShort,
        };
        let scope = Some(&*row.scope).filter(|scope| !scope.is_empty());
        let visits = row.visits.as_deref();
        let name = row.name.as_deref();
        let fixed = params![id.0, row.event, scope, row.ordinal, row.at, row.state, visits, name, row.number];
        let insert = &mut self.insert_journal;
        for (index, value) in fixed.iter().enumerate() {
            insert.raw_bind_parameter(index + 1, value)?;
        }
        let packed = match &found {
            Found::New(_) => row.payload.as_deref().and_then(|payload| self.packer.pack(payload)),
            Found::Stored(_) | Found::TooShort => None,
        };
        match (&found, packed) {
            (Found::Stored(row), _) => insert.raw_bind_parameter(10, row)?,
            (_, Some(packed)) => insert.raw_bind_parameter(10, packed)?,
            (_, None) => insert.raw_bind_parameter(10, row.payload.as_deref())?,
        }
        insert.raw_execute()?;
        let stored = self.connection.last_insert_rowid();
        self.tail.add(id, stored);
        if let Found::New(digest) = found
            && let Some(known) = self.known(id)?
        {
            known.remember(digest, stored);
        }
        Ok(())
    }
}

fn exists(connection: &Connection, id: ExecutionId) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM execution WHERE id = ?1")?.exists([id.0])
}

/// Whether an error lies in the unit, so that others of its group can still be written.
pub(super) fn is_of_the_unit(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig | ErrorCode::OutOfMemory
        ),
        None => true,
    }
}
