//! Checks of recovery policy: one a file; each reads, reports and changes nothing.

pub mod addresses;
pub mod commands;
pub mod coverage;
pub mod dependencies;
pub mod objectives;
pub mod subnets;
pub mod test_networks;
pub mod time;

use crate::finding::Findings;
use crate::ir::inventory::Vm;
use crate::ir::recovery::{RecoveryPlan, VmRecovery};
use crate::ir::{Id, Linked, Policy};
use std::collections::BTreeMap;

/// Runs every check of recovery policy.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    dependencies::check(policy, findings);
    coverage::check(policy, findings);
    subnets::check(policy, findings);
    addresses::check(policy, findings);
    commands::check(policy, findings);
    objectives::check(policy, findings);
    test_networks::check(policy, findings);
    time::check(policy, findings);
}

/// The machines of a plan that are known.
fn machines(plan: &RecoveryPlan<Linked>) -> BTreeMap<Id<Vm<Linked>>, &VmRecovery<Linked>> {
    let known = plan.vms.iter();
    known.filter_map(|vm| Some((vm.vm.found()?, vm))).collect()
}

/// Names in a row, each in backticks; from the fourth on only how many.
fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        1 => format!("{shown} and 1 more"),
        more => format!("{shown} and {more} more"),
    }
}
