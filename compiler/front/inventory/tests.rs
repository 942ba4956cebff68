//! One listing at a time, and what becomes of it.

use super::*;
use crate::finding::Finding;
use crate::front::detect;
use crate::ir::Inventory;
use crate::source::Sources;
use std::path::PathBuf;

/// Reads files as one run.
fn run(files: &[&str]) -> (Inventory<Named>, Vec<Finding>) {
    let mut sources = Sources::default();
    for (at, text) in files.iter().enumerate() {
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).expect("well-formed");
        sources.add(format!("{at}"), PathBuf::from(format!("{at}")), tree);
    }
    let mut findings = Findings::new();
    let exports = detect::sort(&sources, &mut findings);
    let mut policy = Policy::default();
    read(&exports, &mut policy, &mut findings);
    (policy.inventory, findings.into_iter().collect())
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

const VM: &str = r#"{"virtualMachines": [{
    "self": {"type": "VirtualMachine", "value": "vm-1"}, "name": "a%2fb%25c%5cd", "overallStatus": "green",
    "config": {"name": "old", "uuid": "BIOS-1", "instanceUuid": "INSTANCE-1", "guestFullName": "Ubuntu (64-bit)"},
    "runtime": {"host": {"type": "HostSystem", "value": "host-1"}},
    "guest": {"hostName": "a.example", "ipAddress": "10.0.0.5",
        "net": [{"ipAddress": ["10.0.0.5", "fe80::1"]}, {"ipAddress": ["10.1.0.5"]}]},
    "network": [{"type": "Network", "value": "network-7"}]
}]}"#;

#[test]
fn a_machine_is_read_from_vm_info() {
    let (inventory, findings) = run(&[VM]);
    let vm = inventory.vms.values().next().expect("one");
    assert_eq!(
        (vm.ident.id.as_str(), vm.ident.name.as_str()),
        ("vm-1", r"a/b%c\d")
    );
    assert_eq!(vm.aliases, ["vm-1", "INSTANCE-1", "BIOS-1"]);
    assert_eq!(vm.os_name.as_deref(), Some("Ubuntu (64-bit)"));
    assert_eq!(vm.computer_name.as_deref(), Some("a.example"));
    assert_eq!(
        vm.addresses.as_ref().map(ToString::to_string).as_deref(),
        Some("10.0.0.5, 10.1.0.5, fe80::1")
    );
    assert_eq!(
        format!("{:?} {:?}", vm.host, vm.segments),
        "Some(`host-1`) [`network-7`]"
    );
    // Both are mentioned and no listing holds them.
    assert_eq!(
        inventory
            .hosts
            .values()
            .next()
            .map(|host| host.ident.name.as_str()),
        Some("host-1")
    );
    assert_eq!(inventory.segments.len(), 1);
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn the_older_spelling_is_the_same() {
    let old = VM
        .replace("virtualMachines", "VirtualMachines")
        .replace("\"self\"", "\"Self\"")
        .replace("\"type\"", "\"Type\"")
        .replace("\"value\"", "\"Value\"")
        .replace("\"name\"", "\"Name\"")
        .replace("overallStatus", "OverallStatus")
        .replace("\"config\"", "\"Config\"")
        .replace("\"uuid\"", "\"Uuid\"")
        .replace("instanceUuid", "InstanceUuid")
        .replace("guestFullName", "GuestFullName")
        .replace("\"runtime\"", "\"Runtime\"")
        .replace("\"host\"", "\"Host\"")
        .replace("\"guest\"", "\"Guest\"")
        .replace("hostName", "HostName")
        .replace("ipAddress", "IpAddress")
        .replace("\"net\"", "\"Net\"")
        .replace("\"network\"", "\"Network\"");
    let (inventory, findings) = run(&[&old]);
    let (wanted, _) = run(&[VM]);
    let told = |inventory: &Inventory<Named>| {
        let vm = inventory.vms.values().next().expect("one").clone();
        format!(
            "{:?} {:?} {:?} {:?}",
            vm.ident.name, vm.aliases, vm.addresses, vm.os_name
        )
    };
    assert_eq!(told(&inventory), told(&wanted));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn a_machine_without_reported_addresses_has_unknown_ones() {
    let silent = r#"{"virtualMachines": [{"self": {"type": "VirtualMachine", "value": "vm-1"},
        "guest": {"net": [{"macAddress": "00:0c:29:64:62:38"}]}}]}"#;
    let (inventory, findings) = run(&[silent]);
    assert_eq!(inventory.vms.values().next().expect("one").addresses, None);
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn a_bad_address_is_told() {
    let (inventory, findings) = run(&[&VM.replace("10.1.0.5", "10.1.0.555")]);
    let vm = inventory.vms.values().next().expect("one");
    assert_eq!(
        vm.addresses.as_ref().map(ToString::to_string).as_deref(),
        Some("10.0.0.5, fe80::1")
    );
    assert_eq!(codes(&findings), ["R0003"]);
}

/// A listing of one property, in the three shapes tools print it.
fn listings(kind: &str, id: &str, path: &str, value: &str) -> [String; 3] {
    [
        format!(
            r#"{{"kind": "enter", "obj": {{"type": "{kind}", "value": "{id}"}}, "changeSet": [{{"name": "{path}", "op": "assign", "val": "{value}"}}]}}"#
        ),
        format!(
            r#"{{"Kind": "enter", "Obj": {{"Type": "{kind}", "Value": "{id}"}}, "ChangeSet": [{{"Name": "{path}", "Op": "assign", "Val": "{value}"}}]}}"#
        ),
        format!(
            r#"<ObjectUpdate><kind>enter</kind><obj type="{kind}">{id}</obj><changeSet><name>{path}</name><op>assign</op><val xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="xsd:string">{value}</val></changeSet></ObjectUpdate>"#
        ),
    ]
}

#[test]
fn a_property_listing_is_a_stream_of_objects() {
    for (first, second) in listings("VirtualMachine", "vm-1", "name", "web")
        .iter()
        .zip(listings(
            "VirtualMachine",
            "vm-2",
            "config.instanceUuid",
            "UUID-2",
        ))
    {
        let (inventory, findings) = run(&[&format!("{first}\n{second}")]);
        let told: Vec<_> = inventory
            .vms
            .values()
            .map(|vm| (vm.ident.name.clone(), vm.aliases.clone()))
            .collect();
        let wanted = [
            ("web".to_owned(), vec!["vm-1".to_owned()]),
            (
                "vm-2".to_owned(),
                vec!["vm-2".to_owned(), "UUID-2".to_owned()],
            ),
        ];
        assert_eq!(told, wanted, "{first}");
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn listings_of_one_machine_are_one_record() {
    let [name, ..] = listings("VirtualMachine", "vm-1", "name", "web/01");
    let refs = "VirtualMachine:vm-1  /DC/vm/web/01\nHostSystem:host-1  /DC/host/prod/esx1\n";
    let parent = r#"{"obj": {"type": "HostSystem", "value": "host-1"}, "changeSet": [{"name": "parent", "op": "assign", "val": {"type": "ClusterComputeResource", "value": "domain-c7"}}]}"#;
    let cluster = r#"{"obj": {"type": "ClusterComputeResource", "value": "domain-c7"}, "changeSet": [{"name": "name", "op": "assign", "val": "prod"}]}"#;
    let vm = VM.replace("a%2fb%25c%5cd", "web%2f01");
    for files in [
        [name.as_str(), refs, &vm, parent, cluster],
        [cluster, parent, refs, &vm, name.as_str()],
    ] {
        let (inventory, findings) = run(&files);
        assert_eq!(inventory.vms.len(), 1);
        let vm = inventory.vms.values().next().expect("one");
        assert_eq!(vm.ident.name, "web/01");
        assert_eq!(
            vm.cluster.as_ref().expect("through its host").text,
            "domain-c7"
        );
        assert_eq!(
            inventory.hosts.values().next().expect("one").ident.name,
            "esx1"
        );
        let clusters: Vec<_> = inventory
            .clusters
            .values()
            .map(|one| one.ident.name.as_str())
            .collect();
        assert_eq!(clusters, ["prod"]);
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn a_reference_of_two_vcenters_is_told() {
    let (inventory, findings) = run(&[VM, &VM.replace("INSTANCE-1", "INSTANCE-9")]);
    let ids: Vec<_> = inventory
        .vms
        .values()
        .map(|vm| vm.ident.id.as_str())
        .collect();
    assert_eq!(ids, ["vm-1", "INSTANCE-9"]);
    assert_eq!(codes(&findings), ["R2003"]);
}

#[test]
fn a_bios_uuid_that_two_machines_have_identifies_none() {
    let copy = VM
        .replace("vm-1", "vm-2")
        .replace("INSTANCE-1", "INSTANCE-2");
    let (inventory, _) = run(&[VM, &copy]);
    let aliases: Vec<_> = inventory
        .vms
        .values()
        .map(|vm| vm.aliases.clone())
        .collect();
    assert_eq!(aliases, [["vm-1", "INSTANCE-1"], ["vm-2", "INSTANCE-2"]]);
}

#[test]
fn a_port_group_is_a_network_with_the_ids_nsx_knows() {
    let group = r#"{"networks": [{"self": {"type": "DistributedVirtualPortgroup", "value": "dvportgroup-9"}, "name": "seg-web",
        "config": {"key": "dvportgroup-9", "logicalSwitchUuid": "LS-1", "segmentId": "/infra/segments/web"}}]}"#;
    let (inventory, findings) = run(&[group]);
    let segment = inventory.segments.values().next().expect("one");
    assert_eq!(segment.ident.name, "seg-web");
    assert_eq!(
        segment.aliases,
        ["dvportgroup-9", "LS-1", "/infra/segments/web"]
    );
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn what_is_not_known_is_told() {
    let (_, findings) = run(&[&VM.replace("overallStatus", "moonPhase")]);
    assert_eq!(codes(&findings), ["R0002"]);
    let [other, ..] = listings("LunarModule", "moon-1", "name", "eagle");
    let (inventory, findings) = run(&[&other]);
    assert!(inventory.vms.is_empty());
    assert_eq!(codes(&findings), ["R0007"]);
}
