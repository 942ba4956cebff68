//! Whether the rules of a cluster can all be kept: 96 hosts, growing numbers of machines.
//!
//! `cargo bench -p rehome-bench --bench placement`. The budget is 50 ms for 8,000 machines.

use divan::Bencher;
use rehome::check::placement::check;
use rehome::finding::Findings;
use rehome::ir::inventory::{Cluster, Host, Vm};
use rehome::ir::placement::{HostGroup, PlacementRule, RuleKind, Strength, VmGroup};
use rehome::ir::{Id, Ident, Link, Linked, Policy};
use rehome::source::Origin;

fn main() {
    divan::main();
}

const HOSTS: usize = 96;

/// Two sites, licences on a few hosts, pairs that run together and sets of four that run apart.
fn estate(machines: usize) -> Policy<Linked> {
    let mut policy = Policy::default();
    let cluster = policy.inventory.clusters.push(Cluster {
        ident: ident("c"),
        aliases: Vec::new(),
    });
    let hosts: Vec<Id<Host<Linked>>> = (0..HOSTS)
        .map(|at| {
            policy.inventory.hosts.push(Host {
                ident: ident(&format!("host-{at}")),
                aliases: Vec::new(),
                cluster: Some(found(cluster)),
            })
        })
        .collect();
    let vms: Vec<Id<Vm<Linked>>> = (0..machines)
        .map(|at| {
            policy.inventory.vms.push(Vm {
                ident: ident(&format!("vm-{at}")),
                aliases: Vec::new(),
                tags: Vec::new(),
                addresses: None,
                segments: Vec::new(),
                os_name: None,
                computer_name: None,
                host: None,
                cluster: Some(found(cluster)),
            })
        })
        .collect();
    let half = hosts.len() / 2;
    let (left, right) = hosts.split_at(half);
    let (first, second) = vms.split_at(vms.len() / 2);
    for (name, vms, hosts) in [("left", first, left), ("right", second, right)] {
        tie(&mut policy, cluster, name, Strength::Should, vms, hosts);
    }
    for (at, vms) in vms.chunks(100).step_by(8).enumerate() {
        let licensed: Vec<Id<Host<Linked>>> =
            hosts.iter().skip(at % 8).step_by(8).copied().collect();
        tie(
            &mut policy,
            cluster,
            &format!("licence-{at}"),
            Strength::Must,
            vms,
            &licensed,
        );
    }
    for (at, set) in vms.chunks(4).enumerate() {
        let list = |vms: &[Id<Vm<Linked>>]| vms.iter().map(|vm| found(*vm)).collect();
        if at % 4 == 0 {
            let pair = set.get(..2).unwrap_or(set);
            rule(
                &mut policy,
                cluster,
                &format!("near-{at}"),
                Strength::Should,
                RuleKind::Together(list(pair)),
            );
        } else {
            rule(
                &mut policy,
                cluster,
                &format!("apart-{at}"),
                Strength::Must,
                RuleKind::Apart(list(set)),
            );
        }
    }
    policy
}

fn tie(
    policy: &mut Policy<Linked>,
    cluster: Id<Cluster>,
    name: &str,
    strength: Strength,
    vms: &[Id<Vm<Linked>>],
    hosts: &[Id<Host<Linked>>],
) {
    let vms = policy.placement.vm_groups.push(VmGroup {
        ident: ident(&format!("{name}-vms")),
        cluster: Some(found(cluster)),
        vms: vms.iter().map(|vm| found(*vm)).collect(),
    });
    let hosts = policy.placement.host_groups.push(HostGroup {
        ident: ident(&format!("{name}-hosts")),
        cluster: Some(found(cluster)),
        hosts: hosts.iter().map(|host| found(*host)).collect(),
    });
    let kind = RuleKind::RunOn {
        vms: found(vms),
        hosts: found(hosts),
    };
    rule(policy, cluster, name, strength, kind);
}

fn rule(
    policy: &mut Policy<Linked>,
    cluster: Id<Cluster>,
    name: &str,
    strength: Strength,
    kind: RuleKind<Linked>,
) {
    let age = i64::try_from(policy.placement.rules.len()).ok();
    policy.placement.rules.push(PlacementRule {
        ident: ident(name),
        cluster: Some(found(cluster)),
        age,
        kind,
        strength,
        enabled: true,
        unread: Vec::new(),
    });
}

fn ident(id: &str) -> Ident {
    Ident {
        id: id.to_owned(),
        name: id.to_owned(),
        origin: Origin::default(),
    }
}

fn found<T>(id: Id<T>) -> Link<T> {
    Link::Found(id, Origin::default())
}

#[divan::bench(args = [1_000, 8_000], sample_count = 10, sample_size = 1)]
fn feasibility(bencher: Bencher<'_, '_>, machines: usize) {
    let policy = estate(machines);
    bencher.bench(|| {
        let mut findings = Findings::new();
        check(&policy, &mut findings);
        findings
    });
}
