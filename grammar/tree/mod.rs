//! The tree: the text of a file, the tape over it, and nodes to walk it with.

mod children;
mod key;
mod locate;
mod names;
mod node;
mod notes;
mod written;

use std::sync::OnceLock;

pub(crate) use children::Children;
pub use key::Key;
pub(crate) use names::Names;
pub use node::{Kind, Node};

use crate::tape::Entry;
use crate::{Note, Span, Syntax};

/// What a reader makes of a text.
pub(crate) struct Parsed {
    pub syntax: Syntax,
    pub tape: Vec<Entry>,
    pub names: Names,
    pub notes: Vec<Note>,
}

/// One file, read: its text and the values in it.
///
/// It owns the text and 16 bytes a value besides; the others keep their keys on the side.
pub struct Tree {
    text: String,
    syntax: Syntax,
    tape: Vec<Entry>,
    names: Names,
    notes: Vec<Note>,
    places: OnceLock<locate::Places>,
}

impl Tree {
    pub(crate) fn new(text: String, parsed: Parsed, mut notes: Vec<Note>) -> Tree {
        let Parsed {
            syntax,
            tape,
            names,
            notes: more,
        } = parsed;
        notes.extend(more);
        Tree {
            text,
            syntax,
            tape,
            names,
            notes,
            places: OnceLock::new(),
        }
    }

    /// The decoded text; every span is a range of its bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the file was read as.
    #[must_use]
    #[inline]
    pub const fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// The values at the top, in the order of the text: one for most files, several for
    /// concatenated documents.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        Children::new(self, 0, self.length())
    }

    /// What is worth knowing about the file: how it was decoded, which keys it gives twice.
    ///
    /// Duplicate keys are looked for when this is called: it goes through every object.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        notes.extend(notes::duplicates(self));
        notes
    }

    #[inline]
    pub(crate) fn node(&self, at: u32) -> Option<Node<'_>> {
        let entry = *self.tape.get(at as usize)?;
        Some(Node {
            tree: self,
            at,
            entry,
        })
    }

    /// How many entries the tape has: never more than a `u32` counts, since every value takes a
    /// byte of text and something to keep it from the next.
    fn length(&self) -> u32 {
        u32::try_from(self.tape.len()).unwrap_or(u32::MAX)
    }

    #[inline]
    fn slice(&self, span: Span) -> &str {
        span.of(&self.text)
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree")
            .field("syntax", &self.syntax)
            .field("bytes", &self.text.len())
            .field("values", &self.tape.len())
            .finish_non_exhaustive()
    }
}
