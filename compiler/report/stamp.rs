//! What made a report: the program, its tables, the target.

use crate::legal::table::{Row, rows};
use crate::legal::{Legality, Target};
use uuid::Uuid;

/// The versions that decide what a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The version of the program.
    pub version: &'static str,
    /// What the policy was compiled for.
    pub target: Target,
    /// The version of that target's legality table.
    pub table: String,
}

impl Stamp {
    /// The stamp of a run for a target.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            target,
            table: table_version(target),
        }
    }
}

/// The version of a legality table: a digest of its answers, so that it cannot be forgotten.
#[must_use]
pub fn table_version(target: Target) -> String {
    let mut text = target.to_string();
    for Row {
        domain,
        feature,
        legality,
    } in rows(target)
    {
        let answer = match legality {
            Legality::Legal => "legal".to_owned(),
            Legality::Approximate(code, effect) => format!("approximate {} {effect:?}", code.id),
            Legality::Illegal(code, effect) => format!("illegal {} {effect:?}", code.id),
        };
        text.push_str(&format!("\n{domain:?} {feature} {answer}"));
    }
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).simple();
    digest.to_string().chars().take(12).collect()
}
