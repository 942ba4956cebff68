//! Checks of firewall policy: one a file; each reads, reports and changes nothing.
//!
//! What they say is about the source policy: a rule that decides nothing is lowered faithfully all
//! the same. Each says whether it holds whoever belongs to what, or only by today's membership.

mod contradicting;
mod cover;
mod duplicate_groups;
mod expression;
mod management_ports;
mod misapplied;
mod never_matching;
mod reach;
mod realised;
mod redundant;
mod rules;
mod shadowed;
mod undecided;
mod unused;

#[cfg(test)]
mod tests;

use crate::finding::Findings;
use crate::ir::network::Enforcement;
use crate::ir::{Linked, Policy};
use crate::semantics::Membership;
use crate::semantics::ordered;
use cover::Covers;
use reach::{Judged, Life, Reach};
use rules::{RuleAt, Rules};

/// Runs every check of firewall policy.
pub fn check(policy: &Policy<Linked>, membership: &Membership, findings: &mut Findings) {
    duplicate_groups::check(policy, membership, findings);
    unused::check(policy, findings);
    realised::check(policy, membership, findings);
    // A firewall that is switched off decides nothing at all, and another finding says so.
    if matches!(policy.network.enforcement, Enforcement::Off(_)) {
        return;
    }
    let rules = Rules::of(policy);
    if rules.len() == 0 {
        return;
    }
    let filters = ordered::filters(policy, membership);
    let reach = Reach::new(policy, &filters, &rules);
    let covers = Covers::of(policy, &rules, &reach);
    let survey = Survey::of(policy, membership, &rules, &reach, &covers);
    shadowed::check(&survey, findings);
    redundant::check(&survey, findings);
    never_matching::check(&survey, findings);
    misapplied::check(&survey, findings);
    contradicting::check(&survey, findings);
    management_ports::check(&survey, findings);
    undecided::check(&survey, findings);
}

/// What is known about the rules of a firewall, worked out once for all checks.
#[derive(Debug)]
struct Survey<'check, 'policy> {
    policy: &'policy Policy<Linked>,
    membership: &'check Membership,
    rules: &'check Rules<'policy>,
    reach: &'check Reach,
    covers: &'check Covers<'check, 'policy>,
    judged: Judged,
    /// For each rule those before it that take all it could match, whoever belongs to what.
    covered: Vec<Option<Vec<RuleAt>>>,
}

impl<'check, 'policy> Survey<'check, 'policy> {
    fn of(
        policy: &'policy Policy<Linked>,
        membership: &'check Membership,
        rules: &'check Rules<'policy>,
        reach: &'check Reach,
        covers: &'check Covers<'check, 'policy>,
    ) -> Self {
        // Without machines every group is empty, and the judgement would be about the exports.
        let judged = if policy.inventory.vms.is_empty() {
            Judged::default()
        } else {
            reach.judge(rules)
        };
        let covered = rules
            .iter()
            .map(|(at, seat)| {
                let asked = seat.judged() && !seat.is_last_resort();
                asked.then(|| covers.of_rule(at)).flatten()
            })
            .collect();
        Self {
            policy,
            membership,
            rules,
            reach,
            covers,
            judged,
            covered,
        }
    }

    /// Those before a rule that take all it could match, whoever belongs to what.
    fn covered(&self, rule: RuleAt) -> Option<&[RuleAt]> {
        self.covered.get(rule)?.as_deref()
    }

    /// Whether that, and no more, is true of a rule today. The default rule is nobody's to remove.
    fn is(&self, rule: RuleAt, life: Life) -> bool {
        let default = self
            .rules
            .get(rule)
            .is_some_and(rules::Seat::is_last_resort);
        !default && self.covered(rule).is_none() && self.judged.is(rule, life)
    }
}
