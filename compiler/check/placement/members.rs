//! Members of rules and groups that run in another cluster, and rules of one name.

use super::cluster_of;
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::inventory::{Cluster, Vm};
use crate::ir::placement::{PlacementRule, RuleKind};
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::BTreeMap;

/// Reports strangers and namesakes.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    strangers(policy, findings);
    namesakes(policy, findings);
}

fn strangers(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut report = |holder: &Ident, noun, cluster: Option<Id<Cluster>>, names: Vec<String>| {
        let Some(cluster) = cluster.filter(|_| !names.is_empty()) else {
            return;
        };
        let message = format!(
            "{noun} `{}` of cluster `{}` names {} of another cluster",
            holder.name,
            policy.inventory.clusters[cluster].ident.name,
            names.join(", ")
        );
        findings.push(
            Finding::new(&codes::OUTSIDE_CLUSTER, Domain::Placement, message)
                .about(holder.subject()),
        );
    };
    for group in policy.placement.vm_groups.values() {
        let cluster = group.cluster.as_ref().and_then(Link::found);
        let vms: Vec<_> = group.vms.iter().filter_map(Link::found).collect();
        report(
            &group.ident,
            "VM group",
            cluster,
            vms_elsewhere(policy, cluster, &vms),
        );
    }
    for group in policy.placement.host_groups.values() {
        let cluster = group.cluster.as_ref().and_then(Link::found);
        let hosts = group.hosts.iter().filter_map(Link::found);
        let names = hosts.filter_map(|id| {
            let host = &policy.inventory.hosts[id];
            let own = host.cluster.as_ref().and_then(Link::found)?;
            elsewhere(policy, cluster, own).then(|| format!("`{}`", host.ident.name))
        });
        report(&group.ident, "host group", cluster, names.collect());
    }
    for rule in &policy.placement.rules {
        if let RuleKind::Together(vms) | RuleKind::Apart(vms) = &rule.kind {
            let cluster = cluster_of(rule);
            let vms: Vec<_> = vms.iter().filter_map(Link::found).collect();
            report(
                &rule.ident,
                "rule",
                cluster,
                vms_elsewhere(policy, cluster, &vms),
            );
        }
    }
}

/// Whether two clusters are known to differ. One that is known by reference alone can be the one that
/// another export knows by name alone.
fn elsewhere(policy: &Policy<Linked>, cluster: Option<Id<Cluster>>, own: Id<Cluster>) -> bool {
    let half_known = |id: Id<Cluster>| {
        let ident = &policy.inventory.clusters[id].ident;
        ident.id == ident.name
    };
    cluster.is_some_and(|cluster| cluster != own && !(half_known(cluster) && half_known(own)))
}

fn vms_elsewhere(
    policy: &Policy<Linked>,
    cluster: Option<Id<Cluster>>,
    vms: &[Id<Vm<Linked>>],
) -> Vec<String> {
    let names = vms.iter().filter_map(|id| {
        let vm = &policy.inventory.vms[*id];
        let own = vm.cluster.as_ref().and_then(Link::found)?;
        elsewhere(policy, cluster, own).then(|| format!("`{}`", vm.ident.name))
    });
    names.collect()
}

/// Rules of one name in one cluster; the halves of a rule that is read as two are one rule.
fn namesakes(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut named: BTreeMap<_, Vec<&PlacementRule<Linked>>> = BTreeMap::new();
    for rule in &policy.placement.rules {
        let known = named
            .entry((cluster_of(rule), rule.ident.name.as_str()))
            .or_default();
        if known
            .iter()
            .all(|other| other.ident.origin != rule.ident.origin)
        {
            known.push(rule);
        }
    }
    for ((cluster, name), rules) in named {
        if cluster.is_none() || rules.len() < 2 {
            continue;
        }
        let message = format!(
            "{} placement rules of one cluster are named `{name}`",
            rules.len()
        );
        let mut finding = Finding::new(&codes::SAME_NAME, Domain::Placement, message);
        finding.subjects = rules.iter().map(|rule| rule.ident.subject()).collect();
        findings.push(finding);
    }
}
