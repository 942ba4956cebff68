//! Text of exports in files that people and programs read: it stays text.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;
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

/// JSON as people read it, with a line end, that hides nothing.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    // What is written has no map with other keys than text, so this cannot fail.
    let mut text = escape(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
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

/// YAML in which characters that hide or reorder others are written as escapes: the value stays, and
/// no viewer acts on it.
///
/// # Errors
///
/// Says why the document could not be written; that is a fault of this program.
pub fn yaml(document: &impl Serialize) -> Result<String, String> {
    let text = serde_saphyr::to_string(document).map_err(|error| error.to_string())?;
    if !text.chars().any(shows_not) {
        return Ok(text);
    }
    // Only a scalar in double quotes can hold an escape.
    let value = serde_json::to_value(document).map_err(|error| error.to_string())?;
    let quoted = serde_saphyr::to_string(&Quoted(&value)).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        match u32::from(c) {
            _ if !shows_not(c) => out.push(c),
            code @ ..0x1_0000 => {
                let _ = write!(out, "\\u{code:04X}");
            }
            code => {
                let _ = write!(out, "\\U{code:08X}");
            }
        }
    }
    Ok(out)
}

/// Whether a character hides others inside of text that has lines.
fn shows_not(c: char) -> bool {
    hides(c) && !matches!(c, '\n' | '\t')
}

/// A document whose texts stand in double quotes where a character of theirs hides others.
struct Quoted<'v>(&'v Value);

impl Serialize for Quoted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if text.chars().any(shows_not) => {
                DoubleQuoted(text).serialize(serializer)
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Self(item))?;
                }
                list.end()
            }
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &Quoted(value))?;
                }
                map.end()
            }
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                plain.serialize(serializer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn no_name_leaves_its_line(text in any::<String>()) {
            let shown = code(&text);
            prop_assert!(!shown.chars().any(hides), "{shown:?}");
        }

        #[test]
        fn any_text_comes_back_from_yaml_and_hides_nothing(
            texts in prop::collection::vec("[\\PC\\pC\u{202e}\u{200b}\u{feff}\u{e0001}\n\t\r'\"\\\\:#|>&*!%@` -]{0,40}", 0..6),
        ) {
            let document = json!({"name": "n", "texts": texts, "last": [{"deep": texts}]});
            let text = yaml(&document).unwrap();
            prop_assert!(!text.chars().any(shows_not), "{text:?}");
            let read: Value = serde_saphyr::from_str(&text).unwrap();
            prop_assert_eq!(read, document, "{}", text);
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
