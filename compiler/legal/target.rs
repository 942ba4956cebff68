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

    /// Whether recovery plans are objects of the v4 API. Before, they are bodies of the v3 API.
    #[must_use]
    pub const fn has_v4_plans(self) -> bool {
        match self {
            Self::R2024_3 | Self::R7_3 => false,
            Self::R7_5 | Self::R7_5_1 | Self::R7_6 => true,
        }
    }

    /// Whether recovery points of several machines can be taken together.
    #[must_use]
    pub const fn has_consistency_rules(self) -> bool {
        match self {
            Self::R2024_3 => false,
            Self::R7_3 | Self::R7_5 | Self::R7_5_1 | Self::R7_6 => true,
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

/// What a policy is lowered for: `nutanix@7.5`, or `nutanix@7.6+flex` with ordered firewall rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    release: Release,
    flex: bool,
}

impl Target {
    /// All targets, side by side: every release, and the ordered rules of those that have them.
    pub const ALL: [Self; 6] = [
        Self::of(Release::R2024_3),
        Self::of(Release::R7_3),
        Self::of(Release::R7_5),
        Self::of(Release::R7_5_1),
        Self::of(Release::R7_6),
        Self {
            release: Release::R7_6,
            flex: true,
        },
    ];

    /// The policies that every release has: allow-lists and isolation.
    #[must_use]
    pub const fn of(release: Release) -> Self {
        Self {
            release,
            flex: false,
        }
    }

    /// The release.
    #[must_use]
    pub const fn release(self) -> Release {
        self.release
    }

    /// Whether firewall rules become Flex policies: ordered, with denies.
    #[must_use]
    pub const fn is_flex(self) -> bool {
        self.flex
    }

    /// The same release with Flex policies.
    ///
    /// # Errors
    /// When the release has none.
    pub fn with_flex(self) -> Result<Self, String> {
        let flex = Self { flex: true, ..self };
        if Self::ALL.contains(&flex) {
            return Ok(flex);
        }
        Err(format!(
            "{} has no Flex policies; they need {}",
            Self::of(self.release),
            Self::of(Release::R7_6)
        ))
    }

    /// What people call the firewall of the target: `Flow 7.5`, `Flow 7.6 Flex`.
    #[must_use]
    pub fn flow(self) -> String {
        let flex = if self.flex { " Flex" } else { "" };
        format!("Flow {}{flex}", self.release.name())
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::of(Release::R7_5)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flex = if self.flex { "+flex" } else { "" };
        write!(out, "nutanix@{}{flex}", self.release.name())
    }
}

impl FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = if text == "nutanix" {
            Self::default().to_string()
        } else {
            text.to_owned()
        };
        let found = Self::ALL
            .into_iter()
            .find(|known| known.to_string() == text);
        found.ok_or_else(|| {
            let known = Self::ALL.map(|target| target.to_string()).join(", ");
            format!("`{text}` is no target; known are {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_it_is_written() {
        for target in Target::ALL {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        assert_eq!("nutanix".parse(), Ok(Target::default()));
        assert!("nutanix@7.5+flex".parse::<Target>().is_err());
    }

    #[test]
    fn only_the_last_release_has_ordered_rules() {
        let last = Target::of(Release::R7_6).with_flex();
        assert!(last.is_ok_and(Target::is_flex));
        for release in [
            Release::R2024_3,
            Release::R7_3,
            Release::R7_5,
            Release::R7_5_1,
        ] {
            assert!(Target::of(release).with_flex().is_err());
        }
    }
}
