//! Policies made by hand, and what they become on the target.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "the tests may fail loudly"
)]

#[path = "lower/estate.rs"]
mod estate;
#[path = "lower/placement.rs"]
mod placement;
#[path = "lower/recovery.rs"]
mod recovery;
#[path = "lower/recovery_checks.rs"]
mod recovery_checks;
#[path = "lower/recovery_flow.rs"]
mod recovery_flow;
#[path = "lower/recovery_orders.rs"]
mod recovery_orders;
#[path = "lower/recovery_v3.rs"]
mod recovery_v3;
#[path = "lower/recovery_waits.rs"]
mod recovery_waits;
#[path = "lower/verify.rs"]
mod verify;
