//! What the emitted files admit, read back from their bytes.
//!
//! Nothing here knows how the files came to be. The meaning is that of the policies once they are
//! enforced, whatever state they are created in:
//! - A machine in no application policy is not restricted. One that is a secured entity may only
//!   send and receive what some rule of some policy allows: rules add up, and there is no order.
//! - Both ends must allow: the sender's outbound rules and the receiver's inbound rules. A direction
//!   without a rule allows nothing.
//! - Machines of one secured group reach each other as the rule for intra-group traffic says. No
//!   document says what holds without one, nor whether another rule can allow what it denies, so
//!   that is taken as unknown.
//! - Isolation stands above: no traffic between the groups, whatever is allowed elsewhere. Machines
//!   in both groups are not settled by any document and taken as unknown among each other.
//! - Several categories in one list mean machines that carry all of them.
//! - Before release 7.5 rules speak about IPv4 only, and IPv6 of secured machines is discarded unless
//!   the policy allows it as a whole.
//!
//! A field that is not known makes its file unreadable, which is reported: what it does is not
//! guessed.

mod objects;
mod read;

use super::endpoints::{Endpoints, Members};
use super::filter::{Entry, Filters, Reason, Region, Sure, Verdict};
use super::membership::Membership;
use super::traffic::{Term, Traffic, Versions};
use crate::back::Files;
use crate::ir::set::AddressSet;
use crate::ir::{Linked, Policy};
use objects::{Objects, file, terms, traffic};
use read::{AllowSpec, IntraAction, PolicyKind, RuleKind};
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
        isolation: Lists::default(),
        intra: Lists::default(),
        allows: Lists::default(),
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
}

struct Reader<'run> {
    membership: &'run Membership,
    objects: Objects<'run>,
    everybody: Arc<Endpoints>,
    any: Arc<Traffic>,
    /// The IP versions that a rule can speak about in this release.
    rule_versions: Versions,
    sets: BTreeMap<GroupName, Side>,
    isolation: Lists,
    intra: Lists,
    allows: Lists,
    /// Secured groups, each with the reason that secures it, and whether it has an intra-group rule.
    secured: BTreeMap<(usize, GroupName), bool>,
    filters: Filters,
    faults: Faults,
}

impl Reader<'_> {
    fn policy(&mut self, listed: &read::Listed, body: &read::Policy, path: &str) {
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
            settled: true,
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
                    PolicyKind::Application | PolicyKind::SharedService => Vec::new(),
                },
                settled: rule.kind != RuleKind::IntraGroup,
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

    fn application(
        &mut self,
        spec: &read::ApplicationSpec,
        owner: usize,
        reason: usize,
        versions: Versions,
        path: &str,
    ) {
        let Some(group) = self.secured(
            spec.secured_group_category_references.as_ref(),
            spec.secured_group_entity_group_reference.as_ref(),
            spec.secured_group_category_associated_entity_type,
            path,
        ) else {
            return;
        };
        self.secured.entry((owner, group.clone())).or_insert(false);
        let secured = self.side(&group, path);
        let from = End {
            allow: spec.src_allow_spec,
            categories: spec.src_category_references.as_ref(),
            on: spec.src_category_associated_entity_type,
            entities: spec.src_entity_group_reference.as_ref(),
            addresses: spec.src_address_group_references.as_ref(),
            networks: [spec.src_subnet.as_ref(), spec.src_ipv6_subnet.as_ref()],
        };
        let to = End {
            allow: spec.dest_allow_spec,
            categories: spec.dest_category_references.as_ref(),
            on: spec.dest_category_associated_entity_type,
            entities: spec.dest_entity_group_reference.as_ref(),
            addresses: spec.dest_address_group_references.as_ref(),
            networks: [spec.dest_subnet.as_ref(), spec.dest_ipv6_subnet.as_ref()],
        };
        let (inbound, end) = match (from.count(), to.count()) {
            (1, 0) => (true, from),
            (0, 1) => (false, to),
            _ => {
                let what = "a rule needs one direction with one kind of peer";
                self.faults.push(Fault::new(path, what));
                return;
            }
        };
        let Some(peer) = self.end(&end, path) else {
            return;
        };
        let mut found: Vec<Term> = terms(
            &spec.tcp_services,
            &spec.udp_services,
            &spec.icmp_services,
            &spec.icmp_v6_services,
        )
        .collect();
        found.extend(self.objects.service_groups(
            &spec.service_group_references,
            path,
            &mut self.faults,
        ));
        if spec.is_all_protocol_allowed {
            found = vec![Term::any()];
        }
        if found.is_empty() {
            let what = "a rule allows no service and not all";
            self.faults.push(Fault::new(path, what));
        }
        let traffic = self.traffic(found, versions);
        if inbound {
            let entry = entry(Verdict::Allow, reason, &peer, &secured, &traffic);
            self.allows.inward.push(entry);
        } else {
            let entry = entry(Verdict::Allow, reason, &secured, &peer, &traffic);
            self.allows.out.push(entry);
        }
    }

    /// The other end of a rule; nothing where the rule says that nothing is allowed.
    fn end(&mut self, end: &End<'_>, path: &str) -> Option<Side> {
        match end.allow {
            Some(AllowSpec::None) => return None,
            Some(AllowSpec::All) => {
                return Some(Side {
                    sure: Arc::clone(&self.everybody),
                    possible: Arc::clone(&self.everybody),
                });
            }
            None => {}
        }
        if !matches!(end.on, None | Some(read::EntityType::Vm)) {
            let what = "a category of subnets or VPCs is not understood";
            self.faults.push(Fault::new(path, what));
            return None;
        }
        if let Some(prefix) = end.networks.into_iter().flatten().next() {
            let members = self.objects.prefix(prefix, path, &mut self.faults);
            return Some(side_of(members));
        }
        let name = None
            .or_else(|| end.categories.cloned().map(GroupName::Categories))
            .or_else(|| end.entities.cloned().map(GroupName::Entities))
            .or_else(|| end.addresses.cloned().map(GroupName::Addresses))?;
        Some(self.side(&name, path))
    }

    fn traffic(&self, terms: Vec<Term>, versions: Versions) -> Arc<Traffic> {
        if versions == Versions::BOTH && terms.contains(&Term::any()) {
            return Arc::clone(&self.any);
        }
        Arc::new(traffic(terms).only(versions))
    }

    fn intra_group(
        &mut self,
        spec: &read::IntraSpec,
        owner: usize,
        reason: usize,
        versions: Versions,
        path: &str,
    ) {
        let Some(group) = self.secured(
            spec.secured_group_category_references.as_ref(),
            spec.secured_group_entity_group_reference.as_ref(),
            spec.secured_group_category_associated_entity_type,
            path,
        ) else {
            return;
        };
        self.secured.insert((owner, group.clone()), true);
        let side = self.side(&group, path);
        let mut found: Vec<Term> = terms(
            &spec.tcp_services,
            &spec.udp_services,
            &spec.icmp_services,
            &spec.icmp_v6_services,
        )
        .collect();
        found.extend(self.objects.service_groups(
            &spec.secured_group_service_references,
            path,
            &mut self.faults,
        ));
        match spec.secured_group_action {
            IntraAction::Allow => {
                if found.is_empty() {
                    found = vec![Term::any()];
                }
                let traffic = self.traffic(found, versions);
                self.both(&side, Verdict::Allow, reason, &traffic, true);
            }
            IntraAction::Deny => {
                if !found.is_empty() {
                    let what = "an intra-group rule that denies some services is not understood";
                    self.faults.push(Fault::new(path, what));
                }
            }
        }
        // Whether another rule can allow what this one does not is written nowhere.
        let any = Arc::clone(&self.any);
        self.both(&side, Verdict::Deny, reason, &any, false);
    }

    /// Adds an entry for traffic inside a group at both filters.
    fn both(
        &mut self,
        side: &Side,
        verdict: Verdict,
        reason: usize,
        traffic: &Arc<Traffic>,
        certain: bool,
    ) {
        let mut one = entry(verdict, reason, side, side, traffic);
        if !certain {
            one.sure = Sure::Never;
        }
        self.intra.out.push(one.clone());
        self.intra.inward.push(one);
    }

    fn isolate_all(&mut self, spec: read::MultiEnvSpec, reason: usize, path: &str) {
        let mut groups = Vec::new();
        for group in spec.spec.isolation_groups {
            let on = group.group_category_associated_entity_type;
            let categories = group.group_category_references.as_ref();
            let entities = group.group_entity_group_reference.as_ref();
            groups.extend(self.secured(categories, entities, on, path));
        }
        for (at, first) in groups.iter().enumerate() {
            for second in groups.iter().skip(at + 1) {
                self.isolate(&[first.clone(), second.clone()], reason, path);
            }
        }
    }

    /// Denies all traffic between two groups. Where a machine is in both, traffic inside either group
    /// is also traffic between them, and what holds then is unknown.
    fn isolate(&mut self, groups: &[GroupName; 2], reason: usize, path: &str) {
        let [first, second] = groups.each_ref().map(|name| self.side(name, path));
        let overlap = self
            .membership
            .intersection(&first.possible, &second.possible);
        let any = Arc::clone(&self.any);
        for (from, to) in [(&first, &second), (&second, &first)] {
            let mut one = entry(Verdict::Deny, reason, from, to, &any);
            if !overlap.is_empty() {
                let apart =
                    |side: &Side| Arc::new(self.membership.difference(&side.sure, &overlap));
                one.sure = Sure::Some(Region {
                    source: apart(from),
                    destination: apart(to),
                    traffic: Arc::clone(&any),
                });
            }
            self.isolation.out.push(one.clone());
            self.isolation.inward.push(one);
        }
    }

    /// IPv6 of the secured machines of a policy passes whatever the rules say.
    fn allow_ipv6(&mut self, owner: usize) {
        let v6 = Versions {
            v4: false,
            v6: true,
        };
        let traffic = Arc::new(Traffic::any().only(v6));
        let groups: Vec<GroupName> = self
            .secured
            .keys()
            .filter(|(of, _)| *of == owner)
            .map(|(_, group)| group.clone())
            .collect();
        let all = Side {
            sure: Arc::clone(&self.everybody),
            possible: Arc::clone(&self.everybody),
        };
        for group in groups {
            let Some(side) = self.sets.get(&group).cloned() else {
                continue;
            };
            let out = entry(Verdict::Allow, owner, &side, &all, &traffic);
            self.allows.out.push(out);
            let inward = entry(Verdict::Allow, owner, &all, &side, &traffic);
            self.allows.inward.push(inward);
        }
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
        let no_filter = Reason::plain("an endpoint outside the estate has no filter");
        let no_filter = self.filters.reason(no_filter);
        let free = self
            .filters
            .reason(Reason::plain("no policy restricts this machine"));
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
        out.extend(self.isolation.out);
        out.extend(self.intra.out);
        out.extend(self.allows.out);
        out.extend(closing.out);
        out.push(entry(Verdict::Allow, free, &all, &all, &any));
        let inward = &mut self.filters.inward;
        inward.push(entry(Verdict::Allow, no_filter, &all, &outside, &any));
        inward.extend(self.isolation.inward);
        inward.extend(self.intra.inward);
        inward.extend(self.allows.inward);
        inward.extend(closing.inward);
        inward.push(entry(Verdict::Allow, free, &all, &all, &any));
        self.faults.sort();
        self.faults.dedup();
        (self.filters, self.faults)
    }
}

/// One end of a rule as the file writes it.
struct End<'spec> {
    allow: Option<AllowSpec>,
    categories: Option<&'spec Vec<String>>,
    on: Option<read::EntityType>,
    entities: Option<&'spec String>,
    addresses: Option<&'spec Vec<String>>,
    networks: [Option<&'spec read::Prefix>; 2],
}

impl End<'_> {
    /// How many kinds of peer it names.
    fn count(&self) -> usize {
        usize::from(self.allow.is_some())
            + usize::from(self.categories.is_some())
            + usize::from(self.entities.is_some())
            + usize::from(self.addresses.is_some())
            + self.networks.iter().flatten().count()
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
