//! Rules about which the bound was reached before an answer.

use super::Survey;
use super::reach::Life;
use crate::finding::{Domain, Finding, Findings, codes};

/// Says how many there are, and which.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    let dead = (0..survey.rules.len())
        .filter(|at| survey.is(*at, Life::Undecided))
        .map(|at| (at, "decides anything"));
    let missed = &survey.judged.undecided;
    let missed = missed.iter().map(|at| (*at, "would be missed"));
    for (at, question) in dead.chain(missed) {
        let Some(seat) = survey.rules.get(at) else {
            continue;
        };
        let message = format!(
            "whether {} {question} was not found out within the bound",
            seat.name()
        );
        let code = &codes::check_network::UNDECIDED_RULE;
        findings.push(Finding::new(code, Domain::Network, message).about(seat.subject()));
    }
}
