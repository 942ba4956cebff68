//! Machines tied to hosts: run-on rules as they are, keep-off rules by the other hosts.
//!
//! The source lets a machine of several required rules run on the hosts they have in common. The
//! target lets the policy win that was created first. So machines are divided by the rules that bind
//! them, and each part gets one policy with the hosts in common.

mod cell;
mod pin;
mod wish;

pub(super) use pin::Together;
pub(super) use wish::Wish;

use super::super::say::{self, tick};
use super::super::table::placement::{Force, Use};
use super::super::values::Values;
use super::super::{Case, Ledger, Lowered};
use super::construct;
use super::estate::{Estate, HostId, VmId};
use super::group::Groups;
use crate::ir::Linked;
use crate::ir::placement::PlacementRule;
use crate::plan::nutanix::Builder;
use cell::Cell;
use std::collections::BTreeSet;

/// A rule that can be kept: its machines and the hosts they may run on.
#[derive(Debug)]
struct Tie<'policy> {
    rule: &'policy PlacementRule<Linked>,
    force: Force,
    vms: BTreeSet<VmId>,
    hosts: BTreeSet<HostId>,
    groups: wish::Named,
    /// The losses so far.
    held: Lowered<()>,
}

/// Lowers the rules that tie machines to hosts.
pub(super) fn lower<'policy>(
    estate: &Estate<'policy>,
    groups: &Groups,
    wishes: Vec<Wish<'policy>>,
    together: &[Together<'policy>],
    values: &mut Values,
    plan: &mut Builder,
    ledger: &mut Ledger,
) {
    let mut ties: Vec<Tie<'policy>> = wishes
        .into_iter()
        .filter_map(|wish| wish.tie(estate, ledger))
        .collect();
    pin::place(estate, together, &mut ties, ledger);
    let cells = cell::divide(&ties);
    for cell in &cells {
        cell::emit(estate, groups, &ties, cell, values, plan);
    }
    for (at, tie) in ties.into_iter().enumerate() {
        settle(estate, at, tie, &cells, ledger);
    }
}

/// Adds what the rule lost where it met others, and settles it.
fn settle(estate: &Estate<'_>, at: usize, tie: Tie<'_>, cells: &[Cell], ledger: &mut Ledger) {
    let mine: Vec<&Cell> = cells
        .iter()
        .filter(|cell| cell.ties.contains(&at))
        .collect();
    let fell = |cell: &&&Cell| !cell.held.contains(&at);
    let fallen: BTreeSet<VmId> = mine
        .iter()
        .filter(fell)
        .flat_map(|cell| cell.vms.iter().copied())
        .collect();
    let rule = tie.rule;
    if fallen.is_empty() {
        tie.held.settle(construct(rule), ledger);
        return;
    }
    let partly = mine.iter().any(|cell| cell.held.contains(&at));
    let others: BTreeSet<usize> = mine
        .iter()
        .filter(fell)
        .flat_map(|cell| cell.ties.iter().copied())
        .filter(|other| *other != at)
        .collect();
    let what = match tie.force {
        Force::Hardened => Use::HardenedIntoNothing { partly },
        Force::Must | Force::Should | Force::Advisory => Use::NoHostLeft { partly },
    };
    let names: Vec<&str> = others
        .iter()
        .filter_map(|other| cell::name_of(cells, *other))
        .collect();
    let case = || {
        let vms = say::list(estate.vm_names(&fallen));
        let message = if names.is_empty() {
            format!(
                "DRS rule {} leaves {vms} no host to run on; AHV takes no empty host list, and no policy is made for them",
                tick(&rule.ident.name)
            )
        } else {
            format!(
                "DRS rule {} and {} leave {vms} no host in common; AHV cannot hold both, and no policy of this rule is made for them",
                tick(&rule.ident.name),
                say::list(names.iter().copied()),
            )
        };
        Case::new(rule.ident.subject(), message)
    };
    let held = tie.held;
    held.and_then(|()| estate.answer(&what).lower(case, || ()))
        .settle(construct(rule), ledger);
}
