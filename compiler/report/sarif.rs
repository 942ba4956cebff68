//! `report/findings.sarif`: SARIF 2.1.0, for code review and dashboards.
//!
//! Source of the shape: OASIS, Static Analysis Results Interchange Format 2.1.0. Source of the limits:
//! GitHub documentation, "SARIF support for code scanning".

use super::excerpt::clean;
use super::page;
use super::summary::{domain_name, effect_name, fate_name};
use super::{Report, Spot, Told};
use crate::back::inert;
use crate::finding::{Code, Level, Subject, count};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many results of a run GitHub code scanning takes; a file with more is refused.
const MOST: usize = 25_000;
/// How many of them it shows.
const SHOWN: usize = 5_000;

/// What viewers call the topmost folder of a checkout.
const ROOT: &str = "%SRCROOT%";

/// The document as text, with a line end.
#[must_use]
pub fn render(report: &Report<'_>) -> Vec<u8> {
    inert::json(&document(report)).into_bytes()
}

fn document(report: &Report<'_>) -> Value {
    let codes: BTreeMap<&str, &Code> = report
        .told
        .iter()
        .map(|told| (told.finding.code.id, told.finding.code))
        .collect();
    let order: BTreeMap<&str, usize> = codes.keys().copied().zip(0..).collect();
    let prints = fingerprints(&report.told);
    let kept = kept(report);
    let results: Vec<Value> = kept
        .iter()
        .filter_map(|at| Some((report.told.get(*at)?, prints.get(*at)?)))
        .map(|(told, print)| result(told, print, report, &order, &prints))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rehome",
                "version": report.stamp.version,
                "semanticVersion": report.stamp.version,
                "rules": codes.values().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "originalUriBaseIds": {ROOT: {"description": {"text": "the topmost folder of the checkout, or the folder that rehome was started in"}}},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report, kept.len())],
            "properties": {
                "target": report.stamp.target.to_string(),
                "table": report.stamp.table,
                "summary": report.summary.to_string(),
                "effort": report.summary.effort.to_string(),
                "causes": report.summary.causes,
            },
            "results": results,
        }]
    })
}

/// The findings that the file holds, in the order of the report: all, or the most serious.
fn kept(report: &Report<'_>) -> Vec<usize> {
    let mut kept: Vec<(usize, &Told<'_>)> = report.told.iter().enumerate().collect();
    if kept.len() > MOST {
        kept.sort_by_key(|(_, told)| (!told.fails, Reverse(told.finding.level())));
        kept.truncate(MOST);
        kept.sort_by_key(|(at, _)| *at);
    }
    kept.into_iter().map(|(at, _)| at).collect()
}

/// The run, and what a reader of the file would otherwise miss in silence.
fn invocation(report: &Report<'_>, kept: usize) -> Value {
    let all = report.told.len();
    let mut notes = Vec::new();
    if kept < all {
        notes.push(format!(
            "{} left out: code scanning takes {MOST}; findings.json holds all {all}",
            count(all - kept, "finding")
        ));
    }
    if kept > SHOWN {
        notes.push(format!(
            "code scanning shows the {SHOWN} most serious of these {kept} findings"
        ));
    }
    let notes: Vec<Value> = notes
        .into_iter()
        .map(|text| json!({"level": "warning", "message": {"text": text}}))
        .collect();
    json!({"executionSuccessful": true, "toolExecutionNotifications": notes})
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "name": pascal(code.name),
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": code.section("What it means")},
        "help": {"text": code.page(), "markdown": page::markdown(code)},
        "defaultConfiguration": {"level": level(code.effect.level())},
        "properties": {"tags": [effect_name(code.effect)]},
    })
}

/// `member-by-os-name` as `MemberByOsName`, which viewers expect of a rule's name.
fn pascal(name: &str) -> String {
    name.split('-').map(page::sentence).collect()
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Advice => "note",
    }
}

fn result(
    told: &Told<'_>,
    print: &str,
    report: &Report<'_>,
    order: &BTreeMap<&str, usize>,
    prints: &[String],
) -> Value {
    let finding = told.finding;
    let follows = report
        .follows(told)
        .map_or_else(String::new, |follows| format!("\n{}", clean(&follows)));
    let mut places = finding
        .subjects
        .iter()
        .filter_map(|subject| Some((subject, Spot::of(subject.origin, report.sources)?)));
    let first = places.next();
    let related: Vec<Value> = places
        .zip(1..)
        .map(|((subject, spot), id)| {
            let mut place = location(subject, &spot);
            if let Some(place) = place.as_object_mut() {
                place.insert("id".to_owned(), json!(id));
                let text = format!("`{}`", clean(&subject.name));
                place.insert("message".to_owned(), json!({"text": text}));
            }
            place
        })
        .collect();
    let mut value = json!({
        "ruleId": finding.code.id,
        "ruleIndex": order.get(finding.code.id),
        "level": level(finding.level()),
        "message": {"text": format!("{}\n{}{follows}", clean(&finding.message), clean(&finding.remedy))},
        "locations": first.iter().map(|(subject, spot)| location(subject, spot)).collect::<Vec<_>>(),
        "partialFingerprints": {"rehome/v1": print},
        "properties": {
            "domain": domain_name(finding.domain),
            "effect": effect_name(finding.effect),
            "fate": finding.fate.map(fate_name),
            "target": finding.target,
            "witness": finding.witness.as_ref().map(ToString::to_string),
            "root": told.under.and_then(|root| prints.get(root)),
            "follows": told.follows,
            "fails": told.fails,
        },
    });
    if let Some(entries) = value.as_object_mut() {
        if !related.is_empty() {
            entries.insert("relatedLocations".to_owned(), json!(related));
        }
        if report.compared {
            let state = if told.known { "unchanged" } else { "new" };
            entries.insert("baselineState".to_owned(), json!(state));
        }
        let suppressions = finding.accepted.iter().map(|by| {
            json!({
                "kind": "external",
                "status": "accepted",
                "justification": format!("{} ({}, until {})", by.reason, by.owner, by.until),
            })
        });
        let suppressions: Vec<Value> = suppressions.collect();
        entries.insert("suppressions".to_owned(), json!(suppressions));
    }
    value
}

fn location(subject: &Subject, spot: &Spot) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(spot),
            "region": {
                "startLine": spot.line,
                "startColumn": spot.column,
                "endLine": spot.end_line,
                "endColumn": spot.end_column,
            },
        },
        "logicalLocations": [{
            "name": clean(&subject.name),
            "fullyQualifiedName": clean(&subject.id),
        }],
        "properties": {"pointer": spot.pointer},
    })
}

/// The file of a place: from the root of the checkout on, which viewers know by this name.
fn artifact(spot: &Spot) -> Value {
    match &spot.in_checkout {
        Some(path) => json!({"uri": uri(path), "uriBaseId": ROOT}),
        None => json!({"uri": uri(&spot.path)}),
    }
}

/// A path as a relative reference; an absolute one as a `file` URI.
fn uri(path: &str) -> String {
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What makes each finding the same when lines move: code, object and message. Findings that are alike
/// in all of these are told apart by their order.
fn fingerprints(told: &[Told<'_>]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let one = |told: &Told<'_>| {
        let finding = told.finding;
        let object = finding.subjects.first();
        let object = object.map_or("", |subject| subject.id.as_str());
        let mut text = format!("{}\n{object}\n{}", finding.code.id, finding.message);
        let times = seen.entry(text.clone()).or_default();
        *times += 1;
        if *times > 1 {
            text.push_str(&format!("\n{times}"));
        }
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes())
            .simple()
            .to_string()
    };
    told.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("in/a b.json"), "in/a%20b.json");
        assert_eq!(uri("/x/ä"), "file:///x/%C3%A4");
    }

    #[test]
    fn findings_that_are_alike_have_fingerprints_of_their_own() {
        let finding = |message: &str| {
            let code = &crate::finding::codes::check::EMPTY_GROUP;
            crate::finding::Finding::new(code, crate::finding::Domain::Network, message)
        };
        let findings = ["a", "b", "a", "a"].map(finding);
        let told = |finding| Told {
            finding,
            known: false,
            fails: true,
            under: None,
            follows: 0,
        };
        let all: Vec<Told<'_>> = findings.iter().map(told).collect();
        let prints = fingerprints(&all);
        let distinct: std::collections::BTreeSet<_> = prints.iter().collect();
        assert_eq!(distinct.len(), 4, "{prints:?}");
        // What stands beside it changes no fingerprint.
        let alone = fingerprints(all.get(2..).unwrap());
        assert_eq!(alone, [prints[0].as_str(), prints[2].as_str()]);
    }

    #[test]
    fn rule_names_are_in_pascal_case() {
        assert_eq!(pascal("member-by-os-name"), "MemberByOsName");
    }
}
