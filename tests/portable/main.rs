//! The portable policy is the policy: reading it back gives the same constructs, findings and files,
//! and no change of the file goes unnoticed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod estates;
mod hostile;
mod law;
mod mixed;
mod mutate;
mod page;
mod schema;
