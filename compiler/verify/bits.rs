//! Sets of small numbers as words: dense while a list of rules is read, sparse in the rules.

/// A set of numbers below a limit, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(Vec<u64>);

/// The words of a set that hold a bit, ascending; or all numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sparse {
    /// Every number.
    All,
    /// These words, by place.
    Words(Vec<(u32, u64)>),
}

impl Sparse {
    /// The set of these numbers, of `limit` there are.
    pub fn of(numbers: &[u32], limit: usize) -> Self {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() == limit {
            return Self::All;
        }
        let mut words: Vec<(u32, u64)> = Vec::new();
        for number in sorted {
            let (word, bit) = (number / 64, 1_u64 << (number % 64));
            match words.last_mut() {
                Some((last, bits)) if *last == word => *bits |= bit,
                _ => words.push((word, bit)),
            }
        }
        Self::Words(words)
    }

    /// Whether a number is in it.
    pub fn contains(&self, number: u32) -> bool {
        match self {
            Self::All => true,
            Self::Words(words) => {
                let at = words.partition_point(|(word, _)| *word < number / 64);
                words.get(at).is_some_and(|(word, bits)| {
                    *word == number / 64 && bits >> (number % 64) & 1 == 1
                })
            }
        }
    }
}

impl Bits {
    /// No number below the limit.
    pub fn empty(limit: usize) -> Self {
        Self(vec![0; limit.div_ceil(64)])
    }

    /// Takes every number out.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Becomes the other set.
    pub fn copy(&mut self, other: &Self) {
        self.0.clone_from(&other.0);
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether a number is in it.
    pub fn contains(&self, number: u32) -> bool {
        self.0
            .get(number as usize / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The least number in it.
    pub fn least(&self) -> Option<u32> {
        let at = self.0.iter().position(|word| *word != 0)?;
        let word = self.0.get(at)?;
        u32::try_from(at * 64)
            .ok()
            .map(|base| base + word.trailing_zeros())
    }

    /// The numbers in it, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.0).flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at * 64 + bit)
        })
    }

    /// Adds the other's numbers.
    pub fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Keeps what is in the other.
    pub fn keep(&mut self, other: &Self) {
        for (word, mask) in self.0.iter_mut().zip(&other.0) {
            *word &= mask;
        }
    }

    /// Takes out what is in the other.
    pub fn take(&mut self, other: &Self) {
        for (word, mask) in self.0.iter_mut().zip(&other.0) {
            *word &= !mask;
        }
    }

    /// How many numbers are in both.
    pub fn shared(&self, other: &Self) -> u32 {
        let words = self.0.iter().zip(&other.0);
        words.map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// What is in both of the first and in one of the last; empty without any room where nothing is.
    pub fn passed_and_stopped(passed: [&Self; 2], stopped: [&Self; 2]) -> Self {
        let ([a, b], [c, d]) = (passed, stopped);
        let words = || {
            let sides = a.0.iter().zip(&b.0).zip(c.0.iter().zip(&d.0));
            sides.map(|((a, b), (c, d))| a & b & (c | d))
        };
        if words().all(|word| word == 0) {
            return Self::default();
        }
        Self(words().collect())
    }

    /// Adds what is both in `from` and in `mask`.
    pub fn add_masked(&mut self, from: &Self, mask: &Sparse) {
        match mask {
            Sparse::All => self.add(from),
            Sparse::Words(words) => {
                for (at, bits) in words {
                    let at = *at as usize;
                    if let (Some(word), Some(source)) = (self.0.get_mut(at), from.0.get(at)) {
                        *word |= source & bits;
                    }
                }
            }
        }
    }

    /// What is both here and in the mask.
    pub fn masked(&self, mask: &Sparse) -> Self {
        let mut both = Self(vec![0; self.0.len()]);
        both.add_masked(self, mask);
        both
    }

    /// Takes out what is in the mask.
    pub fn take_masked(&mut self, mask: &Sparse) {
        match mask {
            Sparse::All => self.clear(),
            Sparse::Words(words) => {
                for (at, bits) in words {
                    if let Some(word) = self.0.get_mut(*at as usize) {
                        *word &= !bits;
                    }
                }
            }
        }
    }

    /// Keeps what is in the mask.
    pub fn keep_masked(&mut self, mask: &Sparse) {
        if let Sparse::Words(words) = mask {
            let mut words = words.iter().peekable();
            for (at, word) in self.0.iter_mut().enumerate() {
                let bits = words
                    .next_if(|(place, _)| *place as usize == at)
                    .map_or(0, |(_, bits)| *bits);
                *word &= bits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn dense(of: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::empty(200);
        of.iter().for_each(|number| bits.insert(*number));
        bits
    }

    proptest! {
        #[test]
        fn masks_act_as_sets(
            a in prop::collection::btree_set(0_u32..200, 0..60),
            b in prop::collection::btree_set(0_u32..200, 0..60),
            c in prop::collection::btree_set(0_u32..200, 0..60),
        ) {
            let numbers: Vec<u32> = b.iter().copied().collect();
            let mask = Sparse::of(&numbers, 200);
            let mut kept = dense(&a);
            kept.keep_masked(&mask);
            prop_assert_eq!(kept, dense(&(&a & &b)));
            let mut taken = dense(&a);
            taken.take_masked(&mask);
            prop_assert_eq!(taken, dense(&(&a - &b)));
            let mut added = dense(&c);
            added.add_masked(&dense(&a), &mask);
            prop_assert_eq!(added, dense(&(&c | &(&a & &b))));
            prop_assert_eq!(dense(&a).least(), a.first().copied());
            prop_assert!((0..200).all(|number| mask.contains(number) == b.contains(&number)));
        }
    }
}
