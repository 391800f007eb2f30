//! The request to a service, put together from the parameters of a task.
//!
//! A parameter's key can be a *place*: a path of keys and indices such as `Entries[0].Detail.order`, where a service takes its arguments deep
//! inside. [`arrange`] makes one tree of places; each is filled once, nothing stands inside of what another fills, and an array is
//! filled from 0 without gaps.
//!
//! The token of a callback has a place too. It differs from attempt to attempt, so what is recorded as the input of the task has null there.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What fills a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Argument {
    /// An argument, by its number.
    Param(u32),
    /// The token of the attempt.
    Token,
}

/// A request: what fills each of its places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arguments<T = Argument> {
    /// A value.
    Value(T),
    /// By key, in the order of the parameters.
    Object(Vec<(String, Arguments<T>)>),
    /// By index.
    Array(Vec<Arguments<T>>),
}

/// A step of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(usize),
}

/// Why places do not make one request: the places, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// It is no path.
    Unreadable(String),
    /// Both want the same place, or one stands inside of what the other fills.
    Clash(String, String),
    /// The array has no element before it.
    Gap(String),
}

impl Misplaced {
    /// The place that does not fit.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Misplaced::Unreadable(place) | Misplaced::Clash(place, _) | Misplaced::Gap(place) => place,
        }
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misplaced::Unreadable(place) => write!(f, "`{place}` is no path of keys and indices"),
            Misplaced::Clash(place, other) if place == other => write!(f, "`{place}` is filled twice"),
            Misplaced::Clash(place, other) => write!(f, "`{place}` and `{other}` cannot both be filled"),
            Misplaced::Gap(place) => write!(f, "nothing fills the element before `{place}`"),
        }
    }
}

impl std::error::Error for Misplaced {}

impl<T> Arguments<T> {
    /// Makes something of the tree: of each value, then of each object and array around them.
    pub fn fold<R>(
        &self,
        value: &mut impl FnMut(&T) -> R,
        object: &mut impl FnMut(Vec<(&str, R)>) -> R,
        array: &mut impl FnMut(Vec<R>) -> R,
    ) -> R {
        match self {
            Arguments::Value(filling) => value(filling),
            Arguments::Object(fields) => {
                let fields = fields.iter().map(|(key, field)| (key.as_str(), field.fold(value, object, array)));
                let fields = fields.collect();
                object(fields)
            }
            Arguments::Array(elements) => {
                let elements = elements.iter().map(|element| element.fold(value, object, array)).collect();
                array(elements)
            }
        }
    }
}

impl Arguments {
    /// The request with these arguments, and null for the token.
    #[must_use]
    pub fn filled(&self, args: &[Value]) -> Value {
        self.fold(
            &mut |argument| match argument {
                Argument::Param(index) => args.get(*index as usize).cloned().unwrap_or_default(),
                Argument::Token => Value::Null,
            },
            &mut |fields| fields.into_iter().map(|(key, field)| (key.to_owned(), field)).collect(),
            &mut Value::Array,
        )
    }

    /// Takes the token out of a request: null stands at its place afterwards. None where the request has no such place, or none is due.
    pub fn take_token(&self, request: &mut Value) -> Option<Value> {
        match self {
            Arguments::Value(Argument::Param(_)) => None,
            Arguments::Value(Argument::Token) => Some(request.take()),
            Arguments::Object(fields) => {
                fields.iter().find_map(|(key, field)| field.take_token(request.get_mut(key.as_str())?))
            }
            Arguments::Array(elements) => {
                elements.iter().enumerate().find_map(|(index, element)| element.take_token(request.get_mut(index)?))
            }
        }
    }

    /// A token is sent.
    #[must_use]
    pub fn has_token(&self) -> bool {
        let any = |held: Vec<bool>| held.contains(&true);
        self.fold(
            &mut |argument| *argument == Argument::Token,
            &mut |fields| any(fields.into_iter().map(|(_, held)| held).collect()),
            &mut |elements| any(elements),
        )
    }
}

/// The steps of a place; none where it is no path. `a.b[0]` is a key, a key and an index.
#[must_use]
pub fn steps(place: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in place.split('.') {
        let (key, mut indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        if key.is_empty() || key.contains(']') {
            return None;
        }
        steps.push(Step::Key(key.to_owned()));
        while !indices.is_empty() {
            let (index, rest) = indices.strip_prefix('[')?.split_once(']')?;
            let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
            steps.push(Step::Index(index.parse().ok().filter(|_| digits)?));
            indices = rest;
        }
    }
    Some(steps)
}

/// Makes one tree of places and what fills them.
///
/// # Errors
///
/// When they do not make one.
pub fn arrange<T>(filled: impl IntoIterator<Item = (String, T)>) -> Result<Arguments<T>, Misplaced> {
    let mut parsed = Vec::new();
    for (place, value) in filled {
        let steps = steps(&place).ok_or_else(|| Misplaced::Unreadable(place.clone()))?;
        parsed.push((place, steps.into_iter(), value));
    }
    branch(parsed)
}

/// A place, what is left of its steps, and what fills it.
type Rest<T> = (String, std::vec::IntoIter<Step>, T);

/// The tree of what stands below one place. Nothing does at the root of a request without arguments alone.
fn branch<T>(filled: Vec<Rest<T>>) -> Result<Arguments<T>, Misplaced> {
    let mut value: Option<(String, T)> = None;
    let mut below: Vec<(Step, Vec<Rest<T>>)> = Vec::new();
    for (place, mut steps, filling) in filled {
        let Some(step) = steps.next() else {
            if let Some((other, _)) = value.replace((place.clone(), filling)) {
                return Err(Misplaced::Clash(place, other));
            }
            continue;
        };
        match below.iter_mut().find(|(known, _)| *known == step) {
            Some((_, rest)) => rest.push((place, steps, filling)),
            None => below.push((step, vec![(place, steps, filling)])),
        }
    }
    let Some((first_step, first)) = below.first() else {
        return Ok(value.map_or_else(|| Arguments::Object(Vec::new()), |(_, value)| Arguments::Value(value)));
    };
    let (by_key, first) = (matches!(first_step, Step::Key(_)), first[0].0.clone());
    if let Some((place, _)) = value {
        return Err(Misplaced::Clash(first, place));
    }
    if let Some((_, rest)) = below.iter().find(|(step, _)| matches!(step, Step::Key(_)) != by_key) {
        return Err(Misplaced::Clash(rest[0].0.clone(), first));
    }
    if by_key { object(below) } else { array(below) }
}

fn object<T>(below: Vec<(Step, Vec<Rest<T>>)>) -> Result<Arguments<T>, Misplaced> {
    let mut fields = Vec::new();
    for (step, rest) in below {
        if let Step::Key(key) = step {
            fields.push((key, branch(rest)?));
        }
    }
    Ok(Arguments::Object(fields))
}

fn array<T>(mut below: Vec<(Step, Vec<Rest<T>>)>) -> Result<Arguments<T>, Misplaced> {
    let index = |step: &Step| if let Step::Index(index) = step { *index } else { 0 };
    below.sort_by_key(|(step, _)| index(step));
    let mut elements = Vec::new();
    for (step, rest) in below {
        if index(&step) != elements.len() {
            return Err(Misplaced::Gap(rest[0].0.clone()));
        }
        elements.push(branch(rest)?);
    }
    Ok(Arguments::Array(elements))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(arguments: &Arguments<u32>) -> String {
        arguments.fold(
            &mut u32::to_string,
            &mut |fields| {
                let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", fields.join(","))
            },
            &mut |elements| format!("[{}]", elements.join(",")),
        )
    }

    fn arranged(places: &[&str]) -> Result<String, String> {
        let filled = places.iter().zip(1_u32..).map(|(place, value)| ((*place).to_owned(), value));
        arrange(filled).map(|arguments| shown(&arguments)).map_err(|misplaced| misplaced.to_string())
    }

    #[test]
    fn places_make_one_tree() {
        assert_eq!(arranged(&[]).unwrap(), "{}");
        assert_eq!(arranged(&["A", "B.c", "B.d.e"]).unwrap(), "{A:1,B:{c:2,d:{e:3}}}");
        let places = ["E[0].D.token", "E[1].D", "E[0].Kind", "M[0][0]"];
        assert_eq!(arranged(&places).unwrap(), "{E:[{D:{token:1},Kind:3},{D:2}],M:[[4]]}");
        assert_eq!(arranged(&["B[1]", "B[0]"]).unwrap(), "{B:[2,1]}");
    }

    #[test]
    fn places_that_do_not_fit_are_named() {
        assert_eq!(arranged(&["A", "A"]).unwrap_err(), "`A` is filled twice");
        assert_eq!(arranged(&["A.b", "A"]).unwrap_err(), "`A.b` and `A` cannot both be filled");
        assert_eq!(arranged(&["A[0]", "A.b"]).unwrap_err(), "`A.b` and `A[0]` cannot both be filled");
        assert_eq!(arranged(&["A[1]"]).unwrap_err(), "nothing fills the element before `A[1]`");
        for wrong in ["", "A.", ".A", "A[", "A[]", "A[x]", "A[0", "A[0]b", "A]", "A[+1]", "A..b"] {
            assert_eq!(arranged(&[wrong]).unwrap_err(), format!("`{wrong}` is no path of keys and indices"));
        }
    }

    #[test]
    fn the_token_is_taken_out_of_a_request() {
        let places = [("A", Argument::Param(0)), ("B[0].token", Argument::Token), ("B[0].c", Argument::Param(1))];
        let arguments = arrange(places.map(|(place, argument)| (place.to_owned(), argument))).unwrap();
        assert!(arguments.has_token());
        let mut request = json!({"A": 1, "B": [{"token": "t", "c": [2]}]});
        assert_eq!(arguments.take_token(&mut request), Some(json!("t")));
        assert_eq!(request, arguments.filled(&[json!(1), json!([2])]));
        assert_eq!(request["B"][0]["token"], Value::Null);
        assert_eq!(arguments.take_token(&mut json!({"A": 1})), None);
    }
}
