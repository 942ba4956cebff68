//! Rules that no packet can match today.

use super::Survey;
use super::reach::Life;
use super::rules::Seat;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::{Direction, Group, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::{Id, Link, Linked};

/// Reports each of them, and which part of it matches nothing.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for (at, seat) in survey.rules.iter() {
        if !survey.is(at, Life::Idle) || super::misapplied::is(survey, seat) {
            continue;
        }
        let (reason, group) = why(survey, at, seat);
        let message = format!("{} matches nothing today: {reason}", seat.name());
        let code = &codes::check_network::NEVER_MATCHING_RULE;
        let mut finding = Finding::new(code, Domain::Network, message).about(seat.subject());
        if let Some(group) = group {
            let ident = &survey.policy.network.groups[group].ident;
            finding = finding.about(ident.subject()).because_of(ident.origin);
        }
        findings.push(finding);
    }
}

type GroupId = Id<Group<Linked>>;

/// Which part matches nothing; and the group, where one group alone is that part.
fn why(survey: &Survey<'_, '_>, at: usize, seat: &Seat<'_>) -> (String, Option<GroupId>) {
    for (name, peers) in [
        ("source", &seat.rule.source),
        ("destination", &seat.rule.destination),
    ] {
        if survey
            .membership
            .peers(survey.policy, peers)
            .possible
            .is_empty()
        {
            return nobody(survey, name, peers);
        }
    }
    let scope = seat.scope();
    let held = survey.membership.scope(survey.policy, scope);
    if held.possible.is_empty() {
        return nobody(survey, "applied-to", scope);
    }
    let traffic = survey.reach.traffic_of(at);
    if traffic.is_some_and(|(_, possible)| survey.reach.traffic_bits(possible).is_empty()) {
        return ("its services match no IP traffic".to_owned(), None);
    }
    let own = match seat.rule.direction {
        Direction::In => "its destination",
        Direction::Out => "its source",
        Direction::Both => "either side",
    };
    let reason = format!(
        "no machine with a filter on {own} can exchange such packets with the other side; those that \
         match are outside the estate, excluded, the same machine, or of another IP version"
    );
    (reason, None)
}

fn nobody(survey: &Survey<'_, '_>, side: &str, peers: &Peers<Linked>) -> (String, Option<GroupId>) {
    let alone = match &peers.set {
        PeerSet::Of(parts) if !peers.negated => match parts.as_slice() {
            [Selector::Group(Link::Found(group, _))] => Some(*group),
            _ => None,
        },
        PeerSet::Any | PeerSet::Of(_) => None,
    };
    match alone {
        Some(group) => {
            let name = &survey.policy.network.groups[group].ident.name;
            (
                format!("its {side}, group `{name}`, has no member"),
                Some(group),
            )
        }
        None if peers.negated => (format!("its {side} excludes everybody"), None),
        None => (format!("nobody belongs to its {side}"), None),
    }
}
