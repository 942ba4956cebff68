//! Drawn rules to objects: groups of endpoints, rules, policies.

use super::super::emit::Emitter;
use super::super::side::{Form, Part};
use super::draw::Drawn;
use super::law::Ends;
use crate::ir::Ident;
use crate::ir::set::{AddressSet, Intervals};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::network::entity::Vms;
use crate::plan::nutanix::network::flex::{Between, FlexRule, Groups, Ordered};
use crate::plan::nutanix::network::{MAX_FLEX_POLICIES, MAX_FLEX_RULES, PolicyRules};
use crate::plan::nutanix::{Name, ObjectId};
use crate::taken::Taken;
use std::collections::BTreeSet;

/// A rule of the target, with where it comes from.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number of the rule of the source.
    pub rule: Option<usize>,
    /// The section of that rule, by id; rules of one section stay together.
    pub section: String,
    /// The rule.
    pub flex: FlexRule,
}

/// Entity groups while the parts of one group are joined.
struct Joined<'part> {
    part: &'part Part,
    vms: Option<Vms>,
    addresses: Vec<ObjectId>,
}

impl Emitter<'_> {
    /// The rules of one drawn rule: several where its lists do not fit. `of` is the construct it
    /// comes from.
    pub fn items(
        &mut self,
        drawn: &Drawn,
        of: Option<&Ident>,
        taken: &mut Taken<String>,
    ) -> Vec<Item> {
        let name = of.map_or("everything else", |of| of.name.as_str());
        let lists = |ends: Option<Vec<ObjectId>>| match ends {
            None => vec![None],
            Some(ids) => Groups::split(&ids).into_iter().map(Some).collect(),
        };
        let sources = lists(self.groups(&drawn.source));
        let destinations = lists(self.groups(&drawn.destination));
        let applied = self.groups(&drawn.applied).unwrap_or_else(|| {
            let estate = Vms::Category(self.estate());
            let id = self.entities(Some(estate), Vec::new(), "every machine", Holds::default());
            id.into_iter().collect()
        });
        let line = drawn.rule.and_then(|rule| self.lines.get(rule)).copied();
        let services = self.services(&drawn.traffic, name);
        let mut items = Vec::new();
        for applied_to in Groups::split(&applied) {
            for source in &sources {
                for destination in &destinations {
                    let between = match (source, destination) {
                        (None, None) => Between::Everybody(drawn.versions),
                        (source, destination) => Between::Some(source.clone(), destination.clone()),
                    };
                    let flex = FlexRule {
                        name: Name::nearest(name).unique(taken),
                        construct: of.map(|of| of.id.clone()),
                        is_logged: line.is_some_and(|line| line.rule.logged),
                        action: drawn.action,
                        way: drawn.way,
                        applied_to: applied_to.clone(),
                        between,
                        services: services.clone(),
                    };
                    items.push(Item {
                        rule: drawn.rule,
                        section: line
                            .map_or_else(String::new, |line| line.section.ident.id.clone()),
                        flex,
                    });
                }
            }
        }
        items
    }

    /// The entity groups of endpoints; `None`: everybody. The parts of one group of the source are one
    /// entity group as far as that holds them.
    fn groups(&mut self, ends: &Ends) -> Option<Vec<ObjectId>> {
        let Ends::Of(parts) = ends else {
            return None;
        };
        let mut found: Vec<ObjectId> = Vec::new();
        let mut open: Option<Joined<'_>> = None;
        for part in parts {
            let (vms, addresses) = self.members(part);
            if let Some(joined) = &mut open
                && part.group.is_some()
                && joined.part.group == part.group
                && !(joined.vms.is_some() && vms.is_some())
                && (joined.addresses.is_empty() || addresses.is_empty())
            {
                joined.vms = joined.vms.take().or(vms);
                joined.addresses.extend(addresses);
                continue;
            }
            found.extend(open.take().and_then(|joined| self.group(joined)));
            open = Some(Joined {
                part,
                vms,
                addresses,
            });
        }
        found.extend(open.and_then(|joined| self.group(joined)));
        let mut seen = BTreeSet::new();
        found.retain(|id| seen.insert(*id));
        Some(found)
    }

    fn group(&mut self, joined: Joined<'_>) -> Option<ObjectId> {
        let Joined {
            part,
            vms,
            addresses,
        } = joined;
        let holds = part.group.map_or_else(Holds::default, |id| {
            Holds::one(&self.policy.network.groups[id].ident)
        });
        self.entities(vms, addresses, &part.name, holds)
    }

    /// The machines of a part, and its IPv4 addresses: rules between endpoints know no others.
    fn members(&mut self, part: &Part) -> (Option<Vms>, Vec<ObjectId>) {
        let of_category = match &part.form {
            Form::Tags(tags) if tags.len() == 1 => tags.first().map(|tag| self.tag(tag)),
            Form::Anyone | Form::Tags(_) | Form::Named(_) | Form::Machines | Form::Addresses => {
                None
            }
        };
        let vms = match &part.form {
            Form::Named(pattern) => Some(Vms::Named(pattern.clone())),
            Form::Anyone | Form::Tags(_) | Form::Machines | Form::Addresses => {
                let somebody = self.universe.real(&part.reach.vms).next().is_some();
                let category = of_category.or_else(|| {
                    somebody.then(|| self.mark(part.group, &part.reach.vms, &part.name))
                });
                category.map(Vms::Category)
            }
        };
        let v4 = AddressSet {
            v4: part.reach.ips.v4.clone(),
            v6: Intervals::empty(),
        };
        let addresses = if v4.is_empty() {
            Vec::new()
        } else {
            self.addresses(&v4, &part.name)
        };
        (vms, addresses)
    }

    /// Makes the policies. The rules of a policy are those of whole sections where they fit; `closing`
    /// ends the last.
    pub fn order(&mut self, packs: Vec<Vec<Item>>, closing: Item) {
        let last = packs.len().saturating_sub(1);
        let mut closing = Some(closing);
        for (at, items) in packs.into_iter().enumerate() {
            let end = if at == last { closing.take() } else { None };
            let mut holds = Holds::default();
            for line in items
                .iter()
                .chain(&end)
                .filter_map(|item| self.lines.get(item.rule?))
            {
                holds.add(&line.rule.ident);
            }
            let logged = items.iter().chain(&end).any(|item| item.flex.is_logged);
            let rules = items.into_iter().map(|item| item.flex).collect();
            let end = end.into_iter().map(|item| item.flex).collect();
            let number = u16::try_from(at + 1).ok();
            let Some((priority, rules)) = number.zip(Ordered::new(rules, end)) else {
                continue;
            };
            let name = format!("ordered rules {priority}");
            let about = "firewall rules in their order";
            let rules = PolicyRules::Workload { priority, rules };
            self.add_policy(&name, about, logged, rules, holds);
        }
    }
}

/// So many rules leave room for the last word.
const ROOM: usize = MAX_FLEX_RULES - 1;

/// Spreads rules over policies, in order, and the rules for which no policy is left.
#[must_use]
pub fn pack(items: Vec<Item>) -> (Vec<Vec<Item>>, Vec<Item>) {
    let mut packs: Vec<Vec<Item>> = vec![Vec::new()];
    let mut sections: Vec<Vec<Item>> = Vec::new();
    for item in items {
        match sections.last_mut() {
            Some(section)
                if section
                    .first()
                    .is_some_and(|one| one.section == item.section) =>
            {
                section.push(item);
            }
            _ => sections.push(vec![item]),
        }
    }
    let dense = sections.len() > MAX_FLEX_POLICIES;
    for section in sections {
        let room = ROOM.saturating_sub(packs.last().map_or(0, Vec::len));
        if section.len() > room && section.len() <= ROOM && !dense {
            packs.push(Vec::new());
        }
        for item in section {
            if packs.last().is_none_or(|pack| pack.len() >= ROOM) {
                packs.push(Vec::new());
            }
            if let Some(pack) = packs.last_mut() {
                pack.push(item);
            }
        }
    }
    let left = packs.split_off(packs.len().min(MAX_FLEX_POLICIES));
    (packs, left.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::nutanix::network::flex::{Action, Versions, Way};
    use crate::plan::nutanix::network::service::ServiceSpec;

    fn left(count: usize) -> usize {
        let applied_to = Groups::split(&[ObjectId::of("EntityGroup", "", "all")]);
        let flex = FlexRule {
            name: Name::nearest("allow"),
            is_logged: false,
            action: Action::Allow,
            way: Way::InOut,
            applied_to: applied_to[0].clone(),
            between: Between::Everybody(Versions::Both),
            services: ServiceSpec::All,
            construct: None,
        };
        let item = Item {
            rule: Some(0),
            section: "shop".to_owned(),
            flex,
        };
        pack(vec![item; count]).1.len()
    }

    #[test]
    fn a_rule_is_left_where_no_policy_has_room() {
        let all = MAX_FLEX_POLICIES * ROOM;
        assert_eq!(left(all), 0);
        assert_eq!(left(all + 1), 1);
    }
}
