//! Cluster exports of the shared corpus: every file is read or refused with a place, and the same
//! twelve rules come out of every form that carries them.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says when it is skipped"
)]

use rehome::finding::{Finding, Findings};
use rehome::front;
use rehome::ir::placement::{PlacementRule, RuleKind, Strength};
use rehome::ir::{Name, Named, Policy};
use rehome::source::Sources;
use std::path::{Path, PathBuf};

/// The folder of the corpus, when it is there.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = [
        root.join("../shared/corpus/drs"),
        root.join("../../shared/corpus/drs"),
    ];
    let found = beside.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/corpus/drs is not there");
    }
    found
}

/// Reads files of the corpus as one run.
fn read(folder: &Path, files: &[&str]) -> (Policy<Named>, Vec<Finding>) {
    let mut sources = Sources::default();
    for name in files {
        let path = folder.join(name.trim_start_matches("old:"));
        let mut bytes = std::fs::read(&path).expect("a file of the corpus");
        if name.starts_with("old:") {
            let value = serde_json::from_slice(&bytes).expect("JSON");
            bytes = serde_json::to_vec(&as_old(value)).expect("JSON");
        }
        let tree = rehome_grammar::read(bytes).expect("a file of the corpus is well-formed");
        sources.add((*name).to_owned(), path, tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    (policy, findings.into_iter().collect())
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

fn names<T>(list: &[Name<T>]) -> String {
    let texts: Vec<&str> = list.iter().map(|name| name.text.as_str()).collect();
    texts.join(" ")
}

/// A rule in one line: id, name, strength, state, what it asks for.
fn line(rule: &PlacementRule<Named>, prefix: &str) -> String {
    let own = |text: &str| text.strip_prefix(prefix).unwrap_or(text).to_owned();
    let what = match &rule.kind {
        RuleKind::Together(vms) => format!("together {}", names(vms)),
        RuleKind::Apart(vms) => format!("apart {}", names(vms)),
        RuleKind::RunOn { vms, hosts } => format!("{} on {}", own(&vms.text), own(&hosts.text)),
        RuleKind::KeepOff { vms, hosts } => format!("{} off {}", own(&vms.text), own(&hosts.text)),
        RuleKind::StartAfter { vms, after } => {
            format!("{} after {}", own(&vms.text), own(&after.text))
        }
        RuleKind::Opaque(opaque) => format!("opaque {}", opaque.what),
    };
    let strength = match rule.strength {
        Strength::Must => "must",
        Strength::Should => "should",
    };
    let state = if rule.enabled { "on" } else { "off" };
    let id = own(&rule.ident.id);
    format!("{id} | {} | {strength} {state} | {what}", rule.ident.name)
}

fn rules(policy: &Policy<Named>, prefix: &str) -> Vec<String> {
    let rules = policy.placement.rules.iter();
    rules.map(|rule| line(rule, prefix)).collect()
}

/// The twelve rules, from the data: the ninth names two host groups and is two.
const RULES: [&str; 13] = [
    "1 | sql-AG-separate | should on | apart vm-155 vm-158",
    "2 | AD separate (must) | must on | apart vm-176 vm-179 vm-170",
    "3 | web-app together | should on | together vm-161 vm-176",
    "4 | disabled-rule | should off | together vm-164 vm-179",
    "5 | should-siteA | should on | VMs - Site A on Hosts - Site A",
    "6 | should-siteB | should on | VMs - Site B on Hosts - Site B",
    "7 | must-oracle-lic | must on | VMs - Site A on oracle-licensed-hosts",
    "8 | mustnot-siteB-db | must on | grp-db off oracle-licensed-hosts",
    "9 | both-directions | should on | grp-app on Hosts - Site A",
    "9/keep-off | both-directions | should on | grp-app off Hosts - Site B",
    "10 | dangling-group | should on | no-such-group on Hosts - Site A",
    "11 | app-after-db | must on | grp-app after grp-db",
    "12 | conflict-sql-together | should on | together vm-155 vm-158",
];

const GROUPS: [&str; 8] = [
    "VMs - Site A: vm-155 vm-161 vm-173",
    "VMs - Site B: vm-158 vm-164",
    "grp-db: vm-155 vm-158",
    "grp-app: vm-176",
    "grp-empty: ",
    "Hosts - Site A: host-37 host-47",
    "Hosts - Site B: host-57 host-67",
    "oracle-licensed-hosts: host-47",
];

/// The settings, from the data: values that say *as the cluster* are none.
const SETTINGS: [&str; 10] = [
    "dasConfig.enabled RestartEnabled(true)",
    "dasConfig.admissionControlEnabled Other { key: \"dasConfig.admissionControlEnabled\", value: \"true\" }",
    "vm-158/dasVmConfig.dasSettings.restartPriority RestartPriority(Highest)",
    "vm-176/dasVmConfig.dasSettings.restartPriority RestartPriority(Disabled)",
    "drsConfig.enabled SchedulerEnabled(true)",
    "drsConfig.defaultVmBehavior Automation(\"fullyAutomated\")",
    "vm-155/drsVmConfig.enabled SchedulerEnabled(false)",
    "vm-158/drsVmConfig.behavior Automation(\"manual\")",
    "vm-176/drsVmConfig.behavior Automation(\"partiallyAutomated\")",
    "vm-158/vmOrchestration.vmReadiness Readiness { condition: GuestHeartbeat, delay_seconds: Some(120) }",
];

fn settings(policy: &Policy<Named>, prefix: &str) -> Vec<String> {
    let all = policy.placement.settings.iter();
    all.map(|setting| {
        let id = setting
            .ident
            .id
            .strip_prefix(prefix)
            .expect("in its cluster");
        format!("{id} {:?}", setting.what)
    })
    .collect()
}

#[test]
fn the_same_rules_come_out_of_every_typed_form() {
    let Some(folder) = corpus() else { return };
    for (file, prefix) in [
        ("vcsim/vi-json.ClusterConfigInfoEx.json", "cluster/"),
        ("vcsim/collect.configurationEx.xml", "domain-c28/"),
        ("pyvmomi/configurationEx.VmomiJSONEncoder.json", "cluster/"),
    ] {
        let (policy, findings) = read(&folder, &[file]);
        assert_eq!(rules(&policy, prefix), RULES, "{file}");
        let vms = policy.placement.vm_groups.values();
        let hosts = policy.placement.host_groups.values();
        let groups: Vec<String> = vms
            .map(|group| format!("{}: {}", group.ident.name, names(&group.vms)))
            .chain(hosts.map(|group| format!("{}: {}", group.ident.name, names(&group.hosts))))
            .collect();
        assert_eq!(groups, GROUPS, "{file}");
        assert_eq!(settings(&policy, prefix), SETTINGS, "{file}");
        let wanted: &[&str] = match prefix {
            "cluster/" => &["R2001", "R2002"],
            _ => &["R2002"],
        };
        assert_eq!(codes(&findings), wanted, "{file}");
    }
}

#[test]
fn the_forms_together_are_one_cluster() {
    let Some(folder) = corpus() else { return };
    let (policy, findings) = read(
        &folder,
        &[
            "pyvmomi/configurationEx.VmomiJSONEncoder.json",
            "vcsim/collect.configurationEx.xml",
            "vcsim/vi-json.ClusterConfigInfoEx.json",
        ],
    );
    assert_eq!(rules(&policy, "domain-c28/"), RULES);
    assert_eq!(codes(&findings), ["R2002"]);
}

/// The names of all rules.
const ALL: [&str; 12] = [
    "sql-AG-separate",
    "AD separate (must)",
    "web-app together",
    "disabled-rule",
    "should-siteA",
    "should-siteB",
    "must-oracle-lic",
    "mustnot-siteB-db",
    "both-directions",
    "dangling-group",
    "app-after-db",
    "conflict-sql-together",
];

/// JSON as govc wrote it until 0.30: each key with a capital.
fn as_old(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| {
                let mut letters = key.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                let key: String = first.into_iter().chain(letters).collect();
                (key, as_old(value))
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(as_old).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// A form of the corpus and what it carries of the twelve rules.
struct Form {
    files: &'static [&'static str],
    /// Rules that the form leaves out, by name.
    without: &'static [&'static str],
    /// Rules that it carries in part, as they come out.
    changed: &'static [&'static str],
    /// Its gaps, as codes.
    gaps: &'static [&'static str],
}

/// What carries what, from the facts about each form.
const FORMS: [Form; 13] = [
    Form {
        files: &[
            "old:vcsim/collect.configurationEx.json",
            "vcsim/rule.ls-l.txt",
            "vcsim/group.ls-l.txt",
        ],
        without: &[],
        changed: &[],
        gaps: &["R2001", "R2001", "R2001", "R2002"],
    },
    Form {
        files: &[concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/drs/terraform.tfstate"
        )],
        // The provider takes one host group a rule.
        without: &["both-directions", "both-directions"],
        changed: &[],
        gaps: &["R0008"],
    },
    Form {
        files: &[
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/drs/compute-policies.json"
            ),
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/drs/tag-associations.json"
            ),
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drs/tags.json"),
        ],
        without: &[
            "disabled-rule",
            "both-directions",
            "both-directions",
            "dangling-group",
            "app-after-db",
        ],
        // None of them is a must: even a strict one gives way to failover.
        changed: &[
            "AD separate (must) | should on | apart vm-176 vm-179 vm-170",
            "must-oracle-lic | should on | VMs - Site A on oracle-licensed-hosts",
            "mustnot-siteB-db | should on | grp-db off oracle-licensed-hosts",
        ],
        gaps: &["R2009", "R2009"],
    },
    Form {
        files: &[concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/drs/RVTools_tabvInfo.csv"
        )],
        without: &ALL,
        changed: &[],
        gaps: &["R0008"],
    },
    Form {
        files: &[concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/drs/RVTools_tabvCluster.csv"
        )],
        without: &ALL,
        changed: &[],
        gaps: &["R0008"],
    },
    Form {
        files: &[
            "vcsim/collect.configurationEx.json",
            "vcsim/rule.ls-l.txt",
            "vcsim/group.ls-l.txt",
        ],
        without: &[],
        changed: &[],
        gaps: &["R2001", "R2001", "R2001", "R2002"],
    },
    Form {
        files: &[
            "vcsim/collect.rule.json",
            "vcsim/collect.group.json",
            "vcsim/rule.ls-l.json",
            "vcsim/group.ls-l.xml",
            "vcsim/override.info.json",
        ],
        without: &[],
        changed: &[],
        gaps: &[
            "R0008", "R2001", "R2001", "R2001", "R2001", "R2001", "R2002",
        ],
    },
    Form {
        files: &["vcsim/collect-o.cluster.json", "vcsim/rule.ls-l.txt"],
        without: &[],
        changed: &[],
        // The kind of the empty group is not said; the list of types has no cluster.
        gaps: &["R0006", "R2002", "R2005"],
    },
    Form {
        files: &["vcsim/rule.info.txt"],
        without: &[],
        changed: &[
            "AD separate (must) | should on | apart vm-176 vm-179 vm-170",
            "disabled-rule | should on | together vm-164 vm-179",
            "must-oracle-lic | should on | VMs - Site A on oracle-licensed-hosts",
            "mustnot-siteB-db | should on | grp-db off oracle-licensed-hosts",
            "app-after-db | should on | grp-app after grp-db",
        ],
        gaps: &["R0008", "R2001", "R2002", "R2006", "R2007"],
    },
    Form {
        files: &[
            "ansible/vmware_drs_rule_info.json",
            "ansible/vmware_drs_group_info.json",
        ],
        without: &["app-after-db"],
        changed: &[],
        gaps: &["R0008", "R2002"],
    },
    Form {
        files: &["reconstructed/DRSRule.Export-DrsRule.multi.json"],
        without: &["app-after-db"],
        changed: &[],
        gaps: &["R0008", "R2002"],
    },
    Form {
        files: &[
            "reconstructed/lamw.DRSRules.json",
            "reconstructed/lamw.DRSClusterGroupRules.json",
        ],
        without: &[
            "should-siteA",
            "should-siteB",
            "must-oracle-lic",
            "mustnot-siteB-db",
            "both-directions",
            "both-directions",
            "dangling-group",
            "app-after-db",
        ],
        changed: &[],
        gaps: &["R0008", "R0008", "R2001", "R2001"],
    },
    Form {
        files: &[
            "reconstructed/hpreyers.DC0_C0-drs-groups.utf16.txt",
            "reconstructed/hpreyers.DC0_C0-drs-rules-AffinityAntiAffinity.utf16.txt",
            "reconstructed/hpreyers.DC0_C0-drs-rules-vm_to_hosts.utf16.txt",
        ],
        // The script knows one host group a rule.
        without: &["both-directions", "app-after-db"],
        changed: &[
            "AD separate (must) | should on | apart vm-176 vm-179 vm-170",
            "both-directions | should on | grp-app on Hosts - Site A",
        ],
        gaps: &["R0008", "R2006"],
    },
];

/// A rule without its id, its members by reference.
fn meaning(policy: &Policy<Named>, rule: &PlacementRule<Named>) -> String {
    let resolve = |name: &Name<_>| {
        let mut vms = policy.inventory.vms.values();
        let found = vms.find(|vm| vm.ident.name == name.text || vm.aliases.contains(&name.text));
        let id = found.map_or_else(|| name.text.clone(), |vm| vm.ident.id.clone());
        Name::new(id, name.origin)
    };
    let group = |name: Name<_>| {
        let mut groups = policy.placement.vm_groups.values();
        let found = groups.find(|group| group.ident.id == name.text);
        found.map_or(name.clone(), |group| {
            Name::new(group.ident.name.clone(), name.origin)
        })
    };
    let hosts_of = |name: Name<_>| {
        let mut groups = policy.placement.host_groups.values();
        let found = groups.find(|group| group.ident.id == name.text);
        found.map_or(name.clone(), |group| {
            Name::new(group.ident.name.clone(), name.origin)
        })
    };
    let mut rule = rule.clone();
    rule.kind = match rule.kind {
        RuleKind::Together(vms) => RuleKind::Together(vms.iter().map(resolve).collect()),
        RuleKind::Apart(vms) => RuleKind::Apart(vms.iter().map(resolve).collect()),
        RuleKind::RunOn { vms, hosts } => RuleKind::RunOn {
            vms: group(vms),
            hosts: hosts_of(hosts),
        },
        RuleKind::KeepOff { vms, hosts } => RuleKind::KeepOff {
            vms: group(vms),
            hosts: hosts_of(hosts),
        },
        kind @ (RuleKind::StartAfter { .. } | RuleKind::Opaque(_)) => kind,
    };
    let prefix = rule.ident.id.split('/').next().unwrap_or_default();
    let line = line(&rule, &format!("{prefix}/"));
    line.split_once(" | ")
        .map_or("", |(_, rest)| rest)
        .to_owned()
}

#[test]
fn each_form_carries_what_the_facts_say_and_tells_its_gaps() {
    let Some(folder) = corpus() else { return };
    for form in FORMS {
        let mut files = vec!["vcsim/vm-names.json", "vcsim/host-names.json"];
        files.extend(form.files);
        let (policy, findings) = read(&folder, &files);
        let mut found: Vec<String> = policy
            .placement
            .rules
            .iter()
            .map(|rule| meaning(&policy, rule))
            .collect();
        let name = |line: &str| line.split(" | ").next().unwrap_or_default().to_owned();
        let changed: Vec<String> = form.changed.iter().map(|line| name(line)).collect();
        let mut wanted: Vec<String> = RULES
            .iter()
            .filter_map(|line| line.split_once(" | "))
            .map(|(_, rest)| rest.to_owned())
            .filter(|line| !form.without.contains(&name(line).as_str()))
            .filter(|line| !changed.contains(&name(line)))
            .chain(form.changed.iter().map(|line| (*line).to_owned()))
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{:?}", form.files);
        let mut codes = codes(&findings);
        codes.sort_unstable();
        assert_eq!(codes, form.gaps, "{:?}: {findings:#?}", form.files);
    }
}

#[test]
fn listings_are_joined_by_reference() {
    let Some(folder) = corpus() else { return };
    let (policy, findings) = read(
        &folder,
        &[
            "vcsim/host-names.json",
            "vcsim/host-refs.txt",
            "vcsim/vm-names.json",
            "vcsim/vm-refs.txt",
            "vcsim/vm.info.json",
        ],
    );
    assert!(findings.is_empty(), "{findings:?}");
    let inventory = &policy.inventory;
    assert_eq!(inventory.vms.len(), 60);
    let vm = |id: &str| {
        let mut vms = inventory.vms.values();
        vms.find(|vm| vm.ident.id == id).expect("listed")
    };
    let sql = vm("vm-155");
    assert_eq!(sql.ident.name, "sql-node-a");
    let aliases = [
        "vm-155",
        "b5ada946-26d3-5a21-bac7-125757cc4f5d",
        "f80d7109-9813-5fa4-abcf-86c75550cdb8",
    ];
    assert_eq!(sql.aliases, aliases);
    assert_eq!(sql.os_name.as_deref(), Some("otherGuest"));
    assert_eq!(sql.addresses, None);
    assert_eq!(
        format!("{:?} {:?}", sql.host, sql.cluster),
        "Some(`host-37`) Some(`DC0_C0`)"
    );
    assert_eq!(vm("vm-167").ident.name, "app/01");
    assert_eq!(vm("vm-182").ident.name, "pct/name");
    assert_eq!(vm("vm-170").ident.name, "Größe-db");
    assert_eq!(inventory.hosts.len(), 9);
    let clusters = inventory.clusters.values();
    let clusters: Vec<&str> = clusters
        .map(|cluster| cluster.ident.name.as_str())
        .collect();
    assert_eq!(clusters, ["DC0_C0", "DC0_C1"]);
}

#[test]
fn every_file_is_read_or_refused_with_a_place() {
    let Some(folder) = corpus() else { return };
    let mut refused = Vec::new();
    for kind in ["ansible", "pyvmomi", "reconstructed", "rvtools", "vcsim"] {
        for entry in std::fs::read_dir(folder.join(kind)).expect("a folder of the corpus") {
            let file = entry.expect("readable").file_name();
            let name = format!("{kind}/{}", file.to_string_lossy());
            let (policy, findings) = read(&folder, &[&name]);
            let (placement, inventory) = (&policy.placement, &policy.inventory);
            let counted = placement.rules.len()
                + placement.vm_groups.len()
                + placement.host_groups.len()
                + placement.settings.len()
                + inventory.vms.len()
                + inventory.hosts.len()
                + inventory.clusters.len();
            assert!(
                counted > 0 || !findings.is_empty(),
                "{name} is lost in silence"
            );
            for finding in &findings {
                assert!(!finding.subjects.is_empty(), "{name}: {}", finding.message);
            }
            let code = codes(&findings)
                .into_iter()
                .find(|code| ["R0001", "R0006"].contains(code));
            refused.extend(code.map(|code| format!("{code} {name}")));
        }
    }
    refused.sort();
    assert_eq!(refused, REFUSED);
}

/// What cannot be read safely, in whole or in part, when it stands alone.
const REFUSED: [&str; 12] = [
    "R0001 rvtools/columns.recent.txt",
    "R0006 pyvmomi/configurationEx.repr.txt",
    "R0006 vcsim/collect-o.cluster.json",
    "R0006 vcsim/collect.configurationEx.json",
    "R0006 vcsim/collect.group.json",
    "R0006 vcsim/collect.rule.json",
    "R0006 vcsim/group.ls-l.json",
    "R0006 vcsim/group.ls-l.txt",
    "R0006 vcsim/group.ls.json",
    "R0006 vcsim/rule.ls-l.json",
    "R0006 vcsim/rule.ls-l.txt",
    "R0006 vcsim/rule.ls.json",
];
