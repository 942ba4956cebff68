//! Ordered policies (Flex): by priority, the first rule that matches decides.
//!
//! A rule that leaves something to a default is not understood: no document tells the defaults of the
//! priority, the IP version and the machines that hold a rule.

use super::objects::terms;
use super::read::{self, FlexAction, FlexDirection, FlexVersion, PolicyKind, RuleKind};
use super::{Fault, GroupName, Lists, Reader, Side, entry, side_of};
use crate::semantics::endpoints::{Endpoints, Members};
use crate::semantics::filter::{Reason, Verdict};
use crate::semantics::traffic::{Term, Versions};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An ordered policy.
#[derive(Debug)]
pub(super) struct Ordered {
    kind: PolicyKind,
    priority: u16,
    path: String,
    rules: Vec<(u16, usize, read::FlexSpec)>,
}

/// One side of a rule, and its name where it is no single network.
type End = (Option<GroupName>, Side);

impl Reader<'_> {
    /// Takes in an ordered policy; its rules are read when all policies are there.
    pub(super) fn ordered_policy(
        &mut self,
        listed: &read::Listed,
        body: &read::Policy,
        path: &str,
    ) {
        let mut refuse = |what: &str| self.faults.push(Fault::new(path, what));
        if body.is_ipv6_traffic_allowed
            || body.is_ipv4_address_scope.is_some()
            || body.is_ipv6_address_scope.is_some()
        {
            refuse("an ordered policy with settings for IP versions is not understood");
        }
        if body.applied_to_entity_group_references.is_some() {
            refuse(
                "how the applied-to of a policy acts beside that of its rules is not documented",
            );
        }
        let Some(priority) = body.priority else {
            refuse("an ordered policy without a priority has no place");
            return;
        };
        let mut rules = Vec::new();
        let mut taken = BTreeSet::new();
        for rule in &body.rules {
            if rule.kind != RuleKind::Flex {
                let what = format!("a {:?} rule in a policy of type {:?}", rule.kind, body.kind);
                self.faults.push(Fault::new(path, &what));
                continue;
            }
            let Some(spec) = self.spec::<read::FlexSpec>(rule, path) else {
                continue;
            };
            let Some(place) = spec.priority.filter(|place| taken.insert(*place)) else {
                let what = "a rule without a priority of its own has no place";
                self.faults.push(Fault::new(path, what));
                continue;
            };
            let reason = self.filters.reason(Reason {
                text: format!("rule `{}` of policy `{}`", rule.name, body.name),
                id: listed.id.clone(),
                origin: None,
                // The policy holds many constructs of which most have nothing to do with a flow.
                constructs: listed.rules.get(&rule.name).cloned().into_iter().collect(),
            });
            rules.push((place, reason, spec));
        }
        rules.sort_by_key(|(place, _, _)| *place);
        self.ordered.push(Ordered {
            kind: body.kind,
            priority,
            path: path.to_owned(),
            rules,
        });
    }

    /// The rules of all ordered policies; `None` when there is no such policy.
    pub(super) fn in_order(&mut self) -> Option<Lists> {
        let mut policies = std::mem::take(&mut self.ordered);
        policies.sort_by_key(|policy| policy.priority);
        let first = policies.first()?;
        let mut refuse = |what: &str| self.faults.push(Fault::new(&first.path, what));
        if policies.iter().any(|policy| policy.kind != first.kind) {
            refuse("how ordered policies of several types rank is not documented");
        }
        if policies
            .iter()
            .zip(policies.iter().skip(1))
            .any(|(one, next)| one.priority == next.priority)
        {
            refuse("how ordered policies of one priority rank is not documented");
        }
        if !self.secured.is_empty() || !self.isolation.out.is_empty() {
            refuse("how ordered policies act beside others is not documented");
        }
        let mut lists = Lists::default();
        for policy in policies {
            for (_, reason, spec) in policy.rules {
                self.flex(&spec, reason, &policy.path, &mut lists);
            }
        }
        Some(lists)
    }

    fn flex(&mut self, spec: &read::FlexSpec, reason: usize, path: &str, lists: &mut Lists) {
        let source = self.flex_end(
            spec.should_allow_any_src,
            spec.src_entity_group_references.as_ref(),
            spec.src_subnet.as_ref(),
            path,
        );
        let destination = self.flex_end(
            spec.should_allow_any_dst,
            spec.dest_entity_group_references.as_ref(),
            spec.dest_subnet.as_ref(),
            path,
        );
        let (Some(source), Some(destination)) = (source, destination) else {
            return;
        };
        let mut refuse = |what: &str| self.faults.push(Fault::new(path, what));
        let Some(holders) = spec.applied_to_entity_group_references.clone() else {
            refuse("which machines hold a rule without an applied-to is not documented");
            return;
        };
        let versions = match spec.ip_version {
            Some(FlexVersion::V4) => Versions {
                v4: true,
                v6: false,
            },
            Some(FlexVersion::V6) => Versions {
                v4: false,
                v6: true,
            },
            Some(FlexVersion::Both) => Versions::BOTH,
            None => {
                refuse("which IP version a rule without one matches is not documented");
                return;
            }
        };
        if versions.v6 && !(spec.should_allow_any_src && spec.should_allow_any_dst) {
            refuse("a rule matches IPv6 from everybody to everybody only");
        }
        let traffic = self.flex_traffic(spec, path);
        let traffic = self.traffic(traffic, versions);
        let verdict = match spec.action {
            FlexAction::Allow => Verdict::Allow,
            FlexAction::Deny | FlexAction::Reject => Verdict::Deny,
        };
        let holders = GroupName::AnyOf(holders);
        if spec.direction != FlexDirection::In {
            let own = self.held(&source, &holders, path);
            lists
                .out
                .push(entry(verdict, reason, &own, &destination.1, &traffic));
        }
        if spec.direction != FlexDirection::Out {
            let own = self.held(&destination, &holders, path);
            lists
                .inward
                .push(entry(verdict, reason, &source.1, &own, &traffic));
        }
    }

    fn flex_traffic(&mut self, spec: &read::FlexSpec, path: &str) -> Vec<Term> {
        let mut found: Vec<Term> = terms(
            &spec.tcp_services,
            &spec.udp_services,
            &spec.icmp_services,
            &spec.icmp_v6_services,
        )
        .collect();
        let groups = &spec.service_group_references;
        found.extend(self.objects.service_groups(groups, path, &mut self.faults));
        match (spec.is_all_protocol_allowed, found.is_empty()) {
            (true, true) => vec![Term::any()],
            (false, false) => found,
            (true, false) | (false, true) => {
                let what = "a rule needs either services or all protocols";
                self.faults.push(Fault::new(path, what));
                found
            }
        }
    }

    fn flex_end(
        &mut self,
        anybody: bool,
        groups: Option<&Vec<String>>,
        network: Option<&read::Prefix>,
        path: &str,
    ) -> Option<End> {
        match (anybody, groups, network) {
            (true, None, None) => Some((
                Some(GroupName::AnyOf(Vec::new())),
                Side {
                    sure: Arc::clone(&self.everybody),
                    possible: Arc::clone(&self.everybody),
                },
            )),
            (false, Some(ids), None) => {
                let name = GroupName::AnyOf(ids.clone());
                let side = self.side(&name, path);
                Some((Some(name), side))
            }
            (false, None, Some(prefix)) => {
                let members = self.objects.prefix(prefix, path, &mut self.faults);
                Some((None, side_of(members)))
            }
            _ => {
                let what = "a side of a rule needs everybody, entity groups or one network";
                self.faults.push(Fault::new(path, what));
                None
            }
        }
    }

    /// The endpoints of a side whose own filter holds the rule.
    fn held(&mut self, end: &End, holders: &GroupName, path: &str) -> Side {
        let key = end.0.clone().map(|name| (name, holders.clone()));
        if let Some(side) = key.as_ref().and_then(|key| self.held.get(key)) {
            return side.clone();
        }
        let scope = self.side(holders, path);
        let both = |left: &Endpoints, right: &Endpoints| self.membership.intersection(left, right);
        let side = side_of(Members {
            sure: both(&end.1.sure, &scope.sure),
            possible: both(&end.1.possible, &scope.possible),
        });
        if let Some(key) = key {
            self.held.insert(key, side.clone());
        }
        side
    }
}
