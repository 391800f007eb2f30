//! What a unit changes, and what every store checks of it before it writes anything.

use std::sync::Arc;

use super::{ExecutionId, ExecutionRow, Link, NewActivity, NewExecution, NewToken, Status, StoreError, Unit, Wake};

/// A change to an execution.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// It ends.
    Close {
        /// Its last state: not running, not blocked.
        status: Status,
        /// JSON text.
        output: Option<Arc<str>>,
        /// The error name.
        error: Option<String>,
        /// What the error is about.
        cause: Option<String>,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// When it wants attention next.
    Wake(Wake),
    /// It waits no more for the child of this entry.
    Release {
        /// The scope of the entry.
        scope: Box<str>,
        /// Its ordinal.
        ordinal: u32,
    },
    /// It is parked: its code does not fit. The cause says where and why.
    Block {
        /// The divergence.
        cause: String,
    },
    /// It had ended, and goes on. Tokens from before stay expired.
    Reopen,
    /// Fitting code is back: it runs.
    Unblock,
    /// The rows that are appended to it from now on are of another machine; the unit's row says so too.
    Move {
        /// The fingerprint of today's machine.
        machine: String,
    },
    /// A task has this token. Issued again, it is waited for again, unless it was used.
    IssueToken(NewToken),
    /// An attempt of an activity has a token and waits for a worker.
    QueueActivity(Box<NewActivity>),
    /// Nobody waits for this token any more. One that was used stays so. An attempt of an activity leaves the queue.
    ExpireToken(Arc<str>),
}

/// What became of a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Committed {
    /// It is durable.
    Done {
        /// The execution that it created.
        created: Option<ExecutionId>,
        /// The children that it created, in order.
        children: Vec<ExecutionId>,
    },
    /// It would have created an execution, or one that goes on in the place of another, under a name that is taken, by this one; nothing is written.
    NameTaken(Box<ExecutionRow>),
}

/// How an execution stands to whoever changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is open, and may be changed.
    Open,
    /// It is closed, or does not exist.
    Closed,
    /// It is open, and another engine's or nobody's.
    NotOwned,
}

impl Standing {
    /// Why an execution cannot be changed.
    pub(super) fn refusal(self, id: ExecutionId) -> Option<StoreError> {
        match self {
            Standing::Open => None,
            Standing::Closed => Some(StoreError::Closed(id)),
            Standing::NotOwned => Some(StoreError::NotOwned(id)),
        }
    }
}

/// Why a unit cannot be applied: it reopens what is open, or what does not exist; or it changes an execution that is closed and that it does not
/// reopen, that does not exist, that the unit itself has closed, or that another engine owns.
pub(super) fn refusal<E>(
    unit: &Unit,
    mut standing: impl FnMut(ExecutionId) -> Result<Standing, E>,
    mut exists: impl FnMut(ExecutionId) -> Result<bool, E>,
) -> Result<Option<StoreError>, E> {
    for id in reopened(unit) {
        if id == ExecutionId::NEW || standing(id)? != Standing::Closed {
            return Ok(Some(StoreError::Open(id)));
        }
        if !exists(id)? {
            return Ok(Some(StoreError::Closed(id)));
        }
    }
    first_refused(unit, standing)
}

fn reopened(unit: &Unit) -> impl Iterator<Item = ExecutionId> {
    unit.update.iter().filter(|(_, update)| matches!(update, Update::Reopen)).map(|(id, _)| *id)
}

/// What is wrong with the first execution that the unit may not change.
fn first_refused<E>(
    unit: &Unit,
    mut standing: impl FnMut(ExecutionId) -> Result<Standing, E>,
) -> Result<Option<StoreError>, E> {
    let mut checked = None;
    let mut check = |id: ExecutionId| {
        if checked == Some(id) {
            return Ok(None);
        }
        let standing = match id {
            ExecutionId::NEW if unit.create.is_some() => Standing::Open,
            ExecutionId::NEW => Standing::Closed,
            id if reopened(unit).any(|reopened| reopened == id) => Standing::Open,
            id => standing(id)?,
        };
        let refused = standing.refusal(id);
        if refused.is_none() {
            checked = Some(id);
        }
        Ok(refused)
    };
    let parents = unit.children.iter().filter_map(|child| child.parent.as_ref()).map(|parent| parent.execution);
    for id in parents.chain(unit.append.iter().map(|(id, _)| *id)) {
        if let Some(refused) = check(id)? {
            return Ok(Some(refused));
        }
    }
    for (index, (id, _)) in unit.update.iter().enumerate() {
        let closes = |(other, update): &(ExecutionId, Update)| other == id && matches!(update, Update::Close { .. });
        if unit.update[..index].iter().any(closes) {
            return Ok(Some(StoreError::Closed(*id)));
        }
        if let Some(refused) = check(*id)? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

/// The machines that must be in the store for the unit to be applied.
pub(super) fn machines(unit: &Unit) -> impl Iterator<Item = &str> {
    let moved = unit.update.iter().filter_map(|(_, update)| match update {
        Update::Move { machine } => Some(machine.as_str()),
        _ => None,
    });
    unit.create.iter().chain(&unit.children).map(|new| new.machine.as_str()).chain(moved)
}

/// Workflows and names under which executions go on in the place of others. Those of other children cannot be taken.
pub(super) fn names_to_go_on(unit: &Unit) -> impl Iterator<Item = (&str, &str)> {
    let goes_on = |child: &&NewExecution| child.parent.as_ref().is_some_and(|parent| parent.link == Link::Continues);
    unit.children.iter().filter(goes_on).filter_map(|child| Some((child.workflow.as_str(), child.name.as_deref()?)))
}

/// # Panics
///
/// When the unit closes an execution into a state that is not an end, or creates a child without a parent.
pub(super) fn assert_well_formed(unit: &Unit) {
    assert!(unit.children.iter().all(|child| child.parent.is_some()), "a child has a parent");
    for (id, update) in &unit.update {
        if let Update::Close { status, .. } = update {
            let ended = !matches!(status, Status::Running | Status::Blocked);
            assert!(ended, "execution {} cannot be closed as {status:?}", id.0);
        }
    }
}
