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

    /// # What happened
    /// A machine that belongs to several secured groups gets the rules of all their policies, and
    /// these add up. Each secured group also has a rule for the traffic among its own machines, and
    /// that rule says deny. No document says whether it wins over an allow of another policy.
    ///
    /// # What it means
    /// Nothing passes that the source denies, in either reading. In the strict reading the flows named
    /// here are discarded once the policies are enforced.
    ///
    /// # What to do
    /// create the policies in the state `MONITOR`, send one of the flows named and look whether the hit log calls it allowed, before anything is enforced
    ///
    /// # Example
    /// The policy around all machines denies what they send to each other, and the policy around the
    /// databases lets the application servers in: both are about the same machines.
    UNSETTLED_INTRA_GROUP = "V1002", "unsettled-intra-group", "no document settles how an intra-group deny acts beside other policies", Effect::NARROWS;

    /// # What happened
    /// A file of the output that placement needs holds something that cannot be understood when it is
    /// read back.
    ///
    /// # What it means
    /// Which placements the files admit cannot be said, so nothing was compared.
    ///
    /// # What to do
    /// restore the file, or compile again into a fresh folder
    ///
    /// # Example
    /// A VM-host affinity policy with two categories of machines.
    UNREADABLE_PLACEMENT = "V2001", "unreadable-placement", "an emitted file of placement cannot be understood", Effect::SHIFTS;

    /// # What happened
    /// A file of the output that recovery needs holds something that cannot be understood when it is
    /// read back.
    ///
    /// # What it means
    /// What the files recover, and in which order, cannot be said, so nothing was compared.
    ///
    /// # What to do
    /// restore the file, or compile again into a fresh folder
    ///
    /// # Example
    /// A recovery stage without a number.
    UNREADABLE_RECOVERY = "V3001", "unreadable-recovery", "an emitted file of recovery cannot be understood", Effect::SHIFTS;
}
