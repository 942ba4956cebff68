//! The steps of a plan: the product's own and those that people added, in their order.

use super::bundle::{Item, Listed};
use super::call::{Call, mode};
use super::reader::{NOT_HERE, Owner, Reader, identity};
use super::schema::{Callout as Told, RecoveryStep};
use super::value;
use crate::finding::{Domain, Finding, codes};
use crate::ir::recovery::{Callout, CalloutKind, PlanStep, Run, StepKind};
use crate::ir::{Ident, Opaque};
use crate::source::FileId;
use std::collections::{BTreeMap, BTreeSet};

/// The steps of a plan.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Steps of the plan itself, in order.
    pub steps: Vec<PlanStep>,
    /// Steps that people added for one machine, by machine and by whether they come before it is
    /// powered on: the ids of the steps of a real recovery, in order.
    pub of_machines: BTreeMap<(String, bool), Vec<String>>,
    /// Whether the steps of a real recovery were told.
    pub told: bool,
    /// Whether all of them were.
    pub whole: bool,
    /// The requests that are missing.
    pub missing: Vec<String>,
}

/// Reads the steps of all runs of a plan.
pub(super) fn read(reader: &mut Reader<'_, '_>, plan: &Ident) -> Steps {
    let mut steps = Steps::default();
    for run in [Run::Recovery, Run::Test] {
        let view = view(reader, plan, run, &mut steps);
        merge(&mut steps.steps, view);
    }
    // The product shows these two only in some states of a plan; other runs share no step with them.
    for run in [Run::Cleanup, Run::Reprotect] {
        if reader
            .answers
            .views(&Call::Steps(plan.id.clone(), run))
            .is_some()
        {
            let view = view(reader, plan, run, &mut steps);
            steps.steps.extend(view);
        }
    }
    steps
}

fn view(reader: &mut Reader<'_, '_>, plan: &Ident, run: Run, steps: &mut Steps) -> Vec<PlanStep> {
    let owner = Owner {
        kind: "recovery plan",
        ident: plan,
    };
    let what = format!("the steps of a {}", mode(run));
    let call = Call::Steps(plan.id.clone(), run);
    let views = reader.answers.views(&call);
    let whole = views.as_ref().map(|views| Listed {
        items: Vec::new(),
        next: views.iter().find_map(|view| view.next.clone()),
    });
    let (_, missing) = reader.required(owner, &what, &call, whole);
    let paged = missing.is_some();
    steps.missing.extend(missing);
    let Some(views) = views else {
        return Vec::new();
    };
    steps.told |= run == Run::Recovery;
    let before = steps.missing.len();
    let told = Shown::over(reader, views).in_order();
    let closed = closed(&told);
    if !closed.is_empty() {
        let request = reader.answers.request(&call, &[]);
        let request = format!("{request}?expanded_step_ids={}", closed.join(","));
        let missing = reader.lacks(owner, &what, &request, "steps beneath others are not shown");
        steps.missing.push(missing);
    }
    steps.whole |= run == Run::Recovery && steps.missing.len() == before && !paged;
    if run == Run::Recovery {
        suspended(reader, plan, &told);
    }
    let mut view = Vec::new();
    for (item, step) in told {
        if let Some(step) = one(reader, plan, run, item, step, steps) {
            view.push(step);
        }
    }
    view
}

/// The steps that are shown beneath each step, over all views: one view opens some steps, and
/// another one others.
#[derive(Debug, Default)]
struct Shown<'t> {
    steps: BTreeMap<String, (Item<'t>, RecoveryStep)>,
    beneath: BTreeMap<Option<String>, Vec<String>>,
}

impl<'t> Shown<'t> {
    fn over(reader: &mut Reader<'_, 't>, views: Vec<Listed<'t>>) -> Self {
        let mut shown = Self::default();
        for view in views {
            let mut beneath: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
            let mut open: Vec<(u32, String)> = Vec::new();
            let mut seen = BTreeSet::new();
            for item in view.items {
                let Some((id, depth)) = shown.add(reader, item) else {
                    continue;
                };
                if !seen.insert(id.clone()) {
                    continue;
                }
                while open.pop_if(|(above, _)| *above >= depth).is_some() {}
                let parent = open.last().map(|(_, id)| id.clone());
                beneath.entry(parent).or_default().push(id.clone());
                open.push((depth, id));
            }
            for (parent, children) in beneath {
                let known = shown.beneath.entry(parent).or_default();
                if children.len() > known.len() {
                    *known = children;
                }
            }
        }
        shown
    }

    /// Reads a step where it is new; what is wrong with it is told once.
    fn add(&mut self, reader: &mut Reader<'_, 't>, item: Item<'t>) -> Option<(String, u32)> {
        let peek: RecoveryStep = match reader.again::<RecoveryStep>(item) {
            Some(step) => step,
            None => reader.object(item)?,
        };
        let told = (peek.id.clone(), peek.depth.unwrap_or(0));
        if !self.steps.contains_key(&told.0) {
            let step = reader.object(item)?;
            self.steps.insert(told.0.clone(), (item, step));
        }
        Some(told)
    }

    /// The steps from the first to the last, those beneath a step behind it.
    fn in_order(mut self) -> Vec<(Item<'t>, RecoveryStep)> {
        let mut order = Vec::new();
        let mut next: Vec<String> = self.beneath.remove(&None).unwrap_or_default();
        next.reverse();
        while let Some(id) = next.pop() {
            let Some(step) = self.steps.remove(&id) else {
                continue;
            };
            order.push(step);
            let beneath = self.beneath.remove(&Some(id)).unwrap_or_default();
            next.extend(beneath.into_iter().rev());
        }
        order
    }
}

/// The ids of steps that have more children than are shown.
fn closed(told: &[(Item<'_>, RecoveryStep)]) -> Vec<String> {
    let mut closed = Vec::new();
    for (at, (_, step)) in told.iter().enumerate() {
        let depth = step.depth.unwrap_or(0);
        let shown = told
            .iter()
            .skip(at + 1)
            .map(|(_, below)| below.depth.unwrap_or(0))
            .take_while(|below| *below > depth)
            .filter(|below| *below == depth + 1)
            .count();
        let wanted = step.child_count.unwrap_or(0);
        if u32::try_from(shown).unwrap_or(u32::MAX) < wanted {
            closed.push(step.id.clone());
        }
    }
    closed
}

/// Reports the machines that the plan suspends: the only choice of people that stands beneath a step
/// of the product and in no setting.
fn suspended(reader: &mut Reader<'_, '_>, plan: &Ident, told: &[(Item<'_>, RecoveryStep)]) {
    let title = |step: &RecoveryStep| step.title.clone().unwrap_or_default();
    let mut steps = told.iter().skip_while(|(_, step)| {
        let title = title(step).to_lowercase();
        !title.starts_with("suspend non-critical")
    });
    let Some((item, step)) = steps.next() else {
        return;
    };
    let depth = step.depth.unwrap_or(0);
    let beneath: Vec<String> = steps
        .map(|(_, below)| below)
        .take_while(|below| below.depth.unwrap_or(0) > depth)
        .filter(|below| below.depth == Some(depth + 1))
        .map(|below| format!("`{}`", title(below)))
        .collect();
    if beneath.is_empty() {
        return;
    }
    let message = format!(
        "SRM recovery plan `{}` suspends {} at the recovery site to make room",
        plan.name,
        beneath.join(", ")
    );
    reader.report(
        Finding::new(
            &codes::read_recovery::SUSPENDED_MACHINES,
            Domain::Recovery,
            message,
        )
        .about(plan.subject())
        .at(item.origin(), title(step)),
    );
}

/// A step of the plan itself. What the product does beneath its own steps is no policy; what people
/// added for one machine is read with the machine.
fn one(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    run: Run,
    item: Item<'_>,
    step: RecoveryStep,
    steps: &mut Steps,
) -> Option<PlanStep> {
    let RecoveryStep {
        id,
        title,
        step_number,
        depth,
        child_count: _,
        plan_callout_position_spec,
        vm_callout_position_spec,
    } = step;
    let data = Call::Callout(plan.id.clone(), run, id.clone());
    let ident = identity(
        format!("{}/{}/{id}", plan.id, mode(run)),
        title,
        item.origin(),
    );
    if let (Some(place), None) = (vm_callout_position_spec, &plan_callout_position_spec) {
        // The settings of the machine hold its content.
        let _ = reader.answers.one(&data);
        if run == Run::Recovery {
            let key = (place.vm_id, place.pre_power_on.unwrap_or(false));
            steps.of_machines.entry(key).or_default().push(id);
        }
        return None;
    }
    let answer = reader.answers.one(&data);
    let kind = if plan_callout_position_spec.is_some() || answer.is_some() {
        added(reader, plan, &ident, &data, answer, &mut steps.missing)
    } else if depth.unwrap_or(0) > 0 {
        return None;
    } else {
        value::powers_on(&ident.name).map_or(StepKind::BuiltIn, StepKind::PowerOn)
    };
    Some(PlanStep {
        ident,
        runs: vec![run],
        number: step_number.unwrap_or_default(),
        kind,
    })
}

/// A step that people added to the plan.
fn added<'t>(
    reader: &mut Reader<'_, 't>,
    plan: &Ident,
    ident: &Ident,
    call: &Call,
    answer: Option<Item<'t>>,
    missing: &mut Vec<String>,
) -> StepKind {
    let told = answer.and_then(|item| {
        let told = reader.object::<Told>(item)?;
        callout(reader, ident.clone(), item.file, told, &["RECOVERY_STEP"])
    });
    if let Some(callout) = told {
        return StepKind::Callout(callout);
    }
    if answer.is_none() {
        let owner = Owner {
            kind: "recovery plan",
            ident: plan,
        };
        let what = format!("the content of its step `{}`", ident.name);
        let failure = reader.answers.failure(call).map(str::to_owned);
        let why = failure.as_deref().unwrap_or(NOT_HERE);
        let request = reader.answers.request(call, &[Call::Plans]);
        missing.push(reader.lacks(owner, &what, &request, why));
    }
    StepKind::Opaque(Opaque {
        what: "added step of unknown content".to_owned(),
        text: ident.name.clone(),
        origin: ident.origin,
    })
}

/// A callout. Nothing when what it does is not known, which is reported.
pub(super) fn callout(
    reader: &mut Reader<'_, '_>,
    ident: Ident,
    file: FileId,
    told: Told,
    moments: &[&str],
) -> Option<Callout> {
    let Told {
        name,
        content,
        callout_type,
        timeout_seconds,
        step_type,
    } = told;
    let ident = Ident {
        name: name.filter(|name| !name.is_empty()).unwrap_or(ident.name),
        ..ident
    };
    if let Some(moment) = step_type
        && !moments.contains(&moment.value.as_str())
    {
        let place = "it is kept at the place where it stands";
        reader.bad_value(&ident, "step_type", file, &moment, place);
    }
    if content.is_none() {
        reader.no_value(&ident, "content", "what the step says or runs is not known");
    }
    let unknown = "what the step does is not known";
    let kind = match callout_type {
        Some(text) => {
            let kind = value::callout(&text.value);
            if kind.is_none() {
                reader.bad_value(&ident, "callout_type", file, &text, unknown);
            }
            kind?
        }
        None => {
            reader.no_value(&ident, "callout_type", unknown);
            return None;
        }
    };
    // The product applies the timeout to commands alone: a prompt waits for a person.
    let timeout_seconds = timeout_seconds.filter(|_| kind != CalloutKind::Prompt);
    Some(Callout {
        ident,
        kind,
        content,
        timeout_seconds,
    })
}

/// Puts the steps of another run among those that are there, keeping both orders.
fn merge(all: &mut Vec<PlanStep>, view: Vec<PlanStep>) {
    let mut at = 0;
    for step in view {
        let same = all.iter().skip(at).position(|known| is_same(known, &step));
        match same.and_then(|offset| Some((offset, all.get_mut(at + offset)?))) {
            Some((offset, known)) => {
                known.runs.extend(step.runs);
                at += offset + 1;
            }
            None => {
                all.insert(at.min(all.len()), step);
                at += 1;
            }
        }
    }
}

fn is_same(a: &PlanStep, b: &PlanStep) -> bool {
    a.ident.name == b.ident.name
        && match (&a.kind, &b.kind) {
            (StepKind::BuiltIn, StepKind::BuiltIn) => true,
            (StepKind::PowerOn(a), StepKind::PowerOn(b)) => a == b,
            (StepKind::Callout(a), StepKind::Callout(b)) => {
                (a.kind, &a.content, a.timeout_seconds) == (b.kind, &b.content, b.timeout_seconds)
            }
            (
                StepKind::BuiltIn
                | StepKind::PowerOn(_)
                | StepKind::Callout(_)
                | StepKind::Opaque(_),
                _,
            ) => false,
        }
}
