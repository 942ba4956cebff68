//! Lowers network policy to ordered policies (Flex).
//!
//! The order of the source is the order of the target, so nothing is subtracted:
//!
//! 1. [`law`] reads the rules: what an allow is about for certain, what a deny is about at most.
//! 2. [`jump`] copies what a jump leads to, where it leads over something.
//! 3. [`draw`] says each law in rules, and what of it no rule can say.
//! 4. [`emit`] makes the entity groups, the rules and the policies.
//!
//! One rule is read at both filters of a flow, as at the source: direction `IN_OUT`, held by every
//! machine or by those of the applied-to. Machines without a filter come first: a rule that lets
//! everything through, held by them. The last rule is about everything, so no default is relied on.
//! All policies are of one type, because no document says how the types rank.
//!
//! INVARIANT (Never wider): what no rule can say is not let through.

pub mod draw;
pub mod emit;
pub mod jump;
pub mod law;

use super::account::Account;
use super::emit::{Emitter, Made};
use super::lists::{Line, Reader};
use super::settle;
use super::side::{Form, Part};
use crate::ir::network::Exclusion;
use crate::ir::{Ident, Linked};
use crate::legal::table::network::{Use, legality};
use crate::legal::{Case, Construct, Kind, Ledger, Options, Preference};
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::network::MAX_FLEX_RULES;
use crate::plan::nutanix::network::flex::Action;
use crate::taken::Taken;
use draw::{Drawn, Loss};
use emit::{Item, pack};
use law::{Ends, Laws};
use std::collections::BTreeSet;

/// Lowers the rules that a reader reads into ordered policies.
pub fn lower(reader: &Reader<'_>, options: &Options, plan: &mut Builder, ledger: &mut Ledger) {
    let mut laws = Laws::read(reader);
    let (order, jumps) = jump::follow(reader.universe, &laws.laws);
    let (mut drawn, losses) = draw::draw(reader.universe, &order);
    tell(reader, &mut laws, &jumps, &losses);
    if options.prefer == Preference::Dynamic {
        follow_only(reader, &mut laws, &mut drawn);
    }
    let Laws {
        lines,
        mut accounts,
        sections,
        laws: _,
    } = laws;
    let mut emitter = Emitter {
        policy: reader.policy,
        universe: reader.universe,
        sides: reader.sides,
        options,
        catalogue: reader.catalogue,
        lines: &lines,
        plan,
        made: Made::default(),
    };
    drawn.retain(|one| {
        let stands = |rule: usize| accounts.get(rule).is_some_and(Account::stands);
        let rules = one.rule.into_iter().chain(one.via);
        one.action != Action::Allow || rules.into_iter().all(stands)
    });
    if !drawn.last().is_some_and(Drawn::is_last_word) {
        drawn.push(Drawn::last_word());
    }
    let empty = reader.policy.network.sections.is_empty();
    let mut items = if empty {
        Vec::new()
    } else {
        items(reader, &mut emitter, &drawn)
    };
    let closing = items.pop();
    let count = items.len();
    let (packs, left) = pack(items);
    let policies = packs.len();
    for rule in left.iter().filter_map(|item| item.rule) {
        let text = "finds no place left in the order of";
        note(reader, &lines, &mut accounts, rule, &Use::Unordered, text);
    }
    if let Some(closing) = closing {
        emitter.order(packs, closing);
    }
    emitter.assign_all();
    for (line, account) in lines.iter().zip(accounts) {
        account.settle(Construct::new(Kind::Rule, &line.rule.ident.id), ledger);
    }
    settle::settle(reader, ledger);
    close(reader, sections, (count, policies), ledger);
}

/// Settles the sections; the last tells about the firewall as a whole.
fn close(
    reader: &Reader<'_>,
    accounts: Vec<Account>,
    (count, policies): (usize, usize),
    ledger: &mut Ledger,
) {
    let target = reader.target;
    let last = accounts.len().saturating_sub(1);
    let sections = reader.policy.network.sections.iter().zip(accounts);
    for (at, (section, mut account)) in sections.enumerate() {
        if at == last {
            let flow = target.flow();
            let rules = crate::finding::count(count, "ordered rule");
            let case = |text: String| Case::new(section.ident.subject(), text);
            account.note(legality(target, &Use::Mode), || {
                case(format!(
                    "the firewall becomes {rules}; no document tells all about {flow}"
                ))
            });
            let ordered = if policies > 1 {
                count.max(MAX_FLEX_RULES + 1)
            } else {
                count
            };
            account.note(legality(target, &Use::Ordered(ordered)), || {
                case(format!(
                    "the firewall becomes {rules} in {policies} policies of {flow}, and a \
                     policy holds {MAX_FLEX_RULES}; that a policy of a lower number comes first is not documented"
                ))
            });
        }
        account.settle(Construct::new(Kind::Section, &section.ident.id), ledger);
    }
}

/// The rules of the target: those of machines without a filter first.
fn items(reader: &Reader<'_>, emitter: &mut Emitter<'_>, drawn: &[Drawn]) -> Vec<Item> {
    let mut taken = Taken::default();
    let mut items = Vec::new();
    for exclusion in &reader.policy.network.exclusions {
        let opening = Drawn {
            action: Action::Allow,
            applied: Ends::Of(without_filter(reader, exclusion)),
            ..Drawn::last_word()
        };
        let named = Ident {
            name: format!("excluded {}", exclusion.ident.name),
            ..exclusion.ident.clone()
        };
        items.extend(emitter.items(&opening, Some(&named), &mut taken));
    }
    for one in drawn {
        let line = one.rule.and_then(|rule| emitter.lines.get(rule)).copied();
        items.extend(emitter.items(one, line.map(|line| &line.rule.ident), &mut taken));
    }
    items
}

/// The machines that an entry of the exclusion list means for certain; addresses count for nothing.
fn without_filter(reader: &Reader<'_>, exclusion: &Exclusion<Linked>) -> Vec<Part> {
    let side = reader
        .sides
        .of_selector(&exclusion.members, &exclusion.ident.name);
    let follows =
        |part: &Part| matches!(part.form, Form::Tags(_) | Form::Named(_) | Form::Machines);
    let mut parts = side.parts;
    parts.retain(follows);
    for part in &mut parts {
        part.reach.ips = crate::ir::set::AddressSet::empty();
    }
    parts
}

/// Tells what jumps and rules lose.
fn tell(
    reader: &Reader<'_>,
    laws: &mut Laws<'_>,
    jumps: &[(usize, bool)],
    losses: &BTreeSet<(usize, Loss)>,
) {
    for (rule, exact) in jumps {
        let text =
            "jumps over rules that match the same; what it leads to is copied to its place in";
        note(
            reader,
            &laws.lines,
            &mut laws.accounts,
            *rule,
            &Use::JumpOver { exact: *exact },
            text,
        );
    }
    for (rule, loss) in losses {
        let (what, text) = match loss {
            Loss::Nobody => (Use::Nobody, "matches nobody today; nothing of it goes to"),
            Loss::Protocols => (
                Use::OtherProtocols,
                "is about protocols without ports too, which are not named by",
            ),
            Loss::Ipv6 => (
                Use::Ipv6Between,
                "is about IPv6 too, which goes from everybody to everybody only in",
            ),
        };
        note(reader, &laws.lines, &mut laws.accounts, *rule, &what, text);
    }
}

/// Leaves out of allows what would not follow its group.
fn follow_only(reader: &Reader<'_>, laws: &mut Laws<'_>, drawn: &mut Vec<Drawn>) {
    let mut told = BTreeSet::new();
    for one in drawn.iter_mut().filter(|one| one.action == Action::Allow) {
        let mut frozen = false;
        for ends in [&mut one.source, &mut one.destination, &mut one.applied] {
            if let Ends::Of(parts) = ends {
                let before = parts.len();
                parts.retain(|part| !reader.sides.is_frozen(&part.form, part.group));
                frozen |= parts.len() < before;
            }
        }
        told.extend(one.rule.filter(|_| frozen));
    }
    drawn.retain(|one| {
        [&one.source, &one.destination, &one.applied]
            .iter()
            .all(|ends| !ends.is_nobody())
    });
    for rule in told {
        let text = "needs members of today, which `--prefer dynamic` leaves out of";
        note(
            reader,
            &laws.lines,
            &mut laws.accounts,
            rule,
            &Use::NotFollowed,
            text,
        );
    }
}

fn note(
    reader: &Reader<'_>,
    lines: &[Line<'_>],
    accounts: &mut [Account],
    rule: usize,
    what: &Use,
    text: &str,
) {
    let (Some(line), Some(account)) = (lines.get(rule), accounts.get_mut(rule)) else {
        return;
    };
    let ident = &line.rule.ident;
    account.note(legality(reader.target, what), || {
        let flow = reader.target.flow();
        Case::new(
            ident.subject(),
            format!("rule `{}` {text} {flow}", ident.name),
        )
    });
}
