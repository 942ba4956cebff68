//! Rules between machines: apart becomes a policy of best effort, together has no counterpart.

use super::super::say::{self, tick};
use super::super::table::placement::{Force, Missing, Use};
use super::super::values::Values;
use super::super::{Case, Ledger};
use super::estate::{Estate, Members};
use super::group::assign_vms;
use super::{construct, drop_rule};
use crate::finding::Admits;
use crate::ir::inventory::Vm;
use crate::ir::placement::PlacementRule;
use crate::ir::{Link, Linked};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::placement::{Body as Placement, OneCategory, VmAntiAffinityPolicy};
use crate::plan::nutanix::{Body, Builder, Description, Model};

/// The key of the categories of machines that are kept apart.
const APART: &str = "drs-apart";

/// Machines that are kept apart.
pub(super) fn apart(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    vms: &[Link<Vm<Linked>>],
    values: &mut Values,
    plan: &mut Builder,
    ledger: &mut Ledger,
) {
    let members = Members::of(vms);
    let force = estate.force(rule);
    if members.found.len() < 2 {
        return no_two(estate, rule, &members, force, ledger);
    }
    let held = estate
        .answer(&Use::Apart(force))
        .lower(|| apart_case(estate, rule, &members, force), || ());
    let held = without_missing(estate, rule, &members, force, held);
    let held = held.and_then(|()| estate.unread(rule));
    if held.settle(construct(rule), ledger).is_none() {
        return;
    }
    let ident = &rule.ident;
    let cluster = estate.cluster_name(rule.cluster.as_ref());
    let value = values.of(APART, &ident.name, &ident.id);
    let category = plan.category(
        APART,
        &value,
        &format!("machines that DRS rule {} keeps apart", ident.name),
        Holds::one(ident),
    );
    assign_vms(estate, &members.found, category, plan);
    let name = plan.name(Model::VmAntiAffinityPolicy, None, &ident.name);
    let body = VmAntiAffinityPolicy {
        name: name.clone(),
        description: Description::nearest(&format!(
            "DRS rule {}{}",
            ident.name,
            cluster.map_or_else(String::new, |cluster| format!(" of cluster {cluster}")),
        )),
        categories: OneCategory(category),
    };
    plan.add(
        Model::VmAntiAffinityPolicy,
        None,
        name,
        Body::Placement(Placement::AntiAffinity(body)),
        Holds::one(ident),
    );
}

/// A rule that keeps fewer than two machines apart binds nothing, or has lost what it bound.
fn no_two(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    members: &Members<Vm<Linked>>,
    force: Force,
    ledger: &mut Ledger,
) {
    let name = tick(&rule.ident.name);
    match members.missing.first() {
        None => drop_rule(estate, rule, &Use::BindsNothing, ledger, || {
            Case::new(
                rule.ident.subject(),
                format!(
                    "DRS rule {name} keeps fewer than two machines apart; no AHV policy is made for it"
                ),
            )
        }),
        Some(root) => drop_rule(estate, rule, &Use::AllMissing(force), ledger, || {
            Case::new(
                rule.ident.subject(),
                format!(
                    "DRS rule {name} keeps {} apart, which the exports do not tell, and too few others for an AHV policy",
                    say::names(&members.missing),
                ),
            )
            .because_of(root.origin)
        }),
    }
}

fn apart_case(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    members: &Members<Vm<Linked>>,
    force: Force,
) -> Case {
    let name = tick(&rule.ident.name);
    let vms = say::list(estate.vm_names(&members.found));
    let message = match force {
        Force::Must | Force::Hardened => format!(
            "DRS rule {name} requires that {vms} run on different hosts; AHV gives that up when the cluster is short of room"
        ),
        Force::Should | Force::Advisory => format!(
            "DRS rule {name} keeps {vms} apart in a cluster whose scheduler is off; AHV acts on it"
        ),
    };
    let case = Case::new(rule.ident.subject(), message).target(&rule.ident.name);
    match (force, estate.two_on_one_host(rule, &members.found)) {
        (Force::Must, Some(witness)) => case.witness(witness),
        (Force::Must | Force::Hardened | Force::Should | Force::Advisory, _) => case,
    }
}

/// Adds the loss of the machines that no export tells.
fn without_missing(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    members: &Members<Vm<Linked>>,
    force: Force,
    held: super::Lowered<()>,
) -> super::Lowered<()> {
    let Some(root) = members.missing.first() else {
        return held;
    };
    let missing = match force {
        Force::Must => Missing::Machines,
        Force::Should | Force::Hardened | Force::Advisory => Missing::PreferredMachines,
    };
    let case = || {
        Case::new(
            rule.ident.subject(),
            format!(
                "DRS rule {} keeps {} apart, which the exports do not tell; the AHV policy is made without",
                tick(&rule.ident.name),
                say::names(&members.missing),
            ),
        )
        .because_of(root.origin)
    };
    held.and_then(|()| {
        estate
            .answer(&Use::MembersMissing(missing))
            .lower(case, || ())
    })
}

/// Machines that are kept together.
pub(super) fn together(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    vms: &[Link<Vm<Linked>>],
    ledger: &mut Ledger,
) {
    let members = Members::of(vms);
    if members.found.len() + members.missing.len() < 2 {
        return no_two_together(estate, rule, ledger);
    }
    let force = estate.force(rule);
    let case = || {
        let mut names = estate.vm_names(&members.found);
        names.extend(members.missing.iter().map(|name| name.text.as_str()));
        let case = Case::new(
            rule.ident.subject(),
            format!(
                "DRS rule {} keeps {} on one host; AHV has no such policy",
                tick(&rule.ident.name),
                say::list(names),
            ),
        );
        let admits = match force {
            Force::Must => Admits::TargetMore,
            Force::Hardened | Force::Should => Admits::Otherwise,
            // Nothing enforced the rule at the source either.
            Force::Advisory => return case,
        };
        match estate.two_on_two_hosts(rule, &members.found, admits) {
            Some(witness) => case.witness(witness),
            None => case,
        }
    };
    drop_rule(estate, rule, &Use::Together(force), ledger, case);
}

fn no_two_together(estate: &Estate<'_>, rule: &PlacementRule<Linked>, ledger: &mut Ledger) {
    drop_rule(estate, rule, &Use::BindsNothing, ledger, || {
        Case::new(
            rule.ident.subject(),
            format!(
                "DRS rule {} keeps fewer than two machines together; no AHV policy is made for it",
                tick(&rule.ident.name)
            ),
        )
    });
}
