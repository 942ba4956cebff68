//! Objects that are made once and used again: categories, groups of addresses, services and endpoints.

use super::Emitter;
use crate::ir::network::Group;
use crate::ir::service::Service;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Ident, Linked, NonEmpty};
use crate::legal::Release;
use crate::legal::network::render::{Traffics, everything};
use crate::legal::network::tag::{TagKey, TagList};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::network::address::AddressList;
use crate::plan::nutanix::network::entity::{Entities, Vms};
use crate::plan::nutanix::network::service::NonEmptyIds;
use crate::plan::nutanix::network::{
    AddressGroup, Body, EntityGroup, ServiceGroup, ServiceList, ServiceSpec,
};
use crate::plan::nutanix::{self, Description, Model, ObjectId};
use crate::semantics::VmSet;
use crate::semantics::endpoints::VmId;
use crate::taken::Taken;
use std::collections::BTreeMap;

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
    taken: Taken<(&'static str, String)>,
    /// Which machines get which category.
    assigned: Vec<(VmId, ObjectId)>,
}

impl Emitter<'_> {
    /// An entity group; `None` when nobody would belong to it.
    pub fn entities(
        &mut self,
        vms: Option<Vms>,
        addresses: Vec<ObjectId>,
        name: &str,
        holds: Holds,
    ) -> Option<ObjectId> {
        let entities = Entities::new(vms, addresses)?;
        if let Some(id) = self.made.entities.get(&entities) {
            return Some(*id);
        }
        let label = self.plan.name(Model::EntityGroup, None, name);
        let body = EntityGroup {
            name: label.clone(),
            description: Description::nearest(name),
            allowed_config: entities.clone(),
        };
        let body = nutanix::Body::Network(Body::EntityGroup(body));
        let id = self.plan.add(Model::EntityGroup, None, label, body, holds);
        self.made.entities.insert(entities, id);
        Some(id)
    }

    /// The groups that together hold these addresses.
    pub fn addresses(&mut self, set: &AddressSet, name: &str) -> Vec<ObjectId> {
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

    /// The traffic of a rule.
    pub fn services(&mut self, traffic: &Traffics, rule: &str) -> ServiceSpec {
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

    /// The category of every machine with a filter.
    pub fn estate(&mut self) -> ObjectId {
        if let Some(id) = self.made.estate {
            return id;
        }
        // With ordered rules the first says who is excluded, and it can follow its group.
        let (value, about, vms) = if self.options.target.is_flex() {
            ("all", "every machine", self.universe.all.clone())
        } else {
            let vms = self.universe.filtered.clone();
            ("filtered", "every machine with a filter", vms)
        };
        let id = self
            .plan
            .category("rehome-estate", value, about, Holds::default());
        self.assign(&vms, id);
        self.made.estate = Some(id);
        id
    }

    /// The category of a tag, given to every machine that carries the tag.
    pub fn tag(&mut self, tag: &TagKey) -> ObjectId {
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
    pub fn mark(&mut self, group: Option<Id<Group<Linked>>>, vms: &VmSet, name: &str) -> ObjectId {
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
        let value = self.free_value(kind, name);
        let id = self.plan.category(kind, &value, &about, holds);
        self.assign(vms, id);
        self.made.marks.insert(key, id);
        id
    }

    /// One more category for these machines.
    pub(super) fn twin(&mut self, vms: &VmSet, name: &str) -> ObjectId {
        let kind = "rehome-part";
        let about = format!("machines of {name} in one more policy");
        let value = self.free_value(kind, name);
        let id = self.plan.category(kind, &value, &about, Holds::default());
        self.assign(vms, id);
        id
    }

    /// A value that no other category of that kind has: two sets of one name are two categories.
    fn free_value(&mut self, kind: &'static str, name: &str) -> String {
        let wish = (kind, name.to_lowercase());
        self.made.taken.give(&wish, |number| {
            let value = match number {
                1 => name.to_owned(),
                number => format!("{name} {number}"),
            };
            ((kind, value.to_lowercase()), value)
        })
    }

    fn assign(&mut self, vms: &VmSet, category: ObjectId) {
        let vms = self.universe.real(vms);
        self.made.assigned.extend(vms.map(|vm| (vm, category)));
    }

    /// Gives every machine its categories, all at once: they are many, and each machine is looked up
    /// by name.
    pub fn assign_all(self) {
        let mut assigned = self.made.assigned;
        assigned.sort_unstable();
        for of_one in assigned.chunk_by(|(one, _), (other, _)| one == other) {
            if let Some((vm, _)) = of_one.first() {
                let categories = of_one.iter().map(|(_, category)| *category);
                self.plan.assign_vm(self.universe.ident(*vm), categories);
            }
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
