//! Which findings make a run fail.

use crate::finding::{Finding, Level};

/// What closes the gate. A finding that is accepted never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The lowest level that does.
    pub level: Option<Level>,
    /// Whether a construct that is dropped does, whatever the level.
    pub dropped: bool,
}

impl Default for Gate {
    /// Whatever opens the target, or drops a construct.
    fn default() -> Self {
        Self {
            level: Some(Level::Error),
            dropped: true,
        }
    }
}

impl Gate {
    /// Whether the finding makes the run fail.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        let Self { level, dropped } = self;
        finding.accepted.is_none()
            && (level.is_some_and(|level| finding.level() >= level)
                || (*dropped && finding.drops()))
    }
}
