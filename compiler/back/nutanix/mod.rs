//! A legal plan to the files that create it: bodies, manifest, assignments, runbook.

pub mod runbook;

use super::{Files, file_name, inert};
use crate::document::origin;
use crate::legal::Legal;
use crate::plan::nutanix::object::Assignee;
use crate::plan::nutanix::{Body, Model, Object, ObjectId, Plan, network};
use crate::source::Sources;
use crate::taken::Taken;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the shape of the manifest. It grows by one when a key changes its meaning or
/// goes away.
pub const SCHEMA: u32 = 1;

/// Writes everything that goes into the `nutanix` folder.
#[must_use]
pub fn emit(plan: &Legal<Plan>, sources: &Sources) -> Files {
    let plan = plan.plan();
    let mut files = Files::new();
    let mut names = Taken::default();
    let known: BTreeSet<String> = plan
        .objects
        .iter()
        .map(|object| object.id.to_string())
        .chain(plan.external.iter().map(|external| external.id.to_string()))
        .collect();
    let parents: BTreeMap<_, _> = plan
        .objects
        .iter()
        .map(|object| (object.id, object))
        .collect();
    let bodies: Vec<(String, BTreeSet<&str>)> = plan
        .objects
        .par_iter()
        .map(|object| {
            let body = inert::json(&object.body);
            let references = references(&body, &known);
            (body, references)
        })
        .collect();
    let mut entries = Vec::new();
    for (object, (body, references)) in plan.objects.iter().zip(bodies) {
        let path = unique_path(object, &mut names);
        let mut depends_on: BTreeSet<String> = references.into_iter().map(str::to_owned).collect();
        depends_on.extend(object.parent.map(|parent| parent.to_string()));
        entries.push(Entry {
            id: object.id.to_string(),
            model: object.model.name(),
            name: object.name.as_str(),
            method: if object.exists { "GET" } else { "POST" },
            path: api_path(plan, object, &parents) + &lookup(object),
            body: path.clone(),
            depends_on: depends_on.into_iter().collect(),
            terraform: None,
            constructs: &object.constructs,
            rules: rules(&object.body),
            origins: object
                .origins
                .iter()
                .map(|place| origin(*place, sources))
                .collect(),
        });
        files.insert(format!("nutanix/{path}"), body.into_bytes());
    }
    let manifest = Manifest {
        schema: SCHEMA,
        target: plan.target.to_string(),
        objects: entries,
        external: plan
            .external
            .iter()
            .map(|external| ExternalEntry {
                id: external.id.to_string(),
                kind: external.kind,
                name: &external.name,
                source_id: external.source_id.as_deref(),
            })
            .collect(),
    };
    files.insert(
        "nutanix/manifest.json".to_owned(),
        inert::json(&manifest).into_bytes(),
    );
    files.insert(
        "nutanix/assignments.json".to_owned(),
        inert::json(&assignments(plan)).into_bytes(),
    );
    files.extend(runbook::emit(plan, sources));
    files
}

/// `manifest.json`: every object in creation order, and what its placeholders stand for.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Manifest<'plan> {
    /// The version of this shape.
    pub schema: u32,
    /// Platform and release the objects are for: `nutanix@7.5`.
    pub target: String,
    /// What is created, in this order.
    pub objects: Vec<Entry<'plan>>,
    /// What exists already and is referred to.
    pub external: Vec<ExternalEntry<'plan>>,
}

/// An object to create.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Entry<'plan> {
    /// The placeholder (a UUID) by which other bodies refer to it until it has an id of its own.
    pub id: String,
    /// The model of the API: `NetworkSecurityPolicy`.
    pub model: &'static str,
    /// Its name on the target.
    pub name: &'plan str,
    /// The method of the request that creates it; `GET` for a category that exists already and is looked up.
    pub method: &'static str,
    /// The path of the request; placeholders in it stand for objects before it.
    pub path: String,
    /// The file that holds the body, relative to the manifest.
    pub body: String,
    /// Placeholders of the objects that must be there before.
    pub depends_on: Vec<String>,
    /// The address in `main.tf.json`, where it has one.
    pub terraform: Option<String>,
    /// Ids of the constructs it comes from.
    pub constructs: &'plan [String],
    /// The construct that each rule of an ordered policy comes from, by the name of the rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<&'plan str, &'plan str>,
    /// Where they stand in the exports: `file#pointer`.
    pub origins: Vec<String>,
}

/// Something that exists on the target already.
#[derive(Debug, JsonSchema, Serialize)]
pub struct ExternalEntry<'plan> {
    /// The placeholder that stands for its id.
    pub id: String,
    /// What it is: a cluster, a subnet.
    pub kind: &'static str,
    /// Its name.
    pub name: &'plan str,
    /// Its id in the exports, where they tell it.
    pub source_id: Option<&'plan str>,
}

/// `assignments.json`: which machine and which host gets which category.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Assignments<'plan> {
    /// Virtual machines.
    pub vms: Vec<Assigned<'plan>>,
    /// Hosts.
    pub hosts: Vec<Assigned<'plan>>,
}

/// One machine or host and its categories.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Assigned<'plan> {
    /// Its name.
    pub name: &'plan str,
    /// Its id in the exports.
    pub source_id: &'plan str,
    /// Placeholders of the categories.
    pub categories: Vec<String>,
}

/// Where an object is created. Source of the paths: the vendor's SDK clients.
fn api_path(plan: &Plan, object: &Object, parents: &BTreeMap<ObjectId, &Object>) -> String {
    let release = plan.target.release();
    let (api, prism) = (release.api(), release.prism_api());
    let parent = object
        .parent
        .filter(|parent| parents.contains_key(parent))
        .map(|parent| parent.to_string());
    let parent = parent.unwrap_or_default();
    match object.model {
        Model::Category => format!("/api/prism/{prism}/config/categories"),
        Model::AddressGroup => format!("/api/microseg/{api}/config/address-groups"),
        Model::ServiceGroup => format!("/api/microseg/{api}/config/service-groups"),
        Model::EntityGroup => format!("/api/microseg/{api}/config/entity-groups"),
        Model::NetworkSecurityPolicy => format!("/api/microseg/{api}/config/policies"),
        Model::VmHostAffinityPolicy => {
            format!("/api/vmm/{api}/ahv/policies/vm-host-affinity-policies")
        }
        Model::VmAntiAffinityPolicy => {
            format!("/api/vmm/{api}/ahv/policies/vm-anti-affinity-policies")
        }
        Model::VmStartupPolicy => format!("/api/vmm/{api}/ahv/policies/vm-startup-policies"),
        Model::ProtectionPolicy => format!("/api/datapolicies/{api}/config/protection-policies"),
        Model::ConsistencyRule => {
            format!("/api/datapolicies/{api}/config/protection-policies/{parent}/consistency-rules")
        }
        Model::RecoveryPlan => format!("/api/datapolicies/{api}/config/recovery-plans"),
        Model::RecoveryStage => {
            format!("/api/datapolicies/{api}/config/recovery-plans/{parent}/stages")
        }
        Model::RecoverySetting => {
            format!("/api/datapolicies/{api}/config/recovery-plans/{parent}/recovery-settings")
        }
        Model::NetworkMapping => {
            format!("/api/datapolicies/{api}/config/recovery-plans/{parent}/network-mappings")
        }
        Model::RecoveryPlanV3 => "/api/nutanix/v3/recovery_plans".to_owned(),
    }
}

fn rules(body: &Body) -> BTreeMap<&str, &str> {
    match body {
        Body::Network(network::Body::Policy(policy)) => policy.rules.sources(),
        Body::Network(_) | Body::Category(_) | Body::Placement(_) | Body::Recovery(_) => {
            BTreeMap::new()
        }
    }
}

/// What finds an object that exists.
fn lookup(object: &Object) -> String {
    match &object.body {
        Body::Category(category) if object.exists => format!(
            "?$filter=key eq '{}' and value eq '{}'",
            category.key.as_str(),
            category.value.as_str()
        ),
        Body::Category(_) | Body::Network(_) | Body::Placement(_) | Body::Recovery(_) => {
            String::new()
        }
    }
}

fn unique_path(object: &Object, names: &mut Taken<String>) -> String {
    let stem = format!(
        "objects/{}/{}",
        object.model.name(),
        file_name(object.name.as_str())
    );
    names.give(&stem, |number| {
        let path = match number {
            1 => format!("{stem}.json"),
            number => format!("{stem}-{number}.json"),
        };
        (path.clone(), path)
    })
}

/// The placeholders among the strings of a body.
fn references<'known>(body: &str, known: &'known BTreeSet<String>) -> BTreeSet<&'known str> {
    let strings = body.split('"').filter(|text| text.len() == ObjectId::LEN);
    strings
        .filter_map(|text| known.get(text).map(String::as_str))
        .collect()
}

fn assignments(plan: &Plan) -> Assignments<'_> {
    Assignments {
        vms: assigned(&plan.assignments.vms),
        hosts: assigned(&plan.assignments.hosts),
    }
}

fn assigned(of: &BTreeMap<Assignee, BTreeSet<ObjectId>>) -> Vec<Assigned<'_>> {
    of.iter()
        .map(|(who, categories)| Assigned {
            name: &who.name,
            source_id: &who.source_id,
            categories: categories.iter().map(ToString::to_string).collect(),
        })
        .collect()
}
