//! The rules of a firewall in the order they are read, as the checks speak about them.

use crate::finding::{Finding, Subject};
use crate::ir::network::{Action, PeerSet, Peers, Rule, Section, Tier};
use crate::ir::{Linked, Policy};
use std::collections::BTreeMap;

/// A rule by its place in [`Rules`].
pub type RuleAt = usize;

/// A rule with its section.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'policy> {
    /// The section.
    pub section: &'policy Section<Linked>,
    /// The rule.
    pub rule: &'policy Rule<Linked>,
}

impl<'policy> Seat<'policy> {
    /// The machines whose filters hold it.
    pub fn scope(&self) -> &'policy Peers<Linked> {
        let section = self.section.applied_to.as_ref();
        section.unwrap_or(&self.rule.applied_to)
    }

    /// Whether it is in force.
    pub fn enabled(&self) -> bool {
        self.section.enabled && self.rule.enabled
    }

    /// Whether all of it could be read, and it is in force at all times and for all applications.
    pub fn certain(&self) -> bool {
        self.rule.broken.is_empty()
            && self.rule.unread.is_empty()
            && self.section.unread.is_empty()
            && self.section.schedule.is_none()
            && self.rule.profiles.is_empty()
    }

    /// Whether the checks judge it: it is in force, could be read, and is about IP. What a layer-2
    /// rule does with other frames is not modelled.
    pub fn judged(&self) -> bool {
        self.enabled() && self.rule.broken.is_empty() && self.section.tier != Tier::Ethernet
    }

    /// The rule and its section in words.
    pub fn name(&self) -> String {
        format!(
            "rule `{}` of section `{}`",
            self.rule.ident.name, self.section.ident.name
        )
    }

    /// The rule, with its section where that is not the one of `beside`.
    pub fn name_beside(&self, beside: &Self) -> String {
        if std::ptr::eq(self.section, beside.section) {
            format!("rule `{}`", self.rule.ident.name)
        } else {
            self.name()
        }
    }

    /// The rule as the subject of a finding.
    pub fn subject(&self) -> Subject {
        self.rule.ident.subject()
    }

    /// Whether it matches whatever it is asked: the default rule.
    pub fn is_last_resort(&self) -> bool {
        self.rule.is_default
    }
}

/// What an action does, in words.
pub const fn does(action: Action) -> &'static str {
    match action {
        Action::Allow => "allows",
        Action::Drop => "drops",
        Action::Reject => "rejects",
        Action::Jump => "jumps",
    }
}

/// Whether one lets through what the other stops.
pub const fn opposes(one: Action, other: Action) -> bool {
    match (one, other) {
        (Action::Allow, Action::Drop | Action::Reject)
        | (Action::Drop | Action::Reject, Action::Allow) => true,
        (Action::Allow, Action::Allow)
        | (Action::Drop | Action::Reject, Action::Drop | Action::Reject)
        | (Action::Jump, _)
        | (_, Action::Jump) => false,
    }
}

/// Every rule in the order of evaluation.
#[derive(Debug)]
pub struct Rules<'policy> {
    seats: Vec<Seat<'policy>>,
    by_id: BTreeMap<&'policy str, RuleAt>,
}

impl<'policy> Rules<'policy> {
    /// The rules of a policy.
    pub fn of(policy: &'policy Policy<Linked>) -> Self {
        let seats: Vec<Seat<'policy>> = policy
            .network
            .sections
            .iter()
            .flat_map(|section| section.rules.iter().map(move |rule| Seat { section, rule }))
            .collect();
        let by_id = seats
            .iter()
            .enumerate()
            .map(|(at, seat)| (seat.rule.ident.id.as_str(), at))
            .collect();
        Self { seats, by_id }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// One of them.
    pub fn get(&self, at: RuleAt) -> Option<&Seat<'policy>> {
        self.seats.get(at)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (RuleAt, &Seat<'policy>)> {
        self.seats.iter().enumerate()
    }

    /// The rule with that id.
    pub fn find(&self, id: &str) -> Option<RuleAt> {
        self.by_id.get(id).copied()
    }

    /// Other rules in words, as seen from one: ``rule `a` `` or ``rules `a`, `b` and 3 more``, and
    /// adds them to the finding.
    pub fn others(&self, beside: &Seat<'_>, others: &[RuleAt], finding: &mut Finding) -> String {
        const FEW: usize = 3;
        let seats: Vec<&Seat<'_>> = others.iter().filter_map(|at| self.get(*at)).collect();
        for seat in seats.iter().take(FEW) {
            finding.subjects.push(seat.subject());
        }
        let names: Vec<String> = seats
            .iter()
            .take(FEW)
            .map(|seat| seat.name_beside(beside))
            .collect();
        match (names.as_slice(), seats.len().saturating_sub(FEW)) {
            ([one], _) => one.clone(),
            ([before @ .., last], 0) => format!("{} and {last} together", before.join(", ")),
            (names, more) => format!("{} and {more} more together", names.join(", ")),
        }
    }
}

/// Whether a side is everybody.
pub const fn is_any(peers: &Peers<Linked>) -> bool {
    matches!(peers.set, PeerSet::Any) && !peers.negated
}
