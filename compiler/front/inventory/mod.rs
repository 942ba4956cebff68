//! Machines, hosts, clusters and port groups as vCenter lists them.
//!
//! Every listing of the run is read, then what they say about one object is put together by its
//! reference, so that a name from one listing and an instance UUID from another meet in one record.

mod facts;
pub(in crate::front) mod object;
mod references;
pub(in crate::front) mod rvtools;
mod schema;
mod table;
pub(in crate::front) mod terraform;

pub use rvtools::Tab;

use super::detect::{Export, Format};
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use rehome_grammar::Tree;
use table::Records;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Managed objects with properties: `govc vm.info -json`, `govc object.collect`, a SOAP answer.
    Objects,
    /// Lines of a reference and an inventory path: `govc find -i -p` and `govc ls -i`.
    References,
    /// A table of RVTools as CSV.
    Tools(Tab),
}

/// Recognises listings of managed objects.
#[must_use]
pub fn recognise(tree: &Tree) -> Option<Form> {
    if object::holds_objects(tree) {
        return Some(Form::Objects);
    }
    if let Some(tab) = rvtools::tab(tree) {
        return Some(Form::Tools(tab));
    }
    references::is_list(tree).then_some(Form::References)
}

/// Reads every listing, and the objects that wrap a cluster configuration.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    let mut records = Records::default();
    for export in exports {
        match export.format {
            Format::Inventory(Form::Objects) | Format::Drs(super::drs::Form::Objects) => {
                facts::read(export, &mut records, findings);
            }
            Format::Inventory(Form::References) => references::read(export, &mut records),
            Format::Inventory(Form::Tools(tab)) => {
                rvtools::read(export, tab, &mut policy.inventory);
            }
            Format::Drs(super::drs::Form::Terraform) => {
                terraform::read(export, &mut policy.inventory);
            }
            Format::Nsx(_) | Format::Drs(_) | Format::Srm(_) | Format::Portable => {}
        }
    }
    records.finish(&mut policy.inventory, findings);
}

#[cfg(test)]
mod tests;
