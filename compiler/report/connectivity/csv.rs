//! The answer for spreadsheets: a line for each row and service.

use super::Answer;
use super::words::{icmp_name, spans, transport_name};
use crate::report::excerpt::clean;
use crate::verify::connectivity::{Ip, Outcome, Service};

const HEAD: [&str; 10] = [
    "row",
    "from",
    "to",
    "protocol",
    "ports",
    "source_ports",
    "icmp_type",
    "icmp_code",
    "ip_version",
    "certain",
];

/// The answer as CSV.
#[must_use]
pub fn render(answer: &Answer<'_>) -> String {
    let mut out = line(&HEAD.map(str::to_owned));
    let lines = answer.lines(&answer.connectivity.rows, |ends| answer.readable(ends));
    for (number, row) in (1_usize..).zip(lines) {
        for service in &row.row.services {
            let certain = row.row.outcome == Outcome::Passes;
            let mut cells = vec![number.to_string(), row.from.join("; "), row.to.join("; ")];
            cells.extend(columns(service));
            cells.push(if certain { "yes" } else { "no" }.to_owned());
            out.push_str(&line(&cells));
        }
    }
    out
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula, and that no name can leave.
fn cell(text: &str) -> String {
    let mut text = clean(text);
    if text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%'])
    {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', ';', '\'', ' ']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// The parts of a service as columns: protocol, ports, source ports, type, code, IP version.
fn columns(service: &Service) -> [String; 6] {
    let ip = |ip: Ip| match ip {
        Ip::Each => String::new(),
        Ip::V4 => "v4".to_owned(),
        Ip::V6 => "v6".to_owned(),
    };
    let none = String::new;
    match service {
        Service::Any(version) => [
            "any".to_owned(),
            none(),
            none(),
            none(),
            none(),
            ip(*version),
        ],
        Service::Ports {
            transport: kind,
            ports,
            source,
            ip: version,
        } => [
            transport_name(*kind).to_owned(),
            spans(ports),
            if source.is_full() {
                none()
            } else {
                spans(source)
            },
            none(),
            none(),
            ip(*version),
        ],
        Service::Icmp { v6, kinds, codes } => [
            icmp_name(*v6).to_owned(),
            none(),
            none(),
            if kinds.is_full() {
                none()
            } else {
                spans(kinds)
            },
            if codes.is_full() {
                none()
            } else {
                spans(codes)
            },
            none(),
        ],
        Service::Protocols {
            numbers,
            ip: version,
        } => [
            format!("ip {}", spans(numbers)),
            none(),
            none(),
            none(),
            none(),
            ip(*version),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn names_stay_names() {
        for (name, written) in [
            ("web", "web"),
            ("80,443", "\"80,443\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("\t@SUM(1)", "\"' @SUM(1)\""),
            ("-1", "\"'-1\""),
            ("a\r\nb", "a\u{FFFD}\u{FFFD}b"),
        ] {
            assert_eq!(cell(name), written, "{name:?}");
        }
    }
}
