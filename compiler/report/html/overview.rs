//! The head of the page: the verdict, the counts, the matrix.

use crate::finding::{Drift, Effect, count};
use crate::legal::Tally;
use crate::report::Report;
use crate::report::summary::{domain_name, effect_name};
use std::collections::BTreeMap;

pub(super) const FATES: [&str; 3] = ["exact", "approximate", "dropped"];

const ALL: [Effect; 6] = [
    Effect::BROADENS,
    Effect::SHIFTS,
    Effect::NARROWS,
    Effect::Conduct,
    Effect::Record,
    Effect::PRESERVES,
];

pub(super) const EFFECTS: [&str; 5] = ["broadens", "shifts", "narrows", "conduct", "record"];

/// A number to see first.
pub(super) struct Card {
    pub class: &'static str,
    pub count: usize,
    pub label: &'static str,
    pub note: String,
}

/// A domain in the matrix.
pub(super) struct Row {
    pub domain: &'static str,
    pub words: String,
    pub bar: Vec<Part>,
    pub fates: Vec<Cell>,
    pub effects: Vec<Cell>,
}

/// A piece of the bar, in percent.
pub(super) struct Part {
    pub class: &'static str,
    pub x: String,
    pub width: String,
}

/// A number that filters.
pub(super) struct Cell {
    pub key: &'static str,
    pub count: usize,
}

/// What an effect means.
pub(super) struct Legend {
    pub key: &'static str,
    pub meaning: &'static str,
}

/// A code and how often it is told.
pub(super) struct CodeCount {
    pub id: &'static str,
    pub name: &'static str,
    pub count: usize,
}

pub(super) fn verdict(report: &Report<'_>) -> String {
    match report.summary.failing {
        0 => "Gate open".to_owned(),
        failing => format!("Gate closed by {}", count(failing, "finding")),
    }
}

/// What an effect means for the target.
pub(super) const fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Admission(Drift::Broadens) => "the target admits more than the source",
        Effect::Admission(Drift::Shifts) => {
            "the target admits other things than the source, or nobody can say"
        }
        Effect::Admission(Drift::Narrows) => "the target admits less than the source",
        Effect::Admission(Drift::Preserves) => "the target admits the same",
        Effect::Conduct => "the same is admitted; something behaves differently",
        Effect::Record => "the same is admitted; logs, names or notes differ",
    }
}

pub(super) fn cards(report: &Report<'_>) -> Vec<Card> {
    let Tally {
        exact,
        approximate,
        dropped,
    } = report.summary.constructs;
    let total = report.summary.constructs.total();
    let share = |part: usize| {
        (part * 100)
            .checked_div(total)
            .map_or_else(String::new, |share| format!("{share} %"))
    };
    let card = |class, count, label, note| Card {
        class,
        count,
        label,
        note,
    };
    vec![
        card("", total, "constructs", "each counted once".to_owned()),
        card("exact", exact, "exact", share(exact)),
        card(
            "approximate",
            approximate,
            "approximate",
            share(approximate),
        ),
        card("dropped", dropped, "dropped", share(dropped)),
        card(
            "",
            report.summary.findings,
            "findings",
            format!("from {}", count(report.summary.causes, "cause")),
        ),
        card(
            "accepted",
            report.summary.accepted,
            "accepted",
            "with a date".to_owned(),
        ),
    ]
}

pub(super) fn rows(report: &Report<'_>) -> Vec<Row> {
    let domains = report.summary.domains.iter();
    domains
        .map(|(domain, share)| {
            let Tally {
                exact,
                approximate,
                dropped,
            } = share.constructs;
            let counts = [exact, approximate, dropped];
            Row {
                domain: domain_name(*domain),
                words: format!("{exact} exact, {approximate} approximate, {dropped} dropped"),
                bar: bar(counts),
                fates: cells(&FATES, &counts),
                effects: EFFECTS
                    .iter()
                    .map(|effect| Cell {
                        key: effect,
                        count: share.effects.get(effect).copied().unwrap_or(0),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn cells(keys: &[&'static str], counts: &[usize]) -> Vec<Cell> {
    keys.iter()
        .zip(counts)
        .map(|(key, count)| Cell { key, count: *count })
        .collect()
}

fn bar(counts: [usize; 3]) -> Vec<Part> {
    let total: usize = counts.iter().sum();
    let mut before = 0;
    let mut parts = Vec::new();
    for (class, count) in FATES.into_iter().zip(counts) {
        if count > 0 {
            parts.push(Part {
                class,
                x: percent(before, total),
                width: percent(count, total),
            });
        }
        before += count;
    }
    parts
}

/// A share in percent with two decimals, in whole numbers so that every machine writes the same.
fn percent(part: usize, total: usize) -> String {
    let share = part * 10_000 / total.max(1);
    format!("{}.{:02}", share / 100, share % 100)
}

pub(super) fn legend() -> Vec<Legend> {
    let shown = ALL
        .into_iter()
        .filter(|effect| *effect != Effect::PRESERVES);
    shown
        .map(|effect| Legend {
            key: effect_name(effect),
            meaning: meaning(effect),
        })
        .collect()
}

pub(super) fn codes(report: &Report<'_>) -> Vec<CodeCount> {
    let mut codes: BTreeMap<&str, CodeCount> = BTreeMap::new();
    for told in &report.told {
        let code = told.finding.code;
        let entry = codes.entry(code.id).or_insert(CodeCount {
            id: code.id,
            name: code.name,
            count: 0,
        });
        entry.count += 1;
    }
    codes.into_values().collect()
}
