//! What Nutanix AHV, Flow Network Security and the recovery services can hold.
//!
//! The types are those of the v4 API bodies; a value of one is a body the API takes. Objects refer
//! to each other by [`ObjectId`], a stable placeholder for the id that the platform gives an object
//! when it is created.

pub mod builder;
pub mod category;
pub mod mapping;
pub mod name;
pub mod network;
pub mod object;
pub mod placement;
pub mod recovery;
pub mod runbook;

pub use builder::Builder;
pub use category::Category;
pub use name::{Description, Name};
pub use object::{Assignments, Body, External, Model, Object, ObjectId};
pub use runbook::{Runbook, RunbookStep};

use crate::legal::Target;
use std::collections::BTreeSet;

/// Everything that is to be created, in the order of creation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is for.
    pub target: Target,
    /// Objects, each after those it refers to.
    pub objects: Vec<Object>,
    /// Things that exist already and are referred to: clusters, hosts, machines, subnets.
    pub external: Vec<External>,
    /// Which machine and host gets which category.
    pub assignments: Assignments,
    /// The steps no object can hold.
    pub runbook: Runbook,
    /// The choices of people, among those for categories, that were followed.
    pub chosen: BTreeSet<String>,
}
