//! A value of the document and where it stands, when it was read.

use super::Target;
use rehome_grammar::Span;
use rehome_grammar::de::Spanned;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A value and its place. It is written as the value alone; what was not read has an empty place.
#[derive(Clone, Debug, Default)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// The whole value in the file.
    pub span: Span,
}

impl<T> From<T> for At<T> {
    fn from(value: T) -> Self {
        Self {
            value,
            span: Span::default(),
        }
    }
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::deserialize(deserializer)?;
        Ok(Self { value, span })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Read by hand, because what serde makes of untagged enums has no places.
impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, or `missing` with a name")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Target, E> {
        Ok(Target::Found(id.to_owned()))
    }

    /// An id of digits, written without quotes.
    fn visit_u64<E: de::Error>(self, id: u64) -> Result<Target, E> {
        Ok(Target::Found(id.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Target, A::Error> {
        let mut name = None;
        while let Some(key) = entries.next_key::<String>()? {
            if key != "missing" || name.is_some() {
                let message = format!("the key `{key}` does not belong here, but `missing` once");
                return Err(de::Error::custom(message));
            }
            name = Some(entries.next_value::<String>()?);
        }
        let missing = name.ok_or_else(|| de::Error::missing_field("missing"))?;
        Ok(Target::Missing { missing })
    }
}
