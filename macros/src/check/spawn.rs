//! A workflow starts nothing that the journal does not see: no threads, no spawned futures, no timers of a runtime.

use super::path::Named;
use crate::diag::{Entry, catalog};

const STARTERS: [&str; 7] =
    ["spawn", "spawn_blocking", "spawn_local", "block_on", "block_in_place", "spawn_scoped", "scope"];
const OWNERS: [&str; 9] = ["tokio", "thread", "task", "std", "async_std", "smol", "rayon", "Handle", "Runtime"];
const TYPES: [&str; 5] = ["JoinSet", "Runtime", "ThreadPool", "FuturesUnordered", "FuturesOrdered"];
const SLEEPS: [&str; 4] = ["sleep", "sleep_until", "sleep_ms", "interval"];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    if !named.is_call() {
        return None;
    }
    if SLEEPS.contains(&named.last()) && ["time", "thread", "tokio", "Timer"].contains(&named.owner()) {
        return Some(catalog::BLOCKING_SLEEP);
    }
    let starts = STARTERS.contains(&named.last()) && OWNERS.contains(&named.owner());
    (starts || named.root() == "rayon" || TYPES.contains(&named.owner())).then_some(catalog::SPAWN)
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn nothing_is_started_beside_the_workflow() {
        let found = codes(
            "tokio::spawn(async move { work(order).await }); std::thread::spawn(|| total);
             tokio::task::spawn_blocking(work).await;
             tokio::time::sleep(Duration::from_secs(1)).await; std::thread::sleep(order.pause);
             spawn(order).await?;",
        );
        assert_eq!(found, ["D0105", "D0105", "D0105", "D0401", "D0106", "D0106"]);
    }
}
