//! rehome compiles the policy of a VMware estate for its next platform.
//!
//! ```text
//!  bytes ─grammar─▶ Tree ─front─▶ Policy<Named> ─link─▶ Policy<Linked> ─check─▶ (findings only)
//!                                                         │
//!                                                         └─legal─▶ Legal<Plan> ─back─▶ artifacts
//!  artifacts ─read back─▶ what the target will do ─verify─▶ compared with what the source did
//! ```
//!
//! Every stage is a function from the type on its left to the type on its right plus findings.
//! The library is pure: bytes in, artifacts and findings out. Only [`cli`] touches files.

pub mod back;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod compile;
pub mod document;
pub mod finding;
pub mod front;
pub mod ir;
pub mod legal;
pub mod link;
pub mod plan;
pub mod report;
pub mod semantics;
pub mod source;
pub mod taken;
pub mod verify;
