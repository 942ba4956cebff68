//! Estates made for the tests of the network lowering.

pub mod build;
pub mod judge;
