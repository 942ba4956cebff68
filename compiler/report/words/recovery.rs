//! What a construct of recovery says.

use super::{Words, join};
use crate::finding::count;
use crate::ir::Linked;
use crate::ir::recovery::{
    AddressChange, Callout, CalloutKind, NetworkMapping, PlanStep, ProtectionGroup, RecoveryPlan,
    Replication, StepKind, TestNetwork, VmRecovery,
};

impl<'policy> Words<'policy> {
    /// Every construct of recovery by its id.
    pub(super) fn recovery(self) -> Vec<(&'policy str, String)> {
        let recovery = &self.policy.recovery;
        let mut says: Vec<(&str, String)> = Vec::new();
        for group in recovery.groups.values() {
            says.push((&group.ident.id, self.protection(group)));
        }
        for plan in &recovery.plans {
            says.push((&plan.ident.id, self.plan(plan)));
            says.extend(
                plan.steps
                    .iter()
                    .map(|one| (one.ident.id.as_str(), step(one))),
            );
            let tests = plan.test_networks.iter();
            says.extend(tests.map(|one| (one.ident.id.as_str(), test_network(one))));
            for vm in &plan.vms {
                says.push((&vm.ident.id, self.machine(vm)));
                let callouts = vm.before.iter().chain(&vm.after);
                says.extend(callouts.map(|one| (one.ident.id.as_str(), callout(one))));
            }
        }
        let networks = recovery.networks.iter();
        says.extend(networks.map(|one| (one.ident.id.as_str(), mapping(one))));
        let others = recovery.other_mappings.iter();
        says.extend(others.map(|one| (one.ident.id.as_str(), format!("maps a {}", one.what))));
        says
    }

    fn protection(self, group: &ProtectionGroup<Linked>) -> String {
        let how = match &group.replication {
            Replication::Array => "by the storage array",
            Replication::Host => "by the hypervisor",
            Replication::VirtualVolumes => "by virtual volumes",
            Replication::Vsan => "by vSAN",
            Replication::Unknown(_) => "in a way that is not known",
        };
        let behind = group.rpo_minutes.map_or_else(String::new, |minutes| {
            format!(", at most {} behind", count(minutes, "minute"))
        });
        format!(
            "replicate {} from {} to {} {how}{behind}",
            self.vms(&group.vms),
            group.sites.protected,
            group.sites.recovery
        )
    }

    fn plan(self, plan: &RecoveryPlan<Linked>) -> String {
        let groups = &self.policy.recovery.groups;
        let names = plan.groups.iter();
        let names = names.map(|link| self.link(link, |id| &groups[id].ident));
        format!(
            "recover {} from {} to {}: {}, {}",
            join(names, ", "),
            plan.sites.protected,
            plan.sites.recovery,
            count(plan.vms.len(), "machine"),
            count(plan.steps.len(), "step")
        )
    }

    fn machine(self, vm: &VmRecovery<Linked>) -> String {
        let mut text = format!("priority {}", vm.priority.number());
        if !vm.power_on {
            text.push_str(", stays powered off");
        }
        if !vm.depends_on.is_empty() {
            text.push_str(&format!(", after {}", self.vms(&vm.depends_on)));
        }
        if vm.delay_seconds > 0 {
            text.push_str(&format!(
                ", then waits {}",
                count(vm.delay_seconds, "second")
            ));
        }
        text.push_str(match vm.addresses {
            AddressChange::Keep => ", keeps its addresses",
            AddressChange::ByRule => ", addresses by rule",
            AddressChange::Automatic | AddressChange::Unsaid => "",
            AddressChange::Manual(_) => ", addresses of its own",
        });
        for (list, when) in [(&vm.before, "before"), (&vm.after, "after")] {
            if !list.is_empty() {
                text.push_str(&format!(", {} {when} it", count(list.len(), "step")));
            }
        }
        text
    }
}

fn step(step: &PlanStep) -> String {
    let what = match &step.kind {
        StepKind::PowerOn(priority) => {
            format!("start the machines of priority {}", priority.number())
        }
        StepKind::BuiltIn => "a step of the product".to_owned(),
        StepKind::Callout(one) => callout(one),
        StepKind::Opaque(opaque) => opaque.what.clone(),
    };
    format!("step {}: {what}", step.number)
}

fn callout(callout: &Callout) -> String {
    let kind = match callout.kind {
        CalloutKind::Prompt => "prompt",
        CalloutKind::InGuest => "command in the guest",
        CalloutKind::OnServer => "command on the recovery server",
    };
    match &callout.content {
        Some(content) => format!("{kind}: {content}"),
        None => format!("{kind} that no export tells"),
    }
}

fn mapping(mapping: &NetworkMapping<Linked>) -> String {
    let tests = mapping.test_name.as_deref().map_or_else(
        || "an isolated network in tests".to_owned(),
        |test| format!("{test} in tests"),
    );
    let rules = match mapping.rules.len() {
        0 => String::new(),
        rules => format!(", {}", count(rules, "address rule")),
    };
    format!(
        "{} becomes {}, {tests}{rules}",
        mapping.protected_name, mapping.recovery_name
    )
}

fn test_network(network: &TestNetwork<Linked>) -> String {
    let test = network
        .test_name
        .as_deref()
        .unwrap_or("an isolated network");
    format!("{} becomes {test} in a test", network.recovery_name)
}
