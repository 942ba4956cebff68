//! Protection policies: what is replicated between two sites, in both directions.

use super::{Note, Objective};
use crate::plan::nutanix::{Name, ObjectId};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Replicates the machines of one category between two sites.
///
/// INVARIANT (Both ways): the body names each site once, the protected one as primary, and one
/// schedule for each direction; it is written from the two sites, so none can be left out.
#[derive(Clone, Debug)]
pub struct ProtectionPolicy {
    /// The name.
    pub name: Name,
    /// What it was made from.
    pub description: Note,
    /// The machines: one category, because whether several mean all or any is not written.
    pub category: ObjectId,
    /// Where they run.
    pub protected: Site,
    /// Where they are recovered.
    pub recovery: Site,
    /// The recovery point objective of both directions.
    pub objective: Objective,
}

/// One of the two sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its Prism Central.
    pub domain_manager: ObjectId,
    /// The cluster there.
    pub cluster: ObjectId,
}

/// What a policy calls its sites. They are given by position, so they always differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    /// The site the machines run at.
    Protected,
    /// The site they are recovered at.
    Recovery,
}

/// A location as the API writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    label: Label,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_primary: bool,
    domain_manager_ext_id: ObjectId,
    replication_sub_location: SubLocation,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubLocation {
    #[serde(rename = "$objectType")]
    object_type: &'static str,
    cluster_ext_ids: [ObjectId; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    source_location_label: Label,
    remote_location_label: Label,
    schedule: Schedule,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_point_type: Option<&'static str>,
    recovery_point_objective_time_seconds: Objective,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<Retention>,
}

#[derive(Debug, Serialize)]
struct Retention {
    #[serde(rename = "$objectType")]
    object_type: &'static str,
    local: RollUp,
    remote: RollUp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RollUp {
    snapshot_interval_type: &'static str,
    frequency: u8,
}

/// The shortest roll-up that keeps whole days: recovery points of one day.
const ONE_DAY: RollUp = RollUp {
    snapshot_interval_type: "DAILY",
    frequency: 1,
};

impl Schedule {
    fn of(objective: Objective) -> Self {
        // A synchronous schedule has no recovery points to keep.
        let kept = !objective.is_synchronous();
        Self {
            recovery_point_type: kept.then_some("CRASH_CONSISTENT"),
            recovery_point_objective_time_seconds: objective,
            retention: kept.then_some(Retention {
                object_type: "datapolicies.v4.config.AutoRollupRetention",
                local: ONE_DAY,
                remote: ONE_DAY,
            }),
        }
    }
}

impl Location {
    fn of(site: &Site, label: Label) -> Self {
        Self {
            label,
            is_primary: label == Label::Protected,
            domain_manager_ext_id: site.domain_manager,
            replication_sub_location: SubLocation {
                object_type: "datapolicies.v4.config.NutanixCluster",
                cluster_ext_ids: [site.cluster],
            },
        }
    }
}

impl Serialize for ProtectionPolicy {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let direction = |from: Label, to: Label| Configuration {
            source_location_label: from,
            remote_location_label: to,
            schedule: Schedule::of(self.objective),
        };
        let mut body = out.serialize_struct("ProtectionPolicy", 5)?;
        body.serialize_field("name", &self.name)?;
        body.serialize_field("description", &self.description)?;
        body.serialize_field("categoryIds", &[self.category])?;
        body.serialize_field(
            "replicationLocations",
            &[
                Location::of(&self.protected, Label::Protected),
                Location::of(&self.recovery, Label::Recovery),
            ],
        )?;
        body.serialize_field(
            "replicationConfigurations",
            &[
                direction(Label::Protected, Label::Recovery),
                direction(Label::Recovery, Label::Protected),
            ],
        )?;
        body.end()
    }
}
