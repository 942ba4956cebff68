//! `C`: checks over a linked policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// No machine and no address of the exports belongs to the group.
    ///
    /// # What it means
    /// A rule that uses the group matches nothing today, on both sides. It begins to match when a
    /// machine gets the tag or the name; on the target that is so only where membership stayed dynamic.
    ///
    /// # What to do
    /// add the inventory export if it is missing; otherwise keep the group for later or remove it
    ///
    /// # Example
    /// A quarantine group by the tag `security|quarantine`, which no machine carries today.
    EMPTY_GROUP = "C1001", "empty-group", "a group has no member", Effect::Record;
}
