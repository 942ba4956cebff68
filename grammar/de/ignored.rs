//! A key that is ignored on purpose.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};

/// The name by which the deserializer knows that the field is there to be ignored.
pub(super) const NAME: &str = "$rehome_grammar::Ignored";

/// A field whose key may be present and whose value does not matter.
///
/// With `#[serde(default)]` it may also be absent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Ignored;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Ignored, E> {
        Ok(Ignored)
    }

    /// What another deserializer makes of the name.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Ignored, D::Error> {
        IgnoredAny::deserialize(inner).map(|_| Ignored)
    }
}
