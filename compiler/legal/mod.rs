//! From what a policy means to what a target can hold, with every difference declared.
//!
//! INVARIANT (Loss): a construct leaves this stage only through the [`Ledger`], and a value only
//! through [`Lowered::settle`]. [`Lowered`] is made by the answer of a legality table and by
//! nothing else, so a loss without a finding does not compile. [`Legal`] is what emitters accept.

pub mod mapping;
pub mod network;
pub mod placement;
pub mod recovery;
mod say;
pub mod sealed;
pub mod table;
pub mod target;
mod values;

pub use sealed::{Case, Construct, Kind, Ledger, Legal, Legality, Lowered, Tally};
pub use target::{Release, Target};

use crate::ir::{Linked, Policy};
use crate::plan::nutanix::mapping::Mapping;
use crate::plan::nutanix::{Builder, Plan};

/// How people want the policy lowered.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is lowered for.
    pub target: Target,
    /// Emit preferences as requirements where the target knows only requirements.
    pub harden_should: bool,
    /// The state security policies are created in.
    pub state: PolicyState,
    /// Tie machines that must run together to one host.
    pub pin_together: bool,
    /// Names that people chose.
    pub mapping: Mapping,
    /// What is kept where a group cannot both be followed and be exact.
    pub prefer: Preference,
    /// The recovery point objective in minutes of protection groups whose exports tell none.
    pub objective_minutes: Option<u32>,
    /// Make several plans of one where a prompt holds the flow.
    pub split_at_prompts: bool,
}

impl Options {
    /// The defaults for a target.
    #[must_use]
    pub const fn new(target: Target) -> Self {
        Self {
            target,
            harden_should: false,
            pin_together: false,
            mapping: Mapping::none(),
            state: PolicyState::Save,
            prefer: Preference::Exact,
            objective_minutes: None,
            split_at_prompts: false,
        }
    }
}

/// What is kept of an allow for a group that the target cannot follow by itself. Neither admits more
/// than the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// Whom the source lets through today: the members of today are frozen.
    Exact,
    /// Only what follows its group: the rest is left out.
    Dynamic,
}

/// The state security policies are created in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyState {
    /// A draft without effect.
    Save,
    /// Everything passes; what would be dropped is shown.
    Monitor,
    /// In force.
    Enforce,
}

/// Lowers a policy for a target.
#[must_use]
pub fn legalise(policy: &Policy<Linked>, options: &Options, ledger: &mut Ledger) -> Legal<Plan> {
    let mut plan = Builder::new(options.target, options.mapping.clone());
    network::lower(policy, options, &mut plan, ledger);
    placement::lower(policy, options, &mut plan, ledger);
    recovery::lower(policy, options, &mut plan, ledger);
    sealed::seal(plan.finish())
}
