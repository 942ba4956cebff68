//! Denies that hold for the members of today: the target has no object for a deny, so one above an
//! allow is told by what the allow leaves out, and that does not follow a group by itself.

use super::lists::{Kind, Lists, Reader};
use super::{Case, Use, legality};
use crate::ir::network::{PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::{Link, Linked, Policy};
use std::collections::BTreeSet;

/// How deep groups are followed; deeper ones count as changing.
const DEPTH: usize = 64;

/// Tells every deny that stands above an allow and is about members that change by themselves.
/// `native`: the denies that the target holds as denies, which follow their groups.
pub fn tell(reader: &Reader<'_>, lists: &mut Lists<'_>, native: &BTreeSet<usize>) {
    let last_allow = lists
        .entries
        .iter()
        .rposition(|entry| entry.kind == Kind::Allow);
    let above = lists.entries.iter().take(last_allow.unwrap_or(0));
    let denies: BTreeSet<usize> = above
        .filter(|entry| entry.kind == Kind::Deny && !native.contains(&entry.rule))
        .map(|entry| entry.rule)
        .collect();
    for at in denies {
        let (Some(line), Some(account)) = (lists.lines.get(at), lists.accounts.get_mut(at)) else {
            continue;
        };
        let rule = line.rule;
        if !changes(reader.policy, &rule.source) && !changes(reader.policy, &rule.destination) {
            continue;
        }
        account.note(legality(reader.target, &Use::DenyOfToday), || {
            let text = format!(
                "rule `{}` denies members that its groups find by themselves; Flow {} adds up allows, \
                 and those are without the members of today",
                rule.ident.name,
                reader.target.release.name()
            );
            Case::new(rule.ident.subject(), text)
        });
    }
}

fn changes(policy: &Policy<Linked>, peers: &Peers<Linked>) -> bool {
    match &peers.set {
        PeerSet::Any => false,
        PeerSet::Of(parts) => parts.iter().any(|part| moves(policy, part, 0)),
    }
}

/// Whether the members of a selector change when a machine is tagged, named or attached otherwise.
fn moves(policy: &Policy<Linked>, selector: &Selector<Linked>, depth: usize) -> bool {
    match selector {
        Selector::Nothing | Selector::Vm(_) | Selector::Addresses(..) => false,
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts.iter().any(|part| moves(policy, part, depth))
        }
        Selector::Not(inner) => moves(policy, inner, depth),
        Selector::Group(Link::Found(id, _)) if depth < DEPTH => {
            moves(policy, &policy.network.groups[*id].members, depth + 1)
        }
        Selector::Group(_) | Selector::Match(_) | Selector::Segment(_) | Selector::Opaque(_) => {
            true
        }
    }
}
