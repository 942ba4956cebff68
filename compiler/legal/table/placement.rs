//! What the target answers for each placement feature.

use crate::finding::Effect;
use crate::finding::codes::loss_placement as codes;
use crate::legal::{Legality, Release, Target};
use crate::plan::nutanix::placement::StartSeconds;

/// One use of a placement feature, with what the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Machines tied to hosts.
    RunOn(Force),
    /// Machines kept off hosts.
    KeepOff(Force),
    /// Machines tied to hosts, or kept off them, with no host left to run on.
    NoHostLeft {
        /// Whether other machines of the rule have hosts left.
        partly: bool,
    },
    /// Machines that people want tied to hosts, where requirements leave none of them.
    HardenedIntoNothing {
        /// Whether other machines of the rule have hosts left.
        partly: bool,
    },
    /// Machines kept off hosts of a cluster whose other hosts no export tells.
    HostsUntold,
    /// Machines kept on different hosts.
    Apart(Force),
    /// Machines kept on one host.
    Together(Force),
    /// Machines kept on one host, tied to it on request.
    Pinned,
    /// Machines that start after others.
    StartAfter(Wait),
    /// Machines that start after each other in a circle.
    StartCircle,
    /// A rule that is switched off.
    Disabled,
    /// A rule that binds no machine.
    BindsNothing,
    /// A rule of a kind that is not known.
    UnknownRule,
    /// A rule with a key that is not known.
    UnreadKey,
    /// A rule all of whose machines or hosts are missing, because no export tells who they are.
    AllMissing(Force),
    /// A rule that lost machines or hosts, because no export tells who they are.
    MembersMissing(Missing),
    /// A group of machines or hosts.
    Group {
        /// How many members no export tells.
        missing: usize,
    },
    /// The order of restarts after a failure.
    RestartOrder(Wait),
    /// The order of restarts of machines without one of their own.
    RestartDefault,
    /// A priority of restart that no machine has, or that all have.
    RestartOrderUnused,
    /// A machine that is not restarted.
    NoRestart,
    /// When a machine counts as started, where something waits for it.
    Readiness(Wait),
    /// When a machine counts as started, where nothing waits for it.
    ReadinessUnused,
    /// Whether and how far the scheduler acts by itself.
    Scheduler,
    /// Whether machines restart elsewhere when a host fails.
    Restart,
    /// Any other setting.
    OtherSetting,
}

/// How much a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// A requirement.
    Must,
    /// A preference.
    Should,
    /// A preference that people want as a requirement.
    Hardened,
    /// A rule of a cluster whose scheduler is off, which nothing enforced.
    Advisory,
}

/// What the second of two machines waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When the first counts as started.
    pub until: Until,
    /// Seconds after that.
    pub delay_seconds: u32,
}

/// When a machine counts as started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When it is powered on.
    PoweredOn,
    /// When its guest tools answer.
    GuestHeartbeat,
    /// When its application answers.
    ApplicationHeartbeat,
}

/// Which side of a requirement lost members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Machines: nothing binds them on the target.
    Machines,
    /// Machines of a preference.
    PreferredMachines,
    /// Hosts that machines may run on: they may not on the target.
    AllowedHosts,
    /// Hosts that machines may not run on: on the target they may run on those that are named only.
    ForbiddenHosts,
}

const NOW: Wait = Wait {
    until: Until::PoweredOn,
    delay_seconds: 0,
};

/// A typical use of each feature, for the capability matrix.
pub static SAMPLES: &[(&str, Use)] = &[
    ("machines must run on hosts", Use::RunOn(Force::Must)),
    ("machines should run on hosts", Use::RunOn(Force::Should)),
    (
        "machines should run on hosts, hardened",
        Use::RunOn(Force::Hardened),
    ),
    (
        "machines must run on hosts, scheduler off",
        Use::RunOn(Force::Advisory),
    ),
    ("machines must keep off hosts", Use::KeepOff(Force::Must)),
    (
        "machines should keep off hosts",
        Use::KeepOff(Force::Should),
    ),
    (
        "machines should keep off hosts, hardened",
        Use::KeepOff(Force::Hardened),
    ),
    (
        "requirements that leave no host",
        Use::NoHostLeft { partly: false },
    ),
    (
        "requirements that leave some machines no host",
        Use::NoHostLeft { partly: true },
    ),
    (
        "hardened preferences that leave no host",
        Use::HardenedIntoNothing { partly: false },
    ),
    (
        "keep-off in a cluster whose hosts are not known",
        Use::HostsUntold,
    ),
    ("machines must be apart", Use::Apart(Force::Must)),
    ("machines should be apart", Use::Apart(Force::Should)),
    ("machines must be together", Use::Together(Force::Must)),
    ("machines should be together", Use::Together(Force::Should)),
    ("machines must be together, pinned on request", Use::Pinned),
    ("start after power-on", Use::StartAfter(NOW)),
    (
        "start after the guest answers",
        Use::StartAfter(Wait {
            until: Until::GuestHeartbeat,
            delay_seconds: 0,
        }),
    ),
    (
        "start after the application answers",
        Use::StartAfter(Wait {
            until: Until::ApplicationHeartbeat,
            delay_seconds: 0,
        }),
    ),
    (
        "start more than 600 seconds after",
        Use::StartAfter(Wait {
            until: Until::PoweredOn,
            delay_seconds: 900,
        }),
    ),
    ("start after each other in a circle", Use::StartCircle),
    ("a rule that is switched off", Use::Disabled),
    ("a rule that binds no machine", Use::BindsNothing),
    ("a rule of an unknown kind", Use::UnknownRule),
    ("a rule with an unknown key", Use::UnreadKey),
    (
        "a requirement all of whose members no export tells",
        Use::AllMissing(Force::Must),
    ),
    (
        "a requirement whose machine no export tells",
        Use::MembersMissing(Missing::Machines),
    ),
    (
        "a requirement whose allowed host no export tells",
        Use::MembersMissing(Missing::AllowedHosts),
    ),
    (
        "a requirement whose forbidden host no export tells",
        Use::MembersMissing(Missing::ForbiddenHosts),
    ),
    ("groups of machines and hosts", Use::Group { missing: 0 }),
    (
        "groups with a member no export tells",
        Use::Group { missing: 1 },
    ),
    ("order of restarts", Use::RestartOrder(NOW)),
    ("order of restarts by default", Use::RestartDefault),
    ("order of restarts without effect", Use::RestartOrderUnused),
    ("a machine that is not restarted", Use::NoRestart),
    ("readiness by power-on", Use::Readiness(NOW)),
    (
        "readiness by the guest's heartbeat",
        Use::Readiness(Wait {
            until: Until::GuestHeartbeat,
            delay_seconds: 0,
        }),
    ),
    ("readiness without effect", Use::ReadinessUnused),
    ("automation of the scheduler", Use::Scheduler),
    ("restart after a host failure", Use::Restart),
    (
        "admission control, power management and the like",
        Use::OtherSetting,
    ),
];

/// The answer of the target.
#[must_use]
pub fn legality(target: Target, what: &Use) -> Legality {
    use Legality::{Approximate, Illegal, Legal};
    match *what {
        Use::RunOn(force) => tied(force),
        Use::KeepOff(force) => match force {
            // The complement is frozen: a host that is added later is not allowed.
            Force::Must => Approximate(&codes::KEEP_OFF_BY_COMPLEMENT, Effect::NARROWS),
            Force::Should | Force::Hardened | Force::Advisory => tied(force),
        },
        Use::NoHostLeft { partly: false } => Illegal(&codes::NO_HOST_LEFT, Effect::BROADENS),
        Use::NoHostLeft { partly: true } => Approximate(&codes::NO_HOST_LEFT, Effect::BROADENS),
        Use::HardenedIntoNothing { partly: false } => Illegal(&codes::PREFERENCE, Effect::Conduct),
        Use::HardenedIntoNothing { partly: true } => {
            Approximate(&codes::PREFERENCE, Effect::Conduct)
        }
        Use::HostsUntold => Illegal(&codes::HOSTS_UNTOLD, Effect::BROADENS),
        Use::Apart(force) => match force {
            Force::Must => Approximate(&codes::APART_BEST_EFFORT, Effect::BROADENS),
            Force::Should | Force::Hardened => Legal,
            Force::Advisory => Approximate(&codes::WAS_ADVISORY, Effect::Conduct),
        },
        Use::Together(force) => match force {
            Force::Must => Illegal(&codes::TOGETHER, Effect::BROADENS),
            Force::Should | Force::Hardened | Force::Advisory => {
                Illegal(&codes::TOGETHER, Effect::Conduct)
            }
        },
        Use::Pinned => Approximate(&codes::TOGETHER_PINNED, Effect::NARROWS),
        Use::StartAfter(wait) | Use::RestartOrder(wait) | Use::Readiness(wait) => {
            start_order(target.release(), wait)
        }
        Use::RestartDefault => match start_order(target.release(), NOW) {
            Legal => Approximate(&codes::START_ORDER_FROZEN, Effect::Conduct),
            answer @ (Approximate(..) | Illegal(..)) => answer,
        },
        Use::StartCircle => Illegal(&codes::START_CIRCLE, Effect::Conduct),
        Use::Disabled => Illegal(&codes::DISABLED_RULE, Effect::Record),
        Use::BindsNothing => Illegal(&codes::BINDS_NOTHING, Effect::Record),
        Use::UnknownRule => Illegal(&codes::UNKNOWN_RULE, Effect::SHIFTS),
        Use::UnreadKey => Approximate(&codes::UNREAD_RULE_KEY, Effect::SHIFTS),
        Use::AllMissing(Force::Must) => Illegal(&codes::MEMBERS_MISSING, Effect::BROADENS),
        Use::AllMissing(Force::Should | Force::Hardened | Force::Advisory) => {
            Illegal(&codes::MEMBERS_MISSING, Effect::Conduct)
        }
        Use::MembersMissing(missing) => Approximate(&codes::MEMBERS_MISSING, drift(missing)),
        Use::Group { missing: 0 } => Legal,
        Use::Group { missing: _ } => Approximate(&codes::GROUP_WITHOUT_MEMBER, Effect::SHIFTS),
        Use::RestartOrderUnused => Illegal(&codes::SETTING_WITHOUT_EFFECT, Effect::Record),
        Use::NoRestart => Illegal(&codes::NO_RESTART, Effect::Conduct),
        Use::ReadinessUnused => Illegal(&codes::SETTING_WITHOUT_EFFECT, Effect::Record),
        Use::Scheduler => Illegal(&codes::SCHEDULER_SETTING, Effect::Conduct),
        Use::Restart => Illegal(&codes::RESTART_SETTING, Effect::Conduct),
        Use::OtherSetting => Illegal(&codes::OTHER_SETTING, Effect::Conduct),
    }
}

/// Host affinity is always a requirement, in every release.
const fn tied(force: Force) -> Legality {
    match force {
        Force::Must => Legality::Legal,
        Force::Should => Legality::Illegal(&codes::PREFERENCE, Effect::Conduct),
        Force::Hardened => Legality::Approximate(&codes::HARDENED, Effect::NARROWS),
        Force::Advisory => Legality::Approximate(&codes::WAS_ADVISORY, Effect::NARROWS),
    }
}

/// Startup policies came with 7.5.
fn start_order(release: Release, wait: Wait) -> Legality {
    let held = match release {
        Release::R2024_3 | Release::R7_3 => false,
        Release::R7_5 | Release::R7_5_1 | Release::R7_6 => true,
    };
    if !held {
        return Legality::Illegal(&codes::NO_START_ORDER, Effect::Conduct);
    }
    if wait.delay_seconds > u32::from(StartSeconds::LAST.get()) {
        return Legality::Approximate(&codes::DELAY_CUT, Effect::Conduct);
    }
    match wait.until {
        Until::PoweredOn => Legality::Legal,
        Until::GuestHeartbeat | Until::ApplicationHeartbeat => {
            Legality::Approximate(&codes::READINESS_DIFFERS, Effect::Conduct)
        }
    }
}

const fn drift(missing: Missing) -> Effect {
    match missing {
        Missing::Machines => Effect::BROADENS,
        Missing::PreferredMachines => Effect::Conduct,
        Missing::AllowedHosts | Missing::ForbiddenHosts => Effect::NARROWS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Drift, Level};

    fn answers(release: Release) -> Vec<(&'static str, Legality)> {
        let target = Target::of(release);
        SAMPLES
            .iter()
            .map(|(name, sample)| (*name, legality(target, sample)))
            .collect()
    }

    #[test]
    fn a_dropped_requirement_is_an_error() {
        for what in [
            Use::NoHostLeft { partly: false },
            Use::AllMissing(Force::Must),
            Use::HostsUntold,
            Use::Together(Force::Must),
            Use::UnknownRule,
        ] {
            let Legality::Illegal(_, effect) = legality(Target::default(), &what) else {
                panic!("{what:?} is held");
            };
            assert_eq!(effect.level(), Level::Error, "{what:?}");
        }
    }

    #[test]
    fn start_orders_came_with_7_5() {
        for release in Release::ALL {
            let held = matches!(
                legality(Target::of(release), &Use::StartAfter(NOW)),
                Legality::Legal
            );
            assert_eq!(held, release >= Release::R7_5, "{release:?}");
        }
    }

    #[test]
    fn nothing_is_lost_without_an_effect() {
        for release in Release::ALL {
            for (name, answer) in answers(release) {
                match answer {
                    Legality::Legal => {}
                    Legality::Approximate(_, effect) | Legality::Illegal(_, effect) => {
                        assert_ne!(effect, Effect::Admission(Drift::Preserves), "{name}");
                    }
                }
            }
        }
    }
}
