//! Two sites that protect each other, with nested folders: what the answers tell of them stands in the
//! portable policy.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test: it fails by panicking"
)]

use rehome::compile::compile;
use rehome::finding::Findings;
use rehome::legal::Options;
use rehome::source::Sources;
use serde_json::{Value, json};

const AT: &str = "GET /api/rest/srm/v2/pairings/pair-1";
const GRAZ: &str = "a41f0c9e-52d7-4f0b-9c33-8f6e1d2b7a01";
const LINZ: &str = "c7be2d10-98a4-4e6f-b1d2-5a0f3c9e7b02";

fn pair(path: &str, response: &Value) -> Value {
    json!({"request": format!("{AT}{path}"), "response": response})
}

fn list(items: &Value) -> Value {
    json!({"list": items, "_meta": {"total": items.as_array().unwrap().len(), "offset": 0}})
}

/// A folder, or what is filed in one. `path` is told by the product and not needed.
fn item(id: &str, name: &str, kind: &str, parent: Option<&str>) -> Value {
    json!({"id": id, "name": name, "type": kind, "path": "/some", "parent": parent})
}

/// The folders of plans and of groups: two below another, one of them with a name that looks like a path.
fn folders() -> Vec<Value> {
    let of = |domain: &str, below: &str, items: &Value| {
        pair(
            &format!("/{domain}-management/inventory{below}"),
            &list(items),
        )
    };
    vec![
        of(
            "recovery",
            "",
            &json!([
                item("f-at", "Austria", "FOLDER", Some("f-root")),
                item("plan-2", "Linz to Graz", "RECOVERY_PLAN", Some("f-root")),
            ]),
        ),
        of(
            "recovery",
            "/f-at/children",
            &json!([item("f-prod", "Prod", "FOLDER", Some("f-at"))]),
        ),
        // The folder above is not told by the item itself: it stands in its list.
        of(
            "recovery",
            "/f-prod/children",
            &json!([item("f-gold", "Gold ../x", "FOLDER", None)]),
        ),
        of(
            "recovery",
            "/f-gold/children",
            &json!([item(
                "plan-1",
                "Graz to Linz",
                "RECOVERY_PLAN",
                Some("f-gold")
            ),]),
        ),
        of(
            "protection",
            "",
            &json!([item("g-data", "Data", "FOLDER", Some("g-root"))]),
        ),
        of(
            "protection",
            "/g-data/children",
            &json!([item("g-sap", "SAP", "FOLDER", Some("g-data"))]),
        ),
    ]
}

struct Side {
    number: u8,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
    vm: Value,
    plan_folder: (&'static str, &'static str),
    group_folder: (&'static str, &'static str),
    protection: Value,
    settings: Vec<Value>,
}

/// The answers about one plan, its group and its machines.
fn side(side: &Side) -> Vec<Value> {
    let Side {
        number,
        from,
        to,
        vm,
        plan_folder,
        group_folder,
        protection,
        settings,
    } = side;
    let (plan, group) = (format!("plan-{number}"), format!("pg-{number}"));
    let sites = |mut value: Value, folder: &(&str, &str)| {
        value["protected_site_name"] = from.0.into();
        value["recovery_site_name"] = to.0.into();
        value["protected_vc_guid"] = from.1.into();
        value["recovery_vc_guid"] = to.1.into();
        value["location"] = folder.0.into();
        value["location_name"] = folder.1.into();
        value
    };
    let told = sites(
        json!({"id": group, "name": format!("Group {number}"), "replication_type": "HBR", "total_vms": vm.as_array().unwrap().len()}),
        group_folder,
    );
    let plans = "/recovery-management/plans";
    let info = sites(
        json!({"id": plan, "name": format!("{} to {}", from.0, to.0), "status": "READY_STATE", "is_running": false}),
        plan_folder,
    );
    let step = |id: u8, title: &str| json!({"id": id.to_string(), "step_number": id.to_string(), "title": title, "depth": 0, "child_count": 0});
    let steps = json!([
        step(1, "Synchronize storage"),
        step(2, "Power on priority 1 VMs"),
        step(3, "Power on priority 4 VMs"),
    ]);
    let mut answers = vec![
        pair(&format!("{plans}/{plan}"), &info),
        pair(
            &format!("{plans}/{plan}/protection-groups"),
            &list(&json!([told])),
        ),
        pair(&format!("{plans}/{plan}/vms"), &list(vm)),
        pair(
            &format!("{plans}/{plan}/recovery-steps/recovery"),
            &list(&steps),
        ),
        pair(
            &format!("{plans}/{plan}/recovery-steps/test"),
            &list(&steps),
        ),
        pair(&format!("{plans}/{plan}/test-networks"), &list(&json!([]))),
        pair(
            &format!("/protection-management/groups/{group}/vms"),
            &list(protection),
        ),
        pair(
            &format!("/srms/srm-{number}/inventory-mappings/networks"),
            &list(&json!([{
            "id": format!("m-{number}"), "primary_object": format!("net-{number}"), "secondary_object": format!("dr-{number}"),
            "primary_object_name": format!("Net {number}"), "secondary_object_name": format!("DR {number}")}])),
        ),
        pair(
            &format!("/srms/srm-{number}/inventory-mappings/folders"),
            &list(&json!([{
            "id": format!("fm-{number}"), "primary_object": format!("Folder:{number}"), "secondary_object": format!("Folder:dr-{number}"),
            "primary_object_name": "Prod", "secondary_object_name": format!("Recovered {number}")}])),
        ),
    ];
    for (vm, settings) in vm.as_array().unwrap().iter().zip(settings) {
        let id = vm["id"].as_str().unwrap();
        answers.push(pair(
            &format!("{plans}/{plan}/vms/{id}/recovery-settings"),
            settings,
        ));
    }
    answers
}

/// Settings as the REST interface spells them, and as the SOAP interface does.
fn rest(priority: &str) -> Value {
    json!({"priority": priority, "startup_action": "POWER_ON", "ip_customization_type": "NO_CUSTOMIZATION",
        "shutdown_action_settings": {"skip_shutdown_guest": true}})
}

fn soap(priority: &str) -> Value {
    json!({"recoveryPriority": priority, "finalPowerState": "poweredOn", "dependentVmIds": [],
        "prePowerOnCallouts": [], "postPowerOnCallouts": [], "skipGuestShutDown": true})
}

fn sides() -> [Side; 2] {
    let vm = |id: &str, name: &str| json!({"id": id, "name": name});
    let named = |name: &str| json!({"id": format!("x:{name}"), "name": name});
    [
        Side {
            number: 1,
            from: ("Graz", GRAZ),
            to: ("Linz", LINZ),
            vm: json!([vm("vm-1", "db01"), vm("vm-2", "web01")]),
            plan_folder: ("f-gold", "Gold ../x"),
            group_folder: ("g-sap", "SAP"),
            protection: json!([
                {"id": "vm-1", "name": "db01", "protection_info": {"recovery_folder": named("Recovered/DB"),
                    "recovery_resource_pool": named("Gold pool"), "recovery_host": named("esx01")}},
                {"id": "vm-2", "name": "web01", "protection_info": {"recovery_folder": named("Recovered")}},
            ]),
            settings: vec![rest("P1"), soap("low")],
        },
        Side {
            number: 2,
            from: ("Linz", LINZ),
            to: ("Graz", GRAZ),
            vm: json!([vm("vm-3", "mail01"), vm("vm-4", "log01")]),
            // At the top: nobody filed it anywhere.
            plan_folder: ("f-root", "Recovery Plans"),
            // A folder that no answer of folders tells keeps the name of its own.
            group_folder: ("g-other", "Other"),
            protection: json!([vm("vm-3", "mail01"), vm("vm-4", "log01")]),
            settings: vec![soap("highest"), rest("P4")],
        },
    ]
}

fn policy() -> (Value, Vec<(&'static str, String)>) {
    let mut pairs = folders();
    pairs.extend(sides().iter().flat_map(side));
    let replicated = ["vm-1", "vm-2", "vm-3", "vm-4"].map(|id| json!({"vm_id": id, "rpo": 15}));
    pairs.push(
        json!({"request": "GET /api/rest/vr/v2/pairings/pair-1/replications",
        "response": list(&Value::from(replicated.to_vec()))}),
    );
    let mut sources = Sources::default();
    let tree = rehome_grammar::read(Value::Array(pairs).to_string().into_bytes()).unwrap();
    sources.add("bundle.json".into(), "bundle.json".into(), tree);
    let out = compile(
        &sources,
        &Options::new(rehome::legal::Target::default()),
        Findings::new(),
    );
    let text = std::str::from_utf8(&out.files["policy.yaml"]).unwrap();
    let told = out.findings.iter();
    let told = told.map(|one| (one.code.id, one.message.clone())).collect();
    (serde_saphyr::from_str(text).unwrap(), told)
}

fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|one| one["ident"]["name"] == name).unwrap()
}

#[test]
fn sites_ids_and_folders_reach_the_portable_policy() {
    let (policy, told) = policy();
    let recovery = &policy["recovery"];
    let there =
        json!({"protected": "Graz", "recovery": "Linz", "protected-id": GRAZ, "recovery-id": LINZ});
    let back =
        json!({"protected": "Linz", "recovery": "Graz", "protected-id": LINZ, "recovery-id": GRAZ});
    let plan = |name| named(&recovery["plans"], name);
    let group = |name| named(&recovery["protection-groups"], name);

    let out = plan("Graz to Linz");
    assert_eq!(out["ident"]["id"], "plan-1");
    assert_eq!(out["folder"], "Austria/Prod/Gold ../x");
    assert_eq!(out["sites"], there);
    assert_eq!(out["protection-groups"], json!(["pg-1"]));
    assert_eq!(group("Group 1")["ident"]["id"], "pg-1");
    assert_eq!(group("Group 1")["folder"], "Data/SAP");
    assert_eq!(group("Group 1")["sites"], there);
    assert_eq!(group("Group 1")["machines"], json!(["vm-1", "vm-2"]));
    assert_eq!(
        group("Group 1")["places"],
        json!([
            {"machine": "vm-1", "folder": "Recovered/DB", "resource-pool": "Gold pool", "host": "esx01"},
            {"machine": "vm-2", "folder": "Recovered"},
        ])
    );

    let home = plan("Linz to Graz");
    assert_eq!(home["ident"]["id"], "plan-2");
    assert_eq!(home.get("folder"), None);
    assert_eq!(home["sites"], back);
    assert_eq!(group("Group 2")["folder"], "Other");
    assert_eq!(group("Group 2")["sites"], back);
    assert_eq!(group("Group 2").get("places"), None);

    let priority = |plan: &Value, name| named(&plan["machines"], name)["priority"].clone();
    assert_eq!(priority(out, "db01"), 1);
    assert_eq!(priority(out, "web01"), 4);
    assert_eq!(priority(home, "mail01"), 1);
    assert_eq!(priority(home, "log01"), 4);

    // The folders of machines at both sites, mapped by either server.
    let mapped = recovery["other-mappings"].as_array().unwrap().iter();
    let mapped: Vec<_> = mapped
        .map(|one| (&one["what"], &one["ident"]["name"]))
        .collect();
    assert_eq!(
        mapped,
        [
            (&json!("folder"), &json!("Prod to Recovered 1")),
            (&json!("folder"), &json!("Prod to Recovered 2")),
        ]
    );

    // What Nutanix does not keep of it is told.
    let says = |code, text: &str| {
        told.iter()
            .any(|(id, message)| *id == code && message == text)
    };
    for (code, text) in [
        (
            "L3006",
            "SRM files protection group `Group 2` in `Other`; Nutanix has no folders for protection groups",
        ),
        (
            "L3026",
            "SRM puts the machines of protection group `Group 1` into folder `Recovered` and `Recovered/DB`, resource pool `Gold pool`, host `esx01` at the recovery site; Nutanix recovers them into the cluster",
        ),
    ] {
        assert!(says(code, text), "{told:?}");
    }
    let unknown = told
        .iter()
        .find(|(code, _)| ["R0002", "R0004", "R0007", "R3001"].contains(code));
    assert_eq!(unknown, None);
}
