//! Keys of NSX objects that are known and not needed, each with the reason.
//!
//! The names follow the product's API reference (release 9.1.1) and what real answers hold besides.

use crate::finding::Domain;
use crate::front::schema::{Ignored, Schema};

/// The schema of NSX objects.
pub(super) const SCHEMA: Schema = Schema {
    product: "NSX",
    domain: Domain::Network,
    ignored: IGNORED,
};

const fn any(key: &'static str, reason: &'static str) -> Ignored {
    of("*", key, reason)
}

const fn of(within: &'static str, key: &'static str, reason: &'static str) -> Ignored {
    Ignored {
        within,
        key,
        reason,
    }
}

const BOOKKEEPING: &str = "bookkeeping of the product: who changed the object, when, how often";
const REALISATION: &str = "how the product realises the object inside itself";
const FEDERATION: &str = "which site of a federation owns the object";
const NAMING: &str = "another spelling of the path";
const FREE_TEXT: &str = "free text for people, without effect";
const LOCK: &str = "who may edit the object, not what it does";
pub(super) const WALKED: &str = "the objects inside are read on their own";
const ELSEWHERE: &str = "placement and hardware come from the vCenter inventory";
const PLUMBING: &str = "how the network is attached, not who may talk";
const TENANCY: &str = "networks and quotas of a tenant; its policies are read on their own";
const IDENTITY_SWITCH: &str = "switches identity sources; identity groups are carried as they are";

const IGNORED: &[Ignored] = &[
    any("_*", BOOKKEEPING),
    any("resource_type", "decides what the object is read as"),
    any("id", "read when the object is named"),
    any("path", "read when the object is named"),
    any("display_name", "read when the object is named"),
    any("relative_path", NAMING),
    any("parent_path", "read when the object is named"),
    any("remote_path", FEDERATION),
    any("unique_id", REALISATION),
    any("realization_id", REALISATION),
    any("owner_id", FEDERATION),
    any("origin_site_id", FEDERATION),
    any("overridden", FEDERATION),
    any("mark_for_override", FEDERATION),
    any(
        "marked_for_delete",
        "objects marked for deletion are left out with a finding",
    ),
    any("children", WALKED),
    any("description", FREE_TEXT),
    any("request_parameter", "a parameter of a call that writes"),
    any("target_type", "the product repeats the kind of firewall"),
    // Objects whose tags mean nothing to groups; machines, segments and ports ask for theirs.
    any(
        "tags",
        "labels for people: no group looks at the tags of this object",
    ),
    of("SecurityPolicy", "rules", WALKED),
    of(
        "SecurityPolicy",
        "internal_sequence_number",
        "follows from category and sequence number",
    ),
    of("SecurityPolicy", "locked", LOCK),
    of("SecurityPolicy", "lock_modified_by", LOCK),
    of("SecurityPolicy", "lock_modified_time", LOCK),
    of("SecurityPolicy", "comments", LOCK),
    of(
        "Rule",
        "firewall_rule",
        "the collector's copy of the same rule as it is realised",
    ),
    of("Group", "state", "no longer supported by the product"),
    of("Group", "reference", FEDERATION),
    of("Group", "group_type", "the expression says the same"),
    of("Service", "service_type", "the entries say the same"),
    of(
        "Service",
        "is_default",
        "whether the product shipped the service",
    ),
    of("DfwFirewallConfiguration", "idfw_*", IDENTITY_SWITCH),
    of(
        "DfwFirewallConfiguration",
        "disable_auto_drafts",
        "drafts are not in force",
    ),
    of(
        "DfwFirewallConfiguration",
        "enforce_duplicate_sequence_number_check",
        "checks edits",
    ),
    of(
        "DfwFirewallConfiguration",
        "global_*",
        "how address sets are stored on hosts",
    ),
    of(
        "PolicyAttributes",
        "isALGType",
        "follows from the application",
    ),
    of("PolicyAttributes", "datatype", "always text"),
    of("PolicyAttributes", "metadata", FREE_TEXT),
    of(
        "PolicyAttributes",
        "attribute_source",
        "who defined the value",
    ),
    of(
        "PolicyAttributes",
        "custom_url_partial_match",
        "the profile is carried as it stands",
    ),
    of("PolicySubAttributes", "datatype", "always text"),
    of("PolicyGroupMemberDetails", "*", "the id names the member"),
    of("VirtualMachine", "host_id", ELSEWHERE),
    of("VirtualMachine", "source", ELSEWHERE),
    of("VirtualMachine", "power_state", ELSEWHERE),
    of("VirtualMachine", "local_id_on_host", ELSEWHERE),
    of(
        "VirtualMachine",
        "type",
        "machines of the platform itself are read like others",
    ),
    of("VirtualMachine", "uptv2_enabled", ELSEWHERE),
    of("VirtualMachine", "runtime_info", ELSEWHERE),
    of("VirtualMachine", "scope", "who owns the discovered machine"),
    of(
        "VirtualNetworkInterface",
        "external_id",
        "the machine is joined by its owner",
    ),
    of("VirtualNetworkInterface", "owner_vm_type", ELSEWHERE),
    of("VirtualNetworkInterface", "host_id", ELSEWHERE),
    of("VirtualNetworkInterface", "vm_local_id_on_host", ELSEWHERE),
    of("VirtualNetworkInterface", "device_key", ELSEWHERE),
    of("VirtualNetworkInterface", "device_name", ELSEWHERE),
    of(
        "VirtualNetworkInterface",
        "mac_address",
        "no rule that is translated looks at it",
    ),
    of("VirtualNetworkInterface", "uptv2_enabled", ELSEWHERE),
    of(
        "VirtualNetworkInterface",
        "scope",
        "who owns the discovered interface",
    ),
    of("IpAddressInfo", "source", "where the address was seen"),
    of("Segment", "type", PLUMBING),
    of("Segment", "ls_id", PLUMBING),
    of("Segment", "domain_name", PLUMBING),
    of("Segment", "overlay_id", PLUMBING),
    of("Segment", "l2_extension", PLUMBING),
    of("Segment", "connectivity_path", PLUMBING),
    of("Segment", "vlan_ids", PLUMBING),
    of("Segment", "transport_zone_path", PLUMBING),
    of("Segment", "advanced_config", PLUMBING),
    of("Segment", "federation_config", FEDERATION),
    of("Segment", "metadata_proxy_paths", PLUMBING),
    of("Segment", "dhcp_config_path", PLUMBING),
    of("Segment", "bridge_profiles", PLUMBING),
    of("Segment", "address_bindings", PLUMBING),
    of("Segment", "admin_state", PLUMBING),
    of("Segment", "extra_configs", PLUMBING),
    of("Segment", "mac_pool_id", PLUMBING),
    of("Segment", "replication_mode", PLUMBING),
    of("Segment", "evpn_*", PLUMBING),
    of("Segment", "segment_ports", WALKED),
    // Networks of a VPC.
    of("Segment", "access_mode", PLUMBING),
    of("Segment", "ipv4_subnet_size", PLUMBING),
    of("Segment", "ip_blocks", PLUMBING),
    of("Segment", "dhcp_config", PLUMBING),
    of("Segment", "subnet_dhcp_config", PLUMBING),
    of("SegmentPort", "external_address_binding", PLUMBING),
    of("SegmentSubnet", "dhcp_*", PLUMBING),
    of("SegmentPort", "address_bindings", PLUMBING),
    of("SegmentPort", "ignored_address_bindings", PLUMBING),
    of("SegmentPort", "source_site_id", FEDERATION),
    of("SegmentPort", "admin_state", PLUMBING),
    of("SegmentPort", "extra_configs", PLUMBING),
    of("SegmentPort", "init_state", PLUMBING),
    of("SegmentPort", "origin_id", PLUMBING),
    of("SegmentPort", "tofu_version", PLUMBING),
    of("PortAttachment", "type", PLUMBING),
    of("PortAttachment", "context_*", PLUMBING),
    of("PortAttachment", "allocate_addresses", PLUMBING),
    of("PortAttachment", "evpn_vlans", PLUMBING),
    of("PortAttachment", "traffic_tag", PLUMBING),
    of("PortAttachment", "app_id", PLUMBING),
    of("PortAttachment", "hyperbus_mode", PLUMBING),
    of(
        "Infra",
        "connectivity_strategy",
        "deprecated: the default layer-3 rule decides",
    ),
    of("Infra", "domains", WALKED),
    of("Infra", "resources", WALKED),
    of("ListPage", "results", WALKED),
    of("ListPage", "sort_by", "the order of a list means nothing"),
    of(
        "ListPage",
        "sort_ascending",
        "the order of a list means nothing",
    ),
    of("Org", "short_id", NAMING),
    of("Project", "*", TENANCY),
    of("Vpc", "*", TENANCY),
    of(
        "OrgRoot",
        "connectivity_strategy",
        "deprecated: the default layer-3 rule decides",
    ),
    of("FirewallSection", "rules", WALKED),
    of(
        "FirewallSection",
        "rule_count",
        "compared with the rules of the exports",
    ),
    of("FirewallSection", "locked", LOCK),
    of("FirewallSection", "lock_modified_by", LOCK),
    of("FirewallSection", "lock_modified_time", LOCK),
    of("FirewallSection", "comments", LOCK),
    of(
        "FirewallSection",
        "autoplumbed",
        "sections of routers are listed as such",
    ),
    of(
        "FirewallRule",
        "section_id",
        "read when the rule is put in its section",
    ),
    of("NSGroup", "member_count", "the members say the same"),
    of(
        "NSService",
        "default_service",
        "whether the product shipped the service",
    ),
    of(
        "NSServiceGroup",
        "default_service",
        "whether the product shipped the service",
    ),
    of("NSServiceGroup", "service_type", "the members say the same"),
    of("ExcludeList", "member_count", "the members say the same"),
    of(
        "ResourceReference",
        "target_display_name",
        "the id names the object",
    ),
    // The older product's XML: attributes begin with `@`.
    any("@generationNumber", BOOKKEEPING),
    any("@timestamp", BOOKKEEPING),
    any("@class", BOOKKEEPING),
    any("@managedBy", "who made the section or rule"),
    any(
        "@useSid",
        "how identities are looked up; identity groups are carried as they are",
    ),
    any("revision", BOOKKEEPING),
    any("vsmUuid", BOOKKEEPING),
    any("nodeId", BOOKKEEPING),
    any("clientHandle", BOOKKEEPING),
    any("extendedAttributes", BOOKKEEPING),
    any("isUniversal", FEDERATION),
    any("universalRevision", FEDERATION),
    any("inheritanceAllowed", "whether other scopes see the object"),
    any("scope", "where the object is visible"),
    any("type", "decides what the object is read as"),
    any("objectTypeName", "decides what the object is read as"),
    any("isTemporal", BOOKKEEPING),
    any("isReadOnly", "who may edit the object, not what it does"),
    of(
        "firewallDraft",
        "preserve",
        "how long the product keeps the draft",
    ),
    of("firewallDraft", "user", BOOKKEEPING),
    of("firewallDraft", "mode", "how the draft was made"),
    of("application", "layer", "the elements say the same"),
    of(
        "member",
        "element",
        "the service stands in the exports on its own",
    ),
    of("securityTag", "systemResource", BOOKKEEPING),
    of("securityTag", "vmCount", "the members say the same"),
    of(
        "securityPolicy",
        "statusesByCategory",
        "whether the product has caught up with the last change",
    ),
    of("section", "rule", WALKED),
    of("rule", "sectionId", "the section holds the rule"),
    of(
        "rule",
        "precedence",
        "the place in the section says the same",
    ),
    of("endpoint", "name", "the id names the object"),
    of("service", "name", "the id names the object"),
    of("service", "protocolName", "the number says the same"),
    of("service", "subProtocolName", "the number says the same"),
];
