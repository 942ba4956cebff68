//! `X`: faults of this program.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// A construct of the exports ended neither exact nor approximate nor dropped, or twice.
    ///
    /// # What it means
    /// The report cannot be trusted for this construct. Nothing was written.
    ///
    /// # What to do
    /// report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome.
    UNCOUNTED_CONSTRUCT = "X0001", "uncounted-construct", "a construct was not counted once", Effect::SHIFTS;

    /// # What happened
    /// The policy could not be written as YAML.
    ///
    /// # What it means
    /// There is no portable policy. Nothing was written.
    ///
    /// # What to do
    /// report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome.
    PORTABLE_FAILED = "X0003", "portable-failed", "the portable policy could not be written", Effect::SHIFTS;

    /// # What happened
    /// The emitted files were read back, and they let a flow through that the source discards or
    /// could discard. No finding says so.
    ///
    /// # What it means
    /// Traffic would be opened in silence. The witness is such a flow, with the deciding rules.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_BROADENING = "X1001", "undeclared-broadening", "the emitted files admit a flow that the source does not, and no finding says so", Effect::BROADENS;

    /// # What happened
    /// The emitted files were read back, and they discard a flow that the source lets through or
    /// could let through. No finding says so.
    ///
    /// # What it means
    /// An application would stop working without a warning. The witness is such a flow, with the
    /// deciding rules.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_NARROWING = "X1002", "undeclared-narrowing", "the emitted files discard a flow that the source admits, and no finding says so", Effect::NARROWS;

    /// # What happened
    /// The emitted files were read back, and they admit a placement that the source refuses. No finding
    /// says so.
    ///
    /// # What it means
    /// A machine can run where a rule keeps it from running. The witness is such a placement.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_PLACEMENT = "X2001", "undeclared-placement", "the emitted files admit a placement that the source refuses, and no finding says so", Effect::BROADENS;

    /// # What happened
    /// The emitted files were read back, and they refuse a placement that the source admits. No finding
    /// says so.
    ///
    /// # What it means
    /// A machine can stay down where the source would run it. The witness is such a placement.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_REFUSAL = "X2002", "undeclared-refusal", "the emitted files refuse a placement that the source admits, and no finding says so", Effect::NARROWS;

    /// # What happened
    /// The emitted files were read back, and they admit an order or outcome of a recovery that the source
    /// does not. No finding says so.
    ///
    /// # What it means
    /// A machine can start too early, or not as the plan says. The witness is such an order or outcome.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_RECOVERY = "X3001", "undeclared-recovery", "the emitted files admit a recovery that the source does not, and no finding says so", Effect::BROADENS;

    /// # What happened
    /// The emitted files were read back, and they do not admit an order of a recovery that the source
    /// admits. No finding says so.
    ///
    /// # What it means
    /// A recovery takes longer without a warning. The witness is such an order.
    ///
    /// # What to do
    /// do not apply the output, and report it, with the export if you can share it; the exit code is 70
    ///
    /// # Example
    /// There is none: this is a fault of rehome, or the files were edited after they were written.
    UNDECLARED_RESTRAINT = "X3002", "undeclared-restraint", "the emitted files hold back a recovery that the source admits, and no finding says so", Effect::NARROWS;
}
