//! The capability matrix: what each target answers for each feature, printed from its table.

use super::page::sentence;
use super::summary::domain_name;
use crate::back::inert;
use crate::finding::{Code, Domain, Effect};
use crate::legal::table::{Row, rows};
use crate::legal::{Legality, Target};
use serde::Serialize;
use std::collections::BTreeMap;

/// One feature and every target's answer.
#[derive(Clone, Debug)]
pub struct Feature {
    /// The domain.
    pub domain: Domain,
    /// The feature, in the words of the policy.
    pub name: &'static str,
    /// The answers, in the order of the targets that were asked for.
    pub answers: Vec<Legality>,
}

/// The matrix of some targets. A feature that one of them does not list is not in its column.
#[must_use]
pub fn matrix(targets: &[Target]) -> Vec<Feature> {
    let mut features: Vec<Feature> = Vec::new();
    for target in targets {
        for Row {
            domain,
            feature,
            legality,
        } in rows(*target)
        {
            let known = features
                .iter_mut()
                .find(|known| known.domain == domain && known.name == feature);
            match known {
                Some(known) => known.answers.push(legality),
                None => features.push(Feature {
                    domain,
                    name: feature,
                    answers: vec![legality],
                }),
            }
        }
    }
    features
}

/// `exact`, `approximate` or `none`, with the code and effect of the loss.
#[must_use]
pub const fn answer(legality: Legality) -> (&'static str, Option<(&'static Code, Effect)>) {
    match legality {
        Legality::Legal => ("exact", None),
        Legality::Approximate(code, effect) => ("approximate", Some((code, effect))),
        Legality::Illegal(code, effect) => ("dropped", Some((code, effect))),
    }
}

/// The matrix as aligned text; at 80 columns two targets fit.
#[must_use]
pub fn text(targets: &[Target]) -> String {
    let features = matrix(targets);
    let cells: Vec<Vec<String>> = features
        .iter()
        .map(|feature| feature.answers.iter().map(|answer| cell(*answer)).collect())
        .collect();
    let heads: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let cells = cells.iter().filter_map(|row| row.get(at)).map(String::len);
            cells.chain([head.len()]).max().unwrap_or(0)
        })
        .collect();
    let first = features
        .iter()
        .map(|feature| feature.name.chars().count())
        .max()
        .unwrap_or(0);
    let line = |name: &str, cells: &[String]| {
        let mut line = format!("  {name:<first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str(&format!("  {cell:<width$}"));
        }
        line.trim_end().to_owned()
    };
    let mut out = vec![line("", &heads)];
    let mut domain = None;
    for (feature, cells) in features.iter().zip(&cells) {
        if domain != Some(feature.domain) {
            out.push(domain_name(feature.domain).to_owned());
            domain = Some(feature.domain);
        }
        out.push(line(feature.name, cells));
    }
    out.join("\n") + "\n"
}

fn cell(legality: Legality) -> String {
    match answer(legality) {
        (word, None) => word.to_owned(),
        (word, Some((code, _))) => format!("{word} {}", code.id),
    }
}

#[derive(Debug, Serialize)]
struct JsonRow {
    domain: &'static str,
    feature: &'static str,
    answers: BTreeMap<String, JsonAnswer>,
}

#[derive(Debug, Serialize)]
struct JsonAnswer {
    answer: &'static str,
    code: Option<&'static str>,
    effect: Option<Effect>,
}

#[derive(Debug, Serialize)]
struct JsonMatrix {
    schema: u32,
    tables: BTreeMap<String, String>,
    features: Vec<JsonRow>,
}

/// The matrix for programs.
#[must_use]
pub fn json(targets: &[Target]) -> Vec<u8> {
    let features = matrix(targets);
    let rows = features.iter().map(|feature| JsonRow {
        domain: domain_name(feature.domain),
        feature: feature.name,
        answers: targets
            .iter()
            .map(ToString::to_string)
            .zip(feature.answers.iter().map(|legality| {
                let (answer, loss) = answer(*legality);
                JsonAnswer {
                    answer,
                    code: loss.map(|(code, _)| code.id),
                    effect: loss.map(|(_, effect)| effect),
                }
            }))
            .collect(),
    });
    let matrix = JsonMatrix {
        schema: 1,
        tables: targets
            .iter()
            .map(|target| (target.to_string(), super::stamp::table_version(*target)))
            .collect(),
        features: rows.collect(),
    };
    inert::json(&matrix).into_bytes()
}

/// The matrix as a page of the book.
#[must_use]
pub fn markdown(targets: &[Target]) -> String {
    let mut out = String::from(
        "# What the target can hold\n\n\
         <!-- Generated from the legality tables; `cargo bless` rewrites it. -->\n\n\
         Each row is a feature of a policy, each column a release. `exact`: the target holds it as it\n\
         is. `approximate`: it holds something near it, and the finding of that code says what differs.\n\
         `dropped`: it does not hold it, and the finding says why. The answers are for a typical use;\n\
         where an answer depends on more, the page of the code says on what.\n",
    );
    let mut domain = None;
    for feature in matrix(targets) {
        if domain != Some(feature.domain) {
            let heads: Vec<String> = targets.iter().map(ToString::to_string).collect();
            out.push_str(&format!(
                "\n## {}\n\n",
                sentence(domain_name(feature.domain))
            ));
            out.push_str(&format!("| feature | {} |\n", heads.join(" | ")));
            out.push_str(&format!("|---|{}\n", "---|".repeat(targets.len())));
            domain = Some(feature.domain);
        }
        let cells: Vec<String> = feature
            .answers
            .iter()
            .map(|answer| linked(*answer))
            .collect();
        out.push_str(&format!("| {} | {} |\n", feature.name, cells.join(" | ")));
    }
    out
}

fn linked(legality: Legality) -> String {
    match answer(legality) {
        (word, None) => word.to_owned(),
        (word, Some((code, _))) => format!("{word} [{id}](codes/{id}.md)", id = code.id),
    }
}
