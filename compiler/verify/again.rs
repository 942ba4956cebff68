//! Emitted files compared with the exports once more, also after people edited them.

use super::comparison::Comparison;
use super::network::Proof;
use super::{network, placement, recovery};
use crate::back::Files;
use crate::finding::{Finding, Findings};
use crate::ir::{Linked, Policy};
use crate::semantics::Membership;

/// What came out, for each part of the policy.
#[derive(Debug)]
pub struct Again {
    /// The findings that can declare a difference: what a run itself finds wrong declares nothing.
    pub declared: Findings,
    /// The firewall.
    pub proof: Proof,
    /// The placements.
    pub placement: Comparison,
    /// The recoveries.
    pub recovery: Comparison,
}

impl Again {
    /// Compares files with a policy, given the findings of its compilation.
    #[must_use]
    pub fn of(policy: &Policy<Linked>, findings: &Findings, files: &Files) -> Self {
        let mut declared = Findings::new();
        let open = |finding: &&Finding| !finding.code.id.starts_with(['V', 'X']);
        declared.extend(findings.iter().filter(open).cloned());
        let membership = Membership::of(policy);
        Self {
            proof: network::compare(policy, &membership, files, &declared),
            placement: placement::compare(policy, files, &declared),
            recovery: recovery::compare(policy, files, &declared),
            declared,
        }
    }

    /// What the comparison itself found.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let others = [&self.placement, &self.recovery];
        let others = others.into_iter().flat_map(|one| one.findings.iter());
        self.proof.findings.iter().chain(others)
    }
}
