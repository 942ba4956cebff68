//! From events to keys and values.

use std::collections::BTreeMap;

use granit_parser::{Event, ScalarStyle};

use crate::tape::{self, Entry, NO_KEY};
use crate::tree::{Names, Parsed};
use crate::{Failure, Kind, MAX_DEPTH, Span, Syntax};

use super::{refused, scalar};

pub(super) struct Builder<'t> {
    text: &'t str,
    tape: Vec<Entry>,
    names: Names,
    open: Vec<Open>,
    documents: usize,
    /// The end of the last key or value, from which a block collection knows its own.
    end: u32,
}

/// A list or an object that has begun.
struct Open {
    /// Its place on the tape.
    at: usize,
    /// The keys of an object; nothing for a list.
    keys: Option<Keys>,
}

#[derive(Default)]
struct Keys {
    /// Where each key that was given stands.
    given: BTreeMap<u32, Span>,
    /// The key whose value comes next.
    next: Option<u32>,
}

impl<'t> Builder<'t> {
    pub fn new(text: &'t str) -> Builder<'t> {
        Builder {
            text,
            tape: Vec::new(),
            names: Names::default(),
            open: Vec::new(),
            documents: 0,
            end: 0,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not refused and not here holds nothing"
    )]
    pub fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Failure> {
        if let Some(message) = refused(&event) {
            return Err(Failure::new(span, message));
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins here; a file holds one";
                    return Err(Failure::new(span, message));
                }
                Ok(())
            }
            Event::Scalar(meant, style, ..) => self.scalar(&meant, style, span),
            Event::SequenceStart(..) => self.begin(Kind::Array, span),
            Event::MappingStart(..) => self.begin(Kind::Object, span),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => Ok(()),
        }
    }

    pub fn finish(self) -> Result<Parsed, Failure> {
        if self.tape.is_empty() {
            return Err(Failure::new(Span::default(), "the document is empty"));
        }
        Ok(Parsed {
            syntax: Syntax::Yaml,
            tape: self.tape,
            names: self.names,
            notes: Vec::new(),
        })
    }

    fn scalar(&mut self, meant: &str, style: ScalarStyle, span: Span) -> Result<(), Failure> {
        let awaits_key = |open: &Open| open.keys.as_ref().is_some_and(|keys| keys.next.is_none());
        if self.open.last().is_some_and(awaits_key) {
            return self.key(meant, span);
        }
        let key = self.take_key();
        // What is left out has no text; it stands behind its key.
        let start = span.start.max(if span.is_empty() { self.end } else { 0 });
        let span = Span::new(start, span.end.max(start));
        let raw = span.of(self.text);
        let plain = matches!(style, ScalarStyle::Plain);
        let kind = match plain {
            true if raw.is_empty() => Kind::Null,
            true if raw == meant => scalar::kind(meant),
            true | false => Kind::String,
        };
        let decoded = kind == Kind::String && raw != meant;
        if decoded {
            self.names.decode(self.tape.len(), meant);
        }
        let entry = Entry::new(kind, key, false, span.start).ending(span.end);
        self.tape.push(entry.escaped_if(decoded));
        self.end = span.end;
        Ok(())
    }

    fn key(&mut self, name: &str, span: Span) -> Result<(), Failure> {
        let number = self.names.key(name, span);
        let id = self.names.name_of(number).unwrap_or(number);
        self.end = span.end;
        let Some(keys) = self.open.last_mut().and_then(|open| open.keys.as_mut()) else {
            return Ok(());
        };
        keys.next = Some(number);
        match keys.given.insert(id, span) {
            None => Ok(()),
            Some(first) => {
                let message = format!("the key `{name}` is given twice in this object");
                Err(Failure::new(span, message).with_related(first, "it is given here already"))
            }
        }
    }

    /// The key of the value that begins now.
    fn take_key(&mut self) -> u32 {
        let keys = self.open.last_mut().and_then(|open| open.keys.as_mut());
        keys.and_then(|keys| keys.next.take()).unwrap_or(NO_KEY)
    }

    fn begin(&mut self, kind: Kind, span: Span) -> Result<(), Failure> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Failure::new(span, message));
        }
        let awaits_key = |open: &Open| open.keys.as_ref().is_some_and(|keys| keys.next.is_none());
        if self.open.last().is_some_and(awaits_key) {
            let message = "a list or an object cannot be a key";
            return Err(Failure::new(span, message));
        }
        let key = self.take_key();
        let at = self.tape.len();
        let start = if kind == Kind::Array && key != NO_KEY {
            self.dash(span.start)
        } else {
            span.start
        };
        self.tape.push(Entry::new(kind, key, false, start));
        self.end = self.end.max(span.end);
        let keys = (kind == Kind::Object).then(Keys::default);
        self.open.push(Open { at, keys });
        Ok(())
    }

    /// Where a list begins that is the value of a key: at its first dash. The parser tells the place
    /// of the first item where the dashes stand right below the key.
    fn dash(&self, start: u32) -> u32 {
        let before = Span::new(self.end, start).of(self.text).trim_end();
        let dash = before.strip_suffix('-').map(str::len);
        dash.map_or(start, |at| {
            Span::between(0, at).end.saturating_add(self.end)
        })
    }

    /// Ends the innermost list or object: at its bracket, or with the last of what it holds.
    fn close(&mut self, span: Span) -> Result<(), Failure> {
        if !span.is_empty() {
            self.end = self.end.max(span.end);
        }
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        tape::close(&mut self.tape, open.at, self.end as usize)?;
        Ok(())
    }
}
