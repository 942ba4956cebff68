//! Projects, their networks, and federations.

use super::*;
use crate::link;
use crate::semantics::Membership;

#[test]
fn federation_first_then_the_platform_then_projects_then_the_default() {
    let policy = |path: &str, number: i64| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "p", "path": "{path}", "category": "Application",
                "sequence_number": {number}, "rules": []}}"#
        )
    };
    let (policy, _) = read(&[
        &policy(
            "/infra/domains/default/security-policies/default-layer3-section",
            5,
        ),
        &policy(
            "/orgs/default/projects/x/infra/domains/default/security-policies/a",
            1,
        ),
        &policy("/infra/domains/default/security-policies/b", 9),
        &policy("/global-infra/domains/default/security-policies/c", 30),
        &policy("/infra/domains/default/security-policies/d", 8),
    ]);
    let mut sections: Vec<_> = policy.network.sections.iter().collect();
    sections.sort_by_key(|section| section.sequence);
    let order: Vec<&str> = sections
        .iter()
        .map(|section| section.ident.id.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(order, ["c", "d", "b", "a", "default-layer3-section"]);
}

#[test]
fn a_project_reaches_its_own_machines_only() {
    let tree = |segment: &str| {
        format!(
            r#"{{"resource_type": "OrgRoot", "children": [{{"resource_type": "ChildOrg", "Org": {{"resource_type": "Org", "id": "default",
              "children": [{{"resource_type": "ChildProject", "Project": {{"resource_type": "Project", "id": "x", "tier_0s": [],
                "children": [{{"resource_type": "ChildInfra", "Infra": {{"resource_type": "Infra", "id": "infra", "children": [
                  {{"resource_type": "ChildDomain", "Domain": {{"resource_type": "Domain", "id": "default", "children": [
                    {{"resource_type": "ChildGroup", "Group": {{"resource_type": "Group", "id": "g", "expression": [
                      {{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Name", "operator": "EQUALS", "value": "w"}}]}}}},
                    {{"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {{"resource_type": "SecurityPolicy", "id": "p",
                      "category": "Application", "rules": [{{"id": "r", {PLAIN}}}]}}}}]}}}}{segment}]}}}}]}}}}]}}}}]}}"#
        )
    };
    let (policy, findings) = read(&[&tree("")]);
    assert_eq!(codes(&findings), ["R0008"]);
    let section = &policy.network.sections[0];
    let base = "/orgs/default/projects/x/infra/domains/default";
    assert_eq!(section.ident.id, format!("{base}/security-policies/p"));
    assert_eq!(
        say_peers(&section.rules[0].applied_to),
        "opaque[machines of a project]"
    );
    let group = policy.network.groups.values().next().unwrap();
    assert_eq!(group.ident.id, format!("{base}/groups/g"));
    assert_eq!(
        say(&group.members),
        "(vm name = w and opaque[machines of a project])"
    );
    let segment =
        r#",{"resource_type": "ChildSegment", "Segment": {"resource_type": "Segment", "id": "s"}}"#;
    let (policy, _) = read(&[&tree(segment)]);
    let rule = &policy.network.sections[0].rules[0];
    let place = "segment /orgs/default/projects/x/infra/segments/s";
    assert_eq!(say_peers(&rule.applied_to), format!("({place})"));
}

const PROJECT: &str = "/orgs/default/projects/shop";

/// A tree as `GET /policy/api/v1/org-root?filter=...` gives it: the objects above stand as references,
/// and those below name their paths.
fn org_root() -> String {
    format!(
        r#"{{"resource_type": "OrgRoot", "id": "org-root", "path": "/org-root", "children": [
          {{"resource_type": "ChildResourceReference", "id": "default", "target_type": "Org", "children": [
            {{"resource_type": "ChildProject", "marked_for_delete": false, "Project": {{"resource_type": "Project", "id": "shop",
              "path": "{PROJECT}", "tier_0s": ["/infra/tier-0s/t"], "short_id": "shop", "children": [
              {{"resource_type": "ChildVpc", "Vpc": {{"resource_type": "Vpc", "id": "v", "path": "{PROJECT}/vpcs/v",
                "private_ips": ["172.16.0.0/16"], "short_id": "v", "children": [
                {{"resource_type": "ChildVpcSubnet", "VpcSubnet": {{"resource_type": "VpcSubnet", "id": "front",
                   "path": "{PROJECT}/vpcs/v/subnets/front", "parent_path": "{PROJECT}/vpcs/v", "access_mode": "Private",
                   "ip_addresses": ["172.16.0.0/28"], "ipv4_subnet_size": 16, "children": [
                   {{"resource_type": "ChildVpcSubnetPort", "VpcSubnetPort": {{"resource_type": "VpcSubnetPort", "id": "p1",
                     "path": "{PROJECT}/vpcs/v/subnets/front/ports/p1", "parent_path": "{PROJECT}/vpcs/v/subnets/front",
                     "attachment": {{"id": "att-1", "type": "PARENT"}}}}}}]}}}},
                {{"resource_type": "ChildGroup", "Group": {{"resource_type": "Group", "id": "all", "path": "{PROJECT}/vpcs/v/groups/all",
                  "expression": [{{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Name", "operator": "STARTSWITH", "value": "w"}}]}}}},
                {{"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {{"resource_type": "SecurityPolicy", "id": "own",
                  "path": "{PROJECT}/vpcs/v/security-policies/own", "category": "Application", "sequence_number": 3,
                  "rules": [{{"resource_type": "Rule", "id": "r", "path": "{PROJECT}/vpcs/v/security-policies/own/rules/r",
                    "parent_path": "{PROJECT}/vpcs/v/security-policies/own", {PLAIN}}}]}}}}]}}}},
              {{"resource_type": "ChildInfra", "Infra": {{"resource_type": "Infra", "id": "infra", "path": "{PROJECT}/infra", "children": [
                {{"resource_type": "ChildSegment", "Segment": {{"resource_type": "Segment", "id": "back", "path": "{PROJECT}/infra/segments/back"}}}},
                {{"resource_type": "ChildDomain", "Domain": {{"resource_type": "Domain", "id": "default", "children": [
                  {{"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {{"resource_type": "SecurityPolicy", "id": "default-layer3-section",
                    "path": "{PROJECT}/infra/domains/default/security-policies/default-layer3-section", "is_default": true,
                    "category": "Application", "sequence_number": 2147483647, "rules": [{{"resource_type": "Rule", "id": "default-layer3-rule",
                    "path": "{PROJECT}/infra/domains/default/security-policies/default-layer3-section/rules/default-layer3-rule",
                    "is_default": true, {PLAIN}}}]}}}}]}}}}]}}}}]}}}}]}}]}}"#
    )
}

const MACHINES: &str = r#"{"virtual_machines": [{"external_id": "m1", "display_name": "web"}, {"external_id": "m2", "display_name": "work"}],
  "vifs": [{"owner_vm_id": "m1", "lport_attachment_id": "att-1", "ip_address_info": []},
           {"owner_vm_id": "m2", "lport_attachment_id": "att-2", "ip_address_info": []}]}"#;

#[test]
fn a_tree_of_tenants() {
    let (policy, findings) = read(&[&org_root(), MACHINES]);
    // A project's default rule says nothing about the rest of the platform.
    let said: Vec<_> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(said, ["R1001"], "{findings:?}");
    let sections: Vec<_> = policy
        .network
        .sections
        .iter()
        .map(|section| {
            (
                section.ident.id.clone(),
                say_peers(&section.rules[0].applied_to),
            )
        })
        .collect();
    let front = format!("segment {PROJECT}/vpcs/v/subnets/front");
    let back = format!("segment {PROJECT}/infra/segments/back");
    let default = "infra/domains/default/security-policies/default-layer3-section";
    assert_eq!(
        sections,
        [
            (
                format!("{PROJECT}/vpcs/v/security-policies/own"),
                format!("({front})")
            ),
            (
                format!("{PROJECT}/{default}"),
                format!("({front} or {back})")
            )
        ]
    );
    let subnet = policy.inventory.segments.values().next().unwrap();
    assert_eq!(subnet.subnets.to_string(), "172.16.0.0/28");
}

/// The group of the VPC means the machine in it, and not one of the same name beside it.
#[test]
fn a_group_of_a_vpc_has_its_machines_alone() {
    let mut sources = Sources::default();
    for (name, text) in [("a.json", org_root()), ("b.json", MACHINES.to_owned())] {
        let tree = rehome_grammar::read(text.into_bytes()).unwrap();
        sources.add(name.to_owned(), name.into(), tree);
    }
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let group = policy.network.groups.ids().next().unwrap();
    let membership = Membership::of(&policy);
    let members = membership.group(group);
    let names = |set: &crate::semantics::endpoints::VmSet| -> Vec<String> {
        set.iter()
            .map(|vm| policy.inventory.vms[vm].ident.name.clone())
            .collect()
    };
    assert_eq!(names(&members.sure.vms), ["web"]);
    // Nobody tells where the other machine is attached.
    assert_eq!(names(&members.possible.vms), ["web", "work"]);
}

#[test]
fn objects_written_directly_under_a_project_live_in_its_infra() {
    let tree = r#"{"resource_type": "OrgRoot", "children": [{"resource_type": "ChildResourceReference", "id": "default", "target_type": "Org", "children": [
          {"resource_type": "ChildResourceReference", "id": "shop", "target_type": "Project", "children": [
            {"resource_type": "ChildService", "Service": {"resource_type": "Service", "id": "s", "service_entries": []}},
            {"resource_type": "ChildResourceReference", "id": "default", "target_type": "Domain", "children": [
              {"resource_type": "ChildGroup", "Group": {"resource_type": "Group", "id": "g", "expression": []}}]}]}]}]}"#;
    let (policy, findings) = read(&[tree]);
    assert_eq!(codes(&findings), [""; 0]);
    let group = policy.network.groups.values().next().unwrap();
    assert_eq!(
        group.ident.id,
        format!("{PROJECT}/infra/domains/default/groups/g")
    );
    let service = policy.network.services.values().next().unwrap();
    assert_eq!(service.ident.id, format!("{PROJECT}/infra/services/s"));
}

#[test]
fn a_project_has_default_rules_unless_it_says_otherwise() {
    let policy = |id: &str| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "{id}", "category": "Application",
                "path": "{PROJECT}/infra/domains/default/security-policies/{id}", "rules": []}}"#
        )
    };
    let project = |flag: &str| {
        format!(
            r#"{{"resource_type": "Project", "id": "shop", "path": "{PROJECT}", "activate_default_dfw_rules": {flag}}}"#
        )
    };
    let said = |files: &[&str]| codes(&read(files).1).join(" ");
    assert_eq!(said(&[&policy("p")]), "R0008");
    assert_eq!(said(&[&policy("p"), &project("true")]), "R0008");
    assert_eq!(said(&[&policy("p"), &project("false")]), "");
    assert_eq!(said(&[&policy("p"), &project(r#""false""#)]), "");
    assert_eq!(
        said(&[&policy("p"), &policy("default-layer3-section-shop")]),
        ""
    );
}

/// What a manager of a federation holds beside its own: the same tree under another top.
#[test]
fn the_tree_of_a_federation_beside_the_local_one() {
    let tree = |top: &str, base: &str, number: i64, action: &str| {
        format!(
            r#"{{"resource_type": "{top}", "id": "infra", "children": [{{"resource_type": "ChildDomain", "Domain": {{"resource_type": "Domain", "id": "default", "children": [
              {{"resource_type": "ChildGroup", "Group": {{"resource_type": "Group", "id": "g", "expression": []}}}},
              {{"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {{"resource_type": "SecurityPolicy", "id": "p", "category": "Application",
                "sequence_number": {number}, "rules": [{{"id": "r", "action": "{action}", "source_groups": ["{base}/domains/default/groups/g"],
                "destination_groups": ["ANY"], "services": ["{base}/services/HTTPS"], "scope": ["ANY"]}}]}}}}]}}}}]}}"#
        )
    };
    let global = tree("GlobalInfra", "/global-infra", 9, "DROP");
    let local = tree("Infra", "/infra", 1, "ALLOW");
    for files in [[&global, &local], [&local, &global]] {
        let (policy, findings) = read(&[files[0], files[1]]);
        assert_eq!(codes(&findings), [""; 0]);
        let mut sections: Vec<_> = policy.network.sections.iter().collect();
        sections.sort_by_key(|section| section.sequence);
        let order: Vec<_> = sections
            .iter()
            .map(|section| section.ident.id.as_str())
            .collect();
        assert_eq!(
            order,
            [
                "/global-infra/domains/default/security-policies/p",
                "/infra/domains/default/security-policies/p"
            ]
        );
        let services: Vec<_> = policy
            .network
            .services
            .values()
            .map(|service| service.ident.id.as_str())
            .collect();
        assert_eq!(
            services,
            ["/global-infra/services/HTTPS", "/infra/services/HTTPS"]
        );
        assert_eq!(policy.network.groups.len(), 2);
    }
}

#[test]
fn the_default_rule_of_a_federation_is_not_read_before_local_policies() {
    let policy = |path: &str, number: i64| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "x", "path": "{path}", "category": "Application",
                "sequence_number": {number}, "rules": [{{"id": "r", {PLAIN}}}]}}"#
        )
    };
    let (policy, _) = read(&[
        &policy(
            "/global-infra/domains/default/security-policies/default-layer3-section",
            2_147_483_647,
        ),
        &policy("/infra/domains/default/security-policies/p", 1),
    ]);
    let last = policy
        .network
        .sections
        .iter()
        .max_by_key(|section| section.sequence)
        .unwrap();
    assert!(last.ident.id.starts_with("/global-infra"));
}

/// Answers for rules of gateways have the same type as those of machines.
#[test]
fn rules_of_gateways_are_listed_with_their_policy() {
    let rule = |id: &str| {
        format!(
            r#"{{"resource_type": "Rule", "id": "{id}", "path": "/infra/domains/cgw/gateway-policies/default/rules/{id}",
                "parent_path": "/infra/domains/cgw/gateway-policies/default", {PLAIN}}}"#
        )
    };
    let rules = format!("[{}, {}]", rule("a"), rule("b"));
    let policy = r#"{"resource_type": "GatewayPolicy", "id": "default", "path": "/infra/domains/cgw/gateway-policies/default", "category": "LocalGatewayRules"}"#;
    for files in [vec![rules.as_str()], vec![rules.as_str(), policy]] {
        let (policy, findings) = read(&files);
        assert_eq!(codes(&findings), ["R0007"]);
        assert!(policy.network.sections.is_empty());
        let listed = &policy.network.uninterpreted[0];
        assert_eq!((listed.what.as_str(), listed.rules), ("gateway policy", 2));
    }
}
