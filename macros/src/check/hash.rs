//! A workflow holds no hash tables: their order differs from process to process, so a replay could take another way.

use super::path::Named;
use crate::diag::{Entry, catalog};

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    named.segments.iter().any(|segment| claims_type(segment)).then_some(catalog::HASH)
}

pub(super) fn claims_type(name: &str) -> bool {
    name.ends_with("HashMap") || name.ends_with("HashSet") || ["DashMap", "DashSet"].contains(&name)
}
