//! `L1`: what the target cannot hold of the network policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// A rule discards traffic and tells the sender (reject).
    ///
    /// # What it means
    /// Flow before 7.6 discards in silence. The same flows are denied, but clients wait for a timeout
    /// instead of failing at once.
    ///
    /// # What to do
    /// check that clients of the denied service have short timeouts
    ///
    /// # Example
    /// A rule `block telnet` with the action REJECT.
    REJECT_AS_DROP = "L1001", "reject-as-drop", "a reject becomes a silent drop", Effect::Conduct;

    /// # What happened
    /// A rule jumps to the application tier, and does not stand in the environment tier.
    ///
    /// # What it means
    /// The source platform defines the jump for the environment tier only. The rule is read as a deny, so
    /// nothing passes because of it.
    ///
    /// # What to do
    /// move the rule to the environment tier, or replace it by an allow
    ///
    /// # Example
    /// A rule with the action JUMP_TO_APPLICATION in the Infrastructure category.
    JUMP_OUTSIDE_TIER = "L1002", "jump-outside-tier", "a jump stands where its meaning is not defined", Effect::SHIFTS;

    /// # What happened
    /// A rule, or the section it stands in, is switched off in the export.
    ///
    /// # What it means
    /// Flow has no switch per rule. The rule is left out; it was not in force, so no flow changes.
    ///
    /// # What to do
    /// keep the portable policy if the rule is to be switched on later
    ///
    /// # Example
    /// A rule with `disabled: true`.
    DISABLED = "L1003", "disabled", "a rule or section is switched off", Effect::Record;

    /// # What happened
    /// A group is defined in a way that Flow cannot follow by itself.
    ///
    /// # What it means
    /// A category was made for the group and given to the machines that belong to it today. For this
    /// inventory the group is exact; machines that join or leave later must be given or lose the category.
    ///
    /// # What to do
    /// add the assignment of the category to the process that creates and retags machines
    ///
    /// # Example
    /// A group of all machines whose name starts with `web-`, on a release before 7.6.
    FROZEN_MEMBERSHIP = "L1004", "frozen-membership", "a group keeps today's members", Effect::Conduct;

    /// # What happened
    /// A group or rule names endpoints that the exports do not tell: a reference to nothing, an identity
    /// group, a kind of member that is not known.
    ///
    /// # What it means
    /// In an allow the unknown part is left out. In a deny or a jump it is taken as everybody, and allows
    /// that stand behind it lose what the deny could take.
    ///
    /// # What to do
    /// add the export that tells the members, or remove the member in the product
    ///
    /// # Example
    /// A group with an Active Directory group as its member.
    UNKNOWN_MEMBER = "L1005", "unknown-member", "who belongs to a group is not known", Effect::NARROWS;

    /// # What happened
    /// No rule in force refers to the group or service.
    ///
    /// # What it means
    /// Nothing is emitted for it. No flow changes.
    ///
    /// # What to do
    /// nothing, or delete it in the product
    ///
    /// # Example
    /// A group `old-web` that no rule names.
    UNUSED = "L1006", "unused", "no rule in force uses a group or service", Effect::Record;

    /// # What happened
    /// A group selects machines by the name of their operating system, or by the host name inside the guest.
    ///
    /// # What it means
    /// Flow cannot select by what runs inside a machine. The group keeps the machines that match today.
    ///
    /// # What to do
    /// tag the machines instead, or add the assignment of the category to the process that creates machines
    ///
    /// # Example
    /// A group with the criterion `OSName CONTAINS Windows`.
    MEMBER_BY_OS_NAME = "L1007", "member-by-os-name", "a member is selected by its operating system", Effect::Conduct;

    /// # What happened
    /// A group selects machines by their display name.
    ///
    /// # What it means
    /// Flow before 7.6 cannot select by name. The group keeps the machines that match today.
    ///
    /// # What to do
    /// tag the machines instead, or add the assignment of the category to the process that creates machines
    ///
    /// # Example
    /// A group with the criterion `Name STARTSWITH web-`.
    MEMBER_BY_NAME = "L1008", "member-by-name", "a member is selected by its name", Effect::Conduct;

    /// # What happened
    /// A service matches only certain source ports.
    ///
    /// # What it means
    /// Flow rules have no source ports. An allow without them would be wider, so the entry is left out of
    /// allows. In a deny the source ports are ignored, which denies more.
    ///
    /// # What to do
    /// allow the destination ports without source ports in the product, if that is meant
    ///
    /// # Example
    /// A service `ntp` with source port 123 and destination port 123.
    SOURCE_PORTS = "L1009", "source-ports", "a service asks for source ports", Effect::NARROWS;

    /// # What happened
    /// A service matches an IP protocol other than TCP, UDP and ICMP.
    ///
    /// # What it means
    /// Flow rules name TCP, UDP and ICMP, or all protocols at once. The entry is left out of allows, because
    /// all protocols would be wider.
    ///
    /// # What to do
    /// decide whether all protocols may pass between these machines, and add such a rule by hand
    ///
    /// # Example
    /// A service `gre` with the IP protocol 47.
    IP_PROTOCOL = "L1010", "ip-protocol", "a service is an IP protocol without ports", Effect::NARROWS;

    /// # What happened
    /// A service matches an ICMP type or code that Flow rules cannot name, or ICMPv6 before 7.5.
    ///
    /// # What it means
    /// The entry is left out of allows. Denies still take it.
    ///
    /// # What to do
    /// use a type that the target can name, or allow all ICMP
    ///
    /// # Example
    /// A service with the ICMP type 253.
    ICMP_TYPE = "L1011", "icmp-type", "an ICMP type or code is out of reach", Effect::NARROWS;

    /// # What happened
    /// A service is an application-level gateway: it follows the control connection and lets the data
    /// connections through that are agreed there.
    ///
    /// # What it means
    /// Flow has no such gateways. The control port alone would look right and not work, and the data ports
    /// are not known, so the entry is left out of allows. A deny keeps the control port.
    ///
    /// # What to do
    /// allow the control port and the configured data port range explicitly
    ///
    /// # Example
    /// A service `ftp` with the gateway FTP on port 21.
    APPLICATION_GATEWAY = "L1012", "application-gateway", "a service opens further ports by itself", Effect::NARROWS;

    /// # What happened
    /// A service matches an EtherType or IGMP.
    ///
    /// # What it means
    /// Flow filters IP traffic by TCP, UDP and ICMP. The entry is left out of allows.
    ///
    /// # What to do
    /// nothing, unless the protocol is needed between machines
    ///
    /// # Example
    /// A service with the EtherType 0x88cc.
    ETHER_TYPE = "L1013", "ether-type", "a service is a layer-2 protocol", Effect::NARROWS;

    /// # What happened
    /// A rule uses a service that stands in none of the exports, or that cannot be evaluated.
    ///
    /// # What it means
    /// In an allow the service is left out. In a deny it is taken as all traffic.
    ///
    /// # What to do
    /// add the export of the services, or correct the reference in the product
    ///
    /// # Example
    /// A rule with the service `/infra/services/custom-8443`, and no export that holds it.
    UNKNOWN_SERVICE = "L1014", "unknown-service", "what a service matches is not known", Effect::NARROWS;

    /// # What happened
    /// A rule matches only traffic of certain applications, URLs or domain names.
    ///
    /// # What it means
    /// Flow filters by port. An allow without the profile would be wider, so it is left out; a deny is
    /// taken without the profile, which denies more.
    ///
    /// # What to do
    /// allow the ports alone in the product if that is acceptable, or put a layer-7 firewall in the path
    ///
    /// # Example
    /// A rule that allows port 443 with the profile `SSL`.
    LAYER_7_PROFILE = "L1015", "layer-7-profile", "a rule asks for an application profile", Effect::NARROWS;

    /// # What happened
    /// A section is in force at certain times only.
    ///
    /// # What it means
    /// Flow has no schedules. Allows are left out, denies are in force all the time.
    ///
    /// # What to do
    /// decide whether the rules are to be in force all the time
    ///
    /// # Example
    /// A section with the schedule `maintenance window`.
    SCHEDULE = "L1016", "schedule", "a rule is in force at certain times only", Effect::NARROWS;

    /// # What happened
    /// A rule logs its matches.
    ///
    /// # What it means
    /// Flow before 7.6 logs per policy. The whole policy that holds the rule logs its hits.
    ///
    /// # What to do
    /// expect more log lines than before
    ///
    /// # Example
    /// A rule with `logged: true` beside rules that do not log.
    LOG_SCOPE = "L1017", "log-scope", "logging is per policy", Effect::Record;

    /// # What happened
    /// A rule has a label that its log lines carry.
    ///
    /// # What it means
    /// Flow has no log labels.
    ///
    /// # What to do
    /// change log searches that use the label
    ///
    /// # Example
    /// A rule with the tag `pci`.
    LOG_LABEL = "L1018", "log-label", "the label of a log line is lost", Effect::Record;

    /// # What happened
    /// A rule admits IPv6 traffic.
    ///
    /// # What it means
    /// Flow before 7.5 has no IPv6 rules; IPv6 of protected machines is blocked.
    ///
    /// # What to do
    /// lower for 7.5 or later if the machines use IPv6
    ///
    /// # Example
    /// A rule for both IP versions, lowered for 7.3.
    IPV6_RELEASE = "L1019", "ipv6-release", "IPv6 is blocked on this release", Effect::NARROWS;

    /// # What happened
    /// A rule matches IPv4 only, or IPv6 only, and its endpoints are machines.
    ///
    /// # What it means
    /// A Flow rule with categories matches both versions. The known addresses of the machines are used
    /// instead; machines without known addresses are left out.
    ///
    /// # What to do
    /// let the rule match both IP versions in the product, if that is acceptable
    ///
    /// # Example
    /// A rule with the IP protocol IPV4 between two groups.
    IP_VERSION = "L1020", "ip-version", "a rule is for one IP version", Effect::NARROWS;

    /// # What happened
    /// A section lets traffic through without keeping state, so replies need rules of their own.
    ///
    /// # What it means
    /// Flow always keeps state and would let replies through. Allows of the section are left out.
    ///
    /// # What to do
    /// make the section stateful in the product
    ///
    /// # Example
    /// A section with `stateful: false`.
    STATELESS = "L1021", "stateless", "a section is stateless", Effect::NARROWS;

    /// # What happened
    /// A section asks that a TCP connection begins with a SYN.
    ///
    /// # What it means
    /// Flow has no such switch. New connections are treated the same.
    ///
    /// # What to do
    /// nothing
    ///
    /// # Example
    /// A section with `tcp_strict: true`.
    STRICT_TCP = "L1022", "strict-tcp", "connections that began before are treated differently", Effect::Record;

    /// # What happened
    /// A rule of the Ethernet tier filters by MAC address or EtherType.
    ///
    /// # What it means
    /// Flow does not filter layer 2. What the rule denied is judged by the rules above layer 2 only.
    ///
    /// # What to do
    /// check what the rule was for, and use the network for it
    ///
    /// # Example
    /// A rule that drops all traffic of a MAC address.
    ETHERNET_RULE = "L1023", "ethernet-rule", "a rule filters layer 2", Effect::BROADENS;

    /// # What happened
    /// The export holds an object that rehome lists and does not lower, such as a gateway firewall policy.
    ///
    /// # What it means
    /// Nothing is emitted for it. What it denied or let through is not part of Flow.
    ///
    /// # What to do
    /// rebuild it with the tool that takes its place, and accept this finding
    ///
    /// # Example
    /// A gateway policy with 12 rules.
    UNINTERPRETED = "L1024", "uninterpreted", "an object is outside the distributed firewall", Effect::SHIFTS;

    /// # What happened
    /// No export holds the default rule.
    ///
    /// # What it means
    /// The default is taken as drop. If it was allow, the target is stricter.
    ///
    /// # What to do
    /// add the export of the default section
    ///
    /// # Example
    /// An export of single policies without the default layer-3 section.
    UNKNOWN_DEFAULT = "L1025", "unknown-default", "what happens to unmatched traffic is not known", Effect::NARROWS;

    /// # What happened
    /// The exclusion list names a group.
    ///
    /// # What it means
    /// Machines that are excluded today get no filter. Machines that join the group later keep theirs.
    ///
    /// # What to do
    /// remove the categories from machines that are to be excluded later
    ///
    /// # Example
    /// The exclusion list holds the group `appliances`.
    EXCLUSION_FROZEN = "L1026", "exclusion-frozen", "an exclusion keeps today's members", Effect::Conduct;

    /// # What happened
    /// The exclusion list names endpoints that the exports do not tell.
    ///
    /// # What it means
    /// Machines that could be excluded keep their filter, so the target is stricter for them.
    ///
    /// # What to do
    /// add the export that tells the members
    ///
    /// # Example
    /// The exclusion list holds a group that stands in none of the exports.
    UNKNOWN_EXCLUSION = "L1027", "unknown-exclusion", "who is excluded is not known", Effect::NARROWS;

    /// # What happened
    /// A deny stands before an allow and takes a part of it.
    ///
    /// # What it means
    /// Flow adds up allows and has no order. The allow is emitted for the machines, addresses and ports that
    /// are left. For this inventory it is exact; it does not follow later changes of the groups by itself.
    ///
    /// # What to do
    /// compile again when the groups change, or reorder the rules so that the deny is not needed
    ///
    /// # Example
    /// `block dev to prod` above `allow monitoring to any`.
    CUT_BY_DENY = "L1028", "cut-by-deny", "an allow is lowered without what earlier denies take", Effect::Conduct;

    /// # What happened
    /// A deny stands before an allow, and what it denies is not known exactly.
    ///
    /// # What it means
    /// The allow loses everything the deny could take.
    ///
    /// # What to do
    /// make the deny exact: see the findings about it and its groups
    ///
    /// # Example
    /// A deny of a group with unknown members above an allow to the same machines.
    UNCERTAIN_DENY = "L1029", "uncertain-deny", "a deny that cannot be told exactly takes more from an allow", Effect::NARROWS;

    /// # What happened
    /// One group of machines needs more rules than one policy of the target is known to take.
    ///
    /// # What it means
    /// The policy is emitted whole, as `--prefer dynamic` asks: a category can be secured by one policy only, and
    /// further ones would not follow the tag. The number is that of 2024.1; later releases do not tell theirs.
    ///
    /// # What to do
    /// try to create the policy; if it is refused, give the rules a common source or service group
    ///
    /// # Example
    /// A group that 200 rules name as their destination, compiled with `--prefer dynamic`.
    RULE_COUNT = "L1030", "rule-count", "a policy holds more rules than are known to be accepted", Effect::Record;

    /// # What happened
    /// A rule, group or service has a key that rehome does not know.
    ///
    /// # What it means
    /// The key could change what is meant. An allow that needs the object is left out.
    ///
    /// # What to do
    /// report the key, or remove it from the export if it has no meaning
    ///
    /// # Example
    /// A rule with the key `valid_users`.
    UNREAD_KEY = "L1031", "unread-key", "an object has a key that is not known", Effect::NARROWS;

    /// # What happened
    /// A part of a rule could not be read.
    ///
    /// # What it means
    /// The rule is not emitted. When it is no allow, it is taken as a deny of everything its readable parts
    /// match, and allows behind it lose that.
    ///
    /// # What to do
    /// correct the part that the finding of the reader names
    ///
    /// # Example
    /// A rule with the action `MIRROR`.
    BROKEN_RULE = "L1032", "broken-rule", "a rule could not be read", Effect::NARROWS;

    /// # What happened
    /// The export says that the distributed firewall is switched off.
    ///
    /// # What it means
    /// Nothing is filtered at the source. The policies are emitted as if it were on, and filter once they
    /// are enforced.
    ///
    /// # What to do
    /// decide whether the rules are to be in force, before enforcing the policies
    ///
    /// # Example
    /// The firewall settings with `enable_firewall: false`.
    FIREWALL_OFF = "L1033", "firewall-off", "the firewall is switched off", Effect::NARROWS;

    /// # What happened
    /// The endpoints or services of a rule, or where it applies, are empty in this inventory.
    ///
    /// # What it means
    /// The rule matches nothing today, and nothing is emitted for it.
    ///
    /// # What to do
    /// nothing, or add members to the group
    ///
    /// # Example
    /// A rule whose destination is an empty group.
    EMPTY_ENDPOINTS = "L1034", "empty-endpoints", "a rule matches nobody", Effect::Record;

    /// # What happened
    /// No export lists machines.
    ///
    /// # What it means
    /// Categories are emitted without machines. Whether a deny overlaps an allow cannot be told; such allows
    /// are left out.
    ///
    /// # What to do
    /// add an export of the machines with their tags
    ///
    /// # Example
    /// A policy export without the machines.
    NO_INVENTORY = "L1035", "no-inventory", "no machine is known", Effect::NARROWS;

    /// # What happened
    /// An address selects a machine that has several addresses, and not all of them are selected.
    ///
    /// # What it means
    /// Flow protects machines as a whole. The machine is left out of the allow and taken whole by the deny.
    ///
    /// # What to do
    /// name the machine instead of its address
    ///
    /// # Example
    /// A rule to `10.0.0.5`, and a machine with the addresses 10.0.0.5 and 10.9.0.5.
    SPLIT_MACHINE = "L1036", "split-machine", "a machine is meant by some of its addresses only", Effect::NARROWS;

    /// # What happened
    /// An allow of all protocols is cut by a deny of some.
    ///
    /// # What it means
    /// What is left is emitted as TCP and UDP ports and ICMP types. Other IP protocols are no longer let
    /// through.
    ///
    /// # What to do
    /// add a rule by hand if other IP protocols are needed
    ///
    /// # Example
    /// `deny ssh` above `allow any service`.
    OTHER_PROTOCOLS = "L1037", "other-protocols", "all protocols minus some is more than ports", Effect::NARROWS;

    /// # What happened
    /// Rules before it deny everything that an allow matches.
    ///
    /// # What it means
    /// The rule has no effect at the source, and nothing is emitted for it.
    ///
    /// # What to do
    /// delete the rule in the product, or move it up if it was meant to work
    ///
    /// # Example
    /// `allow web to db` below `drop any to db`.
    SHADOWED = "L1038", "shadowed", "a rule decides nothing", Effect::Record;

    /// # What happened
    /// A rule selects by address, and the exports do not tell the addresses of some machines.
    ///
    /// # What it means
    /// Whether these machines are meant is not known. They are left out of the allow; a deny is taken as
    /// meaning them.
    ///
    /// # What to do
    /// add the export of the network interfaces, which tells the addresses
    ///
    /// # Example
    /// A rule to `10.0.0.0/8`, and machines without known addresses.
    UNKNOWN_ADDRESSES = "L1039", "unknown-addresses", "the addresses of a machine are not known", Effect::NARROWS;

    /// # What happened
    /// A rule names everybody but a group (negated or excluded endpoints).
    ///
    /// # What it means
    /// Flow has no negation. The rule is emitted for the machines and addresses that are left today.
    ///
    /// # What to do
    /// compile again when the group changes
    ///
    /// # Example
    /// A rule whose source is not the group `dmz`.
    COMPLEMENT = "L1040", "complement", "everybody but a group", Effect::Conduct;

    /// # What happened
    /// A rule applies to certain machines only, and these are not the group the rule is about.
    ///
    /// # What it means
    /// The rule is emitted for the machines that are in both. For this inventory it is exact; it does not
    /// follow later changes of the groups by itself.
    ///
    /// # What to do
    /// compile again when the groups change
    ///
    /// # Example
    /// A rule to `web` that is applied to the group `site-1`.
    APPLIED_TO = "L1041", "applied-to", "a rule is held by certain machines only", Effect::Conduct;

    /// # What happened
    /// A group joins more criteria than fit into rules of their own.
    ///
    /// # What it means
    /// One category was made for the group and given to the machines that belong to it today.
    ///
    /// # What to do
    /// tag the machines with one tag for the group
    ///
    /// # Example
    /// A group of machines with one of twenty tags.
    WIDE_OR = "L1042", "wide-union", "a group is the union of many", Effect::Conduct;

    /// # What happened
    /// None of the endpoints, or none of the services, of an allow can be held by the target.
    ///
    /// # What it means
    /// The allow is left out. An empty list would mean everybody, so none is ever emitted.
    ///
    /// # What to do
    /// see the findings about its groups and services
    ///
    /// # Example
    /// A rule whose only service is GRE.
    NOTHING_LEFT = "L1043", "nothing-left", "every part of an allow was left out", Effect::NARROWS;

    /// # What happened
    /// A deny stands above an allow, and its members come from tags, names or networks.
    ///
    /// # What it means
    /// Flow before 7.6 has no deny. The deny holds because the allows below it were emitted without the
    /// members it has today. A machine that gets the tag tomorrow is denied by NSX and keeps its allows on
    /// Flow until the policy is compiled again.
    ///
    /// # What to do
    /// compile again whenever the groups of the deny change; for a quarantine use the quarantine policy of Flow, which exists from the start
    ///
    /// # Example
    /// `drop everything from and to the group quarantine`, by the tag `security|quarantine`, in the tier
    /// Emergency.
    DENY_OF_TODAY = "L1044", "deny-of-today", "a deny holds for the members of today", Effect::Conduct;
}
