//! JSON (RFC 8259, nothing looser) to a tape, in one pass and without recursion.
//!
//! The position is handed from step to step instead of being kept in the scanner: that leaves it
//! in a register, and this loop is where the time of a large export goes.

mod number;
pub(crate) mod string;
mod unexpected;

use crate::tape::{self, Entry, NO_KEY};
use crate::tree::{Names, Parsed};
use crate::{Failure, Kind, MAX_DEPTH, Span, Syntax};

/// A failure as small as results want it that are looked at after every token.
type Fault = Box<Failure>;

/// Reads every value of `text`, one after the other.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    // A guess that most exports stay below: growing doubles the memory for a moment.
    let tape = Vec::with_capacity(text.len() / 40);
    let mut scan = Scan {
        bytes: text.as_bytes(),
        tape,
        open: Vec::new(),
    };
    let mut at = space(scan.bytes, 0);
    while at < text.len() {
        at = scan.root(at)?;
        at = space(scan.bytes, at);
    }
    scan.tape.shrink_to_fit();
    Ok(Parsed {
        syntax: Syntax::Json,
        tape: scan.tape,
        names: Names::default(),
        notes: Vec::new(),
    })
}

/// Whether `text` is a number and nothing else.
pub(crate) fn is_number(text: &str) -> bool {
    number::end(text.as_bytes(), 0).is_ok_and(|end| end == text.len())
}

struct Scan<'t> {
    bytes: &'t [u8],
    tape: Vec<Entry>,
    /// Where on the tape each open array or object is.
    open: Vec<(usize, Kind)>,
}

/// The key of the value that comes next.
#[derive(Clone, Copy)]
struct KeyAt {
    start: u32,
    escaped: bool,
}

const NO_KEY_AT: KeyAt = KeyAt {
    start: NO_KEY,
    escaped: false,
};

impl Scan<'_> {
    /// Reads the root that starts at `at`; where it ends.
    fn root(&mut self, mut at: usize) -> Result<usize, Fault> {
        let mut key = NO_KEY_AT;
        loop {
            let opened;
            (at, opened) = self.value(at, key)?;
            if let Some(kind) = opened {
                (at, key) = if kind == Kind::Object {
                    self.key(at)?
                } else {
                    (at, NO_KEY_AT)
                };
                continue;
            }
            loop {
                let Some(&(holder, kind)) = self.open.last() else {
                    return self.end(at);
                };
                at = space(self.bytes, at);
                match (kind, self.bytes.get(at)) {
                    (Kind::Object, Some(b',')) => {
                        at = space(self.bytes, at + 1);
                        (at, key) = self.key(at)?;
                        break;
                    }
                    (Kind::Array, Some(b',')) => {
                        at = space(self.bytes, at + 1);
                        key = NO_KEY_AT;
                        break;
                    }
                    (Kind::Object, Some(b'}')) | (Kind::Array, Some(b']')) => {
                        at += 1;
                        tape::close(&mut self.tape, holder, at)?;
                        self.open.pop();
                    }
                    (Kind::Object, _) => return Err(self.unexpected(at, "`,` or `}`")),
                    _ => return Err(self.unexpected(at, "`,` or `]`")),
                }
            }
        }
    }

    /// Reads a scalar or opens what holds others: where that ends, and what was opened if a first
    /// value is to follow.
    #[inline]
    fn value(&mut self, at: usize, key: KeyAt) -> Result<(usize, Option<Kind>), Fault> {
        let (kind, end, escaped) = match self.bytes.get(at) {
            Some(b'"') => {
                let (end, escaped) = string::end(self.bytes, at)?;
                (Kind::String, end, escaped)
            }
            Some(b'{') => return self.open(at, Kind::Object, b'}', key),
            Some(b'[') => return self.open(at, Kind::Array, b']', key),
            Some(b't') => (Kind::Bool, self.word(at, b"true")?, false),
            Some(b'f') => (Kind::Bool, self.word(at, b"false")?, false),
            Some(b'n') => (Kind::Null, self.word(at, b"null")?, false),
            Some(b'-' | b'0'..=b'9') => (Kind::Number, number::end(self.bytes, at)?, false),
            _ => return Err(self.unexpected(at, "a value")),
        };
        let entry = Entry::new(kind, key.start, key.escaped, offset(at)).ending(offset(end));
        self.tape.push(entry.escaped_if(escaped));
        Ok((end, None))
    }

    #[inline]
    fn open(
        &mut self,
        at: usize,
        kind: Kind,
        close: u8,
        key: KeyAt,
    ) -> Result<(usize, Option<Kind>), Fault> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Box::new(Failure::new(Span::between(at, at + 1), message)));
        }
        let holder = self.tape.len();
        self.tape
            .push(Entry::new(kind, key.start, key.escaped, offset(at)));
        let at = space(self.bytes, at + 1);
        if self.bytes.get(at) == Some(&close) {
            tape::close(&mut self.tape, holder, at + 1)?;
            return Ok((at + 1, None));
        }
        self.open.push((holder, kind));
        Ok((at, Some(kind)))
    }

    /// Reads a key and its colon: where the value starts, and the key.
    #[inline]
    fn key(&self, start: usize) -> Result<(usize, KeyAt), Fault> {
        if self.bytes.get(start) != Some(&b'"') {
            return Err(self.unexpected(start, "a key in quotes"));
        }
        let (end, escaped) = string::end(self.bytes, start)?;
        let colon = space(self.bytes, end);
        if self.bytes.get(colon) != Some(&b':') {
            return Err(self.unexpected(colon, "`:` after a key"));
        }
        Ok((
            space(self.bytes, colon + 1),
            KeyAt {
                start: offset(start),
                escaped,
            },
        ))
    }

    #[inline]
    fn word(&self, at: usize, word: &[u8]) -> Result<usize, Fault> {
        match self.bytes.get(at..at + word.len()) {
            Some(found) if found == word => Ok(at + word.len()),
            _ => Err(self.unexpected(at, "a value")),
        }
    }

    /// After a root: a scalar that has no end of its own needs something to end it.
    fn end(&self, at: usize) -> Result<usize, Fault> {
        match (self.bytes.get(at), self.bytes.get(at.wrapping_sub(1))) {
            (None | Some(b' ' | b'\n' | b'\r' | b'\t' | b'{' | b'[' | b'"'), _)
            | (_, Some(b'}' | b']' | b'"')) => Ok(at),
            _ => Err(self.unexpected(at, "white space after a value")),
        }
    }
}

/// INVARIANT (offsets): the caller of [`read`] refuses texts that a `u32` cannot count.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the text has fewer than 2^32 bytes"
)]
const fn offset(at: usize) -> u32 {
    at as u32
}

/// Goes past white space.
#[inline]
fn space(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(&byte) if byte > b' ' => at,
        _ => long_space(bytes, at),
    }
}

/// White space as pretty printing writes it: a line end and a run of blanks.
fn long_space(bytes: &[u8], mut at: usize) -> usize {
    const BLANKS: u64 = u64::from_ne_bytes([b' '; 8]);
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\n') => {
                at += 1;
                while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
                    let other = u64::from_le_bytes(*chunk) ^ BLANKS;
                    if other != 0 {
                        at += (other.trailing_zeros() / 8) as usize;
                        break;
                    }
                    at += 8;
                }
            }
            Some(b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}
