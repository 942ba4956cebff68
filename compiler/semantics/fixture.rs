//! Small policies for the tests of this folder.

use crate::ir::inventory::{Segment, Tag, Vm};
use crate::ir::network::Group;
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::set::AddressSet;
use crate::ir::{Id, Ident, Link, Linked, NonEmpty, Policy};
use crate::source::{Origin, Sources};
use rehome_grammar::Span;

/// An origin; which one does not matter here.
pub fn origin() -> Origin {
    let tree = rehome_grammar::read(b"{}".to_vec()).expect("this is JSON");
    let span: Span = tree.roots().next().expect("one value").span();
    let file = Sources::default().add("test.json".into(), "test.json".into(), tree);
    Origin { file, span }
}

/// An object called so.
pub fn ident(name: &str) -> Ident {
    Ident {
        id: name.to_owned(),
        name: name.to_owned(),
        origin: origin(),
    }
}

/// A machine of which only the name is known.
pub fn vm(name: &str) -> Vm<Linked> {
    Vm {
        ident: ident(name),
        aliases: vec![name.to_owned()],
        tags: Vec::new(),
        addresses: None,
        segments: Vec::new(),
        os_name: None,
        computer_name: None,
        host: None,
        cluster: None,
    }
}

/// Addresses as people write them.
pub fn addresses(texts: &[&str]) -> AddressSet {
    AddressSet::from_blocks(texts.iter().map(|text| {
        rehome_grammar::text::address(text)
            .expect("an address")
            .block
    }))
}

/// A machine with tags (`scope|value`) and addresses.
pub fn tagged(name: &str, tags: &[&str], held: &[&str]) -> Vm<Linked> {
    let tags = tags.iter().map(|tag| {
        let (scope, value) = tag.split_once('|').unwrap_or(("", tag));
        Tag {
            scope: scope.to_owned(),
            value: value.to_owned(),
        }
    });
    Vm {
        tags: tags.collect(),
        addresses: Some(addresses(held)),
        ..vm(name)
    }
}

/// Adds a group.
pub fn group(
    policy: &mut Policy<Linked>,
    name: &str,
    members: Selector<Linked>,
) -> Id<Group<Linked>> {
    policy.network.groups.push(Group {
        ident: ident(name),
        members,
        realised: None,
        unread: Vec::new(),
    })
}

/// Adds a segment.
pub fn segment(policy: &mut Policy<Linked>, name: &str) -> Id<Segment> {
    policy.inventory.segments.push(Segment {
        ident: ident(name),
        aliases: Vec::new(),
        tags: Vec::new(),
        subnets: AddressSet::empty(),
    })
}

/// The machines with a tag that compares so.
pub fn tag(scope: TagScope, operator: Operator, value: &str) -> Selector<Linked> {
    matching(Of::Vm, Key::Tag(scope), operator, value)
}

/// The endpoints with a property.
pub fn matching(of: Of, key: Key, operator: Operator, value: &str) -> Selector<Linked> {
    Selector::Match(Condition {
        of,
        key,
        operator,
        value: value.to_owned(),
        origin: origin(),
    })
}

/// One of these.
pub fn any_of(parts: Vec<Selector<Linked>>) -> Selector<Linked> {
    Selector::AnyOf(NonEmpty::new(parts).expect("some parts"))
}

/// All of these.
pub fn all_of(parts: Vec<Selector<Linked>>) -> Selector<Linked> {
    Selector::All(NonEmpty::new(parts).expect("some parts"))
}

/// The members of a group.
pub fn member_of(group: Id<Group<Linked>>) -> Selector<Linked> {
    Selector::Group(Link::Found(group, origin()))
}
