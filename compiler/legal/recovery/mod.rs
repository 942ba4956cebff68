//! Lowers recovery policy.

mod address;
mod emit;
mod estate;
mod fallen;
mod machine;
mod network;
mod note;
mod order;
mod part;
mod plan;
mod prepare;
mod protection;
mod script;
mod step;
mod v3;
mod wait;

use super::values::Values;
use super::{Ledger, Lowered, Options};
use crate::ir::{Linked, Policy};
use crate::plan::nutanix::Builder;
use estate::Estate;
use plan::Shared;

/// Lowers the recovery domain of a policy into the plan.
pub fn lower(policy: &Policy<Linked>, options: &Options, plan: &mut Builder, ledger: &mut Ledger) {
    let estate = Estate::new(policy, options);
    let mut values = Values::default();
    let protected = protection::lower(&estate, &mut values, plan, ledger);
    let mut shared = Shared::new(&estate, values, protected);
    for recovery in &policy.recovery.plans {
        plan::lower(&estate, recovery, &mut shared, plan, ledger);
    }
    network::settle(&estate, shared.used(), ledger);
}
