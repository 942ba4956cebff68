//! The network domain of the document.

use super::{
    Action, At, BadKey, Direction, IcmpVersion, Ident, IpVersion, Of, Opaque, Operator, Reference,
    Tier, Transport,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The network domain.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Network {
    /// Whether the firewall is on.
    pub enforcement: Enforcement,
    /// What happens to a flow that no rule matches.
    pub fallback: At<Fallback>,
    /// Groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<At<Group>>,
    /// Services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<At<Service>>,
    /// Sections in the order of evaluation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<At<Section>>,
    /// Machines without a filter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<At<Exclusion>>,
    /// Objects that are listed and not interpreted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uninterpreted: Vec<At<Uninterpreted>>,
}

/// Whether the firewall is on.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// An export says that it is on.
    Enforced(At<Said>),
    /// An export says that it is off: nothing is enforced.
    NotEnforced(At<Said>),
    /// No export says; taken as on.
    Unsaid,
}

/// Where something was said.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Said {
    /// Where it stood in the exports.
    pub origin: String,
}

/// What happens to a flow that no rule matches.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The rule of this id decides: it stands last and is about everything.
    Rule(String),
    /// No export says.
    Unknown,
}

/// An expression that selects endpoints.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selector {
    /// Nobody.
    Nothing,
    /// All of these.
    All(At<Vec<Selector>>),
    /// One of these.
    AnyOf(At<Vec<Selector>>),
    /// Everybody else.
    Not(Box<Selector>),
    /// A property.
    Match(At<Condition>),
    /// Addresses.
    Addresses(At<Vec<At<String>>>),
    /// A group.
    Group(Reference),
    /// A machine.
    Machine(Reference),
    /// The machines of a network.
    Network(Reference),
    /// Something not understood.
    Opaque(At<Opaque>),
}

/// A property.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Condition {
    /// The kind of object that has it.
    pub of: Of,
    /// Which property.
    pub key: Key,
    /// The scope of a tag; left out for other properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<TagScope>,
    /// How it is compared.
    pub operator: Operator,
    /// The value.
    pub value: String,
}

/// A property of an object.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// A tag's value, in the given scope.
    Tag,
    /// The display name.
    Name,
    /// The name of the guest operating system.
    OsName,
    /// The host name inside the guest.
    ComputerName,
}

/// Which scope a tag must have.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagScope {
    /// Any scope, or none.
    Any,
    /// This scope.
    Is(String),
    /// Any scope but this.
    IsNot(String),
}

/// A group.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Group {
    /// Who it is.
    pub ident: Ident,
    /// Who belongs to it.
    pub members: Selector,
    /// Who the source platform said belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised: Option<At<Realised>>,
    /// Whether it comes with the source product: nobody made it; left out when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shipped: bool,
    /// Keys that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<At<BadKey>>,
}

/// Members that the source platform computed.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Realised {
    /// Machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machines: Option<Vec<Reference>>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<At<String>>>,
}

/// A service.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Service {
    /// Who it is.
    pub ident: Ident,
    /// What it matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<At<Entry>>,
    /// Whether it comes with the source product: nobody made it; left out when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shipped: bool,
    /// Keys that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<At<BadKey>>,
}

/// An entry of a service.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// TCP or UDP.
    Ports(Ports),
    /// ICMP.
    Icmp(Icmp),
    /// An IP protocol by number.
    Protocol(u8),
    /// A control connection with the sessions it opens.
    Gateway(Gateway),
    /// IGMP.
    Igmp,
    /// An EtherType.
    EtherType(u16),
    /// Another service.
    Service(Reference),
    /// Something not understood.
    Opaque(At<Opaque>),
}

/// ICMP.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Icmp {
    /// The version.
    pub version: IcmpVersion,
    /// The type: a number from 0 to 255, or `any`.
    #[serde(rename = "type")]
    pub kind: At<String>,
    /// The code: a number from 0 to 255, or `any`.
    pub code: At<String>,
}

/// A control connection with the sessions it opens.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Gateway {
    /// The application protocol.
    pub application: String,
    /// The control connection.
    pub control: Ports,
}

/// Ports of TCP or UDP.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Ports {
    /// The protocol.
    pub protocol: Transport,
    /// Source ports: `80, 8000-8010`, `any` or `none`.
    pub source: At<String>,
    /// Destination ports, written alike.
    pub destination: At<String>,
}

/// A section.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Section {
    /// Who it is.
    pub ident: Ident,
    /// The tier.
    pub tier: Tier,
    /// Its place in the tier.
    pub sequence: i64,
    /// The machines its rules apply to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_to: Option<Peers>,
    /// Whether replies pass by state.
    pub stateful: bool,
    /// Whether a connection must begin with a SYN.
    pub strict_tcp: bool,
    /// When it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<At<Opaque>>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Its rules in the order of evaluation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<At<Rule>>,
    /// Keys that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<At<BadKey>>,
}

/// One side of a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peers {
    /// Everybody.
    Any,
    /// Nobody: everybody, negated.
    Nobody,
    /// One of these.
    Of(At<Vec<Selector>>),
    /// Everybody but these.
    Not(At<Vec<Selector>>),
}

/// The traffic of a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Services {
    /// All of it, every protocol.
    Any,
    /// One of these.
    Of(At<Vec<At<Entry>>>),
}

/// A rule.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Who it is.
    pub ident: Ident,
    /// Its place in the section.
    pub sequence: i64,
    /// What it does.
    pub action: Action,
    /// Where a flow comes from.
    pub source: Peers,
    /// Where it goes to.
    pub destination: Peers,
    /// Which traffic.
    pub services: Services,
    /// At which filter it is read.
    pub direction: Direction,
    /// The machines whose filters hold it.
    pub applied_to: Peers,
    /// The IP version it matches.
    pub ip: IpVersion,
    /// Layer-7 profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<At<Opaque>>,
    /// Whether matches are logged.
    pub logged: bool,
    /// The label in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_label: Option<String>,
    /// Notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Whether it is the default rule.
    #[serde(rename = "default")]
    pub is_default: bool,
    /// Keys that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<At<BadKey>>,
    /// Keys that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<At<BadKey>>,
}

/// An entry of the exclusion list.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Exclusion {
    /// Who it is.
    pub ident: Ident,
    /// The machines.
    pub members: Selector,
}

/// An object that is listed and not interpreted.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Uninterpreted {
    /// Who it is.
    pub ident: Ident,
    /// What it is.
    pub what: String,
    /// How many rules it holds.
    pub rules: usize,
}
