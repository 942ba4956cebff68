//! Accepts: findings a person has taken responsibility for, until a date.
//!
//! They stand in `rehome.toml`. An accepted finding stays in every report and does not close the
//! gate; past its date it does again. Nothing here knows what day it is: the caller says.

use super::{Code, Domain, Finding, Findings, codes, count};
use crate::source::{FileId, Origin};
use jiff::ToSpan as _;
use jiff::civil::Date;
use rehome_grammar::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// Who accepted a finding, why and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Why it is all right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed, in the words of the team: a ticket, a change number.
    pub ticket: Option<String>,
    /// The last day it holds, as `YYYY-MM-DD`.
    pub until: String,
}

/// One accept of `rehome.toml`.
#[derive(Clone, Debug)]
pub struct Accept {
    /// The code it covers.
    pub code: &'static Code,
    /// Which findings of that code.
    pub selector: Selector,
    /// Why it is all right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// The last day it holds.
    pub until: Date,
    /// Where it stands.
    pub origin: Origin,
}

/// Which findings an accept covers: all that is given must fit the construct a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// The object id.
    pub id: Option<String>,
    /// A pattern for the display name: `*` stands for any text, `?` for one character.
    pub name: Option<String>,
    /// The domain of the finding.
    pub domain: Option<Domain>,
}

impl Selector {
    const fn is_empty(&self) -> bool {
        let Self { id, name, domain } = self;
        id.is_none() && name.is_none() && domain.is_none()
    }

    fn fits(&self, finding: &Finding) -> bool {
        let Self { id, name, domain } = self;
        let subject = finding.subjects.first();
        domain.is_none_or(|domain| domain == finding.domain)
            && id
                .as_ref()
                .is_none_or(|id| subject.is_some_and(|subject| subject.id == *id))
            && name
                .as_ref()
                .is_none_or(|name| subject.is_some_and(|subject| fits(name, &subject.name)))
    }
}

/// Why an accept cannot be used, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the file; empty at the start where no place is known.
    pub span: Range<usize>,
    /// What is wrong: no capital, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// An accept as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Id or name of a code.
    #[schemars(with = "String")]
    pub code: Spanned<String>,
    /// Which findings.
    #[schemars(with = "Selector")]
    pub selector: Spanned<Selector>,
    /// Why it is all right.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// Who answers for it.
    #[schemars(with = "String")]
    pub owner: Spanned<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// The last day it holds: `YYYY-MM-DD`, a date or text.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Spanned<Until>,
}

/// A date, as a TOML date or as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Until {
    /// `2027-03-31`
    Date(toml::value::Datetime),
    /// `"2027-03-31"`
    Text(String),
}

impl Written {
    /// The accept, or every mistake in it.
    ///
    /// # Errors
    /// All mistakes, each with its place.
    pub fn check(self, file: FileId, span: &Range<usize>) -> Result<Accept, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut wrong = |span: Range<usize>, message: String, help: &str| {
            mistakes.push(Mistake {
                span,
                message,
                help: help.to_owned(),
            });
        };
        let code = codes::find(self.code.as_ref());
        match code {
            None => wrong(
                self.code.span(),
                format!("`{}` is no code", self.code.as_ref()),
                "write the id or the name of one code; `rehome explain` lists them",
            ),
            Some(code) if code.id.starts_with('X') => wrong(
                self.code.span(),
                format!("`{}` is a fault of rehome and cannot be accepted", code.id),
                "report it; `rehome explain` says how",
            ),
            Some(_) => {}
        }
        if self.selector.as_ref().is_empty() {
            wrong(
                self.selector.span(),
                "the selector selects nothing".to_owned(),
                "give at least one of `id`, `name` (a pattern) and `domain`",
            );
        }
        for (key, text) in [("reason", &self.reason), ("owner", &self.owner)] {
            if text.as_ref().trim().is_empty() {
                wrong(
                    text.span(),
                    format!("`{key}` is empty"),
                    "say it in words; the reports show it",
                );
            }
        }
        let until = date(self.until.as_ref());
        if until.is_none() {
            wrong(
                self.until.span(),
                "`until` is no date".to_owned(),
                "write the last day the accept holds, such as `until = \"2027-03-31\"`",
            );
        }
        match (code, until) {
            (Some(code), Some(until)) if mistakes.is_empty() => Ok(Accept {
                code,
                selector: self.selector.into_inner(),
                reason: self.reason.into_inner(),
                owner: self.owner.into_inner(),
                ticket: self.ticket,
                until,
                origin: Origin {
                    file,
                    span: narrow(span),
                },
            }),
            _ => Err(mistakes),
        }
    }
}

fn date(written: &Until) -> Option<Date> {
    match written {
        Until::Text(text) => text.trim().parse().ok(),
        Until::Date(date) if date.time.is_none() => date.to_string().parse().ok(),
        Until::Date(_) => None,
    }
}

fn narrow(span: &Range<usize>) -> Span {
    let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: cut(span.start),
        end: cut(span.end),
    }
}

/// Marks what the accepts cover on that day, and reports accepts that are used up.
///
/// The first accept that covers a finding and still holds is the one it carries.
pub fn apply(accepts: &[Accept], today: Date, findings: &mut Findings) {
    let index = Index::of(accepts, findings);
    let mut held: BTreeMap<usize, Accepted> = BTreeMap::new();
    let mut told = Vec::new();
    for accept in accepts {
        let covered = index.covered(accept);
        if today <= accept.until {
            for at in &covered {
                held.entry(*at).or_insert_with(|| Accepted {
                    reason: accept.reason.clone(),
                    owner: accept.owner.clone(),
                    ticket: accept.ticket.clone(),
                    until: accept.until.to_string(),
                });
            }
        }
        told.extend(accept.tell(covered.len(), today));
    }
    for (at, finding) in findings.iter_mut().enumerate() {
        if finding.accepted.is_none() {
            finding.accepted = held.remove(&at);
        }
    }
    findings.extend(told);
}

/// The findings that an accept could cover, by what its selector asks for, so that many accepts and
/// many findings are not compared each with each.
struct Index<'f> {
    by_id: BTreeMap<(&'f str, &'f str), Vec<(usize, &'f Finding)>>,
    by_name: BTreeMap<(&'f str, &'f str), Vec<(usize, &'f Finding)>>,
    by_code: BTreeMap<&'f str, Vec<(usize, &'f Finding)>>,
}

impl<'f> Index<'f> {
    /// Looks over the findings of the codes that are accepted.
    fn of(accepts: &[Accept], findings: &'f Findings) -> Self {
        let codes: BTreeSet<&str> = accepts.iter().map(|accept| accept.code.id).collect();
        let mut index = Self {
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_code: BTreeMap::new(),
        };
        for (at, finding) in findings.iter().enumerate() {
            let code = finding.code.id;
            if !codes.contains(code) {
                continue;
            }
            index.by_code.entry(code).or_default().push((at, finding));
            if let Some(subject) = finding.subjects.first() {
                let id = (code, subject.id.as_str());
                index.by_id.entry(id).or_default().push((at, finding));
                let name = (code, subject.name.as_str());
                index.by_name.entry(name).or_default().push((at, finding));
            }
        }
        index
    }

    /// The places of the findings that an accept covers.
    fn covered(&self, accept: &Accept) -> Vec<usize> {
        let code = accept.code.id;
        let Selector {
            id,
            name,
            domain: _,
        } = &accept.selector;
        let candidates: Vec<&(usize, &Finding)> = match (id, name) {
            (Some(id), _) => self.by_id.get(&(code, id)).into_iter().flatten().collect(),
            (None, Some(pattern)) => {
                // Names that fit begin with what stands before the first `*` or `?`.
                let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
                self.by_name
                    .range((code, fixed)..)
                    .take_while(|((own, name), _)| *own == code && name.starts_with(fixed))
                    .flat_map(|(_, list)| list)
                    .collect()
            }
            (None, None) => self.by_code.get(code).into_iter().flatten().collect(),
        };
        let fitting = candidates
            .into_iter()
            .filter(|(_, finding)| accept.selector.fits(finding));
        fitting.map(|(at, _)| *at).collect()
    }
}

/// How long before its end an accept is spoken of, in days.
const NOTICE: i32 = 14;

impl Accept {
    /// What is to be said about the accept itself.
    fn tell(&self, covered: usize, today: Date) -> Option<Finding> {
        let (code, owner, until) = (self.code.id, &self.owner, self.until);
        let soon = today
            .checked_add(NOTICE.days())
            .is_ok_and(|notice| until <= notice);
        let (tell, message) = if covered == 0 {
            (
                &codes::accept::UNUSED_ACCEPT,
                format!("accept of {code} by `{owner}` covers no finding"),
            )
        } else if until < today {
            (
                &codes::accept::EXPIRED_ACCEPT,
                format!(
                    "accept of {code} by `{owner}` ended on {until}; reopened: {}",
                    count(covered, "finding")
                ),
            )
        } else if soon {
            (
                &codes::accept::EXPIRING_ACCEPT,
                format!(
                    "accept of {code} by `{owner}` ends on {until}; it covers {}",
                    count(covered, "finding")
                ),
            )
        } else {
            return None;
        };
        Some(Finding::new(tell, Domain::Estate, message).at(self.origin, format!("accept {code}")))
    }
}

/// The lines of `rehome.toml` that accept a finding.
#[must_use]
pub fn snippet(finding: &Finding, reason: &str, owner: &str, until: &str) -> String {
    let selector = match finding.subjects.first() {
        Some(subject) => format!("id = {}", quoted(&subject.id)),
        None => format!(
            "domain = {}",
            quoted(&format!("{:?}", finding.domain).to_lowercase())
        ),
    };
    format!(
        "[[accept]]\ncode = \"{}\"\nselector = {{ {selector} }}\nreason = {}\nowner = {}\nuntil = {}\n",
        finding.code.id,
        quoted(reason),
        quoted(owner),
        quoted(until)
    )
}

/// A TOML string of that text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Whether a name fits a pattern of `*` and `?`.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on after a mismatch: the last `*`, and the name from which it was tried.
    let (mut p, mut n, mut star) = (0, 0, None);
    while let Some(c) = name.get(n) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Subject;
    use jiff::civil::date;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("web-*", "web-01", true),
            ("web-*", "Web-01", false),
            ("web-?", "web-01", false),
            ("*-*-x", "a-b-c-x", true),
            ("*ab", "aab", true),
            ("a*b*c", "abcbc", true),
            ("ä?", "äö", true),
            ("a**", "a", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} on {name}");
        }
    }

    fn origin() -> Origin {
        Origin {
            file: FileId::default(),
            span: Span { start: 0, end: 0 },
        }
    }

    fn finding(name: &str) -> Finding {
        Finding::new(&codes::read::BAD_VALUE, Domain::Network, "m").about(Subject {
            origin: origin(),
            id: format!("/{name}"),
            name: name.to_owned(),
        })
    }

    fn accept(selector: Selector, until: Date) -> Accept {
        Accept {
            code: &codes::read::BAD_VALUE,
            selector,
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            ticket: None,
            until,
            origin: origin(),
        }
    }

    fn named(name: &str) -> Selector {
        Selector {
            name: Some(name.to_owned()),
            ..Selector::default()
        }
    }

    fn after(accepts: &[Accept], today: Date) -> (Vec<bool>, Vec<&'static str>) {
        let mut findings = Findings::new();
        findings.extend([finding("web"), finding("db")]);
        apply(accepts, today, &mut findings);
        let own = findings
            .iter()
            .filter(|finding| finding.code == &codes::read::BAD_VALUE);
        let told = findings
            .iter()
            .filter(|finding| finding.code != &codes::read::BAD_VALUE);
        (
            own.map(|finding| finding.accepted.is_some()).collect(),
            told.map(|finding| finding.code.id).collect(),
        )
    }

    #[test]
    fn an_accept_holds_through_its_last_day_and_not_longer() {
        let accepts = [accept(named("web"), date(2027, 3, 31))];
        assert_eq!(
            after(&accepts, date(2027, 1, 1)),
            (vec![true, false], vec![])
        );
        assert_eq!(
            after(&accepts, date(2027, 3, 16)),
            (vec![true, false], vec![])
        );
        assert_eq!(
            after(&accepts, date(2027, 3, 17)),
            (vec![true, false], vec!["R0093"])
        );
        assert_eq!(
            after(&accepts, date(2027, 3, 31)),
            (vec![true, false], vec!["R0093"])
        );
        assert_eq!(
            after(&accepts, date(2027, 4, 1)),
            (vec![false, false], vec!["R0092"])
        );
    }

    #[test]
    fn an_accept_that_covers_nothing_is_reported() {
        let accepts = [accept(named("app"), date(2027, 3, 31))];
        assert_eq!(
            after(&accepts, date(2026, 1, 1)),
            (vec![false, false], vec!["R0091"])
        );
    }

    #[test]
    fn the_index_covers_what_a_selector_fits() {
        let names = [
            "", "a", "ab", "ab*", "abc", "b", "ä", "äb", "web-01", "web-02",
        ];
        let mut findings = Findings::new();
        for name in names.iter().chain(&["ab", "b"]) {
            findings.push(finding(name));
            findings.push(finding(name).effect(crate::finding::Effect::Record));
        }
        findings.push(Finding::new(&codes::read::BAD_VALUE, Domain::Estate, "m"));
        findings.push(Finding::new(&codes::read::BAD_SHAPE, Domain::Network, "m"));
        let texts = [
            "*", "?", "a", "ab", "a*", "ab?", "*b", "ä*", "web-0?", "", "none",
        ];
        let mut selectors: Vec<Selector> = texts.iter().map(|text| named(text)).collect();
        for domain in [Domain::Network, Domain::Estate, Domain::Placement] {
            selectors.push(Selector {
                domain: Some(domain),
                ..Selector::default()
            });
            selectors.push(Selector {
                domain: Some(domain),
                ..named("a*")
            });
        }
        for id in ["/a", "/ab", "a", ""] {
            selectors.push(Selector {
                id: Some(id.to_owned()),
                ..Selector::default()
            });
            selectors.push(Selector {
                id: Some(id.to_owned()),
                ..named("a*")
            });
        }
        for selector in selectors {
            let accept = accept(selector, date(2027, 1, 1));
            let index = Index::of(std::slice::from_ref(&accept), &findings);
            let mut found = index.covered(&accept);
            found.sort_unstable();
            let each = findings.iter().enumerate().filter(|(_, finding)| {
                finding.code == accept.code && accept.selector.fits(finding)
            });
            let expected: Vec<usize> = each.map(|(at, _)| at).collect();
            assert_eq!(found, expected, "{:?}", accept.selector);
        }
    }

    #[test]
    fn all_parts_of_a_selector_must_fit() {
        let until = date(2027, 3, 31);
        let selector = Selector {
            id: Some("/web".to_owned()),
            name: Some("*".to_owned()),
            domain: Some(Domain::Network),
        };
        assert!(after(&[accept(selector.clone(), until)], date(2026, 1, 1)).0[0]);
        let other = Selector {
            domain: Some(Domain::Placement),
            ..selector
        };
        assert!(!after(&[accept(other, until)], date(2026, 1, 1)).0[0]);
    }
}
