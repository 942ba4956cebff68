//! As-built reports.

use super::shop::shop;
use super::{bundle, read_texts, told};
use crate::ir::recovery::{AddressChange, CalloutKind, Replication, Shutdown};

/// A table as the report writes it: a head and rows, or a line each.
fn table(rows: &[&[&str]]) -> String {
    let row = |row: &&[&str]| {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<table class=\"tabledefault\"><colgroup><col style=\"width:50%\"></colgroup><tbody>\n{rows}</tbody></table>\n"
    )
}

fn settings(name: &str, priority: &str, before: &str, after: &str, others: &str) -> String {
    table(&[
        &["Name", name],
        &["Status", "OK"],
        &["Recovery Priority", priority],
        &["Skip Guest ShutDown", "No"],
        &["PowerOn Timeout", "300/s"],
        &["PowerOn Delay", "20/s"],
        &["PowerOff Timeout", "240/s"],
        &["Final Power State", "Poweredon"],
        &["Pre PowerOn Callouts", before],
        &["Post PowerOn Callouts", after],
        &["Dependent VMs", others],
    ])
}

/// The shape of the published samples: a DOCTYPE, elements without an end, entities, sections whose
/// headings of sites are of the first level.
fn report(settings: &str) -> String {
    let plans = table(&[
        &["Name", "Description", "State", "Protection Groups"],
        &["DB &amp; more", "--", "Protecting", "PG-DB"],
    ]);
    let groups = table(&[
        &["Name", "Type", "Protection State", "Recovery Plan"],
        &["PG-DB", "VR", "Ready", "DB &amp; more"],
    ]);
    let group = table(&[
        &["Name", "PG-DB"],
        &["Description", "the databases"],
        &["Type", "VR"],
        &["Protection State", "Ready"],
        &["Associated VMs", "db01, db02"],
        &["Protected VMs", "db01, db02"],
    ]);
    let networks = table(&[
        &["Protected Network", "Recovery Network", "Test Network"],
        &["VLAN 10", "DR 10", "Isolated network (auto created)"],
        &["VLAN 20", "DR 20", "Test 20"],
    ]);
    let folders = table(&[&["Graz", "Linz"], &["Production", "Recovered"]]);
    format!(
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><style>td{{}}</style></head><body><br>\n\
         <h2>1.5 Network Mappings</h2><h1 class=\"NOTOCHeading4\">Graz</h1>{networks}<h2>1.6 Folder Mappings</h2>{folders}\
         <h2>1.9 Protection Groups</h2>{groups}<h3>1.9.1 Protection Group Configuration</h3>{group}\
         <a name=\"x\"><h2 class=\"Heading2\">1.10 Recovery Plans</h2></a>{plans}\
         <h3>1.10.1 Virtual Machine Recovery Settings</h3>\n<h4 class=\"Heading3\">1.10.1.1 DB &amp; more</h4>{settings}</body></html>"
    )
}

fn two() -> String {
    let before = "Name: db stop, Run In VM: No, TimeOut: 300/s";
    let after = "Name: warm, up, Run In VM: Yes, TimeOut: 60/s<br>Name: , Run In VM: , TimeOut: /s";
    settings("db01", "Normal", "&nbsp;", "--", "-")
        + &settings("db02", "Lower", before, after, "db01")
}

#[test]
fn a_report_is_a_part_that_says_what_it_lacks() {
    let (policy, findings) = read_texts(&[report(&two())]);
    assert_eq!(
        told(&findings),
        [(
            "R0008",
            "as-built report `0.json` tells SRM recovery plan `DB & more` in part: it lacks its sites and folder, its steps and their order, the text of its prompts and commands, its test networks, and how addresses change".to_owned()
        )]
    );
    let plan = &policy.recovery.plans[0];
    assert_eq!(plan.ident.name, "DB & more");
    assert_eq!(plan.description, None);
    assert_eq!(plan.missing.len(), 5, "{:?}", plan.missing);
    assert_eq!(plan.groups[0].text, "PG-DB");
    let [db01, db02] = plan.vms.as_slice() else {
        panic!("{:?}", plan.vms)
    };
    assert_eq!((db01.priority.number(), db02.priority.number()), (3, 4));
    assert_eq!((db01.before.len(), db01.after.len()), (0, 0));
    assert_eq!(db02.tools_timeout_seconds, Some(300));
    assert_eq!(db02.delay_seconds, 20);
    assert_eq!(db02.shutdown, Shutdown::Guest(Some(240)));
    assert!(db02.power_on);
    assert_eq!(db02.depends_on[0].text, "db01");
    let steps =
        |steps: &[crate::ir::recovery::Callout]| -> Vec<(String, CalloutKind, Option<u32>)> {
            assert!(steps.iter().all(|step| step.content.is_none()));
            let steps = steps.iter();
            steps
                .map(|step| (step.ident.name.clone(), step.kind, step.timeout_seconds))
                .collect()
        };
    assert_eq!(
        steps(&db02.before),
        [("db stop".to_owned(), CalloutKind::OnServer, Some(300))]
    );
    assert_eq!(
        steps(&db02.after),
        [
            ("warm, up".to_owned(), CalloutKind::InGuest, Some(60)),
            (
                "step 2 after power-on of db02".to_owned(),
                CalloutKind::Prompt,
                None
            ),
        ]
    );
    let group = policy.recovery.groups.values().next().unwrap();
    assert_eq!(group.replication, Replication::Host);
    assert_eq!(group.description.as_deref(), Some("the databases"));
    assert_eq!(group.vms.len(), 2);
    assert_eq!(group.missing.len(), 1);
    let tests: Vec<_> = policy
        .recovery
        .networks
        .iter()
        .map(|one| (one.ident.name.as_str(), one.test_name.as_deref()))
        .collect();
    assert_eq!(
        tests,
        [
            ("VLAN 10 to DR 10", None),
            ("VLAN 20 to DR 20", Some("Test 20"))
        ]
    );
    assert_eq!(
        policy.recovery.other_mappings[0].ident.name,
        "Production to Recovered"
    );
}

#[test]
fn findings_about_a_report_point_at_the_cell() {
    let text = report(&settings("db01", "Urgent", "--", "--", "-"));
    let (_, findings) = read_texts(std::slice::from_ref(&text));
    let odd = findings
        .iter()
        .find(|one| one.message.contains("`Urgent`"))
        .unwrap();
    let at = odd.subjects.last().unwrap().origin.span;
    assert_eq!(at.of(&text), "Urgent");
}

#[test]
fn what_a_report_does_not_tell_clearly_is_a_finding() {
    let codes = |settings: &str| -> Vec<&'static str> {
        let (_, findings) = read_texts(&[report(settings)]);
        findings.iter().map(|one| one.code.id).collect()
    };
    let steps =
        |before: &str, others: &str| two() + &settings("db03", "Normal", before, "--", others);
    assert_eq!(codes(&steps("--", "db01, db02")), ["R0008"]);
    for (settings, code) in [
        (steps("do this, then that", "-"), "R0003"),
        (
            steps("Name: a, Run In VM: Maybe, TimeOut: 3/s", "-"),
            "R0003",
        ),
        (steps("Name: a, Run In VM: No, TimeOut: x/s", "-"), "R0003"),
        (steps("--", "db01, and more"), "R0003"),
        (steps("--", "-").replacen("300/s", "soon", 1), "R0003"),
        (steps("--", "-").replacen(">Lower<", "><", 1), "R0004"),
        (two().replacen("Skip Guest ShutDown", "Mood", 1), "R0002"),
        (
            two() + &settings("db01", "Normal", "--", "--", "-"),
            "R0005",
        ),
    ] {
        let mut told = codes(&settings);
        told.retain(|one| *one != "R0008");
        assert_eq!(told, [code], "{settings}");
    }
    // Members of a group that no table names alone.
    assert_eq!(
        codes(&settings("db01", "Normal", "--", "--", "-")),
        ["R0003", "R0008"]
    );
    // A report of another level of detail holds one line for each machine, without their steps.
    let short = table(&[
        &[
            "Name",
            "Status",
            "Recovery Priority",
            "Skip Guest ShutDown",
            "PowerOn Timeout",
            "PowerOn Delay",
            "PowerOff Timeout",
            "Final Power State",
        ],
        &[
            "db01",
            "OK",
            "Normal",
            "No",
            "300/s",
            "0/s",
            "300/s",
            "Poweredon",
        ],
        &[
            "db02",
            "OK",
            "Highest",
            "Yes",
            "300/s",
            "0/s",
            "300/s",
            "Poweredoff",
        ],
    ]);
    let (policy, findings) = read_texts(&[report(&short)]);
    assert!(
        told(&findings).iter().any(|(_, said)| said.contains(
            "and the steps of its machines, what they depend on and how their addresses change"
        )),
        "{:?}",
        told(&findings)
    );
    assert_eq!(policy.recovery.plans[0].vms.len(), 2);
    // Another report is no export.
    let other = "<html><h1>1 Hosts</h1><table><tr><td>a</td></tr></table></html>".to_owned();
    let (_, findings) = read_texts(&[other]);
    assert_eq!(told(&findings)[0].0, "R0001");
}

#[test]
fn what_the_answers_tell_is_taken_from_them() {
    let text = report(&two())
        .replace("DB &amp; more", "Shop")
        .replace("PG-DB", "shop-data");
    let (policy, findings) = read_texts(&[bundle(&shop()).to_string(), text]);
    assert_eq!(
        told(&findings),
        [(
            "R3008",
            "as-built report `1.json` also tells SRM recovery plan `Shop`, which another export tells; the report is not used for it".to_owned()
        )]
    );
    assert_eq!(policy.recovery.plans.len(), 1);
    assert!(policy.recovery.plans[0].missing.is_empty());
    assert_eq!(policy.recovery.groups.len(), 1);
    assert_eq!(policy.recovery.networks.len(), 1);
}

#[test]
fn a_table_beside_a_report_is_not_joined_and_says_why() {
    let table = "VM ID,VM Name,vCenter Server,Adapter ID,IP Address,Subnet Mask\n\
        protected-vm-1,db01,vc-graz,1,10.1.0.20,255.255.255.0\n\
        protected-vm-1,db01,vc-linz,1,10.9.0.20,255.255.255.0\n\
        protected-vm-9,ldap01,vc-linz,1,10.9.0.40,255.255.255.0\n";
    let (policy, findings) = read_texts(&[report(&two()), table.to_owned()]);
    let mut told = told(&findings);
    told.retain(|(_, message)| message.contains("DR IP Customizer"));
    assert_eq!(
        told,
        [
            ("R0008", "a table of DR IP Customizer gives addresses to `db01` of SRM recovery plan `DB & more`; the export that tells the plan does not say which of its sites is protected, so which addresses are those of the recovery is not known".to_owned()),
            ("R0008", "a table of DR IP Customizer gives addresses to `ldap01`, which no recovery plan of the input recovers".to_owned()),
        ]
    );
    let of_table = findings
        .iter()
        .find(|one| one.message.contains("`db01`"))
        .unwrap();
    assert!(
        of_table.remedy.contains("collect the plan with the script"),
        "{}",
        of_table.remedy
    );
    let mut vms = policy.recovery.plans[0].vms.iter();
    assert!(vms.all(|vm| matches!(vm.addresses, AddressChange::Unsaid)));
}
