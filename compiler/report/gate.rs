//! Which findings make a run fail.

use crate::finding::{Drift, Effect, Finding, Level, codes};
use std::fmt;
use std::str::FromStr;

/// What closes the gate: any of these, in a finding that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    conditions: Vec<Condition>,
}

/// One thing that closes the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A finding of this level or above.
    Level(Level),
    /// A finding that changes at least this much of what is admitted: `broadens` and `narrows`
    /// cover what shifts too, because it does both.
    Drift(Drift),
    /// A finding about how something behaves.
    Conduct,
    /// A finding about what is kept or told.
    Record,
    /// A construct that the target does not hold.
    Dropped,
    /// Something of the exports that could not be read or resolved.
    Untranslatable,
    /// A code, or all that begin so.
    Code(String),
    /// Nothing.
    None,
}

impl Default for Gate {
    /// Whatever opens the target or is unknown, and whatever drops a construct.
    fn default() -> Self {
        Self::new(vec![Condition::Level(Level::Error), Condition::Dropped])
    }
}

impl Gate {
    /// A gate that is closed by any of these.
    #[must_use]
    pub const fn new(conditions: Vec<Condition>) -> Self {
        Self { conditions }
    }

    /// Whether the finding makes the run fail.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        finding.accepted.is_none()
            && self
                .conditions
                .iter()
                .any(|condition| condition.covers(finding))
    }
}

impl fmt::Display for Gate {
    /// The conditions as they are written.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, condition) in self.conditions.iter().enumerate() {
            if at > 0 {
                out.write_str(",")?;
            }
            write!(out, "{condition}")?;
        }
        Ok(())
    }
}

impl Condition {
    fn covers(&self, finding: &Finding) -> bool {
        match self {
            Self::Level(level) => finding.level() >= *level,
            Self::Drift(drift) => match finding.effect {
                Effect::Admission(found) => found.join(*drift) == found,
                Effect::Conduct | Effect::Record => false,
            },
            Self::Conduct => finding.effect == Effect::Conduct,
            Self::Record => finding.effect == Effect::Record,
            Self::Dropped => finding.drops(),
            Self::Untranslatable => {
                finding.code.id.starts_with(['S', 'R', 'N']) && finding.level() == Level::Error
            }
            Self::Code(beginning) => finding.code.id.starts_with(beginning),
            Self::None => false,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Level(level) => super::summary::level_name(*level),
            Self::Drift(drift) => super::summary::effect_name(Effect::Admission(*drift)),
            Self::Conduct => "conduct",
            Self::Record => "record",
            Self::Dropped => "dropped",
            Self::Untranslatable => "untranslatable",
            Self::Code(beginning) => beginning,
            Self::None => "none",
        })
    }
}

impl FromStr for Condition {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.to_lowercase().as_str() {
            "error" => Self::Level(Level::Error),
            "warning" => Self::Level(Level::Warning),
            "advice" => Self::Level(Level::Advice),
            "broadens" => Self::Drift(Drift::Broadens),
            "narrows" => Self::Drift(Drift::Narrows),
            "shifts" => Self::Drift(Drift::Shifts),
            "conduct" => Self::Conduct,
            "record" => Self::Record,
            "dropped" => Self::Dropped,
            "untranslatable" => Self::Untranslatable,
            "none" => Self::None,
            lower => {
                let upper = lower.to_uppercase();
                let named = codes::find(lower).map(|code| code.id.to_owned());
                let begins = codes::all().any(|code| code.id.starts_with(&upper));
                match named {
                    Some(id) => Self::Code(id),
                    None if begins && !upper.is_empty() => Self::Code(upper),
                    None => {
                        return Err(format!(
                            "`{text}` is none of error, warning, advice, broadens, narrows, shifts, conduct, record, dropped, untranslatable, none, and no code begins so"
                        ));
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Domain, Fate};

    fn finding(effect: Effect) -> Finding {
        Finding::new(&codes::read::BAD_VALUE, Domain::Network, "m").effect(effect)
    }

    fn closed(conditions: &str, finding: &Finding) -> bool {
        let conditions = conditions.split(',').map(|text| text.parse().unwrap());
        Gate::new(conditions.collect()).fails(finding)
    }

    #[test]
    fn each_condition_covers_what_it_says() {
        let effects = [
            Effect::BROADENS,
            Effect::NARROWS,
            Effect::SHIFTS,
            Effect::PRESERVES,
            Effect::Conduct,
            Effect::Record,
        ];
        for (condition, expected) in [
            ("error", [true, false, true, false, false, false]),
            ("warning", [true, true, true, false, true, false]),
            ("advice", [true; 6]),
            ("broadens", [true, false, true, false, false, false]),
            ("narrows", [false, true, true, false, false, false]),
            ("shifts", [false, false, true, false, false, false]),
            ("conduct", [false, false, false, false, true, false]),
            ("record", [false, false, false, false, false, true]),
            ("dropped", [false; 6]),
            ("untranslatable", [true, false, true, false, false, false]),
            ("R0003", [true; 6]),
            ("bad-value", [true; 6]),
            ("r0", [true; 6]),
            ("L", [false; 6]),
            ("none", [false; 6]),
            ("none,conduct", [false, false, false, false, true, false]),
        ] {
            let found = effects.map(|effect| closed(condition, &finding(effect)));
            assert_eq!(found, expected, "{condition}");
        }
    }

    #[test]
    fn what_is_dropped_closes_the_gate_whatever_its_level() {
        let dropped = finding(Effect::Record).fate(Fate::Dropped);
        assert!(closed("dropped", &dropped));
        assert!(Gate::default().fails(&dropped));
        assert!(!Gate::default().fails(&finding(Effect::NARROWS)));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "erors", "L9", "Q"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
