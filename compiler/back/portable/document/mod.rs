//! The document types: what `policy.yaml` holds, and nothing else.
//!
//! The field names are the contract of version 1. Empty lists and what is not told are left out.

mod inventory;
mod network;
mod placement;
mod recovery;

pub use inventory::*;
pub use network::*;
pub use placement::*;
pub use recovery::*;

use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Document {
    /// Always `policy`: tells the document from other YAML.
    pub rehome: String,
    /// The version of this shape.
    pub version: u32,
    /// What the rules speak about.
    pub inventory: Inventory,
    /// Who may talk to whom.
    pub network: Network,
    /// Which machine may run where.
    pub placement: Placement,
    /// What is recovered and how.
    pub recovery: Recovery,
}

/// Who an object is.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Ident {
    /// The id in the exports.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Where it stands: `file#pointer`.
    pub origin: String,
}

/// A reference: an id of this document, or a name that nothing answers to.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub enum Reference {
    /// The id.
    Found(String),
    /// The name.
    Missing {
        /// The name.
        missing: String,
    },
}

/// Something carried without being understood.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Opaque {
    /// What it is.
    pub what: String,
    /// What the export says.
    pub text: String,
    /// Where it stands.
    pub origin: String,
}
