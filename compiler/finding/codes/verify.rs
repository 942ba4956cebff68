//! `V`: differences found by reading the emitted files back.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// A file of the output holds something that cannot be understood when it is read back: a field
    /// that is not known, a reference to an object that the manifest does not list, a number out of
    /// range.
    ///
    /// # What it means
    /// What the files admit as a whole cannot be said, so nothing was compared.
    ///
    /// # What to do
    /// restore the file, or compile again into a fresh folder
    ///
    /// # Example
    /// A policy whose rule was edited by hand and now has the field `srcCategories` instead of
    /// `srcCategoryReferences`.
    UNREADABLE_ARTIFACT = "V1001", "unreadable-artifact", "an emitted file cannot be understood", Effect::SHIFTS;
}
