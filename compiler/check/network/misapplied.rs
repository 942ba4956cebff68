//! Rules whose applied-to holds none of the machines that their traffic passes.

use super::Survey;
use super::reach::Life;
use super::rules::Seat;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::Direction;

/// Reports each of them.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for (at, seat) in survey.rules.iter() {
        if !survey.is(at, Life::Idle) || !is(survey, seat) {
            continue;
        }
        let whose = match seat.section.applied_to {
            Some(_) => format!("section `{}` applies it to", seat.section.ident.name),
            None => "it is applied to".to_owned(),
        };
        let sides = match seat.rule.direction {
            Direction::In => "destinations, whose filters read it",
            Direction::Out => "sources, whose filters read it",
            Direction::Both => "sources or destinations",
        };
        let message = format!(
            "{} is enforced nowhere today: {whose} machines that are none of its {sides}",
            seat.name()
        );
        let code = &codes::check_network::MISAPPLIED_RULE;
        findings.push(Finding::new(code, Domain::Network, message).about(seat.subject()));
    }
}

/// Whether both sides and the applied-to have members, and no machine of the applied-to is on a side
/// whose filter reads the rule.
pub(super) fn is(survey: &Survey<'_, '_>, seat: &Seat<'_>) -> bool {
    let of = |peers| survey.membership.peers(survey.policy, peers).possible;
    let (source, destination) = (of(&seat.rule.source), of(&seat.rule.destination));
    let scope = survey
        .membership
        .scope(survey.policy, seat.scope())
        .possible;
    if source.is_empty() || destination.is_empty() || scope.is_empty() {
        return false;
    }
    let outside = |own| survey.membership.intersection(own, &scope).is_empty();
    // A side that is outside the estate altogether has no machine to apply anything to.
    let (from, to) = (outside(&source), outside(&destination));
    let machines = |own: &crate::semantics::Endpoints| !own.vms.is_empty() || !own.split.is_empty();
    match seat.rule.direction {
        Direction::In => to && machines(&destination),
        Direction::Out => from && machines(&source),
        Direction::Both => from && to && (machines(&source) || machines(&destination)),
    }
}
