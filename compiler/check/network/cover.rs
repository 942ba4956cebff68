//! The rules that stand before a rule and take all it could ever match, whoever belongs to what.
//!
//! Every pair of things that the rule lists as its source and as its destination is looked at for
//! itself: rules before it that list both, or more, must take all its traffic at each filter it is
//! read at.

use super::expression::{Element, ElementId, Elements};
use super::reach::Reach;
use super::rules::{RuleAt, Rules, Seat, is_any};
use crate::ir::network::{Action, Direction, Tier};
use crate::ir::selector::Selector;
use crate::ir::{Linked, Policy};
use crate::verify::bits::Bits;
use std::collections::{BTreeMap, BTreeSet};

/// Most pairs of listed things of one rule that are looked at.
const PAIRS: usize = 64;
/// Most rules that are looked at for one name.
const RULES: usize = 1_024;
/// Most expressions that are looked for as larger than one.
const LARGER: usize = 64;

/// The filters of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Sender,
    Receiver,
}

/// What a rule lists.
#[derive(Debug, Default)]
struct Listed {
    source: Vec<ElementId>,
    destination: Vec<ElementId>,
    scope: Vec<ElementId>,
}

/// Which rules list which expressions.
#[derive(Debug)]
pub struct Covers<'check, 'policy> {
    rules: &'check Rules<'policy>,
    reach: &'check Reach,
    elements: Elements<'policy>,
    /// What each rule lists.
    listed: Vec<Listed>,
    /// Rules by what they list by name as a source and as a destination, ascending.
    by_source: BTreeMap<ElementId, Vec<RuleAt>>,
    by_destination: BTreeMap<ElementId, Vec<RuleAt>>,
    /// Rules that list everybody on both sides.
    everywhere: Vec<RuleAt>,
    /// Expressions that are at least as large as one.
    larger: BTreeMap<ElementId, Vec<ElementId>>,
    /// The first rule that leaves its tier.
    first_jump: RuleAt,
}

impl<'check, 'policy> Covers<'check, 'policy> {
    /// Indexes the rules that could cover others.
    pub fn of(
        policy: &'policy Policy<Linked>,
        rules: &'check Rules<'policy>,
        reach: &'check Reach,
    ) -> Self {
        let mut elements = Elements::new(policy);
        let larger = larger(policy, &mut elements);
        let mut covers = Self {
            rules,
            reach,
            elements,
            listed: Vec::new(),
            by_source: BTreeMap::new(),
            by_destination: BTreeMap::new(),
            everywhere: Vec::new(),
            larger,
            first_jump: RuleAt::MAX,
        };
        for (at, seat) in rules.iter() {
            covers.listed.push(Listed {
                source: covers.elements.of(&seat.rule.source),
                destination: covers.elements.of(&seat.rule.destination),
                scope: covers.elements.of(seat.scope()),
            });
            if !seat.enabled() {
                continue;
            }
            if seat.rule.action == Action::Jump {
                covers.first_jump = covers.first_jump.min(at);
            }
            if !seat.judged() || !seat.certain() {
                continue;
            }
            if is_any(&seat.rule.source) && is_any(&seat.rule.destination) {
                covers.everywhere.push(at);
            }
            let Some(listed) = covers.listed.last() else {
                continue;
            };
            for (index, side, peers) in [
                (&mut covers.by_source, &listed.source, &seat.rule.source),
                (
                    &mut covers.by_destination,
                    &listed.destination,
                    &seat.rule.destination,
                ),
            ] {
                for element in side.iter().filter(|_| !is_any(peers)) {
                    index.entry(*element).or_default().push(at);
                }
            }
        }
        covers
    }

    /// The rules before one that together take all it could ever match.
    pub fn of_rule(&self, at: RuleAt) -> Option<Vec<RuleAt>> {
        let listed = self.listed.get(at)?;
        let pairs = listed.source.len() * listed.destination.len();
        if pairs == 0 || pairs > PAIRS {
            return None;
        }
        let mut taken = BTreeSet::new();
        for source in &listed.source {
            for destination in &listed.destination {
                taken.extend(self.of_pair(at, *source, *destination)?);
            }
        }
        Some(taken.into_iter().collect())
    }

    fn of_pair(
        &self,
        at: RuleAt,
        source: ElementId,
        destination: ElementId,
    ) -> Option<Vec<RuleAt>> {
        let seat = self.rules.get(at)?;
        let candidates = self.candidates(source, destination);
        let before: Vec<RuleAt> = candidates
            .into_iter()
            .filter(|other| *other < at && self.is_met_before(*other, seat))
            .filter(|other| {
                self.listed.get(*other).is_some_and(|other| {
                    self.lists(&other.source, source) && self.lists(&other.destination, destination)
                })
            })
            .collect();
        let mut all = Vec::new();
        for (filter, own) in [(At::Sender, source), (At::Receiver, destination)] {
            if !reads(seat.rule.direction, filter) {
                continue;
            }
            let there: Vec<RuleAt> = before
                .iter()
                .copied()
                .filter(|other| self.stands_at(*other, filter, at, own))
                .collect();
            all.extend(self.taken(at, &there)?);
        }
        Some(all)
    }

    /// Rules that could list both: those that list one of the two by name, or everybody twice.
    fn candidates(&self, source: ElementId, destination: ElementId) -> Vec<RuleAt> {
        let mut found = self.everywhere.clone();
        for (index, element) in [
            (&self.by_source, source),
            (&self.by_destination, destination),
        ] {
            let keys = self.at_least(element);
            let lists = keys.iter().filter_map(|key| index.get(key));
            found.extend(lists.flat_map(|rules| rules.iter().take(RULES)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Expressions at least as large as one, as far as they are found by name.
    fn at_least(&self, element: ElementId) -> Vec<ElementId> {
        let mut found = vec![element];
        let mut next = 0;
        while let Some(key) = found.get(next) {
            let larger = self.larger.get(key).into_iter().flatten();
            let fresh: Vec<ElementId> = larger
                .filter(|key| !found.contains(key))
                .take(LARGER.saturating_sub(found.len()))
                .copied()
                .collect();
            found.extend(fresh);
            next += 1;
        }
        found
    }

    fn lists(&self, side: &[ElementId], element: ElementId) -> bool {
        side.iter()
            .any(|listed| self.elements.within(element, *listed))
    }

    /// Whether every packet that a rule matches meets the other one first.
    fn is_met_before(&self, other: RuleAt, seat: &Seat<'_>) -> bool {
        self.rules.get(other).is_some_and(|earlier| {
            let last = |tier| tier == Tier::Application;
            let same_stage = last(earlier.section.tier) == last(seat.section.tier);
            match earlier.rule.action {
                Action::Jump => earlier.section.tier == Tier::Environment && same_stage,
                Action::Allow | Action::Drop | Action::Reject => {
                    same_stage || other < self.first_jump
                }
            }
        })
    }

    /// Whether the rule is read at the filter of everybody that the other is read at.
    fn stands_at(&self, earlier: RuleAt, filter: At, at: RuleAt, own: ElementId) -> bool {
        let (Some(seat), Some(scope), Some(of)) = (
            self.rules.get(earlier),
            self.listed.get(earlier).map(|listed| &listed.scope),
            self.listed.get(at).map(|listed| &listed.scope),
        ) else {
            return false;
        };
        let by_scope = || !of.is_empty() && of.iter().all(|element| self.lists(scope, *element));
        let by_side = || {
            scope.iter().any(|listed| {
                self.elements.within(own, *listed) && self.elements.is_without_addresses(*listed)
            })
        };
        reads(seat.rule.direction, filter) && (by_scope() || by_side())
    }

    /// The first of the rules that alone takes all traffic of a rule, or those that do so together.
    fn taken(&self, at: RuleAt, by: &[RuleAt]) -> Option<Vec<RuleAt>> {
        let atoms = &self.reach.atoms;
        let traffic = self.reach.traffic_of(at)?;
        let mut rest = Bits::empty(atoms.len());
        let whole = |rest: &mut Bits| rest.copy(&self.reach.traffic_bits(traffic.1));
        for one in by {
            let sure = self.reach.traffic_of(*one)?.0;
            whole(&mut rest);
            rest.take_masked(atoms.of_traffic(sure));
            if rest.is_empty() {
                return Some(vec![*one]);
            }
        }
        whole(&mut rest);
        let mut used = Vec::new();
        for one in by {
            let sure = self.reach.traffic_of(*one)?.0;
            let before = rest.clone();
            rest.take_masked(atoms.of_traffic(sure));
            if rest != before {
                used.push(*one);
            }
            if rest.is_empty() {
                return Some(used);
            }
        }
        None
    }
}

impl Covers<'_, '_> {
    /// Whether a rule after another would decide all of its packets, whoever belongs to what: it
    /// matches them all, and no rule between them does anything else with such traffic.
    pub fn would_follow(&self, at: RuleAt, heir: RuleAt) -> bool {
        let (Some(seat), Some(after)) = (self.rules.get(at), self.rules.get(heir)) else {
            return false;
        };
        let (Some(own), Some(others)) = (self.listed.get(at), self.listed.get(heir)) else {
            return false;
        };
        let small = own.source.len() * own.destination.len() <= PAIRS;
        let all = |side: &[ElementId], listed: &[ElementId]| {
            listed.iter().all(|one| self.lists(side, *one))
        };
        let matched = small
            && after.certain()
            && all(&others.source, &own.source)
            && all(&others.destination, &own.destination)
            && self.taken(at, &[heir]).is_some();
        let read = [(At::Sender, &own.source), (At::Receiver, &own.destination)]
            .into_iter()
            .filter(|(filter, _)| reads(seat.rule.direction, *filter))
            .all(|(filter, own)| own.iter().all(|own| self.stands_at(heir, filter, at, *own)));
        matched && read && (at + 1..heir).all(|between| self.leaves_alone(between, at))
    }

    /// Whether a rule does the same as another, or has nothing to do with its traffic.
    fn leaves_alone(&self, between: RuleAt, at: RuleAt) -> bool {
        let (Some(one), Some(seat)) = (self.rules.get(between), self.rules.get(at)) else {
            return false;
        };
        let traffic = |rule| Some(self.reach.traffic_bits(self.reach.traffic_of(rule)?.1));
        let apart = || {
            let (Some(both), Some(own)) = (traffic(between), traffic(at)) else {
                return false;
            };
            both.shared(&own) == 0
        };
        !one.enabled()
            || (one.rule.broken.is_empty() && one.rule.action == seat.rule.action)
            || apart()
    }
}

const fn reads(direction: Direction, filter: At) -> bool {
    match filter {
        At::Sender => !matches!(direction, Direction::In),
        At::Receiver => !matches!(direction, Direction::Out),
    }
}

/// For each expression those that are at least as large, one step away: a group is as large as each
/// of its members, and no larger than any of the conditions it must meet.
fn larger<'policy>(
    policy: &'policy Policy<Linked>,
    elements: &mut Elements<'policy>,
) -> BTreeMap<ElementId, Vec<ElementId>> {
    let mut larger: BTreeMap<ElementId, Vec<ElementId>> = BTreeMap::new();
    for (id, group) in policy.network.groups.iter() {
        if !group.unread.is_empty() {
            continue;
        }
        let own = elements.group(id);
        let mut link = |from: ElementId, to: ElementId| larger.entry(from).or_default().push(to);
        let whole = elements.one(Element::Of(&group.members));
        link(whole, own);
        link(own, whole);
        match &group.members {
            Selector::AnyOf(parts) => {
                for part in parts {
                    link(elements.one(Element::Of(part)), own);
                }
            }
            Selector::All(parts) => {
                for part in parts {
                    link(own, elements.one(Element::Of(part)));
                }
            }
            Selector::Nothing
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Group(_)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => {}
        }
    }
    larger
}
