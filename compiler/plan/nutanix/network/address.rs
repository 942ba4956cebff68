//! Address groups.

use super::MAX_ADDRESSES;
use crate::ir::set::{AddressSet, Intervals, v4_prefix, v6_prefix};
use crate::plan::nutanix::{Description, Name};
use serde::Serialize;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A network: an address and the length of its prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prefix<A> {
    value: A,
    prefix_length: u8,
}

/// A range of addresses that is not one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Range<A> {
    start_ip: A,
    end_ip: A,
}

/// The entries of an address group: at least one, and at most 250 of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressList {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ipv4_addresses: Vec<Prefix<Ipv4Addr>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ip_ranges: Vec<Range<Ipv4Addr>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ipv6_addresses: Vec<Prefix<Ipv6Addr>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ipv6_ranges: Vec<Range<Ipv6Addr>>,
}

impl AddressList {
    /// The set as lists, each within the limits. IPv6 is held from 7.5 on; whoever lowers for an
    /// older release leaves it out before.
    #[must_use]
    pub fn split(set: &AddressSet) -> Vec<Self> {
        let (v4, v4_ranges) = entries(&set.v4, v4_prefix, Ipv4Addr::from);
        let (v6, v6_ranges) = entries(&set.v6, v6_prefix, Ipv6Addr::from);
        let lists = [v4.len(), v4_ranges.len(), v6.len(), v6_ranges.len()]
            .map(|count| count.div_ceil(MAX_ADDRESSES));
        let count = lists.into_iter().max().unwrap_or(0);
        (0..count)
            .map(|at| Self {
                ipv4_addresses: chunk(&v4, at),
                ip_ranges: chunk(&v4_ranges, at),
                ipv6_addresses: chunk(&v6, at),
                ipv6_ranges: chunk(&v6_ranges, at),
            })
            .collect()
    }
}

fn chunk<T: Clone>(all: &[T], at: usize) -> Vec<T> {
    all.chunks(MAX_ADDRESSES)
        .nth(at)
        .map(<[T]>::to_vec)
        .unwrap_or_default()
}

/// The networks, and the ranges that are none.
fn entries<T: crate::ir::set::Point, A>(
    set: &Intervals<T>,
    prefix: fn(T, T) -> Option<u8>,
    address: fn(T) -> A,
) -> (Vec<Prefix<A>>, Vec<Range<A>>) {
    let (mut networks, mut ranges) = (Vec::new(), Vec::new());
    for (first, last) in set.iter() {
        match prefix(first, last) {
            Some(prefix_length) => networks.push(Prefix {
                value: address(first),
                prefix_length,
            }),
            None => ranges.push(Range {
                start_ip: address(first),
                end_ip: address(last),
            }),
        }
    }
    (networks, ranges)
}

/// An address group.
#[derive(Clone, Debug, Serialize)]
pub struct AddressGroup {
    /// The name.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The addresses.
    #[serde(flatten)]
    pub addresses: AddressList,
}
