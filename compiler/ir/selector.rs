//! Expressions that say which endpoints are meant.

use super::inventory::{Segment, Vm};
use super::network::Group;
use super::set::AddressSet;
use super::{NonEmpty, Opaque, State};
use crate::source::Origin;

/// Which endpoints are meant. Comparisons ignore case.
#[derive(Clone, Debug)]
pub enum Selector<S: State> {
    /// No endpoint: a group without members. Never *any*.
    Nothing,
    /// Endpoints that all of these mean.
    All(NonEmpty<Selector<S>>),
    /// Endpoints that one of these means.
    AnyOf(NonEmpty<Selector<S>>),
    /// Endpoints this does not mean.
    Not(Box<Selector<S>>),
    /// Endpoints with a property.
    Match(Condition),
    /// Endpoints by address.
    Addresses(AddressSet, Origin),
    /// The members of a group.
    Group(S::Ref<Group<S>>),
    /// One virtual machine.
    Vm(S::Ref<Vm<S>>),
    /// The virtual machines attached to a network.
    Segment(S::Ref<Segment>),
    /// Something that cannot be evaluated. It never empties or widens what stands around it: who
    /// uses it must decide in the safe direction and say so.
    Opaque(Opaque),
}

/// A property an endpoint has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Of which kind of object.
    pub of: Of,
    /// Which property.
    pub key: Key,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: String,
    /// Where the condition stands.
    pub origin: Origin,
}

/// The kind of object a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A virtual machine.
    Vm,
    /// A network: its attached machines are meant.
    Segment,
    /// A port of a network: the machine behind it is meant.
    SegmentPort,
}

/// The property a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A tag's value, in the given scope.
    Tag(TagScope),
    /// The display name.
    Name,
    /// The name of the guest operating system.
    OsName,
    /// The host name inside the guest.
    ComputerName,
}

/// Which scope a tag must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagScope {
    /// Any scope, or none.
    Any,
    /// This scope.
    Is(String),
    /// Any scope but this.
    IsNot(String),
}

/// How a property is compared with a value, ignoring case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// Equal.
    Equals,
    /// Not equal.
    NotEquals,
    /// Contains the value.
    Contains,
    /// Starts with the value.
    StartsWith,
    /// Ends with the value.
    EndsWith,
    /// Anything at all: a tag scope is asked for, with any value.
    Present,
}
