//! `R009`: the accepts in `rehome.toml`.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// An accept in `rehome.toml` covers no finding of this run.
    ///
    /// # What it means
    /// The loss it was written for is gone, or its selector has a mistake and the loss it was meant
    /// for still closes the gate. Nothing on the target changes.
    ///
    /// # What to do
    /// remove the accept, or correct its code and selector
    ///
    /// # Example
    /// ```toml
    /// [[accept]]
    /// code = "L1007"
    /// selector = { name = "group-that-was-deleted" }
    /// reason = "the group is empty"
    /// owner = "network team"
    /// until = "2027-03-31"
    /// ```
    UNUSED_ACCEPT = "R0091", "unused-accept", "an accept covers no finding", Effect::Record;

    /// # What happened
    /// The date in `until` of an accept is past, and the findings it covered are there still.
    ///
    /// # What it means
    /// The findings count as open again and close the gate if they are at its level.
    ///
    /// # What to do
    /// decide again: correct the policy, or give the accept a new date and say why in its reason
    ///
    /// # Example
    /// ```toml
    /// [[accept]]
    /// code = "L1007"
    /// selector = { name = "web-*" }
    /// reason = "the servers are retired in spring"
    /// owner = "network team"
    /// until = "2020-03-31"
    /// ```
    EXPIRED_ACCEPT = "R0092", "expired-accept", "an accept is past its date", Effect::Record;

    /// # What happened
    /// The date in `until` of an accept is at most 14 days away.
    ///
    /// # What it means
    /// The findings it covers close the gate on the day after that date.
    ///
    /// # What to do
    /// decide before the date: correct the policy, or give the accept a new date and say why in its reason
    ///
    /// # Example
    /// ```toml
    /// [[accept]]
    /// code = "L1007"
    /// selector = { name = "web-*" }
    /// reason = "the servers are retired next week"
    /// owner = "network team"
    /// until = "2027-03-31"
    /// ```
    EXPIRING_ACCEPT = "R0093", "expiring-accept", "an accept ends within 14 days", Effect::Record;
}
