//! One flow on both sides, with the rules that decide it.

use super::network::outcome;
use crate::back::Files;
use crate::ir::inventory::Vm;
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::Endpoint;
use crate::semantics::filter::{Filters, Flow, Trail, Verdict, trace};
use crate::semantics::flow::{self, Faults};
use crate::semantics::traffic::{CLIENT_PORT, ICMP, ICMP6, Packet, TCP, UDP};
use crate::semantics::{Membership, ordered};
use crate::source::Origin;
use std::net::IpAddr;

/// What a side does with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ruling {
    /// It passes both filters.
    Allow,
    /// A filter discards it.
    Deny,
    /// It depends on something that no export tells.
    Unknown,
}

impl Ruling {
    /// As one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Unknown => "unknown",
        }
    }
}

/// A rule that took part.
#[derive(Clone, Debug)]
pub struct Part {
    /// At which end: `sender` or `receiver`.
    pub at: &'static str,
    /// The rule in words.
    pub text: String,
    /// Its id; empty where it is no object.
    pub id: String,
    /// Where it stands in the exports.
    pub origin: Option<Origin>,
    /// What it does.
    pub verdict: Verdict,
    /// Whether it matches for certain.
    pub certain: bool,
}

/// What a side does with a flow, and why.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What happens.
    pub ruling: Ruling,
    /// The rules that could match, the deciding one of each end last.
    pub parts: Vec<Part>,
    /// What happens, as a sentence.
    pub text: String,
}

/// Both sides, ready to be asked.
#[derive(Debug)]
pub struct Oracle {
    source: Filters,
    target: Filters,
}

impl Oracle {
    /// Prepares both sides; also what is wrong with the files.
    #[must_use]
    pub fn new(policy: &Policy<Linked>, files: &Files) -> (Self, Faults) {
        let membership = Membership::of(policy);
        let source = ordered::filters_now(policy, &membership);
        let (target, faults) = flow::filters(policy, &membership, files);
        (Self { source, target }, faults)
    }

    /// What the source does with a flow.
    #[must_use]
    pub fn source(&self, flow: &Flow) -> Answer {
        answer("the source", &self.source, flow)
    }

    /// What the target does with a flow.
    #[must_use]
    pub fn target(&self, flow: &Flow) -> Answer {
        answer("the target", &self.target, flow)
    }
}

fn answer(side: &str, filters: &Filters, flow: &Flow) -> Answer {
    let trails = [trace(&filters.out, flow), trace(&filters.inward, flow)];
    let ruling = match (
        trails.iter().all(|trail| trail.allow),
        trails.iter().any(|trail| trail.deny),
    ) {
        (true, false) => Ruling::Allow,
        (false, _) => Ruling::Deny,
        (true, true) => Ruling::Unknown,
    };
    let parts = |trail: &Trail, at: &'static str| -> Vec<Part> {
        let steps = trail.steps.iter();
        steps
            .filter_map(|(reason, verdict, certain)| {
                let reason = filters.reasons.get(*reason)?;
                Some(Part {
                    at,
                    text: reason.text.clone(),
                    id: reason.id.clone(),
                    origin: reason.origin,
                    verdict: *verdict,
                    certain: *certain,
                })
            })
            .collect()
    };
    let [out, inward] = &trails;
    let mut all = parts(out, "sender");
    all.extend(parts(inward, "receiver"));
    Answer {
        ruling,
        parts: all,
        text: format!("{side} {}", outcome(&trails, filters)),
    }
}

/// The endpoints that a text means: a machine by name, id or address, with each of its addresses; or
/// an address outside the estate.
///
/// # Errors
/// When nothing, or more than one machine, answers to it.
pub fn endpoints(policy: &Policy<Linked>, text: &str) -> Result<Vec<Endpoint>, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(vec![at_address(policy, address)]);
    }
    let known = |vm: &Vm<Linked>| {
        vm.ident.id == text
            || vm.ident.name.eq_ignore_ascii_case(text)
            || vm.aliases.iter().any(|alias| alias == text)
    };
    let found: Vec<_> = policy
        .inventory
        .vms
        .iter()
        .filter(|(_, vm)| known(vm))
        .collect();
    match found.as_slice() {
        [] => Err(format!(
            "no machine is called `{text}`, and it is no address"
        )),
        [(id, vm)] => {
            let held = vm.addresses.clone().unwrap_or_default();
            let v4 = held.v4.iter().map(|(first, _)| IpAddr::V4(first.into()));
            let v6 = held.v6.iter().map(|(first, _)| IpAddr::V6(first.into()));
            let mut ends: Vec<Endpoint> = v4
                .chain(v6)
                .map(|address| Endpoint {
                    vm: Some(*id),
                    address: Some(address),
                })
                .collect();
            if ends.is_empty() {
                ends.push(Endpoint {
                    vm: Some(*id),
                    address: None,
                });
            }
            Ok(ends)
        }
        many => Err(format!(
            "{} machines are called `{text}`; use an id or an address",
            many.len()
        )),
    }
}

fn at_address(policy: &Policy<Linked>, address: IpAddr) -> Endpoint {
    let holder = policy.inventory.vms.iter().find(|(_, vm)| {
        vm.addresses.as_ref().is_some_and(|held| match address {
            IpAddr::V4(address) => held.v4.contains(address.to_bits()),
            IpAddr::V6(address) => held.v6.contains(address.to_bits()),
        })
    });
    Endpoint {
        vm: holder.map(|(id, _)| id),
        address: Some(address),
    }
}

/// The flows between two lists of endpoints that share an IP version.
#[must_use]
pub fn flows(from: &[Endpoint], to: &[Endpoint], packet: Packet) -> Vec<Flow> {
    let v6 = |end: &Endpoint| end.address.map(|address| address.is_ipv6());
    from.iter()
        .flat_map(|from| to.iter().map(move |to| (from, to)))
        .filter_map(|(from, to)| {
            let v6 = match (v6(from), v6(to)) {
                (Some(one), Some(other)) if one != other => return None,
                (Some(v6), _) | (None, Some(v6)) => v6,
                (None, None) => packet.v6,
            };
            Some(Flow {
                from: *from,
                to: *to,
                packet: Packet { v6, ..packet },
            })
        })
        .collect()
}

/// Reads `tcp/443`, `tcp/1024@443` with a source port, `udp/53`, `icmp`, `icmp/8`, `icmp/8/0`,
/// `icmpv6/128`, `ip/47` or `protocol/47`.
///
/// # Errors
/// When it is none of these.
pub fn packet(text: &str, source_port: Option<u16>) -> Result<Packet, String> {
    let wrong = || {
        format!(
            "`{text}` is no traffic; write `tcp/443`, `udp/53`, `icmp/8`, `icmpv6/128` or `ip/47`"
        )
    };
    let (text, source_port) = match text.split_once('@') {
        Some((text, port)) => (text, Some(port.parse::<u16>().map_err(|_| wrong())?)),
        None => (text, source_port),
    };
    let mut parts = text.split('/').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let numbers: Vec<u16> = parts
        .map(|part| part.parse::<u16>().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    let byte = |number: &u16| u8::try_from(*number).map_err(|_| wrong());
    let make = |protocol, first, second| Packet {
        v6: protocol == ICMP6,
        protocol,
        first,
        second,
    };
    let client = source_port.unwrap_or(CLIENT_PORT);
    match (name.as_str(), numbers.as_slice()) {
        ("tcp", [port]) => Ok(make(TCP, client, *port)),
        ("udp", [port]) => Ok(make(UDP, client, *port)),
        ("icmp" | "icmpv4", []) => Ok(make(ICMP, 8, 0)),
        ("icmpv6", []) => Ok(make(ICMP6, 128, 0)),
        ("icmp" | "icmpv4", [kind]) => Ok(make(ICMP, byte(kind)?.into(), 0)),
        ("icmpv6", [kind]) => Ok(make(ICMP6, byte(kind)?.into(), 0)),
        ("icmp" | "icmpv4", [kind, code]) => Ok(make(ICMP, byte(kind)?.into(), byte(code)?.into())),
        ("icmpv6", [kind, code]) => Ok(make(ICMP6, byte(kind)?.into(), byte(code)?.into())),
        ("ip" | "protocol", [number]) => Ok(make(byte(number)?, 0, 0)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_read_as_people_write_it() {
        let read = |text| packet(text, None).map(|one| (one.protocol, one.first, one.second));
        assert_eq!(read("tcp/443"), Ok((6, 49_152, 443)));
        assert_eq!(read("UDP/53"), Ok((17, 49_152, 53)));
        assert_eq!(read("tcp/443@1024"), Ok((6, 1024, 443)));
        assert_eq!(read("icmp/3/1"), Ok((1, 3, 1)));
        assert_eq!(read("ip/47"), Ok((47, 0, 0)));
        for wrong in [
            "tcp",
            "tcp/70000",
            "icmp/256",
            "tcp/1@x",
            "sctp/1",
            "ip/300",
            "",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
