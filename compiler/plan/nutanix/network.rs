//! Bodies of the network domain.

use serde::Serialize;

/// A body of the network domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {}
