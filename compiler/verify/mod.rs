//! What the emitted files mean, compared with what the source meant: equal, or a witness.

mod atoms;
mod bits;
mod classes;
mod cover;
mod engine;
pub mod network;
pub mod query;

pub use network::network;
