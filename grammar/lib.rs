//! Bytes to trees with a span on every node and key, and the small languages inside strings.
//!
//! [`read`] takes the bytes of one file and decides by their content whether it is JSON, XML, CSV,
//! YAML or plain text; all five become the same [`Tree`], so whoever reads a file reads one shape.
//! [`de::from_node`] turns a node into a typed value and lists the keys that nobody asked for.
//! [`text`] holds the languages that live inside strings: addresses, ports, paths, references.
//!
//! ```
//! let tree = rehome_grammar::read(br#"{"name": "web", "ports": [80, 443]}"#.to_vec())?;
//! let root = tree.roots().next().unwrap();
//! assert_eq!(root.get("name").and_then(|name| name.str()).as_deref(), Some("web"));
//! assert_eq!(tree.pointer_at(26), "/ports/0");
//! # Ok::<(), rehome_grammar::Failure>(())
//! ```
//!
//! No input makes this crate panic, and none makes it recurse deeper than [`MAX_DEPTH`].

pub mod de;
pub mod text;

mod decode;
mod failure;
mod json;
mod read;
mod span;
mod table;
mod tape;
mod tree;
mod xml;
mod yaml;

pub use failure::{Failure, Note, NoteKind, Related};
pub use read::{Syntax, read};
pub use span::Span;
pub use tree::{Key, Kind, Node, Tree};

/// How deep values may nest; a file that goes deeper is refused.
pub const MAX_DEPTH: usize = 256;
