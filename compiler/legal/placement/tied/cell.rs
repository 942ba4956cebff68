//! Machines that the same rules bind, and the policy they get.

use super::super::estate::{Estate, HostId, VmId};
use super::super::group::{Groups, assign_hosts, assign_vms};
use super::Tie;
use crate::legal::table::placement::Force;
use crate::legal::values::Values;
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::placement::{Body as Placement, OneCategory, VmHostAffinityPolicy};
use crate::plan::nutanix::{Body, Builder, Description, Model, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// The key of the categories of machines that several rules bind.
const RUN_ON: &str = "drs-run-on";
/// The key of the categories of hosts that are no group.
const HOSTS: &str = "drs-hosts";

/// Machines that the same rules bind.
///
/// INVARIANT (One policy): a machine is in one cell, so in one policy, so it does not matter which
/// policy was created first.
#[derive(Debug)]
pub(super) struct Cell {
    /// The machines.
    pub(super) vms: BTreeSet<VmId>,
    /// The rules that bind them, by place, the oldest first.
    pub(super) ties: Vec<usize>,
    /// The rules the policy keeps: all, unless they leave no host.
    pub(super) held: Vec<usize>,
    /// The hosts the machines may run on; empty when no policy is made.
    hosts: BTreeSet<HostId>,
    /// The names of the rules.
    names: Vec<(usize, String)>,
}

/// Divides the machines by the rules that bind them; older rules first.
pub(super) fn divide(ties: &[Tie<'_>]) -> Vec<Cell> {
    let mut rules_of: BTreeMap<VmId, Vec<usize>> = BTreeMap::new();
    for (at, tie) in ties.iter().enumerate() {
        for vm in &tie.vms {
            rules_of.entry(*vm).or_default().push(at);
        }
    }
    let mut parts: BTreeMap<Vec<usize>, BTreeSet<VmId>> = BTreeMap::new();
    for (vm, rules) in rules_of {
        parts.entry(rules).or_default().insert(vm);
    }
    parts
        .into_iter()
        .map(|(rules, vms)| meet(ties, rules, vms))
        .collect()
}

/// Works out the hosts that rules have in common: requirements first, then preferences as long as
/// they leave a host.
fn meet(ties: &[Tie<'_>], rules: Vec<usize>, vms: BTreeSet<VmId>) -> Cell {
    let with = |hardened: bool| {
        rules.iter().filter_map(move |at| {
            let tie = ties.get(*at)?;
            ((tie.force == Force::Hardened) == hardened).then_some((*at, tie))
        })
    };
    let mut hosts: Option<BTreeSet<HostId>> = None;
    let mut held = Vec::new();
    for (at, tie) in with(false) {
        hosts = Some(common(hosts.as_ref(), &tie.hosts));
        held.push(at);
    }
    if hosts.as_ref().is_some_and(BTreeSet::is_empty) {
        held.clear();
    } else {
        for (at, tie) in with(true) {
            let left = common(hosts.as_ref(), &tie.hosts);
            if !left.is_empty() {
                hosts = Some(left);
                held.push(at);
            }
        }
    }
    held.sort_unstable();
    let names = rules
        .iter()
        .filter_map(|at| Some((*at, ties.get(*at)?.rule.ident.name.clone())))
        .collect();
    Cell {
        vms,
        ties: rules,
        held,
        hosts: hosts.unwrap_or_default(),
        names,
    }
}

fn common(hosts: Option<&BTreeSet<HostId>>, others: &BTreeSet<HostId>) -> BTreeSet<HostId> {
    hosts.map_or_else(
        || others.clone(),
        |hosts| hosts.intersection(others).copied().collect(),
    )
}

/// The name of a rule of one of the cells.
pub(super) fn name_of(cells: &[Cell], at: usize) -> Option<&str> {
    cells
        .iter()
        .flat_map(|cell| &cell.names)
        .find(|(rule, _)| *rule == at)
        .map(|(_, name)| name.as_str())
}

/// Makes the policy of a cell, where it keeps any rule.
pub(super) fn emit(
    estate: &Estate<'_>,
    groups: &Groups,
    ties: &[Tie<'_>],
    cell: &Cell,
    values: &mut Values,
    plan: &mut Builder,
) {
    let held: Vec<&Tie<'_>> = cell.held.iter().filter_map(|at| ties.get(*at)).collect();
    if held.is_empty() || cell.hosts.is_empty() {
        return;
    }
    let mut holds = Holds::default();
    held.iter().for_each(|tie| holds.add(&tie.rule.ident));
    let names: Vec<&str> = held
        .iter()
        .map(|tie| tie.rule.ident.name.as_str())
        .collect();
    let wished = names.join(" and ");
    let owner = holds.constructs.join(" ");
    // Two cells can keep the same rules and differ in one that fell.
    let all: Vec<&str> = cell
        .ties
        .iter()
        .filter_map(|at| Some(ties.get(*at)?.rule.ident.id.as_str()))
        .collect();
    let vms = vm_category(
        estate,
        groups,
        &held,
        cell,
        (&wished, &all.join(" ")),
        values,
        plan,
    );
    let hosts = host_category(estate, groups, &held, cell, (&wished, &owner), values, plan);
    let name = plan.name(Model::VmHostAffinityPolicy, None, &wished);
    let body = VmHostAffinityPolicy {
        name: name.clone(),
        description: Description::nearest(&format!("DRS rules {}", names.join(" and "))),
        vm_categories: OneCategory(vms),
        host_categories: OneCategory(hosts),
    };
    plan.add(
        Model::VmHostAffinityPolicy,
        None,
        name,
        Body::Placement(Placement::HostAffinity(body)),
        holds,
    );
}

/// The category of the machines: that of the group when the cell is the whole group, else a new one.
fn vm_category(
    estate: &Estate<'_>,
    groups: &Groups,
    held: &[&Tie<'_>],
    cell: &Cell,
    (wished, owner): (&str, &str),
    values: &mut Values,
    plan: &mut Builder,
) -> ObjectId {
    let whole = held
        .iter()
        .find(|tie| tie.vms == cell.vms && tie.groups.vms.is_some())
        .and_then(|tie| groups.of_vms(tie.groups.vms?));
    if let Some(category) = whole {
        return category;
    }
    let category = plan.category(
        RUN_ON,
        &values.of(RUN_ON, wished, owner),
        &format!("machines bound by DRS rules {wished}"),
        holds_of(held),
    );
    assign_vms(estate, &cell.vms, category, plan);
    category
}

/// The category of the hosts: that of a group when they are one, else a new one.
fn host_category(
    estate: &Estate<'_>,
    groups: &Groups,
    held: &[&Tie<'_>],
    cell: &Cell,
    (wished, owner): (&str, &str),
    values: &mut Values,
    plan: &mut Builder,
) -> ObjectId {
    let whole = held
        .iter()
        .find(|tie| tie.hosts == cell.hosts && tie.groups.hosts.is_some())
        .and_then(|tie| groups.of_hosts(tie.groups.hosts?));
    if let Some(category) = whole {
        return category;
    }
    let category = plan.category(
        HOSTS,
        &values.of(HOSTS, wished, owner),
        &format!("hosts that DRS rules {wished} leave"),
        holds_of(held),
    );
    assign_hosts(estate, &cell.hosts, category, plan);
    category
}

fn holds_of(held: &[&Tie<'_>]) -> Holds {
    let mut holds = Holds::default();
    held.iter().for_each(|tie| holds.add(&tie.rule.ident));
    holds
}
