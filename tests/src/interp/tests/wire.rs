use durafn_ir::{EnumDef, FieldDef, Fields, IntType, Omit, StructDef, Tagging, TypeDef, TypeId, TypeTable, VariantDef};
use serde_json::{Value, json};

use crate::interp::wire::{decode, encode};

fn named(fields: Vec<FieldDef>) -> TypeDef {
    TypeDef::Struct(StructDef { name: "S".into(), fields: Fields::Named(fields), transparent: false })
}

/// A value that comes out as it went in, and its text in declaration order.
fn same(types: &TypeTable, ty: TypeId, json: Value) -> String {
    let value = decode(types, ty, &json).unwrap();
    let wire = encode(types, ty, &value).unwrap();
    assert_eq!(wire.to_value(), json);
    wire.to_text()
}

fn variant(name: &str, fields: Fields) -> VariantDef {
    VariantDef { name: name.into(), key: name.to_lowercase(), fields, error: None, fault: false }
}

fn tagged(types: &mut TypeTable, tagging: Tagging) -> TypeId {
    let int = types.intern(TypeDef::Int(IntType::U8));
    let inner = types.intern(named(vec![FieldDef::plain("n", int)]));
    let newtype = |ty| Fields::Newtype(Box::new(FieldDef::plain("0", ty)));
    let variants = vec![
        variant("Unit", Fields::Unit),
        variant("New", newtype(inner)),
        variant("Named", Fields::Named(vec![FieldDef::plain("z", int), FieldDef::plain("a", int)])),
    ];
    types.intern(TypeDef::Enum(EnumDef { name: "E".into(), tagging, variants, failure: false }))
}

#[test]
fn variants_are_told_as_serde_tells_them() {
    let mut types = TypeTable::default();
    let external = tagged(&mut types, Tagging::External);
    same(&types, external, json!("unit"));
    same(&types, external, json!({"new": {"n": 1}}));
    assert_eq!(same(&types, external, json!({"named": {"z": 1, "a": 2}})), r#"{"named":{"z":1,"a":2}}"#);
    let internal = tagged(&mut types, Tagging::Internal { tag: "t".into() });
    same(&types, internal, json!({"t": "unit"}));
    same(&types, internal, json!({"t": "new", "n": 1}));
    same(&types, internal, json!({"t": "named", "z": 1, "a": 2}));
    let adjacent = tagged(&mut types, Tagging::Adjacent { tag: "t".into(), content: "c".into() });
    same(&types, adjacent, json!({"t": "unit"}));
    same(&types, adjacent, json!({"t": "new", "c": {"n": 1}}));
    let untagged = tagged(&mut types, Tagging::Untagged);
    same(&types, untagged, Value::Null);
    same(&types, untagged, json!({"n": 1}));
    same(&types, untagged, json!({"z": 1, "a": 2}));
    assert!(decode(&types, external, &json!("nope")).is_err());
}

#[test]
fn fields_follow_their_attributes() {
    let mut types = TypeTable::default();
    let int = types.intern(TypeDef::Int(IntType::U8));
    let string = types.intern(TypeDef::String);
    let option = types.intern(TypeDef::Option(int));
    let list = types.intern(TypeDef::Vec(int));
    let inner = types.intern(named(vec![FieldDef::plain("inner", int)]));
    let plain = FieldDef::plain;
    let ty = types.intern(named(vec![
        FieldDef { key: "renamed".into(), ..plain("a", int) },
        FieldDef { default: Some(json!(7)), ..plain("b", int) },
        FieldDef { skip: true, default: Some(json!("kept")), ..plain("c", string) },
        FieldDef { omit: Omit::IfNone, ..plain("d", option) },
        FieldDef { omit: Omit::IfEmpty, default: Some(json!([])), ..plain("e", list) },
        FieldDef { flatten: true, ..plain("f", inner) },
    ]));
    same(&types, ty, json!({"renamed": 1, "b": 2, "inner": 3}));
    same(&types, ty, json!({"renamed": 1, "b": 2, "d": 4, "e": [5], "inner": 3}));
    let defaulted = decode(&types, ty, &json!({"renamed": 1, "inner": 3, "unknown": true})).unwrap();
    assert_eq!(encode(&types, ty, &defaulted).unwrap().to_value(), json!({"renamed": 1, "b": 7, "inner": 3}));
    assert!(decode(&types, ty, &json!({"b": 1, "inner": 3})).is_err());
}

#[test]
fn transparent_structs_are_their_field() {
    let mut types = TypeTable::default();
    let string = types.intern(TypeDef::String);
    let fields = Fields::Named(vec![FieldDef::plain("id", string)]);
    let ty = types.intern(TypeDef::Struct(StructDef { name: "Id".into(), fields, transparent: true }));
    same(&types, ty, json!("x"));
}

#[test]
fn standard_types_have_serdes_form() {
    let mut types = TypeTable::default();
    let int = types.intern(TypeDef::Int(IntType::U64));
    let string = types.intern(TypeDef::String);
    let mut check = |def: TypeDef, json: Value| {
        let ty = types.intern(def);
        same(&types, ty, json);
    };
    check(TypeDef::Unit, Value::Null);
    check(TypeDef::Int(IntType::U64), json!(u64::MAX));
    check(TypeDef::Int(IntType::I64), json!(i64::MIN));
    check(TypeDef::Char, json!("ü"));
    check(TypeDef::Option(int), Value::Null);
    check(TypeDef::Result(int, string), json!({"Ok": 1}));
    check(TypeDef::Result(int, string), json!({"Err": "no"}));
    check(TypeDef::Tuple(vec![int, string]), json!([1, "a"]));
    check(TypeDef::Map(int), json!({"b": 1, "a": 2}));
    check(TypeDef::Duration, json!({"secs": 1, "nanos": 5}));
    check(TypeDef::Timestamp, json!("1969-12-31T23:59:59.999Z"));
    check(TypeDef::Opaque("X".into()), json!({"any": [1, null]}));
}

#[test]
fn values_out_of_their_type_are_refused() {
    let mut types = TypeTable::default();
    let byte = types.intern(TypeDef::Int(IntType::U8));
    for wrong in [json!(256), json!(-1), json!(1.0), json!("1"), Value::Null] {
        assert!(decode(&types, byte, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn timestamps_with_an_offset_become_utc() {
    let mut types = TypeTable::default();
    let ty = types.intern(TypeDef::Timestamp);
    let value = decode(&types, ty, &json!("2024-03-01T00:30:00+01:00")).unwrap();
    assert_eq!(encode(&types, ty, &value).unwrap().to_value(), json!("2024-02-29T23:30:00Z"));
}
