//! Whole estates through the binary, as a user would compile them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod chains;
mod checker;
mod corpus;
mod examples;
mod formats;
mod hostile;
mod run;
