//! From a part of what a string means to where that part is written.

use super::Node;
use crate::{Kind, Span, Syntax, json};

/// See [`Node::span_of`].
pub(super) fn written(node: Node<'_>, part: Span) -> Span {
    let whole = node.span();
    if matches!(node.tree.syntax, Syntax::Xml | Syntax::Yaml) && node.entry.escaped() {
        return whole;
    }
    let found = Span::new(place(node, part.start), place(node, part.end));
    let inside = whole.start <= found.start && found.start <= found.end && found.end <= whole.end;
    if inside && node.tree.text.get(found.range()).is_some() {
        found
    } else {
        whole
    }
}

/// Where the byte `meant` of what the string means is written.
fn place(node: Node<'_>, meant: u32) -> u32 {
    let bytes = node.raw().as_bytes();
    let syntax = node.tree.syntax;
    let quoted = match syntax {
        Syntax::Json => node.kind() == Kind::String,
        Syntax::Csv => bytes.first() == Some(&b'"'),
        Syntax::Xml | Syntax::Yaml | Syntax::Text => false,
    };
    let mut at = usize::from(quoted);
    let mut left = meant as usize;
    let mut in_quotes = quoted && syntax == Syntax::Csv;
    while left > 0 {
        let (meant, written) = match bytes.get(at..) {
            Some(rest @ [b'\\', ..]) if syntax == Syntax::Json && quoted => {
                let (char, written) = json::string::one(rest);
                (char.len_utf8(), written)
            }
            Some([b'"', b'"', ..]) if in_quotes => (1, 2),
            Some([b'"', ..]) if in_quotes => {
                in_quotes = false;
                (0, 1)
            }
            _ => (1, 1),
        };
        at += written;
        left = left.saturating_sub(meant);
    }
    node.span()
        .start
        .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
}
