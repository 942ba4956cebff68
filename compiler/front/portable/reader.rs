//! From the document to the policy: what all domains share.

use super::faults::REMEDY;
use crate::document::{self as doc, At, Target};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::set::AddressSet;
use crate::ir::{BadKey, Ident, Name, Named, NonEmpty, Opaque, Policy};
use crate::source::{FileId, Origin};
use rehome_grammar::Span;
use rehome_grammar::text::{IpBlock, address};
use std::collections::BTreeMap;

/// Turns a document into a policy; tells what its shape cannot.
pub(super) struct Reader<'r> {
    file: FileId,
    findings: &'r mut Findings,
    /// Whether nothing is wrong so far.
    pub(super) sound: bool,
    domain: Domain,
    /// Where each object stands, by its kind and id.
    seen: BTreeMap<(&'static str, String), Origin>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(file: FileId, findings: &'r mut Findings) -> Self {
        Self {
            file,
            findings,
            sound: true,
            domain: Domain::Estate,
            seen: BTreeMap::new(),
        }
    }

    pub(super) fn policy(&mut self, document: doc::Document) -> Policy<Named> {
        let doc::Document {
            rehome: _,
            version: _,
            inventory,
            network,
            placement,
            recovery,
        } = document;
        self.domain = Domain::Inventory;
        let inventory = self.inventory(inventory);
        self.domain = Domain::Network;
        let network = self.network(network);
        self.domain = Domain::Placement;
        let placement = self.placement(placement);
        self.domain = Domain::Recovery;
        let recovery = self.recovery(recovery);
        Policy {
            network,
            placement,
            recovery,
            inventory,
        }
    }

    pub(super) const fn origin(&self, span: Span) -> Origin {
        Origin {
            file: self.file,
            span,
        }
    }

    /// Who an object is. Two of a kind with one id are told: which of them is meant, nobody knows.
    pub(super) fn ident(&mut self, kind: &'static str, ident: doc::Ident, span: Span) -> Ident {
        let doc::Ident {
            id,
            name,
            origin: _,
        } = ident;
        let origin = self.origin(span);
        let ident = Ident { id, name, origin };
        if let Some(first) = self.seen.insert((kind, ident.id.clone()), origin) {
            let message = format!("the id `{}` is given to two {kind}", ident.id);
            let mut before = ident.subject();
            before.origin = first;
            self.sound = false;
            self.findings.push(
                Finding::new(&codes::read::DUPLICATE_OBJECT, self.domain, message)
                    .about(ident.subject())
                    .about(before)
                    .remedy("give each of them an id of its own, or remove one"),
            );
        }
        ident
    }

    pub(super) fn name<T>(&self, reference: doc::Reference) -> Name<T> {
        let At { value, span } = reference;
        let text = match value {
            Target::Found(id) => id,
            Target::Missing { missing } => missing,
        };
        Name::new(text, self.origin(span))
    }

    pub(super) fn names<T>(&self, references: Vec<doc::Reference>) -> Vec<Name<T>> {
        let references = references.into_iter();
        references.map(|reference| self.name(reference)).collect()
    }

    pub(super) fn opaque(&self, opaque: At<doc::Opaque>) -> Opaque {
        let At { value, span } = opaque;
        let doc::Opaque {
            what,
            text,
            origin: _,
        } = value;
        Opaque {
            what,
            text,
            origin: self.origin(span),
        }
    }

    pub(super) fn keys(&self, keys: Vec<At<doc::BadKey>>) -> Vec<BadKey> {
        keys.into_iter()
            .map(|At { value, span }| BadKey {
                name: value.name,
                origin: self.origin(span),
            })
            .collect()
    }

    /// A list that cannot be empty; tells one that is.
    pub(super) fn some<T>(&mut self, items: Vec<T>, span: Span) -> Option<NonEmpty<T>> {
        let list = NonEmpty::new(items);
        if list.is_none() {
            self.wrong(
                span,
                "[]",
                "an empty list means nothing here; say what is meant",
            );
        }
        list
    }

    pub(super) fn addresses(&mut self, list: &[At<String>]) -> AddressSet {
        let blocks: Vec<IpBlock> = list.iter().filter_map(|text| self.block(text)).collect();
        AddressSet::from_blocks(blocks)
    }

    /// An address, a network or a range. One with bits behind its prefix is told: it could be meant
    /// as the one host or as the whole network.
    pub(super) fn block(&mut self, text: &At<String>) -> Option<IpBlock> {
        let found = match address(&text.value) {
            Ok(found) => found,
            Err(error) => {
                self.wrong(text.span, &text.value, &error.message);
                return None;
            }
        };
        if found.host_bits {
            let message = format!(
                "`{}` has bits behind its prefix: write the network or the one address",
                text.value
            );
            self.wrong(text.span, &text.value, &message);
        }
        Some(found.block)
    }

    /// Tells a value that has no meaning where it stands.
    pub(super) fn wrong(&mut self, span: Span, value: &str, message: &str) {
        let origin = self.origin(span);
        self.sound = false;
        self.findings.push(
            Finding::new(&codes::read::BAD_VALUE, self.domain, message)
                .at(origin, value)
                .remedy(REMEDY),
        );
    }
}
