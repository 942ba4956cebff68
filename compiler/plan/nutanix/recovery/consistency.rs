//! Machines whose recovery points are taken together.

use crate::plan::nutanix::{Name, ObjectId};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A consistency rule of a protection policy. Source: the vendor's SDK, from 7.3.
#[derive(Clone, Debug)]
pub struct ConsistencyRule {
    /// The name.
    pub name: Name,
    /// The machines: one category, because whether several mean all or any is not written.
    pub category: ObjectId,
}

impl ConsistencyRule {
    /// The most machines a rule takes. Source: the vendor's SDK.
    pub const MOST: usize = 32;
}

impl Serialize for ConsistencyRule {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body = out.serialize_struct("ConsistencyRule", 2)?;
        body.serialize_field("name", &self.name)?;
        body.serialize_field("categoryIds", &[self.category])?;
        body.end()
    }
}
