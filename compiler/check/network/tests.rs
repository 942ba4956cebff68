//! For each code an estate in which it must be raised, and one that nearly is.

use crate::finding::{Finding, Findings};
use crate::ir::network::{
    Action, Direction, Fallback, Group, IpVersion, PeerSet, Peers, Realised, Rule, Section, Tier,
};
use crate::ir::selector::{Operator, Selector, TagScope};
use crate::ir::service::{
    IcmpVersion, Match, Service, ServiceEntry, ServiceUse, Services, Transport,
};
use crate::ir::set::PortSet;
use crate::ir::{Id, Link, Linked, NonEmpty, Policy};
use crate::semantics::Membership;
use crate::semantics::fixture::{addresses, group, ident, member_of, origin, tag, tagged};

type GroupId = Id<Group<Linked>>;

struct Estate {
    policy: Policy<Linked>,
    rules: Vec<Rule<Linked>>,
    web: GroupId,
    db: GroupId,
}

fn by_tag(value: &str) -> Selector<Linked> {
    tag(TagScope::Is("tier".into()), Operator::Equals, value)
}

fn of(groups: &[GroupId]) -> Peers<Linked> {
    let parts = groups.iter().map(|group| member_of(*group)).collect();
    Peers {
        negated: false,
        set: PeerSet::Of(NonEmpty::new(parts).expect("some groups")),
    }
}

fn tcp(ranges: &[(u16, u16)]) -> Services<Linked> {
    entry(Match::Ports {
        transport: Transport::Tcp,
        source: PortSet::full(),
        destination: PortSet::from_ranges(ranges.iter().copied()),
    })
}

fn entry(matches: Match<Linked>) -> Services<Linked> {
    Services::Of(NonEmpty::one(ServiceUse::Inline(ServiceEntry {
        origin: origin(),
        matches,
    })))
}

fn rule(
    name: &str,
    action: Action,
    source: Peers<Linked>,
    destination: Peers<Linked>,
    services: Services<Linked>,
) -> Rule<Linked> {
    Rule {
        ident: ident(name),
        sequence: 0,
        action,
        source,
        destination,
        services,
        direction: Direction::Both,
        applied_to: Peers::any(),
        ip: IpVersion::Both,
        profiles: Vec::new(),
        logged: false,
        log_label: None,
        notes: None,
        enabled: true,
        is_default: false,
        unread: Vec::new(),
        broken: Vec::new(),
    }
}

impl Estate {
    fn new() -> Self {
        let mut policy = Policy::<Linked>::default();
        for (name, value, address) in [
            ("web1", "web", "10.0.0.1"),
            ("web2", "web", "10.0.0.2"),
            ("db1", "db", "10.0.1.1"),
            ("db2", "db", "10.0.1.2"),
            ("bak1", "bak", "10.0.2.1"),
        ] {
            let tag = format!("tier|{value}");
            policy.inventory.vms.push(tagged(name, &[&tag], &[address]));
        }
        let web = group(&mut policy, "web", by_tag("web"));
        let db = group(&mut policy, "db", by_tag("db"));
        Self {
            policy,
            rules: Vec::new(),
            web,
            db,
        }
    }

    fn group(&mut self, name: &str, members: Selector<Linked>) -> GroupId {
        group(&mut self.policy, name, members)
    }

    fn rule(mut self, rule: Rule<Linked>) -> Self {
        self.rules.push(rule);
        self
    }

    /// A rule between the two groups.
    fn web_to_db(self, name: &str, action: Action, services: Services<Linked>) -> Self {
        let (from, to) = (of(&[self.web]), of(&[self.db]));
        self.rule(rule(name, action, from, to, services))
    }

    fn finish(mut self) -> Vec<Finding> {
        let mut last = rule(
            "default",
            Action::Drop,
            Peers::any(),
            Peers::any(),
            Services::Any,
        );
        last.is_default = true;
        self.rules.push(last);
        self.policy.network.fallback = Fallback::Rule(origin());
        self.policy.network.sections.push(Section {
            ident: ident("shop"),
            tier: Tier::Application,
            sequence: 0,
            applied_to: None,
            stateful: true,
            strict_tcp: false,
            schedule: None,
            enabled: true,
            rules: self.rules,
            unread: Vec::new(),
        });
        let membership = Membership::of(&self.policy);
        let mut findings = Findings::new();
        super::check(&self.policy, &membership, &mut findings);
        findings.into_iter().collect()
    }

    /// What is said under a code.
    fn says(self, code: &str) -> Vec<String> {
        let findings = self.finish().into_iter();
        findings
            .filter(|finding| finding.code.id == code)
            .map(|finding| finding.message)
            .collect()
    }
}

use Action::{Allow, Drop};

#[test]
fn a_rule_under_a_wider_one_is_shadowed_whoever_belongs() {
    let wide = || Estate::new().web_to_db("wide", Allow, Services::Any);
    assert_eq!(
        wide()
            .web_to_db("narrow", Allow, tcp(&[(443, 443)]))
            .says("C1002"),
        [
            "rule `narrow` of section `shop` decides nothing whoever belongs to its groups: rule `wide` \
             takes all it matches first"
        ]
    );
    let narrow_first = Estate::new()
        .web_to_db("narrow", Allow, tcp(&[(443, 443)]))
        .web_to_db("wide", Allow, Services::Any);
    assert!(narrow_first.says("C1002").is_empty());
    assert_eq!(
        wide()
            .web_to_db("narrow", Drop, tcp(&[(443, 443)]))
            .says("C1003"),
        [
            "rule `narrow` of section `shop` decides nothing whoever belongs to its groups: it drops \
             what rule `wide` allows before it"
        ]
    );
    let off = Estate::new();
    let (from, to) = (of(&[off.web]), of(&[off.db]));
    let mut disabled = rule("wide", Allow, from, to, Services::Any);
    disabled.enabled = false;
    let off = off.rule(disabled);
    assert!(
        off.web_to_db("narrow", Allow, tcp(&[(443, 443)]))
            .finish()
            .is_empty()
    );
}

#[test]
fn two_rules_can_shadow_one_together() {
    let two = |second: (u16, u16)| {
        Estate::new()
            .web_to_db("low", Allow, tcp(&[(1, 100)]))
            .web_to_db("high", Allow, tcp(&[second]))
            .web_to_db("both", Allow, tcp(&[(80, 120)]))
            .says("C1002")
    };
    assert_eq!(
        two((101, 200)),
        [
            "rule `both` of section `shop` decides nothing whoever belongs to its groups: rule `low` and \
             rule `high` together take all it matches first"
        ]
    );
    assert!(two((102, 200)).is_empty());
}

#[test]
fn a_group_of_the_same_members_shadows_by_todays_membership_only() {
    let mut estate = Estate::new();
    let list = estate.group(
        "list",
        Selector::Addresses(addresses(&["10.0.0.1", "10.0.0.2"]), origin()),
    );
    let (web, db) = (estate.web, estate.db);
    let said = estate
        .rule(rule("listed", Allow, of(&[list]), of(&[db]), Services::Any))
        .rule(rule("tagged", Allow, of(&[web]), of(&[db]), Services::Any))
        .says("C1002");
    assert_eq!(
        said,
        [
            "rule `tagged` of section `shop` decides nothing by today's membership: rule `listed` takes \
             all it matches first"
        ]
    );
}

#[test]
fn what_follows_can_make_a_rule_redundant() {
    let narrow = || Estate::new().web_to_db("narrow", Allow, tcp(&[(443, 443)]));
    assert_eq!(
        narrow()
            .web_to_db("wide", Allow, Services::Any)
            .says("C1004"),
        [
            "rule `narrow` of section `shop` would not be missed whoever belongs to its groups: rule \
             `wide` after it allows all that it allows"
        ]
    );
    let between = narrow()
        .web_to_db("deny", Drop, tcp(&[(400, 500)]))
        .web_to_db("wide", Allow, Services::Any);
    assert!(between.says("C1004").is_empty());
    // A deny before the default deny is a guard.
    let guard = Estate::new().web_to_db("guard", Drop, Services::Any);
    assert!(guard.finish().is_empty());
}

#[test]
fn a_rule_that_cannot_match_is_told_with_the_reason() {
    let ping = || {
        entry(Match::Icmp {
            version: IcmpVersion::V4,
            kind: None,
            code: None,
        })
    };
    let with = |ip, services| {
        let estate = Estate::new();
        let (from, to) = (of(&[estate.web]), of(&[estate.db]));
        let mut ping = rule("ping", Allow, from, to, services);
        ping.ip = ip;
        estate.rule(ping).says("C1005")
    };
    assert_eq!(
        with(IpVersion::V6, ping()),
        ["rule `ping` of section `shop` matches nothing today: its services match no IP traffic"]
    );
    assert!(with(IpVersion::V4, ping()).is_empty());
    assert!(with(IpVersion::V6, Services::Any)[0].contains("of another IP version"));

    let mut estate = Estate::new();
    let empty = estate.group("later", by_tag("later"));
    let db = estate.db;
    let findings = estate
        .rule(rule("later", Allow, of(&[empty]), of(&[db]), Services::Any))
        .finish();
    let finding = findings.iter().find(|one| one.code.id == "C1005");
    let finding = finding.expect("it is told");
    assert!(
        finding
            .message
            .ends_with("its source, group `later`, has no member")
    );
    assert!(finding.cause.is_some(), "it follows from the empty group");
}

#[test]
fn rules_that_cross_contradict_and_exceptions_do_not() {
    let said = Estate::new()
        .web_to_db("ops", Allow, tcp(&[(22, 22), (443, 443)]))
        .web_to_db("legacy", Drop, tcp(&[(22, 23)]))
        .says("C1006");
    assert_eq!(
        said,
        [
            "rule `legacy` of section `shop` drops some of what rule `ops` allows before it; they have \
             part of their services in common"
        ]
    );
    let exception = Estate::new()
        .web_to_db("exception", Drop, tcp(&[(22, 22)]))
        .web_to_db("rest", Allow, tcp(&[(22, 443)]));
    assert!(exception.says("C1006").is_empty());
}

/// As many allows as denies to the same machines, each from a machine of its own.
fn crossing(count: usize) -> Vec<String> {
    let mut estate = Estate::new();
    for at in 0..2 * count {
        let (name, action) = (format!("app{at}"), if at < count { Allow } else { Drop });
        let machine = tagged(&name, &[&format!("tier|{name}")], &[]);
        estate.policy.inventory.vms.push(machine);
        let from = of(&[estate.group(&name, by_tag(&name))]);
        let to = of(&[estate.db]);
        estate = estate.rule(rule(&name, action, from, to, Services::Any));
    }
    estate.says("C1013")
}

#[test]
fn a_check_that_comes_to_its_bound_says_so() {
    assert_eq!(crossing(300), [""; 0]);
    let said = crossing(460);
    let [one] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(one.starts_with("more than 200000 pairs of rules"), "{one}");
}

#[test]
fn groups_are_alike_by_expression_or_by_members() {
    let alike = |value, members: &[&str]| {
        let mut estate = Estate::new();
        estate.group("front", by_tag(value));
        estate.group("listed", Selector::Addresses(addresses(members), origin()));
        estate.says("C1007")
    };
    assert_eq!(
        alike("WEB", &["10.0.9.9"]),
        ["groups `web`, `front` have one expression"]
    );
    assert!(alike("front", &["10.0.9.9"]).is_empty());
    let mut estate = Estate::new();
    let everything = tag(TagScope::Is("tier".into()), Operator::StartsWith, "we");
    estate.group("we", everything);
    assert_eq!(
        estate.says("C1007"),
        ["groups `web`, `we` have the same members today, by different expressions"]
    );
}

#[test]
fn use_through_others_counts() {
    let estate = |nested: bool| {
        let mut estate = Estate::new();
        let inner = estate.group("inner", by_tag("bak"));
        let members = if nested {
            member_of(inner)
        } else {
            by_tag("web")
        };
        let outer = estate.group("outer", members);
        let services = &mut estate.policy.network.services;
        let make = |name: &str, matches| Service {
            ident: ident(name),
            entries: vec![ServiceEntry {
                origin: origin(),
                matches,
            }],
            unread: Vec::new(),
        };
        let base = services.push(make("base", Match::Protocol(47)));
        let above = services.push(make(
            "above",
            if nested {
                Match::Nested(Link::Found(base, origin()))
            } else {
                Match::Igmp
            },
        ));
        let uses = ServiceUse::Named(Link::Found(above, origin()));
        let services = Services::Of(NonEmpty::one(uses));
        let (web, db) = (estate.web, estate.db);
        let findings = estate
            .rule(rule("r", Allow, of(&[outer, web]), of(&[db]), services))
            .finish();
        let about = ["C1008", "C1009"];
        let said = findings
            .into_iter()
            .filter(|one| about.contains(&one.code.id));
        said.map(|one| one.message).collect::<Vec<_>>()
    };
    assert!(estate(true).is_empty());
    assert_eq!(
        estate(false),
        [
            "group `inner` is used by no rule and no exclusion",
            "service `base` is used by no rule"
        ]
    );
}

#[test]
fn what_the_product_ships_is_nobodys_to_remove() {
    let mut estate = Estate::new();
    estate.policy.network.shipped.insert("web".into());
    assert_eq!(
        estate.says("C1008"),
        ["group `db` is used by no rule and no exclusion"]
    );
}

#[test]
fn administration_ports_are_not_for_everybody() {
    let open = |source: Peers<Linked>, services| {
        let estate = Estate::new();
        let db = of(&[estate.db]);
        estate
            .rule(rule("in", Allow, source, db, services))
            .says("C1010")
    };
    assert_eq!(
        open(Peers::any(), tcp(&[(20, 30)])),
        [
            "rule `in` of section `shop` lets anybody reach its destination on tcp 22 (SSH), tcp 23 \
             (Telnet)"
        ]
    );
    assert!(open(Peers::any(), tcp(&[(443, 443)])).is_empty());
    let block = |text: &str| Peers {
        negated: false,
        set: PeerSet::Of(NonEmpty::one(Selector::Addresses(
            addresses(&[text]),
            origin(),
        ))),
    };
    assert_eq!(open(block("10.0.0.0/8"), tcp(&[(22, 22)])).len(), 1);
    assert!(open(block("10.0.0.0/9"), tcp(&[(22, 22)])).is_empty());
    assert!(open(Peers::any(), Services::Any)[0].ends_with("every administration port"));
}

#[test]
fn a_rule_must_be_applied_to_who_sees_its_traffic() {
    let applied = |to: &str, direction| {
        let mut estate = Estate::new();
        let scope = estate.group("scope", by_tag(to));
        let (from, to) = (of(&[estate.web]), of(&[estate.db]));
        let mut rule = rule("r", Allow, from, to, Services::Any);
        rule.applied_to = of(&[scope]);
        rule.direction = direction;
        estate.rule(rule).says("C1011")
    };
    assert_eq!(
        applied("bak", Direction::Both),
        [
            "rule `r` of section `shop` is enforced nowhere today: it is applied to machines that are \
             none of its sources or destinations"
        ]
    );
    assert_eq!(applied("db", Direction::Out).len(), 1);
    assert!(applied("db", Direction::In).is_empty());
    assert!(applied("db", Direction::Both).is_empty());
}

#[test]
fn listed_members_are_compared() {
    let listed = |vms: Option<&[usize]>, held: Option<&[&str]>| {
        let mut estate = Estate::new();
        let ids: Vec<_> = estate.policy.inventory.vms.ids().collect();
        let vms = vms.map(|vms| {
            let link = |at: &usize| Link::Found(ids[*at], origin());
            vms.iter().map(link).collect()
        });
        for group in estate.policy.network.groups.values_mut().take(1) {
            group.realised = Some(Realised {
                vms: vms.clone(),
                addresses: held.map(addresses),
                origin: origin(),
            });
        }
        estate.says("C1012")
    };
    assert!(listed(Some(&[0, 1]), Some(&["10.0.0.1", "10.0.0.2"])).is_empty());
    assert!(listed(None, None).is_empty());
    let said = listed(Some(&[0, 2]), Some(&["10.0.0.1"]));
    let less = "group `web` means less here than on the source: the source platform lists members that do \
                not follow from expression and inventory";
    let more = "group `web` means more here than on the source: members follow from expression and \
                inventory that the source platform does not list";
    assert_eq!(
        said,
        [
            format!("{less}; machines: `db1` (1 in all)"),
            format!("{more}; machines: `web2` (1 in all)"),
            format!("{more}; addresses: `10.0.0.2` (1 in all)"),
        ]
    );
}
