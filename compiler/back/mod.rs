//! Legal plans and policies to bytes.

pub mod inert;
pub mod nutanix;
pub mod portable;

use std::collections::BTreeMap;

/// The files of one run: path inside the output folder (with `/`) to content.
///
/// INVARIANT (Path): a path is made of literals of this crate and of [`file_name`]; no text of an
/// export reaches the file system in any other way.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A file name from any text: lower-case letters, digits, `.`, `_` and `-`, at most 80 bytes, never
/// hidden, never `..`.
#[must_use]
pub fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len().min(80));
    for c in text.chars().take(80) {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
            '.' if !name.is_empty() && !name.ends_with('.') => name.push('.'),
            _ if !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_name_leaves_its_folder(text in any::<String>()) {
            let name = file_name(&text);
            prop_assert!(!name.is_empty() && name.len() <= 80);
            prop_assert!(!name.contains(['/', '\\', '\0']) && !name.starts_with('.'), "{name}");
        }
    }
}
