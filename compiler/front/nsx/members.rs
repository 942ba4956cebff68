//! Lists of the members that the product computed for a group: the answers of
//! `GET /policy/api/v1{group path}/members/{virtual-machines|ip-addresses}`.
//!
//! Such an answer does not say whose members it lists. It is told from the key it stands under, the
//! path of the call; or from the path of the file, where it is saved under that of the call.

use super::known::SCHEMA;
use super::object::{Ground, origin, peek};
use super::walk::Page;
use crate::finding::{Effect, Finding, Findings, codes};
use crate::ir::network::{Group, Realised};
use crate::ir::set::AddressSet;
use crate::ir::{Name, Named, Table};
use rehome_grammar::text::address;
use rehome_grammar::{Kind as Value, Node};
use std::collections::BTreeMap;

/// A page of the members of a group.
#[derive(Clone, Debug)]
pub(super) struct Listed<'t> {
    pub file: Ground<'t>,
    pub page: Node<'t>,
    /// The path of the call below the API.
    pub call: String,
}

const MACHINES: &str = "virtual-machines";
const ADDRESSES: &str = "ip-addresses";

/// The group and the kind of members that a path of a call or of a file names: what stands between
/// `/groups/` and `/members/`, with what stands before it where that is a path of the API.
fn named(path: &str) -> Option<(String, &str)> {
    let (group, kind) = path.rsplit_once("/members/")?;
    let kind = kind.split(['?', '.']).next().unwrap_or(kind);
    let (before, id) = group.rsplit_once("groups/")?;
    let root = ["/infra/", "/global-infra/", "/orgs/"]
        .iter()
        .filter_map(|root| before.find(root))
        .min();
    let whole = root.and_then(|at| group.get(at..));
    (!id.is_empty() && !id.contains('/')).then(|| {
        let path = whole.map_or_else(|| id.to_owned(), str::to_owned);
        (path, kind)
    })
}

/// Whether a text names the call for a list of members.
pub(super) fn is_call(text: &str) -> bool {
    named(text).is_some()
}

/// Whether a value is a page of members, from what it lists: addresses, or machines as they are
/// realised, which have no external id of their own.
pub(super) fn is_page(node: Node<'_>) -> bool {
    let results = node
        .get("results")
        .filter(|list| list.kind() == Value::Array);
    let first = results.and_then(|list| list.items().next());
    first.is_some_and(|first| match first.kind() {
        Value::String => first.str().is_some_and(|text| address(text.trim()).is_ok()),
        Value::Object => {
            let kind = peek(first, "resource_type");
            kind.is_some_and(|kind| kind == "RealizedVirtualMachine")
                || (first.get("external_id").is_none() && first.get("compute_ids").is_some())
        }
        Value::Null | Value::Bool | Value::Number | Value::Array => false,
    })
}

impl Listed<'_> {
    /// The page among pages, so that one that is missing is told.
    pub fn page(&self) -> Page {
        let count = self.page.get("result_count").and_then(Node::number);
        let cursor = self.page.get("cursor").and_then(Node::str);
        Page {
            origin: origin(self.file, self.page),
            of: self.call.clone(),
            count: count.and_then(|count| count.parse().ok()),
            here: self.page.get("results").map_or(0, Node::len),
            goes_on: cursor.is_some_and(|cursor| !cursor.is_empty()),
        }
    }
}

/// Adds the lists to the groups they are of. A list of which a page is missing is left out, because
/// it would look as if members had gone; another finding tells of the page.
pub(super) fn attach(
    listed: &[Listed<'_>],
    groups: &mut Table<Group<Named>>,
    findings: &mut Findings,
) {
    let mut calls: BTreeMap<(String, &str), Vec<&Listed<'_>>> = BTreeMap::new();
    for one in listed {
        match named(&one.call) {
            Some(key) => calls.entry(key).or_default().push(one),
            None => {
                let what = "list of members of a group: nothing says of which group; save it under \
                            the path of the call, `groups/<id>/members/virtual-machines.json`";
                left_out(one, what.to_owned(), findings);
            }
        }
    }
    for ((path, kind), pages) in calls {
        let Some(first) = pages.first() else { continue };
        let tail = format!("/groups/{path}");
        let mut hits = groups
            .values_mut()
            .filter(|group| group.ident.id == path || group.ident.id.ends_with(&tail));
        let (Some(group), None) = (hits.next(), hits.next()) else {
            let what = format!("list of members of `{path}`: no export holds this group");
            left_out(first, what, findings);
            continue;
        };
        let told: Vec<Page> = pages.iter().map(|one| one.page()).collect();
        let here: usize = told.iter().map(|page| page.here).sum();
        let count = told.iter().filter_map(|page| page.count).max();
        let whole = count.is_none_or(|count| i64::try_from(here).is_ok_and(|here| here >= count))
            && !told.iter().all(|page| page.goes_on);
        if !whole {
            continue;
        }
        let realised = group.realised.get_or_insert(Realised {
            vms: None,
            addresses: None,
            origin: origin(first.file, first.page),
        });
        match kind {
            MACHINES => realised
                .vms
                .get_or_insert_default()
                .extend(pages.iter().flat_map(|one| machines(one))),
            ADDRESSES => {
                let known = realised.addresses.get_or_insert_default();
                for one in &pages {
                    *known = known.union(&addresses(one, findings));
                }
            }
            other => {
                let what = format!(
                    "list of {other} of `{}`: machines and addresses are compared, this is not",
                    group.ident.name
                );
                left_out(first, what, findings);
            }
        }
    }
}

fn left_out(listed: &Listed<'_>, message: String, findings: &mut Findings) {
    let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
    let at = origin(listed.file, listed.page);
    findings.push(finding.effect(Effect::Record).at(at, listed.call.clone()));
}

fn items<'t>(listed: &Listed<'t>) -> impl Iterator<Item = Node<'t>> {
    let results = listed.page.get("results");
    results.into_iter().flat_map(Node::items)
}

/// The machines by id, which is the external id of the inventory.
fn machines(listed: &Listed<'_>) -> Vec<Name<crate::ir::inventory::Vm<Named>>> {
    let named = items(listed).filter_map(|item| {
        let text = peek(item, "id").or_else(|| peek(item, "display_name"))?;
        Some(Name::new(text, origin(listed.file, item)))
    });
    named.collect()
}

fn addresses(listed: &Listed<'_>, findings: &mut Findings) -> AddressSet {
    let mut blocks = Vec::new();
    for item in items(listed) {
        let text = item.str().unwrap_or_default();
        match address(text.trim()) {
            Ok(read) => blocks.push(read.block),
            Err(_) => {
                let message = format!("`{text}` in `{}` is no address", listed.call);
                let finding = Finding::new(&codes::read::BAD_VALUE, SCHEMA.domain, message);
                let at = origin(listed.file, item);
                findings.push(finding.effect(Effect::Record).at(at, text.into_owned()));
            }
        }
    }
    AddressSet::from_blocks(blocks)
}
