//! Commands that call the platform that is left, or name what is gone when the site is lost.

use super::names;
use super::subnets::holds;
use crate::finding::{Code, Domain, Finding, Findings, codes};
use crate::ir::recovery::{Callout, CalloutKind, RecoveryPlan, StepKind};
use crate::ir::{Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

const VARIABLE: &str = "a variable that only the recovery product sets";

/// Words that call the old platform, in lower case, and what they call. A word ends where letters,
/// digits, `_` and `-` end, except that one with a trailing `*` goes on.
const OLD_PLATFORM: &[(&str, &str)] = &[
    ("connect-viserver", "the management server through PowerCLI"),
    ("connect-srmserver", "the recovery product through PowerCLI"),
    ("connect-drserver", "the recovery product through PowerCLI"),
    ("invoke-srm*", "the recovery product through PowerCLI"),
    ("powercli", "PowerCLI"),
    ("vmware.powercli", "PowerCLI"),
    ("vmware.vimautomation*", "PowerCLI"),
    ("get-vmhost", "the management server through PowerCLI"),
    ("get-vm", "the management server through PowerCLI"),
    ("set-vm", "the management server through PowerCLI"),
    ("start-vm", "the management server through PowerCLI"),
    ("stop-vm", "the management server through PowerCLI"),
    ("govc", "the management server through govc"),
    ("esxcli", "a host through esxcli"),
    ("esxcfg-*", "a host through its console tools"),
    ("vim-cmd", "a host through vim-cmd"),
    ("vmkfstools", "a host through vmkfstools"),
    ("ovftool", "the management server through ovftool"),
    ("vmware-cmd", "a host through vmware-cmd"),
    ("pyvmomi", "the management server through pyVmomi"),
    ("vmware_recoveryname", VARIABLE),
    ("vmware_recoverymode", VARIABLE),
    ("vmware_vc_host", VARIABLE),
    ("vmware_vm_*", VARIABLE),
];

/// Paths and names that call the old platform wherever they stand.
const ANYWHERE: &[(&str, &str)] = &[
    ("/sdk", "the management server's interface"),
    ("/rest/com/vmware", "the management server's interface"),
    ("/api/vcenter", "the management server's interface"),
    ("/api/rest/srm", "the recovery product's interface"),
    ("/api/rest/vr", "the replication product's interface"),
    ("vcenter", "the management server"),
];

/// Reports each command that depends on the old platform or on the protected site.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let lost = Lost::of(policy);
    for plan in &policy.recovery.plans {
        let of_plan = plan.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Callout(callout) => Some(callout),
            StepKind::PowerOn(_) | StepKind::BuiltIn | StepKind::Opaque(_) => None,
        });
        let of_machines = plan
            .vms
            .iter()
            .flat_map(|vm| vm.before.iter().chain(&vm.after));
        for callout in of_plan.chain(of_machines) {
            one(plan, callout, &lost, findings);
        }
    }
}

fn one(plan: &RecoveryPlan<Linked>, callout: &Callout, lost: &Lost<'_>, findings: &mut Findings) {
    match callout.kind {
        CalloutKind::Prompt => return,
        CalloutKind::InGuest | CalloutKind::OnServer => {}
    }
    let Some(content) = &callout.content else {
        return;
    };
    let lower = content.to_lowercase();
    let words = words(&lower);
    let servers = servers(&lower);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let at = match servers.as_slice() {
        [] => String::new(),
        servers => format!(", at {}", names(servers.to_vec())),
    };
    let mut report = |code: &'static Code, calls: BTreeMap<String, &str>, at: &str| {
        let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (word, what) in &calls {
            by_kind.entry(what).or_default().push(word);
        }
        for (what, words) in by_kind {
            let at = if what == VARIABLE { "" } else { at };
            let message = format!(
                "command `{}` of recovery plan `{}` uses {}: {what}{at}",
                callout.ident.name,
                plan.ident.name,
                names(words)
            );
            findings
                .push(Finding::new(code, Domain::Recovery, message).about(callout.ident.subject()));
        }
    };
    report(
        &codes::check_recovery::CALLS_OLD_PLATFORM,
        old_platform(&lower, &words),
        &at,
    );
    report(
        &codes::check_recovery::NAMES_LOST_SITE,
        lost.named(&words),
        "",
    );
}

/// The servers that a command names: those of addresses of the web, and those it connects to.
fn servers(text: &str) -> BTreeSet<String> {
    let mut servers = BTreeSet::new();
    let mut add = |url: &str| {
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = url.split(['/', '?', '#']).next().unwrap_or_default();
        // What stands before the sign can hold a password.
        let host = host.rsplit('@').next().unwrap_or_default();
        let port = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
        let host = match host.rsplit_once(':') {
            Some((host, rest)) if port(rest) => host,
            Some(_) | None => host,
        };
        if !host.is_empty() {
            servers.insert(host.to_owned());
        }
    };
    let quiet = |c: char| matches!(c, '"' | '\'' | ',' | '(' | ')' | '{' | '}');
    for statement in text.split([';', '|', '\n', '&']) {
        let tokens: Vec<&str> = statement
            .split(char::is_whitespace)
            .map(|token| token.trim_matches(quiet))
            .filter(|token| !token.is_empty())
            .collect();
        for token in &tokens {
            match token.strip_prefix("govc_url=") {
                Some(url) => add(url.trim_matches(quiet)),
                None if token.contains("://") => add(token),
                None => {}
            }
        }
        let connects = |token: &&str| token.starts_with("connect-") && token.ends_with("server");
        let Some(at) = tokens.iter().position(connects) else {
            continue;
        };
        let behind = || tokens.iter().skip(at + 1);
        let named = behind().skip_while(|token| **token != "-server").nth(1);
        let first = behind().next().filter(|token| !token.starts_with('-'));
        if let Some(server) = named.or(first) {
            add(server);
        }
    }
    servers
}

/// The words of a command: names, options, addresses.
fn words(text: &str) -> BTreeSet<&str> {
    let inside = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '-' | ':');
    let mut words = BTreeSet::new();
    for word in text.split(|char: char| !inside(char)) {
        let word = word.trim_matches(['.', ':', '-']);
        words.insert(word);
        words.extend(word.strip_suffix(".exe"));
        // A port behind a name, a drive before a path.
        words.extend(word.split(':'));
    }
    words.remove("");
    words
}

fn old_platform(text: &str, words: &BTreeSet<&str>) -> BTreeMap<String, &'static str> {
    let mut calls = BTreeMap::new();
    for (word, what) in OLD_PLATFORM {
        let found = match word.strip_suffix('*') {
            Some(start) => words.iter().find(|word| word.starts_with(start)),
            None => words.get(word),
        };
        if let Some(found) = found {
            calls.insert((*found).to_owned(), *what);
        }
    }
    for (part, what) in ANYWHERE {
        // A path ends where a name ends; a name may go on, as `vcenter01`.
        let ends = |rest: &str| !part.starts_with('/') || !rest.starts_with(char::is_alphanumeric);
        if text.split(part).skip(1).any(ends) {
            calls.insert((*part).to_owned(), *what);
        }
    }
    calls
}

/// What is gone when the protected site is lost.
#[derive(Debug)]
struct Lost<'p> {
    policy: &'p Policy<Linked>,
    hosts: BTreeSet<String>,
}

impl<'p> Lost<'p> {
    fn of(policy: &'p Policy<Linked>) -> Self {
        let hosts = policy.inventory.hosts.values();
        // `esx-03` and `esx-03.example.com` are one host.
        let hosts = hosts.flat_map(|host| {
            let name = host.ident.name.to_lowercase();
            let short = name.split('.').next().unwrap_or_default().to_owned();
            let is_address = name.parse::<IpAddr>().is_ok();
            [Some(name), (!is_address).then_some(short)]
        });
        Self {
            policy,
            hosts: hosts.flatten().filter(|name| !name.is_empty()).collect(),
        }
    }

    fn named(&self, words: &BTreeSet<&str>) -> BTreeMap<String, &'static str> {
        let mut named = BTreeMap::new();
        for word in words {
            if self.hosts.contains(*word) {
                named.insert((*word).to_owned(), "a host of the protected site");
            }
            let Ok(address) = word.parse::<IpAddr>() else {
                continue;
            };
            let rules = self
                .policy
                .recovery
                .networks
                .iter()
                .flat_map(|map| &map.rules);
            let mut rules = rules.filter(|rule| holds(rule.from, address));
            if rules.any(|rule| !holds(rule.to, address)) {
                named.insert(
                    (*word).to_owned(),
                    "an address of the protected site, which is another one after a recovery",
                );
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        old_platform(&lower, &words(&lower)).into_keys().collect()
    }

    #[test]
    fn calls_of_the_old_platform_are_found() {
        assert_eq!(
            calls("pwsh -c \"Connect-VIServer vc1; Get-VM web01 | Start-VM\""),
            ["connect-viserver", "get-vm", "start-vm"]
        );
        assert_eq!(
            calls("curl https://srm.example.com/api/rest/srm/v2/pairings"),
            ["/api/rest/srm"]
        );
        assert_eq!(calls("echo $VMware_VM_Name"), ["vmware_vm_name"]);
        assert_eq!(calls("C:\\tools\\ovftool.exe /x"), ["ovftool"]);
        assert_eq!(calls("ping vcenter01"), ["vcenter"]);
        assert_eq!(calls("esxcli network ip interface list"), ["esxcli"]);
    }

    #[test]
    fn where_a_command_points_is_told() {
        for (text, at) in [
            (
                "pwsh -c \"Connect-VIServer vc1.example.com; Get-VM web01\"",
                "vc1.example.com",
            ),
            (
                "Connect-SrmServer -User x -Server 'srm1' | out-null",
                "srm1",
            ),
            ("Connect-VIServer -User x", ""),
            (
                "curl -k https://root:secret@srm.example.com:9086/api/rest/srm/v2/pairings",
                "srm.example.com",
            ),
            ("GOVC_URL=\"https://vc2/sdk\" govc vm.power -on db01", "vc2"),
            ("systemctl start db", ""),
        ] {
            let found = servers(&text.to_lowercase());
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(found.join(" "), at, "{text}");
        }
    }

    #[test]
    fn words_that_only_look_like_it_are_not() {
        for harmless in [
            "/opt/start-vmail.sh",
            "get-vmail",
            "/opt/sdks/run",
            "powerclipper",
            "systemctl start db",
        ] {
            assert_eq!(calls(harmless), [""; 0], "{harmless}");
        }
    }
}
