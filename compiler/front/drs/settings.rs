//! Settings of a cluster and overrides of machines: each value of the configuration one setting.
//!
//! Nothing is left out because its key is new: what has no kind of its own is carried by key and
//! value. A value that says *as the cluster* overrides nothing and is no setting.

use super::config::type_of;
use super::said::{SettingSaid, Text};
use super::schema::{PARTS, Part};
use crate::finding::codes::{read, read_placement};
use crate::finding::{Domain, Finding, Findings};
use crate::front::inventory::object;
use crate::ir::placement::{ReadyCondition, RestartPriority, SettingKind};
use crate::source::{FileId, Origin};
use rehome_grammar::{Kind, Node};

/// Parts whose values are settings of their own; any other nested object is one setting.
const OPENED: [&str; 2] = ["dasSettings", "defaultVmSettings"];

/// Keys that carry the type or the reference and no value.
const NO_VALUES: [&str; 6] = [
    "_typeName",
    "@xsi:type",
    "@type",
    "_vimtype",
    "dynamicType",
    "dynamicProperty",
];

/// Reads every setting of a configuration.
pub(super) fn read(
    file: FileId,
    configuration: Node<'_>,
    findings: &mut Findings,
) -> Vec<SettingSaid> {
    let overrides = configuration
        .get("drsConfig")
        .and_then(|drs| drs.get("enableVmBehaviorOverrides"))
        .is_none_or(|flag| !is_false(flag));
    let mut reader = Reader {
        file,
        findings,
        overrides,
        found: Vec::new(),
    };
    for (name, part) in PARTS {
        for node in configuration.many(name) {
            reader.part(name, part, node);
        }
    }
    reader.found
}

/// Reads the overrides of one machine as `govc cluster.override.info` groups them.
pub(super) fn overrides(
    file: FileId,
    machine: Node<'_>,
    findings: &mut Findings,
) -> Vec<SettingSaid> {
    let mut reader = Reader {
        file,
        findings,
        overrides: true,
        found: Vec::new(),
    };
    let parts = [
        ("drs", "drsVmConfig", "key"),
        ("das", "dasVmConfig", "key"),
        ("orchestration", "vmOrchestration", "vm"),
    ];
    for (name, path, key) in parts {
        if let Some(node) = machine.get(name) {
            reader.part(path, Part::Machines(key), node);
        }
    }
    reader.found
}

struct Reader<'r> {
    file: FileId,
    findings: &'r mut Findings,
    /// Whether overrides of the automation level are in force.
    overrides: bool,
    found: Vec<SettingSaid>,
}

/// Whose settings are read.
enum Owner<'o> {
    Cluster,
    Machine(&'o Text),
    Host(&'o str),
}

impl Reader<'_> {
    fn part(&mut self, name: &str, part: Part, node: Node<'_>) {
        match part {
            Part::Elsewhere => {}
            Part::Cluster => self.values(name, node, "", &Owner::Cluster),
            Part::Machines(key) => match self.owner(key, node) {
                Some(machine) => self.values(name, node, key, &Owner::Machine(&machine)),
                None => self.no_owner(name, "machine", node),
            },
            Part::Hosts(key) => match self.owner(key, node) {
                Some(host) => self.values(name, node, key, &Owner::Host(&host.text)),
                None => self.no_owner(name, "host", node),
            },
        }
    }

    fn owner(&self, key: &str, node: Node<'_>) -> Option<Text> {
        let found = node.get(key)?;
        Some(Text {
            text: object::reference(found)?.id,
            origin: self.origin(found),
        })
    }

    fn no_owner(&mut self, name: &str, noun: &str, node: Node<'_>) {
        let message = format!("override in `{name}` names no {noun}");
        let finding = Finding::new(&read::BAD_SHAPE, Domain::Placement, message)
            .at(self.origin(node), name.to_owned());
        self.findings.push(finding);
    }

    /// The values of an object, each key once, `skip` aside.
    fn values(&mut self, path: &str, node: Node<'_>, skip: &str, owner: &Owner<'_>) {
        let mut seen: Vec<String> = Vec::new();
        for (key, _) in node.entries() {
            let name = key.name().into_owned();
            if name == skip || NO_VALUES.contains(&name.as_str()) || seen.contains(&name) {
                continue;
            }
            let values: Vec<Node<'_>> = node.many(&name).collect();
            let path = format!("{path}.{name}");
            seen.push(name);
            self.value(&path, &values, owner);
        }
    }

    fn value(&mut self, path: &str, values: &[Node<'_>], owner: &Owner<'_>) {
        let last = path.rsplit('.').next().unwrap_or(path);
        let Some(first) = values.first().copied() else {
            return;
        };
        if last == "option" {
            for option in values {
                let key = option.get("key").map(text).unwrap_or_default();
                if let Some(value) = option.get("value") {
                    let other = other(&format!("{path}.{key}"), text(value));
                    self.push(&format!("{path}.{key}"), *option, owner, other);
                }
            }
        } else if OPENED.contains(&last) {
            values
                .iter()
                .for_each(|inner| self.values(path, *inner, "", owner));
        } else if values
            .iter()
            .all(|value| value.str().is_some_and(|text| text.is_empty()))
        {
            // Nothing is set.
        } else if matches!(last, "vmReadiness" | "defaultVmReadiness") {
            self.readiness(path, first, owner);
        } else {
            let joined: Vec<String> = values.iter().map(|value| text(*value)).collect();
            self.plain(path, first, &joined.join(", "), owner);
        }
    }

    fn plain(&mut self, path: &str, node: Node<'_>, value: &str, owner: &Owner<'_>) {
        let machine = matches!(owner, Owner::Machine(_));
        let flag = value.eq_ignore_ascii_case("true");
        let what = match path {
            "drsConfig.enabled" => SettingKind::SchedulerEnabled(flag),
            "dasConfig.enabled" => SettingKind::RestartEnabled(flag),
            "drsConfig.defaultVmBehavior" => SettingKind::Automation(value.to_owned()),
            // An override that lets the scheduler act says what holds anyway.
            "drsVmConfig.enabled" if flag => return,
            "drsVmConfig.enabled" => {
                self.override_of(path, value, node, SettingKind::SchedulerEnabled(false))
            }
            "drsVmConfig.behavior" => {
                self.override_of(path, value, node, SettingKind::Automation(value.to_owned()))
            }
            "dasConfig.defaultVmSettings.restartPriority"
            | "dasVmConfig.dasSettings.restartPriority"
            | "dasVmConfig.restartPriority" => match value {
                "clusterRestartPriority" if machine => return,
                _ => self.priority(path, value, node),
            },
            _ if machine && matches!(value, "clusterIsolationResponse" | "-1") => return,
            _ => other(path, value.to_owned()),
        };
        self.push(path, node, owner, what);
    }

    fn override_of(
        &mut self,
        path: &str,
        value: &str,
        node: Node<'_>,
        what: SettingKind,
    ) -> SettingKind {
        if self.overrides {
            return what;
        }
        let message = format!(
            "override `{path}` = `{value}` is not in force: the cluster does not allow overrides"
        );
        let finding = Finding::new(
            &read_placement::OVERRIDE_NOT_IN_FORCE,
            Domain::Placement,
            message,
        )
        .at(self.origin(node), path.to_owned());
        self.findings.push(finding);
        other(path, format!("{value} (not in force)"))
    }

    fn priority(&mut self, path: &str, value: &str, node: Node<'_>) -> SettingKind {
        priority(value).map_or_else(
            || self.bad_value(path, value, node),
            SettingKind::RestartPriority,
        )
    }

    fn readiness(&mut self, path: &str, node: Node<'_>, owner: &Owner<'_>) {
        let machine = matches!(owner, Owner::Machine(_));
        let given = |key| {
            let value = node.get(key).map(text);
            value.filter(|value| !matches!(value.as_str(), "null" | ""))
        };
        let delay = given("postReadyDelay").filter(|delay| delay != "-1");
        let delay_seconds = delay.as_deref().and_then(|delay| delay.parse().ok());
        let condition = match given("readyCondition").as_deref() {
            Some("none") => ReadyCondition::None,
            Some("poweredOn") => ReadyCondition::PoweredOn,
            Some("guestHbStatusGreen") => ReadyCondition::GuestHeartbeat,
            Some("appHbStatusGreen") => ReadyCondition::ApplicationHeartbeat,
            Some("useClusterDefault") => ReadyCondition::ClusterDefault,
            None if machine => ReadyCondition::ClusterDefault,
            None => ReadyCondition::None,
            Some(value) => {
                let what = self.bad_value(path, value, node);
                return self.push(path, node, owner, what);
            }
        };
        if let (Some(delay), None) = (&delay, delay_seconds) {
            let what = self.bad_value(path, delay, node);
            return self.push(path, node, owner, what);
        }
        if condition == ReadyCondition::ClusterDefault && delay_seconds.is_none() {
            return;
        }
        let what = SettingKind::Readiness {
            condition,
            delay_seconds,
        };
        self.push(path, node, owner, what);
    }

    /// A value that the product does not define: reported, and carried as it stands.
    fn bad_value(&mut self, path: &str, value: &str, node: Node<'_>) -> SettingKind {
        let message = format!("`{value}` is no value that DRS defines for `{path}`");
        let finding = Finding::new(&read::BAD_VALUE, Domain::Placement, message)
            .at(self.origin(node), value.to_owned());
        self.findings.push(finding);
        other(path, value.to_owned())
    }

    fn push(&mut self, path: &str, node: Node<'_>, owner: &Owner<'_>, what: SettingKind) {
        let (path, vm) = match owner {
            Owner::Cluster => (path.to_owned(), None),
            Owner::Machine(vm) => (path.to_owned(), Some((*vm).clone())),
            Owner::Host(host) => (format!("{path}[{host}]"), None),
        };
        let what = match (owner, what) {
            (Owner::Host(_), SettingKind::Other { value, .. }) => other(&path, value),
            (_, what) => what,
        };
        self.found.push(SettingSaid {
            path,
            origin: self.origin(node),
            vm,
            what,
        });
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        Origin {
            file: self.file,
            span: node.span(),
        }
    }
}

/// A value by its path, from a form that shows values as people read them: one that is not known is
/// carried as it stands, one that says *as the cluster* is none.
pub(super) fn plainly(path: &str, value: &str, machine: bool) -> Option<SettingKind> {
    let flag = value.eq_ignore_ascii_case("true");
    let carried = || other(path, value.to_owned());
    Some(match path {
        "drsConfig.enabled" => SettingKind::SchedulerEnabled(flag),
        "dasConfig.enabled" => SettingKind::RestartEnabled(flag),
        "drsConfig.defaultVmBehavior" | "drsVmConfig.behavior" => {
            SettingKind::Automation(value.to_owned())
        }
        "drsVmConfig.enabled" if flag => return None,
        "drsVmConfig.enabled" => SettingKind::SchedulerEnabled(false),
        "dasConfig.defaultVmSettings.restartPriority"
        | "dasVmConfig.dasSettings.restartPriority" => match value {
            "clusterRestartPriority" if machine => return None,
            _ => priority(value).map_or_else(carried, SettingKind::RestartPriority),
        },
        _ if machine && matches!(value, "clusterIsolationResponse" | "-1") => return None,
        _ => carried(),
    })
}

fn priority(word: &str) -> Option<RestartPriority> {
    Some(match word {
        "highest" => RestartPriority::Highest,
        "high" => RestartPriority::High,
        "medium" => RestartPriority::Medium,
        "low" => RestartPriority::Low,
        "lowest" => RestartPriority::Lowest,
        "disabled" => RestartPriority::Disabled,
        _ => return None,
    })
}

fn other(key: &str, value: String) -> SettingKind {
    SettingKind::Other {
        key: key.to_owned(),
        value,
    }
}

fn is_false(node: Node<'_>) -> bool {
    node.raw().trim_matches('"').eq_ignore_ascii_case("false")
}

/// A value in a line: the scalar, the reference, or `Type(key=value, ...)`.
pub(super) fn text(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Null | Kind::Bool | Kind::Number => node.raw().to_owned(),
        Kind::String => node.str().unwrap_or_default().into_owned(),
        Kind::Array => {
            let items: Vec<String> = node.items().map(text).collect();
            items.join(", ")
        }
        Kind::Object => match node.get("_value") {
            // VI-JSON wraps a plain value where any type may stand.
            Some(value) => text(value),
            None => object_text(node),
        },
    }
}

fn object_text(node: Node<'_>) -> String {
    let is_reference =
        node.get("#text").is_some() || type_of(node).as_deref() == Some("ManagedObjectReference");
    if is_reference {
        // The text of an XML value with a type, or the identifier of a reference.
        return object::reference(node).map_or_else(|| node.raw().to_owned(), |found| found.id);
    }
    let entries: Vec<String> = node
        .entries()
        .filter(|(key, value)| !NO_VALUES.contains(&&*key.name()) && !value.is_null())
        .map(|(key, value)| format!("{}={}", key.name(), text(value)))
        .collect();
    format!(
        "{}({})",
        type_of(node).unwrap_or_default(),
        entries.join(", ")
    )
}
