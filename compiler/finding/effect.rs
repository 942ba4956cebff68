//! What a finding changes, and the level that follows from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which part of the policy a finding is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Domain {
    /// The exports and the run as a whole.
    Estate,
    /// Firewall rules: who may talk to whom.
    Network,
    /// Placement rules: which VM may run where.
    Placement,
    /// Recovery plans: what starts when, and with what settings.
    Recovery,
    /// The virtual machines, hosts and clusters the rules speak about.
    Inventory,
}

/// How the set that the target admits differs from the set that the source admits: flows in the
/// network, VM-to-host assignments in placement, orders and outcomes in recovery.
///
/// A lattice: `Preserves` below `Narrows` and `Broadens`, both below `Shifts`. There is no `Ord`:
/// two losses are combined with [`Drift::join`], never with `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// Both sides admit the same.
    Preserves,
    /// The target admits less.
    Narrows,
    /// The target admits more.
    Broadens,
    /// The target admits some things the source does not, and the other way round.
    Shifts,
}

impl Drift {
    /// The drift of two losses together.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Preserves, drift) | (drift, Self::Preserves) => drift,
            (Self::Narrows, Self::Narrows) => Self::Narrows,
            (Self::Broadens, Self::Broadens) => Self::Broadens,
            (
                Self::Narrows | Self::Broadens | Self::Shifts,
                Self::Narrows | Self::Broadens | Self::Shifts,
            ) => Self::Shifts,
        }
    }

    /// The drift of what is admitted when the drift is that of a set which is taken away: beneath a
    /// deny, beneath an exclusion.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Preserves => Self::Preserves,
            Self::Narrows => Self::Broadens,
            Self::Broadens => Self::Narrows,
            Self::Shifts => Self::Shifts,
        }
    }

    /// The drift beneath a jump: whatever is skipped can go either way.
    #[must_use]
    pub const fn beneath_jump(self) -> Self {
        match self {
            Self::Preserves => Self::Preserves,
            Self::Narrows | Self::Broadens | Self::Shifts => Self::Shifts,
        }
    }
}

/// What a finding changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "drift")]
pub enum Effect {
    /// What is admitted.
    Admission(Drift),
    /// How it behaves without changing what is admitted: how a denial looks, timing, waits.
    Conduct,
    /// What is kept or told: logs, names, notes.
    Record,
}

/// How serious a finding is. Ordered: `Error` is the greatest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Advice,
    /// The target is stricter or behaves differently.
    Warning,
    /// The target lets something through that the source does not, or nobody can say.
    Error,
}

impl Effect {
    /// The target admits more.
    pub const BROADENS: Self = Self::Admission(Drift::Broadens);
    /// The target admits less.
    pub const NARROWS: Self = Self::Admission(Drift::Narrows);
    /// The target admits other things.
    pub const SHIFTS: Self = Self::Admission(Drift::Shifts);
    /// Nothing changes.
    pub const PRESERVES: Self = Self::Admission(Drift::Preserves);

    /// The level: computed here and nowhere else.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Admission(Drift::Broadens | Drift::Shifts) => Level::Error,
            Self::Admission(Drift::Narrows) | Self::Conduct => Level::Warning,
            Self::Admission(Drift::Preserves) | Self::Record => Level::Advice,
        }
    }

    /// The effect when the drift is that of a set which is taken away.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Admission(drift) => Self::Admission(drift.flip()),
            Self::Conduct => Self::Conduct,
            Self::Record => Self::Record,
        }
    }

    /// The effect beneath a jump.
    #[must_use]
    pub const fn beneath_jump(self) -> Self {
        match self {
            Self::Admission(drift) => Self::Admission(drift.beneath_jump()),
            Self::Conduct => Self::Conduct,
            Self::Record => Self::Record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Drift; 4] = [
        Drift::Preserves,
        Drift::Narrows,
        Drift::Broadens,
        Drift::Shifts,
    ];

    #[test]
    fn join_is_a_lattice() {
        for a in ALL {
            assert_eq!(a.join(a), a);
            assert_eq!(a.join(Drift::Preserves), a);
            assert_eq!(a.join(Drift::Shifts), Drift::Shifts);
            for b in ALL {
                assert_eq!(a.join(b), b.join(a));
                assert_eq!(a.join(b).flip(), a.flip().join(b.flip()));
                for c in ALL {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)));
                }
            }
        }
        assert_eq!(Drift::Narrows.join(Drift::Broadens), Drift::Shifts);
    }

    #[test]
    fn opening_is_an_error() {
        assert_eq!(Effect::BROADENS.level(), Level::Error);
        assert_eq!(Effect::NARROWS.flip().level(), Level::Error);
        assert_eq!(Effect::NARROWS.level(), Level::Warning);
        assert_eq!(Effect::NARROWS.beneath_jump().level(), Level::Error);
    }
}
