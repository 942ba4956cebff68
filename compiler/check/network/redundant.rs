//! Rules that decide something, and would not be missed: what follows does the same.

use super::Survey;
use super::rules::{RuleAt, Seat, does};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::Action;

/// Reports each of them, with the rules that would decide instead.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for at in &survey.judged.redundant {
        let Some(seat) = survey.rules.get(*at) else {
            continue;
        };
        if survey.covered(*at).is_some() {
            continue;
        }
        let heirs: Vec<RuleAt> = survey
            .reach
            .heirs(*at, &survey.judged)
            .into_iter()
            .collect();
        // A deny before the default deny is a guard against allow rules to come.
        let guard = seat.rule.action != Action::Allow;
        let last = |at: &RuleAt| {
            let heir = survey.rules.get(*at);
            heir.is_some_and(Seat::is_last_resort)
        };
        if guard && heirs.iter().any(last) {
            continue;
        }
        let always = matches!(heirs.as_slice(), [heir] if survey.covers.would_follow(*at, *heir));
        let code = &codes::check_network::REDUNDANT_RULE;
        let mut finding = Finding::new(code, Domain::Network, "").about(seat.subject());
        let others = survey.rules.others(seat, &heirs, &mut finding);
        let when = if always {
            "whoever belongs to its groups"
        } else {
            "by today's membership"
        };
        let action = does(seat.rule.action);
        finding.message = format!(
            "{} would not be missed {when}: {others} after it {action} all that it {action}",
            seat.name(),
        );
        if heirs.len() > 1 {
            finding.message = format!(
                "{} would not be missed {when}: what it {action}, {others} would decide the same way",
                seat.name(),
            );
        }
        let unlogged = |at: &RuleAt| survey.rules.get(*at).is_some_and(|heir| !heir.rule.logged);
        if seat.rule.logged && heirs.iter().any(unlogged) {
            finding.message.push_str("; only its log entries would be");
        }
        findings.push(finding);
    }
}
