//! Steps of a plan: those of the product, and those that people added, which become the runbook.

use super::super::say::tick;
use super::super::table::recovery::{Callout as Kept, Holds, Use};
use super::super::{Case, Construct, Kind, Ledger, Lowered};
use super::estate::{Estate, add};
use super::order::Order;
use super::part::Parts;
use crate::ir::recovery::{Callout, CalloutKind, PlanStep, RecoveryPlan, Run, StepKind};
use crate::ir::{Ident, Linked};
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::runbook::{Actor, Failure, Moment, RunbookStep};

/// Settles the steps of a plan, and puts those of people into the runbook.
pub(super) fn lower(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    name: &str,
    order: &Order,
    parts: &Parts,
    builder: &mut Builder,
    ledger: &mut Ledger,
) {
    for (at, step) in plan.steps.iter().enumerate() {
        let PlanStep {
            ident,
            runs,
            number,
            kind,
        } = step;
        let moment = moment(plan, at, runs, order);
        let held = match kind {
            StepKind::PowerOn(_) => estate
                .answer(&Use::PowerOnStep)
                .lower(|| Case::new(ident.subject(), String::new()), || ()),
            StepKind::BuiltIn => built_in(estate, ident),
            StepKind::Opaque(opaque) => {
                let text = Some(opaque.text.clone());
                builder.runbook(RunbookStep {
                    plan: name.to_owned(),
                    runs: runs.clone(),
                    moment: moment.clone(),
                    title: titled(number, &ident.name),
                    actor: Actor::Lead,
                    text,
                    timeout_seconds: None,
                    failure: None,
                    note: Some(format!("{}: look up what this step does", opaque.what)),
                    construct: ident.id.clone(),
                    origin: ident.origin,
                });
                estate.answer(&Use::UnknownStep).lower(
                    || {
                        Case::new(
                            ident.subject(),
                            format!(
                                "step {} of SRM plan {} is an {}; it is a step of the runbook ({}), and Nutanix does not wait for it",
                                tick(&titled(number, &ident.name)),
                                tick(&plan.ident.name),
                                opaque.what,
                                words(&moment)
                            ),
                        )
                    },
                    || (),
                )
            }
            StepKind::Callout(callout) => {
                let place = Place {
                    plan: name,
                    source: &plan.ident.name,
                    runs,
                    moment: &moment,
                    failure: Failure::GoesOn,
                    vm: None,
                };
                by_hand(
                    estate,
                    &place,
                    &titled(number, &callout.ident.name),
                    callout,
                    holds(&moment, runs, parts),
                    builder,
                )
            }
        };
        held.settle(Construct::new(Kind::Step, &ident.id), ledger);
    }
}

fn built_in(estate: &Estate<'_>, ident: &Ident) -> Lowered<()> {
    // The product's own title of the one step that changes what runs at the recovery site.
    let suspends = ident.name.to_lowercase().contains("suspend non-critical");
    let (what, so) = if suspends {
        (
            Use::SuspendOthers,
            "Nutanix suspends no machine to make room",
        )
    } else {
        (
            Use::BuiltInStep,
            "Nutanix does what it needs in its place by itself",
        )
    };
    estate.answer(&what).lower(
        || {
            Case::new(
                ident.subject(),
                format!("{} is a step of SRM itself; {so}", tick(&ident.name)),
            )
        },
        || (),
    )
}

/// Where a step for people stands.
pub(super) struct Place<'step> {
    /// The plan on the target.
    pub(super) plan: &'step str,
    /// The plan at the source.
    pub(super) source: &'step str,
    /// The runs it belongs to.
    pub(super) runs: &'step [Run],
    /// When it is done.
    pub(super) moment: &'step Moment,
    /// What the source does when a command fails here.
    pub(super) failure: Failure,
    /// The machine it belongs to.
    pub(super) vm: Option<&'step str>,
}

/// Makes a step of the runbook of a prompt or command.
pub(super) fn by_hand(
    estate: &Estate<'_>,
    place: &Place<'_>,
    title: &str,
    callout: &Callout,
    holds: Holds,
    builder: &mut Builder,
) -> Lowered<()> {
    let Callout {
        ident,
        kind,
        content,
        timeout_seconds,
    } = callout;
    let (kept, actor, asks) = match kind {
        CalloutKind::Prompt => (Kept::Prompt(holds), Actor::Lead, "stops at the prompt"),
        CalloutKind::OnServer => (
            Kept::OnServer(holds),
            Actor::Server,
            "runs a command on its server at",
        ),
        CalloutKind::InGuest => (
            Kept::InGuestByHand(holds),
            Actor::Guest(place.vm.unwrap_or_default().to_owned()),
            "runs a command in the guest at",
        ),
    };
    builder.runbook(RunbookStep {
        plan: place.plan.to_owned(),
        runs: place.runs.to_vec(),
        moment: place.moment.clone(),
        title: title.to_owned(),
        actor,
        text: content.clone(),
        timeout_seconds: *timeout_seconds,
        failure: match kind {
            CalloutKind::Prompt => None,
            CalloutKind::OnServer | CalloutKind::InGuest => Some(place.failure),
        },
        note: content
            .is_none()
            .then(|| "the exports lack the text of this step".to_owned()),
        construct: ident.id.clone(),
        origin: ident.origin,
    });
    let held = estate.answer(&Use::Callout(kept)).lower(
        || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM plan {} {asks} {}; it is a step of the runbook ({}){}",
                    tick(place.source),
                    tick(title),
                    words(place.moment),
                    match holds {
                        Holds::Something => ", and the Nutanix plan goes on without it",
                        Holds::Nothing => ", and nothing of the Nutanix plan comes after it",
                        Holds::ByHand => ", and a person runs what comes after it",
                        Holds::ByHandWider => {
                            ", and a person runs what comes after it; the other machines of the stage wait, too"
                        }
                    }
                ),
            )
            .target(place.plan)
        },
        || (),
    );
    if content.is_some() {
        return held;
    }
    add(held, estate.answer(&Use::CalloutTextUntold), || {
        Case::new(
            ident.subject(),
            format!(
                "the exports lack the text of step {} of SRM plan {}",
                tick(title),
                tick(place.source)
            ),
        )
    })
}

/// When a step of the plan is done: before the plan is run where the product does nothing before it,
/// else before the stage of the next priority that the same run powers
/// on after it.
pub(super) fn moment(
    plan: &RecoveryPlan<Linked>,
    at: usize,
    runs: &[Run],
    order: &Order,
) -> Moment {
    if !has_stages(runs) {
        return Moment::Listed;
    }
    let shared = |step: &&PlanStep| step.runs.iter().any(|run| runs.contains(run));
    let powers = |step: &PlanStep| match step.kind {
        StepKind::PowerOn(priority) => Some(priority),
        StepKind::BuiltIn | StepKind::Callout(_) | StepKind::Opaque(_) => None,
    };
    let any = plan
        .steps
        .iter()
        .filter(shared)
        .any(|step| powers(step).is_some());
    if !any {
        return Moment::Listed;
    }
    let added = |step: &PlanStep| matches!(step.kind, StepKind::Callout(_));
    if plan.steps.iter().take(at).filter(shared).all(added) {
        return Moment::BeforeRun;
    }
    plan.steps
        .iter()
        .skip(at + 1)
        .filter(shared)
        .find_map(powers)
        .and_then(|priority| order.first_of(priority))
        .map_or(Moment::AfterStages, Moment::BeforeStage)
}

/// Whether a run powers machines on in stages.
fn has_stages(runs: &[Run]) -> bool {
    runs.iter().any(|run| match run {
        Run::Test | Run::Recovery => true,
        Run::Cleanup | Run::Reprotect => false,
    })
}

/// Whether something starts only after a step at this moment.
fn holds(moment: &Moment, runs: &[Run], parts: &Parts) -> Holds {
    match moment {
        Moment::BeforeRun => Holds::ByHand,
        Moment::BeforeStage(stage) if parts.starts_at(*stage) => Holds::ByHand,
        Moment::AfterStages => Holds::Nothing,
        Moment::Listed if !has_stages(runs) => Holds::Nothing,
        Moment::Once
        | Moment::Run { .. }
        | Moment::Listed
        | Moment::BeforeStage(_)
        | Moment::BeforeMachine(..)
        | Moment::AfterMachine(..) => Holds::Something,
    }
}

/// A moment in words.
pub(super) fn words(moment: &Moment) -> String {
    match moment {
        Moment::Once => "once, before any run".to_owned(),
        Moment::Run { part, first: _ } => format!("when part {part} is run"),
        Moment::BeforeRun => "before the plan is run".to_owned(),
        Moment::Listed => "where it stands in the list".to_owned(),
        Moment::BeforeStage(stage) => format!("before stage {stage}"),
        Moment::BeforeMachine(stage, vm) => format!("before `{vm}` of stage {stage}"),
        Moment::AfterMachine(stage, vm) => format!("after `{vm}` of stage {stage}"),
        Moment::AfterStages => "after the last stage".to_owned(),
    }
}

fn titled(number: &str, name: &str) -> String {
    if number.is_empty() {
        name.to_owned()
    } else {
        format!("{number} {name}")
    }
}
