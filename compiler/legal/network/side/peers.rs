//! The sides of rules.

use super::{Flat, Form, Part, Reach, Side, Sides};
use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Link, Linked, NonEmpty};
use crate::legal::network::remark::{Mention, Remark, describe};
use crate::legal::table::network::Use;
use crate::semantics::VmSet;

impl Sides<'_> {
    /// Everybody.
    #[must_use]
    pub fn anyone(&self) -> Side {
        let everybody = Reach {
            vms: self.universe.all.clone(),
            ips: AddressSet::full(),
        };
        Side {
            parts: vec![Part {
                form: Form::Anyone,
                reach: everybody.clone(),
                name: "any".into(),
                group: None,
            }],
            possible: everybody,
            exact: true,
            remarks: Vec::new(),
        }
    }

    /// One side of a rule. `rule` is what the side is called when it is no group.
    #[must_use]
    pub fn peers(&self, peers: &Peers<Linked>, rule: &str) -> Side {
        let Peers { negated, set } = peers;
        match (set, negated) {
            (PeerSet::Any, false) => self.anyone(),
            (PeerSet::Any, true) => Side {
                exact: true,
                ..Side::default()
            },
            (PeerSet::Of(selectors), false) => self.listed(selectors, rule),
            (PeerSet::Of(selectors), true) => self.negated(peers, selectors, rule),
        }
    }

    fn listed(&self, selectors: &NonEmpty<Selector<Linked>>, rule: &str) -> Side {
        let mut all = Side {
            exact: true,
            ..Side::default()
        };
        let mut loose = Flat::default();
        for selector in selectors {
            if let Selector::Group(Link::Found(id, _)) = selector {
                if let Some(side) = self.group(*id) {
                    all.parts.extend(side.parts.iter().cloned());
                    all.possible = all.possible.union(&side.possible);
                    all.exact &= side.exact;
                    // The group tells its own remarks; what is not known matters to the rule too.
                    let unknown = side.remarks.iter().filter(|remark| match remark.what {
                        Mention::Plain(_) => false,
                        Mention::Unknown
                        | Mention::UnknownAddresses
                        | Mention::SplitMachine
                        | Mention::UnreadKey => true,
                    });
                    all.remarks.extend(unknown.cloned());
                }
            } else {
                self.flatten(selector, &self.groups, &mut loose);
            }
        }
        let loose = self.assemble(loose, rule, None);
        all.parts.extend(loose.parts);
        all.possible = all.possible.union(&loose.possible);
        all.exact &= loose.exact;
        all.remarks.extend(loose.remarks);
        all
    }

    fn negated(
        &self,
        peers: &Peers<Linked>,
        selectors: &NonEmpty<Selector<Linked>>,
        rule: &str,
    ) -> Side {
        let members = self.universe.membership.peers(&self.universe.policy, peers);
        let tainted = selectors.iter().any(|selector| self.is_tainted(selector));
        let mut remarks = vec![Remark {
            what: Mention::Plain(Use::Negated),
            text: "negated endpoints".to_owned(),
            origin: None,
        }];
        let known = self.is_known(&members) && !tainted;
        if !known {
            let mut inner = Vec::new();
            selectors.iter().for_each(|one| describe(one, &mut inner));
            inner.retain(|remark| !matches!(remark.what, Mention::Plain(_)));
            if inner.is_empty() {
                inner.push(Remark {
                    what: Mention::Unknown,
                    text: "negated endpoints that are not known exactly".to_owned(),
                    origin: None,
                });
            }
            remarks.extend(inner);
        }
        let (mut sure, mut possible, blind) = self.reaches(&members);
        if blind && !tainted {
            remarks.push(Self::blind());
        }
        if tainted {
            (sure, possible) = (Reach::default(), self.anyone().possible);
        }
        let exact = known && !blind;
        let form = Form::Machines;
        Side {
            parts: vec![Part {
                form,
                reach: sure,
                name: format!("not in {rule}").into(),
                group: None,
            }],
            possible,
            exact,
            remarks,
        }
    }

    /// The machines that an applied-to means. One that excepts machines is those it leaves for certain
    /// and at most, as addresses in it count for nothing.
    #[must_use]
    pub fn scope(&self, peers: &Peers<Linked>, rule: &str) -> Side {
        if !peers.negated {
            return self.peers(peers, rule);
        }
        let universe = self.universe;
        let members = universe.membership.scope(&universe.policy, peers);
        let mut remarks = vec![Remark {
            what: Mention::Plain(Use::Negated),
            text: "negated endpoints".to_owned(),
            origin: None,
        }];
        let exact = self.is_known(&members);
        if !exact {
            remarks.push(Remark {
                what: Mention::Unknown,
                text: "machines that are not known to be excepted".to_owned(),
                origin: None,
            });
        }
        let reach = |vms: &VmSet| Reach {
            vms: vms.clone(),
            ips: AddressSet::empty(),
        };
        Side {
            parts: vec![Part {
                form: Form::Machines,
                reach: reach(&members.sure.vms),
                name: format!("not in {rule}").into(),
                group: None,
            }],
            possible: reach(&members.possible.vms),
            exact,
            remarks,
        }
    }

    /// The endpoints that a selector means by itself.
    #[must_use]
    pub fn of_selector(&self, selector: &Selector<Linked>, name: &str) -> Side {
        self.listed(&NonEmpty::one(selector.clone()), name)
    }

    /// Whether machines named so would stay those of today while their group changes.
    #[must_use]
    pub fn is_frozen(&self, form: &Form, group: Option<Id<Group<Linked>>>) -> bool {
        match form {
            Form::Anyone | Form::Named(_) | Form::Addresses => false,
            Form::Tags(tags) => self.one_tag && tags.len() > 1,
            Form::Machines => group.is_none_or(|group| {
                let group = &self.universe.policy.network.groups[group];
                self.changing.selector(&group.members)
            }),
        }
    }

    /// The machines that filter by a part of their own side, for certain.
    #[must_use]
    pub fn own(&self, part: &Part) -> VmSet {
        let (holders, _) = match part.form {
            Form::Anyone => return self.universe.all.clone(),
            Form::Tags(_) | Form::Named(_) | Form::Machines | Form::Addresses => {
                self.universe.holders(&part.reach.ips)
            }
        };
        part.reach.vms.union(&holders)
    }

    /// The machines that filter by a side of their own, at most.
    #[must_use]
    pub fn own_possible(&self, reach: &Reach) -> VmSet {
        if reach.ips == AddressSet::full() {
            return self.universe.all.clone();
        }
        reach.vms.union(&self.universe.holders(&reach.ips).1)
    }
}
