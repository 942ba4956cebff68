//! The tape: 16 bytes a value, in the order of the text.
//!
//! A value that holds others is followed by all of them, and says how many entries to skip to
//! get past them. Where a key belongs to a value it is part of the value's entry.

use crate::{Failure, Kind, Span};

/// `key` of a value that has none (an item, a root).
pub(crate) const NO_KEY: u32 = u32::MAX;

const KIND: u32 = 0b111;
/// The key is written with escapes: it must be decoded before it is compared.
const KEY_ESCAPED: u32 = 1 << 3;
/// The rest of `meta`: entries to skip for what holds others, the flag below for the rest.
const SHIFT: u32 = 4;
/// The string as written is not the string that is meant.
const ESCAPED: u32 = 1 << SHIFT;
/// How many entries one value can span.
const MAX_SKIP: u32 = u32::MAX >> SHIFT;

/// One value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// JSON: where the key starts (its end is found by going back from `start`).
    /// XML, CSV and YAML: the number of the key in [`Names`](crate::tree::Names).
    pub key: u32,
    /// Where the value starts.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    meta: u32,
}

impl Entry {
    #[inline]
    pub fn new(kind: Kind, key: u32, key_escaped: bool, start: u32) -> Entry {
        let escaped = if key_escaped { KEY_ESCAPED } else { 0 };
        Entry {
            key,
            start,
            end: start,
            meta: kind as u32 | escaped,
        }
    }

    pub fn ending(mut self, end: u32) -> Entry {
        self.end = end;
        self
    }

    pub fn escaped_if(mut self, escaped: bool) -> Entry {
        if escaped {
            self.meta |= ESCAPED;
        }
        self
    }

    #[inline]
    pub const fn kind(self) -> Kind {
        match self.meta & KIND {
            0 => Kind::Null,
            1 => Kind::Bool,
            2 => Kind::Number,
            3 => Kind::String,
            4 => Kind::Array,
            _ => Kind::Object,
        }
    }

    #[inline]
    pub const fn span(self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }

    #[inline]
    pub const fn key_escaped(self) -> bool {
        self.meta & KEY_ESCAPED != 0
    }

    #[inline]
    pub const fn holds_others(self) -> bool {
        matches!(self.kind(), Kind::Array | Kind::Object)
    }

    /// Only a string is ever escaped: in what holds others the same bit belongs to the skip.
    #[inline]
    pub const fn escaped(self) -> bool {
        !self.holds_others() && self.meta & ESCAPED != 0
    }

    /// How many entries the value and all it holds take.
    #[inline]
    pub const fn skip(self) -> u32 {
        if self.holds_others() {
            (self.meta >> SHIFT).saturating_add(1)
        } else {
            1
        }
    }
}

/// Ends the array or object at `at`: everything pushed since is in it.
#[inline]
pub(crate) fn close(tape: &mut [Entry], at: usize, end: usize) -> Result<(), Box<Failure>> {
    let inner = tape.len().saturating_sub(at).saturating_sub(1);
    let Some(entry) = tape.get_mut(at) else {
        return Ok(());
    };
    let Some(inner) = u32::try_from(inner).ok().filter(|&inner| inner <= MAX_SKIP) else {
        let message = format!("more than {MAX_SKIP} values in one");
        return Err(Box::new(Failure::new(entry.span(), message)));
    };
    entry.end = Span::between(end, end).end;
    entry.meta = entry.meta & (KIND | KEY_ESCAPED) | inner << SHIFT;
    Ok(())
}
