//! The model as the Manager API writes it.

use crate::model::{
    Action, Criterion, Direction, Key, Members, Model, Operator, Peer, Rule, Service, Side, Use,
    Version,
};
use crate::policy::inventory;
use serde_json::{Value, json};

/// Lists, one a kind of object; the sections with their rules.
pub fn files(model: &Model) -> Vec<Value> {
    let groups: Vec<Value> = (0..model.groups.len()).map(|at| group(model, at)).collect();
    let services: Vec<Value> = (0..model.services.len())
        .map(|at| service(model, at))
        .collect();
    let sections: Vec<Value> = (0..model.sections.len())
        .map(|at| section(model, at))
        .collect();
    let excluded: Vec<Value> = model
        .excluded
        .iter()
        .map(|at| reference("VirtualMachine", &format!("vm-{at}")))
        .collect();
    let list = json!({"resource_type": "ExcludeList", "id": "excluded", "members": excluded});
    vec![
        json!(groups),
        json!(services),
        json!(sections),
        inventory(model),
        json!([list]),
    ]
}

fn reference(kind: &str, id: &str) -> Value {
    json!({"target_type": kind, "target_id": id, "is_valid": true})
}

fn criterion(criterion: &Criterion) -> Value {
    let property = match criterion.key {
        Key::Name => "name",
        Key::Os => "os_name",
        Key::Computer => "computer_name",
    };
    let op = match criterion.operator {
        Operator::Equals => "EQUALS",
        Operator::NotEquals => "NOTEQUALS",
        Operator::Contains => "CONTAINS",
        Operator::Starts => "STARTSWITH",
        Operator::Ends => "ENDSWITH",
    };
    simple("VirtualMachine", property, op, criterion.value)
}

fn simple(kind: &str, property: &str, op: &str, value: &str) -> Value {
    json!({"resource_type": "NSGroupSimpleExpression", "target_type": kind, "target_property": property, "op": op, "value": value})
}

fn group(model: &Model, at: usize) -> Value {
    let id = format!("g{at}");
    let name = format!("group {at}");
    let criteria = match &model.groups[at] {
        Members::Addresses(list) => {
            return json!({"resource_type": "IPSet", "id": id, "display_name": name, "ip_addresses": list});
        }
        Members::Criteria { all: true, list } => {
            let list: Vec<Value> = list.iter().map(criterion).collect();
            vec![json!({"resource_type": "NSGroupComplexExpression", "expressions": list})]
        }
        Members::Criteria { all: false, list } => list.iter().map(criterion).collect(),
        Members::Listed { machines, groups } => {
            let machines = machines
                .iter()
                .map(|at| simple("VirtualMachine", "id", "EQUALS", &format!("vm-{at}")));
            let groups = groups
                .iter()
                .map(|at| simple(kind(model, *at), "id", "EQUALS", &format!("g{at}")));
            let members: Vec<Value> = machines.chain(groups).collect();
            return json!({"resource_type": "NSGroup", "id": id, "display_name": name, "members": members});
        }
    };
    json!({"resource_type": "NSGroup", "id": id, "display_name": name, "membership_criteria": criteria})
}

fn kind(model: &Model, group: usize) -> &'static str {
    match &model.groups[group] {
        Members::Addresses(_) => "IPSet",
        Members::Criteria { .. } | Members::Listed { .. } => "NSGroup",
    }
}

fn ports(tcp: bool, source: &[&str], destination: &[&str]) -> Value {
    json!({"resource_type": "L4PortSetNSService", "l4_protocol": if tcp { "TCP" } else { "UDP" },
        "source_ports": source, "destination_ports": destination})
}

fn service(model: &Model, at: usize) -> Value {
    let (id, name) = (format!("s{at}"), format!("service {at}"));
    let element = match &model.services[at] {
        Service::Ports {
            tcp,
            source,
            destination,
        } => ports(*tcp, source, destination),
        Service::Ping => {
            json!({"resource_type": "ICMPTypeNSService", "protocol": "ICMPv4", "icmp_type": 8})
        }
        Service::Protocol(number) => {
            json!({"resource_type": "IPProtocolNSService", "protocol_number": number})
        }
        Service::Ftp => {
            json!({"resource_type": "ALGTypeNSService", "alg": "FTP", "destination_ports": ["21"]})
        }
        Service::Of(list) => {
            let members: Vec<Value> = list
                .iter()
                .map(|at| reference("NSService", &format!("s{at}")))
                .collect();
            return json!({"resource_type": "NSServiceGroup", "id": id, "display_name": name, "members": members});
        }
    };
    json!({"resource_type": "NSService", "id": id, "display_name": name, "nsservice_element": element})
}

fn section(model: &Model, at: usize) -> Value {
    let section = &model.sections[at];
    let rules: Vec<Value> = section
        .rules
        .iter()
        .enumerate()
        .map(|(at, one)| rule(model, at, one))
        .collect();
    json!({"resource_type": "FirewallSectionRuleList", "id": format!("p{at}"), "display_name": format!("section {at}"),
        "section_type": "LAYER3", "enforced_on": "VIF", "category": "Application", "stateful": !section.stateless,
        "tcp_strict": section.strict, "rule_count": rules.len(), "rules": rules})
}

/// `null` is everybody.
fn side(model: &Model, side: &Side) -> Value {
    if side.peers.is_empty() {
        return Value::Null;
    }
    let peers = side.peers.iter().map(|peer| match peer {
        Peer::Group(at) => reference(kind(model, *at), &format!("g{at}")),
        Peer::Address(text) if text.contains(':') => reference("IPv6Address", text),
        Peer::Address(text) => reference("IPv4Address", text),
    });
    json!(peers.collect::<Vec<_>>())
}

fn rule(model: &Model, at: usize, rule: &Rule) -> Value {
    let services: Vec<Value> = rule
        .services
        .iter()
        .map(|one| match one {
            Use::Named(at) => reference("NSService", &format!("s{at}")),
            Use::Inline(tcp, source, destination) => {
                let source: Vec<&str> = Some(*source)
                    .filter(|text| !text.is_empty())
                    .into_iter()
                    .collect();
                json!({"service": ports(*tcp, &source, &[destination])})
            }
        })
        .collect();
    let scope: Vec<Value> = rule
        .applied_to
        .iter()
        .map(|at| reference(kind(model, *at), &format!("g{at}")))
        .collect();
    json!({"resource_type": "FirewallRule", "id": format!("{at}"), "display_name": format!("rule {at}"),
        "action": match rule.action { Action::Allow => "ALLOW", Action::Drop => "DROP", Action::Reject => "REJECT" },
        "sources": side(model, &rule.source), "sources_excluded": rule.source.negated,
        "destinations": side(model, &rule.destination), "destinations_excluded": rule.destination.negated,
        "services": if services.is_empty() { Value::Null } else { json!(services) },
        "direction": match rule.direction { Direction::In => "IN", Direction::Out => "OUT", Direction::Both => "IN_OUT" },
        "ip_protocol": match rule.version { Version::V4 => "IPV4", Version::V6 => "IPV6", Version::Both => "IPV4_IPV6" },
        "applied_tos": if scope.is_empty() { Value::Null } else { json!(scope) },
        "disabled": rule.disabled, "logged": rule.logged, "rule_tag": rule.label})
}
