//! Comma-separated tables (RFC 4180 as spreadsheets and scripts write it), and plain text.
//!
//! The `csv` crate gives the place of a record but not of a cell, so cells are found here; the
//! tests hold the result equal to that crate's.

use std::borrow::Cow;

use crate::tape::{self, Entry, NO_KEY};
use crate::tree::{Names, Parsed};
use crate::{Failure, Kind, Note, NoteKind, Span, Syntax};

/// How many records decide whether the header really is one.
const PROBE: usize = 32;

/// A wider record is no table: a long line with commas must not cost many times its length.
const MAX_COLUMNS: usize = 1 << 17;

/// Reads `text` as a table where it is one, and as one string where it is not.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    match layout(text) {
        Some(layout) => rows(text, layout),
        None => Ok(plain(text)),
    }
}

fn plain(text: &str) -> Parsed {
    let entry = Entry::new(Kind::String, NO_KEY, false, 0).ending(Span::between(0, text.len()).end);
    let syntax = Syntax::Text;
    Parsed {
        syntax,
        tape: vec![entry],
        names: Names::default(),
        notes: Vec::new(),
    }
}

#[derive(Clone, Copy)]
struct Layout {
    /// Where the header starts.
    header: usize,
    comma: u8,
}

/// One cell as written, quotes included, and where the next one starts.
struct Cell {
    span: Span,
    after: usize,
    /// The record ends with this cell.
    last: bool,
    /// A quoted cell that the text ends inside.
    unclosed: bool,
}

fn cell(bytes: &[u8], start: usize, comma: u8) -> Cell {
    let mut at = start;
    let mut quoted = bytes.get(at) == Some(&b'"');
    if quoted {
        at += 1;
    }
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let found = if quoted {
            memchr::memchr(b'"', rest)
        } else {
            memchr::memchr3(comma, b'\n', b'\r', rest)
        };
        let Some(found) = found.map(|found| found + at) else {
            let span = Span::between(start, bytes.len());
            return Cell {
                span,
                after: bytes.len(),
                last: true,
                unclosed: quoted,
            };
        };
        if quoted {
            let double = bytes.get(found + 1) == Some(&b'"');
            quoted = double;
            at = found + if double { 2 } else { 1 };
            continue;
        }
        let last = bytes.get(found) != Some(&comma);
        let windows = bytes.get(found..found + 2) == Some(b"\r\n");
        let after = found + if windows { 2 } else { 1 };
        return Cell {
            span: Span::between(start, found),
            after,
            last,
            unclosed: false,
        };
    }
}

/// What a cell means: without its quotes, a doubled quote for each pair.
pub(crate) fn decode(raw: &str) -> Cow<'_, str> {
    let Some(inner) = raw.strip_prefix('"') else {
        return Cow::Borrowed(raw);
    };
    if let Some(inner) = inner.strip_suffix('"').filter(|inner| !inner.contains('"')) {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('"') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('"') {
            text.push('"');
            rest = after;
        } else {
            // The quotes are closed: what follows stands as it is.
            rest = "";
            text.push_str(after);
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Where a record that is no blank line starts.
fn next_record(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    (at < bytes.len()).then_some(at)
}

fn record(bytes: &[u8], start: usize, comma: u8) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    while cells.last().is_none_or(|cell| !cell.last) && cells.len() <= MAX_COLUMNS {
        let at = cells.last().map_or(start, |cell| cell.after);
        cells.push(cell(bytes, at, comma));
    }
    cells
}

/// Decides whether this is a table, by its header and by its first records.
fn layout(text: &str) -> Option<Layout> {
    let bytes = text.as_bytes();
    let mut header = next_record(bytes, 0)?;
    let mut commas: &[u8] = b",;\t";
    let line = text.get(header..)?.lines().next()?;
    if line.starts_with("#TYPE ") {
        // What Export-Csv of Windows PowerShell writes first.
        header = next_record(bytes, header + line.len())?;
    } else if let Some(comma) = line.strip_prefix("sep=").filter(|comma| comma.len() == 1) {
        // What Excel takes as the separator.
        header = next_record(bytes, header + line.len())?;
        commas = comma.as_bytes();
    }
    let widest = commas
        .iter()
        .map(|&comma| (record(bytes, header, comma).len(), comma));
    let (width, comma) = widest.rev().max_by_key(|(width, _)| *width)?;
    let layout = Layout { header, comma };
    ((2..=MAX_COLUMNS).contains(&width) && is_header(text, layout) && is_even(text, layout, width))
        .then_some(layout)
}

/// Names, and no sentence: nothing empty, nothing with spaces around it.
fn is_header(text: &str, layout: Layout) -> bool {
    record(text.as_bytes(), layout.header, layout.comma)
        .iter()
        .all(|cell| {
            let name = decode(cell.span.of(text));
            !cell.unclosed && !name.is_empty() && name.trim() == name && !name.contains('\n')
        })
}

/// Most of the first records have the width of the header, and do not repeat its names below
/// them: rows that all begin with the name of one cluster have no header, whatever comes first.
fn is_even(text: &str, layout: Layout, width: usize) -> bool {
    let bytes = text.as_bytes();
    let (mut even, mut same, mut seen) = (0, 0, 0);
    let header = record(bytes, layout.header, layout.comma);
    let mut at = header.last().map_or(0, |cell| cell.after);
    while let Some(start) = next_record(bytes, at).filter(|_| seen < PROBE) {
        let cells = record(bytes, start, layout.comma);
        at = cells.last().map_or(bytes.len(), |cell| cell.after);
        seen += 1;
        even += usize::from(cells.len() == width);
        let alike = header
            .iter()
            .zip(&cells)
            .filter(|(a, b)| a.span.of(text) == b.span.of(text));
        // A header that comes again whole is where two tables were put together.
        same += usize::from((1..width).contains(&alike.count()));
    }
    even * 2 >= seen && (same * 2 < seen || seen == 0)
}

fn rows(text: &str, layout: Layout) -> Result<Parsed, Failure> {
    let bytes = text.as_bytes();
    let mut names = Names::default();
    let header = record(bytes, layout.header, layout.comma);
    names.columns(
        header
            .iter()
            .map(|cell| (decode(cell.span.of(text)), cell.span)),
    );
    let start = Span::between(layout.header, text.len()).start;
    let mut tape = vec![Entry::new(Kind::Array, NO_KEY, false, start)];
    let mut notes = Vec::new();
    let mut at = header.last().map_or(bytes.len(), |cell| cell.after);
    while let Some(start) = next_record(bytes, at) {
        let row = tape.len();
        tape.push(Entry::new(
            Kind::Object,
            NO_KEY,
            false,
            Span::between(start, start).start,
        ));
        at = start;
        let mut end = start;
        for column in 0_u32.. {
            let cell = cell(bytes, at, layout.comma);
            if cell.unclosed {
                let message = "the quotes of this cell are never closed";
                return Err(Failure::new(cell.span, message));
            }
            if column as usize >= MAX_COLUMNS {
                let message = format!("more than {MAX_COLUMNS} cells in a record");
                return Err(Failure::new(cell.span, message));
            }
            let key = names.column_at(column, cell.span);
            let quoted = cell.span.of(text).starts_with('"');
            let entry = Entry::new(Kind::String, key, false, cell.span.start);
            tape.push(entry.ending(cell.span.end).escaped_if(quoted));
            (at, end) = (cell.after, cell.span.range().end);
            if cell.last {
                let width = column as usize + 1;
                if width != header.len() {
                    let message = format!("{width} cells under a header of {}", header.len());
                    let span = Span::between(start, end);
                    notes.push(Note {
                        span,
                        message,
                        kind: NoteKind::Ragged,
                    });
                }
                break;
            }
        }
        tape::close(&mut tape, row, end)?;
    }
    tape::close(&mut tape, 0, text.len())?;
    Ok(Parsed {
        syntax: Syntax::Csv,
        tape,
        names,
        notes,
    })
}
