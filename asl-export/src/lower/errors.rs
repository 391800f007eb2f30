//! Catchers, and the error value that they find in `$states.errorOutput`.

use durafn_ir::{Catcher, EnumDef, FAULT_TYPE, Fields, Span, TypeDef, TypeId, Typed, VariantDef};

use super::Site;
use crate::refusal::{self, malformed, refused};
use crate::{
    jsonata::{
        Jsonata, Result, Value,
        ast::{Op, Shape},
        wire::tagged,
    },
    model,
};

/// Where the JSON of an error value stands in `Cause`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    /// `Cause` is its text.
    Plain,
    /// `Cause` is the text of an object that Lambda makes, with the value's text as `errorMessage`.
    Lambda,
    /// One or the other.
    Either,
    /// `Cause` is a service's own words. What has no fields is told by the name of the error.
    Service,
}

/// A caught error: its name, its cause as it is, and the error value that the cause holds.
#[derive(Clone, Debug)]
pub(crate) struct Caught {
    pub(crate) error: Jsonata,
    pub(crate) cause: Jsonata,
    pub(crate) value: Jsonata,
    /// The cause need not be the value's.
    pub(crate) foreign: bool,
}

impl Caught {
    fn by(decode: Decode) -> Caught {
        Caught {
            error: Jsonata::states(["errorOutput", "Error"]),
            cause: cause_text(decode),
            value: decoded(decode),
            foreign: matches!(decode, Decode::Service),
        }
    }
}

/// The error name of the fault that a value of `durafn::Fault` by this variant has; none for the one that says it itself.
pub(crate) fn fault_name(variant: &str) -> Option<&'static str> {
    match variant {
        "Timeout" => Some("States.Timeout"),
        "HeartbeatTimeout" => Some("States.HeartbeatTimeout"),
        "TaskFailed" => Some("States.TaskFailed"),
        _ => None,
    }
}

impl Site<'_> {
    pub(crate) fn catchers(&self, catchers: &[Catcher<Typed>], decode: Decode) -> Result<Vec<model::Catcher>> {
        catchers.iter().map(|catcher| self.catcher(catcher, decode)).collect()
    }

    pub(crate) fn catcher(&self, catcher: &Catcher<Typed>, decode: Decode) -> Result<model::Catcher> {
        let error = self.caught_value(catcher, &Caught::by(decode))?.map(Value::from);
        // Success and failure exclude each other, so what varies may stand on both ways.
        let mut site = self.clone();
        site.pending.clear();
        let arrow = site.edge(&catcher.next, error)?;
        Ok(model::Catcher {
            error_equals: catcher.errors.clone(),
            assign: arrow.assign,
            output: arrow.output,
            next: arrow.to.unwrap_or_default(),
        })
    }

    /// What a catcher's result variable takes.
    pub(crate) fn caught_value(&self, catcher: &Catcher<Typed>, caught: &Caught) -> Result<Option<Jsonata>> {
        match catcher.next.result {
            Some(_) => Ok(Some(self.error_value(catcher.ty, &catcher.errors, caught)?)),
            None => Ok(None),
        }
    }

    /// The value of a failure type that stands for a caught error.
    fn error_value(&self, ty: TypeId, errors: &[String], caught: &Caught) -> Result<Jsonata> {
        let TypeDef::Enum(def) = self.lowering.machine.types.get(ty) else {
            return malformed(self.state.span, "an error that is not an enum");
        };
        if def.name == FAULT_TYPE {
            return Ok(fault(errors, caught));
        }
        // TaskFailed matches every name but two, so the enum's own names may come with it.
        let broad = errors.iter().any(|name| name == "States.TaskFailed" || name == "States.ALL");
        let declared: Vec<&str> = def.variants.iter().filter_map(|variant| variant.error.as_deref()).collect();
        let listed = |name: &&str| broad || errors.iter().any(|error| error == name);
        let names: Vec<&str> = declared.iter().copied().filter(listed).collect();
        let others = broad || errors.iter().any(|error| !declared.contains(&error.as_str()));
        let value = if caught.foreign { by_name(def, &names, caught) } else { caught.value.clone() };
        if !others {
            return Ok(value);
        }
        let Some(variant) = def.variants.iter().find(|variant| variant.fault) else {
            return if names.is_empty() { self.no_fault(def, errors) } else { Ok(value) };
        };
        let foreign: Vec<String> = errors.iter().filter(|name| !declared.contains(&name.as_str())).cloned().collect();
        let fault = wrapped(def, variant, fault(&foreign, caught));
        if names.is_empty() {
            return Ok(fault);
        }
        Ok(is_one_of(caught.error.clone(), &names).then(value, fault))
    }

    fn no_fault(&self, def: &EnumDef, errors: &[String]) -> Result<Jsonata> {
        refused(Span::default(), refusal::NO_FAULT_VARIANT, &[&errors.join(", "), &def.name])
    }
}

/// The value, where a variant without fields needs no more than the error's name.
fn by_name(def: &EnumDef, names: &[&str], caught: &Caught) -> Jsonata {
    let variants =
        def.variants.iter().filter(|variant| variant.error.as_deref().is_some_and(|name| names.contains(&name)));
    let (units, others): (Vec<_>, Vec<_>) = variants.partition(|variant| matches!(variant.fields, Fields::Unit));
    let mut values: Vec<(&str, Jsonata)> = units
        .into_iter()
        .map(|variant| (variant.error.as_deref().unwrap_or_default(), tagged(&def.tagging, variant, Jsonata::Null)))
        .collect();
    let last = match others.is_empty() {
        true => values.pop().map_or_else(|| caught.value.clone(), |(_, value)| value),
        false => caught.value.clone(),
    };
    values
        .into_iter()
        .rev()
        .fold(last, |rest, (name, value)| caught.error.clone().eq(Jsonata::str(name)).then(value, rest))
}

/// A fault in the variant that holds it.
fn wrapped(def: &EnumDef, variant: &VariantDef, fault: Jsonata) -> Jsonata {
    let content = match &variant.fields {
        Fields::Named(fields) => Jsonata::object(fields.iter().map(|field| (field.key.clone(), fault.clone()))),
        _ => fault,
    };
    tagged(&def.tagging, variant, content)
}

pub(crate) fn is_one_of(value: Jsonata, names: &[&str]) -> Jsonata {
    match names {
        [name] => value.eq(Jsonata::str(*name)),
        _ => {
            let names = names.iter().map(|name| (Jsonata::str(*name), Shape::Single));
            value.binary(Op::In, Jsonata::array(names))
        }
    }
}

/// The value of `durafn::Fault` for an error with one of these names.
fn fault(names: &[String], caught: &Caught) -> Jsonata {
    let error = || caught.error.clone();
    let broad = names.iter().any(|name| name == "States.TaskFailed" || name == "States.ALL");
    let variant = |name: &str, fields: Vec<(&str, Jsonata)>| {
        let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
        Jsonata::object([(name.to_owned(), Jsonata::object(fields))])
    };
    let cause = || ("cause", Jsonata::var(CAUSE));
    let mut branches = Vec::new();
    if names.iter().any(|name| name == "States.Timeout" || name == "States.ALL") {
        branches.push(("States.Timeout", Jsonata::str("Timeout")));
    }
    if broad || names.iter().any(|name| name == "States.HeartbeatTimeout") {
        branches.push(("States.HeartbeatTimeout", Jsonata::str("HeartbeatTimeout")));
    }
    if broad {
        branches.push(("States.TaskFailed", variant("TaskFailed", vec![cause()])));
    }
    let other = broad || names.iter().any(|name| fault_variant(name).is_none());
    let last = if other {
        variant("Other", vec![("name", error()), cause()])
    } else {
        branches.pop().map_or(Jsonata::Null, |(_, value)| value)
    };
    let fault =
        branches.into_iter().rev().fold(last, |rest, (name, value)| error().eq(Jsonata::str(name)).then(value, rest));
    if fault.mentions(CAUSE) { Jsonata::bind(CAUSE, caught.cause.clone(), fault) } else { fault }
}

/// The variable that holds the cause's text within an expression. Not one of a machine: those are Rust's names.
const CAUSE: &str = "causeText";

fn fault_variant(name: &str) -> Option<&'static str> {
    ["Timeout", "HeartbeatTimeout", "TaskFailed"].into_iter().find(|variant| fault_name(variant) == Some(name))
}

/// The text of a cause, empty where there is none. Lambda wraps it in an object.
fn cause_text(decode: Decode) -> Jsonata {
    let cause = Jsonata::states(["errorOutput", "Cause"]);
    let text = match decode {
        Decode::Plain | Decode::Service => cause.clone(),
        Decode::Lambda | Decode::Either => out_of_lambda(&cause),
    };
    cause.exists().then(text, Jsonata::str(""))
}

/// The text of a cause that Lambda may have wrapped in an object.
pub(crate) fn out_of_lambda(cause: &Jsonata) -> Jsonata {
    let pattern = Jsonata::Regex("^\\{.*\"errorMessage\":".to_owned());
    let wrapped = Jsonata::Call("contains", vec![cause.clone(), pattern]);
    let inner = Jsonata::Call("parse", vec![cause.clone()]).field("errorMessage");
    wrapped.then(inner, cause.clone())
}

/// The error value that stands in `Cause`.
fn decoded(decode: Decode) -> Jsonata {
    let parse = |text| Jsonata::Call("parse", vec![text]);
    let cause = Jsonata::states(["errorOutput", "Cause"]);
    match decode {
        Decode::Plain | Decode::Service => parse(cause),
        Decode::Lambda => parse(parse(cause).field("errorMessage")),
        Decode::Either => {
            let value = || Jsonata::var("cause_value");
            let is_lambda = value().field("errorMessage").exists();
            let is_lambda = is_lambda.binary(Op::And, value().field("errorType").exists());
            let unwrapped = is_lambda.then(parse(value().field("errorMessage")), value());
            Jsonata::bind("cause_value", parse(cause), unwrapped)
        }
    }
}
