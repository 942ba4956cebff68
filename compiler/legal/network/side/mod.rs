//! One side of a rule as parts that the target can name, and as sets of endpoints.

mod peers;

use super::remark::{Mention, Remark, describe};
use super::tag::{TagList, name_pattern, tag_list};
use super::universe::{Universe, at_most, union_all};
use crate::ir::network::Group;
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::set::AddressSet;
use crate::ir::{BadKey, Id, Link, Linked};
use crate::legal::table::network::Use;
use crate::legal::{Options, Preference, Release};
use crate::plan::nutanix::network::{MAX_CATEGORIES, NamePattern};
use crate::semantics::endpoints::Endpoints;
use crate::semantics::membership::{Changing, inner_first};
use crate::semantics::{Members, VmSet};
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Packets by their other end: a machine, whatever its address, or an address, whoever has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// Machines.
    pub vms: VmSet,
    /// Addresses.
    pub ips: AddressSet,
}

impl Reach {
    /// Whether it is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vms.is_empty() && self.ips.is_empty()
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self {
            vms: self.vms.union(&other.vms),
            ips: self.ips.union(&other.ips),
        }
    }
}

/// How the target names a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Everybody.
    Anyone,
    /// Machines that carry all of these tags: the target follows changes by itself.
    Tags(TagList),
    /// Machines by name: the target follows changes by itself.
    Named(NamePattern),
    /// Machines by a category of their own.
    Machines,
    /// Addresses.
    Addresses,
}

/// A part of one side of a rule.
#[derive(Clone, Debug)]
pub struct Part {
    /// How the target names it.
    pub form: Form,
    /// Who it is, for certain.
    pub reach: Reach,
    /// What people call it.
    pub name: Arc<str>,
    /// The group it stands for, where it is one.
    pub group: Option<Id<Group<Linked>>>,
}

/// A side of a rule, or a group.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Who it is for certain, in parts.
    pub parts: Vec<Part>,
    /// Who it is at most.
    pub possible: Reach,
    /// Whether both are the same.
    pub exact: bool,
    /// What must be told.
    pub remarks: Vec<Remark>,
}

impl Side {
    /// Where that stands which is not known of it.
    #[must_use]
    pub fn cause(&self) -> Option<Origin> {
        self.remarks.iter().find_map(Remark::cause)
    }

    /// Who it is for certain.
    #[must_use]
    pub fn sure(&self) -> Reach {
        self.parts
            .iter()
            .fold(Reach::default(), |all, part| all.union(&part.reach))
    }
}

/// A selector taken apart.
#[derive(Debug, Default)]
struct Flat {
    tags: Vec<TagList>,
    names: BTreeMap<NamePattern, VmSet>,
    machines: VmSet,
    ips: Vec<AddressSet>,
    possible: Vec<Reach>,
    inexact: bool,
    remarks: Vec<Remark>,
}

/// The sides of the rules of a policy; groups are worked out once.
#[derive(Debug)]
pub struct Sides<'universe> {
    universe: &'universe Universe,
    /// By place; `None` while a group is not worked out.
    groups: Vec<Option<Side>>,
    tainted: Vec<bool>,
    changing: Changing,
    /// Whether the target selects machines by name.
    by_name: bool,
    /// Whether the target takes one tag for a set of machines, and not several at once.
    one_tag: bool,
    /// How many criteria of a group stay parts of their own.
    widest: usize,
}

impl<'universe> Sides<'universe> {
    /// Works out every group.
    #[must_use]
    pub fn of(universe: &'universe Universe, options: &Options) -> Self {
        let Options { target, prefer, .. } = options;
        let count = universe.policy.network.groups.len();
        let mut sides = Self {
            universe,
            groups: Vec::new(),
            tainted: vec![false; count],
            changing: Changing::of(&universe.policy),
            by_name: target.release() >= Release::R7_6,
            one_tag: target.is_flex(),
            widest: if target.is_flex() || *prefer == Preference::Dynamic {
                usize::MAX
            } else {
                MAX_CATEGORIES
            },
        };
        sides.taint();
        let mut done = vec![None; count];
        for id in inner_first(&universe.policy) {
            let side = sides.group_side(id, &done);
            if let Some(place) = done.get_mut(id.index()) {
                *place = Some(side);
            }
        }
        sides.groups = done;
        sides
    }

    /// Marks the groups with an unread key, and those that have one as a member.
    fn taint(&mut self) {
        let groups = &self.universe.policy.network.groups;
        let mut changed = true;
        while changed {
            changed = false;
            for (id, group) in groups.iter() {
                let taints = !group.unread.is_empty() || self.is_tainted(&group.members);
                if let Some(mark) = self.tainted.get_mut(id.index())
                    && taints
                    && !*mark
                {
                    *mark = true;
                    changed = true;
                }
            }
        }
    }

    fn is_tainted(&self, selector: &Selector<Linked>) -> bool {
        match selector {
            Selector::All(parts) | Selector::AnyOf(parts) => {
                parts.iter().any(|part| self.is_tainted(part))
            }
            Selector::Not(inner) => self.is_tainted(inner),
            Selector::Group(Link::Found(id, _)) => {
                self.tainted.get(id.index()).copied().unwrap_or(true)
            }
            Selector::Group(Link::Missing(_))
            | Selector::Nothing
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => false,
        }
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: Id<Group<Linked>>) -> Option<&Side> {
        self.groups.get(id.index())?.as_ref()
    }

    /// A group, once the groups in it are done.
    fn group_side(&self, id: Id<Group<Linked>>, done: &[Option<Side>]) -> Side {
        let Group {
            ident,
            members,
            realised: _,
            unread,
        } = &self.universe.policy.network.groups[id];
        let mut flat = Flat::default();
        self.flatten(members, done, &mut flat);
        let mut side = self.assemble(flat, &ident.name, Some(id));
        if let Some(first) = unread.first() {
            side.parts.clear();
            side.exact = false;
            side.remarks.push(Remark {
                what: Mention::UnreadKey,
                text: format!("key `{}`", BadKey::names(unread).join("`, `")),
                origin: Some(first.origin),
            });
        }
        side
    }

    fn flatten(&self, selector: &Selector<Linked>, done: &[Option<Side>], flat: &mut Flat) {
        if let Some(list) = tag_list(selector) {
            let what = if list.len() == 1 {
                Use::MemberByTag
            } else {
                Use::MemberByTags(list.len())
            };
            flat.remark(Mention::Plain(what), "tags".to_owned(), None);
            flat.possible.push(self.tagged(&list));
            flat.tags.push(list);
            return;
        }
        if let Some((pattern, vms)) = self.pattern(selector) {
            flat.possible.push(Reach {
                vms: vms.clone(),
                ips: AddressSet::empty(),
            });
            flat.names.insert(pattern, vms);
            return;
        }
        match selector {
            Selector::Nothing => {}
            Selector::AnyOf(parts) => {
                for part in parts {
                    self.flatten(part, done, flat);
                }
            }
            Selector::Group(Link::Found(id, _)) => match done.get(id.index()) {
                Some(Some(side)) => {
                    let name = &self.universe.policy.network.groups[*id].ident.name;
                    flat.remark(Mention::Plain(Use::Nested), format!("group `{name}`"), None);
                    flat.include(side.clone());
                }
                // A group of the same circle.
                Some(None) | None => self.freeze(selector, flat),
            },
            Selector::Addresses(set, origin) => {
                flat.remark(
                    Mention::Plain(Use::Addresses(set.len())),
                    "addresses".to_owned(),
                    Some(*origin),
                );
                flat.ips.push(set.clone());
                flat.possible.push(Reach {
                    vms: VmSet::new(),
                    ips: set.clone(),
                });
            }
            Selector::All(_)
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Group(Link::Missing(_))
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => self.freeze(selector, flat),
        }
    }

    /// A condition on names that the target follows, and who meets it: only where nobody's name
    /// depends on how the target takes capital letters.
    fn pattern(&self, selector: &Selector<Linked>) -> Option<(NamePattern, VmSet)> {
        let pattern = name_pattern(selector).filter(|_| self.by_name)?;
        let universe = self.universe;
        let members = universe.membership.selector(&universe.policy, selector);
        let alike = universe
            .real(&members.possible.vms)
            .all(|vm| pattern.matches(&universe.ident(vm).name));
        (alike && !universe.is_unknown()).then_some((pattern, members.possible.vms))
    }

    /// The machines that carry all of the tags.
    #[must_use]
    pub fn tagged(&self, list: &TagList) -> Reach {
        let vms = list
            .iter()
            .map(|key| {
                let condition = Selector::Match(Condition {
                    of: Of::Vm,
                    key: Key::Tag(
                        key.scope()
                            .map_or(TagScope::Any, |scope| TagScope::Is(scope.to_owned())),
                    ),
                    operator: Operator::Equals,
                    value: key.value().to_owned(),
                    origin: Origin::default(),
                });
                let policy = &self.universe.policy;
                self.universe
                    .membership
                    .selector(policy, &condition)
                    .sure
                    .vms
            })
            .reduce(|all, more| all.intersection(&more));
        Reach {
            vms: vms.unwrap_or_default(),
            ips: AddressSet::empty(),
        }
    }

    /// A selector that the target cannot follow: today's members.
    fn freeze(&self, selector: &Selector<Linked>, flat: &mut Flat) {
        let members = self
            .universe
            .membership
            .selector(&self.universe.policy, selector);
        let before = flat.remarks.len();
        if self.by_name && name_pattern(selector).is_some() {
            let text = "names, with or without capitals".to_owned();
            flat.remark(Mention::Plain(Use::NameByCase), text, None);
        }
        describe(selector, &mut flat.remarks);
        let tainted = self.is_tainted(selector);
        if tainted || !self.is_known(&members) {
            flat.inexact = true;
            let told = flat.remarks.iter().skip(before);
            if told
                .clone()
                .all(|remark| matches!(remark.what, Mention::Plain(_)))
            {
                flat.remark(
                    Mention::Unknown,
                    "properties of machines that no export tells".to_owned(),
                    None,
                );
            }
        }
        let (sure, mut possible, blind) = self.reaches(&members);
        if blind && !tainted {
            flat.inexact = true;
            flat.remarks.push(Self::blind());
        }
        if self.universe.is_unknown() {
            possible.vms = self.universe.all.clone();
        }
        flat.possible.push(possible);
        if !tainted {
            flat.machines = flat.machines.union(&sure.vms);
            flat.ips.push(sure.ips);
        }
    }

    /// Whether it is known of every machine of the inventory if it is a member.
    fn is_known(&self, members: &Members) -> bool {
        let (sure, possible) = (&members.sure, &members.possible);
        sure.addresses == possible.addresses
            && sure.split == possible.split
            && self
                .universe
                .real(&possible.vms.difference(&sure.vms))
                .next()
                .is_none()
    }

    /// Members as packets by their other end, for certain and at most; and whether addresses that
    /// belong are left out of what is certain, as they could be those of a machine that does not.
    fn reaches(&self, members: &Members) -> (Reach, Reach, bool) {
        let possible = self.reach(&members.possible, at_most(&members.possible));
        let mut sure = self.reach(&members.sure, members.sure.vms.clone());
        let outside = self.universe.all.difference(&members.sure.vms);
        let blind = !members.sure.addresses.is_empty() && !self.universe.addresses(&outside).1;
        if blind {
            let split: Vec<&AddressSet> = members.sure.split.values().collect();
            sure.ips = union_all(&split);
        }
        (sure, possible, blind)
    }

    fn reach(&self, endpoints: &Endpoints, vms: VmSet) -> Reach {
        if endpoints.addresses.is_empty() && endpoints.split.is_empty() {
            return Reach {
                vms,
                ips: AddressSet::empty(),
            };
        }
        let outside = self.universe.all.difference(&endpoints.vms);
        let (held, _) = self.universe.addresses(&outside);
        let split: Vec<&AddressSet> = endpoints.split.values().collect();
        let ips = endpoints.addresses.difference(&held);
        Reach {
            vms,
            ips: ips.union(&union_all(&split)),
        }
    }

    /// That addresses are left out of what is certain.
    fn blind() -> Remark {
        Remark {
            what: Mention::UnknownAddresses,
            text: "addresses that machines outside could have, of which no export tells theirs"
                .to_owned(),
            origin: None,
        }
    }

    fn assemble(&self, flat: Flat, name: &str, group: Option<Id<Group<Linked>>>) -> Side {
        let name: Arc<str> = name.into();
        let Flat {
            mut tags,
            names,
            mut machines,
            ips,
            possible,
            inexact,
            mut remarks,
        } = flat;
        let mut seen = BTreeSet::new();
        tags.retain(|list| seen.insert(list.clone()));
        // A group that is reached in several ways says the same each time.
        let mut said = BTreeSet::new();
        remarks.retain(|Remark { what, text, origin }| {
            said.insert((text.clone(), *origin, format!("{what:?}")))
        });
        if tags.len() > self.widest {
            remarks.push(Remark {
                what: Mention::Plain(Use::Union(tags.len())),
                text: format!("{} criteria", tags.len()),
                origin: None,
            });
            for list in tags.drain(..) {
                machines = machines.union(&self.tagged(&list).vms);
            }
        }
        let mut parts: Vec<Part> = tags
            .into_iter()
            .map(|list| Part {
                reach: self.tagged(&list),
                form: Form::Tags(list),
                name: Arc::clone(&name),
                group,
            })
            .collect();
        parts.extend(names.into_iter().map(|(pattern, vms)| Part {
            reach: Reach {
                vms,
                ips: AddressSet::empty(),
            },
            form: Form::Named(pattern),
            name: Arc::clone(&name),
            group,
        }));
        let ips = union_all(&ips.iter().collect::<Vec<_>>());
        for (form, reach) in [
            (
                Form::Machines,
                Reach {
                    vms: machines,
                    ips: AddressSet::empty(),
                },
            ),
            (
                Form::Addresses,
                Reach {
                    vms: VmSet::new(),
                    ips,
                },
            ),
        ] {
            if !reach.is_empty() {
                parts.push(Part {
                    form,
                    reach,
                    name: Arc::clone(&name),
                    group,
                });
            }
        }
        Side {
            parts,
            possible: possible
                .iter()
                .fold(Reach::default(), |all, more| all.union(more)),
            exact: !inexact,
            remarks,
        }
    }
}

impl Flat {
    fn remark(&mut self, what: Mention, text: String, origin: Option<Origin>) {
        self.remarks.push(Remark { what, text, origin });
    }

    fn include(&mut self, side: Side) {
        let Side {
            parts,
            possible,
            exact,
            remarks,
        } = side;
        for part in parts {
            match part.form {
                Form::Tags(list) => self.tags.push(list),
                Form::Named(pattern) => {
                    self.names.insert(pattern, part.reach.vms);
                }
                Form::Anyone | Form::Machines | Form::Addresses => {
                    self.machines = self.machines.union(&part.reach.vms);
                    self.ips.push(part.reach.ips);
                }
            }
        }
        self.possible.push(possible);
        self.inexact |= !exact;
        self.remarks.extend(remarks);
    }
}
