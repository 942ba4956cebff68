//! Which part of the platform an object belongs to: all of it, one project, or a whole federation.

use super::known::SCHEMA;
use super::shape::Kind;
use super::walk::Item;
use crate::finding::{Finding, Findings, codes};
use crate::ir::network::{Network, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::{Ident, Name, Named, NonEmpty, Opaque};
use rehome_grammar::text::{PathScope, policy_path};
use std::collections::{BTreeMap, BTreeSet};

/// The distance between the sequence numbers of two parts: more than any number the product gives.
const STEP: i64 = 1 << 40;

/// The place of a policy in its category. Policies of the federation come first, then those of the
/// platform, then those of projects, and last the policy with the default rule.
pub(super) fn place(path: &str, sequence: i64, is_default: bool) -> i64 {
    let rank = match policy_path(path).map(|path| path.scope) {
        Ok(PathScope::Project { .. } | PathScope::Vpc { .. } | PathScope::Org { .. }) => 1,
        Ok(PathScope::Infra | PathScope::GlobalInfra) | Err(_) if is_default => 2,
        Ok(PathScope::GlobalInfra) => -1,
        Ok(PathScope::Infra) | Err(_) => 0,
    };
    sequence.saturating_add(rank * STEP)
}

/// The project of an object, as a path, and the VPC in it.
fn tenant(path: &str) -> Option<(String, Option<String>)> {
    match policy_path(path).ok()?.scope {
        PathScope::Project { org, project } => {
            Some((format!("/orgs/{org}/projects/{project}"), None))
        }
        PathScope::Vpc { org, project, vpc } => {
            let project = format!("/orgs/{org}/projects/{project}");
            let vpc = format!("{project}/vpcs/{vpc}");
            Some((project, Some(vpc)))
        }
        PathScope::Infra | PathScope::GlobalInfra | PathScope::Org { .. } => None,
    }
}

/// Every project begins with default rules of its own, unless it says otherwise. Where the exports
/// hold policies of a project and not these, what happens to the rest of its traffic is not known.
pub(super) fn check_projects(
    network: &Network<Named>,
    without_default: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let mut projects: BTreeMap<String, (bool, &Ident)> = BTreeMap::new();
    for section in &network.sections {
        if let Some((project, None)) = tenant(&section.ident.id) {
            let id = section.ident.id.rsplit('/').next().unwrap_or_default();
            let entry = projects.entry(project).or_insert((false, &section.ident));
            entry.0 |= id.starts_with("default-layer3-section");
        }
    }
    for (project, (has_default, first)) in projects {
        if has_default || without_default.contains(&project) {
            continue;
        }
        let message = format!(
            "the exports hold policies of the NSX project `{project}` and not its default policy; add \
             the answer of `GET /policy/api/v1{project}/infra?filter=Type-.*`, or the project itself if \
             its default rules are switched off"
        );
        let code = &codes::read::INCOMPLETE_EXPORT;
        findings.push(Finding::new(code, SCHEMA.domain, message).about(first.subject()));
    }
}

/// Policies and groups of a project or a VPC concern its machines alone. These are the machines on
/// its networks; where the exports hold none of these, who belongs to it is not known.
pub(super) fn limit_to_projects(items: &[Item<'_>], network: &mut Network<Named>) {
    let mut segments: BTreeMap<String, Vec<Selector<Named>>> = BTreeMap::new();
    for item in items.iter().filter(|item| item.kind == Kind::Segment) {
        if let Some((project, vpc)) = tenant(&item.path) {
            let name = Name::new(item.path.clone(), item.ident().origin);
            for area in vpc.into_iter().chain([project]) {
                let segment = Selector::Segment(name.clone());
                segments.entry(area).or_default().push(segment);
            }
        }
    }
    let machines = |ident: &Ident| -> Option<Selector<Named>> {
        let (project, vpc) = tenant(&ident.id)?;
        let area = vpc.unwrap_or(project);
        let known = segments.get(&area).cloned().and_then(NonEmpty::new);
        Some(known.map_or_else(
            || {
                Selector::Opaque(Opaque {
                    what: "machines of a project".to_owned(),
                    text: area,
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
