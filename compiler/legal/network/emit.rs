//! Rules of the target to objects: categories with their machines, groups, policies.

use super::boxes::{End, Piece};
use super::isolation::Apart;
use super::lists::Line;
use super::render::{Drawn, Machines, Peers, Traffics, everything};
use super::services::Catalogue;
use super::side::Sides;
use super::tag::{TagKey, TagList};
use super::traffic::Traffic;
use super::universe::Universe;
use crate::ir::network::Group;
use crate::ir::service::Service;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Ident, Linked, NonEmpty, Policy};
use crate::legal::{Options, Release};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::network::address::AddressList;
use crate::plan::nutanix::network::entity::Entities;
use crate::plan::nutanix::network::rule::{Categories, Described};
use crate::plan::nutanix::network::service::NonEmptyIds;
use crate::plan::nutanix::network::{
    AddressGroup, ApplicationRule, Body, EntityGroup, IntraAction, Isolation, MAX_RULES, Peer,
    PolicyRules, Reach, Scope, SecurityPolicy, ServiceGroup, ServiceList, ServiceSpec,
};
use crate::plan::nutanix::{self, Builder, Description, Model, ObjectId};
use crate::semantics::VmSet;
use std::collections::{BTreeMap, BTreeSet};

/// The rules around one set of machines.
#[derive(Debug)]
pub struct Draft {
    /// The machines.
    pub secured: Machines,
    /// The same as a set.
    pub vms: VmSet,
    /// What people call them.
    pub name: String,
    /// The rules in source order.
    pub rules: Vec<Drawn>,
    /// What they reach among themselves, at both ends.
    pub among: Traffic,
}

/// Sorts rules by the machines they protect; those of the whole estate come first, the others in
/// the order of their first rule.
#[must_use]
pub fn drafts(universe: &Universe, drawn: Vec<Drawn>, pieces: &[Piece]) -> Vec<Draft> {
    let mut places: BTreeMap<Machines, usize> = BTreeMap::from([(Machines::Estate, 0)]);
    let mut drafts = vec![Draft {
        secured: Machines::Estate,
        vms: universe.filtered.clone(),
        name: "all machines".to_owned(),
        rules: Vec::new(),
        among: Traffic::default(),
    }];
    for rule in drawn {
        let at = *places.entry(rule.secured.clone()).or_insert(drafts.len());
        if at == drafts.len() {
            drafts.push(Draft {
                secured: rule.secured.clone(),
                vms: rule.secured_vms.clone(),
                name: rule.secured_name.clone(),
                rules: Vec::new(),
                among: Traffic::default(),
            });
        }
        if let Some(draft) = drafts.get_mut(at) {
            draft.rules.push(rule);
        }
    }
    among(&mut drafts, pieces);
    drafts
}

/// Works out what the machines of each draft all reach among themselves.
fn among(drafts: &mut [Draft], pieces: &[Piece]) {
    let mut by_own: BTreeMap<&VmSet, Vec<&Piece>> = BTreeMap::new();
    for piece in pieces {
        by_own.entry(&piece.own_vms).or_default().push(piece);
    }
    let estate = drafts.first().map(|draft| draft.vms.clone());
    for draft in drafts.iter_mut().filter(|draft| !draft.vms.is_empty()) {
        let near = by_own.get(&draft.vms).into_iter().flatten();
        let wide = estate
            .as_ref()
            .filter(|estate| **estate != draft.vms)
            .and_then(|estate| by_own.get(estate))
            .into_iter()
            .flatten();
        let (mut inbound, mut outbound) = (Traffic::default(), Traffic::default());
        for piece in near.chain(wide) {
            if draft.vms.is_subset(&piece.peer_reach.vms) {
                let side = match piece.end {
                    End::Inbound => &mut inbound,
                    End::Outbound => &mut outbound,
                };
                *side = side.union(&piece.traffic);
            }
        }
        draft.among = inbound.intersection(&outbound);
    }
}

/// A policy that holds more rules than are known to be accepted.
#[derive(Debug)]
pub struct Crowded {
    /// Its name.
    pub policy: String,
    /// How many rules it holds.
    pub rules: usize,
    /// The first rule of the source it was made for.
    pub first: usize,
}

/// Makes objects.
#[derive(Debug)]
pub struct Emitter<'run> {
    /// The policy.
    pub policy: &'run Policy<Linked>,
    /// The machines.
    pub universe: &'run Universe,
    /// The groups.
    pub sides: &'run Sides<'run>,
    /// How people want it.
    pub options: &'run Options,
    /// The services.
    pub catalogue: &'run Catalogue,
    /// The rules.
    pub lines: &'run [Line<'run>],
    /// The plan.
    pub plan: &'run mut Builder,
    /// What is made already.
    pub made: Made,
}

/// A set with a category of its own, and the group it is.
type Mark = (Option<Id<Group<Linked>>>, VmSet);

/// Objects that are made once and used again.
#[derive(Debug, Default)]
pub struct Made {
    tags: BTreeMap<TagKey, ObjectId>,
    marks: BTreeMap<Mark, ObjectId>,
    estate: Option<ObjectId>,
    addresses: BTreeMap<AddressSet, Vec<ObjectId>>,
    services: BTreeMap<Id<Service<Linked>>, Vec<ObjectId>>,
    lists: BTreeMap<ServiceList, Vec<ObjectId>>,
    entities: BTreeMap<Entities, ObjectId>,
    taken: BTreeSet<(&'static str, String)>,
}

impl Emitter<'_> {
    fn release(&self) -> Release {
        self.options.target.release
    }

    /// Makes the policies of all drafts; names those that hold more rules than are known to be
    /// accepted.
    pub fn emit(&mut self, drafts: &[Draft]) -> Vec<Crowded> {
        components(drafts)
            .iter()
            .filter_map(|together| self.policy_of(together))
            .collect()
    }

    /// Makes the policies that keep groups apart.
    pub fn isolate(&mut self, apart: &[Apart]) {
        for pair in apart {
            let first = self.secured(&pair.first, &pair.first_name);
            let second = self.secured(&pair.second, &pair.second_name);
            let rule = first
                .zip(second)
                .and_then(|(first, second)| Isolation::new(first, second));
            let Some(rule) = rule else {
                continue;
            };
            let mut holds = Holds::default();
            let lines: Vec<&Line<'_>> = pair
                .rules
                .iter()
                .filter_map(|at| self.lines.get(*at))
                .collect();
            let logged = lines.iter().any(|line| line.rule.logged);
            lines.iter().for_each(|line| holds.add(&line.rule.ident));
            let text = lines
                .first()
                .map_or("", |line| line.rule.ident.name.as_str());
            let rules = PolicyRules::Isolation {
                rules: Described {
                    description: Description::nearest(text),
                    rule,
                },
            };
            let wished = format!("{} apart from {}", pair.first_name, pair.second_name);
            self.add_policy(&wished, &wished, logged, rules, holds);
        }
    }

    /// Makes one policy: of one draft, or of several that share a category.
    fn policy_of(&mut self, drafts: &[&Draft]) -> Option<Crowded> {
        let mut rules = Vec::new();
        let mut holds = Holds::default();
        let mut logged = false;
        for draft in drafts {
            let Some(secured) = self.secured(&draft.secured, &draft.name) else {
                continue;
            };
            self.rules_of(draft, &secured, &mut rules);
            for drawn in &draft.rules {
                if let Some(line) = self.lines.get(drawn.rule) {
                    holds.add(&line.rule.ident);
                    logged |= line.rule.logged;
                }
            }
        }
        let (rules, first) = NonEmpty::new(rules).zip(drafts.first())?;
        let crowded = Crowded {
            policy: first.name.clone(),
            rules: rules.len(),
            first: drafts
                .iter()
                .flat_map(|draft| &draft.rules)
                .map(|drawn| drawn.rule)
                .min()
                .unwrap_or_default(),
        };
        let about = format!("what reaches and leaves {}", first.name);
        let rules = PolicyRules::Application { rules };
        self.add_policy(&first.name, &about, logged, rules, holds);
        (crowded.rules > MAX_RULES).then_some(crowded)
    }

    fn add_policy(
        &mut self,
        wished: &str,
        about: &str,
        logged: bool,
        rules: PolicyRules,
        holds: Holds,
    ) {
        let model = Model::NetworkSecurityPolicy;
        let name = self.plan.name(model, None, wished);
        let body = SecurityPolicy {
            name: name.clone(),
            description: Description::nearest(about),
            state: self.options.state.into(),
            scope: if self.release() >= Release::R7_3 {
                Scope::Global
            } else {
                Scope::AllVlan
            },
            is_hitlog_enabled: logged,
            is_ipv6_traffic_allowed: false,
            rules,
        };
        let body = nutanix::Body::Network(Body::Policy(body));
        self.plan.add(model, None, name, body, holds);
    }

    fn rules_of(
        &mut self,
        draft: &Draft,
        secured: &Categories,
        rules: &mut Vec<Described<ApplicationRule>>,
    ) {
        for end in [End::Inbound, End::Outbound] {
            let place = |reach| match end {
                End::Inbound => ApplicationRule::Inbound(secured.clone(), reach),
                End::Outbound => ApplicationRule::Outbound(secured.clone(), reach),
            };
            let mut seen = BTreeSet::new();
            for drawn in draft.rules.iter().filter(|drawn| drawn.end == end) {
                let name = self
                    .lines
                    .get(drawn.rule)
                    .map_or("", |line| line.rule.ident.name.as_str());
                let services = self.services(&drawn.traffic, name);
                for peer in self.peers(&drawn.peers, &drawn.peers_name) {
                    let rule = place(Reach::Allow(peer, services.clone()));
                    if seen.insert(rule.clone()) {
                        let description = Description::nearest(name);
                        rules.push(Described { description, rule });
                    }
                }
            }
            if seen.is_empty() {
                let text = match end {
                    End::Inbound => "nothing in",
                    End::Outbound => "nothing out",
                };
                rules.push(Described {
                    description: Description::nearest(text),
                    rule: place(Reach::Nothing),
                });
            }
        }
        rules.push(Described {
            description: Description::nearest("among themselves"),
            rule: ApplicationRule::Intra(secured.clone(), self.intra(&draft.among)),
        });
    }

    fn intra(&mut self, among: &Traffic) -> IntraAction {
        match everything(among, self.release() >= Release::R7_5) {
            Some(Traffics::All) => IntraAction::Allow(ServiceSpec::All),
            Some(traffic) if self.release() >= Release::R7_3 => {
                IntraAction::Allow(self.services(&traffic, "among themselves"))
            }
            Some(_) | None => IntraAction::Deny,
        }
    }

    fn secured(&mut self, machines: &Machines, name: &str) -> Option<Categories> {
        match machines {
            Machines::Estate => Some(Categories::one(self.estate())),
            Machines::Tags(tags) => Categories::all(tags.iter().map(|tag| self.tag(tag)).collect()),
            Machines::Marked(group, vms) => Some(Categories::one(self.mark(*group, vms, name))),
        }
    }

    fn peers(&mut self, peers: &Peers, name: &str) -> Vec<Peer> {
        match peers {
            Peers::All => vec![Peer::All],
            Peers::Machines(machines) => self
                .secured(machines, name)
                .map(Peer::Categories)
                .into_iter()
                .collect(),
            Peers::Addresses(set) => {
                let groups = self.addresses(set, name);
                if groups.len() > 1 && self.release() >= Release::R7_5 {
                    self.entities(None, groups, name)
                } else {
                    groups.into_iter().map(Peer::Addresses).collect()
                }
            }
            Peers::Mixed(machines, set) => {
                let category = match machines {
                    Machines::Tags(tags) => tags.first().map(|tag| self.tag(tag)),
                    Machines::Marked(group, vms) => Some(self.mark(*group, vms, name)),
                    Machines::Estate => Some(self.estate()),
                };
                let groups = self.addresses(set, name);
                self.entities(category, groups, name)
            }
        }
    }

    fn entities(
        &mut self,
        category: Option<ObjectId>,
        addresses: Vec<ObjectId>,
        name: &str,
    ) -> Vec<Peer> {
        let Some(entities) = Entities::new(category, addresses) else {
            return Vec::new();
        };
        if let Some(id) = self.made.entities.get(&entities) {
            return vec![Peer::Entities(*id)];
        }
        let label = self.plan.name(Model::EntityGroup, None, name);
        let body = EntityGroup {
            name: label.clone(),
            description: Description::nearest(name),
            allowed_config: entities.clone(),
        };
        let body = nutanix::Body::Network(Body::EntityGroup(body));
        let id = self
            .plan
            .add(Model::EntityGroup, None, label, body, Holds::default());
        self.made.entities.insert(entities, id);
        vec![Peer::Entities(id)]
    }

    fn addresses(&mut self, set: &AddressSet, name: &str) -> Vec<ObjectId> {
        if let Some(ids) = self.made.addresses.get(set) {
            return ids.clone();
        }
        let model = Model::AddressGroup;
        let ids: Vec<ObjectId> = AddressList::split(set)
            .into_iter()
            .map(|addresses| {
                let label = self.plan.name(model, None, name);
                let body = AddressGroup {
                    name: label.clone(),
                    description: Description::nearest(name),
                    addresses,
                };
                let body = nutanix::Body::Network(Body::AddressGroup(body));
                self.plan.add(model, None, label, body, Holds::default())
            })
            .collect();
        self.made.addresses.insert(set.clone(), ids.clone());
        ids
    }

    fn services(&mut self, traffic: &Traffics, rule: &str) -> ServiceSpec {
        match traffic {
            Traffics::All => ServiceSpec::All,
            Traffics::Listed(list) if list.fits_rule() => ServiceSpec::Inline(list.clone()),
            Traffics::Listed(list) => {
                let ids = self.service_list(list, rule, &Holds::default());
                NonEmpty::new(ids).map_or(ServiceSpec::Inline(list.clone()), |ids| {
                    ServiceSpec::Groups(NonEmptyIds::new(ids))
                })
            }
            Traffics::Named(services, list) => {
                let mut ids = Vec::new();
                for service in services {
                    ids.extend(self.service(*service));
                }
                ids.sort_unstable();
                ids.dedup();
                NonEmpty::new(ids).map_or(ServiceSpec::Inline(list.clone()), |ids| {
                    ServiceSpec::Groups(NonEmptyIds::new(ids))
                })
            }
        }
    }

    fn service(&mut self, id: Id<Service<Linked>>) -> Vec<ObjectId> {
        if let Some(ids) = self.made.services.get(&id) {
            return ids.clone();
        }
        let ident = &self.policy.network.services[id].ident;
        let sure = self.catalogue.named(id).map(|matched| &matched.sure);
        let list = sure.and_then(
            |sure| match everything(sure, self.release() >= Release::R7_5) {
                Some(Traffics::Listed(list)) => Some(list),
                Some(Traffics::All | Traffics::Named(..)) | None => None,
            },
        );
        let ids = list.map_or_else(Vec::new, |list| {
            self.service_list(&list, &ident.name, &Holds::one(ident))
        });
        self.made.services.insert(id, ids.clone());
        ids
    }

    fn service_list(&mut self, list: &ServiceList, name: &str, holds: &Holds) -> Vec<ObjectId> {
        if let Some(ids) = self.made.lists.get(list) {
            return ids.clone();
        }
        let model = Model::ServiceGroup;
        let ids: Vec<ObjectId> = list
            .split()
            .into_iter()
            .map(|services| {
                let label = self.plan.name(model, None, name);
                let body = ServiceGroup {
                    name: label.clone(),
                    description: Description::nearest(name),
                    services,
                };
                let body = nutanix::Body::Network(Body::ServiceGroup(body));
                self.plan.add(model, None, label, body, holds.clone())
            })
            .collect();
        self.made.lists.insert(list.clone(), ids.clone());
        ids
    }

    fn estate(&mut self) -> ObjectId {
        if let Some(id) = self.made.estate {
            return id;
        }
        let id = self.plan.category(
            "rehome-estate",
            "filtered",
            "every machine with a filter",
            Holds::default(),
        );
        self.assign(&self.universe.filtered.clone(), id);
        self.made.estate = Some(id);
        id
    }

    /// The category of a tag, given to every machine that carries the tag.
    fn tag(&mut self, tag: &TagKey) -> ObjectId {
        if let Some(id) = self.made.tags.get(tag) {
            return *id;
        }
        let key = tag_key(tag.scope());
        let about = match tag.scope() {
            Some(scope) => format!("machines with the tag {} in scope {scope}", tag.value()),
            None => format!("machines with the tag {}", tag.value()),
        };
        let id = self
            .plan
            .category(&key, tag.value(), &about, Holds::default());
        let vms = self.sides.tagged(&TagList::from([tag.clone()])).vms;
        self.assign(&vms, id);
        self.made.tags.insert(tag.clone(), id);
        id
    }

    /// A category for these machines alone.
    fn mark(&mut self, group: Option<Id<Group<Linked>>>, vms: &VmSet, name: &str) -> ObjectId {
        let key = (group, vms.clone());
        if let Some(id) = self.made.marks.get(&key) {
            return *id;
        }
        let ident: Option<&Ident> = group.map(|id| &self.policy.network.groups[id].ident);
        let (kind, about, holds) = match ident {
            Some(ident) => (
                "rehome-group",
                format!("members of {} today", ident.name),
                Holds::one(ident),
            ),
            None => (
                "rehome-part",
                format!("machines of {name} that its rules leave today"),
                Holds::default(),
            ),
        };
        // Two sets of one name are two categories.
        let mut value = name.to_owned();
        let mut number = 1_u32;
        while !self.made.taken.insert((kind, value.to_lowercase())) {
            number += 1;
            value = format!("{name} {number}");
        }
        let id = self.plan.category(kind, &value, &about, holds);
        self.assign(vms, id);
        self.made.marks.insert(key, id);
        id
    }

    fn assign(&mut self, vms: &VmSet, category: ObjectId) {
        for vm in self.universe.real(vms) {
            self.plan.assign_vm(self.universe.ident(vm), category);
        }
    }
}

/// The key of the categories of a scope: the scope itself, unless it could be taken for another key.
fn tag_key(scope: Option<&str>) -> String {
    let Some(scope) = scope else {
        return "tag".to_owned();
    };
    let folded = scope.trim().to_lowercase();
    let reserved = folded.is_empty()
        || folded == "tag"
        || ["tag.", "rehome"]
            .iter()
            .any(|start| folded.starts_with(start));
    if reserved {
        format!("tag.{scope}")
    } else {
        scope.to_owned()
    }
}

/// Drafts that must stand in one policy, because a category secures machines in one policy only.
fn components(drafts: &[Draft]) -> Vec<Vec<&Draft>> {
    let mut homes: Vec<usize> = (0..drafts.len()).collect();
    let mut first: BTreeMap<&TagKey, usize> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Machines::Tags(tags) = &draft.secured else {
            continue;
        };
        for tag in tags {
            let other = *first.entry(tag).or_insert(at);
            let (a, b) = (home(&homes, at), home(&homes, other));
            if let Some(place) = homes.get_mut(a.max(b)) {
                *place = a.min(b);
            }
        }
    }
    let mut together: BTreeMap<usize, Vec<&Draft>> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        together.entry(home(&homes, at)).or_default().push(draft);
    }
    together.into_values().collect()
}

fn home(homes: &[usize], mut at: usize) -> usize {
    while let Some(next) = homes.get(at).copied()
        && next != at
    {
        at = next;
    }
    at
}
