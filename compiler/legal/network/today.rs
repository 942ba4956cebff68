//! Denies that hold for the members of today: the target has no object for a deny, so one above an
//! allow is told by what the allow leaves out, and that does not follow a group by itself.

use super::lists::{Kind, Lists, Reader};
use super::{Case, Use, legality};
use crate::semantics::membership::Changing;
use std::collections::BTreeSet;

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
    let changing = Changing::of(reader.policy);
    for at in denies {
        let (Some(line), Some(account)) = (lists.lines.get(at), lists.accounts.get_mut(at)) else {
            continue;
        };
        let rule = line.rule;
        if !changing.peers(&rule.source) && !changing.peers(&rule.destination) {
            continue;
        }
        account.note(legality(reader.target, &Use::DenyOfToday), || {
            let text = format!(
                "rule `{}` denies members that its groups find by themselves; {} adds up allows, \
                 and those are without the members of today",
                rule.ident.name,
                reader.target.flow()
            );
            Case::new(rule.ident.subject(), text)
        });
    }
}
