//! Fail states: the name and the cause of an error value.

use durafn_ir::{EnumDef, Expr, ExprKind, FAULT_TYPE, Fields, Tagging, TypeDef, Typed, VariantDef};

use super::{Site, errors::fault_name};
use crate::refusal::{self, malformed, refused};
use crate::{
    jsonata::{
        Jsonata, Result,
        ast::Op,
        template::{is_plain_text, template},
    },
    model::{self, Json},
};

/// Name and cause of a failure; no cause where the fault has none.
struct Failure {
    error: Jsonata,
    cause: Option<Jsonata>,
}

impl Site<'_> {
    pub(crate) fn fail(&mut self, error: &Expr<Typed>) -> Result<model::State> {
        let failure = self.failure(error)?;
        let cause = failure.cause.map(|cause| self.forced(cause));
        let error = if cause.is_none() { self.forced(failure.error) } else { failure.error };
        Ok(model::State {
            r#type: "Fail",
            error: Some(template(&error)),
            cause: cause.as_ref().map(template),
            ..Default::default()
        })
    }

    fn failure(&mut self, error: &Expr<Typed>) -> Result<Failure> {
        let TypeDef::Enum(def) = self.lowering.machine.types.get(error.ty) else {
            return malformed(error.span, "a failure with an error that is not an enum");
        };
        if def.name == FAULT_TYPE {
            return self.fault_failure(error);
        }
        match known_variant(def, error) {
            Some(variant) if variant.fault => match &*error.kind {
                ExprKind::Construct(construct) if construct.fields.len() == 1 => {
                    self.fault_failure(&construct.fields[0].1)
                }
                _ => self.any_failure(def, error),
            },
            Some(VariantDef { error: Some(name), .. }) => {
                let value = self.root(error)?;
                Ok(Failure { error: Jsonata::str(name), cause: Some(self.json_text(value, def)) })
            }
            _ => self.any_failure(def, error),
        }
    }

    /// A value of `durafn::Fault`.
    fn fault_failure(&mut self, fault: &Expr<Typed>) -> Result<Failure> {
        let value = self.root(fault)?;
        let TypeDef::Enum(def) = self.lowering.machine.types.get(fault.ty) else {
            return malformed(fault.span, "a fault of another type");
        };
        if let (Some(variant), ExprKind::Construct(_) | ExprKind::Const(_)) = (known_variant(def, fault), &*fault.kind)
        {
            return Ok(known_fault(&variant.name, &value));
        }
        let value = self.short_path(value, fault)?;
        Ok(Failure { error: fault_error(&value), cause: Some(fault_cause(&value)) })
    }

    /// A value whose variant is known when it runs.
    fn any_failure(&mut self, def: &EnumDef, error: &Expr<Typed>) -> Result<Failure> {
        let value = self.root(error)?;
        let value = self.short_path(value, error)?;
        let fault = def.variants.iter().find(|variant| variant.fault);
        let text = self.json_text(value.clone(), def);
        let Some(fault) = fault else {
            return Ok(Failure { error: self.error_name(&value, def, error)?, cause: Some(text) });
        };
        let Some(inner) = fault_content(&value, def, fault) else {
            return refused(error.span, refusal::UNTAGGED_FAULT, &[]);
        };
        let is_fault = self.encoder.is_variant(&value, def, fault, error.span)?;
        let name = self.error_name(&value, def, error)?;
        Ok(Failure {
            error: is_fault.clone().then(fault_error(&inner), name),
            cause: Some(is_fault.then(fault_cause(&inner), text)),
        })
    }

    /// Error and Cause are evaluated each on its own, so that the value they share is written in both.
    fn short_path(&mut self, value: Jsonata, expr: &Expr<Typed>) -> Result<Jsonata> {
        if value.varies() {
            return refused(expr.span, refusal::VARYING_ERROR, &[]);
        }
        Ok(value)
    }

    /// The error name of a value that is no fault.
    fn error_name(&mut self, value: &Jsonata, def: &EnumDef, error: &Expr<Typed>) -> Result<Jsonata> {
        let own: Vec<&VariantDef> = def.variants.iter().filter(|variant| !variant.fault).collect();
        if let [only] = own[..] {
            return Ok(Jsonata::str(only.error.as_deref().unwrap_or(&only.name)));
        }
        let named_by_key = own.iter().all(|variant| variant.error.as_deref() == Some(&variant.key));
        if named_by_key && let Some(name) = name_by_tag(value, def, &own) {
            return Ok(name);
        }
        let mut name: Option<Jsonata> = None;
        for variant in own.into_iter().rev() {
            let own_name = Jsonata::str(variant.error.as_deref().unwrap_or(&variant.name));
            name = Some(match name {
                None => own_name,
                Some(rest) => self.encoder.is_variant(value, def, variant, error.span)?.then(own_name, rest),
            });
        }
        Ok(name.unwrap_or_else(|| Jsonata::str(&def.name)))
    }

    /// The JSON text of an error value. `$string` leaves a string as it is, so the quotes are added.
    fn json_text(&mut self, value: Jsonata, def: &EnumDef) -> Jsonata {
        if let Some(text) = literal_text(&value) {
            return Jsonata::str(text);
        }
        let string = |value| Jsonata::Call("string", vec![value]);
        if matches!(value, Jsonata::Object(_)) || !can_be_text(def) {
            return string(value);
        }
        let plain_names = def.tagging == Tagging::External && def.variants.iter().all(|variant| is_plain(&variant.key));
        if plain_names {
            let quoted = Jsonata::str("\"").binary(Op::Concat, value.clone()).binary(Op::Concat, Jsonata::str("\""));
            if def.variants.iter().all(|variant| variant.fault || matches!(variant.fields, Fields::Unit)) {
                return quoted;
            }
            let is_text = Jsonata::Call("type", vec![value.clone()]).eq(Jsonata::str("string"));
            return is_text.then(quoted, string(value));
        }
        let inside = string(Jsonata::object([("v".to_owned(), value)]));
        let frame = Jsonata::Regex("^\\{\"v\":|\\}$".to_owned());
        Jsonata::Call("replace", vec![inside, frame, Jsonata::str("")])
    }
}

/// The variant that an expression builds, where that is plain to see.
fn known_variant<'d>(def: &'d EnumDef, error: &Expr<Typed>) -> Option<&'d VariantDef> {
    let find = |name: &str| def.variants.iter().find(|variant| variant.name == name);
    match &*error.kind {
        ExprKind::Construct(construct) => find(&construct.name),
        ExprKind::Const(serde_json::Value::String(key)) if def.tagging == Tagging::External => {
            def.variants.iter().find(|variant| variant.key == *key)
        }
        _ => None,
    }
}

/// The name stands in the value itself: as its tag, its only key, or all of it.
fn name_by_tag(value: &Jsonata, def: &EnumDef, own: &[&VariantDef]) -> Option<Jsonata> {
    match &def.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => Some(value.clone().field(tag)),
        Tagging::Untagged => None,
        Tagging::External => {
            let units = own.iter().filter(|variant| matches!(variant.fields, Fields::Unit)).count();
            let key = Jsonata::Call("keys", vec![value.clone()]).at(0);
            Some(match units {
                0 => key,
                _ if units == own.len() => value.clone(),
                _ => Jsonata::Call("type", vec![value.clone()]).eq(Jsonata::str("string")).then(value.clone(), key),
            })
        }
    }
}

fn known_fault(variant: &str, value: &Jsonata) -> Failure {
    let field = |key: &str| value.clone().field(variant).field(key);
    match fault_name(variant) {
        Some(name) if variant == "TaskFailed" => Failure {
            error: Jsonata::str(name),
            cause: Some(member(value, variant, "cause").unwrap_or_else(|| field("cause"))),
        },
        Some(name) => Failure { error: Jsonata::str(name), cause: None },
        None => Failure {
            error: member(value, variant, "name").unwrap_or_else(|| field("name")),
            cause: Some(member(value, variant, "cause").unwrap_or_else(|| field("cause"))),
        },
    }
}

/// A field of a variant that is written out.
fn member(value: &Jsonata, variant: &str, key: &str) -> Option<Jsonata> {
    value.entry(variant)?.entry(key).cloned()
}

fn fault_error(value: &Jsonata) -> Jsonata {
    let is = |name: &str| value.clone().eq(Jsonata::str(name));
    let other = value.clone().field("Other");
    let last = other.clone().exists().then(other.field("name"), Jsonata::str("States.TaskFailed"));
    let last = is("HeartbeatTimeout").then(Jsonata::str("States.HeartbeatTimeout"), last);
    is("Timeout").then(Jsonata::str("States.Timeout"), last)
}

/// The cause of a fault; empty for those that have none.
fn fault_cause(value: &Jsonata) -> Jsonata {
    let cause = |variant: &str| value.clone().field(variant).field("cause");
    let other = cause("Other").exists().then(cause("Other"), Jsonata::str(""));
    cause("TaskFailed").exists().then(cause("TaskFailed"), other)
}

/// Where a variant that holds a fault keeps it.
fn fault_content(value: &Jsonata, def: &EnumDef, variant: &VariantDef) -> Option<Jsonata> {
    let content = match &def.tagging {
        Tagging::External => value.clone().field(&variant.key),
        Tagging::Adjacent { content, .. } => value.clone().field(content),
        Tagging::Internal { .. } => value.clone(),
        Tagging::Untagged => return None,
    };
    Some(match &variant.fields {
        Fields::Named(fields) => content.field(&fields.first()?.key),
        _ => content,
    })
}

/// A value of the enum can be a string on the wire.
fn can_be_text(def: &EnumDef) -> bool {
    match def.tagging {
        Tagging::External => def.variants.iter().any(|variant| matches!(variant.fields, Fields::Unit)),
        Tagging::Untagged => true,
        Tagging::Internal { .. } | Tagging::Adjacent { .. } => false,
    }
}

/// JSON writes the name as it is.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}

/// The compact text of a value that is written out.
fn literal_text(value: &Jsonata) -> Option<String> {
    let json = template(value);
    let mut plain = true;
    json.each_string(&mut |text| plain = plain && is_plain_text(text));
    let text = serde_json::to_string(&json).ok()?;
    (plain && !matches!(json, Json::Number(_))).then_some(text)
}
