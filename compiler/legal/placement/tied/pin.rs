//! Machines that must run together, tied to one host on request.
//!
//! The target cannot keep machines together. On one host they are; what is lost is every other host,
//! and high availability with them. Rules that share a machine get one host.

use super::super::estate::{Estate, HostId, Members, VmId};
use super::super::{apart, whole};
use super::{Tie, wish};
use crate::ir::inventory::Vm;
use crate::ir::placement::PlacementRule;
use crate::ir::{Link, Linked};
use crate::legal::say::{self, tick};
use crate::legal::table::placement::{Force, Missing, Use};
use crate::legal::{Case, Ledger, Lowered};
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// A rule that keeps machines together.
pub(in super::super) type Together<'policy> =
    (&'policy PlacementRule<Linked>, &'policy [Link<Vm<Linked>>]);

/// Ties the machines of each rule to a host that their requirements leave; a rule without such a host
/// is lowered as if nobody had asked.
pub(super) fn place<'policy>(
    estate: &Estate<'policy>,
    rules: &[Together<'policy>],
    ties: &mut Vec<Tie<'policy>>,
    ledger: &mut Ledger,
) {
    let members: Vec<Members<Vm<Linked>>> = rules.iter().map(|(_, vms)| Members::of(vms)).collect();
    let mut sets = UnionFind::<usize>::new(rules.len());
    let mut first: BTreeMap<VmId, usize> = BTreeMap::new();
    for (at, members) in members.iter().enumerate() {
        for vm in &members.found {
            let before = *first.entry(*vm).or_insert(at);
            sets.union(before, at);
        }
    }
    let mut all: BTreeMap<usize, BTreeSet<VmId>> = BTreeMap::new();
    for (at, members) in members.iter().enumerate() {
        let set = all.entry(sets.find(at)).or_default();
        set.extend(members.found.iter().copied());
    }
    let mut load: BTreeMap<HostId, usize> = BTreeMap::new();
    let mut hosts: BTreeMap<usize, Option<HostId>> = BTreeMap::new();
    for (at, (rule, links)) in rules.iter().enumerate() {
        let Some(members) = members.get(at) else {
            continue;
        };
        let set = sets.find(at);
        let vms = all.get(&set).cloned().unwrap_or_default();
        let host = *hosts
            .entry(set)
            .or_insert_with(|| host(estate, &vms, ties, &mut load));
        match host.filter(|_| members.found.len() + members.missing.len() > 1) {
            Some(host) if !members.found.is_empty() => ties.push(Tie {
                rule,
                force: Force::Must,
                vms: members.found.clone(),
                hosts: BTreeSet::from([host]),
                groups: wish::Named {
                    vms: None,
                    hosts: None,
                },
                held: held(estate, rule, members, host),
            }),
            Some(_) | None => apart::together(estate, rule, links, ledger),
        }
    }
}

/// The host that all the machines may run on, that their preferences name where one does, and that
/// was given the fewest machines so far.
fn host(
    estate: &Estate<'_>,
    vms: &BTreeSet<VmId>,
    ties: &[Tie<'_>],
    load: &mut BTreeMap<HostId, usize>,
) -> Option<HostId> {
    let mut left: Option<BTreeSet<HostId>> = None;
    for vm in vms {
        let own = estate.hosts_of(estate.cluster_of(*vm)?);
        left = Some(left.map_or(own.clone(), |left| &left & &own));
    }
    let mut left = left?;
    let about = |tie: &&Tie<'_>| !tie.vms.is_disjoint(vms);
    let required = |tie: &Tie<'_>| tie.force != Force::Hardened;
    for tie in ties.iter().filter(about).filter(|tie| required(tie)) {
        left = &left & &tie.hosts;
    }
    for tie in ties.iter().filter(about).filter(|tie| !required(tie)) {
        let wished = &left & &tie.hosts;
        if !wished.is_empty() {
            left = wished;
        }
    }
    let least = |host: &HostId| load.get(host).copied().unwrap_or(0);
    let chosen = left.into_iter().min_by_key(|host| (least(host), *host))?;
    *load.entry(chosen).or_default() += vms.len();
    Some(chosen)
}

fn held(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    members: &Members<Vm<Linked>>,
    host: HostId,
) -> Lowered<()> {
    let name = tick(&rule.ident.name);
    let on = tick(&estate.host(host).name);
    let case = || {
        let vms = say::list(estate.vm_names(&members.found));
        Case::new(
            rule.ident.subject(),
            format!(
                "DRS rule {name} keeps {vms} on one host, whichever; AHV ties them to {on}, and while it is down they stay down"
            ),
        )
        .target(&rule.ident.name)
        .witness(format!("{on} fails: {vms} stay down"))
    };
    let held = estate.answer(&Use::Pinned).lower(case, || ());
    let held = held.and_then(|()| match members.missing.first() {
        None => whole(),
        Some(root) => estate
            .answer(&Use::MembersMissing(Missing::Machines))
            .lower(
                || {
                    let lost = say::names(&members.missing);
                    Case::new(
                        rule.ident.subject(),
                        format!(
                            "DRS rule {name} keeps {lost} together with others, which the exports do not tell; the AHV policy is made without"
                        ),
                    )
                    .because_of(root.origin)
                },
                || (),
            ),
    });
    held.and_then(|()| estate.unread(rule))
}
