//! Two judges of one packet: the source policy by first match, and the emitted files as they stand.
//! Neither uses anything of the compiler but the types of the policy.

use rehome::back::Files;
use rehome::ir::inventory::Vm;
use rehome::ir::network::{Action, Direction, IpVersion, PeerSet, Peers, Rule, Tier};
use rehome::ir::selector::{Key, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, ServiceUse, Services, Transport};
use rehome::ir::{Link, Linked, Policy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    Port(Transport, u16, u16),
    Icmp(u8, u8),
    Protocol(u8),
}

/// One end of a packet.
#[derive(Clone, Debug)]
pub struct Side {
    pub vm: Option<String>,
    pub ip: Option<IpAddr>,
}

/// The first packet of a flow.
#[derive(Clone, Debug)]
pub struct Packet {
    pub from: Side,
    pub to: Side,
    pub v6: bool,
    pub carries: Carries,
}

fn side(text: &str) -> Side {
    match text.parse::<IpAddr>() {
        Ok(ip) => Side {
            vm: None,
            ip: Some(ip),
        },
        Err(_) => Side {
            vm: Some(text.to_owned()),
            ip: None,
        },
    }
}

impl Packet {
    pub fn named(from: &str, to: &str, service: &str) -> Self {
        let carries = match service.split_once('/') {
            Some(("tcp", port)) => {
                Carries::Port(Transport::Tcp, 40000, port.parse().expect("port"))
            }
            Some(("udp", port)) => {
                Carries::Port(Transport::Udp, 40000, port.parse().expect("port"))
            }
            _ => Carries::Protocol(47),
        };
        Self {
            from: side(from),
            to: side(to),
            v6: false,
            carries,
        }
    }
}

// The source.

fn vm<'policy>(policy: &'policy Policy<Linked>, side: &Side) -> Option<&'policy Vm<Linked>> {
    let name = side.vm.as_ref()?;
    policy
        .inventory
        .vms
        .values()
        .find(|vm| vm.ident.name == *name)
}

fn text(operator: Operator, have: &str, want: &str) -> bool {
    let (have, want) = (have.to_lowercase(), want.to_lowercase());
    match operator {
        Operator::Equals => have == want,
        Operator::NotEquals => have != want,
        Operator::Contains => have.contains(&want),
        Operator::StartsWith => have.starts_with(&want),
        Operator::EndsWith => have.ends_with(&want),
        Operator::Present => true,
    }
}

fn selected(policy: &Policy<Linked>, selector: &Selector<Linked>, who: &Side) -> bool {
    let machine = vm(policy, who);
    match selector {
        Selector::Nothing => false,
        Selector::All(parts) => parts.iter().all(|part| selected(policy, part, who)),
        Selector::AnyOf(parts) => parts.iter().any(|part| selected(policy, part, who)),
        Selector::Not(inner) => !selected(policy, inner, who),
        Selector::Match(condition) => machine.is_some_and(|machine| match &condition.key {
            Key::Tag(scope) => machine.tags.iter().any(|tag| {
                let scope_fits = match scope {
                    TagScope::Any => true,
                    TagScope::Is(scope) => tag.scope.eq_ignore_ascii_case(scope),
                    TagScope::IsNot(scope) => !tag.scope.eq_ignore_ascii_case(scope),
                };
                scope_fits && text(condition.operator, &tag.value, &condition.value)
            }),
            Key::Name => text(condition.operator, &machine.ident.name, &condition.value),
            Key::OsName | Key::ComputerName => panic!("not in these estates"),
        }),
        Selector::Addresses(set, _) => match who.ip {
            Some(IpAddr::V4(ip)) => set.v4.contains(u32::from(ip)),
            Some(IpAddr::V6(ip)) => set.v6.contains(u128::from(ip)),
            None => false,
        },
        Selector::Group(Link::Found(id, _)) => {
            selected(policy, &policy.network.groups[*id].members, who)
        }
        Selector::Vm(Link::Found(id, _)) => {
            machine.is_some_and(|machine| machine.ident == policy.inventory.vms[*id].ident)
        }
        Selector::Group(_) | Selector::Vm(_) | Selector::Segment(_) | Selector::Opaque(_) => {
            panic!("not in these estates")
        }
    }
}

fn peer(policy: &Policy<Linked>, peers: &Peers<Linked>, who: &Side) -> bool {
    let inside = match &peers.set {
        PeerSet::Any => true,
        PeerSet::Of(parts) => parts.iter().any(|part| selected(policy, part, who)),
    };
    inside != peers.negated
}

fn service(services: &Services<Linked>, packet: &Packet) -> bool {
    let Services::Of(list) = services else {
        return true;
    };
    list.iter().any(|used| {
        let ServiceUse::Inline(entry) = used else {
            panic!("not in these estates")
        };
        match (&entry.matches, packet.carries) {
            (
                Match::Ports {
                    transport,
                    source,
                    destination,
                },
                Carries::Port(carried, from, to),
            ) => *transport == carried && source.contains(from) && destination.contains(to),
            (
                Match::Icmp {
                    version,
                    kind,
                    code,
                },
                Carries::Icmp(k, c),
            ) => {
                (*version == IcmpVersion::V6) == packet.v6
                    && kind.is_none_or(|kind| kind == k)
                    && code.is_none_or(|code| code == c)
            }
            (Match::Protocol(number), Carries::Protocol(carried)) => *number == carried,
            (Match::Protocol(number), Carries::Port(Transport::Tcp, ..)) => *number == 6,
            (Match::Protocol(number), Carries::Port(Transport::Udp, ..)) => *number == 17,
            _ => false,
        }
    })
}

fn rule_matches(policy: &Policy<Linked>, rule: &Rule<Linked>, packet: &Packet) -> bool {
    let version = match rule.ip {
        IpVersion::Both => true,
        IpVersion::V4 => !packet.v6,
        IpVersion::V6 => packet.v6,
    };
    version
        && service(&rule.services, packet)
        && peer(policy, &rule.source, &packet.from)
        && peer(policy, &rule.destination, &packet.to)
}

fn filter(policy: &Policy<Linked>, packet: &Packet, at: &Side, direction: Direction) -> bool {
    if vm(policy, at).is_none() {
        return true;
    }
    let excluded = policy
        .network
        .exclusions
        .iter()
        .any(|exclusion| selected(policy, &exclusion.members, at));
    if excluded {
        return true;
    }
    let mut jumped = false;
    for section in policy
        .network
        .sections
        .iter()
        .filter(|section| section.enabled)
    {
        if jumped && section.tier != Tier::Application {
            continue;
        }
        for rule in section.rules.iter().filter(|rule| rule.enabled) {
            let applied = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
            let read = rule.direction == Direction::Both || rule.direction == direction;
            if !read || !peer(policy, applied, at) || !rule_matches(policy, rule, packet) {
                continue;
            }
            match rule.action {
                Action::Allow => return true,
                Action::Drop | Action::Reject => return false,
                Action::Jump => {
                    jumped = true;
                    break;
                }
            }
        }
    }
    panic!("these estates have a default rule")
}

/// Whether the source lets the packet through.
pub fn source_admits(policy: &Policy<Linked>, packet: &Packet) -> bool {
    filter(policy, packet, &packet.from, Direction::Out)
        && filter(policy, packet, &packet.to, Direction::In)
}

// The target.

/// The emitted files.
pub struct Target {
    bodies: BTreeMap<String, (String, Value)>,
    order: Vec<String>,
    machines: BTreeMap<String, BTreeSet<String>>,
    blocks_v6: bool,
}

fn strings<'body>(body: &'body Value, key: &str) -> Option<Vec<&'body str>> {
    Some(
        body.get(key)?
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .collect(),
    )
}

fn number(body: &Value, key: &str) -> u64 {
    body[key].as_u64().expect("a number")
}

impl Target {
    pub fn read(files: &Files) -> Self {
        let json = |path: &str| -> Value { serde_json::from_slice(&files[path]).expect("JSON") };
        let manifest = json("nutanix/manifest.json");
        let release = manifest["target"].as_str().expect("a target");
        let blocks_v6 = ["2024.3", "7.3"].iter().any(|old| release.ends_with(old));
        let mut bodies = BTreeMap::new();
        let mut order = Vec::new();
        for object in manifest["objects"].as_array().expect("objects") {
            let id = object["id"].as_str().expect("id").to_owned();
            let model = object["model"].as_str().expect("model").to_owned();
            let path = format!("nutanix/{}", object["body"].as_str().expect("body"));
            order.push(id.clone());
            bodies.insert(id, (model, json(&path)));
        }
        let mut machines = BTreeMap::new();
        for vm in json("nutanix/assignments.json")["vms"]
            .as_array()
            .expect("vms")
        {
            let name = vm["name"].as_str().expect("name").to_owned();
            let categories = strings(vm, "categories").expect("categories");
            machines.insert(name, categories.into_iter().map(str::to_owned).collect());
        }
        Self {
            bodies,
            order,
            machines,
            blocks_v6,
        }
    }

    pub fn categories(&self) -> impl Iterator<Item = String> + '_ {
        self.order.iter().filter_map(|id| {
            let (model, body) = &self.bodies[id];
            (model == "Category").then(|| {
                format!(
                    "{}:{}",
                    body["key"].as_str().unwrap(),
                    body["value"].as_str().unwrap()
                )
            })
        })
    }

    fn carries(&self, who: &Side, categories: &[&str]) -> bool {
        assert!(!categories.is_empty(), "an empty list was emitted");
        who.vm
            .as_ref()
            .and_then(|name| self.machines.get(name))
            .is_some_and(|have| categories.iter().all(|category| have.contains(*category)))
    }

    fn in_addresses(&self, id: &str, who: &Side) -> bool {
        let body = &self.bodies[id].1;
        let list = |key: &str| {
            body.get(key)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let parse = |value: &Value| {
            value
                .as_str()
                .expect("text")
                .parse::<IpAddr>()
                .expect("an address")
        };
        let as_number = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => u128::from(u32::from(ip)),
            IpAddr::V6(ip) => u128::from(ip),
        };
        let Some(ip) = who.ip else {
            return false;
        };
        let (networks, ranges, bits) = match ip {
            IpAddr::V4(_) => ("ipv4Addresses", "ipRanges", 32),
            IpAddr::V6(_) => ("ipv6Addresses", "ipv6Ranges", 128),
        };
        list(networks).iter().any(|network| {
            let prefix = u32::try_from(number(network, "prefixLength")).unwrap();
            let shift = bits - prefix;
            let cut = |number: u128| if shift == 128 { 0 } else { number >> shift };
            cut(as_number(parse(&network["value"]))) == cut(as_number(ip))
        }) || list(ranges).iter().any(|range| {
            let (first, last) = (parse(&range["startIp"]), parse(&range["endIp"]));
            (as_number(first)..=as_number(last)).contains(&as_number(ip))
        })
    }

    fn in_entities(&self, id: &str, who: &Side) -> bool {
        let entities = self.bodies[id].1["allowedConfig"]["entities"]
            .as_array()
            .expect("entities");
        assert!(!entities.is_empty());
        entities.iter().any(|entity| {
            if entity["selectBy"] == "REGEX" {
                assert_eq!(entity["type"], "VM");
                let text = entity["referenceString"].as_str().expect("text");
                return who.vm.as_ref().is_some_and(|name| {
                    match entity["matchCriteria"].as_str().expect("how") {
                        "CONTAINS" => name.contains(text),
                        "STARTS_WITH" => name.starts_with(text),
                        "ENDS_WITH" => name.ends_with(text),
                        "EQUALS" => name == text,
                        other => panic!("{other}"),
                    }
                });
            }
            let ids = strings(entity, "referenceExtIds").expect("ids");
            match (
                entity["type"].as_str().unwrap(),
                entity["selectBy"].as_str().unwrap(),
            ) {
                ("VM", "CATEGORY_EXT_ID") => {
                    assert_eq!(ids.len(), 1, "what several mean is not documented");
                    self.carries(who, &ids)
                }
                ("ADDRESS_GROUP", "EXT_ID") => ids.iter().any(|id| self.in_addresses(id, who)),
                other => panic!("{other:?}"),
            }
        })
    }

    fn reaches(&self, spec: &Value, end: &str, who: &Side) -> bool {
        let key = |name: &str| format!("{end}{name}");
        if let Some(all) = spec.get(key("AllowSpec")) {
            return all == "ALL";
        }
        if let Some(categories) = strings(spec, &key("CategoryReferences")) {
            return self.carries(who, &categories);
        }
        if let Some(groups) = strings(spec, &key("AddressGroupReferences")) {
            assert_eq!(groups.len(), 1);
            return self.in_addresses(groups[0], who);
        }
        if let Some(group) = spec
            .get(key("EntityGroupReference"))
            .and_then(Value::as_str)
        {
            return self.in_entities(group, who);
        }
        panic!("a rule without a peer: {spec}")
    }

    fn listed(body: &Value, packet: &Packet) -> bool {
        let list = |key: &str| {
            body.get(key)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        match packet.carries {
            Carries::Port(transport, _, port) => {
                let key = match transport {
                    Transport::Tcp => "tcpServices",
                    Transport::Udp => "udpServices",
                };
                list(key).iter().any(|range| {
                    (number(range, "startPort")..=number(range, "endPort"))
                        .contains(&u64::from(port))
                })
            }
            Carries::Icmp(kind, code) => {
                let key = if packet.v6 {
                    "icmpV6Services"
                } else {
                    "icmpServices"
                };
                list(key).iter().any(|entry| {
                    entry["isAllAllowed"] == true
                        || entry["type"] == u64::from(kind)
                            && entry
                                .get("code")
                                .is_none_or(|have| *have == u64::from(code))
                })
            }
            Carries::Protocol(_) => false,
        }
    }

    fn serves(&self, spec: &Value, groups: &str, packet: &Packet) -> bool {
        if spec["isAllProtocolAllowed"] == true || Self::listed(spec, packet) {
            return true;
        }
        strings(spec, groups)
            .unwrap_or_default()
            .iter()
            .any(|id| Self::listed(&self.bodies[*id].1, packet))
    }

    /// Whether the filter of a machine lets the packet through. `end`: `src` at the receiver.
    fn filter(&self, packet: &Packet, at: &Side, other: &Side, end: &str) -> bool {
        let mut secured_somewhere = false;
        let mut let_through = false;
        for (model, body) in self.bodies.values() {
            if model != "NetworkSecurityPolicy" || body["type"] != "APPLICATION" {
                continue;
            }
            if packet.v6 {
                assert_eq!(body["isIpv6TrafficAllowed"], false);
            }
            for rule in body["rules"].as_array().expect("rules") {
                let spec = &rule["spec"];
                let secured = |who: &Side| match strings(spec, "securedGroupCategoryReferences") {
                    Some(categories) => self.carries(who, &categories),
                    None => {
                        let group = spec["securedGroupEntityGroupReference"].as_str();
                        self.in_entities(group.expect("a secured group"), who)
                    }
                };
                if !secured(at) {
                    continue;
                }
                secured_somewhere = true;
                if rule["type"] == "INTRA_GROUP" {
                    let everything = ![
                        "tcpServices",
                        "udpServices",
                        "icmpServices",
                        "icmpV6Services",
                        "securedGroupServiceReferences",
                    ]
                    .iter()
                    .any(|key| spec.get(*key).is_some());
                    let_through |= spec["securedGroupAction"] == "ALLOW"
                        && secured(other)
                        && (everything
                            || self.serves(spec, "securedGroupServiceReferences", packet));
                    continue;
                }
                let this_way = spec
                    .as_object()
                    .unwrap()
                    .keys()
                    .any(|key| key.starts_with(end));
                if this_way
                    && spec
                        .get(format!("{end}AllowSpec"))
                        .is_none_or(|all| all != "NONE")
                {
                    let_through |= self.reaches(spec, end, other)
                        && self.serves(spec, "serviceGroupReferences", packet);
                }
            }
        }
        // Before 7.5 the IPv6 traffic of protected machines is blocked, whatever the rules say.
        let_through && !(packet.v6 && self.blocks_v6) || !secured_somewhere
    }

    fn isolated(&self, packet: &Packet) -> bool {
        self.bodies.values().any(|(model, body)| {
            model == "NetworkSecurityPolicy"
                && body["type"] == "ISOLATION"
                && body["rules"].as_array().expect("rules").iter().any(|rule| {
                    let group = |key: &str| strings(&rule["spec"], key).expect("a group");
                    let (first, second) =
                        (group("firstIsolationGroup"), group("secondIsolationGroup"));
                    let (from, to) = (&packet.from, &packet.to);
                    self.carries(from, &first) && self.carries(to, &second)
                        || self.carries(from, &second) && self.carries(to, &first)
                })
        })
    }

    /// The rules of the ordered policies: policy for policy, rule for rule.
    fn ordered(&self) -> Vec<&Value> {
        let mut all = Vec::new();
        for (model, body) in self.bodies.values() {
            if model == "NetworkSecurityPolicy" && body["type"] == "WORKLOAD" {
                let policy = number(body, "priority");
                for rule in body["rules"].as_array().expect("rules") {
                    all.push(((policy, number(&rule["spec"], "priority")), &rule["spec"]));
                }
            }
        }
        all.sort_by_key(|(place, _)| *place);
        assert!(
            all.windows(2).all(|two| two[0].0 < two[1].0),
            "two rules in one place"
        );
        all.into_iter().map(|(_, spec)| spec).collect()
    }

    /// What the first ordered rule that matches does at one machine. `way`: `IN` at the receiver.
    fn first_match(&self, rules: &[&Value], packet: &Packet, at: &Side, way: &str) -> bool {
        if at.vm.is_none() {
            return true;
        }
        let end = |spec: &Value, any: &str, groups: &str, who: &Side| {
            spec[any] == true
                || strings(spec, groups)
                    .unwrap_or_default()
                    .iter()
                    .any(|group| self.in_entities(group, who))
        };
        for spec in rules {
            let version = match spec["ipVersion"].as_str().expect("a version") {
                "IPV4" => !packet.v6,
                "IPV6" => packet.v6,
                "IPV4_IPV6" => true,
                other => panic!("{other}"),
            };
            let read = spec["direction"] == "IN_OUT" || spec["direction"] == way;
            let held = strings(spec, "appliedToEntityGroupReferences").expect("applied to");
            if version
                && read
                && held.iter().any(|group| self.in_entities(group, at))
                && end(
                    spec,
                    "shouldAllowAnySrc",
                    "srcEntityGroupReferences",
                    &packet.from,
                )
                && end(
                    spec,
                    "shouldAllowAnyDst",
                    "destEntityGroupReferences",
                    &packet.to,
                )
                && self.serves(spec, "serviceGroupReferences", packet)
            {
                return spec["action"] == "ALLOW";
            }
        }
        panic!("no rule decides, and the default is not documented")
    }

    /// Whether the emitted policies let the packet through once they are in force.
    pub fn admits(&self, packet: &Packet) -> bool {
        let ordered = self.ordered();
        if !ordered.is_empty() {
            return self.first_match(&ordered, packet, &packet.from, "OUT")
                && self.first_match(&ordered, packet, &packet.to, "IN");
        }
        !self.isolated(packet)
            && self.filter(packet, &packet.from, &packet.to, "dest")
            && self.filter(packet, &packet.to, &packet.from, "src")
    }
}
