//! Whether one selector means all that another means, whoever belongs to what: told from the
//! expressions alone.
//!
//! The answer is one-sided: *yes* holds for every membership, *no* says that it could not be told.

use super::rules::is_any;
use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::{Condition, Key, Operator, Selector, TagScope};
use crate::ir::{Id, Link, Linked, NonEmpty, Policy};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many comparisons one question may take.
const FUEL: u32 = 2_000;

/// One of the things that a side of a rule lists; a negated side is one thing.
#[derive(Clone, Copy, Debug)]
pub enum Element<'policy> {
    /// Everybody.
    Any,
    /// These.
    Of(&'policy Selector<Linked>),
    /// Everybody but these.
    Except(&'policy NonEmpty<Selector<Linked>>),
}

/// What a side lists. Nothing for one that excludes everybody.
pub fn elements(peers: &Peers<Linked>) -> Vec<Element<'_>> {
    match &peers.set {
        PeerSet::Any if is_any(peers) => vec![Element::Any],
        PeerSet::Any => Vec::new(),
        PeerSet::Of(parts) if peers.negated => vec![Element::Except(parts)],
        PeerSet::Of(parts) => parts.iter().map(Element::Of).collect(),
    }
}

impl Element<'_> {
    /// The same text for the same expression, wherever it stands.
    pub fn key(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Any => text.push('*'),
            Self::Of(selector) => write_key(selector, &mut text),
            Self::Except(parts) => {
                text.push('!');
                write_list(parts, &mut text);
            }
        }
        text
    }
}

/// The same text for the same selector, in whatever order its parts stand.
pub fn key(selector: &Selector<Linked>) -> String {
    Element::Of(selector).key()
}

fn write_list(parts: &NonEmpty<Selector<Linked>>, out: &mut String) {
    let mut keys: Vec<String> = parts.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        out.push('(');
        out.push_str(&key);
        out.push(')');
    }
}

/// INVARIANT (key): two selectors with one key mean the same endpoints whatever the inventory. Texts
/// of exports go in with their length, so that none can look like another's structure.
fn write_key(selector: &Selector<Linked>, out: &mut String) {
    let text = |out: &mut String, text: &str| {
        let _ = write!(out, "{}:{text}", text.len());
    };
    match selector {
        Selector::Nothing => out.push('0'),
        Selector::All(parts) if parts.len() > 1 => {
            out.push('&');
            write_list(parts, out);
        }
        Selector::AnyOf(parts) if parts.len() > 1 => {
            out.push('|');
            write_list(parts, out);
        }
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts.iter().for_each(|part| write_key(part, out));
        }
        Selector::Not(inner) => {
            out.push_str("!(");
            write_key(inner, out);
            out.push(')');
        }
        Selector::Match(condition) => {
            let Condition {
                of,
                key,
                operator,
                value,
                origin: _,
            } = condition;
            let _ = write!(out, "{of:?}");
            match key {
                Key::Tag(TagScope::Any) => out.push_str("tag"),
                Key::Tag(TagScope::Is(scope)) => {
                    out.push_str("tag=");
                    text(out, &scope.to_lowercase());
                }
                Key::Tag(TagScope::IsNot(scope)) => {
                    out.push_str("tag/");
                    text(out, &scope.to_lowercase());
                }
                Key::Name => out.push_str("name"),
                Key::OsName => out.push_str("os"),
                Key::ComputerName => out.push_str("computer"),
            }
            let _ = write!(out, "{operator:?}");
            text(out, &value.to_lowercase());
        }
        Selector::Addresses(set, _) => {
            let _ = write!(out, "a{set}");
        }
        Selector::Group(link) => write_link(link, 'g', out),
        Selector::Vm(link) => write_link(link, 'v', out),
        Selector::Segment(link) => write_link(link, 's', out),
        Selector::Opaque(opaque) => {
            // Only what stands in one place is known to be the same.
            let _ = write!(out, "?{:?}", opaque.origin);
        }
    }
}

fn write_link<T>(link: &Link<T>, kind: char, out: &mut String) {
    let _ = match link {
        Link::Found(id, _) => write!(out, "{kind}{}", id.index()),
        Link::Missing(name) => write!(out, "{kind}?{}:{}", name.text.len(), name.text),
    };
}

/// An element by its place in [`Elements`].
pub type ElementId = u32;

/// The elements that rules list, each once, and which of them means all that another means.
#[derive(Debug)]
pub struct Elements<'policy> {
    expressions: Expressions<'policy>,
    /// By the text that is the same for the same expression. A group that is named by a link may come
    /// without the element that names it.
    known: IndexMap<String, Option<Element<'policy>>>,
    within: RefCell<BTreeMap<(ElementId, ElementId), bool>>,
}

impl<'policy> Elements<'policy> {
    /// None yet.
    pub fn new(policy: &'policy Policy<Linked>) -> Self {
        Self {
            expressions: Expressions::new(policy),
            known: IndexMap::new(),
            within: RefCell::default(),
        }
    }

    /// What a side lists.
    pub fn of(&mut self, peers: &'policy Peers<Linked>) -> Vec<ElementId> {
        let listed = elements(peers).into_iter();
        listed.map(|element| self.one(element)).collect()
    }

    /// An element.
    pub fn one(&mut self, element: Element<'policy>) -> ElementId {
        let entry = self.known.entry(element.key());
        let at = entry.index();
        entry.or_default().get_or_insert(element);
        u32::try_from(at).unwrap_or(ElementId::MAX)
    }

    /// The element that names a group.
    pub fn group(&mut self, id: Id<Group<Linked>>) -> ElementId {
        let entry = self.known.entry(format!("g{}", id.index()));
        let at = entry.index();
        entry.or_default();
        u32::try_from(at).unwrap_or(ElementId::MAX)
    }

    fn get(&self, id: ElementId) -> Option<Element<'policy>> {
        *self.known.get_index(id as usize)?.1
    }

    /// Whether everything that the first means the second means too.
    pub fn within(&self, inner: ElementId, outer: ElementId) -> bool {
        let known = self.within.borrow().get(&(inner, outer)).copied();
        known.unwrap_or_else(|| {
            let answer = match (self.get(inner), self.get(outer)) {
                (Some(inner), Some(outer)) => self.expressions.within(inner, outer),
                (None, _) | (_, None) => false,
            };
            self.within.borrow_mut().insert((inner, outer), answer);
            answer
        })
    }

    /// Whether an element means machines by what they are, and by no address.
    pub fn is_without_addresses(&self, id: ElementId) -> bool {
        self.get(id)
            .is_some_and(|element| self.expressions.is_without_addresses(element))
    }
}

/// Compares the expressions of one policy.
#[derive(Debug)]
pub struct Expressions<'policy> {
    policy: &'policy Policy<Linked>,
    fuel: Cell<u32>,
}

impl<'policy> Expressions<'policy> {
    /// The expressions of a policy.
    pub const fn new(policy: &'policy Policy<Linked>) -> Self {
        Self {
            policy,
            fuel: Cell::new(0),
        }
    }

    /// Whether everything that the first means the second means too.
    pub fn within(&self, inner: Element<'_>, outer: Element<'_>) -> bool {
        self.fuel.set(FUEL);
        match (inner, outer) {
            (_, Element::Any) => true,
            (Element::Of(inner), Element::Of(outer)) => self.selector(inner, outer),
            (Element::Except(inner), Element::Except(outer)) => outer
                .iter()
                .all(|out| inner.iter().any(|part| self.selector(out, part))),
            (Element::Any, Element::Of(_) | Element::Except(_))
            | (Element::Of(_), Element::Except(_))
            | (Element::Except(_), Element::Of(_)) => false,
        }
    }

    /// Whether a selector means machines by what they are, and by no address.
    pub fn is_without_addresses(&self, element: Element<'_>) -> bool {
        self.fuel.set(FUEL);
        match element {
            Element::Any => true,
            Element::Of(selector) => self.no_address(selector),
            Element::Except(_) => false,
        }
    }

    fn spend(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }

    fn no_address(&self, selector: &Selector<Linked>) -> bool {
        self.spend()
            && match selector {
                Selector::Addresses(..) | Selector::Opaque(_) | Selector::Not(_) => false,
                Selector::All(parts) | Selector::AnyOf(parts) => {
                    parts.iter().all(|part| self.no_address(part))
                }
                Selector::Group(link) => self
                    .definition(link)
                    .is_some_and(|inner| self.no_address(inner)),
                Selector::Nothing | Selector::Match(_) | Selector::Vm(_) | Selector::Segment(_) => {
                    true
                }
            }
    }

    /// What a group is, when all of it could be read.
    fn definition(
        &self,
        link: &Link<crate::ir::network::Group<Linked>>,
    ) -> Option<&'policy Selector<Linked>> {
        let group = &self.policy.network.groups[link.found()?];
        group.unread.is_empty().then_some(&group.members)
    }

    fn selector(&self, inner: &Selector<Linked>, outer: &Selector<Linked>) -> bool {
        if !self.spend() {
            return false;
        }
        if let Selector::AnyOf(parts) = inner {
            return parts.iter().all(|part| self.selector(part, outer));
        }
        self.leaf(inner, outer) || self.by_outer(inner, outer) || self.by_inner(inner, outer)
    }

    /// Two selectors that are nothing but themselves.
    fn leaf(&self, inner: &Selector<Linked>, outer: &Selector<Linked>) -> bool {
        match (inner, outer) {
            (Selector::Nothing, _) => true,
            (Selector::Match(inner), Selector::Match(outer)) => implies(inner, outer),
            (Selector::Addresses(inner, _), Selector::Addresses(outer, _)) => {
                inner.is_subset(outer)
            }
            (Selector::Not(inner), Selector::Not(outer)) => self.selector(outer, inner),
            (Selector::Group(inner), Selector::Group(outer)) => same(inner, outer),
            (Selector::Vm(inner), Selector::Vm(outer)) => same(inner, outer),
            (Selector::Segment(inner), Selector::Segment(outer)) => same(inner, outer),
            (Selector::Opaque(inner), Selector::Opaque(outer)) => inner.origin == outer.origin,
            (
                Selector::All(_)
                | Selector::AnyOf(_)
                | Selector::Not(_)
                | Selector::Match(_)
                | Selector::Addresses(..)
                | Selector::Group(_)
                | Selector::Vm(_)
                | Selector::Segment(_)
                | Selector::Opaque(_),
                _,
            ) => false,
        }
    }

    fn by_outer(&self, inner: &Selector<Linked>, outer: &Selector<Linked>) -> bool {
        match outer {
            Selector::AnyOf(parts) => parts.iter().any(|part| self.selector(inner, part)),
            Selector::All(parts) => parts.iter().all(|part| self.selector(inner, part)),
            Selector::Group(link) => self
                .definition(link)
                .is_some_and(|outer| self.selector(inner, outer)),
            Selector::Nothing
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => false,
        }
    }

    fn by_inner(&self, inner: &Selector<Linked>, outer: &Selector<Linked>) -> bool {
        match inner {
            Selector::All(parts) => parts.iter().any(|part| self.selector(part, outer)),
            Selector::Group(link) => self
                .definition(link)
                .is_some_and(|inner| self.selector(inner, outer)),
            Selector::AnyOf(_)
            | Selector::Nothing
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => false,
        }
    }
}

fn same<T>(one: &Link<T>, other: &Link<T>) -> bool {
    match (one, other) {
        (Link::Found(one, _), Link::Found(other, _)) => one == other,
        (Link::Missing(one), Link::Missing(other)) => one.text == other.text,
        (Link::Found(..), Link::Missing(_)) | (Link::Missing(_), Link::Found(..)) => false,
    }
}

/// Whether what has the one property has the other.
fn implies(inner: &Condition, outer: &Condition) -> bool {
    let scope = match (&inner.key, &outer.key) {
        (Key::Tag(inner), Key::Tag(outer)) => match (inner, outer) {
            (_, TagScope::Any) => true,
            (TagScope::Is(one), TagScope::Is(other))
            | (TagScope::IsNot(one), TagScope::IsNot(other)) => {
                one.to_lowercase() == other.to_lowercase()
            }
            (TagScope::Is(one), TagScope::IsNot(other)) => {
                one.to_lowercase() != other.to_lowercase()
            }
            (TagScope::Any | TagScope::IsNot(_), TagScope::Is(_))
            | (TagScope::Any, TagScope::IsNot(_)) => false,
        },
        (one, other) => one == other,
    };
    let (one, other) = (inner.value.to_lowercase(), outer.value.to_lowercase());
    let value = match (inner.operator, outer.operator) {
        // Who lacks the tag altogether could count as not equal to it, so only the same is the same.
        (Operator::NotEquals, Operator::NotEquals) => {
            return inner.of == outer.of && inner.key == outer.key && one == other;
        }
        (Operator::NotEquals, _) | (_, Operator::NotEquals) => false,
        (_, Operator::Present) => true,
        (Operator::Equals, Operator::Equals) => one == other,
        (Operator::Equals | Operator::StartsWith, Operator::StartsWith) => one.starts_with(&other),
        (Operator::Equals | Operator::EndsWith, Operator::EndsWith) => one.ends_with(&other),
        (
            Operator::Equals | Operator::StartsWith | Operator::EndsWith | Operator::Contains,
            Operator::Contains,
        ) => one.contains(&other),
        (
            Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::Present,
            Operator::Equals,
        )
        | (Operator::Contains | Operator::EndsWith | Operator::Present, Operator::StartsWith)
        | (Operator::Contains | Operator::StartsWith | Operator::Present, Operator::EndsWith)
        | (Operator::Present, Operator::Contains) => false,
    };
    inner.of == outer.of && scope && value
}
