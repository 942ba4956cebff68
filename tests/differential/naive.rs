//! A lowering that spells everything out: one category a machine, one rule a pair and filter. It
//! serves to make files that mean what the estate means, and to break them.

use crate::estate::{End, Estate, Packet};
use crate::random::Random;
use rehome::back::Files;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    Machine(usize),
    /// An address block by its place.
    Block(usize),
    All,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub machine: usize,
    pub inbound: bool,
    pub peer: Peer,
    pub all: bool,
    pub tcp: Vec<(u16, u16)>,
    pub udp: Vec<(u16, u16)>,
    pub icmp: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Naive {
    /// Which machine carries which machine's category.
    pub carries: Vec<Vec<usize>>,
    pub blocks: Vec<(u32, u32)>,
    pub grants: Vec<Grant>,
    /// Machines kept apart.
    pub isolated: Vec<(usize, usize)>,
    ips: Vec<u32>,
    names: Vec<String>,
}

/// The runs of ports that no rule tells apart.
const RUNS: [(u16, u16); 11] = [
    (0, 21),
    (22, 22),
    (23, 79),
    (80, 80),
    (81, 442),
    (443, 443),
    (444, 444),
    (445, 8079),
    (8080, 8080),
    (8081, 65534),
    (65535, 65535),
];

impl Naive {
    pub fn of(estate: &Estate) -> Self {
        let ips: Vec<u32> = estate
            .machines
            .iter()
            .map(|machine| machine.ips[0])
            .collect();
        let mut naive = Self {
            carries: (0..ips.len()).map(|at| vec![at]).collect(),
            blocks: blocks(&ips),
            grants: Vec::new(),
            isolated: Vec::new(),
            names: estate
                .machines
                .iter()
                .map(|machine| machine.name.clone())
                .collect(),
            ips,
        };
        for machine in 0..naive.ips.len() {
            let own = End {
                vm: Some(machine),
                ip: naive.ips[machine],
            };
            let machines = (0..naive.ips.len())
                .filter(|other| *other != machine)
                .map(|other| {
                    (
                        Peer::Machine(other),
                        End {
                            vm: Some(other),
                            ip: naive.ips[other],
                        },
                    )
                });
            let outside = naive.blocks.iter().enumerate().map(|(at, block)| {
                (
                    Peer::Block(at),
                    End {
                        vm: None,
                        ip: block.0,
                    },
                )
            });
            let peers: Vec<(Peer, End)> = machines.chain(outside).collect();
            for (peer, other) in peers {
                for inbound in [true, false] {
                    let (from, to) = if inbound { (other, own) } else { (own, other) };
                    let lets = |protocol, first, second| {
                        let packet = Packet {
                            protocol,
                            first,
                            second,
                        };
                        estate.judge(!inbound, from, to, packet) == (true, false)
                    };
                    let ports = |protocol| -> Vec<(u16, u16)> {
                        RUNS.into_iter()
                            .filter(|run| lets(protocol, 0, run.0))
                            .collect()
                    };
                    let (tcp, udp) = (ports(6), ports(17));
                    let icmp: Vec<u8> = (0..44)
                        .filter(|kind| lets(1, u16::from(*kind), 0))
                        .collect();
                    let all = tcp.len() == RUNS.len()
                        && udp.len() == RUNS.len()
                        && icmp.len() == 44
                        && [2, 46, 47, 50]
                            .into_iter()
                            .all(|protocol| lets(protocol, 0, 0));
                    naive.grants.push(Grant {
                        machine,
                        inbound,
                        peer: peer.clone(),
                        all,
                        tcp,
                        udp,
                        icmp,
                    });
                }
            }
        }
        naive.grants.retain(|grant| grant.all || !grant.empty());
        naive
    }

    /// Breaks something; says what.
    pub fn break_something(&mut self, random: &mut Random) -> String {
        if self.grants.is_empty() {
            self.grants.push(Grant {
                machine: 0,
                inbound: false,
                peer: Peer::All,
                all: true,
                tcp: Vec::new(),
                udp: Vec::new(),
                icmp: Vec::new(),
            });
            return "a rule was added".to_owned();
        }
        let at = random.below(self.grants.len());
        let machines = self.ips.len();
        match random.below(7) {
            0 => {
                let gone = self.grants.remove(at);
                format!("removed {gone:?}")
            }
            1 => {
                let grant = &mut self.grants[at];
                grant.tcp.push((443, 8080));
                format!("widened ports: {grant:?}")
            }
            2 => {
                let grant = &mut self.grants[at];
                grant.peer = Peer::Machine((grant.machine + 1) % machines);
                format!("swapped the peer: {grant:?}")
            }
            3 => {
                let grant = &mut self.grants[at];
                grant.inbound = !grant.inbound;
                format!("flipped the direction: {grant:?}")
            }
            4 => {
                let (from, to) = (random.below(machines), random.below(machines));
                let category = self.carries[from][0];
                if !self.carries[to].contains(&category) {
                    self.carries[to].push(category);
                }
                format!("machine {to} also carries the category of {from}")
            }
            5 => {
                let (from, to) = (random.below(machines), random.below(machines));
                if from != to {
                    self.isolated.push((from, to));
                }
                format!("isolated {from} and {to}")
            }
            _ => {
                let grant = &mut self.grants[at];
                grant.peer = Peer::All;
                format!("opened to all: {grant:?}")
            }
        }
    }

    fn has(&self, end: End, category: usize) -> bool {
        end.vm
            .is_some_and(|vm| self.carries[vm].contains(&category))
    }

    /// Whether the files let a packet through. A machine that carries two categories is in two
    /// secured groups; only the groups' own intra-group rules are left out of account, see `files`.
    pub fn admits(&self, from: End, to: End, packet: Packet) -> bool {
        let apart = |(one, other): &(usize, usize)| {
            (self.has(from, *one) && self.has(to, *other))
                || (self.has(from, *other) && self.has(to, *one))
        };
        if self.isolated.iter().any(apart) {
            return false;
        }
        let lets = |own: End, other: End, inbound: bool| {
            own.vm.is_none()
                || self.grants.iter().any(|grant| {
                    grant.inbound == inbound
                        && self.has(own, grant.machine)
                        && match grant.peer {
                            Peer::All => true,
                            Peer::Machine(machine) => self.has(other, machine),
                            Peer::Block(block) => {
                                let (first, last) = self.blocks[block];
                                (first..=last).contains(&other.ip)
                            }
                        }
                        && grant.has(packet)
                })
        };
        lets(from, to, false) && lets(to, from, true)
    }

    pub fn files(&self) -> Files {
        let mut files = Files::new();
        let mut objects = Vec::new();
        let mut add = |model: &str, id: String, body: Value| {
            let path = format!("objects/{model}/{id}.json");
            objects.push(json!({
                "id": id, "model": model, "name": id, "method": "POST", "path": "/", "body": path,
                "depends_on": [], "terraform": null, "constructs": [], "origins": [],
            }));
            files.insert(format!("nutanix/{path}"), body.to_string().into_bytes());
        };
        for at in 0..self.ips.len() {
            add(
                "Category",
                format!("cat{at}"),
                json!({"key": "vm", "value": format!("{at}")}),
            );
        }
        for (at, (first, last)) in self.blocks.iter().enumerate() {
            let text = |ip: u32| std::net::Ipv4Addr::from(ip).to_string();
            let range = json!([{"startIp": text(*first), "endIp": text(*last)}]);
            add(
                "AddressGroup",
                format!("block{at}"),
                json!({"name": format!("b{at}"), "ipRanges": range}),
            );
        }
        for machine in 0..self.ips.len() {
            // What machines that share a category may do among each other is said in full by the
            // rules of the other groups, so the rule for the group itself allows all of it: another
            // rule cannot add to it, and none is denied by it.
            let mut rules: Vec<Value> = self
                .grants
                .iter()
                .filter(|grant| grant.machine == machine)
                .map(Grant::rule)
                .collect();
            for direction in ["srcAllowSpec", "destAllowSpec"] {
                rules.push(json!({"type": "APPLICATION", "spec": {
                    "$objectType": "microseg.v4.config.ApplicationRuleSpec",
                    "securedGroupCategoryReferences": [format!("cat{machine}")],
                    direction: "NONE",
                }}));
            }
            let alone = self
                .carries
                .iter()
                .filter(|all| all.contains(&machine))
                .count()
                <= 1;
            if alone {
                rules.push(json!({"type": "INTRA_GROUP", "spec": {
                    "$objectType": "microseg.v4.config.IntraEntityGroupRuleSpec",
                    "securedGroupCategoryReferences": [format!("cat{machine}")],
                    "securedGroupAction": "DENY",
                }}));
            }
            add(
                "NetworkSecurityPolicy",
                format!("policy{machine}"),
                json!({"name": format!("p{machine}"), "type": "APPLICATION", "state": "SAVE",
                       "scope": "ALL_VLAN", "isHitlogEnabled": false, "isIpv6TrafficAllowed": false,
                       "rules": rules}),
            );
        }
        for (at, (one, other)) in self.isolated.iter().enumerate() {
            add(
                "NetworkSecurityPolicy",
                format!("isolation{at}"),
                json!({"name": format!("i{at}"), "type": "ISOLATION", "state": "SAVE", "rules": [
                {"type": "TWO_ENV_ISOLATION", "spec": {
                    "$objectType": "microseg.v4.config.TwoEnvIsolationRuleSpec",
                    "firstIsolationGroup": [format!("cat{one}")],
                    "secondIsolationGroup": [format!("cat{other}")],
                }}]}),
            );
        }
        let manifest =
            json!({"schema": 1, "target": "nutanix@7.5", "objects": objects, "external": []});
        let vms: Vec<Value> = self
            .carries
            .iter()
            .zip(&self.names)
            .map(|(carries, name)| {
                let categories: Vec<String> = carries.iter().map(|at| format!("cat{at}")).collect();
                json!({"name": name, "source_id": name, "categories": categories})
            })
            .collect();
        files.insert(
            "nutanix/manifest.json".into(),
            manifest.to_string().into_bytes(),
        );
        let assignments = json!({"vms": vms, "hosts": []});
        files.insert(
            "nutanix/assignments.json".into(),
            assignments.to_string().into_bytes(),
        );
        files
    }

    /// Whether some machines share a category, so that an intra-group rule would matter.
    pub fn shares(&self) -> bool {
        self.carries.iter().any(|all| all.len() > 1)
    }
}

impl Grant {
    fn empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && self.icmp.is_empty()
    }

    fn has(&self, packet: Packet) -> bool {
        let within = |runs: &[(u16, u16)]| {
            runs.iter()
                .any(|run| (run.0..=run.1).contains(&packet.second))
        };
        self.all
            || match packet.protocol {
                6 => within(&self.tcp),
                17 => within(&self.udp),
                1 => self
                    .icmp
                    .iter()
                    .any(|kind| u16::from(*kind) == packet.first),
                _ => false,
            }
    }

    fn rule(&self) -> Value {
        let mut spec = json!({
            "$objectType": "microseg.v4.config.ApplicationRuleSpec",
            "securedGroupCategoryReferences": [format!("cat{}", self.machine)],
        });
        let side = if self.inbound { "src" } else { "dest" };
        match &self.peer {
            Peer::All => spec[format!("{side}AllowSpec")] = json!("ALL"),
            Peer::Machine(at) => {
                spec[format!("{side}CategoryReferences")] = json!([format!("cat{at}")]);
            }
            Peer::Block(at) => {
                spec[format!("{side}AddressGroupReferences")] = json!([format!("block{at}")]);
            }
        }
        let ports = |runs: &[(u16, u16)]| -> Value {
            runs.iter()
                .map(|run| json!({"startPort": run.0, "endPort": run.1}))
                .collect()
        };
        if self.all {
            spec["isAllProtocolAllowed"] = json!(true);
        } else {
            if !self.tcp.is_empty() {
                spec["tcpServices"] = ports(&self.tcp);
            }
            if !self.udp.is_empty() {
                spec["udpServices"] = ports(&self.udp);
            }
            if !self.icmp.is_empty() {
                spec["icmpServices"] = self.icmp.iter().map(|kind| json!({"type": kind})).collect();
            }
        }
        json!({"type": "APPLICATION", "spec": spec})
    }
}

/// The addresses around machines, cut at multiples of four.
fn blocks(held: &[u32]) -> Vec<(u32, u32)> {
    let net = 0x0a00_0000_u32;
    let mut cuts: Vec<u32> = (0..=24).map(|step| net + step * 4).collect();
    cuts.extend([0, net + 0x0100_0000]);
    for ip in held {
        cuts.extend([*ip, ip + 1]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    let ends = cuts.iter().skip(1).map(|next| next - 1).chain([u32::MAX]);
    cuts.iter()
        .copied()
        .zip(ends)
        .filter(|(first, _)| !held.contains(first))
        .collect()
}
