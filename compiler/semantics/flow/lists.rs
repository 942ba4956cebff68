//! The policies of every release: allow-lists around secured groups, and isolation.

use super::objects::terms;
use super::read::{self, AllowSpec, IntraAction};
use super::{Fault, GroupName, Reader, Side, entry, side_of};
use crate::semantics::filter::{Region, Sure, Verdict};
use crate::semantics::traffic::{Term, Traffic, Versions};
use std::sync::Arc;

impl Reader<'_> {
    pub(super) fn application(
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
        let traffic = self.traffic(found, versions.and(self.versions(&end)));
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

    /// The IP versions that packets of an end can have: addresses of one version match no packet of
    /// the other, even if nobody knows which addresses a machine has.
    fn versions(&self, end: &End<'_>) -> Versions {
        if let Some(ids) = end.addresses {
            return self.objects.versions_of_addresses(ids);
        }
        end.entities
            .map_or(Versions::BOTH, |id| self.objects.versions_of_entities(id))
    }

    pub(super) fn intra_group(
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
        self.both(&side, Verdict::Unsettled, reason, &any, false);
    }

    /// Adds an entry for traffic inside a group at both filters.
    pub(super) fn both(
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

    pub(super) fn isolate_all(&mut self, spec: read::MultiEnvSpec, reason: usize, path: &str) {
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
    pub(super) fn isolate(&mut self, groups: &[GroupName; 2], reason: usize, path: &str) {
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
    pub(super) fn allow_ipv6(&mut self, owner: usize) {
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
