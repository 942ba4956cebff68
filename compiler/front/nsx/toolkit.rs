//! Tables that migration scripts write: one object a row, whole in a column of JSON.

use super::known::SCHEMA;
use super::object::{Ground, origin, peek};
use super::walk::{Found, walk_tree};
use crate::finding::{Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::schema::short;
use crate::ir::inventory::{Inventory, Tag, Vm};
use crate::ir::{Ident, Named};
use rehome_grammar::{Node, Syntax, Tree};
use std::collections::BTreeMap;

/// The column that holds the object.
const WHOLE: &str = "RawJson";

/// The columns of a table of machines and their tags.
const TAGS: [&str; 4] = ["VMDisplayName", "ExternalId", "TagScope", "TagValue"];

fn rows(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    tree.roots().flat_map(Node::items)
}

/// Whether a file is such a table.
pub(super) fn is_table(tree: &Tree) -> bool {
    tree.syntax() == Syntax::Csv
        && rows(tree).next().is_some_and(|row| {
            let has = |key: &str| row.get(key).is_some();
            has("ObjectType") && has(WHOLE) || TAGS.iter().all(|key| has(key))
        })
}

/// The objects of a table, each read as JSON, with the cell it stands in.
pub(super) fn cells<'t>(export: &Export<'t>, findings: &mut Findings) -> Vec<(Node<'t>, Tree)> {
    let mut cells = Vec::new();
    for row in rows(&export.source.tree) {
        if TAGS.iter().all(|key| row.get(key).is_some()) {
            continue;
        }
        let cell = row.get(WHOLE);
        let text = cell
            .and_then(Node::str)
            .filter(|text| !text.trim().is_empty());
        let (Some(cell), Some(text)) = (cell, text) else {
            let message = format!(
                "a row of an NSX table has no `{WHOLE}`, which holds the object; its other columns \
                 leave out what the object means"
            );
            report(export, row, message, findings);
            continue;
        };
        match rehome_grammar::read(text.into_owned().into_bytes()) {
            Ok(tree) => cells.push((cell, tree)),
            Err(failure) => {
                let message = format!("`{WHOLE}` of an NSX table is no JSON: {}", failure.message);
                report(export, cell, message, findings);
            }
        }
    }
    cells
}

/// Adds the objects of a table.
pub(super) fn walk<'t>(
    export: &Export<'_>,
    cells: &'t [(Node<'t>, Tree)],
    found: &mut Found<'t>,
    findings: &mut Findings,
) {
    for (cell, tree) in cells {
        walk_tree(Ground::cell(export.file, *cell), tree, found, findings);
    }
}

/// Adds machines with their tags: a row for each tag.
pub(super) fn machines(export: &Export<'_>, inventory: &mut Inventory<Named>) {
    let mut machines: Vec<Vm<Named>> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows(&export.source.tree) {
        let (Some(id), true) = (peek(row, "ExternalId"), row.get("TagValue").is_some()) else {
            continue;
        };
        let scope = peek(row, "TagScope").unwrap_or_default();
        let tag = peek(row, "TagValue").map(|value| Tag { scope, value });
        let known = at.get(&id).copied();
        match known.and_then(|at| machines.get_mut(at)) {
            Some(machine) => machine.tags.extend(tag),
            None => {
                at.insert(id.clone(), machines.len());
                machines.push(Vm {
                    ident: Ident {
                        name: peek(row, "VMDisplayName").unwrap_or_else(|| id.clone()),
                        id: id.clone(),
                        origin: origin(Ground::file(export.file), row),
                    },
                    aliases: vec![id],
                    tags: tag.into_iter().collect(),
                    addresses: None,
                    segments: Vec::new(),
                    os_name: None,
                    computer_name: None,
                    host: None,
                    cluster: None,
                });
            }
        }
    }
    for machine in machines {
        inventory.vms.push(machine);
    }
}

fn report(export: &Export<'_>, node: Node<'_>, message: String, findings: &mut Findings) {
    let at = origin(Ground::file(export.file), node);
    let finding = Finding::new(&codes::read::BAD_SHAPE, SCHEMA.domain, message);
    findings.push(finding.at(at, short(node.raw())));
}
