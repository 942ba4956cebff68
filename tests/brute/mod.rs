//! A judge of single packets that shares nothing with the compiler but the types of the policy: the
//! source by first match, the emitted files as they stand, every packet that a rule could tell apart.

mod bits;
mod source;
mod target;
mod world;

pub use bits::Mask;
pub use source::Source;
pub use target::Target;
pub use world::{At, End, Machine, Tri, World};

/// What a filter, or both, may do with each kind of traffic between two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Kinds that are let through, or could be.
    pub allow: Mask,
    /// Kinds that are discarded, or could be.
    pub deny: Mask,
}

impl Judged {
    pub fn none(kinds: usize) -> Self {
        Self {
            allow: Mask::none(kinds),
            deny: Mask::none(kinds),
        }
    }

    /// A flow needs both filters, and each can stop it.
    pub fn and(mut self, other: &Self) -> Self {
        self.allow.keep(&other.allow);
        self.deny.add(&other.deny);
        self
    }
}

/// What the two sides do differently between two ends.
#[derive(Clone, Debug)]
pub struct Drift {
    pub from: usize,
    pub to: usize,
    /// Kinds that the target may let through and the source may discard.
    pub broader: Mask,
    /// Kinds that the source may let through and the target may discard.
    pub narrower: Mask,
}

/// Every pair of ends between which the two sides differ.
pub fn drifts(world: &World, source: &[Judged], target: &[Judged]) -> Vec<Drift> {
    let pairs = world.pairs().zip(source.iter().zip(target));
    pairs
        .filter_map(|((from, to), (source, target))| {
            let mut broader = target.allow.clone();
            broader.keep(&source.deny);
            let mut narrower = source.allow.clone();
            narrower.keep(&target.deny);
            (!broader.is_empty() || !narrower.is_empty()).then_some(Drift {
                from,
                to,
                broader,
                narrower,
            })
        })
        .collect()
}
