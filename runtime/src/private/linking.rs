//! From the machine that the macros wrote to the one whose types are known.

use std::sync::OnceLock;

use durafn_ir::{
    Arguments, Callee, CalleeKind, Holes, LinkErrors, Machine, Retrier, Spelled, TypeId, TypeTable, TypedMachine,
    link_with,
};

use crate::callable::{Callable, Returned};

/// Where a workflow keeps its machine.
pub type MachineCell = OnceLock<Result<TypedMachine, LinkErrors>>;

/// The machine of a workflow, linked at the first call.
///
/// # Panics
///
/// When the template is not what the macros of this version write.
pub fn machine(
    cell: &'static MachineCell,
    template: &str,
    file: &str,
    holes: impl FnOnce() -> Holes,
) -> Result<&'static TypedMachine, &'static LinkErrors> {
    let linked = cell.get_or_init(|| {
        let mut machine: Machine<Spelled> =
            serde_json::from_str(template).expect("`durafn` and `durafn-macros` have one version");
        file.clone_into(&mut machine.file);
        link_with(machine, holes(), &super::pure::find_body)
    });
    linked.as_ref()
}

/// What the attributes of a task or workflow say.
#[derive(Clone, Debug)]
pub struct CalleeText {
    pub name: &'static str,
    pub comment: Option<&'static str>,
    pub kind: CalleeKind,
    pub by_name: bool,
    pub places: Option<Arguments>,
    pub timeout_seconds: Option<u64>,
    pub heartbeat_seconds: Option<u64>,
    pub retry: Vec<Retrier>,
}

impl CalleeText {
    /// Together with the types.
    pub fn callee<C: Callable>(self, params: Vec<(String, TypeId)>, types: &mut TypeTable) -> Callee {
        let CalleeText { name, comment, kind, by_name, places, timeout_seconds, heartbeat_seconds, retry } = self;
        Callee {
            name: name.to_owned(),
            comment: comment.map(str::to_owned),
            kind,
            params,
            by_name,
            places,
            output: C::Returned::describe_value(types),
            failure: C::Returned::describe_failure(types),
            timeout_seconds,
            heartbeat_seconds,
            retry,
        }
    }
}

/// A retrier as an attribute spells it.
pub fn retrier(
    errors: &[&str],
    interval_seconds: u32,
    backoff_rate: f64,
    max_attempts: u32,
    max_delay_seconds: Option<u32>,
    jitter: bool,
) -> Retrier {
    let errors = errors.iter().map(|&name| name.to_owned()).collect();
    Retrier { errors, interval_seconds, backoff_rate, max_attempts, max_delay_seconds, jitter }
}

/// The error type of a workflow, whatever its `Result` is called.
pub fn failure_hole<C: Callable>(types: &mut TypeTable) -> TypeId {
    pure_failure_hole::<C::Returned>(types)
}

/// The output type of a workflow.
pub fn output_hole<C: Callable>(types: &mut TypeTable) -> TypeId {
    C::Returned::describe_value(types)
}

/// The error type of a pure function.
pub fn pure_failure_hole<R: Returned>(types: &mut TypeTable) -> TypeId {
    R::describe_failure(types).unwrap_or_else(|| R::describe_value(types))
}
