//! `C1`: checks over firewall policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// Every packet that the rule matches is taken by rules before it, and they do the same with it. The
    /// message says whether that holds whoever belongs to the groups, because the expressions and
    /// services say so, or only by today's membership.
    ///
    /// # What it means
    /// The rule decides nothing. It is translated faithfully all the same, and the target carries it for
    /// nothing. By today's membership alone it can begin to decide when a machine or a tag changes.
    ///
    /// # What to do
    /// remove the rule from the source policy, or move it before the rules that take its packets
    ///
    /// # Example
    /// `allow-web` lets the web group reach the database on every port; further down `web-to-db` lets
    /// the same group reach it on port 5432.
    SHADOWED_RULE = "C1002", "shadowed-rule", "a rule decides nothing, as rules before it decide the same", Effect::Record;

    /// # What happened
    /// Every packet that the rule matches is taken by rules before it, and at least one of them does
    /// the opposite. The message says whether that holds whoever belongs to the groups, or only by
    /// today's membership.
    ///
    /// # What it means
    /// What the rule asks for does not happen, on the source or on the target. Somebody who reads the
    /// policy may believe it does.
    ///
    /// # What to do
    /// decide which of the rules is meant, and remove or move the other one in the source policy
    ///
    /// # Example
    /// `allow-all` in the Infrastructure category lets everybody reach the database; `quarantine`
    /// further down drops what comes from machines with a tag.
    OVERRULED_RULE = "C1003", "overruled-rule", "a rule decides nothing, as rules before it decide the opposite", Effect::Conduct;

    /// # What happened
    /// The rule decides about packets, and without it rules further down would do the same with each
    /// of them. All rules named by this code and by C1002 can go together. A deny that only repeats the
    /// default rule is not named: it guards against allow rules to come.
    ///
    /// # What it means
    /// Nothing would change for any flow without the rule; what it logs would be logged by another
    /// rule or not at all. By today's membership alone that can change with a machine or a tag.
    ///
    /// # What to do
    /// remove the rule from the source policy if it is not kept as documentation
    ///
    /// # Example
    /// `web-to-db-https` allows port 443, and further down `web-to-db` allows every port between the
    /// same groups.
    REDUNDANT_RULE = "C1004", "redundant-rule", "a rule would not be missed", Effect::Record;

    /// # What happened
    /// No packet between two endpoints can match the rule today: nobody belongs to one of its sides,
    /// its services match no IP traffic, or its sides cannot exchange such packets through a filter
    /// (both outside the estate, excluded from the firewall, of different IP versions).
    ///
    /// # What it means
    /// The rule decides nothing until membership changes. With an inventory that lacks machines the
    /// reason is the export and not the rule.
    ///
    /// # What to do
    /// add the inventory export if it is incomplete; otherwise remove the rule or keep it for later
    ///
    /// # Example
    /// A rule for ICMPv4 that is set to IPv6 only.
    NEVER_MATCHING_RULE = "C1005", "never-matching-rule", "a rule matches nothing today", Effect::Record;

    /// # What happened
    /// One rule allows what the other stops. They are equal in two of source, destination and services;
    /// in the third both list something in common and each has something of its own, so neither is an
    /// exception to the other. The rule before decides about what they have in common.
    ///
    /// # What it means
    /// The order alone says which of the two holds. On the target the meaning is kept; whether it was
    /// the one intended only its owner knows.
    ///
    /// # What to do
    /// take what both list out of the rule that is not meant to decide about it
    ///
    /// # Example
    /// `allow-ops` allows ports 22 and 443 to the database, `deny-legacy` further down drops 22 and 23
    /// between the same groups.
    CONTRADICTING_RULES = "C1006", "contradicting-rules", "two rules want the opposite for some of the same packets", Effect::Record;

    /// # What happened
    /// Groups have the same expression, or different expressions and exactly the same members today.
    ///
    /// # What it means
    /// The target gets a group for each. Groups with one expression stay the same for ever; groups with
    /// the same members can part when a machine changes.
    ///
    /// # What to do
    /// use one of the groups in all rules and remove the others
    ///
    /// # Example
    /// `web` and `web-servers` both mean machines with the tag `tier|web`.
    DUPLICATE_GROUPS = "C1007", "duplicate-groups", "groups are the same", Effect::Record;

    /// # What happened
    /// No rule uses the group: not as source, destination or applied-to, not through another group,
    /// and the exclusion list does not either. Groups that come with the product are left out.
    ///
    /// # What it means
    /// The group does not influence the firewall. Other parts of the source platform may use it.
    ///
    /// # What to do
    /// remove the group if nothing else uses it
    ///
    /// # Example
    /// A group of a finished migration.
    UNUSED_GROUP = "C1008", "unused-group", "no rule uses a group", Effect::Record;

    /// # What happened
    /// No rule uses the service, not even through another service. Services that come with the product
    /// are left out.
    ///
    /// # What it means
    /// The service does not influence the firewall.
    ///
    /// # What to do
    /// remove the service if nothing else uses it
    ///
    /// # Example
    /// `tcp-8081-test`, made for a test that is over.
    UNUSED_SERVICE = "C1009", "unused-service", "no rule uses a service", Effect::Record;

    /// # What happened
    /// An allow rule that decides something lets anybody, or a source nearly as wide, reach ports that
    /// machines are administered through: TCP 22 (SSH), 23 (Telnet), 135 (RPC), 139 (NetBIOS), 445
    /// (SMB), 3389 (RDP), 5900 (VNC), 5985 and 5986 (WinRM), UDP 623 (IPMI). As wide counts a source
    /// that is everybody, everybody but some, every machine of the estate, or a block of addresses of
    /// at least the size of an IPv4 /8 or an IPv6 /32.
    ///
    /// # What it means
    /// Whoever gets hold of one machine can try to sign in to all those that the rule reaches. The
    /// target carries the rule as it is.
    ///
    /// # What to do
    /// name the machines that administer others as the source, or take the ports out of the rule
    ///
    /// # Example
    /// The default rule allows everything, or a rule allows SSH from any source.
    OPEN_MANAGEMENT_PORT = "C1010", "open-management-port", "a rule lets nearly anybody reach administration ports", Effect::Conduct;

    /// # What happened
    /// The rule, or its section, is applied to machines that are on neither side of its traffic whose
    /// filter reads the rule. Both sides and the applied-to have members.
    ///
    /// # What it means
    /// No filter that holds the rule ever sees its packets, so it is enforced nowhere, on the source or
    /// on the target. A drop rule like that protects nobody.
    ///
    /// # What to do
    /// apply the rule to its sources and destinations, or to everything
    ///
    /// # Example
    /// A rule from the web group to the database group is applied to the backup group.
    MISAPPLIED_RULE = "C1011", "misapplied-rule", "a rule is applied to machines that never see its traffic", Effect::Conduct;

    /// # What happened
    /// The export lists who belongs to the group on the source platform, and the members that follow
    /// from its expression and the inventory are not the same.
    ///
    /// # What it means
    /// The policy is compiled with the members that follow from expression and inventory. Where those
    /// are fewer, rules of the group mean less than on the source today, where they are more, rules mean
    /// more. Most often the lists and the inventory were exported at different moments, or the
    /// inventory lacks a tag.
    ///
    /// # What to do
    /// export the inventory and the member lists again at the same moment; if they still differ, report
    /// the expression
    ///
    /// # Example
    /// The platform lists `web3` as a member of `web`; in the inventory `web3` has no tag.
    MEMBERS_DIFFER = "C1012", "members-differ", "a group has other members than the source platform lists", Effect::Conduct;

    /// # What happened
    /// The checks of rules look at a bounded number of combinations of endpoints, so that a run does not
    /// take for ever, and the bound was reached before there was an answer.
    ///
    /// # What it means
    /// The rule can be shadowed or redundant without a finding. Nothing is said about the translation:
    /// the proof has no such bound.
    ///
    /// # What to do
    /// nothing; narrow the rule if it is wider than it has to be
    ///
    /// # Example
    /// A rule from everybody to everybody in the middle of tens of thousands of narrow rules that cover
    /// it piece by piece.
    UNDECIDED_RULE = "C1013", "undecided-rule", "a check did not come to an answer within its bound", Effect::Record;
}
