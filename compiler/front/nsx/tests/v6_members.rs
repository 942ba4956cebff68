//! What groups and rules of NSX for vSphere refer to, where other exports tell about it.

use super::*;

/// Three machines: `a` and `b` in a cluster, `c` in another.
const ESTATE: &str = r#"[
  {"obj": {"type": "VirtualMachine", "value": "vm-1"}, "propSet": [{"name": "name", "val": "a"}, {"name": "runtime.host", "val": {"type": "HostSystem", "value": "host-1"}}]},
  {"obj": {"type": "VirtualMachine", "value": "vm-2"}, "propSet": [{"name": "name", "val": "b"}, {"name": "runtime.host", "val": {"type": "HostSystem", "value": "host-2"}}]},
  {"obj": {"type": "VirtualMachine", "value": "vm-3"}, "propSet": [{"name": "name", "val": "c"}, {"name": "runtime.host", "val": {"type": "HostSystem", "value": "host-3"}}]},
  {"obj": {"type": "HostSystem", "value": "host-1"}, "propSet": [{"name": "name", "val": "h1"}, {"name": "parent", "val": {"type": "ClusterComputeResource", "value": "domain-c1"}}]},
  {"obj": {"type": "HostSystem", "value": "host-2"}, "propSet": [{"name": "name", "val": "h2"}, {"name": "parent", "val": {"type": "ClusterComputeResource", "value": "domain-c1"}}]},
  {"obj": {"type": "HostSystem", "value": "host-3"}, "propSet": [{"name": "name", "val": "h3"}, {"name": "parent", "val": {"type": "ClusterComputeResource", "value": "domain-c2"}}]},
  {"obj": {"type": "ClusterComputeResource", "value": "domain-c1"}, "propSet": [{"name": "name", "val": "one"}]},
  {"obj": {"type": "ClusterComputeResource", "value": "domain-c2"}, "propSet": [{"name": "name", "val": "two"}]},
  {"obj": {"type": "ClusterComputeResource", "value": "domain-c3"}, "propSet": [{"name": "name", "val": "empty"}]}]"#;

const LOST: &str = r#"[{"obj": {"type": "VirtualMachine", "value": "vm-9"}, "propSet": [{"name": "name", "val": "lost"}]}]"#;

fn group(kind: &str, id: &str) -> String {
    format!(
        "<securitygroup><objectId>securitygroup-1</objectId><member><objectId>{id}</objectId>\
         <objectTypeName>{kind}</objectTypeName></member></securitygroup>"
    )
}

fn members(files: &[&str]) -> (String, String) {
    let (policy, findings) = read(files);
    let group = policy.network.groups.values().next().expect("one group");
    (say(&group.members), codes(&findings).join(" "))
}

#[test]
fn clusters_and_hosts_are_the_machines_in_them() {
    let cases = [
        (
            "ClusterComputeResource",
            "domain-c1",
            "(vm vm-1 or vm vm-2)",
        ),
        ("ClusterComputeResource", "domain-c3", "nothing"),
        ("HostSystem", "host-3", "vm vm-3"),
    ];
    for (kind, id, expected) in cases {
        let found = members(&[ESTATE, &group(kind, id)]);
        assert_eq!(found, (expected.to_owned(), "R1011".to_owned()), "{id}");
    }
}

#[test]
fn a_cluster_that_nobody_tells_about_stays_symbolic() {
    let opaque = "opaque[member of type `ClusterComputeResource`]";
    let cluster = group("ClusterComputeResource", "domain-c1");
    assert_eq!(members(&[&cluster]), (opaque.to_owned(), String::new()));
    // A machine whose host is not known can be in the cluster.
    let (said, _) = members(&[ESTATE, LOST, &cluster]);
    assert_eq!(said, format!("(vm vm-1 or vm vm-2 or {opaque})"));
    for kind in ["ResourcePool", "Datacenter", "VirtualApp", "DirectoryGroup"] {
        let (said, _) = members(&[ESTATE, &group(kind, "x-1")]);
        assert_eq!(said, format!("opaque[member of type `{kind}`]"));
    }
}

#[test]
fn one_interface_is_at_most_its_machine() {
    let found = members(&[&group("Vnic", "5012-aa.000")]);
    let expected = "(vm 5012-aa and opaque[one interface of a machine])";
    assert_eq!(found.0, expected);
}

const TAGS: &str = "<securityTags><securityTag><objectId>securitytag-7</objectId><objectTypeName>SecurityTag</objectTypeName>\
  <revision>1</revision><name>quarantine</name><systemResource>false</systemResource><vmCount>2</vmCount></securityTag></securityTags>";

#[test]
fn security_tags_are_evaluated_where_an_export_tells_who_carries_them() {
    let machines = "VMDisplayName,ExternalId,TagScope,TagValue\nweb,50-1,,quarantine\n";
    let by_id = group("SecurityTag", "securitytag-7");
    let criterion = "<securitygroup><objectId>g</objectId><dynamicMemberDefinition><dynamicSet><operator>OR</operator>\
      <dynamicCriteria><operator>OR</operator><key>VM.SECURITY_TAG</key><criteria>contains</criteria><value>quar</value></dynamicCriteria>\
      </dynamicSet></dynamicMemberDefinition></securitygroup>";
    let unknown = "opaque[security tag, and no export tells which machines carry it]";
    assert_eq!(members(&[TAGS, &by_id]).0, unknown);
    assert_eq!(members(&[criterion]).0, unknown);
    assert_eq!(
        members(&[TAGS, &by_id, machines]).0,
        "vm tag * = quarantine"
    );
    assert_eq!(members(&[criterion, machines]).0, "vm tag * ~ quar");
    let (said, _) = members(&[&by_id, machines]);
    assert_eq!(said, "opaque[security tag that stands in no export]");
}

#[test]
fn an_unknown_key_of_a_criterion_breaks_the_group() {
    let text = "<securitygroup><objectId>g</objectId><dynamicMemberDefinition><dynamicSet><dynamicCriteria>\
      <key>VM.NAME</key><criteria>=</criteria><value>a</value><only_on>sunday</only_on></dynamicCriteria></dynamicSet>\
      </dynamicMemberDefinition></securitygroup>";
    let expected = (
        "opaque[group that cannot be read]".to_owned(),
        "R0002".to_owned(),
    );
    assert_eq!(members(&[text]), expected);
}

#[test]
fn an_empty_set_of_criteria_takes_nothing_from_the_others() {
    let text = "<securitygroup><objectId>g</objectId><dynamicMemberDefinition><dynamicSet><operator>OR</operator></dynamicSet>\
      <dynamicSet><operator>OR</operator><dynamicCriteria><key>VM.NAME</key><criteria>=</criteria><value>a</value></dynamicCriteria></dynamicSet>\
      </dynamicMemberDefinition></securitygroup>";
    assert_eq!(members(&[text]), ("vm name = a".to_owned(), String::new()));
}

#[test]
fn a_rule_applied_to_routers_alone_is_held_by_no_machine() {
    let rule = |list: &str| {
        let text = format!(
            "<section id=\"5\"><rule id=\"1\"><action>allow</action><appliedToList>{list}</appliedToList></rule></section>"
        );
        let (policy, findings) = read(&[&text]);
        let rule = &policy.network.sections[0].rules[0];
        (say_peers(&rule.applied_to), codes(&findings).join(" "))
    };
    let edge = "<appliedTo><name>ALL_EDGES</name><value>ALL_EDGES</value><type>ALL_EDGES</type><isValid>true</isValid></appliedTo>";
    let all = edge.replace("ALL_EDGES", "DISTRIBUTED_FIREWALL");
    let one = "<appliedTo><name>a</name><value>vm-1</value><type>VirtualMachine</type></appliedTo>";
    assert_eq!(rule(edge), ("nothing".to_owned(), "R0007".to_owned()));
    assert_eq!(
        rule(&format!("{edge}{all}")),
        ("any".to_owned(), "R0007".to_owned())
    );
    assert_eq!(
        rule(&format!("{edge}{one}")),
        ("vm vm-1".to_owned(), "R0007".to_owned())
    );
    assert_eq!(rule(&all), ("any".to_owned(), String::new()));
}

#[test]
fn the_exclusion_list() {
    let (policy, findings) = read(&[
        "<VshieldAppConfiguration><excludeListConfiguration><objectId>excludeList-1</objectId><revision>1</revision>\
         <excludeMember><member><objectId>vm-7</objectId><objectTypeName>VirtualMachine</objectTypeName><name>mgr</name></member></excludeMember>\
         </excludeListConfiguration></VshieldAppConfiguration>",
    ]);
    assert_eq!(codes(&findings), [""; 0]);
    let entry = &policy.network.exclusions[0];
    assert_eq!(
        (entry.ident.name.as_str(), say(&entry.members).as_str()),
        ("mgr", "vm vm-7")
    );
}

#[test]
fn types_of_icmp_are_words() {
    let text = |value: &str| {
        format!(
            "<application><objectId>application-1</objectId><element><applicationProtocol>ICMP</applicationProtocol><value>{value}</value></element></application>"
        )
    };
    let (policy, findings) = read(&[&text("echo-request")]);
    assert_eq!(codes(&findings), [""; 0]);
    let service = policy.network.services.values().next().unwrap();
    assert!(matches!(
        service.entries[0].matches,
        Match::Icmp { kind: Some(8), .. }
    ));
    let (_, findings) = read(&[&text("shout")]);
    assert_eq!(codes(&findings), ["R0003"]);
}

/// A file of a PowerNSX bundle: PowerShell's XML of a table, the objects in it as text.
fn bundle(objects: &[(&str, &str)]) -> String {
    let entries: String = objects
        .iter()
        .map(|(id, xml)| {
            let text = xml
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            format!("<En><S N=\"Key\">{id}</S><S N=\"Value\">{text}</S></En>")
        })
        .collect();
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\">\
         <TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT>{entries}</DCT></Obj></Objs>"
    )
}

#[test]
fn the_files_of_a_powernsx_bundle() {
    let groups = bundle(&[
        (
            "securitygroup-1",
            "<securitygroup><objectId>securitygroup-1</objectId>_x000A_<name>a &amp; b</name></securitygroup>",
        ),
        (
            "securitygroup-2",
            "<securitygroup><objectId>securitygroup-2</objectId><odd>1</odd></securitygroup>",
        ),
    ]);
    let sets = bundle(&[(
        "ipset-1",
        "<ipset><objectId>ipset-1</objectId><value>10.0.0.1</value></ipset>",
    )]);
    let edges = bundle(&[("edge-1", "<edge><id>edge-1</id></edge>")]);
    let broken = bundle(&[("ipset-2", "<ipset><objectId>")]);
    let (policy, findings) = read(&[&groups, &sets]);
    assert_eq!(codes(&findings), ["R0002"]);
    let names: Vec<_> = policy
        .network
        .groups
        .values()
        .map(|group| group.ident.name.as_str())
        .collect();
    assert_eq!(names, ["a & b", "securitygroup-2", "ipset-1"]);
    let (_, findings) = read(&[&edges]);
    assert_eq!(codes(&findings), ["R0007"]);
    let (_, findings) = read(&[&broken]);
    assert_eq!(codes(&findings), ["R0004"]);
}
