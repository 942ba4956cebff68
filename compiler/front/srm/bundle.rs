//! The bundle: answers with the calls they belong to, in one file or in many.

use super::call::{self, Call, Mapped, Request};
use super::schema::{Pair, SCHEMA};
use super::shape::{self, Shape};
use super::{Export, Form};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Format;
use crate::source::{FileId, Origin};
use rehome_grammar::{Kind, Node};
use std::cell::Cell;
use std::collections::BTreeMap;

/// What stands in a request where the pairing is not known.
const SOME_PAIRING: &str = "{pairing_id}";

/// One answer.
#[derive(Debug)]
pub(super) struct Answer<'t> {
    /// The file it stands in.
    pub file: FileId,
    /// Its body.
    pub body: Node<'t>,
    origin: Origin,
    path: String,
    variant: String,
    offset: u64,
    used: Cell<bool>,
}

/// What a call that failed said.
#[derive(Debug)]
struct Failure {
    why: String,
    origin: Origin,
    told: Cell<bool>,
}

/// One object of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'t> {
    /// The file it stands in.
    pub file: FileId,
    /// The object.
    pub node: Node<'t>,
}

impl Item<'_> {
    /// Where it stands.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            file: self.file,
            span: self.node.span(),
        }
    }
}

/// The objects of one call, over all its pages.
#[derive(Debug, Default)]
pub(super) struct Listed<'t> {
    /// The objects, in order.
    pub items: Vec<Item<'t>>,
    /// The request for the page that is missing.
    pub next: Option<String>,
}

impl<'t> Listed<'t> {
    fn of(pages: Vec<&Answer<'t>>) -> Self {
        let (items, next) = joined(pages);
        Self { items, next }
    }
}

/// All answers of the input.
#[derive(Debug, Default)]
pub(super) struct Answers<'t> {
    by_call: BTreeMap<Call, Vec<Answer<'t>>>,
    failed: BTreeMap<Call, Failure>,
    pairings: BTreeMap<Call, String>,
}

impl<'t> Answers<'t> {
    /// Sorts the answers of all exports under their calls; reports those that have none.
    pub(super) fn collect(exports: &[Export<'t>], findings: &mut Findings) -> Self {
        let mut answers = Self::default();
        for export in exports {
            if export.format != Format::Srm(Form::Bundle) {
                continue;
            }
            for root in export.source.tree.roots() {
                let several =
                    root.kind() == Kind::Array && root.items().any(|item| shape::is_pair(item));
                if several {
                    root.items()
                        .for_each(|item| answers.add(export.file, item, findings));
                } else {
                    answers.add(export.file, root, findings);
                }
            }
        }
        answers
    }

    fn add(&mut self, file: FileId, node: Node<'t>, findings: &mut Findings) {
        if shape::is_pair(node) {
            self.add_pair(file, node, findings);
        } else {
            self.add_bare(file, node, findings);
        }
    }

    fn add_pair(&mut self, file: FileId, node: Node<'t>, findings: &mut Findings) {
        let Some(pair) = SCHEMA.read::<Pair>(file, node, findings) else {
            return;
        };
        let Some(body) = node.get("response") else {
            return;
        };
        let Pair {
            request,
            status,
            response: _,
        } = pair.value;
        let origin = Origin {
            file,
            span: request.span,
        };
        let parsed = call::parse(&request.value);
        let call = match parsed.request {
            Request::Read(call) => call,
            Request::NotNeeded | Request::Session => return,
            Request::Change => {
                let message = format!(
                    "`{}` changes something in SRM; its answer is no export",
                    request.value
                );
                findings.push(refused(origin, &request.value, message));
                return;
            }
            Request::Unknown => {
                let message = format!(
                    "`{}` is no call of SRM that rehome knows; its answer is not translated",
                    request.value
                );
                findings.push(
                    Finding::new(&codes::read::NOT_TRANSLATED, Domain::Recovery, message)
                        .at(origin, request.value),
                );
                return;
            }
        };
        if let Some(pairing) = parsed.pairing {
            self.pairings.entry(call.clone()).or_insert(pairing);
        }
        if let Some(error) = failure(status.map(|status| status.value), body) {
            let failure = || Failure {
                why: error,
                origin,
                told: Cell::new(false),
            };
            self.failed.entry(call.clone()).or_insert_with(failure);
            // A list with errors holds what could be answered.
            let some = body.get("list").is_some_and(|list| !list.is_empty());
            if !some {
                return;
            }
        }
        self.by_call.entry(call).or_default().push(Answer {
            file,
            body,
            origin,
            path: parsed.path,
            variant: parsed.variant,
            offset: parsed.offset,
            used: Cell::new(false),
        });
    }

    fn add_bare(&mut self, file: FileId, body: Node<'t>, findings: &mut Findings) {
        let origin = Origin {
            file,
            span: body.span(),
        };
        let call = match shape::of(body) {
            Shape::Plans => Call::Plans,
            Shape::Groups => Call::Groups,
            Shape::NetworkMappings => Call::Mappings(String::new(), Mapped::Networks),
            Shape::Placeholders => Call::Mappings(String::new(), Mapped::Placeholders),
            Shape::Replications => Call::Replications,
            Shape::Pairings => Call::Pairings,
            Shape::Ambiguous(what, call) => {
                let call = format!("GET /api/rest/srm/v2/pairings/{SOME_PAIRING}{call}");
                let message = format!(
                    "{what} of SRM do not name what they belong to, and this answer stands without its request"
                );
                findings.push(
                    refused(origin, what, message).remedy(format!(
                        "write the request beside the answer, as `{{\"request\": \"{call}\", \"response\": ...}}`, or collect with the script of the book"
                    )),
                );
                return;
            }
        };
        self.by_call.entry(call).or_default().push(Answer {
            file,
            body,
            origin,
            path: String::new(),
            variant: String::new(),
            offset: 0,
            used: Cell::new(false),
        });
    }

    /// The objects of a call, or nothing when it was not made or failed.
    pub(super) fn list(&self, call: &Call) -> Option<Listed<'t>> {
        let mut listed = Listed::default();
        for pages in self.variants(call)? {
            let more = Listed::of(pages);
            listed.items.extend(more.items);
            listed.next = listed.next.or(more.next);
        }
        Some(listed)
    }

    /// The objects of a call, apart for each way it was asked.
    pub(super) fn views(&self, call: &Call) -> Option<Vec<Listed<'t>>> {
        let views = self.variants(call)?.into_iter().map(Listed::of);
        Some(views.collect())
    }

    /// The answers of a call, those to the same query together.
    fn variants(&self, call: &Call) -> Option<Vec<Vec<&Answer<'t>>>> {
        let answers = self.by_call.get(call)?;
        let mut variants: BTreeMap<&str, Vec<&Answer<'t>>> = BTreeMap::new();
        for answer in answers {
            answer.used.set(true);
            variants.entry(&answer.variant).or_default().push(answer);
        }
        Some(variants.into_values().collect())
    }

    /// The single object of a call.
    pub(super) fn one(&self, call: &Call) -> Option<Item<'t>> {
        self.list(call)?.items.first().copied()
    }

    /// The calls that were answered.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.by_call.keys()
    }

    /// The request for a call, with the pairing of the call beside it where that is known.
    pub(super) fn request(&self, call: &Call, beside: &[Call]) -> String {
        let known = std::iter::once(call)
            .chain(beside)
            .find_map(|call| self.pairings.get(call));
        let pairing = known.or_else(|| {
            let mut all = self.pairings.values();
            let first = all.next()?;
            all.all(|other| other == first).then_some(first)
        });
        call.request(pairing.map_or(SOME_PAIRING, String::as_str))
    }

    /// What a call that failed said; whoever asks tells it.
    pub(super) fn failure(&self, call: &Call) -> Option<&str> {
        let failure = self.failed.get(call)?;
        failure.told.set(true);
        Some(&failure.why)
    }

    /// The calls that failed.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Call> {
        self.failed.keys()
    }

    /// What calls said that failed, where nobody asked: the request and why. One machine alone says
    /// what the list of machines says.
    pub(super) fn untold(&self) -> impl Iterator<Item = (Origin, String, &str)> {
        let failed = self.failed.iter();
        failed
            .filter(|(call, failure)| {
                !failure.told.get() && !matches!(call, Call::PlanVm(..) | Call::GroupVm(..))
            })
            .map(|(call, failure)| {
                let request = self.request(call, &[]);
                (failure.origin, request, failure.why.as_str())
            })
    }

    /// Counts answers as asked for, and says where the first of them stands.
    pub(super) fn claim(&self, which: impl Fn(&Call) -> bool) -> Option<Origin> {
        let claimed = self.by_call.iter().filter(|(call, _)| which(call));
        let mut first = None;
        for answer in claimed.flat_map(|(_, answers)| answers) {
            answer.used.set(true);
            first = first.or(Some(answer.origin));
        }
        first
    }

    /// Answers that nothing asked for.
    pub(super) fn strays(&self) -> impl Iterator<Item = (Origin, String)> {
        let answers = self
            .by_call
            .iter()
            .flat_map(|(call, answers)| answers.iter().map(move |answer| (call, answer)));
        answers
            .filter(|(_, answer)| !answer.used.get())
            .map(|(call, answer)| {
                let request = if answer.path.is_empty() {
                    self.request(call, &[])
                } else {
                    format!("GET {}", answer.path)
                };
                (answer.origin, request)
            })
    }
}

/// A finding about what stands without what it belongs to.
pub(super) fn refused(origin: Origin, id: &str, message: String) -> Finding {
    Finding::new(&codes::read::REFUSED_FORM, Domain::Recovery, message).at(origin, id)
}

/// The objects of the pages in order, and the request for the page that is missing.
fn joined<'t>(mut pages: Vec<&Answer<'t>>) -> (Vec<Item<'t>>, Option<String>) {
    pages.sort_by_key(|page| page.offset);
    let mut items: Vec<Item<'t>> = Vec::new();
    let mut total = 0;
    let mut reached = 0;
    let mut hole = None;
    for page in &pages {
        if page.offset > reached {
            hole = hole.or(Some(reached));
        }
        let before = items.len();
        items.extend(objects(page.file, page.body));
        let here = u64::try_from(items.len() - before).unwrap_or(u64::MAX);
        reached = reached.max(page.offset.saturating_add(here));
        total = total.max(told_total(page.body).unwrap_or(0));
    }
    let next = hole.or_else(|| (reached < total).then_some(reached));
    let next = next.zip(pages.first()).map(|(offset, page)| {
        let also = if page.variant.is_empty() {
            String::new()
        } else {
            format!("{}&", page.variant)
        };
        format!("GET {}?{also}offset={offset}", page.path)
    });
    (items, next)
}

/// The objects of a body: a page with `list`, a bare list, or one object.
fn objects(file: FileId, body: Node<'_>) -> impl Iterator<Item = Item<'_>> {
    let list = body.get("list");
    let list = list.filter(|list| list.kind() == Kind::Array);
    let single = (list.is_none() && body.kind() == Kind::Object).then_some(body);
    list.unwrap_or(body)
        .items()
        .chain(single)
        .map(move |node| Item { file, node })
}

fn told_total(body: Node<'_>) -> Option<u64> {
    body.get("_meta")?.get("total")?.number()?.parse().ok()
}

/// What an answer that is an error says.
fn failure(status: Option<u16>, body: Node<'_>) -> Option<String> {
    let readable = matches!(body.kind(), Kind::Array | Kind::Object);
    if !readable && status.is_none_or(|status| status < 400) {
        return Some(format!("it answered {}", body.kind().name()));
    }
    let told = |node: Node<'_>| {
        ["message", "code", "error_code"]
            .iter()
            .filter_map(|key| node.get(key)?.str())
            .find(|text| !text.is_empty())
            .map(std::borrow::Cow::into_owned)
    };
    let error = body
        .get("_meta")
        .and_then(|meta| meta.get("errors"))
        .and_then(|errors| errors.items().next());
    if let Some(status) = status.filter(|status| *status >= 400) {
        let text = told(body).or_else(|| error.and_then(told));
        return Some(match text {
            Some(text) => format!("it answered {status}, `{text}`"),
            None => format!("it answered {status}"),
        });
    }
    if body.get("error_code").is_some() {
        return Some(match told(body) {
            Some(text) => format!("it answered with the error `{text}`"),
            None => "it answered with an error".to_owned(),
        });
    }
    // An empty list with errors is a failed call; a full one with errors is not complete either.
    error.map(|error| match told(error) {
        Some(text) => format!("it answered with the error `{text}`"),
        None => "it answered with an error".to_owned(),
    })
}
