//! Policies of Service Composer.

use super::*;

/// Keys that every object repeats.
const PLUMBING: &str = "<vsmUuid>42</vsmUuid><nodeId>2f</nodeId><revision>4</revision><type><typeName>T</typeName></type>\
  <scope><id>globalroot-0</id><objectTypeName>GlobalRoot</objectTypeName><name>Global</name></scope><clientHandle/>\
  <extendedAttributes/><isUniversal>false</isUniversal><universalRevision>0</universalRevision>";

fn action(keys: &str) -> String {
    format!(
        "<action class=\"firewallSecurityAction\">{PLUMBING}<objectTypeName>FirewallPolicyAction</objectTypeName>\
         <category>firewall</category><isEnabled>true</isEnabled><isActionEnforced>false</isActionEnforced>\
         <invalidSecondaryContainers>false</invalidSecondaryContainers><invalidApplications>false</invalidApplications>\
         <logged>true</logged><outsideSecondaryContainer>false</outsideSecondaryContainer>{keys}</action>"
    )
}

fn policy(id: u32, precedence: &str, keys: &str) -> String {
    format!(
        "<securityPolicy><objectId>policy-{id}</objectId><objectTypeName>Policy</objectTypeName>{PLUMBING}<name>P{id}</name>\
         <description/><inheritanceAllowed>false</inheritanceAllowed><precedence>{precedence}</precedence>{keys}\
         <statusesByCategory><category>firewall</category><status>in_sync</status></statusesByCategory></securityPolicy>"
    )
}

fn firewall(actions: &[String]) -> String {
    format!(
        "<actionsByCategory><category>firewall</category>{}</actionsByCategory>",
        actions.concat()
    )
}

const BOUND: &str = "<securityGroupBinding><objectId>securitygroup-1</objectId><objectTypeName>SecurityGroup</objectTypeName><name>web</name></securityGroupBinding>";

const OTHER: &str = "<secondarySecurityGroup><objectId>securitygroup-2</objectId><objectTypeName>SecurityGroup</objectTypeName></secondarySecurityGroup>";

const SSH: &str = "<applications><application><objectId>application-347</objectId><objectTypeName>Application</objectTypeName><name>SSH</name>\
  <inheritanceAllowed>true</inheritanceAllowed><element><applicationProtocol>TCP</applicationProtocol><value>22</value></element></application></applications>";

#[test]
fn rules_are_made_of_a_policy_that_stands_alone() {
    let actions = [
        action(&format!(
            "<executionOrder>2</executionOrder><action>block</action><direction>outbound</direction>{OTHER}{SSH}"
        )),
        action(
            "<executionOrder>1</executionOrder><action>allow</action><direction>inbound</direction>",
        ),
        action(
            "<executionOrder>3</executionOrder><action>reject</action><direction>intra</direction>",
        ),
    ];
    let low = policy(5, "4300", &format!("{BOUND}{}", firewall(&actions)));
    let high = policy(6, "4400", &format!("{BOUND}{}", firewall(&[])));
    let (found, findings) = read(&[&format!("<securityPolicies>{low}{high}</securityPolicies>")]);
    assert_eq!(codes(&findings), ["R1022", "R1022"]);
    let order: Vec<_> = found
        .network
        .sections
        .iter()
        .map(|section| section.ident.name.as_str())
        .collect();
    assert_eq!(order, ["P6", "P5"]);
    let section = &found.network.sections[1];
    assert_eq!(
        say_peers(section.applied_to.as_ref().unwrap()),
        "(group securitygroup-1), opaque[Applied-To setting of Service Composer]"
    );
    let said: Vec<_> = section
        .rules
        .iter()
        .map(|rule| {
            (
                rule.sequence,
                rule.action,
                say_peers(&rule.source),
                say_peers(&rule.destination),
            )
        })
        .collect();
    let (web, other) = (
        "group securitygroup-1".to_owned(),
        "group securitygroup-2".to_owned(),
    );
    assert_eq!(
        said,
        [
            (2, Action::Drop, web.clone(), other),
            (1, Action::Allow, "any".to_owned(), web.clone()),
            (3, Action::Reject, web.clone(), web)
        ]
    );
    assert!(
        section
            .rules
            .iter()
            .all(|rule| rule.logged && rule.enabled && rule.broken.is_empty())
    );
    // The service stands whole in the policy.
    let service = found.network.services.values().next().unwrap();
    assert_eq!(
        (service.ident.id.as_str(), service.entries.len()),
        ("application-347", 1)
    );
}

#[test]
fn a_policy_is_read_as_the_section_made_of_it() {
    let one = policy(5, "4300", &format!("{BOUND}{}", firewall(&[])));
    let live = |name: &str| {
        format!(
            "<firewallConfiguration><layer3Sections><section id=\"1026\" name=\"{name}\">\
             <rule id=\"1\"><action>allow</action></rule></section></layer3Sections></firewallConfiguration>"
        )
    };
    let (found, findings) = read(&[&live("P5 :: NSX Service Composer - Firewall"), &one]);
    assert_eq!(codes(&findings), ["R1021"]);
    assert_eq!(found.network.sections.len(), 1);
    assert_eq!(findings[0].effect, Effect::Record);
    // Out of step with the configuration: told, and not added where nobody knows its place.
    let (found, findings) = read(&[&live("P50 :: NSX Service Composer - Firewall"), &one]);
    assert_eq!(codes(&findings), ["R0007"]);
    assert_eq!(found.network.sections.len(), 1);
    assert_ne!(findings[0].effect, Effect::Record);
}

#[test]
fn a_policy_without_groups_does_nothing() {
    let (found, findings) = read(&[&policy(
        5,
        "4300",
        &firewall(&[action(
            "<action>allow</action><direction>inbound</direction>",
        )]),
    )]);
    assert_eq!(codes(&findings), ["R0007"]);
    assert!(found.network.sections.is_empty());
    let listed = &found.network.uninterpreted[0];
    assert_eq!(
        (listed.what.as_str(), listed.rules),
        ("policy of Service Composer", 1)
    );
}

#[test]
fn what_cannot_be_read_breaks_the_rules() {
    let plain = "<action>allow</action><direction>inbound</direction>";
    let broken = |keys: &str, rule: &str| {
        let keys = format!("{BOUND}{keys}{}", firewall(&[rule.to_owned()]));
        let (found, findings) = read(&[&policy(5, "4300", &keys)]);
        let rule = found.network.sections[0].rules[0].clone();
        (
            codes(&findings)[0],
            !rule.broken.is_empty() || !rule.unread.is_empty(),
        )
    };
    let bad = |from: &str, to: &str| action(plain).replace(from, to);
    for (keys, rule, code) in [
        (
            "<parent><objectId>policy-1</objectId></parent>",
            action(plain),
            "R0003",
        ),
        (
            "",
            bad("<action>allow</action>", "<action>shrug</action>"),
            "R0003",
        ),
        ("", bad("<action>allow</action>", ""), "R0004"),
        ("", bad("inbound", "sideways"), "R0003"),
        (
            "",
            bad("<invalidApplications>false", "<invalidApplications>true"),
            "R0003",
        ),
        (
            "",
            bad(
                "<invalidSecondaryContainers>false",
                "<invalidSecondaryContainers>true",
            ),
            "R0003",
        ),
        (
            "",
            bad("<isActionEnforced>false", "<isActionEnforced>true"),
            "R0003",
        ),
        ("", action(&format!("{plain}<odd>1</odd>")), "R0002"),
    ] {
        assert_eq!(broken(keys, &rule), (code, true), "{keys} {rule}");
    }
    assert_eq!(broken("", &action(plain)), ("R1022", false));
}

#[test]
fn other_categories_are_listed() {
    let steering = "<actionsByCategory><category>traffic_steering</category><action class=\"trafficSteeringSecurityAction\"><name>x</name></action></actionsByCategory>";
    let (_, findings) = read(&[&policy(5, "4300", &format!("{BOUND}{steering}"))]);
    assert_eq!(codes(&findings), ["R0007", "R1022"]);
}
