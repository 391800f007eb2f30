//! A workflow holds no hash tables: their order differs from process to process, so a replay could take another way.

use super::path::Named;
use crate::diag::{Entry, catalog};

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    named.segments.iter().any(|segment| claims_type(segment)).then_some(catalog::HASH)
}

pub(super) fn claims_type(name: &str) -> bool {
    name.ends_with("HashMap") || name.ends_with("HashSet") || ["DashMap", "DashSet"].contains(&name)
}

#[cfg(test)]
mod tests {
    use crate::testing::{codes, errors};

    #[test]
    fn hash_tables_are_refused_wherever_they_are_named() {
        let found = codes(
            "let a = HashMap::new(); let b: std::collections::HashSet<u8> = order.tags;
             let c = order.tags.iter().map(|tag| (tag, 1)).collect::<FxHashMap<_, _>>();
             let d = BTreeMap::new();",
        );
        assert_eq!(found, ["D0108", "D0108", "D0108"]);
        let found = errors("async fn run(tags: HashMap<String, u8>) -> HashSet<u8> { tags.values().collect() }");
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["D0108", "D0108"]);
    }
}
