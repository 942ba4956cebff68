//! Text of exports in files that people and programs read: it stays text.

use std::fmt::Write as _;

/// Text in a code span that it cannot leave.
#[must_use]
pub fn code(text: &str) -> String {
    let text = inert(text, false);
    let quotes = "`".repeat(longest_run(&text) + 1);
    if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() {
        format!("{quotes} {text} {quotes}")
    } else {
        format!("{quotes}{text}{quotes}")
    }
}

/// The length of the longest run of back quotes.
#[must_use]
pub fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Text whose characters all show: the others as `\u{..}`.
#[must_use]
pub fn inert(text: &str, lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (lines && matches!(c, '\n' | '\t')) || !hides(c) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    out
}

/// Whether a character hides or reorders others, or moves the cursor.
#[must_use]
pub fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// JSON in which characters that hide or reorder others are written as escapes: the value stays, and
/// no viewer acts on it. Outside of strings such text has none of them but line ends.
#[must_use]
pub fn escape(text: String) -> String {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && hides(c) {
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    proptest! {
        #[test]
        fn no_name_leaves_its_line(text in any::<String>()) {
            let shown = code(&text);
            prop_assert!(!shown.chars().any(hides), "{shown:?}");
        }
    }

    #[test]
    fn data_keeps_the_value_and_shows_no_hidden_character() {
        let text = serde_json::to_string_pretty(&json!({"text": "a\u{202e}b\n\u{e0001}"})).unwrap();
        let escaped = escape(text);
        assert!(
            escaped.contains("\\u202e") && escaped.contains("\\udb40\\udc01"),
            "{escaped}"
        );
        let read: Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["text"], "a\u{202e}b\n\u{e0001}");
    }
}
