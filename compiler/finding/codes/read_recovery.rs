//! `R3`: reading recovery exports.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// An answer is about a plan, a group, a machine or a step that no other answer names.
    ///
    /// # What it means
    /// What the answer says is not part of the policy. The answer that would name its owner is
    /// missing, or the two were collected at different times.
    ///
    /// # What to do
    /// collect all answers again in one run of the script
    ///
    /// # Example
    /// The recovery settings of a machine that the machines of the plan do not list.
    STRAY_ANSWER = "R3001", "stray-answer", "an answer belongs to nothing the exports name", Effect::SHIFTS;

    /// # What happened
    /// The steps of a plan show another number of added steps for a machine than the settings of
    /// the machine hold.
    ///
    /// # What it means
    /// One of the two is out of date. The settings are used.
    ///
    /// # What to do
    /// collect the steps and the recovery settings again in one run of the script
    ///
    /// # Example
    /// The steps show two commands after `db01` is powered on, and its settings hold one.
    CALLOUTS_DIFFER = "R3002", "callouts-differ", "steps and settings disagree about added steps", Effect::SHIFTS;

    /// # What happened
    /// Machines of a plan have a priority, and no step of the plan is known to power that priority on.
    ///
    /// # What it means
    /// Whether an added step comes before or after these machines is not known. The titles of steps
    /// are read in English.
    ///
    /// # What to do
    /// collect the steps with the header `Accept-Language: en`, as the script does
    ///
    /// # Example
    /// A plan with machines of priority 2, whose steps are titled in another language.
    NO_POWER_ON_STEP = "R3003", "no-power-on-step", "no step powers on a priority that machines have", Effect::SHIFTS;

    /// # What happened
    /// A recovery plan was not ready when it was exported: it ran, waited, or was misconfigured.
    ///
    /// # What it means
    /// What was exported is read as it is. The source could not have run the plan in this state.
    ///
    /// # What to do
    /// bring the plan into the ready state and export again
    ///
    /// # Example
    /// ```json
    /// {"id": "plan-1", "name": "ERP", "status": "TEST_IN_PROGRESS"}
    /// ```
    PLAN_NOT_READY = "R3004", "plan-not-ready", "a recovery plan was not ready when exported", Effect::Conduct;

    /// # What happened
    /// A machine of a protection group is recovered into a network that no network mapping leads to:
    /// somebody set the network for this machine alone.
    ///
    /// # What it means
    /// The target maps networks for a plan, not for one machine. This machine would come up in
    /// another network, or in none.
    ///
    /// # What to do
    /// decide which network the machine belongs to, and map its network there
    ///
    /// # Example
    /// All machines of `VLAN 10` go to `DR VLAN 10`, and `db01` alone goes to `DR VLAN 99`.
    MACHINE_NETWORK = "R3005", "machine-network", "a machine has a recovery network of its own", Effect::SHIFTS;

    /// # What happened
    /// Machines of one protection group are replicated with different objectives for the loss of data.
    ///
    /// # What it means
    /// A protection policy of the target has one objective. The smallest is used for all, so some
    /// machines are replicated more often than before.
    ///
    /// # What to do
    /// check that the link between the sites carries the smallest objective for all machines, or split the group
    ///
    /// # Example
    /// `db01` is replicated every 15 minutes and `web01` every 60, both in the group `shop`.
    OBJECTIVES_DIFFER = "R3006", "objectives-differ", "machines of one group have different objectives", Effect::Conduct;

    /// # What happened
    /// The plan suspends machines of the recovery site to make room before it recovers others.
    ///
    /// # What it means
    /// The target suspends nothing. Without the room that these machines leave, the recovery can fail.
    ///
    /// # What to do
    /// check that the recovery site holds all machines at once, or power these off by hand before the recovery
    ///
    /// # Example
    /// The step `Suspend non-critical VMs at recovery site` with `lab01` and `lab02` beneath it.
    SUSPENDED_MACHINES = "R3007", "suspended-machines", "a plan suspends machines to make room", Effect::Conduct;

    /// # What happened
    /// An as-built report, or an object of the SOAP interface, and another export tell the same recovery
    /// plan.
    ///
    /// # What it means
    /// The report, or the object, tells less; it is not used for that plan.
    ///
    /// # What to do
    /// nothing, or leave the report or the object out
    ///
    /// # Example
    /// The folder holds the file of the collection script and the report of the same pair of servers.
    REPORT_PASSED_OVER = "R3008", "report-passed-over", "another export tells more than an as-built report or an object", Effect::Record;

    /// # What happened
    /// A table of DR IP Customizer gives a machine other addresses than its recovery settings do.
    ///
    /// # What it means
    /// The table is what somebody applied once, or meant to; the settings are what is in force. The
    /// settings are used.
    ///
    /// # What to do
    /// decide which of the two is right: apply the table again, or leave it out
    ///
    /// # Example
    /// The table gives `db01` the address 10.9.0.20 at the recovery site, and its settings 10.9.0.21.
    ADDRESS_TABLE_DIFFERS = "R3009", "address-table-differs", "a table gives other addresses than the settings", Effect::SHIFTS;
}
