//! What each side admits, written from the documented behaviour and independent of the lowering.

pub mod endpoints;
pub mod filter;
#[cfg(test)]
pub mod fixture;
pub mod flow;
mod index;
pub mod membership;
pub mod ordered;
pub(crate) mod services;
pub mod traffic;

pub use endpoints::{Endpoints, Members, VmSet};
pub use membership::Membership;
