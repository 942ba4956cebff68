//! The answer for programs: a stable contract, described in the book.

use super::words::{action, basis, does, icmp_name, span, transport_name};
use super::{Answer, Line};
use crate::back::inert;
use crate::report::Spot;
use crate::verify::connectivity::{Act, Basis, Ip, Outcome, Service, Why};
use serde_json::{Map, Value, json};

/// The answer as JSON.
#[must_use]
pub fn render(answer: &Answer<'_>) -> String {
    let connectivity = answer.connectivity;
    let rows = |rows| -> Vec<Value> {
        let lines = answer.lines(rows, |ends| answer.exact(ends));
        lines.iter().map(|line| row(answer, line)).collect()
    };
    let mut whole = Map::new();
    whole.insert("default".to_owned(), remainder(answer));
    whole.insert("rows".to_owned(), rows(&connectivity.rows).into());
    if answer.explain {
        whole.insert("discarded".to_owned(), rows(&connectivity.discarded).into());
    }
    whole.insert("machines".to_owned(), machines(answer));
    let notes = answer.notes.iter().map(|finding| {
        let at = finding.subjects.first();
        let at = at.and_then(|subject| Spot::of(subject.origin, answer.sources));
        json!({
            "code": finding.code.id,
            "name": finding.code.name,
            "message": finding.message,
            "at": at.as_ref().map(spot),
        })
    });
    whole.insert("notes".to_owned(), notes.collect());
    inert::json(&Value::Object(whole))
}

fn remainder(answer: &Answer<'_>) -> Value {
    let remainder = &answer.connectivity.remainder;
    let at = remainder
        .origin
        .and_then(|origin| Spot::of(origin, answer.sources));
    let rule = remainder
        .rule
        .as_ref()
        .map(|[name, section, id]| json!({ "name": name, "section": section, "id": id }));
    json!({
        "action": action(remainder.action),
        "basis": basis(remainder.basis),
        "found": remainder.basis != Basis::Unknown,
        "rule": rule,
        "at": at.as_ref().map(spot),
    })
}

fn row(answer: &Answer<'_>, line: &Line<'_>) -> Value {
    let row = line.row;
    let mut value = json!({
        "from": line.from,
        "to": line.to,
        "services": services(&row.services),
    });
    if let Some(value) = value.as_object_mut() {
        if row.outcome != Outcome::Discarded {
            value.insert(
                "certain".to_owned(),
                (row.outcome == Outcome::Passes).into(),
            );
        }
        if !row.why.is_empty() {
            let why = row.why.iter().map(|one| why(answer, one));
            value.insert("why".to_owned(), why.collect());
        }
    }
    value
}

fn why(answer: &Answer<'_>, why: &Why) -> Value {
    let acts = |acts: &[Act]| -> Vec<Value> { acts.iter().map(|one| act(answer, one)).collect() };
    json!({
        "services": services(&why.services),
        "sender": acts(&why.sender),
        "receiver": acts(&why.receiver),
    })
}

fn act(answer: &Answer<'_>, act: &Act) -> Value {
    let reason = answer.reason(act);
    json!({
        "rule": reason.map(|reason| &reason.text),
        "id": reason.map(|reason| &reason.id).filter(|id| !id.is_empty()),
        "does": does(act.verdict),
        "certain": act.certain,
        "default": reason.is_none_or(|reason| answer.is_default(reason)),
        "at": reason.and_then(|reason| answer.spot(reason)).as_ref().map(spot),
    })
}

/// A place in an export.
fn spot(spot: &Spot) -> Value {
    json!({ "file": spot.file, "line": spot.line, "pointer": spot.pointer })
}

/// Every machine, by the name that rows use.
fn machines(answer: &Answer<'_>) -> Value {
    let mut all: Vec<_> = answer.order.iter().map(|(vm, at)| (*at, *vm)).collect();
    all.sort_unstable();
    all.into_iter()
        .map(|(_, vm)| {
            let machine = &answer.policy.inventory.vms[vm];
            let addresses = machine.addresses.as_ref();
            json!({
                "name": answer.name(vm),
                "id": machine.ident.id,
                "addresses": addresses.map(|held| held.parts().collect::<Vec<_>>()),
            })
        })
        .collect()
}

/// Services as the contract writes them. Nothing that is left out means none: a list is never empty.
fn services(list: &[Service]) -> Value {
    let mut found = Vec::new();
    for one in list {
        match one {
            Service::Any(ip) => found.push(tagged(json!({ "protocol": "any" }), *ip)),
            Service::Ports {
                transport: kind,
                ports,
                source,
                ip,
            } => {
                let list: Vec<String> = ports.iter().map(span).collect();
                let mut value = json!({ "protocol": transport_name(*kind), "ports": list });
                if let (false, Some(value)) = (source.is_full(), value.as_object_mut()) {
                    let list: Vec<String> = source.iter().map(span).collect();
                    value.insert("source_ports".to_owned(), list.into());
                }
                found.push(tagged(value, *ip));
            }
            Service::Icmp { v6, kinds, codes } => {
                for kind in kinds.iter() {
                    for code in codes.iter() {
                        let mut value = Map::new();
                        value.insert("protocol".to_owned(), icmp_name(*v6).into());
                        for (key, range) in [("type", kind), ("code", code)] {
                            if range != (0, u8::MAX) {
                                let number = if range.0 == range.1 {
                                    range.0.into()
                                } else {
                                    span(range).into()
                                };
                                value.insert(key.to_owned(), number);
                            }
                        }
                        found.push(Value::Object(value));
                    }
                }
            }
            Service::Protocols { numbers, ip } => {
                let list: Vec<String> = numbers.iter().map(span).collect();
                found.push(tagged(json!({ "protocol": "ip", "numbers": list }), *ip));
            }
        }
    }
    found.into()
}

fn tagged(mut value: Value, ip: Ip) -> Value {
    let version = match ip {
        Ip::Each => return value,
        Ip::V4 => "v4",
        Ip::V6 => "v6",
    };
    if let Some(value) = value.as_object_mut() {
        value.insert("ip".to_owned(), version.into());
    }
    value
}
