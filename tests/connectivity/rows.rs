//! Reads the rows of the JSON answer as its page in the book describes them, and nothing else.

use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub v6: bool,
    pub protocol: u8,
    pub first: u16,
    pub second: u16,
}

/// One end of a flow: a machine, an address, or a machine at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub vm: Option<String>,
    pub address: Option<IpAddr>,
}

/// What the rows say of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Allow,
    Unknown,
    Deny,
}

pub fn said(answer: &Value, from: &End, to: &End, packet: Packet) -> Said {
    let rows: Vec<&Value> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| {
            is_in(&row["from"], from)
                && is_in(&row["to"], to)
                && list(&row["services"])
                    .iter()
                    .any(|service| holds(service, packet))
        })
        .collect();
    assert!(rows.len() <= 1, "one row says all of a pair: {rows:#?}");
    match rows.first() {
        None => Said::Deny,
        Some(row) if row["certain"] == true => Said::Allow,
        Some(row) => {
            assert_eq!(row["certain"], false);
            assert!(!list(&row["why"]).is_empty(), "the doubt is named: {row:#}");
            Said::Unknown
        }
    }
}

fn list(value: &Value) -> &Vec<Value> {
    static NONE: Vec<Value> = Vec::new();
    value.as_array().unwrap_or(&NONE)
}

fn is_in(ends: &Value, end: &End) -> bool {
    list(ends).iter().any(|one| {
        let one = one.as_str().expect("a name or an address");
        match &end.vm {
            Some(name) if one == name => true,
            Some(name) => one
                .strip_prefix(&format!("{name} at "))
                .is_some_and(|held| held.split(", ").any(|part| within(part, end.address))),
            None => within(one, end.address),
        }
    })
}

/// Whether an address is in `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`.
pub fn within(text: &str, address: Option<IpAddr>) -> bool {
    let Some(address) = address else {
        return false;
    };
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let same = |other: IpAddr| other.is_ipv4() == address.is_ipv4();
    if let Some((base, prefix)) = text.split_once('/') {
        let (Ok(base), Ok(prefix)) = (base.parse::<IpAddr>(), prefix.parse::<u32>()) else {
            return false;
        };
        let host = bits - prefix;
        return same(base) && (host == 128 || number(base) >> host == number(address) >> host);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<IpAddr>(), last.parse::<IpAddr>()) {
        (Ok(first), Ok(last)) => {
            same(first) && (number(first)..=number(last)).contains(&number(address))
        }
        _ => false,
    }
}

fn numbers(text: &str) -> (u16, u16) {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    (
        first.parse().expect("a number"),
        last.parse().expect("a number"),
    )
}

/// A list of numbers and ranges as texts.
fn among(value: &Value, number: u16) -> bool {
    assert!(!list(value).is_empty(), "a list is never empty");
    list(value).iter().any(|range| {
        let (first, last) = numbers(range.as_str().expect("a range"));
        (first..=last).contains(&number)
    })
}

/// A number, or a range as text; nothing means every number.
fn is(value: &Value, number: u16) -> bool {
    match value {
        Value::Null => true,
        Value::Number(one) => one.as_u64() == Some(number.into()),
        text @ (Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
            let (first, last) = numbers(text.as_str().expect("a range"));
            (first..=last).contains(&number)
        }
    }
}

fn holds(service: &Value, packet: Packet) -> bool {
    let version = match service["ip"].as_str() {
        None => true,
        Some("v4") => !packet.v6,
        Some("v6") => packet.v6,
        Some(other) => panic!("`{other}` is no IP version"),
    };
    let ports = |number| {
        packet.protocol == number
            && among(&service["ports"], packet.second)
            && (service["source_ports"].is_null() || among(&service["source_ports"], packet.first))
    };
    let message = |number| {
        packet.protocol == number
            && is(&service["type"], packet.first)
            && is(&service["code"], packet.second)
    };
    version
        && match service["protocol"].as_str().expect("a protocol") {
            "any" => true,
            "tcp" => ports(6),
            "udp" => ports(17),
            "icmp" => message(1),
            "icmpv6" => message(58),
            "ip" => among(&service["numbers"], packet.protocol.into()),
            other => panic!("`{other}` is no protocol of the contract"),
        }
}

/// The end that a text means: a machine of the answer, one of its addresses, or another address.
pub fn ends(answer: &Value, text: &str) -> Vec<End> {
    let machines = list(&answer["machines"]);
    let held = |machine: &Value| -> Vec<String> {
        let all = list(&machine["addresses"]).iter();
        all.map(|one| one.as_str().expect("an address").to_owned())
            .collect()
    };
    let name = |machine: &Value| machine["name"].as_str().expect("a name").to_owned();
    if let Some(machine) = machines.iter().find(|machine| machine["name"] == text) {
        let addresses = held(machine);
        let at = |address: Option<IpAddr>| End {
            vm: Some(name(machine)),
            address,
        };
        if addresses.is_empty() {
            return vec![at(None)];
        }
        return addresses
            .iter()
            .map(|one| at(Some(one.parse().expect("one address"))))
            .collect();
    }
    let address: IpAddr = text.parse().expect("a machine or an address");
    let holder = machines
        .iter()
        .find(|machine| held(machine).iter().any(|part| within(part, Some(address))));
    vec![End {
        vm: holder.map(name),
        address: Some(address),
    }]
}

#[test]
fn addresses_are_compared_as_numbers() {
    let v4 = Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7)));
    let v6 = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));
    assert!(within("10.0.0.0/29", v4) && !within("10.0.0.8/29", v4));
    assert!(within("10.0.0.1-10.0.0.7", v4) && within("10.0.0.7", v4));
    assert!(within("::/0", v6) && !within("::/0", v4) && within("0.0.0.0/0", v4));
}
