//! Rules.

use super::*;
use crate::ir::BadKey;

#[test]
fn a_plain_rule() {
    let (rule, codes) = with_rule(PLAIN);
    assert_eq!(codes, [""; 0]);
    assert_eq!(
        rule.ident.id,
        "/infra/domains/default/security-policies/p/rules/r"
    );
    assert_eq!(rule.action, Action::Allow);
    assert_eq!(say_peers(&rule.source), "any");
    assert_eq!(say_peers(&rule.applied_to), "any");
    assert!(matches!(rule.services, Services::Any));
    assert_eq!(
        (rule.direction, rule.ip),
        (Direction::Both, IpVersion::Both)
    );
    assert!(rule.enabled && !rule.logged && !rule.is_default);
    assert_eq!((rule.unread.len(), rule.broken.len()), (0, 0));
}

#[test]
fn any_in_any_case() {
    let (rule, codes) = with_rule(
        r#""action": "ALLOW", "source_groups": ["any"], "destination_groups": ["Any"],
           "services": ["any"], "scope": ["any"], "profiles": ["any"]"#,
    );
    assert_eq!(codes, [""; 0]);
    assert_eq!(say_peers(&rule.source), "any");
    assert_eq!(say_peers(&rule.destination), "any");
    assert_eq!(say_peers(&rule.applied_to), "any");
    assert!(matches!(rule.services, Services::Any));
    assert!(rule.profiles.is_empty());
}

#[test]
fn any_beside_others_is_no_list() {
    let (rule, codes) = with_rule(
        r#""action": "ALLOW", "source_groups": ["ANY", "10.0.0.1"], "destination_groups": ["ANY"],
           "services": ["ANY", "/infra/services/HTTP"]"#,
    );
    assert_eq!(codes, ["R0003", "R0003"]);
    assert_eq!(BadKey::names(&rule.broken), ["source_groups", "services"]);
}

#[test]
fn empty_lists_are_any_and_said() {
    let (rule, codes) = with_rule(r#""action": "DROP", "source_groups": [], "services": []"#);
    assert_eq!(codes, ["R1006", "R1006", "R1006"]);
    assert_eq!(say_peers(&rule.source), "any");
    assert_eq!(say_peers(&rule.destination), "any");
    assert!(matches!(rule.services, Services::Any));
    assert!(rule.broken.is_empty());
}

#[test]
fn peers_are_groups_segments_addresses_and_names() {
    let (rule, codes) = with_rule(
        r#""action": "ALLOW", "sources_excluded": "true", "services": ["ANY"],
           "source_groups": ["/infra/domains/default/groups/web", "10.0.0.0/24", "10.1.0.1-10.1.0.9",
                             "fd00::1", "frontend", "/infra/segments/s"],
           "destination_groups": ["ANY"], "scope": ["/infra/domains/default/groups/web"]"#,
    );
    assert_eq!(codes, [""; 0]);
    assert_eq!(
        say_peers(&rule.source),
        "not group /infra/domains/default/groups/web, 10.0.0.0/24, 10.1.0.1-10.1.0.9, fd00::1, \
         group frontend, segment /infra/segments/s"
    );
    assert_eq!(
        say_peers(&rule.applied_to),
        "group /infra/domains/default/groups/web"
    );
}

#[test]
fn a_peer_that_is_no_address_breaks_its_list_and_keeps_the_rule() {
    let (rule, codes) = with_rule(
        r#""action": "DROP", "source_groups": ["10.0.0.300"], "destination_groups": ["ANY"],
           "services": ["ANY"]"#,
    );
    assert_eq!(codes, ["R0003"]);
    assert_eq!(BadKey::names(&rule.broken), ["source_groups"]);
    assert_eq!(say_peers(&rule.source), "opaque[unreadable address]");
}

#[test]
fn an_unknown_action_is_broken_and_lets_nothing_through() {
    let (rule, codes) = with_rule(&PLAIN.replace("ALLOW", "PERMIT"));
    assert_eq!(codes, ["R0003"]);
    assert_eq!(
        (rule.action, BadKey::names(&rule.broken)),
        (Action::Drop, vec!["action"])
    );
    let (rule, codes) = with_rule(&PLAIN.replace(r#""action": "ALLOW","#, ""));
    assert_eq!(codes, ["R0004"]);
    assert_eq!(
        (rule.action, BadKey::names(&rule.broken)),
        (Action::Drop, vec!["action"])
    );
}

#[test]
fn jumps_are_for_environment_rules() {
    let (rule, codes) = with_rule(&PLAIN.replace("ALLOW", "JUMP_TO_APPLICATION"));
    assert_eq!(codes, ["R1003"]);
    assert_eq!(BadKey::names(&rule.broken), ["action"]);
    let (policy, findings) = read(&[&format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Environment", "rules": [
            {{"id": "r", {}}}]}}"#,
        PLAIN.replace("ALLOW", "JUMP_TO_APPLICATION")
    )]);
    let rule = &policy.network.sections[0].rules[0];
    assert_eq!((rule.action, rule.broken.len()), (Action::Jump, 0));
    assert_eq!(super::codes(&findings), [""; 0]);
}

#[test]
fn unknown_keys_mark_the_rule() {
    let (rule, codes) = with_rule(&format!(r#"{PLAIN}, "only_on_sundays": true"#));
    assert_eq!(codes, ["R0002"]);
    assert_eq!(BadKey::names(&rule.unread), ["only_on_sundays"]);
}

#[test]
fn values_as_they_occur() {
    let (rule, codes) = with_rule(&format!(
        r#"{PLAIN}, "logged": "true", "disabled": "false", "sequence_number": "30", "tag": "label",
           "notes": "", "direction": "IN", "ip_protocol": "IPV6", "description": "d", "tags": [],
           "target_type": "DFW", "_revision": 3, "rule_id": 1004, "display_name": "R""#
    ));
    assert_eq!(codes, [""; 0]);
    assert!(rule.logged && rule.enabled);
    assert_eq!(rule.sequence, 30);
    assert_eq!(
        (rule.log_label.as_deref(), rule.notes),
        (Some("label"), None)
    );
    assert_eq!((rule.direction, rule.ip), (Direction::In, IpVersion::V6));
    assert_eq!(rule.ident.name, "R");
}

#[test]
fn disabled_rules_stay() {
    let (rule, _) = with_rule(&format!(r#"{PLAIN}, "disabled": true"#));
    assert!(!rule.enabled);
}

#[test]
fn profiles_are_carried() {
    let rule = format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": [
            {{"id": "r", {PLAIN}, "profiles": ["/infra/context-profiles/SSL"]}}]}}"#
    );
    let profile = r#"{"resource_type": "PolicyContextProfile", "id": "SSL",
        "attributes": [{"key": "APP_ID", "value": ["SSL"], "datatype": "STRING"}]}"#;
    let (policy, findings) = read(&[&rule, profile]);
    assert_eq!(codes(&findings), [""; 0]);
    let [profile] = &policy.network.sections[0].rules[0].profiles[..] else {
        panic!("one profile")
    };
    assert_eq!(profile.what, "context profile");
    assert_eq!(profile.text, "/infra/context-profiles/SSL: APP_ID SSL");
}
