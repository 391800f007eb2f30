//! `#[pure]` functions: how the machine of a workflow finds the body of one that it calls, wherever it is written.

use std::any::{TypeId as RustTypeId, type_name};

use durafn_ir::{Callee, CalleeKind, PureBody, PureFn, TypeDef, TypeId, TypeTable};

use crate::{
    callable::{Call, Callable},
    data::Data,
};

/// What fills the holes of a body: types, constants, pure functions that it calls.
pub type Filled = (Vec<TypeId>, Vec<(TypeId, serde_json::Value)>, Vec<Callee>);

/// A pure function, as linking finds it.
#[derive(Debug)]
pub struct PureEntry {
    /// See [`key`].
    pub key: fn() -> String,
    /// How its callers see it.
    pub describe: fn(&mut TypeTable) -> Callee,
    /// Its body in the types of a machine.
    pub body: fn(&mut TypeTable) -> PureBody,
}

inventory::collect!(PureEntry);

/// What names a function in this program: its path, and its type, since paths of functions inside functions are not unique.
pub fn key<F: 'static>(_: &F) -> String {
    format!("{} {:?}", type_name::<F>(), RustTypeId::of::<F>())
}

/// A function that a body calls. A plain one has no description; linking says so at the call.
pub fn callee<F: 'static>(function: &F, types: &mut TypeTable) -> Callee {
    let key = key(function);
    match find(&key) {
        Some(entry) => (entry.describe)(types),
        None => described(key, Vec::new(), types.intern(TypeDef::Unit)),
    }
}

pub fn described(name: String, params: Vec<(String, TypeId)>, output: TypeId) -> Callee {
    Callee {
        name,
        comment: None,
        kind: CalleeKind::Pure,
        params,
        by_name: false,
        places: None,
        output,
        failure: None,
        timeout_seconds: None,
        heartbeat_seconds: None,
        retry: Vec::new(),
    }
}

/// The body that the macro wrote.
///
/// # Panics
///
/// When the template is not what the macros of this version write.
pub fn body(template: &str, (type_holes, consts, callees): Filled) -> PureBody {
    let function: PureFn = serde_json::from_str(template).expect("`durafn` and `durafn-macros` have one version");
    PureBody { function, type_holes, consts, callees }
}

/// The value of a call by name. A task or workflow that is not awaited has none: the compiler says so, and goes on as if it were awaited.
#[inline]
pub fn computed<T: Called<Form: Value>>(called: T) -> T::Value {
    called.value()
}

/// What a function that is called by name returns.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` cannot be part of a workflow",
    note = "what a function returns here derives `Data`; an `async fn` is awaited in a `#[task]`, and that here"
)]
pub trait Called {
    type Value;
    type Form;

    fn value(self) -> Self::Value;
}

/// It has its value without being awaited.
#[diagnostic::on_unimplemented(
    message = "the call of a task or workflow does nothing until it is awaited",
    label = "write `.await` behind this call",
    note = "to run several at once: `join!(a(..), b(..))`, `try_join!(a(..), b(..))?`, `map(items, |item| a(item)).await`"
)]
pub trait Value {}

/// See [`Value`].
#[derive(Debug)]
pub struct Computed;

/// See [`Value`].
#[derive(Debug)]
pub struct NotAwaited;

impl Value for Computed {}

#[diagnostic::do_not_recommend]
impl<T: Data> Called for T {
    type Value = T;
    type Form = Computed;

    fn value(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<C: Callable> Called for Call<C> {
    type Value = C::Returned;
    type Form = NotAwaited;

    fn value(self) -> C::Returned {
        unreachable!("`computed` takes none of these")
    }
}

pub(super) fn find_body(key: &str, types: &mut TypeTable) -> Option<PureBody> {
    find(key).map(|entry| (entry.body)(types))
}

fn find(key: &str) -> Option<&'static PureEntry> {
    inventory::iter::<PureEntry>.into_iter().find(|entry| (entry.key)() == key)
}
