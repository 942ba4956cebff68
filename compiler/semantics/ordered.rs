//! What the source policy admits: ordered rules, first match, at both filters of a flow.
//!
//! Source of the laws: the product's documentation and its API descriptions.
//! - Tiers are read in order, in a tier sections and in a section rules; the first match decides.
//!   What a layer-2 rule lets through is still judged by the other tiers.
//! - A flow between two machines passes the sender's filter (rules for outgoing traffic) and the
//!   receiver's (incoming); an endpoint that is no machine of the estate has no filter.
//! - Applied-to says which filters hold the rule. That of the section replaces that of its rules. It
//!   speaks about machines: addresses in it count for nothing.
//! - A jump leaves its tier, the Environment tier, for the Application tier.
//! - Disabled rules do nothing. Excluded machines have no filter.
//!
//! Not decided here: replies (a flow is judged by its first packet) and the data sessions that an
//! application gateway opens (they belong to their control connection).
//! What cannot be known (profiles, schedules, symbolic groups, a missing default rule) is carried as
//! *possible* beside *sure*, so that a comparison can take the worst case both ways.

use super::endpoints::{Endpoints, Members, VmSet};
use super::filter::{Entry, Filters, Reason, Region, Sure, Verdict};
use super::membership::Membership;
use super::services::ServiceBook;
use super::traffic::{Traffic, Versions};
use crate::ir::network::{
    Action, Direction, Enforcement, IpVersion, PeerSet, Peers, Rule, Section, Tier,
};
use crate::ir::selector::Selector;
use crate::ir::service::{ServiceUse, Services};
use crate::ir::{BadKey, Link, Linked, Policy};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The stage that layer-2 rules are read in.
const LAYER_TWO: u8 = 0;
/// The stage of the tiers before the last.
const BEFORE: u8 = 1;
/// The stage of the last tier, where a jump lands.
const APPLICATION: u8 = 2;

/// The filters that a policy puts before its machines. A machine that has no address now is taken as
/// if it had one that no rule names: it is what its tags and its name say.
#[must_use]
pub fn filters(policy: &Policy<Linked>, membership: &Membership) -> Filters {
    read(policy, membership, VmSet::new())
}

/// The filters as they are at this moment: a machine that is known to have no address belongs to no
/// group that a rule looks for in a packet. Only *anybody* means it.
#[must_use]
pub fn filters_now(policy: &Policy<Linked>, membership: &Membership) -> Filters {
    let silent = policy.inventory.vms.iter().filter(|(_, vm)| {
        vm.addresses
            .as_ref()
            .is_some_and(crate::ir::set::AddressSet::is_empty)
    });
    read(policy, membership, silent.map(|(id, _)| id).collect())
}

fn read(policy: &Policy<Linked>, membership: &Membership, silent: VmSet) -> Filters {
    let mut reader = Reader::new(policy, membership, silent);
    reader.openings();
    for section in &policy.network.sections {
        reader.section(section);
    }
    reader.finish()
}

/// The endpoints of one side, for certain and possibly.
#[derive(Clone, Debug)]
struct Side {
    sure: Arc<Endpoints>,
    possible: Arc<Endpoints>,
}

impl Side {
    fn of(members: Members) -> Self {
        if members.is_known() {
            let set = Arc::new(members.sure);
            return Self {
                sure: Arc::clone(&set),
                possible: set,
            };
        }
        Self {
            sure: Arc::new(members.sure),
            possible: Arc::new(members.possible),
        }
    }
}

/// A side of a rule that is nothing but groups, as a key: negated, the groups.
type GroupKey = (bool, Vec<usize>);

struct Reader<'policy> {
    policy: &'policy Policy<Linked>,
    membership: &'policy Membership,
    /// Machines that no packet can name.
    silent: VmSet,
    services: ServiceBook<'policy>,
    everybody: Side,
    any: Arc<Traffic>,
    sides: BTreeMap<GroupKey, Side>,
    scopes: BTreeMap<GroupKey, Side>,
    scoped: BTreeMap<(GroupKey, GroupKey), Side>,
    filters: Filters,
    /// Rules in their order, at the sender and at the receiver.
    placed: (Vec<Entry>, Vec<Entry>),
    /// Rules whose tier or order could not be read.
    unplaced: (Vec<Entry>, Vec<Entry>),
}

impl<'policy> Reader<'policy> {
    fn new(
        policy: &'policy Policy<Linked>,
        membership: &'policy Membership,
        silent: VmSet,
    ) -> Self {
        Self {
            policy,
            membership,
            silent,
            services: ServiceBook::new(policy),
            everybody: Side::of(Members::known(membership.everybody())),
            any: Arc::new(Traffic::any()),
            sides: BTreeMap::new(),
            scopes: BTreeMap::new(),
            scoped: BTreeMap::new(),
            filters: Filters::default(),
            placed: Default::default(),
            unplaced: Default::default(),
        }
    }

    /// The endpoints without a filter: those outside the estate, excluded machines, everybody when
    /// the firewall is off.
    fn openings(&mut self) {
        let outside = Endpoints {
            addresses: crate::ir::set::AddressSet::full(),
            ..Endpoints::default()
        };
        let reason = Reason::plain("an endpoint outside the estate has no filter");
        self.opening(&Side::of(Members::known(outside)), reason);
        match self.policy.network.enforcement {
            Enforcement::Off(origin) => {
                let everybody = self.everybody.clone();
                let reason = Reason {
                    origin: Some(origin),
                    constructs: vec!["firewall".to_owned()],
                    ..Reason::plain("the firewall is switched off")
                };
                self.opening(&everybody, reason);
            }
            Enforcement::On(_) | Enforcement::Unsaid => {}
        }
        for exclusion in &self.policy.network.exclusions {
            let members = self.membership.machines(self.policy, &exclusion.members);
            let mut constructs = vec![exclusion.ident.id.clone()];
            named_groups(self.policy, &exclusion.members, &mut constructs);
            let reason = Reason {
                text: format!("`{}` is excluded from the firewall", exclusion.ident.name),
                id: exclusion.ident.id.clone(),
                origin: Some(exclusion.ident.origin),
                constructs,
            };
            self.opening(&Side::of(members), reason);
        }
    }

    fn opening(&mut self, who: &Side, reason: Reason) {
        let reason = self.filters.reason(reason);
        let any = Arc::clone(&self.any);
        let traffic = (Arc::clone(&any), any);
        let everybody = self.everybody.clone();
        let draft = Draft {
            stage: LAYER_TWO,
            verdict: Verdict::Allow,
            reason,
            certain: true,
        };
        push(&mut self.filters.out, draft, who, &everybody, &traffic);
        push(&mut self.filters.inward, draft, &everybody, who, &traffic);
    }

    fn section(&mut self, section: &Section<Linked>) {
        for rule in &section.rules {
            let doubtful = rule.broken.iter().any(|key| key.name.contains("disabled"));
            if doubtful || (section.enabled && rule.enabled) {
                self.rule(section, rule);
            }
        }
    }

    /// A rule whose place is not known could come before all others, and then it decides.
    fn finish(mut self) -> Filters {
        for (list, unplaced, placed) in [
            (&mut self.filters.out, self.unplaced.0, self.placed.0),
            (&mut self.filters.inward, self.unplaced.1, self.placed.1),
        ] {
            list.extend(unplaced.into_iter().map(|entry| Entry {
                stage: LAYER_TWO,
                verdict: Verdict::Unknown,
                sure: Sure::Never,
                ..entry
            }));
            list.extend(placed);
        }
        self.filters
    }

    fn rule(&mut self, section: &Section<Linked>, rule: &Rule<Linked>) {
        let reason = reason(self.policy, section, rule);
        let reason = self.filters.reason(reason);
        let doubt = Doubt::of(&rule.broken);
        let draft = Draft {
            stage: stage(section.tier),
            verdict: if doubt.action {
                Verdict::Unknown
            } else {
                verdict(section.tier, rule.action)
            },
            reason,
            certain: rule.broken.is_empty()
                && section.schedule.is_none()
                && rule.profiles.is_empty()
                && rule.unread.is_empty()
                && section.unread.is_empty(),
        };
        let everybody = Peers::any();
        let known = |known: bool, peers| if known { peers } else { &everybody };
        let scope = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
        let scope = known(!doubt.scope, scope);
        let from = known(!doubt.source, &rule.source);
        let to = known(!doubt.destination, &rule.destination);
        let traffic = if doubt.services {
            (Arc::clone(&self.any), Arc::clone(&self.any))
        } else {
            self.traffic(&rule.services, section.tier, rule.ip)
        };
        let source = self.side(from);
        let destination = self.side(to);
        let mut found = (Vec::new(), Vec::new());
        if doubt.direction || rule.direction != Direction::In {
            let source = self.scoped(from, scope);
            push(&mut found.0, draft, &source, &destination, &traffic);
        }
        if doubt.direction || rule.direction != Direction::Out {
            let destination = self.scoped(to, scope);
            push(&mut found.1, draft, &source, &destination, &traffic);
        }
        let lists = if doubt.place {
            &mut self.unplaced
        } else {
            &mut self.placed
        };
        lists.0.extend(found.0);
        lists.1.extend(found.1);
    }

    fn traffic(
        &mut self,
        services: &Services<Linked>,
        tier: Tier,
        ip: IpVersion,
    ) -> (Arc<Traffic>, Arc<Traffic>) {
        let versions = Versions::from(ip);
        if let (Services::Any, Versions::BOTH) = (services, versions) {
            return (Arc::clone(&self.any), Arc::clone(&self.any));
        }
        let (sure, possible) = self.services.of(services, tier == Tier::Ethernet);
        if sure == possible {
            let both = Arc::new(sure.only(versions));
            return (Arc::clone(&both), both);
        }
        (
            Arc::new(sure.only(versions)),
            Arc::new(possible.only(versions)),
        )
    }

    fn side(&mut self, peers: &Peers<Linked>) -> Side {
        if matches!(peers.set, PeerSet::Any) && !peers.negated {
            return self.everybody.clone();
        }
        let make = |reader: &Self| {
            let mut members = reader.membership.peers(reader.policy, peers);
            if !reader.silent.is_empty() {
                for set in [&mut members.sure, &mut members.possible] {
                    set.vms = set.vms.difference(&reader.silent);
                }
            }
            Side::of(members)
        };
        let Some(key) = group_key(peers) else {
            return make(self);
        };
        if let Some(side) = self.sides.get(&key) {
            return side.clone();
        }
        let side = make(self);
        self.sides.insert(key, side.clone());
        side
    }

    /// The endpoints of a side whose own filter holds the rule.
    fn scoped(&mut self, peers: &Peers<Linked>, scope: &Peers<Linked>) -> Side {
        let side = self.side(peers);
        if matches!(scope.set, PeerSet::Any) && !scope.negated {
            return side;
        }
        let key = group_key(peers).zip(group_key(scope));
        if let Some(found) = key.as_ref().and_then(|key| self.scoped.get(key)) {
            return found.clone();
        }
        let scope = self.scope(scope);
        let both = |left: &Endpoints, right: &Endpoints| self.membership.intersection(left, right);
        let found = Side::of(Members {
            sure: both(&side.sure, &scope.sure),
            possible: both(&side.possible, &scope.possible),
        });
        if let Some(key) = key {
            self.scoped.insert(key, found.clone());
        }
        found
    }

    fn scope(&mut self, scope: &Peers<Linked>) -> Side {
        let make = |reader: &Self| Side::of(reader.membership.scope(reader.policy, scope));
        let Some(key) = group_key(scope) else {
            return make(self);
        };
        if let Some(side) = self.scopes.get(&key) {
            return side.clone();
        }
        let side = make(self);
        self.scopes.insert(key, side.clone());
        side
    }
}

/// Which parts of a rule could not be read.
struct Doubt {
    action: bool,
    source: bool,
    destination: bool,
    services: bool,
    scope: bool,
    direction: bool,
    place: bool,
}

impl Doubt {
    /// From the keys that could not be read; a key of the section has a word before it. A key that is
    /// none of those that say something else puts everything in doubt.
    fn of(keys: &[BadKey]) -> Self {
        let keys = BadKey::names(keys);
        let has = |words: &[&str]| {
            keys.iter()
                .any(|key| words.iter().any(|word| key.contains(word)))
        };
        let all = keys.iter().any(|key| {
            let known = [
                "action",
                "source",
                "dest",
                "service",
                "scope",
                "direction",
                "category",
                "sequence",
                "profile",
                "disabled",
                "ip_protocol",
                "logged",
                "schedul",
                "rule_id",
                "tag",
                "notes",
                "is_default",
            ];
            !known.iter().any(|word| key.contains(word))
        });
        Self {
            action: all || has(&["action"]),
            source: all || has(&["source"]),
            destination: all || has(&["dest"]),
            services: all || has(&["service", "ip_protocol"]),
            scope: all || has(&["scope"]),
            direction: all || has(&["direction"]),
            place: all || has(&["category", "sequence"]),
        }
    }
}

/// The parts of an entry that do not depend on the filter.
#[derive(Clone, Copy)]
struct Draft {
    stage: u8,
    verdict: Verdict,
    reason: usize,
    certain: bool,
}

fn push(
    list: &mut Vec<Entry>,
    draft: Draft,
    source: &Side,
    destination: &Side,
    (sure, possible): &(Arc<Traffic>, Arc<Traffic>),
) {
    let Draft {
        stage,
        verdict,
        reason,
        certain,
    } = draft;
    let region = Region {
        source: Arc::clone(&source.possible),
        destination: Arc::clone(&destination.possible),
        traffic: Arc::clone(possible),
    };
    if region.is_empty() {
        return;
    }
    let known = Arc::ptr_eq(&source.sure, &source.possible)
        && Arc::ptr_eq(&destination.sure, &destination.possible)
        && Arc::ptr_eq(sure, possible);
    let sure = if !certain {
        Sure::Never
    } else if known {
        Sure::All
    } else {
        let region = Region {
            source: Arc::clone(&source.sure),
            destination: Arc::clone(&destination.sure),
            traffic: Arc::clone(sure),
        };
        if region.is_empty() {
            Sure::Never
        } else {
            Sure::Some(region)
        }
    };
    list.push(Entry {
        stage,
        possible: region,
        sure,
        verdict,
        reason,
    });
}

const fn stage(tier: Tier) -> u8 {
    match tier {
        Tier::Ethernet => LAYER_TWO,
        Tier::Emergency | Tier::Infrastructure | Tier::Environment => BEFORE,
        Tier::Application => APPLICATION,
    }
}

const fn verdict(tier: Tier, action: Action) -> Verdict {
    match (tier, action) {
        (Tier::Ethernet, Action::Allow) | (Tier::Environment, Action::Jump) => Verdict::Pass,
        (_, Action::Allow) => Verdict::Allow,
        (_, Action::Drop | Action::Reject) => Verdict::Deny,
        // The product refuses such a rule; what it would do is written nowhere.
        (_, Action::Jump) => Verdict::Unknown,
    }
}

fn group_key(peers: &Peers<Linked>) -> Option<GroupKey> {
    let PeerSet::Of(parts) = &peers.set else {
        return Some((peers.negated, Vec::new()));
    };
    let groups: Option<Vec<usize>> = parts
        .iter()
        .map(|part| match part {
            Selector::Group(Link::Found(group, _)) => Some(group.index()),
            Selector::Group(Link::Missing(_))
            | Selector::Nothing
            | Selector::All(_)
            | Selector::AnyOf(_)
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => None,
        })
        .collect();
    Some((peers.negated, groups?))
}

fn reason(policy: &Policy<Linked>, section: &Section<Linked>, rule: &Rule<Linked>) -> Reason {
    let mut constructs = vec![rule.ident.id.clone(), section.ident.id.clone()];
    let scope = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
    for peers in [&rule.source, &rule.destination, scope] {
        if let PeerSet::Of(parts) = &peers.set {
            parts
                .iter()
                .for_each(|part| named_groups(policy, part, &mut constructs));
        }
    }
    if let Services::Of(uses) = &rule.services {
        for one in uses {
            if let ServiceUse::Named(Link::Found(service, _)) = one {
                constructs.push(policy.network.services[*service].ident.id.clone());
            }
        }
    }
    Reason {
        text: format!(
            "rule `{}` of section `{}`",
            rule.ident.name, section.ident.name
        ),
        id: rule.ident.id.clone(),
        origin: Some(rule.ident.origin),
        constructs,
    }
}

/// The ids of the groups that a selector names itself.
fn named_groups(policy: &Policy<Linked>, selector: &Selector<Linked>, found: &mut Vec<String>) {
    match selector {
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts
                .iter()
                .for_each(|part| named_groups(policy, part, found));
        }
        Selector::Not(inner) => named_groups(policy, inner, found),
        Selector::Group(Link::Found(group, _)) => {
            found.push(policy.network.groups[*group].ident.id.clone());
        }
        Selector::Group(Link::Missing(name)) => found.push(name.text.clone()),
        Selector::Nothing
        | Selector::Match(_)
        | Selector::Addresses(..)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => {}
    }
}
