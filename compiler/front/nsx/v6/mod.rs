//! NSX for vSphere 6: XML whose objects refer to each other by object ids.

mod groups;
mod rules;
mod services;

use super::known::SCHEMA;
use super::object::{Ground, Object, Text, origin, peek};
use crate::finding::{Finding, Findings, codes};
use crate::front::detect::Export;
use crate::ir::network::{Network, Uninterpreted};
use crate::ir::{Ident, Named};
use rehome_grammar::{Node, Syntax, Tree};

/// The elements an export of this product begins with.
const ROOTS: &[&str] = &[
    "firewallConfiguration",
    "firewallDraft",
    "section",
    "securitygroup",
    "ipset",
    "macset",
    "application",
    "applicationGroup",
    "securityPolicies",
    "securityPolicy",
    "VshieldAppConfiguration",
];

/// Whether a file is XML of this product.
pub(super) fn is_v6(tree: &Tree) -> bool {
    tree.syntax() == Syntax::Xml
        && tree.roots().flat_map(Node::entries).any(|(key, node)| {
            ROOTS.iter().any(|root| key.is(root)) || (key.is("list") && is_list(node))
        })
}

fn is_list(node: Node<'_>) -> bool {
    node.entries()
        .any(|(key, _)| ROOTS.iter().any(|root| key.is(root)))
}

/// Reads a file of this product.
pub(super) fn read(export: &Export<'_>, network: &mut Network<Named>, findings: &mut Findings) {
    for (key, node) in export.source.tree.roots().flat_map(Node::entries) {
        element(
            Ground::file(export.file),
            &key.name(),
            node,
            network,
            findings,
        );
    }
}

fn element(
    file: Ground<'_>,
    name: &str,
    node: Node<'_>,
    network: &mut Network<Named>,
    findings: &mut Findings,
) {
    match name {
        "firewallConfiguration" | "config" => rules::configuration(file, node, network, findings),
        "firewallDraft" => {
            if let Some(config) = node.get("config") {
                rules::configuration(file, config, network, findings);
            }
        }
        "section" => rules::section(file, node, network, findings),
        "securitygroup" => {
            let group = groups::security_group(file, node, findings);
            network.groups.push(group);
        }
        "ipset" => {
            let set = groups::address_set(file, node, findings);
            network.groups.push(set);
        }
        "macset" => {
            network.groups.push(groups::mac_set(file, node));
        }
        "application" => {
            let service = services::application(file, node, findings);
            network.services.push(service);
        }
        "applicationGroup" => {
            let service = services::application_group(file, node, findings);
            network.services.push(service);
        }
        "VshieldAppConfiguration" => groups::exclusions(file, node, network, findings),
        "securityPolicy" => foreign(file, node, "service composer policy", network, findings),
        "list" | "securityPolicies" => {
            for (key, inner) in node.entries() {
                element(file, &key.name(), inner, network, findings);
            }
        }
        other => {
            let message = format!("element `{other}` of an NSX export is not known");
            let finding = Finding::new(&codes::read::UNKNOWN_KEY, SCHEMA.domain, message);
            findings.push(finding.at(origin(file, node), other));
        }
    }
}

/// An object that is listed and not read.
fn foreign(
    file: Ground<'_>,
    node: Node<'_>,
    what: &str,
    network: &mut Network<Named>,
    findings: &mut Findings,
) {
    let ident = ident(file, node);
    let message = format!("NSX {what} `{}` is not translated", ident.name);
    let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
    findings.push(finding.about(ident.subject()));
    network.uninterpreted.push(Uninterpreted {
        ident,
        what: what.to_owned(),
        rules: 0,
    });
}

/// Who an object is: its object id and name.
fn ident(file: Ground<'_>, node: Node<'_>) -> Ident {
    let id = peek(node, "objectId")
        .or_else(|| peek(node, "@id"))
        .unwrap_or_else(|| "unnamed".to_owned());
    Ident {
        name: peek(node, "name")
            .or_else(|| peek(node, "@name"))
            .unwrap_or_else(|| id.clone()),
        id,
        origin: origin(file, node),
    }
}

/// An object that is read key by key.
fn object<'t>(file: Ground<'t>, node: Node<'t>, within: &'static str) -> Object<'t> {
    let mut object = Object::new(file, node, within, ident(file, node));
    object.elsewhere(&["objectId", "name", "@id", "@name"]);
    object
}

/// One of the known words, in any case.
fn word<T: Copy>(object: &mut Object<'_>, key: &'static str, known: &[(&str, T)]) -> Option<T> {
    let text: Text = object.word(key)?;
    let hit = known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text.value.trim()));
    if hit.is_none() {
        let names: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
        let what = format!("`{}` is none of {}", text.value, names.join(", "));
        object.refuse(key, &text, &what);
    }
    hit.map(|(_, value)| *value)
}
