//! What the target answers for each network feature: Flow Network Security, with the policies of
//! every release and with ordered ones (Flex).
//!
//! Sources: the vendor's SDK generations 4.0 to 4.3 for what a body can hold, the vendor's public
//! book for how policies act.
//!
//! A part that cannot be held is left out of an allow ([`Reading::Sure`]) and taken in full by a
//! deny or a jump ([`Reading::Possible`]), so the answer depends on the reading. The effects are
//! local: they say how the set that the rule matches changes; the lowering flips them beneath a deny.

use crate::finding::codes::loss_flex as flex;
use crate::finding::codes::loss_network as codes;
use crate::finding::{Code, Drift, Effect};
use crate::ir::network::{Enforcement, Tier};
use crate::ir::selector::Operator;
use crate::legal::{Legality, Release, Target};
use crate::plan::nutanix::network::{Icmp, MAX_CATEGORIES, MAX_FLEX_RULES, MAX_RULES};

/// How a part is read that cannot be held as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Only what is certain: in an allow.
    Sure,
    /// All that it could mean: in a deny and in a jump.
    Possible,
}

/// One use of a network feature, with what the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A rule that lets through.
    Allow,
    /// A rule that discards in silence.
    Drop,
    /// A deny above an allow, of members that change by themselves.
    DenyOfToday,
    /// A rule that discards and tells the sender.
    Reject,
    /// A rule that goes on in the application tier, from this tier.
    Jump(Tier),
    /// A rule for one direction.
    OneWay,
    /// A rule of this tier.
    Tier(Tier),
    /// The default lets through.
    DefaultAllow,
    /// The default discards.
    DefaultDrop,
    /// No export tells the default.
    DefaultUnknown,
    /// Whether the firewall is switched on.
    Enforced(Enforcement),
    /// A section.
    Section,
    /// A group.
    Group,
    /// A service.
    Service,
    /// A rule or section that is switched off.
    Disabled,
    /// A group or service that no rule in force uses.
    Unused,
    /// Machines with a tag.
    MemberByTag,
    /// Machines with a tag that is not compared by equality.
    MemberByTagPattern,
    /// Machines with several tags at once: how many.
    MemberByTags(usize),
    /// Machines by name.
    MemberByName(Operator),
    /// Machines by a name that compares differently with case, or is longer than the target takes.
    NameByCase,
    /// Machines by the name of their operating system, or by the host name in the guest.
    MemberByOsName,
    /// A machine by reference.
    MemberByReference,
    /// Machines by the network they are attached to.
    MemberByNetwork,
    /// Addresses: how many intervals.
    Addresses(usize),
    /// A group in a group.
    Nested,
    /// Machines that several conditions mean, of which one is no tag.
    Conjunction,
    /// Everybody but a set.
    Negated,
    /// A union of so many criteria.
    Union(usize),
    /// Members that are not known.
    MemberUnknown(Reading),
    /// Addresses that could be those of machines whose addresses no export tells.
    AddressesUnknown(Reading),
    /// A machine that is meant by some of its addresses only.
    SplitMachine(Reading),
    /// A key that is not known.
    UnreadKey(Reading),
    /// A rule that could not be read in full.
    Broken(Reading),
    /// TCP or UDP with destination ports.
    Ports,
    /// TCP or UDP with source ports.
    SourcePorts(Reading),
    /// An IP protocol by number.
    IpProtocol(Reading),
    /// ICMP of a version with a type and code.
    Icmp {
        /// Whether ICMPv6 is meant.
        v6: bool,
        /// The type; none: every type.
        kind: Option<u8>,
        /// The code; none: every code.
        code: Option<u8>,
    },
    /// An application-level gateway.
    Gateway(Reading),
    /// A layer-2 protocol or IGMP.
    EtherType(Reading),
    /// A service that is not known.
    ServiceUnknown(Reading),
    /// A service in a service.
    NestedService,
    /// Every protocol, less some.
    OtherProtocols,
    /// IPv6 traffic.
    Ipv6,
    /// One IP version between machines.
    IpVersion {
        /// Whether the addresses of all machines are known.
        known: bool,
    },
    /// A layer-7 profile.
    Profile(Reading),
    /// A schedule.
    Schedule(Reading),
    /// A section without state.
    Stateless(Reading),
    /// A section that asks for a SYN.
    StrictTcp,
    /// A rule that logs.
    Logged,
    /// A label in the log.
    LogLabel,
    /// A rule that certain machines hold.
    AppliedTo {
        /// Whether these are the machines the rule is about.
        own: bool,
    },
    /// An entry of the exclusion list.
    Exclusion {
        /// Whether its members cannot change by themselves.
        fixed: bool,
    },
    /// An entry of the exclusion list whose members are not known.
    ExclusionUnknown,
    /// An allow of which earlier denies take a part.
    Cut {
        /// Whether what they take is known exactly.
        exact: bool,
    },
    /// An allow of which earlier denies take everything.
    Shadowed {
        /// Whether what they take is known exactly.
        exact: bool,
    },
    /// Endpoints or services that are empty.
    Nobody,
    /// An allow of which every part was left out.
    NothingLeft,
    /// No machine is known.
    NoInventory,
    /// So many rules for one group of machines.
    RuleCount(usize),
    /// So many rules for one group that a tag tells, in several policies.
    Spread(usize),
    /// So many rules in one order.
    Ordered(usize),
    /// A rule for which the order has no place left.
    Unordered,
    /// A firewall in the mode of the target.
    Mode,
    /// IPv6 traffic between named endpoints.
    Ipv6Between,
    /// A jump over rules that match the same.
    JumpOver {
        /// Whether what is jumped over is known exactly.
        exact: bool,
    },
    /// An allow that would be frozen and is not wanted so.
    NotFollowed,
    /// An object outside the distributed firewall.
    Uninterpreted,
}

/// A typical use of each feature, for the capability matrix.
pub static SAMPLES: &[(&str, Use)] = &[
    ("allow", Use::Allow),
    ("drop", Use::Drop),
    ("deny of members that change", Use::DenyOfToday),
    ("reject", Use::Reject),
    ("jump to the application tier", Use::Jump(Tier::Environment)),
    ("jump over matching rules", Use::JumpOver { exact: true }),
    ("one direction", Use::OneWay),
    ("tiers, sections and order", Use::Tier(Tier::Application)),
    ("layer-2 tier", Use::Tier(Tier::Ethernet)),
    ("default allow", Use::DefaultAllow),
    ("default drop", Use::DefaultDrop),
    ("default not exported", Use::DefaultUnknown),
    ("firewall switched on", Use::Enforced(Enforcement::Unsaid)),
    ("section", Use::Section),
    ("group", Use::Group),
    ("service", Use::Service),
    ("disabled rule", Use::Disabled),
    ("group or service that nothing uses", Use::Unused),
    ("members by tag", Use::MemberByTag),
    ("members by a pattern of tags", Use::MemberByTagPattern),
    ("members by several tags", Use::MemberByTags(2)),
    ("members by name", Use::MemberByName(Operator::StartsWith)),
    ("members by operating system", Use::MemberByOsName),
    ("members by reference", Use::MemberByReference),
    ("members by network", Use::MemberByNetwork),
    ("members by address", Use::Addresses(1)),
    ("nested groups", Use::Nested),
    ("members by several conditions", Use::Conjunction),
    ("negated endpoints", Use::Negated),
    ("members by one of several criteria", Use::Union(2)),
    (
        "members not known, in an allow",
        Use::MemberUnknown(Reading::Sure),
    ),
    (
        "members not known, in a deny",
        Use::MemberUnknown(Reading::Possible),
    ),
    (
        "addresses of machines not known",
        Use::AddressesUnknown(Reading::Sure),
    ),
    (
        "machine by one of its addresses",
        Use::SplitMachine(Reading::Sure),
    ),
    ("unknown key", Use::UnreadKey(Reading::Sure)),
    ("rule that could not be read", Use::Broken(Reading::Sure)),
    ("destination ports", Use::Ports),
    ("source ports in an allow", Use::SourcePorts(Reading::Sure)),
    (
        "source ports in a deny",
        Use::SourcePorts(Reading::Possible),
    ),
    ("other IP protocols", Use::IpProtocol(Reading::Sure)),
    (
        "ICMP",
        Use::Icmp {
            v6: false,
            kind: Some(8),
            code: Some(0),
        },
    ),
    (
        "ICMPv6",
        Use::Icmp {
            v6: true,
            kind: Some(128),
            code: Some(0),
        },
    ),
    ("application-level gateways", Use::Gateway(Reading::Sure)),
    ("EtherTypes and IGMP", Use::EtherType(Reading::Sure)),
    ("services not known", Use::ServiceUnknown(Reading::Sure)),
    ("nested services", Use::NestedService),
    ("all protocols less some", Use::OtherProtocols),
    ("IPv6", Use::Ipv6),
    ("IPv6 between named endpoints", Use::Ipv6Between),
    (
        "one IP version between machines",
        Use::IpVersion { known: true },
    ),
    ("layer-7 profiles", Use::Profile(Reading::Sure)),
    ("schedules", Use::Schedule(Reading::Sure)),
    ("stateless sections", Use::Stateless(Reading::Sure)),
    ("strict TCP", Use::StrictTcp),
    ("logging", Use::Logged),
    ("log labels", Use::LogLabel),
    (
        "applied to the machines of the rule",
        Use::AppliedTo { own: true },
    ),
    ("applied to other machines", Use::AppliedTo { own: false }),
    ("exclusion of machines", Use::Exclusion { fixed: true }),
    ("exclusion of groups", Use::Exclusion { fixed: false }),
    ("exclusion of unknown members", Use::ExclusionUnknown),
    ("allow below an overlapping deny", Use::Cut { exact: true }),
    ("allow below an uncertain deny", Use::Cut { exact: false }),
    (
        "allow that earlier denies take whole",
        Use::Shadowed { exact: true },
    ),
    ("empty endpoints", Use::Nobody),
    ("allow of which every part is left out", Use::NothingLeft),
    ("no inventory", Use::NoInventory),
    ("rules for one group", Use::RuleCount(MAX_RULES)),
    ("more rules for one group", Use::Spread(MAX_RULES + 1)),
    ("order of the rules", Use::Ordered(MAX_FLEX_RULES)),
    ("order of more rules", Use::Ordered(MAX_FLEX_RULES + 1)),
    ("firewall as a whole", Use::Mode),
    ("gateway firewall, intrusion detection", Use::Uninterpreted),
];

/// The answer of the target.
#[must_use]
#[expect(
    clippy::too_many_lines,
    reason = "one answer a feature, all in one place"
)]
pub fn legality(target: Target, what: &Use) -> Legality {
    use Legality::{Approximate, Illegal, Legal};
    let release = target.release();
    let ordered = target.is_flex();
    match *what {
        // A deny is a rule of its own there, and follows its groups.
        Use::DenyOfToday | Use::Logged | Use::AppliedTo { own: false } | Use::Union(_)
            if ordered =>
        {
            Legal
        }
        Use::Reject if ordered => own(&flex::REJECT_BY_ICMP),
        // Lists of categories are no endpoints there, and one entry takes one category.
        Use::MemberByTags(count) if ordered && count > 1 => own(&codes::FROZEN_MEMBERSHIP),
        Use::IpVersion { .. } if ordered => Legal,
        Use::Ipv6Between if ordered => own(&flex::FLEX_IPV6),
        Use::JumpOver { exact: true } if ordered => own(&flex::JUMP_COPIED),
        Use::JumpOver { exact: false } if ordered => {
            Approximate(&flex::JUMP_COPIED, Effect::NARROWS)
        }
        Use::Ordered(count) if ordered && count > MAX_FLEX_RULES => own(&flex::ORDER_OF_POLICIES),
        Use::Mode if ordered => own(&flex::FLEX_MODE),
        Use::RuleCount(_) | Use::Spread(_) if ordered => Legal,
        Use::JumpOver { .. } | Use::Ordered(_) | Use::Mode => Legal,
        Use::Unordered => dropped(&flex::NO_PRIORITY_LEFT),
        Use::NotFollowed => own(&flex::NOT_FOLLOWED),
        Use::Spread(count) if count <= MAX_RULES => Legal,
        Use::Spread(_) => own(&flex::SPREAD),
        Use::Ipv6Between if release >= Release::R7_5 => Legal,
        Use::Ipv6Between => own(&codes::IPV6_RELEASE),
        Use::NameByCase => own(&codes::MEMBER_BY_NAME),
        Use::Allow
        | Use::Drop
        | Use::OneWay
        | Use::DefaultAllow
        | Use::DefaultDrop
        | Use::Section
        | Use::Group
        | Use::Service
        | Use::MemberByTag
        | Use::MemberByReference
        // More addresses than a group holds are spread over several groups.
        | Use::Addresses(_)
        | Use::Nested
        | Use::Ports
        | Use::NestedService
        // A deny that is told exactly is taken out of the allows behind it.
        | Use::Jump(Tier::Environment)
        | Use::AppliedTo { own: true }
        | Use::Exclusion { fixed: true }
        | Use::Enforced(Enforcement::On(_) | Enforcement::Unsaid)
        | Use::Tier(
            Tier::Emergency | Tier::Infrastructure | Tier::Environment | Tier::Application,
        ) => Legal,
        Use::DenyOfToday => own(&codes::DENY_OF_TODAY),
        Use::Reject => own(&codes::REJECT_AS_DROP),
        Use::Jump(
            Tier::Ethernet | Tier::Emergency | Tier::Infrastructure | Tier::Application,
        ) => own(&codes::JUMP_OUTSIDE_TIER),
        Use::Tier(Tier::Ethernet) => Illegal(&codes::ETHERNET_RULE, Effect::NARROWS),
        Use::DefaultUnknown => own(&codes::UNKNOWN_DEFAULT),
        Use::Enforced(Enforcement::Off(_)) => own(&codes::FIREWALL_OFF),
        Use::Disabled => dropped(&codes::DISABLED),
        Use::Unused => dropped(&codes::UNUSED),
        Use::MemberByTags(count) if count <= MAX_CATEGORIES => Legal,
        Use::MemberByTags(_)
        | Use::MemberByTagPattern
        | Use::MemberByNetwork
        | Use::Conjunction => own(&codes::FROZEN_MEMBERSHIP),
        Use::MemberByName(operator) => by_name(release, operator),
        Use::MemberByOsName => own(&codes::MEMBER_BY_OS_NAME),
        Use::Negated => own(&codes::COMPLEMENT),
        Use::Union(count) if count <= MAX_CATEGORIES => Legal,
        Use::Union(_) => own(&codes::WIDE_OR),
        Use::MemberUnknown(reading) => part(reading, &codes::UNKNOWN_MEMBER),
        Use::AddressesUnknown(reading) => part(reading, &codes::UNKNOWN_ADDRESSES),
        Use::SplitMachine(reading) => part(reading, &codes::SPLIT_MACHINE),
        Use::UnreadKey(Reading::Sure) => whole(Reading::Sure, &codes::UNREAD_KEY),
        // What an unknown key changes of a deny cannot be told; the deny is taken as it is read.
        Use::UnreadKey(Reading::Possible) => {
            Approximate(&codes::UNREAD_KEY, Effect::Admission(Drift::Shifts))
        }
        Use::Broken(reading) => whole(reading, &codes::BROKEN_RULE),
        Use::SourcePorts(reading) => whole(reading, &codes::SOURCE_PORTS),
        Use::IpProtocol(Reading::Possible) => Legal,
        Use::IpProtocol(Reading::Sure) => whole(Reading::Sure, &codes::IP_PROTOCOL),
        Use::Icmp { v6, kind, code } => icmp(release, v6, kind, code),
        Use::Gateway(reading) => whole(reading, &codes::APPLICATION_GATEWAY),
        // No allow lets it through, so a deny of it takes nothing.
        Use::EtherType(Reading::Possible) => Legal,
        Use::EtherType(Reading::Sure) => whole(Reading::Sure, &codes::ETHER_TYPE),
        Use::ServiceUnknown(reading) => whole(reading, &codes::UNKNOWN_SERVICE),
        Use::OtherProtocols => own(&codes::OTHER_PROTOCOLS),
        Use::Ipv6 if release >= Release::R7_5 => Legal,
        Use::Ipv6 => own(&codes::IPV6_RELEASE),
        Use::IpVersion { known: true } => Approximate(&codes::IP_VERSION, Effect::Conduct),
        Use::IpVersion { known: false } => own(&codes::IP_VERSION),
        Use::Profile(reading) => whole(reading, &codes::LAYER_7_PROFILE),
        Use::Schedule(reading) => whole(reading, &codes::SCHEDULE),
        Use::Stateless(Reading::Possible) => Legal,
        Use::Stateless(Reading::Sure) => whole(Reading::Sure, &codes::STATELESS),
        Use::StrictTcp => own(&codes::STRICT_TCP),
        Use::Logged => own(&codes::LOG_SCOPE),
        Use::LogLabel => own(&codes::LOG_LABEL),
        Use::AppliedTo { own: false } => own(&codes::APPLIED_TO),
        Use::Exclusion { fixed: false } => own(&codes::EXCLUSION_FROZEN),
        Use::ExclusionUnknown => own(&codes::UNKNOWN_EXCLUSION),
        Use::Cut { exact: true } => own(&codes::CUT_BY_DENY),
        Use::Cut { exact: false } => own(&codes::UNCERTAIN_DENY),
        Use::Shadowed { exact: true } => dropped(&codes::SHADOWED),
        Use::Shadowed { exact: false } => dropped(&codes::UNCERTAIN_DENY),
        Use::Nobody => dropped(&codes::EMPTY_ENDPOINTS),
        Use::NothingLeft => dropped(&codes::NOTHING_LEFT),
        Use::NoInventory => own(&codes::NO_INVENTORY),
        Use::RuleCount(count) if count <= MAX_RULES => Legal,
        Use::RuleCount(_) => own(&codes::RULE_COUNT),
        Use::Uninterpreted => dropped(&codes::UNINTERPRETED),
    }
}

/// Held nearly, with the effect of the code.
const fn own(code: &'static Code) -> Legality {
    Legality::Approximate(code, code.effect)
}

/// Not held, with the effect of the code.
const fn dropped(code: &'static Code) -> Legality {
    Legality::Illegal(code, code.effect)
}

/// A part of a list: left out of what is certain, everything in what is possible.
const fn part(reading: Reading, code: &'static Code) -> Legality {
    match reading {
        Reading::Sure => Legality::Approximate(code, Effect::Admission(Drift::Narrows)),
        Reading::Possible => Legality::Approximate(code, Effect::Admission(Drift::Broadens)),
    }
}

/// A condition of the whole: without it nothing is certain, and everything else is possible.
const fn whole(reading: Reading, code: &'static Code) -> Legality {
    match reading {
        Reading::Sure => Legality::Illegal(code, Effect::Admission(Drift::Narrows)),
        Reading::Possible => Legality::Approximate(code, Effect::Admission(Drift::Broadens)),
    }
}

fn by_name(release: Release, operator: Operator) -> Legality {
    match operator {
        Operator::Equals | Operator::Contains | Operator::StartsWith | Operator::EndsWith
            if release >= Release::R7_6 =>
        {
            Legality::Legal
        }
        Operator::Equals
        | Operator::NotEquals
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Present => own(&codes::MEMBER_BY_NAME),
    }
}

fn icmp(release: Release, v6: bool, kind: Option<u8>, code: Option<u8>) -> Legality {
    let (greatest, greatest_code) = if v6 { Icmp::V6 } else { Icmp::V4 };
    let in_reach = kind.is_none_or(|kind| kind <= greatest)
        && code.is_none_or(|code| code <= greatest_code)
        && (kind.is_some() || code.is_none());
    if in_reach && (!v6 || release >= Release::R7_5) {
        Legality::Legal
    } else {
        dropped(&codes::ICMP_TYPE)
    }
}
