//! The targets and their releases.

use std::fmt;
use std::str::FromStr;

/// A release of the Nutanix platform (Prism Central). Ordered by age.
///
/// Source of the set and of the API versions: the vendor's SDK generations, December 2024 to
/// August 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// pc.2024.3.
    R2024_3,
    /// pc.7.3.
    R7_3,
    /// pc.7.5.
    R7_5,
    /// pc.7.5.1.
    R7_5_1,
    /// pc.7.6.
    R7_6,
}

impl Release {
    /// All releases, oldest first.
    pub const ALL: [Self; 5] = [
        Self::R2024_3,
        Self::R7_3,
        Self::R7_5,
        Self::R7_5_1,
        Self::R7_6,
    ];

    /// Its name as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::R2024_3 => "2024.3",
            Self::R7_3 => "7.3",
            Self::R7_5 => "7.5",
            Self::R7_5_1 => "7.5.1",
            Self::R7_6 => "7.6",
        }
    }

    /// The version in the paths of the microseg, vmm and datapolicies APIs: `v4.2`.
    #[must_use]
    pub const fn api(self) -> &'static str {
        match self {
            Self::R2024_3 => "v4.0",
            Self::R7_3 => "v4.1",
            Self::R7_5 | Self::R7_5_1 => "v4.2",
            Self::R7_6 => "v4.3",
        }
    }

    /// The version in the paths of the prism API.
    #[must_use]
    pub const fn prism_api(self) -> &'static str {
        match self {
            Self::R2024_3 => "v4.0",
            Self::R7_3 => "v4.1",
            Self::R7_5 => "v4.2",
            Self::R7_5_1 => "v4.3",
            Self::R7_6 => "v4.4",
        }
    }
}

/// What a policy is lowered for: `nutanix@7.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The release.
    pub release: Release,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            release: Release::R7_5,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "nutanix@{}", self.release.name())
    }
}

impl FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = || {
            Release::ALL
                .map(|release| format!("nutanix@{}", release.name()))
                .join(", ")
        };
        let (platform, release) = text.split_once('@').unwrap_or((text, "7.5"));
        let found = Release::ALL
            .into_iter()
            .find(|known| known.name() == release);
        match (platform, found) {
            ("nutanix", Some(release)) => Ok(Self { release }),
            _ => Err(format!("`{text}` is no target; known are {}", known())),
        }
    }
}
