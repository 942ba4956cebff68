//! Ports: `80`, `80-90`, `80, 443, 8000-8080`.

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::combinator::{cut, opt};
use nom::multi::many0;
use nom::sequence::preceded;

use super::{Parsed, TextError, blank, stop, whole};

/// A range of ports, both ends included; a single port is a range of one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PortRange {
    /// The first port.
    pub first: u16,
    /// The last port, never below the first.
    pub last: u16,
}

/// Reads `80`, `80-90` or `80 - 90`.
///
/// # Errors
/// Where a port is no number of 0 to 65535, or the range ends below its start.
pub fn port_range(input: &str) -> Result<PortRange, TextError> {
    whole(input, range, WANTED)
}

/// Reads port ranges between commas.
///
/// # Errors
/// As [`port_range`], and where nothing stands between two commas.
pub fn port_ranges(input: &str) -> Result<Vec<PortRange>, TextError> {
    whole(input, list, "a list of ports")
}

const WANTED: &str = "a port or a range of ports";

fn list(input: &str) -> Parsed<'_, Vec<PortRange>> {
    // Behind a comma there is no way back: the place of what is wrong there is not lost.
    let more = many0(preceded((blank, char(','), blank), cut(range)));
    let (rest, (first, mut more)) = (range, more).parse(input)?;
    more.insert(0, first);
    Ok((rest, more))
}

fn range(input: &str) -> Parsed<'_, PortRange> {
    let (rest, first) = port(input)?;
    let (rest, dash) = opt((blank, char('-'), blank)).parse(rest)?;
    if dash.is_none() {
        return Ok((rest, PortRange { first, last: first }));
    }
    let from = rest;
    let (rest, last) = port(rest)?;
    if last < first {
        return stop(from, "a port that is not below the first");
    }
    Ok((rest, PortRange { first, last }))
}

fn port(input: &str) -> Parsed<'_, u16> {
    match take_while1::<_, _, super::Stop<'_>>(|digit: char| digit.is_ascii_digit()).parse(input) {
        Ok((rest, digits)) => match digits.parse::<u16>() {
            Ok(port) => Ok((rest, port)),
            Err(_) => stop(input, "a port from 0 to 65535"),
        },
        Err(_) => stop(input, "a port"),
    }
}
