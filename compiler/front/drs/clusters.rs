//! Which statements speak about one cluster.
//!
//! A cluster is known by reference, by name, or not at all. A name becomes a reference where an
//! inventory or another statement knows both. A statement without a cluster belongs to the cluster
//! that has one of its rules (the UUID of a rule is unique), or to the only one that has its names.

use super::said::{Hosts, Members, Part, Shape, Statement};
use crate::finding::codes::read_placement;
use crate::finding::{Domain, Finding, Findings, count};
use crate::ir::{Inventory, Named};
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// All that is said about one cluster, the most trusted first.
#[derive(Debug)]
pub(super) struct Cluster {
    /// The reference or name; `None` where no export says it.
    pub(super) known: Option<String>,
    /// What the ids of its rules and groups begin with.
    pub(super) prefix: String,
    pub(super) statements: Vec<Statement>,
}

/// What stands for a cluster that no export names.
const UNKNOWN: &str = "cluster";

/// Gives the clusters that one export knows by reference alone and another by name alone both: they
/// are one when all machines and hosts that the first names run in the second, and no other does.
pub(super) fn name(
    statements: &[Statement],
    inventory: &mut Inventory<Named>,
    findings: &mut Findings,
) {
    let homes = homes(inventory);
    let named = |id: &str| {
        let mut clusters = inventory.clusters.values();
        clusters.any(|one| one.ident.id == *id && one.ident.name != *id)
    };
    let mut found: BTreeMap<String, BTreeMap<String, Origin>> = BTreeMap::new();
    for statement in statements {
        let cluster = &statement.cluster;
        let Some(reference) = cluster
            .reference
            .as_ref()
            .filter(|_| cluster.name.is_none())
        else {
            continue;
        };
        if named(reference) {
            continue;
        }
        let mut members = machines(statement);
        members.extend(hosts(statement));
        let members: BTreeSet<&String> = members.iter().filter_map(|one| homes.get(one)).collect();
        if let (1, Some(only)) = (members.len(), members.first()) {
            let entry = found.entry((*only).clone()).or_default();
            entry.insert(reference.clone(), statement.origin);
        }
    }
    for (name, references) in found {
        let mut only = references.into_iter();
        let (Some((reference, origin)), None) = (only.next(), only.next()) else {
            continue;
        };
        let mut clusters = inventory.clusters.values_mut();
        let by_name = |one: &&mut crate::ir::inventory::Cluster| {
            one.ident.id == name && one.ident.name == name && name != reference
        };
        let Some(cluster) = clusters.find(by_name) else {
            continue;
        };
        cluster.ident.id.clone_from(&reference);
        cluster.aliases.push(reference.clone());
        let message = format!(
            "cluster `{reference}` of one export is read as cluster `{name}` of another, in which all its machines and hosts run"
        );
        findings.push(
            Finding::new(
                &read_placement::CLUSTER_INFERRED,
                Domain::Placement,
                message,
            )
            .at(origin, reference),
        );
    }
}

/// The cluster of each machine and host, by reference and name, as the inventory writes it.
fn homes(inventory: &Inventory<Named>) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    let mut of_host = BTreeMap::new();
    for host in inventory.hosts.values() {
        if let Some(cluster) = &host.cluster {
            of_host.insert(host.ident.id.clone(), cluster.text.clone());
            homes.insert(host.ident.id.clone(), cluster.text.clone());
        }
    }
    for vm in inventory.vms.values() {
        let through_host = vm.host.as_ref().and_then(|host| of_host.get(&host.text));
        let own = vm.cluster.as_ref().map(|cluster| &cluster.text);
        if let Some(cluster) = own.or(through_host) {
            homes.insert(vm.ident.id.clone(), cluster.clone());
        }
    }
    homes
}

/// The hosts that a statement mentions, as it spells them.
fn hosts(statement: &Statement) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for group in &statement.groups {
        if let Members::Hosts(hosts) = &group.members {
            found.extend(hosts.iter().map(|host| host.text.clone()));
        }
    }
    found
}

/// Sorts statements by cluster.
pub(super) fn sort(
    mut statements: Vec<Statement>,
    inventory: &Inventory<Named>,
    findings: &mut Findings,
) -> Vec<Cluster> {
    statements.sort_by_key(|statement| (statement.trust, statement.origin));
    let references = references(&statements, inventory);
    let mut known: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    let mut unknown: Vec<Statement> = Vec::new();
    for statement in statements {
        match key(&statement, &references) {
            Some(key) => known.entry(key).or_default().push(statement),
            None => unknown.push(statement),
        }
    }
    let mut clusters: Vec<Cluster> = known
        .into_iter()
        .map(|(key, statements)| Cluster {
            prefix: key.clone(),
            known: Some(key),
            statements,
        })
        .collect();
    let own = adopt(unknown, &mut clusters, findings);
    clusters.extend(own);
    for cluster in &mut clusters {
        cluster
            .statements
            .sort_by_key(|statement| (statement.trust, statement.origin));
    }
    clusters
}

/// References by name, where exactly one cluster has the name.
fn references(statements: &[Statement], inventory: &Inventory<Named>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |name: &str, reference: &str| {
        // What is known by name alone has no reference.
        if name == reference {
            return;
        }
        let references = found.entry(name.to_owned()).or_default();
        references.insert(reference.to_owned());
    };
    for cluster in inventory.clusters.values() {
        add(&cluster.ident.name, &cluster.ident.id);
    }
    for statement in statements {
        if let (Some(reference), Some(name)) =
            (&statement.cluster.reference, &statement.cluster.name)
        {
            add(name, reference);
        }
    }
    found
        .into_iter()
        .filter(|(_, references)| references.len() == 1)
        .filter_map(|(name, references)| Some((name, references.into_iter().next()?)))
        .collect()
}

fn key(statement: &Statement, references: &BTreeMap<String, String>) -> Option<String> {
    let reference = statement.cluster.reference.clone();
    reference.or_else(|| {
        let name = statement.cluster.name.as_ref()?;
        Some(references.get(name).unwrap_or(name).clone())
    })
}

/// Gives statements without a cluster to the cluster they are about, and makes clusters of their
/// own from the rest.
fn adopt(
    unknown: Vec<Statement>,
    clusters: &mut [Cluster],
    findings: &mut Findings,
) -> Vec<Cluster> {
    let mut own: Vec<Cluster> = Vec::new();
    for statement in unknown {
        let home = home(&statement, clusters.iter().chain(&own));
        let Some((at, evidence)) = home else {
            own.push(Cluster {
                known: None,
                prefix: UNKNOWN.to_owned(),
                statements: vec![statement],
            });
            continue;
        };
        if let Some(cluster) = clusters.iter_mut().chain(&mut own).nth(at) {
            if let (Some(known), Evidence::Names) = (&cluster.known, evidence) {
                report_inferred(&statement, known, findings);
            }
            cluster.statements.push(statement);
        }
    }
    let alone = own.len() == 1;
    for cluster in &mut own {
        if !alone {
            cluster.prefix = format!("{UNKNOWN}-{}", mark(&cluster.statements));
        }
        report(&cluster.statements, &cluster.prefix, findings);
    }
    own
}

/// Why a statement belongs to a cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// A rule with the same UUID: certain.
    Uuid,
    /// Names or machines that occur in the statements of exactly one cluster.
    Names,
}

/// The cluster a statement belongs to, by its place.
fn home<'c>(
    statement: &Statement,
    clusters: impl Iterator<Item = &'c Cluster>,
) -> Option<(usize, Evidence)> {
    let clusters: Vec<&Cluster> = clusters.collect();
    let uuids = uuids(statement);
    let same_rule = |cluster: &&Cluster| {
        let mut statements = cluster.statements.iter();
        statements.any(|other| !uuids.is_disjoint(&self::uuids(other)))
    };
    if let Some(at) = clusters.iter().position(same_rule) {
        return Some((at, Evidence::Uuid));
    }
    // A whole configuration is a cluster of its own: another one can have the same names.
    if statement.covers.len() == Part::ALL.len() {
        return None;
    }
    let named = names(statement);
    let found = if named.is_empty() {
        only(&clusters, &machines(statement), machines)
    } else {
        only(&clusters, &named, names)
    };
    found.map(|at| (at, Evidence::Names))
}

/// The one cluster whose statements share a word with these.
fn only(
    clusters: &[&Cluster],
    words: &BTreeSet<String>,
    of: fn(&Statement) -> BTreeSet<String>,
) -> Option<usize> {
    let shares = |cluster: &&Cluster| {
        let mut statements = cluster.statements.iter();
        statements.any(|other| !words.is_disjoint(&of(other)))
    };
    let mut found = clusters.iter().enumerate().filter(|(_, one)| shares(one));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Some(at),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

/// The names of rules and groups that a statement holds or refers to.
fn names(statement: &Statement) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    names.extend(statement.groups.iter().map(|group| group.name.clone()));
    for rule in &statement.rules {
        names.extend(rule.name.clone());
        match &rule.shape {
            Shape::VmHost { vms, hosts } => {
                names.insert(vms.text.clone());
                match hosts {
                    Hosts::On(one) | Hosts::Off(one) => names.extend([one.text.clone()]),
                    Hosts::Both { on, off } => names.extend([on.text.clone(), off.text.clone()]),
                }
            }
            Shape::StartAfter { vms, after } => {
                names.extend([vms.text.clone(), after.text.clone()]);
            }
            Shape::Together(_)
            | Shape::Apart(_)
            | Shape::Unclear(_)
            | Shape::Named(_)
            | Shape::Opaque(_) => {}
        }
    }
    names
}

/// The machines that a statement mentions, as it spells them.
fn machines(statement: &Statement) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let overrides = statement.settings.iter();
    found.extend(overrides.filter_map(|setting| Some(setting.vm.as_ref()?.text.clone())));
    for rule in &statement.rules {
        if let Shape::Together(vms) | Shape::Apart(vms) | Shape::Unclear(vms) = &rule.shape {
            found.extend(vms.iter().map(|vm| vm.text.clone()));
        }
    }
    for group in &statement.groups {
        if let Members::Vms(vms) = &group.members {
            found.extend(vms.iter().map(|vm| vm.text.clone()));
        }
    }
    found
}

fn report_inferred(statement: &Statement, known: &str, findings: &mut Findings) {
    let message = format!(
        "an export that does not say its cluster is read as one of cluster `{known}`, the only one with its names"
    );
    findings.push(
        Finding::new(
            &read_placement::CLUSTER_INFERRED,
            Domain::Placement,
            message,
        )
        .at(statement.origin, known.to_owned()),
    );
}

fn uuids(statement: &Statement) -> BTreeSet<&str> {
    let rules = statement.rules.iter();
    rules.filter_map(|rule| rule.uuid.as_deref()).collect()
}

/// A mark that depends on what is said and not on where it stands.
fn mark(statements: &[Statement]) -> String {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for statement in statements {
        names.extend(uuids(statement).into_iter().map(str::to_owned));
        names.extend(statement.rules.iter().filter_map(|rule| rule.name.clone()));
        names.extend(statement.groups.iter().map(|group| group.name.clone()));
        let settings = statement.settings.iter();
        names.extend(settings.map(|setting| format!("{:?}", setting.what)));
    }
    let text = names.into_iter().collect::<Vec<_>>().join("\n");
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).simple();
    hash.to_string().chars().take(8).collect()
}

fn report(statements: &[Statement], prefix: &str, findings: &mut Findings) {
    for statement in statements {
        let message = format!(
            "an export of {} and {} does not say of which cluster; their ids begin with `{prefix}/`",
            count(statement.rules.len(), "DRS rule"),
            count(statement.groups.len(), "group")
        );
        findings.push(
            Finding::new(
                &read_placement::CLUSTER_NOT_SAID,
                Domain::Placement,
                message,
            )
            .at(statement.origin, prefix.to_owned()),
        );
    }
}
