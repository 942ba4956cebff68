//! Writes an estate as the files an NSX backup script and two inventory calls give.

use crate::estate::{Action, Estate, Members, Rule};
use serde_json::{Value, json};

const DOMAIN: &str = "/infra/domains/default";

/// The files by name.
#[must_use]
pub fn files(estate: &Estate) -> Vec<(String, Vec<u8>)> {
    let named = [
        ("policy.json", policy(estate)),
        ("services.json", services(estate)),
        ("virtual-machines.json", machines(estate)),
        ("vifs.json", vifs(estate)),
    ];
    named
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string().into_bytes()))
        .collect()
}

fn policy(estate: &Estate) -> Value {
    let groups = estate.groups.iter().enumerate().map(|(at, members)| {
        let id = format!("g{at}");
        json!({"resource_type": "ChildGroup", "Group": {
            "resource_type": "Group", "id": id, "display_name": format!("Group {at}"),
            "path": group_path(at), "expression": expression(members),
        }})
    });
    let mut sections: Vec<(String, &'static str, Vec<&Rule>)> = Vec::new();
    for rule in &estate.rules {
        let id = format!("{}-{}", rule.category, rule.section);
        match sections.last_mut() {
            Some((last, _, rules)) if *last == id => rules.push(rule),
            _ => sections.push((id, rule.category, vec![rule])),
        }
    }
    let sections = sections
        .iter()
        .enumerate()
        .map(|(at, (id, category, rules))| section(at, id, category, rules));
    let default = default_section(estate.default_allow);
    let children: Vec<Value> = groups.chain(sections).chain([default]).collect();
    json!({"resource_type": "Infra", "id": "infra", "children": [
        {"resource_type": "ChildDomain", "Domain": {
            "resource_type": "Domain", "id": "default", "path": DOMAIN, "children": children,
        }},
    ]})
}

fn group_path(at: usize) -> String {
    format!("{DOMAIN}/groups/g{at}")
}

fn condition(tag: &str) -> Value {
    json!({"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Tag", "operator": "EQUALS", "value": tag})
}

fn conjunction(operator: &str) -> Value {
    json!({"resource_type": "ConjunctionOperator", "conjunction_operator": operator})
}

fn expression(members: &Members) -> Vec<Value> {
    let addresses =
        |list: &[String]| json!({"resource_type": "IPAddressExpression", "ip_addresses": list});
    match members {
        Members::Tags(tags) => {
            let mut parts = Vec::new();
            for tag in tags {
                if !parts.is_empty() {
                    parts.push(conjunction("AND"));
                }
                parts.push(condition(tag));
            }
            parts
        }
        Members::TagAndAddresses(tag, list) => {
            vec![condition(tag), conjunction("OR"), addresses(list)]
        }
        Members::Addresses(list) => vec![addresses(list)],
        Members::Groups(groups) => {
            let paths: Vec<String> = groups.iter().map(|at| group_path(*at)).collect();
            vec![json!({"resource_type": "PathExpression", "paths": paths})]
        }
    }
}

fn section(at: usize, id: &str, category: &str, rules: &[&Rule]) -> Value {
    let path = format!("{DOMAIN}/security-policies/{id}");
    let rules: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(number, what)| rule(&path, number, what))
        .collect();
    json!({"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {
        "resource_type": "SecurityPolicy", "id": id, "display_name": id, "path": path, "category": category,
        "sequence_number": at * 10, "stateful": true, "tcp_strict": false, "scope": ["ANY"], "rules": rules,
    }})
}

fn rule(section: &str, number: usize, rule: &Rule) -> Value {
    let groups = |list: &[usize]| -> Vec<String> {
        if list.is_empty() {
            vec!["ANY".to_owned()]
        } else {
            list.iter().map(|at| group_path(*at)).collect()
        }
    };
    let services: Vec<String> = if rule.services.is_empty() {
        vec!["ANY".to_owned()]
    } else {
        rule.services
            .iter()
            .map(|at| format!("/infra/services/s{at}"))
            .collect()
    };
    let action = match rule.action {
        Action::Allow => "ALLOW",
        Action::Drop => "DROP",
        Action::Jump => "JUMP_TO_APPLICATION",
    };
    json!({
        "resource_type": "Rule", "id": format!("r{number}"), "display_name": format!("r{number}"),
        "path": format!("{section}/rules/r{number}"), "sequence_number": number * 10, "action": action,
        "source_groups": groups(&rule.sources), "destination_groups": groups(&rule.destinations),
        "services": services, "profiles": ["ANY"], "scope": groups(&rule.scope), "direction": rule.direction,
        "ip_protocol": "IPV4_IPV6", "logged": false, "disabled": false,
    })
}

fn default_section(allow: bool) -> Value {
    let path = format!("{DOMAIN}/security-policies/default-layer3-section");
    json!({"resource_type": "ChildSecurityPolicy", "SecurityPolicy": {
        "resource_type": "SecurityPolicy", "id": "default-layer3-section", "display_name": "Default Layer3 Section",
        "path": path, "category": "Application", "sequence_number": 2_147_483_647, "is_default": true,
        "stateful": true, "tcp_strict": false, "scope": ["ANY"], "rules": [{
            "resource_type": "Rule", "id": "default-layer3-rule", "display_name": "Default Layer3 Rule",
            "path": format!("{path}/rules/default-layer3-rule"), "sequence_number": 2_147_483_647,
            "action": if allow { "ALLOW" } else { "DROP" }, "source_groups": ["ANY"], "destination_groups": ["ANY"],
            "services": ["ANY"], "profiles": ["ANY"], "scope": ["ANY"], "direction": "IN_OUT",
            "ip_protocol": "IPV4_IPV6", "is_default": true, "logged": false, "disabled": false,
        }],
    }})
}

fn services(estate: &Estate) -> Value {
    let children = estate.services.iter().enumerate().map(|(at, (protocol, ports))| {
        let id = format!("s{at}");
        json!({"resource_type": "ChildService", "Service": {
            "resource_type": "Service", "id": id, "display_name": id, "path": format!("/infra/services/{id}"),
            "service_entries": [{
                "resource_type": "L4PortSetServiceEntry", "id": "e", "display_name": "e",
                "l4_protocol": protocol, "destination_ports": ports, "source_ports": [],
            }],
        }})
    });
    json!({"resource_type": "Infra", "id": "infra", "children": children.collect::<Vec<_>>()})
}

fn uuid(at: usize) -> String {
    format!("50000000-0000-4000-8000-{at:012x}")
}

fn machines(estate: &Estate) -> Value {
    let results: Vec<Value> = estate
        .machines
        .iter()
        .enumerate()
        .map(|(at, machine)| {
            let tags: Vec<Value> = machine
                .tags
                .iter()
                .filter_map(|tag| tag.split_once('|'))
                .map(|(scope, tag)| json!({"scope": scope, "tag": tag}))
                .collect();
            json!({"resource_type": "VirtualMachine", "external_id": uuid(at), "display_name": format!("vm{at}"), "tags": tags})
        })
        .collect();
    json!({"results": results, "result_count": results.len()})
}

fn vifs(estate: &Estate) -> Value {
    let results: Vec<Value> = estate
        .machines
        .iter()
        .enumerate()
        .map(|(at, machine)| {
            json!({
                "resource_type": "VirtualNetworkInterface", "external_id": format!("{}-4000", uuid(at)),
                "owner_vm_id": uuid(at),
                "ip_address_info": [{"source": "VM_TOOLS", "ip_addresses": [machine.address]}],
            })
        })
        .collect();
    json!({"results": results, "result_count": results.len()})
}
