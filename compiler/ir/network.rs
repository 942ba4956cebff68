//! Firewall policy: tiers, sections, ordered rules, groups.
//!
//! # Meaning
//!
//! Every NIC of a virtual machine filters its own traffic; a flow between two machines passes both
//! filters and both must allow it. At each filter the rules that apply to the machine are read in
//! order (tier, section, rule) and the first that matches decides.

use super::selector::Selector;
use super::service::{Service, Services};
use super::{BadKey, Ident, NonEmpty, Opaque, State, Table};
use crate::source::Origin;
use std::collections::BTreeSet;

/// All firewall policy of the estate.
#[derive(Clone, Debug)]
pub struct Network<S: State> {
    /// Named groups of endpoints.
    pub groups: Table<Group<S>>,
    /// Named services, those of the exports and those of the shipped table that are used.
    pub services: Table<Service<S>>,
    /// Sections in the order of evaluation once `link` is done.
    pub sections: Vec<Section<S>>,
    /// Machines that have no filter at all: the exclusion list.
    pub exclusions: Vec<Exclusion<S>>,
    /// Whether the firewall is switched on.
    pub enforcement: Enforcement,
    /// What happens to a flow that no rule matches.
    pub fallback: Fallback,
    /// Objects that are read and not interpreted: gateway firewalls, intrusion detection.
    pub uninterpreted: Vec<Uninterpreted>,
    /// Ids of the groups and services that come with the product: nobody made them, and nobody can
    /// remove them.
    pub shipped: BTreeSet<String>,
}

impl<S: State> Default for Network<S> {
    fn default() -> Self {
        Self {
            groups: Table::default(),
            services: Table::default(),
            sections: Vec::new(),
            exclusions: Vec::new(),
            enforcement: Enforcement::Unsaid,
            fallback: Fallback::Unknown,
            uninterpreted: Vec::new(),
            shipped: BTreeSet::new(),
        }
    }
}

/// Whether the firewall is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// An export says it is on.
    On(Origin),
    /// An export says it is off: nothing is enforced.
    Off(Origin),
    /// No export says; taken as on.
    Unsaid,
}

/// What happens to a flow that no rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The last rule is an any-to-any default rule; this is its origin.
    Rule(Origin),
    /// No export says.
    Unknown,
}

/// A named group of endpoints.
#[derive(Clone, Debug)]
pub struct Group<S: State> {
    /// Id (path), display name, origin.
    pub ident: Ident,
    /// Who belongs to it.
    pub members: Selector<S>,
    /// Who the source platform says belongs to it now, where the export carries that.
    pub realised: Option<Realised<S>>,
    /// Keys of the object that are not known; see [`Rule::unread`].
    pub unread: Vec<BadKey>,
}

/// The members that the source platform computed.
#[derive(Clone, Debug)]
pub struct Realised<S: State> {
    /// Virtual machines, where listed.
    pub vms: Option<Vec<S::Ref<super::inventory::Vm<S>>>>,
    /// Addresses, where listed.
    pub addresses: Option<super::set::AddressSet>,
    /// Where the list stands.
    pub origin: Origin,
}

/// The tiers, evaluated in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Layer-2 rules, before all others.
    Ethernet,
    /// Quarantine and emergencies.
    Emergency,
    /// Shared infrastructure services.
    Infrastructure,
    /// Between environments and zones.
    Environment,
    /// Within and between applications.
    Application,
}

/// A section: rules that belong together and are evaluated in order.
#[derive(Clone, Debug)]
pub struct Section<S: State> {
    /// Id (path), display name, origin.
    pub ident: Ident,
    /// Its tier.
    pub tier: Tier,
    /// Its place in the tier, ascending; ties stay in the order of the export.
    pub sequence: i64,
    /// The machines its rules apply to; replaces that of the rules when present.
    pub applied_to: Option<Peers<S>>,
    /// Whether replies are let through by state.
    pub stateful: bool,
    /// Whether a connection must begin with a SYN.
    pub strict_tcp: bool,
    /// When its rules are active.
    pub schedule: Option<Opaque>,
    /// Whether the section is in force.
    pub enabled: bool,
    /// Its rules in the order of evaluation once `link` is done.
    pub rules: Vec<Rule<S>>,
    /// Keys of the object that are not known; see [`Rule::unread`].
    pub unread: Vec<BadKey>,
}

/// What a rule does with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Discards it in silence.
    Drop,
    /// Discards it and tells the sender.
    Reject,
    /// Leaves the tier and goes on in the Application tier.
    Jump,
}

/// Which filter of a flow a rule is read at, from the point of view of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// At the receiver.
    In,
    /// At the sender.
    Out,
    /// At both.
    Both,
}

/// Which IP version a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpVersion {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both.
    Both,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule<S: State> {
    /// Id (path), display name, origin.
    pub ident: Ident,
    /// Its place in the section, ascending; ties stay in the order of the export.
    pub sequence: i64,
    /// What it does.
    pub action: Action,
    /// Where a flow comes from.
    pub source: Peers<S>,
    /// Where it goes to.
    pub destination: Peers<S>,
    /// Which traffic.
    pub services: Services<S>,
    /// At which filter it is read.
    pub direction: Direction,
    /// The machines whose filters hold it.
    pub applied_to: Peers<S>,
    /// The IP version it matches.
    pub ip: IpVersion,
    /// Layer-7 profiles that must match too; empty: none is asked for.
    pub profiles: Vec<Opaque>,
    /// Whether matches are logged.
    pub logged: bool,
    /// The label in the log.
    pub log_label: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Whether it is the any-to-any rule at the end.
    pub is_default: bool,
    /// Keys of the object that are not known. Each has a finding. A rule or group with one
    /// is never emitted as an allow.
    pub unread: Vec<BadKey>,
    /// What could not be read at all and makes the rule unusable, by key (`action`, `sources`). Each
    /// has a finding. Such a rule is never emitted; as a deny or of unknown action its absence is
    /// [`crate::finding::Drift::Shifts`].
    pub broken: Vec<BadKey>,
}

/// The endpoints on one side of a rule.
#[derive(Clone, Debug)]
pub struct Peers<S: State> {
    /// Whether everything but the set is meant.
    pub negated: bool,
    /// The set.
    pub set: PeerSet<S>,
}

impl<S: State> Peers<S> {
    /// Everybody.
    #[must_use]
    pub const fn any() -> Self {
        Self {
            negated: false,
            set: PeerSet::Any,
        }
    }
}

/// A set of endpoints. An empty list never means any: it cannot be made.
#[derive(Clone, Debug)]
pub enum PeerSet<S: State> {
    /// Everybody, inside and outside the estate.
    Any,
    /// One of these.
    Of(NonEmpty<Selector<S>>),
}

/// An entry of the exclusion list.
#[derive(Clone, Debug)]
pub struct Exclusion<S: State> {
    /// Id (what the list writes), name, origin.
    pub ident: Ident,
    /// The machines that have no filter.
    pub members: Selector<S>,
}

/// An object that is read, listed and not interpreted.
#[derive(Clone, Debug)]
pub struct Uninterpreted {
    /// Id, display name, origin.
    pub ident: Ident,
    /// What it is: `gateway policy`, `intrusion detection policy`, `layer-7 access profile`.
    pub what: String,
    /// How many rules it holds.
    pub rules: usize,
}
