//! What a plain scalar is, by the core schema of YAML 1.2; numbers as JSON writes them.

use crate::{Kind, json};

/// The kind of a scalar that stands without quotes.
///
/// A number that JSON could not write (`0x1F`, `+1`, `.inf`) stays the text it is.
pub(super) fn kind(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
        _ if json::is_number(text) => Kind::Number,
        _ => Kind::String,
    }
}
