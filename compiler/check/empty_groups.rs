//! Groups that nobody belongs to.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::{Linked, Policy};
use crate::semantics::membership::Membership;

/// Reports every group that has no member and cannot have one that is only unknown.
pub fn check(policy: &Policy<Linked>, membership: &Membership, findings: &mut Findings) {
    for (id, group) in policy.network.groups.iter() {
        if membership.group(id).possible.is_empty() {
            let message = format!(
                "group `{}` has no member in the inventory",
                group.ident.name
            );
            findings.push(
                Finding::new(&codes::check::EMPTY_GROUP, Domain::Network, message)
                    .about(group.ident.subject()),
            );
        }
    }
}
