//! A node as serde sees it.

use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, Error as _, Unexpected, Visitor};

use super::access::{Entries, Items, OneKey, Place};
use super::{Error, Log, Unread, many, scalar, spanned};
use crate::{Kind, Node, Syntax};

/// Whose entry a value is.
pub(super) struct Owner {
    pub struct_name: &'static str,
    /// The keys that the struct has; nothing for a map, which has them all.
    pub fields: Option<&'static [&'static str]>,
}

/// A node, or in XML all the nodes of one key.
#[derive(Clone, Copy)]
pub(super) struct Value<'a, 't> {
    pub node: Node<'t>,
    /// The node stands for all that follow under the same name.
    pub repeats: bool,
    pub owner: Option<&'a Owner>,
    pub log: &'a Log,
}

impl<'a, 't> Value<'a, 't> {
    pub fn alone(node: Node<'t>, log: &'a Log) -> Self {
        Value {
            node,
            repeats: false,
            owner: None,
            log,
        }
    }

    fn xml(self) -> bool {
        self.node.tree.syntax() == Syntax::Xml
    }

    /// An element with nothing in it is an object without keys as much as an empty string.
    fn empty_element(self) -> bool {
        self.xml()
            && self.node.kind() == Kind::String
            && self.node.str().is_none_or(|s| s.is_empty())
    }

    /// One value is wanted: a key that is given several times in XML is more than one.
    fn single(self) -> Result<Self, Error> {
        if self.repeats && self.node.key().is_some_and(|key| key.repeats()) {
            let name = self.node.key().map(|key| key.name()).unwrap_or_default();
            let message = format!("the element `{name}` is given more than once");
            return Err(Error::new(message).at(self.node.span()));
        }
        Ok(self)
    }

    /// Gives errors from inside the place of this node, unless they have their own.
    fn placed<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| error.at(self.node.span()))
    }

    fn wrong<T>(self, expected: &dyn serde::de::Expected) -> Result<T, Error> {
        let text = self.node.str();
        let found = match self.node.kind() {
            Kind::Null => Unexpected::Unit,
            Kind::Bool => Unexpected::Bool(self.node.bool() == Some(true)),
            Kind::Number => Unexpected::Other(self.node.raw()),
            Kind::String => Unexpected::Str(text.as_deref().unwrap_or_default()),
            Kind::Array => Unexpected::Seq,
            Kind::Object => Unexpected::Map,
        };
        Err(Error::invalid_type(found, expected).at(self.node.span()))
    }

    fn entries<V: Visitor<'t>>(self, owner: Owner, visitor: V) -> Result<V::Value, Error> {
        let value = self.single()?;
        if value.node.kind() != Kind::Object && !value.empty_element() {
            return value.wrong(&visitor);
        }
        let entries = Entries::new(value.node, owner, value.log);
        value.placed(visitor.visit_map(entries))
    }
}

/// The methods that want a number.
macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
            let value = self.single()?;
            match value.node.kind() {
                Kind::Number => value.placed(scalar::number(value.node.raw(), visitor)),
                Kind::String => {
                    let text = value.node.str().unwrap_or_default();
                    if scalar::is_number(text.trim()) {
                        value.placed(scalar::number(text.trim(), visitor))
                    } else {
                        value.wrong(&visitor)
                    }
                }
                Kind::Null | Kind::Bool | Kind::Array | Kind::Object => value.wrong(&visitor),
            }
        }
    )*};
}

impl<'t> Deserializer<'t> for Value<'_, 't> {
    type Error = Error;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.kind() {
            Kind::Null => self.placed(visitor.visit_unit()),
            Kind::Bool => self.deserialize_bool(visitor),
            Kind::Number => self.deserialize_f64(visitor),
            Kind::String => self.deserialize_str(visitor),
            Kind::Array => self.deserialize_seq(visitor),
            Kind::Object => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.single()?;
        let known = value
            .node
            .bool()
            .or_else(|| scalar::bool(&value.node.str()?));
        match known {
            Some(known) => value.placed(visitor.visit_bool(known)),
            None => value.wrong(&visitor),
        }
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.single()?;
        let text = value.node.str();
        let Some(text) = text.or_else(|| value.node.number().map(Into::into)) else {
            return value.wrong(&visitor);
        };
        value.placed(scalar::text(text, visitor))
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.wrong(&visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.wrong(&visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let empty_cell = self.node.tree.syntax() == Syntax::Csv && self.node.raw().is_empty();
        if self.node.is_null() || empty_cell {
            self.placed(visitor.visit_none())
        } else {
            self.placed(visitor.visit_some(self))
        }
    }

    fn deserialize_unit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            self.placed(visitor.visit_unit())
        } else {
            self.wrong(&visitor)
        }
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == many::NAME {
            return self.placed(visitor.visit_seq(Items::of(self)));
        }
        self.placed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.kind() == Kind::Array || self.xml() && self.repeats {
            return self.placed(visitor.visit_seq(Items::of(self)));
        }
        self.wrong(&visitor)
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == spanned::NAME {
            return visitor.visit_seq(Place::new(self.node.span(), self));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.entries(
            Owner {
                struct_name: "",
                fields: None,
            },
            visitor,
        )
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        struct_name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.entries(
            Owner {
                struct_name,
                fields: Some(fields),
            },
            visitor,
        )
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let value = self.single()?;
        if value.node.kind() == Kind::Object {
            let mut entries = value.node.entries();
            let (Some((key, inner)), None) = (entries.next(), entries.next()) else {
                return value.wrong(&"a string or an object with one key");
            };
            let inner = Value::alone(inner, value.log);
            return value.placed(visitor.visit_enum(OneKey { key, inner }));
        }
        match value.node.str() {
            Some(text) => {
                let text: StringDeserializer<Error> = StringDeserializer::new(text.into_owned());
                value.placed(visitor.visit_enum(text))
            }
            None => value.wrong(&"a string or an object with one key"),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        // A struct asks for this where it has no field, and where its field ignores on purpose.
        if let (Some(owner), Some(key)) = (self.owner, self.node.key())
            && let Some(fields) = owner.fields
        {
            let name = key.name();
            if !fields.contains(&&*name) {
                let unread = Unread {
                    key: key.span(),
                    name: name.into_owned(),
                    within: owner.struct_name,
                };
                self.log.borrow_mut().push(unread);
            }
        }
        visitor.visit_unit()
    }
}
