//! YAML to the same tape: `granit-parser` reads it, and this gives it the shape of JSON.
//!
//! What JSON cannot say is refused with its place: anchors, aliases, tags, directives, a second
//! document, a key that is no scalar. So no file grows when it is read, and no reader has to know
//! which syntax a tree comes from.

mod build;
mod scalar;

use granit_parser::{Event, Parser, ScanError};

use crate::tree::Parsed;
use crate::{Failure, Span};

use build::Builder;

/// The key that begins a line of the YAML that is read here.
///
/// Almost any text is YAML, so nothing is taken for it that does not say so: the documents of this
/// project do, with this key.
const MARK: &str = "rehome:";

/// Whether `text` says that it is YAML.
pub(crate) fn is_meant(text: &str) -> bool {
    text.starts_with(MARK) || memchr::memmem::find(text.as_bytes(), b"\nrehome:").is_some()
}

/// Reads the one document of `text`.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    let options = granit_parser::options! {
        strict_indentation: true,
        disallow_directives: true,
        emit_comments: false,
    };
    let mut builder = Builder::new(text);
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| failure(text, &error))?;
        builder.event(event, place(text, span))?;
    }
    builder.finish()
}

/// Where an event stands.
fn place(text: &str, span: granit_parser::Span) -> Span {
    let byte = |mark: granit_parser::Marker| mark.byte_offset().unwrap_or(text.len());
    Span::between(byte(span.start), byte(span.end))
}

fn failure(text: &str, error: &ScanError) -> Failure {
    let at = error.marker().byte_offset().unwrap_or(text.len());
    let rest = text.get(at..).unwrap_or_default();
    let width = rest.chars().next().map_or(0, char::len_utf8);
    let message = error.info().replace('\n', "; ").replace('\'', "`");
    Failure::new(Span::between(at, at + width), message)
}

/// Why an event has no place in a tree; nothing where it has one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a later parser tells besides is refused"
)]
fn refused(event: &Event<'_>) -> Option<&'static str> {
    match event {
        Event::Alias(_) | Event::UnresolvedAlias(_) => {
            Some("an alias is refused: write what it stands for")
        }
        Event::Anchor(..) => Some(ANCHOR),
        Event::Scalar(_, _, anchor, tag)
        | Event::SequenceStart(_, anchor, tag)
        | Event::MappingStart(_, anchor, tag) => {
            if *anchor != 0 {
                Some(ANCHOR)
            } else {
                tag.as_ref()
                    .map(|_| "a tag is refused: what a value is follows from its key")
            }
        }
        Event::StreamStart
        | Event::StreamEnd
        | Event::DocumentStart(..)
        | Event::DocumentEnd
        | Event::SequenceEnd
        | Event::MappingEnd => None,
        _ => Some("this is no part of a tree"),
    }
}

const ANCHOR: &str = "an anchor is refused: nothing can refer to it";
