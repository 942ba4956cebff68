//! The files of `NsxObjectCapture.ps1`, a script of PowerNSX: PowerShell's own XML of a table from
//! object ids to objects, each object as a text that is XML again.

use super::super::known::SCHEMA;
use super::super::object::{Ground, origin, peek};
use crate::finding::{Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::schema::short;
use rehome_grammar::{Node, Syntax, Tree};

/// The values of the tables in a file: the second text of each entry.
fn values(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    tree.roots()
        .filter_map(|root| root.get("Objs"))
        .flat_map(|objects| objects.many("Obj"))
        .filter_map(|object| object.get("DCT"))
        .flat_map(|table| table.many("En"))
        .flat_map(|entry| entry.many("S"))
        .filter(|text| peek(*text, "@N").as_deref() == Some("Value"))
        .filter_map(|text| text.get("#text"))
}

/// Whether a file is such a table of objects.
pub(super) fn is_bundle(tree: &Tree) -> bool {
    tree.syntax() == Syntax::Xml
        && values(tree).next().is_some_and(|value| {
            value.str().is_some_and(|text| {
                let start = text.trim_start();
                super::ROOTS.iter().chain(&OTHERS).any(|root| {
                    start
                        .strip_prefix('<')
                        .is_some_and(|rest| rest.starts_with(root))
                })
            })
        })
}

/// Objects that the script captures too, and that are no part of the firewall of machines.
const OTHERS: [&str; 3] = ["edge", "virtualWire", "controller"];

/// The documents in the cells of a file, each with the cell it stands in.
pub(in super::super) fn cells<'t>(
    export: &Export<'t>,
    findings: &mut Findings,
) -> Vec<(Node<'t>, Tree)> {
    let mut cells = Vec::new();
    let mut others = 0_usize;
    for cell in values(&export.source.tree) {
        let text = decoded(&cell.str().unwrap_or_default());
        let start = text.trim_start().strip_prefix('<').unwrap_or_default();
        if OTHERS.iter().any(|other| start.starts_with(other)) {
            others += 1;
            continue;
        }
        match rehome_grammar::read(text.into_bytes()) {
            Ok(tree) => cells.push((cell, tree)),
            Err(failure) => {
                let message = format!("an object of an NSX bundle is no XML: {}", failure.message);
                let at = origin(Ground::file(export.file), cell);
                let finding = Finding::new(&codes::read::BAD_SHAPE, SCHEMA.domain, message);
                findings.push(finding.at(at, short(cell.raw())));
            }
        }
    }
    if others > 0 {
        let name = &export.source.name;
        let message = format!(
            "`{name}` holds {} of edges and networks: no part of the firewall of machines, not read",
            crate::finding::count(others, "object")
        );
        let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
        let whole = export.source.tree.roots().next();
        let at = whole.map(|node| origin(Ground::file(export.file), node));
        let finding = finding.effect(crate::finding::Effect::Record);
        findings.push(match at {
            Some(at) => finding.at(at, name.clone()),
            None => finding,
        });
    }
    cells
}

/// PowerShell writes characters that XML would change as `_x000A_`.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after
            .split_once('_')
            .filter(|(digits, _)| digits.len() == 4);
        let char = code.and_then(|(digits, after)| {
            let char = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            Some((char, after))
        });
        if let Some((char, after)) = char {
            out.push(char);
            rest = after;
        } else {
            out.push_str("_x");
            rest = after;
        }
    }
    out + rest
}
