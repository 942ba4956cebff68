//! What one pair of filters admits, as a relation: which class of endpoints reaches which, with how
//! many kinds of traffic.
//!
//! It is worked out by the engine that compares two sides, so measuring it measures the engine, and
//! whoever works it out in another way can check the engine.

use super::engine::{Engine, NARROW, Told};
use super::keys::Key;
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::Endpoint;
use crate::semantics::filter::Filters;
use crate::semantics::traffic::Packet;
use std::collections::BTreeMap;

/// Who reaches whom. What is not known counts as let through.
#[derive(Debug)]
pub struct Relation {
    engine: Engine,
    /// The key of each class as a sender and as a receiver.
    row_of: Vec<u32>,
    column_of: Vec<u32>,
    /// For each key of senders and each of receivers how many kinds pass.
    base: Vec<Vec<u32>>,
    /// Cells that narrow rules touch, and how many kinds pass; ascending.
    touched: Vec<(u32, u32, u32)>,
}

impl Relation {
    /// Works out what these filters admit.
    #[must_use]
    pub fn of(policy: &Policy<Linked>, filters: &Filters) -> Self {
        let engine = Engine::new(policy, filters, &Filters::default(), NARROW, |_| {
            Told::default()
        });
        let mut desk = engine.desk();
        let cells = engine.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let touched = cells
            .filter_map(|group| {
                let (source, destination, _, _) = *group.first()?;
                let kinds = engine.admitted(source, destination, group, &mut desk);
                Some((source, destination, kinds))
            })
            .collect();
        let base = engine.row_keys.iter().map(|row| {
            let columns = engine.column_keys.iter();
            columns
                .map(|column| engine.admitted(row.any(), column.any(), &[], &mut desk))
                .collect()
        });
        Self {
            base: base.collect(),
            touched,
            row_of: homes(&engine.row_keys, engine.classes.len()),
            column_of: homes(&engine.column_keys, engine.classes.len()),
            engine,
        }
    }

    /// How many classes of endpoints there are.
    #[must_use]
    pub fn classes(&self) -> u32 {
        u32::try_from(self.engine.classes.len()).unwrap_or(u32::MAX)
    }

    /// How many pairs of classes were judged, of keys and of cells; all others follow from them.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.touched.len() + self.base.iter().map(Vec::len).sum::<usize>()
    }

    /// An endpoint of a class.
    #[must_use]
    pub fn endpoint(&self, class: u32) -> Option<Endpoint> {
        let (_, point) = self.engine.classes.members(class).next()?;
        Some(point.endpoint())
    }

    /// A packet of each kind of traffic.
    pub fn packets(&self) -> impl Iterator<Item = Packet> {
        (0_u32..).map_while(|atom| self.engine.atoms.packet(atom))
    }

    /// How many kinds of traffic pass from one class to another.
    #[must_use]
    pub fn admitted(&self, source: u32, destination: u32) -> u32 {
        let cell = |(from, to, _): &(u32, u32, u32)| (*from, *to).cmp(&(source, destination));
        match self.touched.binary_search_by(cell) {
            Ok(at) => self.touched.get(at).map_or(0, |(_, _, kinds)| *kinds),
            Err(_) => self.by_keys(source, destination).unwrap_or(0),
        }
    }

    fn by_keys(&self, source: u32, destination: u32) -> Option<u32> {
        let row = self.row_of.get(source as usize)?;
        let column = self.column_of.get(destination as usize)?;
        self.base.get(*row as usize)?.get(*column as usize).copied()
    }

    /// The sum of [`Self::admitted`] over all pairs.
    #[must_use]
    pub fn volume(&self) -> u128 {
        let mut volume = 0_u128;
        for (row, of_row) in self.engine.row_keys.iter().zip(&self.base) {
            for (column, kinds) in self.engine.column_keys.iter().zip(of_row) {
                volume += row.count() as u128 * column.count() as u128 * u128::from(*kinds);
            }
        }
        for (source, destination, kinds) in &self.touched {
            volume += u128::from(*kinds);
            volume -= u128::from(self.by_keys(*source, *destination).unwrap_or(0));
        }
        volume
    }
}

/// In how many cells - a class that sends, one that receives, a kind of traffic - the first pair of
/// filters lets through what the second stops, and the second what the first stops; what is not known
/// counts as either. Found as the comparison finds it: by cells that narrow rules touch and by keys.
#[must_use]
pub fn differing(policy: &Policy<Linked>, first: &Filters, second: &Filters) -> [u128; 2] {
    let engine = Engine::new(policy, first, second, NARROW, |_| Told::default());
    let mut desk = engine.desk();
    let row_of = homes(&engine.row_keys, engine.classes.len());
    let column_of = homes(&engine.column_keys, engine.classes.len());
    let mut touched = BTreeMap::new();
    let mut sum = [0; 2];
    for group in engine.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some((source, destination, _, _)) = group.first().copied() else {
            continue;
        };
        let found = engine.differing(source, destination, group, &mut desk);
        for (sum, kinds) in sum.iter_mut().zip(found) {
            *sum += kinds as u128;
        }
        let keys = (
            row_of.get(source as usize),
            column_of.get(destination as usize),
        );
        *touched.entry(keys).or_insert(0_usize) += 1;
    }
    for (at, row) in (0_u32..).zip(&engine.row_keys) {
        for (to, column) in (0_u32..).zip(&engine.column_keys) {
            let cells = touched.get(&(Some(&at), Some(&to))).copied().unwrap_or(0);
            let plain = (row.count() * column.count()).saturating_sub(cells);
            let found = engine.differing(row.any(), column.any(), &[], &mut desk);
            for (sum, kinds) in sum.iter_mut().zip(found) {
                *sum += kinds as u128 * plain as u128;
            }
        }
    }
    sum
}

fn homes(keys: &[Key], count: usize) -> Vec<u32> {
    let mut homes = vec![0; count];
    for (at, key) in (0_u32..).zip(keys) {
        for class in key.lines().iter().flatten() {
            if let Some(home) = homes.get_mut(*class as usize) {
                *home = at;
            }
        }
    }
    homes
}
