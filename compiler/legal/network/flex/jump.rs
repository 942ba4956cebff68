//! Jumps: the target has none. Where one leads over rules that match the same, the rules it leads to
//! are copied to its place, for what both match.
//!
//! INVARIANT (Never wider): what the jump matches at most and the copies leave over is denied.

use super::super::lists::Kind;
use super::super::traffic::Traffic;
use super::super::universe::Universe;
use super::law::{Ends, Law, Shape, both};
use crate::ir::network::{Direction, Tier};
use crate::legal::table::network::Reading;

/// The order without jumps, and the jumps that became copies, each with whether that is exact.
#[must_use]
pub fn follow(universe: &Universe, laws: &[Law]) -> (Vec<Law>, Vec<(usize, bool)>) {
    let mut order = Vec::with_capacity(laws.len());
    let mut copied = Vec::new();
    for (at, law) in laws.iter().enumerate() {
        if law.kind != Kind::Jump {
            order.push(law.clone());
            continue;
        }
        let over = laws.iter().skip(at + 1).any(|later| {
            later.tier == Tier::Environment
                && later.kind != Kind::Jump
                && law.possible.meets(universe, later.shape())
        });
        if over {
            let exact = copy(universe, law, laws, &mut order);
            copied.push((law.rule, exact));
        }
    }
    (order, copied)
}

/// Copies what a jump leads to; whether that is exact.
fn copy(universe: &Universe, jump: &Law, laws: &[Law], order: &mut Vec<Law>) -> bool {
    let mut exact = jump.exact;
    let mut last_word = false;
    for law in laws.iter().filter(|law| law.tier == Tier::Application) {
        let Some(direction) = common(jump.direction, law.direction) else {
            continue;
        };
        let reading = match law.kind {
            Kind::Allow => Reading::Sure,
            Kind::Deny | Kind::Jump => Reading::Possible,
        };
        let (shape, certain) = meet(universe, &jump.sure, law.shape(), reading);
        if shape.is_empty() {
            continue;
        }
        exact &= certain;
        last_word |= law.is_last_word();
        let same = shape.traffic == law.shape().traffic;
        order.push(Law {
            via: Some(jump.rule),
            tier: Tier::Environment,
            direction,
            sure: shape.clone(),
            possible: shape,
            services: if same {
                law.services.clone()
            } else {
                Vec::new()
            },
            ..law.clone()
        });
    }
    let mut rest = jump.possible.clone();
    if last_word && exact {
        // The copies decide about all of it, as far as rules can say it.
        let left = rest.traffic.difference(&jump.sure.traffic);
        let v6 = Traffic::new(Default::default(), rest.traffic.v6().clone());
        rest.traffic = left.union(&v6);
    }
    order.push(Law {
        via: Some(jump.rule),
        kind: Kind::Deny,
        rejects: false,
        possible: rest,
        services: Vec::new(),
        ..jump.clone()
    });
    exact
}

const fn common(one: Direction, other: Direction) -> Option<Direction> {
    match (one, other) {
        (Direction::Both, way) | (way, Direction::Both) => Some(way),
        (Direction::In, Direction::In) => Some(Direction::In),
        (Direction::Out, Direction::Out) => Some(Direction::Out),
        (Direction::In, Direction::Out) | (Direction::Out, Direction::In) => None,
    }
}

fn meet(universe: &Universe, one: &Shape, other: &Shape, reading: Reading) -> (Shape, bool) {
    let mut certain = true;
    let mut both = |left: &Ends, right: &Ends| {
        let (ends, known) = both(universe, left, right, reading);
        certain &= known;
        ends
    };
    let own = (one.own.is_some() || other.own.is_some()).then(|| {
        let own = |shape: &Shape| {
            let sides = || (shape.source.clone(), shape.destination.clone());
            shape.own.clone().unwrap_or_else(sides)
        };
        let (left, right) = (own(one), own(other));
        (both(&left.0, &right.0), both(&left.1, &right.1))
    });
    let shape = Shape {
        source: both(&one.source, &other.source),
        destination: both(&one.destination, &other.destination),
        own,
        applied: both(&one.applied, &other.applied),
        traffic: one.traffic.intersection(&other.traffic),
    };
    (shape, certain)
}
