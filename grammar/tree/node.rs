//! One value of the tree.

use std::borrow::Cow;
use std::fmt;

use super::{Children, Key, Tree};
use crate::tape::Entry;
use crate::{Span, Syntax, json, table};

/// The sorts of values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// `null` of JSON and YAML.
    Null,
    /// `true` or `false` of JSON and YAML.
    Bool,
    /// A number of JSON and YAML.
    Number,
    /// A string; in XML, CSV and text every scalar is one.
    String,
    /// A list.
    Array,
    /// Keys and values; in XML an element that has attributes or elements.
    Object,
}

impl Kind {
    /// The word for it, with its article, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "a list",
            Kind::Object => "an object",
        }
    }
}

/// One value; as cheap to copy as a reference.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) at: u32,
    pub(crate) entry: Entry,
}

impl<'t> Node<'t> {
    /// Which sort of value it is.
    #[must_use]
    #[inline]
    pub const fn kind(self) -> Kind {
        self.entry.kind()
    }

    /// Its place on the tape.
    #[inline]
    pub(crate) const fn place(self) -> u32 {
        self.at
    }

    /// The tree it belongs to.
    #[must_use]
    #[inline]
    pub const fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The whole value: with the quotes of a JSON string or CSV cell, from tag to tag for an XML
    /// element that has attributes or elements, the text alone for one that has only text.
    #[must_use]
    #[inline]
    pub const fn span(self) -> Span {
        self.entry.span()
    }

    /// The value as it is written.
    #[must_use]
    #[inline]
    pub fn raw(self) -> &'t str {
        self.tree.slice(self.span())
    }

    /// Its key, unless it is an item or a root.
    #[must_use]
    #[inline]
    pub fn key(self) -> Option<Key<'t>> {
        Key::of(self)
    }

    /// What a string means: escapes, entities and quotes resolved. Nothing for another kind.
    #[must_use]
    #[inline]
    pub fn str(self) -> Option<Cow<'t, str>> {
        if self.kind() != Kind::String {
            return None;
        }
        Some(match self.tree.syntax {
            Syntax::Json if self.entry.escaped() => json::string::decode(self.inner()),
            Syntax::Json => Cow::Borrowed(self.inner()),
            Syntax::Csv => table::decode(self.raw()),
            Syntax::Xml | Syntax::Yaml if self.entry.escaped() => Cow::Borrowed(
                self.tree
                    .names
                    .decoded(self.at as usize)
                    .unwrap_or_default(),
            ),
            Syntax::Xml | Syntax::Yaml | Syntax::Text => Cow::Borrowed(self.raw()),
        })
    }

    /// What a string means where the text has it as it is: in JSON without escapes.
    #[inline]
    pub(crate) fn plain(self) -> Option<&'t str> {
        let plain = self.tree.syntax == Syntax::Json
            && self.kind() == Kind::String
            && !self.entry.escaped();
        plain.then(|| self.inner())
    }

    /// A JSON string without its quotes, as written.
    #[inline]
    fn inner(self) -> &'t str {
        let Span { start, end } = self.span();
        self.tree
            .slice(Span::new(start.saturating_add(1), end.saturating_sub(1)))
    }

    /// The value of a boolean.
    #[must_use]
    #[inline]
    pub fn bool(self) -> Option<bool> {
        let first = || self.tree.text.as_bytes().get(self.entry.start as usize);
        (self.kind() == Kind::Bool).then(|| matches!(first(), Some(b't' | b'T')))
    }

    /// A number as written.
    #[must_use]
    #[inline]
    pub fn number(self) -> Option<&'t str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// Whether it is JSON `null`.
    #[must_use]
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Keys and values of an object, as often as they are given; nothing for another kind.
    pub fn entries(self) -> impl Iterator<Item = (Key<'t>, Node<'t>)> + use<'t> {
        self.inside(Kind::Object)
            .filter_map(|node| Some((node.key()?, node)))
    }

    /// The values of an array; nothing for another kind.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.inside(Kind::Array)
    }

    /// The first entry of that name.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entries()
            .find(|(name, _)| name.is(key))
            .map(|(_, node)| node)
    }

    /// A list however it is written: the items of an array, a value that stands alone, the
    /// values of a key that is repeated. Absent and `null` are no values.
    pub fn many(self, key: &str) -> impl Iterator<Item = Node<'t>> {
        self.entries()
            .filter(move |(name, _)| name.is(key))
            .flat_map(|(_, node)| node.each())
    }

    /// How many entries or items it has; it goes through them to count.
    #[must_use]
    pub fn len(self) -> usize {
        self.inside(self.kind()).count()
    }

    /// Whether it has no entries and no items, as every scalar.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.entry.skip() == 1
    }

    /// Where a part of what a string means is written: `part` is a range of [`Node::str`], the
    /// answer one of [`Tree::text`]. Where the two do not correspond it is the whole value.
    #[must_use]
    pub fn span_of(self, part: Span) -> Span {
        super::written::written(self, part)
    }

    #[inline]
    pub(crate) fn inside(self, kind: Kind) -> Children<'t> {
        let end = self.at.saturating_add(self.entry.skip());
        let start = if self.kind() == kind {
            self.at + 1
        } else {
            end
        };
        Children::new(self.tree, start, end)
    }

    /// The next entry of the same name in an XML element.
    pub(crate) fn next_of_name(self) -> Option<Node<'t>> {
        self.tree.node(self.tree.names.next(self.entry.key)?)
    }

    /// The items of an array, nothing for null, the value itself for the rest.
    #[inline]
    pub(crate) fn each(self) -> Children<'t> {
        let end = self.at.saturating_add(self.entry.skip());
        let start = match self.kind() {
            Kind::Array => self.at.saturating_add(1),
            Kind::Null => end,
            Kind::Bool | Kind::Number | Kind::String | Kind::Object => self.at,
        };
        Children::new(self.tree, start, end)
    }
}

impl PartialEq for Node<'_> {
    /// The same place in the same tree.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.at == other.at
    }
}

impl Eq for Node<'_> {}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.span())
    }
}
