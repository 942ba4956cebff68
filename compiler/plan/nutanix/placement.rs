//! Bodies of the placement domain.

use serde::Serialize;

/// A body of the placement domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {}
