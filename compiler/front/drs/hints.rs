//! What RVTools tables say about clusters and machines, where nothing better tells it.

use super::gaps;
use super::said::{ClusterName, SettingSaid, Statement, Trust};
use super::{resources, settings};
use crate::finding::{Domain, Effect, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::inventory::rvtools::{Tab, cell, machine, rows};
use crate::ir::placement::{Placement, Setting, SettingKind};
use crate::ir::{Ident, Name, Named};
use crate::source::Origin;
use rehome_grammar::Node;
use std::collections::{BTreeMap, BTreeSet};

/// The columns of `vCluster` and what they show.
const CLUSTER: [(&str, &str); 14] = [
    ("HA enabled", "dasConfig.enabled"),
    ("Failover Level", "dasConfig.failoverLevel"),
    (
        "AdmissionControlEnabled",
        "dasConfig.admissionControlEnabled",
    ),
    ("Host monitoring", "dasConfig.hostMonitoring"),
    (
        "HB Datastore Candidate Policy",
        "dasConfig.hBDatastoreCandidatePolicy",
    ),
    (
        "Isolation Response",
        "dasConfig.defaultVmSettings.isolationResponse",
    ),
    (
        "Restart Priority",
        "dasConfig.defaultVmSettings.restartPriority",
    ),
    ("VM Monitoring", "dasConfig.vmMonitoring"),
    ("DRS enabled", "drsConfig.enabled"),
    ("DRS default VM behavior", "drsConfig.defaultVmBehavior"),
    ("DRS vmotion rate", "drsConfig.vmotionRate"),
    ("DPM enabled", "dpmConfigInfo.enabled"),
    ("DPM default behavior", "dpmConfigInfo.defaultDpmBehavior"),
    (
        "DPM Host Power Action Rate",
        "dpmConfigInfo.hostPowerActionRate",
    ),
];

/// Reads `vCluster`: one statement a cluster, which counts where no configuration is told.
pub(super) fn clusters(export: &Export<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    for row in rows(&export.source.tree) {
        let cluster = ClusterName {
            reference: cell(row, "Object ID"),
            name: cell(row, "Name"),
        };
        let mut statement = Statement::new(Trust::Hints, cluster, origin(export, row), &[]);
        for (column, path) in CLUSTER {
            let Some(value) = cell(row, column) else {
                continue;
            };
            let value = match value.as_str() {
                "True" => "true".to_owned(),
                "False" => "false".to_owned(),
                _ => value,
            };
            let cell = row.get(column).unwrap_or(row);
            let what = settings::plainly(path, &value, false);
            statement.settings.extend(what.map(|what| SettingSaid {
                path: path.to_owned(),
                origin: origin(export, cell),
                vm: None,
                what,
            }));
        }
        found.push(statement);
    }
    found
}

/// Reads what tables say about machines and pools, unless something else told it; names the rules
/// that no export holds.
pub(super) fn machines(
    export: &Export<'_>,
    tab: Tab,
    placement: &mut Placement<Named>,
    findings: &mut Findings,
) {
    let ids = placement.settings.iter();
    let mut known: BTreeSet<String> = ids.map(|setting| setting.ident.id.clone()).collect();
    let mut add = |row: Node<'_>, part: &str, value: String| {
        let Some(vm) = machine(row) else { return };
        let id = resources::id(&vm, part);
        if known.insert(id.clone()) {
            let origin = origin(export, row);
            placement
                .settings
                .push(of_machine(id, vm, part, value, origin));
        }
    };
    match tab {
        Tab::Machines => {
            for row in rows(&export.source.tree) {
                let level = cell(row, "Latency Sensitivity");
                let level = level.filter(|level| !level.eq_ignore_ascii_case("normal"));
                if let Some(level) = level {
                    add(row, "latencySensitivity", level);
                }
            }
            rules(export, placement, findings);
        }
        Tab::Processors => allocations(export, |row, value| add(row, "cpuAllocation", value)),
        Tab::Memory => allocations(export, |row, value| add(row, "memoryAllocation", value)),
        Tab::Pools => pools(export, placement),
        Tab::Hosts | Tab::Clusters | Tab::Other => {}
    }
}

fn allocations(export: &Export<'_>, mut add: impl FnMut(Node<'_>, String)) {
    for row in rows(&export.source.tree) {
        let told = |column: &str, nothing: &[&str]| {
            let value = cell(row, column)?;
            (!nothing.contains(&value.to_lowercase().as_str())).then(|| format!("{column}={value}"))
        };
        let parts: Vec<String> = [
            told("Reservation", &["0"]),
            told("Limit", &["-1"]),
            told("Level", &["normal"]),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !parts.is_empty() {
            add(row, parts.join(", "));
        }
    }
}

fn of_machine(id: String, vm: String, part: &str, value: String, origin: Origin) -> Setting<Named> {
    Setting {
        ident: Ident {
            id,
            name: format!("{part} of {vm}"),
            origin,
        },
        cluster: None,
        vm: Some(Name::new(vm, origin)),
        what: SettingKind::Other {
            key: format!("config.{part}"),
            value,
        },
    }
}

fn pools(export: &Export<'_>, placement: &mut Placement<Named>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for setting in &placement.settings {
        if let SettingKind::Other { key, value: _ } = &setting.what {
            known.insert(key.clone());
        }
    }
    for row in rows(&export.source.tree) {
        let Some(name) = cell(row, "Resource Pool name") else {
            continue;
        };
        let path = cell(row, "Resource Pool path").unwrap_or_else(|| name.clone());
        let key = format!("resourcePool[{name}].config");
        // The pool at the root of a cluster is all that the cluster has.
        if known.contains(&key) || name == "Resources" {
            continue;
        }
        let columns = [
            "CPU reservation",
            "CPU limit",
            "CPU level",
            "CPU shares",
            "CPU expandableReservation",
            "Mem reservation",
            "Mem limit",
            "Mem level",
            "Mem shares",
            "Mem expandableReservation",
        ];
        let values: Vec<String> = columns
            .iter()
            .filter_map(|column| Some(format!("{column}={}", cell(row, column)?)))
            .collect();
        let origin = origin(export, row);
        placement.settings.push(Setting {
            ident: Ident {
                id: format!("pool/{path}/config"),
                name: format!("resource pool {name}"),
                origin,
            },
            cluster: None,
            vm: None,
            what: SettingKind::Other {
                key,
                value: values.join(", "),
            },
        });
    }
}

/// Names the rules that a table shows and no export holds: their kind, groups, strength and state are
/// in no column.
fn rules(export: &Export<'_>, placement: &Placement<Named>, findings: &mut Findings) {
    let rules = placement.rules.iter();
    let known: BTreeSet<&str> = rules.map(|rule| rule.ident.name.as_str()).collect();
    let mut missing: BTreeMap<String, (Origin, BTreeSet<String>)> = BTreeMap::new();
    for row in rows(&export.source.tree) {
        let Some(names) = cell(row, "Cluster rule name(s)") else {
            continue;
        };
        if known.contains(names.as_str()) {
            continue;
        }
        let cluster = cell(row, "Cluster").unwrap_or_default();
        for name in names.split(',').map(str::trim) {
            if !name.is_empty() && !known.contains(name) {
                let entry = missing.entry(cluster.clone());
                let (_, list) = entry.or_insert_with(|| (origin(export, row), BTreeSet::new()));
                list.insert(name.to_owned());
            }
        }
    }
    for (cluster, (origin, names)) in missing {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "RVTools names the DRS rules {} of cluster `{cluster}`, without kind, groups, strength and state, and no other export holds them: they are not translated",
            names.join(", ")
        );
        let finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Placement, message)
            .effect(Effect::BROADENS)
            .remedy(gaps::command(Some(&cluster)));
        findings.push(finding.at(origin, cluster));
    }
}

fn origin(export: &Export<'_>, node: Node<'_>) -> Origin {
    Origin {
        file: export.file,
        span: node.span(),
    }
}
