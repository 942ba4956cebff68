//! The keys of XML, CSV and YAML, which are not slices of the text, and text that had to be decoded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Span;

/// Keys and decoded strings beside the tape.
#[derive(Default)]
pub(crate) struct Names {
    /// Each name once.
    table: Vec<Box<str>>,
    known: BTreeMap<Box<str>, u32>,
    keys: Vec<Named>,
    /// By place on the tape, ascending.
    decoded: Vec<(usize, Box<str>)>,
}

/// One key: of an entry in XML and YAML, of a column in CSV.
struct Named {
    span: Span,
    name: u32,
    /// The entry of the same name that follows in the same object; zero for none, because no
    /// entry that has a key is the first of the tape.
    next: u32,
    /// How many of the same name came before in the same object.
    nth: u32,
}

impl Names {
    /// A new key.
    pub fn key(&mut self, name: &str, span: Span) -> u32 {
        let name = self.intern(name);
        let at = number(self.keys.len());
        self.keys.push(Named {
            span,
            name,
            next: 0,
            nth: 0,
        });
        at
    }

    /// The columns of a header; a name that is taken gets its count behind it.
    pub fn columns<'n>(&mut self, header: impl Iterator<Item = (Cow<'n, str>, Span)>) {
        // The count each name is at: to count anew for each would be slow for many alike.
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for (name, span) in header {
            let mut unique = name.clone();
            while self.known.contains_key(&*unique) {
                let count = counts.entry(name.to_string()).or_insert(1);
                *count = count.saturating_add(1);
                unique = Cow::Owned(format!("{name}#{count}"));
            }
            self.key(&unique, span);
        }
    }

    /// The key of a cell: a cell beyond the header is named by its place, as in `#7`.
    pub fn column_at(&mut self, column: u32, cell: Span) -> u32 {
        while number(self.keys.len()) <= column {
            let name = format!("#{}", self.keys.len() + 1);
            self.key(&name, cell);
        }
        column
    }

    fn intern(&mut self, name: &str) -> u32 {
        if let Some(&known) = self.known.get(name) {
            return known;
        }
        let new = number(self.table.len());
        self.table.push(name.into());
        self.known.insert(name.into(), new);
        new
    }

    /// Says that the text of the entry at `at` means `text`; entries come in ascending order.
    pub fn decode(&mut self, at: usize, text: &str) {
        self.decoded.push((at, text.into()));
    }

    /// The key `key` of the entry at `at` is the next one of the same name after `before`.
    pub fn link(&mut self, before: u32, key: u32, at: usize) {
        let mut nth = 0;
        if let Some(named) = self.keys.get_mut(before as usize) {
            named.next = number(at);
            nth = named.nth.saturating_add(1);
        }
        if let Some(named) = self.keys.get_mut(key as usize) {
            named.nth = nth;
        }
    }

    pub fn decoded(&self, at: usize) -> Option<&str> {
        let found = self.decoded.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        self.decoded.get(found).map(|(_, text)| &**text)
    }

    pub fn name_of(&self, key: u32) -> Option<u32> {
        self.keys.get(key as usize).map(|named| named.name)
    }

    pub fn name(&self, key: u32) -> &str {
        let name = self
            .name_of(key)
            .and_then(|name| self.table.get(name as usize));
        name.map_or("", |name| name)
    }

    pub fn span(&self, key: u32) -> Span {
        self.keys
            .get(key as usize)
            .map_or(Span::default(), |named| named.span)
    }

    /// The place on the tape of the next entry of the same name.
    pub fn next(&self, key: u32) -> Option<u32> {
        let next = self.keys.get(key as usize)?.next;
        (next != 0).then_some(next)
    }

    /// How many of the same name came before.
    pub fn nth(&self, key: u32) -> u32 {
        self.keys.get(key as usize).map_or(0, |named| named.nth)
    }
}

/// No table here outgrows the text, which a `u32` counts.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
