//! The model as the Policy API writes it.

use crate::model::{
    Action, Criterion, Direction, Key, Members, Model, Operator, Peer, Rule, Service, Side, Use,
    Version,
};
use serde_json::{Value, json};

const DOMAIN: &str = "/infra/domains/default";

/// Machines of every form: the answers of `/api/v1/fabric`.
pub fn inventory(model: &Model) -> Value {
    let machines: Vec<Value> = (0..model.machines)
        .flat_map(|at| {
            [
                json!({"resource_type": "VirtualMachine", "external_id": format!("vm-{at}"), "display_name": format!("vm{at}"),
                    "guest_info": {"os_name": "Linux", "computer_name": format!("host{at}")}}),
                json!({"resource_type": "VirtualNetworkInterface", "external_id": format!("nic-{at}"), "owner_vm_id": format!("vm-{at}"),
                    "ip_address_info": [{"source": "VM_TOOLS", "ip_addresses": [format!("10.0.0.{}", at + 1)]}]}),
            ]
        })
        .collect();
    json!(machines)
}

/// Lists, one a kind of object.
pub fn files(model: &Model) -> Vec<Value> {
    let groups: Vec<Value> = (0..model.groups.len()).map(|at| group(model, at)).collect();
    let services: Vec<Value> = (0..model.services.len())
        .map(|at| service(model, at))
        .collect();
    let sections: Vec<Value> = (0..model.sections.len())
        .map(|at| section(model, at))
        .collect();
    vec![
        json!(groups),
        json!(services),
        json!(sections),
        inventory(model),
        json!([exclusions(model)]),
    ]
}

/// The same as one tree, with the rules as objects of their own.
pub fn tree(model: &Model) -> Vec<Value> {
    let child = |value: Value| {
        let kind = value["resource_type"].as_str().unwrap().to_owned();
        json!({"resource_type": format!("Child{kind}"), kind: value})
    };
    let sections = (0..model.sections.len()).map(|at| {
        let mut section = section(model, at);
        let rules = section["rules"].take();
        let rules: Vec<Value> = rules
            .as_array()
            .unwrap()
            .iter()
            .cloned()
            .map(child)
            .collect();
        section.as_object_mut().unwrap().remove("rules");
        section["children"] = json!(rules);
        section
    });
    let groups = (0..model.groups.len()).map(|at| group(model, at));
    let domain: Vec<Value> = groups.chain(sections).map(child).collect();
    let mut children: Vec<Value> = (0..model.services.len())
        .map(|at| child(service(model, at)))
        .collect();
    children.push(json!({"resource_type": "ChildResourceReference", "id": "default", "target_type": "Domain", "children": domain}));
    let tree = json!({"resource_type": "Infra", "id": "infra", "children": children});
    vec![tree, inventory(model), json!([exclusions(model)])]
}

fn exclusions(model: &Model) -> Value {
    let members: Vec<String> = model
        .excluded
        .iter()
        .map(|at| format!("{DOMAIN}/virtual-machines/vm-{at}"))
        .collect();
    json!({"resource_type": "PolicyExcludeList", "id": "exclude-list", "path": "/infra/settings/firewall/security/exclude-list",
        "members": members})
}

fn group_path(at: usize) -> String {
    format!("{DOMAIN}/groups/g{at}")
}

fn condition(criterion: &Criterion) -> Value {
    let key = match criterion.key {
        Key::Name => "Name",
        Key::Os => "OSName",
        Key::Computer => "ComputerName",
    };
    let operator = match criterion.operator {
        Operator::Equals => "EQUALS",
        Operator::NotEquals => "NOTEQUALS",
        Operator::Contains => "CONTAINS",
        Operator::Starts => "STARTSWITH",
        Operator::Ends => "ENDSWITH",
    };
    json!({"resource_type": "Condition", "member_type": "VirtualMachine", "key": key, "operator": operator, "value": criterion.value})
}

fn joined(word: &str, parts: Vec<Value>) -> Vec<Value> {
    let mut out = Vec::new();
    for part in parts {
        if !out.is_empty() {
            out.push(json!({"resource_type": "ConjunctionOperator", "conjunction_operator": word}));
        }
        out.push(part);
    }
    out
}

fn group(model: &Model, at: usize) -> Value {
    let expression = match &model.groups[at] {
        Members::Addresses(list) => {
            vec![json!({"resource_type": "IPAddressExpression", "ip_addresses": list})]
        }
        Members::Criteria { all: true, list } => {
            let inner = joined("AND", list.iter().map(condition).collect());
            vec![json!({"resource_type": "NestedExpression", "expressions": inner})]
        }
        Members::Criteria { all: false, list } => {
            joined("OR", list.iter().map(condition).collect())
        }
        Members::Listed { machines, groups } => {
            let ids: Vec<String> = machines.iter().map(|at| format!("vm-{at}")).collect();
            let paths: Vec<String> = groups.iter().map(|at| group_path(*at)).collect();
            let mut parts = vec![
                json!({"resource_type": "ExternalIDExpression", "member_type": "VirtualMachine", "external_ids": ids}),
            ];
            if !paths.is_empty() {
                parts.push(json!({"resource_type": "PathExpression", "paths": paths}));
            }
            joined("OR", parts)
        }
    };
    json!({"resource_type": "Group", "id": format!("g{at}"), "display_name": format!("group {at}"), "path": group_path(at),
        "expression": expression})
}

fn ports(tcp: bool, source: &[&str], destination: &[&str]) -> Value {
    json!({"resource_type": "L4PortSetServiceEntry", "l4_protocol": if tcp { "TCP" } else { "UDP" },
        "source_ports": source, "destination_ports": destination})
}

fn service(model: &Model, at: usize) -> Value {
    let entries = match &model.services[at] {
        Service::Ports { tcp, source, destination } => vec![ports(*tcp, source, destination)],
        Service::Ping => vec![json!({"resource_type": "ICMPTypeServiceEntry", "protocol": "ICMPv4", "icmp_type": 8})],
        Service::Protocol(number) => vec![json!({"resource_type": "IPProtocolServiceEntry", "protocol_number": number})],
        Service::Ftp => vec![json!({"resource_type": "ALGTypeServiceEntry", "alg": "FTP", "destination_ports": ["21"], "source_ports": []})],
        Service::Of(list) => list
            .iter()
            .map(|at| json!({"resource_type": "NestedServiceServiceEntry", "nested_service_path": format!("/infra/services/s{at}")}))
            .collect(),
    };
    json!({"resource_type": "Service", "id": format!("s{at}"), "display_name": format!("service {at}"),
        "path": format!("/infra/services/s{at}"), "service_entries": entries})
}

fn section(model: &Model, at: usize) -> Value {
    let section = &model.sections[at];
    let rules: Vec<Value> = section
        .rules
        .iter()
        .enumerate()
        .map(|(at, one)| rule(at, one))
        .collect();
    json!({"resource_type": "SecurityPolicy", "id": format!("p{at}"), "display_name": format!("section {at}"),
        "path": format!("{DOMAIN}/security-policies/p{at}"), "category": "Application", "sequence_number": at * 10,
        "stateful": !section.stateless, "tcp_strict": section.strict, "rules": rules})
}

fn side(side: &Side) -> Value {
    if side.peers.is_empty() {
        return json!(["ANY"]);
    }
    let peers = side.peers.iter().map(|peer| match peer {
        Peer::Group(at) => group_path(*at),
        Peer::Address(text) => (*text).to_owned(),
    });
    json!(peers.collect::<Vec<_>>())
}

fn rule(at: usize, rule: &Rule) -> Value {
    let named: Vec<String> = rule
        .services
        .iter()
        .filter_map(|one| match one {
            Use::Named(at) => Some(format!("/infra/services/s{at}")),
            Use::Inline(..) => None,
        })
        .collect();
    let entries: Vec<Value> = rule
        .services
        .iter()
        .filter_map(|one| match one {
            Use::Named(_) => None,
            Use::Inline(tcp, source, destination) => {
                let source: Vec<&str> = Some(*source)
                    .filter(|text| !text.is_empty())
                    .into_iter()
                    .collect();
                Some(ports(*tcp, &source, &[destination]))
            }
        })
        .collect();
    let scope: Vec<String> = rule.applied_to.iter().map(|at| group_path(*at)).collect();
    json!({"resource_type": "Rule", "id": format!("r{at}"), "display_name": format!("rule {at}"), "sequence_number": at * 10,
        "action": match rule.action { Action::Allow => "ALLOW", Action::Drop => "DROP", Action::Reject => "REJECT" },
        "source_groups": side(&rule.source), "sources_excluded": rule.source.negated,
        "destination_groups": side(&rule.destination), "destinations_excluded": rule.destination.negated,
        "services": if named.is_empty() { vec!["ANY".to_owned()] } else { named }, "service_entries": entries,
        "direction": match rule.direction { Direction::In => "IN", Direction::Out => "OUT", Direction::Both => "IN_OUT" },
        "ip_protocol": match rule.version { Version::V4 => "IPV4", Version::V6 => "IPV6", Version::Both => "IPV4_IPV6" },
        "scope": if scope.is_empty() { vec!["ANY".to_owned()] } else { scope },
        "disabled": rule.disabled, "logged": rule.logged, "tag": rule.label})
}
