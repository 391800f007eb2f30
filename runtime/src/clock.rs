//! The only reader of the wall clock.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::callable::BoxFuture;

/// Where an engine gets the time from, in milliseconds since 1970.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The time.
    fn now(&self) -> i64;

    /// Ready at a time, or somewhat before it: the engine looks at [`Clock::now`] and waits again.
    fn sleep_until(&self, due: i64) -> BoxFuture<()>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Sleeping counts time that passes while the machine runs; the wall clock also moves while it is suspended, and when it is set. So a long
/// sleep looks at the wall clock now and then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep_until(&self, due: i64) -> BoxFuture<()> {
        let left = u64::try_from(due.saturating_sub(self.now())).unwrap_or_default();
        Box::pin(tokio::time::sleep(Duration::from_millis(left).min(LONGEST_SLEEP)))
    }
}

/// A clock that stands still until it is moved: for tests.
///
/// ```
/// use durafn::{Clock, VirtualClock};
/// use std::time::Duration;
///
/// let clock = VirtualClock::at(1_000);
/// clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
/// assert_eq!(clock.now(), 604_801_000);
/// ```
#[derive(Clone, Default)]
pub struct VirtualClock {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    now: i64,
    next: u64,
    sleepers: BTreeMap<(i64, u64), Waker>,
}

impl VirtualClock {
    /// A clock that shows a time, in milliseconds since 1970.
    #[must_use]
    pub fn at(now: i64) -> Self {
        VirtualClock { inner: Arc::new(Mutex::new(Inner { now, ..Inner::default() })) }
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        let to = self.lock().now.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        self.advance_to(to);
    }

    /// Moves the clock to a time. It never moves back.
    pub fn advance_to(&self, to: i64) {
        let due = {
            let mut inner = self.lock();
            inner.now = inner.now.max(to);
            let first_later = (inner.now.saturating_add(1), 0);
            let later = inner.sleepers.split_off(&first_later);
            std::mem::replace(&mut inner.sleepers, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    /// The next time somebody waits for.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        self.lock().sleepers.keys().next().map(|(due, _)| *due)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> i64 {
        self.lock().now
    }

    fn sleep_until(&self, due: i64) -> BoxFuture<()> {
        Box::pin(VirtualSleep { clock: self.clone(), due, key: None })
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.lock().now).finish_non_exhaustive()
    }
}

struct VirtualSleep {
    clock: VirtualClock,
    due: i64,
    key: Option<(i64, u64)>,
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut inner = clock.lock();
        if self.due <= inner.now {
            return Poll::Ready(());
        }
        let key = match self.key {
            Some(key) => key,
            None => {
                inner.next += 1;
                (self.due, inner.next)
            }
        };
        self.key = Some(key);
        inner.sleepers.insert(key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.lock().sleepers.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_reaches_them() {
        let clock = VirtualClock::at(10);
        let sleeper = tokio::spawn(clock.sleep_until(20));
        while clock.next_due().is_none() {
            tokio::task::yield_now().await;
        }
        clock.advance_to(19);
        assert!(!sleeper.is_finished());
        clock.advance_to(20);
        sleeper.await.unwrap();
        assert_eq!(clock.next_due(), None);
    }
}
