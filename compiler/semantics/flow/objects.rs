//! The objects that policies refer to: categories, address groups, service groups, entity groups.

use super::read;
use super::{Fault, Faults};
use crate::back::Files;
use crate::ir::service::{IcmpVersion, Transport};
use crate::ir::set::{AddressSet, PortSet};
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::{Endpoints, Members, VmId, VmSet};
use crate::semantics::membership::Membership;
use crate::semantics::traffic::{Term, Traffic, Versions};
use rehome_grammar::text::IpBlock;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The objects that were read, by placeholder.
#[derive(Debug)]
pub struct Objects<'run> {
    policy: &'run Policy<Linked>,
    membership: &'run Membership,
    categories: BTreeMap<String, VmSet>,
    addresses: BTreeMap<String, AddressSet>,
    services: BTreeMap<String, Vec<Term>>,
    entities: BTreeMap<String, Members>,
    /// The IP versions of the entity groups that hold addresses only.
    entity_versions: BTreeMap<String, Versions>,
    machines: BTreeMap<String, VmId>,
}

/// Reads a file as JSON of a shape.
pub fn file<T: DeserializeOwned>(files: &Files, path: &str, faults: &mut Faults) -> Option<T> {
    let Some(bytes) = files.get(path) else {
        faults.push(Fault::new(path, "the file is missing"));
        return None;
    };
    match serde_json::from_slice(bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            faults.push(Fault::new(path, &error.to_string()));
            None
        }
    }
}

impl<'run> Objects<'run> {
    /// Reads every object but the policies.
    pub fn read(
        policy: &'run Policy<Linked>,
        membership: &'run Membership,
        files: &Files,
        manifest: &read::Manifest,
        faults: &mut Faults,
    ) -> Self {
        let mut objects = Self {
            policy,
            membership,
            categories: BTreeMap::new(),
            addresses: BTreeMap::new(),
            services: BTreeMap::new(),
            entities: BTreeMap::new(),
            entity_versions: BTreeMap::new(),
            machines: BTreeMap::new(),
        };
        objects.assign(files, manifest, faults);
        for listed in &manifest.objects {
            let path = format!("nutanix/{}", listed.body);
            match listed.model.as_str() {
                "AddressGroup" => {
                    if let Some(group) = file::<read::AddressGroup>(files, &path, faults) {
                        let set = group_addresses(&group, &path, faults);
                        objects.addresses.insert(listed.id.clone(), set);
                    }
                }
                "ServiceGroup" => {
                    if let Some(group) = file::<read::ServiceGroup>(files, &path, faults) {
                        let terms = terms(
                            &group.tcp_services,
                            &group.udp_services,
                            &group.icmp_services,
                            &group.icmp_v6_services,
                        );
                        objects.services.insert(listed.id.clone(), terms.collect());
                    }
                }
                _ => {}
            }
        }
        for listed in manifest
            .objects
            .iter()
            .filter(|one| one.model == "EntityGroup")
        {
            let path = format!("nutanix/{}", listed.body);
            if let Some(group) = file::<read::EntityGroup>(files, &path, faults) {
                let members = objects.entity_group(&group, &path, faults);
                if let Some(versions) = objects.versions_of(&group) {
                    objects.entity_versions.insert(listed.id.clone(), versions);
                }
                objects.entities.insert(listed.id.clone(), members);
            }
        }
        objects
    }

    fn assign(&mut self, files: &Files, manifest: &read::Manifest, faults: &mut Faults) {
        let path = "nutanix/assignments.json";
        let by_id: BTreeMap<&str, VmId> = self
            .policy
            .inventory
            .vms
            .iter()
            .map(|(id, vm)| (vm.ident.id.as_str(), id))
            .collect();
        let mut tagged: BTreeMap<String, Vec<VmId>> = BTreeMap::new();
        for listed in manifest
            .objects
            .iter()
            .filter(|one| one.model == "Category")
        {
            tagged.insert(listed.id.clone(), Vec::new());
            file::<read::Category>(files, &format!("nutanix/{}", listed.body), faults);
        }
        for external in &manifest.external {
            let vm = external.source_id.as_deref().and_then(|id| by_id.get(id));
            if let ("vm", Some(vm)) = (external.kind.as_str(), vm) {
                self.machines.insert(external.id.clone(), *vm);
            }
        }
        let Some(assignments) = file::<read::Assignments>(files, path, faults) else {
            return;
        };
        for assigned in &assignments.vms {
            let Some(vm) = by_id.get(assigned.source_id.as_str()) else {
                let what = format!("no machine has the id `{}`", assigned.source_id);
                faults.push(Fault::new(path, &what));
                continue;
            };
            for category in &assigned.categories {
                match tagged.get_mut(category) {
                    Some(vms) => vms.push(*vm),
                    None => {
                        let what = format!(
                            "machine `{}` has the category `{category}`, which the manifest does not list",
                            assigned.name
                        );
                        faults.push(Fault::new(path, &what));
                    }
                }
            }
        }
        self.categories = tagged
            .into_iter()
            .map(|(id, vms)| (id, vms.into_iter().collect()))
            .collect();
    }

    /// The machines that carry every one of the categories.
    pub fn categories(
        &self,
        ids: &[String],
        on: Option<read::EntityType>,
        path: &str,
        faults: &mut Faults,
    ) -> Members {
        match on {
            None | Some(read::EntityType::Vm) => {}
            Some(read::EntityType::Subnet | read::EntityType::Vpc) => {
                faults.push(Fault::new(
                    path,
                    "a category of subnets or VPCs is not understood",
                ));
            }
        }
        let sets: Vec<&VmSet> = ids
            .iter()
            .filter_map(|id| {
                let set = self.categories.get(id);
                if set.is_none() {
                    let what = format!("category `{id}` is not in the manifest");
                    faults.push(Fault::new(path, &what));
                }
                set
            })
            .collect();
        let all = sets
            .into_iter()
            .cloned()
            .reduce(|left, right| left.intersection(&right));
        if all.is_none() {
            faults.push(Fault::new(path, "a list of categories is empty"));
        }
        Members::known(Endpoints::of_vms(all.unwrap_or_default()))
    }

    /// The endpoints of address groups.
    pub fn address_groups(&self, ids: &[String], path: &str, faults: &mut Faults) -> Members {
        let mut all = AddressSet::empty();
        if ids.is_empty() {
            faults.push(Fault::new(path, "a list of address groups is empty"));
        }
        for id in ids {
            match self.addresses.get(id) {
                Some(set) => all = all.union(set),
                None => {
                    let what = format!("address group `{id}` is not in the manifest");
                    faults.push(Fault::new(path, &what));
                }
            }
        }
        self.membership.addresses(&all)
    }

    /// The endpoints of networks written in a rule.
    pub fn prefix(&self, prefix: &read::Prefix, path: &str, faults: &mut Faults) -> Members {
        let set = AddressSet::from_blocks(block(prefix, path, faults));
        self.membership.addresses(&set)
    }

    /// The IP versions of the addresses in address groups.
    pub fn versions_of_addresses(&self, ids: &[String]) -> Versions {
        let sets = || ids.iter().filter_map(|id| self.addresses.get(id));
        Versions {
            v4: sets().any(|set| !set.v4.is_empty()),
            v6: sets().any(|set| !set.v6.is_empty()),
        }
    }

    /// The IP versions of the packets that the members of an entity group can have.
    pub fn versions_of_entities(&self, id: &str) -> Versions {
        let versions = self.entity_versions.get(id);
        versions.copied().unwrap_or(Versions::BOTH)
    }

    /// The IP versions of an entity group that holds nothing but address groups.
    fn versions_of(&self, group: &read::EntityGroup) -> Option<Versions> {
        let entities = &group.allowed_config.as_ref()?.entities;
        let mut ids = Vec::new();
        for entity in entities {
            if (entity.kind.as_str(), entity.select_by.as_str()) != ("ADDRESS_GROUP", "EXT_ID") {
                return None;
            }
            ids.extend(entity.reference_ext_ids.iter().cloned());
        }
        Some(self.versions_of_addresses(&ids))
    }

    /// The members of an entity group.
    pub fn entities(&self, id: &str, path: &str, faults: &mut Faults) -> Members {
        self.entities.get(id).cloned().unwrap_or_else(|| {
            let what = format!("entity group `{id}` is not in the manifest");
            faults.push(Fault::new(path, &what));
            Members::default()
        })
    }

    /// The members of one of several entity groups.
    pub fn any_of(&self, ids: &[String], path: &str, faults: &mut Faults) -> Members {
        if ids.is_empty() {
            faults.push(Fault::new(path, "a list of entity groups is empty"));
        }
        let none = Members::default();
        ids.iter().fold(none, |all, id| {
            let one = self.entities(id, path, faults);
            Members {
                sure: self.membership.union(&all.sure, &one.sure),
                possible: self.membership.union(&all.possible, &one.possible),
            }
        })
    }

    /// The traffic of service groups.
    pub fn service_groups(&self, ids: &[String], path: &str, faults: &mut Faults) -> Vec<Term> {
        let mut all = Vec::new();
        for id in ids {
            match self.services.get(id) {
                Some(terms) => all.extend(terms.iter().cloned()),
                None => {
                    let what = format!("service group `{id}` is not in the manifest");
                    faults.push(Fault::new(path, &what));
                }
            }
        }
        all
    }

    fn entity_group(&self, group: &read::EntityGroup, path: &str, faults: &mut Faults) -> Members {
        let union = |configs: &Option<read::Config>, faults: &mut Faults| {
            let mut all = Members::default();
            for entity in configs.iter().flat_map(|config| &config.entities) {
                let members = self.entity(entity, path, faults);
                all = Members {
                    sure: self.membership.union(&all.sure, &members.sure),
                    possible: self.membership.union(&all.possible, &members.possible),
                };
            }
            all
        };
        let allowed = union(&group.allowed_config, faults);
        let except = union(&group.except_config, faults);
        Members {
            sure: self.membership.difference(&allowed.sure, &except.possible),
            possible: self.membership.difference(&allowed.possible, &except.sure),
        }
    }

    /// One entry of an entity group. A list of ids means those that one of them means.
    fn entity(&self, entity: &read::Entity, path: &str, faults: &mut Faults) -> Members {
        let ids = &entity.reference_ext_ids;
        match (entity.kind.as_str(), entity.select_by.as_str()) {
            ("VM", "CATEGORY_EXT_ID") => {
                let mut all = VmSet::new();
                for id in ids {
                    let one = self.categories(std::slice::from_ref(id), None, path, faults);
                    all = all.union(&one.sure.vms);
                }
                Members::known(Endpoints::of_vms(all))
            }
            ("VM", "EXT_ID") => {
                let machines: Vec<VmId> = ids
                    .iter()
                    .filter_map(|id| {
                        let vm = self.machines.get(id).copied();
                        if vm.is_none() {
                            let what = format!("machine `{id}` is not in the manifest");
                            faults.push(Fault::new(path, &what));
                        }
                        vm
                    })
                    .collect();
                Members::known(Endpoints::of_vms(machines.into_iter().collect()))
            }
            ("VM", "REGEX") => self.by_name(entity, path, faults),
            ("ADDRESS_GROUP", "EXT_ID") => self.address_groups(ids, path, faults),
            ("ADDRESS_GROUP", "IP_VALUES") => {
                let mut blocks = Vec::new();
                for prefix in entity
                    .addresses
                    .iter()
                    .flat_map(|list| &list.ipv4_addresses)
                {
                    blocks.extend(block(prefix, path, faults));
                }
                for range in entity.ip_ranges.iter().flat_map(|list| &list.ipv4_ranges) {
                    blocks.extend(span(range, path, faults));
                }
                self.membership.addresses(&AddressSet::from_blocks(blocks))
            }
            (kind, by) => {
                let what = format!("members of the kind `{kind}` by `{by}` are not understood");
                faults.push(Fault::new(path, &what));
                Members::default()
            }
        }
    }

    /// Machines by a pattern of their name. Whether case counts is not documented: a name that
    /// compares only without case is possible and not sure.
    fn by_name(&self, entity: &read::Entity, path: &str, faults: &mut Faults) -> Members {
        let (Some(how), Some(text)) = (&entity.match_criteria, &entity.reference_string) else {
            faults.push(Fault::new(
                path,
                "a name pattern without text or comparison",
            ));
            return Members::default();
        };
        let compare: fn(&str, &str) -> bool = match how.as_str() {
            "CONTAINS" => |name, text| name.contains(text),
            "STARTS_WITH" => |name, text| name.starts_with(text),
            "ENDS_WITH" => |name, text| name.ends_with(text),
            "EQUALS" => |name, text| name == text,
            _ => {
                let what = format!("the comparison `{how}` is not understood");
                faults.push(Fault::new(path, &what));
                return Members::default();
            }
        };
        let machines = |matches: &dyn Fn(&str) -> bool| -> VmSet {
            let vms = self.policy.inventory.vms.iter();
            vms.filter(|(_, vm)| matches(&vm.ident.name))
                .map(|(id, _)| id)
                .collect()
        };
        let lower = text.to_lowercase();
        Members {
            sure: Endpoints::of_vms(machines(&|name| compare(name, text))),
            possible: Endpoints::of_vms(machines(&|name| compare(&name.to_lowercase(), &lower))),
        }
    }
}

/// The traffic of the lists of a rule or a service group.
pub fn terms<'lists>(
    tcp: &'lists [read::Ports],
    udp: &'lists [read::Ports],
    icmp: &'lists [read::Icmp],
    icmp6: &'lists [read::Icmp],
) -> impl Iterator<Item = Term> + use<'lists> {
    let ports = |transport: Transport| {
        move |ports: &read::Ports| {
            let to = PortSet::range(ports.start_port, ports.end_port);
            Term::ports(transport, PortSet::full(), to)
        }
    };
    let kinds = |version: IcmpVersion| {
        move |icmp: &read::Icmp| {
            if icmp.is_all_allowed {
                Term::icmp(version, None, None)
            } else {
                Term::icmp(version, icmp.kind, icmp.code)
            }
        }
    };
    tcp.iter()
        .map(ports(Transport::Tcp))
        .chain(udp.iter().map(ports(Transport::Udp)))
        .chain(icmp.iter().map(kinds(IcmpVersion::V4)))
        .chain(icmp6.iter().map(kinds(IcmpVersion::V6)))
}

/// A union of traffic.
pub fn traffic(terms: Vec<Term>) -> Traffic {
    terms.into_iter().collect()
}

fn group_addresses(group: &read::AddressGroup, path: &str, faults: &mut Faults) -> AddressSet {
    let mut blocks = Vec::new();
    for prefix in group.ipv4_addresses.iter().chain(&group.ipv6_addresses) {
        blocks.extend(block(prefix, path, faults));
    }
    for range in group.ip_ranges.iter().chain(&group.ipv6_ranges) {
        blocks.extend(span(range, path, faults));
    }
    AddressSet::from_blocks(blocks)
}

fn block(prefix: &read::Prefix, path: &str, faults: &mut Faults) -> Option<IpBlock> {
    let length = prefix.prefix_length;
    let found = if let Ok(address) = prefix.value.parse::<Ipv4Addr>() {
        let length = u32::from(length.unwrap_or(32));
        (length <= 32).then(|| {
            let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !hosts;
            IpBlock::V4 {
                first,
                last: first | hosts,
            }
        })
    } else if let Ok(address) = prefix.value.parse::<Ipv6Addr>() {
        let length = u32::from(length.unwrap_or(128));
        (length <= 128).then(|| {
            let hosts = u128::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !hosts;
            IpBlock::V6 {
                first,
                last: first | hosts,
            }
        })
    } else {
        None
    };
    if found.is_none() {
        let what = format!("`{}` is no network", prefix.value);
        faults.push(Fault::new(path, &what));
    }
    found
}

fn span(range: &read::Range, path: &str, faults: &mut Faults) -> Option<IpBlock> {
    let v4 = (
        range.start_ip.parse::<Ipv4Addr>(),
        range.end_ip.parse::<Ipv4Addr>(),
    );
    let v6 = (
        range.start_ip.parse::<Ipv6Addr>(),
        range.end_ip.parse::<Ipv6Addr>(),
    );
    match (v4, v6) {
        ((Ok(first), Ok(last)), _) if first <= last => Some(IpBlock::V4 {
            first: first.to_bits(),
            last: last.to_bits(),
        }),
        (_, (Ok(first), Ok(last))) if first <= last => Some(IpBlock::V6 {
            first: first.to_bits(),
            last: last.to_bits(),
        }),
        _ => {
            let what = format!("`{}-{}` is no range", range.start_ip, range.end_ip);
            faults.push(Fault::new(path, &what));
            None
        }
    }
}
