//! Network mappings: one object in every plan that has a machine on the network.

use super::super::say::tick;
use super::super::table::recovery::{Rule, TestNetwork as Test, Use};
use super::super::{Case, Construct, Kind, Ledger};
use super::estate::{Estate, add, whole};
use super::order::VmId;
use crate::ir::inventory::Segment;
use crate::ir::recovery::{AddressRule, NetworkMapping, NicSettings, RecoveryPlan, TestNetwork};
use crate::ir::set::{AddressSet, v4_prefix};
use crate::ir::{Id, Linked};
use crate::plan::nutanix::ObjectId;
use crate::plan::nutanix::recovery::{Gateway, NetworkConfig, SubnetName};
use rehome_grammar::text::IpBlock;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// A mapping in one plan.
#[derive(Debug)]
pub(super) struct Mapped<'policy> {
    /// Its place among all mappings.
    pub(super) at: usize,
    /// The mapping.
    pub(super) mapping: &'policy NetworkMapping<Linked>,
    /// The network at the protected site, where it is known.
    pub(super) segment: Option<Id<Segment>>,
    /// The rule that the target holds, if there is one.
    pub(super) rule: Option<&'policy AddressRule>,
    /// Whether static addresses follow the network.
    pub(super) enabled: bool,
    /// The network of tests.
    pub(super) test: String,
    /// Whether somebody must make the network of tests.
    pub(super) to_make: bool,
    /// Whether the plan itself names the network of tests.
    pub(super) by_plan: bool,
    /// Its object, once it is made.
    pub(super) object: Option<ObjectId>,
}

/// The mappings that the machines of a plan need.
pub(super) fn needed<'policy>(
    estate: &Estate<'policy>,
    plan: &'policy RecoveryPlan<Linked>,
    vms: &BTreeSet<VmId>,
) -> Vec<Mapped<'policy>> {
    let mut on = BTreeSet::new();
    let mut unknown = false;
    for vm in vms {
        match estate.mapped(*vm) {
            Some(places) => on.extend(places),
            None => unknown = true,
        }
    }
    estate
        .policy()
        .recovery
        .networks
        .iter()
        .enumerate()
        .filter(|(at, mapping)| unknown || on.contains(at) || mapping.protected.found().is_none())
        .map(|(at, mapping)| in_plan(estate, plan, at, mapping))
        .filter(|mapped| configs(mapped).is_some())
        .collect()
}

fn in_plan<'policy>(
    estate: &Estate<'_>,
    plan: &'policy RecoveryPlan<Linked>,
    at: usize,
    mapping: &'policy NetworkMapping<Linked>,
) -> Mapped<'policy> {
    let own = plan.test_networks.iter().find(|own| is_for(own, mapping));
    let named = match own {
        Some(own) => own.test_name.as_deref(),
        None => mapping.test_name.as_deref(),
    };
    let rule = held_rule(mapping);
    Mapped {
        at,
        mapping,
        segment: mapping.protected.found(),
        rule,
        enabled: rule.is_some() && estate.has_v4_plans(),
        test: named.map_or_else(|| isolated(&mapping.recovery_name), str::to_owned),
        to_make: named.is_none(),
        by_plan: own.is_some(),
        object: None,
    }
}

/// Whether a test network of a plan stands for the network a mapping leads to.
fn is_for(own: &TestNetwork<Linked>, mapping: &NetworkMapping<Linked>) -> bool {
    own.recovery_name == mapping.recovery_name
}

/// The name of a test network that somebody must make.
fn isolated(recovery: &str) -> String {
    let kept: String = recovery.chars().take(200).collect();
    format!("isolated test of {kept}")
}

/// The rule that the target holds: the only one of its network, between subnets of one size.
fn held_rule(mapping: &NetworkMapping<Linked>) -> Option<&AddressRule> {
    match mapping.rules.as_slice() {
        [rule] if kind(rule, 1) == Rule::SameSize => Some(rule),
        _ => None,
    }
}

/// How a rule comes out that is one of so many.
fn kind(rule: &AddressRule, of: usize) -> Rule {
    match (rule.from, rule.to) {
        (IpBlock::V6 { .. }, _) | (_, IpBlock::V6 { .. }) => Rule::Ipv6,
        (IpBlock::V4 { .. }, IpBlock::V4 { .. }) if of > 1 => Rule::OneOfSeveral,
        (from @ IpBlock::V4 { .. }, to @ IpBlock::V4 { .. }) => match (subnet(from), subnet(to)) {
            (Some((_, one)), Some((_, other))) if one == other => Rule::SameSize,
            (Some(_) | None, _) => Rule::OtherSize,
        },
    }
}

/// A block as the first address of a subnet and the length of its prefix, where it is a subnet.
pub(super) fn subnet(block: IpBlock) -> Option<(u32, u8)> {
    match block {
        IpBlock::V4 { first, last } => Some((first, v4_prefix(first, last)?)),
        IpBlock::V6 { .. } => None,
    }
}

/// The bodies' networks: protected, recovery, test; `None` when one has an impossible name.
pub(super) fn configs(mapped: &Mapped<'_>) -> Option<[NetworkConfig; 3]> {
    let config = |name: &str, gateway| {
        Some(NetworkConfig {
            subnet: SubnetName::new(name)?,
            gateway,
        })
    };
    let gateway = mapped.rule.and_then(gateway);
    Some([
        config(&mapped.mapping.protected_name, None)?,
        config(&mapped.mapping.recovery_name, gateway)?,
        config(&mapped.test, None)?,
    ])
}

/// The gateway a rule gives at the recovery site.
fn gateway(rule: &AddressRule) -> Option<Gateway> {
    let (_, prefix) = subnet(rule.to)?;
    Gateway::new(first_v4(&rule.settings.gateways)?, prefix)
}

fn first_v4(addresses: &[IpAddr]) -> Option<Ipv4Addr> {
    addresses.iter().find_map(|address| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    })
}

/// Settles every mapping; `used` are those that some plan took, by place, with whether a plan left
/// it to somebody to make its test network.
pub(super) fn settle(estate: &Estate<'_>, used: &[Option<bool>], ledger: &mut Ledger) {
    for (at, mapping) in estate.policy().recovery.networks.iter().enumerate() {
        let ident = &mapping.ident;
        let used = used.get(at).copied().flatten();
        let held = match used {
            _ if has_impossible_name(mapping) => estate.answer(&Use::NetworkName).lower(
                || {
                    Case::new(
                        ident.subject(),
                        format!(
                            "SRM maps network {} to {}; Nutanix takes subnet names of 1 to 256 characters",
                            tick(&mapping.protected_name),
                            tick(&mapping.recovery_name)
                        ),
                    )
                },
                || (),
            ),
            None => estate.answer(&Use::MappingUnused).lower(
                || {
                    Case::new(
                        ident.subject(),
                        format!(
                            "SRM maps network {} to {}; no machine of a plan is known to be on it, and Nutanix keeps mappings inside plans",
                            tick(&mapping.protected_name),
                            tick(&mapping.recovery_name)
                        ),
                    )
                },
                || (),
            ),
            Some(to_make) => losses(estate, mapping, to_make),
        };
        held.settle(Construct::new(Kind::Mapping, &ident.id), ledger);
    }
    for mapping in &estate.policy().recovery.other_mappings {
        estate
            .answer(&Use::OtherMapping)
            .lower(
                || {
                    Case::new(
                        mapping.ident.subject(),
                        format!(
                            "SRM maps the {} {}; Nutanix places recovered machines by cluster",
                            mapping.what,
                            tick(&mapping.ident.name)
                        ),
                    )
                },
                || (),
            )
            .settle(Construct::new(Kind::Mapping, &mapping.ident.id), ledger);
    }
}

/// Whether the target cannot take a name of a mapping.
fn has_impossible_name(mapping: &NetworkMapping<Linked>) -> bool {
    let names = [&mapping.protected_name, &mapping.recovery_name];
    let test = mapping.test_name.iter();
    names
        .into_iter()
        .chain(test)
        .any(|name| SubnetName::new(name).is_none())
}

fn losses(
    estate: &Estate<'_>,
    mapping: &NetworkMapping<Linked>,
    to_make: bool,
) -> super::Lowered<()> {
    let subject = || mapping.ident.subject();
    let mut held = whole();
    for rule in &mapping.rules {
        let kind = kind(rule, mapping.rules.len());
        held = add(held, estate.answer(&Use::AddressRule(kind)), || {
            let why = match kind {
                Rule::SameSize => {
                    "networks, and whether static addresses follow them is written nowhere for this release"
                }
                Rule::OtherSize => "subnets of one size only",
                Rule::OneOfSeveral => "one subnet a network, and this one has several",
                Rule::Ipv6 => "IPv4 only",
            };
            Case::new(
                subject(),
                format!(
                    "SRM rule {} maps {} to {} on network {}; Nutanix maps {why}",
                    tick(&rule.name),
                    words(rule.from),
                    words(rule.to),
                    tick(&mapping.protected_name)
                ),
            )
        });
        let mut settings = rule.settings.clone();
        if kind == Rule::SameSize {
            // The first gateway is part of the mapping.
            settings.gateways = settings.gateways.into_iter().skip(1).collect();
        }
        if !detail(&settings).is_empty() {
            held = add(held, estate.answer(&Use::AddressDetail), || {
                Case::new(
                    subject(),
                    format!(
                        "SRM rule {} sets {}; a Nutanix network mapping has one gateway and nothing else",
                        tick(&rule.name),
                        detail(&settings)
                    ),
                )
            });
        }
    }
    if to_make {
        held = add(
            held,
            estate.answer(&Use::TestNetwork(Test::Isolated)),
            || make_case(mapping.ident.subject(), &mapping.recovery_name),
        );
    }
    held
}

fn make_case(subject: crate::finding::Subject, recovery: &str) -> Case {
    let name = isolated(recovery);
    Case::new(
        subject,
        format!(
            "SRM makes an isolated network for tests of {} by itself; Nutanix needs a subnet, and the mapping names {}, which is to be made",
            tick(recovery),
            tick(&name)
        ),
    )
    .target(name)
}

/// A block as people write it.
fn words(block: IpBlock) -> String {
    AddressSet::from_blocks([block]).to_string()
}

/// What a machine or rule sets besides an address and a gateway, in words.
pub(super) fn detail(settings: &NicSettings) -> String {
    let mut parts = Vec::new();
    let join = |list: &[IpAddr]| {
        list.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !settings.gateways.is_empty() {
        parts.push(format!("gateways {}", join(&settings.gateways)));
    }
    if !settings.dns.is_empty() {
        parts.push(format!("DNS servers {}", join(&settings.dns)));
    }
    if !settings.suffixes.is_empty() {
        parts.push(format!("DNS suffixes {}", settings.suffixes.join(", ")));
    }
    if !settings.wins.is_empty() {
        parts.push(format!("WINS servers {}", join(&settings.wins)));
    }
    parts.join("; ")
}

/// Settles the test networks of a plan.
pub(super) fn settle_tests(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    mapped: &[Mapped<'_>],
    ledger: &mut Ledger,
) {
    for own in &plan.test_networks {
        let TestNetwork {
            ident,
            recovery: _,
            recovery_name,
            test_name,
        } = own;
        let kind = match (
            mapped.iter().any(|mapped| is_for(own, mapped.mapping)),
            test_name,
        ) {
            (false, _) => Test::Unused,
            (true, Some(_)) => Test::Named,
            (true, None) => Test::Isolated,
        };
        estate
            .answer(&Use::TestNetwork(kind))
            .lower(
                || match kind {
                    Test::Isolated => make_case(ident.subject(), recovery_name),
                    Test::Named | Test::Unused => Case::new(
                        ident.subject(),
                        format!(
                            "SRM plan {} has a test network for {}; no Nutanix mapping of the plan leads there",
                            tick(&plan.ident.name),
                            tick(recovery_name)
                        ),
                    ),
                },
                || (),
            )
            .settle(Construct::new(Kind::Mapping, &ident.id), ledger);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehome_grammar::text::address;

    #[test]
    fn a_block_is_a_subnet_when_it_is_one() {
        for (text, prefix) in [
            ("10.1.0.0/24", Some(24)),
            ("10.1.0.7", Some(32)),
            ("0.0.0.0/0", Some(0)),
            ("10.1.0.0-10.1.0.2", None),
            ("10.1.0.1-10.1.0.2", None),
            ("10.1.0.128-10.1.1.127", None),
        ] {
            let block = address(text).unwrap().block;
            assert_eq!(subnet(block).map(|(_, prefix)| prefix), prefix, "{text}");
        }
    }
}
