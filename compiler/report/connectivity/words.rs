//! Services and verdicts in words.

use crate::ir::network::Action;
use crate::ir::service::Transport;
use crate::ir::set::{Intervals, Point};
use crate::semantics::filter::Verdict;
use crate::semantics::traffic::{ICMP, ICMP6, TCP, UDP};
use crate::verify::connectivity::{Basis, Ip, Service};

/// Services in words: what there is, or what is missing where nearly everything is there. The ends
/// share IPv4, and IPv6, as told.
pub(super) fn services(list: &[Service], spoken: [bool; 2]) -> Vec<String> {
    except(list, spoken).map_or_else(
        || list.iter().map(service).collect(),
        |missing| {
            let missing: Vec<String> = missing.iter().map(service).collect();
            vec![format!("any except {}", missing.join(" and "))]
        },
    )
}

/// How many other protocols must be there for the list to be told by what is missing.
const NEARLY_ALL: usize = 200;

/// What a list leaves out, where that is the shorter way to say it.
fn except(list: &[Service], spoken: [bool; 2]) -> Option<Vec<Service>> {
    let mut ports = [Intervals::empty(), Intervals::empty()];
    let mut kinds = [Intervals::empty(), Intervals::empty()];
    let mut others = Intervals::empty();
    for one in list {
        match one {
            Service::Ports {
                transport,
                ports: these,
                source,
                ip: Ip::Each,
            } if source.is_full() => {
                let [tcp, udp] = &mut ports;
                *match transport {
                    Transport::Tcp => tcp,
                    Transport::Udp => udp,
                } = these.clone();
            }
            Service::Icmp {
                kinds: these,
                codes,
                v6,
            } if codes.is_full() => {
                let [four, six] = &mut kinds;
                *if *v6 { six } else { four } = these.clone();
            }
            Service::Protocols {
                numbers,
                ip: Ip::Each,
            } => others = numbers.clone(),
            Service::Any(_)
            | Service::Ports { .. }
            | Service::Icmp { .. }
            | Service::Protocols { .. } => return None,
        }
    }
    let count: usize = others
        .iter()
        .map(|(first, last)| usize::from(last - first) + 1)
        .sum();
    if count < NEARLY_ALL {
        return None;
    }
    let mut missing = Vec::new();
    for (transport, ports) in [Transport::Tcp, Transport::Udp].into_iter().zip(ports) {
        if !ports.is_full() {
            missing.push(Service::Ports {
                transport,
                ports: ports.complement(),
                source: Intervals::full(),
                ip: Ip::Each,
            });
        }
    }
    for ((v6, kinds), spoken) in [false, true].into_iter().zip(kinds).zip(spoken) {
        if spoken && !kinds.is_full() {
            missing.push(Service::Icmp {
                v6,
                kinds: kinds.complement(),
                codes: Intervals::full(),
            });
        }
    }
    let named = [TCP, UDP, ICMP, ICMP6].map(|number| (number, number));
    let numbers = others
        .complement()
        .difference(&Intervals::from_ranges(named));
    if !numbers.is_empty() {
        missing.push(Service::Protocols {
            numbers,
            ip: Ip::Each,
        });
    }
    Some(missing)
}

/// A service in words.
pub(super) fn service(service: &Service) -> String {
    let spoken = |ip: Ip| match ip {
        Ip::Each => "",
        Ip::V4 => " (IPv4 only)",
        Ip::V6 => " (IPv6 only)",
    };
    match service {
        Service::Any(ip) => format!("any{}", spoken(*ip)),
        Service::Ports {
            transport,
            ports,
            source,
            ip,
        } => {
            let mut text = transport_name(*transport).to_owned();
            if !ports.is_full() {
                text.push_str(&format!(" {}", spans(ports)));
            }
            if !source.is_full() {
                text.push_str(&format!(" from port {}", spans(source)));
            }
            text + spoken(*ip)
        }
        Service::Icmp { v6, kinds, codes } => {
            let mut text = icmp_name(*v6).to_owned();
            if !kinds.is_full() {
                text.push_str(&format!(" type {}", spans(kinds)));
            }
            if !codes.is_full() {
                text.push_str(&format!(" code {}", spans(codes)));
            }
            text
        }
        Service::Protocols { numbers, ip } => {
            format!("ip protocol {}{}", spans(numbers), spoken(*ip))
        }
    }
}

/// Numbers as `80,8000-8010`.
pub(super) fn spans<T: Point + std::fmt::Display>(set: &Intervals<T>) -> String {
    set.iter().map(span).collect::<Vec<_>>().join(",")
}

/// A range of numbers, or the one number.
pub(super) fn span<T: Point + std::fmt::Display>((first, last): (T, T)) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

pub(super) const fn does(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Pass => "pass",
        Verdict::Unknown => "unknown",
        Verdict::Unsettled => "unsettled",
    }
}

pub(super) const fn action(action: Option<Action>) -> &'static str {
    match action {
        Some(Action::Allow) => "allow",
        Some(Action::Drop) => "drop",
        Some(Action::Reject) => "reject",
        Some(Action::Jump) | None => "unknown",
    }
}

pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::DefaultRule => "default-rule",
        Basis::CatchAll => "catch-all-rule",
        Basis::Implied => "implied-rule",
        Basis::FirewallOff => "firewall-off",
        Basis::Unknown => "unknown",
    }
}

pub(super) const fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    }
}

pub(super) const fn icmp_name(v6: bool) -> &'static str {
    if v6 { "icmpv6" } else { "icmp" }
}
