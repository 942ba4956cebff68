//! Compiling the policy gives what compiling the exports gave.

use crate::estates::{Estate, compile, large, small, with_policy};
use rehome::compile::Outcome;
use std::collections::BTreeMap;

/// What is told about the policy and about the target, by code and object: what is told about
/// reading (`S`, `R`, `N`) is told of other files.
fn told(outcome: &Outcome) -> BTreeMap<(String, Vec<String>), usize> {
    let mut told = BTreeMap::new();
    for finding in outcome.findings.iter() {
        if !finding.code.id.starts_with(['S', 'R', 'N']) {
            let ids = finding.subjects.iter().map(|one| one.id.clone()).collect();
            *told.entry((finding.code.id.to_owned(), ids)).or_default() += 1;
        }
    }
    told
}

/// What is told only when a policy is read back: the estate, the code, and why that is right.
const ONLY_AFTER: [(&str, &str, &str); 1] = [(
    "R2002 raises",
    "C2008",
    "one rule of the export is two of the policy, and both carry its name",
)];

/// What is not the same after reading the policy back.
fn differences(estate: &Estate) -> Vec<String> {
    let first = compile(&estate.side);
    let policy = &first.outcome.files["policy.yaml"];
    let second = compile(&with_policy(&estate.side, policy));
    let (first, second) = (&first.outcome, &second.outcome);
    let mut wrong = Vec::new();
    for (path, bytes) in &first.files {
        match second.files.get(path) {
            Some(other) if other == bytes => {}
            Some(other) => wrong.push(format!("{path} differs:\n{}", diff(bytes, other))),
            None => wrong.push(format!("{path} is not written")),
        }
    }
    for path in second.files.keys() {
        if !first.files.contains_key(path) {
            wrong.push(format!("{path} is new"));
        }
    }
    if first.fates != second.fates {
        wrong.push(format!("fates: {:?} and {:?}", first.tally, second.tally));
    }
    let (before, mut after) = (told(first), told(second));
    for (_, code, _) in ONLY_AFTER.iter().filter(|(name, ..)| *name == estate.name) {
        let all = after.len();
        after.retain(|(other, _), _| other != code);
        assert!(after.len() < all, "{}: {code} is not told", estate.name);
    }
    if before != after {
        let gone = before
            .iter()
            .filter(|(one, many)| after.get(one) != Some(many));
        let new = after
            .iter()
            .filter(|(one, many)| before.get(one) != Some(many));
        let reading: Vec<_> = second
            .findings
            .iter()
            .filter(|finding| finding.code.id.starts_with(['S', 'R']))
            .map(|finding| format!("{} {}", finding.code.id, finding.message))
            .collect();
        wrong.push(format!(
            "told before: {:?}\ntold after: {:?}\nreading: {reading:?}",
            gone.collect::<Vec<_>>(),
            new.collect::<Vec<_>>()
        ));
    }
    wrong
}

fn diff(first: &[u8], second: &[u8]) -> String {
    let (first, second) = (
        String::from_utf8_lossy(first),
        String::from_utf8_lossy(second),
    );
    let lines = similar::TextDiff::from_lines(first.as_ref(), second.as_ref());
    let text = lines.unified_diff().context_radius(2).to_string();
    text.lines().take(30).collect::<Vec<_>>().join("\n")
}

fn hold(estates: &[Estate]) {
    let mut wrong = String::new();
    for estate in estates {
        for one in differences(estate) {
            wrong.push_str(&format!("{}: {one}\n", estate.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_examples_come_back_for_every_target() {
    let estates = large();
    assert!(estates.len() >= 20, "{}", estates.len());
    hold(&estates);
}

#[test]
fn the_example_of_every_code_comes_back() {
    let estates = small();
    assert!(estates.len() >= 400, "{}", estates.len());
    hold(&estates);
}
