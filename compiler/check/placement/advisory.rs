//! Rules that nobody enforces at the source: the scheduler is off, or only recommends.

use super::{cluster_name, cluster_of};
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings, count};
use crate::ir::placement::{PlacementRule, RuleKind, SettingKind};
use crate::ir::{Link, Linked, Policy};

/// Reports clusters whose rules are stored and not acted on.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for setting in &policy.placement.settings {
        if setting.vm.is_some() {
            continue;
        }
        let how = match &setting.what {
            SettingKind::SchedulerEnabled(false) => "is switched off",
            SettingKind::Automation(level) if level == "manual" => "only recommends",
            SettingKind::Automation(level) if level == "partiallyAutomated" => {
                "places machines when they start and later only recommends"
            }
            SettingKind::SchedulerEnabled(true)
            | SettingKind::Automation(_)
            | SettingKind::RestartEnabled(_)
            | SettingKind::RestartPriority(_)
            | SettingKind::Readiness { .. }
            | SettingKind::Other { .. } => continue,
        };
        let cluster = setting.cluster.as_ref().and_then(Link::found);
        let rules: Vec<&PlacementRule<Linked>> = policy
            .placement
            .rules
            .iter()
            .filter(|rule| rule.enabled && cluster_of(rule) == cluster)
            .filter(|rule| same_export(setting.cluster.is_some(), rule, &setting.ident.id))
            .filter(|rule| !matches!(rule.kind, RuleKind::StartAfter { .. } | RuleKind::Opaque(_)))
            .collect();
        if rules.is_empty() {
            continue;
        }
        let message = format!(
            "the scheduler of {} {how}, and nothing there enforces {} that {} on",
            cluster_name(policy, cluster),
            count(rules.len(), "placement rule"),
            if rules.len() == 1 { "is" } else { "are" }
        );
        let mut finding = Finding::new(&codes::NOT_ENFORCED, Domain::Placement, message)
            .about(setting.ident.subject());
        let subjects = rules.iter().map(|rule| rule.ident.subject());
        finding.subjects.extend(subjects);
        findings.push(finding);
    }
}

/// Where no export names the cluster, the ids of one export begin alike.
fn same_export(named: bool, rule: &PlacementRule<Linked>, setting: &str) -> bool {
    let prefix = |id: &str| id.split('/').next().map(str::to_owned);
    named || prefix(&rule.ident.id) == prefix(setting)
}
