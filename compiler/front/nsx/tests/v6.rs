//! NSX for vSphere 6.

use super::*;
use crate::ir::BadKey;

const RULES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<firewallConfiguration timestamp="0"><contextId>globalroot-0</contextId>
  <layer3Sections>
    <section id="10" name="shop" generationNumber="1" timestamp="1" tcpStrict="true" stateless="false" useSid="false" type="LAYER3">
      <rule id="1001" disabled="false" logged="true"><name>web to db</name><action>allow</action>
        <appliedToList><appliedTo><name>DISTRIBUTED_FIREWALL</name><value>DISTRIBUTED_FIREWALL</value><type>DISTRIBUTED_FIREWALL</type><isValid>true</isValid></appliedTo></appliedToList>
        <sectionId>10</sectionId>
        <sources excluded="true"><source><name>web</name><value>securitygroup-10</value><type>SecurityGroup</type><isValid>true</isValid></source>
          <source><value>10.0.0.0/24,10.1.0.1-10.1.0.9</value><type>Ipv4Address</type></source></sources>
        <destinations excluded="false"><destination><name>vm</name><value>vm-7</value><type>VirtualMachine</type><isValid>true</isValid></destination>
          <destination><value>domain-c7</value><type>ClusterComputeResource</type></destination></destinations>
        <services><service><name>HTTPS</name><value>application-161</value><type>Application</type><isValid>true</isValid></service>
          <service><isValid>true</isValid><sourcePort>1024-65535</sourcePort><destinationPort>80,443</destinationPort><protocol>6</protocol><subProtocol>6</subProtocol><protocolName>TCP</protocolName></service></services>
        <direction>inout</direction><packetType>ipv4</packetType><tag>label</tag><notes>why</notes></rule>
      <rule id="1002" disabled="true" logged="false"><action>BLOCK</action><direction>in</direction><packetType>any</packetType></rule>
      <rule id="1003"><action>allow</action><sources><source><name>gone</name><value>securitygroup-9</value><type>SecurityGroup</type><isValid>false</isValid></source></sources></rule>
      <rule id="1004"><action>permit</action></rule>
    </section>
    <section id="11" name="default"><rule id="1005" disabled="false"><name>Default</name><action>deny</action></rule></section>
  </layer3Sections>
  <layer2Sections><section id="12" name="l2" type="LAYER2" stateless="true"><rule id="1006"><action>allow</action></rule></section></layer2Sections>
  <layer3RedirectSections><section id="13" name="third party"/></layer3RedirectSections>
</firewallConfiguration>"#;

#[test]
fn a_configuration() {
    let (policy, findings) = read(&[RULES]);
    assert_eq!(codes(&findings), ["R0003", "R0003", "R0007"]);
    let sections = &policy.network.sections;
    let order: Vec<_> = sections
        .iter()
        .map(|section| (section.ident.id.as_str(), section.tier, section.sequence))
        .collect();
    assert_eq!(
        order,
        [
            ("section-12", Tier::Ethernet, 0),
            ("section-10", Tier::Application, 1),
            ("section-11", Tier::Application, 2)
        ]
    );
    assert!(!sections[0].stateful && sections[1].stateful && sections[1].strict_tcp);
    let [first, second, third, fourth] = &sections[1].rules[..] else {
        panic!("four rules")
    };
    assert_eq!(first.ident.id, "section-10/rules/1001");
    assert_eq!(first.ident.name, "web to db");
    assert_eq!(
        say_peers(&first.source),
        "not group securitygroup-10, 10.0.0.0/24, 10.1.0.1-10.1.0.9"
    );
    assert_eq!(
        say_peers(&first.destination),
        "vm vm-7, opaque[member of type `ClusterComputeResource`]"
    );
    assert_eq!(say_peers(&first.applied_to), "any");
    assert_eq!(
        (first.ip, first.logged, first.log_label.as_deref()),
        (IpVersion::V4, true, Some("label"))
    );
    let Services::Of(uses) = &first.services else {
        panic!("any")
    };
    let [ServiceUse::Named(name), ServiceUse::Inline(entry)] = uses.as_slice() else {
        panic!("{uses:?}")
    };
    assert_eq!(name.text, "application-161");
    let Match::Ports {
        transport,
        source,
        destination,
    } = &entry.matches
    else {
        panic!("{entry:?}")
    };
    assert_eq!(*transport, Transport::Tcp);
    assert_eq!(*source, PortSet::range(1024, 65535));
    assert_eq!(*destination, PortSet::from_ranges([(80, 80), (443, 443)]));
    assert_eq!(
        (second.action, second.enabled, second.direction),
        (Action::Drop, false, Direction::In)
    );
    assert_eq!(BadKey::names(&third.broken), ["sources"]);
    assert_eq!(BadKey::names(&fourth.broken), ["action"]);
    assert_eq!(
        policy.network.fallback,
        Fallback::Rule(sections[2].rules[0].ident.origin)
    );
}

const RULE: &str = r#"<rule id="1"><action>reject</action></rule>"#;

fn draft(section: &str) -> String {
    format!(
        r#"<firewallDraft id="1" name="d" timestamp="5"><description>x</description><preserve>true</preserve><user>admin</user><mode>userdefined</mode><config timestamp="4"><contextId>globalroot-0</contextId><layer3Sections>{section}</layer3Sections></config></firewallDraft>"#
    )
}

#[test]
fn a_section_and_a_draft_are_read_alike() {
    let section = format!(r#"<section id="5" name="s">{RULE}</section>"#);
    for (text, expected) in [(section.clone(), ""), (draft(&section), "R1020")] {
        let (policy, findings) = read(&[&text]);
        assert_eq!(codes(&findings).join(" "), expected);
        let section = &policy.network.sections[0];
        assert_eq!(
            (section.ident.id.as_str(), section.rules[0].action),
            ("section-5", Action::Reject)
        );
    }
}

#[test]
fn a_draft_beside_the_configuration_is_not_in_force() {
    let section = format!(r#"<section id="5" name="s">{RULE}</section>"#);
    let live = format!(
        "<firewallConfiguration><layer3Sections>{section}</layer3Sections></firewallConfiguration>"
    );
    let (policy, findings) = read(&[&live, &draft(&section.replace("reject", "allow"))]);
    assert_eq!(codes(&findings), ["R0007"]);
    assert_eq!(policy.network.sections.len(), 1);
    assert_eq!(policy.network.sections[0].rules[0].action, Action::Reject);
    assert_eq!(policy.network.uninterpreted[0].what, "draft");
}

#[test]
fn a_deleted_service_and_an_unknown_key_break_the_rule() {
    let rule = |inner: &str| {
        let text = format!(
            r#"<section id="5"><rule id="1"><action>allow</action>{inner}</rule></section>"#
        );
        let (policy, findings) = read(&[&text]);
        let rule = policy.network.sections[0].rules[0].clone();
        (
            codes(&findings).join(" "),
            !rule.broken.is_empty() || !rule.unread.is_empty(),
        )
    };
    let service = |key: &str| {
        format!("<services><service><value>application-1</value>{key}</service></services>")
    };
    for (inner, code) in [
        (service("<isValid>false</isValid>"), "R0003"),
        (service("<odd>1</odd>"), "R0002"),
        ("<services><odd>1</odd></services>".to_owned(), "R0002"),
        ("<sources><odd>1</odd></sources>".to_owned(), "R0002"),
        ("<sources><source><type>Ipv4Address</type><value>10.0.0.1</value><odd>1</odd></source></sources>".to_owned(), "R0002"),
        ("<appliedToList><odd>1</odd></appliedToList>".to_owned(), "R0002"),
        ("<siProfile><name>x</name></siProfile>".to_owned(), "R0003"),
        ("<direction>sideways</direction>".to_owned(), "R0003"),
    ] {
        assert_eq!(rule(&inner), (code.to_owned(), true), "{inner}");
    }
    assert_eq!(
        rule(&service("<isValid>true</isValid>")),
        (String::new(), false)
    );
}

#[test]
fn groups_sets_and_applications() {
    let (policy, findings) = read(&[r#"<list>
      <securitygroup><objectId>securitygroup-10</objectId><objectTypeName>SecurityGroup</objectTypeName><revision>2</revision><type><typeName>SecurityGroup</typeName></type>
        <name>web</name><description/><scope><id>globalroot-0</id></scope><clientHandle/><extendedAttributes/><isUniversal>false</isUniversal><inheritanceAllowed>false</inheritanceAllowed>
        <member><objectId>vm-1</objectId><objectTypeName>VirtualMachine</objectTypeName><name>a</name></member>
        <member><objectId>ipset-1</objectId><type><typeName>IPSet</typeName></type></member>
        <excludeMember><objectId>vm-2</objectId><objectTypeName>VirtualMachine</objectTypeName></excludeMember>
        <dynamicMemberDefinition><dynamicSet><operator>OR</operator>
          <dynamicCriteria><operator>AND</operator><key>VM.NAME</key><criteria>starts_with</criteria><value>web</value></dynamicCriteria>
          <dynamicCriteria><operator>AND</operator><key>VM.GUEST_OS_FULL_NAME</key><criteria>contains</criteria><value>Linux</value></dynamicCriteria></dynamicSet>
          <dynamicSet><operator>OR</operator><dynamicCriteria><operator>OR</operator><key>VM.SECURITY_TAG</key><criteria>contains</criteria><value>x</value></dynamicCriteria></dynamicSet>
        </dynamicMemberDefinition></securitygroup>
      <ipset><objectId>ipset-1</objectId><name>dns</name><value>10.0.0.53,10.0.1.0/24</value></ipset>
      <application><objectId>application-161</objectId><name>HTTPS</name><element><applicationProtocol>TCP</applicationProtocol><value>443,8443-8445</value></element></application>
      <application><objectId>application-2</objectId><name>GRE</name><element><applicationProtocol>GRE</applicationProtocol></element></application>
      <application><objectId>application-3</objectId><name>odd</name><element><applicationProtocol>AARP</applicationProtocol></element></application>
      <applicationGroup><objectId>applicationgroup-1</objectId><name>g</name><member><objectId>application-2</objectId></member></applicationGroup>
    </list>"#]);
    assert_eq!(codes(&findings), ["R0003"]);
    let groups: Vec<_> = policy
        .network
        .groups
        .values()
        .map(|group| (group.ident.id.as_str(), say(&group.members)))
        .collect();
    assert_eq!(
        groups,
        [
            (
                "securitygroup-10",
                "((((vm name ^ web and vm os ~ Linux) or opaque[security tag, and no export tells which machines carry it]) or vm vm-1 or group ipset-1) and not vm vm-2)".to_owned()
            ),
            ("ipset-1", "10.0.0.53, 10.0.1.0/24".to_owned())
        ]
    );
    let services: Vec<_> = policy.network.services.values().collect();
    assert!(matches!(&services[0].entries[0].matches,
        Match::Ports { destination, .. } if *destination == PortSet::from_ranges([(443, 443), (8443, 8445)])));
    assert!(matches!(
        services[1].entries[0].matches,
        Match::Protocol(47)
    ));
    assert!(matches!(services[2].entries[0].matches, Match::Opaque(_)));
    assert!(
        matches!(&services[3].entries[0].matches, Match::Nested(name) if name.text == "application-2")
    );
}
