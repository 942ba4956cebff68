//! The partial orders of starts, compared.

use super::super::comparison::{Admits, Comparison, Declared};
use super::artifacts::Plan;
use crate::finding::Witness;
use crate::ir::inventory::Vm;
use crate::ir::recovery::{Priority, RecoveryPlan};
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

pub(super) type VmId = Id<Vm<Linked>>;

/// A machine of the source's plan.
pub(super) struct Member<'policy> {
    pub(super) priority: Priority,
    /// What it depends on inside its priority.
    pub(super) needs: BTreeSet<VmId>,
    /// Its settings; those of the plan where no export tells them.
    ident: &'policy Ident,
}

/// Compares which machines a plan recovers, and in which orders.
pub(super) fn plan(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    made: Option<&Plan>,
    declared: &Declared,
    out: &mut Comparison,
) {
    let members = members(policy, plan);
    let name = |vm: VmId| policy.inventory.vms[vm].ident.name.as_str();
    let id = |vm: VmId| policy.inventory.vms[vm].ident.id.as_str();
    let empty = Plan::default();
    let made = made.unwrap_or(&empty);
    let mut stage: BTreeMap<VmId, u64> = BTreeMap::new();
    for (vm, member) in &members {
        let stages: Vec<u64> = made
            .stages
            .get(id(*vm))
            .into_iter()
            .flatten()
            .copied()
            .collect();
        match stages.as_slice() {
            [one] => {
                stage.insert(*vm, *one);
            }
            [] => {
                let case = format!(
                    "`{}` is recovered by plan `{}` of the source, and by no stage of the target",
                    name(*vm),
                    plan.ident.name
                );
                out.differs(
                    declared,
                    Admits::TargetMore,
                    case,
                    [member.ident, &plan.ident],
                );
            }
            [_, ..] => {
                let case = format!(
                    "`{}` is in several stages of plan `{}` on the target",
                    name(*vm),
                    plan.ident.name
                );
                out.differs(
                    declared,
                    Admits::TargetMore,
                    case,
                    [member.ident, &plan.ident],
                );
            }
        }
    }
    let known: BTreeSet<&str> = members.keys().map(|vm| id(*vm)).collect();
    for vm in made.stages.keys().filter(|vm| !known.contains(vm.as_str())) {
        let case = format!(
            "`{vm}` is recovered by plan `{}` of the target, and not by that of the source",
            plan.ident.name
        );
        out.differs(declared, Admits::TargetMore, case, [&plan.ident]);
    }
    let order = Orders {
        plan,
        members: &members,
        stage: &stage,
    };
    order.early(&name, declared, out);
    order.late(&name, declared, out);
}

/// The machines that the source recovers: those with settings, and those of the plan's groups.
pub(super) fn members<'policy>(
    policy: &'policy Policy<Linked>,
    plan: &'policy RecoveryPlan<Linked>,
) -> BTreeMap<VmId, Member<'policy>> {
    let mut members: BTreeMap<VmId, Member<'policy>> = BTreeMap::new();
    for recovery in &plan.vms {
        if let Some(vm) = recovery.vm.found() {
            members.entry(vm).or_insert_with(|| Member {
                priority: recovery.priority,
                needs: recovery.depends_on.iter().filter_map(Link::found).collect(),
                ident: &recovery.ident,
            });
        }
    }
    for group in plan.groups.iter().filter_map(Link::found) {
        for vm in policy.recovery.groups[group]
            .vms
            .iter()
            .filter_map(Link::found)
        {
            members.entry(vm).or_insert_with(|| Member {
                priority: Priority::DEFAULT,
                needs: BTreeSet::new(),
                ident: &plan.ident,
            });
        }
    }
    let priorities: BTreeMap<VmId, Priority> = members
        .iter()
        .map(|(vm, one)| (*vm, one.priority))
        .collect();
    for one in members.values_mut() {
        let priority = one.priority;
        one.needs
            .retain(|need| priorities.get(need) == Some(&priority));
    }
    members
}

/// Which machines depend on each.
pub(super) struct Behind {
    direct: BTreeMap<VmId, Vec<VmId>>,
}

impl Behind {
    /// Turns what machines depend on round.
    pub(super) fn of(members: &BTreeMap<VmId, Member<'_>>) -> Self {
        let mut direct: BTreeMap<VmId, Vec<VmId>> = BTreeMap::new();
        for (vm, member) in members {
            for need in &member.needs {
                direct.entry(*need).or_default().push(*vm);
            }
        }
        Self { direct }
    }

    /// Those that wait for one directly, or through machines that are left out.
    pub(super) fn next(&self, vm: VmId, left_out: impl Fn(VmId) -> bool) -> BTreeSet<VmId> {
        let mut found = BTreeSet::new();
        let mut open = vec![vm];
        while let Some(at) = open.pop() {
            for other in self.direct.get(&at).into_iter().flatten() {
                if *other != vm && found.insert(*other) && left_out(*other) {
                    open.push(*other);
                }
            }
        }
        found
    }

    /// Those that wait for one, directly or not.
    pub(super) fn all(&self, vm: VmId) -> BTreeSet<VmId> {
        self.next(vm, |_| true)
    }
}

struct Orders<'run> {
    plan: &'run RecoveryPlan<Linked>,
    members: &'run BTreeMap<VmId, Member<'run>>,
    stage: &'run BTreeMap<VmId, u64>,
}

impl Orders<'_> {
    /// Machines that the target can start before one that must be up: it is enough to look at what
    /// each depends on, and at the last stage of each priority, because stages are ordered.
    fn early<'name>(
        &self,
        name: &impl Fn(VmId) -> &'name str,
        declared: &Declared,
        out: &mut Comparison,
    ) {
        let mut last_before: BTreeMap<Priority, (u64, VmId)> = BTreeMap::new();
        let mut last: Option<(u64, VmId)> = None;
        let mut by_priority: BTreeMap<Priority, Vec<VmId>> = BTreeMap::new();
        for (vm, member) in self.members {
            by_priority.entry(member.priority).or_default().push(*vm);
        }
        for (priority, vms) in &by_priority {
            if let Some(last) = last {
                last_before.insert(*priority, last);
            }
            for vm in vms {
                if let Some(stage) = self.stage.get(vm) {
                    last = last.max(Some((*stage, *vm)));
                }
            }
        }
        for (vm, member) in self.members {
            let Some(own) = self.stage.get(vm) else {
                continue;
            };
            let earlier = last_before
                .get(&member.priority)
                .filter(|(stage, _)| stage >= own)
                .map(|(_, other)| *other);
            let before = self.before(*vm);
            let needed = before
                .iter()
                .find(|need| self.stage.get(need).is_some_and(|stage| stage >= own))
                .copied();
            if let Some(other) = earlier.or(needed) {
                let case = self.case(name(*vm), name(other), Admits::TargetMore);
                out.differs(
                    declared,
                    Admits::TargetMore,
                    case,
                    [member.ident, &self.plan.ident],
                );
            }
        }
    }

    /// Machines that wait on the target for one that the source does not make them wait for.
    fn late<'name>(
        &self,
        name: &impl Fn(VmId) -> &'name str,
        declared: &Declared,
        out: &mut Comparison,
    ) {
        let mut by_priority: BTreeMap<Priority, Vec<VmId>> = BTreeMap::new();
        for (vm, member) in self.members {
            by_priority.entry(member.priority).or_default().push(*vm);
        }
        for (vm, member) in self.members {
            let Some(own) = self.stage.get(vm) else {
                continue;
            };
            let before = self.before(*vm);
            let same = by_priority.get(&member.priority).into_iter().flatten();
            let mut others = same.filter(|other| {
                !before.contains(other) && self.stage.get(other).is_some_and(|stage| stage < own)
            });
            let later = self.members.iter().find(|(other, one)| {
                one.priority > member.priority
                    && self.stage.get(other).is_some_and(|stage| stage < own)
            });
            if let Some(other) = others.next().copied().or(later.map(|(other, _)| *other)) {
                let case = self.case(name(*vm), name(other), Admits::SourceMore);
                out.differs(
                    declared,
                    Admits::SourceMore,
                    case,
                    [member.ident, &self.plan.ident],
                );
            }
        }
    }

    fn case(&self, first: &str, then: &str, admits: Admits) -> Witness {
        Witness::Order {
            plan: self.plan.ident.name.clone(),
            first: first.to_owned(),
            then: then.to_owned(),
            admits,
        }
    }

    /// Everything a machine depends on, directly or not.
    fn before(&self, vm: VmId) -> BTreeSet<VmId> {
        let mut before = BTreeSet::new();
        let mut open = vec![vm];
        while let Some(next) = open.pop() {
            for need in self
                .members
                .get(&next)
                .into_iter()
                .flat_map(|one| &one.needs)
            {
                if before.insert(*need) {
                    open.push(*need);
                }
            }
        }
        before
    }
}
