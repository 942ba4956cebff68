//! Groups and their expressions.

use super::*;

#[test]
fn expressions() {
    let tag = |value: &str| {
        format!(
            r#"{{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Tag",
                 "operator": "EQUALS", "value": "{value}"}}"#
        )
    };
    let (a, b, c) = (tag("a"), tag("s|b"), tag("|c"));
    let (sa, sb, sc) = ("vm tag * = a", "vm tag s = b", "vm tag * = c");
    let or = r#"{"resource_type": "ConjunctionOperator", "conjunction_operator": "OR"}"#;
    let and = r#"{"resource_type": "ConjunctionOperator", "conjunction_operator": "AND"}"#;
    let check = |text: String, wanted: String, codes: &[&str]| {
        let (group, found) = with_expression(&text);
        assert_eq!(say(&group.members), wanted, "{text}");
        assert_eq!(found, codes, "{text}");
    };
    check("[]".into(), "nothing".into(), &[]);
    check(format!("[{a}]"), sa.into(), &[]);
    check(
        format!("[{a},{or},{b},{or},{c}]"),
        format!("({sa} or {sb} or {sc})"),
        &[],
    );
    check(format!("[{a},{and},{b}]"), format!("({sa} and {sb})"), &[]);
    check(
        format!("[{a},{and},{b},{or},{c}]"),
        format!("(({sa} and {sb}) or {sc})"),
        &["R1002"],
    );
    check(
        format!("[{a},{or},{b},{and},{c}]"),
        "opaque[expression that mixes AND and OR]".into(),
        &["R1002"],
    );
    check(
        format!(
            r#"[{{"resource_type": "NestedExpression", "expressions": [{a},{and},{b}]}},{or},{c}]"#
        ),
        format!("(({sa} and {sb}) or {sc})"),
        &[],
    );
    check(
        format!("[{a},{b}]"),
        "opaque[group that cannot be read]".into(),
        &["R0004"],
    );
    check(
        format!("[{a},{or}]"),
        "opaque[group that cannot be read]".into(),
        &["R0004"],
    );
    check(
        format!("[{a},{},{b}]", or.replace("OR", "XOR")),
        "opaque[group that cannot be read]".into(),
        &["R0003", "R0004"],
    );
}

#[test]
fn mixed_lists_with_one_meaning_change_nothing() {
    let text = r#"{"resource_type": "Group", "id": "g", "expression": [
        {"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.1"]},
        {"resource_type": "ConjunctionOperator", "conjunction_operator": "AND"},
        {"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.2"]},
        {"resource_type": "ConjunctionOperator", "conjunction_operator": "OR"},
        {"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.3"]}]}"#;
    let (_, findings) = read(&[text]);
    assert_eq!(findings[0].effect, Effect::Record);
}

#[test]
fn conditions() {
    let check = |keys: &str, wanted: &str, codes: &[&str]| {
        let text = format!(r#"[{{"resource_type": "Condition", {keys}}}]"#);
        let (group, found) = with_expression(&text);
        assert_eq!(say(&group.members), wanted, "{keys}");
        assert_eq!(found, codes, "{keys}");
    };
    let vm = r#""member_type": "VirtualMachine""#;
    check(
        &format!(r#"{vm}, "key": "Name", "operator": "STARTSWITH", "value": "DB""#),
        "vm name ^ DB",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "OSName", "operator": "CONTAINS", "value": "Win""#),
        "vm os ~ Win",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "ComputerName", "operator": "ENDSWITH", "value": "x""#),
        "vm computer $ x",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "Name", "operator": "NOTEQUALS", "value": "x""#),
        "vm name != x",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "operator": "EQUALS", "value": "app|""#),
        "vm tag app present",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "operator": "NOTEQUALS", "value": "app|""#),
        "not vm tag app present",
        &[],
    );
    check(
        &format!(
            r#"{vm}, "key": "Tag", "operator": "EQUALS", "scope_operator": "NOTEQUALS", "value": "s|t""#
        ),
        "vm tag not s = t",
        &[],
    );
    check(
        r#""member_type": "Segment", "key": "Tag", "value": "s|t""#,
        "segment tag s = t",
        &[],
    );
    check(
        r#""member_type": "SegmentPort", "key": "Tag", "operator": "EQUALS", "value": "t""#,
        "port tag * = t",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "operator": "MATCHES", "value": "t""#),
        "opaque[condition with the operator `MATCHES`]",
        &[],
    );
    check(
        r#""member_type": "Pod", "key": "Tag", "operator": "EQUALS", "value": "t""#,
        "opaque[condition on `Pod Tag`]",
        &[],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "value": "t""#),
        "opaque[Condition that cannot be read]",
        &["R0004"],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "operator": "EQUALS""#),
        "opaque[Condition that cannot be read]",
        &["R0004"],
    );
    check(
        &format!(r#"{vm}, "key": "Tag", "operator": "EQUALS", "value": "t", "mystery": 1"#),
        "opaque[Condition that cannot be read]",
        &["R0002"],
    );
}

#[test]
fn other_expressions() {
    let check = |text: &str, wanted: &str, codes: &[&str]| {
        let (group, found) = with_expression(&format!("[{text}]"));
        assert_eq!(say(&group.members), wanted, "{text}");
        assert_eq!(found, codes, "{text}");
    };
    check(
        r#"{"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.7/24", "fd00::/64"], "id": "x", "_create_user": "u"}"#,
        "(10.0.0.0/24 or fd00::/64)",
        &["R1007"],
    );
    check(
        r#"{"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.1", "nonsense"]}"#,
        "opaque[IPAddressExpression that cannot be read]",
        &["R0003"],
    );
    check(
        r#"{"resource_type": "IPAddressExpression", "ip_addresses": []}"#,
        "nothing",
        &[],
    );
    check(
        r#"{"resource_type": "MACAddressExpression", "mac_addresses": ["00:11:22:33:44:55"]}"#,
        "opaque[MAC address expression]",
        &[],
    );
    check(
        r#"{"resource_type": "ExternalIDExpression", "member_type": "VirtualMachine", "external_ids": ["1", "2"]}"#,
        "(vm 1 or vm 2)",
        &[],
    );
    check(
        r#"{"resource_type": "ExternalIDExpression", "member_type": "VirtualNetworkInterface", "external_ids": ["1"]}"#,
        "opaque[member of type `VirtualNetworkInterface`]",
        &[],
    );
    check(
        r#"{"resource_type": "PathExpression", "paths": ["/infra/domains/default/groups/a", "/infra/segments/s",
            "/infra/segments/s/ports/p"]}"#,
        "(group /infra/domains/default/groups/a or segment /infra/segments/s or opaque[segment port])",
        &[],
    );
    check(
        r#"{"resource_type": "IdentityGroupExpression", "identity_groups": [{"distinguished_name": "CN=x"}]}"#,
        "opaque[identity group]",
        &[],
    );
    check(
        r#"{"resource_type": "GeoLocationExpression", "country_code": "DE"}"#,
        "opaque[geographic location]",
        &[],
    );
    check(
        r#"{"resource_type": "StarSignExpression"}"#,
        "opaque[unknown expression type `StarSignExpression`]",
        &["R0003"],
    );
}

#[test]
fn an_identity_narrows_the_whole_group() {
    let (policy, findings) = read(&[r#"{"resource_type": "Group", "id": "g", "expression": [
        {"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.1"]}],
        "extended_expression": [{"resource_type": "IdentityGroupExpression", "identity_groups": []}]}"#]);
    assert_eq!(codes(&findings), [""; 0]);
    let group = policy.network.groups.values().next().unwrap();
    assert_eq!(say(&group.members), "(10.0.0.1 and opaque[identity group])");
}
