//! Estates for the tests of the network lowering.

pub mod build;
pub mod judge;
pub mod random;
