//! What the rules of a collector's container say, worked out pair by pair and packet by packet from
//! the plain JSON. It shares nothing with the program.

use super::rows::{End, Packet, Said, within};
use serde_json::Value;
use std::net::IpAddr;

/// Whether something holds, as far as the container tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maybe {
    Yes,
    No,
    Perhaps,
}

pub struct Container {
    value: Value,
}

/// Services of the product that a container may name without holding them: protocol and ports.
const SHIPPED: [(&str, u8, &[u16]); 4] = [
    ("HTTP", 6, &[80]),
    ("HTTPS", 6, &[443]),
    ("SMB", 6, &[445]),
    ("ICMPv4-ALL", 1, &[]),
];

fn list(value: &Value) -> &Vec<Value> {
    static NONE: Vec<Value> = Vec::new();
    value.as_array().unwrap_or(&NONE)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Container {
    /// Reads a file, where it is a container.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).expect("JSON");
        value["domains"].is_array().then_some(Self { value })
    }

    fn resources(&self, kind: &str) -> Vec<&Value> {
        list(&self.value["domains"])
            .iter()
            .flat_map(|domain| list(&domain["resources"][kind]))
            .collect()
    }

    /// Machines with their addresses; none where no interface tells one.
    pub fn machines(&self) -> Vec<End> {
        let mut ends = Vec::new();
        for vm in list(&self.value["virtual_machines"]) {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for vif in list(&self.value["virtual_network_interface"]) {
                if vif["owner_vm_id"] == vm["external_id"] {
                    let infos = list(&vif["ip_address_info"]).iter();
                    let texts = infos.flat_map(|info| list(&info["ip_addresses"]));
                    addresses.extend(texts.filter_map(|one| text(one).parse::<IpAddr>().ok()));
                }
            }
            let vm = Some(text(&vm["display_name"]).to_owned());
            if addresses.is_empty() {
                ends.push(End {
                    vm: vm.clone(),
                    address: None,
                });
            }
            ends.extend(addresses.into_iter().map(|address| End {
                vm: vm.clone(),
                address: Some(address),
            }));
        }
        ends
    }

    /// Addresses at the edges of every range that a rule or group names.
    pub fn outside(&self) -> Vec<End> {
        let held: Vec<Option<IpAddr>> = self.machines().iter().map(|end| end.address).collect();
        let mut numbers = vec![1_u32, u32::from_be_bytes([203, 0, 113, 9])];
        let policies = self.resources("security_policies");
        let rules = policies.iter().flat_map(|policy| list(&policy["rules"]));
        let mut texts: Vec<String> = rules
            .flat_map(|rule| ["source_groups", "destination_groups"].map(|key| list(&rule[key])))
            .flatten()
            .map(|peer| text(peer).to_owned())
            .collect();
        for group in self.resources("groups") {
            let parts = list(&group["expression"]).iter();
            let more = parts.flat_map(|part| list(&part["ip_addresses"]));
            texts.extend(more.map(|one| text(one).to_owned()));
        }
        for block in texts {
            let (base, prefix) = block.split_once('/').unwrap_or((&block, "32"));
            let (Ok(base), Ok(prefix)) =
                (base.parse::<std::net::Ipv4Addr>(), prefix.parse::<u32>())
            else {
                continue;
            };
            let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
            let (first, last) = (u32::from(base) & !host, u32::from(base) | host);
            numbers.extend([first, last, first.saturating_sub(1), last.saturating_add(1)]);
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .map(|number| Some(IpAddr::V4(number.into())))
            .filter(|address| !held.contains(address))
            .map(|address| End { vm: None, address })
            .collect()
    }

    /// A packet on each side of every port that is named, and some others.
    pub fn packets(&self) -> Vec<Packet> {
        let mut ports = vec![0_u16, 65_535];
        let services = list(&self.value["services"]).iter();
        let policies = self.resources("security_policies");
        let rules = policies.iter().flat_map(|policy| list(&policy["rules"]));
        for entry in services
            .chain(rules)
            .flat_map(|one| list(&one["service_entries"]))
        {
            for range in list(&entry["destination_ports"]) {
                for number in text(range)
                    .split('-')
                    .filter_map(|one| one.parse::<u16>().ok())
                {
                    ports.extend([number, number.saturating_sub(1), number.saturating_add(1)]);
                }
            }
        }
        ports.extend(
            SHIPPED
                .iter()
                .flat_map(|(_, _, ports)| ports.iter().copied()),
        );
        ports.sort_unstable();
        ports.dedup();
        let packet = |protocol, first, second| Packet {
            v6: false,
            protocol,
            first,
            second,
        };
        let mut packets = vec![packet(1, 8, 0), packet(1, 3, 1), packet(47, 0, 0)];
        for port in ports {
            packets.extend([packet(6, 49_152, port), packet(17, 49_152, port)]);
        }
        packets
    }

    /// Whether a machine has interfaces and no address: no packet can name it.
    fn is_silent(&self, end: &End) -> bool {
        let vms = list(&self.value["virtual_machines"]).iter();
        let mut ids = vms
            .filter(|vm| end.vm.as_deref() == Some(text(&vm["display_name"])))
            .map(|vm| &vm["external_id"]);
        let vifs = list(&self.value["virtual_network_interface"]);
        let has_interface = |id: &Value| vifs.iter().any(|vif| vif["owner_vm_id"] == *id);
        end.address.is_none() && ids.any(has_interface)
    }

    /// Whether an end belongs to what one entry of a list names.
    fn is(&self, peer: &str, end: &End) -> Maybe {
        if peer == "ANY" {
            return Maybe::Yes;
        }
        if self.is_silent(end) {
            return Maybe::No;
        }
        if peer
            .split('/')
            .next()
            .is_some_and(|base| base.parse::<IpAddr>().is_ok())
        {
            return Self::at(peer, end);
        }
        let groups = self.resources("groups");
        let group = groups
            .iter()
            .find(|group| group["path"] == peer || group["display_name"] == peer)
            .unwrap_or_else(|| panic!("no group `{peer}`"));
        let mut found = Maybe::No;
        for member in list(&group["vm_members"]) {
            if end.vm.as_deref() == Some(text(&member["display_name"])) {
                return Maybe::Yes;
            }
        }
        for block in list(&group["expression"])
            .iter()
            .flat_map(|part| list(&part["ip_addresses"]))
        {
            match Self::at(text(block), end) {
                Maybe::Yes => return Maybe::Yes,
                Maybe::Perhaps => found = Maybe::Perhaps,
                Maybe::No => {}
            }
        }
        found
    }

    /// An address condition looks at the packet; that of a machine whose addresses nobody tells could
    /// be any.
    fn at(block: &str, end: &End) -> Maybe {
        match (end.address, &end.vm) {
            (None, _) => Maybe::Perhaps,
            (Some(_), _) if within(block, end.address) => Maybe::Yes,
            (Some(_), _) => Maybe::No,
        }
    }

    fn any(&self, peers: &Value, excluded: bool, end: &End) -> Maybe {
        let mut found = Maybe::No;
        for peer in list(peers) {
            match self.is(text(peer), end) {
                Maybe::Yes => {
                    found = Maybe::Yes;
                    break;
                }
                Maybe::Perhaps => found = Maybe::Perhaps,
                Maybe::No => {}
            }
        }
        match (excluded, found) {
            (true, Maybe::Yes) => Maybe::No,
            (true, Maybe::No) => Maybe::Yes,
            (_, found) => found,
        }
    }

    fn entry(entry: &Value, packet: Packet) -> bool {
        match text(&entry["resource_type"]) {
            "L4PortSetServiceEntry" => {
                let number = match text(&entry["l4_protocol"]) {
                    "TCP" => 6,
                    "UDP" => 17,
                    other => panic!("`{other}`"),
                };
                let ports = list(&entry["destination_ports"]);
                let within = |range: &Value| {
                    let range = text(range);
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    let port = |text: &str| text.parse::<u16>().expect("a port");
                    (port(first)..=port(last)).contains(&packet.second)
                };
                packet.protocol == number && (ports.is_empty() || ports.iter().any(within))
            }
            "ICMPTypeServiceEntry" => packet.protocol == 1 && !packet.v6,
            other => panic!("`{other}`"),
        }
    }

    fn serves(&self, rule: &Value, packet: Packet) -> bool {
        let entries = list(&rule["service_entries"]);
        let named = list(&rule["services"]).iter().filter(|name| *name != "ANY");
        let named: Vec<&str> = named.map(text).collect();
        if entries.is_empty() && named.is_empty() {
            return true;
        }
        entries.iter().any(|entry| Self::entry(entry, packet))
            || named.iter().any(|path| self.service(path, packet))
    }

    fn service(&self, path: &str, packet: Packet) -> bool {
        let mut services = list(&self.value["services"]).iter();
        if let Some(service) = services.find(|service| service["path"] == path) {
            let entries = list(&service["service_entries"]);
            return entries.iter().any(|entry| Self::entry(entry, packet));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let (_, protocol, ports) = SHIPPED
            .iter()
            .find(|(shipped, _, _)| *shipped == name)
            .unwrap_or_else(|| panic!("no service `{path}`"));
        packet.protocol == *protocol && (ports.is_empty() || ports.contains(&packet.second))
    }

    /// Whether the filter of one end can let the packet through, and can discard it.
    fn filter(&self, from: &End, to: &End, packet: Packet, at_sender: bool) -> (bool, bool) {
        let here = if at_sender { from } else { to };
        if here.vm.is_none() {
            return (true, false);
        }
        let mut rules = Vec::new();
        for category in ["Emergency", "Infrastructure", "Environment", "Application"] {
            for policy in self.resources("security_policies") {
                let here = list(&policy["rules"])
                    .iter()
                    .filter(|_| policy["category"] == category);
                rules.extend(here.map(|rule| (category, policy, rule)));
            }
        }
        self.walk(&rules, from, to, packet, at_sender)
    }

    /// Whether the first rules that match can let the packet through, and can discard it.
    fn walk(
        &self,
        rules: &[(&str, &Value, &Value)],
        from: &End,
        to: &End,
        packet: Packet,
        at_sender: bool,
    ) -> (bool, bool) {
        let Some(((category, policy, rule), rest)) = rules.split_first() else {
            return (true, true);
        };
        let on = |rules| self.walk(rules, from, to, packet, at_sender);
        let found = if rule["disabled"] == true {
            Maybe::No
        } else {
            self.matches(policy, rule, from, to, packet, at_sender)
        };
        if found == Maybe::No {
            return on(rest);
        }
        let decided = match text(&rule["action"]) {
            "ALLOW" => (true, false),
            "DROP" | "REJECT" => (false, true),
            "JUMP_TO_APPLICATION" if *category == "Environment" => {
                let at = rest
                    .iter()
                    .position(|(category, ..)| *category == "Application");
                on(at.map_or(&[], |at| &rest[at..]))
            }
            other => panic!("`{other}` in {category}"),
        };
        if found == Maybe::Yes {
            return decided;
        }
        let otherwise = on(rest);
        (decided.0 || otherwise.0, decided.1 || otherwise.1)
    }

    fn matches(
        &self,
        policy: &Value,
        rule: &Value,
        from: &End,
        to: &End,
        packet: Packet,
        at_sender: bool,
    ) -> Maybe {
        let here = if at_sender { from } else { to };
        let wrong = if at_sender { "IN" } else { "OUT" };
        if rule["direction"] == wrong || !self.serves(rule, packet) {
            return Maybe::No;
        }
        let mut scope = &rule["scope"];
        if list(&policy["scope"]).iter().any(|one| one != "ANY") {
            scope = &policy["scope"];
        }
        let scope = if list(scope).is_empty() {
            Maybe::Yes
        } else {
            self.any(scope, false, here)
        };
        let excluded = |key: &str| rule[key] == true;
        let parts = [
            scope,
            self.any(&rule["source_groups"], excluded("sources_excluded"), from),
            self.any(
                &rule["destination_groups"],
                excluded("destinations_excluded"),
                to,
            ),
        ];
        if parts.contains(&Maybe::No) {
            Maybe::No
        } else if parts.contains(&Maybe::Perhaps) {
            Maybe::Perhaps
        } else {
            Maybe::Yes
        }
    }

    /// What becomes of a packet.
    pub fn judge(&self, from: &End, to: &End, packet: Packet) -> Said {
        let sender = self.filter(from, to, packet, true);
        let receiver = self.filter(from, to, packet, false);
        match (sender.0 && receiver.0, sender.1 || receiver.1) {
            (false, _) => Said::Deny,
            (true, true) => Said::Unknown,
            (true, false) => Said::Allow,
        }
    }
}
