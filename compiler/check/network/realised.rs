//! Groups whose members, as the source platform computed them, are not those that follow from their
//! expressions and the inventory.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::inventory::Vm;
use crate::ir::network::Group;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Link, Linked, Policy};
use crate::semantics::endpoints::VmId;
use crate::semantics::{Endpoints, Membership, VmSet};

/// How many members are named.
const FEW: usize = 5;

/// Reports each difference, with its direction. Groups of which no export lists members are left.
pub(super) fn check(policy: &Policy<Linked>, membership: &Membership, findings: &mut Findings) {
    for (id, group) in policy.network.groups.iter() {
        let Some(realised) = &group.realised else {
            continue;
        };
        if let Some(listed) = &realised.vms {
            let members = machines(policy, membership, id, listed);
            report(group, "machines", &members, findings);
        }
        if let Some(listed) = &realised.addresses {
            let members = addresses(policy, membership, id, listed);
            report(group, "addresses", &members, findings);
        }
    }
}

/// What one side has and the other lacks, by name.
#[derive(Default)]
struct Difference {
    /// Listed by the source platform, and not members by expression and inventory.
    missing: Vec<String>,
    /// Members by expression and inventory, and not listed.
    extra: Vec<String>,
}

fn machines(
    policy: &Policy<Linked>,
    membership: &Membership,
    id: Id<Group<Linked>>,
    listed: &[Link<Vm<Linked>>],
) -> Difference {
    let group = &policy.network.groups[id];
    let there: VmSet = listed.iter().filter_map(Link::found).collect();
    // A machine that belongs by an address alone is listed by some releases and not by others.
    let by_nature = membership.machines(policy, &group.members);
    let by_any = &membership.group(id).possible;
    let name = |vm| format!("`{}`", policy.inventory.vms[vm].ident.name);
    let belongs = |vm| {
        by_nature.possible.vms.contains(vm)
            || by_any.vms.contains(vm)
            || by_any.split.contains_key(&vm)
    };
    let unknown = listed.iter().filter_map(|link| match link {
        Link::Found(..) => None,
        Link::Missing(name) => Some(format!("`{}` (in no inventory)", name.text)),
    });
    let missing = there.iter().filter(|vm| !belongs(*vm)).map(name);
    let sure = by_nature.sure.vms;
    Difference {
        missing: missing.chain(unknown).collect(),
        extra: sure.difference(&there).iter().map(name).collect(),
    }
}

fn addresses(
    policy: &Policy<Linked>,
    membership: &Membership,
    id: Id<Group<Linked>>,
    listed: &AddressSet,
) -> Difference {
    let members = membership.group(id);
    let held = |vm: VmId| policy.inventory.vms[vm].addresses.as_ref();
    let of = |set: &Endpoints| {
        let mut all = set.addresses.clone();
        for vm in set.vms.iter() {
            all = held(vm).map_or(all.clone(), |address| all.union(address));
        }
        for address in set.split.values() {
            all = all.union(address);
        }
        all
    };
    let told = members.possible.vms.iter().all(|vm| held(vm).is_some());
    let lines = |set: AddressSet| set.parts().map(|part| format!("`{part}`")).collect();
    Difference {
        missing: if told {
            lines(listed.difference(&of(&members.possible)))
        } else {
            Vec::new()
        },
        extra: lines(of(&members.sure).difference(listed)),
    }
}

fn report(group: &Group<Linked>, what: &str, of: &Difference, findings: &mut Findings) {
    let name = &group.ident.name;
    let mut say = |names: &[String], means: &str, why: &str| {
        if names.is_empty() {
            return;
        }
        let shown = names.iter().take(FEW).cloned().collect::<Vec<_>>();
        let more = match names.len().saturating_sub(FEW) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "group `{name}` means {means} here than on the source: {why}; {what}: {}{more} ({} in all)",
            shown.join(", "),
            names.len()
        );
        let code = &codes::check_network::MEMBERS_DIFFER;
        findings.push(Finding::new(code, Domain::Network, message).about(group.ident.subject()));
    };
    let less = "the source platform lists members that do not follow from expression and inventory";
    let more =
        "members follow from expression and inventory that the source platform does not list";
    say(&of.missing, "less", less);
    say(&of.extra, "more", more);
}
