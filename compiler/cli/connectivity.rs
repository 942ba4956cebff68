//! `rehome connectivity`: who may talk to whom on what, from the source policy alone.

use super::run::{Inputs, load};
use super::{Exit, Failure, Screen};
use crate::finding::{Domain, Findings, codes};
use crate::ir::set::{AddressSet, Intervals};
use crate::ir::{Linked, Policy};
use crate::report::connectivity::{Answer, csv, dot, json, text};
use crate::report::terminal::Style;
use crate::semantics::Membership;
use crate::semantics::endpoints::{Endpoints, VmSet};
use crate::semantics::traffic::{ICMP, ICMP6, TCP, Term, Traffic, UDP};
use crate::verify::connectivity::{Question, connectivity};
use crate::{front, link};
use clap::ValueEnum;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Say who may talk to whom on what, as the source firewall decides today
///
/// The target plays no part. A pair that no row names may not talk; where the exports do not tell,
/// the row says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome connectivity exports/
  rehome connectivity exports/ --to db01 --port tcp/5432       who reaches the database
  rehome connectivity exports/ --from 192.0.2.0/24             what this network reaches
  rehome connectivity exports/ --from web01 --to db01 --explain    which rules decide
  rehome connectivity exports/ --format dot | dot -Tsvg > map.svg
  rehome connectivity exports/ --format json | jq '.rows[] | select(.certain | not)'

Exit codes:
  0   answered
  1   answered, but some file could not be read
  2   wrong usage, an unknown name, or no firewall policy in the exports")]
pub struct Args {
    /// Export files, or folders that hold them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only flows that begin there: a machine or group (name or id), an address, network or range
    #[arg(long, value_name = "END")]
    from: Vec<String>,
    /// Only flows that are addressed there
    #[arg(long, value_name = "END")]
    to: Vec<String>,
    /// Only this traffic: tcp/443, udp/5000-5010, tcp, icmp/8, icmpv6, ip/47
    #[arg(long, value_name = "TRAFFIC")]
    port: Vec<String>,
    /// Name the rules that decide at both ends; with --from and --to also why others may not talk
    #[arg(long)]
    explain: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// A graph for Graphviz
    Dot,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input, an end that nothing answers to, exports without a firewall policy.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let inputs = Inputs {
        paths: args.paths.clone(),
        config: None,
        ignore_accepts: false,
        today: None,
    };
    let traffic = traffic(&args.port)?;
    let loaded = load(&inputs, None, screen)?;
    let (sources, mut findings) = (loaded.sources, loaded.findings);
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let unread = unread(&findings);
    if policy.network.sections.is_empty() {
        let mut reasons = vec!["the exports hold no firewall policy".to_owned()];
        reasons.extend(unread);
        return Err(Failure::usage(reasons.join("\n  ")));
    }
    let membership = Membership::of(&policy);
    let question = Question {
        from: ends(&policy, &membership, &args.from)?,
        to: ends(&policy, &membership, &args.to)?,
        traffic,
        explain: args.explain,
    };
    let found = connectivity(&policy, &membership, &question);
    let answer = Answer::new(&policy, &sources, &found, &findings, args.explain);
    let text = match args.format {
        Format::Text => text::render(&answer, style(screen)),
        Format::Json => json::render(&answer),
        Format::Csv => csv::render(&answer),
        Format::Dot => dot::render(&answer),
    };
    screen.print(&text);
    for reason in &unread {
        screen.note(reason);
    }
    Ok(if unread.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

/// A table has at most 80 columns where nobody sees its edge.
fn style(screen: Screen) -> Style {
    let style = screen.style();
    let width = if std::io::stdout().is_terminal() {
        style.width
    } else {
        80
    };
    Style {
        width,
        all: screen.verbose(),
        ..style
    }
}

/// Files that hold something which could not be read.
fn unread(findings: &Findings) -> Vec<String> {
    let unreadable = [&codes::syntax::NOT_WELL_FORMED, &codes::read::REFUSED_FORM];
    findings
        .iter()
        .filter(|finding| match finding.domain {
            Domain::Network | Domain::Estate | Domain::Inventory => true,
            Domain::Placement | Domain::Recovery => false,
        })
        .filter(|finding| unreadable.iter().any(|code| code.id == finding.code.id))
        .map(|finding| format!("{}: {}", finding.code.id, finding.message))
        .collect()
}

/// The endpoints that some texts mean; none asks about everybody.
fn ends(
    policy: &Policy<Linked>,
    membership: &Membership,
    texts: &[String],
) -> Result<Option<Endpoints>, Failure> {
    let mut found: Option<Endpoints> = None;
    for text in texts {
        let more = end(policy, membership, text)?;
        found = Some(match found {
            Some(found) => membership.union(&found, &more),
            None => more,
        });
    }
    Ok(found)
}

fn end(policy: &Policy<Linked>, membership: &Membership, text: &str) -> Result<Endpoints, Failure> {
    if let Ok(address) = rehome_grammar::text::address(text) {
        let set = AddressSet::from_blocks([address.block]);
        return Ok(membership.addresses(&set).sure);
    }
    let vms: VmSet = policy
        .inventory
        .vms
        .iter()
        .filter(|(_, vm)| {
            vm.ident.id == text
                || vm.ident.name.to_lowercase() == text.to_lowercase()
                || vm.aliases.iter().any(|alias| alias == text)
                || format!("{} ({})", vm.ident.name, vm.ident.id) == text
        })
        .map(|(id, _)| id)
        .collect();
    let groups: Vec<&Endpoints> = policy
        .network
        .groups
        .iter()
        .filter(|(_, group)| {
            group.ident.id == text || group.ident.name.to_lowercase() == text.to_lowercase()
        })
        .map(|(id, _)| &membership.group(id).possible)
        .collect();
    match (vms.is_empty(), groups.as_slice()) {
        (false, []) => Ok(Endpoints::of_vms(vms)),
        (true, [group]) if group.is_empty() => {
            Err(Failure::usage(format!("the group `{text}` has no member")))
        }
        (true, [group]) => Ok((*group).clone()),
        (true, []) => Err(unknown(policy, text)),
        (true, many) => Err(
            Failure::usage(format!("{} groups are called `{text}`", many.len()))
                .help("use the path of the group"),
        ),
        (false, _) => Err(Failure::usage(format!("`{text}` is a machine and a group"))
            .help("use an id or a path")),
    }
}

/// How alike two names must be for one to be offered instead of the other, and how many are.
const ALIKE: f64 = 0.75;
const OFFERED: usize = 3;

fn unknown(policy: &Policy<Linked>, text: &str) -> Failure {
    let vms = policy.inventory.vms.values().map(|vm| &vm.ident.name);
    let groups = policy
        .network
        .groups
        .values()
        .map(|group| &group.ident.name);
    let wanted = text.to_lowercase();
    let mut near: Vec<(f64, &String)> = vms
        .chain(groups)
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let alike = strsim::jaro_winkler(&candidate, &wanted);
            (alike >= ALIKE).then_some((alike, name))
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup();
    let names: Vec<String> = near
        .iter()
        .take(OFFERED)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let clean = crate::report::excerpt::clean;
    let failure = Failure::usage(clean(&format!(
        "no machine or group is called `{text}`, and it is no address"
    )));
    if names.is_empty() {
        return failure;
    }
    failure.help(clean(&format!("near names: {}", names.join(", "))))
}

/// The traffic that some texts mean.
fn traffic(texts: &[String]) -> Result<Option<Traffic>, Failure> {
    let terms: Vec<Term> = texts
        .iter()
        .map(|text| term(text))
        .collect::<Result<_, _>>()?;
    Ok((!terms.is_empty()).then(|| terms.into_iter().collect()))
}

/// Reads `tcp`, `tcp/443`, `udp/5000-5010`, `icmp`, `icmp/8`, `icmp/8/0`, `icmpv6/128`, `ip/47`.
fn term(text: &str) -> Result<Term, Failure> {
    let wrong = || {
        Failure::usage(format!("`{text}` is no traffic")).help(
            "write `tcp/443`, `udp/5000-5010`, `tcp`, `icmp/8`, `icmpv6/128`, `ip/47` or `any`",
        )
    };
    let lower = text.trim().to_ascii_lowercase();
    let mut parts = lower.split('/');
    let name = parts.next().unwrap_or_default();
    let ranges: Vec<Intervals<u16>> = parts
        .map(|part| range(part).ok_or_else(wrong))
        .collect::<Result<_, _>>()?;
    let number = match name {
        "any" => 0,
        "tcp" => TCP,
        "udp" => UDP,
        "icmp" | "icmpv4" => ICMP,
        "icmpv6" | "icmp6" => ICMP6,
        "ip" | "protocol" => 0,
        _ => return Err(wrong()),
    };
    let bytes = ranges.iter().all(|range| {
        let bytes = Intervals::range(0, u16::from(u8::MAX));
        range.is_subset(&bytes)
    });
    match (name, ranges.as_slice()) {
        ("any", []) => Ok(Term::any()),
        ("tcp" | "udp", [ports]) => Ok(Term {
            second: ports.clone(),
            ..Term::protocol(number)
        }),
        ("ip" | "protocol", [numbers]) if bytes => {
            let byte = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
            let numbers = numbers.iter();
            Ok(Term {
                protocols: Intervals::from_ranges(
                    numbers.map(|(first, last)| (byte(first), byte(last))),
                ),
                ..Term::any()
            })
        }
        ("tcp" | "udp", []) => Ok(Term::protocol(number)),
        (_, []) if number != 0 => Ok(Term::protocol(number)),
        (_, [kinds]) if bytes && (number == ICMP || number == ICMP6) => Ok(Term {
            first: kinds.clone(),
            ..Term::protocol(number)
        }),
        (_, [kinds, codes]) if bytes && (number == ICMP || number == ICMP6) => Ok(Term {
            first: kinds.clone(),
            second: codes.clone(),
            ..Term::protocol(number)
        }),
        _ => Err(wrong()),
    }
}

fn range(text: &str) -> Option<Intervals<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then(|| Intervals::range(first, last))
}
