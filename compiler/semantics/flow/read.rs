//! The shapes of the emitted files. A field that is not listed makes the file unreadable, because
//! nobody can say what it does.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// `manifest.json`: what there is. Only what a reader needs.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    pub target: String,
    pub objects: Vec<Listed>,
    #[serde(default)]
    pub external: Vec<External>,
}

/// An object of the manifest.
#[derive(Debug, Deserialize)]
pub struct Listed {
    pub id: String,
    pub model: String,
    pub body: String,
    #[serde(default)]
    pub constructs: Vec<String>,
    /// The construct that each ordered rule comes from, by the name of the rule.
    #[serde(default)]
    pub rules: BTreeMap<String, String>,
}

/// Something that exists already.
#[derive(Debug, Deserialize)]
pub struct External {
    pub id: String,
    pub kind: String,
    pub source_id: Option<String>,
}

/// `assignments.json`.
#[derive(Debug, Deserialize)]
pub struct Assignments {
    pub vms: Vec<Assigned>,
}

/// A machine with its categories.
#[derive(Debug, Deserialize)]
pub struct Assigned {
    pub name: String,
    pub source_id: String,
    pub categories: Vec<String>,
}

/// A security policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(rename = "type")]
    pub kind: PolicyKind,
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "a known value is asked for; the meaning is that of enforcement"
    )]
    pub state: Option<State>,
    pub scope: Option<Scope>,
    #[serde(default, rename = "isHitlogEnabled")]
    _is_hitlog_enabled: IgnoredAny,
    #[serde(default)]
    pub is_ipv6_traffic_allowed: bool,
    pub is_ipv4_address_scope: Option<bool>,
    pub is_ipv6_address_scope: Option<bool>,
    pub priority: Option<u16>,
    pub applied_to_entity_group_references: Option<Vec<String>>,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum PolicyKind {
    Application,
    Isolation,
    SharedService,
    Critical,
    CoreInfrastructure,
    Zone,
    Workload,
}

impl PolicyKind {
    /// Whether its rules have an order.
    pub const fn is_ordered(self) -> bool {
        match self {
            Self::Application | Self::Isolation | Self::SharedService => false,
            Self::Critical | Self::CoreInfrastructure | Self::Zone | Self::Workload => true,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    Save,
    Monitor,
    Enforce,
}

/// The networks a policy covers: all of them, or one kind of all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    AllVlan,
    Global,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default, rename = "isLoggingEnabled")]
    _is_logging_enabled: IgnoredAny,
    #[serde(rename = "type")]
    pub kind: RuleKind,
    pub spec: serde_json::Value,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleKind {
    Application,
    SharedService,
    IntraGroup,
    TwoEnvIsolation,
    MultiEnvIsolation,
    Flex,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum AllowSpec {
    All,
    None,
}

/// What a category is put on.
#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum EntityType {
    Vm,
    Subnet,
    Vpc,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationSpec {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub secured_group_category_references: Option<Vec<String>>,
    pub secured_group_category_associated_entity_type: Option<EntityType>,
    pub secured_group_entity_group_reference: Option<String>,
    pub src_allow_spec: Option<AllowSpec>,
    pub src_category_references: Option<Vec<String>>,
    pub src_category_associated_entity_type: Option<EntityType>,
    pub src_entity_group_reference: Option<String>,
    pub src_address_group_references: Option<Vec<String>>,
    pub src_subnet: Option<Prefix>,
    pub src_ipv6_subnet: Option<Prefix>,
    pub dest_allow_spec: Option<AllowSpec>,
    pub dest_category_references: Option<Vec<String>>,
    pub dest_category_associated_entity_type: Option<EntityType>,
    pub dest_entity_group_reference: Option<String>,
    pub dest_address_group_references: Option<Vec<String>>,
    pub dest_subnet: Option<Prefix>,
    pub dest_ipv6_subnet: Option<Prefix>,
    #[serde(default)]
    pub is_all_protocol_allowed: bool,
    #[serde(default)]
    pub tcp_services: Vec<Ports>,
    #[serde(default)]
    pub udp_services: Vec<Ports>,
    #[serde(default)]
    pub icmp_services: Vec<Icmp>,
    #[serde(default)]
    pub icmp_v6_services: Vec<Icmp>,
    #[serde(default)]
    pub service_group_references: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum IntraAction {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntraSpec {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub secured_group_category_references: Option<Vec<String>>,
    pub secured_group_category_associated_entity_type: Option<EntityType>,
    pub secured_group_entity_group_reference: Option<String>,
    pub secured_group_action: IntraAction,
    #[serde(default)]
    pub tcp_services: Vec<Ports>,
    #[serde(default)]
    pub udp_services: Vec<Ports>,
    #[serde(default)]
    pub icmp_services: Vec<Icmp>,
    #[serde(default)]
    pub icmp_v6_services: Vec<Icmp>,
    #[serde(default)]
    pub secured_group_service_references: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum FlexAction {
    Allow,
    Deny,
    Reject,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlexDirection {
    In,
    Out,
    InOut,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
pub enum FlexVersion {
    #[serde(rename = "IPV4")]
    V4,
    #[serde(rename = "IPV6")]
    V6,
    #[serde(rename = "IPV4_IPV6")]
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlexSpec {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub action: FlexAction,
    pub direction: FlexDirection,
    pub priority: Option<u16>,
    pub ip_version: Option<FlexVersion>,
    #[serde(default)]
    pub should_allow_any_src: bool,
    #[serde(default)]
    pub should_allow_any_dst: bool,
    pub src_entity_group_references: Option<Vec<String>>,
    pub dest_entity_group_references: Option<Vec<String>>,
    pub src_subnet: Option<Prefix>,
    pub dest_subnet: Option<Prefix>,
    pub applied_to_entity_group_references: Option<Vec<String>>,
    #[serde(default)]
    pub is_all_protocol_allowed: bool,
    #[serde(default)]
    pub tcp_services: Vec<Ports>,
    #[serde(default)]
    pub udp_services: Vec<Ports>,
    #[serde(default)]
    pub icmp_services: Vec<Icmp>,
    #[serde(default)]
    pub icmp_v6_services: Vec<Icmp>,
    #[serde(default)]
    pub service_group_references: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TwoEnvSpec {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub first_isolation_group: Vec<String>,
    pub second_isolation_group: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MultiEnvSpec {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub spec: AllToAll,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllToAll {
    #[serde(default, rename = "$objectType")]
    _object_type: IgnoredAny,
    pub isolation_groups: Vec<IsolationGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IsolationGroup {
    pub group_category_references: Option<Vec<String>>,
    pub group_category_associated_entity_type: Option<EntityType>,
    pub group_entity_group_reference: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ports {
    pub start_port: u16,
    pub end_port: u16,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Icmp {
    #[serde(rename = "type")]
    pub kind: Option<u8>,
    pub code: Option<u8>,
    #[serde(default)]
    pub is_all_allowed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prefix {
    pub value: String,
    pub prefix_length: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Range {
    pub start_ip: String,
    pub end_ip: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceGroup {
    #[serde(rename = "name")]
    _name: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default)]
    pub tcp_services: Vec<Ports>,
    #[serde(default)]
    pub udp_services: Vec<Ports>,
    #[serde(default)]
    pub icmp_services: Vec<Icmp>,
    #[serde(default)]
    pub icmp_v6_services: Vec<Icmp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddressGroup {
    #[serde(rename = "name")]
    _name: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default)]
    pub ipv4_addresses: Vec<Prefix>,
    #[serde(default)]
    pub ip_ranges: Vec<Range>,
    #[serde(default)]
    pub ipv6_addresses: Vec<Prefix>,
    #[serde(default)]
    pub ipv6_ranges: Vec<Range>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntityGroup {
    #[serde(rename = "name")]
    _name: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    pub allowed_config: Option<Config>,
    pub except_config: Option<Config>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub entities: Vec<Entity>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub select_by: String,
    #[serde(default)]
    pub reference_ext_ids: Vec<String>,
    pub match_criteria: Option<String>,
    pub reference_string: Option<String>,
    pub addresses: Option<EntityAddresses>,
    pub ip_ranges: Option<EntityRanges>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntityAddresses {
    #[serde(default)]
    pub ipv4_addresses: Vec<Prefix>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntityRanges {
    #[serde(default)]
    pub ipv4_ranges: Vec<Range>,
}

/// A category.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Category {
    #[serde(rename = "key")]
    _key: IgnoredAny,
    #[serde(rename = "value")]
    _value: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
}
