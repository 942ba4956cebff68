//! The shapes that exports have.

use super::*;

/// The tree of the first test below in three files.
#[test]
fn a_tree_and_its_parts_in_files_are_the_same() {
    let tree = format!(
        r#"{{"resource_type": "Infra", "id": "infra", "children": [
            {{"Service": {{"resource_type": "Service", "id": "s", "children": [
                {{"resource_type": "ChildServiceEntry", "Service": {{
                    "resource_type": "IPProtocolServiceEntry", "id": "gre", "protocol_number": 47}}}}]}},
              "resource_type": "ChildService", "marked_for_delete": "false"}},
            {{"resource_type": "ChildResourceReference", "id": "default", "target_type": "Domain", "children": [
                {{"resource_type": "ChildGroup", "Group": {{"resource_type": "Group", "id": "g", "expression": []}}}},
                {{"resource_type": "ChildGroup", "marked_for_delete": true, "Group": {{"resource_type": "Group", "id": "old"}}}},
                {{"SecurityPolicy": {{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "children": [
                    {{"Rule": {{"resource_type": "Rule", "id": "r", {PLAIN}}}, "resource_type": "ChildRule"}}]}},
                  "resource_type": "ChildSecurityPolicy"}}]}}]}}"#
    );
    let parts = [
        r#"{"results": [{"resource_type": "Service", "path": "/infra/services/s", "id": "s", "service_entries": [
            {"resource_type": "IPProtocolServiceEntry", "protocol_number": 47}]}], "result_count": 1}"#
            .to_owned(),
        r#"[{"resource_type": "Group", "id": "g", "expression": []}]"#.to_owned(),
        r#"{"results": [{"resource_type": "SecurityPolicy", "id": "p", "rule_count": 1,
            "path": "/infra/domains/default/security-policies/p", "category": "Application"}], "result_count": 1}"#
            .to_owned(),
        format!(
            r#"{{"results": [{{"resource_type": "Rule", "id": "r", "parent_path": "/infra/domains/default/security-policies/p",
                "path": "/infra/domains/default/security-policies/p/rules/r", {PLAIN}}}], "result_count": 1}}"#
        ),
    ];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let ids = |policy: &Policy<Named>| {
        let network = &policy.network;
        let mut ids: Vec<String> = network
            .groups
            .values()
            .map(|group| group.ident.id.clone())
            .collect();
        ids.extend(
            network
                .services
                .values()
                .map(|service| format!("{} {}", service.ident.id, service.entries.len())),
        );
        for section in &network.sections {
            ids.push(section.ident.id.clone());
            ids.extend(section.rules.iter().map(|rule| rule.ident.id.clone()));
        }
        ids
    };
    let (whole, findings) = read(&[&tree]);
    assert_eq!(codes(&findings), ["R1004"]);
    let (joined, findings) = read(&parts);
    assert_eq!(codes(&findings), [""; 0]);
    assert_eq!(ids(&whole), ids(&joined));
    assert_eq!(
        ids(&whole),
        [
            "/infra/domains/default/groups/g",
            "/infra/services/s 1",
            "/infra/domains/default/security-policies/p",
            "/infra/domains/default/security-policies/p/rules/r"
        ]
    );
}

#[test]
fn pages_that_go_on_are_waited_for() {
    let page = |id: &str, rest: &str| {
        format!(
            r#"{{"results": [{{"resource_type": "Group", "id": "{id}", "parent_path": "/infra/domains/default",
                "expression": []}}]{rest}}}"#
        )
    };
    let first = page("a", r#", "result_count": 2, "cursor": "0036""#);
    let (_, findings) = read(&[&first]);
    assert_eq!(codes(&findings), ["R0008"]);
    let (policy, findings) = read(&[&first, &page("b", "")]);
    assert_eq!(codes(&findings), [""; 0]);
    assert_eq!(policy.network.groups.len(), 2);
}

#[test]
fn the_collectors_container() {
    let (policy, findings) = read(&[&format!(
        r#"{{"services": [], "virtual_machines": [
              {{"display_name": "A", "external_id": "a", "tags": [{{"scope": "tier", "tag": "web"}}],
                "guest_info": {{"os_name": "Linux", "computer_name": "host-a"}},
                "compute_ids": ["instanceUuid:50", "moIdOnHost:7"]}},
              {{"display_name": "B", "external_id": "b"}}],
            "virtual_network_interface": [
              {{"owner_vm_id": "a", "lport_attachment_id": "port", "ip_address_info": [{{"source": "VM_TOOLS", "ip_addresses": ["10.0.0.1", "fe80::1"]}}]}}],
            "segments": [{{"path": "/infra/segments/s", "display_name": "S", "unique_id": "u", "subnets": [{{"gateway_address": "10.0.0.254/24"}}],
               "segment_ports": [{{"unique_id": "x", "parent_path": "/infra/segments/s", "attachment": {{"id": "port"}}}}]}}],
            "tier0": null, "tier1": [],
            "domains": [{{"display_name": "default", "resources": {{
              "security_policies": [{{"category": "Application", "display_name": "P", "rules": [
                 {{"display_name": "R", "rule_id": 9, "firewall_rule": {{}}, {PLAIN}}}, {{"display_name": "R", "rule_id": 9, {PLAIN}}}]}}],
              "groups": [{{"display_name": "web", "path": "web", "vm_members": [{{"id": "a", "display_name": "A"}}]}},
                         {{"display_name": "app", "path": "app", "vm_members": [{{"id": "b"}}], "expression": [
                            {{"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.1"]}}]}}],
              "gateway_policies": null, "redirection_policies": null}}}}]}}"#
    )]);
    assert_eq!(codes(&findings), ["R1011"]);
    let rules: Vec<&str> = policy.network.sections[0]
        .rules
        .iter()
        .map(|rule| rule.ident.id.as_str())
        .collect();
    let policy_path = "/infra/domains/default/security-policies/P";
    assert_eq!(
        rules,
        [
            format!("{policy_path}/rules/9"),
            format!("{policy_path}/rules/9~2")
        ]
    );
    let groups: Vec<_> = policy.network.groups.values().collect();
    assert_eq!(say(&groups[0].members), "vm a");
    assert_eq!(
        groups[0]
            .realised
            .as_ref()
            .unwrap()
            .vms
            .as_ref()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(say(&groups[1].members), "10.0.0.1");
    assert_eq!(
        groups[1].realised.as_ref().unwrap().vms.as_ref().unwrap()[0].text,
        "b"
    );
    let vms: Vec<_> = policy.inventory.vms.values().collect();
    assert_eq!(vms[0].aliases, ["a", "50"]);
    assert_eq!(vms[0].tags[0].scope, "tier");
    assert_eq!(
        vms[0].addresses.as_ref().unwrap().to_string(),
        "10.0.0.1, fe80::1"
    );
    assert_eq!(vms[0].segments[0].text, "/infra/segments/s");
    assert_eq!(
        (vms[0].os_name.as_deref(), vms[0].computer_name.as_deref()),
        (Some("Linux"), Some("host-a"))
    );
    assert!(vms[1].addresses.is_none());
    let segment = policy.inventory.segments.values().next().unwrap();
    assert_eq!(segment.subnets.to_string(), "10.0.0.0/24");
}

#[test]
fn what_is_not_translated_is_listed() {
    let (policy, findings) = read(&[r#"{"resource_type": "Infra", "children": [
        {"resource_type": "ChildDomain", "Domain": {"resource_type": "Domain", "id": "default", "children": [
          {"resource_type": "ChildGatewayPolicy", "GatewayPolicy": {"resource_type": "GatewayPolicy", "id": "edge",
             "category": "LocalGatewayRules", "rules": [{"id": "1"}, {"id": "2"}]}}]}},
        {"resource_type": "ChildTier1", "Tier1": {"resource_type": "Tier1", "id": "t", "children": [
          {"resource_type": "ChildSegment", "Segment": {"resource_type": "Segment", "id": "s"}}]}},
        {"resource_type": "ChildTier1", "Tier1": {"resource_type": "Tier1", "id": "u"}}]}"#]);
    assert_eq!(codes(&findings), ["R0007", "R0007"]);
    let edge = &policy.network.uninterpreted[0];
    assert_eq!((edge.what.as_str(), edge.rules), ("gateway policy", 2));
    let tiers = findings
        .iter()
        .find(|finding| finding.message.contains("Tier1"))
        .unwrap();
    assert_eq!(
        (tiers.effect, tiers.message.starts_with("2 NSX objects")),
        (Effect::Record, true)
    );
    let segment = policy.inventory.segments.values().next().unwrap();
    assert_eq!(segment.ident.id, "/infra/tier-1s/t/segments/s");
}

#[test]
fn foreign_exports_are_not_claimed() {
    for text in [
        r#"{"list": [{"id": "plan"}], "_meta": {"total": 1}}"#,
        r#"{"elements": [{"Self": {"type": "VirtualMachine", "value": "vm-1"}}]}"#,
        r#"{"_typeName": "ClusterConfigInfoEx", "rule": []}"#,
        r#"[{"name": "web", "rules": []}]"#,
        r#"{"results": []}"#,
        r#"{"hello": "world"}"#,
        r#"{"resource_type": "Elephant"}"#,
    ] {
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).unwrap();
        assert_eq!(crate::front::nsx::recognise(&tree), None, "{text}");
    }
}

#[test]
fn values_one_after_the_other_are_all_read() {
    let (policy, findings) = read(&[
        r#"{"resource_type": "Service", "id": "a", "service_entries": []}
        {"resource_type": "Service", "id": "b", "service_entries": []}"#,
    ]);
    assert_eq!(super::codes(&findings), [""; 0]);
    assert_eq!(policy.network.services.len(), 2);
}
