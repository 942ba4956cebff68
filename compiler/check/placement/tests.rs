//! Estates in which a check must speak, and those in which it must not.

use crate::finding::{Finding, Findings};
use crate::front;
use crate::ir::recovery::{OtherMapping, ProtectionGroup, RecoveryPlan, Replication, Sites};
use crate::ir::{Ident, Link, Linked, Policy};
use crate::link;
use crate::source::Sources;
use std::path::PathBuf;

/// A cluster of four hosts and six machines on the first; `rules` and `more` go into its
/// configuration.
fn estate(configuration: &str) -> Vec<Finding> {
    told(&policy(configuration))
}

/// What the checks say.
fn told(policy: &Policy<Linked>) -> Vec<Finding> {
    let mut findings = Findings::new();
    super::check(policy, &mut findings);
    findings.into_iter().collect()
}

fn policy(configuration: &str) -> Policy<Linked> {
    let mut listing = String::new();
    for host in 1..=4 {
        listing.push_str(&format!(
            r#"{{"self": {{"type": "HostSystem", "value": "host-{host}"}}, "name": "esx{host}", "parent": {{"type": "ClusterComputeResource", "value": "domain-c1"}}}}"#
        ));
    }
    listing.push_str(
        r#"{"self": {"type": "HostSystem", "value": "host-9"}, "name": "esx9", "parent": {"type": "ClusterComputeResource", "value": "domain-c2"}}"#,
    );
    for vm in 1..=6 {
        listing.push_str(&format!(
            r#"{{"self": {{"type": "VirtualMachine", "value": "vm-{vm}"}}, "name": "vm{vm}", "runtime": {{"host": {{"type": "HostSystem", "value": "host-1"}}}}}}"#
        ));
    }
    listing.push_str(
        r#"{"self": {"type": "VirtualMachine", "value": "vm-9"}, "name": "vm9", "runtime": {"host": {"type": "HostSystem", "value": "host-9"}}}"#,
    );
    let cluster = format!(
        r#"<ObjectContent xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><obj type="ClusterComputeResource">domain-c1</obj>
<propSet><name>name</name><val i:type="xsd:string">prod</val></propSet>
<propSet><name>configurationEx</name><val i:type="ClusterConfigInfoEx">{configuration}</val></propSet></ObjectContent>"#
    );
    let mut sources = Sources::default();
    for (name, text) in [("a.json", listing), ("b.xml", cluster)] {
        let tree = rehome_grammar::read(text.into_bytes()).expect("well-formed");
        sources.add(name.to_owned(), PathBuf::from(name), tree);
    }
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    policy
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

/// The rules that a finding names.
fn names(finding: &Finding) -> Vec<&str> {
    let subjects = finding.subjects.iter();
    subjects.map(|subject| subject.name.as_str()).collect()
}

fn between(kind: &str, key: u32, name: &str, must: bool, vms: &[u32]) -> String {
    let members: String = vms
        .iter()
        .map(|vm| format!(r#"<vm type="VirtualMachine">vm-{vm}</vm>"#))
        .collect();
    format!(
        r#"<rule i:type="Cluster{kind}RuleSpec"><key>{key}</key><enabled>true</enabled><name>{name}</name><mandatory>{must}</mandatory>{members}</rule>"#
    )
}

fn with_hosts(
    key: u32,
    name: &str,
    must: bool,
    vms: &str,
    on: Option<&str>,
    off: Option<&str>,
) -> String {
    let on = on.map_or(String::new(), |on| {
        format!("<affineHostGroupName>{on}</affineHostGroupName>")
    });
    let off = off.map_or(String::new(), |off| {
        format!("<antiAffineHostGroupName>{off}</antiAffineHostGroupName>")
    });
    format!(
        r#"<rule i:type="ClusterVmHostRuleInfo"><key>{key}</key><enabled>true</enabled><name>{name}</name><mandatory>{must}</mandatory><vmGroupName>{vms}</vmGroupName>{on}{off}</rule>"#
    )
}

fn group(kind: &str, name: &str, members: &[u32]) -> String {
    let (kind, key, type_name, prefix) = match kind {
        "vm" => ("ClusterVmGroup", "vm", "VirtualMachine", "vm"),
        _ => ("ClusterHostGroup", "host", "HostSystem", "host"),
    };
    let members: String = members
        .iter()
        .map(|one| format!(r#"<{key} type="{type_name}">{prefix}-{one}</{key}>"#))
        .collect();
    format!(r#"<group i:type="{kind}"><name>{name}</name>{members}</group>"#)
}

#[test]
fn rules_that_fit_say_nothing() {
    let findings = estate(
        &[
            between("AntiAffinity", 1, "apart", true, &[1, 2, 3]),
            between("Affinity", 2, "together", false, &[4, 5]),
            group("vm", "db", &[1, 2]),
            group("host", "lic", &[1, 2, 3]),
            with_hosts(3, "licences", true, "db", Some("lic"), None),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), [""; 0], "{findings:?}");
}

#[test]
fn together_and_apart_conflict() {
    let findings = estate(
        &[
            between("AntiAffinity", 1, "apart", false, &[1, 2, 3]),
            between("Affinity", 2, "bystander", false, &[3, 4]),
            between("Affinity", 3, "together", false, &[1, 2]),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2001"]);
    assert_eq!(names(&findings[0]), ["apart", "together"]);
    assert!(findings[0].message.starts_with(
        "cluster `prod`: no placement keeps all of rule `apart` (should keep `vm1`, `vm2`, `vm3` apart)"
    ));
}

#[test]
fn together_through_others_conflicts_too() {
    let findings = estate(
        &[
            between("Affinity", 1, "a", true, &[1, 2]),
            between("Affinity", 2, "b", true, &[2, 3]),
            between("AntiAffinity", 3, "c", true, &[1, 3]),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2002"]);
    assert_eq!(names(&findings[0]), ["a", "b", "c"]);
}

#[test]
fn more_machines_apart_than_hosts_cannot_be() {
    let findings = estate(&between("AntiAffinity", 1, "five", true, &[1, 2, 3, 4, 5]));
    assert_eq!(codes(&findings), ["C2002"]);
    let findings = estate(&between("AntiAffinity", 1, "five", false, &[1, 2, 3, 4, 5]));
    assert_eq!(codes(&findings), ["C2001"]);
    // Four fit, until a host fails.
    let findings = estate(&between("AntiAffinity", 1, "four", true, &[1, 2, 3, 4]));
    assert_eq!(codes(&findings), ["C2003"]);
    assert!(
        findings[0]
            .message
            .contains("`esx1`, `esx2`, `esx3`, `esx4`")
    );
    let findings = estate(&between("AntiAffinity", 1, "four", false, &[1, 2, 3, 4]));
    assert!(findings.is_empty());
}

#[test]
fn hosts_that_exclude_each_other_conflict() {
    let findings = estate(
        &[
            group("vm", "db", &[1]),
            group("host", "lic", &[1, 2]),
            group("host", "site", &[2, 3]),
            with_hosts(1, "licences", true, "db", Some("lic"), None),
            with_hosts(2, "not-site", true, "db", None, Some("site")),
            with_hosts(3, "not-lic", true, "db", None, Some("lic")),
        ]
        .concat(),
    );
    // The first two leave `esx1`; the third takes it.
    assert_eq!(codes(&findings), ["C2002", "C2003"]);
    assert_eq!(names(&findings[0]), ["licences", "not-lic"]);
    assert_eq!(names(&findings[1]), ["licences", "not-site"]);
    assert_eq!(
        findings[1].witness.as_ref().map(ToString::to_string),
        Some("host `esx1` fails".to_owned())
    );
}

#[test]
fn a_group_of_one_host_leaves_no_room() {
    let findings = estate(
        &[
            group("vm", "db", &[1]),
            group("host", "lic", &[2]),
            with_hosts(1, "licences", true, "db", Some("lic"), None),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2003"]);
    assert!(findings[0].message.contains("when host `esx2` fails"));
}

#[test]
fn machines_that_wait_in_a_circle_are_told() {
    let after = |key: u32, vms: &str, first: &str| {
        format!(
            r#"<rule i:type="ClusterDependencyRuleInfo"><key>{key}</key><enabled>true</enabled><name>{vms}-{first}</name><vmGroup>{vms}</vmGroup><dependsOnVmGroup>{first}</dependsOnVmGroup></rule>"#
        )
    };
    let groups = [
        group("vm", "web", &[1]),
        group("vm", "app", &[2, 3]),
        group("vm", "db", &[4]),
    ]
    .concat();
    let findings = estate(
        &[
            groups.clone(),
            after(1, "web", "app"),
            after(2, "app", "db"),
        ]
        .concat(),
    );
    assert!(findings.is_empty(), "{findings:?}");
    let findings = estate(
        &[
            groups,
            after(1, "web", "app"),
            after(2, "app", "db"),
            after(3, "db", "app"),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2004"]);
    assert_eq!(names(&findings[0]), ["app-db", "db-app"]);
    // A machine of both groups waits for itself.
    let both = [
        group("vm", "all", &[1, 2]),
        group("vm", "some", &[2, 3]),
        after(1, "all", "some"),
    ]
    .concat();
    assert_eq!(codes(&estate(&both)), ["C2004"]);
}

#[test]
fn a_higher_priority_cannot_wait_for_a_lower() {
    let estate_with = |priority: &str| {
        estate(&format!(
            r#"<dasVmConfig><key type="VirtualMachine">vm-1</key><dasSettings><restartPriority>{priority}</restartPriority></dasSettings></dasVmConfig>
<rule i:type="ClusterDependencyRuleInfo"><key>1</key><enabled>true</enabled><name>r</name><vmGroup>app</vmGroup><dependsOnVmGroup>db</dependsOnVmGroup></rule>{}{}"#,
            group("vm", "app", &[1]),
            group("vm", "db", &[2])
        ))
    };
    assert_eq!(codes(&estate_with("high")), ["C2005"]);
    assert_eq!(codes(&estate_with("medium")), [""; 0]);
    assert_eq!(codes(&estate_with("low")), [""; 0]);
    assert_eq!(codes(&estate_with("disabled")), [""; 0]);
}

#[test]
fn rules_of_a_manual_cluster_are_advice() {
    let rule = between("AntiAffinity", 1, "apart", false, &[1, 2]);
    for drs in [
        "<enabled>false</enabled>",
        "<enabled>true</enabled><defaultVmBehavior>manual</defaultVmBehavior>",
        "<enabled>true</enabled><defaultVmBehavior>partiallyAutomated</defaultVmBehavior>",
    ] {
        let findings = estate(&format!("<drsConfig>{drs}</drsConfig>{rule}"));
        assert_eq!(codes(&findings), ["C2006"], "{drs}");
    }
    let on = "<drsConfig><enabled>true</enabled><defaultVmBehavior>fullyAutomated</defaultVmBehavior></drsConfig>";
    assert!(estate(&format!("{on}{rule}")).is_empty());
}

#[test]
fn members_of_another_cluster_are_told() {
    let findings = estate(
        &[
            between("AntiAffinity", 1, "apart", false, &[1, 9]),
            group("vm", "vms", &[1, 9]),
            group("host", "hosts", &[1, 9]),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2007", "C2007", "C2007"]);
}

#[test]
fn namesakes_are_told() {
    let findings = estate(
        &[
            between("AntiAffinity", 1, "same", false, &[1, 2]),
            between("AntiAffinity", 2, "same", false, &[3, 4]),
        ]
        .concat(),
    );
    assert_eq!(codes(&findings), ["C2008"]);
}

/// Two sites of two hosts each, with these strengths.
fn two_sites(first: bool, second: bool) -> String {
    [
        group("vm", "a-vms", &[1, 2]),
        group("vm", "b-vms", &[3]),
        group("host", "a", &[1, 2]),
        group("host", "b", &[3, 4]),
        with_hosts(1, "site-a", first, "a-vms", Some("a"), None),
        with_hosts(2, "site-b", second, "b-vms", Some("b"), None),
    ]
    .concat()
}

#[test]
fn sites_are_recognised_by_the_rules_that_divide_a_cluster() {
    let findings = estate(&two_sites(false, false));
    assert_eq!(codes(&findings), ["C2010"]);
    assert_eq!(names(&findings[0]), ["site-a", "site-b"]);
    assert!(
        findings[0]
            .message
            .contains("`a` (2 hosts, 2 machines by rule `site-a`)")
    );
    assert_eq!(findings[0].level(), crate::finding::Level::Advice);
    let findings = estate(&two_sites(false, true));
    assert_eq!(
        findings[0]
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("all hosts of `b` fail")
    );
    assert_eq!(findings[0].level(), crate::finding::Level::Warning);
    // A host that belongs to no site: the rules divide nothing.
    let holed = two_sites(false, false).replace(r#"<host type="HostSystem">host-4</host>"#, "");
    assert_eq!(codes(&estate(&holed)), [""; 0]);
}

#[test]
fn a_rule_that_is_off_is_explained_by_the_rules_it_conflicts_with() {
    let off = |rule: String| rule.replace("<enabled>true", "<enabled>false");
    let apart = between("AntiAffinity", 1, "apart", false, &[1, 2]);
    let newer = off(between("Affinity", 2, "together", false, &[1, 2]));
    let findings = estate(&[apart.clone(), newer].concat());
    assert_eq!(codes(&findings), ["C2011"]);
    assert_eq!(names(&findings[0]), ["together", "apart"]);
    assert!(
        findings[0]
            .message
            .ends_with("it is the newest of them, which DRS switches off by itself")
    );
    let older = off(between("Affinity", 0, "together", false, &[1, 2]));
    let findings = estate(&[apart.clone(), older].concat());
    assert!(findings[0].message.ends_with("so a person switched it off"));
    let other = off(between("Affinity", 2, "together", false, &[3, 4]));
    assert_eq!(codes(&estate(&[apart, other].concat())), [""; 0]);
}

#[test]
fn rules_are_held_against_recovery_plans() {
    let after = r#"<rule i:type="ClusterDependencyRuleInfo"><key>2</key><enabled>true</enabled><name>app-after-db</name><vmGroup>app</vmGroup><dependsOnVmGroup>db</dependsOnVmGroup></rule>"#;
    let mut policy = policy(
        &[
            between("AntiAffinity", 1, "apart", false, &[1, 2]),
            group("vm", "app", &[1]),
            group("vm", "db", &[3]),
            after.to_owned(),
        ]
        .concat(),
    );
    assert_eq!(codes(&told(&policy)), [""; 0]);
    let ident = |id: &str| Ident {
        id: id.to_owned(),
        name: id.to_owned(),
        origin: Default::default(),
    };
    let sites = Sites {
        protected: "here".to_owned(),
        recovery: "there".to_owned(),
        ..Sites::default()
    };
    let recovered = [1, 2].map(|vm| {
        let mut vms = policy.inventory.vms.iter();
        let id = format!("vm-{vm}");
        let found = vms.find(|(_, vm)| vm.ident.id == id).expect("listed");
        Link::Found(found.0, Default::default())
    });
    let group = policy.recovery.groups.push(ProtectionGroup {
        ident: ident("group"),
        description: None,
        folder: None,
        sites: sites.clone(),
        replication: Replication::Array,
        rpo_minutes: None,
        vms: recovered.to_vec(),
        places: vec![],
        missing: vec![],
    });
    policy.recovery.plans.push(RecoveryPlan {
        ident: ident("plan"),
        description: None,
        folder: None,
        sites,
        groups: vec![Link::Found(group, Default::default())],
        vms: vec![],
        steps: vec![],
        test_networks: vec![],
        missing: vec![],
    });
    // `domain-c2` has one host.
    policy.recovery.other_mappings.push(OtherMapping {
        ident: ident("prod to domain-c2"),
        what: "resource pool".to_owned(),
    });
    let findings = told(&policy);
    assert_eq!(codes(&findings), ["C2013", "C2012"], "{findings:#?}");
    assert_eq!(
        findings[0]
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("after a recovery `vm1` and `vm2` share a host")
    );
    assert!(
        findings[1]
            .message
            .ends_with("plan `plan` recovers the first, and no plan recovers the other")
    );
    if let Some(group) = policy.recovery.groups.values_mut().next() {
        group.vms.remove(0);
    }
    assert_eq!(codes(&told(&policy)), [""; 0]);
}

#[test]
fn a_group_of_one_host_leaves_no_room_where_the_hosts_are_not_listed() {
    let text = [
        group("vm", "db", &[1]),
        group("host", "lic", &[2]),
        with_hosts(1, "licences", true, "db", Some("lic"), None),
    ]
    .concat();
    let mut policy = policy(&text);
    for host in policy.inventory.hosts.values_mut() {
        host.cluster = None;
    }
    assert_eq!(codes(&told(&policy)), ["C2003"]);
}
