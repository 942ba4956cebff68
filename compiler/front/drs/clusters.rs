//! Which statements speak about one cluster.
//!
//! A cluster is known by reference, by name, or not at all. A name becomes a reference where an
//! inventory or another statement knows both. A statement without a cluster belongs to the cluster
//! that has one of its rules: the UUID of a rule is unique.

use super::said::Statement;
use crate::finding::codes::read_placement;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::{Inventory, Named};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// All that is said about one cluster, the most trusted first.
#[derive(Debug)]
pub(super) struct Cluster {
    /// The reference or name; `None` where no export says it.
    pub(super) known: Option<String>,
    /// What the ids of its rules and groups begin with.
    pub(super) prefix: String,
    pub(super) statements: Vec<Statement>,
}

/// What stands for a cluster that no export names.
const UNKNOWN: &str = "cluster";

/// Sorts statements by cluster.
pub(super) fn sort(
    mut statements: Vec<Statement>,
    inventory: &Inventory<Named>,
    findings: &mut Findings,
) -> Vec<Cluster> {
    statements.sort_by_key(|statement| (statement.trust, statement.origin));
    let references = references(&statements, inventory);
    let mut known: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    let mut unknown: Vec<Statement> = Vec::new();
    for statement in statements {
        match key(&statement, &references) {
            Some(key) => known.entry(key).or_default().push(statement),
            None => unknown.push(statement),
        }
    }
    let mut clusters: Vec<Cluster> = known
        .into_iter()
        .map(|(key, statements)| Cluster {
            prefix: key.clone(),
            known: Some(key),
            statements,
        })
        .collect();
    let own = adopt(unknown, &mut clusters, findings);
    clusters.extend(own);
    for cluster in &mut clusters {
        cluster
            .statements
            .sort_by_key(|statement| (statement.trust, statement.origin));
    }
    clusters
}

/// References by name, where exactly one cluster has the name.
fn references(statements: &[Statement], inventory: &Inventory<Named>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |name: &str, reference: &str| {
        let references = found.entry(name.to_owned()).or_default();
        references.insert(reference.to_owned());
    };
    for cluster in inventory.clusters.values() {
        add(&cluster.ident.name, &cluster.ident.id);
    }
    for statement in statements {
        if let (Some(reference), Some(name)) =
            (&statement.cluster.reference, &statement.cluster.name)
        {
            add(name, reference);
        }
    }
    found
        .into_iter()
        .filter(|(_, references)| references.len() == 1)
        .filter_map(|(name, references)| Some((name, references.into_iter().next()?)))
        .collect()
}

fn key(statement: &Statement, references: &BTreeMap<String, String>) -> Option<String> {
    let reference = statement.cluster.reference.clone();
    reference.or_else(|| {
        let name = statement.cluster.name.as_ref()?;
        Some(references.get(name).unwrap_or(name).clone())
    })
}

/// Gives statements without a cluster to the cluster that shares a rule with them, and makes
/// clusters of their own from the rest.
fn adopt(
    unknown: Vec<Statement>,
    clusters: &mut [Cluster],
    findings: &mut Findings,
) -> Vec<Cluster> {
    let mut own: Vec<Vec<Statement>> = Vec::new();
    for statement in unknown {
        let uuids = uuids(&statement);
        let shares = |statements: &[Statement]| {
            statements
                .iter()
                .any(|other| !uuids.is_disjoint(&self::uuids(other)))
        };
        if let Some(cluster) = clusters.iter_mut().find(|one| shares(&one.statements)) {
            cluster.statements.push(statement);
        } else if let Some(one) = own.iter_mut().find(|one| shares(one)) {
            one.push(statement);
        } else {
            own.push(vec![statement]);
        }
    }
    let alone = own.len() == 1;
    own.into_iter()
        .map(|statements| {
            let prefix = if alone {
                UNKNOWN.to_owned()
            } else {
                format!("{UNKNOWN}-{}", mark(&statements))
            };
            report(&statements, &prefix, findings);
            Cluster {
                known: None,
                prefix,
                statements,
            }
        })
        .collect()
}

fn uuids(statement: &Statement) -> BTreeSet<&str> {
    let rules = statement.rules.iter();
    rules.filter_map(|rule| rule.uuid.as_deref()).collect()
}

/// A mark that depends on what is said and not on where it stands.
fn mark(statements: &[Statement]) -> String {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for statement in statements {
        names.extend(uuids(statement).into_iter().map(str::to_owned));
        names.extend(statement.rules.iter().filter_map(|rule| rule.name.clone()));
        names.extend(statement.groups.iter().map(|group| group.name.clone()));
        let settings = statement.settings.iter();
        names.extend(settings.map(|setting| format!("{:?}", setting.what)));
    }
    let text = names.into_iter().collect::<Vec<_>>().join("\n");
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).simple();
    hash.to_string().chars().take(8).collect()
}

fn report(statements: &[Statement], prefix: &str, findings: &mut Findings) {
    for statement in statements {
        let message = format!(
            "an export of {} DRS rules and {} groups does not say of which cluster; their ids begin with `{prefix}/`",
            statement.rules.len(),
            statement.groups.len()
        );
        findings.push(
            Finding::new(
                &read_placement::CLUSTER_NOT_SAID,
                Domain::Placement,
                message,
            )
            .at(statement.origin, prefix.to_owned()),
        );
    }
}
