//! What the emitted files mean, compared with what the source meant: equal, or a witness.

pub mod again;
mod artifacts;
pub(crate) mod atoms;
pub(crate) mod bits;
pub(crate) mod classes;
pub mod comparison;
pub mod connectivity;
mod cover;
mod differences;
mod engine;
mod keys;
pub mod network;
pub mod placement;
pub mod premise;
pub mod query;
pub mod recovery;
pub mod relation;
