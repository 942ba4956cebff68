//! What all readers of this front end share: the answers, the findings, and what was met so far.

use super::bundle::{Answers, Item, Listed};
use super::call::Call;
use super::schema::SCHEMA;
use crate::finding::{Domain, Finding, Findings, Subject, codes};
use crate::ir::inventory::{Segment, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Inventory, Name, Named};
use crate::source::{FileId, Origin};
use rehome_grammar::de::Spanned;
use rehome_grammar::text;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why something is lacking that nobody asked for.
pub(super) const NOT_HERE: &str = "its answer is not in the input";

/// Reads answers and remembers the machines and networks they name.
#[derive(Debug)]
pub(super) struct Reader<'a, 't> {
    /// All answers.
    pub answers: &'a Answers<'t>,
    findings: &'a mut Findings,
    machines: BTreeMap<String, Met>,
    networks: BTreeMap<String, Network>,
}

/// Something an answer names.
#[derive(Debug)]
struct Met {
    name: Option<String>,
    origin: Origin,
}

#[derive(Debug)]
struct Network {
    met: Met,
    protected: bool,
}

/// Who misses something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'o> {
    /// What it is: `recovery plan`.
    pub kind: &'static str,
    /// Who it is.
    pub ident: &'o Ident,
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(answers: &'a Answers<'t>, findings: &'a mut Findings) -> Self {
        Self {
            answers,
            findings,
            machines: BTreeMap::new(),
            networks: BTreeMap::new(),
        }
    }

    /// Reads one object.
    pub(super) fn object<T: Deserialize<'t>>(&mut self, item: Item<'t>) -> Option<T> {
        SCHEMA
            .read::<T>(item.file, item.node, self.findings)
            .map(|read| read.value)
    }

    /// Reads one object that was read, and reported on, before.
    pub(super) fn again<T: Deserialize<'t>>(&self, item: Item<'t>) -> Option<T> {
        rehome_grammar::de::from_node(item.node).0.ok()
    }

    /// Reads one object of vSphere Replication.
    pub(super) fn replication<T: Deserialize<'t>>(&mut self, item: Item<'t>) -> Option<T> {
        super::schema::REPLICATION
            .read::<T>(item.file, item.node, self.findings)
            .map(|read| read.value)
    }

    /// The objects of a call that must be there; what is missing is reported and returned.
    pub(super) fn list(
        &mut self,
        owner: Owner<'_>,
        what: &str,
        call: &Call,
    ) -> (Option<Vec<Item<'t>>>, Option<String>) {
        let listed = self.answers.list(call);
        self.required(owner, what, call, listed)
    }

    /// Takes what a call gave, and reports what it did not give.
    pub(super) fn required(
        &mut self,
        owner: Owner<'_>,
        what: &str,
        call: &Call,
        listed: Option<Listed<'t>>,
    ) -> (Option<Vec<Item<'t>>>, Option<String>) {
        let failure = self.answers.failure(call).map(str::to_owned);
        let next = listed.as_ref().and_then(|listed| listed.next.clone());
        let items = listed.map(|listed| listed.items);
        let missing = match (&items, failure, next) {
            (Some(_), None, None) => None,
            (Some(_), None, Some(next)) => {
                Some(self.lacks(owner, what, &next, "a page is missing"))
            }
            (_, Some(failure), _) => {
                let request = self.answers.request(call, &[]);
                Some(self.lacks(owner, what, &request, &failure))
            }
            (None, None, _) => {
                let request = self.answers.request(call, &[Call::Plans, Call::Groups]);
                Some(self.lacks(owner, what, &request, NOT_HERE))
            }
        };
        (items, missing)
    }

    /// Reports that something lacks the answer to a request, and gives the request back.
    pub(super) fn lacks(
        &mut self,
        owner: Owner<'_>,
        what: &str,
        request: &str,
        why: &str,
    ) -> String {
        let message = format!(
            "SRM {} `{}` lacks {what}, which `{request}` tells: {why}",
            owner.kind, owner.ident.name
        );
        self.findings.push(
            Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
                .about(owner.ident.subject())
                .remedy(format!(
                    "run `{request}`, or the collection script of the book, and add the answer to the input"
                )),
        );
        request.to_owned()
    }

    /// Reports a value that the product does not define.
    pub(super) fn bad_value(
        &mut self,
        of: &Ident,
        key: &str,
        file: FileId,
        value: &Spanned<String>,
        taken: &str,
    ) {
        let origin = Origin {
            file,
            span: value.span,
        };
        let message = format!(
            "`{}` is not a value that SRM defines for `{key}` of `{}`; {taken}",
            value.value, of.name
        );
        self.report(
            Finding::new(&codes::read::BAD_VALUE, Domain::Recovery, message)
                .about(of.subject())
                .at(origin, value.value.clone()),
        );
    }

    /// Reports that a key is missing.
    pub(super) fn no_value(&mut self, of: &Ident, key: &str, taken: &str) {
        let message = format!("`{}` of SRM has no `{key}`; {taken}", of.name);
        self.report(
            Finding::new(&codes::read::BAD_SHAPE, Domain::Recovery, message).about(of.subject()),
        );
    }

    /// All findings, for what reads objects of its own.
    pub(super) const fn findings(&mut self) -> &mut Findings {
        self.findings
    }

    /// Reports that two answers name one object differently.
    pub(super) fn two_names(&mut self, first: Owner<'_>, second: &Ident) {
        let Owner { kind, ident } = first;
        if ident.name == second.name {
            return;
        }
        let message = format!(
            "SRM names {kind} `{}` both `{}` and `{}`",
            ident.id, ident.name, second.name
        );
        self.report(
            Finding::new(&codes::read::DUPLICATE_OBJECT, Domain::Recovery, message)
                .about(ident.subject())
                .about(second.subject()),
        );
    }

    /// Adds a finding.
    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// A reference to a machine.
    pub(super) fn machine(
        &mut self,
        id: &str,
        name: Option<&str>,
        origin: Origin,
    ) -> Name<Vm<Named>> {
        let met = self
            .machines
            .entry(id.to_owned())
            .or_insert(Met { name: None, origin });
        if met.name.is_none() {
            met.name = name.map(str::to_owned);
        }
        Name::new(id, origin)
    }

    /// A reference to a network at the protected site.
    pub(super) fn protected_network(
        &mut self,
        id: &str,
        name: Option<&str>,
        origin: Origin,
    ) -> Name<Segment> {
        self.network(id, name, origin).protected = true;
        Name::new(id, origin)
    }

    /// A reference to a network at the recovery site.
    pub(super) fn recovery_network(
        &mut self,
        id: &str,
        name: Option<&str>,
        origin: Origin,
    ) -> Name<Segment> {
        self.network(id, name, origin);
        Name::new(id, origin)
    }

    /// The name of a network, where an answer told it.
    pub(super) fn network_name(&self, id: &str) -> Option<&str> {
        self.networks.get(id)?.met.name.as_deref()
    }

    fn network(&mut self, id: &str, name: Option<&str>, origin: Origin) -> &mut Network {
        let network = self.networks.entry(id.to_owned()).or_insert(Network {
            met: Met { name: None, origin },
            protected: false,
        });
        if network.met.name.is_none() {
            network.met.name = name.map(str::to_owned);
        }
        network
    }

    /// Reports what nothing asked for, and adds what was met to the inventory.
    pub(super) fn finish(self, inventory: &mut Inventory<Named>) {
        for (origin, request) in self.answers.strays() {
            let message = format!(
                "the answer to `{request}` is about something that no other answer of SRM names"
            );
            self.findings.push(
                Finding::new(
                    &codes::read_recovery::STRAY_ANSWER,
                    Domain::Recovery,
                    message,
                )
                .at(origin, request),
            );
        }
        for (origin, request, why) in self.answers.untold() {
            let message = format!("SRM was asked `{request}`, and what it tells is lacking: {why}");
            self.findings.push(
                Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
                    .at(origin, request.clone())
                    .remedy(format!(
                        "run `{request}` again and add the answer to the input"
                    )),
            );
        }
        let morefs = unique_morefs(self.machines.keys());
        for (id, met) in self.machines {
            inventory.vms.push(vm(&id, met, &morefs));
        }
        let morefs = unique_morefs(self.networks.keys());
        for (id, network) in self.networks {
            inventory.segments.push(segment(&id, network, &morefs));
        }
    }
}

/// The order that objects are written in.
pub(super) fn by_name(a: &Ident, b: &Ident) -> std::cmp::Ordering {
    (&a.name, &a.id).cmp(&(&b.name, &b.id))
}

/// The identifier in `VirtualMachine:vm-155:3f0c...`, where there is one.
fn moref(id: &str) -> Option<&str> {
    let short = match id.match_indices(':').nth(1) {
        Some((at, _)) => id.get(..at)?,
        None => id,
    };
    let parsed = text::moref(short).ok()?;
    parsed.kind?;
    Some(parsed.value)
}

/// Identifiers that one id has: two servers count their objects alike.
fn unique_morefs<'i>(ids: impl Iterator<Item = &'i String>) -> BTreeMap<String, bool> {
    let mut seen = BTreeMap::new();
    for value in ids.filter_map(|id| moref(id)) {
        seen.entry(value.to_owned())
            .and_modify(|unique| *unique = false)
            .or_insert(true);
    }
    seen
}

fn aliases(id: &str, morefs: &BTreeMap<String, bool>) -> Vec<String> {
    let unique = |value: &&str| morefs.get(*value).copied().unwrap_or(false);
    let moref = moref(id).filter(unique).map(str::to_owned);
    std::iter::once(id.to_owned()).chain(moref).collect()
}

fn ident(id: &str, met: Met) -> Ident {
    Ident {
        id: id.to_owned(),
        name: met.name.unwrap_or_else(|| id.to_owned()),
        origin: met.origin,
    }
}

fn vm(id: &str, met: Met, morefs: &BTreeMap<String, bool>) -> Vm<Named> {
    Vm {
        aliases: aliases(id, morefs),
        ident: ident(id, met),
        tags: Vec::new(),
        addresses: None,
        segments: Vec::new(),
        os_name: None,
        computer_name: None,
        host: None,
        cluster: None,
    }
}

/// A network of the recovery site often has the name, and can have the identifier, of another one
/// at the protected site: it is known by its whole id alone, and its name says where it is.
fn segment(id: &str, network: Network, morefs: &BTreeMap<String, bool>) -> Segment {
    let Network { met, protected } = network;
    let mut ident = ident(id, met);
    let aliases = if protected {
        aliases(id, morefs)
    } else {
        ident.name = format!("{} (recovery site)", ident.name);
        vec![id.to_owned()]
    };
    Segment {
        ident,
        aliases,
        tags: Vec::new(),
        subnets: AddressSet::default(),
    }
}

/// The identity of an object of an answer.
pub(super) fn identity(id: impl Into<String>, name: Option<String>, origin: Origin) -> Ident {
    let id = id.into();
    let name = name
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| id.clone());
    Ident { id, name, origin }
}

/// The finding about a part of an object that nothing here holds.
pub(super) fn not_held(of: Subject, message: String) -> Finding {
    Finding::new(&codes::read::NOT_TRANSLATED, Domain::Recovery, message)
        .effect(crate::finding::Effect::Conduct)
        .about(of)
}
