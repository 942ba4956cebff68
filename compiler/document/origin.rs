//! Where something stood in the exports, as text.

use super::find;
use crate::source::{Origin, Sources};
use rehome_grammar::{Node, Span, Tree};
use std::borrow::Cow;

/// The place of an origin: `file#pointer`. What was read from a portable policy has the place that
/// is written there, so that it goes through any number of documents; a part of an object has that
/// of its object.
#[must_use]
pub fn origin(origin: Origin, sources: &Sources) -> String {
    let source = sources.get(origin.file);
    source
        .and_then(|source| written(&source.tree, origin.span))
        .unwrap_or_else(|| sources.place(origin))
}

/// The place that a portable policy gives to what stands at a span of it.
fn written(tree: &Tree, span: Span) -> Option<String> {
    find(tree)?;
    let around = tree.around(span);
    let own = |node: Node<'_>| {
        let said = node.get("origin")?;
        let text = said.str().or_else(|| said.number().map(Cow::Borrowed));
        text.map(Cow::into_owned)
    };
    for node in around {
        if let Some(ident) = node.get("ident") {
            return own(ident);
        }
        if let Some(said) = own(node) {
            return Some(said);
        }
    }
    None
}
