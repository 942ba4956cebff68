//! One file in, one tree out: decode it, see what it is, read it as that.

use crate::decode::{Decoded, decode};
use crate::tree::Tree;
use crate::{Failure, Span, json, table, xml, yaml};

/// What a file was read as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Syntax {
    /// One or more JSON values (RFC 8259), one after the other.
    Json,
    /// One or more XML elements, one after the other.
    Xml,
    /// A header and records.
    Csv,
    /// One document of YAML 1.2 that says what it is with the key `rehome`.
    Yaml,
    /// Anything else that is text: one string.
    Text,
}

/// Reads one file.
///
/// Decodes a BOM, UTF-16 of both orders (without a BOM where it is evident) and, as a last
/// resort, Windows-1252; [`Tree::notes`] says so. The content decides the syntax: `{` or `[` or a
/// run of JSON scalars is JSON, `<` is XML (of an HTML report its headings and tables), a header of cells between commas, semicolons or tabs
/// is CSV, text with a line that begins with the key `rehome` is YAML, and the rest is text.
///
/// # Errors
/// A [`Failure`] with the place when the content is not what it began as, holds a DOCTYPE, nests
/// deeper than [`MAX_DEPTH`](crate::MAX_DEPTH), is empty, is no text, or has more bytes than a
/// `u32` counts.
pub fn read(bytes: Vec<u8>) -> Result<Tree, Failure> {
    let Decoded { text, notes } = decode(bytes)?;
    if u32::try_from(text.len()).is_err() {
        return Err(Failure::new(
            Span::default(),
            "the file has more than 4 GiB of text",
        ));
    }
    let parsed = match text.trim_start().as_bytes().first() {
        None => Err(Failure::new(Span::default(), "the file is empty")),
        Some(b'{' | b'[') => json::read(&text),
        Some(b'<') if xml::html::is_document(&text) => xml::html::read(&text),
        Some(b'<') => xml::read(&text),
        Some(first) => match scalars(*first, &text) {
            Some(parsed) => Ok(parsed),
            None if yaml::is_meant(&text) => yaml::read(&text),
            None => table::read(&text),
        },
    };
    match parsed {
        Ok(parsed) => Ok(Tree::new(text, parsed, notes)),
        Err(failure) => Err(failure.of_text(text)),
    }
}

/// A run of JSON scalars, if that is all there is: `"a"` may also begin a table, `10.0.0.1` text.
fn scalars(first: u8, text: &str) -> Option<crate::tree::Parsed> {
    if matches!(first, b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') {
        json::read(text).ok()
    } else {
        None
    }
}
