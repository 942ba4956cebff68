//! Estates at random.

use super::{
    Chapter, Estate, Kind, Law, Machine, NET, PORTS, PREFIXES, SCOPES, Side, VALUES, Who, Wishes,
};
use crate::random::Random;
use rehome::ir::network::{Action, Direction, Tier};

impl Estate {
    pub fn random(random: &mut Random, wishes: &Wishes) -> Self {
        let machines = (0..3 + random.below(3))
            .map(|at| Machine {
                name: format!("vm{at}"),
                tags: (0..random.below(3))
                    .map(|_| (*random.pick(&SCOPES), *random.pick(&VALUES)))
                    .collect(),
                ips: {
                    let count = if wishes.two_addresses && random.percent(25) {
                        2
                    } else {
                        1
                    };
                    (0..count).map(|more| NET + at as u32 * 8 + more).collect()
                },
            })
            .collect();
        let count = 2 + random.below(4);
        let groups = (0..count).map(|_| who(random, count, 2)).collect();
        let mut estate = Self {
            machines,
            groups,
            chapters: Vec::new(),
            excluded: Vec::new(),
            defaulted: false,
        };
        if random.percent(20) {
            estate.excluded.push(tag(random));
        }
        let tiers = [
            Tier::Ethernet,
            Tier::Emergency,
            Tier::Infrastructure,
            Tier::Environment,
            Tier::Application,
            Tier::Application,
        ];
        for tier in tiers {
            if random.percent(55) {
                let chapter = estate.chapter(random, tier, wishes);
                estate.chapters.push(chapter);
            }
        }
        if !(wishes.no_default && random.percent(20)) {
            estate.defaulted = true;
            let action = if random.percent(50) {
                Action::Drop
            } else {
                Action::Allow
            };
            estate.chapters.push(Chapter {
                tier: Tier::Application,
                scope: None,
                enabled: true,
                schedule: false,
                laws: vec![Law {
                    action,
                    from: anybody(),
                    to: anybody(),
                    kinds: None,
                    direction: Direction::Both,
                    scope: None,
                    v6_only: false,
                    profile: false,
                    enabled: true,
                }],
            });
        }
        estate
    }

    /// Whether its last rule decides about everything.
    pub fn has_default(&self) -> bool {
        self.defaulted
    }

    fn chapter(&self, random: &mut Random, tier: Tier, wishes: &Wishes) -> Chapter {
        let scope = random.percent(15).then(|| vec![tag(random)]);
        Chapter {
            tier,
            scope,
            enabled: !random.percent(8),
            schedule: wishes.uncertain && random.percent(6),
            laws: (0..1 + random.below(4))
                .map(|_| self.law(random, tier, wishes))
                .collect(),
        }
    }

    fn law(&self, random: &mut Random, tier: Tier, wishes: &Wishes) -> Law {
        let action = match random.below(10) {
            0..5 => Action::Allow,
            5..7 => Action::Drop,
            7 => Action::Reject,
            _ if tier == Tier::Environment => Action::Jump,
            _ => Action::Drop,
        };
        Law {
            action,
            from: self.side(random),
            to: self.side(random),
            kinds: random.percent(65).then(|| {
                (0..1 + random.below(2))
                    .map(|_| kind(random, wishes))
                    .collect()
            }),
            direction: *random.pick(&[
                Direction::Both,
                Direction::Both,
                Direction::In,
                Direction::Out,
            ]),
            scope: random.percent(25).then(|| vec![tag(random)]),
            v6_only: random.percent(4),
            profile: wishes.uncertain && random.percent(10),
            enabled: !random.percent(8),
        }
    }

    fn side(&self, random: &mut Random) -> Side {
        if random.percent(30) {
            return anybody();
        }
        Side {
            negated: random.percent(12),
            of: Some(
                (0..1 + random.below(2))
                    .map(|_| {
                        if random.percent(70) {
                            Who::Group(random.below(self.groups.len()))
                        } else {
                            who(random, self.groups.len(), 1)
                        }
                    })
                    .collect(),
            ),
        }
    }
}

fn anybody() -> Side {
    Side {
        negated: false,
        of: None,
    }
}

fn tag(random: &mut Random) -> Who {
    let scope = random.percent(50).then(|| *random.pick(&SCOPES));
    Who::Tag(scope, random.pick::<&str>(&["WEB", "db", "prod"]))
}

fn who(random: &mut Random, groups: usize, depth: usize) -> Who {
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0..3 => tag(random),
        3 => Who::NameStarts(random.pick::<&str>(&PREFIXES)),
        4 => {
            let first = NET + random.below(12) as u32 * 4;
            let last = first + 4 * (1 + random.below(6) as u32) - 1;
            if random.percent(10) {
                Who::Ips(0, u32::MAX)
            } else {
                Who::Ips(first, last)
            }
        }
        5 => match random.below(3) {
            0 => Who::Nobody,
            1 => Who::NameIsNot(format!("VM{}", random.below(3))),
            _ => Who::Ips(NET, NET + 0xff_ffff),
        },
        6 | 7 => Who::Group(random.below(groups)),
        8 => Who::Both(
            Box::new(who(random, groups, depth - 1)),
            Box::new(who(random, groups, depth - 1)),
        ),
        _ => Who::Either((0..2).map(|_| who(random, groups, depth - 1)).collect()),
    }
}

fn range(random: &mut Random) -> (u16, u16) {
    let first = *random.pick(&PORTS);
    let last = *random.pick(&PORTS);
    match random.below(4) {
        0 => (first.min(last), first.max(last)),
        _ => (first, first),
    }
}

fn kind(random: &mut Random, wishes: &Wishes) -> Kind {
    let any = (0, u16::MAX);
    let source = if wishes.source_ports && random.percent(20) {
        (80, 443)
    } else {
        any
    };
    match random.below(10) {
        0..5 => Kind::Tcp(source, range(random)),
        5..7 => Kind::Udp(source, range(random)),
        7 => Kind::Icmp(random.percent(50).then_some(8)),
        8 => Kind::Tcp(any, any),
        _ => Kind::Protocol(*random.pick(&[6, 47, 1])),
    }
}
