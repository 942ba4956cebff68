//! `L2`: what the target cannot hold of the placement policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// A rule says that machines should run on some hosts, or should keep off them. AHV ties machines
    /// to hosts as a requirement and in no other way.
    ///
    /// # What it means
    /// No object is made. The machines may run on every host of the cluster, as they could before; what
    /// is lost is the preference. Nothing moves a machine back to its hosts.
    ///
    /// # What to do
    /// accept the loss, or compile with `--harden-should` and check that the machines may stay down when those hosts fail
    ///
    /// # Example
    /// `site-a-vms` should run on `site-a-hosts` in a cluster over two sites.
    PREFERENCE = "L2001", "preference", "a preference for hosts has no counterpart", Effect::Conduct;

    /// # What happened
    /// A rule says that machines should run on some hosts, and the run was asked to emit preferences as
    /// requirements.
    ///
    /// # What it means
    /// On AHV the machines run on those hosts and on no other. When all of them are down, the machines
    /// stay down; the source restarts them elsewhere.
    ///
    /// # What to do
    /// check that the hosts that are left carry the machines after the failure you plan for
    ///
    /// # Example
    /// `app` should run on `esx1` and `esx2`, compiled with `--harden-should`.
    HARDENED = "L2002", "hardened-preference", "a preference for hosts became a requirement", Effect::NARROWS;

    /// # What happened
    /// A rule keeps machines off some hosts. AHV knows the hosts a machine may run on, and no hosts it may
    /// not run on.
    ///
    /// # What it means
    /// The machines are tied to the other hosts of their cluster. A host that is added later is not among
    /// them until it is given the category.
    ///
    /// # What to do
    /// give every host you add the category of the policy, unless the machines must keep off it too
    ///
    /// # Example
    /// `db` must not run on `esx4` in a cluster of `esx1` to `esx4`: it is tied to `esx1`, `esx2` and `esx3`.
    KEEP_OFF_BY_COMPLEMENT = "L2003", "keep-off-by-complement", "hosts to keep off became hosts to run on", Effect::NARROWS;

    /// # What happened
    /// The requirements of the source leave some machines no host to run on: the host groups have no host
    /// in common, or are empty.
    ///
    /// # What it means
    /// The source does not power these machines on. AHV lets one of two policies win instead of both, and
    /// takes no empty host list, so no policy is made for them: they may run anywhere.
    ///
    /// # What to do
    /// remove one of the rules, or give the host groups a host in common
    ///
    /// # Example
    /// `ora` must run on `licensed`, which holds `esx1`, and must run on `site-b`, which holds `esx3`.
    NO_HOST_LEFT = "L2004", "no-host-left", "requirements leave machines no host", Effect::BROADENS;

    /// # What happened
    /// A rule keeps machines off hosts of a cluster, and no export tells which other hosts the cluster has.
    ///
    /// # What it means
    /// The hosts the machines may run on are not known, so no policy is made: they may run on the hosts
    /// they must keep off.
    ///
    /// # What to do
    /// add an inventory export that lists the hosts of the cluster
    ///
    /// # Example
    /// `db` must not run on `esx4`, and `esx4` is the one host the exports name.
    HOSTS_UNTOLD = "L2005", "hosts-untold", "the other hosts of a cluster are not known", Effect::BROADENS;

    /// # What happened
    /// A rule requires that machines run on different hosts. AHV gives that up when a cluster is short of
    /// room.
    ///
    /// # What it means
    /// Two of the machines can run on one host on AHV, where the source would leave one of them down.
    ///
    /// # What to do
    /// watch the compliance state of the policy, or tie the machines to different hosts
    ///
    /// # Example
    /// Three domain controllers that must be apart, on three hosts of which one fails.
    APART_BEST_EFFORT = "L2006", "apart-best-effort", "machines that must be apart are kept apart where there is room", Effect::BROADENS;

    /// # What happened
    /// A rule keeps machines on one host. AHV has no such rule.
    ///
    /// # What it means
    /// No object is made. The machines can run on different hosts.
    ///
    /// # What to do
    /// decide whether the machines work on different hosts; if not, tie them to one host and give up their restart elsewhere
    ///
    /// # Example
    /// `web-1` and `cache-1` are kept together for their traffic.
    TOGETHER = "L2007", "together", "machines kept together have no counterpart", Effect::BROADENS;

    /// # What happened
    /// A rule is part of a cluster whose scheduler is switched off.
    ///
    /// # What it means
    /// Nothing enforced the rule at the source. On the target it is in force.
    ///
    /// # What to do
    /// remove the rule if it is not meant any more
    ///
    /// # Example
    /// A must-run-on rule in a cluster with DRS disabled.
    WAS_ADVISORY = "L2008", "was-advisory", "a rule that nothing enforced is in force", Effect::NARROWS;

    /// # What happened
    /// A rule or a priority orders the starts of machines after a host failure. Prism Central before 7.5
    /// has no startup policies.
    ///
    /// # What it means
    /// No object is made. After a failure the machines start in any order.
    ///
    /// # What to do
    /// compile for 7.5 or later, or start the machines by hand in the order of the source
    ///
    /// # Example
    /// `app` starts after `db`, compiled for `nutanix@7.3`.
    NO_START_ORDER = "L2009", "no-start-order", "the order of starts has no counterpart", Effect::Conduct;

    /// # What happened
    /// Machines wait for each other's start in a circle.
    ///
    /// # What it means
    /// The source refuses such rules, so the export was edited or is incomplete. The rules of the circle
    /// are left out.
    ///
    /// # What to do
    /// remove one of the rules that the message names
    ///
    /// # Example
    /// `app` starts after `db`, and `db` starts after `app`.
    START_CIRCLE = "L2010", "start-circle", "machines wait for each other", Effect::Conduct;

    /// # What happened
    /// A wait between two starts is longer than the 600 seconds a startup policy holds.
    ///
    /// # What it means
    /// The next machines start after 600 seconds.
    ///
    /// # What to do
    /// check that the machines are up after 600 seconds
    ///
    /// # Example
    /// The cluster waits 900 seconds after a machine is ready.
    DELAY_CUT = "L2011", "delay-cut", "a wait between starts was cut", Effect::Conduct;

    /// # What happened
    /// The source waits for a heartbeat of the guest or of an application before the next machines start.
    /// A startup policy waits until the guest has booted, for at most 300 seconds, and needs Nutanix Guest
    /// Tools for that; without them it waits for power-on.
    ///
    /// # What it means
    /// The next machines can start before the application answers.
    ///
    /// # What to do
    /// install the guest tools in the machines that are waited for, and check that the next ones stand an early start
    ///
    /// # Example
    /// `app` starts when the guest of `db` sends heartbeats.
    READINESS_DIFFERS = "L2012", "readiness-differs", "what counts as started differs", Effect::Conduct;

    /// # What happened
    /// A rule is switched off at the source: by a person, or by the product because of a conflict. The target
    /// has no rules that are switched off.
    ///
    /// # What it means
    /// No object is made, and what is in force stays the same. The rule itself is kept in the report only.
    ///
    /// # What to do
    /// nothing, unless the rule is switched on now and then
    ///
    /// # Example
    /// `old-apart` with `enabled: false`.
    DISABLED_RULE = "L2013", "disabled-placement-rule", "a rule that is switched off is not kept", Effect::Record;

    /// # What happened
    /// A rule binds no machine: its group is empty.
    ///
    /// # What it means
    /// No object is made. Nothing was bound at the source either. A machine that joins the group later is
    /// not bound on the target.
    ///
    /// # What to do
    /// remove the rule
    ///
    /// # Example
    /// A must-run-on rule for the machine group `decommissioned`, which is empty.
    BINDS_NOTHING = "L2014", "binds-nothing", "a rule binds no machine", Effect::Record;

    /// # What happened
    /// A rule is of a kind that rehome does not know.
    ///
    /// # What it means
    /// No object is made. What the rule asked for is not known.
    ///
    /// # What to do
    /// look the rule up in the product and set what it asks for by hand
    ///
    /// # Example
    /// A rule of the type `ClusterFutureRuleInfo`.
    UNKNOWN_RULE = "L2015", "unknown-placement-rule", "a rule is of an unknown kind", Effect::SHIFTS;

    /// # What happened
    /// A rule has a key that rehome does not know, and what it means for the rule is not known.
    ///
    /// # What it means
    /// The rule is translated without the key. It can bind more or less than at the source.
    ///
    /// # What to do
    /// check in the product's API reference what the key does to this rule
    ///
    /// # Example
    /// A must-run-on rule with the key `onlyDuringMaintenance`.
    UNREAD_RULE_KEY = "L2016", "unread-rule-key", "a rule is translated without a key", Effect::SHIFTS;

    /// # What happened
    /// A rule refers to machines or hosts that no export tells, or that more than one thing answers to.
    ///
    /// # What it means
    /// The rule is translated for the rest. A machine that is missing is bound by nothing on the target; a
    /// host that is missing cannot be run on.
    ///
    /// # What to do
    /// add an inventory export that lists them, or remove them from the rule
    ///
    /// # Example
    /// `ora` must run on `licensed`; the group `ora` holds `vm-77`, and no export has a machine of that id.
    MEMBERS_MISSING = "L2017", "placement-members-missing", "a rule is translated without some of its members", Effect::BROADENS;

    /// # What happened
    /// A group has a member that no export tells, or that more than one thing answers to.
    ///
    /// # What it means
    /// The category of the group is given to the other members. What follows for a rule that uses the group
    /// is said with the rule.
    ///
    /// # What to do
    /// add an inventory export that lists the member, or remove it from the group
    ///
    /// # Example
    /// The host group `licensed` holds `host-99`, and no export has a host of that id.
    GROUP_WITHOUT_MEMBER = "L2018", "group-without-member", "a placement group lost a member", Effect::SHIFTS;

    /// # What happened
    /// A setting about the order of starts orders nothing: all machines have the same priority, or nothing
    /// waits for the machine.
    ///
    /// # What it means
    /// No object is made, and nothing changes.
    ///
    /// # What to do
    /// nothing
    ///
    /// # Example
    /// The restart priority `medium` in a cluster where every machine has it.
    SETTING_WITHOUT_EFFECT = "L2019", "setting-without-effect", "a setting orders nothing", Effect::Record;

    /// # What happened
    /// A machine is not to be restarted after a host failure. AHV has no such setting in its policies.
    ///
    /// # What it means
    /// The machine can be restarted elsewhere when its host fails.
    ///
    /// # What to do
    /// decide whether the machine may be restarted after a failure
    ///
    /// # Example
    /// The restart priority `disabled` for `lab-1`.
    NO_RESTART = "L2020", "no-restart", "a machine that stays down has no counterpart", Effect::Conduct;

    /// # What happened
    /// A setting says how far the scheduler acts by itself. The scheduler of AHV has no such setting.
    ///
    /// # What it means
    /// AHV moves machines by itself, for hotspots, reservations and policies, and does not balance all the time.
    ///
    /// # What to do
    /// check that no machine was kept from moving for a reason that still holds
    ///
    /// # Example
    /// The automation level `manual` for `db-1`.
    SCHEDULER_SETTING = "L2021", "scheduler-setting", "a setting of the scheduler has no counterpart", Effect::Conduct;

    /// # What happened
    /// A setting says whether machines restart on another host when theirs fails. No policy object of the
    /// target holds it: it is a property of the cluster.
    ///
    /// # What it means
    /// Whether machines restart is as the target cluster is set up.
    ///
    /// # What to do
    /// set up high availability of the target cluster in Prism
    ///
    /// # Example
    /// vSphere HA is enabled on `cluster-a`.
    RESTART_SETTING = "L2022", "restart-setting", "restart after a failure is set up on the cluster", Effect::Conduct;

    /// # What happened
    /// A cluster or machine has a setting without a counterpart in the policies of the target.
    ///
    /// # What it means
    /// The target behaves in its own way here.
    ///
    /// # What to do
    /// decide whether the setting is needed, and how the target reaches it
    ///
    /// # Example
    /// `dasConfig.admissionControlPolicy` with one failover host.
    OTHER_SETTING = "L2023", "other-setting", "a setting has no counterpart", Effect::Conduct;

    /// # What happened
    /// A cluster gives a restart priority to every machine without one of its own. A startup policy orders
    /// the machines of categories.
    ///
    /// # What it means
    /// The machines of today have the category of their priority. A machine that is added later is in no
    /// group until it is given one.
    ///
    /// # What to do
    /// give every machine you add the category of its priority
    ///
    /// # Example
    /// The cluster's default is `medium`, and `db-1` has `highest`.
    START_ORDER_FROZEN = "L2024", "start-order-frozen", "machines added later have no place in the order of starts", Effect::Conduct;

    /// # What happened
    /// A rule keeps machines on one host, whichever it is, and the run was asked to pin such machines.
    ///
    /// # What it means
    /// On AHV they are tied to one host and run there together. While that host is down they stay down:
    /// high availability has nowhere to restart them.
    ///
    /// # What to do
    /// check that the machines may stay down with their host, or compile without `--pin-together`
    ///
    /// # Example
    /// `app` and `cache` must run together; both are tied to `esx1`.
    TOGETHER_PINNED = "L2025", "together-pinned", "machines kept together are tied to one host", Effect::NARROWS;
}
