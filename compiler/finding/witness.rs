//! A concrete case that the two sides treat differently: in words, and as data for a picture.

use std::fmt;

/// Which side admits more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admits {
    /// The target admits what the source does not.
    TargetMore,
    /// The source admits what the target does not.
    SourceMore,
    /// Both admit it, and do it otherwise: with other waits.
    Otherwise,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A flow.
    Flow {
        /// Who begins it, in words.
        from: String,
        /// Who is addressed, in words.
        to: String,
        /// The first packet: `tcp 443`, `udp 123 from port 123`.
        traffic: String,
        /// What the source does with it and why: `the source discards it at the sender (rule ..)`.
        source: String,
        /// What the target does with it and why.
        target: String,
        /// Which side admits it.
        admits: Admits,
    },
    /// Machines on hosts, by name.
    Placement {
        /// Each machine and its host.
        places: Vec<(String, String)>,
        /// Which side admits it.
        admits: Admits,
    },
    /// A machine that starts before another one is up.
    Order {
        /// The recovery plan.
        plan: String,
        /// Who starts.
        first: String,
        /// Who is not up yet.
        then: String,
        /// Which side admits it.
        admits: Admits,
    },
    /// Anything else, in words.
    Case(String),
}

impl From<String> for Witness {
    fn from(words: String) -> Self {
        Self::Case(words)
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flow {
                from,
                to,
                traffic,
                source,
                target,
                admits: _,
            } => write!(out, "{from} -> {to}, {traffic}: {source}; {target}"),
            Self::Placement { places, admits } => {
                for (at, (vm, host)) in places.iter().enumerate() {
                    let and = if at > 0 { " and " } else { "" };
                    write!(out, "{and}`{vm}` on `{host}`")?;
                }
                out.write_str(match admits {
                    Admits::TargetMore => ": the source refuses it, the target admits it",
                    Admits::SourceMore => ": the source admits it, the target refuses it",
                    Admits::Otherwise => ": both admit it; the source avoids it where it can",
                })
            }
            Self::Order {
                plan,
                first,
                then,
                admits,
            } => match admits {
                Admits::TargetMore => write!(
                    out,
                    "on the target `{first}` can start before `{then}` is up; in plan `{plan}` of the source it cannot"
                ),
                Admits::SourceMore => write!(
                    out,
                    "in plan `{plan}` of the source `{first}` can start before `{then}` is up; on the target it cannot"
                ),
                Admits::Otherwise => write!(
                    out,
                    "in plan `{plan}` `{first}` can start before `{then}` is up on both sides, after other waits"
                ),
            },
            Self::Case(words) => out.write_str(words),
        }
    }
}
