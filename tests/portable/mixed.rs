//! A portable policy beside exports, and beside another.

use crate::estates::{compile, large, policy_of};
use rehome::catalogue::case::Side;
use std::collections::BTreeMap;

fn example(name: &str) -> Side {
    let mut all = large().into_iter();
    all.find(|estate| estate.side.path == name).unwrap().side
}

fn codes(side: &Side) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for finding in compile(side).outcome.findings.iter() {
        *codes.entry(finding.code.id).or_default() += 1;
    }
    codes
}

#[test]
fn a_policy_completes_the_exports_of_another_part() {
    let mut side = example("ordered-firewall");
    let alone = compile(&side);
    let plan = policy_of(&example("dr-plan"));
    side.files
        .insert("x/policy.yaml".to_owned(), plan.into_bytes());
    let both = compile(&side);
    let of = |outcome: &rehome::compile::Outcome| {
        let policy = &outcome.policy;
        (policy.network.sections.len(), policy.recovery.plans.len())
    };
    assert_eq!(of(&alone.outcome).1, 0);
    assert_eq!(of(&both.outcome), (of(&alone.outcome).0, 1));
    assert!(both.outcome.policy.network.fallback != rehome::ir::network::Fallback::Unknown);
}

#[test]
fn what_stands_in_both_is_told_and_the_export_is_used() {
    let mut side = example("three-tier");
    let before = compile(&side);
    let policy = policy_of(&side);
    side.files
        .insert("three-tier/zz-policy.yaml".to_owned(), policy.into_bytes());
    let both = codes(&side);
    let rules = before.outcome.policy.network.sections.iter();
    let rules: usize = rules.map(|section| section.rules.len()).sum();
    assert!(both["R0005"] > rules, "{both:?}");
    let after = compile(&side);
    assert_eq!(before.outcome.fates, after.outcome.fates);
    let of = |ran: &rehome::catalogue::run::Ran| ran.outcome.policy.inventory.vms.len();
    assert_eq!(of(&before), of(&after), "one machine is one machine");
}

#[test]
fn the_same_policy_twice_says_nothing() {
    let policy = policy_of(&example("three-tier")).into_bytes();
    let files = |names: &[&str]| Side {
        path: "x".to_owned(),
        files: names
            .iter()
            .map(|name| ((*name).to_owned(), policy.clone()))
            .collect(),
        flags: Vec::new(),
        edits: None,
    };
    let (once, twice) = (files(&["x/a.yaml"]), files(&["x/a.yaml", "x/b.yaml"]));
    assert_eq!(codes(&once), codes(&twice));
    let (once, twice) = (compile(&once), compile(&twice));
    assert_eq!(once.outcome.files, twice.outcome.files);
}
