//! What becomes of the addresses of a machine.

use super::super::table::recovery::Address;
use super::estate::Estate;
use super::network::{Mapped, subnet};
use super::order::VmId;
use crate::ir::recovery::{AddressChange, NicAddresses, NicSettings};
use rehome_grammar::text::IpBlock;
use std::net::{IpAddr, Ipv4Addr};

/// One address at both sites, and the place of the mapping of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The place of the mapping among those of the plan.
    pub(super) mapping: usize,
    /// At the protected site.
    pub(super) from: Ipv4Addr,
    /// At the recovery site.
    pub(super) to: Ipv4Addr,
}

/// The addresses of a machine that are written one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Manual {
    /// Those that the target holds.
    pub(super) pairs: Vec<Pair>,
    /// Those that it does not, in words.
    pub(super) lost: Vec<String>,
    /// Settings besides addresses that it does not hold, in words.
    pub(super) detail: Vec<String>,
}

/// Reads the addresses that are written one by one.
pub(super) fn manual(
    estate: &Estate<'_>,
    vm: VmId,
    change: &AddressChange,
    mapped: &[Mapped<'_>],
) -> Manual {
    let mut manual = Manual::default();
    match change {
        AddressChange::Manual(nics) => nics
            .iter()
            .for_each(|nic| one(estate, vm, nic, mapped, &mut manual)),
        AddressChange::Keep
        | AddressChange::ByRule
        | AddressChange::Automatic
        | AddressChange::Unsaid => {}
    }
    manual
}

fn one(
    estate: &Estate<'_>,
    vm: VmId,
    nic: &NicAddresses,
    mapped: &[Mapped<'_>],
    manual: &mut Manual,
) {
    let NicAddresses {
        origin: _,
        device,
        protected,
        recovery,
    } = nic;
    let (from, _) = split(protected);
    let (to, v6) = split(recovery);
    manual.lost.extend(
        v6.iter()
            .map(|address| format!("{address} of NIC {device}")),
    );
    let mut from = from.into_iter();
    for to in to {
        let pair = from.next().and_then(|from| {
            let mapping = network_of(estate, vm, from, mapped)?;
            Some(Pair { mapping, from, to })
        });
        match pair {
            Some(pair) => manual.pairs.push(pair),
            None => manual.lost.push(format!("{to} of NIC {device}")),
        }
    }
    if recovery.dhcp && !protected.dhcp {
        manual
            .lost
            .push(format!("the DHCP address of NIC {device}"));
    }
    let known = |gateway: &IpAddr| {
        manual.pairs.iter().any(|pair| {
            mapped
                .get(pair.mapping)
                .and_then(|mapped| mapped.rule)
                .is_some_and(|rule| rule.settings.gateways.first() == Some(gateway))
        })
    };
    let mut rest = recovery.clone();
    rest.gateways.retain(|gateway| !known(gateway));
    let words = super::network::detail(&rest);
    if !words.is_empty() {
        manual.detail.push(format!("{words} on NIC {device}"));
    }
}

fn split(settings: &NicSettings) -> (Vec<Ipv4Addr>, Vec<IpAddr>) {
    let mut v4 = Vec::new();
    let mut v6 = Vec::new();
    for address in &settings.addresses {
        match address {
            IpAddr::V4(address) => v4.push(*address),
            IpAddr::V6(_) => v6.push(*address),
        }
    }
    (v4, v6)
}

/// The place of the mapping whose network an address is in: by a rule, by a known subnet, or
/// because there is but one.
fn network_of(
    estate: &Estate<'_>,
    vm: VmId,
    address: Ipv4Addr,
    mapped: &[Mapped<'_>],
) -> Option<usize> {
    let bits = address.to_bits();
    let block = IpBlock::V4 {
        first: bits,
        last: bits,
    };
    let by_rule = mapped.iter().position(|mapped| {
        mapped
            .mapping
            .rules
            .iter()
            .any(|rule| subnet(rule.from).is_some() && rule.from.covers(block))
    });
    by_rule
        .or_else(|| {
            mapped.iter().position(|mapped| {
                mapped.segment.is_some_and(|segment| {
                    let segment = &estate.policy().inventory.segments[segment];
                    segment.subnets.v4.contains(bits)
                })
            })
        })
        .or_else(|| match on(estate, vm, mapped)?.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
        .or_else(|| (mapped.len() == 1).then_some(0))
}

/// The places, among the mappings of the plan, of those of a machine's networks; `None` when these
/// are not known.
fn on(estate: &Estate<'_>, vm: VmId, mapped: &[Mapped<'_>]) -> Option<Vec<usize>> {
    let places = estate.mapped(vm)?;
    Some(
        mapped
            .iter()
            .enumerate()
            .filter(|(_, mapped)| places.contains(&mapped.at))
            .map(|(at, _)| at)
            .collect(),
    )
}

/// How the addresses of a machine come out that are not written one by one.
pub(super) fn outcome(
    estate: &Estate<'_>,
    vm: VmId,
    change: &AddressChange,
    mapped: &[Mapped<'_>],
) -> Address {
    let networks = on(estate, vm, mapped);
    let mine: Vec<&Mapped<'_>> = match &networks {
        Some(at) => at.iter().filter_map(|at| mapped.get(*at)).collect(),
        None => mapped.iter().collect(),
    };
    let known = networks.is_some();
    let enabled = mine.iter().any(|mapped| mapped.enabled);
    let rules = mine.iter().any(|mapped| !mapped.mapping.rules.is_empty());
    let all_held = mine
        .iter()
        .all(|mapped| mapped.mapping.rules.is_empty() != mapped.rule.is_some());
    match change {
        AddressChange::Manual(_) => Address::Same,
        AddressChange::Keep
        | AddressChange::ByRule
        | AddressChange::Automatic
        | AddressChange::Unsaid
            if rules && !estate.has_v4_plans() =>
        {
            Address::TargetUntold
        }
        AddressChange::Keep => kept(known, enabled),
        AddressChange::ByRule if !rules => kept(known, enabled),
        AddressChange::ByRule if !known => Address::NetworkUntold,
        AddressChange::ByRule if all_held => Address::Same,
        AddressChange::ByRule => Address::KeptHere,
        AddressChange::Automatic | AddressChange::Unsaid if rules => Address::SourceUntold,
        AddressChange::Automatic | AddressChange::Unsaid => kept(known, enabled),
    }
}

/// The outcome where the source keeps the addresses.
const fn kept(known: bool, enabled: bool) -> Address {
    match (known, enabled) {
        (_, false) => Address::Same,
        (true, true) => Address::ChangedHere,
        (false, true) => Address::NetworkUntold,
    }
}
