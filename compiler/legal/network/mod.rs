//! Lowers network policy: an ordered list read at both ends becomes allow-lists that add up.
//!
//! 1. [`universe`] adds stand-ins to the machines; [`side`], [`services`] and [`lists`] turn the rules
//!    into entries of two lists, one read at the sender and one at the receiver. What is not known
//!    is left out of allows and taken in full by denies.
//! 2. [`boxes`] takes out of every allow what the denies before it take ([`cut`]).
//! 3. [`render`] says each box in the target's words, [`emit`] makes the objects.
//! 4. Every rule, section, group, service, exclusion and listed object is settled once.
//!
//! INVARIANT (Never wider): what is emitted for a rule is a subset of what the rule admits.

pub mod account;
pub mod boxes;
pub mod cut;
mod draft;
pub mod emit;
pub mod flex;
pub mod isolation;
pub mod lists;
mod near;
pub mod remark;
pub mod render;
pub mod services;
pub mod settle;
pub mod side;
pub mod tag;
pub mod today;
pub mod traffic;
pub mod universe;

use super::table::network::{Use, legality};
use super::{Case, Construct, Kind, Ledger, Options, Preference, Release, Target};
use crate::ir::network::Section;
use crate::ir::{Linked, Policy};
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::network::MAX_RULES;
use account::Account;
use boxes::{Outcome, Piece};
use emit::Emitter;
use lists::{Line, Reader};
use render::{Drawn, Missing};
use std::collections::{BTreeMap, BTreeSet};
use universe::Universe;

/// Lowers the network domain of a policy into the plan.
pub fn lower(policy: &Policy<Linked>, options: &Options, plan: &mut Builder, ledger: &mut Ledger) {
    let target = options.target;
    let mut criteria = tag::Criteria::of(policy);
    if target.release() < Release::R7_6 {
        criteria.names.clear();
    }
    let universe = Universe::of(policy, &criteria);
    let sides = side::Sides::of(&universe, options);
    let v6 = target.release() >= Release::R7_5;
    let catalogue = services::Catalogue::of(policy, v6);
    let reader = Reader {
        policy,
        target,
        universe: &universe,
        sides: &sides,
        catalogue: &catalogue,
    };
    if target.is_flex() {
        flex::lower(&reader, options, plan, ledger);
        return;
    }
    let mut lists = reader.read();
    let apart = isolation::find(&universe, &lists.entries);
    let native: BTreeSet<usize> = apart.iter().flat_map(|pair| pair.rules).collect();
    today::tell(&reader, &mut lists, &native);
    let outcomes = boxes::boxes(&universe, &lists.entries, &native);
    let mut drawn: BTreeMap<usize, (Vec<Drawn>, Vec<Piece>)> = BTreeMap::new();
    for (rule, outcome) in outcomes {
        let (mut rules, missing) = render::draw(&universe, &outcome.pieces, v6, v6);
        let told = Told {
            reader: &reader,
            lines: &lists.lines,
            rule,
            outcome: &outcome,
            missing,
        };
        if let Some(account) = lists.accounts.get_mut(rule) {
            told.tell(account, rules.is_empty());
            if options.prefer == Preference::Dynamic {
                told.follow_only(account, &mut rules);
            }
        }
        drawn.insert(rule, (rules, outcome.pieces));
    }
    let (mut rules, mut pieces) = (Vec::new(), Vec::new());
    for (at, (line, account)) in lists.lines.iter().zip(lists.accounts).enumerate() {
        let stands = account.settle(Construct::new(Kind::Rule, &line.rule.ident.id), ledger);
        if let Some((more, of)) = drawn.remove(&at).filter(|_| stands) {
            rules.extend(more);
            pieces.extend(of);
        }
    }
    settle::settle(&reader, ledger);
    if policy.network.sections.is_empty() {
        return;
    }
    let drafts = emit::drafts(&universe, rules, &pieces);
    let mut emitter = Emitter {
        policy,
        universe: &universe,
        sides: &sides,
        options,
        catalogue: &catalogue,
        lines: &lists.lines,
        plan,
        made: emit::Made::default(),
    };
    emitter.isolate(&apart);
    let crowded = emitter.emit(&drafts);
    for (section, mut account) in policy.network.sections.iter().zip(lists.sections) {
        let here = |one: &&emit::Crowded| {
            lists
                .lines
                .get(one.first)
                .is_some_and(|line| line.section.ident == section.ident)
        };
        for one in crowded.iter().filter(here) {
            tell_crowded(target, section, one, &mut account);
        }
        account.settle(Construct::new(Kind::Section, &section.ident.id), ledger);
    }
}

/// Tells that more rules of Flow stand around one group than a policy is known to take.
fn tell_crowded(
    target: Target,
    section: &Section<Linked>,
    one: &emit::Crowded,
    account: &mut Account,
) {
    let (what, how) = if one.spread {
        (Use::Spread(one.rules), "are spread over several policies")
    } else {
        (Use::RuleCount(one.rules), "stand in one policy")
    };
    account.note(legality(target, &what), || {
        let text = format!(
            "section `{}` begins the {} rules of Flow around `{}`, which {how}; {} in a policy are \
             known to be accepted",
            section.ident.name, one.rules, one.policy, MAX_RULES
        );
        Case::new(section.ident.subject(), text).target(one.policy.clone())
    });
}

/// What is to be told about one allow after the subtraction.
struct Told<'run> {
    reader: &'run Reader<'run>,
    lines: &'run [Line<'run>],
    rule: usize,
    outcome: &'run Outcome,
    missing: Missing,
}

impl Told<'_> {
    /// Leaves out what would not follow its group.
    fn follow_only(&self, account: &mut Account, rules: &mut Vec<Drawn>) {
        let frozen = |machines: &render::Machines| match machines {
            render::Machines::Marked(group, _) => {
                self.reader.sides.is_frozen(&side::Form::Machines, *group)
            }
            render::Machines::Estate | render::Machines::Tags(_) | render::Machines::Named(_) => {
                false
            }
        };
        let before = rules.len();
        rules.retain(|drawn| match &drawn.peers {
            render::Peers::Machines(peers) | render::Peers::Mixed(peers, _) => {
                !frozen(&drawn.secured) && !frozen(peers)
            }
            render::Peers::All | render::Peers::Addresses(_) => !frozen(&drawn.secured),
        });
        if let Some(line) = self.lines.get(self.rule).filter(|_| rules.len() < before) {
            let target = self.reader.target;
            account.note(legality(target, &Use::NotFollowed), || {
                let rule = &line.rule.ident;
                let text = format!(
                    "rule `{}` needs members of today, which `--prefer dynamic` leaves out of {}",
                    rule.name,
                    target.flow()
                );
                Case::new(rule.subject(), text)
            });
        }
    }

    fn tell(&self, account: &mut Account, nothing: bool) {
        let target = self.reader.target;
        let Some(line) = self.lines.get(self.rule) else {
            return;
        };
        let rule = &line.rule.ident;
        let flow = target.flow();
        let case = |text: &str| Case::new(rule.subject(), format!("rule `{}` {text}", rule.name));
        let exact = self.outcome.exact;
        if self.outcome.pieces.is_empty() {
            let what = if self.outcome.by.is_empty() {
                Use::Nobody
            } else {
                Use::Shadowed { exact }
            };
            account.note(legality(target, &what), || {
                self.blame(case(&format!(
                    "lets nothing through: {} before it; {flow} does not get it",
                    self.denies("takes all of it", "take all of it")
                )))
            });
            return;
        }
        if !self.outcome.by.is_empty() && (!exact || self.outcome.frozen) {
            account.note(legality(target, &Use::Cut { exact }), || {
                self.blame(case(&format!(
                "loses a part: {} before it; {flow} gets what is left for the machines of today",
                self.denies("takes it", "take it")
            )))
            });
        }
        if nothing {
            account.note(legality(target, &Use::Nobody), || {
                case(&format!("matches nobody today; {flow} does not get it"))
            });
        }
        if self.missing.protocols {
            account.note(legality(target, &Use::OtherProtocols), || {
                case(&format!(
                    "lets through all protocols but some; {flow} gets TCP, UDP and ICMP only"
                ))
            });
        }
        if self.missing.version {
            let known = !self.missing.addresses;
            account.note(legality(target, &Use::IpVersion { known }), || {
                case(&format!(
                    "is for one IP version; {flow} gets the addresses its machines have today"
                ))
            });
        }
    }

    /// The denies by name, the first three.
    fn denies(&self, one: &str, many: &str) -> String {
        let names: Vec<String> = self
            .outcome
            .by
            .iter()
            .take(3)
            .filter_map(|at| self.lines.get(*at))
            .map(|line| format!("`{}`", line.rule.ident.name))
            .collect();
        let more = self.outcome.by.len().saturating_sub(names.len());
        let verb = if self.outcome.by.len() == 1 {
            one
        } else {
            many
        };
        match more {
            0 => format!("{} {verb}", names.join(", ")),
            more => format!("{} and {more} more {verb}", names.join(", ")),
        }
    }

    fn blame(&self, case: Case) -> Case {
        let first = self.outcome.by.iter().take(3);
        first
            .filter_map(|at| self.lines.get(*at))
            .fold(case, |case, line| case.with(line.rule.ident.subject()))
    }
}
