//! The law of keys: every key of an export is a field, or ignored with a reason, or a finding.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::BadKey;
use crate::source::{FileId, Origin};
use rehome_grammar::Node;
use rehome_grammar::de::{self, Unread};
use serde::Deserialize;

/// A key that is known and not needed.
#[derive(Clone, Copy, Debug)]
pub struct Ignored {
    /// The struct it stands in; `*` for any.
    pub within: &'static str,
    /// The key; a trailing `*` matches any ending.
    pub key: &'static str,
    /// Why it is not needed.
    pub reason: &'static str,
}

/// One vendor schema: what it is called in messages and which keys it leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The product: `NSX`.
    pub product: &'static str,
    /// The domain its findings belong to.
    pub domain: Domain,
    /// Keys that are known and not needed.
    pub ignored: &'static [Ignored],
}

/// What was read from one object.
#[derive(Debug)]
pub struct Read<T> {
    /// The typed shape.
    pub value: T,
    /// Keys that are not known; each has been reported.
    pub unread: Vec<BadKey>,
}

impl Schema {
    /// Reads one object; reports unknown keys, or why it could not be read.
    pub fn read<'t, T: Deserialize<'t>>(
        &self,
        file: FileId,
        node: Node<'t>,
        findings: &mut Findings,
    ) -> Option<Read<T>> {
        let (result, unread) = de::from_node::<T>(node);
        let unread = self.report_unread(file, &unread, findings);
        match result {
            Ok(value) => Some(Read { value, unread }),
            Err(error) => {
                let message = format!("{} object cannot be read: {}", self.product, error.message);
                findings.push(
                    Finding::new(&codes::read::BAD_SHAPE, self.domain, message).at(
                        Origin {
                            file,
                            span: error.span,
                        },
                        short(node.raw()),
                    ),
                );
                None
            }
        }
    }

    /// Reports keys that are neither fields nor ignored, and names them.
    pub fn report_unread(
        &self,
        file: FileId,
        unread: &[Unread],
        findings: &mut Findings,
    ) -> Vec<BadKey> {
        let unknown = unread
            .iter()
            .filter(|key| !self.ignores(key.within, &key.name));
        unknown
            .map(|key| {
                let message = format!(
                    "{} {} has the unknown key `{}`",
                    self.product, key.within, key.name
                );
                let origin = Origin {
                    file,
                    span: key.key,
                };
                findings.push(
                    Finding::new(&codes::read::UNKNOWN_KEY, self.domain, message)
                        .at(origin, key.name.clone()),
                );
                BadKey {
                    name: key.name.clone(),
                    origin,
                }
            })
            .collect()
    }

    fn ignores(&self, within: &str, key: &str) -> bool {
        self.ignored.iter().any(|ignored| {
            let named = match ignored.key.strip_suffix('*') {
                Some(start) => key.starts_with(start),
                None => key == ignored.key,
            };
            named && (ignored.within == "*" || ignored.within == within)
        })
    }
}

/// The first line of a piece of export, cut to 60 characters.
#[must_use]
pub fn short(raw: &str) -> String {
    let line = raw.lines().next().unwrap_or("").trim();
    let mut text: String = line.chars().take(60).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    text
}
