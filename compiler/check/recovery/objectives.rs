//! Recovery point objectives that the replication of today does not keep.

use crate::finding::{Domain, Finding, Findings, codes, count};
use crate::ir::recovery::Replication;
use crate::ir::{Linked, Policy};
use std::ops::RangeInclusive;

/// The minutes that replication by the hypervisor takes. Source: the vendor's own automation, which
/// refuses others.
const BY_HOST: RangeInclusive<u32> = 5..=1440;

/// Reports objectives of groups that the hypervisor replicates and that it does not take.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for group in policy.recovery.groups.values() {
        let by_host = match group.replication {
            Replication::Host => true,
            Replication::Array
            | Replication::VirtualVolumes
            | Replication::Vsan
            | Replication::Unknown(_) => false,
        };
        let Some(minutes) = group.rpo_minutes.filter(|_| by_host) else {
            continue;
        };
        if BY_HOST.contains(&minutes) {
            continue;
        }
        let message = format!(
            "protection group `{}` has a recovery point objective of {}; replication by the hypervisor keeps {} to {}",
            group.ident.name,
            count(minutes as usize, "minute"),
            BY_HOST.start(),
            BY_HOST.end()
        );
        let code = &codes::check_recovery::OBJECTIVE_NOT_KEPT;
        findings.push(Finding::new(code, Domain::Recovery, message).about(group.ident.subject()));
    }
}
