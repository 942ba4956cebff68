//! Waits and timeouts, compared: how long something waits is no order, but people count on it.

use super::super::comparison::{Admits, Comparison, Declared};
use super::artifacts::{Plan, Target};
use super::order::{Behind, VmId, members};
use crate::finding::count;
use crate::ir::recovery::{CalloutKind, Priority, RecoveryPlan, VmRecovery};
use crate::ir::{Linked, Policy};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// Seconds after which the source takes a command for failed that says nothing else. Source: the
/// vendor's administration guides.
const COMMAND: u64 = 300;

/// Compares the waits of a plan.
pub(super) fn compare(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    made: &Plan,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    let members = members(policy, plan);
    let ident = |vm: VmId| &policy.inventory.vms[vm].ident;
    let stage = |vm: VmId| {
        let stages = made.stages.get(&ident(vm).id)?;
        stages.first().copied()
    };
    // Seconds that the target waits from the start of the first stage to the start of each.
    let mut before: BTreeMap<u64, u64> = BTreeMap::new();
    let mut sum = 0_u64;
    for number in 1..=made.last() {
        before.insert(number, sum);
        sum = sum.saturating_add(made.delays.get(&number).copied().unwrap_or(0));
    }
    let behind = Behind::of(&members);
    // The first stage of each priority, with a machine of it.
    let mut later: BTreeMap<Priority, (u64, VmId)> = BTreeMap::new();
    for (vm, member) in &members {
        if let Some(at) = stage(*vm) {
            let first = later.entry(member.priority).or_insert((at, *vm));
            *first = (*first).min((at, *vm));
        }
    }
    for recovery in &plan.vms {
        let Some(vm) = recovery.vm.found() else {
            continue;
        };
        script(plan, recovery, &ident(vm).id, made, target, declared, out);
        let (Some(own), Some(member)) = (stage(vm), members.get(&vm)) else {
            continue;
        };
        let of_priority = later.range((Excluded(member.priority), Unbounded)).next();
        let waiting = behind.next(vm, |other| stage(other).is_none());
        let next = waiting
            .into_iter()
            .filter_map(|other| Some((stage(other)?, other)))
            .chain(of_priority.map(|(_, first)| *first));
        // The first to start after it; a circle starts together, which is a matter of order.
        let Some((next, other)) = next.filter(|(at, _)| *at > own).min() else {
            continue;
        };
        let since = |number: u64| before.get(&number).copied().unwrap_or(0);
        let wait = since(next).saturating_sub(since(own));
        let delay = u64::from(recovery.delay_seconds);
        if wait < delay {
            let case = format!(
                "in plan `{}` `{}` starts {} after `{}` on the target, and {} after it at the source",
                plan.ident.name,
                ident(other).name,
                count(wait, "second"),
                recovery.ident.name,
                count(delay, "second")
            );
            out.differs(declared, Admits::Otherwise, case, [&recovery.ident]);
        }
        if recovery.power_on && recovery.tools_timeout_seconds != Some(0) {
            let case = format!(
                "in plan `{}` of the source `{}` waits for the guest tools of `{}`; on the target it does not",
                plan.ident.name,
                ident(other).name,
                recovery.ident.name
            );
            out.differs(declared, Admits::Otherwise, case, [&recovery.ident]);
        }
    }
}

/// The script of a machine may take as long as its commands together.
fn script(
    plan: &RecoveryPlan<Linked>,
    recovery: &VmRecovery<Linked>,
    vm: &str,
    made: &Plan,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    let commands: Vec<_> = recovery
        .after
        .iter()
        .filter(|callout| callout.kind == CalloutKind::InGuest)
        .filter(|callout| target.held.contains(&callout.ident.id))
        .collect();
    let seconds = commands
        .iter()
        .map(|callout| callout.timeout_seconds.map_or(COMMAND, u64::from))
        .sum::<u64>();
    let (source, target) = (
        (!commands.is_empty()).then_some(seconds),
        made.scripts.get(vm).copied(),
    );
    if source != target {
        let words = |seconds: Option<u64>| match seconds {
            Some(seconds) => format!("may take {}", count(seconds, "second")),
            None => "do not run".to_owned(),
        };
        let case = format!(
            "in plan `{}` the commands in the guest of `{}` {} at the source and {} on the target",
            plan.ident.name,
            recovery.ident.name,
            words(source),
            words(target)
        );
        out.differs(declared, Admits::TargetMore, case, [&recovery.ident]);
    }
}
