//! Groups and services that nest each other in many ways.

use crate::{folder, rehome};

/// Groups and services of which each names the next twice, `levels` deep; the last one names the
/// first when it is a `circle`.
fn doubling(levels: usize, circle: bool) -> String {
    let mut objects = Vec::new();
    let next = |at: usize| if at + 1 < levels { at + 1 } else { 0 };
    for at in 0..levels {
        let last = at + 1 == levels && !circle;
        let to = next(at);
        let path = format!(
            r#"{{"resource_type": "PathExpression", "paths": ["/infra/domains/default/groups/g{to}"]}}"#
        );
        let expression = if last {
            r#"{"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.1"]}"#.to_owned()
        } else {
            format!(
                r#"{path}, {{"resource_type": "ConjunctionOperator", "conjunction_operator": "OR"}}, {path}"#
            )
        };
        objects.push(format!(
            r#"{{"resource_type": "Group", "id": "g{at}", "path": "/infra/domains/default/groups/g{at}",
                "display_name": "g{at}", "expression": [{expression}]}}"#
        ));
        let nested = |entry: usize| {
            format!(
                r#"{{"resource_type": "NestedServiceServiceEntry", "id": "e{entry}", "display_name": "e{entry}",
                    "nested_service_path": "/infra/services/s{to}"}}"#
            )
        };
        let entries = if last {
            r#"{"resource_type": "L4PortSetServiceEntry", "id": "e", "display_name": "e",
                "l4_protocol": "TCP", "source_ports": ["53"], "destination_ports": ["80"]}"#
                .to_owned()
        } else {
            format!("{}, {}", nested(1), nested(2))
        };
        objects.push(format!(
            r#"{{"resource_type": "Service", "id": "s{at}", "path": "/infra/services/s{at}",
                "display_name": "s{at}", "service_entries": [{entries}]}}"#
        ));
    }
    let rule = |id: &str, number: usize, action: &str| {
        format!(
            r#"{{"resource_type": "Rule", "id": "{id}", "path": "/infra/domains/default/security-policies/p/rules/{id}",
                "display_name": "{id}", "action": "{action}", "sequence_number": {number},
                "source_groups": ["/infra/domains/default/groups/g0"], "destination_groups": ["ANY"],
                "services": ["/infra/services/s0"], "scope": ["ANY"], "direction": "IN_OUT"}}"#
        )
    };
    objects.push(format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "path": "/infra/domains/default/security-policies/p",
            "display_name": "p", "category": "Application", "sequence_number": 1, "rules": [{}, {}]}}"#,
        rule("deny", 1, "DROP"),
        rule("allow", 2, "ALLOW")
    ));
    format!("{{\"results\": [{}]}}", objects.join(",\n"))
}

/// Work that doubles at each level would not end before the sun does.
#[test]
fn nesting_costs_what_it_holds_and_no_more() {
    for (levels, circle) in [(60, false), (3, true), (70, true), (400, false)] {
        let here = folder(&[("in/a.json", doubling(levels, circle).as_bytes())]);
        let ran = rehome(here.path(), &["check", "in", "--format", "concise"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        let circles = ran.out.matches("N1001").count() + ran.out.matches("N1002").count();
        assert_eq!(circles, if circle { 2 } else { 0 }, "{levels} {circle}");
    }
}
