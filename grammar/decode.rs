//! Bytes to text: BOMs, UTF-16, and Windows-1252 when nothing else fits.

use crate::{Failure, Note, NoteKind, Span};

pub(crate) struct Decoded {
    pub text: String,
    pub notes: Vec<Note>,
}

/// How far to look for a zero byte before deciding that a file is no text.
const PROBE: usize = 8192;

pub(crate) fn decode(bytes: Vec<u8>) -> Result<Decoded, Failure> {
    if let Some(what) = archive(&bytes) {
        return Err(fail(&format!("not a text file: it begins as {what}")));
    }
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(fail(
            "not a text file that is known here: it begins as UTF-32",
        ));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf16(rest, u16::from_le_bytes, "UTF-16LE with a byte order mark");
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf16(rest, u16::from_be_bytes, "UTF-16BE with a byte order mark");
    }
    match evident(&bytes) {
        Some(Order::Little) => utf16(&bytes, u16::from_le_bytes, "UTF-16LE"),
        Some(Order::Big) => utf16(&bytes, u16::from_be_bytes, "UTF-16BE"),
        None => utf8(bytes),
    }
}

fn fail(message: &str) -> Failure {
    Failure::new(Span::default(), message)
}

/// The files people most often hand over in place of the text inside them.
fn archive(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"%PDF-", "a PDF"),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
    ];
    known
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, what)| *what)
}

enum Order {
    Little,
    Big,
}

/// UTF-16 without a mark, where the first characters leave no doubt: ASCII beside zeros.
fn evident(bytes: &[u8]) -> Option<Order> {
    let mut little = bytes.len() >= 4;
    let mut big = little;
    for pair in bytes
        .get(..bytes.len().min(16))
        .unwrap_or_default()
        .chunks_exact(2)
    {
        if let &[first, second] = pair {
            little &= first != 0 && first < 0x80 && second == 0;
            big &= first == 0 && second != 0 && second < 0x80;
        }
    }
    if little {
        Some(Order::Little)
    } else if big {
        Some(Order::Big)
    } else {
        None
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, name: &str) -> Result<Decoded, Failure> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut lost: Option<Span> = None;
    for char in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        if char.is_err() && lost.is_none() {
            lost = Some(Span::between(
                text.len(),
                text.len() + char::REPLACEMENT_CHARACTER.len_utf8(),
            ));
        }
        text.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !rest.is_empty() {
        let end = Span::between(text.len(), text.len());
        let message = format!("the file is {name} and ends inside a character");
        return Err(Failure::new(end, message).of_text(text));
    }
    let mut notes = vec![decoded(format!("decoded from {name}"))];
    if let Some(span) = lost {
        let message = format!("{name} with half a surrogate pair, replaced by U+FFFD");
        notes.push(Note {
            span,
            message,
            kind: NoteKind::Lossy,
        });
    }
    text_only(text, notes)
}

fn utf8(mut bytes: Vec<u8>) -> Result<Decoded, Failure> {
    let mut notes = Vec::new();
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
        notes.push(decoded(
            "decoded from UTF-8 with a byte order mark".to_owned(),
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => text_only(text, notes),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let text: String = error
                .as_bytes()
                .iter()
                .map(|&byte| windows_1252(byte))
                .collect();
            // Everything before is ASCII or counted anew: a valid prefix may hold characters
            // that one byte each now stand for.
            let before = error.as_bytes().get(..good).unwrap_or_default();
            let start = before
                .iter()
                .map(|&byte| windows_1252(byte).len_utf8())
                .sum::<usize>();
            let width = text.get(start..).and_then(|rest| rest.chars().next());
            notes.push(Note {
                span: Span::between(start, start + width.map_or(0, char::len_utf8)),
                message: "not UTF-8, decoded as Windows-1252".to_owned(),
                kind: NoteKind::Lossy,
            });
            text_only(text, notes)
        }
    }
}

fn decoded(message: String) -> Note {
    Note {
        span: Span::default(),
        message,
        kind: NoteKind::Decoded,
    }
}

/// Refuses what decodes but is no text.
fn text_only(text: String, notes: Vec<Note>) -> Result<Decoded, Failure> {
    let probe = text
        .as_bytes()
        .get(..text.len().min(PROBE))
        .unwrap_or_default();
    match memchr::memchr(0, probe) {
        Some(at) => {
            let span = Span::between(at, at + 1);
            Err(Failure::new(span, "not a text file: it holds a zero byte").of_text(text))
        }
        None => Ok(Decoded { text, notes }),
    }
}

fn windows_1252(byte: u8) -> char {
    // 0x80..=0x9F; the five that the code page leaves open are the control characters.
    const HIGH: [char; 32] = [
        '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}',
        '\u{8F}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}',
        '\u{178}',
    ];
    let high = usize::from(byte)
        .checked_sub(0x80)
        .and_then(|at| HIGH.get(at));
    high.copied().unwrap_or(char::from(byte))
}
