//! The recoveries that the source admits and those that the emitted files admit, compared.
//!
//! An order of starts is admitted when nothing starts before what must be up: in the source the
//! machines of all earlier priorities and, inside a priority, those a machine depends on; in the
//! files the machines of all earlier stages. Besides the orders: which machines are recovered, which
//! stay off, which addresses they get, how much data is lost and whether it is of one moment, which
//! network a test uses, whether every step of people is somewhere, whether what held the flow still
//! holds it, and waits and timeouts.
//!
//! Not compared: machines that no export tells.

mod artifacts;
mod flow;
mod order;
mod outcome;
mod v3;
mod wait;

use super::artifacts::{Artifacts, Unreadable};
use super::comparison::{Comparison, Declared};
use crate::back::Files;
use crate::finding::codes::{fault, verify as codes};
use crate::finding::{Domain, Finding, Findings};
use crate::ir::{Linked, Policy};

/// Compares the recovery policy with the files that were emitted for it.
#[must_use]
pub fn compare(policy: &Policy<Linked>, files: &Files, findings: &Findings) -> Comparison {
    let mut comparison = Comparison::default();
    let recovery = &policy.recovery;
    if recovery.plans.is_empty() && recovery.groups.is_empty() {
        return comparison;
    }
    let read = Artifacts::read(policy, files).and_then(|read| artifacts::Target::of(&read, files));
    let target = match read {
        Ok(target) => target,
        Err(Unreadable { path, what }) => {
            let message = format!("`{path}` cannot be understood: {what}");
            let finding = Finding::new(&codes::UNREADABLE_RECOVERY, Domain::Recovery, message);
            comparison.findings.push(finding.target(path));
            return comparison;
        }
    };
    comparison.compared = true;
    let declared = Declared::of(Domain::Recovery, findings);
    outcome::protection(policy, &target, &declared, &mut comparison);
    for plan in &recovery.plans {
        let made = target.plans.get(&plan.ident.id);
        order::plan(policy, plan, made, &declared, &mut comparison);
        outcome::plan(policy, plan, made, &target, &declared, &mut comparison);
        if let Some(made) = made {
            flow::compare(policy, plan, made, &target, &declared, &mut comparison);
            wait::compare(policy, plan, made, &target, &declared, &mut comparison);
        }
    }
    outcome::steps(policy, &target, findings, &declared, &mut comparison);
    comparison.undeclared(
        Domain::Recovery,
        &fault::UNDECLARED_RECOVERY,
        &fault::UNDECLARED_RESTRAINT,
    );
    comparison
}
