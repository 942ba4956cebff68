//! The steps that no object of the platform can hold, in order, for people; and the scripts that
//! people put into the guests.

use crate::ir::recovery::Run;
use crate::source::Origin;

/// All steps, plan by plan, in the order they are done.
#[derive(Clone, Debug, Default)]
pub struct Runbook {
    /// The steps.
    pub steps: Vec<RunbookStep>,
    /// The scripts for the guests.
    pub scripts: Vec<GuestScript>,
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
    /// Where it stands among the other steps; the exports do not tell more, or the run has no
    /// stages.
    Listed,
    /// Before this stage starts.
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
            Self::Listed => (0, 1),
            Self::BeforeStage(stage) => (*stage, 0),
            Self::BeforeMachine(stage, _) => (*stage, 1),
            Self::AfterMachine(stage, _) => (*stage, 2),
            Self::AfterStages => (u32::MAX, 0),
        }
    }
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
