//! What people chose in `rehome.toml`, against what was made: names that stand for nothing, categories
//! that exist already, and categories that look like tags the machines have.

use super::say::tick;
use crate::finding::codes::mapping as codes;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::{Linked, Policy};
use crate::plan::nutanix::mapping::Mapping;
use crate::plan::nutanix::{Body, Object, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// Reports the choices that need a second look.
pub fn check(policy: &Policy<Linked>, mapping: &Mapping, plan: &Plan, findings: &mut Findings) {
    unused(policy, mapping, plan, findings);
    for object in &plan.objects {
        if object.exists {
            existing(object, mapping, findings);
        }
    }
    near(policy, plan, findings);
}

fn unused(policy: &Policy<Linked>, mapping: &Mapping, plan: &Plan, findings: &mut Findings) {
    let inventory = &policy.inventory;
    let hosts: BTreeSet<&str> = inventory
        .hosts
        .values()
        .flat_map(|host| [host.ident.name.as_str(), host.ident.id.as_str()])
        .collect();
    let mut clusters: BTreeSet<&str> = inventory
        .clusters
        .values()
        .map(|cluster| cluster.ident.name.as_str())
        .collect();
    for plan in &policy.recovery.plans {
        clusters.extend([plan.sites.protected.as_str(), plan.sites.recovery.as_str()]);
    }
    let mut report = |name: &str, what: &str, origin| {
        let message = format!("{} names no {what} of this estate", tick(name));
        let finding = Finding::new(&codes::UNUSED_MAPPING, Domain::Estate, message);
        findings.push(finding.at(origin, name));
    };
    for (name, chosen) in &mapping.categories {
        if !plan.chosen.contains(name) {
            report(name, "category that is made out", chosen.origin);
        }
    }
    for (name, renamed) in &mapping.hosts {
        if !hosts.contains(name.as_str()) {
            report(name, "host", renamed.origin);
        }
    }
    for (name, renamed) in &mapping.clusters {
        if !clusters.contains(name.as_str()) {
            report(name, "cluster or site", renamed.origin);
        }
    }
}

fn existing(object: &Object, mapping: &Mapping, findings: &mut Findings) {
    let Body::Category(category) = &object.body else {
        return;
    };
    let mut choices = mapping.categories.iter();
    let found = choices.find(|(_, chosen)| {
        chosen.exists
            && chosen.key == category.key
            && chosen.value.as_ref() == Some(&category.value)
    });
    let Some((name, chosen)) = found else { return };
    let label = format!("{}: {}", category.key.as_str(), category.value.as_str());
    let message = format!(
        "category {} is the existing category {}; whatever carries it on the target already is bound like the members the exports tell",
        tick(name),
        tick(&label)
    );
    let finding = Finding::new(&codes::EXISTING_CATEGORY, Domain::Estate, message);
    findings.push(finding.at(chosen.origin, name.clone()).target(label));
}

/// Categories that rehome named, and tags of machines that read nearly the same.
fn near(policy: &Policy<Linked>, plan: &Plan, findings: &mut Findings) {
    let mut tags: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for tag in policy.inventory.vms.values().flat_map(|vm| &vm.tags) {
        tags.entry(bare(&tag.value))
            .or_insert((tag.scope.as_str(), tag.value.as_str()));
    }
    for object in &plan.objects {
        let Body::Category(category) = &object.body else {
            continue;
        };
        let (key, value) = (category.key.as_str(), category.value.as_str());
        let minted = ["drs-", "ha-"].iter().any(|prefix| key.starts_with(prefix));
        let Some((scope, tag)) = tags.get(&bare(value)).filter(|_| minted && !object.exists) else {
            continue;
        };
        let label = format!("{key}: {value}");
        let message = format!(
            "category {} reads like the tag {} of scope {}, which machines carry already",
            tick(&label),
            tick(tag),
            tick(scope)
        );
        let mut finding =
            Finding::new(&codes::NEAR_CATEGORY, Domain::Estate, message).target(label);
        for (construct, origin) in object.constructs.iter().zip(&object.origins) {
            finding = finding.at(*origin, construct.clone());
        }
        findings.push(finding);
    }
}

/// The letters and digits of a text, in small letters.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|one| one.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
