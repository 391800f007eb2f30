//! Tests of a value's shape, for the check of a workflow's input.

use durafn_ir::{EnumDef, FieldDef, Fields, Omit, StructDef, Tagging, TypeDef, TypeId, VariantDef};

use super::{
    Jsonata,
    ast::Op,
    scope::Encoder,
    types::{Interval, transparent_field},
};

/// Types inside types are looked into this far; a recursive type has no end.
const DEEPEST: usize = 6;

impl Encoder<'_> {
    /// Whether a value has the shape of a type. Later tests rely on those before them.
    pub(crate) fn conforms(&mut self, value: Jsonata, ty: TypeId, depth: usize) -> Jsonata {
        let is = |name: &str| Jsonata::Call("type", vec![value.clone()]).eq(Jsonata::str(name));
        if depth > DEEPEST {
            return Jsonata::Bool(true);
        }
        match self.ty(ty) {
            TypeDef::Unit => is("null"),
            TypeDef::Bool => is("boolean"),
            TypeDef::Int(int) => {
                let whole = value.clone().eq(Jsonata::Call("floor", vec![value.clone()]));
                let Interval { low, high } = Interval::of(*int);
                let above = value.clone().binary(Op::Ge, Jsonata::Int(low));
                let below = value.clone().binary(Op::Le, Jsonata::Int(high));
                Jsonata::all(vec![is("number"), whole, above, below])
            }
            TypeDef::Float(_) => is("number"),
            TypeDef::String | TypeDef::Timestamp => is("string"),
            TypeDef::Char => {
                let one = Jsonata::Call("length", vec![value.clone()]).eq(Jsonata::Int(1));
                Jsonata::all(vec![is("string"), one])
            }
            TypeDef::Duration => {
                let number =
                    |key: &str| Jsonata::Call("type", vec![value.clone().field(key)]).eq(Jsonata::str("number"));
                Jsonata::all(vec![is("object"), number("secs"), number("nanos")])
            }
            TypeDef::Option(inner) => {
                let null = value.clone().ne(Jsonata::Null).not();
                self.or(null, value.clone(), *inner, depth)
            }
            TypeDef::Result(ok, err) => {
                let side = |this: &mut Self, key: &str, ty| {
                    let content = value.clone().field(key);
                    let test = this.conforms(content.clone(), ty, depth + 1);
                    Jsonata::all(vec![content.exists(), test])
                };
                let (ok, err) = (side(self, "Ok", *ok), side(self, "Err", *err));
                ok.binary(Op::Or, err)
            }
            TypeDef::Vec(item) => {
                let name = self.fresh("item");
                let test = self.conforms(Jsonata::var(&name), *item, depth + 1);
                Jsonata::all(vec![is("array"), none_fails(value.clone(), &name, test)])
            }
            TypeDef::Map(item) => {
                let key = self.fresh("key");
                let entry = Jsonata::Call("lookup", vec![value.clone(), Jsonata::var(&key)]);
                let keys = Jsonata::Collect(Jsonata::Call("keys", vec![value.clone()]).into());
                let test = self.conforms(entry, *item, depth + 1);
                Jsonata::all(vec![is("object"), none_fails(keys, &key, test)])
            }
            TypeDef::Tuple(types) => {
                let size = Jsonata::Call("count", vec![value.clone()]).eq(Jsonata::Int(types.len() as i128));
                let mut tests = vec![is("array"), size];
                for (position, ty) in types.iter().enumerate() {
                    tests.push(self.conforms(value.clone().at(position), *ty, depth + 1));
                }
                Jsonata::all(tests)
            }
            TypeDef::Struct(def) => self.conforms_struct(value.clone(), def, depth),
            TypeDef::Enum(def) => self.conforms_enum(&value, def, depth),
            TypeDef::Opaque(_) | TypeDef::Iterator(_) | TypeDef::Pending => Jsonata::Bool(true),
        }
    }

    fn or(&mut self, test: Jsonata, value: Jsonata, ty: TypeId, depth: usize) -> Jsonata {
        match self.conforms(value, ty, depth + 1) {
            Jsonata::Bool(true) => Jsonata::Bool(true),
            other => test.binary(Op::Or, other),
        }
    }

    fn conforms_struct(&mut self, value: Jsonata, def: &StructDef, depth: usize) -> Jsonata {
        match transparent_field(def) {
            Some(only) => self.conforms(value, only.ty, depth),
            None => self.conforms_fields(value, &def.fields, depth),
        }
    }

    fn conforms_fields(&mut self, value: Jsonata, fields: &Fields, depth: usize) -> Jsonata {
        let is = |name: &str| Jsonata::Call("type", vec![value.clone()]).eq(Jsonata::str(name));
        match fields {
            Fields::Unit => is("null"),
            Fields::Newtype(field) => self.conforms(value, field.ty, depth),
            Fields::Tuple(fields) => {
                let mut tests = vec![is("array")];
                for (position, field) in fields.iter().filter(|field| !field.skip).enumerate() {
                    tests.push(self.conforms(value.clone().at(position), field.ty, depth + 1));
                }
                Jsonata::all(tests)
            }
            Fields::Named(fields) => {
                let mut tests = vec![is("object")];
                for field in fields.iter().filter(|field| !field.skip) {
                    tests.push(self.conforms_field(&value, field, depth));
                }
                Jsonata::all(tests)
            }
        }
    }

    fn conforms_field(&mut self, object: &Jsonata, field: &FieldDef, depth: usize) -> Jsonata {
        if field.flatten {
            return self.conforms(object.clone(), field.ty, depth + 1);
        }
        let value = object.clone().field(&field.key);
        let may_be_missing = field.default.is_some() || field.omit != Omit::Never;
        if may_be_missing {
            return self.or(value.clone().exists().not(), value, field.ty, depth);
        }
        match self.conforms(value.clone(), field.ty, depth + 1) {
            Jsonata::Bool(true) => value.exists(),
            test => test,
        }
    }

    fn conforms_enum(&mut self, value: &Jsonata, def: &EnumDef, depth: usize) -> Jsonata {
        let tests = def.variants.iter().map(|variant| self.conforms_variant(value, def, variant, depth)).collect();
        Jsonata::any(tests)
    }

    fn conforms_variant(&mut self, value: &Jsonata, def: &EnumDef, variant: &VariantDef, depth: usize) -> Jsonata {
        let unit = matches!(variant.fields, Fields::Unit);
        let name = Jsonata::str(&variant.key);
        let content = match &def.tagging {
            Tagging::External if unit => return value.clone().eq(name),
            Tagging::External => value.clone().field(&variant.key),
            Tagging::Internal { .. } | Tagging::Untagged => value.clone(),
            Tagging::Adjacent { content, .. } => value.clone().field(content),
        };
        let fits =
            if unit { Jsonata::Bool(true) } else { self.conforms_fields(content.clone(), &variant.fields, depth + 1) };
        match &def.tagging {
            Tagging::External => Jsonata::all(vec![content.exists(), fits]),
            Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
                Jsonata::all(vec![value.clone().field(tag).eq(name), fits])
            }
            Tagging::Untagged => self.conforms_fields(content, &variant.fields, depth + 1),
        }
    }
}

/// No item of an array fails a test.
fn none_fails(array: Jsonata, item: &str, test: Jsonata) -> Jsonata {
    match test {
        Jsonata::Bool(true) => Jsonata::Bool(true),
        test => Jsonata::Call("filter", vec![array, Jsonata::lambda([item], test.not())]).exists().not(),
    }
}
