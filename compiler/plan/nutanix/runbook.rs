//! The steps that no object of the platform can hold, in order, for people.

use crate::source::Origin;

/// All steps, plan by plan, in the order they are done.
#[derive(Clone, Debug, Default)]
pub struct Runbook {
    /// The steps.
    pub steps: Vec<RunbookStep>,
}

/// One step a person does or starts.
#[derive(Clone, Debug)]
pub struct RunbookStep {
    /// The recovery plan it belongs to, by name.
    pub plan: String,
    /// When, relative to what the platform does by itself: `before stage 2`.
    pub moment: String,
    /// What is done, in a line.
    pub title: String,
    /// Who does it, and where it runs.
    pub actor: String,
    /// The original text of the prompt or command. Hostile: writers must keep it inert.
    pub text: Option<String>,
    /// The id of the construct it was made from.
    pub construct: String,
    /// Where that stands.
    pub origin: Origin,
}
