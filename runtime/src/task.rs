//! What a task gets besides its payload: resources, and the attempt it runs for.

use std::{
    any::{Any, TypeId as RustTypeId, type_name},
    collections::HashMap,
    fmt,
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use tokio::sync::watch;

use crate::{callable::Need, clock::Clock};

mod token;

pub use token::{InvalidToken, TaskToken};

/// Values that tasks share and that are no payload: connection pools, clients, configuration. One per type.
///
/// A task takes one by a parameter marked `#[resource]`, which is not part of its call.
///
/// ```
/// use durafn::prelude::*;
///
/// #[derive(Clone)]
/// struct Rates { percent: u64 }
///
/// #[task]
/// async fn discount(amount: u64, #[resource] rates: Rates) -> u64 {
///     amount * rates.percent / 100
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let resources = Resources::new().with(Rates { percent: 10 });
/// let discount = resources.scope(async { discount(200).await }).await;
/// assert_eq!(discount, 20);
/// # });
/// ```
#[derive(Clone, Default)]
pub struct Resources {
    by_type: HashMap<RustTypeId, (Arc<dyn Any + Send + Sync>, &'static str)>,
}

tokio::task_local! {
    static SCOPE: Arc<Resources>;
}

impl Resources {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Resources::default()
    }

    /// These and one more; it takes the place of another of its type.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, resource: T) -> Self {
        self.insert(resource);
        self
    }

    /// Adds one; it takes the place of another of its type.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, resource: T) {
        self.by_type.insert(RustTypeId::of::<T>(), (Arc::new(resource), type_name::<T>()));
    }

    /// The one of a type.
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let (resource, _) = self.by_type.get(&RustTypeId::of::<T>())?;
        resource.downcast_ref::<T>().cloned()
    }

    /// There is one for this need.
    #[must_use]
    pub fn has(&self, need: &Need) -> bool {
        self.by_type.contains_key(&(need.type_id)())
    }

    /// Runs a future in which tasks that are awaited outside an engine find these resources: for tests.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        SCOPE.scope(Arc::new(self), future).await
    }

    fn current() -> Arc<Resources> {
        SCOPE.try_with(Arc::clone).unwrap_or_default()
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_type.values().map(|(_, name)| name)).finish()
    }
}

/// The attempt that a task runs for. A task takes it by a parameter of this type, which is not part of its call.
#[derive(Clone)]
pub struct TaskContext {
    inner: Arc<Inner>,
    token: Option<Arc<str>>,
    clock: Option<Arc<dyn Clock>>,
    permit: Option<Weak<dyn Any + Send + Sync>>,
    attended: Option<Weak<dyn Attended>>,
}

/// The execution that an attempt runs for, as the attempt reaches it.
pub(crate) trait Attended: Send + Sync {
    /// The attempt waits for the time by itself: nothing of it is under way.
    #[cfg(feature = "testing")]
    fn park(&self);

    /// It waits no more.
    fn go_on(&self);
}

struct Inner {
    resources: Arc<Resources>,
    execution_id: String,
    idempotency_key: String,
    attempt: u32,
    cancelled: watch::Sender<bool>,
    heartbeats: watch::Sender<()>,
    /// When the last heartbeat came, or [`NEVER`].
    beat: AtomicI64,
    parked: AtomicBool,
}

const NEVER: i64 = i64::MIN;

impl TaskContext {
    /// The context of one attempt. `attempt` counts from 1.
    #[must_use]
    pub fn new(
        resources: Arc<Resources>,
        execution_id: impl Into<String>,
        idempotency_key: impl Into<String>,
        attempt: u32,
    ) -> Self {
        TaskContext {
            inner: Arc::new(Inner {
                resources,
                execution_id: execution_id.into(),
                idempotency_key: idempotency_key.into(),
                attempt,
                cancelled: watch::Sender::new(false),
                heartbeats: watch::Sender::new(()),
                beat: AtomicI64::new(NEVER),
                parked: AtomicBool::new(false),
            }),
            token: None,
            clock: None,
            permit: None,
            attended: None,
        }
    }

    /// The context of an attempt of a callback.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Arc<str>>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Tells the times of heartbeats by this clock.
    pub(crate) fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The attempt runs by this permit.
    pub(crate) fn with_permit<P: Any + Send + Sync>(mut self, permit: &Arc<P>) -> Self {
        let permit: Weak<P> = Arc::downgrade(permit);
        self.permit = Some(permit);
        self
    }

    /// What a body that cannot be dropped keeps until it returns: it counts as running as long.
    pub(crate) fn permit(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.permit.as_ref().and_then(Weak::upgrade)
    }

    /// Runs for this execution.
    pub(crate) fn attended_by(mut self, execution: Weak<dyn Attended>) -> Self {
        self.attended = Some(execution);
        self
    }

    /// From here on the attempt waits for the time by itself, until [`TaskContext::go_on`]: nothing of it is under way.
    #[cfg(feature = "testing")]
    pub(crate) fn park(&self) {
        if let Some(execution) = self.attended.as_ref().and_then(Weak::upgrade)
            && !self.inner.parked.swap(true, Ordering::SeqCst)
        {
            execution.park();
        }
    }

    /// Something of the attempt is under way again, or it is over.
    pub(crate) fn go_on(&self) {
        if self.inner.parked.swap(false, Ordering::SeqCst)
            && let Some(execution) = self.attended.as_ref().and_then(Weak::upgrade)
        {
            execution.go_on();
        }
    }

    /// The token by which this attempt is completed, where the task is a callback.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The context outside an engine: the resources of [`Resources::scope`], the first attempt, a key of its own.
    #[must_use]
    pub fn outside() -> Self {
        let key = uuid::Uuid::new_v4().to_string();
        TaskContext::new(Resources::current(), "", key, 1)
    }

    /// The id of the execution; empty outside an engine.
    #[must_use]
    pub fn execution_id(&self) -> &str {
        &self.inner.execution_id
    }

    /// Text that is the same for every attempt of this call, also after a crash, and for no other call. Hand it to services that
    /// know idempotency keys.
    #[must_use]
    pub fn idempotency_key(&self) -> &str {
        &self.inner.idempotency_key
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// The resource of a type.
    #[must_use]
    pub fn resource<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.inner.resources.get()
    }

    /// Says that the task is alive, where it has a heartbeat timeout. Nothing is stored.
    pub fn heartbeat(&self) {
        if let Some(clock) = &self.clock {
            self.inner.beat.store(clock.now(), Ordering::Release);
        }
        self.inner.heartbeats.send_replace(());
    }

    /// The result of this attempt is no longer wanted: it timed out, or the execution was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.inner.cancelled.borrow()
    }

    /// Waits until the result of this attempt is no longer wanted.
    pub async fn cancelled(&self) {
        let mut cancelled = self.inner.cancelled.subscribe();
        // The sender lives as long as this context, so waiting cannot end otherwise.
        let _ = cancelled.wait_for(|cancelled| *cancelled).await;
    }

    /// Tells the task that its result is no longer wanted.
    pub fn cancel(&self) {
        self.inner.cancelled.send_replace(true);
    }

    pub(crate) fn last_heartbeat(&self) -> Option<i64> {
        let beat = self.inner.beat.load(Ordering::Acquire);
        (beat != NEVER).then_some(beat)
    }

    /// Changes with each heartbeat.
    #[must_use]
    pub fn heartbeats(&self) -> watch::Receiver<()> {
        self.inner.heartbeats.subscribe()
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskContext")
            .field("execution_id", &self.inner.execution_id)
            .field("idempotency_key", &self.inner.idempotency_key)
            .field("attempt", &self.inner.attempt)
            .field("resources", &self.inner.resources)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_resource_of_a_type_counts() {
        let resources = Resources::new().with(1_u8).with("a").with(2_u8);
        assert_eq!(
            (resources.get::<u8>(), resources.get::<&str>(), resources.get::<u16>()),
            (Some(2), Some("a"), None)
        );
    }

    #[tokio::test]
    async fn cancelling_wakes_the_task() {
        let context = TaskContext::outside();
        let task = tokio::spawn({
            let context = context.clone();
            async move { context.cancelled().await }
        });
        context.cancel();
        task.await.unwrap();
        assert!(context.is_cancelled());
    }
}
