//! Keys that a JSON object gives twice.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Key, Node, Tree};
use crate::{Kind, Note, NoteKind, Syntax};

/// A note for each key that its object already has.
pub(super) fn duplicates(tree: &Tree) -> Vec<Note> {
    let mut notes = Vec::new();
    if tree.syntax == Syntax::Json {
        for node in (0..tree.length()).filter_map(|at| tree.node(at)) {
            if node.kind() == Kind::Object {
                within(node, &mut notes);
            }
        }
    }
    notes
}

fn within(object: Node<'_>, notes: &mut Vec<Note>) {
    // Most objects have no two keys of the same length and the same first and last byte: one
    // bit for each such mark tells that without comparing names.
    let mut marks = [0_u64; 4];
    let doubtful = object.entries().any(|(key, node)| {
        // Escapes could hide any name.
        let Some(mark) = mark(key, node) else {
            return true;
        };
        let bit = 1 << (mark % 64);
        let Some(word) = marks.get_mut(usize::from(mark / 64)) else {
            return true;
        };
        let seen = *word & bit != 0;
        *word |= bit;
        seen
    });
    if !doubtful {
        return;
    }
    let mut seen: BTreeSet<Cow<'_, str>> = BTreeSet::new();
    for (key, _) in object.entries() {
        if !seen.insert(key.name()) {
            let message = format!("the key `{}` is given twice in this object", key.name());
            notes.push(Note {
                span: key.span(),
                message,
                kind: NoteKind::Duplicate,
            });
        }
    }
}

/// The same for the same name and mostly different for different ones; nothing where the name
/// is written with escapes.
fn mark(key: Key<'_>, node: Node<'_>) -> Option<u8> {
    if node.entry.key_escaped() {
        return None;
    }
    let span = key.span();
    let bytes = node.tree.text.as_bytes();
    let byte = |at: u32| bytes.get(at as usize).copied().unwrap_or_default();
    let length = span.len().to_le_bytes()[0];
    let middle = byte(span.start.saturating_add(span.len() / 2));
    let last = byte(span.end.saturating_sub(2));
    Some(length.wrapping_mul(31) ^ middle.wrapping_mul(7) ^ last.wrapping_mul(3))
}
