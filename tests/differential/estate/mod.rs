//! A small estate in words of its own: made at random, judged packet by packet, and turned into a
//! policy.

mod build;
mod judge;
mod made;

pub use build::Built;

use rehome::ir::network::{Action, Direction, Tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub vm: Option<usize>,
    pub ip: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub protocol: u8,
    pub first: u16,
    pub second: u16,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub name: String,
    pub tags: Vec<(&'static str, &'static str)>,
    pub ips: Vec<u32>,
}

/// Who is meant.
#[derive(Clone, Debug)]
pub enum Who {
    Nobody,
    Tag(Option<&'static str>, &'static str),
    NameStarts(&'static str),
    NameIsNot(String),
    Ips(u32, u32),
    Group(usize),
    Both(Box<Who>, Box<Who>),
    Either(Vec<Who>),
}

#[derive(Clone, Debug)]
pub struct Side {
    pub negated: bool,
    /// None: anybody.
    pub of: Option<Vec<Who>>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Tcp((u16, u16), (u16, u16)),
    Udp((u16, u16), (u16, u16)),
    Icmp(Option<u8>),
    Protocol(u8),
}

#[derive(Clone, Debug)]
pub struct Law {
    pub action: Action,
    pub from: Side,
    pub to: Side,
    /// None: all traffic.
    pub kinds: Option<Vec<Kind>>,
    pub direction: Direction,
    /// None: all machines.
    pub scope: Option<Vec<Who>>,
    pub v6_only: bool,
    pub profile: bool,
    pub enabled: bool,
}

#[derive(Clone, Debug)]
pub struct Chapter {
    pub tier: Tier,
    pub scope: Option<Vec<Who>>,
    pub enabled: bool,
    pub schedule: bool,
    pub laws: Vec<Law>,
}

#[derive(Clone, Debug)]
pub struct Estate {
    pub machines: Vec<Machine>,
    pub groups: Vec<Who>,
    pub chapters: Vec<Chapter>,
    pub excluded: Vec<Who>,
    defaulted: bool,
}

/// What a random estate may hold.
pub struct Wishes {
    pub uncertain: bool,
    pub source_ports: bool,
    pub two_addresses: bool,
    pub no_default: bool,
}

impl Wishes {
    pub fn all() -> Self {
        Self {
            uncertain: true,
            source_ports: true,
            two_addresses: true,
            no_default: true,
        }
    }

    /// Only what the naive lowering can hold exactly, but for protocols.
    pub fn certain() -> Self {
        Self {
            uncertain: false,
            source_ports: false,
            two_addresses: false,
            no_default: false,
        }
    }
}

const SCOPES: [&str; 2] = ["tier", "env"];
const VALUES: [&str; 3] = ["web", "db", "Prod"];
const PREFIXES: [&str; 3] = ["vm1", "VM", "vm2"];
const PORTS: [u16; 5] = [22, 80, 443, 444, 8080];
/// 10.0.0.0, where machines and groups have their addresses.
const NET: u32 = 0x0a00_0000;
