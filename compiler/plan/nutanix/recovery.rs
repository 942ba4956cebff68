//! Bodies of the recovery domain.

use serde::Serialize;

/// A body of the recovery domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {}
