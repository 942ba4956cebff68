//! Sets of addresses and ports, as sorted intervals that do not touch.

use rehome_grammar::text::{IpBlock, PortRange};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A number an interval can end at.
pub trait Point: Copy + Ord + fmt::Debug {
    /// The least.
    const FIRST: Self;
    /// The greatest.
    const LAST: Self;
    /// One more; `None` at the greatest.
    fn next(self) -> Option<Self>;
    /// One less; `None` at the least.
    fn previous(self) -> Option<Self>;
}

macro_rules! points {
    ($($number:ty),+) => {
        $(impl Point for $number {
            const FIRST: Self = <$number>::MIN;
            const LAST: Self = <$number>::MAX;
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }
        })+
    };
}
points!(u8, u16, u32, u128);

/// A set of numbers. Cheap to clone.
///
/// INVARIANT (Intervals): sorted, first <= last, and at least one number is missing between
/// neighbours; nothing at all where no number is in it. So equal sets are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Intervals<T>(Option<Arc<[(T, T)]>>);

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<Vec<(T, T)>> for Intervals<T> {
    fn from(ranges: Vec<(T, T)>) -> Self {
        Self((!ranges.is_empty()).then(|| ranges.into()))
    }
}

impl<T: Point> Intervals<T> {
    /// No number.
    #[must_use]
    pub const fn empty() -> Self {
        Self(None)
    }

    fn ranges(&self) -> &[(T, T)] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Every number.
    #[must_use]
    pub fn full() -> Self {
        Self(Some(Arc::new([(T::FIRST, T::LAST)])))
    }

    /// The numbers from `first` to `last`, both included; empty when reversed.
    #[must_use]
    pub fn range(first: T, last: T) -> Self {
        if first <= last {
            Self(Some(Arc::new([(first, last)])))
        } else {
            Self::empty()
        }
    }

    /// The union of ranges in any order.
    #[must_use]
    pub fn from_ranges(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut ranges: Vec<(T, T)> = ranges
            .into_iter()
            .filter(|(first, last)| first <= last)
            .collect();
        ranges.sort_unstable();
        let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(open) if open.1.next().is_none_or(|next| first <= next) => {
                    open.1 = open.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        merged.into()
    }

    /// The intervals in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (T, T)> + '_ {
        self.ranges().iter().copied()
    }

    /// How many intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges().len()
    }

    /// Whether no number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges().is_empty()
    }

    /// Whether every number is in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ranges().first() == Some(&(T::FIRST, T::LAST))
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn contains(&self, number: T) -> bool {
        let after = self.ranges().partition_point(|(first, _)| *first <= number);
        after
            .checked_sub(1)
            .and_then(|at| self.ranges().get(at))
            .is_some_and(|(_, last)| number <= *last)
    }

    /// The least number in it.
    #[must_use]
    pub fn least(&self) -> Option<T> {
        self.ranges().first().map(|(first, _)| *first)
    }

    /// Numbers in one of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        Self::from_ranges(self.iter().chain(other.iter()))
    }

    /// Numbers in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut found = Vec::new();
        let (mut left, mut right) = (
            self.ranges().iter().copied().peekable(),
            other.ranges().iter().copied().peekable(),
        );
        while let (Some(a), Some(b)) = (left.peek().copied(), right.peek().copied()) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                found.push((first, last));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        found.into()
    }

    /// Numbers in neither.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.ranges().len() + 1);
        let mut start = Some(T::FIRST);
        for (first, last) in self.iter() {
            if let (Some(from), Some(to)) = (start, first.previous())
                && from <= to
            {
                gaps.push((from, to));
            }
            start = last.next();
        }
        if let Some(from) = start {
            gaps.push((from, T::LAST));
        }
        gaps.into()
    }

    /// Numbers in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        self.intersection(&other.complement())
    }

    /// Whether a number is in both.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        let (mut left, mut right) = (
            self.ranges().iter().peekable(),
            other.ranges().iter().peekable(),
        );
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            if a.0.max(b.0) <= a.1.min(b.1) {
                return true;
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        false
    }

    /// Whether every number of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}

/// TCP or UDP ports. The full set means any port.
pub type PortSet = Intervals<u16>;

impl From<PortRange> for PortSet {
    fn from(range: PortRange) -> Self {
        Self::range(range.first, range.last)
    }
}

/// The ports as `80, 8000-8010`; `any` for all of them.
#[must_use]
pub fn ports_text(ports: &PortSet) -> String {
    if ports.is_full() {
        return "any".to_owned();
    }
    let ranges: Vec<String> = ports
        .iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    ranges.join(", ")
}

/// A set of IPv4 and IPv6 addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    /// IPv4 addresses.
    pub v4: Intervals<u32>,
    /// IPv6 addresses.
    pub v6: Intervals<u128>,
}

impl AddressSet {
    /// No address.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            v4: Intervals::empty(),
            v6: Intervals::empty(),
        }
    }

    /// Every address of both versions.
    #[must_use]
    pub fn full() -> Self {
        Self {
            v4: Intervals::full(),
            v6: Intervals::full(),
        }
    }

    /// The union of blocks in any order.
    #[must_use]
    pub fn from_blocks(blocks: impl IntoIterator<Item = IpBlock>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for block in blocks {
            match block {
                IpBlock::V4 { first, last } => v4.push((first, last)),
                IpBlock::V6 { first, last } => v6.push((first, last)),
            }
        }
        Self {
            v4: Intervals::from_ranges(v4),
            v6: Intervals::from_ranges(v6),
        }
    }

    /// Whether no address is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// How many intervals of both versions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Addresses in one of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.union(&other.v4),
            v6: self.v6.union(&other.v6),
        }
    }

    /// Addresses in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.intersection(&other.v4),
            v6: self.v6.intersection(&other.v6),
        }
    }

    /// Addresses in neither.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self {
            v4: self.v4.complement(),
            v6: self.v6.complement(),
        }
    }

    /// Addresses in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.difference(&other.v4),
            v6: self.v6.difference(&other.v6),
        }
    }

    /// Whether an address is in both.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        self.v4.intersects(&other.v4) || self.v6.intersects(&other.v6)
    }

    /// Whether every address of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.v4.is_subset(&other.v4) && self.v6.is_subset(&other.v6)
    }
}

impl AddressSet {
    /// The intervals, each as a set of its own.
    pub fn ranges(&self) -> impl Iterator<Item = Self> + '_ {
        let v4 = self.v4.iter().map(|(first, last)| Self {
            v4: Intervals::range(first, last),
            v6: Intervals::empty(),
        });
        let v6 = self.v6.iter().map(|(first, last)| Self {
            v4: Intervals::empty(),
            v6: Intervals::range(first, last),
        });
        v4.chain(v6)
    }

    /// The intervals as people write them: an address, a network, or a range with a hyphen.
    pub fn parts(&self) -> impl Iterator<Item = String> + '_ {
        let v4 = self.v4.iter().map(|(first, last)| v4_text(first, last));
        let v6 = self.v6.iter().map(|(first, last)| v6_text(first, last));
        v4.chain(v6)
    }
}

impl fmt::Display for AddressSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.parts().collect::<Vec<_>>().join(", "))
    }
}

/// The prefix length, when the range is exactly one network.
#[must_use]
pub fn v4_prefix(first: u32, last: u32) -> Option<u8> {
    let host = first ^ last;
    let is_network = host & host.wrapping_add(1) == 0 && first & host == 0;
    is_network.then(|| u8::try_from(host.leading_zeros()).unwrap_or(32))
}

/// The prefix length, when the range is exactly one network.
#[must_use]
pub fn v6_prefix(first: u128, last: u128) -> Option<u8> {
    let host = first ^ last;
    let is_network = host & host.wrapping_add(1) == 0 && first & host == 0;
    is_network.then(|| u8::try_from(host.leading_zeros()).unwrap_or(128))
}

fn v4_text(first: u32, last: u32) -> String {
    match v4_prefix(first, last) {
        Some(32) => Ipv4Addr::from(first).to_string(),
        Some(prefix) => format!("{}/{prefix}", Ipv4Addr::from(first)),
        None => format!("{}-{}", Ipv4Addr::from(first), Ipv4Addr::from(last)),
    }
}

fn v6_text(first: u128, last: u128) -> String {
    match v6_prefix(first, last) {
        Some(128) => Ipv6Addr::from(first).to_string(),
        Some(prefix) => format!("{}/{prefix}", Ipv6Addr::from(first)),
        None => format!("{}-{}", Ipv6Addr::from(first), Ipv6Addr::from(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Intervals<u8>> {
        prop::collection::vec((any::<u8>(), any::<u8>()), 0..6).prop_map(Intervals::from_ranges)
    }

    fn members(set: &Intervals<u8>) -> Vec<u8> {
        (0..=u8::MAX)
            .filter(|number| set.contains(*number))
            .collect()
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(a in bytes(), b in bytes()) {
            let by_hand = |keep: &dyn Fn(bool, bool) -> bool| -> Vec<u8> {
                (0..=u8::MAX).filter(|n| keep(a.contains(*n), b.contains(*n))).collect()
            };
            prop_assert_eq!(members(&a.union(&b)), by_hand(&|x, y| x || y));
            prop_assert_eq!(members(&a.intersection(&b)), by_hand(&|x, y| x && y));
            prop_assert_eq!(members(&a.difference(&b)), by_hand(&|x, y| x && !y));
            prop_assert_eq!(members(&a.complement()), by_hand(&|x, _| !x));
            prop_assert_eq!(a.intersects(&b), !a.intersection(&b).is_empty());
            prop_assert_eq!(a.is_subset(&b), members(&a).iter().all(|n| b.contains(*n)));
            prop_assert_eq!(a.complement().complement(), a);
        }
    }

    #[test]
    fn networks_are_written_as_networks() {
        let set = AddressSet::from_blocks([
            IpBlock::V4 {
                first: 0x0a00_0000,
                last: 0x0aff_ffff,
            },
            IpBlock::V4 {
                first: 0xc0a8_0001,
                last: 0xc0a8_0003,
            },
        ]);
        assert_eq!(set.to_string(), "10.0.0.0/8, 192.168.0.1-192.168.0.3");
        assert_eq!(v4_prefix(0, u32::MAX), Some(0));
        assert_eq!(v6_prefix(0, u128::MAX), Some(0));
    }
}
