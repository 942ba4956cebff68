//! Scalars in the spellings that exports have.

use std::borrow::Cow;

use serde::de::Visitor;

use super::error::Fault;

/// `true` and `false` in any case.
#[inline]
pub(super) fn bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether `text` is a decimal number and nothing else: no `inf`, no `0x`, no leading `+`.
#[inline]
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// Hands over a number in the smallest type that holds it exactly.
#[inline]
pub(super) fn number<'t, V: Visitor<'t>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => visitor.visit_f64(number),
        _ => Err(Fault::new(format!("`{text}` is no number that fits"))),
    }
}

#[inline]
pub(super) fn text<'t, V: Visitor<'t>>(text: Cow<'t, str>, visitor: V) -> Result<V::Value, Fault> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}
