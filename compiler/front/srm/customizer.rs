//! Tables of DR IP Customizer: the addresses of machines at both sites, one adapter a row and more rows
//! where an adapter has more gateways or servers.
//!
//! A table names no plan: what it tells of a machine holds in each plan that recovers it. It is what
//! somebody applied, or meant to; the recovery settings of a machine are what is in force, and go first.
//!
//! Source of the columns and of their meaning: "Structure of the DR IP Customizer CSV File" in the
//! administration guides of Site Recovery Manager 5.8 to 8.8.

use super::Form;
use super::address::{Of, addresses, prefix};
use super::pairing::{Centers, Sides};
use super::reader::{Reader, identity, not_held};
use super::shape::first_object;
use crate::finding::{Domain, Finding, codes};
use crate::front::detect::{Export, Format};
use crate::ir::Ident;
use crate::ir::Named;
use crate::ir::recovery::{NicAddresses, NicSettings, RecoveryPlan};
use crate::source::{FileId, Origin};
use rehome_grammar::de::Spanned;
use rehome_grammar::{Kind, Node, Span, Syntax, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// The columns, in lower case.
const COLUMNS: [&str; 16] = [
    "vm id",
    "vm name",
    "vcenter server",
    "adapter id",
    "dns domain",
    "net bios",
    "primary wins",
    "secondary wins",
    "ip address",
    "subnet mask",
    "gateway(s)",
    "ipv6 address",
    "ipv6 subnet prefix length",
    "ipv6 gateway(s)",
    "dns server(s)",
    "dns suffix(es)",
];
/// The columns that count for adapter 0, which stands for all adapters of a machine.
const OF_ALL: [&str; 6] = [
    "vm id",
    "vm name",
    "vcenter server",
    "adapter id",
    "dns server(s)",
    "dns suffix(es)",
];

/// Whether a file is such a table.
pub(super) fn is_known(tree: &Tree) -> bool {
    let root = tree.roots().next().filter(|_| tree.syntax() == Syntax::Csv);
    root.and_then(first_object).is_some_and(|record| {
        let has = |name: &&str| {
            record
                .entries()
                .any(|(key, _)| column(&key.name()) == **name)
        };
        COLUMNS.iter().take(3).all(has)
    })
}

fn column(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_ascii_lowercase()
}

/// What tables tell.
#[derive(Debug, Default)]
pub(super) struct Tables {
    vms: Vec<Machine>,
    centers: Centers,
    /// The machines that a plan took addresses of, and the servers of no known site.
    taken: BTreeSet<usize>,
    unplaced: BTreeSet<String>,
}

/// What a table tells of a machine.
#[derive(Debug)]
struct Machine {
    ident: Ident,
    file: FileId,
    /// By the name of the vCenter Server.
    sites: BTreeMap<String, BTreeMap<i64, Adapter>>,
}

/// An adapter at one site.
#[derive(Debug, Default)]
struct Adapter {
    span: Span,
    settings: NicSettings,
}

impl Tables {
    /// Reads all tables.
    pub(super) fn read(exports: &[Export<'_>], reader: &mut Reader<'_, '_>) -> Self {
        let mut tables = Self {
            centers: Centers::read(reader),
            ..Self::default()
        };
        for export in exports {
            if export.format != Format::Srm(Form::AddressTable) {
                continue;
            }
            let mut unknown = BTreeSet::new();
            for root in export.source.tree.roots() {
                let single = (root.kind() == Kind::Object).then_some(root);
                for node in root.items().chain(single) {
                    columns(export.file, node, &mut unknown, reader);
                    tables.row(export.file, node, reader);
                }
            }
        }
        tables
    }

    fn row(&mut self, file: FileId, node: Node<'_>, reader: &mut Reader<'_, '_>) {
        let row = Row::of(file, node);
        let ident = identity(
            row.text("vm id"),
            Some(row.text("vm name").to_owned()),
            row.origin(),
        );
        let Some(adapter) = row.adapter(&ident, reader) else {
            return;
        };
        let at = self.vms.iter().position(|vm| vm.ident.id == ident.id);
        let at = at.unwrap_or_else(|| {
            self.vms.push(Machine {
                ident: ident.clone(),
                file,
                sites: BTreeMap::new(),
            });
            self.vms.len() - 1
        });
        let Some(vm) = self.vms.get_mut(at) else {
            return;
        };
        let site = vm.sites.entry(row.text("vcenter server").to_owned());
        let known = site.or_default().entry(adapter).or_insert_with(|| Adapter {
            span: node.span(),
            settings: NicSettings::default(),
        });
        row.fill(adapter, &ident, known, reader);
    }

    /// The addresses that the tables give a machine of a plan.
    pub(super) fn of(
        &mut self,
        id: &str,
        name: &str,
        sides: &Sides,
        reader: &mut Reader<'_, '_>,
    ) -> Option<(Ident, Vec<NicAddresses>)> {
        let (at, vm) = find(&self.vms, id, name)?;
        let mut protected = BTreeMap::new();
        let mut recovery = BTreeMap::new();
        for (center, adapters) in &vm.sites {
            let id = self.centers.id(center);
            if id.is_some() && id == sides.protected.as_deref() {
                protected = inherited(adapters);
            } else if id.is_some() && id == sides.recovery.as_deref() {
                recovery = inherited(adapters);
            } else if self.unplaced.insert(center.clone()) {
                let message = format!(
                    "a table of DR IP Customizer gives addresses at vCenter Server `{center}`, and which site of a recovery plan that is, `GET /api/rest/srm/v2/pairings` tells: its answer is not in the input or names no such server"
                );
                let code = &codes::read::INCOMPLETE_EXPORT;
                let finding = Finding::new(code, Domain::Recovery, message);
                reader.report(finding.about(vm.ident.subject()));
            }
        }
        self.taken.insert(at);
        let sets = |settings: &NicSettings| settings.dhcp || !settings.addresses.is_empty();
        if !recovery.values().any(|(_, settings)| sets(settings)) {
            return None;
        }
        let adapters: BTreeSet<i64> = protected.keys().chain(recovery.keys()).copied().collect();
        let nics = adapters.into_iter().map(|device| {
            let (at, told) = recovery.remove(&device).unwrap_or_default();
            let (_, own) = protected.remove(&device).unwrap_or_default();
            NicAddresses {
                origin: Origin {
                    file: vm.file,
                    span: at,
                },
                device,
                protected: own,
                recovery: told,
            }
        });
        Some((vm.ident.clone(), nics.collect()))
    }

    /// Reports the machines that no plan recovers.
    pub(super) fn finish(self, plans: &[RecoveryPlan<Named>], reader: &mut Reader<'_, '_>) {
        for (at, vm) in self.vms.iter().enumerate() {
            if self.taken.contains(&at) {
                continue;
            }
            let name = &vm.ident.name;
            // A plan that the answers tell has taken the addresses of its machines: this one is told in part.
            let mut in_part = plans.iter().filter(|plan| recovers(plan, vm));
            let message = if let Some(plan) = in_part.next() {
                format!(
                    "a table of DR IP Customizer gives addresses to `{name}` of SRM recovery plan `{}`; the export that tells the plan does not say which of its sites is protected, so which addresses are those of the recovery is not known",
                    plan.ident.name
                )
            } else if plans.is_empty() {
                format!(
                    "a table of DR IP Customizer gives addresses to `{name}`; the recovery plan that they are for is not in the input"
                )
            } else {
                format!(
                    "a table of DR IP Customizer gives addresses to `{name}`, which no recovery plan of the input recovers"
                )
            };
            let finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message);
            reader.report(
                finding
                    .about(vm.ident.subject())
                    .remedy("collect the plan with the script of the book, and give rehome its file beside the table"),
            );
        }
    }
}

/// Whether a plan names a machine of the tables.
fn recovers(plan: &RecoveryPlan<Named>, vm: &Machine) -> bool {
    let mut names = plan.vms.iter().map(|known| &known.ident.name);
    names.any(|known| *known == vm.ident.name)
}

/// A machine by its id, or by a name that one machine of the tables has.
fn find<'vms>(vms: &'vms [Machine], id: &str, name: &str) -> Option<(usize, &'vms Machine)> {
    let all = || vms.iter().enumerate();
    let same = |vm: &Machine| {
        let own = vm.ident.id.as_str();
        own == id || id.split(':').any(|part| part == own)
    };
    all().find(|(_, vm)| same(vm)).or_else(|| {
        let mut named = all().filter(|(_, vm)| vm.ident.name == name);
        named.next().filter(|_| named.next().is_none())
    })
}

/// The adapters of a site; servers and suffixes of adapter 0 are those of each that has none.
fn inherited(adapters: &BTreeMap<i64, Adapter>) -> BTreeMap<i64, (Span, NicSettings)> {
    let all = adapters.get(&0).map(|adapter| &adapter.settings);
    let own = adapters.iter().filter(|(number, _)| **number != 0);
    own.map(|(number, adapter)| {
        let mut settings = adapter.settings.clone();
        if let Some(all) = all {
            if settings.dns.is_empty() {
                settings.dns.clone_from(&all.dns);
            }
            if settings.suffixes.is_empty() {
                settings.suffixes.clone_from(&all.suffixes);
            }
        }
        (*number, (adapter.span, settings))
    })
    .collect()
}

/// Reports each column that is not known, once a file.
fn columns(
    file: FileId,
    node: Node<'_>,
    unknown: &mut BTreeSet<String>,
    reader: &mut Reader<'_, '_>,
) {
    for (key, _) in node.entries() {
        let name = column(&key.name());
        if COLUMNS.contains(&name.as_str()) || !unknown.insert(name) {
            continue;
        }
        let name = key.name();
        let message = format!("column `{name}` of a table of DR IP Customizer is not known");
        let finding = Finding::new(&codes::read::UNKNOWN_KEY, Domain::Recovery, message);
        let origin = Origin {
            file,
            span: key.span(),
        };
        reader.report(finding.at(origin, name));
    }
}

/// A row of a table.
struct Row {
    file: FileId,
    span: Span,
    cells: BTreeMap<String, Spanned<String>>,
}

impl Row {
    fn of(file: FileId, node: Node<'_>) -> Self {
        let cells = node.entries().filter_map(|(key, cell)| {
            let value = cell.str()?.trim().to_owned();
            let told = !value.is_empty();
            let span = cell.span();
            told.then(|| (column(&key.name()), Spanned { value, span }))
        });
        Self {
            file,
            span: node.span(),
            cells: cells.collect(),
        }
    }

    fn origin(&self) -> Origin {
        Origin {
            file: self.file,
            span: self.span,
        }
    }

    fn get(&self, column: &str) -> Option<&Spanned<String>> {
        self.cells.get(column)
    }

    fn text(&self, column: &str) -> &str {
        self.get(column).map_or("", |cell| cell.value.as_str())
    }

    /// The number of the adapter, for a row that says whose it is.
    fn adapter(&self, of: &Ident, reader: &mut Reader<'_, '_>) -> Option<i64> {
        const LEFT: &str = "the row is left out";
        for needed in COLUMNS.iter().take(4) {
            if self.get(needed).is_none() {
                reader.no_value(of, needed, LEFT);
                return None;
            }
        }
        let told = self.get("adapter id")?;
        let number = told.value.parse().ok().filter(|number| *number >= 0);
        if number.is_none() {
            reader.bad_value(of, "adapter id", self.file, told, LEFT);
        }
        number
    }

    /// Adds what the row tells of an adapter.
    fn fill(&self, number: i64, of: &Ident, adapter: &mut Adapter, reader: &mut Reader<'_, '_>) {
        if number == 0 {
            for (column, cell) in &self.cells {
                if COLUMNS.contains(&column.as_str()) && !OF_ALL.contains(&column.as_str()) {
                    let taken =
                        "adapter 0 has servers and suffixes of DNS alone, and it is left out";
                    reader.bad_value(of, column, self.file, cell, taken);
                }
            }
            return self.names(of, &mut adapter.settings, reader);
        }
        for column in ["dns domain", "net bios"] {
            if let Some(cell) = self.get(column) {
                let message = format!(
                    "a table of DR IP Customizer gives adapter {number} of `{}` the {column} `{}`; no target holds that",
                    of.name, cell.value
                );
                reader.report(not_held(of.subject(), message));
            }
        }
        let settings = &mut adapter.settings;
        self.own(of, "ip address", settings, reader);
        self.own(of, "ipv6 address", settings, reader);
        if let Some(mask) = self.get("subnet mask") {
            settings.prefix = prefix(&mask.value);
            if settings.prefix.is_none() {
                reader.bad_value(of, "subnet mask", self.file, mask, "it is left out");
            }
        }
        if let Some(length) = self.get("ipv6 subnet prefix length") {
            let read = length.value.parse().ok();
            settings.prefix_v6 = read.filter(|length| (1..=128).contains(length));
            if settings.prefix_v6.is_none() {
                let column = "ipv6 subnet prefix length";
                reader.bad_value(of, column, self.file, length, "it is left out");
            }
        }
        let from = Of {
            ident: of,
            file: self.file,
        };
        for column in ["gateway(s)", "ipv6 gateway(s)"] {
            settings
                .gateways
                .extend(addresses(reader, from, column, [self.get(column)]));
        }
        for column in ["primary wins", "secondary wins"] {
            let read = addresses(reader, from, column, [self.get(column)]);
            let new = read.into_iter().filter(|one| !settings.wins.contains(one));
            settings.wins.extend(new.collect::<Vec<_>>());
        }
        self.names(of, settings, reader);
    }

    /// The address of an adapter: one for each version.
    fn own(
        &self,
        of: &Ident,
        column: &str,
        settings: &mut NicSettings,
        reader: &mut Reader<'_, '_>,
    ) {
        let Some(cell) = self.get(column) else { return };
        if cell.value.eq_ignore_ascii_case("dhcp") {
            settings.dhcp = true;
            return;
        }
        let from = Of {
            ident: of,
            file: self.file,
        };
        let v6 = column.starts_with("ipv6");
        for address in addresses(reader, from, column, [Some(cell)]) {
            let mut known = settings.addresses.iter();
            let other = known.any(|known| *known != address && known.is_ipv6() == v6);
            if other || address.is_ipv6() != v6 {
                let taken = "an adapter has one address of each version, and it is left out";
                reader.bad_value(of, column, self.file, cell, taken);
            } else if !settings.addresses.contains(&address) {
                settings.addresses.push(address);
            }
        }
    }

    /// Servers and suffixes of DNS.
    fn names(&self, of: &Ident, settings: &mut NicSettings, reader: &mut Reader<'_, '_>) {
        let from = Of {
            ident: of,
            file: self.file,
        };
        settings.dns.extend(addresses(
            reader,
            from,
            "dns server(s)",
            [self.get("dns server(s)")],
        ));
        let suffix = self.get("dns suffix(es)");
        settings
            .suffixes
            .extend(suffix.map(|suffix| suffix.value.clone()));
    }
}
