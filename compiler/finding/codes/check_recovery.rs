//! `C3`: checks of recovery policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// Machines of a recovery plan, of the same priority, wait for each other in a circle.
    ///
    /// # What it means
    /// None of them can be the first. What the source product does with such a circle is not defined.
    ///
    /// # What to do
    /// decide which machine starts first and remove its dependency
    ///
    /// # Example
    /// `app01` depends on `app02`, and `app02` on `app01`, both of priority 3.
    DEPENDENCY_CYCLE = "C3001", "dependency-cycle", "machines of a plan wait for each other", Effect::SHIFTS;

    /// # What happened
    /// A machine depends on one that starts later, or that is not in the plan. The source product
    /// counts dependencies only inside one priority of one plan, and ignores this one.
    ///
    /// # What it means
    /// The machine starts without waiting, today and on the target. Whoever set the dependency
    /// believes something else.
    ///
    /// # What to do
    /// give both machines the same priority, or the other one an earlier priority
    ///
    /// # Example
    /// `web01` of priority 2 depends on `db01` of priority 3.
    DEPENDENCY_NOT_KEPT = "C3002", "dependency-not-kept", "a dependency is ignored and its order is not kept", Effect::Conduct;

    /// # What happened
    /// A machine depends on one of an earlier priority. The source product ignores the dependency;
    /// the priorities keep the order.
    ///
    /// # What it means
    /// Nothing changes while the priorities stay as they are.
    ///
    /// # What to do
    /// nothing, or remove the dependency
    ///
    /// # Example
    /// `app01` of priority 3 depends on `db01` of priority 2.
    DEPENDENCY_BY_PRIORITY = "C3003", "dependency-by-priority", "a dependency is ignored and priorities keep its order", Effect::Record;

    /// # What happened
    /// A machine is a member of more than one protection group.
    ///
    /// # What it means
    /// On the target the machine gets the categories of both groups, and two protection policies with
    /// two objectives apply to it.
    ///
    /// # What to do
    /// keep the machine in one protection group
    ///
    /// # Example
    /// `db01` is a member of `ERP` and of `Core services`.
    PROTECTED_TWICE = "C3004", "protected-twice", "a machine is in several protection groups", Effect::Conduct;

    /// # What happened
    /// More than one recovery plan recovers the same machines.
    ///
    /// # What it means
    /// The source product runs only one of the plans at a time. Settings are those of each plan: the
    /// same machine can have two priorities.
    ///
    /// # What to do
    /// decide which plan is run in which case, and keep only those on the target
    ///
    /// # Example
    /// The plans `All of Graz` and `Shop only` both recover the protection group `Shop`.
    PLANS_OVERLAP = "C3005", "plans-overlap", "plans recover the same machines", Effect::Conduct;

    /// # What happened
    /// Machines are protected by a group that no recovery plan recovers.
    ///
    /// # What it means
    /// Their data is at the other site, and nothing starts them there.
    ///
    /// # What to do
    /// add the group to a plan, or add the export of the plan that is missing here
    ///
    /// # Example
    /// The protection group `Archive`, which is in no plan.
    IN_NO_PLAN = "C3006", "in-no-plan", "protected machines are in no plan", Effect::Conduct;

    /// # What happened
    /// A machine of a recovery plan is attached to a network that no mapping leads to the other site.
    ///
    /// # What it means
    /// After a recovery the machine has no network, at the source as on the target.
    ///
    /// # What to do
    /// map the network
    ///
    /// # Example
    /// `web01` has a NIC in `VLAN 150`, and the mappings name `VLAN 110` to `VLAN 140`.
    UNMAPPED_NETWORK = "C3007", "unmapped-network", "a machine's network is not mapped", Effect::Conduct;

    /// # What happened
    /// A rule maps addresses of a subnet to a smaller subnet, so that some addresses have no
    /// counterpart in it.
    ///
    /// # What it means
    /// A machine with such an address gets one outside the subnet of the other site, or none.
    ///
    /// # What to do
    /// use a subnet of the same size, or give these machines addresses of their own
    ///
    /// # Example
    /// `10.1.0.0/24` is mapped to `10.9.0.0/25`: `10.1.0.200` would become `10.9.0.200`.
    RULE_LEAVES_SUBNET = "C3008", "rule-leaves-subnet", "an address rule maps out of its subnet", Effect::Conduct;

    /// # What happened
    /// A gateway is not in the subnet of the addresses that use it.
    ///
    /// # What it means
    /// The machine cannot reach the gateway after a recovery.
    ///
    /// # What to do
    /// correct the gateway or the subnet
    ///
    /// # Example
    /// The address `10.9.0.20/24` with the gateway `10.8.0.1`.
    GATEWAY_OUTSIDE = "C3009", "gateway-outside", "a gateway is outside its subnet", Effect::Conduct;

    /// # What happened
    /// Two machines have the same address after a recovery, or a machine has the address of a gateway.
    ///
    /// # What it means
    /// One of them is not reachable, at the source as on the target.
    ///
    /// # What to do
    /// give one of them another address
    ///
    /// # Example
    /// `web01` is set to `10.9.0.20` by hand, and a rule maps `web02` from `10.1.0.20` to it.
    ADDRESS_COLLISION = "C3010", "address-collision", "two machines have one address after recovery", Effect::Conduct;

    /// # What happened
    /// A command of a recovery plan calls the platform that is being left: its management server, its
    /// command-line tools, its recovery product, or variables that this product sets.
    ///
    /// # What it means
    /// On the new platform the command fails or, worse, acts on the old one.
    ///
    /// # What to do
    /// rewrite the command for the new platform before the first test
    ///
    /// # Example
    /// `pwsh -c "Connect-VIServer vc-graz; Get-VM web01 | Start-VM"`
    CALLS_OLD_PLATFORM = "C3011", "calls-old-platform", "a command calls the platform that is left", Effect::Conduct;

    /// # What happened
    /// A command of a recovery plan names a host, a machine or an address of the protected site.
    ///
    /// # What it means
    /// When the site is lost, what the command names is gone: a host does not answer, a machine has
    /// another address, or is not started yet.
    ///
    /// # What to do
    /// use a name that follows the machine, or a place at the recovery site
    ///
    /// # Example
    /// `ssh root@esx-graz-03 /opt/fence.sh`, where `esx-graz-03` is a host of the protected site.
    NAMES_LOST_SITE = "C3012", "names-lost-site", "a command names something of the protected site", Effect::Conduct;

    /// # What happened
    /// The time a recovery plan waits was added up along its longest path, for the source and for the
    /// target.
    ///
    /// # What it means
    /// At the source it is the least time between the first step and the last machine that the settings
    /// of the plan allow, and the longest that its timeouts allow. On the target it is the sum of the
    /// waits between stages, which is all that the target waits for. Assumed is that a priority starts
    /// when the one before it is through, that inside a priority machines wait for those they depend on
    /// and for nothing else, and that storage, boot and people take no time; they come on top.
    ///
    /// # What to do
    /// compare it with the recovery time that was promised
    ///
    /// # Example
    /// Delays of 120 and 60 seconds one after the other give at least 3 minutes on both sides.
    RECOVERY_TIME = "C3013", "recovery-time", "how long a plan waits", Effect::Record;

    /// # What happened
    /// A protection group has a recovery point objective that its replication does not keep.
    ///
    /// # What it means
    /// Whoever counts on the objective loses more data than they believe, or the export is wrong. The
    /// target gets the objective as it is told.
    ///
    /// # What to do
    /// find out which loss of data is agreed, and set it before the move
    ///
    /// # Example
    /// A group that the hypervisor replicates, with an objective of 1 minute.
    OBJECTIVE_NOT_KEPT = "C3014", "objective-not-kept", "a recovery point objective is not kept", Effect::Conduct;

    /// # What happened
    /// A network mapping names no network for tests. The source product then makes an isolated network
    /// on each host.
    ///
    /// # What it means
    /// In a test, machines on different hosts do not reach each other, so the test shows less than it
    /// seems to.
    ///
    /// # What to do
    /// make a network for tests at the recovery site and name it in the mapping
    ///
    /// # Example
    /// `VLAN 120` is mapped to `DR 120`, and tests use `Isolated network (auto created)`.
    TEST_NETWORK_MISSING = "C3015", "test-network-missing", "tests have no network of their own", Effect::Record;

    /// # What happened
    /// A test of a recovery plan uses the network of the real recovery.
    ///
    /// # What it means
    /// Machines that are tested run beside the real ones, with the same names and addresses. The target
    /// does what it is told, too.
    ///
    /// # What to do
    /// make a network for tests at the recovery site and name it in the mapping
    ///
    /// # Example
    /// `VLAN 120` is mapped to `DR 120`, for recoveries and for tests.
    TEST_IN_RECOVERY_NETWORK = "C3016", "test-in-recovery-network", "a test uses the network of the real recovery", Effect::Conduct;
}
