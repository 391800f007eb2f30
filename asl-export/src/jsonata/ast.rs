//! JSONata as a tree: the part of the language that the exporter writes.

use serde_json::Value;

/// A JSONata expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Jsonata {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    /// `/pattern/`: the pattern in a regular expression syntax that JavaScript, Java and Python read alike.
    Regex(String),
    /// `$name`.
    Var(String),
    /// `base.key`. The base is an object: over an array JSONata would collect the field of each item.
    Field(Box<Jsonata>, String),
    /// `base[index]`. The base is an array.
    Index(Box<Jsonata>, Box<Jsonata>),
    /// `$name(args)`.
    Call(&'static str, Vec<Jsonata>),
    Neg(Box<Jsonata>),
    Binary(Op, Box<Jsonata>, Box<Jsonata>),
    /// `test ? then : other`; without `other` the value is undefined where the test does not hold.
    Cond(Box<Jsonata>, Box<Jsonata>, Option<Box<Jsonata>>),
    Object(Vec<Entry>),
    /// An array of exactly these elements.
    Array(Vec<Element>),
    /// `[from..to]`.
    Range(Box<Jsonata>, Box<Jsonata>),
    /// `[sequence]`: the array of a sequence none of whose items is an array.
    Collect(Box<Jsonata>),
    /// `sequence[]`: keeps one item an array.
    Keep(Box<Jsonata>),
    /// `function($a, $b) { body }`.
    Lambda(Vec<String>, Box<Jsonata>),
    /// `( $a := value; body )`.
    Block(Vec<(String, Jsonata)>, Box<Jsonata>),
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Concat,
    And,
    Or,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Jsonata,
    /// The value can be undefined, and the key disappears then.
    pub(crate) optional: bool,
}

/// A key of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Text(String),
    /// Computed; always a string.
    Computed(Jsonata),
}

/// An element of an array. JSONata merges the items of an element that is an array unless it is itself written in brackets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) value: Jsonata,
    pub(crate) shape: Shape,
}

/// Whether values of a type are arrays on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Never.
    Single,
    /// Always.
    Array,
    /// Some are.
    Either,
}

impl Jsonata {
    pub(crate) fn var(name: impl Into<String>) -> Jsonata {
        Jsonata::Var(name.into())
    }

    pub(crate) fn str(text: impl Into<String>) -> Jsonata {
        Jsonata::Str(text.into())
    }

    /// `$states.a.b` for `["a", "b"]`.
    pub(crate) fn states<const N: usize>(path: [&str; N]) -> Jsonata {
        path.into_iter().fold(Jsonata::var("states"), |base, key| base.field(key))
    }

    pub(crate) fn field(self, key: impl Into<String>) -> Jsonata {
        Jsonata::Field(Box::new(self), key.into())
    }

    pub(crate) fn index(self, index: Jsonata) -> Jsonata {
        Jsonata::Index(Box::new(self), Box::new(index))
    }

    pub(crate) fn at(self, position: usize) -> Jsonata {
        self.index(Jsonata::Int(position as i128))
    }

    pub(crate) fn binary(self, op: Op, other: Jsonata) -> Jsonata {
        Jsonata::Binary(op, Box::new(self), Box::new(other))
    }

    pub(crate) fn eq(self, other: Jsonata) -> Jsonata {
        self.binary(Op::Eq, other)
    }

    pub(crate) fn ne(self, other: Jsonata) -> Jsonata {
        self.binary(Op::Ne, other)
    }

    pub(crate) fn not(self) -> Jsonata {
        match self {
            Jsonata::Bool(value) => Jsonata::Bool(!value),
            other => Jsonata::Call("not", vec![other]),
        }
    }

    pub(crate) fn exists(self) -> Jsonata {
        Jsonata::Call("exists", vec![self])
    }

    pub(crate) fn then(self, then: Jsonata, other: Jsonata) -> Jsonata {
        match (&then, &other) {
            (Jsonata::Bool(true), Jsonata::Bool(false)) => return self,
            (Jsonata::Bool(false), Jsonata::Bool(true)) => return self.not(),
            _ => {}
        }
        Jsonata::Cond(Box::new(self), Box::new(then), Some(Box::new(other)))
    }

    /// Undefined where the test does not hold.
    pub(crate) fn then_only(self, then: Jsonata) -> Jsonata {
        Jsonata::Cond(Box::new(self), Box::new(then), None)
    }

    pub(crate) fn lambda<const N: usize>(params: [&str; N], body: Jsonata) -> Jsonata {
        Jsonata::Lambda(params.iter().map(|&name| name.to_owned()).collect(), Box::new(body))
    }

    pub(crate) fn bind(name: &str, value: Jsonata, body: Jsonata) -> Jsonata {
        match body {
            Jsonata::Block(mut bindings, body) => {
                bindings.insert(0, (name.to_owned(), value));
                Jsonata::Block(bindings, body)
            }
            body => Jsonata::Block(vec![(name.to_owned(), value)], Box::new(body)),
        }
    }

    /// Fails the evaluation on every engine.
    pub(crate) fn error(message: &str) -> Jsonata {
        Jsonata::Call("error", vec![Jsonata::str(message)])
    }

    pub(crate) fn array(elements: impl IntoIterator<Item = (Jsonata, Shape)>) -> Jsonata {
        Jsonata::Array(elements.into_iter().map(|(value, shape)| Element { value, shape }).collect())
    }

    pub(crate) fn object(entries: impl IntoIterator<Item = (String, Jsonata)>) -> Jsonata {
        let entry = |(key, value)| Entry { key: Key::Text(key), value, optional: false };
        Jsonata::Object(entries.into_iter().map(entry).collect())
    }

    /// All of them hold; true for none.
    pub(crate) fn all(tests: Vec<Jsonata>) -> Jsonata {
        let mut tests = tests.into_iter().filter(|test| *test != Jsonata::Bool(true));
        let first = tests.next().unwrap_or(Jsonata::Bool(true));
        tests.fold(first, |all, test| all.binary(Op::And, test))
    }

    /// One of them holds; false for none.
    pub(crate) fn any(tests: Vec<Jsonata>) -> Jsonata {
        let mut tests = tests.into_iter();
        let first = tests.next().unwrap_or(Jsonata::Bool(false));
        tests.fold(first, |any, test| any.binary(Op::Or, test))
    }

    /// A JSON value as an expression.
    pub(crate) fn json(value: &Value) -> Jsonata {
        match value {
            Value::Null => Jsonata::Null,
            Value::Bool(value) => Jsonata::Bool(*value),
            Value::Number(number) => match number.as_i128() {
                Some(int) => Jsonata::Int(int),
                None => Jsonata::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Jsonata::str(text),
            Value::Array(items) => Jsonata::array(items.iter().map(|item| {
                let shape = if item.is_array() { Shape::Array } else { Shape::Single };
                (Jsonata::json(item), shape)
            })),
            Value::Object(fields) => {
                Jsonata::object(fields.iter().map(|(key, value)| (key.clone(), Jsonata::json(value))))
            }
        }
    }

    /// Cheap and short, so that it may stand in several places: a literal, a variable, or a path from one.
    pub(crate) fn is_simple(&self) -> bool {
        match self {
            Jsonata::Null | Jsonata::Bool(_) | Jsonata::Int(_) | Jsonata::Float(_) | Jsonata::Var(_) => true,
            Jsonata::Str(text) => text.len() <= 40,
            Jsonata::Field(base, _) => base.is_path(),
            Jsonata::Index(base, index) => base.is_path() && matches!(**index, Jsonata::Int(_)),
            Jsonata::Array(elements) => elements.is_empty(),
            Jsonata::Object(entries) => entries.is_empty(),
            _ => false,
        }
    }

    fn is_path(&self) -> bool {
        match self {
            Jsonata::Var(_) => true,
            Jsonata::Field(base, _) => base.is_path(),
            Jsonata::Index(base, index) => base.is_path() && matches!(**index, Jsonata::Int(_) | Jsonata::Var(_)),
            _ => false,
        }
    }

    /// Calls `f` with each direct child, and whether it is evaluated whenever this expression is.
    pub(crate) fn each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Jsonata, bool)) {
        match self {
            Jsonata::Null
            | Jsonata::Bool(_)
            | Jsonata::Int(_)
            | Jsonata::Float(_)
            | Jsonata::Str(_)
            | Jsonata::Regex(_)
            | Jsonata::Var(_) => {}
            Jsonata::Field(a, _) | Jsonata::Neg(a) | Jsonata::Collect(a) | Jsonata::Keep(a) => f(a, true),
            Jsonata::Index(a, b) => {
                f(a, true);
                // A predicate is evaluated for each item: for none of an empty array.
                f(b, false);
            }
            Jsonata::Range(a, b) => {
                f(a, true);
                f(b, true);
            }
            Jsonata::Binary(op, a, b) => {
                f(a, true);
                f(b, !matches!(op, Op::And | Op::Or));
            }
            Jsonata::Call(_, args) => args.iter().for_each(|arg| f(arg, true)),
            Jsonata::Cond(test, then, other) => {
                f(test, true);
                f(then, false);
                if let Some(other) = other {
                    f(other, false);
                }
            }
            Jsonata::Object(entries) => {
                for Entry { key, value, optional: _ } in entries {
                    if let Key::Computed(key) = key {
                        f(key, true);
                    }
                    f(value, true);
                }
            }
            Jsonata::Array(elements) => elements.iter().for_each(|element| f(&element.value, true)),
            Jsonata::Lambda(_, body) => f(body, false),
            Jsonata::Block(bindings, body) => {
                bindings.iter().for_each(|(_, value)| f(value, true));
                f(body, true);
            }
        }
    }

    /// Something in it satisfies `test`.
    pub(crate) fn any_part(&self, test: &dyn Fn(&Jsonata) -> bool) -> bool {
        let mut found = test(self);
        self.each_child(&mut |child, _| found = found || child.any_part(test));
        found
    }

    /// It can fail for values of the right types.
    pub(crate) fn can_fail(&self) -> bool {
        self.any_part(&|part| match part {
            Jsonata::Call("error" | "sqrt", _) => true,
            // How a float is made to fail where it is infinite.
            Jsonata::Binary(Op::Add, _, zero) => **zero == Jsonata::Int(0),
            _ => false,
        })
    }

    /// It yields another value at each evaluation.
    pub(crate) fn varies(&self) -> bool {
        self.any_part(&|part| matches!(part, Jsonata::Call("now" | "uuid" | "random" | "millis", _)))
    }

    /// It reads the variable `$name`, bound inside it or not.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.any_part(&|part| matches!(part, Jsonata::Var(var) if var == name))
    }

    /// Evaluating it always evaluates `part`.
    pub(crate) fn surely_evaluates(&self, part: &Jsonata) -> bool {
        let mut found = self == part;
        self.each_child(&mut |child, always| found = found || (always && child.surely_evaluates(part)));
        found
    }
}

impl Jsonata {
    /// The value at a key of an object that is written out.
    pub(crate) fn entry(&self, key: &str) -> Option<&Jsonata> {
        let Jsonata::Object(entries) = self else { return None };
        let found = entries.iter().find(|entry| entry.key == Key::Text(key.to_owned()))?;
        (!found.optional).then_some(&found.value)
    }

    /// Puts `value` in place of a variable.
    pub(crate) fn replace(self, name: &str, value: &Jsonata) -> Jsonata {
        match self {
            Jsonata::Var(var) if var == name => value.clone(),
            other => other.map_children(&mut |child| child.replace(name, value)),
        }
    }

    /// The same with each direct child replaced by what `f` makes of it.
    pub(crate) fn map_children(self, f: &mut dyn FnMut(Jsonata) -> Jsonata) -> Jsonata {
        let mut go = |part: Box<Jsonata>| Box::new(f(*part));
        match self {
            Jsonata::Null
            | Jsonata::Bool(_)
            | Jsonata::Int(_)
            | Jsonata::Float(_)
            | Jsonata::Str(_)
            | Jsonata::Regex(_)
            | Jsonata::Var(_) => self,
            Jsonata::Field(a, key) => Jsonata::Field(go(a), key),
            Jsonata::Index(a, b) => Jsonata::Index(go(a), go(b)),
            Jsonata::Call(function, args) => Jsonata::Call(function, args.into_iter().map(f).collect()),
            Jsonata::Neg(a) => Jsonata::Neg(go(a)),
            Jsonata::Binary(op, a, b) => Jsonata::Binary(op, go(a), go(b)),
            Jsonata::Cond(test, then, other) => Jsonata::Cond(go(test), go(then), other.map(go)),
            Jsonata::Object(entries) => Jsonata::Object(entries.into_iter().map(|entry| entry.map(f)).collect()),
            Jsonata::Array(elements) => {
                Jsonata::array(elements.into_iter().map(|element| (f(element.value), element.shape)))
            }
            Jsonata::Range(a, b) => Jsonata::Range(go(a), go(b)),
            Jsonata::Collect(a) => Jsonata::Collect(go(a)),
            Jsonata::Keep(a) => Jsonata::Keep(go(a)),
            Jsonata::Lambda(params, body) => Jsonata::Lambda(params, go(body)),
            Jsonata::Block(bindings, body) => {
                let bindings = bindings.into_iter().map(|(name, value)| (name, f(value))).collect();
                Jsonata::Block(bindings, Box::new(f(*body)))
            }
        }
    }
}

impl Entry {
    fn map(self, f: &mut dyn FnMut(Jsonata) -> Jsonata) -> Entry {
        let key = match self.key {
            Key::Text(text) => Key::Text(text),
            Key::Computed(key) => Key::Computed(f(key)),
        };
        Entry { key, value: f(self.value), optional: self.optional }
    }
}
