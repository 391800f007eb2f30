//! The wire form of values, as serde reads and writes it.

use durafn_ir::{
    EnumDef, FieldDef, Fields, FloatType, Omit, StructDef, Tagging, TypeDef, TypeId, TypeTable, VariantDef,
};
use serde_json::{Map, Value, json};

use super::{Failure, Val, is_option, time};

/// JSON whose objects keep the order in which serde writes them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wire {
    /// No array or object of a known type.
    Leaf(Value),
    /// An array.
    Array(Vec<Wire>),
    /// An object.
    Object(Vec<(String, Wire)>),
}

impl Wire {
    /// The JSON value.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Wire::Leaf(value) => value.clone(),
            Wire::Array(items) => items.iter().map(Wire::to_value).collect(),
            Wire::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), value.to_value())).collect())
            }
        }
    }

    /// The text that `serde_json::to_string` writes.
    pub(super) fn to_text(&self) -> String {
        match self {
            Wire::Leaf(value) => value.to_string(),
            Wire::Array(items) => format!("[{}]", items.iter().map(Wire::to_text).collect::<Vec<_>>().join(",")),
            Wire::Object(fields) => {
                let field = |(key, value): &(String, Wire)| format!("{}:{}", json!(key), value.to_text());
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
        }
    }

    fn into_fields(self) -> Result<Vec<(String, Wire)>, Failure> {
        match self {
            Wire::Object(fields) => Ok(fields),
            Wire::Leaf(Value::Object(fields)) => {
                Ok(fields.into_iter().map(|(key, value)| (key, Wire::Leaf(value))).collect())
            }
            Wire::Leaf(Value::Null) => Ok(Vec::new()),
            other => Err(Failure::eval(format!("{other:?} has no keys to put among those of its parent"))),
        }
    }
}

/// The wire form of a value.
pub(super) fn encode(types: &TypeTable, ty: TypeId, value: &Val) -> Result<Wire, Failure> {
    let leaf = |value: Value| Ok(Wire::Leaf(value));
    match (types.get(ty), value) {
        (TypeDef::Unit, Val::Unit) => leaf(Value::Null),
        (TypeDef::Bool, Val::Bool(value)) => leaf(json!(value)),
        (TypeDef::Int(_), Val::Int(value)) => leaf(match u64::try_from(*value) {
            Ok(value) => json!(value),
            Err(_) => json!(i64::try_from(*value).expect("an integer of 64 bits")),
        }),
        (TypeDef::Float(FloatType::F64), Val::Float(value)) => leaf(json!(value)),
        // serde_json writes the shortest text that reads back as the same f32.
        (TypeDef::Float(FloatType::F32), Val::Float(value)) => {
            leaf(json!((*value as f32).to_string().parse::<f64>().expect("a float")))
        }
        (TypeDef::Char, Val::Char(value)) => leaf(json!(value)),
        (TypeDef::String, Val::Str(value)) => leaf(json!(value)),
        (TypeDef::Duration, Val::Duration(value)) => {
            let secs = ("secs".into(), Wire::Leaf(json!(value.as_secs())));
            Ok(Wire::Object(vec![secs, ("nanos".into(), Wire::Leaf(json!(value.subsec_nanos())))]))
        }
        (TypeDef::Timestamp, Val::Timestamp(value)) => leaf(json!(time::print(*value))),
        (TypeDef::Option(_), Val::Option(None)) => leaf(Value::Null),
        (TypeDef::Option(inner), Val::Option(Some(value))) => encode(types, *inner, value),
        (TypeDef::Result(ok, _), Val::Result(Ok(value))) => {
            Ok(Wire::Object(vec![("Ok".into(), encode(types, *ok, value)?)]))
        }
        (TypeDef::Result(_, err), Val::Result(Err(value))) => {
            Ok(Wire::Object(vec![("Err".into(), encode(types, *err, value)?)]))
        }
        (TypeDef::Vec(item), Val::Vec(items)) => {
            Ok(Wire::Array(items.iter().map(|value| encode(types, *item, value)).collect::<Result<_, _>>()?))
        }
        (TypeDef::Tuple(of), Val::Tuple(items)) => {
            let items = of.iter().zip(items).map(|(ty, value)| encode(types, *ty, value));
            Ok(Wire::Array(items.collect::<Result<_, _>>()?))
        }
        (TypeDef::Map(of), Val::Map(entries)) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), encode(types, *of, value)?)));
            Ok(Wire::Object(entries.collect::<Result<_, _>>()?))
        }
        (TypeDef::Struct(def), Val::Struct(fields)) => encode_struct(types, def, fields),
        (TypeDef::Enum(def), Val::Enum(variant, fields)) => {
            let (_, variant) = def.find(variant).expect("a variant");
            encode_variant(types, def, variant, fields)
        }
        (TypeDef::Opaque(_), Val::Opaque(value)) => leaf(value.clone()),
        (def, value) => unreachable!("{value:?} is no {def:?}"),
    }
}

fn encode_struct(types: &TypeTable, def: &StructDef, fields: &[(String, Val)]) -> Result<Wire, Failure> {
    if def.transparent {
        let (field, (_, value)) =
            def.fields.iter().zip(fields).find(|(field, _)| !field.skip).expect("a transparent struct has a field");
        return encode(types, field.ty, value);
    }
    encode_fields(types, &def.fields, fields)
}

fn encode_fields(types: &TypeTable, defs: &Fields, fields: &[(String, Val)]) -> Result<Wire, Failure> {
    match defs {
        Fields::Unit => Ok(Wire::Leaf(Value::Null)),
        Fields::Newtype(def) => encode(types, def.ty, &fields[0].1),
        Fields::Tuple(defs) => {
            let written = defs.iter().zip(fields).filter(|(def, _)| !def.skip);
            Ok(Wire::Array(written.map(|(def, (_, value))| encode(types, def.ty, value)).collect::<Result<_, _>>()?))
        }
        Fields::Named(defs) => {
            let mut object = Vec::new();
            for (def, (_, value)) in defs.iter().zip(fields) {
                if def.skip || is_omitted(def.omit, value) {
                    continue;
                }
                let value = encode(types, def.ty, value)?;
                if def.flatten {
                    object.extend(value.into_fields()?);
                } else {
                    object.push((def.key.clone(), value));
                }
            }
            Ok(Wire::Object(object))
        }
    }
}

fn is_omitted(omit: Omit, value: &Val) -> bool {
    match (omit, value) {
        (Omit::Never, _) => false,
        (Omit::IfNone, value) => *value == Val::NONE,
        (Omit::IfEmpty, Val::Vec(items)) => items.is_empty(),
        (Omit::IfEmpty, Val::Map(entries)) => entries.is_empty(),
        (Omit::IfEmpty, Val::Str(text)) => text.is_empty(),
        (Omit::IfEmpty, _) => false,
    }
}

fn encode_variant(
    types: &TypeTable,
    def: &EnumDef,
    variant: &VariantDef,
    fields: &[(String, Val)],
) -> Result<Wire, Failure> {
    let is_unit = variant.fields == Fields::Unit;
    let content = encode_fields(types, &variant.fields, fields)?;
    let key = || Wire::Leaf(json!(variant.key));
    Ok(match &def.tagging {
        Tagging::External if is_unit => key(),
        Tagging::External => Wire::Object(vec![(variant.key.clone(), content)]),
        Tagging::Internal { tag } => {
            let mut object = vec![(tag.clone(), key())];
            object.extend(content.into_fields()?);
            Wire::Object(object)
        }
        Tagging::Adjacent { tag, .. } if is_unit => Wire::Object(vec![(tag.clone(), key())]),
        Tagging::Adjacent { tag, content: at } => Wire::Object(vec![(tag.clone(), key()), (at.clone(), content)]),
        Tagging::Untagged => content,
    })
}

/// The value of a wire form.
pub(super) fn decode(types: &TypeTable, ty: TypeId, json: &Value) -> Result<Val, Failure> {
    let wrong = || Failure::eval(format!("{json} is no {}", types.name(ty)));
    Ok(match types.get(ty) {
        TypeDef::Unit => json.is_null().then_some(Val::Unit).ok_or_else(wrong)?,
        TypeDef::Bool => Val::Bool(json.as_bool().ok_or_else(wrong)?),
        TypeDef::Int(int) => {
            let value = json.as_i64().map(i128::from).or(json.as_u64().map(i128::from)).ok_or_else(wrong)?;
            let (min, max) = int.range();
            (min..=max).contains(&value).then_some(Val::Int(value)).ok_or_else(wrong)?
        }
        TypeDef::Float(FloatType::F64) => Val::Float(json.as_f64().ok_or_else(wrong)?),
        TypeDef::Float(FloatType::F32) => Val::Float(f64::from(json.as_f64().ok_or_else(wrong)? as f32)),
        TypeDef::Char => {
            let mut chars = json.as_str().ok_or_else(wrong)?.chars();
            match (chars.next(), chars.next()) {
                (Some(value), None) => Val::Char(value),
                _ => return Err(wrong()),
            }
        }
        TypeDef::String => Val::str(json.as_str().ok_or_else(wrong)?),
        TypeDef::Duration => {
            let part = |key: &str| json.get(key).and_then(Value::as_u64).ok_or_else(wrong);
            let nanos = u32::try_from(part("nanos")?).map_err(|_| wrong())?;
            Val::Duration(std::time::Duration::new(part("secs")?, nanos))
        }
        TypeDef::Timestamp => Val::Timestamp(time::parse(json.as_str().ok_or_else(wrong)?)?),
        TypeDef::Option(_) if json.is_null() => Val::NONE,
        TypeDef::Option(inner) => Val::some(decode(types, *inner, json)?),
        TypeDef::Result(ok, err) => match single_entry(json).ok_or_else(wrong)? {
            ("Ok", value) => Val::Result(Ok(Box::new(decode(types, *ok, value)?))),
            ("Err", value) => Val::Result(Err(Box::new(decode(types, *err, value)?))),
            _ => return Err(wrong()),
        },
        TypeDef::Vec(item) => {
            let items = json.as_array().ok_or_else(wrong)?.iter().map(|json| decode(types, *item, json));
            Val::Vec(items.collect::<Result<_, _>>()?)
        }
        TypeDef::Tuple(of) => {
            let items = json.as_array().filter(|items| items.len() == of.len()).ok_or_else(wrong)?;
            Val::Tuple(of.iter().zip(items).map(|(ty, json)| decode(types, *ty, json)).collect::<Result<_, _>>()?)
        }
        TypeDef::Map(of) => {
            let entries = json.as_object().ok_or_else(wrong)?.iter();
            let entries = entries.map(|(key, json)| Ok((key.clone(), decode(types, *of, json)?)));
            Val::Map(entries.collect::<Result<_, Failure>>()?)
        }
        TypeDef::Struct(def) => Val::Struct(decode_struct(types, def, json)?),
        TypeDef::Enum(def) => decode_enum(types, def, json)?.ok_or_else(wrong)?,
        TypeDef::Opaque(_) => Val::Opaque(json.clone()),
        TypeDef::Pending | TypeDef::Iterator(_) => unreachable!("no wire form"),
    })
}

fn single_entry(json: &Value) -> Option<(&str, &Value)> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(key, value)| (key.as_str(), value))
}

fn decode_struct(types: &TypeTable, def: &StructDef, json: &Value) -> Result<Vec<(String, Val)>, Failure> {
    if !def.transparent {
        return decode_fields(types, &def.fields, json);
    }
    let field = |field: &FieldDef| {
        let value = if field.skip { skipped(types, field)? } else { decode(types, field.ty, json)? };
        Ok((field.name.clone(), value))
    };
    def.fields.iter().map(field).collect()
}

fn decode_fields(types: &TypeTable, defs: &Fields, json: &Value) -> Result<Vec<(String, Val)>, Failure> {
    let wrong = || Failure::eval(format!("{json} has not the fields of its type"));
    match defs {
        Fields::Unit => Ok(Vec::new()),
        Fields::Newtype(def) => Ok(vec![(def.name.clone(), decode(types, def.ty, json)?)]),
        Fields::Tuple(defs) => {
            let mut items = json.as_array().ok_or_else(wrong)?.iter();
            let field = |def: &FieldDef| {
                let value = match (def.skip, &def.default) {
                    (true, _) => skipped(types, def)?,
                    (false, default) => match (items.next(), default) {
                        (Some(json), _) | (None, Some(json)) => decode(types, def.ty, json)?,
                        (None, None) => return Err(wrong()),
                    },
                };
                Ok((def.name.clone(), value))
            };
            defs.iter().map(field).collect()
        }
        Fields::Named(defs) => {
            let object = json.as_object().ok_or_else(wrong)?;
            defs.iter().map(|def| Ok((def.name.clone(), decode_field(types, defs, def, object)?))).collect()
        }
    }
}

fn decode_field(
    types: &TypeTable,
    siblings: &[FieldDef],
    def: &FieldDef,
    object: &Map<String, Value>,
) -> Result<Val, Failure> {
    if def.skip {
        return skipped(types, def);
    }
    if def.flatten {
        // A flattened field sees the keys that no sibling takes.
        let taken = |key: &String| siblings.iter().any(|field| !field.skip && !field.flatten && field.key == *key);
        let rest: Map<String, Value> =
            object.iter().filter(|(key, _)| !taken(key)).map(|(key, json)| (key.clone(), json.clone())).collect();
        let decoded = decode(types, def.ty, &Value::Object(rest));
        return if is_option(types, def.ty) { Ok(decoded.unwrap_or(Val::NONE)) } else { decoded };
    }
    match (object.get(&def.key), &def.default) {
        (Some(json), _) | (None, Some(json)) => decode(types, def.ty, json),
        (None, None) if is_option(types, def.ty) => Ok(Val::NONE),
        (None, None) => Err(Failure::eval(format!("the key `{}` is missing", def.key))),
    }
}

/// The value of a field that is never on the wire.
pub(super) fn skipped(types: &TypeTable, def: &FieldDef) -> Result<Val, Failure> {
    match &def.default {
        Some(json) => decode(types, def.ty, json),
        None => match types.default_value(def.ty) {
            Some(json) => decode(types, def.ty, &json),
            None => Err(Failure::eval(format!("the field `{}` is skipped and has no default", def.name))),
        },
    }
}

fn decode_enum(types: &TypeTable, def: &EnumDef, json: &Value) -> Result<Option<Val>, Failure> {
    let by_key = |key: &str| def.variants.iter().find(|variant| variant.key == key);
    let value = |variant: &VariantDef, content: &Value| -> Result<Option<Val>, Failure> {
        Ok(Some(Val::Enum(variant.name.clone(), decode_fields(types, &variant.fields, content)?)))
    };
    match &def.tagging {
        Tagging::External => match (json, single_entry(json)) {
            (Value::String(key), _) => match by_key(key).filter(|variant| variant.fields == Fields::Unit) {
                Some(variant) => value(variant, &Value::Null),
                None => Ok(None),
            },
            (_, Some((key, content))) => by_key(key).map_or(Ok(None), |variant| value(variant, content)),
            _ => Ok(None),
        },
        Tagging::Internal { tag } => {
            let Some(variant) = json.get(tag).and_then(Value::as_str).and_then(by_key) else { return Ok(None) };
            let mut rest = json.clone();
            rest.as_object_mut().expect("an object has a tag").remove(tag);
            value(variant, &rest)
        }
        Tagging::Adjacent { tag, content } => {
            let Some(variant) = json.get(tag).and_then(Value::as_str).and_then(by_key) else { return Ok(None) };
            value(variant, json.get(content).unwrap_or(&Value::Null))
        }
        Tagging::Untagged => {
            let fits = |variant: &&VariantDef| match &variant.fields {
                Fields::Unit => json.is_null(),
                fields => decode_fields(types, fields, json).is_ok(),
            };
            def.variants.iter().find(fits).map_or(Ok(None), |variant| value(variant, json))
        }
    }
}
