//! Which part of the platform an object belongs to: all of it, one project, or a whole federation.

use super::shape::Kind;
use super::walk::Item;
use crate::ir::network::{Network, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::{Ident, Name, Named, NonEmpty, Opaque};
use rehome_grammar::text::{PathScope, policy_path};
use std::collections::BTreeMap;

/// The distance between the sequence numbers of two parts: more than any number the product gives.
const STEP: i64 = 1 << 40;

/// The place of a policy in its category. Policies of the federation come first, then those of the
/// platform, then those of projects, and last the policy with the default rule.
pub(super) fn place(path: &str, sequence: i64, is_default: bool) -> i64 {
    let rank = match policy_path(path).map(|path| path.scope) {
        Ok(PathScope::GlobalInfra) => -1,
        Ok(PathScope::Project { .. } | PathScope::Vpc { .. } | PathScope::Org { .. }) => 1,
        Ok(PathScope::Infra) | Err(_) if is_default => 2,
        Ok(PathScope::Infra) | Err(_) => 0,
    };
    sequence.saturating_add(rank * STEP)
}

/// The project of an object, as the path of the project.
fn project(path: &str) -> Option<String> {
    match policy_path(path).ok()?.scope {
        PathScope::Project { org, project } | PathScope::Vpc { org, project, .. } => {
            Some(format!("/orgs/{org}/projects/{project}"))
        }
        PathScope::Infra | PathScope::GlobalInfra | PathScope::Org { .. } => None,
    }
}

/// Policies and groups of a project concern machines of the project alone. Its machines are those on
/// its segments; where the exports hold none of these, who belongs to it is not known.
pub(super) fn limit_to_projects(items: &[Item<'_>], network: &mut Network<Named>) {
    let mut segments: BTreeMap<String, Vec<Selector<Named>>> = BTreeMap::new();
    for item in items.iter().filter(|item| item.kind == Kind::Segment) {
        if let Some(project) = project(&item.path) {
            let origin = item.ident().origin;
            let name = Name::new(item.path.clone(), origin);
            segments
                .entry(project)
                .or_default()
                .push(Selector::Segment(name));
        }
    }
    let machines = |ident: &Ident| -> Option<Selector<Named>> {
        let project = project(&ident.id)?;
        let known = segments.get(&project).cloned().and_then(NonEmpty::new);
        Some(known.map_or_else(
            || {
                Selector::Opaque(Opaque {
                    what: "machines of a project".to_owned(),
                    text: project,
                    origin: ident.origin,
                })
            },
            Selector::AnyOf,
        ))
    };
    for section in &mut network.sections {
        let Some(machines) = machines(&section.ident) else {
            continue;
        };
        match &mut section.applied_to {
            Some(peers) => within(peers, &machines),
            None => {
                for rule in &mut section.rules {
                    within(&mut rule.applied_to, &machines);
                }
            }
        }
    }
    for group in network.groups.values_mut() {
        if let Some(machines) = machines(&group.ident)
            && has_condition(&group.members)
        {
            group.members = both(group.members.clone(), machines);
        }
    }
}

fn within(peers: &mut Peers<Named>, machines: &Selector<Named>) {
    peers.set = match &peers.set {
        PeerSet::Any => PeerSet::Of(NonEmpty::one(machines.clone())),
        PeerSet::Of(list) => {
            let any = Selector::AnyOf(list.clone());
            PeerSet::Of(NonEmpty::one(both(any, machines.clone())))
        }
    };
}

fn both(left: Selector<Named>, right: Selector<Named>) -> Selector<Named> {
    NonEmpty::new(vec![left, right]).map_or(Selector::Nothing, Selector::All)
}

/// Whether the members follow from properties of machines.
fn has_condition(selector: &Selector<Named>) -> bool {
    match selector {
        Selector::Match(_) => true,
        Selector::All(parts) | Selector::AnyOf(parts) => parts.iter().any(has_condition),
        Selector::Not(inner) => has_condition(inner),
        Selector::Nothing
        | Selector::Addresses(..)
        | Selector::Group(_)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => false,
    }
}
