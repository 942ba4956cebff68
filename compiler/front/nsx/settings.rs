//! What stands beside the rules: exclusion list, switches, context profiles, schedules.

use super::object::{Object, Text};
use super::peers::path;
use super::walk::Item;
use crate::finding::Findings;
use crate::front::schema::short;
use crate::ir::network::{Enforcement, Exclusion, Network};
use crate::ir::selector::Selector;
use crate::ir::{Ident, Name, Named};
use std::collections::BTreeMap;

/// What context profiles say, by path.
pub(super) type Profiles = BTreeMap<String, String>;

/// What schedules say, by path.
pub(super) type Schedules = BTreeMap<String, String>;

/// Reads a context profile: its attributes as a line of text.
pub(super) fn profile(item: &Item<'_>, findings: &mut Findings) -> String {
    let mut object = Object::new(item.file, item.node, "PolicyContextProfile", item.ident());
    let mut says = Vec::new();
    for node in object.items("attributes") {
        let mut part = object.part(node, "PolicyAttributes");
        says.push(attribute(&mut part));
        for inner in part.items("sub_attributes") {
            let mut sub = part.part(inner, "PolicySubAttributes");
            says.push(attribute(&mut sub));
            sub.close(findings);
        }
        part.close(findings);
    }
    object.close(findings);
    says.join("; ")
}

/// An attribute as `key values`.
fn attribute(part: &mut Object<'_>) -> String {
    let key = part.text("key").map_or_else(String::new, |key| key.value);
    let values = part.texts("value").unwrap_or_default();
    let values: Vec<String> = values.into_iter().map(|value| value.value).collect();
    format!("{key} {}", values.join(", "))
}

/// Reads a schedule: its keys as a line of text.
pub(super) fn schedule(item: &Item<'_>, findings: &mut Findings) -> String {
    let keys = [
        "days",
        "start_date",
        "end_date",
        "start_time",
        "end_time",
        "time_interval",
        "timezone",
        "recurring",
    ];
    let mut object = Object::new(
        item.file,
        item.node,
        "PolicyFirewallScheduler",
        item.ident(),
    );
    object.elsewhere(&keys);
    let says: Vec<String> = keys
        .iter()
        .filter_map(|key| Some(format!("{key} {}", short(object.node.get(key)?.raw()))))
        .collect();
    object.close(findings);
    says.join(", ")
}

/// Reads the exclusion list.
pub(super) fn exclusions(item: &Item<'_>, network: &mut Network<Named>, findings: &mut Findings) {
    let mut object = Object::new(item.file, item.node, "PolicyExcludeList", item.ident());
    for text in object.texts("members").unwrap_or_default() {
        network.exclusions.push(Exclusion {
            ident: Ident {
                id: text.value.clone(),
                name: text.value.rsplit('/').next().unwrap_or_default().to_owned(),
                origin: text.origin,
            },
            members: member(&text),
        });
    }
    object.close(findings);
}

fn member(text: &Text) -> Selector<Named> {
    if text.value.starts_with('/') {
        path(&text.value, text)
    } else {
        Selector::Group(Name::new(text.value.clone(), text.origin))
    }
}

/// Reads whether the firewall is on.
pub(super) fn firewall(item: &Item<'_>, network: &mut Network<Named>, findings: &mut Findings) {
    let ident = item.ident();
    let origin = ident.origin;
    let mut object = Object::new(item.file, item.node, "DfwFirewallConfiguration", ident);
    match object.flag("enable_firewall") {
        Some(true) => network.enforcement = Enforcement::On(origin),
        Some(false) => network.enforcement = Enforcement::Off(origin),
        None => {}
    }
    object.close(findings);
}
