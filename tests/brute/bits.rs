//! Sets of kinds of traffic.

/// Kinds of traffic by their places in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask(Vec<u64>);

impl Mask {
    pub fn none(kinds: usize) -> Self {
        Self(vec![0; kinds.div_ceil(64)])
    }

    pub fn of(kinds: usize, has: impl Fn(usize) -> bool) -> Self {
        let mut mask = Self::none(kinds);
        for at in (0..kinds).filter(|at| has(*at)) {
            mask.0[at / 64] |= 1 << (at % 64);
        }
        mask
    }

    pub fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub fn keep(&mut self, other: &Self) {
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
    }

    pub fn take(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len() * 64).filter(|at| self.has(*at))
    }
}
