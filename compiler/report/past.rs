//! An earlier report, for telling what is new.
//!
//! A finding is the same if its code, the object it is about and its words are the same; lines may
//! move. Where a report has it several times, as many are known.

use crate::finding::Finding;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an earlier report holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    known: BTreeMap<(String, String, String), usize>,
}

#[derive(Deserialize)]
struct Document {
    schema: u32,
    findings: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
    message: String,
    origins: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    id: String,
}

impl Past {
    /// Reads a `findings.json`.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if document.schema != super::json::SCHEMA {
            return Err(format!("its schema is {}, not 1", document.schema));
        }
        let mut past = Self::default();
        for entry in document.findings {
            let id = entry.origins.into_iter().next().map(|place| place.id);
            let key = (entry.code, id.unwrap_or_default(), entry.message);
            *past.known.entry(key).or_default() += 1;
        }
        Ok(past)
    }

    /// Whether the finding is in the earlier report; each is there as often as it was told.
    pub fn take(&mut self, finding: &Finding) -> bool {
        if self.known.is_empty() {
            return false;
        }
        let id = finding.subjects.first().map(|subject| subject.id.clone());
        let key = (
            finding.code.id.to_owned(),
            id.unwrap_or_default(),
            finding.message.clone(),
        );
        match self.known.get_mut(&key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Domain, codes};
    use crate::source::Origin;

    #[test]
    fn a_finding_is_known_as_often_as_it_was_told() {
        let text = br#"{"schema": 1, "findings": [
            {"code": "R0003", "message": "m", "origins": [{"id": "a", "line": 4}]}]}"#;
        let mut past = Past::read(text).unwrap();
        let finding = |id: &str, message: &str| {
            Finding::new(&codes::read::BAD_VALUE, Domain::Network, message)
                .at(Origin::default(), id)
        };
        assert!(!past.take(&finding("b", "m")));
        assert!(!past.take(&finding("a", "other")));
        assert!(past.take(&finding("a", "m")));
        assert!(!past.take(&finding("a", "m")));
    }

    #[test]
    fn another_schema_is_refused() {
        assert!(Past::read(br#"{"schema": 2, "findings": []}"#).is_err());
        assert!(Past::read(b"[]").is_err());
    }
}
