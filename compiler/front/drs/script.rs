//! Lines of names joined by commas without quotes, as a published PowerCLI script writes them.
//!
//! ```text
//! prod,db-apart,True,VMAntiAffinity,db-1,db-2
//! prod,licences,True,db,MustRunOn,licensed hosts
//! prod,db,VMGroup,db-1,db-2
//! ```
//!
//! A name may hold a comma. Members are taken apart with the names of the inventory, and only when
//! there is one way to do it; without an inventory each comma parts two names where every line is
//! of the expected width.

use super::lines::{self, Line};
use super::names::Names;
use super::said::{
    ClusterName, GroupSaid, Hosts, Members, Part, RuleSaid, Shape, Statement, Text, Trust,
};
use crate::finding::codes::read_placement;
use crate::finding::{Domain, Finding, Findings};
use crate::front::detect::Export;
use crate::front::inventory::object::plain_name;
use crate::front::schema::short;
use crate::ir::Opaque;
use std::collections::BTreeMap;

/// Whether a line is one of such an export.
pub(super) fn is_line(line: &str) -> bool {
    split(line).is_some()
}

/// A line by its fixed words.
enum Parts<'t> {
    Machines {
        cluster: &'t str,
        name: &'t str,
        enabled: bool,
        together: bool,
        members: Vec<&'t str>,
    },
    Hosts {
        cluster: &'t str,
        name: &'t str,
        enabled: bool,
        vms: &'t str,
        must: bool,
        on: bool,
        hosts: &'t str,
    },
    Group {
        cluster: &'t str,
        name: &'t str,
        hosts: bool,
        members: Vec<&'t str>,
    },
}

fn flag(cell: &str) -> Option<bool> {
    match cell {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

fn split(line: &str) -> Option<Parts<'_>> {
    let cells: Vec<&str> = line.split(',').collect();
    match cells.as_slice() {
        [
            cluster,
            name,
            kind @ ("VMGroup" | "VMHostGroup"),
            members @ ..,
        ] => Some(Parts::Group {
            cluster,
            name,
            hosts: *kind == "VMHostGroup",
            members: members.to_vec(),
        }),
        [
            cluster,
            name,
            enabled,
            kind @ ("VMAffinity" | "VMAntiAffinity"),
            members @ ..,
        ] => Some(Parts::Machines {
            cluster,
            name,
            enabled: flag(enabled)?,
            together: *kind == "VMAffinity",
            members: members.to_vec(),
        }),
        [cluster, name, enabled, vms, kind, hosts] => {
            let (must, on) = match *kind {
                "MustRunOn" => (true, true),
                "MustNotRunOn" => (true, false),
                "ShouldRunOn" => (false, true),
                "ShouldNotRunOn" => (false, false),
                _ => return None,
            };
            Some(Parts::Hosts {
                cluster,
                name,
                enabled: flag(enabled)?,
                vms,
                must,
                on,
                hosts,
            })
        }
        _ => None,
    }
}

/// Reads every line; one statement a cluster.
pub(super) fn read(export: &Export<'_>, names: &Names, findings: &mut Findings) -> Vec<Statement> {
    let mut reader = Reader {
        names,
        findings,
        found: BTreeMap::new(),
    };
    for line in lines::of(export.file, export.source.tree.text()) {
        match split(line.text) {
            Some(parts) => reader.line(line, parts),
            None => reader.unclear(line),
        }
    }
    reader.found.into_values().collect()
}

struct Reader<'r> {
    names: &'r Names,
    findings: &'r mut Findings,
    found: BTreeMap<String, Statement>,
}

impl Reader<'_> {
    fn statement(&mut self, cluster: &str, line: Line<'_>) -> &mut Statement {
        let cluster = plain_name(cluster);
        let name = ClusterName {
            reference: None,
            name: Some(cluster.clone()),
        };
        self.found
            .entry(cluster)
            .or_insert_with(|| Statement::new(Trust::Script, name, line.origin, &[]))
    }

    fn line(&mut self, line: Line<'_>, parts: Parts<'_>) {
        match parts {
            Parts::Machines {
                cluster,
                name,
                enabled,
                together,
                members,
            } => {
                let shape = match self.members(&members, false, line) {
                    Some(vms) if together => Shape::Together(vms),
                    Some(vms) => Shape::Apart(vms),
                    None => self.opaque(line),
                };
                // The script leaves the strength of these rules out.
                self.push(
                    cluster,
                    line,
                    Part::MachineRules,
                    (name, enabled, None),
                    shape,
                );
            }
            Parts::Hosts {
                cluster,
                name,
                enabled,
                vms,
                must,
                on,
                hosts,
            } => {
                let text = |text: &str| Text {
                    text: text.to_owned(),
                    origin: line.origin,
                };
                let hosts = if on {
                    Hosts::On(text(hosts))
                } else {
                    Hosts::Off(text(hosts))
                };
                let shape = Shape::VmHost {
                    vms: text(vms),
                    hosts,
                };
                self.push(
                    cluster,
                    line,
                    Part::HostRules,
                    (name, enabled, Some(must)),
                    shape,
                );
            }
            Parts::Group {
                cluster,
                name,
                hosts,
                members,
            } => self.group(line, cluster, name, hosts, &members),
        }
    }

    fn group(&mut self, line: Line<'_>, cluster: &str, name: &str, hosts: bool, cells: &[&str]) {
        let Some(found) = self.members(cells, hosts, line) else {
            return self.report(line);
        };
        let statement = self.statement(cluster, line);
        statement.covers.insert(Part::Groups);
        statement.groups.push(GroupSaid {
            name: name.to_owned(),
            origin: line.origin,
            members: if hosts {
                Members::Hosts(found)
            } else {
                Members::Vms(found)
            },
        });
    }

    fn push(
        &mut self,
        cluster: &str,
        line: Line<'_>,
        part: Part,
        (name, enabled, mandatory): (&str, bool, Option<bool>),
        shape: Shape,
    ) {
        let statement = self.statement(cluster, line);
        statement.covers.insert(part);
        statement.rules.push(RuleSaid {
            origin: line.origin,
            key: None,
            uuid: None,
            name: Some(name.to_owned()),
            enabled: Some(enabled),
            mandatory,
            shape,
            unread: Vec::new(),
        });
    }

    /// The members, if the cells make names in one way only.
    fn members(&self, cells: &[&str], hosts: bool, line: Line<'_>) -> Option<Vec<Text>> {
        let known = |name: &str| {
            let plain = plain_name(name);
            if hosts {
                self.names.has_host(&plain)
            } else {
                self.names.has_vm(&plain)
            }
        };
        let mut ways = Vec::new();
        segment(cells, &known, &mut Vec::new(), &mut ways);
        let single = match ways.as_slice() {
            [only] => only.clone(),
            // No way fits the inventory. One name a cell is right when none of them is half of a
            // name that the inventory has, and what is not there is told by whoever links.
            [] if !halves(cells, &known) => cells.iter().map(|cell| plain_name(cell)).collect(),
            _ => return None,
        };
        let texts = single.into_iter().map(|text| Text {
            text,
            origin: line.origin,
        });
        Some(texts.collect())
    }

    fn unclear(&mut self, line: Line<'_>) {
        self.report(line);
    }

    fn opaque(&mut self, line: Line<'_>) -> Shape {
        self.report(line);
        Shape::Opaque(Opaque {
            what: "rule whose members cannot be taken apart".to_owned(),
            text: short(line.text),
            origin: line.origin,
        })
    }

    fn report(&mut self, line: Line<'_>) {
        let message = format!(
            "the names in `{}` can be taken apart in several ways, or in none that fits",
            short(line.text)
        );
        let finding = Finding::new(&read_placement::UNQUOTED_COMMA, Domain::Placement, message)
            .at(line.origin, short(line.text))
            .remedy(super::gaps::command(None));
        self.findings.push(finding);
    }
}

/// More ways than this say enough.
const ENOUGH: usize = 2;
/// A name with more commas than this is not looked for.
const WIDEST: usize = 4;

/// Collects the ways to join neighbouring cells so that every name is known.
fn segment(
    cells: &[&str],
    known: &dyn Fn(&str) -> bool,
    so_far: &mut Vec<String>,
    ways: &mut Vec<Vec<String>>,
) {
    if cells.is_empty() {
        ways.push(so_far.clone());
        return;
    }
    for width in 1..=cells.len().min(WIDEST) {
        if ways.len() >= ENOUGH {
            return;
        }
        let (taken, rest) = cells.split_at(width);
        let name = taken.join(",");
        if known(&name) {
            so_far.push(plain_name(&name));
            segment(rest, known, so_far, ways);
            so_far.pop();
        }
    }
}

/// Whether neighbouring cells together are a known name.
fn halves(cells: &[&str], known: &dyn Fn(&str) -> bool) -> bool {
    (2..=WIDEST).any(|width| cells.windows(width).any(|window| known(&window.join(","))))
}
