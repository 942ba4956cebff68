//! Placement: rules that cannot be kept, orders that cannot be followed, rules nobody enforces.

mod advisory;
mod disabled;
mod feasible;
mod members;
mod order;
mod recovered;
mod sites;
mod solve;

use crate::finding::Findings;
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::placement::{HostGroup, PlacementRule, VmGroup};
use crate::ir::{Id, Link, Linked, Policy};

/// Runs every check over placement.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    feasible::check(policy, findings);
    order::check(policy, findings);
    advisory::check(policy, findings);
    members::check(policy, findings);
    disabled::check(policy, findings);
    sites::check(policy, findings);
    recovered::check(policy, findings);
}

/// The machines of a group that are known.
fn vms_of(policy: &Policy<Linked>, group: &Link<VmGroup<Linked>>) -> Vec<Id<Vm<Linked>>> {
    let group = group.found().map(|id| &policy.placement.vm_groups[id]);
    let vms = group.into_iter().flat_map(|group| &group.vms);
    vms.filter_map(Link::found).collect()
}

/// The hosts of a group, if every one of them is known.
fn hosts_of(
    policy: &Policy<Linked>,
    group: &Link<HostGroup<Linked>>,
) -> Option<Vec<Id<Host<Linked>>>> {
    let group = &policy.placement.host_groups[group.found()?];
    group.hosts.iter().map(Link::found).collect()
}

/// The cluster of a rule, where it is known.
fn cluster_of(rule: &PlacementRule<Linked>) -> Option<Id<Cluster>> {
    rule.cluster.as_ref().and_then(Link::found)
}

/// How a finding names a cluster.
fn cluster_name(policy: &Policy<Linked>, cluster: Option<Id<Cluster>>) -> String {
    cluster.map_or_else(
        || "a cluster that no export names".to_owned(),
        |id| format!("cluster `{}`", policy.inventory.clusters[id].ident.name),
    )
}

#[cfg(test)]
mod tests;
