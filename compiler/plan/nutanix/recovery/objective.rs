//! How much data a failure may cost: the recovery point objective.

use serde::Serialize;

/// Seconds between recovery points: one of the values that roll-up retention takes, or 0 for
/// synchronous replication. Source: the vendor's SDK,
/// `Schedule.recoveryPointObjectiveTimeSeconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Objective(u32);

/// The minutes the platform takes, ascending; 0 is synchronous.
const MINUTES: [u32; 20] = [
    0, 1, 2, 3, 4, 5, 6, 10, 12, 15, 60, 120, 180, 240, 360, 480, 720, 1440, 10_080, 20_160,
];

impl Objective {
    /// The greatest objective the platform takes that is no greater than these minutes.
    #[must_use]
    pub fn at_most(minutes: u32) -> Self {
        let fitting = MINUTES
            .iter()
            .copied()
            .filter(|allowed| *allowed <= minutes)
            .max()
            .unwrap_or(0);
        Self(fitting * 60)
    }

    /// Whether replication is synchronous.
    #[must_use]
    pub const fn is_synchronous(self) -> bool {
        self.0 == 0
    }

    /// In minutes.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        self.0 / 60
    }

    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_rounded_down_to_what_the_platform_takes() {
        for (told, kept) in [
            (0, 0),
            (1, 1),
            (5, 5),
            (9, 6),
            (15, 15),
            (25, 15),
            (59, 15),
            (60, 60),
            (1439, 720),
            (1440, 1440),
            (u32::MAX, 20_160),
        ] {
            assert_eq!(Objective::at_most(told).minutes(), kept, "{told}");
        }
    }
}
