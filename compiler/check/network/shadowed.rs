//! Rules that decide nothing, because rules before them take every packet they match.

use super::Survey;
use super::reach::Life;
use super::rules::{RuleAt, does, opposes};
use crate::finding::{Domain, Finding, Findings, codes};

/// Reports each of them, with the rules that take its packets.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for (at, _) in survey.rules.iter() {
        if let Some(takers) = survey.covered(at) {
            report(survey, at, takers, true, findings);
        } else if survey.is(at, Life::Dead) {
            let takers: Vec<RuleAt> = survey.reach.takers(at).into_iter().collect();
            report(survey, at, &takers, false, findings);
        }
    }
}

fn report(
    survey: &Survey<'_, '_>,
    at: RuleAt,
    takers: &[RuleAt],
    always: bool,
    findings: &mut Findings,
) {
    let Some(seat) = survey.rules.get(at) else {
        return;
    };
    let act = |at: &RuleAt| survey.rules.get(*at).map(|seat| seat.rule.action);
    let other = takers
        .iter()
        .filter_map(act)
        .find(|action| opposes(*action, seat.rule.action));
    let code = if other.is_some() {
        &codes::check_network::OVERRULED_RULE
    } else {
        &codes::check_network::SHADOWED_RULE
    };
    let mut finding = Finding::new(code, Domain::Network, "").about(seat.subject());
    let others = survey.rules.others(seat, takers, &mut finding);
    let take = if takers.len() == 1 { "takes" } else { "take" };
    let when = if always {
        "whoever belongs to its groups"
    } else {
        "by today's membership"
    };
    let what = match other {
        Some(other) if takers.len() == 1 => {
            let (own, other) = (does(seat.rule.action), does(other));
            format!("it {own} what {others} {other} before it")
        }
        Some(_) => {
            format!("{others} {take} all it matches first, and do the opposite with some of it")
        }
        None => format!("{others} {take} all it matches first"),
    };
    finding.message = format!("{} decides nothing {when}: {what}", seat.name());
    if !always {
        finding.remedy = format!(
            "{}; when membership changes it can begin to decide",
            finding.remedy
        );
    }
    findings.push(finding);
}
