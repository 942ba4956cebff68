//! A portable policy beside exports: what it holds is added.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::{Enforcement, Fallback};
use crate::ir::{Inventory, Named, Network, Placement, Policy, Recovery, Table};
use crate::source::Origin;

/// Adds a policy to another. Objects that both hold are told apart when names are resolved; of what
/// an estate has once, what was said first is used.
pub(super) fn merge(policy: &mut Policy<Named>, more: Policy<Named>, findings: &mut Findings) {
    let Policy {
        network,
        placement,
        recovery,
        inventory,
    } = more;
    merge_network(&mut policy.network, network, findings);
    let Placement {
        vm_groups,
        host_groups,
        rules,
        settings,
    } = placement;
    append(&mut policy.placement.vm_groups, vm_groups);
    append(&mut policy.placement.host_groups, host_groups);
    policy.placement.rules.extend(rules);
    policy.placement.settings.extend(settings);
    let Recovery {
        groups,
        plans,
        networks,
        other_mappings,
    } = recovery;
    append(&mut policy.recovery.groups, groups);
    policy.recovery.plans.extend(plans);
    policy.recovery.networks.extend(networks);
    policy.recovery.other_mappings.extend(other_mappings);
    let Inventory {
        vms,
        hosts,
        clusters,
        segments,
    } = inventory;
    append(&mut policy.inventory.vms, vms);
    append(&mut policy.inventory.hosts, hosts);
    append(&mut policy.inventory.clusters, clusters);
    append(&mut policy.inventory.segments, segments);
}

fn merge_network(network: &mut Network<Named>, more: Network<Named>, findings: &mut Findings) {
    let Network {
        groups,
        services,
        sections,
        exclusions,
        enforcement,
        fallback,
        uninterpreted,
        shipped,
    } = more;
    append(&mut network.groups, groups);
    append(&mut network.services, services);
    network.sections.extend(sections);
    network.exclusions.extend(exclusions);
    network.uninterpreted.extend(uninterpreted);
    network.shipped.extend(shipped);
    match (network.enforcement, enforcement) {
        (Enforcement::Unsaid, said) => network.enforcement = said,
        (Enforcement::On(first), Enforcement::Off(second))
        | (Enforcement::Off(first), Enforcement::On(second)) => {
            findings.push(differ(
                "whether the firewall is on",
                "firewall",
                first,
                second,
            ));
        }
        (Enforcement::On(_) | Enforcement::Off(_), Enforcement::Unsaid)
        | (Enforcement::On(_), Enforcement::On(_))
        | (Enforcement::Off(_), Enforcement::Off(_)) => {}
    }
    match (network.fallback, fallback) {
        (Fallback::Unknown, known) => network.fallback = known,
        (Fallback::Rule(first), Fallback::Rule(second))
            if id_at(network, first) != id_at(network, second) =>
        {
            findings.push(differ(
                "which rule is the last",
                "default rule",
                first,
                second,
            ));
        }
        (Fallback::Rule(_), Fallback::Rule(_) | Fallback::Unknown) => {}
    }
}

/// The id of the rule that stands at a place.
fn id_at(network: &Network<Named>, origin: Origin) -> Option<&str> {
    let mut rules = network.sections.iter().flat_map(|section| &section.rules);
    let rule = rules.find(|rule| rule.ident.origin == origin);
    rule.map(|rule| rule.ident.id.as_str())
}

fn differ(what: &str, id: &str, first: Origin, second: Origin) -> Finding {
    let message = format!("the input says in two ways {what}; the first is used");
    Finding::new(&codes::read::DUPLICATE_OBJECT, Domain::Network, message)
        .at(second, id)
        .at(first, id)
}

fn append<T>(table: &mut Table<T>, more: Table<T>) {
    for item in more.into_vec() {
        table.push(item);
    }
}
