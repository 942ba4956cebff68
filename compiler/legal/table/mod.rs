//! The legality tables: the only place that may claim that a target holds something as it is.
//!
//! A table answers for every feature of the policy, exhaustively and without a wildcard, so a new
//! feature does not compile until every target has answered. The book's capability matrix and
//! `rehome capabilities` are printed from it.

pub mod network;
pub mod placement;
pub mod recovery;

use super::{Legality, Target};
use crate::finding::Domain;

/// One row of the capability matrix.
#[derive(Clone, Debug)]
pub struct Row {
    /// The domain.
    pub domain: Domain,
    /// The feature, in the words of the policy.
    pub feature: &'static str,
    /// The answer for a typical use.
    pub legality: Legality,
}

/// The whole table of a target.
#[must_use]
pub fn rows(target: Target) -> Vec<Row> {
    let network = network::SAMPLES
        .iter()
        .map(|(feature, sample)| (Domain::Network, *feature, network::legality(target, sample)));
    let placement = placement::SAMPLES.iter().map(|(feature, sample)| {
        (
            Domain::Placement,
            *feature,
            placement::legality(target, sample),
        )
    });
    let recovery = recovery::SAMPLES.iter().map(|(feature, sample)| {
        (
            Domain::Recovery,
            *feature,
            recovery::legality(target, sample),
        )
    });
    network
        .chain(placement)
        .chain(recovery)
        .map(|(domain, feature, legality)| Row {
            domain,
            feature,
            legality,
        })
        .collect()
}
