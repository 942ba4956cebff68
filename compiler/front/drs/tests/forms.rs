//! Forms that carry less than the typed configuration.

use super::*;

/// A configuration without types: a rule between machines, one with hosts, and an empty group.
const UNTYPED: &str = r#"[{"name": "configurationEx", "op": "assign", "val": {
    "rule": [{"key": 1, "name": "pair", "enabled": true, "vm": [{"type": "VirtualMachine", "value": "vm-1"}, {"type": "VirtualMachine", "value": "vm-2"}]},
        {"key": 2, "name": "lic", "enabled": true, "mandatory": true, "vmGroupName": "db", "affineHostGroupName": "hosts"}],
    "group": [{"name": "db", "vm": [{"type": "VirtualMachine", "value": "vm-1"}]},
        {"name": "hosts", "host": [{"type": "HostSystem", "value": "host-1"}]}, {"name": "empty"}]}}]"#;

fn kinds(policy: &Policy<Named>) -> Vec<String> {
    let rules = policy.placement.rules.iter();
    rules
        .map(|rule| {
            if let RuleKind::Opaque(opaque) = &rule.kind {
                format!("opaque: {}", opaque.what)
            } else {
                format!("{:?}", rule.kind)
            }
        })
        .collect()
}

#[test]
fn untyped_json_tells_what_it_can_and_the_command_for_the_rest() {
    let (policy, findings) = run(&[UNTYPED]);
    assert_eq!(
        kinds(&policy),
        [
            "opaque: rule that keeps machines together or apart",
            "RunOn { vms: `cluster/db`, hosts: `cluster/hosts` }"
        ]
    );
    assert_eq!(codes(&findings), ["R2001", "R0006", "R0006"]);
    assert!(findings[1].message.contains("`pair`"));
    assert!(findings[2].message.contains("`empty`"));
    for finding in &findings[1..] {
        let command = "govc object.collect -xml /DATACENTER/host/CLUSTER configurationEx";
        assert!(finding.remedy.contains(command));
    }
}

#[test]
fn a_list_of_types_completes_untyped_json() {
    let rules = "pair (ClusterAntiAffinityRuleSpec)\nlic (ClusterVmHostRuleInfo)\n";
    let groups = "ClusterVmGroup    db\nClusterHostGroup  hosts\nClusterHostGroup  empty\n";
    for files in [[UNTYPED, rules, groups], [groups, rules, UNTYPED]] {
        let (policy, findings) = run(&files);
        assert_eq!(
            kinds(&policy),
            [
                "Apart([`vm-1`, `vm-2`])",
                "RunOn { vms: `cluster/db`, hosts: `cluster/hosts` }"
            ]
        );
        assert_eq!(policy.placement.host_groups.len(), 2);
        assert_eq!(codes(&findings), ["R2001", "R2001", "R2001"]);
    }
}

#[test]
fn a_list_of_types_that_contradicts_is_told() {
    let rules = "pair (ClusterAntiAffinityRuleSpec)\nlic (ClusterAffinityRuleSpec)\n";
    let (policy, findings) = run(&[UNTYPED, rules]);
    assert!(matches!(
        policy.placement.rules[1].kind,
        RuleKind::RunOn { .. }
    ));
    assert!(codes(&findings).contains(&"R0005"), "{findings:?}");
}

#[test]
fn untyped_json_of_an_old_govc_is_refused() {
    for export in [
        r#"[{"Name": "configurationEx.rule", "Op": "assign", "Val": {"ClusterRuleInfo": [{"Key": 1, "Vm": []}]}}]"#,
        r#"{"Self": {"Type": "ClusterComputeResource", "Value": "domain-c28"}, "Name": "prod", "ConfigurationEx": {"Rule": [{"Key": 1}]}}"#,
    ] {
        let (policy, findings) = run(&[export]);
        assert!(policy.placement.rules.is_empty());
        assert_eq!(codes(&findings), ["R0006"], "{export}");
    }
}

#[test]
fn a_cluster_object_without_types_keeps_its_cluster() {
    let whole = r#"{"self": {"type": "ClusterComputeResource", "value": "domain-c28"}, "name": "prod",
        "configurationEx": {"rule": [{"key": 1, "name": "r", "vm": [{"type": "VirtualMachine", "value": "vm-1"}]}]}}"#;
    let (policy, findings) = run(&[whole]);
    assert_eq!(only(&policy).ident.id, "domain-c28/1");
    assert_eq!(codes(&findings), ["R0006"]);
    assert!(
        findings[0]
            .remedy
            .contains("ClusterComputeResource:domain-c28 configurationEx")
    );
}

#[test]
fn powercli_enums_are_read_where_their_numbers_are_known() {
    let (policy, findings) = run(&[
        r#"[{"Name": "a", "Cluster": {"Name": "prod"}, "Enabled": true, "Type": 0, "KeepTogether": false, "VMIds": ["VirtualMachine-vm-1", "VirtualMachine-vm-2"], "ExtensionData": {"Mandatory": true}},
            {"Name": "b", "Cluster": {"Name": "prod"}, "Enabled": true, "Type": 1, "KeepTogether": true, "VMIds": ["VirtualMachine-vm-3"]},
            {"Name": "c", "Cluster": {"Name": "prod"}, "Enabled": true, "Type": 1, "KeepTogether": false, "VMIds": ["VirtualMachine-vm-3"]},
            {"Name": "d", "Cluster": {"Name": "prod"}, "Enabled": true, "Type": 2, "VMGroup": {"Name": "g"}, "VMHostGroup": {"Name": "h"}},
            {"Name": "e", "Cluster": {"Name": "prod"}, "Enabled": true, "Type": "MustNotRunOn", "VMGroup": {"Name": "g"}, "VMHostGroup": {"Name": "h"}}]"#,
    ]);
    assert_eq!(
        kinds(&policy),
        [
            "Apart([`vm-1`, `vm-2`])",
            "Together([`vm-3`])",
            "opaque: rule of type 1",
            "opaque: rule of type 2",
            "KeepOff { vms: `prod/g`, hosts: `prod/h` }"
        ]
    );
    let strengths: Vec<_> = policy
        .placement
        .rules
        .iter()
        .map(|rule| rule.strength)
        .collect();
    assert_eq!(strengths[0], Strength::Must);
    assert_eq!(strengths[4], Strength::Must);
    assert_eq!(codes(&findings), ["R0003", "R0003", "R0008", "R2006"]);
    assert!(findings[3].message.contains("`b`") && !findings[3].message.contains("`a`"));
}

#[test]
fn a_table_that_lost_its_members_is_refused() {
    let table = "\"Name\",\"Enabled\",\"Type\",\"VMIds\"\n\"a\",\"True\",\"VMAffinity\",\"System.String[]\"\n";
    let (policy, findings) = run(&[table]);
    assert!(policy.placement.rules.is_empty());
    assert_eq!(codes(&findings), ["R0006"]);
    let table = "\"Cluster\",\"Name\",\"Enabled\",\"VMGroup\",\"VMHostGroup\",\"Type\"\n\"prod\",\"a\",\"True\",\"g\",\"h\",\"MustRunOn\"\n";
    let (policy, findings) = run(&[table]);
    assert_eq!(kinds(&policy), ["RunOn { vms: `prod/g`, hosts: `prod/h` }"]);
    assert_eq!(codes(&findings), ["R0008"]);
}

#[test]
fn unquoted_commas_are_taken_apart_in_one_way_or_not_at_all() {
    let refs = |names: &[&str]| -> String {
        let lines = names.iter().enumerate();
        lines
            .map(|(at, name)| format!("VirtualMachine:vm-{at} /DC/vm/{name}\n"))
            .collect()
    };
    let rule = "prod,r,True,VMAntiAffinity,web,01,db\n";
    let (policy, _) = run(&[&refs(&["web,01", "db"]), rule]);
    assert_eq!(kinds(&policy), ["Apart([`web,01`, `db`])"]);
    let (policy, _) = run(&[&refs(&["web", "01", "db"]), rule]);
    assert_eq!(kinds(&policy), ["Apart([`web`, `01`, `db`])"]);
    let (policy, findings) = run(&[&refs(&["web", "01", "web,01", "db"]), rule]);
    assert_eq!(
        kinds(&policy),
        ["opaque: rule whose members cannot be taken apart"]
    );
    assert!(codes(&findings).contains(&"R2008"));
    // `db` has left the estate: what remains is half of a name, so nothing is certain.
    let (policy, _) = run(&[&refs(&["web,01"]), rule]);
    assert_eq!(
        kinds(&policy),
        ["opaque: rule whose members cannot be taken apart"]
    );
}
