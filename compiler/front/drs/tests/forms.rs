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
fn capitals_of_an_old_govc_are_read_like_small_letters() {
    let old = r#"[{"Name": "configurationEx.rule", "Op": "assign", "Val": {"ClusterRuleInfo": [
        {"Key": 1, "Status": "", "Enabled": true, "Name": "pair", "Mandatory": null, "RuleUuid": "", "Vm": [{"Type": "VirtualMachine", "Value": "vm-1"}]},
        {"Key": 2, "Enabled": true, "Name": "lic", "Mandatory": true, "VmGroupName": "db", "AffineHostGroupName": "hosts", "AntiAffineHostGroupName": ""}]}}]"#;
    let (policy, findings) = run(&[old]);
    assert_eq!(
        kinds(&policy),
        [
            "opaque: rule that keeps machines together or apart",
            "RunOn { vms: `cluster/db`, hosts: `cluster/hosts` }"
        ]
    );
    assert_eq!(codes(&findings), ["R2001", "R0008", "R0006"]);
    let place = policy.placement.rules[1].ident.origin.span;
    let rule = old.get(place.start as usize..).expect("a place");
    assert!(rule.starts_with("{\"Key\": 2"));
    let object = r#"{"Self": {"Type": "ClusterComputeResource", "Value": "domain-c28"}, "Name": "prod", "ConfigurationEx": {
        "DasVmConfig": [{"Key": {"Type": "VirtualMachine", "Value": "vm-1"}, "RestartPriority": "", "DasSettings": {"RestartPriority": "high", "IsolationResponse": ""}}],
        "Rule": [{"Key": 1, "Enabled": false, "Name": "r", "VmGroup": "app", "DependsOnVmGroup": "db"}]}}"#;
    let (policy, findings) = run(&[object]);
    assert_eq!(
        kinds(&policy),
        ["StartAfter { vms: `domain-c28/app`, after: `domain-c28/db` }"]
    );
    let settings = policy.placement.settings.iter();
    let settings: Vec<String> = settings.map(|one| format!("{:?}", one.what)).collect();
    assert_eq!(settings, ["RestartPriority(High)"]);
    assert_eq!(codes(&findings), [""; 0], "{findings:?}");
}

const STATE: &str = r#"{"version": 4, "terraform_version": "1.9.5", "serial": 3, "lineage": "x", "outputs": {}, "resources": [
    {"mode": "managed", "type": "vsphere_compute_cluster", "name": "c", "instances": [{"attributes":
        {"id": "domain-c28", "name": "prod", "drs_enabled": true, "drs_automation_level": "manual", "ha_advanced_options": {"das.respectVmVmAntiAffinityRules": "true"}, "dpm_enabled": null, "host_system_ids": ["host-1"]}}]},
    {"mode": "managed", "type": "vsphere_compute_cluster_vm_anti_affinity_rule", "name": "r", "instances": [{"attributes":
        {"id": "domain-c28:7", "compute_cluster_id": "domain-c28", "name": "apart", "enabled": null, "mandatory": true, "virtual_machine_ids": ["u1", "u2"]}}]},
    {"mode": "managed", "type": "vsphere_compute_cluster_vm_host_rule", "name": "r", "instances": [{"attributes":
        {"id": "domain-c28:8", "compute_cluster_id": "domain-c28", "name": "off", "enabled": false, "mandatory": false, "vm_group_name": "db", "affinity_host_group_name": "", "anti_affinity_host_group_name": "old", "colour": 1}}]},
    {"mode": "managed", "type": "vsphere_drs_vm_override", "name": "o", "instances": [{"attributes":
        {"id": "x", "compute_cluster_id": "domain-c28", "virtual_machine_id": "u1", "drs_enabled": false, "drs_automation_level": "manual"}}]},
    {"mode": "managed", "type": "vsphere_zebra", "name": "z", "instances": [{"attributes": {"name": "z"}}]},
    {"mode": "managed", "type": "aws_instance", "name": "a", "instances": [{"attributes": {}}]}]}"#;

#[test]
fn a_terraform_state_tells_what_it_manages_and_that_it_is_not_all() {
    let (policy, findings) = run(&[STATE]);
    assert_eq!(
        kinds(&policy),
        [
            "Apart([`u1`, `u2`])",
            "KeepOff { vms: `domain-c28/db`, hosts: `domain-c28/old` }"
        ]
    );
    let rules: Vec<_> = policy
        .placement
        .rules
        .iter()
        .map(|rule| (rule.ident.id.as_str(), rule.enabled, rule.strength))
        .collect();
    assert_eq!(
        rules,
        [
            ("domain-c28/7", true, Strength::Must),
            ("domain-c28/8", false, Strength::Should)
        ],
        "an absent flag is what the provider takes"
    );
    let settings: Vec<&str> = policy
        .placement
        .settings
        .iter()
        .map(|one| one.ident.id.as_str())
        .collect();
    assert_eq!(
        settings,
        [
            "domain-c28/drsConfig.enabled",
            "domain-c28/drsConfig.defaultVmBehavior",
            "domain-c28/terraform.ha_advanced_options",
            "domain-c28/u1/drsVmConfig.enabled",
            "domain-c28/u1/drsVmConfig.behavior",
        ]
    );
    assert_eq!(policy.inventory.hosts.len(), 1);
    assert_eq!(
        codes(&findings),
        ["R0002", "R0007", "R0008"],
        "{findings:#?}"
    );
    assert!(
        findings[2]
            .message
            .contains("not all rules between machines"),
        "{}",
        findings[2].message
    );

    let (policy, findings) = run(&[&STATE.replace("\"version\": 4", "\"version\": 3")]);
    assert!(policy.placement.rules.is_empty());
    assert_eq!(codes(&findings), ["R0006"]);
    assert!(findings[0].remedy.contains("terraform state pull"));
}

#[test]
fn compute_policies_need_the_objects_of_their_tags() {
    let capability = "com.vmware.vcenter.compute.policies.capabilities.";
    let policies = format!(
        r#"[{{"capability": "{capability}vm_host_affinity", "name": "site", "vm_tag": "t1", "host_tag": "t2", "strictness": "PREFERRED_DURING_PLACEMENT_PREFERRED_DURING_EXECUTION"}},
        {{"capability": "{capability}vm_vm_anti_affinity", "name": "apart", "vm_selector": {{"tag": {{"tag_id": "t1"}}}}}},
        {{"capability": "{capability}disable_drs_vmotion", "name": "pinned", "vm_tag": "t1"}},
        {{"capability": "{capability}teleport", "name": "new", "vm_tag": "t1"}}]"#
    );
    let tags = r#"[{"tag_id": "t1", "object_ids": [{"id": "vm-1", "type": "VirtualMachine"}, {"id": "group-3", "type": "Folder"}]},
        {"tag_id": "t2", "object_ids": [{"id": "host-1", "type": "HostSystem"}]}]"#;
    let (policy, findings) = run(&[&policies, tags]);
    assert_eq!(
        kinds(&policy),
        [
            "RunOn { vms: `compute-policies/machines/t1`, hosts: `compute-policies/hosts/t2` }",
            "Apart([`vm-1`])",
            "opaque: compute policy whose tags or kind no export tells"
        ]
    );
    assert_eq!(policy.placement.settings.len(), 1);
    assert_eq!(codes(&findings), ["R0003"], "{findings:#?}");

    let (policy, findings) = run(&[&policies]);
    assert!(kinds(&policy).iter().all(|kind| kind.starts_with("opaque")));
    assert_eq!(codes(&findings), ["R0008", "R0008", "R0008", "R0003"]);
    assert!(findings[0].remedy.contains("list-attached-objects-on-tags"));

    let list = format!(
        r#"[{{"policy": "1", "capability": "{capability}vm_vm_affinity", "name": "p", "description": ""}}]"#
    );
    let (_, findings) = run(&[&list]);
    assert_eq!(codes(&findings), ["R0006"]);
    assert!(
        findings[0]
            .remedy
            .contains("GET /api/vcenter/compute/policies/POLICY")
    );
}

#[test]
fn tables_of_rvtools_count_where_nothing_better_tells() {
    let clusters =
        "Name,NumHosts,HA enabled,DRS enabled,DRS default VM behavior\nprod,3,True,False,manual\n";
    let machines = "VM,Powerstate,Guest state,Latency Sensitivity,Cluster rule name(s),Cluster,Host,VM ID\nsql,poweredOn,running,high,\"apart, near\",prod,esx1,vm-1\n";
    let memory = "VM,Powerstate,Size MiB,Overhead,Level,Reservation,Limit,VM ID\nsql,poweredOn,4096,1,normal,4096,-1,vm-1\nweb,poweredOn,4096,1,normal,0,-1,vm-2\n";
    let (policy, findings) = run(&[clusters, machines, memory]);
    let settings = policy.placement.settings.iter();
    let settings: Vec<String> = settings
        .map(|one| format!("{} {:?}", one.ident.id, one.what))
        .collect();
    assert_eq!(
        settings,
        [
            "prod/dasConfig.enabled RestartEnabled(true)",
            "prod/drsConfig.enabled SchedulerEnabled(false)",
            "prod/drsConfig.defaultVmBehavior Automation(\"manual\")",
            "vm-1/config.latencySensitivity Other { key: \"config.latencySensitivity\", value: \"high\" }",
            "vm-1/config.memoryAllocation Other { key: \"config.memoryAllocation\", value: \"Reservation=4096\" }",
        ]
    );
    assert_eq!(codes(&findings), ["R0008", "R0008"]);
    assert!(findings[1].message.contains("`apart`, `near`"));
    assert!(findings[1].remedy.contains("/DATACENTER/host/prod"));

    let better = r#"<ObjectContent xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><obj type="ClusterComputeResource">domain-c1</obj>
<propSet><name>name</name><val i:type="xsd:string">prod</val></propSet>
<propSet><name>configurationEx</name><val i:type="ClusterConfigInfoEx"><drsConfig><enabled>true</enabled></drsConfig></val></propSet></ObjectContent>"#;
    let (policy, findings) = run(&[better, clusters]);
    let settings = policy.placement.settings.iter();
    let settings: Vec<&str> = settings.map(|one| one.ident.id.as_str()).collect();
    assert_eq!(settings, ["domain-c1/drsConfig.enabled"]);
    assert_eq!(codes(&findings), [""; 0], "{findings:?}");
}

#[test]
fn a_cluster_known_by_reference_here_and_by_name_there_is_one() {
    let by_reference = r#"<ObjectUpdate xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><obj type="ClusterComputeResource">domain-c1</obj>
<changeSet><name>configurationEx</name><val i:type="ClusterConfigInfoEx"><rule i:type="ClusterAntiAffinityRuleSpec"><key>1</key><enabled>true</enabled><name>r</name><vm type="VirtualMachine">vm-1</vm></rule>
<group i:type="ClusterHostGroup"><name>h</name><host type="HostSystem">host-1</host></group></val></changeSet></ObjectUpdate>"#;
    let by_name = "HostSystem:host-1  /DC0/host/prod/esx1\n";
    let ansible = r#"{"changed": false, "drs_group_info": {"prod": [{"group_name": "h", "type": "host", "hosts": ["esx1"]}]}}"#;
    let (policy, findings) = run(&[by_reference, by_name, ansible]);
    assert_eq!(policy.placement.host_groups.len(), 1, "{findings:?}");
    assert_eq!(codes(&findings), ["R2005"]);
    let named = policy
        .inventory
        .clusters
        .values()
        .any(|one| one.ident.name == "prod" && one.aliases.contains(&"domain-c1".to_owned()));
    assert!(named);
    // Hosts of two clusters in one rule: nothing follows.
    let two = "HostSystem:host-1  /DC0/host/prod/esx1\nHostSystem:host-2  /DC0/host/test/esx2\n";
    let wide = by_reference.replace("</host>", "</host><host type=\"HostSystem\">host-2</host>");
    let (_, findings) = run(&[&wide, two]);
    assert_eq!(codes(&findings), [""; 0], "{findings:?}");
}

#[test]
fn machines_keep_their_shares_reservations_and_latency_sensitivity() {
    let listing = r#"{"virtualMachines": [{"self": {"type": "VirtualMachine", "value": "vm-1"}, "name": "sql", "config": {
        "latencySensitivity": {"level": "high"}, "cpuAllocation": {"reservation": 0, "limit": -1, "shares": {"shares": 4000, "level": "normal"}},
        "memoryAllocation": {"reservation": 4096, "limit": -1, "shares": {"shares": 40, "level": "normal"}}}}]}"#;
    let (policy, findings) = run(&[listing]);
    let settings = policy.placement.settings.iter();
    let settings: Vec<String> = settings
        .map(|one| format!("{} {:?}", one.ident.id, one.what))
        .collect();
    assert_eq!(
        settings,
        [
            "vm-1/config.memoryAllocation Other { key: \"config.memoryAllocation\", value: \"(reservation=4096, limit=-1, shares=(shares=40, level=normal))\" }",
            "vm-1/config.latencySensitivity Other { key: \"config.latencySensitivity\", value: \"high\" }",
        ]
    );
    assert_eq!(codes(&findings), [""; 0], "{findings:?}");
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
