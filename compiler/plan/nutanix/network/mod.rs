//! Bodies of the network domain: security policies and the groups they refer to.
//!
//! The shapes are those of the vendor's SDK (`microseg`, generations 4.0 to 4.3). A value of one of
//! these types breaks no documented limit: ranges are in order, lists are neither empty nor too
//! long, and a rule has one direction.

pub mod address;
pub mod entity;
pub mod flex;
pub mod policy;
pub mod rule;
pub mod service;

pub use address::{AddressGroup, Prefix};
pub use entity::{EntityGroup, NameMatch, NamePattern};
pub use policy::{PolicyRules, Scope, SecurityPolicy, State};
pub use rule::{ApplicationRule, IntraAction, Isolation, Peer, Reach, Secured};
pub use service::{Icmp, PortRange, ServiceGroup, ServiceList, ServiceSpec};

use crate::ir::NonEmpty;
use serde::{Serialize, Serializer};

/// A body of the network domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// A security policy.
    Policy(SecurityPolicy),
    /// A list of addresses.
    AddressGroup(AddressGroup),
    /// A list of ports and protocols.
    ServiceGroup(ServiceGroup),
    /// A list of endpoints of several kinds.
    EntityGroup(EntityGroup),
}

/// The greatest number of categories in one list. Source: the vendor's OpenAPI document of 2024.1,
/// the last that tells array sizes.
pub const MAX_CATEGORIES: usize = 10;
/// The greatest number of prefixes, and of ranges, in an address group. Same source.
pub const MAX_ADDRESSES: usize = 250;
/// The greatest number of entries of one protocol in a service group. Same source.
pub const MAX_GROUP_SERVICES: usize = 250;
/// The greatest number of entries of one protocol in a rule. Same source.
pub const MAX_RULE_SERVICES: usize = 160;
/// The number of rules in a policy that is known to be accepted. Same source; later releases may
/// take more.
pub const MAX_RULES: usize = 80;
/// The number of rules in an ordered policy: one for each priority. Source: the vendor's SDK, 4.3.
pub const MAX_FLEX_RULES: usize = 250;
/// The number of ordered policies: one for each priority. Same source.
pub const MAX_FLEX_POLICIES: usize = 350;

fn items<T: Serialize, S: Serializer>(list: &NonEmpty<T>, out: S) -> Result<S::Ok, S::Error> {
    list.as_slice().serialize(out)
}
