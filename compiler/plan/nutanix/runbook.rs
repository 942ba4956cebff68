//! The steps that no object of the platform can hold, in order, for people; and the scripts that
//! people put into the guests.

use super::ObjectId;
use crate::ir::recovery::Run;
use crate::source::Origin;

/// All steps, plan by plan, in the order they are done.
#[derive(Clone, Debug, Default)]
pub struct Runbook {
    /// The steps.
    pub steps: Vec<RunbookStep>,
    /// What the platform does by itself in each plan, for people to follow.
    pub flows: Vec<Flow>,
    /// The scripts for the guests.
    pub scripts: Vec<GuestScript>,
}

/// What the platform does in a recovery plan.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The plan as the runbook names it.
    pub plan: String,
    /// The plans of the target that people run one after the other; mostly one.
    pub parts: Vec<Part>,
}

/// A plan of the target that people run.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its placeholder.
    pub id: ObjectId,
    /// Its name on the target.
    pub name: String,
    /// Its stages, first to last.
    pub stages: Vec<FlowStage>,
}

/// Machines that start together. Their names are hostile: writers must keep them inert.
#[derive(Clone, Debug)]
pub struct FlowStage {
    /// The machines by name.
    pub machines: Vec<String>,
    /// Those of them that stay powered off.
    pub off: Vec<String>,
    /// Seconds before the next stage starts.
    pub delay: u32,
}

impl Flow {
    /// The part of a stage that is counted through all parts, from 1, and its number there.
    #[must_use]
    pub fn locate(&self, stage: u32) -> (usize, u32) {
        let mut left = stage;
        for (number, part) in (1..).zip(&self.parts) {
            let own = u32::try_from(part.stages.len()).unwrap_or(u32::MAX);
            if left <= own {
                return (number, left);
            }
            left -= own;
        }
        (self.parts.len(), left)
    }
}

/// One step a person does or starts.
#[derive(Clone, Debug)]
pub struct RunbookStep {
    /// The recovery plan it belongs to, by its name on the target.
    pub plan: String,
    /// The runs it belongs to; empty for what is done once, before any of them.
    pub runs: Vec<Run>,
    /// When, relative to what the platform does by itself.
    pub moment: Moment,
    /// What is done, in a line. Hostile: writers must keep it inert.
    pub title: String,
    /// Who does it, and where it runs.
    pub actor: Actor,
    /// The original text of the prompt or command. Hostile: writers must keep it inert.
    pub text: Option<String>,
    /// Seconds after which the source took it for failed.
    pub timeout_seconds: Option<u32>,
    /// What the source does when it fails, for a step that can.
    pub failure: Option<Failure>,
    /// What must be known to do it.
    pub note: Option<String>,
    /// The id of the construct it was made from.
    pub construct: String,
    /// Where that stands.
    pub origin: Origin,
}

/// When a step is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Once, before any run of the plan.
    Once,
    /// Before the plan is run.
    BeforeRun,
    /// When this part of the plan is run, whose first stage it is; parts are counted from 1.
    Run {
        /// The part.
        part: u32,
        /// Its first stage.
        first: u32,
    },
    /// Where it stands among the other steps; the exports do not tell more, or the run has no
    /// stages.
    Listed,
    /// Before this stage starts; stages are counted through all parts of a plan.
    BeforeStage(u32),
    /// Before this machine of the stage is powered on.
    BeforeMachine(u32, String),
    /// After this machine of the stage is powered on.
    AfterMachine(u32, String),
    /// After the last stage.
    AfterStages,
}

impl Moment {
    /// The place in a run: steps of the same place are done in the order they were added in.
    #[must_use]
    pub const fn place(&self) -> (u32, u8) {
        match self {
            Self::Once => (0, 0),
            Self::BeforeRun => (0, 1),
            Self::Run { part: 1, first: _ } => (0, 2),
            Self::Run { part: _, first } => (*first, 1),
            Self::Listed => (0, 3),
            Self::BeforeStage(stage) => (*stage, 0),
            Self::BeforeMachine(stage, _) => (*stage, 2),
            Self::AfterMachine(stage, _) => (*stage, 3),
            Self::AfterStages => (u32::MAX, 0),
        }
    }
}

/// What the source does when a command fails. Source: the vendor's administration guides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It warns and goes on.
    GoesOn,
    /// It does not power the machine on.
    NoPowerOn,
    /// It leaves out the steps of the machine that come after.
    SkipsRest,
}

/// Who does a step, and where it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person who leads the recovery.
    Lead,
    /// Somebody who runs a command on a server of the recovery site that is not part of the source
    /// product.
    Server,
    /// Somebody who runs a command inside this machine.
    Guest(String),
}

/// A script for the fixed path inside a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestScript {
    /// The folder of the machine, which is a file name.
    pub folder: String,
    /// The path below that folder: a literal of this crate.
    pub file: &'static str,
    /// Where it must stand inside the guest.
    pub path_in_guest: &'static str,
    /// The machine by name.
    pub vm: String,
    /// The text of the script.
    pub text: String,
}
