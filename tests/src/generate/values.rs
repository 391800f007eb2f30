//! JSON of a type as serde writes it, with a liking for edges.

use durafn_ir::{EnumDef, Fields, IntType, MAX_EXACT_INT, Omit, StructDef, Tagging, TypeDef, TypeId, TypeTable};
use serde_json::{Map, Value, json};

use super::Tape;

/// Texts, the simplest first.
pub(super) const TEXTS: [&str; 14] =
    ["", "a", "ab", "a,b", " a  b ", "12", "-7", "true", "é", "😀", "a😀b", "line\nline", "\"quoted\\\"", "{% 1 %}"];
/// Characters.
pub(super) const CHARS: [char; 8] = ['a', ',', '1', ' ', 'Z', 'é', '😀', '"'];
/// Floats: halves, and what no double holds exactly.
pub(super) const FLOATS: [f64; 12] = [0.0, 1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 3.75, -100.0, 123_456.789, 1e10];

/// An integer of a type.
pub(super) fn int(int: IntType, tape: &mut Tape) -> i128 {
    let (min, max) = int.range();
    let (min, max) = (min.max(-MAX_EXACT_INT), max.min(MAX_EXACT_INT));
    let edges = [0, 1, 2, 3, 5, 7, 10, -1, -2, -7, 100, max, min, max - 1];
    edges[tape.below(edges.len())].clamp(min, max)
}

/// A value of a type; nothing deeper than `depth` that need not be.
pub(super) fn value(types: &TypeTable, ty: TypeId, tape: &mut Tape, depth: usize) -> Value {
    let inner = depth.saturating_sub(1);
    let many = |tape: &mut Tape| if depth == 0 { 0 } else { [0, 1, 1, 2, 3][tape.below(5)] };
    match types.get(ty) {
        TypeDef::Unit | TypeDef::Pending | TypeDef::Iterator(_) => Value::Null,
        TypeDef::Bool => json!(tape.below(2) == 1),
        TypeDef::Int(of) => json!(int(*of, tape) as i64),
        TypeDef::Float(_) => json!(tape.pick(&FLOATS)),
        TypeDef::Char => json!(tape.pick(&CHARS)),
        TypeDef::String => json!(tape.pick(&TEXTS)),
        TypeDef::Duration => {
            json!({"secs": tape.pick(&[0, 1, 59, 3600]), "nanos": tape.pick(&[0, 500_000_000, 1_000_000])})
        }
        TypeDef::Timestamp => {
            json!(tape.pick(&["2026-01-02T03:04:05.678Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59.5Z"]))
        }
        TypeDef::Option(of) => match tape.below(2) {
            0 => Value::Null,
            _ => value(types, *of, tape, inner),
        },
        TypeDef::Result(ok, err) => match tape.below(2) {
            0 => json!({"Ok": value(types, *ok, tape, inner)}),
            _ => json!({"Err": value(types, *err, tape, inner)}),
        },
        TypeDef::Vec(of) => (0..many(tape)).map(|_| value(types, *of, tape, inner)).collect(),
        TypeDef::Tuple(of) => of.iter().map(|of| value(types, *of, tape, inner)).collect(),
        TypeDef::Map(of) => {
            let keys = ["a", "b", "a b", "😀"];
            let from = tape.below(keys.len());
            let keys = keys.iter().cycle().skip(from).take(many(tape));
            Value::Object(keys.map(|key| ((*key).to_owned(), value(types, *of, tape, inner))).collect())
        }
        TypeDef::Struct(def) => structure(types, def, tape, inner),
        TypeDef::Enum(def) => variant(types, def, tape, inner),
        TypeDef::Opaque(_) => {
            tape.pick(&[json!(1), json!(null), json!([]), json!([[1]]), json!({"a": [null]}), json!("x")])
        }
    }
}

fn structure(types: &TypeTable, def: &StructDef, tape: &mut Tape, depth: usize) -> Value {
    match def.fields.iter().find(|field| !field.skip) {
        Some(only) if def.transparent => value(types, only.ty, tape, depth),
        _ => fields(types, &def.fields, tape, depth),
    }
}

/// The JSON of fields.
pub(super) fn fields(types: &TypeTable, defs: &Fields, tape: &mut Tape, depth: usize) -> Value {
    match defs {
        Fields::Unit => Value::Null,
        Fields::Newtype(field) => value(types, field.ty, tape, depth),
        Fields::Tuple(defs) => {
            defs.iter().filter(|def| !def.skip).map(|def| value(types, def.ty, tape, depth)).collect()
        }
        Fields::Named(defs) => {
            let mut object = Map::new();
            for def in defs.iter().filter(|def| !def.skip) {
                let value = value(types, def.ty, tape, depth);
                let omitted = match def.omit {
                    Omit::Never => false,
                    Omit::IfNone => value.is_null(),
                    Omit::IfEmpty => value == json!([]) || value == json!({}) || value == json!(""),
                };
                if !omitted {
                    object.insert(def.key.clone(), value);
                }
            }
            Value::Object(object)
        }
    }
}

/// The JSON of an enum.
pub(super) fn variant(types: &TypeTable, def: &EnumDef, tape: &mut Tape, depth: usize) -> Value {
    let variant = &def.variants[tape.below(def.variants.len())];
    let content = fields(types, &variant.fields, tape, depth);
    let is_unit = variant.fields == Fields::Unit;
    match &def.tagging {
        Tagging::External if is_unit => json!(variant.key),
        Tagging::External => json!({variant.key.as_str(): content}),
        Tagging::Internal { tag } => {
            let mut object = content.as_object().cloned().unwrap_or_default();
            object.insert(tag.clone(), json!(variant.key));
            Value::Object(object)
        }
        Tagging::Adjacent { tag, .. } if is_unit => json!({tag.as_str(): variant.key}),
        Tagging::Adjacent { tag, content: at } => json!({tag.as_str(): variant.key, at.as_str(): content}),
        Tagging::Untagged => content,
    }
}
