//! As-built reports: HTML that people make of a pair of servers to have a document of it.
//!
//! A report is a partial source. It tells plans with their groups and machines, priorities, waits and
//! the names of steps of machines; it leaves out the text of prompts and commands, the steps of the
//! plan itself, addresses, test networks of plans, objectives, and which site is protected. So a plan
//! of a report is held with what it lacks, and nothing is ever made of it. Where the answers of the
//! REST interface are in the input, the mappings and every plan and group that they name are theirs.
//!
//! Source of the shape: the module `AsBuiltReport.VMware.SRM`, releases 0.3 to 0.4.7, and its samples.

mod machine;
mod table;

use super::call::{Call, Mapped};
use super::group::Groups;
use super::reader::{Reader, by_name, identity};
use super::{Form, Named, plan, value};
use crate::finding::{Domain, Finding, codes};
use crate::front::detect::{Export, Format};
use crate::ir::recovery::{
    NetworkMapping, OtherMapping, ProtectionGroup, Recovery, RecoveryPlan, Replication, Sites,
};
use crate::ir::{Ident, Name};
use crate::source::{FileId, Origin};
use machine::Machines;
use rehome_grammar::{Span, Tree};
use std::collections::BTreeSet;
use table::{Cell, Record, Table, tables};

/// The columns of the table of plans.
const PLAN: [&str; 4] = ["Name", "Description", "State", "Protection Groups"];
/// The first columns of the tables of groups: in short and in full.
const GROUP: [&[&str]; 3] = [
    &["Name", "Type", "Protection State", "Recovery Plan"],
    &["Name", "Type", "Protection State", "Protected"],
    &["Name", "Description", "Type", "Protection State"],
];
/// The columns of the network mappings of a site.
const NETWORK: [&str; 3] = ["Protected Network", "Recovery Network", "Test Network"];
/// What a report writes where the product makes a test network by itself.
const ISOLATED: &str = "Isolated network (auto created)";

/// Whether a file is such a report.
pub(super) fn is_known(tree: &Tree) -> bool {
    let mut tables = tables(tree).into_iter();
    tables.any(|table| table.plan().is_some() || table.records(&PLAN).is_some())
}

/// Reads all reports.
pub(super) fn read(
    exports: &[Export<'_>],
    reader: &mut Reader<'_, '_>,
    groups: &mut Groups,
    recovery: &mut Recovery<Named>,
) {
    for export in exports {
        if export.format != Format::Srm(Form::Report) {
            continue;
        }
        let tables = tables(&export.source.tree);
        let mut report = Report {
            reader,
            file: export.file,
            name: &export.source.name,
            vms: machine::names(&tables),
        };
        report.groups(&tables, groups);
        report.plans(&tables, recovery);
        if report.reader.answers.calls().next().is_none() {
            report.mappings(&tables, recovery);
        }
    }
}

/// A report that is read.
struct Report<'r, 'a, 't> {
    reader: &'r mut Reader<'a, 't>,
    file: FileId,
    name: &'r str,
    /// The machines that it names in a cell of their own.
    vms: BTreeSet<String>,
}

impl Report<'_, '_, '_> {
    fn origin(&self, span: Span) -> Origin {
        Origin {
            file: self.file,
            span,
        }
    }

    fn ident(&self, id: &str, name: &str, span: Span) -> Ident {
        identity(id, Some(name.to_owned()), self.origin(span))
    }

    /// Reports the columns of a record that no release of the report is known to have.
    fn unknown(&mut self, record: &Record, known: &[&str]) {
        for (column, cell) in &record.cells {
            if known.contains(&column.as_str()) {
                continue;
            }
            let message = format!("column `{column}` of an as-built report of SRM is not known");
            let finding = Finding::new(&codes::read::UNKNOWN_KEY, Domain::Recovery, message);
            let finding = finding.at(self.origin(cell.span), column.clone());
            self.reader.report(finding);
        }
    }

    /// The names of machines that a cell holds, with commas between them. A name can hold a comma,
    /// too: what is not named alone anywhere in the report is told.
    fn names(&mut self, of: &Ident, column: &str, cell: Option<&Cell>) -> Vec<String> {
        let Some(cell) = cell else { return Vec::new() };
        let whole = cell.text.as_str();
        let parts: Vec<&str> = whole.split(", ").map(str::trim).collect();
        if parts.len() == 1 || self.vms.contains(whole) {
            return vec![whole.to_owned()];
        }
        if let Some(odd) = parts.iter().find(|part| !self.vms.contains(**part)) {
            let message = format!(
                "`{column}` of `{}` holds names with commas between them, and no other table of the report names `{odd}`; whether it is one machine is not known",
                of.name
            );
            let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Recovery, message);
            let finding = finding.about(of.subject());
            self.reader
                .report(finding.at(self.origin(cell.span), whole));
        }
        parts.into_iter().map(str::to_owned).collect()
    }

    fn groups(&mut self, tables: &[Table], groups: &mut Groups) {
        let records = tables
            .iter()
            .filter_map(|table| GROUP.iter().find_map(|columns| table.records(columns)));
        for record in records.flatten() {
            self.unknown(
                &record,
                &[
                    "Name",
                    "Description",
                    "Type",
                    "Protection State",
                    "Recovery Plan",
                    "Associated VMs",
                    "Protected VMs",
                    "Protected Datastores",
                ],
            );
            let name = record.text("Name");
            let ident = self.ident(name, name, record.span);
            let vms = self.names(&ident, "Protected VMs", record.get("Protected VMs"));
            let origin = self.origin(record.span);
            let vms: Vec<_> = vms
                .iter()
                .map(|vm| self.reader.machine(vm, Some(vm), origin))
                .collect();
            // The short table comes first, and the one with the machines behind it.
            if let Some(known) = groups.named(name) {
                if known.ident.origin.file == self.file && known.vms.is_empty() {
                    known.vms = vms;
                    known.description = told(&record, "Description");
                }
                continue;
            }
            let kind = record.text("Type");
            let replication = value::replication(kind)
                .or_else(|| value::replication(&kind.to_ascii_lowercase()))
                .unwrap_or_else(|| Replication::Unknown(kind.to_owned()));
            let call = Call::GroupVms("{group_id}".to_owned());
            groups.push(ProtectionGroup {
                description: told(&record, "Description"),
                // A report names both sites, and not which of them is protected.
                folder: None,
                sites: Sites::default(),
                replication,
                rpo_minutes: None,
                vms,
                places: Vec::new(),
                missing: vec![self.reader.answers.request(&call, &[])],
                ident,
            });
        }
    }

    fn plans(&mut self, tables: &[Table], recovery: &mut Recovery<Named>) {
        let mut machines = self.machines(tables);
        let mut passed = Vec::new();
        for record in tables
            .iter()
            .filter_map(|table| table.records(&PLAN))
            .flatten()
        {
            let name = record.text("Name");
            if let Some(first) = recovery.plans.iter().find(|plan| plan.ident.name == name) {
                if first.ident.origin.file == self.file {
                    let second = self.ident(name, name, record.span);
                    self.twice("recovery plan", &first.ident.clone(), &second);
                } else {
                    passed.push(format!("`{name}`"));
                }
                continue;
            }
            let plan = self.plan(&record, machines.remove(name));
            recovery.plans.push(plan);
        }
        if !passed.is_empty() {
            let message = format!(
                "as-built report `{}` also tells SRM recovery plan {}, which another export tells; the report is not used for it",
                self.name,
                passed.join(", ")
            );
            let code = &codes::read_recovery::REPORT_PASSED_OVER;
            let finding = Finding::new(code, Domain::Recovery, message);
            self.reader
                .report(finding.at(self.origin(Span::default()), self.name));
        }
        recovery.plans.sort_by(|a, b| by_name(&a.ident, &b.ident));
    }

    fn twice(&mut self, what: &str, first: &Ident, second: &Ident) {
        let message = format!(
            "as-built report `{}` tells two {what}s named `{}`; the first is used",
            self.name, first.name
        );
        let finding = Finding::new(&codes::read::DUPLICATE_OBJECT, Domain::Recovery, message);
        self.reader
            .report(finding.about(first.subject()).about(second.subject()));
    }

    /// A plan with what the report tells of it, and what it lacks.
    fn plan(&mut self, record: &Record, machines: Option<Machines>) -> RecoveryPlan<Named> {
        self.unknown(record, &PLAN);
        let name = record.text("Name");
        let ident = self.ident(name, name, record.span);
        let missing = self.lacks(&ident, machines.as_ref());
        let groups = self.names_of_groups(record);
        let origin = self.origin(record.span);
        RecoveryPlan {
            description: told(record, "Description"),
            folder: None,
            // A report names both sites, and not which of them is protected.
            sites: Sites::default(),
            groups: groups
                .into_iter()
                .map(|name| Name::new(name, origin))
                .collect(),
            vms: machines.unwrap_or_default().vms,
            steps: Vec::new(),
            test_networks: Vec::new(),
            missing,
            ident,
        }
    }

    /// Groups by name, which a report separates by commas.
    fn names_of_groups(&self, record: &Record) -> Vec<String> {
        let names = record.text("Protection Groups").split(", ");
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Reports what the report lacks of a plan, and gives the calls that tell it.
    fn lacks(&mut self, plan: &Ident, machines: Option<&Machines>) -> Vec<String> {
        let last = match machines {
            None => "the settings of its machines",
            Some(machines) if machines.short => {
                "the steps of its machines, what they depend on and how their addresses change"
            }
            Some(_) => "how addresses change",
        };
        let source = format!("as-built report `{}`", self.name);
        plan::told_in_part(self.reader, plan, &source, last)
    }

    /// Mappings of networks, folders and resources.
    fn mappings(&mut self, tables: &[Table], recovery: &mut Recovery<Named>) {
        for table in tables {
            for record in table.records(&NETWORK).into_iter().flatten() {
                let mapping = self.network(&record);
                let known = |other: &NetworkMapping<Named>| other.ident.id == mapping.ident.id;
                if !recovery.networks.iter().any(known) {
                    recovery.networks.push(mapping);
                }
            }
            let under = |heading: &str| table.headings.iter().any(|above| above == heading);
            let mapped = if under("Folder Mappings") {
                Mapped::Folders
            } else if under("Resource Mappings") {
                Mapped::Resources
            } else {
                continue;
            };
            // The head names the two sites.
            for row in table.rows.iter().skip(1) {
                if let [from, to] = row.as_slice() {
                    let name = format!("{} to {}", from.text, to.text);
                    let id = format!("{}/{name}", mapped.words());
                    recovery.other_mappings.push(OtherMapping {
                        ident: self.ident(&id, &name, from.span),
                        what: mapped.words().to_owned(),
                    });
                }
            }
        }
    }

    fn network(&mut self, record: &Record) -> NetworkMapping<Named> {
        let (from, to) = (
            record.text("Protected Network"),
            record.text("Recovery Network"),
        );
        let origin = self.origin(record.span);
        let name = format!("{from} to {to}");
        let test = record.text("Test Network");
        NetworkMapping {
            ident: self.ident(&name, &name, record.span),
            protected: self.reader.protected_network(from, Some(from), origin),
            protected_name: from.to_owned(),
            recovery_name: to.to_owned(),
            test_name: (test != ISOLATED && !test.is_empty()).then(|| test.to_owned()),
            rules: Vec::new(),
        }
    }
}

/// A text of a record, where it has one.
fn told(record: &Record, column: &str) -> Option<String> {
    record.get(column).map(|cell| cell.text.clone())
}
