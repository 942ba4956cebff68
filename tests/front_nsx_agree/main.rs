//! One configuration, written in the forms of three interfaces, split into files and turned round:
//! it always means the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod manager;
mod model;
mod normal;
mod policy;
#[path = "../differential/random.rs"]
mod random;
mod v6;

use model::Model;
use normal::normal;
use random::Random;
use rehome::finding::Findings;
use rehome::source::Sources;
use rehome::{front, link};
use serde_json::{Value, json};

/// How many configurations; more with `REHOME_CASES`.
fn cases() -> u64 {
    let asked = std::env::var("REHOME_CASES").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(100)
}

/// What the files say, and the codes of what reading them reports.
fn read(files: &[String]) -> (String, Vec<&'static str>) {
    let mut sources = Sources::default();
    for (at, text) in files.iter().enumerate() {
        let tree = rehome_grammar::read(text.clone().into_bytes()).unwrap();
        let name = format!("{at:03}");
        sources.add(name.clone(), name.into(), tree);
    }
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let codes = findings.iter().map(|finding| finding.code.id).collect();
    (normal(&policy), codes)
}

fn texts(files: &[Value]) -> Vec<String> {
    files.iter().map(Value::to_string).collect()
}

#[test]
fn three_interfaces_say_the_same() {
    for seed in 0..cases() {
        let model = Model::random(&mut Random::new(seed));
        let (policy, codes) = read(&texts(&policy::files(&model)));
        assert_eq!(codes, [""; 0], "seed {seed}");
        assert!(policy.lines().count() > 5, "seed {seed}: {policy}");
        let (manager, codes) = read(&texts(&manager::files(&model)));
        assert_eq!(codes, [""; 0], "seed {seed}");
        assert_eq!(manager, policy, "seed {seed}\n{model:#?}");
        let (v6, codes) = read(&v6::files(&model));
        assert_eq!(codes, [""; 0], "seed {seed}");
        assert_eq!(v6, policy, "seed {seed}\n{model:#?}");
    }
}

/// The comparison looks at everything: a model with any one thing changed is another policy.
#[test]
fn what_differs_is_seen() {
    let mut changed = 0;
    for seed in 0..cases() {
        let random = &mut Random::new(seed);
        let model = Model::random(random);
        let (before, _) = read(&v6::files(&model));
        let (what, other) = model.changed(random);
        let (after, _) = read(&v6::files(&other));
        assert_ne!(before, after, "seed {seed}: {what}");
        changed += 1;
    }
    assert_eq!(changed, cases());
}

/// Turns every list in which order means nothing.
fn turn(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| turn(item, random));
            // Criteria stand between their conjunctions; the conjunctions of one list are all alike.
            let step = if items
                .iter()
                .any(|item| item["resource_type"] == "ConjunctionOperator")
            {
                2
            } else {
                1
            };
            let count = items.len().div_ceil(step);
            for at in (1..count).rev() {
                items.swap(at * step, random.below(at + 1) * step);
            }
        }
        Value::Object(keys) => keys.values_mut().for_each(|value| turn(value, random)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_order_of_lists_means_nothing() {
    for seed in 0..cases() {
        let random = &mut Random::new(seed);
        let model = Model::random(random);
        let files = policy::files(&model);
        let (before, _) = read(&texts(&files));
        let mut turned = files.clone();
        turned.iter_mut().for_each(|file| turn(file, random));
        let last = turned.len() - 1;
        turned.swap(0, random.below(last + 1));
        let (after, codes) = read(&texts(&turned));
        assert_eq!(codes, [""; 0], "seed {seed}");
        assert_eq!(after, before, "seed {seed}");
    }
}

/// Sections and rules of the older product stand in their order: turning them changes the policy.
#[test]
fn the_order_of_rules_without_numbers_means_something() {
    let mut differ = 0;
    for seed in 0..cases() {
        let mut model = Model::random(&mut Random::new(seed));
        let (before, _) = read(&v6::files(&model));
        for section in &mut model.sections {
            section.rules.reverse();
        }
        let (after, _) = read(&v6::files(&model));
        differ += u64::from(before != after);
    }
    assert!(differ > cases() / 2, "{differ}");
}

/// The objects of a file one by one: members of `children`, `results`, or of the list it is.
fn parts(file: &Value) -> Vec<Value> {
    match file {
        Value::Array(items) => items.clone(),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => vec![other.clone()],
    }
}

#[test]
fn files_can_be_split_anywhere_between_objects() {
    for seed in 0..cases() {
        let random = &mut Random::new(seed);
        let model = Model::random(random);
        for whole in [policy::files(&model), manager::files(&model)] {
            let (before, _) = read(&texts(&whole));
            let count = 1 + random.below(6);
            let mut files: Vec<Vec<Value>> = vec![Vec::new(); count];
            for part in whole.iter().flat_map(parts) {
                // Sections of the older interface stand in their order, so they stay together.
                let keeps = part["resource_type"] == "FirewallSectionRuleList";
                let at = if keeps { 0 } else { random.below(count) };
                files[at].push(part);
            }
            files.retain(|file| !file.is_empty());
            let files: Vec<Value> = files.into_iter().map(|file| json!(file)).collect();
            let (after, codes) = read(&texts(&files));
            assert_eq!(codes, [""; 0], "seed {seed}");
            assert_eq!(after, before, "seed {seed}");
        }
        let (tree, codes) = read(&texts(&policy::tree(&model)));
        assert_eq!(codes, [""; 0], "seed {seed}");
        let (lists, _) = read(&texts(&policy::files(&model)));
        assert_eq!(tree, lists, "seed {seed}");
    }
}
