//! The arrangements of files in which people hold an NSX configuration.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use assert_cmd::Command;
use rehome::finding::Findings;
use rehome::front;
use rehome::ir::{Named, Policy};
use rehome::source::Sources;

fn read(files: &[(&str, Vec<u8>)]) -> (Policy<Named>, Vec<&'static str>) {
    let mut sources = Sources::default();
    for (name, bytes) in files {
        let tree = rehome_grammar::read(bytes.clone()).unwrap();
        sources.add((*name).to_owned(), (*name).into(), tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    let codes = findings.iter().map(|finding| finding.code.id).collect();
    (policy, codes)
}

const POLICIES: &str = r#"[{"resource_type": "SecurityPolicy", "id": "p", "display_name": "P", "category": "Application",
  "path": "/infra/domains/cgw/security-policies/p", "parent_path": "/infra/domains/cgw", "rule_count": 2}]"#;

const DETAILS: &str = r#"{"p": {"results": [
   {"resource_type": "Rule", "id": "a", "path": "/infra/domains/cgw/security-policies/p/rules/a", "sequence_number": 10,
    "action": "ALLOW", "source_groups": ["ANY"], "destination_groups": ["/infra/domains/cgw/groups/web"], "services": ["mine"]},
   {"resource_type": "Rule", "id": "b", "path": "/infra/domains/cgw/security-policies/p/rules/b", "sequence_number": 20,
    "action": "DROP", "source_groups": ["ANY"], "destination_groups": ["ANY"], "services": ["ANY"]}],
  "result_count": 2, "sort_by": "displayName", "sort_ascending": true}}"#;

/// Objects one after the other without a list around them.
const SERVICES: &str = r#"{"resource_type": "Service", "id": "mine", "path": "/infra/services/mine", "service_entries": [
   {"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "destination_ports": ["8443"]}]}
{"resource_type": "Service", "id": "other", "path": "/infra/services/other", "service_entries": []}"#;

const GROUPS: &str = r#"[{"resource_type": "Group", "id": "web", "path": "/infra/domains/cgw/groups/web", "expression": []}]"#;

#[test]
fn a_folder_of_the_cloud_export_script() {
    let files = [
        ("cgw_groups.json", GROUPS),
        ("dfw.json", POLICIES),
        ("dfw_details.json", DETAILS),
        ("services.json", SERVICES),
    ];
    let files = files.map(|(name, text)| (name, text.as_bytes().to_vec()));
    let (policy, codes) = read(&files);
    assert_eq!(codes, [""; 0]);
    let network = &policy.network;
    assert_eq!(
        (
            network.sections.len(),
            network.groups.len(),
            network.services.len()
        ),
        (1, 1, 2)
    );
    let rules: Vec<&str> = network
        .sections
        .first()
        .unwrap()
        .rules
        .iter()
        .map(|rule| rule.ident.id.as_str())
        .collect();
    let base = "/infra/domains/cgw/security-policies/p/rules";
    assert_eq!(rules, [format!("{base}/a"), format!("{base}/b")]);
}

#[test]
fn utf_16_with_and_without_a_mark() {
    let plain = GROUPS.to_owned();
    for mark in [Some(0xFEFF_u16), None] {
        let units = mark.into_iter().chain(plain.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let (policy, codes) = read(&[("groups.json", bytes)]);
        assert_eq!(codes, [""; 0]);
        assert_eq!(policy.network.groups.len(), 1);
    }
}

#[test]
fn an_archive_is_refused_and_says_what_to_run_instead() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("export.zip"), b"PK\x03\x04\x14\x00rest").unwrap();
    std::fs::write(folder.path().join("groups.json"), GROUPS).unwrap();
    let ran = Command::cargo_bin("rehome")
        .unwrap()
        .current_dir(folder.path())
        .args(["check", "."])
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("R0006"), "{said}");
    assert!(
        said.contains("/policy/api/v1/infra?filter=Type-.*"),
        "{said}"
    );
    assert!(!said.contains("S0001"), "{said}");
}
