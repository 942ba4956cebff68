//! How much of an estate needs a person, as a grade.
//!
//! A construct needs a person when it does not come through exactly and an open finding about it
//! either drops it or is more than advice. Constructs of which only records differ (logs, names,
//! notes), and those whose findings all are accepted, need nobody: that work is done.

use super::Told;
use crate::finding::{Fate, Level, count};
use crate::legal::Construct;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How much of an estate needs a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Constructs that need one.
    pub constructs: usize,
    /// All constructs.
    pub of: usize,
}

/// The grades: the letter, and the share up to which it is given, in percent.
pub const GRADES: [(char, usize); 5] = [('A', 0), ('B', 5), ('C', 15), ('D', 35), ('E', 100)];

impl Effort {
    pub(super) fn of(fates: &BTreeMap<Construct, Fate>, told: &[Told<'_>]) -> Self {
        let open: BTreeSet<&str> = told
            .iter()
            .map(|told| told.finding)
            .filter(|finding| finding.accepted.is_none())
            .filter(|finding| finding.drops() || finding.level() > Level::Advice)
            .filter_map(|finding| Some(finding.subjects.first()?.id.as_str()))
            .collect();
        let constructs = fates
            .iter()
            .filter(|(construct, fate)| {
                **fate != Fate::Exact && open.contains(construct.id.as_str())
            })
            .count();
        Self {
            constructs,
            of: fates.len(),
        }
    }

    /// The share in percent, rounded up so that one of very many is not none.
    #[must_use]
    pub const fn percent(self) -> usize {
        match self.of {
            0 => 0,
            of => (self.constructs * 100).div_ceil(of),
        }
    }

    /// The grade: `A` where nothing needs a person, `E` where more than a third does.
    #[must_use]
    pub fn grade(self) -> char {
        let percent = self.percent();
        GRADES
            .iter()
            .find(|(_, most)| percent <= *most)
            .map_or('E', |(letter, _)| *letter)
    }
}

impl fmt::Display for Effort {
    /// `effort grade C: 14 of 125 constructs need a person (12 %)`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "effort grade {}: {} of {} {} a person ({} %)",
            self.grade(),
            self.constructs,
            count(self.of, "construct"),
            if self.constructs == 1 {
                "needs"
            } else {
                "need"
            },
            self.percent()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_very_many_is_not_none() {
        let grade = |constructs, of| Effort { constructs, of }.grade();
        assert_eq!(grade(0, 0), 'A');
        assert_eq!(grade(0, 100_000), 'A');
        assert_eq!(grade(1, 100_000), 'B');
        assert_eq!(grade(5, 100), 'B');
        assert_eq!(grade(6, 100), 'C');
        assert_eq!(grade(15, 100), 'C');
        assert_eq!(grade(35, 100), 'D');
        assert_eq!(grade(36, 100), 'E');
        assert_eq!(grade(100, 100), 'E');
    }
}
