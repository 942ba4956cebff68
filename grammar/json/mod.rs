//! JSON (RFC 8259, nothing looser) to a tape, in one pass and without recursion.

mod number;
pub(crate) mod string;

use crate::tape::{self, Entry, NO_KEY};
use crate::tree::{Names, Parsed};
use crate::{Failure, Kind, MAX_DEPTH, Span, Syntax};

/// Reads every value of `text`, one after the other.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
        tape: Vec::new(),
        open: Vec::new(),
    };
    // A guess that most exports stay below: growing doubles the memory for a moment.
    scan.tape.reserve(text.len() / 40);
    scan.space();
    while scan.at < scan.bytes.len() {
        scan.root()?;
        scan.space();
    }
    scan.tape.shrink_to_fit();
    Ok(Parsed {
        syntax: Syntax::Json,
        tape: scan.tape,
        names: Names::default(),
        notes: Vec::new(),
    })
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
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

const NONE: KeyAt = KeyAt {
    start: NO_KEY,
    escaped: false,
};

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// INVARIANT (offsets): `read` refused texts that a `u32` cannot count.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the text has fewer than 2^32 bytes"
    )]
    const fn here(&self) -> u32 {
        self.at as u32
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn root(&mut self) -> Result<(), Failure> {
        let mut key = NONE;
        loop {
            if self.value(key)? {
                key = self.first_key()?;
                continue;
            }
            match self.after()? {
                Some(next) => key = next,
                None => return Ok(()),
            }
        }
    }

    /// Reads a scalar or opens what holds others; true when a first value is to follow.
    fn value(&mut self, key: KeyAt) -> Result<bool, Failure> {
        let start = self.at;
        let Some(first) = self.peek() else {
            return Err(self.unexpected("a value"));
        };
        let (kind, escaped) = match first {
            b'"' => (Kind::String, self.string()?),
            b'{' => return self.open(Kind::Object, b'}', key),
            b'[' => return self.open(Kind::Array, b']', key),
            b't' => (Kind::Bool, self.word(b"true")?),
            b'f' => (Kind::Bool, self.word(b"false")?),
            b'n' => (Kind::Null, self.word(b"null")?),
            b'-' | b'0'..=b'9' => (Kind::Number, self.number()?),
            _ => return Err(self.unexpected("a value")),
        };
        let end = self.here();
        let start = Span::between(start, start).start;
        let entry = Entry::new(kind, key.start, key.escaped, start).ending(end);
        self.tape.push(entry.escaped_if(escaped));
        Ok(false)
    }

    fn open(&mut self, kind: Kind, end: u8, key: KeyAt) -> Result<bool, Failure> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Failure::new(Span::between(self.at, self.at + 1), message));
        }
        let at = self.tape.len();
        self.tape
            .push(Entry::new(kind, key.start, key.escaped, self.here()));
        self.at += 1;
        self.space();
        if self.peek() == Some(end) {
            self.at += 1;
            tape::close(&mut self.tape, at, self.at)?;
            return Ok(false);
        }
        self.open.push((at, kind));
        Ok(true)
    }

    /// The key of the first value of what was just opened.
    fn first_key(&mut self) -> Result<KeyAt, Failure> {
        match self.open.last() {
            Some((_, Kind::Object)) => self.key(),
            _ => Ok(NONE),
        }
    }

    /// After a value: closes what ends here; the key of the next value, or nothing after a root.
    fn after(&mut self) -> Result<Option<KeyAt>, Failure> {
        while let Some(&(at, kind)) = self.open.last() {
            self.space();
            let object = kind == Kind::Object;
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    return if object {
                        self.key().map(Some)
                    } else {
                        Ok(Some(NONE))
                    };
                }
                Some(b'}') if object => {}
                Some(b']') if !object => {}
                _ => return Err(self.unexpected(if object { "`,` or `}`" } else { "`,` or `]`" })),
            }
            self.at += 1;
            tape::close(&mut self.tape, at, self.at)?;
            self.open.pop();
        }
        match (self.peek(), self.bytes.get(self.at.wrapping_sub(1))) {
            (None | Some(b' ' | b'\n' | b'\r' | b'\t' | b'{' | b'[' | b'"'), _)
            | (_, Some(b'}' | b']' | b'"')) => Ok(None),
            _ => Err(self.unexpected("white space after a value")),
        }
    }

    fn key(&mut self) -> Result<KeyAt, Failure> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in quotes"));
        }
        let start = self.here();
        let escaped = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:` after a key"));
        }
        self.at += 1;
        self.space();
        Ok(KeyAt { start, escaped })
    }

    fn word(&mut self, word: &[u8]) -> Result<bool, Failure> {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word))
        {
            self.at += word.len();
            return Ok(false);
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Result<bool, Failure> {
        self.at = number::end(self.bytes, self.at)?;
        Ok(false)
    }

    /// Goes past a string; true when it holds escapes.
    fn string(&mut self) -> Result<bool, Failure> {
        let (end, escaped) = string::end(self.bytes, self.at)?;
        self.at = end;
        Ok(escaped)
    }

    fn unexpected(&self, wanted: &str) -> Failure {
        unexpected(
            self.bytes,
            self.at,
            wanted,
            self.open
                .last()
                .map(|&(at, kind)| (self.tape.get(at).map_or(0, |entry| entry.start), kind)),
        )
    }
}

/// The failure for a byte that cannot be here, or for a text that ends too soon.
fn unexpected(bytes: &[u8], at: usize, wanted: &str, open: Option<(u32, Kind)>) -> Failure {
    let rest = bytes.get(at..).unwrap_or_default();
    let char = String::from_utf8_lossy(rest.get(..rest.len().min(4)).unwrap_or_default());
    let Some(char) = char.chars().next() else {
        let failure = Failure::new(
            Span::between(at, at),
            format!("the text ends where {wanted} is expected"),
        );
        return match open {
            Some((start, kind)) => {
                let what = if kind == Kind::Object {
                    "object"
                } else {
                    "array"
                };
                let message = format!("the {what} that starts here is never closed");
                failure.with_related(Span::new(start, start.saturating_add(1)), message)
            }
            None => failure,
        };
    };
    let shown = if char.is_control() {
        char.escape_unicode().to_string()
    } else {
        char.to_string()
    };
    let span = Span::between(at, at + char.len_utf8());
    Failure::new(span, format!("expected {wanted}, found `{shown}`"))
}
