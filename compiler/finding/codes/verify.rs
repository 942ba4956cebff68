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
    /// Allow rules stand below denies that could take some of their flows and take none today, because
    /// no machine is in both groups. They are emitted as they stand. `report/verdicts.json` names the
    /// rules and the groups.
    ///
    /// # What it means
    /// All is exact for the inventory of the exports. A machine that joins both groups later is stopped
    /// by the source and let through by the target.
    ///
    /// # What to do
    /// keep the groups apart, and compile again when they change
    ///
    /// # Example
    /// `pci` may not be reached by `office`; below it `backup` reaches everything. A machine that becomes
    /// both `office` and `backup` would reach `pci`.
    EXACT_WHILE_APART = "V1003", "exact-while-apart", "rules are exact while groups stay apart", Effect::PRESERVES;

    /// # What happened
    /// The comparison judges every machine of the inventory and every address outside of it. A machine
    /// of the estate that no export tells is neither.
    ///
    /// # What it means
    /// NSX puts a filter before every machine, so the rules for everybody hold for it. Flow holds a
    /// machine to the policies of its categories, and this one gets none: nothing of its own is
    /// filtered. What other machines accept from it is as exact as for any address.
    ///
    /// # What to do
    /// export the inventory as a whole, and give new machines the categories of `assignments.json`
    ///
    /// # Example
    /// A machine that was created after the export was made.
    OUTSIDE_INVENTORY = "V1004", "outside-inventory", "machines that no export tells are in no policy", Effect::Conduct;

    /// # What happened
    /// Rules look for machines by address, and no export tells the addresses of a machine. Such a
    /// machine is taken to be in each group by address and out of it. With few of them the comparison
    /// goes through every address they could have; here they are too many for that.
    ///
    /// # What it means
    /// The two sides could treat the flows named here otherwise. They do not have to: if both look at
    /// the address alike, they act alike.
    ///
    /// # What to do
    /// add an export that tells the addresses (for NSX `/api/v1/fabric/vifs`), and compile again
    ///
    /// # Example
    /// A default that allows, a deny from `10.66.0.0/16` above it, and a thousand machines without an
    /// address.
    UNTOLD_ADDRESSES = "V1005", "untold-addresses", "whether both sides agree hangs on addresses that no export tells", Effect::SHIFTS;

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
