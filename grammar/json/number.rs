//! The grammar of JSON numbers.

use super::Fault;
use crate::{Failure, Span};

/// Where the number that starts at `start` ends.
pub(super) fn end(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    let peek = |at: usize| bytes.get(at).copied();
    let digits = |mut at: usize| {
        while peek(at).is_some_and(|byte| byte.is_ascii_digit()) {
            at += 1;
        }
        at
    };
    let some_digits = |from: usize| {
        let to = digits(from);
        if to == from {
            Err(wrong(start, from, "a digit is missing here"))
        } else {
            Ok(to)
        }
    };
    if peek(at) == Some(b'-') {
        at += 1;
    }
    if peek(at) == Some(b'0') {
        at += 1;
        if peek(at).is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(wrong(start, at, "a number cannot begin with a zero"));
        }
    } else {
        at = some_digits(at)?;
    }
    if peek(at) == Some(b'.') {
        at = some_digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = peek(at) {
        at += 1;
        if let Some(b'+' | b'-') = peek(at) {
            at += 1;
        }
        at = some_digits(at)?;
    }
    Ok(at)
}

#[cold]
fn wrong(start: usize, at: usize, message: &str) -> Fault {
    Box::new(Failure::new(
        Span::between(start, at.saturating_add(1)),
        message,
    ))
}
