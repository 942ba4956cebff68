//! Addresses of both families: one, a network, or a range.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::sequence::delimited;

use super::{Parsed, TextError, blank, stop, whole};

/// A run of addresses of one family, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IpBlock {
    /// Version 4.
    V4 {
        /// The first address.
        first: u32,
        /// The last address, never below the first.
        last: u32,
    },
    /// Version 6.
    V6 {
        /// The first address.
        first: u128,
        /// The last address, never below the first.
        last: u128,
    },
}

impl IpBlock {
    /// Whether every address of `other` is in it.
    #[must_use]
    pub const fn covers(self, other: IpBlock) -> bool {
        match (self, other) {
            (IpBlock::V4 { first: a, last: b }, IpBlock::V4 { first: c, last: d }) => {
                a <= c && d <= b
            }
            (IpBlock::V6 { first: a, last: b }, IpBlock::V6 { first: c, last: d }) => {
                a <= c && d <= b
            }
            (IpBlock::V4 { .. }, IpBlock::V6 { .. }) | (IpBlock::V6 { .. }, IpBlock::V4 { .. }) => {
                false
            }
        }
    }
}

impl fmt::Display for IpBlock {
    /// One address, or the first and the last between a dash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last): (IpAddr, IpAddr) = match *self {
            IpBlock::V4 { first, last } => (
                Ipv4Addr::from_bits(first).into(),
                Ipv4Addr::from_bits(last).into(),
            ),
            IpBlock::V6 { first, last } => (
                Ipv6Addr::from_bits(first).into(),
                Ipv6Addr::from_bits(last).into(),
            ),
        };
        if first == last {
            write!(f, "{first}")
        } else {
            write!(f, "{first}-{last}")
        }
    }
}

/// What [`address`] reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    /// The addresses.
    pub block: IpBlock,
    /// A network was written with bits set behind its prefix, as in `10.0.0.7/24`: the block is
    /// the whole network, and the writer may have meant the one host.
    pub host_bits: bool,
}

/// Reads `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9` (blanks around the
/// dash are fine), and the same for version 6, where a mask has no dotted form.
///
/// # Errors
/// Where an address or a prefix does not parse, a mask has holes, the ends of a range are of two
/// families, or it ends below its start.
pub fn address(input: &str) -> Result<Address, TextError> {
    whole(input, any, "an address, a network or a range")
}

fn any(input: &str) -> Parsed<'_, Address> {
    let (rest, first) = ip(input)?;
    match rest.trim_start_matches([' ', '\t']).chars().next() {
        Some('/') => network(rest, first),
        Some('-') => range(rest, first),
        _ => Ok((
            rest,
            Address {
                block: block(first, first),
                host_bits: false,
            },
        )),
    }
}

fn range(rest: &str, first: IpAddr) -> Parsed<'_, Address> {
    let (from, _) = delimited(blank, char('-'), blank).parse(rest)?;
    let (rest, last) = ip(from)?;
    if first.is_ipv4() != last.is_ipv4() {
        return stop(from, "an address of the same version");
    }
    if last < first {
        return stop(from, "an address that is not below the first");
    }
    Ok((
        rest,
        Address {
            block: block(first, last),
            host_bits: false,
        },
    ))
}

fn block(first: IpAddr, last: IpAddr) -> IpBlock {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => IpBlock::V4 {
            first: first.to_bits(),
            last: last.to_bits(),
        },
        (first, last) => IpBlock::V6 {
            first: bits(first),
            last: bits(last),
        },
    }
}

/// The bits of a version 6 address, and of a version 4 address as version 6 maps it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn network(rest: &str, address: IpAddr) -> Parsed<'_, Address> {
    let (from, _) = delimited(blank, char('/'), blank).parse(rest)?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let (rest, prefix) = prefix(from, width)?;
    let (block, host_bits) = match address {
        IpAddr::V4(address) => {
            let hosts = u32::MAX.checked_shr(prefix).unwrap_or(0);
            let bits = address.to_bits();
            (
                IpBlock::V4 {
                    first: bits & !hosts,
                    last: bits | hosts,
                },
                bits & hosts != 0,
            )
        }
        IpAddr::V6(address) => {
            let hosts = u128::MAX.checked_shr(prefix).unwrap_or(0);
            let bits = address.to_bits();
            (
                IpBlock::V6 {
                    first: bits & !hosts,
                    last: bits | hosts,
                },
                bits & hosts != 0,
            )
        }
    };
    Ok((rest, Address { block, host_bits }))
}

/// A prefix length, or for version 4 a mask.
fn prefix(input: &str, width: u32) -> Parsed<'_, u32> {
    let Ok((rest, word)) = take_while1::<_, _, super::Stop<'_>>(in_address).parse(input) else {
        return stop(input, "a prefix length");
    };
    let short = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(length) = word
        .parse()
        .ok()
        .filter(|&length: &u32| short && length <= width)
    {
        return Ok((rest, length));
    }
    if let Some(mask) = word.parse::<Ipv4Addr>().ok().filter(|_| width == 32) {
        let mask = mask.to_bits();
        if mask.leading_ones() + mask.trailing_zeros() >= 32 {
            return Ok((rest, mask.leading_ones()));
        }
        return stop(input, "a mask without holes");
    }
    stop(
        input,
        if width == 32 {
            "a prefix of 0 to 32"
        } else {
            "a prefix of 0 to 128"
        },
    )
}

fn in_address(char: char) -> bool {
    char.is_ascii_hexdigit() || char == '.' || char == ':'
}

fn ip(input: &str) -> Parsed<'_, IpAddr> {
    match take_while1::<_, _, super::Stop<'_>>(in_address).parse(input) {
        Ok((rest, word)) => match word.parse() {
            Ok(address) => Ok((rest, address)),
            Err(_) => stop(input, "an address"),
        },
        Err(_) => stop(input, "an address"),
    }
}
