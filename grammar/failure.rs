//! What reading says: why a file is no tree, and what to know about one that is.

use std::fmt;
use std::ops::Range;

use crate::Span;

/// Why a file could not be read.
///
/// Its `Display` is the message alone; whoever shows it knows the file and has the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where in `text` reading stopped.
    pub span: Span,
    /// What is wrong, without a capital and without a full stop.
    pub message: String,
    /// A second place that explains the first, such as the bracket that is never closed.
    pub related: Option<Related>,
    /// The decoded text, so that the place can be shown; absent where it could not be decoded.
    pub text: Option<String>,
}

/// A second place in the text, and what is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

impl Failure {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Failure {
        Failure {
            span,
            message: message.into(),
            related: None,
            text: None,
        }
    }

    pub(crate) fn with_related(mut self, span: Span, message: impl Into<String>) -> Failure {
        self.related = Some(Related {
            span,
            message: message.into(),
        });
        self
    }

    /// Gives the failure its text, and widens its spans to whole characters of it.
    pub(crate) fn of_text(mut self, text: String) -> Failure {
        let whole = |span: Span| {
            let Range { start, end } = span.range();
            Span::between(
                text.floor_char_boundary(start),
                text.ceil_char_boundary(end),
            )
        };
        self.span = whole(self.span);
        if let Some(related) = &mut self.related {
            related.span = whole(related.span);
        }
        self.text = Some(text);
        self
    }
}

impl From<Box<Failure>> for Failure {
    /// Out of the box that keeps results small where they are looked at often.
    fn from(failure: Box<Failure>) -> Failure {
        *failure
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Something to know about a file that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where; empty at the start for what concerns the whole file.
    pub span: Span,
    /// What, without a capital and without a full stop.
    pub message: String,
    /// Which sort of thing it is.
    pub kind: NoteKind,
}

/// The sorts of [`Note`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NoteKind {
    /// A JSON object gives the same key twice; readers differ in which one they believe.
    Duplicate,
    /// The file was not plain UTF-8 and was decoded without loss (a BOM, UTF-16).
    Decoded,
    /// The file was decoded by a guess or with replacement characters: text may be wrong.
    Lossy,
    /// A CSV record has more or fewer cells than the header.
    Ragged,
}
