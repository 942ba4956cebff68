//! `N`: names, links and the joining of inventories.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// A rule, group or plan refers to an object that stands in none of the exports.
    ///
    /// # What it means
    /// What was meant is not known. A rule that needs the object is not emitted as an allow; a group
    /// that has it as a member is taken without it where that is safe, and the finding of the rule says so.
    ///
    /// # What to do
    /// add the export that holds the object, or remove the reference in the product
    ///
    /// # Example
    /// A rule with the source `/infra/domains/default/groups/old-web`, and no group of that path.
    DANGLING_REFERENCE = "N0001", "dangling-reference", "a reference points to nothing", Effect::SHIFTS;

    /// # What happened
    /// A reference by name fits more than one object.
    ///
    /// # What it means
    /// rehome does not choose. The reference is treated as one that points to nothing.
    ///
    /// # What to do
    /// give the objects different names, or use an export that refers by id
    ///
    /// # Example
    /// A placement rule names the VM `app01`, and two machines in different folders have that name.
    AMBIGUOUS_REFERENCE = "N0002", "ambiguous-reference", "a reference fits more than one object", Effect::SHIFTS;

    /// # What happened
    /// Two exports describe machines that could be one: the same display name, and no id in common.
    ///
    /// # What it means
    /// Facts about the machine (tags in one export, host and cluster in the other) are not joined.
    ///
    /// # What to do
    /// add an inventory export that holds both ids, such as `govc vm.info -json`
    ///
    /// # Example
    /// NSX lists two machines `web-1`, and vCenter lists one of that name.
    AMBIGUOUS_MACHINE = "N0003", "ambiguous-machine", "machines of two exports could be one", Effect::SHIFTS;

    /// # What happened
    /// Groups contain each other in a circle.
    ///
    /// # What it means
    /// The source product refuses such groups, so the export was edited or is incomplete. Membership is
    /// computed as the least set that satisfies the definitions.
    ///
    /// # What to do
    /// remove one of the nestings named in the message
    ///
    /// # Example
    /// Group `a` contains group `b`, and `b` contains `a`.
    GROUP_CYCLE = "N1001", "group-cycle", "groups contain each other", Effect::SHIFTS;

    /// # What happened
    /// Services contain each other in a circle.
    ///
    /// # What it means
    /// What the services match is computed from the entries that are not part of the circle.
    ///
    /// # What to do
    /// remove one of the nestings named in the message
    ///
    /// # Example
    /// Service `a` nests `b`, and `b` nests `a`.
    SERVICE_CYCLE = "N1002", "service-cycle", "services contain each other", Effect::SHIFTS;
}
