//! What each side admits, written from the documented behaviour and independent of the lowering.

pub mod endpoints;
#[cfg(test)]
pub mod fixture;
mod index;
pub mod membership;

pub use endpoints::{Endpoints, Members, VmSet};
pub use membership::Membership;
