//! Every NSX export of the corpus is read: the constructs are counted a second time, in the plain
//! JSON, and the two counts agree.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test: it fails by panicking, and says what it skips"
)]

use rehome::finding::Findings;
use rehome::front;
use rehome::ir::{Named, Policy};
use rehome::source::Sources;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/nsx");
    let mut files = Vec::new();
    for folder in ["np-guard", "vmware-samples"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            println!("skipped: no corpus folder `{folder}`");
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

fn read(path: &Path) -> (Policy<Named>, Findings, Value) {
    let bytes = std::fs::read(path).unwrap();
    let value = serde_json::from_slice(&bytes).unwrap();
    let mut sources = Sources::default();
    let tree = rehome_grammar::read(bytes).unwrap();
    sources.add("export.json".into(), "export.json".into(), tree);
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    (policy, findings, value)
}

/// How many constructs the plain JSON holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    sections: usize,
    rules: usize,
    groups: usize,
    services: usize,
    vms: usize,
}

/// Counts in the container: by the keys the collector writes.
fn in_container(value: &Value, count: &mut Count) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    count.services += list(&value["services"]).len();
    count.vms += list(&value["virtual_machines"]).len();
    for domain in list(&value["domains"]) {
        let policies = list(&domain["resources"]["security_policies"]);
        count.sections += policies.len();
        count.rules += policies
            .iter()
            .map(|policy| list(&policy["rules"]).len())
            .sum::<usize>();
        count.groups += list(&domain["resources"]["groups"]).len();
    }
}

/// Counts in a tree: whatever says that it is one, and inline rules.
fn in_tree(value: &Value, count: &mut Count) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| in_tree(item, count)),
        Value::Object(keys) => {
            match keys.get("resource_type").and_then(Value::as_str) {
                Some("SecurityPolicy") => count.sections += 1,
                Some("Rule") => count.rules += 1,
                Some("Group") => count.groups += 1,
                Some("Service") => count.services += 1,
                _ => {}
            }
            keys.values().for_each(|value| in_tree(value, count));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn expected(value: &Value) -> Count {
    let mut count = Count::default();
    if value.get("domains").is_some() {
        in_container(value, &mut count);
    } else if value.get("resource_type").is_some() {
        in_tree(value, &mut count);
    } else if let Some(rules) = value.get("rules").and_then(Value::as_array) {
        count.sections = 1;
        count.rules = rules.len();
    } else {
        count.groups = 1;
    }
    count
}

#[test]
fn every_construct_of_the_corpus_is_read() {
    for path in corpus() {
        let (policy, findings, value) = read(&path);
        let network = &policy.network;
        let name = path.display();
        // Shipped services that rules refer to are added; the rest stand in the export.
        let exported = expected(&value);
        let services = network
            .services
            .values()
            .filter(|service| {
                let at = service.ident.origin.span.start as usize;
                std::fs::read(&path).unwrap()[at] == b'{'
            })
            .count();
        let found = Count {
            sections: network.sections.len(),
            rules: network
                .sections
                .iter()
                .map(|section| section.rules.len())
                .sum(),
            groups: network.groups.len(),
            services,
            vms: policy.inventory.vms.len(),
        };
        assert_eq!(found, exported, "{name}");
        for finding in findings.iter() {
            println!("{name}: {} {}", finding.code.id, finding.message);
            assert_ne!(finding.code.id, "R0001", "{name}");
            assert_ne!(finding.code.id, "R0002", "{name}: {}", finding.message);
        }
    }
}

/// Sections and rules of XML, counted by their start tags.
#[test]
fn every_rule_of_the_older_product_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/nsx/nsxv");
    let Ok(entries) = std::fs::read_dir(root) else {
        println!("skipped: no corpus folder `nsxv`");
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut sources = Sources::default();
        let tree = rehome_grammar::read(text.clone().into_bytes()).unwrap();
        sources.add("export.xml".into(), "export.xml".into(), tree);
        let mut findings = Findings::new();
        let policy = front::read(&sources, &mut findings);
        let sections = &policy.network.sections;
        assert_eq!(sections.len(), text.matches("<section ").count());
        let rules: usize = sections.iter().map(|section| section.rules.len()).sum();
        assert_eq!(rules, text.matches("<rule ").count());
        for finding in findings.iter() {
            let known = !["R0001", "R0002", "R0003", "R0004"].contains(&finding.code.id);
            assert!(known, "{}: {}", path.display(), finding.message);
        }
    }
}
