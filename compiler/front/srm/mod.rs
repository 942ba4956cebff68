//! Recovery plans of Site Recovery Manager and Live Site Recovery, from the answers of their REST
//! interface.
//!
//! An answer does not say what it belongs to (a list of steps does not name its plan), so answers
//! come with their requests: a *bundle* is any number of `{"request": "GET ...", "response": ...}`,
//! as one list, one after the other, or one a file. [`call`] reads the requests, [`bundle`] sorts
//! the answers; the other modules read what each answer holds.

mod address;
mod bundle;
mod call;
mod group;
mod machine;
mod mapping;
mod plan;
mod reader;
mod schema;
mod shape;
mod step;
#[cfg(test)]
mod tests;
mod value;

use super::detect::Export;
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use rehome_grammar::Tree;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Answers of the REST interface, with their requests or bare.
    Bundle,
}

/// Recognises answers.
#[must_use]
pub fn recognise(tree: &Tree) -> Option<Form> {
    shape::is_known(tree).then_some(Form::Bundle)
}

/// Reads all answers of the input together.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    let answers = bundle::Answers::collect(exports, findings);
    let mut reader = reader::Reader::new(&answers, findings);
    let networks = mapping::read(&mut reader, &mut policy.recovery);
    let groups = group::read(&mut reader, &networks);
    plan::read(&mut reader, &groups, &networks, &mut policy.recovery);
    policy.recovery.groups = groups.into_table();
    reader.finish(&mut policy.inventory);
}
