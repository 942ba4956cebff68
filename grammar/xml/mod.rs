//! XML to the same tape: `roxmltree` reads it, and this gives it the shape of JSON.

mod build;
pub(crate) mod html;

use roxmltree::{Document, Error, ParsingOptions};

use crate::tree::Parsed;
use crate::{Failure, Span};

use build::Builder;

/// What is put around several roots so that they have one.
const OPEN: &str = "<r>";
const CLOSE: &str = "</r>";

/// Reads every element at the top of `text`.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    match Document::parse_with_options(text, options()) {
        Ok(document) => Builder::new(text, 0).roots(std::iter::once(document.root_element())),
        Err(Error::DtdDetected) => Err(doctype(text)),
        // Several roots are no XML document, but a stream of them is what some tools print.
        Err(error) => several(text).unwrap_or_else(|| Err(failure(text, &error))),
    }
}

fn options<'input>() -> ParsingOptions<'input> {
    // A DOCTYPE can define entities that grow without bound, and no export has one.
    ParsingOptions {
        allow_dtd: false,
        ..ParsingOptions::default()
    }
}

fn doctype(text: &str) -> Failure {
    let start = text.find("<!DOCTYPE").unwrap_or(0);
    let end = text
        .get(start..)
        .and_then(|rest| rest.find(['>', '[']))
        .map_or(start, |at| start + at);
    Failure::new(
        Span::between(start, end),
        "a DOCTYPE is refused: it can define entities",
    )
}

/// Reads `text` as a stream of elements; nothing where it is not one.
fn several(text: &str) -> Option<Result<Parsed, Failure>> {
    let mut wrapped = String::with_capacity(text.len() + OPEN.len() + CLOSE.len());
    wrapped.push_str(OPEN);
    let mut declarations = Vec::new();
    let mut rest = text;
    // A declaration may stand before each document; blanks of the same length keep the offsets.
    while let Some(at) = rest.find("<?xml ") {
        let (before, from) = rest.split_at_checked(at)?;
        let length = from.find("?>")? + 2;
        wrapped.push_str(before);
        declarations.push(wrapped.len());
        wrapped.extend(std::iter::repeat_n(' ', length));
        rest = from.get(length..)?;
    }
    wrapped.push_str(rest);
    wrapped.push_str(CLOSE);
    let document = Document::parse_with_options(&wrapped, options()).ok()?;
    let root = document.root_element();
    let stray = |node: roxmltree::Node<'_, '_>| {
        let inside = |at: &usize| node.range().contains(at);
        node.is_text() && node.text().is_some_and(|text| !text.trim().is_empty())
            || node.is_element() && declarations.iter().any(inside)
    };
    if root.children().any(stray) || root.children().filter(roxmltree::Node::is_element).count() < 2
    {
        return None;
    }
    let elements = root.children().filter(roxmltree::Node::is_element);
    Some(Builder::new(text, OPEN.len()).roots(elements))
}

fn failure(text: &str, error: &Error) -> Failure {
    let place = error.pos();
    let message = error
        .to_string()
        .replace(&format!(" at {place}"), "")
        .replace('\'', "`");
    let at = if matches!(
        error,
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream
    ) {
        text.len()
    } else {
        offset(text, place)
    };
    let width = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    Failure::new(Span::between(at, at + width), message)
}

/// The byte offset of a row and column, both counted from one and columns in characters.
fn offset(text: &str, place: roxmltree::TextPos) -> usize {
    let mut start = 0;
    for line in text
        .split_inclusive('\n')
        .take(place.row.saturating_sub(1) as usize)
    {
        start += line.len();
    }
    let line = text.get(start..).unwrap_or_default();
    let column = place.col.saturating_sub(1) as usize;
    start
        + line
            .char_indices()
            .nth(column)
            .map_or(line.len(), |(at, _)| at)
}
