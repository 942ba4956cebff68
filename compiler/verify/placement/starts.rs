//! The order in which machines start after a failure, on both sides.
//!
//! A side is a list of orders: these machines, then those. What it demands is the transitive closure.
//! Each order of one side is looked for in the closure of the other, for one machine of each class of
//! machines that the other side treats alike; so the work grows with the members and not with their
//! pairs. Compared is who starts before whom, not what is waited for in between.

use super::super::artifacts::{Artifacts, Unreadable, at};
use super::super::comparison::{Admits, Comparison, Declared};
use super::VmId;
use crate::ir::inventory::Cluster;
use crate::ir::placement::{RestartPriority, RuleKind, Setting, SettingKind, VmGroup};
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Machines that start before others.
struct Order<'policy> {
    first: BTreeSet<VmId>,
    then: BTreeSet<VmId>,
    about: Vec<&'policy Ident>,
}

/// Compares the orders of the source with those of the emitted startup policies.
pub(super) fn compare(
    policy: &Policy<Linked>,
    artifacts: &Artifacts,
    declared: &Declared,
    out: &mut Comparison,
) -> Result<(), Unreadable> {
    let source = source(policy);
    let target = target(policy, artifacts)?;
    let name = |vm: VmId| policy.inventory.vms[vm].ident.name.as_str();
    for (order, before, after) in missing(&source, &target) {
        let case = format!(
            "after a failure `{}` starts before `{}`: the source refuses it, the target admits it",
            name(after),
            name(before)
        );
        let about = order.about.iter().copied();
        out.differs_in_conduct(declared, Admits::TargetMore, case, about);
    }
    for (_, before, after) in missing(&target, &source) {
        let case = format!(
            "after a failure `{}` starts before `{}`: the source admits it, the target refuses it",
            name(after),
            name(before)
        );
        let vms = [before, after].map(|vm| &policy.inventory.vms[vm].ident);
        out.differs_in_conduct(declared, Admits::SourceMore, case, vms);
    }
    Ok(())
}

/// The orders that the closure of `other` lacks, each with a pair of machines.
fn missing<'o, 'p>(
    orders: &'o [Order<'p>],
    other: &[Order<'_>],
) -> Vec<(&'o Order<'p>, VmId, VmId)> {
    let mut leads: BTreeMap<VmId, Vec<usize>> = BTreeMap::new();
    for (at, order) in other.iter().enumerate() {
        for vm in &order.first {
            leads.entry(*vm).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    for order in orders {
        let mut classes: BTreeMap<Option<&Vec<usize>>, Vec<VmId>> = BTreeMap::new();
        for vm in &order.first {
            classes.entry(leads.get(vm)).or_default().push(*vm);
        }
        let pair = classes.into_values().find_map(|class| {
            let first = *class.first()?;
            let later = later(first, other, &leads);
            let left = order.then.iter().find(|vm| !later.contains(vm));
            // A machine of both groups waits for no other than itself.
            left.filter(|vm| **vm != first).map(|vm| (first, *vm))
        });
        found.extend(pair.map(|(first, then)| (order, first, then)));
    }
    found
}

/// The machines that start after one.
fn later(vm: VmId, orders: &[Order<'_>], leads: &BTreeMap<VmId, Vec<usize>>) -> BTreeSet<VmId> {
    let mut open: Vec<usize> = leads.get(&vm).cloned().unwrap_or_default();
    let mut seen: BTreeSet<usize> = open.iter().copied().collect();
    let mut later = BTreeSet::new();
    while let Some(order) = open.pop().and_then(|at| orders.get(at)) {
        for next in &order.then {
            if later.insert(*next) {
                let more = leads.get(next).into_iter().flatten();
                open.extend(more.copied().filter(|at| seen.insert(*at)));
            }
        }
    }
    later
}

fn source<'p>(policy: &'p Policy<Linked>) -> Vec<Order<'p>> {
    let group = |link: &Link<VmGroup<Linked>>| -> BTreeSet<VmId> {
        let group = link.found().map(|id| &policy.placement.vm_groups[id]);
        let vms = group.into_iter().flat_map(|group| &group.vms);
        vms.filter_map(Link::found).collect()
    };
    let mut orders = Vec::new();
    for rule in policy.placement.rules.iter().filter(|rule| rule.enabled) {
        if let RuleKind::StartAfter { vms, after } = &rule.kind {
            orders.push(Order {
                first: group(after),
                then: group(vms),
                about: vec![&rule.ident],
            });
        }
    }
    let mut told: BTreeMap<Id<Cluster>, Vec<&Setting<Linked>>> = BTreeMap::new();
    for setting in &policy.placement.settings {
        if let SettingKind::RestartPriority(_) = setting.what {
            let own = setting.cluster.as_ref().and_then(Link::found);
            let machine = setting.vm.as_ref().and_then(Link::found);
            let cluster = own.or_else(|| cluster_of(policy, machine?));
            if let Some(cluster) = cluster {
                told.entry(cluster).or_default().push(setting);
            }
        }
    }
    let mut members: BTreeMap<Id<Cluster>, Vec<VmId>> = BTreeMap::new();
    for vm in policy.inventory.vms.ids() {
        if let Some(cluster) = cluster_of(policy, vm) {
            members.entry(cluster).or_default().push(vm);
        }
    }
    for (cluster, settings) in told {
        let vms = members.remove(&cluster).unwrap_or_default();
        orders.extend(restarts(&settings, &vms));
    }
    orders
}

/// The restart priorities of a cluster: a machine's own, else the cluster's, else medium.
fn restarts<'p>(settings: &[&'p Setting<Linked>], vms: &[VmId]) -> Vec<Order<'p>> {
    let mut default = RestartPriority::Medium;
    let mut own: BTreeMap<VmId, RestartPriority> = BTreeMap::new();
    for setting in settings {
        let SettingKind::RestartPriority(priority) = setting.what else {
            continue;
        };
        match setting.vm.as_ref().map(Link::found) {
            None => default = priority,
            Some(vm) => own.extend(vm.map(|vm| (vm, priority))),
        }
    }
    let mut levels: BTreeMap<RestartPriority, BTreeSet<VmId>> = BTreeMap::new();
    for vm in vms.iter().chain(own.keys()) {
        let priority = own.get(vm).copied().unwrap_or(default);
        levels.entry(priority).or_default().insert(*vm);
    }
    // What does not restart has no place in the order.
    levels.remove(&RestartPriority::Disabled);
    let levels: Vec<BTreeSet<VmId>> = levels.into_values().collect();
    levels
        .iter()
        .zip(levels.iter().skip(1))
        .map(|(first, then)| Order {
            first: first.clone(),
            then: then.clone(),
            about: settings.iter().map(|setting| &setting.ident).collect(),
        })
        .collect()
}

fn cluster_of(policy: &Policy<Linked>, vm: VmId) -> Option<Id<Cluster>> {
    let vm = &policy.inventory.vms[vm];
    let own = vm.cluster.as_ref().and_then(Link::found);
    own.or_else(|| {
        let host = vm.host.as_ref()?.found()?;
        policy.inventory.hosts[host].cluster.as_ref()?.found()
    })
}

/// The orders of the startup policies: each group after the one before it.
fn target<'p>(
    policy: &'p Policy<Linked>,
    artifacts: &Artifacts,
) -> Result<Vec<Order<'p>>, Unreadable> {
    let vms = policy.inventory.vms.iter();
    let vms: BTreeMap<&str, VmId> = vms.map(|(id, vm)| (vm.ident.id.as_str(), id)).collect();
    let mut orders = Vec::new();
    for object in artifacts.of("VmStartupPolicy") {
        object.only(&["name", "description", "groups", "startConditions"])?;
        let list = |field: &str| object.get(field).as_array().cloned().unwrap_or_default();
        let mut groups = Vec::new();
        for group in list("groups") {
            let category = object.one_category(at(&group, "/categories"), "categories")?;
            let carriers = artifacts.vms(&category).iter();
            let found: BTreeSet<VmId> = carriers
                .filter_map(|id| vms.get(id.as_str()).copied())
                .collect();
            groups.push(found);
        }
        if list("startConditions").len() + 1 != groups.len() {
            return Err(object.fault("`startConditions` does not hold one for each gap"));
        }
        for (first, then) in groups.iter().zip(groups.iter().skip(1)) {
            orders.push(Order {
                first: first.clone(),
                then: then.clone(),
                about: Vec::new(),
            });
        }
    }
    Ok(orders)
}
