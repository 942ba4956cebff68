//! `C2`: checks over placement.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// Placement rules cannot all be kept: whichever host each machine runs on, one of them is broken.
    /// None of the rules named can be left out of the conflict.
    ///
    /// # What it means
    /// The source product breaks one of them today: a should yields to a must, keeping together yields
    /// to keeping apart, and a newer rule is switched off for an older one. The target has orders of
    /// its own, so another rule can be the one that is broken.
    ///
    /// # What to do
    /// disable one of the rules in vCenter
    ///
    /// # Example
    /// `sql-together` and `sql-apart` name the same two machines.
    CONFLICTING_RULES = "C2001", "conflicting-rules", "placement rules cannot all be kept", Effect::Conduct;

    /// # What happened
    /// Must rules cannot all be kept. None of the rules named can be left out of the conflict.
    ///
    /// # What it means
    /// A machine of these rules cannot be started or moved without breaking one, and the platform
    /// refuses to. On the target it does not start.
    ///
    /// # What to do
    /// disable or change one of the rules in vCenter before the migration
    ///
    /// # Example
    /// A must rule runs the database on licensed hosts, another keeps it off them.
    IMPOSSIBLE_MUST = "C2002", "impossible-must", "must rules cannot all be kept", Effect::NARROWS;

    /// # What happened
    /// Must rules that can be kept today cannot be kept when one host fails.
    ///
    /// # What it means
    /// High availability does not restart a machine of these rules while the host is down: a must rule
    /// binds the restart, on both platforms.
    ///
    /// # What to do
    /// add a host to the host group, or make the rule a should
    ///
    /// # Example
    /// A must rule runs a machine on a group of one host.
    NO_ROOM_AFTER_FAILURE = "C2003", "no-room-after-failure", "must rules leave no room when a host fails", Effect::Conduct;

    /// # What happened
    /// Machines wait for each other in a circle.
    ///
    /// # What it means
    /// The source product does not permit this, so the export is of two moments or was edited. No order
    /// of starting follows the rules.
    ///
    /// # What to do
    /// remove one of the dependencies
    ///
    /// # Example
    /// `app` starts after `db`, and `db` starts after `app`.
    PLACEMENT_CIRCLE = "C2004", "placement-circle", "machines wait for each other in a circle", Effect::Conduct;

    /// # What happened
    /// A machine waits for one with a lower restart priority.
    ///
    /// # What it means
    /// After a failure the lower priority starts later, so the machine that waits is held back or the
    /// dependency is not followed.
    ///
    /// # What to do
    /// give the machine that is waited for at least the same restart priority
    ///
    /// # Example
    /// `app` has restart priority high and starts after `db`, which has low.
    START_AGAINST_PRIORITY = "C2005", "start-against-priority", "a machine waits for one of lower restart priority", Effect::Conduct;

    /// # What happened
    /// The cluster stores rules and its scheduler does not act on them by itself.
    ///
    /// # What it means
    /// On the source the rules are advice. The target has no such mode: a rule that is translated is
    /// enforced there, which is stricter.
    ///
    /// # What to do
    /// decide whether the rules are still wanted, and disable those that are not
    ///
    /// # Example
    /// DRS of the cluster is set to manual.
    NOT_ENFORCED = "C2006", "not-enforced", "rules of a cluster are stored and not enforced", Effect::NARROWS;

    /// # What happened
    /// A rule or group names machines or hosts that the inventory lists in another cluster.
    ///
    /// # What it means
    /// In the source the rule does not reach them: it holds within its cluster. On the target a category
    /// reaches every cluster.
    ///
    /// # What to do
    /// remove the members from the rule or group, or export rules and inventory at the same time
    ///
    /// # Example
    /// A machine was moved to another cluster and stands in a VM group of the first.
    OUTSIDE_CLUSTER = "C2007", "outside-cluster", "a member runs in another cluster", Effect::Conduct;

    /// # What happened
    /// Two placement rules of one cluster have the same name.
    ///
    /// # What it means
    /// They are translated as two. Messages and runbooks tell them apart by id only.
    ///
    /// # What to do
    /// rename one of them
    ///
    /// # Example
    /// Two rules `separate-web`.
    SAME_NAME = "C2008", "same-name", "two placement rules have one name", Effect::Record;

    /// # What happened
    /// Whether a set of placement rules can be kept was not decided within the limits of the search.
    ///
    /// # What it means
    /// The rules are translated as they are. That they can be kept together is not known.
    ///
    /// # What to do
    /// look at the rules of the cluster named, or split sets of machines that overlap
    ///
    /// # Example
    /// Hundreds of overlapping keep-apart rules over few hosts.
    NOT_DECIDED = "C2009", "not-decided", "whether rules can be kept was not decided", Effect::Record;

    /// # What happened
    /// The run-on rules of a cluster divide its hosts into sites: each site has a group of hosts and a
    /// group of machines, and no host or machine is in two.
    ///
    /// # What it means
    /// As preferences the rules let machines restart at the other site. The target has no preferences:
    /// without the rules nothing keeps machines at their site, and as requirements the rules keep them
    /// down when the site fails.
    ///
    /// # What to do
    /// decide for each site between its preference and a restart at the other site, before you use `--harden-should`
    ///
    /// # Example
    /// `site-a-vms` should run on `site-a-hosts`, `site-b-vms` on `site-b-hosts`.
    SITE_AFFINITY = "C2010", "site-affinity", "rules divide a cluster into sites", Effect::Record;

    /// # What happened
    /// A rule is switched off, and with it the rules that are on could not all be kept.
    ///
    /// # What it means
    /// The source product switches the newer of two rules off when they conflict. The export says that a
    /// rule is off and not who did it; the ages of the rules tell.
    ///
    /// # What to do
    /// delete the rule that is not wanted, so that nobody switches it on again
    ///
    /// # Example
    /// `sql-together` is newer than `sql-apart` and off; both name the same two machines.
    DISABLED_BY_CONFLICT = "C2011", "disabled-by-conflict", "a rule that is off conflicts with rules that are on", Effect::Record;

    /// # What happened
    /// A machine that a recovery plan recovers starts after a machine that no recovery plan recovers.
    ///
    /// # What it means
    /// At the recovery site the second machine is missing. What waits for it starts without it, on both
    /// platforms.
    ///
    /// # What to do
    /// add the machine that is waited for to a protection group of the plan, or name what stands for it at the other site
    ///
    /// # Example
    /// `app` starts after `db`; the plan recovers `app`.
    AWAITED_NOT_RECOVERED = "C2012", "awaited-not-recovered", "a machine that is waited for is not recovered", Effect::Conduct;

    /// # What happened
    /// More machines are kept apart than the cluster that they are recovered to has hosts.
    ///
    /// # What it means
    /// After a recovery two of them share a host, whatever the rule says, or one of them does not start.
    ///
    /// # What to do
    /// add hosts at the recovery site, or leave machines of the set out of the plan
    ///
    /// # Example
    /// Three nodes of a cluster are kept apart and are recovered to two hosts.
    CROWDED_AT_RECOVERY = "C2013", "crowded-at-recovery", "machines kept apart outnumber the hosts they are recovered to", Effect::Conduct;
}
