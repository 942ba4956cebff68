//! What the target answers for each recovery feature.

use crate::finding::Effect;
use crate::finding::codes::loss_recovery as codes;
use crate::legal::{Legality, Release, Target};

/// One use of a recovery feature, with what the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// How much data a failure may cost.
    Objective(Told),
    /// How long recovery points are kept, which no export tells.
    Retention,
    /// A protection group that the exports tell in part.
    GroupIncomplete,
    /// Members of a protection group that no export tells.
    MembersMissing,
    /// A recovery plan.
    Plan,
    /// A recovery plan that the exports tell in part, and everything in it.
    PlanIncomplete,
    /// A recovery plan that is made in parts, because prompts hold its flow.
    PlanSplit,
    /// Machines whose data travels together.
    Consistency(Together),
    /// The folder a plan or a protection group is filed in.
    Folder,
    /// Folders, resource pools and hosts of the recovery site that machines are put into.
    RecoveryPlace,
    /// A description with characters the target may not take, or longer than it takes.
    NoteChanged,
    /// A protection group of a plan that no export tells.
    GroupMissing,
    /// Machines of a plan that no emitted protection policy replicates.
    Unprotected,
    /// Machines of a plan's groups whose settings no export tells.
    SettingsUntold,
    /// A machine in a plan, at its priority.
    Machine,
    /// A machine in a plan that no export tells.
    MachineUntold,
    /// A machine that is left powered off.
    PowerOff,
    /// The next machines wait until the guest tools answer.
    ToolsWait,
    /// A wait after power-on.
    Delay(Shared),
    /// Machines that depend on others of their priority.
    Dependency {
        /// Whether the machine now waits for others, too.
        strangers: bool,
    },
    /// A dependency that the source ignores: on a machine of another priority or plan.
    DependencyIgnored,
    /// A dependency on a machine that no export tells.
    DependencyMissing,
    /// Machines that depend on each other in a circle.
    DependencyCircle,
    /// How the guest is shut down at the protected site.
    Shutdown,
    /// How the addresses of a machine change.
    Address(Address),
    /// DNS servers and suffixes, WINS servers, further gateways of a machine or rule.
    AddressDetail,
    /// A network mapping.
    Mapping,
    /// A network mapping that no plan needs.
    MappingUnused,
    /// A network whose name the target cannot take.
    NetworkName,
    /// A rule that maps the addresses of a subnet.
    AddressRule(Rule),
    /// A network for tests.
    TestNetwork(TestNetwork),
    /// A mapping of folders, resources or storage policies.
    OtherMapping,
    /// A step of the product that recovers machines.
    PowerOnStep,
    /// Another step of the product.
    BuiltInStep,
    /// The step of the product that suspends other machines to make room.
    SuspendOthers,
    /// A step whose kind is not known.
    UnknownStep,
    /// A step that people added to a plan or machine.
    Callout(Callout),
    /// A step that people added, whose text no export tells.
    CalloutTextUntold,
    /// A step after the power-on of a machine that is left powered off.
    CalloutNeverRuns,
}

/// How machines come out whose data travels together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Few enough for one rule.
    Few,
    /// More than a rule takes.
    Many,
}

/// Whether something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// By an export, as a value the target takes.
    Kept,
    /// By an export, as a value between those the target takes.
    Rounded,
    /// By no export; people chose it for the run.
    Chosen,
    /// By nobody.
    Untold,
}

/// Whether machines that share a stage have the same wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// All of them.
    Same,
    /// Others of the stage wait longer.
    Longer,
}

/// How the addresses of a machine come out on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// As at the source.
    Same,
    /// The source keeps them; on the target they follow the network.
    ChangedHere,
    /// The source changes them; on the target they stay.
    KeptHere,
    /// What the source does depends on a setting that is in no export.
    SourceUntold,
    /// Which networks the machine is attached to is in no export.
    NetworkUntold,
    /// A subnet rule is there, and this API does not say whether static addresses follow the network.
    TargetUntold,
    /// An address of IPv6, or without its other end, that no mapping holds.
    Unmapped,
}

/// How a rule that maps addresses comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One rule of a network, from a subnet to one of the same size.
    SameSize,
    /// Subnets of different sizes, or no subnets.
    OtherSize,
    /// One of several rules of a network.
    OneOfSeveral,
    /// Of IPv6.
    Ipv6,
}

/// Which network a test uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestNetwork {
    /// One that exists.
    Named,
    /// One that the source makes by itself, isolated.
    Isolated,
    /// One for a network that no mapping of the plan leads to.
    Unused,
}

/// What a step that people added does, when, and whether something waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callout {
    /// Stops until a person goes on.
    Prompt(Holds),
    /// Runs a command on the recovery server.
    OnServer(Holds),
    /// Runs a command inside a machine right after it is powered on.
    InGuest,
    /// Runs a command inside a machine, and cannot be a script there: it stands before the power-on
    /// or behind a step for people, or its text is not safe in a script.
    InGuestByHand(Holds),
}

/// Whether something of the plan starts only after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Something does.
    Something,
    /// Nothing does.
    Nothing,
    /// Something does, and a person starts that.
    ByHand,
    /// As before; and other machines wait with it that the source does not hold.
    ByHandWider,
}

/// A typical use of each feature, for the capability matrix.
pub static SAMPLES: &[(&str, Use)] = &[
    ("recovery point objective", Use::Objective(Told::Kept)),
    (
        "recovery point objective between the steps of the target",
        Use::Objective(Told::Rounded),
    ),
    (
        "recovery point objective that people chose",
        Use::Objective(Told::Chosen),
    ),
    (
        "recovery point objective that no export tells",
        Use::Objective(Told::Untold),
    ),
    ("retention of recovery points", Use::Retention),
    (
        "protection group with an unknown member",
        Use::MembersMissing,
    ),
    ("recovery plan", Use::Plan),
    ("protection group told in part", Use::GroupIncomplete),
    ("recovery plan told in part", Use::PlanIncomplete),
    ("recovery plan in parts", Use::PlanSplit),
    (
        "machines that are replicated together",
        Use::Consistency(Together::Few),
    ),
    (
        "more than 32 machines that are replicated together",
        Use::Consistency(Together::Many),
    ),
    ("folder of a plan or protection group", Use::Folder),
    (
        "folder, resource pool and host of a recovered machine",
        Use::RecoveryPlace,
    ),
    ("description with other characters", Use::NoteChanged),
    ("plan with an unknown group", Use::GroupMissing),
    ("plan with machines nothing replicates", Use::Unprotected),
    ("plan with machines without settings", Use::SettingsUntold),
    ("priority of a machine", Use::Machine),
    ("a machine that no export tells", Use::MachineUntold),
    ("a machine left powered off", Use::PowerOff),
    ("wait for the guest tools", Use::ToolsWait),
    ("wait after power-on", Use::Delay(Shared::Same)),
    (
        "wait after power-on, shorter than others of the stage",
        Use::Delay(Shared::Longer),
    ),
    (
        "dependency inside a priority",
        Use::Dependency { strangers: false },
    ),
    (
        "dependency next to independent machines",
        Use::Dependency { strangers: true },
    ),
    ("dependency across priorities", Use::DependencyIgnored),
    ("dependency on an unknown machine", Use::DependencyMissing),
    ("dependencies in a circle", Use::DependencyCircle),
    ("shutdown of the guest", Use::Shutdown),
    (
        "addresses that come out the same",
        Use::Address(Address::Same),
    ),
    (
        "addresses that follow the network here only",
        Use::Address(Address::ChangedHere),
    ),
    (
        "addresses that stay here only",
        Use::Address(Address::KeptHere),
    ),
    (
        "addresses by a setting no export tells",
        Use::Address(Address::SourceUntold),
    ),
    (
        "addresses of a machine without known networks",
        Use::Address(Address::NetworkUntold),
    ),
    ("IPv6 addresses", Use::Address(Address::Unmapped)),
    ("DNS, WINS and further gateways", Use::AddressDetail),
    ("network mapping", Use::Mapping),
    ("network mapping no plan needs", Use::MappingUnused),
    ("network mapping with an impossible name", Use::NetworkName),
    (
        "address rule, one a network",
        Use::AddressRule(Rule::SameSize),
    ),
    (
        "address rule between sizes",
        Use::AddressRule(Rule::SameSize),
    ),
    (
        "address rules, several a network",
        Use::AddressRule(Rule::OneOfSeveral),
    ),
    ("address rule of IPv6", Use::AddressRule(Rule::Ipv6)),
    ("test network", Use::TestNetwork(TestNetwork::Named)),
    (
        "test network made by the source",
        Use::TestNetwork(TestNetwork::Isolated),
    ),
    (
        "test network of an unmapped network",
        Use::TestNetwork(TestNetwork::Unused),
    ),
    ("folder, resource and storage mappings", Use::OtherMapping),
    ("built-in power-on step", Use::PowerOnStep),
    ("other built-in step", Use::BuiltInStep),
    ("suspension of other machines", Use::SuspendOthers),
    ("step of an unknown kind", Use::UnknownStep),
    ("prompt", Use::Callout(Callout::Prompt(Holds::Something))),
    (
        "prompt at the end",
        Use::Callout(Callout::Prompt(Holds::Nothing)),
    ),
    (
        "command on the server",
        Use::Callout(Callout::OnServer(Holds::Something)),
    ),
    (
        "command on the server at the end",
        Use::Callout(Callout::OnServer(Holds::Nothing)),
    ),
    (
        "command in the guest after power-on",
        Use::Callout(Callout::InGuest),
    ),
    (
        "command in the guest before power-on or behind a prompt",
        Use::Callout(Callout::InGuestByHand(Holds::Something)),
    ),
    (
        "command in the guest at the end, by hand",
        Use::Callout(Callout::InGuestByHand(Holds::Nothing)),
    ),
    ("step whose text is missing", Use::CalloutTextUntold),
    ("step that never runs", Use::CalloutNeverRuns),
];

/// The answer of the target.
#[must_use]
pub fn legality(target: Target, what: &Use) -> Legality {
    use Legality::{Approximate, Illegal, Legal};
    match *what {
        Use::Objective(told) => objective(told),
        Use::Retention => Approximate(&codes::RETENTION_UNTOLD, Effect::Conduct),
        Use::MembersMissing => Approximate(&codes::PROTECTION_MEMBER_MISSING, Effect::SHIFTS),
        Use::Plan => plans(target.release()),
        Use::GroupIncomplete => Illegal(&codes::GROUP_INCOMPLETE, Effect::SHIFTS),
        Use::PlanIncomplete => Illegal(&codes::PLAN_INCOMPLETE, Effect::SHIFTS),
        Use::PlanSplit => Approximate(&codes::PLAN_SPLIT, Effect::Conduct),
        Use::Consistency(together) => consistency(target.release(), together),
        Use::Folder => Approximate(&codes::FOLDER, Effect::Record),
        Use::RecoveryPlace => Approximate(&codes::OTHER_MAPPING, Effect::Record),
        Use::NoteChanged => Approximate(&codes::NOTE_CHANGED, Effect::Record),
        Use::GroupMissing => Approximate(&codes::GROUP_MISSING, Effect::SHIFTS),
        Use::Unprotected => Approximate(&codes::UNPROTECTED, Effect::SHIFTS),
        Use::SettingsUntold => Approximate(&codes::SETTINGS_UNTOLD, Effect::SHIFTS),
        Use::Machine => Legal,
        Use::PowerOff if !target.release().has_v4_plans() => {
            Illegal(&codes::POWER_OFF, Effect::SHIFTS)
        }
        Use::PowerOff => Legal,
        Use::MachineUntold => Illegal(&codes::MACHINE_UNTOLD, Effect::SHIFTS),
        Use::ToolsWait => Approximate(&codes::TOOLS_WAIT, Effect::Conduct),
        Use::Delay(Shared::Same) => Legal,
        Use::Delay(Shared::Longer) => Approximate(&codes::DELAY_SHARED, Effect::Conduct),
        Use::Dependency { strangers: false } => Legal,
        Use::Dependency { strangers: true } => Approximate(&codes::PARALLEL_LOST, Effect::NARROWS),
        Use::DependencyIgnored => Approximate(&codes::DEPENDENCY_IGNORED, Effect::Record),
        Use::DependencyMissing => Approximate(&codes::DEPENDENCY_MISSING, Effect::SHIFTS),
        Use::DependencyCircle => Approximate(&codes::DEPENDENCY_CIRCLE, Effect::SHIFTS),
        Use::Shutdown => Approximate(&codes::SHUTDOWN, Effect::Conduct),
        Use::Address(address) => addresses(address),
        Use::AddressDetail => Approximate(&codes::ADDRESS_DETAIL, Effect::Conduct),
        Use::Mapping => Legal,
        Use::MappingUnused => Illegal(&codes::MAPPING_UNUSED, Effect::Record),
        Use::NetworkName => Illegal(&codes::NETWORK_NAME, Effect::SHIFTS),
        Use::AddressRule(Rule::SameSize) if target.release().has_v4_plans() => Legal,
        Use::AddressRule(Rule::SameSize | Rule::OtherSize | Rule::OneOfSeveral | Rule::Ipv6) => {
            Approximate(&codes::ADDRESS_RULE, Effect::SHIFTS)
        }
        Use::TestNetwork(TestNetwork::Named) => Legal,
        Use::TestNetwork(TestNetwork::Isolated) => {
            Approximate(&codes::TEST_NETWORK_TO_MAKE, Effect::Conduct)
        }
        Use::TestNetwork(TestNetwork::Unused) => Illegal(&codes::MAPPING_UNUSED, Effect::Record),
        Use::OtherMapping => Illegal(&codes::OTHER_MAPPING, Effect::Record),
        Use::PowerOnStep => Legal,
        Use::BuiltInStep => Approximate(&codes::BUILT_IN_STEP, Effect::Record),
        Use::SuspendOthers => Illegal(&codes::SUSPEND_OTHERS, Effect::Conduct),
        Use::UnknownStep => Approximate(&codes::UNKNOWN_STEP, Effect::SHIFTS),
        Use::Callout(callout) => callouts(callout),
        Use::CalloutTextUntold => Approximate(&codes::CALLOUT_TEXT_UNTOLD, Effect::SHIFTS),
        Use::CalloutNeverRuns => Illegal(&codes::CALLOUT_NEVER_RUNS, Effect::Record),
    }
}

const fn objective(told: Told) -> Legality {
    match told {
        Told::Kept => Legality::Legal,
        Told::Rounded => Legality::Approximate(&codes::OBJECTIVE_ROUNDED, Effect::NARROWS),
        Told::Chosen => Legality::Approximate(&codes::OBJECTIVE_CHOSEN, Effect::Record),
        Told::Untold => Legality::Illegal(&codes::OBJECTIVE_UNTOLD, Effect::SHIFTS),
    }
}

const fn addresses(address: Address) -> Legality {
    match address {
        Address::Same => Legality::Legal,
        Address::ChangedHere | Address::KeptHere | Address::Unmapped => {
            Legality::Approximate(&codes::ADDRESS_DIFFERS, Effect::SHIFTS)
        }
        Address::SourceUntold | Address::NetworkUntold | Address::TargetUntold => {
            Legality::Approximate(&codes::ADDRESS_UNTOLD, Effect::SHIFTS)
        }
    }
}

/// A step that something waited for no longer holds it; a step at the end is done by hand.
const fn callouts(callout: Callout) -> Legality {
    match callout {
        Callout::InGuest => Legality::Approximate(&codes::SCRIPT, Effect::Conduct),
        Callout::Prompt(Holds::Something) => Legality::Approximate(&codes::PROMPT, Effect::SHIFTS),
        Callout::Prompt(Holds::Nothing) => Legality::Approximate(&codes::PROMPT, Effect::Conduct),
        Callout::Prompt(Holds::ByHand) => {
            Legality::Approximate(&codes::PROMPT_BY_HAND, Effect::Conduct)
        }
        Callout::Prompt(Holds::ByHandWider) => {
            Legality::Approximate(&codes::PROMPT_BY_HAND, Effect::NARROWS)
        }
        Callout::OnServer(Holds::Something) | Callout::InGuestByHand(Holds::Something) => {
            Legality::Approximate(&codes::COMMAND_BY_HAND, Effect::SHIFTS)
        }
        Callout::OnServer(Holds::Nothing | Holds::ByHand)
        | Callout::InGuestByHand(Holds::Nothing | Holds::ByHand) => {
            Legality::Approximate(&codes::COMMAND_BY_HAND, Effect::Conduct)
        }
        Callout::OnServer(Holds::ByHandWider) | Callout::InGuestByHand(Holds::ByHandWider) => {
            Legality::Approximate(&codes::COMMAND_BY_HAND, Effect::NARROWS)
        }
    }
}

/// Recovery plans of the v4 API came with 7.5; the body for the releases before is that of the v3 API.
const fn plans(release: Release) -> Legality {
    if release.has_v4_plans() {
        Legality::Legal
    } else {
        Legality::Approximate(&codes::V3_PLAN, Effect::Record)
    }
}

/// Recovery points of several machines are taken together from 7.3 on.
const fn consistency(release: Release, together: Together) -> Legality {
    match together {
        Together::Few if release.has_consistency_rules() => Legality::Legal,
        Together::Few | Together::Many => {
            Legality::Approximate(&codes::CONSISTENCY_LOST, Effect::BROADENS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Level;

    #[test]
    fn a_step_that_held_the_flow_is_an_error_and_one_at_the_end_a_warning() {
        for (holds, level) in [
            (Holds::Something, Level::Error),
            (Holds::ByHand, Level::Warning),
            (Holds::ByHandWider, Level::Warning),
            (Holds::Nothing, Level::Warning),
        ] {
            for callout in [
                Callout::Prompt(holds),
                Callout::OnServer(holds),
                Callout::InGuestByHand(holds),
            ] {
                let Legality::Approximate(_, effect) =
                    legality(Target::default(), &Use::Callout(callout))
                else {
                    panic!("{callout:?} is neither held nor left out");
                };
                assert_eq!(effect.level(), level, "{callout:?}");
            }
        }
    }

    #[test]
    fn an_objective_nobody_told_is_never_invented() {
        let untold = legality(Target::default(), &Use::Objective(Told::Untold));
        assert!(matches!(untold, Legality::Illegal(_, effect) if effect.level() == Level::Error));
    }
}
