//! Sequence numbers that leave the order open.

use super::known::SCHEMA;
use crate::finding::{Finding, Findings, codes};
use crate::ir::Named;
use crate::ir::network::{Action, Rule, Section, Tier};
use std::collections::{BTreeMap, BTreeSet};

/// Rules of one policy that share a sequence number and do different things have no order.
pub(super) fn tied_rules(section: &Section<Named>, findings: &mut Findings) {
    let mut by_number: BTreeMap<i64, Vec<&Rule<Named>>> = BTreeMap::new();
    for rule in section.rules.iter().filter(|rule| rule.enabled) {
        by_number.entry(rule.sequence).or_default().push(rule);
    }
    for (number, rules) in by_number {
        let (Some(first), true) = (rules.first(), differ(rules.iter().copied())) else {
            continue;
        };
        let message = format!(
            "{} rules of the NSX policy `{}` have the sequence number {number} and do different \
             things; they are taken in the order of the export",
            rules.len(),
            section.ident.name
        );
        let code = &codes::read_network::TIED_SEQUENCE;
        let finding = Finding::new(code, SCHEMA.domain, message).about(section.ident.subject());
        findings.push(finding.about(first.ident.subject()));
    }
}

/// Policies of one category that share a sequence number, with rules that do different things.
pub(super) fn tied_sections(sections: &[Section<Named>], findings: &mut Findings) {
    let mut by_place: BTreeMap<(Tier, i64), Vec<&Section<Named>>> = BTreeMap::new();
    for section in sections {
        let acts = section.enabled && section.rules.iter().any(|rule| rule.enabled);
        if acts {
            let place = (section.tier, section.sequence);
            by_place.entry(place).or_default().push(section);
        }
    }
    for ((tier, number), tied) in by_place {
        let rules = tied.iter().flat_map(|section| &section.rules);
        let (Some(first), Some(second), true) = (tied.first(), tied.get(1), differ(rules)) else {
            continue;
        };
        let message = format!(
            "{} NSX policies of the category {tier:?} have the sequence number {number}, among them \
             `{}` and `{}`, and their rules do different things; they are taken in the order of the \
             export",
            tied.len(),
            first.ident.name,
            second.ident.name
        );
        let code = &codes::read_network::TIED_SEQUENCE;
        let finding = Finding::new(code, SCHEMA.domain, message).about(first.ident.subject());
        findings.push(finding.about(second.ident.subject()));
    }
}

fn differ<'rules>(rules: impl Iterator<Item = &'rules Rule<Named>>) -> bool {
    let enabled = rules.filter(|rule| rule.enabled);
    let actions: BTreeSet<Action> = enabled.map(|rule| rule.action).collect();
    actions.len() > 1
}
