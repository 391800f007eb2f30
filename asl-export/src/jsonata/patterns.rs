//! Patterns: the tests that tell whether a value matches, and what it binds.
//!
//! Tests stand in order in one `and`, which evaluates no more once one is false, so that a later test may rely on those before it.

use std::collections::BTreeMap;

use durafn_ir::{
    EnumDef, FieldDef, Fields, Literal, Pattern, Span, StructDef, Tagging, TypeDef, TypeId, VarId, VariantDef,
};

use super::{
    Jsonata, Result, Value,
    ast::Op,
    compare::text_order,
    encode::literal,
    scope::Encoder,
    types::{fields_of, transparent_field},
};
use crate::refusal::{self, malformed, refused};

impl Encoder<'_> {
    /// The tests of a pattern on a short value, none where it always matches. What it binds is put into the environment.
    pub(crate) fn pattern(&mut self, value: &Value, ty: TypeId, pattern: &Pattern, span: Span) -> Result<Vec<Jsonata>> {
        match pattern {
            Pattern::Wild => Ok(Vec::new()),
            Pattern::Bind(var, inner) => {
                let tests = match inner {
                    Some(inner) => self.pattern(value, ty, inner, span)?,
                    None => Vec::new(),
                };
                self.env.insert(*var, value.clone());
                Ok(tests)
            }
            Pattern::Literal(value_of) => Ok(vec![literal_test(value.clone(), value_of)]),
            Pattern::Range { from, to, inclusive } => {
                let value = self.present(value.clone());
                Ok(range_tests(&value, from.as_ref(), to.as_ref(), *inclusive))
            }
            Pattern::Tuple(items) => {
                let TypeDef::Tuple(types) = self.ty(ty) else {
                    return malformed(span, "a tuple pattern on this type");
                };
                let mut tests = Vec::new();
                for (position, (item, ty)) in items.iter().zip(types).enumerate() {
                    let element = element_at(&value.expr, position).into();
                    tests.extend(self.pattern(&element, *ty, item, span)?);
                }
                Ok(tests)
            }
            Pattern::Fields(name, fields) => self.fields_pattern(value, ty, name, fields, span),
            Pattern::Or(patterns) => self.or_pattern(value, ty, patterns, span),
        }
    }

    fn fields_pattern(
        &mut self,
        value: &Value,
        ty: TypeId,
        name: &str,
        fields: &[(String, Pattern)],
        span: Span,
    ) -> Result<Vec<Jsonata>> {
        match self.ty(ty) {
            TypeDef::Option(inner) => match fields {
                [(_, pattern)] => {
                    let mut tests = vec![value.clone().holds()];
                    tests.extend(self.pattern(&value.expr.clone().into(), *inner, pattern, span)?);
                    Ok(tests)
                }
                _ => Ok(vec![value.clone().lacks()]),
            },
            TypeDef::Result(ok, err) => {
                let content = value.expr.clone().field(name);
                let mut tests = vec![content.clone().exists()];
                if let [(_, pattern)] = fields {
                    let ty = if name == "Ok" { *ok } else { *err };
                    tests.extend(self.pattern(&content.into(), ty, pattern, span)?);
                }
                Ok(tests)
            }
            TypeDef::Struct(def) => self.struct_pattern(value, def, fields, span),
            TypeDef::Enum(def) => match def.variants.iter().find(|variant| variant.name == name) {
                Some(variant) => self.variant_pattern(&value.expr, def, variant, fields, span),
                None => malformed(span, format!("the unknown variant `{name}`")),
            },
            _ => malformed(span, format!("the pattern `{name}` on this type")),
        }
    }

    fn struct_pattern(
        &mut self,
        value: &Value,
        def: &StructDef,
        fields: &[(String, Pattern)],
        span: Span,
    ) -> Result<Vec<Jsonata>> {
        let all = match transparent_field(def) {
            Some(only) => Fields::Newtype(Box::new(only.clone())),
            None => def.fields.clone(),
        };
        self.content_pattern(&value.expr, &all, fields, span)
    }

    /// The patterns of fields, on the value that holds them.
    fn content_pattern(
        &mut self,
        content: &Jsonata,
        all: &Fields,
        fields: &[(String, Pattern)],
        span: Span,
    ) -> Result<Vec<Jsonata>> {
        let mut tests = Vec::new();
        for (name, pattern) in fields {
            let Some(field) = fields_of(all).iter().find(|field| field.name == *name) else {
                return malformed(span, format!("the unknown field `{name}`"));
            };
            tests.extend(self.field_pattern(content, all, field, pattern, span)?);
        }
        Ok(tests)
    }

    fn field_pattern(
        &mut self,
        content: &Jsonata,
        all: &Fields,
        field: &FieldDef,
        pattern: &Pattern,
        span: Span,
    ) -> Result<Vec<Jsonata>> {
        if matches!(pattern, Pattern::Wild) {
            return Ok(Vec::new());
        }
        let value = self.field_in(content.clone(), all, field)?;
        // A flattened struct is matched where it stands; it is taken out only to be bound.
        let value = match pattern {
            Pattern::Bind(..) => self.projected(value, field)?,
            _ => value,
        };
        self.pattern(&value, field.ty, pattern, span)
    }

    fn variant_pattern(
        &mut self,
        value: &Jsonata,
        def: &EnumDef,
        variant: &VariantDef,
        fields: &[(String, Pattern)],
        span: Span,
    ) -> Result<Vec<Jsonata>> {
        let mut tests =
            if def.variants.len() == 1 { Vec::new() } else { vec![self.is_variant(value, def, variant, span)?] };
        let content = match &def.tagging {
            Tagging::External => value.clone().field(&variant.key),
            Tagging::Internal { .. } | Tagging::Untagged => value.clone(),
            Tagging::Adjacent { content, .. } => value.clone().field(content),
        };
        tests.extend(self.content_pattern(&content, &variant.fields, fields, span)?);
        Ok(tests)
    }

    /// Whether a value is of a variant.
    pub(crate) fn is_variant(
        &mut self,
        value: &Jsonata,
        def: &EnumDef,
        variant: &VariantDef,
        span: Span,
    ) -> Result<Jsonata> {
        let name = Jsonata::str(&variant.key);
        match &def.tagging {
            Tagging::External if matches!(variant.fields, Fields::Unit) => Ok(value.clone().eq(name)),
            Tagging::External => Ok(value.clone().field(&variant.key).exists()),
            Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => Ok(value.clone().field(tag).eq(name)),
            Tagging::Untagged => self.is_untagged(value, def, variant, span),
        }
    }

    /// An untagged variant is told by the kind of its JSON, objects by the keys they must have.
    fn is_untagged(&mut self, value: &Jsonata, def: &EnumDef, variant: &VariantDef, span: Span) -> Result<Jsonata> {
        let kind = self.kind_of(&variant.fields);
        let rivals: Vec<Kind> = def
            .variants
            .iter()
            .filter(|other| other.name != variant.name)
            .map(|other| self.kind_of(&other.fields))
            .collect();
        let Some(test) = kind.test(value, &rivals) else {
            return refused(span, refusal::UNTAGGED_VARIANT, &[&variant.name]);
        };
        Ok(test)
    }

    fn kind_of(&self, fields: &Fields) -> Kind {
        match fields {
            Fields::Unit => Kind::Simple("null"),
            Fields::Newtype(field) => self.kind_of_type(field.ty),
            Fields::Tuple(_) => Kind::Simple("array"),
            Fields::Named(fields) => Kind::object(fields),
        }
    }

    fn kind_of_type(&self, ty: TypeId) -> Kind {
        match self.ty(ty) {
            TypeDef::Unit => Kind::Simple("null"),
            TypeDef::Bool => Kind::Simple("boolean"),
            TypeDef::Int(_) | TypeDef::Float(_) => Kind::Simple("number"),
            TypeDef::String | TypeDef::Char | TypeDef::Timestamp => Kind::Simple("string"),
            TypeDef::Vec(_) | TypeDef::Tuple(_) => Kind::Simple("array"),
            TypeDef::Struct(def) if !def.transparent => self.kind_of(&def.fields),
            _ => Kind::Unknown,
        }
    }

    fn or_pattern(&mut self, value: &Value, ty: TypeId, patterns: &[Pattern], span: Span) -> Result<Vec<Jsonata>> {
        let mut alternatives = Vec::new();
        let mut bound: Vec<(Jsonata, BTreeMap<VarId, Value>)> = Vec::new();
        for pattern in patterns {
            let test = Jsonata::all(self.pattern(value, ty, pattern, span)?);
            let vars = pattern.bindings().into_iter();
            bound.push((test.clone(), vars.filter_map(|var| Some((var, self.env.get(&var)?.clone()))).collect()));
            alternatives.push(test);
        }
        self.merge_bindings(&bound);
        let test = Jsonata::any(alternatives.clone());
        Ok(if alternatives.contains(&Jsonata::Bool(true)) {
            Vec::new()
        } else {
            vec![one_of(&alternatives).unwrap_or(test)]
        })
    }

    /// What each alternative binds, chosen by the first whose test holds.
    fn merge_bindings(&mut self, bound: &[(Jsonata, BTreeMap<VarId, Value>)]) {
        let Some((_, last)) = bound.last() else { return };
        for (var, value) in last {
            let mut merged = value.clone();
            for (test, values) in bound.iter().rev().skip(1) {
                let Some(other) = values.get(var) else { continue };
                if other.expr != merged.expr {
                    merged.expr = test.clone().then(other.expr.clone(), merged.expr);
                }
                merged.missing |= other.missing;
            }
            self.env.insert(*var, merged);
        }
    }
}

/// The kind of a JSON value.
enum Kind {
    Simple(&'static str),
    /// An object: the keys that it must have, and those that it can have.
    Object {
        required: Vec<String>,
        known: Vec<String>,
    },
    Unknown,
}

impl Kind {
    fn object(fields: &[FieldDef]) -> Kind {
        if fields.iter().any(|field| field.flatten) {
            return Kind::Unknown;
        }
        let known = fields.iter().filter(|field| !field.skip);
        let required = known.clone().filter(|field| field.default.is_none() && field.omit == durafn_ir::Omit::Never);
        Kind::Object {
            required: required.map(|field| field.key.clone()).collect(),
            known: known.map(|field| field.key.clone()).collect(),
        }
    }

    /// Whether a value is of this kind and of none of its rivals; none where that cannot be told.
    fn test(&self, value: &Jsonata, rivals: &[Kind]) -> Option<Jsonata> {
        let is = |name: &str| Jsonata::Call("type", vec![value.clone()]).eq(Jsonata::str(name));
        if rivals.iter().any(|rival| matches!(rival, Kind::Unknown)) {
            return None;
        }
        match self {
            Kind::Unknown => None,
            Kind::Simple(name) => {
                let alone = !rivals.iter().any(|rival| matches!(rival, Kind::Simple(other) if other == name));
                alone.then(|| is(name))
            }
            Kind::Object { required, known: _ } => {
                let objects = rivals.iter().filter_map(|rival| match rival {
                    Kind::Object { required: _, known } => Some(known),
                    _ => None,
                });
                let mut keys = Vec::new();
                for known in objects {
                    // A key that this variant must have and the rival cannot have tells them apart.
                    let own = required.iter().find(|key| !known.contains(key))?;
                    keys.push(value.clone().field(own).exists());
                }
                keys.dedup();
                Some(if keys.is_empty() { is("object") } else { Jsonata::all(keys) })
            }
        }
    }
}

/// `x = a or x = b` as `x in [a, b]`.
fn one_of(tests: &[Jsonata]) -> Option<Jsonata> {
    let mut subject = None;
    let mut values = Vec::new();
    for test in tests {
        let Jsonata::Binary(Op::Eq, left, right) = test else { return None };
        let is_literal = matches!(**right, Jsonata::Str(_) | Jsonata::Int(_));
        if !is_literal || subject.is_some_and(|subject| subject != left) {
            return None;
        }
        subject = Some(left);
        values.push(((**right).clone(), super::ast::Shape::Single));
    }
    Some(Jsonata::Binary(Op::In, subject?.clone(), Box::new(Jsonata::array(values))))
}

fn literal_test(value: Value, expected: &Literal) -> Jsonata {
    match expected {
        Literal::Bool(true) => value.expr,
        Literal::Bool(false) => value.expr.not(),
        Literal::Unit => Jsonata::Bool(true),
        expected => value.expr.eq(literal(expected)),
    }
}

fn range_tests(value: &Jsonata, from: Option<&Literal>, to: Option<&Literal>, inclusive: bool) -> Vec<Jsonata> {
    let compare = |op, bound: &Literal| match bound {
        Literal::Char(_) | Literal::Str(_) => text_order(op, value.clone(), literal(bound)),
        _ => value.clone().binary(op, literal(bound)),
    };
    let mut tests = Vec::new();
    if let Some(from) = from {
        tests.push(compare(Op::Ge, from));
    }
    if let Some(to) = to {
        tests.push(compare(if inclusive { Op::Le } else { Op::Lt }, to));
    }
    tests
}

/// An element of a tuple; of one that is written out, the element itself.
pub(crate) fn element_at(array: &Jsonata, position: usize) -> Jsonata {
    match array {
        Jsonata::Array(elements) if !array.can_fail() && position < elements.len() => elements[position].value.clone(),
        array => array.clone().at(position),
    }
}
