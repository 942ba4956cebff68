//! Builds policies by hand and lowers them.

use rehome::back::{self, Files};
use rehome::compile::constructs;
use rehome::finding::{Effect, Findings, Level};
use rehome::ir::inventory::{Tag, Vm};
use rehome::ir::network::{
    Action, Direction, Enforcement, Exclusion, Fallback, Group, IpVersion, PeerSet, Peers, Rule,
    Section, Tier,
};
use rehome::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, ServiceEntry, ServiceUse, Services, Transport};
use rehome::ir::set::{AddressSet, PortSet};
use rehome::ir::{Id, Ident, Link, Linked, Name, NonEmpty, Opaque, Policy};
use rehome::legal::{self, Ledger, Options, Release, Tally, Target};
use rehome::source::{Origin, Sources};
use serde_json::Value;
use std::process::Command;

pub type GroupId = Id<Group<Linked>>;

pub fn ident(kind: &str, name: &str) -> Ident {
    Ident {
        id: format!("/{kind}/{name}"),
        name: name.to_owned(),
        origin: Origin::default(),
    }
}

#[derive(Clone)]
pub struct Estate {
    pub policy: Policy<Linked>,
    next_address: u8,
}

pub fn any() -> Peers<Linked> {
    Peers::any()
}

pub fn peers(group: GroupId) -> Peers<Linked> {
    Peers {
        negated: false,
        set: PeerSet::Of(NonEmpty::one(Selector::Group(Link::Found(
            group,
            Origin::default(),
        )))),
    }
}

pub fn addresses(texts: &[&str]) -> AddressSet {
    AddressSet::from_blocks(texts.iter().map(|text| {
        rehome_grammar::text::address(text)
            .expect("an address")
            .block
    }))
}

pub fn condition(key: Key, operator: Operator, value: &str) -> Selector<Linked> {
    Selector::Match(Condition {
        of: Of::Vm,
        key,
        operator,
        value: value.to_owned(),
        origin: Origin::default(),
    })
}

pub struct RuleDraft(pub Rule<Linked>);

fn rule(name: &str, action: Action) -> RuleDraft {
    RuleDraft(Rule {
        ident: ident("rules", name),
        sequence: 0,
        action,
        source: any(),
        destination: any(),
        services: Services::Any,
        direction: Direction::Both,
        applied_to: any(),
        ip: IpVersion::Both,
        profiles: Vec::new(),
        logged: false,
        log_label: None,
        notes: None,
        enabled: true,
        is_default: false,
        unread: Vec::new(),
        broken: Vec::new(),
    })
}

pub fn allow(name: &str) -> RuleDraft {
    rule(name, Action::Allow)
}

pub fn drop(name: &str) -> RuleDraft {
    rule(name, Action::Drop)
}

pub fn entry(matches: Match<Linked>) -> ServiceUse<Linked> {
    ServiceUse::Inline(ServiceEntry {
        origin: Origin::default(),
        matches,
    })
}

pub fn ports(transport: Transport, first: u16, last: u16) -> ServiceUse<Linked> {
    entry(Match::Ports {
        transport,
        source: PortSet::full(),
        destination: PortSet::range(first, last),
    })
}

impl RuleDraft {
    pub fn from(mut self, group: GroupId) -> Self {
        self.0.source = peers(group);
        self
    }
    pub fn to(mut self, group: GroupId) -> Self {
        self.0.destination = peers(group);
        self
    }
    pub fn with(mut self, service: ServiceUse<Linked>) -> Self {
        let mut all = match self.0.services {
            Services::Any => Vec::new(),
            Services::Of(list) => list.into_vec(),
        };
        all.push(service);
        self.0.services = NonEmpty::new(all).map_or(Services::Any, Services::Of);
        self
    }
    pub fn tcp(self, port: u16) -> Self {
        self.with(ports(Transport::Tcp, port, port))
    }
    pub fn udp(self, port: u16) -> Self {
        self.with(ports(Transport::Udp, port, port))
    }
    pub fn icmp(self, kind: u8) -> Self {
        self.with(entry(Match::Icmp {
            version: IcmpVersion::V4,
            kind: Some(kind),
            code: None,
        }))
    }
    pub fn protocol(self, number: u8) -> Self {
        self.with(entry(Match::Protocol(number)))
    }
    pub fn source_port(self, port: u16) -> Self {
        self.with(entry(Match::Ports {
            transport: Transport::Udp,
            source: PortSet::range(port, port),
            destination: PortSet::full(),
        }))
    }
    pub fn profile(mut self, name: &str) -> Self {
        self.0.profiles.push(Opaque {
            what: "profile".to_owned(),
            text: name.to_owned(),
            origin: Origin::default(),
        });
        self
    }
    pub fn action(mut self, action: Action) -> Self {
        self.0.action = action;
        self
    }
    pub fn direction(mut self, direction: Direction) -> Self {
        self.0.direction = direction;
        self
    }
    pub fn default(mut self) -> Self {
        self.0.is_default = true;
        self
    }
}

impl Estate {
    pub fn new() -> Self {
        let mut policy = Policy::default();
        policy.network.fallback = Fallback::Rule(Origin::default());
        policy.network.enforcement = Enforcement::On(Origin::default());
        Self {
            policy,
            next_address: 1,
        }
    }

    pub fn vm(&mut self, name: &str, tags: &[(&str, &str)]) -> Id<Vm<Linked>> {
        let address = format!("10.0.0.{}", self.next_address);
        self.next_address += 1;
        self.vm_at(name, tags, Some(addresses(&[&address])))
    }

    pub fn vm_at(
        &mut self,
        name: &str,
        tags: &[(&str, &str)],
        addresses: Option<AddressSet>,
    ) -> Id<Vm<Linked>> {
        self.policy.inventory.vms.push(Vm {
            ident: ident("vms", name),
            aliases: vec![name.to_owned()],
            tags: tags
                .iter()
                .map(|(scope, value)| Tag {
                    scope: (*scope).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
            addresses,
            segments: Vec::new(),
            os_name: Some("Linux".to_owned()),
            computer_name: Some(name.to_owned()),
            host: None,
            cluster: None,
        })
    }

    pub fn group(&mut self, name: &str, members: Selector<Linked>) -> GroupId {
        self.policy.network.groups.push(Group {
            ident: ident("groups", name),
            members,
            realised: None,
            unread: Vec::new(),
        })
    }

    pub fn tagged(&mut self, name: &str, scope: &str, value: &str) -> GroupId {
        let key = Key::Tag(TagScope::Is(scope.to_owned()));
        self.group(name, condition(key, Operator::Equals, value))
    }

    pub fn named(&mut self, name: &str, start: &str) -> GroupId {
        self.group(name, condition(Key::Name, Operator::StartsWith, start))
    }

    pub fn addresses(&mut self, name: &str, texts: &[&str]) -> GroupId {
        self.group(
            name,
            Selector::Addresses(addresses(texts), Origin::default()),
        )
    }

    pub fn unknown_group(&mut self, name: &str) -> GroupId {
        let missing = Name::new("somebody", Origin::default());
        self.group(name, Selector::Group(Link::Missing(missing)))
    }

    pub fn group_of(&self, name: &str) -> GroupId {
        self.policy
            .network
            .groups
            .iter()
            .find(|(_, group)| group.ident.name == name)
            .map(|(id, _)| id)
            .expect("a group of that name")
    }

    pub fn exclude(&mut self, vm: &str) {
        let id = self
            .policy
            .inventory
            .vms
            .iter()
            .find(|(_, known)| known.ident.name == vm)
            .map(|(id, _)| id)
            .expect("a machine of that name");
        self.policy.network.exclusions.push(Exclusion {
            ident: ident("exclusions", vm),
            members: Selector::Vm(Link::Found(id, Origin::default())),
        });
    }

    fn make(&self, tier: Tier, rules: Vec<RuleDraft>) -> Section<Linked> {
        let number = self.policy.network.sections.len();
        Section {
            ident: ident("sections", &format!("section-{number}")),
            tier,
            sequence: 0,
            applied_to: None,
            stateful: true,
            strict_tcp: false,
            schedule: None,
            enabled: true,
            rules: rules.into_iter().map(|rule| rule.0).collect(),
            unread: Vec::new(),
        }
    }

    pub fn section(&mut self, tier: Tier, rules: Vec<RuleDraft>) {
        let section = self.make(tier, rules);
        self.policy.network.sections.push(section);
    }

    pub fn sections_first(&mut self, tier: Tier, rules: Vec<RuleDraft>) {
        let section = self.make(tier, rules);
        self.policy.network.sections.insert(0, section);
    }

    /// Puts rules in front of the first section.
    pub fn prepend(&mut self, rules: Vec<RuleDraft>) {
        let first = self.policy.network.sections.first_mut().expect("a section");
        let mut all: Vec<Rule<Linked>> = rules.into_iter().map(|rule| rule.0).collect();
        all.append(&mut first.rules);
        first.rules = all;
    }

    pub fn lower(self, release: Release) -> Run {
        self.lower_for(Target::of(release))
    }

    pub fn lower_for(self, target: Target) -> Run {
        self.lower_with(&Options::new(target))
    }

    pub fn lower_with(self, options: &Options) -> Run {
        let mut ledger = Ledger::new();
        let plan = legal::legalise(&self.policy, options, &mut ledger);
        let closed = ledger.close(constructs(&self.policy));
        for finding in closed.findings.iter() {
            assert!(!finding.code.id.starts_with('X'), "{}", finding.message);
        }
        Run {
            files: back::nutanix::emit(&plan, &Sources::default()),
            findings: closed.findings,
            tally: closed.tally,
            release: options.target.release(),
        }
    }
}

/// What came out.
pub struct Run {
    pub files: Files,
    pub findings: Findings,
    pub tally: Tally,
    pub release: Release,
}

impl Run {
    pub fn codes(&self) -> Vec<&'static str> {
        self.findings
            .iter()
            .map(|finding| finding.code.id)
            .collect()
    }

    pub fn finding(&self, code: &str) -> Option<Effect> {
        self.findings
            .iter()
            .find(|finding| finding.code.id == code)
            .map(|finding| finding.effect)
    }

    pub fn levels(&self, least: Level) -> Vec<String> {
        self.findings
            .iter()
            .filter(|finding| finding.level() >= least)
            .map(|finding| format!("{} {}", finding.code.id, finding.message))
            .collect()
    }

    pub fn bodies(&self, model: &str) -> Vec<(String, Value)> {
        let prefix = format!("nutanix/objects/{model}/");
        self.files
            .iter()
            .filter(|(path, _)| path.starts_with(&prefix))
            .map(|(path, bytes)| (path.clone(), serde_json::from_slice(bytes).expect("JSON")))
            .collect()
    }

    pub fn dump(&self) -> String {
        let findings: Vec<String> = self
            .findings
            .iter()
            .map(|f| format!("{} {:?} {}", f.code.id, f.effect, f.message))
            .collect();
        let files: Vec<String> = self
            .files
            .iter()
            .filter(|(path, _)| {
                path.contains("Policy")
                    || path.contains("Group")
                    || path.ends_with("assignments.json")
            })
            .map(|(path, bytes)| format!("{path}\n{}", String::from_utf8_lossy(bytes)))
            .collect();
        format!("{}\n{}", findings.join("\n"), files.join("\n"))
    }

    pub fn target(&self) -> super::judge::Target {
        super::judge::Target::read(&self.files)
    }

    /// Runs the independent checker over every body, when it is there.
    pub fn check(&self) {
        let tool = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/tools/nutanix-check/check.py"
        );
        let tool = if std::path::Path::new(tool).exists() {
            tool.to_owned()
        } else {
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../shared/tools/nutanix-check/check.py"
            )
            .to_owned()
        };
        if !std::path::Path::new(&tool).exists() {
            eprintln!("skipped: no {tool}");
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut by_model: std::collections::BTreeMap<&str, Vec<std::path::PathBuf>> =
            std::collections::BTreeMap::new();
        for (path, bytes) in &self.files {
            let Some((model, name)) = path
                .strip_prefix("nutanix/objects/")
                .and_then(|rest| rest.split_once('/'))
            else {
                continue;
            };
            let file = folder.path().join(format!("{model}-{name}"));
            std::fs::write(&file, bytes).expect("written");
            by_model.entry(model).or_default().push(file);
        }
        let release = match self.release {
            Release::R7_6 => "next",
            other => other.name(),
        };
        for (model, files) in by_model {
            let answer = Command::new("python3")
                .args([&tool, "--release", release, model])
                .args(&files)
                .output()
                .expect("python3 runs");
            let said = String::from_utf8_lossy(&answer.stdout);
            assert!(answer.status.success(), "{model}: {said}\n{}", self.dump());
        }
    }
}
