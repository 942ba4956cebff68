//! Groups of machines and hosts become categories.

use super::super::say::{self, tick};
use super::super::table::placement::Use;
use super::super::values::Values;
use super::super::{Case, Construct, Kind, Ledger};
use super::estate::{Estate, HostId, VmId};
use crate::ir::placement::{HostGroup, VmGroup};
use crate::ir::{Id, Ident, Linked, Name};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::{Builder, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// The key of the categories of machine groups.
const VM_GROUP: &str = "drs-vm-group";
/// The key of the categories of host groups.
const HOST_GROUP: &str = "drs-host-group";

/// The categories of the groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    vms: BTreeMap<Id<VmGroup<Linked>>, ObjectId>,
    hosts: BTreeMap<Id<HostGroup<Linked>>, ObjectId>,
}

impl Groups {
    /// The category of a group of machines. It is given to exactly the members that were found.
    pub(super) fn of_vms(&self, group: Id<VmGroup<Linked>>) -> Option<ObjectId> {
        self.vms.get(&group).copied()
    }

    /// The category of a group of hosts. It is given to exactly the members that were found.
    pub(super) fn of_hosts(&self, group: Id<HostGroup<Linked>>) -> Option<ObjectId> {
        self.hosts.get(&group).copied()
    }
}

/// Gives every group a category, and its members that category.
pub(super) fn lower(
    estate: &Estate<'_>,
    values: &mut Values,
    plan: &mut Builder,
    ledger: &mut Ledger,
) -> Groups {
    let mut groups = Groups::default();
    let placement = &estate.policy().placement;
    for (id, group) in placement.vm_groups.iter() {
        let VmGroup {
            ident,
            cluster: _,
            vms: _,
        } = group;
        let (_, members) = estate.vm_group(id);
        settle(estate, ident, "machine", &members.missing, ledger);
        let category = plan.category(
            VM_GROUP,
            &values.of(VM_GROUP, &ident.name, &ident.id),
            &format!("machines of DRS group {}", ident.name),
            Holds::one(ident),
        );
        assign_vms(estate, &members.found, category, plan);
        groups.vms.insert(id, category);
    }
    for (id, group) in placement.host_groups.iter() {
        let HostGroup {
            ident,
            cluster: _,
            hosts: _,
        } = group;
        let (_, members) = estate.host_group(id);
        settle(estate, ident, "host", &members.missing, ledger);
        let category = plan.category(
            HOST_GROUP,
            &values.of(HOST_GROUP, &ident.name, &ident.id),
            &format!("hosts of DRS group {}", ident.name),
            Holds::one(ident),
        );
        assign_hosts(estate, &members.found, category, plan);
        groups.hosts.insert(id, category);
    }
    groups
}

/// Gives machines a category.
pub(super) fn assign_vms(
    estate: &Estate<'_>,
    vms: &BTreeSet<VmId>,
    category: ObjectId,
    plan: &mut Builder,
) {
    for vm in vms {
        plan.assign_vm(estate.vm(*vm), [category]);
    }
}

/// Gives hosts a category.
pub(super) fn assign_hosts(
    estate: &Estate<'_>,
    hosts: &BTreeSet<HostId>,
    category: ObjectId,
    plan: &mut Builder,
) {
    for host in hosts {
        plan.assign_host(estate.host(*host), category);
    }
}

fn settle<T>(
    estate: &Estate<'_>,
    ident: &Ident,
    what: &str,
    missing: &[Name<T>],
    ledger: &mut Ledger,
) {
    let case = || {
        let case = Case::new(
            ident.subject(),
            format!(
                "DRS group {} has the {what} {}, which the exports do not tell; its category is given to the others",
                tick(&ident.name),
                say::names(missing),
            ),
        );
        case.because_of(missing.first().map(|name| name.origin))
    };
    estate
        .answer(&Use::Group {
            missing: missing.len(),
        })
        .lower(case, || ())
        .settle(Construct::new(Kind::PlacementGroup, &ident.id), ledger);
}
