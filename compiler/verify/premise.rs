//! What a verdict about the firewall rests on: the inventory it was worked out for, and the groups
//! that must stay apart.
//!
//! An allow rule that no earlier deny meets today is emitted as it stands. A machine that joins both
//! the group of the allow and that of the deny is stopped by the source and let through by the
//! target; so the verdict names these pairs. Nothing of the lowering is used here.

use crate::finding::codes::verify as codes;
use crate::finding::{Domain, Finding, count};
use crate::ir::inventory::Vm;
use crate::ir::network::{PeerSet, Peers, Rule, Section};
use crate::ir::selector::Selector;
use crate::ir::{Ident, Link, Linked, Policy, Table};
use crate::semantics::filter::{Entry, Filters, Verdict};
use crate::semantics::membership::{Changing, Membership};
use crate::semantics::ordered;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How many earlier rules are looked at for one rule: the nearest ones.
const LOOK: usize = 256;
/// How many pairs are named for one rule.
const NAME: usize = 32;

/// What the verdicts of a run rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Premises {
    /// SHA-256 of what the exports tell about machines and networks, in hexadecimal. Neither file
    /// names nor the order of anything change it.
    pub inventory: String,
    /// How many machines the inventory holds.
    pub machines: usize,
    /// Every allow rule in force, in the order of evaluation.
    pub rules: Vec<Standing>,
}

/// What the verdict about one rule rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The id of the rule.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Constructs that it is made of: itself, its section, its groups and services.
    pub constructs: Vec<String>,
    /// What must stay apart.
    pub apart: Vec<Apart>,
    /// Whether all are named: the list of a rule is cut at a bound.
    pub complete: bool,
}

/// An earlier rule that must not meet a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The id of the earlier rule.
    pub rule: String,
    /// The ends at which the two are apart today; one is enough.
    pub ends: Vec<End>,
}

/// Two lists of groups, and what else the rules name, that share no endpoint today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// `source` or `destination`.
    pub at: &'static str,
    /// What the rule names.
    pub of: Vec<String>,
    /// What the earlier rule names.
    pub from: Vec<String>,
}

impl Premises {
    /// Works them out from the source policy.
    #[must_use]
    pub fn of(policy: &Policy<Linked>, membership: &Membership) -> Self {
        let filters = ordered::filters(policy, membership);
        Self {
            inventory: digest(policy),
            machines: policy.inventory.vms.len(),
            rules: Reader::new(policy, &filters).read(),
        }
    }

    /// What the user must know.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        let pairs: usize = self.rules.iter().map(|rule| rule.apart.len()).sum();
        let rules = self.rules.iter().filter(|rule| !rule.apart.is_empty());
        let (rules, more) = rules.fold((0_usize, ""), |(count, more), rule| {
            (count + 1, if rule.complete { more } else { "at least " })
        });
        (pairs > 0).then(|| {
            let message = format!(
                "{} {} exact while groups stay apart from those of earlier denies, {more}{} of rules \
                 in all; `report/verdicts.json` names them",
                count(rules, "allow rule"),
                if rules == 1 { "is" } else { "are" },
                count(pairs, "pair")
            );
            Finding::new(&codes::EXACT_WHILE_APART, Domain::Network, message)
        })
    }
}

struct Reader<'run> {
    policy: &'run Policy<Linked>,
    filters: &'run Filters,
    changing: Changing,
    rules: BTreeMap<&'run str, (&'run Section<Linked>, &'run Rule<Linked>)>,
}

impl<'run> Reader<'run> {
    fn new(policy: &'run Policy<Linked>, filters: &'run Filters) -> Self {
        let sections = policy.network.sections.iter();
        Self {
            policy,
            filters,
            changing: Changing::of(policy),
            rules: sections
                .flat_map(|section| section.rules.iter().map(move |rule| (section, rule)))
                .map(|(section, rule)| (rule.ident.id.as_str(), (section, rule)))
                .collect(),
        }
    }

    fn read(&self) -> Vec<Standing> {
        let mut found: Vec<Standing> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (list, sending) in [(&self.filters.out, true), (&self.filters.inward, false)] {
            let mut earlier: Vec<&Entry> = Vec::new();
            for entry in list {
                let Some(reason) = self.filters.reasons.get(entry.reason) else {
                    continue;
                };
                let Some((_, rule)) = self.rules.get(reason.id.as_str()) else {
                    continue;
                };
                if entry.verdict != Verdict::Allow {
                    earlier.push(entry);
                    continue;
                }
                let place = *places.entry(&reason.id).or_insert_with(|| {
                    found.push(Standing {
                        id: reason.id.clone(),
                        name: rule.ident.name.clone(),
                        constructs: reason.constructs.clone(),
                        apart: Vec::new(),
                        complete: true,
                    });
                    found.len() - 1
                });
                if let Some(standing) = found.get_mut(place) {
                    self.stand(standing, entry, &earlier, sending);
                }
            }
        }
        found
    }

    /// Adds what must stay apart from the earlier entries of one list.
    fn stand(&self, standing: &mut Standing, entry: &Entry, earlier: &[&Entry], sending: bool) {
        standing.complete &= earlier.len() <= LOOK;
        let mut named: BTreeSet<String> = standing
            .apart
            .iter()
            .map(|apart| apart.rule.clone())
            .collect();
        for other in earlier.iter().rev().take(LOOK) {
            let Some(apart) = self.apart(entry, other, sending) else {
                continue;
            };
            if named.contains(&apart.rule) {
                continue;
            }
            if standing.apart.len() == NAME {
                standing.complete = false;
                return;
            }
            named.insert(apart.rule.clone());
            standing.apart.push(apart);
        }
    }

    /// Whether two entries could meet and do not today, and where.
    fn apart(&self, entry: &Entry, other: &Entry, sending: bool) -> Option<Apart> {
        if !entry.possible.traffic.meets(&other.possible.traffic) {
            return None;
        }
        let (section, rule) = self.rule(entry)?;
        let (other_section, other_rule) = self.rule(other)?;
        let scope = |section: &'run Section<Linked>, rule: &'run Rule<Linked>| {
            section.applied_to.as_ref().unwrap_or(&rule.applied_to)
        };
        let scopes = [scope(section, rule), scope(other_section, other_rule)];
        let mut ends = Vec::new();
        for (at, own, peers, sides) in [
            (
                "source",
                sending,
                [&rule.source, &other_rule.source],
                [&entry.possible.source, &other.possible.source],
            ),
            (
                "destination",
                !sending,
                [&rule.destination, &other_rule.destination],
                [&entry.possible.destination, &other.possible.destination],
            ),
        ] {
            let [side, other_side] = sides;
            if side.meets(other_side) {
                continue;
            }
            let changes = |which: usize| {
                let peers = peers.get(which).is_some_and(|one| self.changing.peers(one));
                let scope = scopes
                    .get(which)
                    .is_some_and(|one| self.changing.peers(one));
                peers || own && scope
            };
            if !changes(0) && !changes(1) {
                // Apart for good.
                return None;
            }
            let [one, another] = peers;
            let [scope, other_scope] = scopes;
            ends.push(End {
                at,
                of: self.names(one, own.then_some(scope)),
                from: self.names(another, own.then_some(other_scope)),
            });
        }
        (!ends.is_empty()).then(|| Apart {
            rule: other_rule.ident.id.clone(),
            ends,
        })
    }

    fn rule(&self, entry: &Entry) -> Option<(&'run Section<Linked>, &'run Rule<Linked>)> {
        let reason = self.filters.reasons.get(entry.reason)?;
        self.rules.get(reason.id.as_str()).copied()
    }

    /// What a side of a rule names, and what the rule is applied to where that narrows the side.
    fn names(&self, peers: &Peers<Linked>, scope: Option<&Peers<Linked>>) -> Vec<String> {
        let mut names = self.named(peers);
        names.extend(
            scope
                .map(|scope| self.named(scope))
                .into_iter()
                .flatten()
                .map(|name| format!("applied to {name}")),
        );
        if names.is_empty() {
            names.push("any".to_owned());
        }
        names
    }

    fn named(&self, peers: &Peers<Linked>) -> Vec<String> {
        let not = if peers.negated { "not " } else { "" };
        match &peers.set {
            PeerSet::Any => Vec::new(),
            PeerSet::Of(parts) => parts
                .iter()
                .map(|part| format!("{not}{}", self.name(part)))
                .collect(),
        }
    }

    fn name(&self, selector: &Selector<Linked>) -> String {
        let inventory = &self.policy.inventory;
        match selector {
            Selector::Group(link) => id(link, &self.policy.network.groups, |group| &group.ident),
            Selector::Vm(link) => id(link, &inventory.vms, |vm: &Vm<Linked>| &vm.ident),
            Selector::Segment(link) => id(link, &inventory.segments, |segment| &segment.ident),
            Selector::Addresses(set, _) => set.parts().collect::<Vec<_>>().join(" "),
            Selector::Nothing => "nothing".to_owned(),
            Selector::All(_) | Selector::AnyOf(_) | Selector::Not(_) | Selector::Match(_) => {
                "an expression".to_owned()
            }
            Selector::Opaque(opaque) => opaque.text.clone(),
        }
    }
}

fn id<T>(link: &Link<T>, table: &Table<T>, ident: impl Fn(&T) -> &Ident) -> String {
    match link {
        Link::Found(id, _) => ident(&table[*id]).id.clone(),
        Link::Missing(name) => name.text.clone(),
    }
}

/// The digest of an inventory: of every property that decides who belongs to a group.
fn digest(policy: &Policy<Linked>) -> String {
    let inventory = &policy.inventory;
    let segment = |link: &Link<_>| id(link, &inventory.segments, |segment| &segment.ident);
    let mut lines: Vec<String> = Vec::new();
    for vm in inventory.vms.values() {
        let Vm {
            ident,
            aliases: _,
            tags,
            addresses,
            segments,
            os_name,
            computer_name,
            host: _,
            cluster: _,
        } = vm;
        let mut tags: Vec<_> = tags.iter().map(|tag| (&tag.scope, &tag.value)).collect();
        tags.sort();
        let mut segments: Vec<String> = segments.iter().map(segment).collect();
        segments.sort();
        let addresses = addresses
            .as_ref()
            .map(|set| set.parts().collect::<Vec<_>>());
        lines.push(format!(
            "{:?}",
            (
                "machine",
                &ident.id,
                &ident.name,
                tags,
                addresses,
                segments,
                os_name,
                computer_name
            )
        ));
    }
    for segment in inventory.segments.values() {
        let mut tags: Vec<_> = segment
            .tags
            .iter()
            .map(|tag| (&tag.scope, &tag.value))
            .collect();
        tags.sort();
        let (id, name) = (&segment.ident.id, &segment.ident.name);
        lines.push(format!("{:?}", ("network", id, name, tags)));
    }
    lines.sort();
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    let digest = hash.finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
