//! Tables of objects and the typed handles into them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

/// A handle: the place of an object in its [`Table`].
///
/// INVARIANT (Id): a handle is made by the table it points into, and tables never shrink.
pub struct Id<T> {
    at: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// A handle from a place. Only `link` makes handles this way, for tables it rebuilds in the same
    /// order.
    pub(crate) const fn at(at: u32) -> Self {
        Self {
            at,
            kind: PhantomData,
        }
    }

    /// The place as a number, for dense side tables.
    #[must_use]
    pub const fn index(self) -> usize {
        self.at as usize
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.at.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{}", self.at)
    }
}

/// Objects of one kind, in a stable order.
#[derive(Clone)]
pub struct Table<T>(Vec<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(&self.0).finish()
    }
}

impl<T> Table<T> {
    /// Adds an object.
    pub fn push(&mut self, item: T) -> Id<T> {
        let at = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(item);
        Id {
            at,
            kind: PhantomData,
        }
    }

    /// The objects in order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// The objects in order, to be changed.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The objects with their handles.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.0.iter().enumerate().map(|(at, item)| {
            (
                Id {
                    at: u32::try_from(at).unwrap_or(u32::MAX),
                    kind: PhantomData,
                },
                item,
            )
        })
    }

    /// The handles in order.
    pub fn ids(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.0.len()).map(|at| Id {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            kind: PhantomData,
        })
    }

    /// How many objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sorts the objects before any handle is given out.
    pub fn sort_by(&mut self, order: impl FnMut(&T, &T) -> std::cmp::Ordering) {
        self.0.sort_by(order);
    }

    /// Takes the objects out.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }

    /// Changes every object into another kind at the same place, so handles carry over by index.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Table<U> {
        Table(self.0.into_iter().map(with).collect())
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> Index<Id<T>> for Table<T> {
    type Output = T;
    #[expect(
        clippy::indexing_slicing,
        reason = "INVARIANT (Id): made by this table, which never shrinks"
    )]
    fn index(&self, id: Id<T>) -> &T {
        &self.0[id.index()]
    }
}
