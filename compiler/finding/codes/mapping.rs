//! Names that people chose in `rehome.toml`.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// `rehome.toml` chooses a name on the target for something that this run does not have: a category
    /// that is not made, a host or a cluster that no export names.
    ///
    /// # What it means
    /// The line has no effect.
    ///
    /// # What to do
    /// correct the name, or remove the line
    ///
    /// # Example
    /// ```toml
    /// [hosts]
    /// "esx-that-was-renamed" = "ahv-01"
    /// ```
    UNUSED_MAPPING = "R0095", "unused-mapping", "a chosen name stands for nothing", Effect::Record;

    /// # What happened
    /// `rehome.toml` uses a category that exists on the target instead of a new one.
    ///
    /// # What it means
    /// A category binds whatever carries it. The exports do not tell what carries it on the target, so a
    /// policy over it can bind more than the source binds.
    ///
    /// # What to do
    /// compare what carries the category on the target with its members in `assignments.json`
    ///
    /// # Example
    /// ```toml
    /// [categories]
    /// "drs-vm-group/db" = { key = "AppTier", value = "Database", existing = true }
    /// ```
    EXISTING_CATEGORY = "L0001", "existing-category", "a category of the target is used again", Effect::SHIFTS;

    /// # What happened
    /// A category that rehome names after a group or rule reads like a tag that machines carry, apart from
    /// capitals, spaces and punctuation.
    ///
    /// # What it means
    /// Both become categories. People will take one for the other.
    ///
    /// # What to do
    /// choose another name for one of them under `[categories]` in `rehome.toml`
    ///
    /// # Example
    /// The group `Web-Tier` and the tag `web tier`.
    NEAR_CATEGORY = "C0001", "near-category", "a category reads like a tag", Effect::Record;
}
