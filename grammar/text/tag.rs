//! Scoped tags: `scope|tag`, and either half alone.

/// A tag condition. `None` is *any*.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ScopeTag<'a> {
    /// The scope; `None` when the text names none (`tag`), which means any.
    pub scope: Option<&'a str>,
    /// The tag; `None` when nothing stands behind the bar (`scope|`), which means any.
    pub tag: Option<&'a str>,
    /// Whether there is a bar: `|tag` and `tag` both leave the scope open, and are written apart.
    pub bar: bool,
}

/// Reads `scope|tag`, `|tag`, `scope|` and `tag`. The scope ends at the first bar; a tag may
/// hold more of them. Every text is one, and blanks belong to it.
#[must_use]
pub fn scope_tag(input: &str) -> ScopeTag<'_> {
    fn given(part: &str) -> Option<&str> {
        (!part.is_empty()).then_some(part)
    }
    match input.split_once('|') {
        Some((scope, tag)) => ScopeTag {
            scope: given(scope),
            tag: given(tag),
            bar: true,
        },
        None => ScopeTag {
            scope: None,
            tag: given(input),
            bar: false,
        },
    }
}
