//! The name that a value has in its object.

use std::borrow::Cow;
use std::fmt;

use super::{Node, Tree};
use crate::tape::{Entry, NO_KEY};
use crate::{Span, Syntax, json};

/// The key of one entry of an object.
#[derive(Clone, Copy)]
pub struct Key<'t> {
    tree: &'t Tree,
    entry: Entry,
}

impl<'t> Key<'t> {
    #[inline]
    pub(crate) fn of(node: Node<'t>) -> Option<Key<'t>> {
        (node.entry.key != NO_KEY).then_some(Key {
            tree: node.tree,
            entry: node.entry,
        })
    }

    /// The name: decoded; attributes of XML begin with `@`, their text beside others is `#text`.
    #[must_use]
    #[inline]
    pub fn name(&self) -> Cow<'t, str> {
        if self.tree.syntax != Syntax::Json {
            return Cow::Borrowed(self.tree.names.name(self.entry.key));
        }
        let raw = self.raw_json();
        if self.entry.key_escaped() {
            json::string::decode(raw)
        } else {
            Cow::Borrowed(raw)
        }
    }

    /// Where it stands: with its quotes in JSON, in the start tag in XML, in the header in
    /// CSV, as written in YAML.
    #[must_use]
    pub fn span(&self) -> Span {
        if self.tree.syntax == Syntax::Json {
            Span::new(self.entry.key, self.json_end())
        } else {
            self.tree.names.span(self.entry.key)
        }
    }

    /// The name as bytes where the text has it as it is: in JSON without escapes.
    #[inline]
    pub(crate) fn plain(&self) -> Option<&'t [u8]> {
        if self.tree.syntax != Syntax::Json || self.entry.key_escaped() {
            return None;
        }
        let start = (self.entry.key as usize).saturating_add(1);
        let end = (self.json_end() as usize).saturating_sub(1);
        self.tree.text.as_bytes().get(start..end)
    }

    /// Whether the name is `name`, found out without decoding where that can be.
    #[must_use]
    #[inline]
    pub fn is(&self, name: &str) -> bool {
        if self.tree.syntax != Syntax::Json || self.entry.key_escaped() {
            return self.name() == name;
        }
        let start = self.entry.key as usize + 1;
        let end = start + name.len();
        let bytes = self.tree.text.as_bytes();
        bytes.get(start..end) == Some(name.as_bytes()) && bytes.get(end) == Some(&b'"')
    }

    /// Whether no entry of the same name comes before it; only XML keeps count.
    pub(crate) fn is_first(&self) -> bool {
        self.tree.names.nth(self.entry.key) == 0
    }

    /// Whether another entry of the same name follows; only XML keeps count.
    pub(crate) fn repeats(&self) -> bool {
        self.tree.names.next(self.entry.key).is_some()
    }

    /// Between the quotes.
    #[inline]
    fn raw_json(&self) -> &'t str {
        let inner = Span::new(
            self.entry.key.saturating_add(1),
            self.json_end().saturating_sub(1),
        );
        self.tree.slice(inner)
    }

    /// Between the end of a key and its value are a colon and white space and nothing else, so
    /// the end is the last quote before the value.
    #[inline]
    fn json_end(&self) -> u32 {
        let before = self.tree.text.as_bytes().get(..self.entry.start as usize);
        let before = before.unwrap_or_default();
        let quote = match before {
            [.., b'"', b':'] => before.len().checked_sub(2),
            [.., b'"', b':', b' '] => before.len().checked_sub(3),
            _ => before.iter().rposition(|&byte| byte == b'"'),
        };
        Span::between(0, quote.map_or(0, |at| at + 1)).end
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.name(), self.span())
    }
}
