//! Checks: one a file; each reads a linked policy, reports and changes nothing.

pub mod cycles;
pub mod empty_groups;
pub mod network;
pub mod placement;
pub mod recovery;

use crate::finding::Findings;
use crate::ir::{Linked, Policy};
use crate::semantics::membership::Membership;

/// Runs every check.
pub fn check(policy: &Policy<Linked>, membership: &Membership, findings: &mut Findings) {
    cycles::check(policy, findings);
    empty_groups::check(policy, membership, findings);
    network::check(policy, membership, findings);
    placement::check(policy, findings);
    recovery::check(policy, findings);
}
