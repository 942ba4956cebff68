//! The parts of a plan: one, or several where prompts must hold the flow and people asked for it.
//!
//! A part is a plan of its own on the target, and a person runs the next one. Parts begin with a
//! stage, so a prompt of one machine holds the other machines of its stage, too.

use super::order::Order;
use super::step::moment;
use crate::ir::Linked;
use crate::ir::recovery::{Callout, CalloutKind, RecoveryPlan, StepKind};
use crate::plan::nutanix::runbook::Moment;
use std::collections::BTreeSet;

/// The first stages of the parts after the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    cuts: BTreeSet<u32>,
}

impl Parts {
    /// The parts of a plan that is split at its prompts.
    pub(super) fn at_prompts(plan: &RecoveryPlan<Linked>, order: &Order) -> Self {
        let mut cuts = BTreeSet::new();
        for (at, step) in plan.steps.iter().enumerate() {
            let StepKind::Callout(callout) = &step.kind else {
                continue;
            };
            if let (true, Moment::BeforeStage(stage)) =
                (asks(callout), moment(plan, at, &step.runs, order))
            {
                cuts.insert(stage);
            }
        }
        for vm in &plan.vms {
            let Some(stage) = vm.vm.found().and_then(|id| order.number(id)) else {
                continue;
            };
            if vm.before.iter().any(asks) {
                cuts.insert(stage);
            }
            if vm.power_on && vm.after.iter().any(asks) && order.goes_on(stage) {
                cuts.insert(stage.saturating_add(1));
            }
        }
        // Nothing runs before the first stage that a part could hold.
        cuts.remove(&1);
        Self { cuts }
    }

    /// Whether a person starts this stage by running a part.
    pub(super) fn starts_at(&self, stage: u32) -> bool {
        self.cuts.contains(&stage)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The first and last stage of each part.
    pub(super) fn bounds(&self, order: &Order) -> Vec<(u32, u32)> {
        let all = u32::try_from(order.levels.len()).unwrap_or(u32::MAX);
        let firsts = std::iter::once(1).chain(self.cuts.iter().copied());
        let lasts = self.cuts.iter().map(|first| first - 1);
        firsts.zip(lasts.chain([all])).collect()
    }

    /// Which of the steps before the power-on of a machine come before a part: those up to its last
    /// prompt.
    pub(super) fn taken_before(&self, stage: u32, steps: &[Callout]) -> usize {
        match steps.iter().rposition(asks) {
            Some(last) if self.starts_at(stage) => last + 1,
            Some(_) | None => 0,
        }
    }

    /// How many steps after the power-on of a machine stay with it: those before its first prompt
    /// that a part waits for.
    pub(super) fn kept_after(&self, stage: u32, steps: &[Callout]) -> usize {
        match steps.iter().position(asks) {
            Some(first) if self.starts_at(stage.saturating_add(1)) => first,
            Some(_) | None => steps.len(),
        }
    }
}

fn asks(callout: &Callout) -> bool {
    callout.kind == CalloutKind::Prompt
}
