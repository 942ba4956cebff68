//! The law of keys, over every export at hand: a key that nobody knows is put into every object, and
//! reading must report each, unless the object stands under a key that is ignored with a reason.

use super::*;
use crate::front::nsx::known::SCHEMA;
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROBE: &str = "zz_probe_";

/// Keys whose content repeats something that is read, where the reader takes only a part of it.
const PARTLY: &[(&str, &str)] = &[
    (
        "default_rule",
        "the collector's copy of a rule: its action alone is new",
    ),
    ("vm_members", "the id names the member"),
    ("vif_members", "repeats the machines"),
    ("segment_members", "the path names the member"),
    ("segment_port_members", "carried as it stands"),
    ("transport_node_members", "carried as it stands"),
    ("ip_group_members", "repeats the addresses"),
    ("extended_expression", "carried as it stands"),
    ("gateway_policies", "listed as not translated"),
    ("redirection_policies", "listed as not translated"),
    ("tier0", "listed as no part of the firewall"),
    ("tier1", "listed as no part of the firewall"),
    ("Tier0", "listed as no part of the firewall"),
    ("Tier1", "listed as no part of the firewall"),
];

/// Types of objects that are carried whole.
const CARRIED: &[&str] = &[
    "StarSignExpression",
    "GeoLocationExpression",
    "MACAddressExpression",
];

/// Types of objects of which every key that is no firewall is ignored with a reason.
const TENANTS: &[&str] = &["Project", "Vpc"];

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root.join("examples/nsx-semantics"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.push(root.join("examples/three-tier"));
    for folder in ["np-guard", "vmware-samples", "nsxv"] {
        let folder = root.join("../shared/corpus/nsx").join(folder);
        if folder.is_dir() {
            folders.push(folder);
        } else {
            println!("skipped: no corpus folder {}", folder.display());
        }
    }
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind == "json" || kind == "xml")
        })
        .collect();
    files.sort();
    files
}

/// Puts a probe into every object; gives the keys that lead to each.
fn probe(value: &mut Value, path: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| probe(item, path, places)),
        Value::Object(object) => {
            let kind = object.get("resource_type").and_then(Value::as_str);
            if kind.is_some_and(|kind| CARRIED.contains(&kind)) {
                return;
            }
            let tenant = kind.is_some_and(|kind| TENANTS.contains(&kind));
            let keys: Vec<String> = object.keys().cloned().collect();
            for key in keys {
                path.push(key.clone());
                probe(&mut object[&key], path, places);
                path.pop();
            }
            if tenant {
                return;
            }
            object.insert(format!("{PROBE}{}", places.len()), Value::Bool(true));
            places.push(path.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The same in XML: an element in every element that holds elements.
fn probe_xml(text: &str) -> (String, Vec<Vec<String>>) {
    let (mut out, mut places) = (String::new(), Vec::new());
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        let end = from.find('>').unwrap() + 1;
        let (tag, after) = from.split_at(end);
        out.push_str(before);
        if let Some(name) = tag.strip_prefix("</") {
            let (top, holds) = open.pop().unwrap();
            assert!(name.starts_with(&top));
            if holds {
                out.push_str(&format!(
                    "<{PROBE}{}>1</{PROBE}{}>",
                    places.len(),
                    places.len()
                ));
                let path = open.iter().map(|(name, _)| name.clone());
                places.push(path.chain([top]).collect());
            }
        } else if !tag.starts_with("<?") && !tag.starts_with("<!") {
            if let Some((_, holds)) = open.last_mut() {
                *holds = true;
            }
            if !tag.ends_with("/>") {
                let name = tag
                    .trim_matches(['<', '>'])
                    .split_whitespace()
                    .next()
                    .unwrap();
                open.push((name.to_owned(), false));
            }
        }
        out.push_str(tag);
        rest = after;
    }
    (out + rest, places)
}

fn ignored(key: &str) -> bool {
    let in_schema = SCHEMA.ignored.iter().any(|ignored| {
        ignored.key != "*"
            && ignored.reason != super::super::known::WALKED
            && match ignored.key.strip_suffix('*') {
                Some(start) => key.starts_with(start),
                None => key == ignored.key,
            }
    });
    in_schema || PARTLY.iter().any(|(partly, _)| *partly == key)
}

#[test]
fn no_key_goes_unmentioned() {
    let mut asked = 0;
    let mut silent = std::collections::BTreeMap::<String, usize>::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let (probed, places) = if file.extension().is_some_and(|kind| kind == "xml") {
            probe_xml(&text)
        } else {
            let mut places = Vec::new();
            let mut value: Value = serde_json::from_str(&text).unwrap();
            probe(&mut value, &mut Vec::new(), &mut places);
            (value.to_string(), places)
        };
        let (_, findings) = read(&[&probed]);
        let reported: std::collections::BTreeSet<&str> = findings
            .iter()
            .flat_map(|finding| &finding.subjects)
            .filter_map(|subject| subject.id.strip_prefix(PROBE))
            .collect();
        for (at, path) in places.iter().enumerate() {
            if path.iter().any(|key| ignored(key)) {
                continue;
            }
            asked += 1;
            if !reported.contains(at.to_string().as_str()) {
                let place = format!(
                    "{}: {}",
                    file.file_name().unwrap().to_string_lossy(),
                    path.join(" > ")
                );
                *silent.entry(place).or_default() += 1;
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(asked > 1_000, "{asked} objects were probed");
}
