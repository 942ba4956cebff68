//! A list however it is written.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// The name by which the deserializer knows that a single value will do.
pub(super) const NAME: &str = "$rehome_grammar::Many";

/// A list, a single value that stands for a list of one, a repeated XML key, or `null` for none.
/// With `#[serde(default)]` an absent key is none, too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many(Vec::new())
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for Many<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Many<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, Each(PhantomData))
    }
}

struct Each<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a single value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Many<T>, A::Error> {
        // Not more than a page at once on the word of a hint.
        let hint = items
            .size_hint()
            .unwrap_or(0)
            .min(4096 / size_of::<T>().max(1));
        let mut many = Vec::with_capacity(hint);
        while let Some(item) = items.next_element()? {
            many.push(item);
        }
        Ok(Many(many))
    }

    /// What another deserializer makes of the name: a list and nothing else.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Many<T>, D::Error> {
        Vec::deserialize(inner).map(Many)
    }
}
