//! What govc prints of rules, groups and overrides: JSON without types, and text for people.
//!
//! None of it stands alone. JSON without types knows members and flags, the text knows types; put
//! together they are a configuration.

use super::config::Reader;
use super::lines;
use super::recognise::{changes, is_rule_line};
use super::said::{
    ClusterName, GroupSaid, Hosts, Members, Part, RuleSaid, RuleType, Shape, Statement, Text, Trust,
};
use super::settings;
use crate::finding::Findings;
use crate::front::detect::Export;
use crate::front::inventory::object::{field, plain_name};
use crate::source::Origin;
use rehome_grammar::{Node, Span};

/// Reads `object.collect -json`: the whole configuration or a part of it, without types.
pub(super) fn untyped(export: &Export<'_>, findings: &mut Findings) -> Vec<Statement> {
    let mut reader = Reader {
        file: export.file,
        trust: Trust::Untyped,
        findings,
    };
    let changes = export.source.tree.roots().flat_map(changes);
    changes
        .filter_map(|(name, value)| {
            let cluster = ClusterName::default();
            match name.as_str() {
                "configurationEx" => Some(reader.configuration(value, cluster)),
                "configurationEx.rule" => Some(reader.parts(value, None, Some(value), cluster)),
                "configurationEx.group" => Some(reader.parts(value, Some(value), None, cluster)),
                _ => None,
            }
        })
        .collect()
}

/// Reads `cluster.group.ls -l -json`: groups without types.
pub(super) fn groups(export: &Export<'_>, findings: &mut Findings) -> Option<Statement> {
    let root = export.source.tree.roots().next()?;
    let mut reader = Reader {
        file: export.file,
        trust: Trust::Untyped,
        findings,
    };
    Some(reader.parts(root, Some(root), None, ClusterName::default()))
}

/// Reads `cluster.group.ls -l`: kinds and names.
pub(super) fn group_list(export: &Export<'_>) -> Statement {
    let mut statement = printed(export);
    for line in lines::of(export.file, export.source.tree.text()) {
        let Some((kind, name)) = line.text.split_once(' ') else {
            continue;
        };
        statement.groups.push(GroupSaid {
            name: name.trim_start().to_owned(),
            origin: line.origin,
            members: Members::Unsaid {
                hosts: kind == "ClusterHostGroup",
            },
        });
    }
    statement
}

/// Reads `cluster.rule.ls -l`: names and types, as lines or as a list of strings.
pub(super) fn rule_list(export: &Export<'_>) -> Statement {
    let mut statement = printed(export);
    for (line, origin) in strings(export) {
        let named = is_rule_line(&line)
            .then(|| line.strip_suffix(')')?.rsplit_once(" ("))
            .flatten();
        let Some((name, kind)) = named else { continue };
        if let Some(kind) = RuleType::named(kind) {
            statement.rules.push(rule(name, origin, Shape::Named(kind)));
        }
    }
    statement
}

/// Reads `cluster.rule.info`: types and members by display name.
pub(super) fn rule_info(export: &Export<'_>) -> Statement {
    let mut statement = printed(export);
    let mut open: Option<Described> = None;
    for (line, origin) in strings(export) {
        if let Some(name) = line.strip_prefix("Rule: ") {
            let closed = open.replace(Described::new(name, origin));
            statement.rules.extend(closed.and_then(Described::close));
        } else if let Some(described) = &mut open {
            described.line(line.trim_start(), origin);
        }
    }
    statement.rules.extend(open.and_then(Described::close));
    let parts = [Part::MachineRules, Part::HostRules, Part::Dependencies];
    statement.covers.extend(parts);
    statement
}

/// A rule as its description goes on.
struct Described {
    name: String,
    origin: Origin,
    kind: Option<RuleType>,
    vms: Vec<Text>,
    groups: Vec<(&'static str, Text)>,
}

/// The keys of a description with their punctuation.
const GROUP_KEYS: [&str; 5] = [
    "vmGroupName: ",
    "affineHostGroupName ",
    "antiAffineHostGroupName ",
    "VmGroup ",
    "DependsOnVmGroup ",
];

impl Described {
    fn new(name: &str, origin: Origin) -> Self {
        Self {
            name: name.to_owned(),
            origin,
            kind: None,
            vms: Vec::new(),
            groups: Vec::new(),
        }
    }

    fn line(&mut self, line: &str, origin: Origin) {
        let text = |text: &str| Text {
            text: text.to_owned(),
            origin,
        };
        if let Some(kind) = line.strip_prefix("Type: ") {
            self.kind = RuleType::named(kind);
        } else if let Some(name) = line.strip_prefix("VM: ") {
            self.vms.push(text(&plain_name(name)));
        } else {
            let found = GROUP_KEYS
                .iter()
                .find_map(|key| Some((*key, line.strip_prefix(key)?)));
            if let Some((key, name)) = found.filter(|(_, name)| !name.is_empty()) {
                self.groups.push((key, text(name)));
            }
        }
    }

    fn take(&mut self, key: &str) -> Option<Text> {
        let at = self.groups.iter().position(|(known, _)| *known == key)?;
        Some(self.groups.swap_remove(at).1)
    }

    fn close(mut self) -> Option<RuleSaid> {
        let kind = self.kind?;
        let shape = match kind {
            RuleType::Together => Some(Shape::Together(std::mem::take(&mut self.vms))),
            RuleType::Apart => Some(Shape::Apart(std::mem::take(&mut self.vms))),
            RuleType::VmHost => self.host_rule(),
            RuleType::StartAfter => self
                .take("VmGroup ")
                .zip(self.take("DependsOnVmGroup "))
                .map(|(vms, after)| Shape::StartAfter { vms, after }),
        };
        let shape = shape.unwrap_or(Shape::Named(kind));
        Some(rule(&self.name, self.origin, shape))
    }

    fn host_rule(&mut self) -> Option<Shape> {
        let vms = self.take("vmGroupName: ")?;
        let on = self.take("affineHostGroupName ");
        let off = self.take("antiAffineHostGroupName ");
        let hosts = match (on, off) {
            (Some(on), Some(off)) => Hosts::Both { on, off },
            (Some(on), None) => Hosts::On(on),
            (None, Some(off)) => Hosts::Off(off),
            (None, None) => return None,
        };
        Some(Shape::VmHost { vms, hosts })
    }
}

/// Reads `cluster.override.info -json`.
pub(super) fn overrides(export: &Export<'_>, findings: &mut Findings) -> Option<Statement> {
    let root = export.source.tree.roots().next()?;
    let origin = Origin {
        file: export.file,
        span: root.span(),
    };
    let mut statement = Statement::new(Trust::Untyped, ClusterName::default(), origin, &[]);
    for (_, machine) in field(root, "overrides")?.entries() {
        statement
            .settings
            .extend(settings::overrides(export.file, machine, findings));
    }
    Some(statement)
}

fn rule(name: &str, origin: Origin, shape: Shape) -> RuleSaid {
    RuleSaid {
        origin,
        key: None,
        uuid: None,
        name: Some(name.to_owned()),
        enabled: None,
        mandatory: None,
        shape,
        unread: Vec::new(),
    }
}

fn printed(export: &Export<'_>) -> Statement {
    let origin = Origin {
        file: export.file,
        span: Span::new(0, 0),
    };
    Statement::new(Trust::Printed, ClusterName::default(), origin, &[])
}

/// The strings of a JSON list, or the lines of a text.
fn strings(export: &Export<'_>) -> Vec<(String, Origin)> {
    let tree = &export.source.tree;
    let roots: Vec<Node<'_>> = tree.roots().collect();
    let listed = roots.iter().flat_map(|root| root.items());
    let listed: Vec<(String, Origin)> = listed
        .filter_map(|node| {
            let origin = Origin {
                file: export.file,
                span: node.span(),
            };
            Some((node.str()?.into_owned(), origin))
        })
        .collect();
    if listed.is_empty() {
        let lines = lines::of(export.file, tree.text());
        return lines
            .map(|line| (line.text.to_owned(), line.origin))
            .collect();
    }
    listed
}
