//! Who may talk to whom on what, from the source policy alone.
//!
//! The estate is cut into classes of endpoints and traffic into kinds that no rule tells apart. For
//! each class of senders the two filters of a flow are read once, against all receivers at a time;
//! what they have done with the traffic so far is a *state*, and equal states are one. So the cost
//! is that of the rules, not of the pairs of machines. The answer is folded: pairs that may exchange
//! the same are one row wherever they form a rectangle.
//!
//! Not spoken of: a machine and itself, two endpoints outside the estate, and replies. Where
//! something is not known the flow *may* pass, and its row says that this is not certain.

mod ends;
mod fold;
mod relation;
mod services;
mod state;

pub use ends::Ends;
pub use services::{Ip, Service, Services};

use super::classes::Sets;
use crate::ir::network::{Action, Enforcement, Fallback, Rule, Section};
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::Endpoints;
use crate::semantics::filter::{Reason, Verdict};
use crate::semantics::traffic::Traffic;
use crate::semantics::{Membership, ordered};
use crate::source::Origin;
use ends::Kinds;
use fold::Fold;
use relation::Relation;
use std::sync::Arc;

/// What is asked about; everything where nothing narrows it.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Who begins the flow.
    pub from: Option<Endpoints>,
    /// Who is addressed.
    pub to: Option<Endpoints>,
    /// Which traffic.
    pub traffic: Option<Traffic>,
    /// Whether to name the rules that decide. With both ends named also what is discarded.
    pub explain: bool,
}

/// What becomes of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It passes both filters.
    Passes,
    /// It depends on something that no export tells.
    MayPass,
    /// A filter discards it.
    Discarded,
}

/// Why a filter does what it does: an entry that matches, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Act {
    /// The entry, as a place in [`Connectivity::reasons`]. None: no rule decides.
    pub reason: Option<usize>,
    /// What it does.
    pub verdict: Verdict,
    /// Whether it matches for certain.
    pub certain: bool,
}

/// Traffic of a row that the same entries decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// The entries at the sender, in the order in which they are read.
    pub sender: Vec<Act>,
    /// The entries at the receiver.
    pub receiver: Vec<Act>,
    /// The traffic.
    pub services: Services,
}

/// Pairs that may exchange the same: every one of `from` with every one of `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who begins the flow.
    pub from: Ends,
    /// Who is addressed.
    pub to: Ends,
    /// The traffic.
    pub services: Services,
    /// What becomes of it.
    pub outcome: Outcome,
    /// By which rules: all of them where that was asked, those in doubt where it is not certain.
    pub why: Vec<Why>,
}

/// Where the answer for traffic that no other rule matches comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The default rule of the product.
    DefaultRule,
    /// A rule of the policy that matches everything.
    CatchAll,
    /// The rule that a policy's connectivity preference stands for.
    Implied,
    /// The firewall is switched off, so nothing is discarded.
    FirewallOff,
    /// No export says.
    Unknown,
}

/// What happens to traffic that no other rule matches.
#[derive(Clone, Debug)]
pub struct Remainder {
    /// Where that is said.
    pub basis: Basis,
    /// What happens. None: nobody can say.
    pub action: Option<Action>,
    /// The rule and its section, by name and id.
    pub rule: Option<[String; 3]>,
    /// Where it stands.
    pub origin: Option<Origin>,
}

/// Who may talk to whom on what.
#[derive(Debug)]
pub struct Connectivity {
    /// What happens to the rest.
    pub remainder: Remainder,
    /// Who may talk. A pair that is in no row may not.
    pub rows: Vec<Row>,
    /// What is discarded; only where it was asked.
    pub discarded: Vec<Row>,
    /// The entries that rows name.
    pub reasons: Vec<Reason>,
    /// How many classes of endpoints the estate was cut into.
    pub endpoint_classes: usize,
    /// How many kinds of traffic were told apart.
    pub traffic_kinds: usize,
}

/// Works out who may talk to whom, within what is asked.
#[must_use]
pub fn connectivity(
    policy: &Policy<Linked>,
    membership: &Membership,
    question: &Question,
) -> Connectivity {
    let filters = ordered::filters_now(policy, membership);
    let mut sets = Sets::default();
    let [from, to] = [&question.from, &question.to].map(|end| {
        end.as_ref()
            .map(|ends| sets.intern(&Arc::new(ends.clone())))
    });
    let mut relation = Relation::new(policy, &filters, sets, question, [from, to]);
    let senders = Kinds::of(policy, &relation, from, true);
    let receivers = Kinds::of(policy, &relation, to, false);
    let show_discarded = question.explain && from.is_some() && to.is_some();
    let mut fold = Fold::new(question.explain, show_discarded);
    for (at, sender) in (0_u32..).zip(&senders.list) {
        relation.pairs(sender, &receivers.list, |receiver, fate, relation| {
            fold.add(at, receiver, fate, relation);
        });
    }
    let mut rows = fold.finish(&senders, &receivers, &mut relation);
    let discarded = rows
        .extract_if(.., |row| row.outcome == Outcome::Discarded)
        .collect();
    Connectivity {
        remainder: remainder(policy),
        rows,
        discarded,
        endpoint_classes: relation.classes.len(),
        traffic_kinds: relation.atoms.len(),
        reasons: filters.reasons,
    }
}

/// Where the answer for the rest comes from.
fn remainder(policy: &Policy<Linked>) -> Remainder {
    let network = &policy.network;
    if let Enforcement::Off(origin) = network.enforcement {
        return Remainder {
            basis: Basis::FirewallOff,
            action: Some(Action::Allow),
            rule: None,
            origin: Some(origin),
        };
    }
    let unknown = Remainder {
        basis: Basis::Unknown,
        action: None,
        rule: None,
        origin: None,
    };
    let Fallback::Rule(origin) = network.fallback else {
        return unknown;
    };
    let rules = network.sections.iter().flat_map(|section| {
        let rules = section.rules.iter();
        rules.map(move |rule| (section, rule))
    });
    let said = |(section, rule): (&Section<Linked>, &Rule<Linked>)| Remainder {
        basis: if rule.is_default {
            Basis::DefaultRule
        } else if rule.sequence == i64::MAX {
            Basis::Implied
        } else {
            Basis::CatchAll
        },
        action: Some(rule.action),
        rule: Some([
            rule.ident.name.clone(),
            section.ident.name.clone(),
            rule.ident.id.clone(),
        ]),
        origin: Some(origin),
    };
    rules
        .filter(|(_, rule)| rule.ident.origin == origin)
        .map(said)
        .next_back()
        .unwrap_or(unknown)
}
