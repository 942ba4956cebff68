//! Which endpoints a selector means, worked out for a whole policy at once.
//!
//! Comparisons ignore case. A tag without a scope in the condition matches any scope. Groups may
//! nest and may refer to each other in circles; the members of a circle are the least solution.

use super::endpoints::{Endpoints, Members, VmSet};
use super::index::{Addresses, Found, Segments, Tags, Texts, name_matches, tag_matches};
use crate::ir::inventory::{Segment, Vm};
use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector};
use crate::ir::set::AddressSet;
use crate::ir::{Id, Inventory, Link, Linked, Name, NonEmpty, Policy};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// The members of every group of a policy, and what is needed to work out those of any selector.
#[derive(Debug)]
pub struct Membership {
    all: VmSet,
    tags: Tags,
    names: Texts,
    os_names: Texts,
    computer_names: Texts,
    addresses: Addresses,
    segments: Segments,
    groups: Vec<Members>,
    nobody: Members,
}

impl Membership {
    /// Works out every group of the policy.
    #[must_use]
    pub fn of(policy: &Policy<Linked>) -> Self {
        let vms = || policy.inventory.vms.iter();
        let mut membership = Self {
            all: policy.inventory.vms.ids().collect(),
            tags: Tags::of(vms().map(|(id, vm)| (id, vm.tags.as_slice()))),
            names: Texts::of(vms().map(|(id, vm)| (id, Some(vm.ident.name.as_str())))),
            os_names: Texts::of(vms().map(|(id, vm)| (id, vm.os_name.as_deref()))),
            computer_names: Texts::of(vms().map(|(id, vm)| (id, vm.computer_name.as_deref()))),
            addresses: Addresses::of(vms().map(|(id, vm)| (id, vm.addresses.as_ref()))),
            segments: Segments::of(&policy.inventory),
            groups: vec![Members::default(); policy.network.groups.len()],
            nobody: Members::default(),
        };
        for circle in circles(policy) {
            membership.solve(policy, &circle);
        }
        membership
    }

    /// The members of a group.
    #[must_use]
    pub fn group(&self, id: Id<Group<Linked>>) -> &Members {
        self.groups.get(id.index()).unwrap_or(&self.nobody)
    }

    /// Every machine of the inventory.
    #[must_use]
    pub const fn all(&self) -> &VmSet {
        &self.all
    }

    /// Everybody, inside and outside the estate.
    #[must_use]
    pub fn everybody(&self) -> Endpoints {
        Endpoints {
            vms: self.all.clone(),
            addresses: AddressSet::full(),
            ..Endpoints::default()
        }
    }

    /// The endpoints a selector means.
    #[must_use]
    pub fn selector(&self, policy: &Policy<Linked>, selector: &Selector<Linked>) -> Members {
        match selector {
            Selector::Nothing => Members::default(),
            Selector::All(parts) => self.all_of(policy, parts),
            Selector::AnyOf(parts) => self.any_of(policy, parts),
            Selector::Not(inner) => self.negate(&self.selector(policy, inner)),
            Selector::Match(condition) => self.condition(&policy.inventory, condition),
            Selector::Addresses(set, _) => self.addresses.find(set),
            Selector::Group(Link::Found(group, _)) => self.group(*group).clone(),
            Selector::Vm(Link::Found(vm, _)) => {
                Members::known(Endpoints::of_vms([*vm].into_iter().collect()))
            }
            // Such a machine is not in the inventory, or it is one of those that share the name.
            Selector::Vm(Link::Missing(name)) => {
                of_vms((VmSet::new(), self.namesakes(policy, name)))
            }
            Selector::Segment(Link::Found(segment, _)) => {
                of_vms(self.segments.find([*segment].into_iter()))
            }
            Selector::Segment(Link::Missing(name)) => of_vms(self.lost_segment(policy, name)),
            Selector::Group(Link::Missing(_)) | Selector::Opaque(_) => self.symbolic(),
        }
    }

    /// The endpoints on one side of a rule.
    #[must_use]
    pub fn peers(&self, policy: &Policy<Linked>, peers: &Peers<Linked>) -> Members {
        let members = match &peers.set {
            PeerSet::Any => Members::known(self.everybody()),
            PeerSet::Of(parts) => self.any_of(policy, parts),
        };
        if peers.negated {
            self.negate(&members)
        } else {
            members
        }
    }

    /// The machines whose filter holds a rule with this applied-to.
    ///
    /// Applied-to speaks about machines, not about packets: an address in it counts for nothing on
    /// the source platform. Since releases differ in that, a machine that belongs by an address
    /// alone is possible and not sure.
    #[must_use]
    pub fn scope(&self, policy: &Policy<Linked>, peers: &Peers<Linked>) -> Members {
        let members = match &peers.set {
            PeerSet::Any => Members::known(Endpoints::of_vms(self.all.clone())),
            PeerSet::Of(parts) => {
                let parts: Vec<Members> = parts
                    .iter()
                    .map(|part| self.machines(policy, part))
                    .collect();
                self.any_of_members(&parts)
            }
        };
        if !peers.negated {
            return members;
        }
        let mut members = self.negate(&members);
        members.sure.addresses = AddressSet::empty();
        members.possible.addresses = AddressSet::empty();
        members
    }

    /// The machines a selector means when addresses count for nothing; see [`Self::scope`].
    #[must_use]
    pub fn machines(&self, policy: &Policy<Linked>, selector: &Selector<Linked>) -> Members {
        self.machines_within(policy, selector, &mut Vec::new())
    }

    fn machines_within(
        &self,
        policy: &Policy<Linked>,
        selector: &Selector<Linked>,
        open: &mut Vec<Id<Group<Linked>>>,
    ) -> Members {
        let mut members = match selector {
            Selector::Addresses(set, _) => Members {
                sure: Endpoints::empty(),
                possible: self.by_any_address(set),
            },
            Selector::Group(Link::Found(group, _)) if self.by_address(*group) => {
                if open.contains(group) {
                    return Members {
                        sure: Endpoints::empty(),
                        possible: self.group(*group).possible.clone(),
                    };
                }
                open.push(*group);
                let inner = &policy.network.groups[*group].members;
                let members = self.machines_within(policy, inner, open);
                open.pop();
                members
            }
            Selector::AnyOf(parts) => {
                let parts: Vec<Members> = parts
                    .iter()
                    .map(|part| self.machines_within(policy, part, open))
                    .collect();
                self.any_of_members(&parts)
            }
            Selector::All(_)
            | Selector::Not(_)
            | Selector::Nothing
            | Selector::Match(_)
            | Selector::Group(_)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => self.selector(policy, selector),
        };
        for set in [&mut members.sure, &mut members.possible] {
            set.addresses = AddressSet::empty();
        }
        members
    }

    /// The machines that hold one of the addresses; a filter is that of the machine, not of one
    /// address.
    fn by_any_address(&self, set: &AddressSet) -> Endpoints {
        let found = self.addresses.find(set).possible;
        Endpoints::of_vms(found.vms.iter().chain(found.split.into_keys()).collect())
    }

    /// Whether a group holds endpoints by address.
    fn by_address(&self, group: Id<Group<Linked>>) -> bool {
        let members = self.group(group);
        !members.possible.addresses.is_empty() || !members.possible.split.is_empty()
    }

    /// The endpoints in one of the two.
    #[must_use]
    pub fn union(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.addresses.union([left, right].into_iter())
    }

    /// The endpoints in both.
    #[must_use]
    pub fn intersection(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.addresses.intersection(left, right)
    }

    /// The endpoints that are not in the set.
    #[must_use]
    pub fn complement(&self, of: &Endpoints) -> Endpoints {
        self.addresses.complement(of, &self.all)
    }

    /// The endpoints in the first and not in the second.
    #[must_use]
    pub fn difference(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.intersection(left, &self.complement(right))
    }

    /// The endpoints that an address set means.
    #[must_use]
    pub fn addresses(&self, set: &AddressSet) -> Members {
        self.addresses.find(set)
    }

    /// Anybody, possibly.
    fn symbolic(&self) -> Members {
        Members {
            sure: Endpoints::empty(),
            possible: self.everybody(),
        }
    }

    fn negate(&self, members: &Members) -> Members {
        let sure = self.complement(&members.possible);
        if members.is_known() {
            return Members::known(sure);
        }
        Members {
            sure,
            possible: self.complement(&members.sure),
        }
    }

    fn any_of(&self, policy: &Policy<Linked>, parts: &NonEmpty<Selector<Linked>>) -> Members {
        let parts: Vec<Members> = parts
            .iter()
            .map(|part| self.selector(policy, part))
            .collect();
        self.any_of_members(&parts)
    }

    fn any_of_members(&self, parts: &[Members]) -> Members {
        let sure = self.addresses.union(parts.iter().map(|part| &part.sure));
        if parts.iter().all(Members::is_known) {
            return Members::known(sure);
        }
        let possible = self
            .addresses
            .union(parts.iter().map(|part| &part.possible));
        Members { sure, possible }
    }

    fn all_of(&self, policy: &Policy<Linked>, parts: &NonEmpty<Selector<Linked>>) -> Members {
        let both = |left: &Endpoints, right: &Endpoints| self.addresses.intersection(left, right);
        parts
            .iter()
            .map(|part| self.selector(policy, part))
            .reduce(|left, right| Members {
                sure: both(&left.sure, &right.sure),
                possible: both(&left.possible, &right.possible),
            })
            .unwrap_or_default()
    }

    fn condition(&self, inventory: &Inventory<Linked>, condition: &Condition) -> Members {
        let Condition {
            of,
            key,
            operator,
            value,
            origin: _,
        } = condition;
        of_vms(match (of, key) {
            (Of::Vm, Key::Tag(scope)) => self.tags.find(scope, *operator, value, &self.all),
            (Of::Vm, Key::Name) => self.names.find(*operator, value),
            (Of::Vm, Key::OsName) => self.os_names.find(*operator, value),
            (Of::Vm, Key::ComputerName) => self.computer_names.find(*operator, value),
            (Of::Segment, Key::Tag(scope)) => {
                let sure = self.on_segments(inventory, |segment| {
                    tag_matches(&segment.tags, scope, *operator, value).0
                });
                let possible = self.on_segments(inventory, |segment| {
                    tag_matches(&segment.tags, scope, *operator, value).1
                });
                (sure.0, possible.1)
            }
            (Of::Segment, Key::Name) => self.on_segments(inventory, |segment| {
                name_matches(&segment.ident.name, *operator, value)
            }),
            // Ports are not in the inventory, and networks have no guest: any machine could be meant.
            (Of::Segment, Key::OsName | Key::ComputerName) | (Of::SegmentPort, _) => {
                (VmSet::new(), self.all.clone())
            }
        })
    }

    fn on_segments(
        &self,
        inventory: &Inventory<Linked>,
        matches: impl Fn(&Segment) -> bool,
    ) -> Found {
        let matching = inventory
            .segments
            .iter()
            .filter(|(_, segment)| matches(segment))
            .map(|(id, _)| id);
        self.segments.find(matching)
    }

    /// The machines that a reference could mean which nothing, or more than one thing, answers to.
    fn namesakes(&self, policy: &Policy<Linked>, name: &Name<Vm<Linked>>) -> VmSet {
        let text = name.text.to_lowercase();
        let short = text.rsplit('/').next().unwrap_or(&text);
        let same = |candidate: &str| {
            let candidate = candidate.to_lowercase();
            candidate == text || candidate == short
        };
        let vms = policy.inventory.vms.iter();
        vms.filter(|(_, vm)| same(&vm.ident.name) || vm.aliases.iter().any(|alias| same(alias)))
            .map(|(id, _)| id)
            .collect()
    }

    /// The machines that could be attached to a network nothing answers to.
    fn lost_segment(&self, policy: &Policy<Linked>, name: &Name<Segment>) -> Found {
        let found = self.on_segments(&policy.inventory, |segment| {
            name_matches(&segment.ident.name, Operator::Equals, &name.text)
                || segment
                    .aliases
                    .iter()
                    .any(|alias| name_matches(alias, Operator::Equals, &name.text))
        });
        (VmSet::new(), found.1)
    }

    /// Works out groups that refer to each other in a circle: from nothing upwards until nothing is
    /// added. Where the circle runs through a negation there is no least solution, and the groups
    /// stay symbolic.
    fn solve(&mut self, policy: &Policy<Linked>, circle: &Circle) {
        if circle.through_negation {
            for id in &circle.groups {
                let symbolic = self.symbolic();
                self.put(*id, symbolic);
            }
            return;
        }
        loop {
            let mut changed = false;
            for id in &circle.groups {
                let group = &policy.network.groups[*id];
                let members = self.selector(policy, &group.members);
                changed |= members != *self.group(*id);
                self.put(*id, members);
            }
            if !changed || !circle.repeats {
                return;
            }
        }
    }

    fn put(&mut self, id: Id<Group<Linked>>, members: Members) {
        if let Some(place) = self.groups.get_mut(id.index()) {
            *place = members;
        }
    }
}

fn of_vms((sure, possible): Found) -> Members {
    Members {
        sure: Endpoints::of_vms(sure),
        possible: Endpoints::of_vms(possible),
    }
}

/// Groups that must be worked out together.
struct Circle {
    groups: Vec<Id<Group<Linked>>>,
    /// Whether a group of it refers to a group of it.
    repeats: bool,
    /// Whether such a reference stands beneath a negation.
    through_negation: bool,
}

/// The groups, those that are referred to before those that refer.
fn circles(policy: &Policy<Linked>) -> Vec<Circle> {
    let groups = &policy.network.groups;
    let mut graph: DiGraph<Id<Group<Linked>>, bool> = DiGraph::new();
    for id in groups.ids() {
        graph.add_node(id);
    }
    for (id, group) in groups.iter() {
        let from = NodeIndex::new(id.index());
        references(&group.members, false, &mut |to, negated| {
            graph.add_edge(from, NodeIndex::new(to.index()), negated);
        });
    }
    let mut number = vec![0_usize; groups.len()];
    let components = kosaraju_scc(&graph);
    for (at, component) in components.iter().enumerate() {
        for node in component {
            if let Some(place) = number.get_mut(node.index()) {
                *place = at;
            }
        }
    }
    let mut found: Vec<Circle> = components
        .iter()
        .map(|component| Circle {
            groups: component
                .iter()
                .filter_map(|node| graph.node_weight(*node).copied())
                .collect(),
            repeats: false,
            through_negation: false,
        })
        .collect();
    for edge in graph.edge_indices() {
        let ends = graph
            .edge_endpoints(edge)
            .and_then(|(from, to)| Some((*number.get(from.index())?, *number.get(to.index())?)));
        if let Some((from, to)) = ends
            && from == to
            && let Some(circle) = found.get_mut(from)
        {
            circle.repeats = true;
            circle.through_negation |= graph.edge_weight(edge).copied().unwrap_or(true);
        }
    }
    found
}

/// Calls back with every group a selector refers to, and whether that is beneath a negation.
fn references(
    selector: &Selector<Linked>,
    negated: bool,
    found: &mut impl FnMut(Id<Group<Linked>>, bool),
) {
    match selector {
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts
                .iter()
                .for_each(|part| references(part, negated, found));
        }
        Selector::Not(inner) => references(inner, true, found),
        Selector::Group(Link::Found(group, _)) => found(*group, negated),
        Selector::Group(Link::Missing(_))
        | Selector::Nothing
        | Selector::Match(_)
        | Selector::Addresses(..)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::selector::TagScope;
    use crate::ir::{Opaque, Table};
    use crate::semantics::fixture::*;

    /// web1 and web2 carry tags, web2 holds two addresses, db1 one, dark none that is known.
    fn estate() -> Policy<Linked> {
        let mut policy = Policy::default();
        let vms = [
            tagged("web1", &["tier|Web", "env|prod"], &["10.0.0.1"]),
            tagged("web2", &["tier|web"], &["10.0.0.2", "10.9.0.2"]),
            tagged("db1", &["role|web", "tier|db"], &["10.0.1.1"]),
            vm("dark"),
        ];
        policy.inventory.vms = vms.into_iter().collect::<Table<_>>();
        policy
    }

    fn names(policy: &Policy<Linked>, set: &VmSet) -> Vec<String> {
        set.iter()
            .map(|vm| policy.inventory.vms[vm].ident.name.clone())
            .collect()
    }

    fn of(policy: &Policy<Linked>, selector: &Selector<Linked>) -> (Vec<String>, Vec<String>) {
        let members = Membership::of(policy).selector(policy, selector);
        (
            names(policy, &members.sure.vms),
            names(policy, &members.possible.vms),
        )
    }

    fn known(names: &[&str]) -> (Vec<String>, Vec<String>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        (names.clone(), names)
    }

    #[test]
    fn tags_are_compared_in_their_scope_and_without_case() {
        let policy = estate();
        let tier = || TagScope::Is("TIER".into());
        let cases = [
            (
                tag(TagScope::Any, Operator::Equals, "WEB"),
                known(&["web1", "web2", "db1"]),
            ),
            (
                tag(tier(), Operator::Equals, "web"),
                known(&["web1", "web2"]),
            ),
            (
                tag(TagScope::IsNot("tier".into()), Operator::Equals, "web"),
                known(&["db1"]),
            ),
            (tag(tier(), Operator::StartsWith, "D"), known(&["db1"])),
            (
                tag(tier(), Operator::EndsWith, "b"),
                known(&["web1", "web2", "db1"]),
            ),
            (
                tag(TagScope::Any, Operator::Contains, "ro"),
                known(&["web1"]),
            ),
            (
                tag(TagScope::Is("env".into()), Operator::Present, ""),
                known(&["web1"]),
            ),
            (
                matching(Of::Vm, Key::Name, Operator::NotEquals, "DB1"),
                known(&["web1", "web2", "dark"]),
            ),
        ];
        for (selector, expected) in cases {
            assert_eq!(of(&policy, &selector), expected, "{selector:?}");
        }
    }

    #[test]
    fn not_equal_on_a_tag_is_sure_only_where_both_readings_agree() {
        let policy = estate();
        let selector = tag(TagScope::Is("tier".into()), Operator::NotEquals, "web");
        // `dark` has no tag at all: it lacks the tag, and it has no other.
        let expected = (
            vec!["db1".to_owned()],
            vec!["db1".to_owned(), "dark".to_owned()],
        );
        assert_eq!(of(&policy, &selector), expected);
    }

    #[test]
    fn an_address_condition_splits_a_machine_with_two_addresses() {
        let policy = estate();
        let membership = Membership::of(&policy);
        let selector = Selector::Addresses(addresses(&["10.0.0.0/16"]), origin());
        let members = membership.selector(&policy, &selector);
        assert_eq!(names(&policy, &members.sure.vms), ["web1", "db1"]);
        let split: Vec<_> = members
            .sure
            .split
            .values()
            .map(ToString::to_string)
            .collect();
        assert_eq!(split, ["10.0.0.2"]);
        assert_eq!(
            names(&policy, &members.possible.vms),
            ["web1", "db1", "dark"]
        );

        let outside = membership.selector(&policy, &Selector::Not(Box::new(selector.clone())));
        assert!(outside.sure.vms.is_empty());
        assert_eq!(names(&policy, &outside.possible.vms), ["dark"]);
        let split: Vec<_> = outside
            .sure
            .split
            .values()
            .map(ToString::to_string)
            .collect();
        assert_eq!(split, ["10.9.0.2"]);

        let rejoined = membership.union(&members.sure, &outside.sure);
        assert_eq!(names(&policy, &rejoined.vms), ["web1", "web2", "db1"]);
        assert!(rejoined.split.is_empty());

        let web = tag(TagScope::Any, Operator::Equals, "web");
        let both = membership.selector(&policy, &all_of(vec![web, selector]));
        assert_eq!(names(&policy, &both.sure.vms), ["web1", "db1"]);
        assert_eq!(both.sure.split.len(), 1);
    }

    #[test]
    fn a_machine_without_addresses_is_in_no_address_set() {
        let mut policy = estate();
        policy.inventory.vms.push(tagged("off", &[], &[]));
        let everything = Selector::Addresses(AddressSet::full(), origin());
        assert_eq!(
            of(&policy, &everything),
            known(&["web1", "web2", "db1", "dark"])
        );
    }

    #[test]
    fn groups_in_a_circle_have_the_least_members() {
        let mut policy = estate();
        let ids: Vec<_> = {
            let probe: Table<Group<Linked>> = (0..3)
                .map(|_| Group {
                    ident: ident("x"),
                    members: Selector::Nothing,
                    realised: None,
                    unread: vec![],
                })
                .collect();
            probe.ids().collect()
        };
        let db = tag(TagScope::Is("tier".into()), Operator::Equals, "db");
        group(&mut policy, "a", any_of(vec![member_of(ids[1]), db]));
        group(&mut policy, "b", member_of(ids[2]));
        group(
            &mut policy,
            "c",
            any_of(vec![member_of(ids[0]), member_of(ids[2])]),
        );
        for id in ids {
            assert_eq!(of(&policy, &member_of(id)), known(&["db1"]));
        }
    }

    #[test]
    fn a_circle_through_a_negation_stays_symbolic() {
        let mut policy = estate();
        let id = group(&mut policy, "liar", Selector::Nothing);
        for group in policy.network.groups.values_mut() {
            group.members = Selector::Not(Box::new(member_of(id)));
        }
        let (sure, possible) = of(&policy, &member_of(id));
        assert!(sure.is_empty());
        assert_eq!(possible.len(), 4);
    }

    #[test]
    fn what_cannot_be_evaluated_neither_empties_nor_widens() {
        let policy = estate();
        let opaque = || {
            Selector::Opaque(Opaque {
                what: "identity group".into(),
                text: String::new(),
                origin: origin(),
            })
        };
        let db = tag(TagScope::Is("tier".into()), Operator::Equals, "db");
        let (sure, possible) = of(&policy, &any_of(vec![db.clone(), opaque()]));
        assert_eq!(
            (sure.as_slice(), possible.len()),
            (["db1".to_owned()].as_slice(), 4)
        );
        let (sure, possible) = of(&policy, &all_of(vec![db.clone(), opaque()]));
        assert_eq!(
            (sure.len(), possible.as_slice()),
            (0, ["db1".to_owned()].as_slice())
        );
        let (sure, possible) = of(
            &policy,
            &Selector::Not(Box::new(any_of(vec![db, opaque()]))),
        );
        assert_eq!((sure.len(), possible.len()), (0, 3));
        let lost = Selector::Vm(Link::Missing(Name::new("/vms/gone", origin())));
        assert_eq!(of(&policy, &lost), known(&[]));
    }

    #[test]
    fn segments_mean_the_machines_attached_to_them() {
        let mut policy = estate();
        let front = segment(&mut policy, "front");
        for (at, vm) in policy.inventory.vms.values_mut().enumerate().take(3) {
            vm.segments = vec![if at == 2 {
                Link::Missing(Name::new("x", origin()))
            } else {
                Link::Found(front, origin())
            }];
        }
        let expected = (
            vec!["web1".to_owned(), "web2".to_owned()],
            ["web1", "web2", "db1", "dark"].map(str::to_owned).to_vec(),
        );
        assert_eq!(
            of(&policy, &Selector::Segment(Link::Found(front, origin()))),
            expected
        );
        assert_eq!(
            of(
                &policy,
                &matching(Of::Segment, Key::Name, Operator::StartsWith, "FR")
            ),
            expected
        );
    }
}
