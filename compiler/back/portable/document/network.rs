//! The network domain of the document.

use super::{Ident, Opaque, Reference};
use schemars::JsonSchema;
use serde::Serialize;

/// The network domain.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Network {
    /// Whether the firewall is on: `on`, `off` or `unsaid`.
    pub enforcement: &'static str,
    /// The origin of the default rule, or `unknown`.
    pub fallback: String,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Sections in the order of evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// Machines without a filter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Objects that are listed and not interpreted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uninterpreted: Vec<Uninterpreted>,
}

/// An expression that selects endpoints.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selector {
    /// Nobody.
    Nothing,
    /// All of these.
    All(Vec<Selector>),
    /// One of these.
    AnyOf(Vec<Selector>),
    /// Everybody else.
    Not(Box<Selector>),
    /// A property.
    Match(Condition),
    /// Addresses.
    Addresses(Vec<String>),
    /// A group.
    Group(Reference),
    /// A machine.
    Machine(Reference),
    /// The machines of a network.
    Network(Reference),
    /// Something not understood.
    Opaque(Opaque),
}

/// A property.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Condition {
    /// `machine`, `network` or `network-port`.
    pub of: &'static str,
    /// `tag`, `name`, `os-name` or `computer-name`.
    pub key: &'static str,
    /// The scope of a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A scope the tag must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_is_not: Option<String>,
    /// `equals`, `not-equals`, `contains`, `starts-with`, `ends-with` or `present`.
    pub operator: &'static str,
    /// The value.
    pub value: String,
}

/// A group.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Group {
    /// Who it is.
    pub ident: Ident,
    /// Who belongs to it.
    pub members: Selector,
    /// Who the source platform said belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised: Option<Realised>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// Members that the source platform computed.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Realised {
    /// Machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machines: Option<Vec<Reference>>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
}

/// A service.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Service {
    /// Who it is.
    pub ident: Ident,
    /// What it matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// An entry of a service.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// TCP or UDP.
    Ports(Ports),
    /// ICMP.
    Icmp {
        /// 4 or 6.
        version: u8,
        /// The type; left out: every type.
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<u8>,
        /// The code; left out: every code.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u8>,
    },
    /// An IP protocol by number.
    Protocol(u8),
    /// A control connection with the sessions it opens.
    Gateway {
        /// The application protocol.
        application: String,
        /// The control connection.
        control: Ports,
    },
    /// IGMP.
    Igmp,
    /// An EtherType.
    EtherType(u16),
    /// Another service.
    Service(Reference),
    /// Something not understood.
    Opaque(Opaque),
}

/// Ports of TCP or UDP.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Ports {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Source ports; `any` for all.
    pub source: String,
    /// Destination ports; `any` for all.
    pub destination: String,
}

/// A section.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Section {
    /// Who it is.
    pub ident: Ident,
    /// The tier.
    pub tier: &'static str,
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
    pub schedule: Option<Opaque>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Its rules in the order of evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// One side of a rule.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peers {
    /// Everybody.
    Any,
    /// Nobody: everybody, negated.
    Nobody,
    /// One of these.
    Of(Vec<Selector>),
    /// Everybody but these.
    Not(Vec<Selector>),
}

/// A rule.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Who it is.
    pub ident: Ident,
    /// Its place in the section.
    pub sequence: i64,
    /// `allow`, `drop`, `reject` or `jump`.
    pub action: &'static str,
    /// Where a flow comes from.
    pub source: Peers,
    /// Where it goes to.
    pub destination: Peers,
    /// Which traffic; left out: all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Entry>>,
    /// `in`, `out` or `both`.
    pub direction: &'static str,
    /// The machines whose filters hold it.
    pub applied_to: Peers,
    /// `4`, `6` or `both`.
    pub ip: &'static str,
    /// Layer-7 profiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Opaque>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Keys that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
}

/// An entry of the exclusion list.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Exclusion {
    /// Who it is.
    pub ident: Ident,
    /// The machines.
    pub members: Selector,
}

/// An object that is listed and not interpreted.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Uninterpreted {
    /// Who it is.
    pub ident: Ident,
    /// What it is.
    pub what: String,
    /// How many rules it holds.
    pub rules: usize,
}
