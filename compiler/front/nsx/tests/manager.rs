//! The Manager API.

use super::*;
use crate::ir::BadKey;

const ESTATE: &str = r#"[
  {"resource_type": "NSGroup", "id": "g-web", "display_name": "web", "members": [], "member_count": 2,
   "membership_criteria": [
     {"resource_type": "NSGroupTagExpression", "target_type": "VirtualMachine", "scope": "tier", "scope_op": "EQUALS",
      "tag": "web", "tag_op": "EQUALS"},
     {"resource_type": "NSGroupComplexExpression", "expressions": [
       {"resource_type": "NSGroupSimpleExpression", "target_type": "VirtualMachine", "target_property": "name", "op": "STARTSWITH", "value": "w"},
       {"resource_type": "NSGroupTagExpression", "target_type": "LogicalSwitch", "scope": "zone"}]}]},
  {"resource_type": "NSGroup", "id": "g-mixed", "members": [
     {"resource_type": "NSGroupSimpleExpression", "target_type": "VirtualMachine", "target_property": "id", "op": "EQUALS", "value": "vm-1"},
     {"resource_type": "NSGroupSimpleExpression", "target_type": "NSGroup", "target_property": "id", "op": "EQUALS", "value": "g-web",
      "target_resource": {"target_id": "g-web"}},
     {"resource_type": "NSGroupSimpleExpression", "target_type": "LogicalRouter", "target_property": "id", "op": "EQUALS", "value": "r"}]},
  {"resource_type": "IPSet", "id": "i-1", "display_name": "dns", "ip_addresses": ["10.0.0.53", "10.0.1.0/24"]},
  {"resource_type": "NSService", "id": "s-1", "display_name": "https", "default_service": false,
   "nsservice_element": {"resource_type": "L4PortSetNSService", "l4_protocol": "TCP", "destination_ports": ["443"], "source_ports": []}},
  {"resource_type": "NSServiceGroup", "id": "s-2", "members": [{"target_id": "s-1", "target_type": "NSService", "is_valid": true}]},
  {"resource_type": "ExcludeList", "id": "x", "member_count": 1, "members": [{"target_id": "vm-9", "target_type": "VirtualMachine"}]}]"#;

const SECTIONS: &str = r#"{"results": [
  {"resource_type": "FirewallSectionRuleList", "id": "sec-1", "display_name": "app", "section_type": "LAYER3", "stateful": true,
   "is_default": false, "enforced_on": "VIF", "rule_count": 2, "applied_tos": [{"target_id": "g-web", "target_type": "NSGroup"}],
   "rules": [
    {"id": "2001", "display_name": "a", "action": "ALLOW", "sources": [{"target_id": "g-mixed", "target_type": "NSGroup"},
       {"target_id": "10.9.0.0/16", "target_type": "IPv4Address"}], "destinations": null, "sources_excluded": true,
     "services": [{"target_id": "s-2", "target_type": "NSServiceGroup"},
       {"service": {"resource_type": "IPProtocolNSService", "protocol_number": 47}}],
     "direction": "IN", "ip_protocol": "IPV4", "logged": true, "rule_tag": "t", "section_id": "sec-1"},
    {"id": "2002", "action": "DROP", "sources": [{"target_id": "gone", "target_type": "NSGroup", "is_valid": false, "target_display_name": "old"}]}]},
  {"resource_type": "FirewallSection", "id": "sec-2", "display_name": "Default", "section_type": "LAYER3", "is_default": true, "rule_count": 1},
  {"resource_type": "FirewallSection", "id": "sec-3", "display_name": "edge", "section_type": "LAYER3", "enforced_on": "LOGICALROUTER"}],
  "result_count": 3}"#;

const DEFAULT: &str = r#"{"results": [{"resource_type": "FirewallRule", "id": "2", "action": "DROP", "section_id": "sec-2",
  "is_default": true, "disabled": false}], "result_count": 1}"#;

#[test]
fn sections_and_rules_that_refer_by_id() {
    let (policy, findings) = read(&[ESTATE, SECTIONS, DEFAULT]);
    assert_eq!(codes(&findings), ["R0003", "R0007"]);
    let sections = &policy.network.sections;
    assert_eq!(sections.len(), 2);
    let [first, second] = &sections[0].rules[..] else {
        panic!("two rules")
    };
    assert_eq!(first.ident.id, "sec-1/rules/2001");
    assert_eq!(say_peers(&first.source), "not group g-mixed, 10.9.0.0/16");
    assert_eq!(say_peers(&first.destination), "any");
    assert_eq!((first.direction, first.ip), (Direction::In, IpVersion::V4));
    assert!(first.broken.is_empty() && first.logged);
    let Services::Of(uses) = &first.services else {
        panic!("any")
    };
    assert!(matches!(
        uses.as_slice(),
        [ServiceUse::Named(name), ServiceUse::Inline(entry)]
            if name.text == "s-2" && matches!(entry.matches, Match::Protocol(47))
    ));
    assert_eq!(BadKey::names(&second.broken), ["sources"]);
    assert_eq!(
        say_peers(&sections[0].applied_to.clone().unwrap()),
        "group g-web"
    );
    assert_eq!(
        policy.network.fallback,
        Fallback::Rule(sections[1].rules[0].ident.origin)
    );
    assert_eq!(policy.network.uninterpreted[0].ident.name, "edge");
}

#[test]
fn groups_sets_services_and_exclusions() {
    let (policy, findings) = read(&[ESTATE]);
    assert_eq!(codes(&findings), [""; 0]);
    let groups: Vec<String> = policy
        .network
        .groups
        .values()
        .map(|group| say(&group.members))
        .collect();
    assert_eq!(
        groups,
        [
            "(vm tag tier = web or (vm name ^ w and segment tag zone present))",
            "(vm vm-1 or group g-web or opaque[member of type `LogicalRouter`])",
            "(10.0.0.53 or 10.0.1.0/24)"
        ]
    );
    let services: Vec<_> = policy.network.services.values().collect();
    assert!(matches!(&services[0].entries[0].matches,
        Match::Ports { destination, .. } if *destination == PortSet::range(443, 443)));
    assert!(matches!(&services[1].entries[0].matches, Match::Nested(name) if name.text == "s-1"));
    assert_eq!(say(&policy.network.exclusions[0].members), "vm vm-9");
}

#[test]
fn policies_win_over_their_shadow_in_the_older_interface() {
    let policy = format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": [{{"id": "r", {PLAIN}}}]}}"#
    );
    let (both, findings) = read(&[&policy, SECTIONS]);
    assert_eq!(codes(&findings), ["R1012"]);
    assert_eq!(both.network.sections.len(), 1);
}

#[test]
fn rules_without_their_section_say_so() {
    let (_, findings) = read(&[DEFAULT]);
    assert_eq!(codes(&findings), ["R1009"]);
}
