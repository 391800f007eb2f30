//! Executions that start others, in memory.

use super::Contents;
use crate::store::{ExecutionId, ExecutionRow, Link, LooseEnds, Parent, Status};

impl Contents {
    /// Releases those children that a parent waits for and that `which` takes.
    pub(super) fn release(&mut self, id: ExecutionId, which: impl Fn(&Parent) -> bool) {
        for stored in &mut self.executions {
            if let Some(parent) = &mut stored.row.parent
                && parent.execution == id
                && parent.link == Link::Awaited
                && which(parent)
            {
                parent.link = Link::Released;
            }
        }
    }

    pub(super) fn loose_ends(&self, epoch: Option<i64>) -> LooseEnds {
        let mut loose = LooseEnds::default();
        for row in self.rows() {
            match &row.parent {
                Some(Parent { execution, link: Link::Awaited, .. }) if row.closed_at.is_some() => {
                    let waits = |row: &ExecutionRow| row.status == Status::Running;
                    if self.takes(*execution, epoch) && self.stored(*execution).is_some_and(|stored| waits(&stored.row))
                    {
                        loose.parents.push(*execution);
                    }
                }
                Some(Parent { link: Link::Released, .. }) if row.closed_at.is_none() && self.takes(row.id, epoch) => {
                    loose.children.push(row.id);
                }
                _ => {}
            }
        }
        loose.parents.sort_unstable();
        loose.parents.dedup();
        loose
    }
}
