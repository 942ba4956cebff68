//! Rules that want the opposite for some of the same packets, without one being an exception to the
//! other.
//!
//! A narrow rule before a wide one is an exception, and usual. Here the two agree in two of source,
//! destination and traffic, and in the third each has something of its own: what both list goes to
//! the one that stands first, and the order is all that says so.

use super::Survey;
use super::reach::{Deed, Life, Line, Step};
use super::rules::{RuleAt, does};
use crate::finding::{Domain, Finding, Findings, codes};
use std::collections::{BTreeMap, BTreeSet};

/// Most pairs that are looked at.
const PAIRS: usize = 200_000;

/// Which two parts are equal, and what they are.
type Key = (&'static str, u32, u32);

/// Reports each such pair, under the rule that comes second.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    let mut pairs: BTreeMap<RuleAt, BTreeSet<(RuleAt, &'static str)>> = BTreeMap::new();
    let mut left = PAIRS;
    let mut beyond = false;
    for line in survey.reach.lines() {
        let mut alike: BTreeMap<Key, [Vec<u32>; 2]> = BTreeMap::new();
        for (at, step) in (0_u32..).zip(&line.steps) {
            let side = match step.deed {
                Deed::Allow => 0,
                Deed::Drop | Deed::Reject => 1,
                Deed::Pass | Deed::Unknown => continue,
            };
            let decides = |rule| survey.judged.is(rule, Life::Decides);
            if !step.rule.is_some_and(decides) {
                continue;
            }
            let place = step.possible;
            for key in [
                ("services", place.source, place.destination),
                ("destination", place.source, place.traffic),
                ("source", place.destination, place.traffic),
            ] {
                if let Some(list) = alike.entry(key).or_default().get_mut(side) {
                    list.push(at);
                }
            }
        }
        for ((part, _, _), [allow, deny]) in alike {
            for one in &allow {
                for other in &deny {
                    if left == 0 {
                        beyond = true;
                        break;
                    }
                    left -= 1;
                    let (first, second) = (*one.min(other), *one.max(other));
                    add(survey, line, part, (first, second), &mut pairs);
                }
            }
        }
    }
    for (second, firsts) in pairs {
        report(survey, second, &firsts, findings);
    }
    if beyond {
        let message = format!(
            "more than {PAIRS} pairs of rules that allow and deny are alike in two of source, \
             destination and services; the others were not compared"
        );
        let code = &codes::check_network::UNDECIDED_RULE;
        findings.push(Finding::new(code, Domain::Network, message));
    }
}

fn add(
    survey: &Survey<'_, '_>,
    line: &Line,
    part: &'static str,
    (first, second): (u32, u32),
    pairs: &mut BTreeMap<RuleAt, BTreeSet<(RuleAt, &'static str)>>,
) {
    let step = |at: u32| line.steps.get(at as usize);
    let (Some(earlier), Some(later)) = (step(first), step(second)) else {
        return;
    };
    if let (Some(one), Some(other)) = (earlier.rule, later.rule)
        && differ(survey, part, earlier, later)
        && survey.reach.contest(line, first, second)
    {
        pairs.entry(other).or_default().insert((one, part));
    }
}

/// Whether each has something of its own in the part that is not equal.
fn differ(survey: &Survey<'_, '_>, part: &str, one: &Step, other: &Step) -> bool {
    let (one, other) = (one.possible, other.possible);
    let sets = |one, other| !survey.reach.within(one, other) && !survey.reach.within(other, one);
    match part {
        "source" => sets(one.source, other.source),
        "destination" => sets(one.destination, other.destination),
        _ => {
            let bits = |traffic| survey.reach.traffic_bits(traffic);
            let (mut only_one, mut only_other) = (bits(one.traffic), bits(other.traffic));
            only_one.take(&bits(other.traffic));
            only_other.take(&bits(one.traffic));
            !only_one.is_empty() && !only_other.is_empty()
        }
    }
}

fn report(
    survey: &Survey<'_, '_>,
    second: RuleAt,
    firsts: &BTreeSet<(RuleAt, &'static str)>,
    findings: &mut Findings,
) {
    let Some(seat) = survey.rules.get(second) else {
        return;
    };
    let opposite: Vec<RuleAt> = firsts.iter().map(|(at, _)| *at).collect();
    let Some((first, part)) = firsts.first() else {
        return;
    };
    let Some(earlier) = survey.rules.get(*first) else {
        return;
    };
    let code = &codes::check_network::CONTRADICTING_RULES;
    let mut finding = Finding::new(code, Domain::Network, "").about(seat.subject());
    let others = survey.rules.others(seat, &opposite, &mut finding);
    finding.message = format!(
        "{} {} some of what {others} {} before it; they have part of their {part} in common",
        seat.name(),
        does(seat.rule.action),
        does(earlier.rule.action),
    );
    findings.push(finding);
}
