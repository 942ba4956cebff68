//! Boxes as rules of the target, before any object exists.

use super::boxes::{End, Known, Piece};
use super::side::Form;
use super::tag::TagList;
use super::traffic::{Layer4, Traffic};
use super::universe::Universe;
use crate::ir::network::Group;
use crate::ir::service::Service;
use crate::ir::set::{AddressSet, Intervals, PortSet};
use crate::ir::{Id, Linked};
use crate::plan::nutanix::network::{Icmp, NamePattern, ServiceList};
use crate::semantics::VmSet;
use std::sync::Arc;

/// Machines by categories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Machines {
    /// Every machine with a filter.
    Estate,
    /// Those that carry all of these tags.
    Tags(TagList),
    /// Those with such a name.
    Named(NamePattern),
    /// These, by a category of their own; the group they are, where they are one.
    Marked(Option<Id<Group<Linked>>>, VmSet),
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peers {
    /// Everybody.
    All,
    /// Machines.
    Machines(Machines),
    /// Addresses.
    Addresses(AddressSet),
    /// The machines and the addresses of one group.
    Mixed(Machines, AddressSet),
}

/// The traffic of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffics {
    /// Every protocol.
    All,
    /// These entries.
    Listed(ServiceList),
    /// Named services, which together are these entries.
    Named(Vec<Id<Service<Linked>>>, ServiceList),
}

/// A rule of the target.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The number of the rule it comes from.
    pub rule: usize,
    /// The end it is for.
    pub end: End,
    /// The machines it protects.
    pub secured: Machines,
    /// The same as a set.
    pub secured_vms: VmSet,
    /// What people call them.
    pub secured_name: Arc<str>,
    /// The other end.
    pub peers: Peers,
    /// What people call it.
    pub peers_name: Arc<str>,
    /// The traffic.
    pub traffic: Traffics,
}

/// What could not be said of a piece.
#[derive(Clone, Copy, Debug, Default)]
pub struct Missing {
    /// Protocols or ICMP types that cannot be named.
    pub protocols: bool,
    /// One IP version between machines, said by addresses.
    pub version: bool,
    /// Machines of such a piece whose addresses are not known.
    pub addresses: bool,
}

/// Draws the pieces of a rule. `v6`: whether the target has IPv6 rules; `entities`: whether it has
/// entity groups with addresses.
#[must_use]
pub fn draw(
    universe: &Universe,
    pieces: &[Piece],
    v6: bool,
    entities: bool,
) -> (Vec<Drawn>, Missing) {
    let mut missing = Missing::default();
    let mut drawn: Vec<Drawn> = Vec::new();
    for piece in pieces {
        if universe.real(&piece.own_vms).next().is_none() && piece.own.form == Form::Machines {
            continue; // nobody carries the category
        }
        for (peers, traffic) in variants(universe, piece, v6, &mut missing) {
            let next = Drawn {
                rule: piece.rule,
                end: piece.end,
                secured: machines(&piece.own, &piece.own_vms),
                secured_vms: piece.own_vms.clone(),
                secured_name: piece.own.name.clone(),
                peers,
                peers_name: piece.peer.name.clone(),
                traffic,
            };
            if !(entities && join(&mut drawn, &next, piece)) {
                drawn.push(next);
            }
        }
    }
    (drawn, missing)
}

/// Joins the machines and the addresses of one group into one rule.
fn join(drawn: &mut [Drawn], next: &Drawn, piece: &Piece) -> bool {
    let (Peers::Addresses(addresses), Some(_)) = (&next.peers, piece.peer.group) else {
        return false;
    };
    let Some(last) = drawn.last_mut() else {
        return false;
    };
    let same = last.rule == next.rule
        && last.end == next.end
        && last.secured == next.secured
        && last.traffic == next.traffic
        && last.peers_name == next.peers_name;
    let one_category = match &last.peers {
        Peers::Machines(machines @ Machines::Tags(tags)) if tags.len() == 1 => machines.clone(),
        Peers::Machines(machines @ Machines::Marked(Some(_), _)) => machines.clone(),
        Peers::Machines(machines @ Machines::Named(_)) => machines.clone(),
        Peers::Machines(_) | Peers::All | Peers::Addresses(_) | Peers::Mixed(..) => return false,
    };
    if same {
        last.peers = Peers::Mixed(one_category, addresses.clone());
    }
    same
}

fn machines(known: &Known, vms: &VmSet) -> Machines {
    match &known.form {
        Form::Anyone => Machines::Estate,
        Form::Tags(tags) => Machines::Tags(tags.clone()),
        Form::Named(pattern) => Machines::Named(pattern.clone()),
        Form::Machines | Form::Addresses => Machines::Marked(known.group, vms.clone()),
    }
}

/// The rules that together are one piece.
fn variants(
    universe: &Universe,
    piece: &Piece,
    v6: bool,
    missing: &mut Missing,
) -> Vec<(Peers, Traffics)> {
    let mut found = Vec::new();
    let reach = &piece.peer_reach;
    let whole_anyone = piece.peer.form == Form::Anyone
        && reach.ips == AddressSet::full()
        && reach.vms.len() == universe.all.len();
    if whole_anyone {
        by_machines(
            universe,
            piece,
            &Peers::All,
            &universe.all,
            v6,
            missing,
            &mut found,
        );
        return found;
    }
    let mut vms = reach.vms.clone();
    if piece.peer.form == Form::Anyone {
        // Everybody but some: the addresses that are left reach most machines by themselves.
        vms = vms.difference(&universe.holders(&reach.ips).0);
        if !reach.ips.is_empty() {
            vms = universe.real(&vms).collect();
        }
    }
    let peers = match &piece.peer.form {
        Form::Tags(tags) => Some(Machines::Tags(tags.clone())),
        Form::Named(pattern) => Some(Machines::Named(pattern.clone())),
        // A category that no machine carries would say nothing.
        Form::Anyone | Form::Machines | Form::Addresses => universe
            .real(&vms)
            .next()
            .map(|_| Machines::Marked(piece.peer.group, vms.clone())),
    };
    if let Some(peers) = peers {
        let peers = Peers::Machines(peers);
        by_machines(universe, piece, &peers, &vms, v6, missing, &mut found);
    }
    by_addresses(piece, &reach.ips, v6, missing, &mut found);
    found
}

/// A piece with machines at the other end: both IP versions alike, and what is of one version only
/// by address.
fn by_machines(
    universe: &Universe,
    piece: &Piece,
    peers: &Peers,
    vms: &VmSet,
    v6: bool,
    missing: &mut Missing,
    found: &mut Vec<(Peers, Traffics)>,
) {
    let (four, six) = (piece.traffic.v4(), piece.traffic.v6());
    if !v6 {
        let list = listed(four, None, missing);
        found.extend(list.map(|traffic| (peers.clone(), named(piece, traffic))));
        return;
    }
    let alike = four.tcp == six.tcp && four.udp == six.udp && four.is_full() == six.is_full();
    if alike {
        let list = listed(four, Some(six), missing);
        found.extend(list.map(|traffic| (peers.clone(), named(piece, traffic))));
        return;
    }
    let common = Layer4 {
        tcp: four.tcp.intersection(&six.tcp),
        udp: four.udp.intersection(&six.udp),
        icmp: four.icmp.clone(),
        other: Intervals::empty(),
    };
    let list = listed_parts(&common.tcp, &common.udp, &four.icmp, &six.icmp, missing);
    found.extend(list.map(|list| (peers.clone(), Traffics::Listed(list))));
    let everybody = *peers == Peers::All;
    let (held, _) = universe.addresses(vms);
    let silent = universe.has_silent(vms);
    missing.version |= !everybody || silent;
    missing.addresses |= silent;
    let all = if everybody { AddressSet::full() } else { held };
    let only = |own: &Layer4, other: &Layer4| Layer4 {
        tcp: own.tcp.difference(&other.tcp),
        udp: own.udp.difference(&other.udp),
        icmp: Intervals::empty(),
        other: Intervals::empty(),
    };
    missing.protocols |= !four.other.is_empty() || !six.other.is_empty();
    let halves = [
        (
            AddressSet {
                v4: all.v4,
                v6: Intervals::empty(),
            },
            only(four, six),
        ),
        (
            AddressSet {
                v4: Intervals::empty(),
                v6: all.v6,
            },
            only(six, four),
        ),
    ];
    for (set, layer) in halves {
        let list = listed(&layer, None, missing);
        if !set.is_empty() {
            found.extend(list.map(|traffic| (Peers::Addresses(set), traffic)));
        }
    }
}

fn by_addresses(
    piece: &Piece,
    ips: &AddressSet,
    v6: bool,
    missing: &mut Missing,
    found: &mut Vec<(Peers, Traffics)>,
) {
    let (four, six) = (piece.traffic.v4(), piece.traffic.v6());
    let split = |v4: Intervals<u32>, v6: Intervals<u128>| AddressSet { v4, v6 };
    let only_v4 = split(ips.v4.clone(), Intervals::empty());
    let only_v6 = split(Intervals::empty(), ips.v6.clone());
    let mut add = |set: AddressSet, traffic: Option<Traffics>| {
        if !set.is_empty() {
            found.extend(traffic.map(|traffic| (Peers::Addresses(set), named(piece, traffic))));
        }
    };
    if !v6 || ips.v6.is_empty() {
        add(only_v4, listed(four, None, missing));
    } else if ips.v4.is_empty() {
        add(only_v6, listed_v6(six, missing));
    } else if four.tcp == six.tcp && four.udp == six.udp && four.is_full() == six.is_full() {
        add(ips.clone(), listed(four, Some(six), missing));
    } else {
        add(only_v4, listed(four, None, missing));
        add(only_v6, listed_v6(six, missing));
    }
}

/// The services by name, where they are exactly the traffic.
fn named(piece: &Piece, traffic: Traffics) -> Traffics {
    match traffic {
        Traffics::Listed(list) if !piece.services.is_empty() => {
            Traffics::Named(piece.services.clone(), list)
        }
        Traffics::All | Traffics::Listed(_) | Traffics::Named(..) => traffic,
    }
}

/// The traffic of both versions, whose ports are alike; or of IPv4 alone.
pub(super) fn listed(
    four: &Layer4,
    six: Option<&Layer4>,
    missing: &mut Missing,
) -> Option<Traffics> {
    if four.is_full() && six.is_none_or(Layer4::is_full) {
        return Some(Traffics::All);
    }
    let none = Intervals::empty();
    missing.protocols |= !four.other.is_empty() || six.is_some_and(|six| !six.other.is_empty());
    let icmp_v6 = six.map_or(&none, |six| &six.icmp);
    listed_parts(&four.tcp, &four.udp, &four.icmp, icmp_v6, missing).map(Traffics::Listed)
}

/// Traffic between machines, where both IP versions are alike; `None` where nothing can be said.
#[must_use]
pub fn everything(traffic: &Traffic, v6: bool) -> Option<Traffics> {
    let (four, six) = (traffic.v4(), traffic.v6());
    let mut missing = Missing::default();
    if !v6 || (four.is_full() && six.is_full()) {
        return listed(four, None, &mut missing);
    }
    let (tcp, udp) = (
        four.tcp.intersection(&six.tcp),
        four.udp.intersection(&six.udp),
    );
    listed_parts(&tcp, &udp, &four.icmp, &six.icmp, &mut missing).map(Traffics::Listed)
}

pub(super) fn listed_v6(six: &Layer4, missing: &mut Missing) -> Option<Traffics> {
    if six.is_full() {
        return Some(Traffics::All);
    }
    missing.protocols |= !six.other.is_empty();
    listed_parts(&six.tcp, &six.udp, &Intervals::empty(), &six.icmp, missing).map(Traffics::Listed)
}

fn listed_parts(
    tcp: &PortSet,
    udp: &PortSet,
    icmp: &Intervals<u16>,
    icmp_v6: &Intervals<u16>,
    missing: &mut Missing,
) -> Option<ServiceList> {
    let v4 = icmp_entries(icmp, Icmp::V4, missing);
    let v6 = icmp_entries(icmp_v6, Icmp::V6, missing);
    ServiceList::new(tcp, udp, v4, v6)
}

/// The types and codes that can be named; each type with all codes is one entry.
fn icmp_entries(set: &Intervals<u16>, greatest: (u8, u8), missing: &mut Missing) -> Vec<Icmp> {
    if set.is_full() {
        return vec![Icmp::All];
    }
    let mut entries = Vec::new();
    if set.is_empty() {
        return entries;
    }
    for kind in 0..=u8::MAX {
        let of_type = Intervals::range(u16::from(kind) << 8, u16::from(kind) << 8 | 255);
        let here = set.intersection(&of_type);
        if here.is_empty() {
            continue;
        }
        if kind > greatest.0 {
            missing.protocols = true;
        } else if here == of_type {
            entries.push(Icmp::Type(kind));
        } else {
            for code in 0..=u8::MAX {
                if here.contains(u16::from(kind) << 8 | u16::from(code)) {
                    if code <= greatest.1 {
                        entries.push(Icmp::Code(kind, code));
                    } else {
                        missing.protocols = true;
                    }
                }
            }
        }
    }
    entries
}
