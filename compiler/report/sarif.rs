//! `report/findings.sarif`: SARIF 2.1.0, for code review and dashboards.
//!
//! Source of the shape: OASIS, Static Analysis Results Interchange Format 2.1.0.

use super::excerpt::clean;
use super::page;
use super::summary::{domain_name, effect_name, fate_name};
use super::{Report, Spot, Told};
use crate::back::inert;
use crate::finding::{Code, Level, Subject};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    let results: Vec<Value> = report
        .told
        .iter()
        .map(|told| result(told, report, &order))
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
            "columnKind": "unicodeCodePoints",
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

fn result(told: &Told<'_>, report: &Report<'_>, order: &BTreeMap<&str, usize>) -> Value {
    let finding = told.finding;
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
    let object = finding
        .subjects
        .first()
        .map_or("", |subject| subject.id.as_str());
    let mut value = json!({
        "ruleId": finding.code.id,
        "ruleIndex": order.get(finding.code.id),
        "level": level(finding.level()),
        "message": {"text": format!("{}\n{}", clean(&finding.message), clean(&finding.remedy))},
        "locations": first.iter().map(|(subject, spot)| location(subject, spot)).collect::<Vec<_>>(),
        "partialFingerprints": {"rehome/v1": fingerprint(finding.code.id, object, &finding.message)},
        "properties": {
            "domain": domain_name(finding.domain),
            "effect": effect_name(finding.effect),
            "fate": finding.fate.map(fate_name),
            "target": finding.target,
            "witness": finding.witness.as_ref().map(ToString::to_string),
            "root": finding.root,
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
            "artifactLocation": {"uri": uri(&spot.path)},
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

/// What makes a finding the same when lines move.
fn fingerprint(code: &str, object: &str, message: &str) -> String {
    let text = format!("{code}\n{object}\n{message}");
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes())
        .simple()
        .to_string()
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
    fn rule_names_are_in_pascal_case() {
        assert_eq!(pascal("member-by-os-name"), "MemberByOsName");
    }
}
