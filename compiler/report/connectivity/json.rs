//! The answer for programs: a stable contract, described in the book.

use super::words::{action, basis, does, icmp_name, span, transport_name};
use super::{Answer, Line};
use crate::back::inert;
use crate::report::Spot;
use crate::verify::connectivity::{self, Basis, Ip, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

/// The document.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Document<'r> {
    /// What happens to traffic that no rule matches.
    pub default: Remainder<'r>,
    /// Who may talk to whom. A pair that is in no row may not talk.
    pub rows: Vec<Row<'r>>,
    /// With `--explain`, `--from` and `--to`: what may not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Vec<Row<'r>>>,
    /// Every machine, by the name that rows use.
    pub machines: Vec<Machine<'r>>,
    /// Findings of the reading that leave the answer in doubt.
    pub notes: Vec<Note<'r>>,
}

/// What happens to traffic that no rule matches.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Remainder<'r> {
    /// `allow`, `drop`, `reject` or `unknown`.
    pub action: &'static str,
    /// `default-rule`, `catch-all-rule`, `implied-rule`, `firewall-off` or `unknown`.
    pub basis: &'static str,
    /// Whether an export says.
    pub found: bool,
    /// The rule that says.
    pub rule: Option<Rule<'r>>,
    /// Where it stands.
    pub at: Option<Place>,
}

/// A rule by name.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Rule<'r> {
    /// Its display name.
    pub name: &'r str,
    /// The display name of its section.
    pub section: &'r str,
    /// Its id.
    pub id: &'r str,
}

/// A place in an export.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Place {
    /// The file, relative to the input, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// JSON pointer, or its like in XML and CSV.
    pub pointer: String,
}

/// Some ends that may talk to some others.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Row<'r> {
    /// Machines by name, and addresses.
    pub from: &'r [String],
    /// Machines by name, and addresses.
    pub to: &'r [String],
    /// On what; never empty.
    pub services: Vec<Service>,
    /// `false`: it may pass, and no export tells. Absent where it is discarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certain: Option<bool>,
    /// The rules that decide: with `--explain`, and always where it is not certain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why<'r>>,
}

/// A service. A field that is absent restricts nothing.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub struct Service {
    /// `any`, `tcp`, `udp`, `icmp`, `icmpv6` or `ip`.
    pub protocol: &'static str,
    /// Destination ports: `80`, `8000-8010`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<String>>,
    /// Only from these ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ports: Option<Vec<String>>,
    /// The type of ICMP.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Number>,
    /// The code of ICMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Number>,
    /// Other IP protocols: `47`, `50-51`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Vec<String>>,
    /// `v4` or `v6`: over this version only, though both ends speak both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<&'static str>,
}

/// A number, or a range of numbers: `9-255`.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// One.
    One(u8),
    /// Several.
    Range(String),
}

/// The rules that decide about some of the services of a row.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Why<'r> {
    /// Which services.
    pub services: Vec<Service>,
    /// At the sender, in the order in which they are read.
    pub sender: Vec<Act<'r>>,
    /// At the receiver.
    pub receiver: Vec<Act<'r>>,
}

/// A rule and what it does.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Act<'r> {
    /// The rule in words; null: there is none.
    pub rule: Option<&'r str>,
    /// Its id.
    pub id: Option<&'r str>,
    /// `allow`, `deny`, `pass` (on to the next tier) or `unknown`.
    pub does: &'static str,
    /// Whether it matches for certain.
    pub certain: bool,
    /// Whether it is the rule that decides about the rest.
    pub default: bool,
    /// Where it stands.
    pub at: Option<Place>,
}

/// A machine.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Machine<'r> {
    /// The name that rows use.
    pub name: String,
    /// Its id.
    pub id: &'r str,
    /// Its addresses; null where no export tells.
    pub addresses: Option<Vec<String>>,
}

/// A finding of the reading that leaves the answer in doubt.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Note<'r> {
    /// `R1001`.
    pub code: &'static str,
    /// `no-default-rule`.
    pub name: &'static str,
    /// The facts.
    pub message: &'r str,
    /// Where.
    pub at: Option<Place>,
}

/// The answer as JSON, with a line end.
#[must_use]
pub fn render(answer: &Answer<'_>) -> String {
    let lines = |rows| answer.lines(rows, |ends| answer.exact(ends));
    let connectivity = answer.connectivity;
    let held = lines(&connectivity.rows);
    let discarded = answer.explain.then(|| lines(&connectivity.discarded));
    let document = Document {
        default: remainder(answer),
        rows: rows(answer, &held),
        discarded: discarded.as_deref().map(|lines| rows(answer, lines)),
        machines: machines(answer),
        notes: notes(answer),
    };
    inert::json(&document)
}

fn notes<'r>(answer: &Answer<'r>) -> Vec<Note<'r>> {
    let note = |finding: &'r crate::finding::Finding| Note {
        code: finding.code.id,
        name: finding.code.name,
        message: &finding.message,
        at: finding
            .subjects
            .first()
            .and_then(|subject| Spot::of(subject.origin, answer.sources))
            .map(place),
    };
    answer.notes.iter().map(|finding| note(finding)).collect()
}

fn remainder<'r>(answer: &Answer<'r>) -> Remainder<'r> {
    let remainder = &answer.connectivity.remainder;
    let at = remainder
        .origin
        .and_then(|origin| Spot::of(origin, answer.sources));
    Remainder {
        action: action(remainder.action),
        basis: basis(remainder.basis),
        found: remainder.basis != Basis::Unknown,
        rule: remainder
            .rule
            .as_ref()
            .map(|[name, section, id]| Rule { name, section, id }),
        at: at.map(place),
    }
}

fn rows<'r>(answer: &'r Answer<'_>, lines: &'r [Line<'_>]) -> Vec<Row<'r>> {
    let row = |line: &'r Line<'_>| Row {
        from: &line.from,
        to: &line.to,
        services: services(&line.row.services),
        certain: match line.row.outcome {
            Outcome::Discarded => None,
            Outcome::Passes => Some(true),
            Outcome::MayPass => Some(false),
        },
        why: line.row.why.iter().map(|one| why(answer, one)).collect(),
    };
    lines.iter().map(row).collect()
}

fn why<'r>(answer: &'r Answer<'_>, why: &connectivity::Why) -> Why<'r> {
    let acts = |acts: &[connectivity::Act]| acts.iter().map(|one| act(answer, one)).collect();
    Why {
        services: services(&why.services),
        sender: acts(&why.sender),
        receiver: acts(&why.receiver),
    }
}

fn act<'r>(answer: &'r Answer<'_>, act: &connectivity::Act) -> Act<'r> {
    let reason = answer.reason(act);
    Act {
        rule: reason.map(|reason| reason.text.as_str()),
        id: reason
            .map(|reason| reason.id.as_str())
            .filter(|id| !id.is_empty()),
        does: does(act.verdict),
        certain: act.certain,
        default: reason.is_none_or(|reason| answer.is_default(reason)),
        at: reason.and_then(|reason| answer.spot(reason)).map(place),
    }
}

fn place(spot: Spot) -> Place {
    let Spot {
        file,
        line,
        pointer,
        ..
    } = spot;
    Place {
        file,
        line,
        pointer,
    }
}

fn machines<'r>(answer: &'r Answer<'_>) -> Vec<Machine<'r>> {
    let mut all: Vec<_> = answer.order.iter().map(|(vm, at)| (*at, *vm)).collect();
    all.sort_unstable();
    all.into_iter()
        .map(|(_, vm)| {
            let machine = &answer.policy.inventory.vms[vm];
            let addresses = machine.addresses.as_ref();
            Machine {
                name: answer.name(vm),
                id: &machine.ident.id,
                addresses: addresses.map(|held| held.parts().collect()),
            }
        })
        .collect()
}

/// Services as the contract writes them. Nothing that is left out means none: a list is never empty.
fn services(list: &[connectivity::Service]) -> Vec<Service> {
    let mut found = Vec::new();
    for one in list {
        match one {
            connectivity::Service::Any(ip) => found.push(Service {
                protocol: "any",
                ip: version(*ip),
                ..Service::default()
            }),
            connectivity::Service::Ports {
                transport: kind,
                ports,
                source,
                ip,
            } => found.push(Service {
                protocol: transport_name(*kind),
                ports: Some(ports.iter().map(span).collect()),
                source_ports: (!source.is_full()).then(|| source.iter().map(span).collect()),
                ip: version(*ip),
                ..Service::default()
            }),
            connectivity::Service::Icmp { v6, kinds, codes } => {
                for kind in kinds.iter() {
                    found.extend(codes.iter().map(|code| Service {
                        protocol: icmp_name(*v6),
                        kind: number(kind),
                        code: number(code),
                        ..Service::default()
                    }));
                }
            }
            connectivity::Service::Protocols { numbers, ip } => found.push(Service {
                protocol: "ip",
                numbers: Some(numbers.iter().map(span).collect()),
                ip: version(*ip),
                ..Service::default()
            }),
        }
    }
    found
}

/// A range of types or codes; nothing for all of them.
fn number(range: (u8, u8)) -> Option<Number> {
    match range {
        (0, u8::MAX) => None,
        (first, last) if first == last => Some(Number::One(first)),
        range => Some(Number::Range(span(range))),
    }
}

const fn version(ip: Ip) -> Option<&'static str> {
    match ip {
        Ip::Each => None,
        Ip::V4 => Some("v4"),
        Ip::V6 => Some("v6"),
    }
}
