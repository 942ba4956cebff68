//! What is inside a node as serde sees it: entries, items, a place, an enum's one key.

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::error::Fault;
use super::log::Log;
use super::node::{Owner, Value};
use super::{scalar, spanned};
use crate::tree::Children;
use crate::{Key, Kind, Node, Span};

/// The entries of an object.
pub(super) struct Entries<'a, 't> {
    object: Node<'t>,
    children: Children<'t>,
    /// The entry whose key was asked for and whose value was not.
    current: Option<Node<'t>>,
    owner: Owner,
    log: &'a Log<'t>,
}

impl<'a, 't> Entries<'a, 't> {
    #[inline]
    pub fn new(object: Node<'t>, owner: Owner, log: &'a Log<'t>) -> Self {
        Entries {
            object,
            children: object.inside(Kind::Object),
            current: None,
            owner,
            log,
        }
    }
}

impl<'t> MapAccess<'t> for Entries<'_, 't> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        for node in self.children.by_ref() {
            let Some(key) = node.key() else { continue };
            if self.owner.xml && !key.is_first() {
                // The first of the name has already stood for all of them.
                continue;
            }
            self.current = Some(node);
            return seed
                .deserialize(Name {
                    node,
                    key,
                    log: self.log,
                })
                .map(Some);
        }
        self.log.value(self.object);
        Ok(None)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(node) = self.current.take() else {
            return Err(Fault::new("a value was read before its key".to_owned()));
        };
        seed.deserialize(Value {
            node,
            owner: Some(&self.owner),
            log: self.log,
        })
    }
}

/// The key of an entry.
struct Name<'a, 't> {
    node: Node<'t>,
    key: Key<'t>,
    log: &'a Log<'t>,
}

impl<'t> Deserializer<'t> for Name<'_, 't> {
    type Error = Fault;

    #[inline]
    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.log.key(self.node);
        scalar::text(self.key.name(), visitor)
    }

    /// The name of a field: serde matches bytes as well as text, and bytes need no check.
    #[inline]
    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.log.key(self.node);
        match self.key.plain() {
            Some(name) => visitor.visit_borrowed_bytes(name),
            None => scalar::text(self.key.name(), visitor),
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == spanned::NAME {
            visitor.visit_seq(Place::new(self.key.span(), self))
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.log.key(self.node);
        visitor.visit_enum(self.key.name().into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple map struct ignored_any
    }
}

/// The items of a list, however it is written.
pub(super) struct Items<'a, 't> {
    list: Node<'t>,
    left: Left<'t>,
    log: &'a Log<'t>,
}

enum Left<'t> {
    Items(Children<'t>),
    /// The next entry of the same name in an XML element.
    Named(Option<Node<'t>>),
}

impl<'a, 't> Items<'a, 't> {
    #[inline]
    pub fn of(value: Value<'a, 't>) -> Self {
        let Value { node, log, .. } = value;
        let left = if value.repeats() {
            Left::Named(Some(node))
        } else {
            Left::Items(node.each())
        };
        Items {
            list: node,
            left,
            log,
        }
    }
}

impl<'t> SeqAccess<'t> for Items<'_, 't> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let node = match &mut self.left {
            Left::Items(items) => items.next(),
            Left::Named(next) => {
                let node = *next;
                *next = node.and_then(Node::next_of_name);
                node
            }
        };
        if let Some(node) = node {
            return seed.deserialize(Value::alone(node, self.log)).map(Some);
        }
        self.log.value(self.list);
        Ok(None)
    }

    /// Exact: a list that grows by doubling can take twice the memory it needs.
    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(match &self.left {
            Left::Items(items) => items.clone().count(),
            Left::Named(node) => std::iter::successors(*node, |node| node.next_of_name()).count(),
        })
    }
}

/// The parts of a [`Spanned`](super::Spanned): start, end, value.
pub(super) struct Place<D> {
    span: Span,
    value: Option<D>,
    given: u8,
}

impl<D> Place<D> {
    #[inline]
    pub fn new(span: Span, value: D) -> Self {
        Place {
            span,
            value: Some(value),
            given: 0,
        }
    }
}

impl<'t, D: Deserializer<'t, Error = Fault>> SeqAccess<'t> for Place<D> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let number = |number: u32| -> U32Deserializer<Fault> { number.into_deserializer() };
        self.given = self.given.saturating_add(1);
        match self.given {
            1 => seed.deserialize(number(self.span.start)).map(Some),
            2 => seed.deserialize(number(self.span.end)).map(Some),
            _ => self
                .value
                .take()
                .map(|value| seed.deserialize(value))
                .transpose(),
        }
    }
}

/// An enum written as an object whose one key is the variant.
pub(super) struct OneKey<'a, 't> {
    pub key: Key<'t>,
    pub inner: Value<'a, 't>,
}

impl<'a, 't> EnumAccess<'t> for OneKey<'a, 't> {
    type Error = Fault;
    type Variant = Inner<'a, 't>;

    fn variant_seed<V: DeserializeSeed<'t>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Inner<'a, 't>), Fault> {
        let variant = seed.deserialize(Name {
            node: self.inner.node,
            key: self.key,
            log: self.inner.log,
        })?;
        Ok((variant, Inner(self.inner)))
    }
}

/// What the variant of an enum holds.
pub(super) struct Inner<'a, 't>(Value<'a, 't>);

impl<'t> VariantAccess<'t> for Inner<'_, 't> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        serde::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'t>>(self, _length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.0.deserialize_struct("", fields, visitor)
    }
}
