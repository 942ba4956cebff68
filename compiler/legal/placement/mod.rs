//! Lowers placement policy.

mod apart;
mod estate;
mod group;
mod setting;
mod start;
mod tied;

pub(crate) use setting::says as setting_words;

use super::say::{self, tick};
use super::table::placement::{Force, Use, legality};
use super::values::Values;
use super::{Case, Construct, Kind, Ledger, Legality, Lowered, Options};
use crate::ir::placement::{PlacementRule, RuleKind, Strength};
use crate::ir::{BadKey, Linked, Policy};
use crate::plan::nutanix::Builder;
use estate::Estate;

/// Lowers the placement domain of a policy into the plan.
///
/// Rules are taken from the oldest to the newest, because the target lets the policy that was
/// created first win, as the source lets the older rule win.
pub fn lower(policy: &Policy<Linked>, options: &Options, plan: &mut Builder, ledger: &mut Ledger) {
    let estate = Estate::new(policy, options);
    let mut values = Values::default();
    let groups = group::lower(&estate, &mut values, plan, ledger);
    let mut ties = Vec::new();
    let mut starts = Vec::new();
    let mut together = Vec::new();
    for rule in estate.rules() {
        let PlacementRule {
            ident,
            cluster: _,
            age: _,
            kind,
            strength: _,
            enabled,
            unread: _,
        } = rule;
        if !enabled {
            drop_rule(&estate, rule, &Use::Disabled, ledger, || {
                Case::new(
                    ident.subject(),
                    format!(
                        "DRS rule {} is switched off; AHV keeps no policy that is switched off",
                        tick(&ident.name)
                    ),
                )
            });
            continue;
        }
        match kind {
            RuleKind::Together(vms) if estate.pins(rule) => together.push((rule, vms.as_slice())),
            RuleKind::Together(vms) => apart::together(&estate, rule, vms, ledger),
            RuleKind::Apart(vms) => apart::apart(&estate, rule, vms, &mut values, plan, ledger),
            RuleKind::RunOn { vms, hosts } => ties.push(tied::Wish::run_on(rule, vms, hosts)),
            RuleKind::KeepOff { vms, hosts } => ties.push(tied::Wish::keep_off(rule, vms, hosts)),
            RuleKind::StartAfter { vms, after } => starts.push((rule, vms, after)),
            RuleKind::Opaque(opaque) => {
                drop_rule(&estate, rule, &Use::UnknownRule, ledger, || {
                    Case::new(
                        ident.subject(),
                        format!(
                            "DRS rule {} is a {}: `{}`; no AHV policy is made for it",
                            tick(&ident.name),
                            opaque.what,
                            opaque.text
                        ),
                    )
                });
            }
        }
    }
    tied::lower(&estate, &groups, ties, &together, &mut values, plan, ledger);
    let waits = start::lower(&estate, &groups, &starts, &mut values, plan, ledger);
    setting::lower(&estate, &waits, ledger);
}

/// What becomes of a rule that makes no object.
fn drop_rule(
    estate: &Estate<'_>,
    rule: &PlacementRule<Linked>,
    what: &Use,
    ledger: &mut Ledger,
    case: impl FnOnce() -> Case,
) {
    estate
        .answer(what)
        .lower(case, || ())
        .settle(construct(rule), ledger);
}

/// A value that lost nothing, to go on from.
fn whole() -> Lowered<()> {
    Lowered::all([]).map(|_: Vec<()>| ())
}

fn construct(rule: &PlacementRule<Linked>) -> Construct {
    Construct::new(Kind::PlacementRule, &rule.ident.id)
}

impl Estate<'_> {
    /// The answer of the table.
    fn answer(&self, what: &Use) -> Legality {
        legality(self.options().target, what)
    }

    /// How much a rule counts.
    fn force(&self, rule: &PlacementRule<Linked>) -> Force {
        match rule.strength {
            Strength::Must if self.scheduler_off(rule.cluster.as_ref()) => Force::Advisory,
            Strength::Must => Force::Must,
            Strength::Should if self.options().harden_should => Force::Hardened,
            Strength::Should => Force::Should,
        }
    }

    /// Whether machines that a rule keeps together are tied to one host.
    fn pins(&self, rule: &PlacementRule<Linked>) -> bool {
        self.options().pin_together && matches!(self.force(rule), Force::Must | Force::Hardened)
    }

    /// The loss of the keys of a rule that are not known, if there are any.
    fn unread(&self, rule: &PlacementRule<Linked>) -> Lowered<()> {
        let Some(first) = rule.unread.first() else {
            return whole();
        };
        self.answer(&Use::UnreadKey).lower(
            || {
                Case::new(
                    rule.ident.subject(),
                    format!(
                        "DRS rule {} has the unknown {} {}; the AHV policy is made without",
                        tick(&rule.ident.name),
                        if rule.unread.len() == 1 {
                            "key"
                        } else {
                            "keys"
                        },
                        say::list(BadKey::names(&rule.unread)),
                    ),
                )
                .because_of(first.origin)
            },
            || (),
        )
    }
}
