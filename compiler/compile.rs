//! The compilation as one value: sources in, policy, findings and files out.

use crate::back::{self, Files};
use crate::finding::{Domain, Fate, Finding, Findings, Subject, codes};
use crate::ir::{Ident, Linked, Policy};
use crate::legal::{self, Construct, Kind, Ledger, Options, Tally};
use crate::semantics::membership::Membership;
use crate::source::Sources;
use crate::verify::comparison::Comparison;
use crate::verify::network::Proof;
use crate::verify::premise::Premises;
use crate::{check, front, link, verify};
use std::collections::BTreeMap;

/// Everything one run found out.
#[derive(Debug)]
pub struct Outcome {
    /// The policy.
    pub policy: Policy<Linked>,
    /// Everything the user must know, sorted.
    pub findings: Findings,
    /// What became of each construct.
    pub fates: BTreeMap<Construct, Fate>,
    /// How many constructs ended how.
    pub tally: Tally,
    /// The files for the target and the portable policy; without reports.
    pub files: Files,
    /// What the emitted firewall admits, compared with the source.
    pub proof: Proof,
    /// What the verdicts about the firewall rest on.
    pub premises: Premises,
    /// The placements that the emitted files admit, compared with the source.
    pub placement: Comparison,
    /// The recoveries that the emitted files admit, compared with the source.
    pub recovery: Comparison,
}

/// Compiles exports that were read as trees.
#[must_use]
pub fn compile(sources: &Sources, options: &Options, mut findings: Findings) -> Outcome {
    let named = front::read(sources, &mut findings);
    let policy = link::link(named, sources, &mut findings);
    let membership = Membership::of(&policy);
    // What is told about the source does not wait for the target.
    let of_source = || {
        let mut findings = Findings::new();
        check::check(&policy, &membership, &mut findings);
        let premises = Premises::of(&policy, &membership);
        (findings, premises, back::portable::emit(&policy, sources))
    };
    let of_target = || {
        let mut ledger = Ledger::new();
        let plan = legal::legalise(&policy, options, &mut ledger);
        let closed = ledger.close(constructs(&policy));
        let files = back::nutanix::emit(&plan, sources);
        (plan, closed, files)
    };
    let ((checked, premises, portable), (plan, closed, mut files)) =
        rayon::join(of_source, of_target);
    findings.extend(checked);
    findings.extend(closed.findings);
    legal::mapping::check(&policy, &options.mapping, plan.plan(), &mut findings);
    match portable {
        Ok(portable) => files.extend(portable),
        Err(reason) => findings.push(Finding::new(
            &codes::fault::PORTABLE_FAILED,
            Domain::Estate,
            format!("the portable policy could not be written: {reason}"),
        )),
    }
    let (proof, (placement, recovery)) = rayon::join(
        || verify::network::compare(&policy, &membership, &files, &findings),
        || {
            (
                verify::placement::compare(&policy, &files, &findings),
                verify::recovery::compare(&policy, &files, &findings),
            )
        },
    );
    proof.attach(&mut findings);
    placement.attach(&mut findings);
    recovery.attach(&mut findings);
    findings.extend(premises.finding());
    findings.sort();
    Outcome {
        policy,
        findings,
        proof,
        premises,
        placement,
        recovery,
        fates: closed.fates,
        tally: closed.tally,
        files,
    }
}

/// Every construct of a policy: what must be accounted for, each once.
///
/// A callout of a plan is counted as its step. The shipped services are counted when they are in the
/// policy's table, that is when a rule uses them.
#[must_use]
pub fn constructs(policy: &Policy<Linked>) -> Vec<(Construct, Subject)> {
    let mut all = Vec::new();
    let mut add =
        |kind, ident: &Ident| all.push((Construct::new(kind, &ident.id), ident.subject()));
    let Policy {
        network,
        placement,
        recovery,
        inventory: _,
    } = policy;
    network
        .groups
        .values()
        .for_each(|group| add(Kind::Group, &group.ident));
    network
        .services
        .values()
        .for_each(|service| add(Kind::Service, &service.ident));
    for section in &network.sections {
        add(Kind::Section, &section.ident);
        section
            .rules
            .iter()
            .for_each(|rule| add(Kind::Rule, &rule.ident));
    }
    network
        .exclusions
        .iter()
        .for_each(|exclusion| add(Kind::Exclusion, &exclusion.ident));
    network
        .uninterpreted
        .iter()
        .for_each(|object| add(Kind::Uninterpreted, &object.ident));
    placement
        .vm_groups
        .values()
        .for_each(|group| add(Kind::PlacementGroup, &group.ident));
    placement
        .host_groups
        .values()
        .for_each(|group| add(Kind::PlacementGroup, &group.ident));
    placement
        .rules
        .iter()
        .for_each(|rule| add(Kind::PlacementRule, &rule.ident));
    placement
        .settings
        .iter()
        .for_each(|setting| add(Kind::Setting, &setting.ident));
    recovery
        .groups
        .values()
        .for_each(|group| add(Kind::ProtectionGroup, &group.ident));
    for plan in &recovery.plans {
        add(Kind::RecoveryPlan, &plan.ident);
        plan.steps
            .iter()
            .for_each(|step| add(Kind::Step, &step.ident));
        plan.test_networks
            .iter()
            .for_each(|network| add(Kind::Mapping, &network.ident));
        for vm in &plan.vms {
            add(Kind::VmRecovery, &vm.ident);
            vm.before
                .iter()
                .chain(&vm.after)
                .for_each(|callout| add(Kind::Step, &callout.ident));
        }
    }
    recovery
        .networks
        .iter()
        .for_each(|mapping| add(Kind::Mapping, &mapping.ident));
    recovery
        .other_mappings
        .iter()
        .for_each(|mapping| add(Kind::Mapping, &mapping.ident));
    all
}
