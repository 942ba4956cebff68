//! One machine of a plan: its settings, its steps, and what is lost of them.

use super::super::say::{self, tick};
use super::super::table::recovery::{Address, Callout as Kept, Holds, Shared, Use};
use super::super::{Case, Construct, Kind, Ledger, Lowered};
use super::address::{Manual, outcome};
use super::estate::{Estate, add, whole};
use super::network::Mapped;
use super::order::{Order, VmId};
use super::part::Parts;
use super::script::{Joined, join};
use super::step::{Place, by_hand};
use super::wait::Waits;
use crate::finding::{Admits, Witness, count};
use crate::ir::recovery::{Callout, CalloutKind, Run, Shutdown, VmRecovery};
use crate::ir::{Link, Linked};
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::runbook::{Actor, Failure, Moment, RunbookStep};
use crate::source::Origin;

/// What the lowering of a machine looks at.
pub(super) struct InPlan<'plan> {
    /// The name of the plan at the source.
    pub(super) source: &'plan str,
    /// The name of the plan on the target.
    pub(super) plan: &'plan str,
    /// The order of starts.
    pub(super) order: &'plan Order,
    /// The waits of the stages.
    pub(super) waits: &'plan Waits,
    /// The parts of the plan.
    pub(super) parts: &'plan Parts,
    /// The networks.
    pub(super) mapped: &'plan [Mapped<'plan>],
}

/// The losses of the settings of a machine.
pub(super) fn losses(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    manual: &Manual,
) -> Lowered<()> {
    let VmRecovery {
        ident: _,
        vm: _,
        priority: _,
        power_on,
        tools_timeout_seconds: _,
        delay_seconds: _,
        shutdown: _,
        depends_on: _,
        before: _,
        after: _,
        addresses: _,
    } = recovery;
    let held = estate
        .answer(if *power_on {
            &Use::Machine
        } else {
            &Use::PowerOff
        })
        .lower(
            || {
                let message = format!(
                    "SRM leaves {} powered off; a Nutanix plan of the v3 API powers on every machine in it, and this one is in no stage",
                    tick(&recovery.ident.name)
                );
                Case::new(recovery.ident.subject(), message)
            },
            || (),
        );
    let held = waits(estate, within, recovery, vm, held);
    let held = dependencies(estate, within, recovery, vm, held);
    let held = shutdown(estate, recovery, held);
    addresses(estate, within, recovery, vm, manual, held)
}

fn waits(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    held: Lowered<()>,
) -> Lowered<()> {
    let name = tick(&recovery.ident.name);
    let number = within.order.number(vm).unwrap_or(u32::MAX);
    let mut held = held;
    // Zero is the source's way to say that it does not wait.
    let waits = recovery.power_on && recovery.tools_timeout_seconds != Some(0);
    if waits && within.order.goes_on(number) {
        held = add(held, estate.answer(&Use::ToolsWait), || {
            let limit = recovery
                .tools_timeout_seconds
                .map_or_else(String::new, |seconds| {
                    format!(" for up to {}", count(seconds, "second"))
                });
            Case::new(
                recovery.ident.subject(),
                format!(
                    "SRM waits for the guest tools of {name}{limit} before it goes on; Nutanix starts stage {} {} after stage {number}",
                    number.saturating_add(1),
                    match within.waits.after(number) {
                        None => "right".to_owned(),
                        Some(seconds) => count(seconds.get(), "second"),
                    }
                ),
            )
        });
    }
    let shared = within
        .waits
        .shared(within.order, vm, recovery.delay_seconds);
    if shared == Shared::Longer || recovery.delay_seconds > 0 {
        held = add(held, estate.answer(&Use::Delay(shared)), || {
            Case::new(
                recovery.ident.subject(),
                format!(
                    "SRM lets machines that depend on {name} wait {}; Nutanix waits {} after stage {number}",
                    count(recovery.delay_seconds, "second"),
                    count(
                        within
                            .waits
                            .after(number)
                            .map_or(0, std::num::NonZeroU32::get),
                        "second"
                    )
                ),
            )
        });
    }
    held
}

fn dependencies(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    held: Lowered<()>,
) -> Lowered<()> {
    let name = tick(&recovery.ident.name);
    let subject = || recovery.ident.subject();
    let mut held = held;
    for link in &recovery.depends_on {
        match link {
            Link::Missing(other) => {
                held = add(held, estate.answer(&Use::DependencyMissing), || {
                    Case::new(
                        subject(),
                        format!(
                            "SRM starts {name} after {}, which the exports do not tell; Nutanix can start it earlier",
                            tick(&other.text)
                        ),
                    )
                    .because_of(other.origin)
                });
            }
            Link::Found(other, _) if within.waits.priority(*other) != Some(recovery.priority) => {
                held = add(held, estate.answer(&Use::DependencyIgnored), || {
                    Case::new(
                        subject(),
                        format!(
                            "{name} depends on {}, which is not in its priority of the plan; SRM ignores that, and so does Nutanix",
                            tick(&estate.vm(*other).name)
                        ),
                    )
                });
            }
            Link::Found(..) => {}
        }
    }
    if let Some(circle) = within.order.circles.get(&vm) {
        held = add(held, estate.answer(&Use::DependencyCircle), || {
            Case::new(
                subject(),
                format!(
                    "{name} is part of a circle of dependencies among {}; Nutanix starts them together in stage {}",
                    say::list(estate.names(circle)),
                    within.order.number(vm).unwrap_or_default()
                ),
            )
        });
    }
    if let Some(strangers) = within.order.strangers.get(&vm) {
        held = add(
            held,
            estate.answer(&Use::Dependency { strangers: true }),
            || {
                let case = Case::new(
                    subject(),
                    format!(
                        "SRM starts {name} after the machines it depends on; Nutanix also starts it after {}",
                        say::list(estate.names(strangers))
                    ),
                );
                match strangers.first() {
                    Some(other) => case.witness(Witness::Order {
                        plan: within.source.to_owned(),
                        first: estate.vm(vm).name.clone(),
                        then: estate.vm(*other).name.clone(),
                        admits: Admits::SourceMore,
                    }),
                    None => case,
                }
            },
        );
    }
    held
}

fn shutdown(estate: &Estate<'_>, recovery: &VmRecovery<Linked>, held: Lowered<()>) -> Lowered<()> {
    let how = match recovery.shutdown {
        Shutdown::Unsaid => return held,
        Shutdown::Guest(None) => "shuts down the guest".to_owned(),
        Shutdown::Guest(Some(seconds)) => {
            format!(
                "shuts down the guest and powers it off after {}",
                count(seconds, "second")
            )
        }
        Shutdown::PowerOff => "powers it off at once".to_owned(),
    };
    add(held, estate.answer(&Use::Shutdown), || {
        Case::new(
            recovery.ident.subject(),
            format!(
                "at the protected site of {}, SRM {how}; Nutanix shuts stages down in reverse order in its own way",
                tick(&recovery.ident.name)
            ),
        )
    })
}

fn addresses(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    manual: &Manual,
    held: Lowered<()>,
) -> Lowered<()> {
    let name = tick(&recovery.ident.name);
    let subject = || recovery.ident.subject();
    let outcome = outcome(estate, vm, &recovery.addresses, within.mapped);
    let mut held = add(held, estate.answer(&Use::Address(outcome)), || {
        let message = match outcome {
            Address::Same | Address::Unmapped => String::new(),
            Address::ChangedHere => format!(
                "SRM keeps the addresses of {name}; on Nutanix they follow the network, as those of the other machines on it"
            ),
            Address::KeptHere => format!(
                "SRM changes the addresses of {name} by a subnet rule; Nutanix does not hold the rule, and they stay"
            ),
            Address::SourceUntold => format!(
                "the exports do not tell whether SRM changes the addresses of {name} by the subnet rules of its networks; on Nutanix they follow the network mapping"
            ),
            Address::TargetUntold => format!(
                "{name} is on a network with an SRM subnet rule; whether its addresses follow the network in a Nutanix plan of the v3 API is written nowhere"
            ),
            Address::NetworkUntold => format!(
                "the exports do not tell the networks of {name}; whether its addresses follow a Nutanix network mapping as in SRM is not known"
            ),
        };
        Case::new(subject(), message)
    });
    if !manual.lost.is_empty() {
        held = add(
            held,
            estate.answer(&Use::Address(Address::Unmapped)),
            || {
                Case::new(
                    subject(),
                    format!(
                        "SRM gives {name} {}; a Nutanix plan maps IPv4 addresses of mapped networks one to one",
                        manual.lost.join(", ")
                    ),
                )
            },
        );
    }
    if !manual.detail.is_empty() {
        held = add(held, estate.answer(&Use::AddressDetail), || {
            Case::new(
                subject(),
                format!(
                    "SRM gives {name} {}; a Nutanix plan maps addresses and nothing else",
                    manual.detail.join(", ")
                ),
            )
        });
    }
    held
}

/// Asks people for the addresses that the target does not hold. A machine that stays off has no guest to
/// set any in until somebody switches it on: then all of them are looked at.
pub(super) fn addresses_by_hand(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    manual: &Manual,
    builder: &mut Builder,
) {
    let name = &estate.vm(vm).name;
    let mut told: Vec<String> = manual.lost.iter().chain(&manual.detail).cloned().collect();
    let (moment, title) = match within.order.number(vm) {
        Some(number) if recovery.power_on => (
            Moment::AfterMachine(number, name.clone()),
            format!("set the network of {name} in its guest"),
        ),
        Some(_) | None => {
            let held = manual.pairs.iter();
            told.splice(
                0..0,
                held.map(|pair| format!("{} in place of {}", pair.to, pair.from)),
            );
            let title = format!("when somebody switches {name} on, set the network in its guest");
            (Moment::AfterStages, title)
        }
    };
    if told.is_empty() {
        return;
    }
    builder.runbook(RunbookStep {
        plan: within.plan.to_owned(),
        runs: vec![Run::Test, Run::Recovery],
        moment,
        title,
        actor: Actor::Guest(name.clone()),
        text: None,
        timeout_seconds: None,
        failure: None,
        note: Some(told.join("; ")),
        construct: recovery.ident.id.clone(),
        origin: recovery.ident.origin,
    });
}

/// Settles the steps of a machine: commands for the guest become a script, the rest the runbook.
/// The script is given back.
pub(super) fn steps(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    vm: VmId,
    builder: &mut Builder,
    ledger: &mut Ledger,
) -> Option<(Joined, usize)> {
    let name = &estate.vm(vm).name;
    let runs = [Run::Test, Run::Recovery];
    let Some(number) = within.order.number(vm) else {
        left_out(estate, within, recovery, name, builder, ledger);
        return None;
    };
    let before = Moment::BeforeMachine(number, name.clone());
    let after = Moment::AfterMachine(number, name.clone());
    let parts = within.parts;
    let place = |moment, failure| Place {
        plan: within.plan,
        source: within.source,
        runs: &runs,
        moment,
        failure,
        vm: Some(name),
    };
    let told = |place: &Place<'_>, callout: &Callout, holds, builder: &mut Builder| {
        by_hand(estate, place, &callout.ident.name, callout, holds, builder)
    };
    let (first, next) = (
        Moment::BeforeStage(number),
        Moment::BeforeStage(number.saturating_add(1)),
    );
    let taken = parts.taken_before(number, &recovery.before);
    for (at, callout) in recovery.before.iter().enumerate() {
        let (moment, holds) = if at < taken {
            (&first, Holds::ByHandWider)
        } else {
            (&before, Holds::Something)
        };
        let place = place(moment, Failure::NoPowerOn);
        told(&place, callout, holds, builder).settle(construct(callout), ledger);
    }
    if !recovery.power_on {
        never(estate, recovery, ledger);
        return None;
    }
    let front: Vec<&Callout> = recovery
        .after
        .iter()
        .take_while(|callout| callout.kind == CalloutKind::InGuest)
        .collect();
    let joined = join(estate.machine(vm).os_name.as_deref(), &front);
    let joined = joined.filter(|(joined, _)| within.waits.takes(vm, joined));
    let taken = joined.as_ref().map_or(0, |(_, taken)| *taken);
    let holds = if within.order.goes_on(number) {
        Holds::Something
    } else {
        Holds::Nothing
    };
    let kept = parts.kept_after(number, &recovery.after);
    for (at, callout) in recovery.after.iter().enumerate() {
        let held = if at < taken {
            script(estate, within, recovery, callout)
        } else if at >= kept {
            let place = place(&next, Failure::SkipsRest);
            told(&place, callout, Holds::ByHandWider, builder)
        } else {
            // A command that stands before another still holds that one.
            let last = at + 1 == recovery.after.len();
            let holds = if last { holds } else { Holds::Something };
            told(&place(&after, Failure::SkipsRest), callout, holds, builder)
        };
        held.settle(construct(callout), ledger);
    }
    joined
}

/// A machine that is left powered off, for a release whose plans power on every machine in them:
/// people recover it.
fn left_out(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    name: &str,
    builder: &mut Builder,
    ledger: &mut Ledger,
) {
    let runs = [Run::Test, Run::Recovery];
    let stage = within.order.first_of(recovery.priority);
    let moment = stage.map_or(Moment::AfterStages, Moment::BeforeStage);
    let place = Place {
        plan: within.plan,
        source: within.source,
        runs: &runs,
        moment: &moment,
        failure: Failure::NoPowerOn,
        vm: Some(name),
    };
    for callout in &recovery.before {
        let title = &callout.ident.name;
        by_hand(estate, &place, title, callout, Holds::Something, builder)
            .settle(construct(callout), ledger);
    }
    builder.runbook(RunbookStep {
        plan: within.plan.to_owned(),
        runs: runs.to_vec(),
        moment: moment.clone(),
        title: format!("recover {name} from its latest recovery point, and leave it powered off"),
        actor: Actor::Lead,
        text: None,
        timeout_seconds: None,
        failure: None,
        note: Some("plans of this release power on every machine in them".to_owned()),
        construct: recovery.ident.id.clone(),
        origin: recovery.ident.origin,
    });
    never(estate, recovery, ledger);
}

fn script(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    callout: &Callout,
) -> Lowered<()> {
    estate.answer(&Use::Callout(Kept::InGuest)).lower(
        || {
            Case::new(
                callout.ident.subject(),
                format!(
                    "SRM plan {} runs {} in the guest of {}; Nutanix runs one script at a fixed path there, and the command is part of it",
                    tick(within.source),
                    tick(&callout.ident.name),
                    tick(&recovery.ident.name)
                ),
            )
        },
        || (),
    )
}

fn never(estate: &Estate<'_>, recovery: &VmRecovery<Linked>, ledger: &mut Ledger) {
    for callout in &recovery.after {
        estate
            .answer(&Use::CalloutNeverRuns)
            .lower(
                || {
                    Case::new(
                        callout.ident.subject(),
                        format!(
                            "SRM leaves {} powered off and does not run its step {}; nor does Nutanix",
                            tick(&recovery.ident.name),
                            tick(&callout.ident.name)
                        ),
                    )
                },
                || (),
            )
            .settle(construct(callout), ledger);
    }
}

/// A machine of a plan that no export tells: it and its steps fall.
pub(super) fn untold(
    estate: &Estate<'_>,
    within: &InPlan<'_>,
    recovery: &VmRecovery<Linked>,
    missing: Origin,
    builder: &mut Builder,
    ledger: &mut Ledger,
) {
    let runs = [Run::Test, Run::Recovery];
    for callout in recovery.before.iter().chain(&recovery.after) {
        let place = Place {
            plan: within.plan,
            source: within.source,
            runs: &runs,
            moment: &Moment::Listed,
            failure: Failure::SkipsRest,
            vm: Some(&recovery.ident.name),
        };
        let title = format!("{}: {}", recovery.ident.name, callout.ident.name);
        by_hand(estate, &place, &title, callout, Holds::Something, builder)
            .settle(construct(callout), ledger);
    }
    whole()
        .and_then(|()| {
            estate.answer(&Use::MachineUntold).lower(
                || {
                    Case::new(
                        recovery.ident.subject(),
                        format!(
                            "SRM plan {} recovers {}, which the exports do not tell; the Nutanix plan does not",
                            tick(within.source),
                            tick(&recovery.ident.name)
                        ),
                    )
                    .because_of(missing)
                },
                || (),
            )
        })
        .settle(
            Construct::new(Kind::VmRecovery, &recovery.ident.id),
            ledger,
        );
}

fn construct(callout: &Callout) -> Construct {
    Construct::new(Kind::Step, &callout.ident.id)
}
