//! Lists of groups and addresses: sources, destinations, scopes, exclusions.

use super::object::{Object, Text};
use crate::finding::codes;
use crate::ir::network::{PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::set::AddressSet;
use crate::ir::{Name, Named, NonEmpty, Opaque};
use rehome_grammar::Kind;
use rehome_grammar::text::{address, policy_path};

/// Whether a text is the word for everything.
pub(super) fn is_any(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("ANY")
}

/// A list of a rule or policy as peers; absent, empty and `ANY` are everybody.
pub(super) fn peers(object: &mut Object<'_>, key: &'static str, negated: bool) -> Peers<Named> {
    let listed = object.texts(key);
    let texts = listed.unwrap_or_default();
    if texts.is_empty() {
        return Peers {
            negated,
            set: PeerSet::Any,
        };
    }
    if let Some(any) = texts.iter().find(|text| is_any(&text.value)) {
        if texts.len() > 1 {
            object.refuse(key, any, "`ANY` must be the only entry");
        }
        return Peers {
            negated,
            set: PeerSet::Any,
        };
    }
    let selectors = texts.iter().map(|text| peer(object, key, text)).collect();
    Peers {
        negated,
        set: NonEmpty::new(selectors).map_or(PeerSet::Any, PeerSet::Of),
    }
}

/// Says that an empty list was taken as any.
pub(super) fn note_empty(object: &mut Object<'_>, key: &'static str, absent_is_normal: bool) {
    let empty = object
        .node
        .get(key)
        .is_some_and(|list| list.is_empty() && list.kind() == Kind::Array);
    let absent = !object.has(key);
    if empty || absent && !absent_is_normal {
        let how = if empty { "empty" } else { "absent" };
        let message = format!("{}; `{key}` is {how}: taken as any", object.title());
        object.note(&codes::read_network::EMPTY_LIST, None, message);
    }
}

/// One entry of a list.
pub(super) fn peer(object: &mut Object<'_>, key: &'static str, text: &Text) -> Selector<Named> {
    let value = text.value.trim();
    if value.starts_with('/') {
        return path(value, text);
    }
    if let Some(addresses) = addresses(object, value, text) {
        return addresses;
    }
    // Digits, dots, colons and slashes alone are an address that went wrong, and no name.
    let address_like = value
        .chars()
        .all(|char| char.is_ascii_digit() || matches!(char, '.' | ':' | '/' | '-' | ' '));
    if address_like && value.contains(['.', ':']) {
        object.refuse(
            key,
            text,
            &format!("`{value}` is no address, network or range"),
        );
        return Selector::Opaque(unknown("unreadable address", text));
    }
    Selector::Group(Name::new(value, text.origin))
}

/// A policy path as the object it leads to.
pub(super) fn path(value: &str, text: &Text) -> Selector<Named> {
    let kind = policy_path(value).map(|path| path.kind);
    match kind {
        Ok("groups") => Selector::Group(Name::new(value, text.origin)),
        Ok("segments" | "subnets") => Selector::Segment(Name::new(value, text.origin)),
        Ok("virtual-machines") => {
            let id = value.rsplit('/').next().unwrap_or(value);
            Selector::Vm(Name::new(id, text.origin))
        }
        Ok("ports" | "segment-ports") => Selector::Opaque(unknown("segment port", text)),
        Ok(kind) => Selector::Opaque(unknown(&format!("object of `{kind}`"), text)),
        Err(_) => Selector::Opaque(unknown("unreadable path", text)),
    }
}

/// A text as addresses, where it is some.
pub(super) fn addresses(
    object: &mut Object<'_>,
    value: &str,
    text: &Text,
) -> Option<Selector<Named>> {
    let read = address(value).ok()?;
    if read.host_bits {
        let message = format!(
            "{}; `{value}` has an address inside the network: the whole network is meant",
            object.title()
        );
        object.note(&codes::read_network::HOST_BITS, Some(text), message);
    }
    let set = AddressSet::from_blocks([read.block]);
    Some(Selector::Addresses(set, text.origin))
}

/// A text that is carried without being understood.
pub(super) fn unknown(what: &str, text: &Text) -> Opaque {
    Opaque {
        what: what.to_owned(),
        text: text.value.clone(),
        origin: text.origin,
    }
}
