//! Plans that are not made, because the exports tell them in part.

use super::super::say::{self, tick};
use super::super::table::recovery::Use;
use super::super::{Case, Construct, Kind, Ledger};
use super::estate::Estate;
use crate::ir::recovery::RecoveryPlan;
use crate::ir::{Ident, Linked};
use crate::source::Origin;

/// A plan that the exports tell in part: it and everything in it falls.
pub(super) fn incomplete(estate: &Estate<'_>, plan: &RecoveryPlan<Linked>, ledger: &mut Ledger) {
    let message = format!(
        "the exports lack {} of SRM plan {}; no Nutanix plan is made of a part",
        say::list(plan.missing.iter().map(String::as_str)),
        tick(&plan.ident.name)
    );
    fall(
        estate,
        (Kind::RecoveryPlan, &plan.ident),
        &Use::PlanIncomplete,
        (message, Some(plan.ident.origin)),
        ledger,
    );
    let part = |ident: &Ident| {
        format!(
            "{} belongs to SRM plan {}, which the exports tell in part; no Nutanix plan is made of it",
            tick(&ident.name),
            tick(&plan.ident.name)
        )
    };
    let cause = Some(plan.ident.origin);
    let steps = plan.steps.iter().map(|step| (Kind::Step, &step.ident));
    for (kind, ident) in steps.chain(parts(plan)) {
        let what = (part(ident), cause);
        fall(estate, (kind, ident), &Use::PlanIncomplete, what, ledger);
    }
}

/// Everything in a plan but its steps.
fn parts(plan: &RecoveryPlan<Linked>) -> impl Iterator<Item = (Kind, &Ident)> {
    let networks = plan
        .test_networks
        .iter()
        .map(|network| (Kind::Mapping, &network.ident));
    let vms = plan.vms.iter().flat_map(|vm| {
        let callouts = vm.before.iter().chain(&vm.after);
        std::iter::once((Kind::VmRecovery, &vm.ident))
            .chain(callouts.map(|callout| (Kind::Step, &callout.ident)))
    });
    networks.chain(vms)
}

fn fall(
    estate: &Estate<'_>,
    (kind, ident): (Kind, &Ident),
    what: &Use,
    (message, cause): (String, Option<Origin>),
    ledger: &mut Ledger,
) {
    estate
        .answer(what)
        .lower(
            || Case::new(ident.subject(), message).because_of(cause),
            || (),
        )
        .settle(Construct::new(kind, &ident.id), ledger);
}
