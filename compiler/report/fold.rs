//! Cause chains: findings that follow from another one, folded under it.

use crate::finding::Finding;
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

/// Folds findings under their roots. Every finding is in exactly one chain; a finding whose root
/// has no finding of its own stands alone.
#[must_use]
pub fn chains(findings: &[&Finding]) -> Vec<Chain> {
    let roots = by_object(findings);
    let tops: Vec<usize> = (0..findings.len())
        .map(|at| top(at, findings, &roots))
        .collect();
    let mut victims: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, top) in tops.iter().enumerate() {
        let list = victims.entry(*top).or_default();
        if at != *top {
            list.push(at);
        }
    }
    victims
        .into_iter()
        .map(|(root, victims)| Chain { root, victims })
        .collect()
}

/// The finding that stands for an object: the most serious about it.
fn by_object<'f>(findings: &[&'f Finding]) -> BTreeMap<&'f str, usize> {
    let mut roots: BTreeMap<&str, (usize, _)> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(subject) = finding.subjects.first() else {
            continue;
        };
        let weight = (finding.drops(), finding.level());
        let best = roots.entry(&subject.id).or_insert((at, weight));
        if weight > best.1 {
            *best = (at, weight);
        }
    }
    roots.into_iter().map(|(id, (at, _))| (id, at)).collect()
}

/// The first cause of a finding: the finding itself where there is none, and the first of the
/// report where causes go in a circle.
fn top(start: usize, findings: &[&Finding], roots: &BTreeMap<&str, usize>) -> usize {
    let mut way = vec![start];
    loop {
        let at = way.last().copied().unwrap_or(start);
        let above = findings
            .get(at)
            .and_then(|finding| finding.root.as_deref())
            .and_then(|root| roots.get(root))
            .copied();
        let Some(above) = above else { return at };
        if let Some(circle) = way.iter().position(|step| *step == above) {
            return way.iter().skip(circle).copied().min().unwrap_or(start);
        }
        way.push(above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Domain, Subject, codes};
    use crate::source::Origin;

    fn finding(id: &str, root: Option<&str>) -> Finding {
        let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Network, id).about(Subject {
            origin: Origin::default(),
            id: id.to_owned(),
            name: id.to_owned(),
        });
        match root {
            Some(root) => finding.because_of(root),
            None => finding,
        }
    }

    fn fold(list: &[(&str, Option<&str>)]) -> Vec<(usize, Vec<usize>)> {
        let findings: Vec<Finding> = list.iter().map(|(id, root)| finding(id, *root)).collect();
        let refs: Vec<&Finding> = findings.iter().collect();
        chains(&refs)
            .into_iter()
            .map(|chain| (chain.root, chain.victims))
            .collect()
    }

    #[test]
    fn victims_of_victims_are_under_the_first_cause() {
        let list = [
            ("rule", Some("outer")),
            ("group", None),
            ("outer", Some("group")),
            ("other", None),
        ];
        assert_eq!(fold(&list), vec![(1, vec![0, 2]), (3, vec![])]);
    }

    #[test]
    fn an_unknown_root_leaves_the_finding_alone() {
        assert_eq!(fold(&[("rule", Some("nobody"))]), vec![(0, vec![])]);
    }

    #[test]
    fn circles_lose_nothing() {
        for list in [
            vec![("a", Some("b")), ("b", Some("a"))],
            vec![("a", Some("a"))],
            vec![("x", Some("a")), ("a", Some("b")), ("b", Some("a"))],
            vec![("a", Some("b")), ("b", Some("c")), ("c", Some("a"))],
        ] {
            let mut all: Vec<usize> = fold(&list)
                .into_iter()
                .flat_map(|(root, victims)| std::iter::once(root).chain(victims))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..list.len()).collect::<Vec<_>>(), "{list:?}");
        }
    }
}
