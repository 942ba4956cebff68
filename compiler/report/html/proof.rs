//! What the emitted files admit, compared with the source: equal, or where they differ.

use super::{Piece, Row, picture, pieces};
use crate::finding::{Admits, Witness, count};
use crate::report::Report;
use crate::verify::comparison::{Comparison, DeclaredBy};
use crate::verify::network::{Proof, Way};
use askama::Template;
use std::collections::BTreeMap;

/// One domain's comparison.
pub(super) struct Domain {
    pub name: &'static str,
    /// `equal`, `differs` or `none`.
    pub class: &'static str,
    pub verdict: String,
    /// What was compared, and what was not.
    pub scope: String,
}

/// One kind of difference.
#[derive(Template)]
#[template(path = "difference.html", config = "compiler/report/html/askama.toml")]
struct Item {
    number: usize,
    domain: &'static str,
    way: &'static str,
    class: &'static str,
    badge: &'static str,
    count: Option<String>,
    picture: Option<String>,
    words: String,
    /// The case on one line.
    short: Vec<Piece>,
    witness: Vec<Piece>,
    code: Option<&'static str>,
    undeclared: &'static str,
    findings: Vec<usize>,
}

/// The numbers of the findings on the page by code and object.
pub(super) type Numbers = BTreeMap<(String, String), Vec<usize>>;

/// What is said about each domain.
pub(super) fn domains(report: &Report<'_>) -> Vec<Domain> {
    let outcome = report.outcome;
    vec![
        network(&outcome.proof),
        other(
            "placement",
            &outcome.placement,
            !outcome.policy.placement.rules.is_empty(),
            "every machine on every host of its cluster, and the pairs that required rules bind; not compared: preferences, members that no export tells, machines without a known cluster",
        ),
        other(
            "recovery",
            &outcome.recovery,
            !outcome.policy.recovery.plans.is_empty(),
            "the order of starts, what holds the flow, waits and timeouts, data that can be lost, power, addresses, test networks and the steps of people; not compared: machines that no export tells",
        ),
    ]
}

fn network(proof: &Proof) -> Domain {
    let by = match (proof.undeclared().next(), proof.unsettled.as_slice()) {
        (Some(_), _) => UNDECLARED,
        (None, []) => "each declared by a finding",
        (None, _) => {
            "each declared by a finding or unsettled by the documents of the target (V1002)"
        }
    };
    let (class, verdict) = verdict(
        proof.compared,
        proof.differing.len() + proof.unsettled.len(),
        by,
        proof.findings.len(),
    );
    Domain {
        name: "network",
        class,
        verdict,
        scope: if proof.compared {
            format!(
                "{} classes of endpoints by {} kinds of traffic, both ends of every flow; not compared: machines that the inventory does not hold, replies",
                proof.endpoint_classes, proof.traffic_kinds
            )
        } else {
            String::new()
        },
    }
}

fn other(name: &'static str, one: &Comparison, is_there: bool, scope: &str) -> Domain {
    let compared = one.compared && is_there;
    let by = if one.differences.iter().all(|one| one.by.is_some()) {
        "each declared by a finding"
    } else {
        UNDECLARED
    };
    let (class, verdict) = verdict(compared, one.differences.len(), by, one.findings.len());
    Domain {
        name,
        class,
        verdict,
        scope: if compared {
            scope.to_owned()
        } else {
            String::new()
        },
    }
}

/// What is said of differences that nobody declared.
const UNDECLARED: &str = "some declared by no finding";

fn verdict(compared: bool, kinds: usize, by: &str, faults: usize) -> (&'static str, String) {
    match (compared, kinds) {
        (false, _) if faults > 0 => (
            "differs",
            "not compared: the emitted files cannot be understood".to_owned(),
        ),
        (false, _) => ("none", "nothing to compare".to_owned()),
        (true, 0) => (
            "equal",
            "equal: the emitted files admit exactly what the source admits".to_owned(),
        ),
        (true, kinds) => (
            "differs",
            format!(
                "{} of difference, {by}; everything else is equal",
                count(kinds, "kind")
            ),
        ),
    }
}

/// Every kind of difference.
pub(super) fn rows(report: &Report<'_>, numbers: &Numbers) -> Vec<Row> {
    let outcome = report.outcome;
    let mut items = Vec::new();
    for one in &outcome.proof.differing {
        let admits = match one.way {
            Way::Broader => Admits::TargetMore,
            Way::Narrower => Admits::SourceMore,
        };
        let mut item = item(
            items.len(),
            "network",
            admits,
            &one.witness(),
            one.by.as_ref(),
            numbers,
        );
        item.count = Some(count(one.count, "pair"));
        items.push(item);
    }
    for one in &outcome.proof.unsettled {
        let (at, admits) = (items.len(), Admits::SourceMore);
        let mut item = item(at, "network", admits, &one.witness, None, numbers);
        item.undeclared = "no document settles it: see V1002";
        items.push(item);
    }
    for (domain, comparison) in [
        ("placement", &outcome.placement),
        ("recovery", &outcome.recovery),
    ] {
        for one in &comparison.differences {
            let item = item(
                items.len(),
                domain,
                one.admits,
                &one.witness,
                one.by.as_ref(),
                numbers,
            );
            items.push(item);
        }
    }
    items.iter().map(Item::row).collect()
}

fn item(
    number: usize,
    domain: &'static str,
    admits: Admits,
    witness: &Witness,
    by: Option<&DeclaredBy>,
    numbers: &Numbers,
) -> Item {
    let (way, class) = match admits {
        Admits::TargetMore => ("more", "error"),
        Admits::SourceMore => ("less", "warning"),
        Admits::Otherwise => ("other", "warning"),
    };
    let words = witness.to_string();
    Item {
        number,
        domain,
        way,
        class,
        badge: badge(witness, admits),
        count: None,
        picture: picture::draw(witness),
        short: match witness {
            Witness::Flow {
                from, to, traffic, ..
            } => pieces(&format!("{from} → {to}, {traffic}")),
            Witness::Placement { .. } | Witness::Order { .. } | Witness::Case(_) => pieces(&words),
        },
        witness: pieces(&words),
        words,
        code: by.map(|by| by.code),
        undeclared: "no finding declares it: a fault of rehome",
        findings: by
            .and_then(|by| numbers.get(&(by.code.to_owned(), by.id.clone())))
            .into_iter()
            .flatten()
            .copied()
            .take(1)
            .collect(),
    }
}

/// What differs, in a reader's words. A case of recovery is about what the source asks for: a prompt, a
/// machine, an address. More orders are admitted where the target does not keep to it.
const fn badge(witness: &Witness, admits: Admits) -> &'static str {
    match (witness, admits) {
        (_, Admits::Otherwise) => "target waits otherwise",
        (Witness::Flow { .. } | Witness::Placement { .. }, Admits::TargetMore) => {
            "target admits more"
        }
        (Witness::Flow { .. } | Witness::Placement { .. }, Admits::SourceMore) => {
            "target admits less"
        }
        (Witness::Order { .. }, Admits::TargetMore) => "target can start it earlier",
        (Witness::Order { .. }, Admits::SourceMore) => "target starts it later",
        (Witness::Case(_), Admits::TargetMore) => "target leaves it out",
        (Witness::Case(_), Admits::SourceMore) => "target is stricter",
    }
}

impl Item {
    fn row(&self) -> Row {
        let code = self.code.unwrap_or_default();
        Row {
            keys: BTreeMap::from([
                ("domain", self.domain.to_owned()),
                ("way", self.way.to_owned()),
            ]),
            text: format!("{code} {}", self.words).to_lowercase(),
            under: None,
            html: self.render().unwrap_or_default(),
        }
    }
}
