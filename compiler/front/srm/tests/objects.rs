//! Objects of the SOAP interface, as they are piped to JSON.

use super::shop::shop;
use super::*;
use crate::ir::recovery::Replication;

/// What `Show-SRMProtectionGroupInfo | ConvertTo-Json` writes of a group.
fn group(name: &str, vms: &Value) -> Value {
    let count = vms.as_array().map_or(1, Vec::len);
    json!({"ProtectionGroup": name, "Description": "", "Configured": true, "State": "Ready",
        "Type": "san", "Category": "SrmProtectionGroup", "VMCount": count, "VMNames": vms})
}

/// What `Show-SRMRecoveryPlanInfo | ConvertTo-Json -Depth 4` writes of a plan.
fn plan(name: &str, groups: &Value) -> Value {
    json!({"RecoveryPlan": name, "Description": "the shop", "State": "Ready",
        "Type": "SrmRecoveryPlan", "RecoveryPlanVMCount": 3, "EmptyProtectionGroup": false,
        "EmptyProtectionGroupName": [], "ProtectionGroupCount": 2, "ProtectionGroups": groups})
}

/// What `Show-SRMProtectedVM | ConvertTo-Json` writes of a machine.
fn machine(name: &str, id: &str, group: &str) -> Value {
    json!({"VM": name, "VMMoRef": format!("VirtualMachine-{id}"), "ProtectedVM": format!("protected-{id}"),
        "PeerProtectedVm": format!("peer-{id}"), "ProtectionGroup": group, "VMState": "Ready",
        "PeerState": "Ready", "NeedsConfig": false, "Faults": null})
}

fn objects(values: &[Value]) -> (Policy<Named>, Vec<(&'static str, String)>) {
    let texts: Vec<String> = values.iter().map(Value::to_string).collect();
    let (policy, findings) = read_texts(&texts);
    (policy, told(&findings))
}

/// The findings beside the one that says what a plan lacks.
fn beside(values: &[Value]) -> Vec<(&'static str, String)> {
    let (_, mut told) = objects(values);
    told.retain(|(_, message)| !message.contains(" in part: it lacks "));
    told
}

fn groups(policy: &Policy<Named>) -> Vec<(&str, Vec<&str>)> {
    let groups = policy.recovery.groups.values();
    groups
        .map(|group| {
            let vms = group.vms.iter().map(|vm| vm.text.as_str()).collect();
            (group.ident.name.as_str(), vms)
        })
        .collect()
}

#[test]
fn a_plan_with_its_groups_is_a_part_that_says_what_it_lacks() {
    let db = group("PG-DB", &json!("db 01"));
    let web = group("PG-Web", &json!(["web01", "web02"]));
    let (policy, told) = objects(&[json!([plan("Shop", &json!([db, web]))])]);
    assert_eq!(
        told,
        [(
            "R0008",
            "an object of the SOAP interface tells SRM recovery plan `Shop` in part: it lacks its sites and folder, its steps and their order, the text of its prompts and commands, its test networks, and the settings of its machines and how their addresses change".to_owned()
        )]
    );
    assert_eq!(
        groups(&policy),
        [("PG-DB", vec!["db 01"]), ("PG-Web", vec!["web01", "web02"])]
    );
    let [shop] = policy.recovery.plans.as_slice() else {
        panic!("{:?}", policy.recovery.plans)
    };
    assert_eq!(shop.description.as_deref(), Some("the shop"));
    let of: Vec<_> = shop.groups.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(of, ["PG-DB", "PG-Web"]);
    assert_eq!(shop.missing.len(), 5);
    let told = policy.recovery.groups.values();
    assert!(
        told.into_iter()
            .all(|group| group.missing.len() == 1 && group.replication == Replication::Array)
    );
}

#[test]
fn references_are_joined_with_the_objects_that_have_their_ids() {
    let raw = |upper: bool| {
        let moref = |kind: &str, value: &str| json!({"Type": kind, "Value": value});
        let plan = json!({"name": "Shop", "description": null, "state": "ready", "protectionGroups": [
            {"type": "SrmProtectionGroup", "value": "group-1"}, "SrmProtectionGroup-group-2",
            {"MoRef": {"Type": "SrmProtectionGroup", "Value": "group-3"}}]});
        let info = |name: &str| json!({"name": name, "description": "", "type": "vr"});
        let shapes = [
            json!({"MoRef": moref("SrmRecoveryPlan", "plan-1"), "Name": "Shop", "Info": plan}),
            json!({"moRef": moref("SrmProtectionGroup", "group-1"), "info": info("A")}),
            json!({"MoRef": "SrmProtectionGroup-group-2", "Info": info("B")}),
            json!({"MoRef": moref("SrmProtectionGroup", "group-3"), "name": "C", "type": "vr"}),
            machine("db01", "vm-7", "A"),
        ];
        let mut text = Value::from(shapes.to_vec()).to_string();
        if upper {
            for key in [
                "name",
                "description",
                "state",
                "protectionGroups",
                "type",
                "value",
            ] {
                let (first, rest) = key.split_at(1);
                let written = format!("\"{}{rest}\":", first.to_uppercase());
                text = text.replace(&format!("\"{key}\":"), &written);
            }
        }
        text
    };
    for upper in [false, true] {
        let (policy, findings) = read_texts(&[raw(upper)]);
        assert_eq!(findings.len(), 1, "{:?}", told(&findings));
        let plan = &policy.recovery.plans[0];
        assert_eq!(
            (plan.ident.id.as_str(), plan.ident.name.as_str()),
            ("plan-1", "Shop")
        );
        let of: Vec<_> = plan.groups.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(of, ["group-1", "group-2", "group-3"]);
        assert_eq!(
            groups(&policy),
            [
                ("A", vec!["VirtualMachine:vm-7"]),
                ("B", vec![]),
                ("C", vec![])
            ]
        );
        let mut kinds = policy.recovery.groups.values();
        assert!(kinds.all(|group| group.replication == Replication::Host));
        let vm = policy.inventory.vms.values().next().unwrap();
        assert_eq!(vm.ident.name, "db01");
        assert!(vm.aliases.contains(&"vm-7".to_owned()), "{:?}", vm.aliases);
    }
}

#[test]
fn machines_tell_the_ids_of_names() {
    let web = group("PG", &json!(["web01", "web02", "twin"]));
    let machines = json!([
        machine("web01", "vm-1", "PG"),
        machine("twin", "vm-2", "PG"),
        machine("twin", "vm-3", "Other")
    ]);
    let (policy, told) = objects(&[machines, web]);
    assert_eq!(told, []);
    assert_eq!(
        groups(&policy),
        [
            ("Other", vec!["twin"]),
            ("PG", vec!["VirtualMachine:vm-1", "twin", "web02"])
        ]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_objects_do_not_tell_clearly_is_a_finding() {
    let of = |groups: &Value| plan("Shop", groups);
    let fine = group("PG", &json!(["a", "b"]));
    let with = |mut value: Value, key: &str, to: Value| {
        value[key] = to;
        value
    };
    for (value, code, says) in [
        (
            with(fine.clone(), "Mood", 3.into()),
            "R0002",
            "unknown key `Mood`",
        ),
        (
            with(of(&json!([])), "Mood", 3.into()),
            "R0002",
            "unknown key `Mood`",
        ),
        (
            with(machine("a", "vm-1", "PG"), "Mood", 3.into()),
            "R0002",
            "unknown key `Mood`",
        ),
        // Two names that lie too deep are one text.
        (
            with(fine.clone(), "VMNames", "a b".into()),
            "R0003",
            "1 name of a machine and a count of 2",
        ),
        (
            with(fine.clone(), "VMCount", Value::Null),
            "R0003",
            "2 names of machines and no count",
        ),
        (
            with(fine.clone(), "Type", "tape".into()),
            "R0003",
            "`tape` is not a value",
        ),
        (
            of(&json!(["@{ProtectionGroup=PG; Type=san}"])),
            "R0008",
            "that no object or answer names",
        ),
        (
            of(&json!([{"Type": "SrmProtectionGroup", "Value": "group-9"}])),
            "R0008",
            "that no object or answer names",
        ),
        (
            with(of(&json!([])), "State", 7.into()),
            "R3004",
            "in the state `7`",
        ),
        (
            json!([of(&json!([])), {"recoveryPriority": "highest"}]),
            "R0006",
            "recovery settings of SRM do not name",
        ),
        (
            json!([of(&json!([])), {"Vm": {}, "ProtectedVm": "x", "NeedsConfiguration": false}]),
            "R0006",
            "protected machines of SRM",
        ),
        (
            json!([of(&json!([])), {"what": 1}]),
            "R0004",
            "a shape that is not known",
        ),
        (
            json!([of(&json!([])), of(&json!([fine.clone()]))]),
            "R0005",
            "recovery plan `Shop` otherwise",
        ),
        (
            json!([fine.clone(), group("PG", &json!(["c"]))]),
            "R0005",
            "protection group `PG` otherwise",
        ),
    ] {
        let told = beside(std::slice::from_ref(&value));
        let [(found, message)] = told.as_slice() else {
            panic!("{value}: {told:?}")
        };
        assert_eq!(*found, code, "{value}: {message}");
        assert!(message.contains(says), "{value}: {message}");
    }
    // The same, told twice, is the same.
    assert_eq!(
        beside(&[json!([of(&json!([fine])), of(&json!([fine]))]), fine]),
        []
    );
}

#[test]
fn machines_of_a_group_that_are_not_clear_are_not_members() {
    let mut unclear = group("PG", &json!(["a", "b"]));
    unclear["VMNames"] = "a b".into();
    let (policy, _) = objects(&[unclear]);
    assert_eq!(groups(&policy), [("PG", vec![])]);
    assert_eq!(policy.inventory.vms.len(), 0);
}

#[test]
fn answers_go_before_objects() {
    let answers = bundle(&shop());
    let (direct, _) = objects(std::slice::from_ref(&answers));
    let known = &direct.recovery.plans[0].ident.name;
    let of = direct.recovery.groups.values().next().unwrap();
    let object = plan(known, &json!([group(&of.ident.name, &json!(["else01"]))]));
    let (policy, told) = objects(&[answers, object]);
    let codes: Vec<_> = told.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["R3008"], "{told:?}");
    assert_eq!(policy.recovery.plans.len(), 1);
    assert!(policy.recovery.plans[0].missing.is_empty());
    assert_eq!(groups(&policy), groups(&direct));
    assert_eq!(policy.inventory.vms.len(), direct.inventory.vms.len());
}
