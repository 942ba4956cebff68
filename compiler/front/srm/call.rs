//! Which call an answer belongs to: the request path says what the answer itself does not.

use crate::ir::recovery::Run;

/// A call whose answer is policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    /// The pairs of servers.
    Pairings,
    /// All recovery plans.
    Plans,
    /// One recovery plan.
    Plan(String),
    /// The protection groups of a plan.
    PlanGroups(String),
    /// The machines of a plan, with a summary of their settings.
    PlanVms(String),
    /// One machine of a plan.
    PlanVm(String, String),
    /// The test networks of a plan.
    PlanTestNetworks(String),
    /// All settings of a machine in a plan.
    Settings(String, String),
    /// The steps of a plan in one run.
    Steps(String, Run),
    /// The content of a step that people added.
    Callout(String, Run, String),
    /// All protection groups.
    Groups,
    /// One protection group.
    Group(String),
    /// The machines of a protection group.
    GroupVms(String),
    /// One machine of a protection group.
    GroupVm(String, String),
    /// Folders at the top, or those in a folder.
    Folders(Filed, Option<String>),
    /// The mappings of one kind that one server holds.
    Mappings(String, Mapped),
    /// The rules for addresses of one network mapping.
    AddressRules(String, String),
    /// Replications of the hypervisor, with their objectives.
    Replications,
}

/// What folders hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Filed {
    /// Recovery plans.
    Plans,
    /// Protection groups.
    Groups,
}

/// What a mapping maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mapped {
    /// Networks.
    Networks,
    /// Networks for tests.
    TestNetworks,
    /// Folders.
    Folders,
    /// Resource pools, clusters, hosts.
    Resources,
    /// Storage policies.
    StoragePolicies,
    /// Datastores for placeholders.
    Placeholders,
}

impl Mapped {
    const ALL: [Self; 6] = [
        Self::Networks,
        Self::TestNetworks,
        Self::Folders,
        Self::Resources,
        Self::StoragePolicies,
        Self::Placeholders,
    ];

    /// The last part of the path.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::Networks => "networks",
            Self::TestNetworks => "test-networks",
            Self::Folders => "folders",
            Self::Resources => "resources",
            Self::StoragePolicies => "storage-policies",
            Self::Placeholders => "placeholder-datastores",
        }
    }

    /// What a person calls it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Networks => "network",
            Self::TestNetworks => "test network",
            Self::Folders => "folder",
            Self::Resources => "resource pool",
            Self::StoragePolicies => "storage policy",
            Self::Placeholders => "placeholder datastore",
        }
    }
}

/// What a recorded request was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A call whose answer is policy.
    Read(Call),
    /// A call whose answer is known and not needed: state, history, what another call says in full.
    NotNeeded,
    /// A call that logs in.
    Session,
    /// A call that changes something.
    Change,
    /// A call that is not known.
    Unknown,
}

/// A request taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// What it was.
    pub request: Request,
    /// The path without the query, as written, from the first `/api` or `/pairings` on.
    pub path: String,
    /// The pairing in the path.
    pub pairing: Option<String>,
    /// The query without its paging, as written.
    pub variant: String,
    /// Where the page starts.
    pub offset: u64,
}

/// Takes `GET https://host/api/rest/srm/v2/pairings/...?offset=100` apart.
pub(super) fn parse(text: &str) -> Parsed {
    let text = text.trim();
    let (method, url) = match text.split_once(char::is_whitespace) {
        Some((method, url)) => (method, url.trim()),
        None => ("GET", text),
    };
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""),
        None => path,
    };
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(decode)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (product, rest) = match parts.as_slice() {
        ["api", "rest", product @ ("srm" | "vr"), version, rest @ ..] if is_version(version) => {
            (*product, rest)
        }
        rest => ("srm", rest),
    };
    let pairing = match rest {
        ["pairings", pairing, ..] => Some((*pairing).to_owned()),
        _ => None,
    };
    let request = if matches!(rest, ["session"] | ["pairings", _, "remote-session"]) {
        Request::Session
    } else if !method.eq_ignore_ascii_case("GET") {
        Request::Change
    } else if product == "vr" {
        replication(rest)
    } else {
        recovery(rest)
    };
    let (variant, offset) = paging(query);
    Parsed {
        request,
        path: path.to_owned(),
        pairing,
        variant,
        offset,
    }
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn paging(query: &str) -> (String, u64) {
    let mut offset = 0;
    let mut rest = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("offset", number)) => offset = number.parse().unwrap_or(0),
            Some(("limit", _)) => {}
            _ => rest.push(part),
        }
    }
    (rest.join("&"), offset)
}

fn replication(parts: &[&str]) -> Request {
    match parts {
        ["pairings", _, "replications"] => Request::Read(Call::Replications),
        _ => Request::NotNeeded,
    }
}

fn recovery(parts: &[&str]) -> Request {
    match parts {
        ["pairings"] | ["pairings", _] => Request::Read(Call::Pairings),
        // Servers and issues say who answered, not what is recovered how.
        ["pairings", _, "issues"] => Request::NotNeeded,
        ["pairings", _, "srms"] | ["pairings", _, "srms", _] => Request::NotNeeded,
        ["pairings", _, "srms", _, "issues"] => Request::NotNeeded,
        ["pairings", _, "srms", srm, "inventory-mappings", rest @ ..] => mapping(srm, rest),
        ["pairings", _, "srms", _, "replication-management", ..] => Request::NotNeeded,
        ["pairings", _, "vcenters", ..] => Request::NotNeeded,
        ["pairings", _, "protection-management", rest @ ..] => protection(rest),
        ["pairings", _, "recovery-management", rest @ ..] => plans(rest),
        ["server" | "tasks", ..] => Request::NotNeeded,
        _ => Request::Unknown,
    }
}

fn mapping(srm: &str, parts: &[&str]) -> Request {
    match parts {
        ["networks", mapping, "ip-subnet-mapping"] => {
            Request::Read(Call::AddressRules(srm.to_owned(), (*mapping).to_owned()))
        }
        // The list holds each mapping in full.
        [_, _] => Request::NotNeeded,
        [last] => Mapped::ALL
            .into_iter()
            .find(|mapped| mapped.segment() == *last)
            .map_or(Request::Unknown, |mapped| {
                Request::Read(Call::Mappings(srm.to_owned(), mapped))
            }),
        _ => Request::Unknown,
    }
}

fn protection(parts: &[&str]) -> Request {
    let call = match parts {
        ["groups"] => Call::Groups,
        ["groups", group] => Call::Group((*group).to_owned()),
        ["groups", group, "vms"] => Call::GroupVms((*group).to_owned()),
        ["groups", group, "vms", vm] => Call::GroupVm((*group).to_owned(), (*vm).to_owned()),
        ["inventory", rest @ ..] => return folders(Filed::Groups, rest),
        // Storage behind a group, its issues, its plans (each plan names its groups), and where a
        // placeholder is put.
        ["groups", _, "vms", _, "protection-settings"]
        | ["groups", _, "datastore-groups" | "replication-groups", ..]
        | ["groups", _, "issues" | "recovery-plans"] => return Request::NotNeeded,
        _ => return Request::Unknown,
    };
    Request::Read(call)
}

fn plans(parts: &[&str]) -> Request {
    let (plan, rest) = match parts {
        ["plans"] => return Request::Read(Call::Plans),
        ["inventory", rest @ ..] => return folders(Filed::Plans, rest),
        // What ran before is no policy.
        ["history-reports", ..] => return Request::NotNeeded,
        ["plans", plan, rest @ ..] => ((*plan).to_owned(), rest),
        _ => return Request::Unknown,
    };
    let call = match rest {
        [] => Call::Plan(plan),
        ["protection-groups"] => Call::PlanGroups(plan),
        ["test-networks"] => Call::PlanTestNetworks(plan),
        ["vms"] => Call::PlanVms(plan),
        ["vms", vm] => Call::PlanVm(plan, (*vm).to_owned()),
        ["vms", vm, "recovery-settings"] => Call::Settings(plan, (*vm).to_owned()),
        // Parts of the settings, which the call before answers in full.
        ["vms", _, "recovery-settings", ..]
        | ["history-reports", ..]
        | ["issues"]
        | ["recovery-steps", "user-prompts"] => return Request::NotNeeded,
        ["recovery-steps", mode, rest @ ..] => return steps(plan, mode, rest),
        _ => return Request::Unknown,
    };
    Request::Read(call)
}

fn folders(filed: Filed, parts: &[&str]) -> Request {
    let folder = match parts {
        [] => None,
        // A folder alone says what the list it stands in says.
        [folder] | [folder, "children"] => Some((*folder).to_owned()),
        _ => return Request::Unknown,
    };
    Request::Read(Call::Folders(filed, folder))
}

fn steps(plan: String, mode: &str, rest: &[&str]) -> Request {
    let run = match mode {
        "test" => Run::Test,
        "recovery" => Run::Recovery,
        "cleanup" => Run::Cleanup,
        "reprotect" => Run::Reprotect,
        _ => return Request::Unknown,
    };
    match rest {
        [] => Request::Read(Call::Steps(plan, run)),
        [_] => Request::NotNeeded,
        [step, "callout-data"] => Request::Read(Call::Callout(plan, run, (*step).to_owned())),
        _ => Request::Unknown,
    }
}

/// How a run is spelled in a path.
pub(super) const fn mode(run: Run) -> &'static str {
    match run {
        Run::Test => "test",
        Run::Recovery => "recovery",
        Run::Cleanup => "cleanup",
        Run::Reprotect => "reprotect",
    }
}

impl Call {
    /// The plan it is about.
    pub(super) fn plan(&self) -> Option<&str> {
        match self {
            Self::Plan(plan)
            | Self::PlanGroups(plan)
            | Self::PlanVms(plan)
            | Self::PlanVm(plan, _)
            | Self::PlanTestNetworks(plan)
            | Self::Settings(plan, _)
            | Self::Steps(plan, _)
            | Self::Callout(plan, _, _) => Some(plan),
            Self::Pairings
            | Self::Plans
            | Self::Groups
            | Self::Group(_)
            | Self::GroupVms(_)
            | Self::GroupVm(_, _)
            | Self::Folders(_, _)
            | Self::Mappings(_, _)
            | Self::AddressRules(_, _)
            | Self::Replications => None,
        }
    }

    /// The request to make, for a message.
    pub(super) fn request(&self, pairing: &str) -> String {
        let srm = format!("GET /api/rest/srm/v2/pairings/{pairing}");
        let plans = format!("{srm}/recovery-management/plans");
        let groups = format!("{srm}/protection-management/groups");
        match self {
            Self::Pairings => "GET /api/rest/srm/v2/pairings".to_owned(),
            Self::Plans => plans,
            Self::Plan(plan) => format!("{plans}/{plan}"),
            Self::PlanGroups(plan) => format!("{plans}/{plan}/protection-groups"),
            Self::PlanVms(plan) => format!("{plans}/{plan}/vms"),
            Self::PlanVm(plan, vm) => format!("{plans}/{plan}/vms/{vm}"),
            Self::PlanTestNetworks(plan) => format!("{plans}/{plan}/test-networks"),
            Self::Settings(plan, vm) => format!("{plans}/{plan}/vms/{vm}/recovery-settings"),
            Self::Steps(plan, run) => format!("{plans}/{plan}/recovery-steps/{}", mode(*run)),
            Self::Callout(plan, run, step) => format!(
                "{plans}/{plan}/recovery-steps/{}/{step}/callout-data",
                mode(*run)
            ),
            Self::Groups => groups,
            Self::Group(group) => format!("{groups}/{group}"),
            Self::GroupVms(group) => format!("{groups}/{group}/vms"),
            Self::GroupVm(group, vm) => format!("{groups}/{group}/vms/{vm}"),
            Self::Folders(filed, folder) => {
                let domain = match filed {
                    Filed::Plans => "recovery",
                    Filed::Groups => "protection",
                };
                let below = folder.as_ref().map(|folder| format!("/{folder}/children"));
                format!(
                    "{srm}/{domain}-management/inventory{}",
                    below.unwrap_or_default()
                )
            }
            Self::Mappings(server, mapped) => format!(
                "{srm}/srms/{server}/inventory-mappings/{}",
                mapped.segment()
            ),
            Self::AddressRules(server, mapping) => format!(
                "{srm}/srms/{server}/inventory-mappings/networks/{mapping}/ip-subnet-mapping"
            ),
            Self::Replications => {
                format!("GET /api/rest/vr/v2/pairings/{pairing}/replications")
            }
        }
    }
}

/// Resolves `%3A` and the like; what is no escape stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Request {
        parse(text).request
    }

    #[test]
    fn the_path_names_plan_run_and_step() {
        let parsed = parse(
            "GET https://srm-a.example.com/api/rest/srm/v2/pairings/p-1/recovery-management/plans/\
             plan%3A7/recovery-steps/test?expanded_step_ids=1,2&offset=100&limit=50",
        );
        assert_eq!(
            parsed.request,
            Request::Read(Call::Steps("plan:7".to_owned(), Run::Test))
        );
        assert_eq!(parsed.pairing.as_deref(), Some("p-1"));
        assert_eq!(parsed.variant, "expanded_step_ids=1,2");
        assert_eq!(parsed.offset, 100);
    }

    #[test]
    fn the_first_version_and_a_bare_path_are_read_too() {
        let settings = Request::Read(Call::Settings("r".to_owned(), "vm".to_owned()));
        let tail = "pairings/p/recovery-management/plans/r/vms/vm/recovery-settings";
        assert_eq!(read(&format!("GET /api/rest/srm/v1/{tail}")), settings);
        assert_eq!(read(&format!("/{tail}")), settings);
    }

    #[test]
    fn what_changes_something_is_no_answer() {
        let plans = "/api/rest/srm/v2/pairings/p/recovery-management/plans";
        assert_eq!(read(&format!("POST {plans}")), Request::Change);
        assert_eq!(read("POST /api/rest/srm/v2/session"), Request::Session);
        assert_eq!(
            read("GET /api/rest/srm/v2/pairings/p/moods"),
            Request::Unknown
        );
    }

    #[test]
    fn a_request_reads_back_as_its_call() {
        let (plan, vm) = ("plan".to_owned(), "vm".to_owned());
        for call in [
            Call::Pairings,
            Call::Plans,
            Call::Plan(plan.clone()),
            Call::PlanGroups(plan.clone()),
            Call::PlanVms(plan.clone()),
            Call::PlanVm(plan.clone(), vm.clone()),
            Call::PlanTestNetworks(plan.clone()),
            Call::Settings(plan.clone(), vm.clone()),
            Call::Steps(plan.clone(), Run::Cleanup),
            Call::Callout(plan.clone(), Run::Reprotect, "4".to_owned()),
            Call::Groups,
            Call::Group(plan.clone()),
            Call::GroupVms(plan.clone()),
            Call::GroupVm(plan.clone(), vm.clone()),
            Call::Folders(Filed::Plans, None),
            Call::Folders(Filed::Groups, Some(plan.clone())),
            Call::Mappings(vm.clone(), Mapped::StoragePolicies),
            Call::AddressRules(vm.clone(), plan.clone()),
            Call::Replications,
        ] {
            assert_eq!(read(&call.request("pair")), Request::Read(call));
        }
    }
}
