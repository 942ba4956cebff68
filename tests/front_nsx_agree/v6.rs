//! The model as NSX for vSphere 6 writes it.

use crate::model::{
    Action, Criterion, Direction, Key, Members, Model, Operator, Peer, Rule, Service, Side, Use,
    Version,
};
use crate::policy::inventory;

/// Groups, services and configuration, each in its file.
pub fn files(model: &Model) -> Vec<String> {
    let all =
        |count: usize, one: &dyn Fn(usize) -> String| -> String { (0..count).map(one).collect() };
    let groups = all(model.groups.len(), &|at| group(model, at));
    let services = all(model.services.len(), &|at| service(model, at));
    let sections = all(model.sections.len(), &|at| section(model, at));
    let excluded: String = model
        .excluded
        .iter()
        .map(|at| {
            format!(
                "<excludeMember>{}</excludeMember>",
                member("member", "VirtualMachine", &format!("vm-{at}"))
            )
        })
        .collect();
    vec![
        format!("<list>{groups}</list>"),
        format!("<list>{services}</list>"),
        format!(
            "<firewallConfiguration timestamp=\"1\"><contextId>globalroot-0</contextId><layer3Sections>{sections}</layer3Sections></firewallConfiguration>"
        ),
        inventory(model).to_string(),
        format!(
            "<VshieldAppConfiguration><excludeListConfiguration>{excluded}</excludeListConfiguration></VshieldAppConfiguration>"
        ),
    ]
}

fn member(element: &str, kind: &str, id: &str) -> String {
    format!(
        "<{element}><objectId>{id}</objectId><objectTypeName>{kind}</objectTypeName></{element}>"
    )
}

/// The type and the id of a group.
fn target(model: &Model, at: usize) -> (&'static str, String) {
    match &model.groups[at] {
        Members::Addresses(_) => ("IPSet", format!("ipset-{at}")),
        Members::Criteria { .. } | Members::Listed { .. } => {
            ("SecurityGroup", format!("securitygroup-{at}"))
        }
    }
}

fn criterion(criterion: &Criterion, word: &str) -> String {
    let key = match criterion.key {
        Key::Name => "VM.NAME",
        Key::Os => "VM.GUEST_OS_FULL_NAME",
        Key::Computer => "VM.GUEST_HOST_NAME",
    };
    let compared = match criterion.operator {
        Operator::Equals => "=",
        Operator::NotEquals => "!=",
        Operator::Contains => "contains",
        Operator::Starts => "starts_with",
        Operator::Ends => "ends_with",
    };
    let value = criterion.value;
    format!(
        "<dynamicCriteria><operator>{word}</operator><key>{key}</key><criteria>{compared}</criteria><value>{value}</value></dynamicCriteria>"
    )
}

fn group(model: &Model, at: usize) -> String {
    let (_, id) = target(model, at);
    let inner = match &model.groups[at] {
        Members::Addresses(list) => {
            let list = list.join(",");
            return format!(
                "<ipset><objectId>{id}</objectId><name>group {at}</name><value>{list}</value></ipset>"
            );
        }
        Members::Criteria { all, list } => {
            let word = if *all { "AND" } else { "OR" };
            let list: String = list.iter().map(|one| criterion(one, word)).collect();
            format!(
                "<dynamicMemberDefinition><dynamicSet><operator>OR</operator>{list}</dynamicSet></dynamicMemberDefinition>"
            )
        }
        Members::Listed { machines, groups } => {
            let machines = machines
                .iter()
                .map(|at| member("member", "VirtualMachine", &format!("vm-{at}")));
            let groups = groups.iter().map(|at| {
                let (kind, id) = target(model, *at);
                member("member", kind, &id)
            });
            machines.chain(groups).collect()
        }
    };
    format!(
        "<securitygroup><objectId>{id}</objectId><name>group {at}</name>{inner}</securitygroup>"
    )
}

fn service_id(model: &Model, at: usize) -> String {
    match &model.services[at] {
        Service::Of(_) => format!("applicationgroup-{at}"),
        Service::Ports { .. } | Service::Ping | Service::Protocol(_) | Service::Ftp => {
            format!("application-{at}")
        }
    }
}

fn service(model: &Model, at: usize) -> String {
    let id = service_id(model, at);
    let (protocol, value, source) = match &model.services[at] {
        Service::Ports {
            tcp,
            source,
            destination,
        } => {
            let protocol = if *tcp { "TCP" } else { "UDP" };
            (protocol, destination.join(","), source.join(","))
        }
        Service::Ping => ("ICMP", "echo-request".to_owned(), String::new()),
        Service::Protocol(number) => ("L3_OTHERS", number.to_string(), String::new()),
        Service::Ftp => ("FTP", "21".to_owned(), String::new()),
        Service::Of(list) => {
            let members: String = list
                .iter()
                .map(|at| member("member", "Application", &service_id(model, *at)))
                .collect();
            return format!(
                "<applicationGroup><objectId>{id}</objectId><name>service {at}</name>{members}</applicationGroup>"
            );
        }
    };
    format!(
        "<application><objectId>{id}</objectId><name>service {at}</name><element><applicationProtocol>{protocol}</applicationProtocol>\
         <value>{value}</value><sourcePort>{source}</sourcePort></element></application>"
    )
}

fn section(model: &Model, at: usize) -> String {
    let section = &model.sections[at];
    let rules: String = section
        .rules
        .iter()
        .enumerate()
        .map(|(at, one)| rule(model, at, one))
        .collect();
    let (stateless, strict) = (section.stateless, section.strict);
    format!(
        "<section id=\"{at}\" name=\"section {at}\" stateless=\"{stateless}\" tcpStrict=\"{strict}\">{rules}</section>"
    )
}

fn entry(element: &str, kind: &str, value: &str) -> String {
    format!(
        "<{element}><value>{value}</value><type>{kind}</type><isValid>true</isValid></{element}>"
    )
}

fn side(model: &Model, element: &str, side: &Side) -> String {
    if side.peers.is_empty() {
        return String::new();
    }
    let peers: String = side
        .peers
        .iter()
        .map(|peer| match peer {
            Peer::Group(at) => {
                let (kind, id) = target(model, *at);
                entry(element, kind, &id)
            }
            Peer::Address(text) if text.contains(':') => entry(element, "Ipv6Address", text),
            Peer::Address(text) => entry(element, "Ipv4Address", text),
        })
        .collect();
    let negated = side.negated;
    format!("<{element}s excluded=\"{negated}\">{peers}</{element}s>")
}

fn rule(model: &Model, at: usize, rule: &Rule) -> String {
    let action = match rule.action {
        Action::Allow => "allow",
        Action::Drop => "deny",
        Action::Reject => "reject",
    };
    let direction = match rule.direction {
        Direction::In => "in",
        Direction::Out => "out",
        Direction::Both => "inout",
    };
    let version = match rule.version {
        Version::V4 => "ipv4",
        Version::V6 => "ipv6",
        Version::Both => "any",
    };
    let services: String = rule
        .services
        .iter()
        .map(|one| match one {
            Use::Named(at) => entry("service", "Application", &service_id(model, *at)),
            Use::Inline(tcp, source, destination) => {
                let number = if *tcp { 6 } else { 17 };
                format!("<service><isValid>true</isValid><sourcePort>{source}</sourcePort><destinationPort>{destination}</destinationPort><protocol>{number}</protocol></service>")
            }
        })
        .collect();
    let services = if services.is_empty() {
        services
    } else {
        format!("<services>{services}</services>")
    };
    let applied: String = if rule.applied_to.is_empty() {
        entry("appliedTo", "DISTRIBUTED_FIREWALL", "DISTRIBUTED_FIREWALL")
    } else {
        let groups = rule.applied_to.iter().map(|at| {
            let (kind, id) = target(model, *at);
            entry("appliedTo", kind, &id)
        });
        groups.collect()
    };
    let label = rule
        .label
        .map_or_else(String::new, |label| format!("<tag>{label}</tag>"));
    let (disabled, logged) = (rule.disabled, rule.logged);
    let (source, destination) = (
        side(model, "source", &rule.source),
        side(model, "destination", &rule.destination),
    );
    format!(
        "<rule id=\"{at}\" disabled=\"{disabled}\" logged=\"{logged}\"><name>rule {at}</name><action>{action}</action>\
         <appliedToList>{applied}</appliedToList>{source}{destination}{services}<direction>{direction}</direction>\
         <packetType>{version}</packetType>{label}</rule>"
    )
}
