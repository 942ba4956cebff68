//! Laws as rules of the target, before any object exists.
//!
//! Two things cannot be said in a rule. IPv6 goes from everybody to everybody only: an allow between
//! endpoints is without it, and a deny takes it from everybody where a later allow would let it
//! through. And protocols without ports and some ICMP types have no name: a deny of them takes them
//! out of the allows behind it.

use super::super::lists::Kind;
use super::super::render::{Missing, Traffics, listed, listed_v6};
use super::super::side::Form;
use super::super::traffic::{Layer4, Traffic};
use super::super::universe::Universe;
use super::law::{Ends, Law, Shape};
use crate::ir::network::Direction;
use crate::ir::set::Intervals;
use crate::plan::nutanix::network::Icmp;
use crate::plan::nutanix::network::flex::{Action, Versions, Way};
use std::collections::BTreeSet;

/// A rule of the target.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The number of the rule it comes from; `None`: none, the last word.
    pub rule: Option<usize>,
    /// The jump that leads here.
    pub via: Option<usize>,
    /// What it does.
    pub action: Action,
    /// Where it is read.
    pub way: Way,
    /// From whom.
    pub source: Ends,
    /// To whom.
    pub destination: Ends,
    /// The machines whose filters hold it.
    pub applied: Ends,
    /// The IP versions; between endpoints it is IPv4.
    pub versions: Versions,
    /// The traffic.
    pub traffic: Traffics,
}

impl Drawn {
    /// A rule for everything that no other rule decides.
    #[must_use]
    pub const fn last_word() -> Self {
        Self {
            rule: None,
            via: None,
            action: Action::Deny,
            way: Way::InOut,
            source: Ends::Anyone,
            destination: Ends::Anyone,
            applied: Ends::Anyone,
            versions: Versions::Both,
            traffic: Traffics::All,
        }
    }

    /// Whether it decides about everything.
    #[must_use]
    pub fn is_last_word(&self) -> bool {
        self.way == Way::InOut
            && self.source.is_anyone()
            && self.destination.is_anyone()
            && self.applied.is_anyone()
            && self.versions == Versions::Both
            && self.traffic == Traffics::All
    }
}

/// What a rule loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Its members are nobody today.
    Nobody,
    /// Protocols that have no name.
    Protocols,
    /// IPv6.
    Ipv6,
}

/// Draws the laws, and tells what the rules lose.
#[must_use]
pub fn draw(universe: &Universe, laws: &[Law]) -> (Vec<Drawn>, BTreeSet<(usize, Loss)>) {
    let mut artist = Artist {
        universe,
        later: later(laws),
        barred: Vec::new(),
        drawn: Vec::new(),
        losses: BTreeSet::new(),
    };
    for (at, law) in laws.iter().enumerate() {
        match law.kind {
            Kind::Allow => artist.allow(law),
            Kind::Deny => artist.deny(law, at, laws),
            Kind::Jump => {}
        }
    }
    (artist.drawn, artist.losses)
}

/// For each law the IPv6 that allows behind it let through between everybody.
fn later(laws: &[Law]) -> Vec<Traffic> {
    let mut after = Traffic::default();
    let mut all: Vec<Traffic> = laws
        .iter()
        .rev()
        .map(|law| {
            let here = after.clone();
            if is_open(law) {
                after = after.union(&v6_of(&law.sure.traffic));
            }
            here
        })
        .collect();
    all.reverse();
    all
}

/// Whether a law lets IPv6 through.
fn is_open(law: &Law) -> bool {
    law.kind == Kind::Allow && law.sure.is_everybody()
}

fn v6_of(traffic: &Traffic) -> Traffic {
    Traffic::new(Layer4::default(), traffic.v6().clone())
}

struct Artist<'run> {
    universe: &'run Universe,
    later: Vec<Traffic>,
    /// What is denied and cannot be said in a rule.
    barred: Vec<Shape>,
    drawn: Vec<Drawn>,
    losses: BTreeSet<(usize, Loss)>,
}

impl Artist<'_> {
    fn lose(&mut self, law: &Law, loss: Loss) {
        self.losses.insert((law.rule, loss));
        self.losses.extend(law.via.map(|via| (via, loss)));
    }

    fn allow(&mut self, law: &Law) {
        let mut shape = law.sure.clone();
        for barred in &self.barred {
            if barred.meets(self.universe, &shape) {
                shape.traffic = shape.traffic.difference(&barred.traffic);
            }
        }
        if shape.traffic != law.sure.traffic {
            self.lose(law, Loss::Protocols);
        }
        let someone = |ends: &Ends| names_someone(self.universe, ends);
        let own = shape.own.as_ref();
        let held = own.is_none_or(|(source, destination)| someone(source) || someone(destination));
        let named = someone(&shape.source) && someone(&shape.destination);
        if !(held && named && someone(&shape.applied)) {
            // A copy for nobody says nothing of the rule that was copied.
            if law.via.is_none() {
                self.losses.insert((law.rule, Loss::Nobody));
            }
            return;
        }
        if !shape.is_everybody() && !shape.traffic.v6().is_empty() {
            self.lose(law, Loss::Ipv6);
        }
        let missing = self.rules(law, &shape, Action::Allow);
        if missing.protocols {
            self.lose(law, Loss::Protocols);
        }
    }

    fn deny(&mut self, law: &Law, at: usize, laws: &[Law]) {
        let action = if law.rejects {
            Action::Reject
        } else {
            Action::Deny
        };
        let shape = &law.possible;
        self.rules(law, shape, action);
        self.bar(shape);
        let v6 = v6_of(&shape.traffic);
        let open = self.later.get(at);
        if shape.is_everybody()
            || shape.is_empty()
            || !open.is_some_and(|open| open.intersects(&v6))
        {
            return;
        }
        let wide = Shape {
            source: Ends::Anyone,
            destination: Ends::Anyone,
            own: None,
            applied: shape.applied.clone(),
            traffic: v6,
        };
        self.rules(law, &wide, action);
        self.bar(&wide);
        for open in laws.iter().skip(at + 1).filter(|law| is_open(law)) {
            if open.sure.traffic.intersects(&wide.traffic) {
                self.lose(open, Loss::Ipv6);
            }
        }
        self.lose(law, Loss::Ipv6);
    }

    /// Keeps in mind what a deny cannot say.
    fn bar(&mut self, shape: &Shape) {
        let traffic = Traffic::new(
            unsaid(shape.traffic.v4(), Icmp::V4),
            unsaid(shape.traffic.v6(), Icmp::V6),
        );
        if !traffic.is_empty() {
            self.barred.push(Shape {
                traffic,
                ..shape.clone()
            });
        }
    }

    /// The rules that together are one law, at both filters or one.
    fn rules(&mut self, law: &Law, shape: &Shape, action: Action) -> Missing {
        let mut missing = Missing::default();
        let traffics = traffics(law, shape, &mut missing);
        let ways = match (law.direction, &shape.own) {
            (Direction::Both, None) => vec![(Way::InOut, &shape.source, &shape.destination)],
            (Direction::Out, None) => vec![(Way::Out, &shape.source, &shape.destination)],
            (Direction::In, None) => vec![(Way::In, &shape.source, &shape.destination)],
            (Direction::Both, Some((source, destination))) => vec![
                (Way::Out, source, &shape.destination),
                (Way::In, &shape.source, destination),
            ],
            (Direction::Out, Some((source, _))) => vec![(Way::Out, source, &shape.destination)],
            (Direction::In, Some((_, destination))) => {
                vec![(Way::In, &shape.source, destination)]
            }
        };
        for (versions, traffic) in traffics {
            for (way, source, destination) in &ways {
                self.drawn.push(Drawn {
                    rule: Some(law.rule),
                    via: law.via,
                    action,
                    way: *way,
                    source: (*source).clone(),
                    destination: (*destination).clone(),
                    applied: shape.applied.clone(),
                    versions,
                    traffic: traffic.clone(),
                });
            }
        }
        missing
    }
}

/// The traffic of a law by IP version.
fn traffics(law: &Law, shape: &Shape, missing: &mut Missing) -> Vec<(Versions, Traffics)> {
    let (four, six) = (shape.traffic.v4(), shape.traffic.v6());
    let named = |traffic: Traffics| match traffic {
        Traffics::Listed(list)
            if !law.services.is_empty() && shape.traffic == law.shape().traffic =>
        {
            Traffics::Named(law.services.clone(), list)
        }
        Traffics::All | Traffics::Listed(_) | Traffics::Named(..) => traffic,
    };
    if !shape.is_everybody() {
        let four = listed(four, None, missing).map(|one| (Versions::V4, named(one)));
        return four.into_iter().collect();
    }
    let alike = four.tcp == six.tcp && four.udp == six.udp && four.is_full() == six.is_full();
    if alike {
        let all = listed(four, Some(six), missing).map(|one| (Versions::Both, named(one)));
        return all.into_iter().collect();
    }
    let four = listed(four, None, missing).map(|one| (Versions::V4, one));
    let six = listed_v6(six, missing).map(|one| (Versions::V6, one));
    four.into_iter().chain(six).collect()
}

/// The part of traffic that no rule can name; nothing where it is all traffic.
fn unsaid(layer: &Layer4, (greatest, greatest_code): (u8, u8)) -> Layer4 {
    if layer.is_full() {
        return Layer4::default();
    }
    let named: Vec<(u16, u16)> = (0..=greatest)
        .map(|kind| (u16::from(kind) << 8, u16::from(kind) << 8 | 255))
        .collect();
    let whole = Intervals::from_ranges(named.iter().copied().filter(|(first, last)| {
        Intervals::range(*first, *last)
            .difference(&layer.icmp)
            .is_empty()
    }));
    let codes = named
        .iter()
        .map(|(first, _)| (*first, *first + u16::from(greatest_code)));
    let said = whole.union(&Intervals::from_ranges(codes));
    Layer4 {
        other: layer.other.clone(),
        icmp: if layer.icmp.is_full() {
            Intervals::empty()
        } else {
            layer.icmp.difference(&said)
        },
        ..Layer4::default()
    }
}

/// Whether a list of endpoints would not be empty.
fn names_someone(universe: &Universe, ends: &Ends) -> bool {
    match ends {
        Ends::Anyone => true,
        Ends::Of(parts) => parts.iter().any(|part| match &part.form {
            Form::Anyone | Form::Named(_) => true,
            Form::Tags(tags) if tags.len() == 1 => true,
            Form::Tags(_) | Form::Machines | Form::Addresses => {
                !part.reach.ips.is_empty() || universe.real(&part.reach.vms).next().is_some()
            }
        }),
    }
}
