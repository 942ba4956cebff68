//! Accepts: losses a person has taken responsibility for, until a date.

/// Who accepted a finding, why and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Why it is all right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it holds, as `YYYY-MM-DD`.
    pub until: String,
}
