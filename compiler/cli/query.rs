//! `rehome query`: what becomes of one flow, on both sides, and why.

use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen, artifacts};
use crate::compile::Outcome;
use crate::report::excerpt::clean;
use crate::report::query::{self, Document};
use crate::semantics::filter::Verdict;
use crate::source::Sources;
use crate::verify::query::{Answer, Oracle, Ruling, endpoints, flows, packet};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Say what becomes of a flow on both sides, and which rules decide
///
/// A flow is named by its ends and its traffic. An end is a machine (name, id or address) or an
/// address outside the estate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome query exports/ --from web01 --to db01 --port tcp/5432
  rehome query exports/ --from 192.0.2.7 --to web01 --port icmp/8 --format json
  rehome query exports/ --batch flows.txt --format json      one `from to protocol port` a line

What nobody can say - an unknown default, a group that cannot be evaluated - is answered as the worst
case, `deny` by the source and `allow` by the target, with `\"certain\": false`.")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    lowering: Lowering,
    /// Who begins the flow
    #[arg(long, value_name = "END", required_unless_present = "batch")]
    from: Option<String>,
    /// Who is addressed
    #[arg(long, value_name = "END", required_unless_present = "batch")]
    to: Option<String>,
    /// The traffic: tcp/443, udp/53, icmp/8, icmpv6/128, ip/47
    #[arg(long, value_name = "TRAFFIC", required_unless_present = "batch")]
    port: Option<String>,
    /// The source port of TCP and UDP [default: 49152]
    #[arg(long, value_name = "PORT")]
    source_port: Option<u16>,
    /// Many flows: a file with one `from to protocol port` a line, by tabs or blanks
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "port"])]
    batch: Option<PathBuf>,
    /// Ask the files of this folder instead of those that would be written now
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one object, or one a line for many flows
    Json,
}

/// A question as it was asked.
struct Question {
    from: String,
    to: String,
    traffic: String,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input, an end that nothing answers to.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let questions = questions(args)?;
    let files = args.artifacts.as_deref().map(artifacts::read).transpose()?;
    let loaded = load(&args.inputs, args.artifacts.as_deref(), screen)?;
    let options = args.lowering.options()?;
    let (sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let files = files.as_ref().unwrap_or(&outcome.files);
    let (oracle, faults) = Oracle::new(&outcome.policy, files);
    for fault in &faults {
        screen.note(&format!("{}: {}", fault.path, fault.what));
    }
    let asked = Asked {
        outcome: &outcome,
        sources: &sources,
        oracle: &oracle,
        readable: faults.is_empty(),
        source_port: args.source_port,
        compact: args.batch.is_some(),
    };
    let mut text = String::new();
    let mut wrong = 0_usize;
    for question in &questions {
        match asked.answer(question, args.format) {
            Ok(answer) => text.push_str(&answer),
            Err(reason) if args.batch.is_some() => {
                wrong += 1;
                text.push_str(&refused(question, &reason, args.format));
            }
            Err(reason) => return Err(Failure::usage(reason)),
        }
    }
    screen.print(&text);
    Ok(if wrong > 0 { Exit::Usage } else { Exit::Clean })
}

fn questions(args: &Args) -> Result<Vec<Question>, Failure> {
    if let Some(path) = &args.batch {
        return batch(path);
    }
    let one = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(vec![Question {
        from: one(&args.from),
        to: one(&args.to),
        traffic: one(&args.port),
    }])
}

fn batch(path: &Path) -> Result<Vec<Question>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let mut found = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = if line.contains('\t') {
            line.split('\t').map(str::trim).collect()
        } else {
            line.split_whitespace().collect()
        };
        let traffic = match parts.as_slice() {
            [_, _, traffic] => (*traffic).to_owned(),
            [_, _, protocol, port] => format!("{protocol}/{port}"),
            _ => {
                let place = format!("line {number} of `{}`", path.display());
                let message = format!("{place} is no `from to protocol port`: `{line}`");
                return Err(Failure::usage(clean(&message)));
            }
        };
        if let [from, to, ..] = parts.as_slice() {
            found.push(Question {
                from: (*from).to_owned(),
                to: (*to).to_owned(),
                traffic,
            });
        }
    }
    Ok(found)
}

struct Asked<'run> {
    outcome: &'run Outcome,
    sources: &'run Sources,
    oracle: &'run Oracle,
    readable: bool,
    source_port: Option<u16>,
    compact: bool,
}

impl Asked<'_> {
    /// The answer to a question. A machine with several addresses is asked about with each; where
    /// they fare differently the answer is `unknown`, with the rules of all.
    fn answer(&self, question: &Question, format: Format) -> Result<String, String> {
        let packet = packet(&question.traffic, self.source_port)?;
        let from = endpoints(&self.outcome.policy, &question.from)?;
        let to = endpoints(&self.outcome.policy, &question.to)?;
        let flows = flows(&from, &to, packet);
        if flows.is_empty() {
            return Err(format!(
                "`{}` and `{}` share no IP version",
                question.from, question.to
            ));
        }
        let source = merge(flows.iter().map(|flow| self.oracle.source(flow)).collect());
        let target = self
            .readable
            .then(|| merge(flows.iter().map(|flow| self.oracle.target(flow)).collect()));
        Ok(match format {
            Format::Text => self.text(question, &source, target.as_ref()),
            Format::Json => self.json(question, &source, target.as_ref()),
        })
    }

    fn text(&self, question: &Question, source: &Answer, target: Option<&Answer>) -> String {
        let mut out = format!(
            "{} -> {}, {}\n",
            question.from, question.to, question.traffic
        );
        for (side, answer) in [(Side::Source, Some(source)), (Side::Target, target)] {
            let name = side.name();
            let Some(answer) = answer else {
                out.push_str(&format!("  {name}: cannot be read\n"));
                continue;
            };
            let word = answer.ruling.word();
            let taken = match answer.ruling {
                Ruling::Allow | Ruling::Deny => String::new(),
                Ruling::Unknown => format!(", taken as {}", side.verdict(answer.ruling)),
            };
            out.push_str(&format!("  {name}: {word}{taken}\n    {}\n", answer.text));
            for part in &answer.parts {
                if let Some(origin) = part.origin {
                    let place = self.sources.place(origin);
                    out.push_str(&format!("    {}: {} at {place}\n", part.at, part.text));
                }
            }
        }
        out.lines()
            .map(|line| format!("{}\n", clean(line)))
            .collect()
    }

    fn json(&self, question: &Question, source: &Answer, target: Option<&Answer>) -> String {
        let Question { from, to, traffic } = question;
        let document = Document::Answered(query::Answered {
            from,
            to,
            traffic,
            source: self.side(Side::Source, source),
            target: target.map(|target| self.side(Side::Target, target)),
        });
        document.render(self.compact)
    }

    fn side<'q>(&self, side: Side, answer: &'q Answer) -> query::Side<'q> {
        let rules = answer.parts.iter().map(|part| query::Rule {
            at: part.at,
            rule: &part.text,
            id: &part.id,
            does: does(part.verdict),
            certain: part.certain,
            origin: part.origin.map(|origin| self.sources.place(origin)),
        });
        query::Side {
            verdict: side.verdict(answer.ruling),
            certain: answer.ruling != Ruling::Unknown,
            why: &answer.text,
            rules: rules.collect(),
        }
    }
}

/// A side of the question.
#[derive(Clone, Copy)]
enum Side {
    Source,
    Target,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }

    /// One of two words. What nobody can say is taken as the worst case: the source stops the flow, the
    /// target lets it through.
    const fn verdict(self, ruling: Ruling) -> &'static str {
        match (self, ruling) {
            (_, Ruling::Allow) | (Self::Target, Ruling::Unknown) => "allow",
            (_, Ruling::Deny) | (Self::Source, Ruling::Unknown) => "deny",
        }
    }
}

const fn does(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Pass => "pass",
        Verdict::Unknown => "unknown",
        Verdict::Unsettled => "unsettled",
    }
}

fn merge(answers: Vec<Answer>) -> Answer {
    let mut answers = answers.into_iter();
    let mut merged = answers.next().unwrap_or_else(|| Answer {
        ruling: Ruling::Unknown,
        parts: Vec::new(),
        text: String::new(),
    });
    for other in answers {
        if other.ruling != merged.ruling {
            merged.ruling = Ruling::Unknown;
            merged.text = format!(
                "{}; from or to another address, {}",
                merged.text, other.text
            );
            merged.parts.extend(other.parts);
        }
    }
    merged
}

fn refused(question: &Question, reason: &str, format: Format) -> String {
    let Question { from, to, traffic } = question;
    match format {
        Format::Text => format!(
            "{}\n",
            clean(&format!("{from} -> {to}, {traffic}: {reason}"))
        ),
        Format::Json => {
            let document = Document::Refused(query::Refused {
                from,
                to,
                traffic,
                error: reason,
            });
            document.render(true)
        }
    }
}
