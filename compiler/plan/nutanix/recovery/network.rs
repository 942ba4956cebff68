//! Network mappings: which network a recovered machine is attached to, and in a test.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::net::Ipv4Addr;

/// Which network stands for which at the other site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkMapping {
    /// At the protected site.
    pub primary_network: NetworkConfig,
    /// At the recovery site.
    pub recovery_network: NetworkConfig,
    /// At the recovery site, in a test. Never left out: what a test does without one is written
    /// nowhere, and it must not be the network of the real recovery.
    pub recovery_test_network: NetworkConfig,
    /// Whether static addresses follow the network, with the same host part, inside the guest.
    pub is_ip_mapping_enabled: bool,
}

/// A subnet by name, with its gateway where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Its name.
    pub subnet: SubnetName,
    /// Gateway and prefix: both or neither, as the releases before 7.6 require.
    pub gateway: Option<Gateway>,
}

/// A subnet name of 1 to 256 characters. Source: the vendor's SDK, `NetworkConfig.subnetName`.
///
/// The name is that of something that exists, so it is cut and not cleaned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct SubnetName(String);

impl SubnetName {
    /// The name; `None` when it is empty or too long to be one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let length = text.chars().count();
        (1..=256).contains(&length).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The gateway of a subnet and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway {
    address: Ipv4Addr,
    prefix: u8,
}

impl Gateway {
    /// A gateway; `None` for a prefix above 32.
    #[must_use]
    pub fn new(address: Ipv4Addr, prefix: u8) -> Option<Self> {
        (prefix <= 32).then_some(Self { address, prefix })
    }

    /// The address.
    #[must_use]
    pub const fn address(self) -> Ipv4Addr {
        self.address
    }

    /// The length of the prefix, from 0 to 32.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self.prefix
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv4Config {
    default_gateway_ip: Ipv4Addr,
    prefix_length: u8,
}

#[derive(Debug, Serialize)]
struct IpConfig {
    ipv4: Ipv4Config,
}

impl Serialize for NetworkConfig {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body =
            out.serialize_struct("NetworkConfig", 1 + usize::from(self.gateway.is_some()))?;
        body.serialize_field("subnetName", &self.subnet)?;
        if let Some(Gateway { address, prefix }) = self.gateway {
            let ipv4 = Ipv4Config {
                default_gateway_ip: address,
                prefix_length: prefix,
            };
            body.serialize_field("ipConfig", &IpConfig { ipv4 })?;
        }
        body.end()
    }
}
