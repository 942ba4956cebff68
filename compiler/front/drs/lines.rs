//! The lines of a text with where they stand.

use crate::source::{FileId, Origin};
use rehome_grammar::Span;

/// One line that is not blank, without its line end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    pub(super) origin: Origin,
}

/// The lines of a file.
pub(super) fn of(file: FileId, text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0_usize;
    text.split_inclusive('\n')
        .map(move |line| {
            let at = start;
            start += line.len();
            (at, line.trim_end_matches(['\n', '\r']))
        })
        .filter(|(_, line)| !line.trim().is_empty())
        .map(move |(at, line)| {
            let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            Line {
                text: line,
                origin: Origin {
                    file,
                    span: Span::new(cut(at), cut(at + line.len())),
                },
            }
        })
}
