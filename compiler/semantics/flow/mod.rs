//! What the emitted files admit, read back from their bytes.
//!
//! Nothing here knows how the files came to be. The meaning is that of the policies once they are
//! enforced, whatever state they are created in:
//! - A machine in no application policy is not restricted. One that is a secured entity may only
//!   send and receive what some rule of some policy allows: rules add up, and there is no order.
//! - Both ends must allow: the sender's outbound rules and the receiver's inbound rules. A direction
//!   without a rule allows nothing.
//! - Machines of one secured group reach each other as the rule for intra-group traffic says. No
//!   document says what holds without one, so that is taken as unknown; nor whether another rule can
//!   allow what it denies, so it is taken as leaving that to the others, and told apart.
//! - Isolation stands above: no traffic between the groups, whatever is allowed elsewhere. Machines
//!   in both groups are not settled by any document and taken as unknown among each other.
//! - Several categories in one list mean machines that carry all of them.
//! - Ordered policies (Flex, from 7.6) are read by priority, policy for policy and rule for rule, and
//!   the first rule that matches decides; a rule is held by the machines it is applied to, in its
//!   direction. What happens to a flow that no rule matches is not documented, nor how such policies
//!   act beside others: the first is taken as unknown, the second makes the files unreadable.
//! - Before release 7.5 rules speak about IPv4 only, and IPv6 of secured machines is discarded unless
//!   the policy allows it as a whole.
//!
//! A field that is not known makes its file unreadable, which is reported: what it does is not
//! guessed.

mod flex;
mod lists;
mod objects;
mod read;

use super::endpoints::{Endpoints, Members};
use super::filter::{Entry, Filters, Reason, Region, Sure, Verdict};
use super::membership::Membership;
use super::traffic::{Term, Traffic, Versions};
use crate::back::Files;
use crate::ir::set::AddressSet;
use crate::ir::{Linked, Policy};
use objects::{Objects, file, traffic};
use read::{PolicyKind, RuleKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The path inside the output folder.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    fn new(path: &str, what: &str) -> Self {
        Self {
            path: path.to_owned(),
            what: what.to_owned(),
        }
    }
}

/// Files that cannot be understood.
pub type Faults = Vec<Fault>;

/// The filters that the emitted files put before machines, and what could not be understood.
#[must_use]
pub fn filters(
    policy: &Policy<Linked>,
    membership: &Membership,
    files: &Files,
) -> (Filters, Faults) {
    let mut faults = Faults::new();
    let Some(manifest) = file::<read::Manifest>(files, "nutanix/manifest.json", &mut faults) else {
        return (Filters::default(), faults);
    };
    let objects = Objects::read(policy, membership, files, &manifest, &mut faults);
    let release = manifest.target.split('@').nth(1).unwrap_or("");
    let mut reader = Reader {
        membership,
        objects,
        everybody: Arc::new(membership.everybody()),
        any: Arc::new(Traffic::any()),
        rule_versions: Versions {
            v4: true,
            v6: !matches!(release, "2024.3" | "7.3"),
        },
        sets: BTreeMap::new(),
        held: BTreeMap::new(),
        isolation: Lists::default(),
        intra: Lists::default(),
        allows: Lists::default(),
        ordered: Vec::new(),
        secured: BTreeMap::new(),
        filters: Filters::default(),
        faults,
    };
    for listed in &manifest.objects {
        if listed.model == "NetworkSecurityPolicy" {
            let path = format!("nutanix/{}", listed.body);
            if let Some(body) = file::<read::Policy>(files, &path, &mut reader.faults) {
                reader.policy(listed, &body, &path);
            }
        }
    }
    reader.finish()
}

/// Entries of both filters.
#[derive(Default)]
struct Lists {
    out: Vec<Entry>,
    inward: Vec<Entry>,
}

/// Endpoints for certain and possibly.
#[derive(Clone)]
struct Side {
    sure: Arc<Endpoints>,
    possible: Arc<Endpoints>,
}

/// The machines that a policy protects, by what the files name them with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GroupName {
    Categories(Vec<String>),
    Entities(String),
    Addresses(Vec<String>),
    AnyOf(Vec<String>),
}

struct Reader<'run> {
    membership: &'run Membership,
    objects: Objects<'run>,
    everybody: Arc<Endpoints>,
    any: Arc<Traffic>,
    /// The IP versions that a rule can speak about in this release.
    rule_versions: Versions,
    sets: BTreeMap<GroupName, Side>,
    /// Sides of ordered rules with the machines that hold them.
    held: BTreeMap<(GroupName, GroupName), Side>,
    isolation: Lists,
    intra: Lists,
    allows: Lists,
    ordered: Vec<flex::Ordered>,
    /// Secured groups, each with the reason that secures it, and whether it has an intra-group rule.
    secured: BTreeMap<(usize, GroupName), bool>,
    filters: Filters,
    faults: Faults,
}

impl Reader<'_> {
    fn policy(&mut self, listed: &read::Listed, body: &read::Policy, path: &str) {
        if body.kind.is_ordered() {
            self.ordered_policy(listed, body, path);
            return;
        }
        if body.priority.is_some() || body.applied_to_entity_group_references.is_some() {
            let what = "a priority or applied-to in a policy that is not ordered is not understood";
            self.faults.push(Fault::new(path, what));
        }
        let versions = match (body.is_ipv4_address_scope, body.is_ipv6_address_scope) {
            (None, None) => self.rule_versions,
            (v4, v6) => self.rule_versions.and(Versions {
                v4: v4.unwrap_or(false),
                v6: v6.unwrap_or(false),
            }),
        };
        match &body.scope {
            None | Some(read::Scope::AllVlan | read::Scope::Global) => {}
        }
        let owner = self.filters.reason(Reason {
            text: format!("policy `{}` allows nothing else", body.name),
            id: listed.id.clone(),
            origin: None,
            constructs: Vec::new(),
        });
        for (number, rule) in (1_usize..).zip(&body.rules) {
            let note = if rule.description.is_empty() {
                String::new()
            } else {
                format!(" ({})", rule.description)
            };
            let reason = self.filters.reason(Reason {
                text: format!("rule {number} of policy `{}`{note}", body.name),
                id: listed.id.clone(),
                origin: None,
                // An allow-list holds many constructs of which most have nothing to do with a flow.
                constructs: match body.kind {
                    PolicyKind::Isolation => listed.constructs.clone(),
                    PolicyKind::Application
                    | PolicyKind::SharedService
                    | PolicyKind::Critical
                    | PolicyKind::CoreInfrastructure
                    | PolicyKind::Zone
                    | PolicyKind::Workload => Vec::new(),
                },
            });
            match (body.kind, rule.kind) {
                (PolicyKind::Application, RuleKind::Application)
                | (PolicyKind::SharedService, RuleKind::SharedService) => {
                    if let Some(spec) = self.spec::<read::ApplicationSpec>(rule, path) {
                        self.application(&spec, owner, reason, versions, path);
                    }
                }
                (PolicyKind::Application | PolicyKind::SharedService, RuleKind::IntraGroup) => {
                    if let Some(spec) = self.spec::<read::IntraSpec>(rule, path) {
                        self.intra_group(&spec, owner, reason, versions, path);
                    }
                }
                (PolicyKind::Isolation, RuleKind::TwoEnvIsolation) => {
                    if let Some(spec) = self.spec::<read::TwoEnvSpec>(rule, path) {
                        let groups = [spec.first_isolation_group, spec.second_isolation_group]
                            .map(GroupName::Categories);
                        self.isolate(&groups, reason, path);
                    }
                }
                (PolicyKind::Isolation, RuleKind::MultiEnvIsolation) => {
                    if let Some(spec) = self.spec::<read::MultiEnvSpec>(rule, path) {
                        self.isolate_all(spec, reason, path);
                    }
                }
                (kind, rule) => {
                    let what = format!("a {rule:?} rule in a policy of type {kind:?}");
                    self.faults.push(Fault::new(path, &what));
                }
            }
        }
        if body.is_ipv6_traffic_allowed {
            self.allow_ipv6(owner);
        }
    }

    fn spec<T: for<'de> Deserialize<'de>>(&mut self, rule: &read::Rule, path: &str) -> Option<T> {
        match T::deserialize(&rule.spec) {
            Ok(spec) => Some(spec),
            Err(error) => {
                self.faults.push(Fault::new(path, &error.to_string()));
                None
            }
        }
    }

    /// The endpoints a list of the files names.
    fn side(&mut self, name: &GroupName, path: &str) -> Side {
        if let Some(side) = self.sets.get(name) {
            return side.clone();
        }
        let members = match name {
            GroupName::Categories(ids) => {
                self.objects.categories(ids, None, path, &mut self.faults)
            }
            GroupName::Entities(id) => self.objects.entities(id, path, &mut self.faults),
            GroupName::AnyOf(ids) => self.objects.any_of(ids, path, &mut self.faults),
            GroupName::Addresses(ids) => self.objects.address_groups(ids, path, &mut self.faults),
        };
        let side = side_of(members);
        self.sets.insert(name.clone(), side.clone());
        side
    }

    fn secured(
        &mut self,
        categories: Option<&Vec<String>>,
        entities: Option<&String>,
        on: Option<read::EntityType>,
        path: &str,
    ) -> Option<GroupName> {
        if !matches!(on, None | Some(read::EntityType::Vm)) {
            let what = "a secured group of subnets or VPCs is not understood";
            self.faults.push(Fault::new(path, what));
            return None;
        }
        match (categories, entities) {
            (Some(ids), None) => Some(GroupName::Categories(ids.clone())),
            (None, Some(id)) => Some(GroupName::Entities(id.clone())),
            (None, None) | (Some(_), Some(_)) => {
                let what = "a rule needs either categories or an entity group as its secured group";
                self.faults.push(Fault::new(path, what));
                None
            }
        }
    }

    fn traffic(&self, terms: Vec<Term>, versions: Versions) -> Arc<Traffic> {
        if versions == Versions::BOTH && terms.contains(&Term::any()) {
            return Arc::clone(&self.any);
        }
        Arc::new(traffic(terms).only(versions))
    }

    fn finish(mut self) -> (Filters, Faults) {
        let any = Arc::clone(&self.any);
        let all = Side {
            sure: Arc::clone(&self.everybody),
            possible: Arc::clone(&self.everybody),
        };
        let outside = side_of(Members::known(Endpoints {
            addresses: AddressSet::full(),
            ..Endpoints::default()
        }));
        let ordered = self.in_order();
        let no_filter = Reason::plain("an endpoint outside the estate has no filter");
        let no_filter = self.filters.reason(no_filter);
        let free = self.filters.reason(match ordered {
            None => Reason::plain("no policy restricts this machine"),
            Some(_) => Reason::plain("no rule matches, and no document tells what happens then"),
        });
        let verdict = match ordered {
            None => Verdict::Allow,
            Some(_) => Verdict::Unknown,
        };
        let ordered = ordered.unwrap_or_default();
        let mut closing = Lists::default();
        for ((owner, group), has_intra) in std::mem::take(&mut self.secured) {
            let Some(side) = self.sets.get(&group).cloned() else {
                continue;
            };
            if !has_intra {
                self.both(&side, Verdict::Unknown, owner, &any, false);
            }
            let out = entry(Verdict::Deny, owner, &side, &all, &any);
            closing.out.push(out);
            let inward = entry(Verdict::Deny, owner, &all, &side, &any);
            closing.inward.push(inward);
        }
        let out = &mut self.filters.out;
        out.push(entry(Verdict::Allow, no_filter, &outside, &all, &any));
        out.extend(ordered.out);
        out.extend(self.isolation.out);
        out.extend(self.intra.out);
        out.extend(self.allows.out);
        out.extend(closing.out);
        out.push(entry(verdict, free, &all, &all, &any));
        let inward = &mut self.filters.inward;
        inward.push(entry(Verdict::Allow, no_filter, &all, &outside, &any));
        inward.extend(ordered.inward);
        inward.extend(self.isolation.inward);
        inward.extend(self.intra.inward);
        inward.extend(self.allows.inward);
        inward.extend(closing.inward);
        inward.push(entry(verdict, free, &all, &all, &any));
        self.faults.sort();
        self.faults.dedup();
        (self.filters, self.faults)
    }
}

fn side_of(members: Members) -> Side {
    if members.is_known() {
        let set = Arc::new(members.sure);
        return Side {
            sure: Arc::clone(&set),
            possible: set,
        };
    }
    Side {
        sure: Arc::new(members.sure),
        possible: Arc::new(members.possible),
    }
}

fn entry(
    verdict: Verdict,
    reason: usize,
    source: &Side,
    destination: &Side,
    traffic: &Arc<Traffic>,
) -> Entry {
    let known = Arc::ptr_eq(&source.sure, &source.possible)
        && Arc::ptr_eq(&destination.sure, &destination.possible);
    Entry {
        stage: 0,
        verdict,
        reason,
        sure: if known {
            Sure::All
        } else {
            Sure::Some(Region {
                source: Arc::clone(&source.sure),
                destination: Arc::clone(&destination.sure),
                traffic: Arc::clone(traffic),
            })
        },
        possible: Region {
            source: Arc::clone(&source.possible),
            destination: Arc::clone(&destination.possible),
            traffic: Arc::clone(traffic),
        },
    }
}
