//! Stub.
use super::detect::Export;
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use rehome_grammar::Tree;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {}

/// Recognises.
#[must_use]
pub fn recognise(_tree: &Tree) -> Option<Form> {
    None
}

/// Reads.
pub fn read(_exports: &[Export<'_>], _policy: &mut Policy<Named>, _findings: &mut Findings) {}
