//! Rules that map addresses out of their subnet, and gateways outside theirs.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::recovery::{AddressChange, AddressRule, NetworkMapping, NicSettings, VmRecovery};
use crate::ir::{Linked, Policy};
use rehome_grammar::text::{self, IpBlock};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reports rules to smaller subnets, and gateways that are not beside the addresses.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for mapping in &policy.recovery.networks {
        for rule in &mapping.rules {
            leaves(mapping, rule, findings);
            rule_gateways(mapping, rule, findings);
        }
    }
    for vm in policy.recovery.plans.iter().flat_map(|plan| &plan.vms) {
        nic_gateways(vm, findings);
    }
}

/// Where a rule leads an address: the same place counted from the start of the subnet.
///
/// Nothing for an address outside the rule, and for subnets of two versions.
pub(super) fn mapped(rule: &AddressRule, address: IpAddr) -> Option<IpAddr> {
    match (rule.from, rule.to, address) {
        (IpBlock::V4 { first, last }, IpBlock::V4 { first: to, .. }, IpAddr::V4(address)) => {
            let at = address.to_bits();
            let inside = (first..=last).contains(&at);
            let there = to.checked_add(at.checked_sub(first)?)?;
            inside.then(|| Ipv4Addr::from_bits(there).into())
        }
        (IpBlock::V6 { first, last }, IpBlock::V6 { first: to, .. }, IpAddr::V6(address)) => {
            let at = address.to_bits();
            let inside = (first..=last).contains(&at);
            let there = to.checked_add(at.checked_sub(first)?)?;
            inside.then(|| Ipv6Addr::from_bits(there).into())
        }
        (IpBlock::V4 { .. } | IpBlock::V6 { .. }, _, _) => None,
    }
}

/// Whether an address is in a block.
pub(super) fn holds(block: IpBlock, address: IpAddr) -> bool {
    match (block, address) {
        (IpBlock::V4 { first, last }, IpAddr::V4(address)) => {
            (first..=last).contains(&address.to_bits())
        }
        (IpBlock::V6 { first, last }, IpAddr::V6(address)) => {
            (first..=last).contains(&address.to_bits())
        }
        (IpBlock::V4 { .. } | IpBlock::V6 { .. }, _) => false,
    }
}

fn leaves(mapping: &NetworkMapping<Linked>, rule: &AddressRule, findings: &mut Findings) {
    let last: IpAddr = match rule.from {
        IpBlock::V4 { last, .. } => Ipv4Addr::from_bits(last).into(),
        IpBlock::V6 { last, .. } => Ipv6Addr::from_bits(last).into(),
    };
    let there = mapped(rule, last);
    if there.is_some_and(|there| holds(rule.to, there)) {
        return;
    }
    let becomes = there.map_or_else(|| "nothing".to_owned(), |there| format!("`{there}`"));
    let message = format!(
        "address rule `{}` of network mapping `{}` maps `{}` to the smaller `{}`: `{last}` would become {becomes}",
        rule.name, mapping.ident.name, rule.from, rule.to
    );
    let code = &codes::check_recovery::RULE_LEAVES_SUBNET;
    findings.push(
        Finding::new(code, Domain::Recovery, message)
            .at(rule.origin, rule.name.clone())
            .about(mapping.ident.subject()),
    );
}

fn rule_gateways(mapping: &NetworkMapping<Linked>, rule: &AddressRule, findings: &mut Findings) {
    for gateway in &rule.settings.gateways {
        if holds(rule.to, *gateway) {
            continue;
        }
        let message = format!(
            "gateway `{gateway}` of address rule `{}` of network mapping `{}` is not in `{}`",
            rule.name, mapping.ident.name, rule.to
        );
        let code = &codes::check_recovery::GATEWAY_OUTSIDE;
        findings.push(
            Finding::new(code, Domain::Recovery, message)
                .at(rule.origin, rule.name.clone())
                .about(mapping.ident.subject()),
        );
    }
}

fn nic_gateways(vm: &VmRecovery<Linked>, findings: &mut Findings) {
    let AddressChange::Manual(nics) = &vm.addresses else {
        return;
    };
    for nic in nics {
        let subnets = subnets(&nic.recovery);
        for gateway in &nic.recovery.gateways {
            let same = |block: &&IpBlock| matches!(block, IpBlock::V4 { .. }) == gateway.is_ipv4();
            let mut beside = subnets.iter().filter(same).peekable();
            if beside.peek().is_none() || beside.any(|block| holds(*block, *gateway)) {
                continue;
            }
            let message = format!(
                "gateway `{gateway}` of NIC {} of machine `{}` is in none of its subnets",
                nic.device, vm.ident.name
            );
            let code = &codes::check_recovery::GATEWAY_OUTSIDE;
            findings.push(
                Finding::new(code, Domain::Recovery, message)
                    .at(nic.origin, gateway.to_string())
                    .about(vm.ident.subject()),
            );
        }
    }
}

/// The subnets of a NIC whose prefix is told.
fn subnets(nic: &NicSettings) -> Vec<IpBlock> {
    nic.addresses
        .iter()
        .filter_map(|address| {
            let prefix = if address.is_ipv4() {
                nic.prefix
            } else {
                nic.prefix_v6
            };
            let read = text::address(&format!("{address}/{}", prefix?)).ok()?;
            Some(read.block)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn rule(from: &str, to: &str) -> AddressRule {
        let block = |text: &str| text::address(text).unwrap().block;
        AddressRule {
            origin: Origin::default(),
            name: "rule".to_owned(),
            from: block(from),
            to: block(to),
            settings: NicSettings::default(),
        }
    }

    #[test]
    fn a_rule_keeps_the_place_in_the_subnet() {
        let rule = rule("10.1.0.0/24", "10.9.3.0/24");
        let to = |text: &str| mapped(&rule, text.parse().unwrap()).map(|to| to.to_string());
        assert_eq!(to("10.1.0.7").as_deref(), Some("10.9.3.7"));
        assert_eq!(to("10.1.0.255").as_deref(), Some("10.9.3.255"));
        assert_eq!(to("10.1.1.0"), None);
        assert_eq!(to("10.0.255.255"), None);
        assert_eq!(to("fd00::7"), None);
    }

    #[test]
    fn the_end_of_the_address_space_is_no_wrap_around() {
        let rule = rule("10.0.0.0/8", "255.255.255.0/24");
        assert_eq!(mapped(&rule, "10.9.9.9".parse().unwrap()), None);
    }
}
