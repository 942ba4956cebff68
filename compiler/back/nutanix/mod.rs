//! A legal plan to the files that create it: bodies, manifest, assignments, runbook.

pub mod runbook;

use super::{Files, file_name};
use crate::legal::Legal;
use crate::plan::nutanix::{Model, Object, Plan};
use crate::source::{Origin, Sources};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Writes everything that goes into the `nutanix` folder.
#[must_use]
pub fn emit(plan: &Legal<Plan>, sources: &Sources) -> Files {
    let plan = plan.plan();
    let mut files = Files::new();
    let mut names = BTreeSet::new();
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
    let mut entries = Vec::new();
    for object in &plan.objects {
        let body = serde_json::to_value(&object.body).unwrap_or(Value::Null);
        let path = unique_path(object, &mut names);
        let mut depends_on = BTreeSet::new();
        collect_references(&body, &known, &mut depends_on);
        depends_on.extend(object.parent.map(|parent| parent.to_string()));
        entries.push(Entry {
            id: object.id.to_string(),
            model: object.model.name(),
            name: object.name.as_str(),
            method: "POST",
            path: api_path(plan, object, &parents),
            body: path.clone(),
            depends_on: depends_on.into_iter().collect(),
            terraform: None,
            constructs: &object.constructs,
            origins: object
                .origins
                .iter()
                .map(|origin| place(*origin, sources))
                .collect(),
        });
        files.insert(format!("nutanix/{path}"), pretty(&body));
    }
    let manifest = Manifest {
        schema: 1,
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
    files.insert("nutanix/manifest.json".to_owned(), pretty(&manifest));
    files.insert(
        "nutanix/assignments.json".to_owned(),
        pretty(&assignments(plan)),
    );
    files.extend(runbook::emit(plan, sources));
    files
}

/// Every object in creation order, and what its placeholders stand for.
#[derive(Debug, Serialize)]
struct Manifest<'plan> {
    schema: u32,
    target: String,
    objects: Vec<Entry<'plan>>,
    external: Vec<ExternalEntry<'plan>>,
}

#[derive(Debug, Serialize)]
struct Entry<'plan> {
    id: String,
    model: &'static str,
    name: &'plan str,
    method: &'static str,
    path: String,
    body: String,
    depends_on: Vec<String>,
    terraform: Option<String>,
    constructs: &'plan [String],
    origins: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ExternalEntry<'plan> {
    id: String,
    kind: &'static str,
    name: &'plan str,
    source_id: Option<&'plan str>,
}

/// Where an object is created. Source of the paths: the vendor's SDK clients.
fn api_path(
    plan: &Plan,
    object: &Object,
    parents: &BTreeMap<crate::plan::nutanix::ObjectId, &Object>,
) -> String {
    let release = plan.target.release;
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

fn unique_path(object: &Object, names: &mut BTreeSet<String>) -> String {
    let stem = format!(
        "objects/{}/{}",
        object.model.name(),
        file_name(object.name.as_str())
    );
    let mut path = format!("{stem}.json");
    let mut number = 1_u32;
    while !names.insert(path.clone()) {
        number += 1;
        path = format!("{stem}-{number}.json");
    }
    path
}

fn collect_references(value: &Value, known: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            if known.contains(text) {
                found.insert(text.clone());
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, known, found)),
        Value::Object(entries) => entries
            .values()
            .for_each(|item| collect_references(item, known, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn assignments(plan: &Plan) -> Value {
    let list = |of: &BTreeMap<
        crate::plan::nutanix::object::Assignee,
        BTreeSet<crate::plan::nutanix::ObjectId>,
    >| {
        of.iter()
            .map(|(who, categories)| {
                serde_json::json!({
                    "name": who.name,
                    "source_id": who.source_id,
                    "categories": categories.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            })
            .collect::<Vec<_>>()
    };
    serde_json::json!({ "vms": list(&plan.assignments.vms), "hosts": list(&plan.assignments.hosts) })
}

/// An origin as `file#pointer`.
#[must_use]
pub fn place(origin: Origin, sources: &Sources) -> String {
    sources.get(origin.file).map_or_else(String::new, |source| {
        format!(
            "{}#{}",
            source.name,
            source.tree.pointer_at(origin.span.start)
        )
    })
}

/// JSON as people read it, with a line end.
fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
