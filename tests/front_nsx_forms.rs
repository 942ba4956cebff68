//! The arrangements of files in which people hold an NSX configuration.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use assert_cmd::Command;
use rehome::finding::{Findings, codes};
use rehome::front;
use rehome::ir::service::{Match, ServiceUse, Services};
use rehome::ir::{Named, Policy};
use rehome::source::Sources;
use std::collections::BTreeSet;
use std::path::Path;

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

const MANAGER: &str = r#"[{"resource_type": "FirewallSectionRuleList", "id": "s", "section_type": "LAYER3", "stateful": "true",
  "tcp_strict": "false", "rule_count": "1", "rules": [{"resource_type": "FirewallRule", "id": "1", "action": "DROP", "disabled": "false",
  "sources_excluded": "true", "sources": [{"target_id": "10.0.0.1", "target_type": "IPv4Address", "is_valid": true}], "priority": "7",
  "display_name": "it\u0027s", "services": [{"service": {"resource_type": "L4PortSetNSService", "l4_protocol": "TCP",
  "destination_ports": ["80-80"]}}]}]}]"#;

const OLDER: &str = "<section id=\"1\" name=\"s\" tcpStrict=\"false\"><rule id=\"1\" disabled=\"false\"><name>it&apos;s</name><action>DENY</action>\
  <sources excluded=\"true\"><source><value>10.0.0.1</value><type>Ipv4Address</type></source></sources><services><service>\
  <protocol>6</protocol><destinationPort>80-80</destinationPort></service></services><direction>InOut</direction></rule></section>";

/// The same rule of the Policy API, as a list and as a table.
const RULE: &str = r#"{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "stateful": "true", "tcp_strict": "false",
  "sequence_number": "7", "rule_count": "1", "rules": [{"resource_type": "Rule", "id": "1", "display_name": "it\u0027s", "action": "DROP", "disabled": "false",
  "sources_excluded": "true", "source_groups": ["10.0.0.1"], "destination_groups": ["any"], "services": ["Any"], "scope": ["aNY"],
  "service_entries": [{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "destination_ports": ["80-80"]}]}]}"#;

fn table() -> String {
    let cell = RULE.replace('\n', " ").replace('"', "\"\"");
    format!("ObjectType,Id,RawJson\r\nSecurityPolicy,p,\"{cell}\"\r\n")
}

/// What a rule says, where every form can say it.
fn said(policy: &Policy<Named>) -> String {
    let section = policy.network.sections.first().unwrap();
    let rule = section.rules.first().unwrap();
    let ServiceUse::Inline(entry) = services(&rule.services) else {
        panic!("a service by name");
    };
    let Match::Ports {
        transport,
        source,
        destination,
    } = &entry.matches
    else {
        panic!("{entry:?}");
    };
    format!(
        "{} {:?} {} {} {:?} {:?} {:?} {} {} {:?} {transport:?} {source:?} {destination:?}",
        rule.ident.name,
        rule.action,
        rule.enabled,
        rule.source.negated,
        rule.destination.set,
        rule.direction,
        rule.ip,
        section.stateful,
        section.strict_tcp,
        rule.broken
    )
}

fn services(services: &Services<Named>) -> &ServiceUse<Named> {
    match services {
        Services::Any => panic!("every service"),
        Services::Of(uses) => uses.iter().next().unwrap(),
    }
}

/// Booleans and numbers as texts, `ANY` in any case, ranges of one, escapes; in every form, and in
/// every encoding that exports are met in.
#[test]
fn values_and_encodings_as_they_occur() {
    /// Text to the bytes of a file.
    type Encode<'run> = &'run dyn Fn(&str) -> Vec<u8>;

    let plain = |text: &str| text.as_bytes().to_vec();
    let marked = |text: &str| [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let little = |text: &str| {
        "\u{FEFF}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let big = |text: &str| {
        "\u{FEFF}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect()
    };
    let encodings: [(&str, Encode<'_>); 4] = [
        ("plain", &plain),
        ("marked", &marked),
        ("utf-16le", &little),
        ("utf-16be", &big),
    ];
    let forms = [
        ("policy", RULE.to_owned()),
        ("manager", MANAGER.to_owned()),
        ("older", OLDER.to_owned()),
        ("table", table()),
    ];
    let mut all = BTreeSet::new();
    for (form, text) in &forms {
        for (encoding, bytes) in &encodings {
            let (policy, codes) = read(&[("export", bytes(text))]);
            // A rule that is not for everything is no default rule.
            assert_eq!(
                codes.iter().filter(|code| **code != "R1001").count(),
                0,
                "{form} {encoding}: {codes:?}"
            );
            all.insert(said(&policy));
        }
    }
    assert_eq!(all.len(), 1, "{all:#?}");
}

const BACKUP: [(&str, &str); 3] = [
    (
        "x-policy-n-group-bkup.json",
        r#"{"resource_type": "Infra", "id": "infra", "children": [{"resource_type": "ChildDomain", "marked_for_delete": "false",
      "Domain": {"resource_type": "Domain", "id": "default", "children": [
        {"SecurityPolicy": {"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "children": [
          {"Rule": {"resource_type": "Rule", "id": "r", "action": "ALLOW", "source_groups": ["/infra/domains/default/groups/g"],
            "destination_groups": ["ANY"], "services": ["/infra/services/mine"], "profiles": ["/infra/context-profiles/web"], "scope": ["ANY"]},
           "resource_type": "ChildRule"}]}, "resource_type": "ChildSecurityPolicy"},
        {"Group": {"resource_type": "Group", "id": "g", "expression": []}, "resource_type": "ChildGroup"}]}}]}"#,
    ),
    (
        "x-services-bkup.json",
        r#"{"resource_type": "Infra", "id": "infra", "children": [{"resource_type": "ChildService",
      "Service": {"resource_type": "Service", "id": "mine", "children": [{"resource_type": "ChildServiceEntry",
        "ServiceEntry": {"resource_type": "L4PortSetServiceEntry", "id": "e", "l4_protocol": "TCP", "destination_ports": ["8443"]}}]}}]}"#,
    ),
    (
        "x-context-profiles-bkup.json",
        r#"{"resource_type": "Infra", "id": "infra", "children": [{"resource_type": "ChildPolicyContextProfile",
      "PolicyContextProfile": {"resource_type": "PolicyContextProfile", "id": "web", "attributes": [
        {"key": "APP_ID", "value": ["SSL"], "datatype": "STRING", "attribute_source": "SYSTEM", "isALGType": "false"}]}}]}"#,
    ),
];

#[test]
fn the_three_files_of_the_backup_script() {
    let files = BACKUP.map(|(name, text)| (name, text.as_bytes().to_vec()));
    let (policy, codes) = read(&files);
    assert_eq!(codes, ["R1001"]);
    let network = &policy.network;
    assert_eq!((network.groups.len(), network.services.len()), (1, 1));
    let service = network.services.values().next().unwrap();
    assert_eq!(service.entries.len(), 1);
    let rule = network.sections.first().unwrap().rules.first().unwrap();
    let profile = rule.profiles.first().unwrap();
    assert_eq!(profile.text, "/infra/context-profiles/web: APP_ID SSL");
}

/// A code that nothing raises in a test can stop working without anybody noticing.
#[test]
fn every_code_of_reading_a_firewall_is_raised_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = String::new();
    for folder in ["tests", "compiler/front/nsx/tests"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                texts += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    for code in codes::all().filter(|code| code.id.starts_with("R1")) {
        let quoted = format!("\"{}\"", code.id);
        assert!(
            texts.contains(&quoted),
            "no test of reading names {}",
            code.id
        );
    }
}
