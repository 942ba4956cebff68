//! `L3`: what the target cannot hold of the recovery policy.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// The recovery point objective of a protection group is not one that the target takes.
    ///
    /// # What it means
    /// The protection policy has the next smaller one. More recovery points are taken, and more data is
    /// sent, than at the source.
    ///
    /// # What to do
    /// check that the line between the sites carries the shorter interval
    ///
    /// # Example
    /// An objective of 25 minutes becomes 15 minutes.
    OBJECTIVE_ROUNDED = "L3001", "objective-rounded", "a recovery point objective was rounded down", Effect::NARROWS;

    /// # What happened
    /// No export tells the recovery point objective of a protection group. The one given for the run is
    /// used.
    ///
    /// # What it means
    /// The protection policy has the objective that you chose.
    ///
    /// # What to do
    /// check the objective against what the storage or replication product does today
    ///
    /// # Example
    /// A group that the storage array replicates, compiled with `--objective 60`.
    OBJECTIVE_CHOSEN = "L3002", "objective-chosen", "a recovery point objective was chosen for the run", Effect::Record;

    /// # What happened
    /// No export tells the recovery point objective of a protection group: for a group that the storage
    /// array replicates it is a setting of the array.
    ///
    /// # What it means
    /// No protection policy is made, because an objective is a promise that rehome does not invent. The
    /// machines have the category of the group, and nothing replicates them.
    ///
    /// # What to do
    /// add the replication export that tells the objective, or choose one with `--objective MINUTES`
    ///
    /// # Example
    /// The group `pg-sap` with replication type `ABR`.
    OBJECTIVE_UNTOLD = "L3003", "objective-untold", "a recovery point objective is not known", Effect::SHIFTS;

    /// # What happened
    /// No export tells how long recovery points are kept.
    ///
    /// # What it means
    /// The protection policy keeps the recovery points of one day at both sites, rolled up.
    ///
    /// # What to do
    /// set the retention you need in the protection policy
    ///
    /// # Example
    /// Every protection group: the source tells its recovery instances in no export.
    RETENTION_UNTOLD = "L3004", "retention-untold", "how long recovery points are kept is not known", Effect::Conduct;

    /// # What happened
    /// A protection group has members that no export tells, or that more than one thing answers to.
    ///
    /// # What it means
    /// They do not get the category of the group, and nothing replicates them.
    ///
    /// # What to do
    /// add an inventory export that lists them, or remove them from the group
    ///
    /// # Example
    /// The group `pg-web` holds `vm-77`, and no export has a machine of that id.
    PROTECTION_MEMBER_MISSING = "L3005", "protection-member-missing", "a protection group lost members", Effect::SHIFTS;

    /// # What happened
    /// A recovery plan or a protection group is filed in a folder. The target has no folders for them.
    ///
    /// # What it means
    /// It stands among the others. Permissions given on the folder are not carried over.
    ///
    /// # What to do
    /// give the permissions of the folder to the people who need them
    ///
    /// # Example
    /// The plan `shop` in the folder `finance`.
    FOLDER = "L3006", "plan-folder", "the folder of a plan or protection group is not kept", Effect::Record;

    /// # What happened
    /// A description has characters that the target may refuse, or is longer than 1,000 characters.
    ///
    /// # What it means
    /// The description on the target is written with other characters or cut.
    ///
    /// # What to do
    /// nothing, or change the description on the target
    ///
    /// # Example
    /// A description with an umlaut.
    NOTE_CHANGED = "L3007", "note-changed", "a description was changed", Effect::Record;

    /// # What happened
    /// A recovery plan refers to a protection group that no export tells.
    ///
    /// # What it means
    /// The machines of that group are not part of the plan on the target, unless the plan itself lists them.
    ///
    /// # What to do
    /// add the export of the protection groups
    ///
    /// # Example
    /// The plan `shop` recovers the group `pg-9`, and the exports have no group of that id.
    GROUP_MISSING = "L3008", "plan-group-missing", "a plan lost a protection group", Effect::SHIFTS;

    /// # What happened
    /// A recovery plan has machines that no emitted protection policy replicates.
    ///
    /// # What it means
    /// The plan on the target cannot recover them.
    ///
    /// # What to do
    /// see to the finding of their protection group, or add the machines to a group
    ///
    /// # Example
    /// The plan `shop` recovers `pg-sap`, whose recovery point objective is not known.
    UNPROTECTED = "L3009", "unprotected-machines", "a plan has machines that nothing replicates", Effect::SHIFTS;

    /// # What happened
    /// A protection group of a plan has machines whose settings in the plan no export tells.
    ///
    /// # What it means
    /// They are recovered with the settings of a machine nobody touched: the third priority, powered on,
    /// addresses unchanged. Their steps and dependencies, if they have any, are not known.
    ///
    /// # What to do
    /// add the recovery settings of these machines to the input
    ///
    /// # Example
    /// The group `pg-web` holds `web-3`, and the plan's settings stop at `web-2`.
    SETTINGS_UNTOLD = "L3010", "settings-untold", "the settings of recovered machines are not known", Effect::SHIFTS;

    /// # What happened
    /// A recovery plan has settings for a machine that no export tells, or that more than one thing answers
    /// to.
    ///
    /// # What it means
    /// The machine is part of no stage: the plan on the target does not recover it.
    ///
    /// # What to do
    /// add an inventory export that lists the machine
    ///
    /// # Example
    /// The plan `shop` has settings for `vm-77`, and no export has a machine of that id.
    MACHINE_UNTOLD = "L3011", "machine-untold", "a recovered machine is not known", Effect::SHIFTS;

    /// # What happened
    /// The source waits until the guest tools of a machine answer before it goes on. A stage of the target
    /// waits a fixed time.
    ///
    /// # What it means
    /// The next machines can start before the guest of this one is up.
    ///
    /// # What to do
    /// set the delay of the stage to the time the guests need, as measured in a test
    ///
    /// # Example
    /// `app-1` in priority 2 starts when the tools of `db-1` in priority 1 answer.
    TOOLS_WAIT = "L3012", "tools-wait", "a wait for guest tools is not kept", Effect::Conduct;

    /// # What happened
    /// Machines of one stage have different waits after power-on. A stage of the target has one.
    ///
    /// # What it means
    /// The stage waits as long as the longest; machines that wait for this one start later than at the
    /// source.
    ///
    /// # What to do
    /// check that the recovery time still fits
    ///
    /// # Example
    /// `db-1` waits 60 seconds and `db-2` waits 300: the stage waits 300.
    DELAY_SHARED = "L3013", "delay-shared", "a wait became that of the stage", Effect::Conduct;

    /// # What happened
    /// A machine depends on others of its priority. The target knows no dependencies, so the priority is
    /// split into stages.
    ///
    /// # What it means
    /// The machine starts after those it depends on, and also after others of its priority that it does not
    /// depend on. Fewer orders are possible than at the source, and the recovery can take longer.
    ///
    /// # What to do
    /// check that the recovery time still fits
    ///
    /// # Example
    /// `app-1` depends on `db-1`; it now starts after `mail-1` of the same priority, too.
    PARALLEL_LOST = "L3014", "parallel-lost", "a dependency became a stage", Effect::NARROWS;

    /// # What happened
    /// A machine depends on one of another priority, or on one that is not in the plan. The source ignores
    /// such dependencies.
    ///
    /// # What it means
    /// The dependency is not translated either, so both sides do the same.
    ///
    /// # What to do
    /// give both machines the same priority if the dependency is meant
    ///
    /// # Example
    /// `app-1` in priority 2 depends on `dns-1` in priority 3.
    DEPENDENCY_IGNORED = "L3015", "dependency-ignored", "a dependency that the source ignores", Effect::Record;

    /// # What happened
    /// A machine depends on one that no export tells, or that more than one thing answers to.
    ///
    /// # What it means
    /// The dependency is not translated. The machine can start before the one it needs.
    ///
    /// # What to do
    /// add an inventory export that lists the machine
    ///
    /// # Example
    /// `app-1` depends on `vm-77`, and no export has a machine of that id.
    DEPENDENCY_MISSING = "L3016", "dependency-missing", "a dependency points to nothing", Effect::SHIFTS;

    /// # What happened
    /// Machines depend on each other in a circle.
    ///
    /// # What it means
    /// No order fulfils the dependencies. The machines of the circle start together.
    ///
    /// # What to do
    /// remove one of the dependencies that the message names
    ///
    /// # Example
    /// `app-1` depends on `db-1`, and `db-1` depends on `app-1`.
    DEPENDENCY_CIRCLE = "L3017", "dependency-circle", "machines depend on each other", Effect::SHIFTS;

    /// # What happened
    /// The source says how a guest is shut down at the protected site, and how long that may take. The
    /// target has no such setting.
    ///
    /// # What it means
    /// In a planned failover the stages are shut down in reverse order, each in the target's own way.
    ///
    /// # What to do
    /// shut down machines that need more time before the planned failover
    ///
    /// # Example
    /// `db-1` is given 900 seconds to shut down.
    SHUTDOWN = "L3018", "shutdown", "how a guest is shut down is not kept", Effect::Conduct;

    /// # What happened
    /// The addresses of a machine after the recovery are not those the source gives it: the target changes
    /// addresses for all machines of a network or for none, and holds single IPv4 addresses only.
    ///
    /// # What it means
    /// The machine comes up with an address that its partners do not expect.
    ///
    /// # What to do
    /// set the address by hand in the guest after the recovery, or change the mapping of the network
    ///
    /// # Example
    /// `db-1` keeps its address at the source, and other machines of its network follow a subnet rule.
    ADDRESS_DIFFERS = "L3019", "address-differs", "addresses come out differently", Effect::SHIFTS;

    /// # What happened
    /// What the source does with the addresses of a machine is in no export: the customisation is automatic
    /// and depends on a server setting, it is not told, or the networks of the machine are not known.
    ///
    /// # What it means
    /// On the target the addresses follow the mapping of the network.
    ///
    /// # What to do
    /// look the server setting `recovery.useIpMapperAutomatically` and the networks of the machine up, and accept the finding if addresses follow the network there too
    ///
    /// # Example
    /// `web-1` with IP customisation `AUTO` on a network with a subnet rule.
    ADDRESS_UNTOLD = "L3020", "address-untold", "what happens to addresses is not known", Effect::SHIFTS;

    /// # What happened
    /// Settings that go with an address have no counterpart: DNS servers and suffixes, WINS servers,
    /// gateways of a single machine, further gateways of a network.
    ///
    /// # What it means
    /// The guest keeps what it had, or gets what the subnet on the target gives.
    ///
    /// # What to do
    /// set DNS on the recovery subnet, or in the guest with its recovery script
    ///
    /// # Example
    /// A subnet rule with the DNS server `10.2.0.53`.
    ADDRESS_DETAIL = "L3021", "address-detail", "DNS, WINS or gateways are not kept", Effect::Conduct;

    /// # What happened
    /// A mapping or a test network is needed by no plan: no recovered machine is attached to the network.
    ///
    /// # What it means
    /// The target keeps mappings inside plans, so no object is made.
    ///
    /// # What to do
    /// nothing, unless machines on this network are to be recovered
    ///
    /// # Example
    /// The network `vlan-30` is mapped, and no machine of a plan is attached to it.
    MAPPING_UNUSED = "L3022", "mapping-unused", "a mapping is needed by no plan", Effect::Record;

    /// # What happened
    /// The name of a mapped network is empty or longer than 256 characters.
    ///
    /// # What it means
    /// No mapping is made, and machines on the network come up without it.
    ///
    /// # What to do
    /// give the network a name of at most 256 characters and export again
    ///
    /// # Example
    /// A mapping whose recovery network has no name.
    NETWORK_NAME = "L3023", "network-name", "a network has a name the target cannot take", Effect::SHIFTS;

    /// # What happened
    /// A rule maps the addresses of a subnet in a way the target has not: between subnets of different sizes,
    /// next to another rule of the same network, or in IPv6.
    ///
    /// # What it means
    /// Addresses on this network are not changed by the network mapping.
    ///
    /// # What to do
    /// give each network one rule between subnets of one size, or set the addresses of each machine
    ///
    /// # Example
    /// A rule from `10.1.0.0/24` to `10.2.0.0/23`.
    ADDRESS_RULE = "L3024", "address-rule", "a subnet rule has no counterpart", Effect::SHIFTS;

    /// # What happened
    /// The source makes an isolated network for tests by itself. The target needs a subnet that exists.
    ///
    /// # What it means
    /// The mapping names a test subnet that is not there yet. A test fails its validation until somebody
    /// makes the subnet; no test machine reaches the network of the real recovery.
    ///
    /// # What to do
    /// make an isolated subnet of the name in the message at the recovery site before the first test
    ///
    /// # Example
    /// The plan `shop` tests on `Isolated network (auto created)`.
    TEST_NETWORK_TO_MAKE = "L3025", "test-network-to-make", "a test network must be made by hand", Effect::Conduct;

    /// # What happened
    /// Folders, resource pools, storage policies or placeholder datastores are mapped between the sites, or the
    /// place of a machine at the recovery site is set. The target places recovered machines by cluster and needs
    /// none of this.
    ///
    /// # What it means
    /// No object is made.
    ///
    /// # What to do
    /// nothing, unless permissions or quotas hang on the folder or pool
    ///
    /// # Example
    /// The folder `Prod` is mapped to the folder `Prod-DR`.
    OTHER_MAPPING = "L3026", "other-mapping", "a mapping has no counterpart", Effect::Record;

    /// # What happened
    /// A step of the source product itself stands in the plan: it synchronises storage, or prepares hosts.
    ///
    /// # What it means
    /// The target has steps of its own for what it needs. They are not configured in the plan.
    ///
    /// # What to do
    /// nothing
    ///
    /// # Example
    /// The step `Synchronize storage`.
    BUILT_IN_STEP = "L3027", "built-in-step", "a step of the source product has the target's own in its place", Effect::Record;

    /// # What happened
    /// The plan suspends machines at the recovery site to make room. The target has no such step.
    ///
    /// # What it means
    /// The machines keep running, and the recovered ones can lack room.
    ///
    /// # What to do
    /// check the free capacity of the recovery site, or power the machines off by hand before the recovery
    ///
    /// # Example
    /// The step `Suspend non-critical VMs at recovery site`.
    SUSPEND_OTHERS = "L3028", "suspend-others", "suspending other machines has no counterpart", Effect::Conduct;

    /// # What happened
    /// A step is of a kind that rehome does not know.
    ///
    /// # What it means
    /// It is a step of the runbook, and nothing on the target does it or waits for it.
    ///
    /// # What to do
    /// look the step up in the product and decide who does it
    ///
    /// # Example
    /// A step that is neither a prompt nor a command.
    UNKNOWN_STEP = "L3029", "unknown-step", "a step is of an unknown kind", Effect::SHIFTS;

    /// # What happened
    /// The plan stops at a prompt until a person goes on. The target has no prompts.
    ///
    /// # What it means
    /// The prompt is a step of the runbook. Where machines start after it, they start whether or not anybody
    /// has confirmed it.
    ///
    /// # What to do
    /// compile with `--split-at-prompts` if the prompt must hold the recovery: a person then runs the next part
    ///
    /// # Example
    /// `Confirm that the database is consistent` before priority 2.
    PROMPT = "L3030", "prompt", "a prompt does not hold the recovery", Effect::SHIFTS;

    /// # What happened
    /// The plan runs a command on the recovery server, or inside a guest at a moment the target has none for.
    ///
    /// # What it means
    /// The command is a step of the runbook: a person runs it. Where machines start after it, they do not
    /// wait for it.
    ///
    /// # What to do
    /// name who runs it, and from which server of the recovery site
    ///
    /// # Example
    /// `/opt/dns/switch.sh dr` on the recovery server before priority 1.
    COMMAND_BY_HAND = "L3031", "command-by-hand", "a command is run by a person", Effect::SHIFTS;

    /// # What happened
    /// A command runs inside a guest after power-on. The target runs one script at a fixed path, without
    /// arguments, and only says whether it runs and for how long.
    ///
    /// # What it means
    /// The commands of the machine are joined in a script that you install in the guest. A failing command
    /// ends the script, and the recovery goes on. The user it runs as can differ.
    ///
    /// # What to do
    /// read the script, install it at the path that it names, and install Nutanix Guest Tools
    ///
    /// # Example
    /// `/opt/app/register.sh --site dr` after the power-on of `app-1`.
    SCRIPT = "L3032", "in-guest-script", "a command in the guest became a script at a fixed path", Effect::Conduct;

    /// # What happened
    /// The export names a prompt or command and lacks its text.
    ///
    /// # What it means
    /// The runbook has a step whose text is not known.
    ///
    /// # What to do
    /// add the callout data of the step to the input
    ///
    /// # Example
    /// A steps list without the answers of `callout-data`.
    CALLOUT_TEXT_UNTOLD = "L3033", "callout-text-untold", "the text of a step is not known", Effect::SHIFTS;

    /// # What happened
    /// A machine that is left powered off has steps after its power-on. The source does not run them.
    ///
    /// # What it means
    /// They are not translated, and nothing changes.
    ///
    /// # What to do
    /// nothing, or remove the steps
    ///
    /// # Example
    /// `cold-1` is not powered on and has a command for its guest.
    CALLOUT_NEVER_RUNS = "L3034", "callout-never-runs", "a step that the source does not run", Effect::Record;

    /// # What happened
    /// The target release has recovery plans of the v3 API only. The plan is written as a body of that
    /// API, whose form is known from the vendor's automation modules and not from its own document.
    ///
    /// # What it means
    /// The plan has its stages, waits, scripts, networks and single addresses. Terraform cannot make it.
    ///
    /// # What to do
    /// create the plan from the body, run its validation, and test it before you rely on it
    ///
    /// # Example
    /// The plan `shop`, compiled for `nutanix@7.3`.
    V3_PLAN = "L3035", "v3-plan", "a recovery plan is a body of the v3 API", Effect::Record;

    /// # What happened
    /// The exports tell a recovery plan in part: the answer of a call is missing.
    ///
    /// # What it means
    /// No plan is made, because half a plan looks like a whole one. Nothing of it is in the runbook.
    ///
    /// # What to do
    /// run the calls that the message names and add their answers to the input
    ///
    /// # Example
    /// The plan `shop` without the answers of `recovery-steps/recovery`.
    PLAN_INCOMPLETE = "L3036", "plan-incomplete", "a recovery plan is told in part", Effect::SHIFTS;

    /// # What happened
    /// A machine is left powered off at the end of the source's plan, and plans of the v3 API power on
    /// every machine in them.
    ///
    /// # What it means
    /// The machine is in no stage of the plan. Recovering it is a step of the runbook.
    ///
    /// # What to do
    /// recover the machine by hand where the runbook says so, or compile for 7.5 or later
    ///
    /// # Example
    /// `archive01` with the startup action `DO_NOT_POWER_ON`, compiled for `nutanix@7.3`.
    POWER_OFF = "L3037", "power-off", "a machine that is left off is in no plan of this release", Effect::SHIFTS;

    /// # What happened
    /// A prompt of the source holds what comes after it. On the target a person does: the plan, or the
    /// next part of it, is run only when the prompt is answered.
    ///
    /// # What it means
    /// Nothing behind the prompt starts before its answer, as long as people follow the runbook. A prompt
    /// of one machine then holds the other machines of its stage, too.
    ///
    /// # What to do
    /// let the person who leads the recovery run the parts, with the runbook in hand
    ///
    /// # Example
    /// `Confirm the disaster` at the start of a plan.
    PROMPT_BY_HAND = "L3038", "prompt-by-hand", "a person holds the flow where a prompt did", Effect::Conduct;

    /// # What happened
    /// The plan was split at its prompts, as asked: each part is a recovery plan of the target.
    ///
    /// # What it means
    /// A failover runs the parts one after the other. In a planned failover the machines of later parts
    /// still run at the protected site until their part is run.
    ///
    /// # What to do
    /// in a planned failover shut the machines of later parts down first, as the runbook says
    ///
    /// # Example
    /// A plan with a prompt before priority 3 becomes `shop part 1 of 2` and `shop part 2 of 2`.
    PLAN_SPLIT = "L3039", "plan-split", "a recovery plan is made in parts", Effect::Conduct;

    /// # What happened
    /// The storage replicates the machines of a protection group together, and the target cannot take
    /// their recovery points together: the release has no consistency rules, or the group has more than
    /// 32 machines.
    ///
    /// # What it means
    /// After a recovery the data of these machines can be of different moments.
    ///
    /// # What to do
    /// split the group so that machines that must agree are in one of at most 32, or compile for 7.3 or later
    ///
    /// # Example
    /// An array-based protection group of 40 machines.
    CONSISTENCY_LOST = "L3040", "consistency-lost", "recovery points are not taken together", Effect::BROADENS;

    /// # What happened
    /// The exports tell a protection group in part: its machines are not all told, or neither are its
    /// sites.
    ///
    /// # What it means
    /// No protection policy is made, because half a group looks like a whole one: the machines that no
    /// export tells would lose their copies in silence.
    ///
    /// # What to do
    /// run the calls that the message names and add their answers to the input
    ///
    /// # Example
    /// A protection group of which only an as-built report tells.
    GROUP_INCOMPLETE = "L3041", "group-incomplete", "a protection group is told in part", Effect::SHIFTS;
}
