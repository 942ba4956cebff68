//! How long a plan waits: the longest path through its delays and timeouts, and what a target waits
//! that starts machines in stages.
//!
//! What is counted: the delay after each power-on, waits for guest tools, timeouts of commands. What
//! is not: storage, boot, and the people whom prompts ask. A priority starts when the one before it
//! is through; inside a priority machines wait for those they depend on and for nothing else.

use super::machines;
use crate::finding::{Domain, Finding, Findings, codes, count};
use crate::ir::inventory::Vm;
use crate::ir::recovery::{
    Callout, CalloutKind, Priority, RecoveryPlan, Run, StepKind, VmRecovery,
};
use crate::ir::{Id, Link, Linked, Policy};
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

/// Reports how long each plan waits.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    // How long a plan waits that the exports tell in part is not known.
    let whole = policy.recovery.plans.iter();
    for plan in whole.filter(|plan| plan.missing.is_empty()) {
        let Some(wait) = estimate(plan).filter(Wait::is_some) else {
            continue;
        };
        let mut path: Vec<&str> = wait.path.iter().map(|vm| vm.ident.name.as_str()).collect();
        path.dedup();
        let path = if path.is_empty() {
            "no machine".to_owned()
        } else {
            format!("`{}`", path.join("`, `"))
        };
        let message = format!(
            "recovery plan `{}` waits at least {} at the source and, when every timeout passes, {}; on the target its stages wait {} and for nothing else; storage, boot and the answers to {} come on top; the longest path leads over {path}",
            plan.ident.name,
            duration(wait.least),
            duration(wait.most),
            duration(wait.stages),
            count(wait.prompts, "prompt")
        );
        let code = &codes::check_recovery::RECOVERY_TIME;
        findings.push(Finding::new(code, Domain::Recovery, message).about(plan.ident.subject()));
    }
}

/// How long a plan waits, in seconds.
#[derive(Debug, Default)]
struct Wait<'p> {
    /// Delays alone.
    least: u64,
    /// Delays, and every timeout passing.
    most: u64,
    /// Delays between stages, each the longest of its machines.
    stages: u64,
    prompts: u64,
    /// The machines that the longest time leads over.
    path: Vec<&'p VmRecovery<Linked>>,
}

impl Wait<'_> {
    /// Whether anything waits at all.
    fn is_some(&self) -> bool {
        self.most > 0 || self.stages > 0 || self.prompts > 0
    }
}

/// What one thing adds: delays alone, and with every timeout passing.
type Span = (u64, u64);

/// Nothing for a plan whose dependencies run in a circle.
fn estimate(plan: &RecoveryPlan<Linked>) -> Option<Wait<'_>> {
    let mut wait = Wait::default();
    let known = machines(plan);
    for step in &plan.steps {
        if !step.runs.contains(&Run::Recovery) {
            continue;
        }
        if let StepKind::Callout(callout) = &step.kind {
            wait.most += most(callout);
            wait.prompts += u64::from(callout.kind == CalloutKind::Prompt);
        }
    }
    let mut priorities: BTreeMap<Priority, Vec<Id<Vm<Linked>>>> = BTreeMap::new();
    for (id, vm) in &known {
        priorities.entry(vm.priority).or_default().push(*id);
        let prompts = vm.before.iter().chain(after(vm));
        for callout in prompts {
            wait.prompts += u64::from(callout.kind == CalloutKind::Prompt);
        }
    }
    for vms in priorities.values() {
        let (least, _) = longest(&known, vms, |span| span.0)?;
        let (most, path) = longest(&known, vms, |span| span.1)?;
        wait.least += least;
        wait.stages += stages(&known, vms)?;
        wait.most += most;
        wait.path.extend(path);
    }
    Some(wait)
}

/// Machines, as nodes of what starts before what.
type Graph<'p> = DiGraph<&'p VmRecovery<Linked>, ()>;

/// The machines of one priority, with an edge from each to those that wait for it.
fn graph<'p>(
    known: &BTreeMap<Id<Vm<Linked>>, &'p VmRecovery<Linked>>,
    vms: &[Id<Vm<Linked>>],
) -> Graph<'p> {
    let mut graph = Graph::new();
    let nodes: BTreeMap<_, NodeIndex> = vms
        .iter()
        .filter_map(|id| Some((*id, graph.add_node(*known.get(id)?))))
        .collect();
    for (id, node) in &nodes {
        let needs = known.get(id).map(|vm| vm.depends_on.as_slice());
        for before in needs.into_iter().flatten().filter_map(Link::found) {
            if let Some(before) = nodes.get(&before) {
                graph.add_edge(*before, *node, ());
            }
        }
    }
    graph
}

/// What the stages of one priority wait: a stage for each length of the chains of dependencies, each
/// with the longest delay in it.
fn stages(
    known: &BTreeMap<Id<Vm<Linked>>, &VmRecovery<Linked>>,
    vms: &[Id<Vm<Linked>>],
) -> Option<u64> {
    let graph = graph(known, vms);
    let mut level: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    let mut delays: BTreeMap<usize, u32> = BTreeMap::new();
    for node in toposort(&graph, None).ok()? {
        let before = graph.neighbors_directed(node, petgraph::Incoming);
        let before = before.filter_map(|before| level.get(&before)).max();
        let own = before.map_or(0, |before| before + 1);
        level.insert(node, own);
        let delay = delays.entry(own).or_default();
        *delay = (*delay).max(graph.node_weight(node)?.delay_seconds);
    }
    Some(delays.into_values().map(u64::from).sum())
}

/// The longest path through the machines of one priority.
fn longest<'p>(
    known: &BTreeMap<Id<Vm<Linked>>, &'p VmRecovery<Linked>>,
    vms: &[Id<Vm<Linked>>],
    side: impl Fn(Span) -> u64,
) -> Option<(u64, Vec<&'p VmRecovery<Linked>>)> {
    let graph = graph(known, vms);
    // When a machine is up, so that those behind it start, and which machine it waited for.
    let mut up: BTreeMap<NodeIndex, (u64, Option<NodeIndex>)> = BTreeMap::new();
    let mut last = (0, None);
    for node in toposort(&graph, None).ok()? {
        let before = graph
            .neighbors_directed(node, petgraph::Incoming)
            .filter_map(|before| Some((up.get(&before)?.0, before)))
            .max();
        let vm = graph.node_weight(node)?;
        let start = before.map_or(0, |(up, _)| up);
        let ready = start + side(until_up(vm));
        up.insert(node, (ready, before.map(|(_, before)| before)));
        let end = ready + side(behind(vm));
        if end > last.0 {
            last = (end, Some(node));
        }
    }
    let (end, mut at) = last;
    let mut path = Vec::new();
    while let Some(node) = at {
        path.extend(graph.node_weight(node).copied());
        at = up.get(&node).and_then(|(_, before)| *before);
    }
    path.reverse();
    Some((end, path))
}

/// What a machine takes until those that depend on it start: its steps before power-on, the wait for
/// guest tools, its delay.
fn until_up(vm: &VmRecovery<Linked>) -> Span {
    let before: u64 = vm.before.iter().map(most).sum();
    if !vm.power_on {
        return (0, before);
    }
    let delay = u64::from(vm.delay_seconds);
    let tools = u64::from(vm.tools_timeout_seconds.unwrap_or(0));
    (delay, before + tools + delay)
}

/// What a machine takes after that.
fn behind(vm: &VmRecovery<Linked>) -> Span {
    (0, after(vm).iter().map(most).sum())
}

/// Steps after power-on run only for a machine that is powered on.
fn after(vm: &VmRecovery<Linked>) -> &[Callout] {
    if vm.power_on { &vm.after } else { &[] }
}

fn most(callout: &Callout) -> u64 {
    match callout.kind {
        CalloutKind::Prompt => 0,
        CalloutKind::InGuest | CalloutKind::OnServer => {
            u64::from(callout.timeout_seconds.unwrap_or(0))
        }
    }
}

fn duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => count(seconds, "second"),
        (minutes, 0) => count(minutes, "minute"),
        (minutes, seconds) => format!(
            "{} and {}",
            count(minutes, "minute"),
            count(seconds, "second")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn one_of_a_unit_is_no_plural() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (61, "1 minute and 1 second"),
            (120, "2 minutes"),
            (3_725, "62 minutes and 5 seconds"),
        ] {
            assert_eq!(duration(seconds), words);
        }
    }
}
