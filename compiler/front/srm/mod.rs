//! Recovery plans of Site Recovery Manager and Live Site Recovery, from the answers of their REST
//! interface; beside them tables of DR IP Customizer, and as-built reports and objects of the SOAP
//! interface, which tell a part.
//!
//! An answer does not say what it belongs to (a list of steps does not name its plan), so answers
//! come with their requests: a *bundle* is any number of `{"request": "GET ...", "response": ...}`,
//! as one list, one after the other, or one a file. `call` reads the requests, `bundle` sorts
//! the answers; the other modules read what each answer holds.

mod address;
mod bundle;
mod call;
mod customizer;
mod folder;
mod group;
mod machine;
mod mapping;
mod object;
mod pairing;
mod plan;
mod reader;
mod refuse;
mod report;
mod schema;
mod shape;
mod soap;
mod step;
#[cfg(test)]
mod tests;
mod value;

pub use refuse::Refusal;

use super::detect::{Export, Format};
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use rehome_grammar::Tree;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Answers of the REST interface, with their requests or bare.
    Bundle,
    /// An as-built report: a part of the plans.
    Report,
    /// Objects of the SOAP interface: a part of the plans.
    Objects,
    /// A table of DR IP Customizer: addresses of machines.
    AddressTable,
    /// A file that is not read.
    Refused(Refusal),
}

/// Recognises answers.
#[must_use]
pub fn recognise(tree: &Tree) -> Option<Form> {
    if object::is_known(tree) {
        return Some(Form::Objects);
    }
    if shape::is_known(tree) {
        return Some(Form::Bundle);
    }
    if report::is_known(tree) {
        return Some(Form::Report);
    }
    if customizer::is_known(tree) {
        return Some(Form::AddressTable);
    }
    refuse::recognise(tree).map(Form::Refused)
}

/// Recognises by its name a file that nothing recognises by its content: its form is not published.
#[must_use]
pub fn named(name: &str) -> Option<Form> {
    refuse::by_name(name).map(Form::Refused)
}

/// Reads all answers of the input together.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    for export in exports {
        if let Format::Srm(Form::Refused(refusal)) = export.format {
            refusal.report(export, findings);
        }
    }
    let answers = bundle::Answers::collect(exports, findings);
    let mut reader = reader::Reader::new(&answers, findings);
    let networks = mapping::read(&mut reader, &mut policy.recovery);
    let mut groups = group::read(&mut reader, &networks);
    let mut tables = customizer::Tables::read(exports, &mut reader);
    let told = plan::Told {
        groups: &groups,
        networks: &networks,
    };
    plan::read(&mut reader, &told, &mut tables, &mut policy.recovery);
    report::read(exports, &mut reader, &mut groups, &mut policy.recovery);
    object::read(exports, &mut reader, &mut groups, &mut policy.recovery);
    tables.finish(&policy.recovery.plans, &mut reader);
    policy.recovery.groups = groups.into_table();
    reader.finish(&mut policy.inventory);
}
