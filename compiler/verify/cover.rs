//! Which declared finding covers a difference.

use super::engine::Told;
use crate::finding::{Domain, Drift, Effect, Findings};
use crate::ir::selector::Selector;
use crate::ir::service::Match;
use crate::ir::{Link, Linked, Policy};
use std::collections::BTreeMap;

/// The constructs about which a drift is declared, each with the finding that declares it.
#[derive(Debug, Default)]
pub struct Cover {
    broader: Declared,
    narrower: Declared,
}

#[derive(Debug, Default)]
struct Declared {
    /// By the id of the construct.
    by_id: BTreeMap<String, usize>,
    /// The finding about the policy as a whole.
    whole: Option<usize>,
}

impl Cover {
    /// What the findings declare. What is declared about a group holds for the groups that contain
    /// it, and so for services.
    pub fn of(policy: &Policy<Linked>, findings: &Findings) -> Self {
        let mut cover = Self::default();
        for (at, finding) in findings.iter().enumerate() {
            let speaks = match finding.domain {
                Domain::Network | Domain::Estate | Domain::Inventory => true,
                Domain::Placement | Domain::Recovery => false,
            };
            let (broader, narrower) = match finding.effect {
                Effect::Admission(Drift::Broadens) => (true, false),
                Effect::Admission(Drift::Narrows) => (false, true),
                Effect::Admission(Drift::Shifts) => (true, true),
                Effect::Admission(Drift::Preserves) | Effect::Conduct | Effect::Record => {
                    (false, false)
                }
            };
            let sides = [
                (broader, &mut cover.broader),
                (narrower, &mut cover.narrower),
            ];
            for (_, side) in sides.into_iter().filter(|(drifts, _)| *drifts && speaks) {
                if finding.subjects.is_empty() {
                    side.whole.get_or_insert(at);
                }
                for subject in &finding.subjects {
                    side.by_id.entry(subject.id.clone()).or_insert(at);
                }
            }
        }
        cover.broader.spread(policy);
        cover.narrower.spread(policy);
        cover
    }

    /// What is declared about constructs, by themselves.
    pub fn told(&self, constructs: &[String]) -> Told {
        let any = |broader| self.find(broader, constructs.iter(), false).is_some();
        Told {
            broader: any(true),
            narrower: any(false),
        }
    }

    /// The finding that declares a drift about one of the constructs, or about the whole policy when
    /// no rule decides.
    pub fn find<'ids>(
        &self,
        broader: bool,
        mut constructs: impl Iterator<Item = &'ids String>,
        undecided: bool,
    ) -> Option<usize> {
        let side = if broader {
            &self.broader
        } else {
            &self.narrower
        };
        constructs
            .find_map(|id| side.by_id.get(id).copied())
            .or(if undecided { side.whole } else { None })
    }
}

impl Declared {
    fn spread(&mut self, policy: &Policy<Linked>) {
        if self.by_id.is_empty() {
            return;
        }
        loop {
            let mut more: Vec<(String, usize)> = Vec::new();
            for group in policy.network.groups.values() {
                if !self.by_id.contains_key(&group.ident.id)
                    && let Some(at) = self.named(policy, &group.members)
                {
                    more.push((group.ident.id.clone(), at));
                }
            }
            for service in policy.network.services.values() {
                let nested = service
                    .entries
                    .iter()
                    .find_map(|entry| match &entry.matches {
                        Match::Nested(Link::Found(inner, _)) => {
                            self.by_id.get(&policy.network.services[*inner].ident.id)
                        }
                        Match::Nested(Link::Missing(name)) => self.by_id.get(&name.text),
                        Match::Ports { .. }
                        | Match::Icmp { .. }
                        | Match::Protocol(_)
                        | Match::Gateway { .. }
                        | Match::Igmp
                        | Match::EtherType(_)
                        | Match::Opaque(_) => None,
                    });
                if let (false, Some(at)) = (self.by_id.contains_key(&service.ident.id), nested) {
                    more.push((service.ident.id.clone(), *at));
                }
            }
            if more.is_empty() {
                return;
            }
            self.by_id.extend(more);
        }
    }

    /// The finding about something a selector names.
    fn named(&self, policy: &Policy<Linked>, selector: &Selector<Linked>) -> Option<usize> {
        match selector {
            Selector::All(parts) | Selector::AnyOf(parts) => {
                parts.iter().find_map(|part| self.named(policy, part))
            }
            Selector::Not(inner) => self.named(policy, inner),
            Selector::Group(Link::Found(group, _)) => self
                .by_id
                .get(&policy.network.groups[*group].ident.id)
                .copied(),
            Selector::Group(Link::Missing(name)) => self.by_id.get(&name.text).copied(),
            Selector::Vm(Link::Found(vm, _)) => {
                self.by_id.get(&policy.inventory.vms[*vm].ident.id).copied()
            }
            Selector::Vm(Link::Missing(name)) => self.by_id.get(&name.text).copied(),
            Selector::Segment(Link::Missing(name)) => self.by_id.get(&name.text).copied(),
            Selector::Segment(Link::Found(..))
            | Selector::Nothing
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Opaque(_) => None,
        }
    }
}
