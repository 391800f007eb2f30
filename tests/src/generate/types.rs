//! Types: those of std, and a few structs and enums of every representation that serde has.

use durafn_ir::{
    EnumDef, FAULT_TYPE, FieldDef, Fields, FloatType, IntType, Omit, StructDef, Tagging, TypeDef, TypeId, TypeTable,
    VariantDef,
};

use super::{Tape, values};

/// The types of a machine in the making.
#[derive(Clone, Debug)]
pub(super) struct Types {
    /// All of them.
    pub(super) table: TypeTable,
    /// Those that values of variables have.
    pub(super) data: Vec<TypeId>,
    /// Failure types; the first is `durafn::Fault`.
    pub(super) failures: Vec<TypeId>,
}

/// Every integer type, the usual ones first.
const INTS: [IntType; 10] = {
    use IntType::*;
    [I32, U32, I64, Usize, U8, U64, I8, I16, U16, Isize]
};

impl Types {
    /// The types of one machine.
    pub(super) fn new(tape: &mut Tape) -> Types {
        let mut types = Types { table: TypeTable::default(), data: Vec::new(), failures: Vec::new() };
        let plain = [
            TypeDef::Int(IntType::I32),
            TypeDef::Bool,
            TypeDef::String,
            TypeDef::Int(IntType::U32),
            TypeDef::Float(FloatType::F64),
            TypeDef::Int(IntType::Usize),
        ];
        types.data.extend(plain.map(|def| types.table.intern(def)));
        types.data.push(types.table.intern(TypeDef::Int(INTS[tape.below(INTS.len())])));
        for def in [TypeDef::Char, TypeDef::Duration, TypeDef::Timestamp, TypeDef::Unit] {
            if tape.chance(35) {
                let ty = types.table.intern(def);
                types.data.push(ty);
            }
        }
        for number in 0..2 + tape.below(5) {
            let ty = types.composite(tape, number);
            types.data.push(ty);
        }
        types.add_failures(tape);
        types
    }

    /// A type.
    pub(super) fn id(&mut self, def: TypeDef) -> TypeId {
        self.table.intern(def)
    }

    /// What a type is.
    pub(super) fn def(&self, ty: TypeId) -> TypeDef {
        self.table.get(ty).clone()
    }

    /// `bool`.
    pub(super) fn bool(&mut self) -> TypeId {
        self.id(TypeDef::Bool)
    }

    /// `String`.
    pub(super) fn string(&mut self) -> TypeId {
        self.id(TypeDef::String)
    }

    /// `usize`.
    pub(super) fn usize(&mut self) -> TypeId {
        self.id(TypeDef::Int(IntType::Usize))
    }

    /// Any type of data.
    pub(super) fn any(&self, tape: &mut Tape) -> TypeId {
        self.data[tape.below(self.data.len())]
    }

    /// Any type of data of which `fits` holds; else `bool`.
    pub(super) fn any_that(&self, tape: &mut Tape, fits: impl Fn(&Types, TypeId) -> bool) -> TypeId {
        let fitting: Vec<TypeId> = self.data.iter().copied().filter(|ty| fits(self, *ty)).collect();
        fitting[tape.below(fitting.len())]
    }

    /// Values of the type can be held against each other: nothing in them is opaque, or has several texts as a time does.
    pub(super) fn comparable(&self, ty: TypeId) -> bool {
        let is_time = matches!(self.table.get(ty), TypeDef::Timestamp);
        self.table.is_comparable(ty) && (is_time || !self.table.mentions_time(ty))
    }

    /// Any type of data that is comparable.
    pub(super) fn any_comparable(&self, tape: &mut Tape) -> TypeId {
        self.any_that(tape, Types::comparable)
    }

    /// A type whose values are never null: an option of it is not ambiguous.
    pub(super) fn any_solid(&self, tape: &mut Tape) -> TypeId {
        self.any_that(tape, |types, ty| !types.nullable(ty))
    }

    /// A value of the type can be null on the wire.
    pub(super) fn nullable(&self, ty: TypeId) -> bool {
        match self.table.get(ty) {
            TypeDef::Unit | TypeDef::Option(_) | TypeDef::Opaque(_) => true,
            TypeDef::Struct(StructDef { fields: Fields::Unit, .. }) => true,
            TypeDef::Struct(StructDef { fields: Fields::Newtype(field), .. }) => self.nullable(field.ty),
            TypeDef::Struct(StructDef { fields, transparent: true, .. }) => {
                fields.iter().any(|field| self.nullable(field.ty))
            }
            TypeDef::Enum(EnumDef { tagging: Tagging::Untagged, variants, .. }) => {
                variants.iter().any(|variant| match &variant.fields {
                    Fields::Unit => true,
                    Fields::Newtype(field) => self.nullable(field.ty),
                    _ => false,
                })
            }
            _ => false,
        }
    }

    fn composite(&mut self, tape: &mut Tape, number: usize) -> TypeId {
        let def = match tape.below(10) {
            0 => TypeDef::Vec(self.any(tape)),
            1 => TypeDef::Option(self.any_solid(tape)),
            2 => self.structure(tape, number),
            3 => self.enumeration(tape, number),
            4 => TypeDef::Tuple((0..2 + tape.below(2)).map(|_| self.any(tape)).collect()),
            5 => TypeDef::Map(self.any(tape)),
            6 => TypeDef::Result(self.any(tape), self.any(tape)),
            7 => TypeDef::Opaque("Foreign".into()),
            _ => {
                let pair = self.pair(tape);
                if !tape.chance(50) {
                    return pair;
                }
                TypeDef::Option(pair)
            }
        };
        self.id(def)
    }

    /// What methods of std yield two of.
    fn pair(&mut self, tape: &mut Tape) -> TypeId {
        let (string, usize) = (self.string(), self.usize());
        let (any, other) = (self.any(tape), self.any(tape));
        let [many, others] = [any, other].map(|ty| self.id(TypeDef::Vec(ty)));
        let pairs = [[string, string], [string, any], [usize, any], [any, many], [many, many], [many, others]];
        let def = match tape.below(8) {
            6 => TypeDef::Result(self.id(TypeDef::Option(self.any_solid(tape))), other),
            7 => return self.id(TypeDef::Result(any, other)),
            which => TypeDef::Tuple(pairs[which].into()),
        };
        self.id(def)
    }

    fn structure(&mut self, tape: &mut Tape, number: usize) -> TypeDef {
        let name = format!("Struct{number}");
        let plain = |name: &str, ty| FieldDef::plain(name, ty);
        let (fields, transparent) = match tape.below(6) {
            0 | 1 => (Fields::Named(self.named(tape)), false),
            2 => (Fields::Newtype(Box::new(plain("0", self.any(tape)))), false),
            3 => (Fields::Tuple(vec![plain("0", self.any(tape)), plain("1", self.any(tape))]), false),
            4 => (Fields::Named(vec![plain("only", self.any(tape))]), true),
            _ => (Fields::Unit, false),
        };
        TypeDef::Struct(StructDef { name, fields, transparent })
    }

    fn named(&mut self, tape: &mut Tape) -> Vec<FieldDef> {
        let names = ["id", "count", "a b", "$", "größe"];
        (0..1 + tape.below(3)).map(|at| self.field(tape, ["x", "y", "z"][at], names)).collect()
    }

    fn field(&mut self, tape: &mut Tape, name: &str, keys: [&str; 5]) -> FieldDef {
        let mut field = FieldDef::plain(name, self.any(tape));
        if tape.chance(20) {
            field.key = format!("{}{name}", tape.pick(&keys));
        }
        match self.table.get(field.ty) {
            TypeDef::Option(_) if tape.chance(50) => field.omit = Omit::IfNone,
            TypeDef::Vec(_) | TypeDef::Map(_) | TypeDef::String if tape.chance(25) => {
                field.omit = Omit::IfEmpty;
                field.default = self.table.default_value(field.ty);
            }
            _ if tape.chance(10) => {
                field.default = Some(values::value(&self.table, field.ty, tape, 1));
                field.skip = tape.chance(50);
            }
            _ => {}
        }
        field
    }

    fn enumeration(&mut self, tape: &mut Tape, number: usize) -> TypeDef {
        let name = format!("Enum{number}");
        let tagging = match tape.below(4) {
            0 => Tagging::External,
            1 => Tagging::Internal { tag: "type".into() },
            2 => Tagging::Adjacent { tag: "t".into(), content: "c".into() },
            _ => Tagging::Untagged,
        };
        let mut variants: Vec<VariantDef> = Vec::new();
        for (at, name) in ["Alpha", "Beta", "Gamma"].iter().enumerate().take(2 + tape.below(2)) {
            let fields = match (&tagging, tape.below(4)) {
                (Tagging::Untagged, _) => self.untagged_fields(at),
                (_, 0) => Fields::Unit,
                (_, 1) => Fields::Named(self.named(tape)),
                (Tagging::Internal { .. }, _) => Fields::Unit,
                (_, 2) => Fields::Newtype(Box::new(FieldDef::plain("0", self.any(tape)))),
                _ => {
                    let (a, b) = (self.any(tape), self.any(tape));
                    Fields::Tuple(vec![FieldDef::plain("0", a), FieldDef::plain("1", b)])
                }
            };
            let key = if tape.chance(20) { name.to_lowercase() } else { (*name).to_owned() };
            variants.push(VariantDef { name: (*name).to_owned(), key, fields, error: None, fault: false });
        }
        TypeDef::Enum(EnumDef { name, tagging, variants, failure: false })
    }

    /// Variants that are told apart by the kind of their JSON.
    fn untagged_fields(&mut self, at: usize) -> Fields {
        let number = self.id(TypeDef::Int(IntType::U32));
        match at {
            0 => Fields::Newtype(Box::new(FieldDef::plain("0", number))),
            1 => Fields::Newtype(Box::new(FieldDef::plain("0", self.string()))),
            _ => Fields::Named(vec![FieldDef::plain("x", number)]),
        }
    }

    fn add_failures(&mut self, tape: &mut Tape) {
        let string = self.string();
        let variant = |name: &str, error: Option<&str>, fields: &[&str]| VariantDef {
            name: name.into(),
            key: name.into(),
            fields: match fields {
                [] => Fields::Unit,
                fields => Fields::Named(fields.iter().map(|field| FieldDef::plain(field, string)).collect()),
            },
            error: error.map(str::to_owned),
            fault: false,
        };
        let fault = TypeDef::Enum(EnumDef {
            name: FAULT_TYPE.into(),
            tagging: Tagging::External,
            variants: vec![
                variant("Timeout", Some("States.Timeout"), &[]),
                variant("HeartbeatTimeout", Some("States.HeartbeatTimeout"), &[]),
                variant("TaskFailed", Some("States.TaskFailed"), &["cause"]),
                variant("Other", None, &["name", "cause"]),
            ],
            failure: true,
        });
        let fault = self.id(fault);
        self.failures.push(fault);
        for number in 0..1 + tape.below(2) {
            let def = self.failure(tape, number, fault);
            let ty = self.id(def);
            self.failures.push(ty);
        }
    }

    fn failure(&mut self, tape: &mut Tape, number: usize, fault: TypeId) -> TypeDef {
        let (string, small) = (self.string(), self.id(TypeDef::Int(IntType::I32)));
        let mut variants = Vec::new();
        for name in ["Declined", "OutOfStock", "Late"].iter().take(1 + tape.below(3)) {
            let fields = match tape.below(4) {
                0 => Fields::Unit,
                1 => Fields::Newtype(Box::new(FieldDef::plain("0", string))),
                2 => Fields::Named(vec![FieldDef::plain("code", small), FieldDef::plain("text", string)]),
                _ => Fields::Tuple(vec![FieldDef::plain("0", small), FieldDef::plain("1", string)]),
            };
            let error = Some(format!("{name}{number}"));
            variants.push(VariantDef { name: (*name).into(), key: (*name).into(), fields, error, fault: false });
        }
        if tape.chance(50) {
            let fields = Fields::Newtype(Box::new(FieldDef::plain("0", fault)));
            variants.push(VariantDef { name: "Fault".into(), key: "Fault".into(), fields, error: None, fault: true });
        }
        let tagging = match tape.below(3) {
            0 | 1 => Tagging::External,
            _ => Tagging::Adjacent { tag: "kind".into(), content: "what".into() },
        };
        TypeDef::Enum(EnumDef { name: format!("Error{number}"), tagging, variants, failure: true })
    }
}
