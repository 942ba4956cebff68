//! No change of a portable policy goes unnoticed: it changes the policy, or it is told.

use crate::estates::{compile, policies, policy_of, reading, small, with_policy};
use rehome::catalogue::case::Side;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One change of a document.
#[derive(Clone, Debug)]
enum Change {
    /// The key or item is taken away.
    Gone,
    /// Another key in its place.
    Renamed,
    /// Another value in its place.
    Now(Value),
}

/// Changes that are tried everywhere.
fn changes(value: &Value) -> Vec<Change> {
    let mut values = vec![
        Value::Null,
        json!([]),
        json!({}),
        json!("?"),
        json!(-1),
        json!(99_999_999_999_u64),
        json!(true),
        json!(["?"]),
        json!({"missing": "?"}),
        json!({"?": "?"}),
    ];
    values.retain(|other| other != value);
    let mut all = vec![Change::Gone, Change::Renamed];
    all.extend(values.into_iter().map(Change::Now));
    all
}

/// The paths of a document, two for each shape of path.
fn paths(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", "", &mut BTreeMap::new(), &mut found);
    found
}

fn walk(
    value: &Value,
    path: &str,
    shape: &str,
    seen: &mut BTreeMap<String, usize>,
    found: &mut Vec<String>,
) {
    let count = seen.entry(shape.to_owned()).or_default();
    *count += 1;
    if *count <= 2 && !path.is_empty() {
        found.push(path.to_owned());
    }
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(
                    item,
                    &format!("{path}/{at}"),
                    &format!("{shape}/*"),
                    seen,
                    found,
                );
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                walk(
                    item,
                    &format!("{path}/{key}"),
                    &format!("{shape}/{key}"),
                    seen,
                    found,
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn changed(document: &Value, path: &str, change: &Change) -> Value {
    let mut document = document.clone();
    let (holder, last) = path.rsplit_once('/').unwrap();
    match document.pointer_mut(holder).unwrap() {
        Value::Array(items) => {
            let at: usize = last.parse().unwrap();
            match change {
                Change::Gone | Change::Renamed => {
                    items.remove(at);
                }
                Change::Now(value) => items[at] = value.clone(),
            }
        }
        Value::Object(entries) => {
            let old = entries.get(last).unwrap().clone();
            match change {
                Change::Gone => {
                    entries.shift_remove(last);
                }
                Change::Renamed => {
                    entries.shift_remove(last);
                    entries.insert(format!("{last}s"), old);
                }
                Change::Now(value) => {
                    entries.insert(last.to_owned(), value.clone());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    document
}

#[test]
fn every_change_of_a_document_changes_the_policy_or_is_told() {
    let mut wrong = Vec::new();
    let (mut tried, mut told) = (0_usize, 0_usize);
    let mut shapes = BTreeSet::new();
    for (name, text) in policies_of_all_shapes() {
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        for path in paths(&document) {
            let shape: String = path.chars().filter(|c| !c.is_ascii_digit()).collect();
            if !shapes.insert((shape.clone(), 0)) && !shapes.insert((shape, 1)) {
                continue;
            }
            for change in changes(document.pointer(&path).unwrap()) {
                let bytes = serde_json::to_vec(&changed(&document, &path, &change)).unwrap();
                let now = reading(&bytes);
                tried += 1;
                told += usize::from(!now.codes.is_empty());
                if now.codes.is_empty() && now.policy == text {
                    wrong.push(format!("{name}{path} {change:?}: nobody notices"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 5_000 && told * 2 > tried, "{told} of {tried}");
}

/// The small examples, which are read soonest, and the large ones for what they do not hold.
fn policies_of_all_shapes() -> Vec<(String, String)> {
    let small = small().into_iter();
    let small = small.map(|estate| (estate.name, policy_of(&estate.side)));
    small.chain(policies()).collect()
}

#[test]
fn what_is_left_of_a_policy_compiles_without_a_fault() {
    let mut wrong = Vec::new();
    let side = Side {
        path: "x".to_owned(),
        files: BTreeMap::new(),
        flags: Vec::new(),
        edits: None,
    };
    let chosen = ["dr-plan-broken", "ordered-firewall", "stretched-cluster"];
    for (name, text) in policies() {
        if !chosen.contains(&name.as_str()) {
            continue;
        }
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        for path in paths(&document) {
            let changed = changed(&document, &path, &Change::Gone);
            let ran = compile(&with_policy(&side, &serde_json::to_vec(&changed).unwrap()));
            let mut findings = ran.outcome.findings.iter();
            if let Some(fault) = findings.find(|finding| finding.code.id.starts_with('X')) {
                wrong.push(format!("{name}{path}: {} {}", fault.code.id, fault.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
