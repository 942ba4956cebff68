//! Policies, their order, the default rule and the settings beside them.

use super::*;
use crate::ir::BadKey;

#[test]
fn a_section_has_what_its_policy_says() {
    let (section, codes) = with_policy(
        r#""category": "Emergency", "sequence_number": 2147483647, "stateful": false,
           "scope": ["/infra/domains/default/groups/web"], "scheduler_path": "/infra/firewall-schedulers/w",
           "internal_sequence_number": 5, "locked": false, "rule_count": 1"#,
    );
    assert_eq!(codes, [""; 0]);
    assert_eq!(
        (section.tier, section.sequence),
        (Tier::Emergency, 2_147_483_647)
    );
    assert!(!section.stateful && !section.strict_tcp);
    assert_eq!(section.schedule.unwrap().what, "schedule");
    assert_eq!(
        say_peers(&section.applied_to.unwrap()),
        "group /infra/domains/default/groups/web"
    );
}

#[test]
fn policies_are_stateful_and_strict_unless_they_say_otherwise() {
    let (section, _) = with_policy(r#""category": "Application", "scope": ["ANY"]"#);
    assert!(section.stateful && section.strict_tcp && section.applied_to.is_none());
    let (section, _) = with_policy(r#""category": "Application", "tcp_strict": false"#);
    assert!(section.stateful && !section.strict_tcp);
    let (section, _) = with_policy(r#""category": "Ethernet""#);
    assert!(!section.stateful && !section.strict_tcp);
}

#[test]
fn a_policy_without_a_category_is_not_translated() {
    let (section, codes) = with_policy(r#""stateful": true"#);
    assert_eq!(codes, ["R1005"]);
    assert_eq!(BadKey::names(&section.rules[0].broken), ["policy category"]);
    let (section, codes) = with_policy(r#""category": "ThreatRules""#);
    assert_eq!(codes, ["R0003"]);
    assert_eq!(BadKey::names(&section.rules[0].broken), ["policy category"]);
}

#[test]
fn a_preference_is_a_rule_at_the_end() {
    let (section, codes) = with_policy(
        r#""category": "Application", "scope": ["/infra/domains/default/groups/web"],
           "connectivity_preference": "ALLOWLIST_ENABLE_LOGGING", "default_rule_id": 1017"#,
    );
    assert_eq!(codes, ["R1008"]);
    let [_, implied] = &section.rules[..] else {
        panic!("two rules")
    };
    assert_eq!(
        implied.ident.id,
        "/infra/domains/default/security-policies/p/rules/1017"
    );
    assert_eq!((implied.action, implied.logged), (Action::Drop, true));
    assert_eq!(implied.sequence, i64::MAX);
    assert!(implied.broken.is_empty());
    let (section, codes) =
        with_policy(r#""category": "Application", "connectivity_preference": "DENYLIST""#);
    assert_eq!(codes, ["R0003", "R1008"]);
    assert_eq!(section.rules[1].action, Action::Allow);
    assert_eq!(
        BadKey::names(&section.rules[1].broken),
        ["policy connectivity_preference"]
    );
    let (section, codes) =
        with_policy(r#""category": "Application", "connectivity_preference": "NONE""#);
    assert_eq!((section.rules.len(), codes.len()), (1, 0));
}

#[test]
fn rules_of_one_number_that_differ_have_no_order() {
    let deny = PLAIN.replace("ALLOW", "DROP");
    let policy = |second: &str, number: &str| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": [
                {{"id": "a", {PLAIN}}}, {{"id": "b", {second}{number}}}]}}"#
        )
    };
    let (_, findings) = read(&[&policy(&deny, "")]);
    assert_eq!(codes(&findings), ["R1010"]);
    let (_, findings) = read(&[&policy(PLAIN, "")]);
    assert_eq!(codes(&findings), [""; 0]);
    let (_, findings) = read(&[&policy(&deny, r#", "sequence_number": 1"#)]);
    assert_eq!(codes(&findings), [""; 0]);
}

#[test]
fn the_shipped_default_rule_is_found() {
    let export = format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "default-layer3-section",
            "path": "/infra/domains/default/security-policies/default-layer3-section",
            "category": "Application", "sequence_number": 2147483647, "tcp_strict": false,
            "is_default": true, "rules": [{{"id": "default-layer3-rule", "rule_id": 2, {PLAIN}}}]}}"#
    );
    let (policy, findings) = read(&[&export]);
    assert!(findings.is_empty(), "{findings:?}");
    let rule = &policy.network.sections[0].rules[0];
    assert!(rule.is_default);
    assert_eq!(policy.network.fallback, Fallback::Rule(rule.ident.origin));
}

#[test]
fn a_total_rule_stands_in_for_the_default_unless_it_can_be_jumped_over() {
    let policy = |category: &str, first: &str| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "{category}", "rules": [
                {{"id": "a", {first}}}, {{"id": "z", "sequence_number": 9, {PLAIN}}}]}}"#
        )
    };
    let web = PLAIN.replacen(r#"["ANY"]"#, r#"["web"]"#, 1);
    let jump = web.replace("ALLOW", "JUMP_TO_APPLICATION");
    let known = |text: &str| {
        let (policy, findings) = read(&[text]);
        let said = findings.iter().any(|finding| finding.code.id == "R1001");
        let known = policy.network.fallback != Fallback::Unknown;
        assert_ne!(known, said);
        known
    };
    assert!(known(&policy("Application", &web)));
    assert!(known(&policy("Environment", &web)));
    assert!(!known(&policy("Environment", &jump)));
    assert!(!known(&policy("Ethernet", &web)));
    assert!(!known(
        &policy("Application", &web).replace(r#""id": "z","#, r#""id": "z", "disabled": true,"#)
    ));
}

#[test]
fn rules_without_their_policy_are_kept_and_not_used() {
    let page = format!(
        r#"{{"results": [{{"resource_type": "Rule", "id": "r",
            "path": "/infra/domains/default/security-policies/p/rules/r", {PLAIN}}}], "result_count": 1}}"#
    );
    let (policy, findings) = read(&[&page]);
    assert_eq!(codes(&findings), ["R1009"]);
    let section = &policy.network.sections[0];
    assert_eq!(
        section.ident.id,
        "/infra/domains/default/security-policies/p"
    );
    assert_eq!(BadKey::names(&section.rules[0].broken), ["policy policy"]);
}

#[test]
fn a_policy_whose_rules_are_missing_says_so() {
    let (_, findings) = read(&[
        r#"{"results": [{"resource_type": "SecurityPolicy", "id": "p", "rule_count": 3,
        "category": "Application"}], "result_count": 1}"#,
    ]);
    assert_eq!(codes(&findings), ["R0008"]);
}

#[test]
fn two_exports_of_one_policy_that_differ() {
    let policy = |category: &str| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "{category}", "rules": [{{"id": "r", {PLAIN}}}]}}"#
        )
    };
    let (read_twice, findings) = read(&[&policy("Application"), &policy("Application")]);
    assert_eq!(codes(&findings), [""; 0]);
    assert_eq!(read_twice.network.sections.len(), 1);
    assert_eq!(read_twice.network.sections[0].rules.len(), 1);
    let (differing, findings) = read(&[&policy("Application"), &policy("Emergency")]);
    assert_eq!(codes(&findings), ["R0005"]);
    assert_eq!(differing.network.sections[0].tier, Tier::Application);
}

#[test]
fn rules_by_policy_id_join_the_list_of_policies() {
    let list = r#"[{"resource_type": "SecurityPolicy", "id": "p", "display_name": "P", "category": "Application",
        "path": "/infra/domains/default/security-policies/p"}]"#;
    let details = format!(
        r#"{{"p": {{"results": [{{"resource_type": "Rule", "id": "r", {PLAIN}}}], "result_count": 1}}}}"#
    );
    let (policy, findings) = read(&[list, &details]);
    assert_eq!(codes(&findings), [""; 0]);
    assert_eq!(policy.network.sections.len(), 1);
    assert_eq!(policy.network.sections[0].rules.len(), 1);
}

#[test]
fn settings_and_exclusions() {
    let (policy, findings) = read(&[
        r#"{"resource_type": "PolicyExcludeList", "id": "exclude-list", "path": "/infra/settings/firewall/security/exclude-list",
            "members": ["/infra/domains/default/groups/out"]}"#,
        r#"{"resource_type": "DfwFirewallConfiguration", "id": "c", "enable_firewall": false, "idfw_enabled": false,
            "global_addrset_mode_enabled": true, "disable_auto_drafts": false}"#,
    ]);
    assert_eq!(codes(&findings), [""; 0]);
    assert_eq!(
        say(&policy.network.exclusions[0].members),
        "group /infra/domains/default/groups/out"
    );
    assert!(matches!(policy.network.enforcement, Enforcement::Off(_)));
}

#[test]
fn policies_of_one_number_that_differ_have_no_order() {
    let policy = |id: &str, category: &str, rule: &str, number: i64| {
        format!(
            r#"{{"resource_type": "SecurityPolicy", "id": "{id}", "category": "{category}",
                "sequence_number": {number}, "rules": [{{"id": "r", {rule}}}]}}"#
        )
    };
    let deny = PLAIN.replace("ALLOW", "DROP");
    let said = |second: String| {
        let (_, findings) = read(&[&policy("a", "Application", PLAIN, 3), &second]);
        super::codes(&findings)
    };
    assert_eq!(said(policy("b", "Application", &deny, 3)), ["R1010"]);
    assert_eq!(said(policy("b", "Application", &deny, 4)), [""; 0]);
    assert_eq!(said(policy("b", "Emergency", &deny, 3)), [""; 0]);
    assert_eq!(said(policy("b", "Application", PLAIN, 3)), [""; 0]);
}

#[test]
fn drafts_are_not_in_force() {
    let (policy, findings) = read(&[
        r#"{"resource_type": "PolicyDraft", "id": "d", "user_area": {
        "resource_type": "Infra", "children": [{"resource_type": "ChildDomain", "Domain": {"id": "default"}}]}}"#,
    ]);
    assert_eq!(super::codes(&findings), ["R0007"]);
    assert_eq!(findings[0].effect, Effect::Record);
    assert!(policy.network.sections.is_empty());
    assert_eq!(policy.network.uninterpreted[0].what, "draft");
}
