//! Laws of reading NSX exports, over the published cases.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

use proptest::prelude::*;
use rehome::finding::Findings;
use rehome::front;
use rehome::ir::network::{Action, Rule};
use rehome::ir::{Named, Policy};
use rehome::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nsx-semantics");
    let entries = std::fs::read_dir(root).unwrap();
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path().join("export.json"))
        .filter(|path| path.is_file())
        .collect();
    cases.sort();
    cases
}

fn export(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn read(texts: &[Vec<u8>]) -> (Policy<Named>, Findings) {
    let mut sources = Sources::default();
    for (at, text) in texts.iter().enumerate() {
        if let Ok(tree) = rehome_grammar::read(text.clone()) {
            sources.add(format!("{at}"), format!("{at}").into(), tree);
        }
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    (policy, findings)
}

/// What a value says without where it stands.
fn without_places(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Origin {") {
        out.push_str(&rest[..at]);
        let mut depth = 0_usize;
        let end = rest[at..].find(|char| {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            char == '}' && depth == 0
        });
        rest = &rest[at + end.unwrap() + 1..];
    }
    out + rest
}

/// The parts of a policy, each by itself, in an order that does not depend on the files.
fn parts(policy: &Policy<Named>) -> Vec<String> {
    let network = &policy.network;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(network.groups.values().map(without_places));
    parts.extend(network.services.values().map(without_places));
    parts.extend(network.sections.iter().map(without_places));
    parts.extend(policy.inventory.vms.values().map(without_places));
    parts.sort();
    parts.push(without_places(&network.fallback));
    parts
}

#[test]
fn one_export_in_several_files_is_the_same_policy() {
    for path in cases() {
        let Value::Object(whole) = export(&path) else {
            continue;
        };
        let mut files: Vec<Vec<u8>> = Vec::new();
        for (key, list) in &whole {
            for object in list.as_array().unwrap() {
                let one: BTreeMap<&String, Value> = [(key, json!([object]))].into();
                files.push(serde_json::to_vec(&one).unwrap());
            }
        }
        let (joined, _) = read(&[serde_json::to_vec(&whole).unwrap()]);
        let (split, _) = read(&files);
        assert_eq!(parts(&split), parts(&joined), "{}", path.display());
    }
}

#[test]
fn the_order_of_unordered_lists_means_nothing() {
    for path in cases() {
        let mut value = export(&path);
        let (before, _) = read(&[serde_json::to_vec(&value).unwrap()]);
        // The order of rules that share a number is kept and reported, so it is not turned here.
        for key in ["virtual_machines", "vifs", "groups", "services", "segments"] {
            if let Some(list) = value[key].as_array_mut() {
                list.reverse();
            }
        }
        let (after, _) = read(&[serde_json::to_vec(&value).unwrap()]);
        assert_eq!(parts(&after), parts(&before), "{}", path.display());
    }
}

/// Keys of a rule that change nothing about what it lets through.
const TELLING: &[&str] = &["id", "display_name", "rule_id", "logged"];

fn rules(policy: &Policy<Named>) -> Vec<&Rule<Named>> {
    let sections = policy.network.sections.iter();
    sections.flat_map(|section| &section.rules).collect()
}

/// A value that makes no sense must never leave a rule looking whole. Each key of the first rule of
/// each case gets one of four such values, another one in the next case.
#[test]
fn garbage_in_a_rule_shows() {
    let garbage = [json!(7.5), json!("garbage"), json!({}), json!([{}])];
    for (turn, path) in cases().iter().enumerate() {
        let original = export(path);
        let (before, _) = read(&[serde_json::to_vec(&original).unwrap()]);
        let first = original["security_policies"][0]["rules"][0].as_object();
        let keys = first.unwrap().keys();
        let keys = keys.filter(|key| !TELLING.contains(&key.as_str()));
        for (at, key) in keys.enumerate() {
            let bad = &garbage[(turn + at) % garbage.len()];
            let mut changed = original.clone();
            changed["security_policies"][0]["rules"][0][key] = bad.clone();
            let (after, findings) = read(&[serde_json::to_vec(&changed).unwrap()]);
            let (old, new) = (rules(&before), rules(&after));
            let place = format!("{}: {key} = {bad}", path.display());
            assert_eq!(old.len(), new.len(), "{place}");
            let shown = new.iter().any(|rule| !rule.broken.is_empty())
                || without_places(&new).contains("Opaque");
            assert!(shown && !findings.is_empty(), "{place}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever happens to the bytes, reading ends without a panic, and a rule whose action was
    /// damaged does not allow.
    #[test]
    fn any_bytes_are_read(case in 0_usize..56, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let cases = cases();
        let mut bytes = std::fs::read(&cases[case % cases.len()]).unwrap();
        let place = at.index(bytes.len());
        if cut {
            bytes.remove(place);
        } else {
            bytes[place] = byte;
        }
        let (policy, _) = read(&[bytes.clone()]);
        let allows = String::from_utf8_lossy(&bytes).matches("\"ALLOW\"").count();
        let implied = String::from_utf8_lossy(&bytes).contains("DENYLIST");
        let found = rules(&policy).iter().filter(|rule| rule.action == Action::Allow).count();
        prop_assert!(found <= allows + usize::from(implied));
    }
}
