//! JSON strings: where they end, and what they mean.

use std::borrow::Cow;

use super::Fault;
use crate::{Failure, Span};

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// The high bit of each byte that ends a plain run: `"`, `\` or a control character.
///
/// The lowest bit set is always right; bits above it may be echoes of a borrow.
#[inline]
const fn stops(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let back = word ^ (ONES * b'\\' as u64);
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_back = back.wrapping_sub(ONES) & !back;
    let is_control = word.wrapping_sub(ONES * 0x20) & !word;
    (is_quote | is_back | is_control) & HIGHS
}

/// The first byte from `at` on that is no plain character of a string, or the end of the text.
#[inline]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = stops(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes
        .get(at)
        .is_some_and(|&byte| byte != b'"' && byte != b'\\' && byte >= 0x20)
    {
        at += 1;
    }
    at
}

/// Where the string whose opening quote is at `start` ends, and whether it holds escapes.
#[inline]
pub(super) fn end(bytes: &[u8], start: usize) -> Result<(usize, bool), Fault> {
    let at = plain(bytes, start + 1);
    if bytes.get(at) == Some(&b'"') {
        Ok((at + 1, false))
    } else {
        slow_end(bytes, start, at)
    }
}

#[cold]
fn slow_end(bytes: &[u8], start: usize, mut at: usize) -> Result<(usize, bool), Fault> {
    let mut escaped = false;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok((at + 1, escaped)),
            Some(b'\\') => {
                escaped = true;
                at = past_escape(bytes, at)?;
            }
            Some(&control) => {
                let message = format!("a control character (U+{control:04X}) in a string");
                return Err(Box::new(Failure::new(Span::between(at, at + 1), message)));
            }
            None => {
                let end = Span::between(bytes.len(), bytes.len());
                let opened = Span::between(start, start + 1);
                let failure = Failure::new(end, "the text ends inside a string");
                let message = "the string that starts here is never closed";
                return Err(Box::new(failure.with_related(opened, message)));
            }
        }
        at = plain(bytes, at);
    }
}

/// Where the escape that starts at `at` ends; both halves of a surrogate pair are one escape.
fn past_escape(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let wrong = |to: usize, message: &str| {
        let end = to.min(bytes.len());
        Err(Box::new(Failure::new(Span::between(at, end), message)))
    };
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match hex(bytes, at + 2) {
            None => wrong(at + 2, "`\\u` is not followed by four hexadecimal digits"),
            Some(0xDC00..=0xDFFF) => wrong(at + 6, "the second half of a surrogate pair alone"),
            Some(0xD800..=0xDBFF) => {
                let second = bytes.get(at + 6..at + 8) == Some(b"\\u");
                match hex(bytes, at + 8).filter(|_| second) {
                    Some(0xDC00..=0xDFFF) => Ok(at + 12),
                    _ => wrong(at + 6, "the first half of a surrogate pair alone"),
                }
            }
            Some(_) => Ok(at + 6),
        },
        Some(_) => wrong(at + 2, "an escape that JSON does not have"),
        None => wrong(at + 1, "the text ends inside a string"),
    }
}

/// Four hexadecimal digits at `at`.
fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..)?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |sum, &digit| {
        Some(sum << 4 | char::from(digit).to_digit(16)?)
    })
}

/// What a string means. `raw` is between its quotes and has passed [`end`].
pub(crate) fn decode(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some((plain, escape)) = next.and_then(|at| rest.split_at_checked(at)) {
        text.push_str(plain);
        let (char, length) = one(escape.as_bytes());
        text.push(char);
        rest = escape.get(length..).unwrap_or_default();
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that the escape at the start of `bytes` means, and how many bytes it takes.
///
/// An escape that `past_escape` would refuse means U+FFFD here.
pub(crate) fn one(bytes: &[u8]) -> (char, usize) {
    let simple = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = hex(bytes, 2).unwrap_or(0xFFFD);
            if let (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) = (first, hex(bytes, 8)) {
                let both = 0x1_0000 + ((first & 0x3FF) << 10) + (second & 0x3FF);
                return (
                    char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER),
                    12,
                );
            }
            return (
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
                6,
            );
        }
        Some(&other) => char::from(other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (simple, 2)
}
