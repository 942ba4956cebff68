//! Exports to policy: one vendor format each.
//!
//! A front end gets the trees that [`detect`] recognised as its own and adds what they say to a
//! [`Policy<Named>`]. It resolves nothing: references stay names. Every key of an export is read,
//! or listed as ignored with a reason, or reported ([`schema`]).

pub mod detect;
pub mod drs;
pub mod inventory;
pub mod nsx;
pub mod portable;
pub mod schema;
pub mod srm;

use crate::finding::Findings;
use crate::ir::{Named, Policy};
use crate::source::Sources;

/// Reads every export into one policy. The order of the files does not matter: they are read in
/// the order of their names.
#[must_use]
pub fn read(sources: &Sources, findings: &mut Findings) -> Policy<Named> {
    let mut policy = Policy::default();
    let exports = detect::sort(sources, findings);
    inventory::read(&exports, &mut policy, findings);
    nsx::read(&exports, &mut policy, findings);
    drs::read(&exports, &mut policy, findings);
    srm::read(&exports, &mut policy, findings);
    // Last: where an export and a portable policy hold the same object, the export is used.
    portable::read(&exports, &mut policy, findings);
    policy
}
