//! Placement rules against recovery plans: what a rule binds at one site and nobody keeps at the other.

use super::{cluster_of, vms_of};
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings, count};
use crate::ir::inventory::{Cluster, Vm};
use crate::ir::placement::{PlacementRule, RuleKind};
use crate::ir::{Id, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Reports starts that wait for a machine that no plan recovers, and machines kept apart that are more
/// than the hosts they are recovered to.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let recovered = recovered(policy);
    if recovered.is_empty() {
        return;
    }
    let hosts = hosts_at_recovery(policy);
    for rule in policy.placement.rules.iter().filter(|rule| rule.enabled) {
        match &rule.kind {
            RuleKind::StartAfter { vms, after } => {
                let (wait, first) = (vms_of(policy, vms), vms_of(policy, after));
                awaited(policy, rule, &wait, &first, &recovered, findings);
            }
            RuleKind::Apart(vms) => {
                let vms: BTreeSet<Id<Vm<Linked>>> = vms
                    .iter()
                    .filter_map(Link::found)
                    .filter(|vm| recovered.contains_key(vm))
                    .collect();
                let target = cluster_of(rule).and_then(|cluster| hosts.get(&cluster));
                if let Some((cluster, count)) = target.filter(|(_, count)| vms.len() > *count) {
                    crowded(policy, rule, &vms, *cluster, *count, findings);
                }
            }
            RuleKind::Together(_)
            | RuleKind::RunOn { .. }
            | RuleKind::KeepOff { .. }
            | RuleKind::Opaque(_) => {}
        }
    }
}

/// The machines that plans recover, each with the name of a plan.
fn recovered(policy: &Policy<Linked>) -> BTreeMap<Id<Vm<Linked>>, &str> {
    let mut found = BTreeMap::new();
    for plan in &policy.recovery.plans {
        let name = plan.ident.name.as_str();
        let groups = plan.groups.iter().filter_map(Link::found);
        let grouped = groups.flat_map(|group| &policy.recovery.groups[group].vms);
        for vm in plan.vms.iter().map(|vm| &vm.vm).chain(grouped) {
            if let Some(vm) = vm.found() {
                found.entry(vm).or_insert(name);
            }
        }
    }
    found
}

/// The cluster that a mapping of resources leads each cluster to, with how many hosts it has, where the
/// exports list them.
fn hosts_at_recovery(policy: &Policy<Linked>) -> BTreeMap<Id<Cluster>, (Id<Cluster>, usize)> {
    let mut counted: BTreeMap<Id<Cluster>, usize> = BTreeMap::new();
    for host in policy.inventory.hosts.values() {
        if let Some(cluster) = host.cluster.as_ref().and_then(Link::found) {
            *counted.entry(cluster).or_default() += 1;
        }
    }
    let clusters = policy.inventory.clusters.iter();
    let named: BTreeMap<&str, Id<Cluster>> = clusters
        .map(|(id, cluster)| (cluster.ident.name.as_str(), id))
        .collect();
    let mut found = BTreeMap::new();
    for mapping in &policy.recovery.other_mappings {
        // The name of a mapping is `from to to`; a name can hold the word itself.
        let name = mapping.ident.name.as_str();
        let ends = name.match_indices(" to ").find_map(|(at, word)| {
            let from = named.get(name.get(..at)?)?;
            let to = named.get(name.get(at + word.len()..)?)?;
            Some((*from, *to))
        });
        let Some((from, to)) = ends else { continue };
        if let Some(count) = counted.get(&to) {
            found.insert(from, (to, *count));
        }
    }
    found
}

fn awaited(
    policy: &Policy<Linked>,
    rule: &PlacementRule<Linked>,
    wait: &[Id<Vm<Linked>>],
    first: &[Id<Vm<Linked>>],
    recovered: &BTreeMap<Id<Vm<Linked>>, &str>,
    findings: &mut Findings,
) {
    let planned = wait.iter().find_map(|vm| Some((*vm, *recovered.get(vm)?)));
    let Some((waiting, plan)) = planned else {
        return;
    };
    let left: Vec<String> = first
        .iter()
        .filter(|vm| !recovered.contains_key(vm))
        .map(|vm| name(policy, *vm))
        .collect();
    if left.is_empty() {
        return;
    }
    let message = format!(
        "rule `{}` starts {} after {}; plan `{plan}` recovers the first, and no plan recovers {}",
        rule.ident.name,
        name(policy, waiting),
        left.join(", "),
        if left.len() == 1 {
            "the other"
        } else {
            "the others"
        }
    );
    findings.push(
        Finding::new(&codes::AWAITED_NOT_RECOVERED, Domain::Placement, message)
            .about(rule.ident.subject()),
    );
}

fn crowded(
    policy: &Policy<Linked>,
    rule: &PlacementRule<Linked>,
    vms: &BTreeSet<Id<Vm<Linked>>>,
    cluster: Id<Cluster>,
    hosts: usize,
    findings: &mut Findings,
) {
    let names: Vec<String> = vms.iter().map(|vm| name(policy, *vm)).collect();
    let message = format!(
        "rule `{}` keeps {} machines apart ({}), and they are recovered to cluster `{}`, which has {}",
        rule.ident.name,
        vms.len(),
        names.join(", "),
        policy.inventory.clusters[cluster].ident.name,
        count(hosts, "host")
    );
    let mut pair = names.iter();
    let mut finding = Finding::new(&codes::CROWDED_AT_RECOVERY, Domain::Placement, message)
        .about(rule.ident.subject());
    if let (Some(one), Some(other)) = (pair.next(), pair.next_back()) {
        finding = finding.witness(format!("after a recovery {one} and {other} share a host"));
    }
    findings.push(finding);
}

fn name(policy: &Policy<Linked>, vm: Id<Vm<Linked>>) -> String {
    format!("`{}`", policy.inventory.vms[vm].ident.name)
}
