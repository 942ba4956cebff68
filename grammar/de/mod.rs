//! Typed values out of a tree, with the place of every error and the keys that nobody read.
//!
//! Exports are written by many hands: a number stands in quotes, a boolean is `"True"`, a list
//! of one is bare. Those spellings are accepted here, once; what a value *may be* is not relaxed:
//! a string that is no number is an error for a number field.
//!
//! | field | accepts |
//! |---|---|
//! | `bool` | booleans; strings `true` and `false` in any case |
//! | integers, floats | numbers; strings that are such a number |
//! | `String`, `&str`, [`Text`] | strings; numbers, as written |
//! | `Option<T>` | `null` and an empty CSV cell as `None`; else `T` |
//! | `Vec<T>` | lists; in XML a key given any number of times |
//! | [`Many<T>`] | lists, a single value, `null`, a repeated key |
//! | structs, maps | objects; in XML also an empty element |
//! | enums | a string, or an object of one key |
//!
//! `tag`, `untagged` and `flatten` of serde read a value into a buffer first and lose its place:
//! look at the node, choose the type, and read that.

mod access;
mod error;
mod ignored;
mod log;
mod many;
mod node;
mod scalar;
mod spanned;
mod string;

pub use error::Error;
pub use ignored::Ignored;
pub use many::Many;
pub use spanned::Spanned;
pub use string::Text;

use crate::{Node, Span};

/// A key that an object has and its struct has not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// Where the key stands.
    pub key: Span,
    /// The key.
    pub name: String,
    /// The name of the struct.
    pub within: &'static str,
}

/// Reads a typed value from a node, and lists the keys that no struct on the way has a field for.
///
/// A field of type [`Ignored`] (or serde's `IgnoredAny`, which is slower) is a field: its key is
/// not listed, which is how a struct says that it ignores a key on purpose. Keys of maps are never
/// unread.
pub fn from_node<'t, T: serde::Deserialize<'t>>(node: Node<'t>) -> (Result<T, Error>, Vec<Unread>) {
    let log = log::Log::new(node);
    let result = T::deserialize(node::Value::alone(node, &log));
    log.finish(result)
}
