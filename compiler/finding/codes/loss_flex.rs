//! `L105`: what ordered policies (Flex) cannot hold of the network policy, and what is left out because
//! it would not follow its group.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// The firewall needs more rules than one ordered policy of Flow holds, and becomes several.
    ///
    /// # What it means
    /// The rules of one policy are read by their priority. That a policy of a lower number comes before all
    /// rules of the next is the natural reading of its priority, and written nowhere. In the other reading an
    /// allow of a later policy can come before a deny of an earlier one.
    ///
    /// # What to do
    /// create two such policies on a test system, see which rule decides a flow that both match, and accept this finding if it is that of the first
    ///
    /// # Example
    /// A firewall with 600 rules, compiled with `--flex`.
    ORDER_OF_POLICIES = "L1050", "order-of-policies", "rules are ordered across several policies", Effect::SHIFTS;

    /// # What happened
    /// A rule matches IPv6 traffic and names its endpoints.
    ///
    /// # What it means
    /// Ordered rules of Flow match IPv6 only from everybody to everybody. The rule holds for IPv4. An allow
    /// loses its IPv6 traffic; a deny, where a later allow lets IPv6 through, denies that for everybody.
    ///
    /// # What to do
    /// nothing if the machines use IPv4 only; otherwise compile without `--flex`
    ///
    /// # Example
    /// A rule from `web` to `db` for both IP versions, compiled with `--flex`.
    FLEX_IPV6 = "L1051", "ipv6-between", "IPv6 between named endpoints is not let through", Effect::NARROWS;

    /// # What happened
    /// A rule discards traffic and tells the sender, and is compiled to an ordered policy.
    ///
    /// # What it means
    /// Flow answers with an ICMP message. NSX resets TCP connections; some clients look at the reset only.
    ///
    /// # What to do
    /// check that clients of the denied service have short timeouts
    ///
    /// # Example
    /// A rule `block telnet` with the action REJECT, compiled with `--flex`.
    REJECT_BY_ICMP = "L1052", "reject-by-icmp", "a reject is told by ICMP only", Effect::Conduct;

    /// # What happened
    /// A rule jumps to the application tier over rules that would match the same traffic.
    ///
    /// # What it means
    /// Ordered policies of Flow have no jump. The rules of the application tier were copied to the place of the
    /// jump, each for what both match; where two groups meet, for the machines that are in both today. What is
    /// not known for certain is denied there.
    ///
    /// # What to do
    /// compile again when the groups change, or put the rules that are jumped over behind the others
    ///
    /// # Example
    /// `jump web to app` above `drop any to app` in the environment tier, compiled with `--flex`.
    JUMP_COPIED = "L1053", "jump-copied", "a jump became copies of the rules it leads to", Effect::Conduct;

    /// # What happened
    /// The firewall needs more ordered policies than there are priorities.
    ///
    /// # What it means
    /// The order of further policies could not be told, so the last rules are left out and what they would
    /// let through is denied.
    ///
    /// # What to do
    /// compile without `--flex`
    ///
    /// # Example
    /// A firewall with 100,000 rules, compiled with `--flex`.
    NO_PRIORITY_LEFT = "L1054", "no-priority-left", "a rule has no place in the order", Effect::NARROWS;

    /// # What happened
    /// An allow could only be held for the machines that it is about today, and `--prefer dynamic` was given.
    ///
    /// # What it means
    /// The part that would not follow its group is left out; the flows are denied.
    ///
    /// # What to do
    /// tag the machines so that the group is one tag, or compile with `--prefer exact`
    ///
    /// # Example
    /// An allow from all machines whose operating system is Windows.
    NOT_FOLLOWED = "L1055", "not-followed", "an allow that would be frozen is left out", Effect::NARROWS;

    /// # What happened
    /// The firewall was compiled to ordered policies (`--flex`).
    ///
    /// # What it means
    /// No document says whether this mode is for the whole Prism Central, how its policies act beside others,
    /// or what happens to a flow that no rule matches. All rules are of one type, end in a rule for
    /// everything, and say which machines hold them; nothing but ordered policies is emitted.
    ///
    /// # What to do
    /// try the policies on a Prism Central without other security policies, in the state `MONITOR`, before enforcing them
    ///
    /// # Example
    /// Any firewall, compiled with `--flex`.
    FLEX_MODE = "L1056", "flex-mode", "ordered policies are not documented in full", Effect::Record;

    /// # What happened
    /// A group of machines that a tag tells needs more rules than one policy is known to take.
    ///
    /// # What it means
    /// A category can be secured by one policy only. The further policies are around categories of their own,
    /// which the machines of the group carry today. Policies add up, so for this inventory it is exact;
    /// a machine that gets the tag later needs these categories too.
    ///
    /// # What to do
    /// give a machine that gets the tag the further categories too, or give the rules a common source or service group
    ///
    /// # Example
    /// A group that 200 rules name as their destination.
    SPREAD = "L1057", "spread-over-policies", "the rules of a group are spread over several policies", Effect::Conduct;
}
