//! What happens to a flow that no rule matches: which rule says so.

use super::known::SCHEMA;
use crate::finding::{Finding, Findings, codes};
use crate::ir::Named;
use crate::ir::network::{
    Action, Direction, Fallback, IpVersion, Network, PeerSet, Peers, Rule, Section, Tier,
};
use crate::ir::service::Services;

/// Names the default rule, or says that no export has it.
pub(super) fn fallback(network: &Network<Named>, findings: &mut Findings) -> Fallback {
    if network.sections.is_empty() {
        return Fallback::Unknown;
    }
    let found = shipped(network).or_else(|| catching(network));
    if let Some(rule) = found {
        return Fallback::Rule(rule.ident.origin);
    }
    let message = "the exports hold NSX policies and no default rule: what happens to traffic that \
                   no rule matches is not known";
    let code = &codes::read_network::NO_DEFAULT_RULE;
    findings.push(Finding::new(code, SCHEMA.domain, message));
    Fallback::Unknown
}

/// The rule that the product ships at the end of the Application category.
fn shipped(network: &Network<Named>) -> Option<&Rule<Named>> {
    rules(network)
        .filter(|(section, rule)| section.tier != Tier::Ethernet && rule.is_default)
        .filter(|(section, _)| is_everywhere(section))
        .map(|(_, rule)| rule)
        .find(|rule| is_total(rule))
}

/// Where the product's own rule is not in the exports: a rule that matches everything, and that
/// every flow reaches which no rule matches before. Rules of the Environment category can be jumped
/// over, so one there counts only when nothing jumps.
fn catching(network: &Network<Named>) -> Option<&Rule<Named>> {
    let jumps = rules(network).any(|(_, rule)| rule.action == Action::Jump && rule.enabled);
    rules(network)
        .filter(|(section, rule)| {
            let reached = match section.tier {
                Tier::Ethernet => false,
                Tier::Application => true,
                Tier::Emergency | Tier::Infrastructure | Tier::Environment => !jumps,
            };
            reached && is_everywhere(section) && is_total(rule)
        })
        // The first decides, and leaves nothing to the others.
        .min_by_key(|(section, rule)| (section.tier, section.sequence, rule.sequence))
        .map(|(_, rule)| rule)
}

fn rules(network: &Network<Named>) -> impl Iterator<Item = (&Section<Named>, &Rule<Named>)> {
    network
        .sections
        .iter()
        .flat_map(|section| section.rules.iter().map(move |rule| (section, rule)))
}

/// Whether a rule matches every flow, wherever it comes from and goes to.
pub(in crate::front) fn is_about_everything(section: &Section<Named>, rule: &Rule<Named>) -> bool {
    section.tier != Tier::Ethernet && is_everywhere(section) && is_total(rule)
}

fn is_everywhere(section: &Section<Named>) -> bool {
    section.applied_to.is_none() && section.schedule.is_none() && section.unread.is_empty()
}

fn is_total(rule: &Rule<Named>) -> bool {
    let everybody = |peers: &Peers<Named>| {
        !peers.negated
            && match peers.set {
                PeerSet::Any => true,
                PeerSet::Of(_) => false,
            }
    };
    let every_service = match rule.services {
        Services::Any => true,
        Services::Of(_) => false,
    };
    rule.enabled
        && rule.action != Action::Jump
        && rule.broken.is_empty()
        && rule.unread.is_empty()
        && rule.profiles.is_empty()
        && every_service
        && rule.direction == Direction::Both
        && rule.ip == IpVersion::Both
        && everybody(&rule.source)
        && everybody(&rule.destination)
        && everybody(&rule.applied_to)
}
