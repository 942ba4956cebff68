//! Traffic cut into kinds that no rule on either side tells apart.

use super::bits::{Bits, Sparse};
use super::classes::Partition;
use crate::ir::set::Intervals;
use crate::semantics::traffic::{
    CLIENT_PORT, ICMP, ICMP6, Packet, TCP, Term, Traffic, UDP, Versions,
};
use indexmap::IndexSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Traffic, by its place in [`Traffics`].
pub type TrafficId = u32;

/// The distinct traffics that the rules of both sides speak about.
#[derive(Debug, Default)]
pub struct Traffics {
    values: IndexSet<Arc<Traffic>>,
    seen: BTreeMap<usize, TrafficId>,
}

impl Traffics {
    /// The place of a traffic.
    pub fn intern(&mut self, traffic: &Arc<Traffic>) -> TrafficId {
        let address = Arc::as_ptr(traffic) as usize;
        if let Some(id) = self.seen.get(&address) {
            return *id;
        }
        let (at, _) = self.values.insert_full(Arc::clone(traffic));
        let id = u32::try_from(at).unwrap_or(u32::MAX);
        self.seen.insert(address, id);
        id
    }
}

/// The kinds of traffic.
#[derive(Debug)]
pub struct Atoms {
    /// A packet of each kind.
    packets: Vec<Packet>,
    /// The rectangles of each kind.
    cells: Vec<Vec<Cell>>,
    /// The kinds of each traffic.
    traffics: Vec<Sparse>,
    v4: Bits,
    v6: Bits,
    both: Bits,
    none: Bits,
}

impl Atoms {
    /// Cuts all traffic by these.
    pub fn of(traffics: &Traffics) -> Self {
        let mut terms: IndexSet<&Term> = IndexSet::new();
        for traffic in &traffics.values {
            terms.extend(traffic.terms());
        }
        let cells = Cells::of(&terms);
        let mut partition = Partition::new(cells.packets.len());
        let mut of_term = Vec::with_capacity(terms.len());
        for term in &terms {
            let covered = cells.of_term(term);
            partition.refine(&covered);
            of_term.push(covered);
        }
        let versions: Vec<u32> = (0_u32..)
            .zip(&cells.packets)
            .filter(|(_, packet)| packet.v6)
            .map(|(at, _)| at)
            .collect();
        partition.refine(&versions);
        let (atom_of, members) = partition.finish();
        let first = |atom: &Vec<u32>| {
            let at = atom.first().copied().unwrap_or(0);
            cells.packets.get(at as usize).copied()
        };
        let packets: Vec<Packet> = members.iter().filter_map(first).collect();
        let of_term: Vec<Vec<u32>> = of_term
            .into_iter()
            .map(|covered| {
                let mut atoms: Vec<u32> = covered
                    .iter()
                    .filter_map(|cell| atom_of.get(*cell as usize).copied())
                    .collect();
                atoms.sort_unstable();
                atoms.dedup();
                atoms
            })
            .collect();
        let traffics = traffics
            .values
            .iter()
            .map(|traffic| {
                let atoms: Vec<u32> = traffic
                    .terms()
                    .filter_map(|term| of_term.get(terms.get_index_of(term)?))
                    .flatten()
                    .copied()
                    .collect();
                Sparse::of(&atoms, packets.len())
            })
            .collect();
        let (mut v4, mut v6) = (Bits::empty(packets.len()), Bits::empty(packets.len()));
        for (at, packet) in (0_u32..).zip(&packets) {
            if packet.v6 { &mut v6 } else { &mut v4 }.insert(at);
        }
        let mut both = v4.clone();
        both.add(&v6);
        let rectangles = cells.rectangles();
        let of_atom = |atom: &Vec<u32>| {
            let cells = atom.iter();
            cells
                .filter_map(|cell| rectangles.get(*cell as usize).copied())
                .collect()
        };
        Self {
            none: Bits::empty(packets.len()),
            packets,
            cells: members.iter().map(of_atom).collect(),
            traffics,
            v4,
            v6,
            both,
        }
    }

    /// The rectangles that a kind is made of.
    pub fn cells(&self, atom: u32) -> &[Cell] {
        self.cells.get(atom as usize).map_or(&[], Vec::as_slice)
    }

    /// How many kinds.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// The kinds of a traffic.
    pub fn of_traffic(&self, traffic: TrafficId) -> &Sparse {
        static NONE: Sparse = Sparse::Words(Vec::new());
        self.traffics.get(traffic as usize).unwrap_or(&NONE)
    }

    /// A packet of a kind.
    pub fn packet(&self, atom: u32) -> Option<Packet> {
        self.packets.get(atom as usize).copied()
    }

    /// The kinds that two endpoints can exchange which speak these versions.
    pub const fn speakable(&self, versions: Versions) -> &Bits {
        match (versions.v4, versions.v6) {
            (true, true) => &self.both,
            (true, false) => &self.v4,
            (false, true) => &self.v6,
            (false, false) => &self.none,
        }
    }
}

/// A rectangle of traffic: one IP version, some protocols, and ranges of source and destination ports
/// or of ICMP types and codes.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Whether it is IPv6.
    pub v6: bool,
    /// The first and the last protocol number.
    pub protocols: (u8, u8),
    /// Source ports, or ICMP types.
    pub first: (u16, u16),
    /// Destination ports, or ICMP codes.
    pub second: (u16, u16),
}

/// The grid that all boxes are unions of: for each IP version and protocol a rectangle cut by ports.
#[derive(Debug)]
struct Cells {
    packets: Vec<Packet>,
    grids: Vec<Grid>,
}

/// One version, some protocols that nothing tells apart.
#[derive(Debug)]
struct Grid {
    v6: bool,
    protocol: u8,
    last_protocol: u8,
    first: Vec<u16>,
    second: Vec<u16>,
    /// The place of its first cell.
    start: u32,
}

impl Grid {
    /// One number of each range: a likely port where the range has it, its first otherwise.
    fn members(&self, starts: &[u16], likely: u16) -> Vec<u16> {
        let has_ports = self.protocol == TCP || self.protocol == UDP;
        let member = |(first, last): (u16, u16)| {
            if has_ports && (first..=last).contains(&likely) {
                likely
            } else {
                first
            }
        };
        ranges(starts, u16::MAX).into_iter().map(member).collect()
    }
}

impl Cells {
    fn of(terms: &IndexSet<&Term>) -> Self {
        let mut cells = Self {
            packets: Vec::new(),
            grids: Vec::new(),
        };
        for (protocols, v6) in runs(terms)
            .into_iter()
            .flat_map(|run| [(run, false), (run, true)])
        {
            // ICMP belongs to one version of IP each.
            if protocols.0 == if v6 { ICMP } else { ICMP6 } {
                continue;
            }
            let here: Vec<&Term> = terms
                .iter()
                .filter(|term| term.protocols.contains(protocols.0))
                .filter(|term| {
                    if v6 {
                        term.versions.v6
                    } else {
                        term.versions.v4
                    }
                })
                .copied()
                .collect();
            let icmp = protocols.0 == ICMP || protocols.0 == ICMP6;
            let grid = Grid {
                v6,
                protocol: protocols.0,
                last_protocol: protocols.1,
                first: starts(here.iter().map(|term| &term.first), icmp),
                second: starts(here.iter().map(|term| &term.second), icmp),
                start: u32::try_from(cells.packets.len()).unwrap_or(u32::MAX),
            };
            let [rows, columns] = [(&grid.first, CLIENT_PORT), (&grid.second, 1)]
                .map(|(starts, likely)| grid.members(starts, likely));
            for first in rows {
                cells.packets.extend(columns.iter().map(|second| Packet {
                    v6,
                    protocol: protocols.0,
                    first,
                    second: *second,
                }));
            }
            cells.grids.push(grid);
        }
        cells
    }

    /// The cells in order, as rectangles.
    fn rectangles(&self) -> Vec<Cell> {
        let mut found = Vec::with_capacity(self.packets.len());
        for grid in &self.grids {
            let last = match grid.protocol {
                ICMP | ICMP6 => u8::MAX.into(),
                _ => u16::MAX,
            };
            let columns = ranges(&grid.second, last);
            for first in ranges(&grid.first, last) {
                found.extend(columns.iter().map(|second| Cell {
                    v6: grid.v6,
                    protocols: (grid.protocol, grid.last_protocol),
                    first,
                    second: *second,
                }));
            }
        }
        found
    }

    fn of_term(&self, term: &Term) -> Vec<u32> {
        let mut covered = Vec::new();
        for grid in &self.grids {
            let version = if grid.v6 {
                term.versions.v6
            } else {
                term.versions.v4
            };
            if !version || !term.protocols.contains(grid.protocol) {
                continue;
            }
            let inside = |starts: &[u16], set: &Intervals<u16>| -> Vec<u32> {
                (0_u32..)
                    .zip(starts)
                    .filter(|(_, start)| set.contains(**start))
                    .map(|(at, _)| at)
                    .collect()
            };
            let width = u32::try_from(grid.second.len()).unwrap_or(u32::MAX);
            let columns = inside(&grid.second, &term.second);
            for row in inside(&grid.first, &term.first) {
                let base = grid.start.saturating_add(row.saturating_mul(width));
                covered.extend(columns.iter().map(|column| base.saturating_add(*column)));
            }
        }
        covered
    }
}

/// The ranges that begin at these starts.
fn ranges(starts: &[u16], last: u16) -> Vec<(u16, u16)> {
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([last]);
    starts.iter().copied().zip(ends).collect()
}

/// The protocol numbers cut where a box begins or ends; protocols with a second look stand alone.
fn runs(terms: &IndexSet<&Term>) -> Vec<(u8, u8)> {
    let mut starts: Vec<u8> = vec![0];
    for number in [ICMP, ICMP6] {
        starts.extend([number, number + 1]);
    }
    for (first, last) in terms.iter().flat_map(|term| term.protocols.iter()) {
        starts.push(first);
        starts.extend(last.checked_add(1));
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u8::MAX]);
    starts.iter().copied().zip(ends).collect()
}

fn starts<'terms>(sets: impl Iterator<Item = &'terms Intervals<u16>>, bytes: bool) -> Vec<u16> {
    let mut starts = vec![0];
    for (first, last) in sets.flat_map(Intervals::iter) {
        starts.push(first);
        starts.extend(last.checked_add(1));
    }
    starts.sort_unstable();
    starts.dedup();
    if bytes {
        starts.retain(|start| *start <= u8::MAX.into());
    }
    starts
}
