//! The order of starts: rules between groups, and priorities of restart.

mod circle;
mod ready;
mod restart;

pub(super) use ready::{AT_ONCE, read, target_words, words};
pub(super) use restart::{Restart, cluster_of_setting, name as priority_name};

use super::super::say::{self, tick};
use super::super::table::placement::{Force, Use, Wait};
use super::super::values::Values;
use super::super::{Case, Ledger};
use super::estate::{Estate, VmId};
use super::group::Groups;
use super::{construct, drop_rule};
use crate::ir::inventory::Vm;
use crate::ir::placement::{PlacementRule, VmGroup};
use crate::ir::{Id, Ident, Link, Linked, Name};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::placement::{
    Body as Placement, OneCategory, StartCondition, StartCriteria, StartSeconds, VmStartupPolicy,
    Waiting,
};
use crate::plan::nutanix::{Body, Builder, Description, Model};
use ready::Readiness;
use std::collections::{BTreeMap, BTreeSet};

/// A rule with the groups that wait and are waited for.
pub(super) type Start<'policy> = (
    &'policy PlacementRule<Linked>,
    &'policy Link<VmGroup<Linked>>,
    &'policy Link<VmGroup<Linked>>,
);

/// What the order of starts made of the settings about it.
pub(super) struct Waits<'policy> {
    /// When machines count as started.
    pub(super) ready: Readiness<'policy>,
    /// Machines that something waits for.
    pub(super) awaited: BTreeSet<VmId>,
    /// The orders of restarts.
    pub(super) restart: Restart,
}

/// A rule whose groups are known.
struct Order<'policy> {
    rule: &'policy PlacementRule<Linked>,
    first: Id<VmGroup<Linked>>,
    then: Id<VmGroup<Linked>>,
    waited_for: BTreeSet<VmId>,
    waiting: BTreeSet<VmId>,
    missing: Vec<Name<Vm<Linked>>>,
}

/// Lowers the rules about the order of starts, and the priorities of restart.
pub(super) fn lower<'policy>(
    estate: &Estate<'policy>,
    groups: &Groups,
    starts: &[Start<'policy>],
    values: &mut Values,
    plan: &mut Builder,
    ledger: &mut Ledger,
) -> Waits<'policy> {
    let ready = Readiness::of(estate);
    let orders: Vec<Order<'_>> = starts
        .iter()
        .filter_map(|start| known(estate, start, ledger))
        .collect();
    let circles = circle::find(
        orders
            .iter()
            .map(|order| (&order.waited_for, &order.waiting)),
    );
    let mut awaited = BTreeSet::new();
    let mut heads: BTreeMap<usize, &Ident> = BTreeMap::new();
    for order in orders {
        if let Some(circle) = circles.of(&order.waited_for, &order.waiting) {
            let head = *heads.entry(circle).or_insert(&order.rule.ident);
            in_circle(estate, &order, head, ledger);
            continue;
        }
        awaited.extend(order.waited_for.iter().copied());
        emit(estate, groups, &ready, &order, plan, ledger);
    }
    let restart = restart::lower(estate, &ready, values, plan, &mut awaited);
    Waits {
        ready,
        awaited,
        restart,
    }
}

/// Looks the groups of a rule up; `None` when the rule fell and was settled.
fn known<'policy>(
    estate: &Estate<'policy>,
    (rule, vms, after): &Start<'policy>,
    ledger: &mut Ledger,
) -> Option<Order<'policy>> {
    let name = tick(&rule.ident.name);
    let (Link::Found(then, _), Link::Found(first, _)) = (vms, after) else {
        let lost = || [vms, after].into_iter().filter_map(|link| link.missing());
        drop_rule(
            estate,
            rule,
            &Use::AllMissing(Force::Should),
            ledger,
            || {
                Case::new(
                rule.ident.subject(),
                format!(
                    "DRS rule {name} names the group {}, which the exports do not tell; no AHV startup policy is made",
                    say::list(lost().map(|name| name.text.as_str()))
                ),
            )
            .because_of(lost().next().map(|name| name.origin))
            },
        );
        return None;
    };
    let (_, waiting) = estate.vm_group(*then);
    let (_, waited_for) = estate.vm_group(*first);
    let mut missing = waiting.missing;
    missing.extend(waited_for.missing);
    if waiting.found.is_empty() || waited_for.found.is_empty() {
        let what = if missing.is_empty() {
            Use::BindsNothing
        } else {
            Use::AllMissing(Force::Should)
        };
        drop_rule(estate, rule, &what, ledger, || {
            Case::new(
                rule.ident.subject(),
                format!(
                    "DRS rule {name} orders the starts of a group without machines that the exports tell; no AHV startup policy is made"
                ),
            )
            .because_of(missing.first().map(|name| name.origin))
        });
        return None;
    }
    Some(Order {
        rule,
        first: *first,
        then: *then,
        waited_for: waited_for.found,
        waiting: waiting.found,
        missing,
    })
}

/// Drops a rule of a circle; those after the first name the first as their cause.
fn in_circle(estate: &Estate<'_>, order: &Order<'_>, head: &Ident, ledger: &mut Ledger) {
    let both: BTreeSet<VmId> = order.waiting.union(&order.waited_for).copied().collect();
    drop_rule(estate, order.rule, &Use::StartCircle, ledger, || {
        let case = Case::new(
            order.rule.ident.subject(),
            format!(
                "DRS rule {} is part of a circle of starts among {}; AHV is given no order for it",
                tick(&order.rule.ident.name),
                say::list(estate.vm_names(&both)),
            ),
        );
        if *head == order.rule.ident {
            case
        } else {
            case.because_of(head.origin)
        }
    });
}

fn emit(
    estate: &Estate<'_>,
    groups: &Groups,
    ready: &Readiness<'_>,
    order: &Order<'_>,
    plan: &mut Builder,
    ledger: &mut Ledger,
) {
    let rule = order.rule;
    let wait = ready.wait(estate, &order.waited_for);
    let held = estate
        .answer(&Use::StartAfter(wait))
        .lower(|| wait_case(estate, order, wait), || ());
    let held = held.and_then(|()| missing(estate, order));
    let held = held.and_then(|()| estate.unread(rule));
    if held.settle(construct(rule), ledger).is_none() {
        return;
    }
    let (Some(first), Some(then)) = (groups.of_vms(order.first), groups.of_vms(order.then)) else {
        return;
    };
    let second = Waiting {
        condition: condition(wait),
        group: OneCategory(then),
    };
    add_policy(
        plan,
        &rule.ident.name,
        &format!("DRS rule {}", rule.ident.name),
        (OneCategory(first), second, Vec::new()),
        Holds::one(&rule.ident),
    );
}

/// Adds a startup policy.
fn add_policy(
    plan: &mut Builder,
    wished: &str,
    about: &str,
    (first, second, rest): (OneCategory, Waiting, Vec<Waiting>),
    holds: Holds,
) {
    let name = plan.name(Model::VmStartupPolicy, None, wished);
    let body = VmStartupPolicy {
        name: name.clone(),
        description: Description::nearest(about),
        first,
        second,
        rest,
    };
    plan.add(
        Model::VmStartupPolicy,
        None,
        name,
        Body::Placement(Placement::Startup(body)),
        holds,
    );
}

/// The nearest condition the target holds.
fn condition(wait: Wait) -> StartCondition {
    use super::super::table::placement::Until;
    StartCondition {
        criteria: match wait.until {
            Until::PoweredOn => StartCriteria::PowerOn,
            Until::GuestHeartbeat | Until::ApplicationHeartbeat => {
                StartCriteria::GuestBootup(StartSeconds::BOOT)
            }
        },
        delay: StartSeconds::nearest(wait.delay_seconds),
    }
}

fn wait_case(estate: &Estate<'_>, order: &Order<'_>, wait: Wait) -> Case {
    let (first, _) = estate.vm_group(order.first);
    let (then, _) = estate.vm_group(order.then);
    Case::new(
        order.rule.ident.subject(),
        format!(
            "DRS rule {} starts group {} after group {} {}; {}",
            tick(&order.rule.ident.name),
            tick(&then.name),
            tick(&first.name),
            ready::words(wait),
            ready::target_words(estate.options().target, wait),
        ),
    )
    .target(&order.rule.ident.name)
}

fn missing(estate: &Estate<'_>, order: &Order<'_>) -> super::Lowered<()> {
    use super::super::table::placement::Missing;
    let Some(root) = order.missing.first() else {
        return super::whole();
    };
    estate
        .answer(&Use::MembersMissing(Missing::PreferredMachines))
        .lower(
            || {
                Case::new(
                    order.rule.ident.subject(),
                    format!(
                        "DRS rule {} orders the start of {}, which the exports do not tell; the AHV startup policy is made without",
                        tick(&order.rule.ident.name),
                        say::names(&order.missing),
                    ),
                )
                .because_of(root.origin)
            },
            || (),
        )
}

/// The holder of an order of restarts, for the manifest.
fn holds(settings: &[&Ident]) -> Holds {
    let mut holds = Holds::default();
    settings.iter().for_each(|ident| holds.add(ident));
    holds
}
