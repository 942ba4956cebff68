//! A node as serde sees it.

use std::borrow::Cow;

use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, Error as _, Expected, Unexpected, Visitor};

use super::access::{Entries, Items, OneKey, Place};
use super::error::Fault;
use super::log::Log;
use super::{ignored, many, scalar, spanned};
use crate::{Key, Kind, Node, Syntax};

/// Whose entry a value is.
pub(super) struct Owner {
    pub struct_name: &'static str,
    /// The keys that the struct has; nothing for a map, which has them all.
    pub fields: Option<&'static [&'static str]>,
    /// In XML the first entry of a name stands for all of them.
    pub xml: bool,
}

/// A node, or in XML all the nodes of one key.
#[derive(Clone, Copy)]
pub(super) struct Value<'a, 't> {
    pub node: Node<'t>,
    pub owner: Option<&'a Owner>,
    pub log: &'a Log<'t>,
}

impl<'a, 't> Value<'a, 't> {
    #[inline]
    pub fn alone(node: Node<'t>, log: &'a Log<'t>) -> Self {
        Value {
            node,
            owner: None,
            log,
        }
    }

    /// Whether the node stands for all that follow under the same name.
    #[inline]
    pub fn repeats(self) -> bool {
        self.owner.is_some_and(|owner| owner.xml)
    }

    /// An XML element with nothing in it is an object without keys as much as an empty string.
    fn empty_element(self) -> bool {
        self.node.tree().syntax() == Syntax::Xml
            && self.node.str().is_some_and(|text| text.is_empty())
    }

    /// One value is wanted: a key that is given several times in XML is more than one.
    #[inline]
    fn single(self) -> Result<(), Fault> {
        self.log.value(self.node);
        if self.repeats() {
            self.not_repeated()
        } else {
            Ok(())
        }
    }

    #[inline(never)]
    fn not_repeated(self) -> Result<(), Fault> {
        match self.node.key().filter(Key::repeats) {
            Some(key) => Err(Fault::new(format!(
                "the element `{}` is given more than once",
                key.name()
            ))),
            None => Ok(()),
        }
    }

    #[cold]
    fn wrong(self, expected: &dyn Expected) -> Fault {
        self.log.value(self.node);
        let text = self.node.str();
        let found = match self.node.kind() {
            Kind::Null => Unexpected::Unit,
            Kind::Bool => Unexpected::Bool(self.node.bool() == Some(true)),
            Kind::Number => Unexpected::Other(self.node.raw()),
            Kind::String => Unexpected::Str(text.as_deref().unwrap_or_default()),
            Kind::Array => Unexpected::Seq,
            Kind::Object => Unexpected::Map,
        };
        Fault::invalid_type(found, expected)
    }

    #[inline]
    fn entries<V: Visitor<'t>>(
        self,
        struct_name: &'static str,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.single()?;
        if self.node.kind() != Kind::Object && !self.empty_element() {
            return Err(self.wrong(&visitor));
        }
        let xml = self.node.tree().syntax() == Syntax::Xml;
        let owner = Owner {
            struct_name,
            fields,
            xml,
        };
        visitor.visit_map(Entries::new(self.node, owner, self.log))
    }
}

/// Methods that all do the same.
macro_rules! alike {
    ($do:ident: $($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.$do(visitor)
        }
    )*};
}

impl<'t> Value<'_, 't> {
    #[inline]
    fn a_number<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.single()?;
        if let Some(number) = self.node.number() {
            return scalar::number(number, visitor);
        }
        let text = self.node.str().unwrap_or_default();
        let text = text.trim();
        if scalar::is_number(text) {
            scalar::number(text, visitor)
        } else {
            Err(self.wrong(&visitor))
        }
    }

    #[inline]
    fn a_text<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.single()?;
        match self.node.plain() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.other_text(visitor),
        }
    }

    /// A string that had to be decoded, and a number as it is written.
    fn other_text<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self
            .node
            .str()
            .or_else(|| self.node.number().map(Cow::Borrowed))
        {
            Some(text) => scalar::text(text, visitor),
            None => Err(self.wrong(&visitor)),
        }
    }
}

impl<'t> Deserializer<'t> for Value<'_, 't> {
    type Error = Fault;

    alike! { a_number:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }
    alike! { a_text:
        deserialize_str deserialize_string deserialize_char deserialize_identifier
        deserialize_bytes deserialize_byte_buf
    }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => self.deserialize_bool(visitor),
            Kind::Number => self.a_number(visitor),
            Kind::String => self.a_text(visitor),
            Kind::Array => self.deserialize_seq(visitor),
            Kind::Object => self.deserialize_map(visitor),
        }
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.single()?;
        match self.node.bool().or_else(|| scalar::bool(&self.node.str()?)) {
            Some(known) => visitor.visit_bool(known),
            None => Err(self.wrong(&visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        let empty_cell = self.node.tree().syntax() == Syntax::Csv && self.node.raw().is_empty();
        if self.node.is_null() || empty_cell {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.single()?;
        if self.node.is_null() {
            visitor.visit_unit()
        } else {
            Err(self.wrong(&visitor))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            many::NAME => visitor.visit_seq(Items::of(self)),
            ignored::NAME => visitor.visit_unit(),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.kind() == Kind::Array || self.repeats() {
            visitor.visit_seq(Items::of(self))
        } else {
            Err(self.wrong(&visitor))
        }
    }

    fn deserialize_tuple<V: Visitor<'t>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == spanned::NAME {
            visitor.visit_seq(Place::new(self.node.span(), self))
        } else {
            self.deserialize_seq(visitor)
        }
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.entries("", None, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.entries(name, Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.single()?;
        let wanted = &"a string or an object with one key";
        if self.node.kind() == Kind::Object {
            let mut entries = self.node.entries();
            let (Some((key, inner)), None) = (entries.next(), entries.next()) else {
                return Err(self.wrong(wanted));
            };
            return visitor.visit_enum(OneKey {
                key,
                inner: Value::alone(inner, self.log),
            });
        }
        match self.node.str() {
            Some(text) => visitor.visit_enum(StringDeserializer::new(text.into_owned())),
            None => Err(self.wrong(wanted)),
        }
    }

    /// A struct asks for this where it has no field, and where its field is an `IgnoredAny`.
    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let (Some(owner), Some(key)) = (self.owner, self.node.key())
            && owner
                .fields
                .is_some_and(|fields| !fields.contains(&&*key.name()))
        {
            self.log.unread(key, owner.struct_name);
        }
        visitor.visit_unit()
    }
}
