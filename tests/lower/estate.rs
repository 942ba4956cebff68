//! Small policies made by hand, and what comes out of them.

use rehome::back::Files;
use rehome::compile::constructs;
use rehome::finding::{Fate, Finding, Level};
use rehome::ir::inventory::{Cluster, Host, Segment, Vm};
use rehome::ir::placement::{
    HostGroup, PlacementRule, RuleKind, Setting, SettingKind, Strength, VmGroup,
};
use rehome::ir::recovery::{
    AddressChange, AddressRule, Callout, CalloutKind, NetworkMapping, NicSettings, PlanStep,
    Priority, ProtectionGroup, RecoveryPlan, Replication, Run, Shutdown, Sites, StepKind,
    VmRecovery,
};
use rehome::ir::set::AddressSet;
use rehome::ir::{Id, Ident, Link, Linked, Name, Policy};
use rehome::legal::sealed::Closed;
use rehome::legal::{Construct, Kind, Ledger, Options, Target, legalise};
use rehome::source::{Origin, Sources};
use rehome::verify;
use rehome::verify::comparison::Comparison;
use rehome_grammar::Span;
use rehome_grammar::text::address;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A policy in the making.
pub struct Estate {
    pub policy: Policy<Linked>,
    pub sources: Sources,
    pub origin: Origin,
    age: i64,
}

impl Estate {
    pub fn new() -> Self {
        let mut sources = Sources::default();
        let file = sources.add_text("made.json".into(), PathBuf::new(), "{}".into());
        Self {
            policy: Policy::default(),
            sources,
            origin: Origin {
                file,
                span: Span::new(0, 1),
            },
            age: 0,
        }
    }

    pub fn ident(&self, id: &str) -> Ident {
        Ident {
            id: id.to_owned(),
            name: id.to_owned(),
            origin: self.origin,
        }
    }

    pub fn found<T>(&self, id: Id<T>) -> Link<T> {
        Link::Found(id, self.origin)
    }

    pub fn missing<T>(&self, text: &str) -> Link<T> {
        Link::Missing(Name::new(text, self.origin))
    }

    pub fn cluster(&mut self, name: &str, hosts: &[&str]) -> Id<Cluster> {
        let ident = self.ident(name);
        let cluster = self.policy.inventory.clusters.push(Cluster {
            ident,
            aliases: vec![],
        });
        for host in hosts {
            let ident = self.ident(host);
            let link = self.found(cluster);
            self.policy.inventory.hosts.push(Host {
                ident,
                aliases: vec![],
                cluster: Some(link),
            });
        }
        cluster
    }

    pub fn vm(&mut self, name: &str, cluster: Id<Cluster>) -> Id<Vm<Linked>> {
        let ident = self.ident(name);
        let cluster = self.found(cluster);
        self.policy.inventory.vms.push(Vm {
            ident,
            aliases: vec![],
            tags: vec![],
            addresses: None,
            segments: vec![],
            os_name: None,
            computer_name: None,
            host: None,
            cluster: Some(cluster),
        })
    }

    pub fn host_named(&self, name: &str) -> Id<Host<Linked>> {
        let hosts = &self.policy.inventory.hosts;
        hosts
            .iter()
            .find(|(_, host)| host.ident.name == name)
            .unwrap()
            .0
    }

    pub fn vm_named(&self, name: &str) -> Id<Vm<Linked>> {
        let vms = &self.policy.inventory.vms;
        vms.iter().find(|(_, vm)| vm.ident.name == name).unwrap().0
    }

    /// A group of machines; a name with a question mark is in no export.
    pub fn vm_group(&mut self, name: &str, vms: &[&str]) -> Id<VmGroup<Linked>> {
        let vms = self.vms(vms);
        let ident = self.ident(&format!("c/{name}"));
        self.policy.placement.vm_groups.push(VmGroup {
            ident: Ident {
                name: name.to_owned(),
                ..ident
            },
            cluster: None,
            vms,
        })
    }

    pub fn host_group(&mut self, name: &str, hosts: &[&str]) -> Id<HostGroup<Linked>> {
        let hosts = hosts
            .iter()
            .map(|name| match name.strip_suffix('?') {
                Some(name) => self.missing(name),
                None => self.found(self.host_named(name)),
            })
            .collect();
        let ident = self.ident(&format!("c/{name}"));
        self.policy.placement.host_groups.push(HostGroup {
            ident: Ident {
                name: name.to_owned(),
                ..ident
            },
            cluster: None,
            hosts,
        })
    }

    pub fn vms(&self, names: &[&str]) -> Vec<Link<Vm<Linked>>> {
        names
            .iter()
            .map(|name| match name.strip_suffix('?') {
                Some(name) => self.missing(name),
                None => self.found(self.vm_named(name)),
            })
            .collect()
    }

    pub fn rule(
        &mut self,
        name: &str,
        cluster: Id<Cluster>,
        strength: Strength,
        kind: RuleKind<Linked>,
    ) -> &mut PlacementRule<Linked> {
        self.age += 1;
        let ident = self.ident(name);
        let cluster = Some(self.found(cluster));
        self.policy.placement.rules.push(PlacementRule {
            ident,
            cluster,
            age: Some(self.age),
            kind,
            strength,
            enabled: true,
            unread: vec![],
        });
        self.policy.placement.rules.last_mut().unwrap()
    }

    pub fn run_on(
        &mut self,
        name: &str,
        cluster: Id<Cluster>,
        strength: Strength,
        vms: Id<VmGroup<Linked>>,
        hosts: Id<HostGroup<Linked>>,
    ) {
        let kind = RuleKind::RunOn {
            vms: self.found(vms),
            hosts: self.found(hosts),
        };
        self.rule(name, cluster, strength, kind);
    }

    pub fn keep_off(
        &mut self,
        name: &str,
        cluster: Id<Cluster>,
        strength: Strength,
        vms: Id<VmGroup<Linked>>,
        hosts: Id<HostGroup<Linked>>,
    ) {
        let kind = RuleKind::KeepOff {
            vms: self.found(vms),
            hosts: self.found(hosts),
        };
        self.rule(name, cluster, strength, kind);
    }

    pub fn setting(&mut self, id: &str, cluster: Id<Cluster>, vm: Option<&str>, what: SettingKind) {
        let setting = Setting {
            ident: self.ident(id),
            cluster: Some(self.found(cluster)),
            vm: vm.map(|vm| self.vms(&[vm]).remove(0)),
            what,
        };
        self.policy.placement.settings.push(setting);
    }

    pub fn lower(&self) -> Lowered {
        self.lower_with(&Options::new(Target::default()))
    }

    pub fn lower_for(&self, target: &str) -> Lowered {
        self.lower_with(&Options::new(target.parse().unwrap()))
    }

    /// Lowers, emits and closes the account. Every construct must be counted once.
    pub fn lower_with(&self, options: &Options) -> Lowered {
        let mut ledger = Ledger::new();
        let plan = legalise(&self.policy, options, &mut ledger);
        let files = rehome::back::nutanix::emit(&plan, &self.sources);
        let mut closed = ledger.close(constructs(&self.policy));
        let placement = verify::placement::compare(&self.policy, &files, &closed.findings);
        let recovery = verify::recovery::compare(&self.policy, &files, &closed.findings);
        assert!(placement.compared, "{:?}", placement.findings);
        placement.attach(&mut closed.findings);
        recovery.attach(&mut closed.findings);
        let lowered = Lowered {
            files,
            closed,
            placement,
            recovery,
            release: options.target.release().name(),
        };
        assert_eq!(
            lowered.codes_of("X"),
            Vec::<&str>::new(),
            "a construct was miscounted, or a difference not declared: {:?}",
            lowered
                .findings()
                .filter(|f| f.code.id.starts_with('X'))
                .map(|f| &f.message)
                .collect::<Vec<_>>()
        );
        for finding in lowered.findings() {
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            assert_ne!(finding.fate, None, "{}", finding.message);
        }
        lowered
    }
}

/// What came out.
pub struct Lowered {
    pub files: Files,
    pub closed: Closed,
    pub placement: Comparison,
    pub recovery: Comparison,
    pub release: &'static str,
}

impl Lowered {
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.closed.findings.iter()
    }

    pub fn codes_of(&self, letter: &str) -> Vec<&'static str> {
        let codes = self.findings().map(|finding| finding.code.id);
        codes.filter(|id| id.starts_with(letter)).collect()
    }

    /// The codes about a construct, sorted.
    pub fn codes_about(&self, id: &str) -> Vec<&'static str> {
        let mut codes: Vec<_> = self
            .findings()
            .filter(|finding| {
                finding
                    .subjects
                    .first()
                    .is_some_and(|subject| subject.id == id)
            })
            .map(|finding| finding.code.id)
            .collect();
        codes.sort_unstable();
        codes
    }

    pub fn finding(&self, code: &str) -> &Finding {
        self.findings()
            .find(|finding| finding.code.id == code)
            .unwrap_or_else(|| panic!("no {code} in {:?}", self.codes_of("")))
    }

    pub fn level(&self, code: &str) -> Level {
        self.finding(code).level()
    }

    pub fn fate(&self, kind: Kind, id: &str) -> Fate {
        self.closed.fates[&Construct::new(kind, id)]
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.files[path]).unwrap()
    }

    /// The bodies of a model in the order of creation.
    pub fn bodies(&self, model: &str) -> Vec<Value> {
        self.entries(model)
            .iter()
            .map(|entry| self.json(&format!("nutanix/{}", entry["body"].as_str().unwrap())))
            .collect()
    }

    pub fn entries(&self, model: &str) -> Vec<Value> {
        let manifest = self.json("nutanix/manifest.json");
        let objects = manifest["objects"].as_array().unwrap().clone();
        objects
            .into_iter()
            .filter(|entry| entry["model"] == model)
            .collect()
    }

    /// `key=value` of a category by its placeholder.
    pub fn category(&self, id: &Value) -> String {
        let entries = self.entries("Category");
        let entry = entries.iter().find(|entry| entry["id"] == *id).unwrap();
        let body = self.json(&format!("nutanix/{}", entry["body"].as_str().unwrap()));
        format!(
            "{}={}",
            body["key"].as_str().unwrap(),
            body["value"].as_str().unwrap()
        )
    }

    /// The names that carry a category, by its placeholder.
    pub fn carriers(&self, of: &str, id: &Value) -> BTreeSet<String> {
        let assignments = self.json("nutanix/assignments.json");
        assignments[of]
            .as_array()
            .unwrap()
            .iter()
            .filter(|who| who["categories"].as_array().unwrap().contains(id))
            .map(|who| who["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The hosts each machine may run on by the emitted files: those of the policy created first
    /// that holds it. A machine of no policy is left out.
    pub fn allowed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut allowed = BTreeMap::new();
        for body in self.bodies("VmHostAffinityPolicy") {
            let vms = self.carriers("vms", &body["vmCategories"][0]["extId"]);
            let hosts = self.carriers("hosts", &body["hostCategories"][0]["extId"]);
            assert!(
                !vms.is_empty() && !hosts.is_empty(),
                "an empty side: {body}"
            );
            for vm in vms {
                allowed.entry(vm).or_insert_with(|| hosts.clone());
            }
        }
        allowed
    }

    /// Runs the independent checker over every emitted body, where it is there.
    pub fn check(&self) {
        let tool =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/nutanix-check/check.py");
        if !tool.exists() {
            println!("skipped: the independent checker is not there");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let release = if self.release == "7.6" {
            "next"
        } else {
            self.release
        };
        let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        let manifest = self.json("nutanix/manifest.json");
        for entry in manifest["objects"].as_array().unwrap() {
            let body = entry["body"].as_str().unwrap();
            let path = folder.path().join(body.replace('/', "_"));
            std::fs::write(&path, &self.files[&format!("nutanix/{body}")]).unwrap();
            let model = entry["model"].as_str().unwrap().to_owned();
            files.entry(model).or_default().push(path);
        }
        for (model, paths) in files {
            let output = Command::new("python3")
                .arg(&tool)
                .args(["--release", release, &model])
                .args(paths)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(
                output.status.success() && !said.contains("W-"),
                "{model}: {said}"
            );
        }
    }
}

/// Recovery.
impl Estate {
    pub fn segment(&mut self, name: &str) -> Id<Segment> {
        let ident = self.ident(name);
        self.policy.inventory.segments.push(Segment {
            ident,
            aliases: vec![],
            tags: vec![],
            subnets: AddressSet::default(),
        })
    }

    /// A machine on a network.
    pub fn vm_on(&mut self, name: &str, segment: Id<Segment>) -> Id<Vm<Linked>> {
        let cluster = match self.policy.inventory.clusters.ids().next() {
            Some(cluster) => cluster,
            None => self.cluster("c", &["h"]),
        };
        let vm = self.vm(name, cluster);
        let link = self.found(segment);
        let vms = &mut self.policy.inventory.vms;
        vms.values_mut().last().unwrap().segments = vec![link];
        vm
    }

    pub fn sites(&self) -> Sites {
        Sites {
            protected: "Frankfurt".to_owned(),
            recovery: "Paris".to_owned(),
            ..Sites::default()
        }
    }

    pub fn protect(
        &mut self,
        name: &str,
        vms: &[&str],
        rpo_minutes: Option<u32>,
    ) -> Id<ProtectionGroup<Linked>> {
        let group = ProtectionGroup {
            ident: self.ident(name),
            description: None,
            folder: None,
            sites: self.sites(),
            replication: Replication::Host,
            rpo_minutes,
            vms: self.vms(vms),
            places: vec![],
            missing: vec![],
        };
        self.policy.recovery.groups.push(group)
    }

    pub fn plan(
        &mut self,
        name: &str,
        groups: &[Id<ProtectionGroup<Linked>>],
    ) -> &mut RecoveryPlan<Linked> {
        let plan = RecoveryPlan {
            ident: self.ident(name),
            description: None,
            folder: None,
            sites: self.sites(),
            groups: groups.iter().map(|group| self.found(*group)).collect(),
            vms: vec![],
            steps: vec![],
            test_networks: vec![],
            missing: vec![],
        };
        self.policy.recovery.plans.push(plan);
        self.policy.recovery.plans.last_mut().unwrap()
    }

    /// Adds a machine to the last plan: nothing special about it.
    pub fn recover(&mut self, vm: &str, priority: u8) -> &mut VmRecovery<Linked> {
        let plan = self.policy.recovery.plans.last().unwrap().ident.id.clone();
        let recovery = VmRecovery {
            ident: Ident {
                name: vm.trim_end_matches('?').to_owned(),
                ..self.ident(&format!("{plan}/{vm}"))
            },
            vm: self.vms(&[vm]).remove(0),
            priority: Priority::new(priority).unwrap(),
            power_on: true,
            tools_timeout_seconds: Some(0),
            delay_seconds: 0,
            shutdown: Shutdown::Unsaid,
            depends_on: vec![],
            before: vec![],
            after: vec![],
            addresses: AddressChange::Keep,
        };
        let plan = self.policy.recovery.plans.last_mut().unwrap();
        plan.vms.push(recovery);
        plan.vms.last_mut().unwrap()
    }

    /// Makes a machine of the last plan depend on others.
    pub fn depend(&mut self, vm: &str, on: &[&str]) {
        let links = self.vms(on);
        let id = self.vm_named(vm);
        let plan = self.policy.recovery.plans.last_mut().unwrap();
        let recovery = plan.vms.iter_mut().find(|of| of.vm.found() == Some(id));
        recovery.unwrap().depends_on = links;
    }

    pub fn callout(&self, id: &str, kind: CalloutKind, content: &str) -> Callout {
        Callout {
            ident: self.ident(id),
            kind,
            content: Some(content.to_owned()),
            timeout_seconds: Some(30),
        }
    }

    /// Adds a step to the last plan.
    pub fn step(&mut self, id: &str, runs: &[Run], kind: StepKind) {
        let step = PlanStep {
            ident: self.ident(id),
            runs: runs.to_vec(),
            number: String::new(),
            kind,
        };
        self.policy
            .recovery
            .plans
            .last_mut()
            .unwrap()
            .steps
            .push(step);
    }

    pub fn map(&mut self, from: Id<Segment>, to: &str, test: Option<&str>, rules: &[(&str, &str)]) {
        let protected_name = self.policy.inventory.segments[from].ident.name.clone();
        let rules = rules
            .iter()
            .map(|(from, to)| AddressRule {
                origin: self.origin,
                name: format!("{from} to {to}"),
                from: address(from).unwrap().block,
                to: address(to).unwrap().block,
                settings: NicSettings {
                    gateways: vec!["10.2.0.1".parse().unwrap()],
                    ..NicSettings::default()
                },
            })
            .collect();
        let mapping = NetworkMapping {
            ident: self.ident(&format!("{protected_name} to {to}")),
            protected: self.found(from),
            protected_name,
            recovery_name: to.to_owned(),
            test_name: test.map(str::to_owned),
            rules,
        };
        self.policy.recovery.networks.push(mapping);
    }
}

impl Lowered {
    /// The machines of each stage of the plans, in order, with the wait after it.
    pub fn stages(&self) -> Vec<(Vec<String>, Option<u64>)> {
        self.bodies("RecoveryStage")
            .iter()
            .map(|body| {
                let vms = self.carriers("vms", &body["categoryExtIds"][0]);
                let delay = body["postActions"][0]["config"]["delaySecs"].as_u64();
                (vms.into_iter().collect(), delay)
            })
            .collect()
    }

    pub fn text(&self, path: &str) -> &str {
        std::str::from_utf8(&self.files[path]).unwrap()
    }
}
