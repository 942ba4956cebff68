//! Cause chains: findings that follow from another one, folded under it.
//!
//! A finding names its cause by the place of what failed. The finding about that place is the root:
//! what the reading said about it, or the loss of the construct that stands there.

use crate::finding::{Finding, Level};
use crate::source::Origin;
use rehome_grammar::Span;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A finding and those that would not be there without it, as places in the report's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The cause.
    pub root: usize,
    /// What follows from it, near and far, in the order of the report.
    pub victims: Vec<usize>,
}

impl Chain {
    /// The cause, then what follows from it.
    pub fn all(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.root).chain(self.victims.iter().copied())
    }
}

/// Folds findings under their roots. Every finding is in exactly one chain; a finding whose cause
/// has no finding of its own stands alone.
#[must_use]
pub fn chains(findings: &[&Finding]) -> Vec<Chain> {
    let causes = Causes::of(findings);
    let mut found = BTreeMap::new();
    let above: Vec<Option<usize>> = findings
        .iter()
        .enumerate()
        .map(|(at, finding)| {
            let place = finding.cause?;
            let root = found.entry(place).or_insert_with(|| causes.of_place(place));
            root.filter(|root| *root != at)
        })
        .collect();
    let mut victims: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..findings.len() {
        let top = top(at, &above);
        let list = victims.entry(top).or_default();
        if at != top {
            list.push(at);
        }
    }
    victims
        .into_iter()
        .map(|(root, victims)| Chain { root, victims })
        .collect()
}

/// The findings that can be a cause, by the places they are about.
struct Causes<'f> {
    findings: &'f [&'f Finding],
    at: BTreeMap<Origin, Vec<usize>>,
}

impl<'f> Causes<'f> {
    /// What was read badly is a cause at every place it names; a doubt and a loss at their construct.
    fn of(findings: &'f [&'f Finding]) -> Self {
        let mut at: BTreeMap<Origin, Vec<usize>> = BTreeMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let count = match finding.code.id.as_bytes().first() {
                _ if is_reading(finding) => finding.subjects.len(),
                Some(b'C') => 1,
                Some(b'L') if finding.drops() || finding.level() == Level::Error => 1,
                _ => 0,
            };
            for subject in finding.subjects.iter().take(count) {
                at.entry(subject.origin).or_default().push(number);
            }
        }
        Self { findings, at }
    }

    /// The finding about a place; where none is about all of it, what was read badly within; where
    /// nothing was read badly, the first loss of the object that the place is a part of.
    fn of_place(&self, place: Origin) -> Option<usize> {
        let here = self.at.get(&place).into_iter().flatten().copied();
        self.best(here, place).or_else(|| {
            let first = Origin {
                file: place.file,
                span: Span::new(place.span.start, place.span.start),
            };
            let inside = self
                .at
                .range(first..)
                .take_while(|(at, _)| at.file == place.file && at.span.start < place.span.end)
                .filter(|(at, _)| holds(place, **at))
                .flat_map(|(_, numbers)| numbers.iter().copied())
                .filter(|number| self.findings.get(*number).is_some_and(|f| is_reading(f)));
            self.best(inside, place).or_else(|| self.first_loss(place))
        })
    }

    /// The first finding that follows from a place in its own object.
    fn first_loss(&self, place: Origin) -> Option<usize> {
        self.findings.iter().position(|finding| {
            let object = finding.subjects.first().map(|subject| subject.origin);
            finding.cause == Some(place) && object.is_some_and(|object| holds(object, place))
        })
    }

    /// What was read badly before what is lost, the most serious first, then the first told. What
    /// follows from the place itself is not its cause.
    fn best(&self, numbers: impl Iterator<Item = usize>, place: Origin) -> Option<usize> {
        let candidates = numbers.filter_map(|number| {
            let finding = self.findings.get(number)?;
            let rank = (is_reading(finding), finding.drops(), finding.level());
            (finding.cause != Some(place)).then_some((rank, Reverse(number)))
        });
        candidates.max().map(|(_, number)| number.0)
    }
}

/// Whether a place is a part of another.
fn holds(whole: Origin, part: Origin) -> bool {
    whole.file == part.file
        && whole.span.start <= part.span.start
        && part.span.end <= whole.span.end
}

/// Whether a finding is about what was read or linked.
fn is_reading(finding: &Finding) -> bool {
    finding.code.id.starts_with(['S', 'R', 'N'])
}

/// The first cause of a finding: the finding itself where there is none, and the first of the
/// report where causes go in a circle.
fn top(start: usize, above: &[Option<usize>]) -> usize {
    let mut way = vec![start];
    loop {
        let at = way.last().copied().unwrap_or(start);
        let Some(next) = above.get(at).copied().flatten() else {
            return at;
        };
        if let Some(circle) = way.iter().position(|step| *step == next) {
            return way.iter().skip(circle).copied().min().unwrap_or(start);
        }
        way.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Domain, Effect, Fate, codes};
    use crate::source::FileId;

    const READ: &Code = &codes::read::BAD_VALUE;
    const LOSS: &Code = &codes::loss_network::NOTHING_LEFT;

    /// The bytes from ten times the number on, as many as said.
    fn place(number: u32, length: u32) -> Origin {
        Origin {
            file: FileId::test(0),
            span: Span::new(number * 10, number * 10 + length),
        }
    }

    fn finding(code: &'static Code, at: Origin, cause: Option<Origin>) -> Finding {
        let finding = Finding::new(code, Domain::Network, "m").at(at, "x");
        finding.because_of(cause).fate(Fate::Dropped)
    }

    fn fold(findings: &[Finding]) -> Vec<(usize, Vec<usize>)> {
        let refs: Vec<&Finding> = findings.iter().collect();
        chains(&refs)
            .into_iter()
            .map(|chain| (chain.root, chain.victims))
            .collect()
    }

    #[test]
    fn victims_of_victims_are_under_the_first_cause() {
        let findings = [
            finding(LOSS, place(1, 5), Some(place(3, 5))),
            finding(READ, place(2, 5), None),
            finding(LOSS, place(3, 5), Some(place(2, 5))),
            finding(LOSS, place(4, 5), None),
        ];
        assert_eq!(fold(&findings), [(1, vec![0, 2]), (3, vec![])]);
    }

    #[test]
    fn what_was_read_badly_inside_of_a_place_is_its_cause() {
        let findings = [
            finding(LOSS, place(1, 9), Some(place(3, 9))),
            finding(READ, place(3, 4), None),
            finding(LOSS, place(3, 9), Some(place(3, 9))),
            finding(READ, place(4, 1), None),
        ];
        assert_eq!(fold(&findings), [(1, vec![0, 2]), (3, vec![])]);
    }

    #[test]
    fn a_reference_that_is_used_often_is_one_root() {
        let missing = finding(READ, place(1, 1), None).at(place(2, 1), "x");
        let findings = [
            missing,
            finding(LOSS, place(5, 5), Some(place(1, 1))),
            finding(LOSS, place(6, 5), Some(place(2, 1))),
        ];
        assert_eq!(fold(&findings), [(0, vec![1, 2])]);
    }

    #[test]
    fn an_unknown_cause_leaves_the_finding_alone() {
        let findings = [finding(LOSS, place(1, 5), Some(place(7, 5)))];
        assert_eq!(fold(&findings), [(0, vec![])]);
    }

    #[test]
    fn a_part_that_was_read_well_is_the_cause_by_the_loss_of_its_object() {
        let findings = [
            finding(LOSS, place(1, 5), Some(place(3, 4))),
            finding(LOSS, place(3, 9), Some(place(3, 4))),
            finding(LOSS, place(3, 9), Some(place(3, 4))),
        ];
        assert_eq!(fold(&findings), [(1, vec![0, 2])]);
    }

    #[test]
    fn what_is_only_recorded_about_a_construct_is_no_cause() {
        let mut noted = finding(LOSS, place(2, 5), None).effect(Effect::Record);
        noted.fate = Some(Fate::Approximate);
        let findings = [finding(LOSS, place(1, 5), Some(place(2, 5))), noted];
        assert_eq!(fold(&findings), [(0, vec![]), (1, vec![])]);
    }

    #[test]
    fn circles_lose_nothing() {
        for list in [
            vec![(1, 2), (2, 1)],
            vec![(1, 1)],
            vec![(9, 1), (1, 2), (2, 1)],
            vec![(1, 2), (2, 3), (3, 1)],
        ] {
            let findings: Vec<Finding> = list
                .iter()
                .map(|(at, cause)| finding(LOSS, place(*at, 5), Some(place(*cause, 5))))
                .collect();
            let mut all: Vec<usize> = fold(&findings)
                .into_iter()
                .flat_map(|(root, victims)| std::iter::once(root).chain(victims))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..list.len()).collect::<Vec<_>>(), "{list:?}");
        }
    }
}
