//! What an object of an NSX export is, told from what it holds.

use super::members;
use super::object::peek;
use rehome_grammar::{Kind as Value, Node, Syntax, Tree};

/// The objects that are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A policy of the distributed firewall.
    SecurityPolicy,
    Rule,
    Group,
    Service,
    ServiceEntry,
    ContextProfile,
    Scheduler,
    ExcludeList,
    FirewallSettings,
    Segment,
    SegmentPort,
    Vm,
    Vif,
    /// Listed and not interpreted.
    Foreign(Foreign),
    /// An object of the Manager API, the product's older interface.
    Manager(Manager),
    /// Holds others and says nothing itself: the tree above the objects.
    Branch,
}

/// Objects of the Manager API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manager {
    Section,
    Rule,
    Group,
    Service,
    ServiceGroup,
    IpSet,
    MacSet,
    ExcludeList,
    Profile,
}

impl Manager {
    fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "FirewallSection" | "FirewallSectionRuleList" => Self::Section,
            "FirewallRule" => Self::Rule,
            "NSGroup" => Self::Group,
            "NSService" => Self::Service,
            "NSServiceGroup" => Self::ServiceGroup,
            "IPSet" => Self::IpSet,
            "MACSet" => Self::MacSet,
            "ExcludeList" => Self::ExcludeList,
            "NSProfile" => Self::Profile,
            _ => return None,
        })
    }

    /// The type that objects of this kind name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Section => "FirewallSection",
            Self::Rule => "FirewallRule",
            Self::Group => "NSGroup",
            Self::Service => "NSService",
            Self::ServiceGroup => "NSServiceGroup",
            Self::IpSet => "IPSet",
            Self::MacSet => "MACSet",
            Self::ExcludeList => "ExcludeList",
            Self::Profile => "NSProfile",
        }
    }
}

/// Objects with a firewall or security meaning that is not that of the distributed firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Foreign {
    Gateway,
    Bridge,
    Intrusion,
    Redirection,
    Communication,
    AccessProfile,
    Malware,
    VpcSecurity,
    Strategy,
    /// A change that is not in force.
    Draft,
}

impl Foreign {
    /// What it is, in the words of a user.
    pub fn what(self) -> &'static str {
        match self {
            Self::Gateway => "gateway policy",
            Self::Bridge => "bridge policy",
            Self::Intrusion => "intrusion detection policy",
            Self::Redirection => "redirection policy",
            Self::Communication => "communication map",
            Self::AccessProfile => "layer-7 access profile",
            Self::Malware => "malware prevention profile",
            Self::VpcSecurity => "VPC security profile",
            Self::Strategy => "security strategy",
            Self::Draft => "draft",
        }
    }
}

/// The folders of policies whose rules look like those of the distributed firewall.
const FOREIGN_FOLDERS: &[(&str, Foreign)] = &[
    ("/gateway-policies/", Foreign::Gateway),
    ("/bridge-firewall-policies/", Foreign::Bridge),
    ("/intrusion-service-policies/", Foreign::Intrusion),
    ("/intrusion-service-gateway-policies/", Foreign::Intrusion),
    ("/redirection-policies/", Foreign::Redirection),
    ("/communication-maps/", Foreign::Communication),
];

impl Foreign {
    /// What a path leads to or lies below, by its folder.
    pub fn of_path(path: &str) -> Option<Self> {
        let mut folders = FOREIGN_FOLDERS.iter();
        let found = folders.find(|(folder, _)| path.contains(folder));
        found.map(|(_, kind)| *kind)
    }
}

impl Kind {
    /// The kind that a `resource_type` names.
    pub fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "SecurityPolicy" => Self::SecurityPolicy,
            "Rule" => Self::Rule,
            "Group" => Self::Group,
            "Service" => Self::Service,
            "L4PortSetServiceEntry"
            | "ICMPTypeServiceEntry"
            | "IPProtocolServiceEntry"
            | "ALGTypeServiceEntry"
            | "IGMPTypeServiceEntry"
            | "EtherTypeServiceEntry"
            | "NestedServiceServiceEntry" => Self::ServiceEntry,
            "PolicyContextProfile" => Self::ContextProfile,
            "PolicyFirewallScheduler" => Self::Scheduler,
            "PolicyExcludeList" => Self::ExcludeList,
            "DfwFirewallConfiguration" => Self::FirewallSettings,
            "Segment" | "VpcSubnet" => Self::Segment,
            "SegmentPort" | "VpcSubnetPort" => Self::SegmentPort,
            "VirtualMachine" => Self::Vm,
            "VirtualNetworkInterface" => Self::Vif,
            "Infra" | "GlobalInfra" | "OrgRoot" | "Org" | "Project" | "Vpc" | "Domain" => {
                Self::Branch
            }
            other => match Manager::of_type(other) {
                Some(kind) => Self::Manager(kind),
                None => Self::Foreign(Self::foreign_type(other)?),
            },
        })
    }

    fn foreign_type(name: &str) -> Option<Foreign> {
        Some(match name {
            "GatewayPolicy" => Foreign::Gateway,
            "BridgeFirewallPolicy" => Foreign::Bridge,
            "IdsSecurityPolicy" | "IdsGatewayPolicy" => Foreign::Intrusion,
            "RedirectionPolicy" => Foreign::Redirection,
            "CommunicationMap" => Foreign::Communication,
            "L7AccessProfile" => Foreign::AccessProfile,
            "MalwarePreventionProfile" => Foreign::Malware,
            "VpcSecurityProfile" => Foreign::VpcSecurity,
            "SecurityStrategy" => Foreign::Strategy,
            "PolicyDraft" => Foreign::Draft,
            _ => return None,
        })
    }

    /// The kind of the objects that collectors and scripts keep under a key.
    pub fn of_collection(key: &str) -> Option<Self> {
        Some(match key.replace('-', "_").as_str() {
            "services" => Self::Service,
            "groups" => Self::Group,
            "security_policies" | "policies" => Self::SecurityPolicy,
            "rules" => Self::Rule,
            "gateway_policies" => Self::Foreign(Foreign::Gateway),
            "redirection_policies" => Self::Foreign(Foreign::Redirection),
            "virtual_machines" => Self::Vm,
            "vifs" | "virtual_network_interface" | "virtual_network_interfaces" => Self::Vif,
            "segments" => Self::Segment,
            "segment_ports" => Self::SegmentPort,
            "sections" => Self::Manager(Manager::Section),
            "ns_groups" => Self::Manager(Manager::Group),
            "ns_services" => Self::Manager(Manager::Service),
            "ns_service_groups" => Self::Manager(Manager::ServiceGroup),
            "ip_sets" => Self::Manager(Manager::IpSet),
            "mac_sets" => Self::Manager(Manager::MacSet),
            "context_profiles" => Self::ContextProfile,
            "firewall_schedulers" => Self::Scheduler,
            "domains" => Self::Branch,
            _ => return None,
        })
    }

    /// The kind of an object that does not name its type.
    pub fn of_shape(node: Node<'_>) -> Option<Self> {
        let has = |key: &str| node.get(key).is_some();
        let is = |key: &str, kind: Value| node.get(key).is_some_and(|value| value.kind() == kind);
        if has("action") && (has("source_groups") || has("destination_groups")) {
            Some(Self::Rule)
        } else if is("rules", Value::Array) && peek(node, "category").is_some() {
            Some(Self::SecurityPolicy)
        } else if is("service_entries", Value::Array) {
            Some(Self::Service)
        } else if is("expression", Value::Array) {
            Some(Self::Group)
        } else if has("owner_vm_id") {
            Some(Self::Vif)
        } else if has("external_id") && (has("compute_ids") || has("local_id_on_host")) {
            Some(Self::Vm)
        } else if has("section_type") {
            Some(Self::Manager(Manager::Section))
        } else if has("action") && has("section_id") {
            Some(Self::Manager(Manager::Rule))
        } else if has("nsservice_element") {
            Some(Self::Manager(Manager::Service))
        } else if has("enable_firewall") {
            Some(Self::FirewallSettings)
        } else {
            None
        }
    }

    /// The folder of a path that holds objects of a type.
    pub fn folder(type_name: &str) -> &str {
        match type_name {
            "Domain" => "domains",
            "Group" => "groups",
            "SecurityPolicy" => "security-policies",
            "GatewayPolicy" => "gateway-policies",
            "RedirectionPolicy" => "redirection-policies",
            "Rule" => "rules",
            "Service" => "services",
            "Org" => "orgs",
            "Project" => "projects",
            "Vpc" => "vpcs",
            "Segment" => "segments",
            "VpcSubnet" => "subnets",
            "SegmentPort" | "VpcSubnetPort" => "ports",
            "PolicyContextProfile" => "context-profiles",
            "PolicyFirewallScheduler" => "firewall-schedulers",
            "Tier0" => "tier-0s",
            "Tier1" => "tier-1s",
            other => other,
        }
    }

    /// The type that objects of this kind name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::SecurityPolicy => "SecurityPolicy",
            Self::Rule => "Rule",
            Self::Group => "Group",
            Self::Service => "Service",
            Self::ServiceEntry => "ServiceEntry",
            Self::ContextProfile => "PolicyContextProfile",
            Self::Scheduler => "PolicyFirewallScheduler",
            Self::ExcludeList => "PolicyExcludeList",
            Self::FirewallSettings => "DfwFirewallConfiguration",
            Self::Segment => "Segment",
            Self::SegmentPort => "SegmentPort",
            Self::Vm => "VirtualMachine",
            Self::Vif => "VirtualNetworkInterface",
            Self::Foreign(Foreign::Gateway) => "GatewayPolicy",
            Self::Foreign(Foreign::Bridge) => "BridgeFirewallPolicy",
            Self::Foreign(Foreign::Intrusion) => "IdsSecurityPolicy",
            Self::Foreign(Foreign::Redirection) => "RedirectionPolicy",
            Self::Foreign(Foreign::Communication) => "CommunicationMap",
            Self::Foreign(Foreign::AccessProfile) => "L7AccessProfile",
            Self::Foreign(Foreign::Malware) => "MalwarePreventionProfile",
            Self::Foreign(Foreign::VpcSecurity) => "VpcSecurityProfile",
            Self::Foreign(Foreign::Strategy) => "SecurityStrategy",
            Self::Foreign(Foreign::Draft) => "PolicyDraft",
            Self::Manager(kind) => kind.type_name(),
            Self::Branch => "Domain",
        }
    }

    /// Where an object of this kind lives when nothing around it says.
    pub fn home(self) -> &'static str {
        match self {
            Self::SecurityPolicy | Self::Group | Self::Foreign(_) => "/infra/domains/default",
            Self::Rule => "/infra/domains/default/security-policies/unnamed",
            Self::ServiceEntry => "/infra/services/unnamed",
            Self::Service
            | Self::ContextProfile
            | Self::Scheduler
            | Self::ExcludeList
            | Self::FirewallSettings
            | Self::Segment
            | Self::SegmentPort
            | Self::Branch => "/infra",
            Self::Vm | Self::Vif | Self::Manager(_) => "",
        }
    }
}

/// Whether a file is JSON of the Policy API.
pub(super) fn is_policy_api(tree: &Tree) -> bool {
    tree.syntax() == Syntax::Json && tree.roots().any(claims)
}

fn claims(node: Node<'_>) -> bool {
    match node.kind() {
        Value::Array => node.items().next().is_some_and(claims_object),
        Value::Object => {
            claims_object(node)
                || claims_page(node)
                || members::is_page(node)
                || claims_collections(node)
                || claims_members(node)
                || claims_pages_by_id(node)
        }
        Value::Null | Value::Bool | Value::Number | Value::String => false,
    }
}

fn claims_object(node: Node<'_>) -> bool {
    let Some(name) = peek(node, "resource_type") else {
        return Kind::of_shape(node).is_some();
    };
    let child = name
        .strip_prefix("Child")
        .is_some_and(|inner| inner == "ResourceReference" || node.get(inner).is_some());
    let path = peek(node, "path").unwrap_or_default();
    let in_tree = ["/infra", "/global-infra", "/orgs"]
        .iter()
        .any(|top| path.starts_with(top));
    Kind::of_type(&name).is_some() || child || in_tree
}

fn claims_page(node: Node<'_>) -> bool {
    let Some(results) = node
        .get("results")
        .filter(|list| list.kind() == Value::Array)
    else {
        return false;
    };
    match results.items().next() {
        Some(first) => claims_object(first),
        None => node.get("result_count").is_some(),
    }
}

/// `{"groups": [...]}` and what collectors write: under a known key stands a list of objects that
/// look like it, or a domain with its resources.
fn claims_collections(node: Node<'_>) -> bool {
    node.entries().any(|(key, list)| {
        let Some(kind) = Kind::of_collection(&key.name()) else {
            return false;
        };
        list.items().next().is_some_and(|first| {
            let machine = kind == Kind::Vm && first.get("external_id").is_some();
            let domain = kind == Kind::Branch && first.get("resources").is_some();
            machine || domain || claims_object(first)
        })
    })
}

/// `{"/infra/domains/default/groups/web/members/virtual-machines": page, ...}`: lists of members by
/// the path of the call.
pub(super) fn claims_members(node: Node<'_>) -> bool {
    let mut keys = node.entries().map(|(key, _)| key.name()).peekable();
    keys.peek().is_some() && keys.all(|key| members::is_call(&key))
}

/// `{"policy id": page, ...}`: list pages of rules by the policy they belong to.
pub(super) fn claims_pages_by_id(node: Node<'_>) -> bool {
    let mut pages = node.entries().map(|(_, page)| page).peekable();
    pages.peek().is_some() && pages.all(|page| page.kind() == Value::Object && claims_page(page))
}
