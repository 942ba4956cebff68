//! What the exports of a cluster leave out, and the command whose output does not.

use super::clusters::Cluster;
use super::said::{GroupSaid, Members, Part, RuleSaid, Shape};
use super::words::label;
use crate::finding::codes::{read, read_placement};
use crate::finding::{Domain, Effect, Finding, Findings};
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The command that carries everything.
pub(super) fn command(cluster: Option<&str>) -> String {
    let path = match cluster {
        Some(id) if id.starts_with("domain-") => format!("ClusterComputeResource:{id}"),
        Some(name) => format!("/DATACENTER/host/{name}"),
        None => "/DATACENTER/host/CLUSTER".to_owned(),
    };
    format!("run `govc object.collect -xml {path} configurationEx` and give rehome its output")
}

/// Reports the parts of a configuration that no export of the cluster carries.
pub(super) fn report(cluster: &Cluster, findings: &mut Findings) {
    let covered: BTreeSet<Part> = cluster
        .statements
        .iter()
        .flat_map(|statement| statement.covers.iter().copied())
        .collect();
    let missing: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| !covered.contains(part))
        .collect();
    let Some(first) = cluster.statements.first().filter(|_| !missing.is_empty()) else {
        return;
    };
    let told = told(cluster);
    let words: Vec<String> = missing
        .iter()
        .map(|part| match told.contains(part) {
            true => format!("not all {}", part.words()),
            false => format!("no {}", part.words()),
        })
        .collect();
    let name = cluster.known.as_deref().unwrap_or(&cluster.prefix);
    let message = format!(
        "the exports of cluster `{name}` carry {}: what they leave out is not translated",
        words.join(", ")
    );
    let effect = if missing == [Part::Settings] {
        Effect::Conduct
    } else {
        Effect::BROADENS
    };
    let mut finding = Finding::new(&read::INCOMPLETE_EXPORT, Domain::Placement, message)
        .effect(effect)
        .remedy(command(cluster.known.as_deref()));
    for statement in &cluster.statements {
        let seen = finding
            .subjects
            .iter()
            .any(|one| one.origin.file == statement.origin.file);
        if !seen {
            finding = finding.at(statement.origin, name.to_owned());
        }
    }
    if finding.subjects.is_empty() {
        finding = finding.at(first.origin, name.to_owned());
    }
    findings.push(finding);
}

/// The parts of which some export tells something.
fn told(cluster: &Cluster) -> BTreeSet<Part> {
    let mut told = BTreeSet::new();
    for statement in &cluster.statements {
        let rules = statement.rules.iter();
        told.extend(rules.filter_map(|rule| rule.shape.part()));
        if !statement.groups.is_empty() {
            told.insert(Part::Groups);
        }
        if !statement.settings.is_empty() {
            told.insert(Part::Settings);
        }
    }
    told
}

/// Why something of an export cannot be used, for one finding a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    TogetherOrApart,
    NoMembers,
    NoKind,
    NoStrength,
    NoState,
}

/// Reports what no export of the cluster makes clear: one finding a file and reason.
pub(super) fn unclear(
    groups: &[GroupSaid],
    rules: &[RuleSaid],
    cluster: Option<&str>,
    findings: &mut Findings,
) {
    let mut found: BTreeMap<(Why, crate::source::FileId), Vec<(Origin, String)>> = BTreeMap::new();
    let mut add = |why, origin: Origin, name: String| {
        let list = found.entry((why, origin.file)).or_default();
        list.push((origin, name));
    };
    for group in groups {
        match &group.members {
            Members::Empty => add(Why::NoKind, group.origin, group.name.clone()),
            Members::Unsaid { .. } => add(Why::NoMembers, group.origin, group.name.clone()),
            Members::Vms(_) | Members::Hosts(_) => {}
        }
    }
    for rule in rules {
        match &rule.shape {
            Shape::Unclear(_) => add(Why::TogetherOrApart, rule.origin, label(rule)),
            Shape::Named(_) => add(Why::NoMembers, rule.origin, label(rule)),
            Shape::Together(_)
            | Shape::Apart(_)
            | Shape::VmHost { .. }
            | Shape::StartAfter { .. } => {
                if rule.mandatory.is_none() {
                    add(Why::NoStrength, rule.origin, label(rule));
                }
                if rule.enabled.is_none() {
                    add(Why::NoState, rule.origin, label(rule));
                }
            }
            Shape::Opaque(_) => {}
        }
    }
    for ((why, _), list) in found {
        findings.push(finding(why, list).remedy(command(cluster)));
    }
}

fn finding(why: Why, list: Vec<(Origin, String)>) -> Finding {
    let names: Vec<String> = list.iter().map(|(_, name)| format!("`{name}`")).collect();
    let names = names.join(", ");
    let (code, message) = match why {
        Why::TogetherOrApart => (
            &read::REFUSED_FORM,
            format!(
                "DRS rules {names} keep machines together or apart: this form does not say which, so they are not translated"
            ),
        ),
        Why::NoMembers => (
            &read::REFUSED_FORM,
            format!(
                "this form names {names} and leaves out the members, so they are not translated"
            ),
        ),
        Why::NoKind => (
            &read::REFUSED_FORM,
            format!(
                "DRS groups {names} have no member, and this form does not say whether they are of machines or of hosts"
            ),
        ),
        Why::NoStrength => (
            &read_placement::STRENGTH_NOT_SAID,
            format!(
                "this form does not say whether DRS rules {names} are must or should; they are read as should"
            ),
        ),
        Why::NoState => (
            &read_placement::STATE_NOT_SAID,
            format!(
                "this form does not say whether DRS rules {names} are enabled; they are read as enabled"
            ),
        ),
    };
    let finding = Finding::new(code, Domain::Placement, message);
    list.into_iter()
        .fold(finding, |finding, (origin, name)| finding.at(origin, name))
}
