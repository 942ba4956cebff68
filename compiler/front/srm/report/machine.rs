//! How a report tells the settings of a machine in a plan.

use super::super::address::Of;
use super::super::value;
use super::table::{Cell, Record, Table};
use super::{Named, Report};
use crate::finding::{Domain, Finding, codes};
use crate::ir::Ident;
use crate::ir::recovery::{AddressChange, Callout, CalloutKind, Shutdown, VmRecovery};
use rehome_grammar::Span;
use rehome_grammar::de::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The first columns of the settings.
const SETTINGS: [&str; 3] = ["Name", "Status", "Recovery Priority"];
/// All columns of them.
const COLUMNS: [&str; 11] = [
    "Name",
    "Status",
    "Recovery Priority",
    "Skip Guest ShutDown",
    "PowerOn Timeout",
    "PowerOn Delay",
    "PowerOff Timeout",
    "Final Power State",
    "Pre PowerOn Callouts",
    "Post PowerOn Callouts",
    "Dependent VMs",
];

/// The machines that a report names in a cell of their own.
pub(super) fn names(tables: &[Table]) -> BTreeSet<String> {
    let records = tables.iter().filter_map(|table| {
        let of_plan = table.plan().and_then(|_| table.records(&SETTINGS));
        of_plan.or_else(|| table.records(&["VM Name"]))
    });
    records
        .flatten()
        .map(|record| match record.get("VM Name") {
            Some(cell) => cell.text.clone(),
            None => record.text("Name").to_owned(),
        })
        .collect()
}

/// The machines of a plan.
#[derive(Debug, Default)]
pub(super) struct Machines {
    /// Their settings.
    pub vms: Vec<VmRecovery<Named>>,
    /// Whether a table leaves out their steps and what they depend on, as reports of less detail do.
    pub short: bool,
}

impl Report<'_, '_, '_> {
    /// The machines of each plan.
    pub(super) fn machines(&mut self, tables: &[Table]) -> BTreeMap<String, Machines> {
        let mut plans: BTreeMap<String, Machines> = BTreeMap::new();
        for table in tables {
            let Some(plan) = table.plan() else { continue };
            let machines = plans.entry(plan.to_owned()).or_default();
            for record in table.records(&SETTINGS).into_iter().flatten() {
                machines.short |= [
                    "Pre PowerOn Callouts",
                    "Post PowerOn Callouts",
                    "Dependent VMs",
                ]
                .iter()
                .any(|column| !record.has(column));
                let vm = self.machine(plan, &record);
                let mut known = machines.vms.iter();
                match known.find(|known| known.ident.id == vm.ident.id) {
                    Some(first) => self.twice("machine", &first.ident, &vm.ident),
                    None => machines.vms.push(vm),
                }
            }
        }
        plans
    }

    fn machine(&mut self, plan: &str, record: &Record) -> VmRecovery<Named> {
        self.unknown(record, &COLUMNS);
        let name = record.text("Name");
        let ident = self.ident(&format!("{plan}/{name}"), name, record.span);
        let of = Of {
            ident: &ident,
            file: self.file,
        };
        let spanned = |column: &str| {
            record.get(column).map(|cell| Spanned {
                value: cell.text.clone(),
                span: cell.span,
            })
        };
        let priority = value::priority_of(self.reader, of, spanned("Recovery Priority").as_ref());
        let power = spanned("Final Power State");
        let power_on = value::power_state(self.reader, of, power.as_ref());
        let skips = self.yes(&ident, "Skip Guest ShutDown", record);
        let off = self.seconds(&ident, "PowerOff Timeout", record);
        let before = self.callouts(&ident, "before", record.get("Pre PowerOn Callouts"));
        let after = self.callouts(&ident, "after", record.get("Post PowerOn Callouts"));
        let others = self.names(&ident, "Dependent VMs", record.get("Dependent VMs"));
        let origin = self.origin(record.span);
        let depends_on = others
            .iter()
            .map(|other| self.reader.machine(other, Some(other), origin))
            .collect();
        VmRecovery {
            vm: self.reader.machine(name, Some(name), origin),
            priority,
            power_on,
            tools_timeout_seconds: self.seconds(&ident, "PowerOn Timeout", record),
            delay_seconds: self.seconds(&ident, "PowerOn Delay", record).unwrap_or(0),
            shutdown: match skips {
                Some(true) => Shutdown::PowerOff,
                Some(false) => Shutdown::Guest(off),
                None => Shutdown::Unsaid,
            },
            depends_on,
            before,
            after,
            addresses: AddressChange::Unsaid,
            ident,
        }
    }

    /// `Yes` or `No`.
    fn yes(&mut self, of: &Ident, column: &str, record: &Record) -> Option<bool> {
        let cell = record.get(column)?;
        match cell.text.as_str() {
            "Yes" | "True" => Some(true),
            "No" | "False" => Some(false),
            _ => {
                self.odd(of, column, cell.text.clone(), cell.span);
                None
            }
        }
    }

    /// `300/s`.
    fn seconds(&mut self, of: &Ident, column: &str, record: &Record) -> Option<u32> {
        let cell = record.get(column)?;
        let seconds = cell.text.strip_suffix("/s").unwrap_or(&cell.text);
        let read = seconds.trim().parse().ok();
        if read.is_none() {
            self.odd(of, column, cell.text.clone(), cell.span);
        }
        read
    }

    fn odd(&mut self, of: &Ident, column: &str, value: String, span: Span) {
        let value = Spanned { value, span };
        let taken = "it is left out";
        self.reader.bad_value(of, column, self.file, &value, taken);
    }

    /// Steps of a machine: `Name: db stop, Run In VM: No, TimeOut: 300/s`, one after the other. What
    /// they say or run is in no report.
    fn callouts(&mut self, of: &Ident, word: &str, cell: Option<&Cell>) -> Vec<Callout> {
        let Some(cell) = cell else { return Vec::new() };
        let mut callouts = Vec::new();
        let mut rest = cell.text.as_str();
        while let Some((told, behind)) = one(rest) {
            let number = callouts.len() + 1;
            let id = format!("{}/{word}/{number}", of.id);
            let name = match told.name {
                "" => format!("step {number} {word} power-on of {}", of.name),
                name => name.to_owned(),
            };
            callouts.push(Callout {
                ident: self.ident(&id, &name, cell.span),
                kind: told.kind,
                content: None,
                timeout_seconds: told.timeout,
            });
            rest = behind;
        }
        if !rest.trim().is_empty() {
            let message = format!(
                "the steps {word} power-on of SRM machine `{}` are in no form that an as-built report is known to have",
                of.name
            );
            let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Recovery, message);
            let finding = finding.about(of.subject());
            self.reader
                .report(finding.at(self.origin(cell.span), rest.trim()));
        }
        callouts
    }
}

/// What a report tells of one step.
struct Told<'c> {
    name: &'c str,
    kind: CalloutKind,
    timeout: Option<u32>,
}

/// The first step of a text, and what stands behind it.
fn one(text: &str) -> Option<(Told<'_>, &str)> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let (name, rest) = text.strip_prefix("Name:")?.split_once(", Run In VM:")?;
    let (place, rest) = rest.split_once(", TimeOut:")?;
    let (seconds, behind) = rest.split_once("/s")?;
    // A prompt runs nowhere and has no timeout.
    let kind = match (place.trim(), seconds.trim()) {
        ("Yes" | "True", _) => CalloutKind::InGuest,
        ("No" | "False", _) => CalloutKind::OnServer,
        ("", "") => CalloutKind::Prompt,
        (_, _) => return None,
    };
    let timeout = match seconds.trim() {
        "" => None,
        seconds => Some(seconds.parse().ok()?),
    };
    let name = name.trim();
    Some((
        Told {
            name,
            kind,
            timeout,
        },
        behind,
    ))
}
