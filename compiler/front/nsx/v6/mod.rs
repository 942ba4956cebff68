//! NSX for vSphere 6: XML whose objects refer to each other by object ids.

mod bundle;
mod composer;
mod estate;
mod groups;
mod rules;
mod services;

use super::known::SCHEMA;
use super::object::{Ground, Object, Text, origin, peek};
use crate::finding::{Effect, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::ir::network::{Network, Uninterpreted};
use crate::ir::{Ident, Named, Policy};
use estate::Estate;
use rehome_grammar::{Node, Syntax, Tree};

pub(super) use bundle::cells;

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
    "securityTags",
    "securityTag",
    "VshieldAppConfiguration",
];

/// The elements that hold objects and say nothing themselves.
const LISTS: &[&str] = &["list", "securityPolicies", "securityTags"];

/// Whether a file is XML of this product.
pub(super) fn is_v6(tree: &Tree) -> bool {
    tree.syntax() == Syntax::Xml
        && (tree.roots().flat_map(Node::entries).any(|(key, node)| {
            ROOTS.iter().any(|root| key.is(root)) || (key.is("list") && is_list(node))
        }) || bundle::is_bundle(tree))
}

fn is_list(node: Node<'_>) -> bool {
    node.entries()
        .any(|(key, _)| ROOTS.iter().any(|root| key.is(root)))
}

/// One object of an export and the element it is.
struct Element<'t> {
    file: Ground<'t>,
    name: String,
    node: Node<'t>,
}

/// The objects of a tree, those of lists one by one.
fn elements<'t>(file: Ground<'t>, tree: &'t Tree, found: &mut Vec<Element<'t>>) {
    for (key, node) in tree.roots().flat_map(Node::entries) {
        open(file, &key.name(), node, found);
    }
}

fn open<'t>(file: Ground<'t>, name: &str, node: Node<'t>, found: &mut Vec<Element<'t>>) {
    if LISTS.contains(&name) {
        for (key, inner) in node.entries() {
            open(file, &key.name(), inner, found);
        }
    } else if !name.starts_with('@') {
        found.push(Element {
            file,
            name: name.to_owned(),
            node,
        });
    }
}

/// Reads the files of this product, each with the documents that stand in its cells.
pub(super) fn read<'t>(
    files: &'t [(&Export<'t>, Vec<(Node<'t>, Tree)>)],
    policy: &mut Policy<Named>,
    findings: &mut Findings,
) {
    let mut found = Vec::new();
    for (export, cells) in files {
        if bundle::is_bundle(&export.source.tree) {
            for (cell, tree) in cells {
                elements(Ground::cell(export.file, *cell), tree, &mut found);
            }
        } else {
            elements(Ground::file(export.file), &export.source.tree, &mut found);
        }
    }
    let tags = found.iter().filter(|one| one.name == "securityTag");
    let estate = Estate::new(
        &policy.inventory,
        tags.map(|tag| groups::tag(tag.file, tag.node, findings)),
    );
    let live = found
        .iter()
        .any(|one| matches!(one.name.as_str(), "firewallConfiguration" | "section"));
    let mut reading = Reading {
        estate: &estate,
        network: &mut policy.network,
        findings,
    };
    for one in &found {
        reading.element(one, live);
    }
    composer::policies(&found, &mut reading);
}

/// What the files are read into, and what is known about the estate.
struct Reading<'r> {
    estate: &'r Estate,
    network: &'r mut Network<Named>,
    findings: &'r mut Findings,
}

impl Reading<'_> {
    fn element(&mut self, one: &Element<'_>, live: bool) {
        let (file, node) = (one.file, one.node);
        match one.name.as_str() {
            "firewallConfiguration" => rules::configuration(file, node, self),
            "firewallDraft" => self.draft(file, node, live),
            "section" => rules::section(file, node, self),
            "securitygroup" => {
                let group = groups::security_group(file, node, self);
                self.network.groups.push(group);
            }
            "ipset" => {
                let set = groups::address_set(file, node, self.findings);
                self.network.groups.push(set);
            }
            "macset" => {
                let set = groups::mac_set(file, node, self.findings);
                self.network.groups.push(set);
            }
            "application" => {
                let service = services::application(file, node, self.findings);
                self.network.services.push(service);
            }
            "applicationGroup" => {
                let service = services::application_group(file, node, self.findings);
                self.network.services.push(service);
            }
            "VshieldAppConfiguration" => groups::exclusions(file, node, self),
            // Read before and after everything else.
            "securityTag" | "securityPolicy" => {}
            other => {
                let message = format!("element `{other}` of an NSX export is not known");
                let finding = Finding::new(&codes::read::UNKNOWN_KEY, SCHEMA.domain, message);
                self.findings
                    .push(finding.at(origin(file, node), other.to_owned()));
            }
        }
    }

    /// A draft is not in force. Where the exports hold nothing else it is what somebody wants to
    /// have translated, and the finding says so.
    fn draft(&mut self, file: Ground<'_>, node: Node<'_>, live: bool) {
        let mut draft = object(file, node, "firewallDraft");
        let config = draft.ask("config");
        let ident = draft.ident.clone();
        draft.close(self.findings);
        if live {
            return self.listed(ident, "draft", "it is not in force", 0, Effect::Record);
        }
        let message = format!(
            "NSX draft `{}` is read as the firewall: the exports hold no configuration in force",
            ident.name
        );
        let code = &codes::read_network::DRAFT_ALONE;
        let finding = Finding::new(code, SCHEMA.domain, message);
        self.findings.push(finding.about(ident.subject()));
        if let Some(config) = config {
            rules::configuration(file, config, self);
        }
    }

    /// Lists an object that is not read, and why.
    fn listed(&mut self, ident: Ident, what: &str, why: &str, rules: usize, effect: Effect) {
        let message = format!("NSX {what} `{}` is not translated: {why}", ident.name);
        let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
        self.findings
            .push(finding.effect(effect).about(ident.subject()));
        self.network.uninterpreted.push(Uninterpreted {
            ident,
            what: what.to_owned(),
            rules,
        });
    }
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

/// Ends a part of an object: what could not be read of it counts for the whole.
fn settle<'t>(whole: &mut Object<'t>, key: &str, part: Object<'t>, findings: &mut Findings) {
    let closed = part.close(findings);
    for inner in closed.unusable() {
        whole.mark(&format!("{key} {inner}"));
    }
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
