//! What an estate holds, before it is written as an export.

use crate::random::Random;

/// The shape of an estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Default drop; half of the particular rules are applied to their own machines only.
    Fenced,
    /// Default allow; every application rule is applied to its application.
    Brownfield,
    /// Allow rules and one drop at the end, most groups with addresses: a production estate whose
    /// counts are public.
    Production,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Lets through.
    Allow,
    /// Discards.
    Drop,
    /// Goes on in the application tier.
    Jump,
}

/// A rule by the numbers of its groups and services; `None` is any.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The category.
    pub category: &'static str,
    /// The section within the category.
    pub section: usize,
    /// What it does.
    pub action: Action,
    /// The source groups.
    pub sources: Vec<usize>,
    /// The destination groups.
    pub destinations: Vec<usize>,
    /// The services.
    pub services: Vec<usize>,
    /// The groups it is applied to.
    pub scope: Vec<usize>,
    /// `IN`, `OUT` or `IN_OUT`.
    pub direction: &'static str,
}

/// Who belongs to a group.
#[derive(Clone, Debug)]
pub enum Members {
    /// The machines with these tags.
    Tags(Vec<String>),
    /// The machines with a tag, and addresses.
    TagAndAddresses(String, Vec<String>),
    /// Addresses.
    Addresses(Vec<String>),
    /// Other groups.
    Groups(Vec<usize>),
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its tags, as `scope|value`.
    pub tags: Vec<String>,
    /// Its address.
    pub address: String,
}

/// A generated estate.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Machines.
    pub machines: Vec<Machine>,
    /// Groups.
    pub groups: Vec<Members>,
    /// Services: protocol and ports.
    pub services: Vec<(&'static str, Vec<String>)>,
    /// Rules in order.
    pub rules: Vec<Rule>,
    /// Whether the default rule allows.
    pub default_allow: bool,
}

const ENVIRONMENTS: usize = 4;
const TIERS: [&str; 3] = ["web", "app", "db"];

/// Where the groups of each kind begin.
struct Numbers {
    environments: usize,
    infrastructure: usize,
    infrastructure_count: usize,
    tiers: usize,
    applications: usize,
    addresses: usize,
    addresses_count: usize,
}

impl Estate {
    /// An estate with about so many rules, and half as many machines.
    #[must_use]
    pub fn new(profile: Profile, rules: usize) -> Self {
        let mut random = Random::new(0x00c0_ffee);
        let applications = (rules / 40).max(2);
        let mut estate = Self {
            default_allow: profile == Profile::Brownfield,
            ..Self::default()
        };
        estate.machines = machines(rules / 2, applications, &mut random);
        estate.services = services(&mut random);
        let numbers = estate.add_groups(profile, rules, applications, &mut random);
        estate.add_shared_rules(profile, rules, &numbers, &mut random);
        estate.add_application_rules(profile, rules, applications, &numbers, &mut random);
        estate
    }

    /// An estate with as many policies, rules and groups as asked for, three of four groups with
    /// addresses: a shape known from a production estate.
    #[must_use]
    pub fn real(policies: usize, rules: usize, groups: usize) -> Self {
        let mut random = Random::new(0x000b_0a7e);
        let mut estate = Self {
            machines: machines(rules, policies, &mut random),
            services: services(&mut random),
            ..Self::default()
        };
        for at in 0..groups {
            let (policy, nth) = (at % policies, at / policies);
            let tier = TIERS.get(nth % TIERS.len()).copied().unwrap_or("web");
            let block = || format!("172.{}.{}.{}", 16 + policy % 16, nth % 256, policy);
            estate.groups.push(match nth % 4 {
                0 => Members::Tags(vec![format!("app|a{policy}"), format!("tier|{tier}")]),
                1 => Members::Addresses(vec![block()]),
                _ => Members::TagAndAddresses(format!("role|a{policy}-{tier}"), vec![block()]),
            });
        }
        for at in 0..rules {
            let policy = at * policies / rules;
            let each = groups / policies;
            let group = |of: usize, random: &mut Random| of + policies * random.below(each);
            let friend = if random.percent(40) {
                random.below(policies)
            } else {
                policy
            };
            let sources = 1 + random.below(3);
            estate.rules.push(Rule {
                category: "Application",
                section: policy,
                action: Action::Allow,
                sources: (0..sources).map(|_| group(friend, &mut random)).collect(),
                destinations: vec![group(policy, &mut random)],
                services: (0..=random.below(2))
                    .map(|_| random.below(estate.services.len()))
                    .collect(),
                scope: Vec::new(),
                direction: "IN_OUT",
            });
        }
        estate
    }

    /// One allow for everybody beneath so many denies, each of one application to another and of one
    /// service.
    #[must_use]
    pub fn denies(count: usize) -> Self {
        let mut random = Random::new(0x00de_41e5);
        let applications = count.max(2);
        let mut estate = Self {
            machines: machines(applications * 2, applications, &mut random),
            services: services(&mut random),
            ..Self::default()
        };
        let tag = |at| Members::Tags(vec![format!("app|a{at}")]);
        estate.groups = (0..applications).map(tag).collect();
        let rule = |action, sources, destinations, services| Rule {
            category: "Application",
            section: 0,
            action,
            sources,
            destinations,
            services,
            scope: Vec::new(),
            direction: "IN_OUT",
        };
        for at in 0..count {
            let to = random.below(applications);
            let service = random.below(estate.services.len());
            let denies = rule(Action::Drop, vec![at], vec![to], vec![service]);
            estate.rules.push(denies);
        }
        let allows = rule(Action::Allow, Vec::new(), Vec::new(), Vec::new());
        estate.rules.push(allows);
        estate
    }

    fn add_groups(
        &mut self,
        profile: Profile,
        rules: usize,
        applications: usize,
        random: &mut Random,
    ) -> Numbers {
        let environments = self.groups.len();
        for at in 0..ENVIRONMENTS {
            self.groups.push(Members::Tags(vec![format!("env|e{at}")]));
        }
        let infrastructure = self.groups.len();
        let infrastructure_count = (rules / 100).clamp(4, 200);
        for at in 0..infrastructure_count {
            self.groups
                .push(Members::Tags(vec![format!("infra|i{at}")]));
        }
        let tiers = self.groups.len();
        for application in 0..applications {
            for tier in TIERS {
                let tags = vec![format!("app|a{application}"), format!("tier|{tier}")];
                self.groups.push(match profile {
                    Profile::Production if random.percent(75) => {
                        let extra = format!(
                            "172.{}.{}.{}",
                            16 + application % 16,
                            application / 16 % 256,
                            random.below(256)
                        );
                        Members::TagAndAddresses(format!("role|a{application}-{tier}"), vec![extra])
                    }
                    Profile::Production | Profile::Fenced | Profile::Brownfield => {
                        Members::Tags(tags)
                    }
                });
            }
        }
        let whole = self.groups.len();
        for application in 0..applications {
            let first = tiers + application * TIERS.len();
            self.groups
                .push(Members::Groups((first..first + TIERS.len()).collect()));
        }
        let addresses = self.groups.len();
        let addresses_count = (rules / 100).max(2);
        for at in 0..addresses_count {
            let networks = (0..=random.below(3)).map(|_| {
                format!(
                    "192.{}.{}.0/{}",
                    random.below(200),
                    at % 256,
                    24 + random.below(5)
                )
            });
            self.groups.push(Members::Addresses(networks.collect()));
        }
        Numbers {
            environments,
            infrastructure,
            infrastructure_count,
            tiers,
            applications: whole,
            addresses,
            addresses_count,
        }
    }

    fn add_shared_rules(
        &mut self,
        profile: Profile,
        rules: usize,
        numbers: &Numbers,
        random: &mut Random,
    ) {
        for at in 0..rules * 12 / 100 {
            let target = numbers.infrastructure + at % numbers.infrastructure_count;
            let sources = if random.percent(40) {
                Vec::new()
            } else {
                vec![numbers.environments + random.below(ENVIRONMENTS)]
            };
            self.rules.push(Rule {
                category: "Infrastructure",
                section: at / 100,
                action: Action::Allow,
                sources,
                destinations: vec![target],
                services: vec![random.below(self.services.len())],
                scope: Vec::new(),
                direction: "IN_OUT",
            });
        }
        if profile == Profile::Production {
            return;
        }
        for at in 0..rules * 8 / 100 {
            let application = |random: &mut Random| {
                numbers.applications + random.below(numbers.addresses - numbers.applications)
            };
            let (from, to) = (application(random), application(random));
            self.rules.push(Rule {
                category: "Environment",
                section: at / 100,
                action: if random.percent(20) {
                    Action::Jump
                } else {
                    Action::Allow
                },
                sources: vec![from],
                destinations: vec![to],
                services: vec![random.below(self.services.len())],
                scope: Vec::new(),
                direction: "IN_OUT",
            });
        }
        for from in 0..ENVIRONMENTS {
            for to in (0..ENVIRONMENTS).filter(|to| *to != from) {
                self.rules.push(Rule {
                    category: "Environment",
                    section: usize::MAX,
                    action: Action::Drop,
                    sources: vec![numbers.environments + from],
                    destinations: vec![numbers.environments + to],
                    services: Vec::new(),
                    scope: Vec::new(),
                    direction: "IN_OUT",
                });
            }
        }
    }

    fn add_application_rules(
        &mut self,
        profile: Profile,
        rules: usize,
        applications: usize,
        numbers: &Numbers,
        random: &mut Random,
    ) {
        let each = (rules.saturating_sub(self.rules.len()) / applications).max(4);
        for application in 0..applications {
            let tier = |at: usize| numbers.tiers + application * TIERS.len() + at;
            let whole = numbers.applications + application;
            for at in 0..each {
                let inner = |random: &mut Random| tier(random.below(TIERS.len()));
                let fence = profile != Profile::Production;
                let (action, sources, destinations) = if fence && at + 1 == each {
                    (Action::Drop, Vec::new(), vec![whole])
                } else if fence && at + 2 == each && application % 2 == 0 {
                    (Action::Drop, vec![whole], Vec::new())
                } else if fence && random.percent(8) {
                    (Action::Drop, vec![inner(random)], vec![inner(random)])
                } else if random.percent(30) {
                    let from = numbers.addresses + random.below(numbers.addresses_count);
                    (Action::Allow, vec![from], vec![inner(random)])
                } else if random.percent(25) {
                    let friend = numbers.applications + random.below(applications);
                    (Action::Allow, vec![friend], vec![inner(random)])
                } else {
                    (Action::Allow, vec![inner(random)], vec![inner(random)])
                };
                let scoped = match profile {
                    Profile::Fenced => action == Action::Allow && random.percent(50),
                    Profile::Brownfield => true,
                    Profile::Production => false,
                };
                let scope = match (scoped, profile) {
                    (false, _) => Vec::new(),
                    (true, Profile::Brownfield) => vec![whole],
                    (true, Profile::Fenced | Profile::Production) => sources
                        .iter()
                        .chain(&destinations)
                        .copied()
                        .filter(|group| *group < numbers.addresses)
                        .collect(),
                };
                let services = match action {
                    Action::Allow => (0..=random.below(2))
                        .map(|_| random.below(self.services.len()))
                        .collect(),
                    Action::Drop | Action::Jump => Vec::new(),
                };
                let direction = match random.below(10) {
                    0 => "IN",
                    1 => "OUT",
                    _ => "IN_OUT",
                };
                let direction = if action == Action::Allow {
                    direction
                } else {
                    "IN_OUT"
                };
                self.rules.push(Rule {
                    category: "Application",
                    section: application,
                    action,
                    sources,
                    destinations,
                    services,
                    scope,
                    direction,
                });
            }
        }
    }
}

fn machines(count: usize, applications: usize, random: &mut Random) -> Vec<Machine> {
    (0..count)
        .map(|at| {
            let application = at % applications;
            let tier = TIERS
                .get(at / applications % TIERS.len())
                .copied()
                .unwrap_or("web");
            let mut tags = vec![
                format!("app|a{application}"),
                format!("tier|{tier}"),
                format!("role|a{application}-{tier}"),
                format!("env|e{}", application % ENVIRONMENTS),
                format!("os|o{}", random.below(6)),
            ];
            if at % 25 == 0 {
                tags.push(format!("infra|i{}", at / 25 % 200));
            }
            Machine {
                tags,
                address: format!("10.{}.{}.{}", at / 65536 % 256, at / 256 % 256, at % 256),
            }
        })
        .collect()
}

fn services(random: &mut Random) -> Vec<(&'static str, Vec<String>)> {
    (0..400)
        .map(|at| {
            let protocol = if at % 5 == 0 { "UDP" } else { "TCP" };
            let first = 1000 + at * 20;
            let ports = match random.below(4) {
                0 => vec![format!("{first}-{}", first + 1 + random.below(18))],
                1 => vec![first.to_string(), (first + 7).to_string()],
                _ => vec![first.to_string()],
            };
            (protocol, ports)
        })
        .collect()
}
