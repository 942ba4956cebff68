//! Services and their entries.

use super::*;

#[test]
fn any_beside_entries_means_the_entries() {
    let (rule, codes) = with_rule(&format!(
        r#"{PLAIN}, "service_entries": [
            {{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP",
              "source_ports": ["1024-65535"], "destination_ports": ["80-80", "443"]}}]"#
    ));
    assert_eq!(codes, [""; 0]);
    let Services::Of(uses) = &rule.services else {
        panic!("any")
    };
    let [ServiceUse::Inline(entry)] = uses.as_slice() else {
        panic!("{uses:?}")
    };
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
}

#[test]
fn services_and_entries_add_up() {
    let (rule, _) = with_rule(
        r#""action": "ALLOW", "source_groups": ["ANY"], "destination_groups": ["ANY"],
           "services": ["/infra/services/SSH"],
           "service_entries": [{"resource_type": "IGMPTypeServiceEntry"}]"#,
    );
    let Services::Of(uses) = &rule.services else {
        panic!("any")
    };
    assert!(matches!(
        uses.as_slice(),
        [ServiceUse::Named(name), ServiceUse::Inline(entry)]
            if name.text == "/infra/services/SSH" && matches!(entry.matches, Match::Igmp)
    ));
}

#[test]
fn every_kind_of_service_entry() {
    let entry = |text: &str| {
        let service =
            format!(r#"{{"resource_type": "Service", "id": "s", "service_entries": [{text}]}}"#);
        let (policy, findings) = read(&[&service]);
        let service = policy.network.services.values().next().unwrap();
        (service.entries[0].matches.clone(), codes(&findings))
    };
    let (found, codes) = entry(
        r#"{"resource_type": "ICMPTypeServiceEntry", "protocol": "ICMPv4", "icmp_type": 8, "icmp_code": "0"}"#,
    );
    assert!(matches!(
        found,
        Match::Icmp {
            version: IcmpVersion::V4,
            kind: Some(8),
            code: Some(0)
        }
    ));
    assert_eq!(codes, [""; 0]);
    let (found, _) = entry(r#"{"resource_type": "ICMPTypeServiceEntry", "protocol": "ICMPv6"}"#);
    assert!(matches!(
        found,
        Match::Icmp {
            version: IcmpVersion::V6,
            kind: None,
            code: None
        }
    ));
    let (found, codes) = entry(r#"{"resource_type": "ICMPTypeServiceEntry"}"#);
    assert!(matches!(found, Match::Opaque(_)));
    assert_eq!(codes, ["R0004"]);
    let (found, _) = entry(r#"{"resource_type": "IPProtocolServiceEntry", "protocol_number": 47}"#);
    assert!(matches!(found, Match::Protocol(47)));
    let (found, codes) =
        entry(r#"{"resource_type": "IPProtocolServiceEntry", "protocol_number": 470}"#);
    assert!(matches!(found, Match::Opaque(_)));
    assert_eq!(codes, ["R0003"]);
    let (found, _) = entry(
        r#"{"resource_type": "ALGTypeServiceEntry", "alg": "FTP", "destination_ports": ["21"]}"#,
    );
    let Match::Gateway {
        application,
        transport,
        destination,
        ..
    } = found
    else {
        panic!("{found:?}")
    };
    assert_eq!((application.as_str(), transport), ("FTP", Transport::Tcp));
    assert_eq!(destination, PortSet::range(21, 21));
    let (found, _) = entry(r#"{"resource_type": "EtherTypeServiceEntry", "ether_type": 33011}"#);
    assert!(matches!(found, Match::EtherType(33011)));
    let (found, _) = entry(
        r#"{"resource_type": "NestedServiceServiceEntry", "nested_service_path": "/infra/services/x"}"#,
    );
    assert!(matches!(found, Match::Nested(name) if name.text == "/infra/services/x"));
    let (found, codes) =
        entry(r#"{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "SCTP"}"#);
    assert!(matches!(found, Match::Opaque(_)));
    assert_eq!(codes, ["R0003"]);
    let (found, codes) = entry(
        r#"{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "destination_ports": ["90-80"]}"#,
    );
    assert!(matches!(found, Match::Opaque(_)));
    assert_eq!(codes, ["R0003"]);
    let (found, codes) = entry(r#"{"resource_type": "QuantumServiceEntry"}"#);
    assert!(matches!(found, Match::Opaque(_)));
    assert_eq!(codes, ["R0003"]);
}

#[test]
fn shipped_services_come_in_when_they_are_used() {
    let (policy, findings) = read(&[&format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": [
            {{"id": "r", {}}}]}}"#,
        PLAIN.replace(
            r#""services": ["ANY"]"#,
            r#""services": ["/infra/services/HTTPS", "/infra/services/mine"]"#
        )
    )]);
    assert_eq!(codes(&findings), [""; 0]);
    let services: Vec<_> = policy.network.services.values().collect();
    assert_eq!(services.len(), 1);
    assert_eq!(services[0].ident.id, "/infra/services/HTTPS");
    assert!(matches!(&services[0].entries[0].matches,
        Match::Ports { transport: Transport::Tcp, destination, .. } if *destination == PortSet::range(443, 443)));
}
