//! Lists of the members that the product computed.

use super::*;
use std::path::PathBuf;

const GROUP: &str = r#"{"resource_type": "Group", "id": "web", "path": "/infra/domains/default/groups/web",
    "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Tag",
        "operator": "EQUALS", "value": "web"}]}"#;
const MACHINES: &str = r#"{"results": [{"id": "vm-a", "display_name": "A", "host_id": "h",
    "compute_ids": ["instanceUuid:50"], "power_state": "VM_RUNNING"}], "result_count": 1}"#;
const ADDRESSES: &str = r#"{"results": ["10.0.0.1", "10.0.0.4-10.0.0.5"], "result_count": 2}"#;

/// What the group of the files has as computed members, and the codes.
fn listed(files: &[(&str, &str)]) -> (Option<Vec<String>>, Option<String>, Vec<&'static str>) {
    let mut sources = Sources::default();
    for (name, text) in files {
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).expect("the test's JSON");
        sources.add((*name).to_owned(), PathBuf::from(name), tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    let findings: Vec<Finding> = findings.into_iter().collect();
    let realised = policy
        .network
        .groups
        .values()
        .find_map(|group| group.realised.clone());
    let vms = realised.as_ref().and_then(|all| {
        let vms = all.vms.as_ref()?;
        Some(vms.iter().map(|name| name.text.clone()).collect())
    });
    let held = realised.and_then(|all| all.addresses);
    (vms, held.map(|set| set.to_string()), codes(&findings))
}

#[test]
fn lists_of_members_are_read_under_the_path_of_their_call() {
    let path = "/infra/domains/default/groups/web/members";
    let bundle = format!(
        r#"{{"{path}/virtual-machines": {MACHINES}}} {{"{path}/ip-addresses": {ADDRESSES}}}"#
    );
    let (vms, held, codes) = listed(&[("a.json", GROUP), ("b.json", &bundle)]);
    assert_eq!(vms, Some(vec!["vm-a".to_owned()]));
    assert_eq!(held.as_deref(), Some("10.0.0.1, 10.0.0.4/31"));
    assert!(codes.is_empty(), "{codes:?}");
}

#[test]
fn lists_of_members_are_read_from_files_named_as_their_call() {
    let (vms, held, codes) = listed(&[
        ("a.json", GROUP),
        ("nsx/groups/web/members/virtual-machines.json", MACHINES),
        ("nsx/groups/web/members/ip-addresses.json", ADDRESSES),
    ]);
    assert_eq!(vms, Some(vec!["vm-a".to_owned()]));
    assert!(held.is_some() && codes.is_empty(), "{held:?} {codes:?}");
}

#[test]
fn a_list_of_nobody_knows_whom_is_told() {
    for name in ["b.json", "nsx/groups/other/members/virtual-machines.json"] {
        let (vms, _, codes) = listed(&[("a.json", GROUP), (name, MACHINES)]);
        assert_eq!(
            (vms, codes.as_slice()),
            (None, ["R0007"].as_slice()),
            "{name}"
        );
    }
}

#[test]
fn a_list_that_lacks_a_page_is_told_and_not_compared() {
    let short = MACHINES.replace("\"result_count\": 1", "\"result_count\": 2");
    let name = "groups/web/members/virtual-machines.json";
    let (vms, _, codes) = listed(&[("a.json", GROUP), (name, &short)]);
    assert_eq!((vms, codes.as_slice()), (None, ["R0008"].as_slice()));
}
