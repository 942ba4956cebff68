//! Names and lists as messages write them.

use crate::ir::Name;

/// How many names a list holds before it says how many more there are.
const SHOWN: usize = 6;

/// A name between back quotes.
pub(in crate::legal) fn tick(name: &str) -> String {
    format!("`{name}`")
}

/// Names between back quotes, in order; past a few of them, how many more there are.
pub(in crate::legal) fn list<'name>(names: impl IntoIterator<Item = &'name str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| tick(name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The names of references that nothing answers to.
pub(in crate::legal) fn names<T>(missing: &[Name<T>]) -> String {
    list(missing.iter().map(|name| name.text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn a_long_list_says_how_many_more() {
        assert_eq!(list([]), "none");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b"]), "`a` and `b`");
        assert_eq!(
            list(["a", "b", "c", "d", "e", "f", "g", "h"]),
            "`a`, `b`, `c`, `d`, `e`, `f` and 2 more"
        );
    }
}
