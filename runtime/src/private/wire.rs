//! Payloads between Rust and JSON text.

use std::collections::BTreeMap;

use durafn_ir::arguments::{Step, steps};
use serde::{
    Serialize,
    de::{DeserializeOwned, Error as _, Visitor, value},
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;

use crate::callable::InputError;

/// Why a value cannot be written.
pub type Error = serde_json::Error;

/// One value as it is: the payload of a function with one parameter, and every result.
pub fn encode<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// The counterpart of [`encode`].
pub fn decode<T: DeserializeOwned>(json: &str) -> Result<T, InputError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| InputError { path: error.path().to_string(), message: error.inner().to_string() })?;
    deserializer.end().map_err(|error| InputError { path: String::new(), message: error.to_string() })?;
    Ok(value)
}

/// The payload of a function without parameters: any JSON, not looked into.
pub fn decode_none(json: &str) -> Result<(), InputError> {
    decode::<serde::de::IgnoredAny>(json).map(drop)
}

/// An object by parameter name under construction.
#[derive(Debug, Default)]
pub struct ObjectWriter {
    text: String,
}

impl ObjectWriter {
    /// Adds an argument.
    pub fn field<T: Serialize>(mut self, name: &str, value: &T) -> Result<Self, serde_json::Error> {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        self.text.push_str(&serde_json::to_string(name)?);
        self.text.push(':');
        self.text.push_str(&serde_json::to_string(value)?);
        Ok(self)
    }

    /// The object.
    pub fn finish(mut self) -> String {
        if self.text.is_empty() {
            self.text.push('{');
        }
        self.text.push('}');
        self.text
    }
}

/// An object by parameter name. Keys that nobody asks for are ignored.
#[derive(Debug)]
pub struct ObjectReader<'a> {
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> ObjectReader<'a> {
    pub fn new(json: &'a str) -> Result<Self, InputError> {
        let fields = serde_json::from_str(json).map_err(|error| InputError {
            path: String::new(),
            message: format!("arguments are an object by parameter name: {error}"),
        })?;
        Ok(ObjectReader { fields })
    }

    /// An argument. A missing one is `None` where the parameter is an `Option`, else an error.
    pub fn field<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, InputError> {
        match self.fields.get(name) {
            Some(raw) => decode(raw.get()).map_err(|error| error.below(name)),
            None => T::deserialize(Missing(name))
                .map_err(|error: value::Error| InputError { path: String::new(), message: error.to_string() }),
        }
    }
}

/// An object of texts that are JSON.
pub fn object<const N: usize>(fields: [(&str, String); N]) -> Result<String, serde_json::Error> {
    let fields = fields.into_iter().map(|(key, value)| Ok(format!("{}:{value}", serde_json::to_string(key)?)));
    Ok(format!("{{{}}}", fields.collect::<Result<Vec<_>, serde_json::Error>>()?.join(",")))
}

/// An array of texts that are JSON.
pub fn array<const N: usize>(elements: [String; N]) -> String {
    format!("[{}]", elements.join(","))
}

/// A request to a service, read by the places of its arguments.
#[derive(Debug)]
pub struct RequestReader<'a> {
    request: &'a RawValue,
}

impl<'a> RequestReader<'a> {
    pub fn new(json: &'a str) -> Result<Self, InputError> {
        let request = serde_json::from_str(json)
            .map_err(|error| InputError { path: String::new(), message: format!("a request is JSON: {error}") })?;
        Ok(RequestReader { request })
    }

    /// An argument. A missing one is `None` where the parameter is an `Option`, else an error.
    pub fn at<T: DeserializeOwned>(&self, place: &'static str) -> Result<T, InputError> {
        let steps = steps(place).unwrap_or_default();
        match steps.iter().try_fold(self.request, |value, step| below(value, step)) {
            Some(raw) => decode(raw.get()).map_err(|error| error.below(place)),
            None => T::deserialize(Missing(place))
                .map_err(|error: value::Error| InputError { path: String::new(), message: error.to_string() }),
        }
    }
}

fn below<'a>(value: &'a RawValue, step: &Step) -> Option<&'a RawValue> {
    match step {
        Step::Key(key) => serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()).ok()?.remove(key),
        Step::Index(index) => serde_json::from_str::<Vec<&RawValue>>(value.get()).ok()?.get(*index).copied(),
    }
}

impl InputError {
    /// The same error as seen from around the value.
    fn below(mut self, name: &str) -> Self {
        self.path = match self.path.as_str() {
            "" | "." => name.to_owned(),
            inner if inner.starts_with('[') => format!("{name}{inner}"),
            inner => format!("{name}.{inner}"),
        };
        self
    }
}

/// Stands for a key that is not there, as serde's derives treat it.
struct Missing(&'static str);

impl<'de> serde::Deserializer<'de> for Missing {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, value::Error> {
        Err(value::Error::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_survives_the_wire() {
        let json = ObjectWriter::default().field("a", &1_u64).unwrap().field("b", &vec!["x"]).unwrap().finish();
        assert_eq!(json, r#"{"a":1,"b":["x"]}"#);
        let reader = ObjectReader::new(&json).unwrap();
        assert_eq!(reader.field::<u64>("a"), Ok(1));
        assert_eq!(reader.field::<Vec<String>>("b"), Ok(vec!["x".to_owned()]));
        assert_eq!(ObjectWriter::default().finish(), "{}");
    }

    #[test]
    fn a_missing_key_is_named_unless_optional() {
        let reader = ObjectReader::new("{}").unwrap();
        assert_eq!(reader.field::<u64>("a").unwrap_err().to_string(), "missing field `a`");
        assert_eq!(reader.field::<Option<u64>>("a"), Ok(None));
    }

    #[test]
    fn a_request_is_read_by_places() {
        let body = object([("c", encode(&true).unwrap()), ("token", "null".to_owned())]).unwrap();
        let json = object([("A", encode(&1).unwrap()), ("B", array([body]))]).unwrap();
        assert_eq!(json, r#"{"A":1,"B":[{"c":true,"token":null}]}"#);
        let reader = RequestReader::new(&json).unwrap();
        assert_eq!((reader.at::<u8>("A"), reader.at::<bool>("B[0].c")), (Ok(1), Ok(true)));
        assert_eq!(reader.at::<u8>("B[1].c").unwrap_err().to_string(), "missing field `B[1].c`");
        assert_eq!(reader.at::<Option<u8>>("A.b"), Ok(None));
        assert_eq!(reader.at::<u8>("B[0].c").unwrap_err().path, "B[0].c");
    }

    #[test]
    fn an_error_says_where() {
        let reader = ObjectReader::new(r#"{"a": [1, "x"]}"#).unwrap();
        let error = reader.field::<Vec<u64>>("a").unwrap_err();
        assert_eq!(error.path, "a[1]");
        assert_eq!(decode::<u64>("1 2").unwrap_err().path, "");
    }
}
