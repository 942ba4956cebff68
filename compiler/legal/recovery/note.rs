//! Descriptions, and what is lost of them.

use super::super::say::tick;
use super::super::table::recovery::Use;
use super::super::{Case, Lowered};
use super::estate::{Estate, add};
use crate::ir::Ident;
use crate::plan::nutanix::recovery::Note;

/// The note of an object: the description where there is one, else what it was made from.
pub(super) fn of(about: &str, description: Option<&str>) -> Note {
    match description {
        Some(text) if !text.trim().is_empty() => Note::nearest(text),
        Some(_) | None => Note::nearest(about),
    }
}

/// Adds the loss of a description that could not be kept as it is. Blanks do not count.
pub(super) fn changed(
    estate: &Estate<'_>,
    ident: &Ident,
    description: Option<&str>,
    held: Lowered<()>,
) -> Lowered<()> {
    let Some(text) = description else {
        return held;
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words == Note::nearest(text).as_str() {
        return held;
    }
    add(held, estate.answer(&Use::NoteChanged), || {
        Case::new(
            ident.subject(),
            format!(
                "the description of {} has characters that Nutanix may not take, or more than 1000 of them; it is written with others or cut",
                tick(&ident.name)
            ),
        )
    })
}
