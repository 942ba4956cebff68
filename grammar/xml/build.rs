//! From elements and attributes to keys and values.

use std::collections::BTreeMap;

use roxmltree::{Attribute, Node};

use crate::tape::{self, Entry, NO_KEY};
use crate::tree::{Names, Parsed};
use crate::{Failure, Kind, MAX_DEPTH, Span, Syntax};

/// The namespace whose attributes say what type an element has, whatever prefix they are given.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(super) struct Builder<'t> {
    text: &'t str,
    /// How many bytes were put before `text` for the reader.
    shift: usize,
    tape: Vec<Entry>,
    names: Names,
}

impl<'t> Builder<'t> {
    pub fn new(text: &'t str, shift: usize) -> Builder<'t> {
        Builder {
            text,
            shift,
            tape: Vec::new(),
            names: Names::default(),
        }
    }

    pub fn roots<'a, 'i: 'a>(
        mut self,
        elements: impl Iterator<Item = Node<'a, 'i>>,
    ) -> Result<Parsed, Failure> {
        for element in elements {
            let span = self.span(element.range());
            let at = self.tape.len();
            self.tape
                .push(Entry::new(Kind::Object, NO_KEY, false, span.start));
            self.element(element, 1)?;
            self.close(at, span.range().end)?;
        }
        Ok(self.finish())
    }

    /// What was built.
    pub fn finish(self) -> Parsed {
        let Builder { tape, names, .. } = self;
        Parsed {
            syntax: Syntax::Xml,
            tape,
            names,
            notes: Vec::new(),
        }
    }

    /// The number of a key that stands here.
    pub fn key(&mut self, name: &str, span: Span) -> u32 {
        self.names.key(name, span)
    }

    /// Begins what holds others; [`Self::close`] ends it.
    pub fn open(&mut self, entry: Entry) -> usize {
        self.tape.push(entry);
        self.tape.len() - 1
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let back = |at: usize| at.saturating_sub(self.shift);
        Span::between(back(range.start), back(range.end))
    }

    /// Ends what was begun at a place of the tape.
    pub fn close(&mut self, at: usize, end: usize) -> Result<(), Failure> {
        tape::close(&mut self.tape, at, end)?;
        self.chain(at);
        Ok(())
    }

    /// Recursion is bounded by [`MAX_DEPTH`].
    fn element(&mut self, element: Node<'_, '_>, depth: usize) -> Result<(), Failure> {
        let span = self.span(element.range());
        let name = element.tag_name().name();
        let key = self.names.key(name, self.tag_span(span, name));
        let text_only = element.children().all(|child| !child.is_element());
        if text_only && element.attributes().len() == 0 {
            self.text(element, key, span);
            return Ok(());
        }
        if depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Failure::new(span, message));
        }
        let at = self.tape.len();
        self.tape
            .push(Entry::new(Kind::Object, key, false, span.start));
        for attribute in element.attributes() {
            self.attribute(&attribute);
        }
        for child in element.children() {
            if child.is_element() {
                self.element(child, depth + 1)?;
            } else if let Some(text) = child.text().filter(|_| child.is_text())
                && !text.trim().is_empty()
            {
                let span = self.span(child.range());
                let key = self.names.key("#text", span);
                self.string(key, span, text);
            }
        }
        self.close(at, span.range().end)
    }

    /// Where the name stands in the start tag: after `<` and a prefix.
    fn tag_span(&self, element: Span, name: &str) -> Span {
        let tag = element.of(self.text);
        let end = tag
            .find(['>', '/', ' ', '\t', '\r', '\n'])
            .unwrap_or(tag.len());
        let start = end.saturating_sub(name.len());
        let base = element.range().start;
        Span::between(base + start, base + end)
    }

    fn attribute(&mut self, attribute: &Attribute<'_, '_>) {
        let name = match attribute.namespace() {
            Some(INSTANCE) => format!("@xsi:{}", attribute.name()),
            _ => format!("@{}", attribute.name()),
        };
        let key_span = self.span(attribute.range_qname());
        let key = self.names.key(&name, key_span);
        let span = self.span(attribute.range_value());
        self.string(key, span, attribute.value());
    }

    /// An element with nothing but text, comments and instructions in it.
    fn text(&mut self, element: Node<'_, '_>, key: u32, whole: Span) {
        let texts = || element.children().filter(Node::is_text);
        let (Some(first), Some(last)) = (texts().next(), texts().next_back()) else {
            self.push(key, whole, Some(""));
            return;
        };
        let span = self.span(first.range().start..last.range().end);
        if first == last {
            self.string(key, span, first.text().unwrap_or_default());
        } else {
            let text: String = texts().filter_map(|text| text.text()).collect();
            self.string(key, span, &text);
        }
    }

    /// Adds a string, as it is meant.
    pub fn string(&mut self, key: u32, span: Span, meant: &str) {
        let decoded = (span.of(self.text) != meant).then_some(meant);
        self.push(key, span, decoded);
    }

    fn push(&mut self, key: u32, span: Span, decoded: Option<&str>) {
        if let Some(decoded) = decoded {
            self.names.decode(self.tape.len(), decoded);
        }
        let entry = Entry::new(Kind::String, key, false, span.start).ending(span.end);
        self.tape.push(entry.escaped_if(decoded.is_some()));
    }

    /// Links the entries of one name in the object at `at`, so that a list is found in one walk.
    fn chain(&mut self, at: usize) {
        let Some(object) = self.tape.get(at) else {
            return;
        };
        let end = at + object.skip() as usize;
        let mut last: BTreeMap<u32, u32> = BTreeMap::new();
        let mut child = at + 1;
        while let Some(entry) = self.tape.get(child).filter(|_| child < end) {
            let before = self
                .names
                .name_of(entry.key)
                .and_then(|name| last.insert(name, entry.key));
            if let Some(before) = before {
                self.names.link(before, entry.key, child);
            }
            child += entry.skip() as usize;
        }
    }
}
