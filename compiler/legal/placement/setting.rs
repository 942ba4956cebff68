//! Settings of clusters and machines: what the order of starts took up, and what nothing holds.

use super::super::say::tick;
use super::super::table::placement::Use;
use super::super::{Case, Construct, Kind, Ledger};
use super::estate::Estate;
use super::start::{self, Waits};
use crate::ir::placement::{RestartPriority, Setting, SettingKind};
use crate::ir::{Link, Linked};

/// Settles every setting.
pub(super) fn lower(estate: &Estate<'_>, waits: &Waits<'_>, ledger: &mut Ledger) {
    for setting in &estate.policy().placement.settings {
        let what = used(estate, waits, setting);
        estate
            .answer(&what)
            .lower(|| case(estate, setting, &what), || ())
            .settle(Construct::new(Kind::Setting, &setting.ident.id), ledger);
    }
}

/// What became of a setting in the order of starts, or that it has no part in it.
fn used(estate: &Estate<'_>, waits: &Waits<'_>, setting: &Setting<Linked>) -> Use {
    let unknown_vm = matches!(setting.vm, Some(Link::Missing(_)));
    match &setting.what {
        SettingKind::SchedulerEnabled(_) | SettingKind::Automation(_) => Use::Scheduler,
        SettingKind::RestartEnabled(_) => Use::Restart,
        SettingKind::RestartPriority(_) | SettingKind::Readiness { .. } if unknown_vm => {
            Use::OtherSetting
        }
        SettingKind::RestartPriority(RestartPriority::Disabled) => Use::NoRestart,
        SettingKind::RestartPriority(
            RestartPriority::Highest
            | RestartPriority::High
            | RestartPriority::Medium
            | RestartPriority::Low
            | RestartPriority::Lowest,
        ) => {
            let cluster = start::cluster_of_setting(estate, setting);
            match (waits.restart.orders(cluster), &setting.vm) {
                (false, _) => Use::RestartOrderUnused,
                (true, None) => Use::RestartDefault,
                (true, Some(_)) => Use::RestartOrder(start::AT_ONCE),
            }
        }
        SettingKind::Readiness { .. } => {
            if waits.ready.decides(estate, setting, &waits.awaited) {
                Use::Readiness(start::read(&setting.what, start::AT_ONCE))
            } else {
                Use::ReadinessUnused
            }
        }
        SettingKind::Other { key: _, value: _ } => Use::OtherSetting,
    }
}

fn case(estate: &Estate<'_>, setting: &Setting<Linked>, what: &Use) -> Case {
    let case = Case::new(
        setting.ident.subject(),
        format!(
            "vSphere sets {} for {}; {}",
            says(&setting.what),
            of_whom(estate, setting),
            target(estate, what)
        ),
    );
    let missing = setting.vm.as_ref().and_then(Link::missing);
    case.because_of(missing.map(|name| name.origin))
}

/// Whose setting it is.
fn of_whom(estate: &Estate<'_>, setting: &Setting<Linked>) -> String {
    match &setting.vm {
        Some(Link::Found(vm, _)) => format!("machine {}", tick(&estate.vm(*vm).name)),
        Some(Link::Missing(name)) => {
            format!("{}, which the exports do not tell", tick(&name.text))
        }
        None => match (
            &setting.cluster,
            estate.cluster_name(setting.cluster.as_ref()),
        ) {
            (_, Some(name)) => format!("cluster {}", tick(name)),
            (Some(Link::Missing(name)), None) => format!("cluster {}", tick(&name.text)),
            (Some(Link::Found(..)) | None, None) => "a cluster".to_owned(),
        },
    }
}

/// What is set, in words.
pub(crate) fn says(what: &SettingKind) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    match what {
        SettingKind::SchedulerEnabled(value) => format!("DRS {}", on(*value)),
        SettingKind::Automation(level) => format!("the automation level {}", tick(level)),
        SettingKind::RestartEnabled(value) => format!("HA {}", on(*value)),
        SettingKind::RestartPriority(priority) => {
            format!("the restart priority `{}`", start::priority_name(*priority))
        }
        SettingKind::Readiness {
            condition: _,
            delay_seconds: _,
        } => format!(
            "that a machine counts as started when it {}",
            start::words(start::read(what, start::AT_ONCE))
        ),
        SettingKind::Other { key, value } => format!("{} to {}", tick(key), tick(value)),
    }
}

/// What the target does about it, in words.
fn target(estate: &Estate<'_>, what: &Use) -> String {
    match what {
        Use::Scheduler => "the AHV scheduler has no such setting".to_owned(),
        Use::Restart => {
            "on AHV this is high availability of the cluster, which no policy holds".to_owned()
        }
        Use::NoRestart => "AHV can restart it when its host fails".to_owned(),
        Use::RestartOrderUnused => {
            "all machines of the cluster have the same priority, so AHV is given no order"
                .to_owned()
        }
        Use::RestartDefault => "the AHV startup policy orders the machines of today".to_owned(),
        Use::ReadinessUnused => "nothing waits for it, so AHV is given no condition".to_owned(),
        Use::RestartOrder(wait) | Use::Readiness(wait) => {
            start::target_words(estate.options().target, *wait)
        }
        Use::OtherSetting
        | Use::RunOn(_)
        | Use::KeepOff(_)
        | Use::NoHostLeft { .. }
        | Use::HardenedIntoNothing { .. }
        | Use::HostsUntold
        | Use::Apart(_)
        | Use::Together(_)
        | Use::Pinned
        | Use::StartAfter(_)
        | Use::StartCircle
        | Use::Disabled
        | Use::BindsNothing
        | Use::UnknownRule
        | Use::UnreadKey
        | Use::AllMissing(_)
        | Use::MembersMissing(_)
        | Use::Group { .. } => "no AHV policy holds it".to_owned(),
    }
}
