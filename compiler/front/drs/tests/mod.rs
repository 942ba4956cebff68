//! One export at a time, and what becomes of it.

use super::*;
use crate::finding::Finding;
use crate::front::detect;
use crate::ir::BadKey;
use crate::ir::placement::{
    PlacementRule, ReadyCondition, RestartPriority, RuleKind, SettingKind, Strength,
};
use crate::source::Sources;
use std::path::PathBuf;

mod forms;

/// Reads files as one run.
fn run(files: &[&str]) -> (Policy<Named>, Vec<Finding>) {
    let mut sources = Sources::default();
    for (at, text) in files.iter().enumerate() {
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).expect("well-formed");
        sources.add(format!("{at}"), PathBuf::from(format!("{at}")), tree);
    }
    let mut findings = Findings::new();
    let exports = detect::sort(&sources, &mut findings);
    let mut policy = Policy::default();
    crate::front::inventory::read(&exports, &mut policy, &mut findings);
    read(&exports, &mut policy, &mut findings);
    (policy, findings.into_iter().collect())
}

/// A VI-JSON configuration with these entries.
fn vi(entries: &str) -> String {
    format!(r#"{{"_typeName": "ClusterConfigInfoEx", {entries}}}"#)
}

/// A VI-JSON configuration with one rule.
fn rule(type_name: &str, fields: &str) -> String {
    vi(&format!(
        r#""rule": [{{"_typeName": "{type_name}", "key": 7, "name": "r", {fields}}}]"#
    ))
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

fn only(policy: &Policy<Named>) -> &PlacementRule<Named> {
    assert_eq!(policy.placement.rules.len(), 1);
    &policy.placement.rules[0]
}

const TWO: &str = r#""vm": [{"_typeName": "ManagedObjectReference", "type": "VirtualMachine", "value": "vm-1"},
    {"_typeName": "ManagedObjectReference", "type": "VirtualMachine", "value": "vm-2"}]"#;

#[test]
fn a_rule_between_machines_is_together_or_apart() {
    for (type_name, wanted) in [
        ("ClusterAffinityRuleSpec", "Together([`vm-1`, `vm-2`])"),
        ("ClusterAntiAffinityRuleSpec", "Apart([`vm-1`, `vm-2`])"),
    ] {
        let (policy, findings) = run(&[&rule(type_name, TWO)]);
        let found = only(&policy);
        assert_eq!(format!("{:?}", found.kind), wanted);
        assert_eq!(found.ident.id, "cluster/7");
        assert_eq!(found.age, Some(7));
        assert!(found.cluster.is_none());
        assert_eq!(codes(&findings), ["R2001"]);
    }
}

#[test]
fn absent_flags_are_false() {
    let (policy, _) = run(&[&rule("ClusterAffinityRuleSpec", TWO)]);
    assert!(!only(&policy).enabled);
    assert_eq!(only(&policy).strength, Strength::Should);
    let given = format!(r#"{TWO}, "enabled": true, "mandatory": true"#);
    let (policy, _) = run(&[&rule("ClusterAffinityRuleSpec", &given)]);
    assert!(only(&policy).enabled);
    assert_eq!(only(&policy).strength, Strength::Must);
}

#[test]
fn groups_are_named_within_their_cluster() {
    let on = r#""vmGroupName": "db", "affineHostGroupName": "lic""#;
    let (policy, _) = run(&[&rule("ClusterVmHostRuleInfo", on)]);
    assert_eq!(
        format!("{:?}", only(&policy).kind),
        "RunOn { vms: `cluster/db`, hosts: `cluster/lic` }"
    );
    let off = r#""vmGroupName": "db", "antiAffineHostGroupName": "lic""#;
    let (policy, _) = run(&[&rule("ClusterVmHostRuleInfo", off)]);
    assert_eq!(
        format!("{:?}", only(&policy).kind),
        "KeepOff { vms: `cluster/db`, hosts: `cluster/lic` }"
    );
    let after = r#""vmGroup": "app", "dependsOnVmGroup": "db""#;
    let (policy, _) = run(&[&rule("ClusterDependencyRuleInfo", after)]);
    assert_eq!(
        format!("{:?}", only(&policy).kind),
        "StartAfter { vms: `cluster/app`, after: `cluster/db` }"
    );
}

#[test]
fn a_rule_with_both_host_groups_is_two_rules() {
    let both = r#""vmGroupName": "db", "affineHostGroupName": "a", "antiAffineHostGroupName": "b", "mandatory": true"#;
    let (policy, findings) = run(&[&rule("ClusterVmHostRuleInfo", both)]);
    let rules: Vec<_> = policy
        .placement
        .rules
        .iter()
        .map(|rule| {
            (
                rule.ident.id.as_str(),
                rule.strength,
                format!("{:?}", rule.kind),
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            (
                "cluster/7",
                Strength::Must,
                "RunOn { vms: `cluster/db`, hosts: `cluster/a` }".to_owned()
            ),
            (
                "cluster/7/keep-off",
                Strength::Must,
                "KeepOff { vms: `cluster/db`, hosts: `cluster/b` }".to_owned()
            ),
        ]
    );
    assert_eq!(codes(&findings), ["R2001", "R2002"]);
}

#[test]
fn a_rule_that_is_not_understood_is_carried() {
    for (export, code) in [
        (rule("ClusterLunarRuleInfo", r#""moon": "full""#), "R0003"),
        (
            rule("ClusterVmHostRuleInfo", r#""vmGroupName": "db""#),
            "R0004",
        ),
        (
            rule(
                "ClusterVmHostRuleInfo",
                r#""vmGroupName": "", "affineHostGroupName": "a""#,
            ),
            "R0004",
        ),
        (
            rule("ClusterDependencyRuleInfo", r#""vmGroup": "db""#),
            "R0004",
        ),
        (
            rule(
                "ClusterAffinityRuleSpec",
                r#""vm": [], "enabled": "perhaps""#,
            ),
            "R0004",
        ),
        (
            vi(r#""rule": [{"key": 7, "name": "r", "vm": []}]"#),
            "R0003",
        ),
    ] {
        let (policy, findings) = run(&[&export]);
        let found = only(&policy);
        assert!(matches!(found.kind, RuleKind::Opaque(_)), "{export}");
        assert_eq!(found.ident.name, "r");
        assert_eq!(found.ident.id, "cluster/7");
        assert!(
            codes(&findings).contains(&code),
            "{export}: {:?}",
            codes(&findings)
        );
    }
}

#[test]
fn an_unknown_key_is_told_and_kept_with_its_rule() {
    let export = rule(
        "ClusterAffinityRuleSpec",
        &format!(r#"{TWO}, "onlyOnSundays": true"#),
    );
    let (policy, findings) = run(&[&export]);
    assert_eq!(BadKey::names(&only(&policy).unread), ["onlyOnSundays"]);
    let found = findings
        .iter()
        .find(|one| one.code.id == "R0002")
        .expect("told");
    let span = found.subjects[0].origin.span;
    assert_eq!(span.of(&export), r#""onlyOnSundays""#);
    let (_, findings) = run(&[&vi(r#""gravity": {"enabled": true}"#)]);
    assert_eq!(codes(&findings), ["R0002", "R2001"]);
}

#[test]
fn a_member_that_is_no_reference_stays_a_member() {
    let (policy, findings) = run(&[&rule(
        "ClusterAntiAffinityRuleSpec",
        r#""vm": [{"value": "vm-1"}, {"nothing": 1}]"#,
    )]);
    assert_eq!(
        format!("{:?}", only(&policy).kind),
        r#"Apart([`vm-1`, `{"nothing": 1}`])"#
    );
    assert_eq!(codes(&findings), ["R0004", "R2001"]);
}

const XML: &str = r#"<ObjectUpdate><kind>enter</kind><obj type="ClusterComputeResource">domain-c28</obj>
<changeSet><name>configurationEx</name><op>assign</op>
<val xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="ClusterConfigInfoEx">
<rule x:type="ClusterAntiAffinityRuleSpec"><key>1</key><enabled>true</enabled><name>apart</name>
<vm type="VirtualMachine">vm-1</vm><vm type="VirtualMachine">vm-2</vm></rule>
<group x:type="ClusterVmGroup"><name>g</name><vm type="VirtualMachine">vm-1</vm></group>
<group x:type="ClusterVmGroup"><name>none</name></group>
<group x:type="ClusterHostGroup"><name>h</name><host type="HostSystem">host-1</host></group>
</val></changeSet></ObjectUpdate>"#;

#[test]
fn xml_carries_the_cluster() {
    let (policy, findings) = run(&[XML]);
    let found = only(&policy);
    assert_eq!(found.ident.id, "domain-c28/1");
    assert_eq!(found.cluster.as_ref().expect("carried").text, "domain-c28");
    assert_eq!(format!("{:?}", found.kind), "Apart([`vm-1`, `vm-2`])");
    let groups: Vec<_> = policy
        .placement
        .vm_groups
        .values()
        .map(|group| (group.ident.id.as_str(), format!("{:?}", group.vms)))
        .collect();
    assert_eq!(
        groups,
        [
            ("domain-c28/g", "[`vm-1`]".to_owned()),
            ("domain-c28/none", "[]".to_owned())
        ]
    );
    assert_eq!(policy.placement.host_groups.len(), 1);
    assert_eq!(policy.inventory.clusters.len(), 1);
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn an_object_content_in_a_soap_answer_is_the_same() {
    let soap = XML
        .replace("<ObjectUpdate><kind>enter</kind>", "<returnval><objects>")
        .replace("</ObjectUpdate>", "</objects></returnval>")
        .replace("changeSet>", "propSet>")
        .replace("<op>assign</op>", "");
    let soap = format!(
        r#"<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><RetrievePropertiesExResponse xmlns="urn:vim25">{soap}</RetrievePropertiesExResponse></soapenv:Body></soapenv:Envelope>"#
    );
    let (policy, findings) = run(&[&soap]);
    assert_eq!(only(&policy).ident.id, "domain-c28/1");
    assert_eq!(policy.placement.vm_groups.len(), 2);
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn rules_asked_for_by_themselves_are_read() {
    let export = r#"<ObjectContent xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><obj type="ClusterComputeResource">domain-c9</obj>
<propSet><name>configurationEx.rule</name><val i:type="ArrayOfClusterRuleInfo">
<ClusterRuleInfo i:type="ClusterAffinityRuleSpec"><key>3</key><name>t</name><vm type="VirtualMachine">vm-1</vm></ClusterRuleInfo>
</val></propSet></ObjectContent>"#;
    let (policy, findings) = run(&[export]);
    assert_eq!(only(&policy).ident.id, "domain-c9/3");
    assert_eq!(format!("{:?}", only(&policy).kind), "Together([`vm-1`])");
    assert_eq!(codes(&findings), ["R0008"]);
    assert!(
        findings[0]
            .message
            .contains("carry no groups, no DRS and HA settings")
    );
}

#[test]
fn what_two_exports_of_one_cluster_say_is_compared() {
    let (policy, findings) = run(&[XML, XML]);
    assert_eq!(policy.placement.rules.len(), 1);
    assert_eq!(policy.placement.vm_groups.len(), 2);
    assert!(findings.is_empty(), "{findings:?}");
    let other = XML.replace("vm-2</vm></rule>", "vm-3</vm></rule>");
    let (policy, findings) = run(&[XML, &other]);
    assert_eq!(
        format!("{:?}", only(&policy).kind),
        "Apart([`vm-1`, `vm-2`])"
    );
    assert_eq!(codes(&findings), ["R0005"]);
    let more = XML
        .replace("<key>1</key>", "<key>2</key>")
        .replace("<name>apart<", "<name>later<");
    let (policy, findings) = run(&[XML, &more]);
    assert_eq!(only(&policy).ident.name, "apart");
    assert_eq!(codes(&findings), ["R0005"]);
}

#[test]
fn a_configuration_without_cluster_joins_the_one_that_has_its_rules() {
    let uuid = "11111111-2222-4333-8444-555555555555";
    let typed = XML.replace(
        "<name>apart<",
        &format!("<ruleUuid>{uuid}</ruleUuid><name>apart<"),
    );
    let lone = vi(&format!(
        r#""rule": [{{"_typeName": "ClusterAntiAffinityRuleSpec", "key": 1, "enabled": true, "name": "apart", "ruleUuid": "{uuid}", {TWO}}}]"#
    ));
    for files in [
        [typed.as_str(), lone.as_str()],
        [lone.as_str(), typed.as_str()],
    ] {
        let (policy, findings) = run(&files);
        let found = only(&policy);
        assert_eq!(found.ident.id, "domain-c28/1");
        assert!(!codes(&findings).contains(&"R2001"), "{findings:?}");
    }
}

#[test]
fn two_configurations_without_cluster_are_kept_apart_by_content() {
    let first = rule("ClusterAffinityRuleSpec", TWO);
    let second = first.replace("\"name\": \"r\"", "\"name\": \"s\"");
    let ids = |files: [&str; 2]| {
        let (policy, findings) = run(&files);
        assert_eq!(codes(&findings), ["R2001", "R2001"]);
        let mut ids: Vec<String> = policy
            .placement
            .rules
            .iter()
            .map(|rule| rule.ident.id.clone())
            .collect();
        ids.sort();
        ids
    };
    let found = ids([&first, &second]);
    assert_ne!(found[0], found[1]);
    assert!(found.iter().all(|id| id.starts_with("cluster-")));
    assert_eq!(found, ids([&second, &first]));
}

/// A configuration with settings of every kind.
const SETTINGS: &str = r#"
        "dasConfig": {"_typeName": "ClusterDasConfigInfo", "enabled": true, "hostMonitoring": "enabled",
            "admissionControlPolicy": {"_typeName": "ClusterFailoverResourcesAdmissionControlPolicy", "cpuFailoverResourcesPercent": 25},
            "defaultVmSettings": {"_typeName": "ClusterDasVmSettings", "restartPriority": "high", "isolationResponse": "shutdown"},
            "option": [{"_typeName": "OptionValue", "key": "das.respectVmVmAntiAffinityRules", "value": {"_typeName": "string", "_value": "false"}}]},
        "drsConfig": {"_typeName": "ClusterDrsConfigInfo", "enabled": false, "defaultVmBehavior": "manual"},
        "drsVmConfig": [{"key": {"type": "VirtualMachine", "value": "vm-1"}, "enabled": true, "behavior": "manual"},
            {"key": {"type": "VirtualMachine", "value": "vm-2"}, "enabled": false}],
        "dasVmConfig": [{"key": {"type": "VirtualMachine", "value": "vm-1"}, "dasSettings": {"restartPriority": "clusterRestartPriority", "isolationResponse": "none"}},
            {"key": {"type": "VirtualMachine", "value": "vm-2"}, "dasSettings": {"restartPriority": "lowest", "restartPriorityTimeout": -1}}],
        "vmOrchestration": [{"vm": {"type": "VirtualMachine", "value": "vm-1"}, "vmReadiness": {"readyCondition": "guestHbStatusGreen", "postReadyDelay": 120}},
            {"vm": {"type": "VirtualMachine", "value": "vm-2"}, "vmReadiness": {"readyCondition": "useClusterDefault", "postReadyDelay": -1}}],
        "dpmHostConfig": [{"key": {"type": "HostSystem", "value": "host-1"}, "enabled": false}],
        "vsanConfigInfo": {"enabled": true}
"#;

#[test]
fn settings_are_carried_one_by_one() {
    let (policy, findings) = run(&[&vi(SETTINGS)]);
    let other = |key: &str, value: &str| SettingKind::Other {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    let wanted = [
        (
            "cluster/dasConfig.enabled",
            SettingKind::RestartEnabled(true),
        ),
        (
            "cluster/dasConfig.hostMonitoring",
            other("dasConfig.hostMonitoring", "enabled"),
        ),
        (
            "cluster/dasConfig.admissionControlPolicy",
            other(
                "dasConfig.admissionControlPolicy",
                "ClusterFailoverResourcesAdmissionControlPolicy(cpuFailoverResourcesPercent=25)",
            ),
        ),
        (
            "cluster/dasConfig.defaultVmSettings.restartPriority",
            SettingKind::RestartPriority(RestartPriority::High),
        ),
        (
            "cluster/dasConfig.defaultVmSettings.isolationResponse",
            other("dasConfig.defaultVmSettings.isolationResponse", "shutdown"),
        ),
        (
            "cluster/dasConfig.option.das.respectVmVmAntiAffinityRules",
            other("dasConfig.option.das.respectVmVmAntiAffinityRules", "false"),
        ),
        (
            "cluster/vm-1/dasVmConfig.dasSettings.isolationResponse",
            other("dasVmConfig.dasSettings.isolationResponse", "none"),
        ),
        (
            "cluster/vm-2/dasVmConfig.dasSettings.restartPriority",
            SettingKind::RestartPriority(RestartPriority::Lowest),
        ),
        (
            "cluster/drsConfig.enabled",
            SettingKind::SchedulerEnabled(false),
        ),
        (
            "cluster/drsConfig.defaultVmBehavior",
            SettingKind::Automation("manual".to_owned()),
        ),
        (
            "cluster/vm-1/drsVmConfig.behavior",
            SettingKind::Automation("manual".to_owned()),
        ),
        (
            "cluster/vm-2/drsVmConfig.enabled",
            SettingKind::SchedulerEnabled(false),
        ),
        (
            "cluster/vm-1/vmOrchestration.vmReadiness",
            SettingKind::Readiness {
                condition: ReadyCondition::GuestHeartbeat,
                delay_seconds: Some(120),
            },
        ),
        (
            "cluster/dpmHostConfig.enabled[host-1]",
            other("dpmHostConfig.enabled[host-1]", "false"),
        ),
    ];
    let found: Vec<_> = policy
        .placement
        .settings
        .iter()
        .map(|setting| (setting.ident.id.as_str(), setting.what.clone()))
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(codes(&findings), ["R2001"]);
}

#[test]
fn overrides_that_are_switched_off_are_notes() {
    let (policy, findings) = run(&[&vi(r#"
        "drsConfig": {"enabled": true, "enableVmBehaviorOverrides": false},
        "drsVmConfig": [{"key": {"type": "VirtualMachine", "value": "vm-1"}, "enabled": false, "behavior": "manual"}]
    "#)]);
    let of_machines: Vec<_> = policy
        .placement
        .settings
        .iter()
        .filter(|setting| setting.vm.is_some())
        .map(|setting| setting.what.clone())
        .collect();
    let note = |key: &str, value: &str| SettingKind::Other {
        key: format!("drsVmConfig.{key}"),
        value: format!("{value} (not in force)"),
    };
    assert_eq!(
        of_machines,
        [note("enabled", "false"), note("behavior", "manual")]
    );
    assert_eq!(codes(&findings), ["R2004", "R2004", "R2001"]);
}

#[test]
fn a_setting_with_an_unknown_value_is_told_and_carried() {
    let (policy, findings) = run(&[&vi(
        r#""dasConfig": {"defaultVmSettings": {"restartPriority": "soonish"}}"#,
    )]);
    assert_eq!(
        policy.placement.settings[0].what,
        SettingKind::Other {
            key: "dasConfig.defaultVmSettings.restartPriority".to_owned(),
            value: "soonish".to_owned()
        }
    );
    assert_eq!(codes(&findings), ["R0003", "R2001"]);
}
