//! Rules of the target to objects: categories with their machines, groups, policies.

mod objects;
mod spread;

pub use objects::Made;

use super::boxes::{End, Piece};
use super::isolation::Apart;
use super::lists::Line;
use super::render::{Drawn, Machines, Peers, Traffics, everything};
use super::services::Catalogue;
use super::side::Sides;
use super::tag::TagKey;
use super::traffic::Traffic;
use super::universe::Universe;
use crate::ir::{Linked, Policy};
use crate::legal::{Options, Release};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::network::entity::Vms;
use crate::plan::nutanix::network::rule::{Categories, Described};
use crate::plan::nutanix::network::{
    Body, IntraAction, Isolation, Peer, PolicyRules, Scope, Secured, SecurityPolicy, ServiceSpec,
};
use crate::plan::nutanix::{self, Builder, Description, Model};
use crate::semantics::VmSet;
use crate::semantics::endpoints::VmId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rules around one set of machines.
#[derive(Debug)]
pub struct Draft {
    /// The machines.
    pub secured: Machines,
    /// The same as a set.
    pub vms: VmSet,
    /// What people call them.
    pub name: Arc<str>,
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
        name: "all machines".into(),
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
    let wide = estate.as_ref().and_then(|estate| by_own.get(estate));
    let wide = Wide::of(wide.map_or(&[][..], Vec::as_slice));
    for draft in drafts.iter_mut() {
        let Some(first) = draft.vms.iter().next() else {
            continue;
        };
        let near = by_own.get(&draft.vms).into_iter().flatten();
        let wide = wide
            .reaching(first)
            .filter(|_| estate.as_ref() != Some(&draft.vms));
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

/// Pieces around the whole estate, by the machines at the other end.
struct Wide<'pieces> {
    by_vm: BTreeMap<VmId, Vec<&'pieces Piece>>,
    /// Those with so many that listing them by each would cost more than looking at them.
    broad: Vec<&'pieces Piece>,
}

impl<'pieces> Wide<'pieces> {
    /// A piece with more machines at the other end is broad.
    const MOST: usize = 256;

    fn of(pieces: &[&'pieces Piece]) -> Self {
        let mut wide = Self {
            by_vm: BTreeMap::new(),
            broad: Vec::new(),
        };
        for piece in pieces.iter().copied() {
            if piece.peer_reach.vms.len() > Self::MOST {
                wide.broad.push(piece);
                continue;
            }
            for vm in piece.peer_reach.vms.iter() {
                wide.by_vm.entry(vm).or_default().push(piece);
            }
        }
        wide
    }

    /// Those that could reach a machine.
    fn reaching(&self, vm: VmId) -> impl Iterator<Item = &&'pieces Piece> {
        self.by_vm.get(&vm).into_iter().flatten().chain(&self.broad)
    }
}

/// Rules around machines that a tag tells, more than one policy is known to take.
#[derive(Debug)]
pub struct Crowded {
    /// The name of the policy.
    pub policy: String,
    /// How many rules there are.
    pub rules: usize,
    /// The first rule of the source they were made for.
    pub first: usize,
    /// Whether they are spread over several policies.
    pub spread: bool,
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

impl Emitter<'_> {
    fn release(&self) -> Release {
        self.options.target.release()
    }

    /// Makes the policies of all drafts and gives every machine its categories; names those whose
    /// rules are more than one is known to take.
    pub fn emit(mut self, drafts: &[Draft]) -> Vec<Crowded> {
        let crowded = components(drafts)
            .iter()
            .filter_map(|together| self.policies_of(together))
            .collect();
        self.assign_all();
        crowded
    }

    /// Makes the policies that keep groups apart.
    pub fn isolate(&mut self, apart: &[Apart]) {
        for pair in apart {
            let first = self.categories(&pair.first, &pair.first_name);
            let second = self.categories(&pair.second, &pair.second_name);
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

    pub(super) fn add_policy(
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

    fn intra(&mut self, among: &Traffic) -> IntraAction {
        match everything(among, self.release() >= Release::R7_5) {
            Some(Traffics::All) => IntraAction::Allow(ServiceSpec::All),
            Some(traffic) if self.release() >= Release::R7_3 => {
                IntraAction::Allow(self.services(&traffic, "among themselves"))
            }
            Some(_) | None => IntraAction::Deny,
        }
    }

    /// Machines as what they all carry; `None` where the target follows them otherwise.
    fn categories(&mut self, machines: &Machines, name: &str) -> Option<Categories> {
        match machines {
            Machines::Estate => Some(Categories::one(self.estate())),
            Machines::Tags(tags) => Categories::all(tags.iter().map(|tag| self.tag(tag)).collect()),
            Machines::Marked(group, vms) => Some(Categories::one(self.mark(*group, vms, name))),
            Machines::Named(_) => None,
        }
    }

    fn secured(&mut self, machines: &Machines, name: &str) -> Option<Secured> {
        if let Machines::Named(pattern) = machines {
            let vms = Vms::Named(pattern.clone());
            let id = self.entities(Some(vms), Vec::new(), name, Holds::default());
            return id.map(Secured::Entities);
        }
        self.categories(machines, name).map(Secured::Categories)
    }

    fn peers(&mut self, peers: &Peers, name: &str) -> Vec<Peer> {
        match peers {
            Peers::All => vec![Peer::All],
            Peers::Machines(machines) => {
                let peer = self.secured(machines, name).map(|secured| match secured {
                    Secured::Categories(categories) => Peer::Categories(categories),
                    Secured::Entities(id) => Peer::Entities(id),
                });
                peer.into_iter().collect()
            }
            Peers::Addresses(set) => {
                let groups = self.addresses(set, name);
                if groups.len() > 1 && self.release() >= Release::R7_5 {
                    let id = self.entities(None, groups, name, Holds::default());
                    id.map(Peer::Entities).into_iter().collect()
                } else {
                    groups.into_iter().map(Peer::Addresses).collect()
                }
            }
            Peers::Mixed(machines, set) => {
                let vms = match machines {
                    Machines::Tags(tags) => tags.first().map(|tag| Vms::Category(self.tag(tag))),
                    Machines::Named(pattern) => Some(Vms::Named(pattern.clone())),
                    Machines::Marked(group, vms) => {
                        Some(Vms::Category(self.mark(*group, vms, name)))
                    }
                    Machines::Estate => Some(Vms::Category(self.estate())),
                };
                let groups = self.addresses(set, name);
                let id = self.entities(vms, groups, name, Holds::default());
                id.map(Peer::Entities).into_iter().collect()
            }
        }
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
