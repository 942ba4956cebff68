//! What a policy means, in no vendor's words.
//!
//! A [`Policy`] holds three domains (network, placement, recovery) and the inventory they speak
//! about. Every node has an origin. What cannot be interpreted is carried as [`Opaque`], with its
//! origin, and never left out.
//!
//! A policy comes in two states. [`Named`] holds names as the exports write them; [`Linked`] holds
//! handles into the policy's own tables. Only `link` makes the second from the first.

pub mod inventory;
pub mod network;
pub mod placement;
pub mod recovery;
pub mod selector;
pub mod service;
pub mod set;
pub mod table;

pub use inventory::Inventory;
pub use network::Network;
pub use placement::Placement;
pub use recovery::Recovery;
pub use table::{Id, Table};

use crate::finding::Subject;
use crate::source::Origin;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

/// Whether references are names or handles.
pub trait State: Clone + Debug + Default + 'static {
    /// A reference to a `T`.
    type Ref<T: 'static>: Clone + Debug;
}

/// References are names as the exports write them.
#[derive(Clone, Debug, Default)]
pub struct Named;

/// References are handles, or names that nothing answers to.
#[derive(Clone, Debug, Default)]
pub struct Linked;

impl State for Named {
    type Ref<T: 'static> = Name<T>;
}

impl State for Linked {
    type Ref<T: 'static> = Link<T>;
}

/// A reference as the export writes it.
pub struct Name<T> {
    /// The text: a path, an id, a moref value or a display name.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
    kind: PhantomData<fn() -> T>,
}

impl<T> Name<T> {
    /// A reference by that text.
    #[must_use]
    pub fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self {
            text: text.into(),
            origin,
            kind: PhantomData,
        }
    }
}

impl<T> Clone for Name<T> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            origin: self.origin,
            kind: PhantomData,
        }
    }
}

impl<T> Debug for Name<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.text)
    }
}

/// A reference after linking.
pub enum Link<T> {
    /// It points to this object; the origin is that of the reference.
    Found(Id<T>, Origin),
    /// Nothing, or more than one thing, answers to the name. A finding says which.
    Missing(Name<T>),
}

impl<T> Link<T> {
    /// The object, where there is one.
    #[must_use]
    pub fn found(&self) -> Option<Id<T>> {
        match self {
            Self::Found(id, _) => Some(*id),
            Self::Missing(_) => None,
        }
    }

    /// The name, where nothing answers to it.
    #[must_use]
    pub fn missing(&self) -> Option<&Name<T>> {
        match self {
            Self::Found(..) => None,
            Self::Missing(name) => Some(name),
        }
    }

    /// Where the reference stands.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Found(_, origin) => *origin,
            Self::Missing(name) => name.origin,
        }
    }
}

impl<T> Clone for Link<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Found(id, origin) => Self::Found(*id, *origin),
            Self::Missing(name) => Self::Missing(name.clone()),
        }
    }
}

impl<T> Debug for Link<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(id, _) => write!(out, "{id:?}"),
            Self::Missing(name) => write!(out, "missing {name:?}"),
        }
    }
}

/// Who an object is and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ident {
    /// The id in the exports, unique within its kind: an NSX path, a moref value, `cluster/rule key`.
    pub id: String,
    /// The display name; the id where there is none.
    pub name: String,
    /// The whole object in the export.
    pub origin: Origin,
}

impl Ident {
    /// The object as the subject of a finding.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            origin: self.origin,
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}

/// Something the policy carries without understanding it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// What it is, in the words a user knows: `identity group`, `unknown expression type GeoLocationExpression`.
    pub what: String,
    /// What the export says, cut to a line.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A key that is not known, or whose value cannot be read. A finding says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKey {
    /// Its name.
    pub name: String,
    /// What the finding is about: the key, or its object.
    pub origin: Origin,
}

impl BadKey {
    /// The same key for what stands inside of its object.
    #[must_use]
    pub fn inherited(&self, from: &str) -> Self {
        Self {
            name: format!("{from} {}", self.name),
            origin: self.origin,
        }
    }

    /// The names of keys.
    #[must_use]
    pub fn names<'key>(keys: impl IntoIterator<Item = &'key Self>) -> Vec<&'key str> {
        keys.into_iter().map(|key| key.name.as_str()).collect()
    }
}

/// A list that cannot be empty: where an empty list would mean *any*, nobody can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    /// The list, unless it is empty.
    #[must_use]
    pub fn new(items: Vec<T>) -> Option<Self> {
        (!items.is_empty()).then_some(Self(items))
    }

    /// A list of one.
    #[must_use]
    pub fn one(item: T) -> Self {
        Self(vec![item])
    }

    /// The items.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Another list of the same length.
    #[must_use]
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> NonEmpty<U> {
        NonEmpty(self.0.into_iter().map(with).collect())
    }

    /// The items as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The items.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'list, T> IntoIterator for &'list NonEmpty<T> {
    type Item = &'list T;
    type IntoIter = std::slice::Iter<'list, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// A policy: everything the exports of one estate say.
#[derive(Clone, Debug, Default)]
pub struct Policy<S: State> {
    /// Who may talk to whom.
    pub network: Network<S>,
    /// Which VM may run where.
    pub placement: Placement<S>,
    /// What is recovered, in which order and how.
    pub recovery: Recovery<S>,
    /// What the three speak about.
    pub inventory: Inventory<S>,
}
