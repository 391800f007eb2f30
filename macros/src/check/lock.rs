//! A workflow shares no memory: locks, cells, atomics and channels would hold what no journal records.

use super::path::Named;
use crate::diag::{Entry, catalog};

/// Types that are nothing else.
const TYPES: [&str; 9] =
    ["Mutex", "RwLock", "RefCell", "OnceCell", "OnceLock", "LazyLock", "LazyCell", "Condvar", "UnsafeCell"];

/// Types that a user may have of the same name: only their functions tell.
const AMBIGUOUS: [&str; 5] = ["Cell", "Semaphore", "Notify", "Barrier", "Once"];

const METHODS: [&str; 13] = [
    "lock",
    "try_lock",
    "write",
    "read",
    "borrow_mut",
    "fetch_add",
    "fetch_sub",
    "compare_exchange",
    "load",
    "store",
    "send",
    "recv",
    "try_recv",
];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    let ambiguous = named.is_call() && AMBIGUOUS.contains(&named.owner());
    let channel = named.is_call() && ["channel", "unbounded_channel", "sync_channel"].contains(&named.last());
    let typed = named.segments.iter().any(|segment| claims_type(segment));
    (ambiguous || channel || typed).then_some(catalog::LOCK)
}

pub(super) fn claims_type(name: &str) -> bool {
    let atomic = name.strip_prefix("Atomic").is_some_and(|rest| {
        ["Bool", "Ptr"].contains(&rest) || rest.starts_with(['I', 'U']) && rest.ends_with(['8', '6', '2', '4', 'e'])
    });
    TYPES.contains(&name) || atomic
}

pub(super) fn claims_method(name: &str) -> bool {
    METHODS.contains(&name)
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn shared_memory_is_refused() {
        let found = codes(
            "let a = Mutex::new(0); let b: Arc<RwLock<u8>> = order.shared;
             let c = order.shared.lock().await;
             let d = AtomicU64::new(1).fetch_add(1);
             let (tx, rx) = tokio::sync::mpsc::channel(1);
             let e = Cell { row: 1 };",
        );
        assert_eq!(found, ["D0107", "D0107", "D0304", "D0107", "D0107", "D0107", "D0107"]);
    }
}
