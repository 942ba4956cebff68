//! Tables of migration scripts.

use super::*;

/// A table as PowerShell writes it: every cell in quotes, quotes inside doubled.
fn table(kind: &str, objects: &[&str]) -> String {
    let mut text = "\"ObjectType\",\"Id\",\"Tags\",\"RawJson\"\r\n".to_owned();
    for object in objects {
        let cell = object.replace('"', "\"\"");
        text.push_str(&format!("\"{kind}\",\"x\",\"a; b\",\"{cell}\"\r\n"));
    }
    text
}

#[test]
fn tables_are_read_by_their_column_of_json() {
    let policies = table(
        "SecurityPolicy",
        &[
            r#"{"resource_type":"SecurityPolicy","id":"p","category":"Application",
        "path":"/infra/domains/default/security-policies/p"}"#,
        ],
    );
    let rules = table(
        "Rule",
        &[&format!(
            r#"{{"resource_type":"Rule","id":"r","display_name":"it\u0027s \"web\"","parent_path":"/infra/domains/default/security-policies/p",{PLAIN}}}"#
        )],
    );
    let groups = table(
        "Group",
        &[r#"{"resource_type":"Group","id":"securitygroup-223","expression":[]}"#],
    );
    let tags = "VMDisplayName,ExternalId,TagScope,TagValue\nweb,50-1,tier,web\nweb,50-1,env,prod\ndb,50-2,,db\n";
    let (policy, findings) = read(&[&policies, &rules, &groups, tags]);
    assert_eq!(codes(&findings), [""; 0]);
    let section = &policy.network.sections[0];
    assert_eq!(section.rules[0].ident.name, "it's \"web\"");
    assert_eq!(policy.network.groups.len(), 1);
    let vms: Vec<_> = policy.inventory.vms.values().collect();
    assert_eq!(
        (
            vms[0].aliases[0].as_str(),
            vms[0].tags.len(),
            vms[1].tags.len()
        ),
        ("50-1", 2, 1)
    );
}

#[test]
fn a_finding_points_into_the_cell() {
    let text = table(
        "Service",
        &[r#"{"resource_type":"Service","id":"s","service_entries":[
        {"resource_type":"L4PortSetServiceEntry","l4_protocol":"TCP","destination_ports":["99999"]}]}"#],
    );
    let (_, findings) = read(&[&text]);
    assert_eq!(codes(&findings), ["R0003"]);
    let span = findings[0].subjects[1].origin.span;
    assert_eq!(span.of(&text), "\"\"99999\"\"");
}

#[test]
fn a_row_without_its_object_is_reported() {
    let (_, findings) = read(&["ObjectType,Id,RawJson\nGroup,g,\nGroup,h,{broken\n"]);
    assert_eq!(codes(&findings), ["R0004", "R0004"]);
}
