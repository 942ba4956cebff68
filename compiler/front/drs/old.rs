//! JSON of govc up to 0.30, whose keys begin with a capital: `Val`, `Rule`, `Vm`.
//!
//! The newer tools print the same keys with a small letter. So a copy of the text with small letters
//! is read, in which every byte stands where it stood.

use super::Form;
use crate::front::detect::{Export, Format};
use crate::front::inventory;
use crate::source::Source;
use rehome_grammar::{Kind, Node, Syntax};

/// The export with keys as newer tools write them; nothing where they are so already.
pub(super) fn recased(export: &Export<'_>) -> Option<Source> {
    let objects = match export.format {
        Format::Drs(Form::Untyped | Form::UntypedGroups | Form::Overrides | Form::Objects)
        | Format::Inventory(inventory::Form::Objects) => true,
        Format::Nsx(_)
        | Format::Drs(_)
        | Format::Srm(_)
        | Format::Inventory(_)
        | Format::Portable => false,
    };
    let tree = &export.source.tree;
    if !objects || tree.syntax() != Syntax::Json || !tree.roots().any(is_old) {
        return None;
    }
    let mut bytes = tree.text().as_bytes().to_vec();
    let mut open: Vec<Node<'_>> = tree.roots().collect();
    while let Some(node) = open.pop() {
        for (key, value) in node.entries() {
            // Behind the quote.
            let first = usize::try_from(key.span().start).unwrap_or(usize::MAX);
            if let Some(byte) = bytes.get_mut(first.saturating_add(1)) {
                byte.make_ascii_lowercase();
            }
            open.push(value);
        }
        open.extend(node.items());
    }
    let tree = rehome_grammar::read(bytes).ok()?;
    Some(export.source.with_tree(tree))
}

/// Whether the first key begins with a capital.
fn is_old(root: Node<'_>) -> bool {
    let object = match root.kind() {
        Kind::Array => root.items().next(),
        Kind::Object => Some(root),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    };
    let first = object.and_then(|object| object.entries().next());
    first.is_some_and(|(key, _)| {
        key.name()
            .starts_with(|first: char| first.is_ascii_uppercase())
    })
}
