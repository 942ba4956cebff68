//! What an estate lets through, packet by packet.

use super::{End, Estate, Kind, NET, PORTS, Packet, Side, Who};
use rehome::ir::network::{Action, Direction, Tier};

impl Estate {
    /// Every end worth asking about: machines with each address, and an address in each gap.
    pub fn ends(&self) -> Vec<End> {
        let mut ends: Vec<End> = self
            .machines
            .iter()
            .enumerate()
            .flat_map(|(at, machine)| {
                machine.ips.iter().map(move |ip| End {
                    vm: Some(at),
                    ip: *ip,
                })
            })
            .collect();
        let held: Vec<u32> = ends.iter().map(|end| end.ip).collect();
        // Groups by address begin and end at multiples of four.
        let outside = (0..=25_u32).map(|step| NET + step * 4 + 3);
        ends.extend(
            outside
                .chain([NET + 0x0100_0000, 1])
                .filter(|ip| !held.contains(ip))
                .map(|ip| End { vm: None, ip }),
        );
        ends
    }

    /// A packet of every kind that a rule could tell apart.
    pub fn packets(&self) -> Vec<Packet> {
        let mut packets = Vec::new();
        let mut ports = vec![0, 1, 21, 23, 79, 81, 442, 445, 8079, 8081, 65535];
        ports.extend(PORTS);
        for protocol in [6, 17] {
            for second in &ports {
                for first in [0, 79, 80, 443, 1024] {
                    packets.push(Packet {
                        protocol,
                        first,
                        second: *second,
                    });
                }
            }
        }
        for first in [0, 3, 8, 43, 44] {
            packets.push(Packet {
                protocol: 1,
                first,
                second: 0,
            });
        }
        for protocol in [2, 46, 47, 50] {
            packets.push(Packet {
                protocol,
                first: 0,
                second: 0,
            });
        }
        packets
    }

    fn is(&self, who: &Who, end: End, open: &mut Vec<usize>) -> bool {
        let machine = end.vm.map(|vm| &self.machines[vm]);
        match who {
            Who::Nobody => false,
            Who::Tag(scope, value) => machine.is_some_and(|machine| {
                machine.tags.iter().any(|(have, is)| {
                    is.eq_ignore_ascii_case(value)
                        && scope.is_none_or(|scope| have.eq_ignore_ascii_case(scope))
                })
            }),
            Who::NameStarts(text) => machine.is_some_and(|machine| {
                machine
                    .name
                    .to_lowercase()
                    .starts_with(&text.to_lowercase())
            }),
            Who::NameIsNot(text) => {
                machine.is_some_and(|machine| !machine.name.eq_ignore_ascii_case(text))
            }
            Who::Ips(first, last) => (*first..=*last).contains(&end.ip),
            Who::Group(group) => {
                if open.contains(group) {
                    return false;
                }
                open.push(*group);
                let found = self.is(&self.groups[*group], end, open);
                open.pop();
                found
            }
            Who::Both(left, right) => self.is(left, end, open) && self.is(right, end, open),
            Who::Either(parts) => parts.iter().any(|part| self.is(part, end, open)),
        }
    }

    fn one_of(&self, list: &[Who], end: End) -> bool {
        list.iter().any(|who| self.is(who, end, &mut Vec::new()))
    }

    fn on(&self, side: &Side, end: End) -> bool {
        side.of
            .as_ref()
            .is_none_or(|list| self.one_of(list, end) != side.negated)
    }

    /// What a filter does in one world, in which each doubtful rule either matches or not. None: no
    /// rule decides.
    fn world(
        &self,
        outward: bool,
        from: End,
        to: End,
        packet: Packet,
        mut bits: u64,
        acted: &mut Vec<(usize, usize)>,
    ) -> (Option<bool>, u32) {
        let own = if outward { from } else { to };
        if own.vm.is_none() || self.one_of(&self.excluded, own) {
            return (Some(true), 0);
        }
        let (mut doubts, mut skip) = (0, None);
        let chapters = self.chapters.iter().enumerate();
        for (number, chapter) in chapters.filter(|(_, one)| one.enabled) {
            let laws = chapter.laws.iter().enumerate();
            for (place, law) in laws.filter(|(_, one)| one.enabled) {
                if skip == Some(chapter.tier) {
                    continue;
                }
                let right_way = match law.direction {
                    Direction::Both => true,
                    Direction::In => !outward,
                    Direction::Out => outward,
                };
                let scope = chapter.scope.as_ref().or(law.scope.as_ref());
                let matches = right_way
                    && !law.v6_only
                    && scope.is_none_or(|scope| self.one_of(scope, own))
                    && self.on(&law.from, from)
                    && self.on(&law.to, to)
                    && law
                        .kinds
                        .as_ref()
                        .is_none_or(|kinds| kinds.iter().any(|kind| kind.has(packet)));
                if !matches {
                    continue;
                }
                if law.profile || chapter.schedule {
                    doubts += 1;
                    let happens = bits & 1 == 1;
                    bits >>= 1;
                    if !happens {
                        continue;
                    }
                }
                acted.push((number, place));
                match law.action {
                    // What layer 2 lets through goes on to the other tiers.
                    Action::Allow if chapter.tier == Tier::Ethernet => skip = Some(Tier::Ethernet),
                    Action::Allow => return (Some(true), doubts),
                    Action::Drop | Action::Reject => return (Some(false), doubts),
                    Action::Jump => skip = Some(chapter.tier),
                }
            }
        }
        (None, doubts)
    }

    /// Whether a filter lets a packet through in some world, and whether it discards it in some.
    pub fn judge(&self, outward: bool, from: End, to: End, packet: Packet) -> (bool, bool) {
        self.judge_by(outward, from, to, packet, &mut Vec::new())
    }

    /// The same; adds each law, by chapter and place, that does something in one of the worlds.
    pub fn judge_by(
        &self,
        outward: bool,
        from: End,
        to: End,
        packet: Packet,
        acted: &mut Vec<(usize, usize)>,
    ) -> (bool, bool) {
        let (mut allow, mut deny) = (false, false);
        let mut most = 0;
        let mut bits = 0;
        loop {
            let (verdict, doubts) = self.world(outward, from, to, packet, bits, acted);
            most = most.max(doubts);
            allow |= verdict != Some(false);
            deny |= verdict != Some(true);
            bits += 1;
            // No doubt beyond those seen so far: a world with other bits may meet more of them.
            if bits >= 1 << most.min(16) {
                return (allow, deny);
            }
        }
    }

    pub fn admits(&self, from: End, to: End, packet: Packet) -> bool {
        let at = |outward| {
            let (verdict, doubts) = self.world(outward, from, to, packet, 0, &mut Vec::new());
            assert_eq!(doubts, 0);
            verdict.expect("there is a default rule")
        };
        at(true) && at(false)
    }
}

impl Kind {
    fn has(&self, packet: Packet) -> bool {
        let within = |range: &(u16, u16), port: u16| (range.0..=range.1).contains(&port);
        match self {
            Self::Tcp(source, destination) => {
                packet.protocol == 6
                    && within(source, packet.first)
                    && within(destination, packet.second)
            }
            Self::Udp(source, destination) => {
                packet.protocol == 17
                    && within(source, packet.first)
                    && within(destination, packet.second)
            }
            Self::Icmp(kind) => {
                packet.protocol == 1 && kind.is_none_or(|kind| u16::from(kind) == packet.first)
            }
            Self::Protocol(number) => packet.protocol == *number,
        }
    }
}
