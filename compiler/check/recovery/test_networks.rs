//! Networks that tests use: none that is named, or the one of the real recovery.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::recovery::{NetworkMapping, RecoveryPlan};
use crate::ir::{Ident, Linked, Policy};

/// Reports plans whose tests have no network to use, or use that of the real recovery.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for plan in &policy.recovery.plans {
        for mapping in &policy.recovery.networks {
            one(plan, mapping, findings);
        }
    }
}

fn one(plan: &RecoveryPlan<Linked>, mapping: &NetworkMapping<Linked>, findings: &mut Findings) {
    let own = plan
        .test_networks
        .iter()
        .find(|own| own.recovery_name == mapping.recovery_name);
    let (name, about): (Option<&str>, &Ident) = match own {
        Some(own) => (own.test_name.as_deref(), &own.ident),
        None => (mapping.test_name.as_deref(), &mapping.ident),
    };
    let (code, message) = match name {
        None => (
            &codes::check_recovery::TEST_NETWORK_MISSING,
            format!(
                "no network is named for tests of `{}` in recovery plan `{}`: machines on different hosts do not reach each other in a test",
                mapping.recovery_name, plan.ident.name
            ),
        ),
        Some(name) if name == mapping.recovery_name => (
            &codes::check_recovery::TEST_IN_RECOVERY_NETWORK,
            format!(
                "a test of recovery plan `{}` uses `{name}`, the network of the real recovery",
                plan.ident.name
            ),
        ),
        Some(_) => return,
    };
    findings.push(
        Finding::new(code, Domain::Recovery, message)
            .about(plan.ident.subject())
            .about(about.subject()),
    );
}
