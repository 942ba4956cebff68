//! Rules that let anybody, or nearly, reach the ports that machines are administered through.

use super::Survey;
use super::reach::Life;
use super::rules::Seat;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::Linked;
use crate::ir::network::{Action, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::set::AddressSet;
use crate::semantics::traffic::{Packet, TCP, UDP};

/// The ports that machines are administered through. Each gives whoever gets in the machine itself;
/// ports of databases and web consoles are left to those who know which of them are meant to be open.
/// SSH and RDP are the two that the CIS benchmarks for clouds want closed to everybody.
pub const PORTS: [(u8, u16, &str); 10] = [
    (TCP, 22, "SSH"),
    (TCP, 23, "Telnet"),
    (TCP, 135, "RPC"),
    (TCP, 139, "NetBIOS"),
    (TCP, 445, "SMB"),
    (UDP, 623, "IPMI"),
    (TCP, 3389, "RDP"),
    (TCP, 5900, "VNC"),
    (TCP, 5985, "WinRM"),
    (TCP, 5986, "WinRM over TLS"),
];

/// How many addresses of one version make a block wide: a network with a prefix of eight bits in
/// IPv4, or of 32 bits in IPv6, what a provider is given.
const WIDE_V4: u32 = 1 << 24;
const WIDE_V6: u128 = 1 << 96;

/// Reports each allow rule with a wide source that covers such a port.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for (at, seat) in survey.rules.iter() {
        let allows = seat.judged() && seat.rule.action == Action::Allow;
        let in_vain = survey.covered(at).is_some()
            || survey.judged.is(at, Life::Dead)
            || survey.judged.is(at, Life::Idle);
        if !allows || in_vain {
            continue;
        }
        let Some(source) = width(survey, &seat.rule.source) else {
            continue;
        };
        let open = open(survey, at);
        if !open.is_empty() {
            report(survey, seat, source, &open, findings);
        }
    }
}

fn report(
    survey: &Survey<'_, '_>,
    seat: &Seat<'_>,
    source: &str,
    open: &[String],
    findings: &mut Findings,
) {
    let to = width(survey, &seat.rule.destination)
        .map_or_else(|| "its destination".to_owned(), str::to_owned);
    let every = open.len() == PORTS.len();
    let ports = if every {
        "every administration port".to_owned()
    } else {
        open.join(", ")
    };
    let message = format!("{} lets {source} reach {to} on {ports}", seat.name());
    let code = &codes::check_network::OPEN_MANAGEMENT_PORT;
    findings.push(Finding::new(code, Domain::Network, message).about(seat.subject()));
}

/// Which of the ports a rule covers.
fn open(survey: &Survey<'_, '_>, at: usize) -> Vec<String> {
    let Some(traffic) = survey.reach.spoken(at) else {
        return Vec::new();
    };
    // From a port that clients use.
    let packet = |protocol, port| Packet {
        v6: false,
        protocol,
        first: 50_000,
        second: port,
    };
    PORTS
        .iter()
        .filter(|(protocol, port, _)| traffic.contains(packet(*protocol, *port)))
        .map(|(protocol, port, name)| {
            let protocol = if *protocol == TCP { "tcp" } else { "udp" };
            format!("{protocol} {port} ({name})")
        })
        .collect()
}

/// How a wide side is called; nothing for one that is not wide.
fn width(survey: &Survey<'_, '_>, peers: &Peers<Linked>) -> Option<&'static str> {
    match &peers.set {
        PeerSet::Any => (!peers.negated).then_some("anybody"),
        PeerSet::Of(_) if peers.negated => Some("nearly anybody"),
        PeerSet::Of(parts) => {
            let members = survey.membership.peers(survey.policy, peers);
            let all = survey.policy.inventory.vms.len();
            let blocks = parts
                .iter()
                .any(|part| matches!(part, Selector::Addresses(set, _) if is_wide(set)));
            if blocks || is_wide(&members.sure.addresses) {
                Some("a very wide range of addresses")
            } else if all > 10 && members.sure.vms.len() == all {
                Some("every machine")
            } else {
                None
            }
        }
    }
}

fn is_wide(set: &AddressSet) -> bool {
    set.v4
        .iter()
        .any(|(first, last)| last - first >= WIDE_V4 - 1)
        || set
            .v6
            .iter()
            .any(|(first, last)| last - first >= WIDE_V6 - 1)
}
