//! Shorter expressions that mean the same, for whoever reads the definition. The last step before an expression is printed.
//!
//! * A value that is bound and read once stands where it is read: `($x := $parse(c); $x.line)` is `$parse(c).line`.
//! * What is known to hold is not tested again: within `a ? ..`, and in what a rule of a Choice assigns, `a ? b : c` is `b`.
//! * An object made of objects that are written out is written out; a key that is always left out goes.
//!
//! What can fail fails as before: a value that can is moved only to where it is surely evaluated.

use super::ast::{Element, Entry, Jsonata, Key, Op};

/// Facts: expressions that are true where another one is evaluated.
pub(crate) type Known = Vec<Jsonata>;

impl Jsonata {
    /// The same, shorter.
    pub(crate) fn simplified(self) -> Jsonata {
        self.simplified_knowing(&Known::new())
    }

    /// The same where `known` holds.
    pub(crate) fn simplified_knowing(self, known: &Known) -> Jsonata {
        match self {
            Jsonata::Cond(test, then, other) => conditional(*test, *then, other.map(|other| *other), known),
            Jsonata::Block(bindings, body) => block(bindings, *body, known),
            Jsonata::Lambda(params, body) => {
                let body = body.simplified_knowing(&without(known, &params));
                Jsonata::Lambda(params, Box::new(body))
            }
            Jsonata::Binary(Op::And, a, b) => {
                let a = a.simplified_knowing(known);
                let b = b.simplified_knowing(&both(known, &a));
                Jsonata::all(vec![a, b])
            }
            other => constant(merged(other.map_children(&mut |child| child.simplified_knowing(known)))),
        }
    }

    /// What holds where this does: the operands of `and`.
    pub(crate) fn facts(&self) -> Known {
        match self {
            Jsonata::Binary(Op::And, a, b) => [a.facts(), b.facts()].concat(),
            Jsonata::Block(..) => Known::new(),
            other if other.varies() => Known::new(),
            other => vec![other.clone()],
        }
    }
}

/// What is known is there besides `known`.
fn both(known: &Known, test: &Jsonata) -> Known {
    known.iter().cloned().chain(test.facts()).collect()
}

/// Of the facts those that do not speak of a name that is bound anew.
fn without(known: &Known, names: &[String]) -> Known {
    known.iter().filter(|fact| !names.iter().any(|name| fact.mentions(name))).cloned().collect()
}

fn conditional(test: Jsonata, then: Jsonata, other: Option<Jsonata>, known: &Known) -> Jsonata {
    let test = test.simplified_knowing(known);
    match (&test, other) {
        (Jsonata::Bool(true), _) => then.simplified_knowing(known),
        (Jsonata::Bool(false), Some(other)) => other.simplified_knowing(known),
        (_, other) => undecided(test, then, other, known),
    }
}

fn undecided(test: Jsonata, then: Jsonata, other: Option<Jsonata>, known: &Known) -> Jsonata {
    if test.facts().iter().all(|fact| holds(fact, known)) && !matches!(test, Jsonata::Block(..)) && !test.varies() {
        return then.simplified_knowing(known);
    }
    let then = then.simplified_knowing(&both(known, &test));
    match other.map(|other| other.simplified_knowing(known)) {
        Some(other) => test.then(then, other),
        None => test.then_only(then),
    }
}

/// The fact follows from one that is known.
fn holds(fact: &Jsonata, known: &Known) -> bool {
    known.iter().any(|other| other == fact || bounds(other, fact))
}

/// `a < n` says `a < m` for each `m` from `n` up. No array has 2^32 elements.
fn bounds(known: &Jsonata, fact: &Jsonata) -> bool {
    let (Jsonata::Binary(Op::Lt, a, n), Jsonata::Binary(Op::Lt, b, m)) = (known, fact) else { return false };
    a == b
        && match (&**n, &**m) {
            (Jsonata::Int(n), Jsonata::Int(m)) => n <= m,
            (Jsonata::Call("count", _), Jsonata::Int(m)) => *m >= i128::from(u32::MAX),
            _ => false,
        }
}

fn block(bindings: Vec<(String, Jsonata)>, body: Jsonata, known: &Known) -> Jsonata {
    let mut known = known.clone();
    let mut done = Vec::new();
    for (name, value) in bindings {
        let value = value.simplified_knowing(&known);
        known = without(&known, std::slice::from_ref(&name));
        done.push((name, value));
    }
    let body = body.simplified_knowing(&known);
    done.into_iter().rev().fold(body, |body, (name, value)| {
        if may_stand_inside(&name, &value, &body) {
            return body.replace(&name, &value).simplified_knowing(&Known::new());
        }
        Jsonata::bind(&name, value, body)
    })
}

/// The value may stand in place of its variable.
fn may_stand_inside(name: &str, value: &Jsonata, body: &Jsonata) -> bool {
    // Arrays and sequences behave differently under `.`, `[` and in brackets when they stand there themselves.
    let plain = matches!(
        value,
        Jsonata::Call("parse" | "count" | "string" | "sum" | "not" | "exists" | "replace" | "type", _)
            | Jsonata::Binary(..)
            | Jsonata::Cond(..)
    );
    let as_base = matches!(value, Jsonata::Call("parse", _));
    plain
        && !binds(body, &|bound| bound == name || value.mentions(bound))
        && match reads(body, name, as_base) {
            Reads::Once => true,
            Reads::Perhaps => !value.can_fail(),
            Reads::None | Reads::Elsewhere => false,
        }
}

/// How an expression reads a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    None,
    /// In one place, once.
    Once,
    /// In one place, once or not at all.
    Perhaps,
    /// More than once, or where the value itself may not stand.
    Elsewhere,
}

fn reads(expr: &Jsonata, name: &str, as_base: bool) -> Reads {
    let is_it = |expr: &Jsonata| matches!(expr, Jsonata::Var(var) if var == name);
    let found = match expr {
        expr if is_it(expr) => return Reads::Once,
        Jsonata::Field(base, _) if is_it(base) => return if as_base { Reads::Once } else { Reads::Elsewhere },
        Jsonata::Index(base, _) | Jsonata::Keep(base) | Jsonata::Collect(base) if is_it(base) => Reads::Elsewhere,
        Jsonata::Array(elements) if elements.iter().any(|Element { value, .. }| is_it(value)) => Reads::Elsewhere,
        // Evaluated for each item.
        Jsonata::Lambda(_, body) if body.mentions(name) => Reads::Elsewhere,
        Jsonata::Index(_, index) if index.mentions(name) => Reads::Elsewhere,
        _ => Reads::None,
    };
    let mut found = found;
    expr.each_child(&mut |child, always| {
        let inside = match reads(child, name, as_base) {
            Reads::Once if !always => Reads::Perhaps,
            inside => inside,
        };
        found = match (found, inside) {
            (Reads::None, inside) => inside,
            (found, Reads::None) => found,
            _ => Reads::Elsewhere,
        };
    });
    found
}

/// Something in the expression binds such a name.
fn binds(expr: &Jsonata, test: &dyn Fn(&str) -> bool) -> bool {
    expr.any_part(&|part| match part {
        Jsonata::Lambda(params, _) => params.iter().any(|name| test(name)),
        Jsonata::Block(bindings, _) => bindings.iter().any(|(name, _)| test(name)),
        _ => false,
    })
}

/// A comparison with null that is settled, and keys that are left out, or not, whatever the values.
fn constant(expr: Jsonata) -> Jsonata {
    match expr {
        Jsonata::Binary(Op::Ne, a, b) if *a == Jsonata::Null && *b == Jsonata::Null => Jsonata::Bool(false),
        Jsonata::Binary(Op::Eq, a, b) if *a == Jsonata::Null && *b == Jsonata::Null => Jsonata::Bool(true),
        Jsonata::Object(entries) => {
            let left_out =
                |value: &Jsonata| matches!(value, Jsonata::Cond(test, _, None) if **test == Jsonata::Bool(false));
            Jsonata::Object(entries.into_iter().filter(|entry| !entry.optional || !left_out(&entry.value)).collect())
        }
        other => other,
    }
}

/// `$merge([{..}, {..}])` of objects whose keys are written out is one object.
fn merged(expr: Jsonata) -> Jsonata {
    let Jsonata::Call("merge", args) = &expr else { return expr };
    let [Jsonata::Array(elements)] = &args[..] else { return expr };
    let mut all: Vec<Entry> = Vec::new();
    for Element { value, .. } in elements {
        let Jsonata::Object(entries) = value else { return expr };
        for entry in entries {
            if entry.optional || !matches!(entry.key, Key::Text(_)) {
                return expr;
            }
            match all.iter_mut().find(|known| known.key == entry.key) {
                // The value that gives way is not evaluated any more.
                Some(known) if known.value.can_fail() => return expr,
                Some(known) => known.value = entry.value.clone(),
                None => all.push(entry.clone()),
            }
        }
    }
    Jsonata::Object(all)
}
