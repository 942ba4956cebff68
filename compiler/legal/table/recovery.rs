//! What the target answers for each recovery feature.

use crate::legal::{Legality, Target};

/// One use of a recovery feature, with what the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {}

/// A typical use of each feature, for the capability matrix.
pub static SAMPLES: &[(&str, Use)] = &[];

/// The answer of the target.
#[must_use]
pub const fn legality(_target: Target, what: &Use) -> Legality {
    match *what {}
}
