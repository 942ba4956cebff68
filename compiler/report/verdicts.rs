//! `report/verdicts.json`: what is exact, for how long, and what that rests on.

use super::Report;
use super::summary::fate_name;
use crate::back::inert;
use crate::finding::codes::loss_network as codes;
use crate::finding::{Code, Fate};
use crate::legal::{Construct, Kind};
use crate::verify::premise::{Apart, End, Standing};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The version of this shape. It grows by one when a key changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Losses that hold for the members of today.
const TODAY: [&Code; 6] = [
    &codes::FROZEN_MEMBERSHIP,
    &codes::MEMBER_BY_NAME,
    &codes::MEMBER_BY_OS_NAME,
    &codes::CUT_BY_DENY,
    &codes::COMPLEMENT,
    &codes::DENY_OF_TODAY,
];

/// The document.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Document<'r> {
    /// The version of this shape.
    pub schema: u32,
    /// What the policy was compiled for.
    pub target: String,
    /// The inventory that the verdicts were worked out for.
    pub inventory: Inventory<'r>,
    /// The comparison of the firewall as a whole.
    pub comparison: Compared,
    /// Every allow rule in force, in the order of evaluation.
    pub rules: Vec<Rule<'r>>,
}

/// An inventory.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Inventory<'r> {
    /// SHA-256 of what the exports tell about machines and networks. A verdict holds for an inventory
    /// with the same digest; neither file names nor the order of anything change it.
    pub sha256: &'r str,
    /// How many machines it holds. Others were not judged.
    pub machines: usize,
}

/// The comparison of the firewall.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Compared {
    /// `equal`, `declared` (every difference is told by a finding), `undeclared` or `not-compared`.
    pub result: &'static str,
    /// Classes of endpoints that no rule tells apart.
    pub endpoint_classes: usize,
    /// Kinds of traffic that no service tells apart.
    pub traffic_kinds: usize,
}

/// The verdict about a rule.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Rule<'r> {
    /// Its id.
    pub id: &'r str,
    /// Its name.
    pub name: &'r str,
    /// `exact`, `approximate` or `dropped`.
    pub fate: Option<&'static str>,
    /// For which members what became of it holds: `any` (it follows its groups), `apart` (while the
    /// groups below stay apart), `today` (it was worked out for the inventory and does not follow).
    pub holds: &'static str,
    /// The codes of the losses that are why it holds for today only.
    pub codes: Vec<&'static str>,
    /// What must stay apart.
    pub apart: Vec<ApartEntry<'r>>,
    /// Whether all that must stay apart is named; the nearest earlier rules are.
    pub complete: bool,
}

/// An earlier rule that must not meet a rule.
#[derive(Debug, JsonSchema, Serialize)]
pub struct ApartEntry<'r> {
    /// Its id.
    pub rule: &'r str,
    /// The ends at which they are apart today; one is enough.
    pub ends: Vec<EndEntry<'r>>,
}

/// Lists of groups, and what else the rules name, that share no endpoint today.
#[derive(Debug, JsonSchema, Serialize)]
pub struct EndEntry<'r> {
    /// `source` or `destination`.
    pub at: &'static str,
    /// What the rule names.
    pub of: &'r [String],
    /// What the earlier rule names.
    pub from: &'r [String],
}

/// The document as text, with a line end.
#[must_use]
pub fn render(report: &Report<'_>) -> Vec<u8> {
    inert::json(&document(report)).into_bytes()
}

/// The document.
#[must_use]
pub fn document<'r>(report: &'r Report<'_>) -> Document<'r> {
    let outcome = report.outcome;
    let mut today: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for finding in outcome.findings.iter() {
        if TODAY.iter().any(|code| code.id == finding.code.id)
            && let Some(subject) = finding.subjects.first()
        {
            today
                .entry(&subject.id)
                .or_default()
                .insert(finding.code.id);
        }
    }
    Document {
        schema: SCHEMA,
        target: report.stamp.target.to_string(),
        inventory: Inventory {
            sha256: &outcome.premises.inventory,
            machines: outcome.premises.machines,
        },
        comparison: Compared {
            result: outcome.proof.result(),
            endpoint_classes: outcome.proof.endpoint_classes,
            traffic_kinds: outcome.proof.traffic_kinds,
        },
        rules: outcome
            .premises
            .rules
            .iter()
            .map(|standing| rule(standing, &outcome.fates, &today))
            .collect(),
    }
}

fn rule<'r>(
    standing: &'r Standing,
    fates: &BTreeMap<Construct, Fate>,
    today: &BTreeMap<&str, BTreeSet<&'static str>>,
) -> Rule<'r> {
    let Standing {
        id,
        name,
        constructs,
        apart,
        complete,
    } = standing;
    let fate = fates.get(&Construct::new(Kind::Rule, id)).copied();
    let codes: BTreeSet<&'static str> = constructs
        .iter()
        .filter_map(|construct| today.get(construct.as_str()))
        .flatten()
        .copied()
        .collect();
    Rule {
        id,
        name,
        fate: fate.map(fate_name),
        holds: match (codes.is_empty(), apart.is_empty()) {
            (false, _) => "today",
            (true, false) => "apart",
            (true, true) => "any",
        },
        codes: codes.into_iter().collect(),
        apart: apart.iter().map(entry).collect(),
        complete: *complete,
    }
}

fn entry(apart: &Apart) -> ApartEntry<'_> {
    let Apart { rule, ends } = apart;
    ApartEntry {
        rule,
        ends: ends
            .iter()
            .map(|End { at, of, from }| EndEntry { at, of, from })
            .collect(),
    }
}
