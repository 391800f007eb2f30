//! Failures: a name and a cause, and the values of failure types that stand for them.

use durafn_ir::{EnumDef, FAULT_TYPE, TypeId, TypeTable};
use serde_json::{Value, json};

use super::{Val, wire};

/// An error name and a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name.
    pub error: String,
    /// The cause.
    pub cause: String,
}

impl Failure {
    /// A failure by name.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Failure {
        Failure { error: error.into(), cause: cause.into() }
    }

    /// An expression that fails.
    pub fn eval(cause: impl Into<String>) -> Failure {
        Failure::new("States.QueryEvaluationError", cause)
    }

    /// What waits for an answer that never comes.
    pub fn never() -> Failure {
        Failure::new("\0never", "")
    }

    /// It stands for an answer that never comes.
    pub fn is_never(&self) -> bool {
        self.error == "\0never"
    }

    /// An entry of a list of error names covers the failure, as ASL has it.
    pub fn is_named(&self, entry: &str) -> bool {
        if self.is_never() {
            return false;
        }
        match entry {
            "States.ALL" => !["States.DataLimitExceeded", "States.Runtime"].contains(&self.error.as_str()),
            "States.TaskFailed" => {
                !["States.Timeout", "States.QueryEvaluationError", "States.Runtime"].contains(&self.error.as_str())
            }
            entry => entry == self.error,
        }
    }
}

/// The failure that a value of a failure type stands for.
pub(super) fn of_value(types: &TypeTable, ty: TypeId, value: &Val) -> Result<Failure, Failure> {
    let def = types.failure(ty).expect("a failure type");
    let Val::Enum(variant, fields) = value else { unreachable!("{value:?} is no failure") };
    if def.name == FAULT_TYPE {
        return Ok(of_fault(variant, fields));
    }
    let (_, variant) = def.find(variant).expect("a variant");
    match &variant.error {
        Some(error) => Ok(Failure::new(error, wire::encode(types, ty, value)?.to_text())),
        None => match fields.as_slice() {
            [(_, Val::Enum(fault, fields))] => Ok(of_fault(fault, fields)),
            other => unreachable!("{other:?} is no fault"),
        },
    }
}

fn of_fault(variant: &str, fields: &[(String, Val)]) -> Failure {
    let text = |name: &str| match fields.iter().find(|(field, _)| field == name) {
        Some((_, Val::Str(text))) => text.clone(),
        _ => String::new(),
    };
    match variant {
        "Timeout" => Failure::new("States.Timeout", ""),
        "HeartbeatTimeout" => Failure::new("States.HeartbeatTimeout", ""),
        "TaskFailed" => Failure::new("States.TaskFailed", text("cause")),
        _ => Failure::new(text("name"), text("cause")),
    }
}

/// The value of a failure type that stands for a failure; none where it has no form for it.
///
/// A declared name's cause is the value's JSON; everything else is a fault, where the type holds faults.
pub(super) fn to_value(types: &TypeTable, ty: TypeId, failure: &Failure) -> Result<Option<Val>, Failure> {
    let def: &EnumDef = types.failure(ty).expect("a failure type");
    if def.name == FAULT_TYPE {
        return wire::decode(types, ty, &fault_json(failure)).map(Some);
    }
    if def.variants.iter().any(|variant| variant.error.as_ref() == Some(&failure.error)) {
        let json: Value = serde_json::from_str(&failure.cause)
            .map_err(|error| Failure::eval(format!("the cause of {} is no JSON: {error}", failure.error)))?;
        return wire::decode(types, ty, &json).map(Some);
    }
    let Some((_, variant)) = def.fault_variant() else { return Ok(None) };
    let field = variant.fields.iter().next().expect("a fault variant holds the fault");
    let fault = wire::decode(types, field.ty, &fault_json(failure))?;
    Ok(Some(Val::Enum(variant.name.clone(), vec![(field.name.clone(), fault)])))
}

fn fault_json(failure: &Failure) -> Value {
    let Failure { error, cause } = failure;
    match error.as_str() {
        "States.Timeout" => json!("Timeout"),
        "States.HeartbeatTimeout" => json!("HeartbeatTimeout"),
        "States.TaskFailed" => json!({"TaskFailed": {"cause": cause}}),
        _ => json!({"Other": {"name": error, "cause": cause}}),
    }
}

/// The result of a task and the output of an execution have at most so many bytes of JSON.
const LARGEST: usize = 256 * 1_024;

pub(super) fn within_limit(payload: &serde_json::Value) -> Result<(), Failure> {
    match payload.to_string().len() <= LARGEST {
        true => Ok(()),
        false => Err(Failure::new("States.DataLimitExceeded", "")),
    }
}
