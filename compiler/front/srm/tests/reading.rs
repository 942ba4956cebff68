//! A whole bundle, in each of its forms.

use super::shop::*;
use super::*;
use crate::ir::recovery::{CalloutKind, Replication, Shutdown};

#[test]
fn a_whole_bundle_is_read_without_a_finding() {
    let (policy, findings) = read(&shop());
    assert_eq!(told(&findings), []);
    let plan = &policy.recovery.plans[0];
    assert_eq!(plan.ident.name, "Shop");
    assert_eq!(plan.folder.as_deref(), Some("Retail"));
    assert_eq!(plan.sites.protected, "Graz");
    assert_eq!(plan.sites.recovery, "Linz");
    assert!(plan.missing.is_empty());
    assert_eq!(plan.groups[0].text, "pg-1");
    let group = policy.recovery.groups.values().next().unwrap();
    assert_eq!(group.replication, Replication::Host);
    assert_eq!(group.rpo_minutes, Some(15));
    assert_eq!(group.vms.len(), 2);
    let names: Vec<&str> = policy
        .inventory
        .vms
        .values()
        .map(|vm| vm.ident.name.as_str())
        .collect();
    assert_eq!(names, ["db01", "web01"]);
}

#[test]
fn added_steps_keep_their_place_in_both_runs() {
    let (policy, _) = read(&shop());
    assert_eq!(
        titles(&policy.recovery.plans[0].steps),
        [
            "Synchronize storage: built-in [Recovery, Test]",
            "Create writable storage snapshot: built-in [Test]",
            "Call the bank: Prompt [Recovery, Test]",
            "Power on priority 1 VMs: power on 1 [Recovery, Test]",
            "Power on priority 3 VMs: power on 3 [Recovery, Test]",
        ]
    );
}

#[test]
fn steps_of_a_machine_go_to_the_machine() {
    let (policy, _) = read(&shop());
    let db = &policy.recovery.plans[0].vms[0];
    assert_eq!(db.ident.id, "rp-1/vm-db");
    assert_eq!(db.priority.number(), 1);
    assert_eq!(db.tools_timeout_seconds, Some(300));
    assert_eq!(db.delay_seconds, 20);
    assert_eq!(db.shutdown, Shutdown::Guest(Some(240)));
    assert_eq!(db.before.len(), 0);
    assert_eq!(db.after[0].kind, CalloutKind::InGuest);
    assert_eq!(db.after[0].content.as_deref(), Some("/opt/start"));
    assert_eq!(db.after[0].timeout_seconds, Some(120));
    assert_eq!(db.after[0].ident.id, "rp-1/vm-db/after/1");
}

#[test]
fn a_prompt_has_no_timeout() {
    let (policy, _) = read(&shop());
    let StepKind::Callout(bank) = &policy.recovery.plans[0].steps[2].kind else {
        panic!("the third step is the prompt");
    };
    assert_eq!(bank.content.as_deref(), Some("Is the line up?"));
    assert_eq!(bank.timeout_seconds, None);
}

#[test]
fn mappings_carry_rules_and_test_networks() {
    let (policy, _) = read(&shop());
    let mapping = &policy.recovery.networks[0];
    assert_eq!(mapping.protected.text, "net-1");
    assert_eq!(mapping.protected_name, "Web");
    assert_eq!(mapping.recovery_name, "DR Web");
    assert_eq!(mapping.test_name, None);
    let rule = &mapping.rules[0];
    assert_eq!(rule.from.to_string(), "10.1.0.0-10.1.0.255");
    assert_eq!(rule.to.to_string(), "10.9.0.0-10.9.0.255");
    assert_eq!(rule.settings.gateways[0].to_string(), "10.9.0.1");
    assert_eq!(rule.settings.dns[0].to_string(), "10.9.0.53");
    assert_eq!(rule.settings.suffixes, ["linz.example"]);
    let test = &policy.recovery.plans[0].test_networks[0];
    assert_eq!(test.recovery.text, "net-9");
    assert_eq!(test.recovery_name, "DR Web");
    assert_eq!(test.test_name.as_deref(), Some("Bubble"));
}

#[test]
fn one_pair_a_file_and_a_stream_of_pairs_read_alike() {
    let answers = shop();
    let Value::Array(pairs) = bundle(&answers) else {
        panic!("a list");
    };
    let files: Vec<String> = pairs.iter().map(Value::to_string).collect();
    let stream = vec![files.join("\n")];
    for texts in [files, stream] {
        let (policy, findings) = read_texts(&texts);
        assert_eq!(told(&findings), []);
        assert_eq!(policy.recovery.plans[0].vms.len(), 2);
        assert_eq!(policy.recovery.plans[0].steps.len(), 5);
    }
}

#[test]
fn the_order_of_the_answers_does_not_matter() {
    let mut answers = shop();
    let (first, _) = read(&answers);
    answers.reverse();
    let (second, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    let names = |policy: &Policy<Named>| {
        let plan = &policy.recovery.plans[0];
        let vms: Vec<String> = plan.vms.iter().map(|vm| vm.ident.id.clone()).collect();
        (vms, titles(&plan.steps))
    };
    assert_eq!(names(&first), names(&second));
}

#[test]
fn steps_opened_one_at_a_time_are_read_together() {
    let mut answers = shop();
    let name = "expanded_step_ids=3,4,7";
    let at = answers
        .iter()
        .position(|(path, _)| path.ends_with(name))
        .unwrap();
    let (_, whole) = answers.remove(at);
    let steps = whole["list"].as_array().unwrap();
    let view = |ids: &[u64]| {
        let chosen = steps
            .iter()
            .filter(|step| ids.contains(&step["id"].as_u64().unwrap()));
        json!({"list": chosen.collect::<Vec<_>>()})
    };
    let path = "/recovery-management/plans/rp-1/recovery-steps/recovery";
    answers.push((path.to_owned(), view(&[1, 2, 3, 7])));
    answers.push((
        format!("{path}?expanded_step_ids=3,4"),
        view(&[1, 2, 3, 4, 5, 6, 7]),
    ));
    let (policy, findings) = read(&answers);
    assert!(policy.recovery.plans[0].missing[0].ends_with("expanded_step_ids=7"));
    assert_eq!(findings.len(), 1);
    answers.push((
        format!("{path}?expanded_step_ids=7"),
        view(&[1, 2, 3, 7, 8]),
    ));
    let (policy, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    assert_eq!(policy.recovery.plans[0].steps.len(), 5);
}
