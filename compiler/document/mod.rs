//! The portable policy as a document: what `policy.yaml` holds, and nothing else.
//!
//! [`crate::back::portable`] writes it and [`crate::front::portable`] reads it back; both use these
//! types, and so does the JSON Schema. The field names are the contract of [`VERSION`]. Empty lists
//! and what is not told are left out; what decides about a flow is always said.

mod at;
mod inventory;
mod network;
mod origin;
mod placement;
mod recovery;
mod text;
mod words;

pub use at::At;
pub use inventory::*;
pub use network::*;
pub use origin::origin;
pub use placement::*;
pub use recovery::*;
pub use text::{ports, read_ports};
pub use words::*;

use rehome_grammar::{Node, Tree};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the document. It grows by one when a key changes its meaning or goes away.
pub const VERSION: u32 = 2;

/// What the key `rehome` says.
pub const KIND: &str = "policy";

/// The document in a file, where it is one: an object whose key `rehome` says `policy`.
#[must_use]
pub fn find(tree: &Tree) -> Option<Node<'_>> {
    let mut roots = tree.roots();
    let root = roots.next()?;
    let kind = root.get("rehome")?.str()?;
    (kind == KIND && roots.next().is_none()).then_some(root)
}

/// The whole document.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Document {
    /// Always `policy`: tells the document from other YAML.
    #[schemars(extend("const" = KIND))]
    pub rehome: String,
    /// The version of this shape.
    #[schemars(extend("const" = VERSION))]
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
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Ident {
    /// The id in the exports; unique among objects of its kind.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Where it stood in the exports: `file#pointer`. Left out for what people add: then it is from
    /// the file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// A reference.
pub type Reference = At<Target>;

/// What a reference means: an id of this document, or a name that nothing answers to.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub enum Target {
    /// The id.
    Found(String),
    /// The name.
    Missing {
        /// The name.
        missing: String,
    },
}

/// Something carried without being understood.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Opaque {
    /// What it is.
    pub what: String,
    /// What the export says.
    pub text: String,
    /// Where it stood.
    pub origin: String,
}

/// A key of the export that was not understood; what holds one is never let through.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct BadKey {
    /// Its name.
    pub name: String,
    /// Where it stood.
    pub origin: String,
}
