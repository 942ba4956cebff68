//! The small languages inside strings, by example.

use rehome_grammar::Span;
use rehome_grammar::text::{
    IpBlock, Moref, PathScope, PortRange, address, moref, policy_path, port_range, port_ranges,
    scope_tag,
};

fn block(input: &str) -> Option<String> {
    address(input).ok().map(|address| address.block.to_string())
}

#[test]
fn addresses() {
    for (input, output) in [
        ("10.0.0.1", "10.0.0.1"),
        (" 10.0.0.1 ", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.0-10.255.255.255"),
        ("10.0.0.7/32", "10.0.0.7"),
        ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
        ("10.1.2.3/255.255.0.0", "10.1.0.0-10.1.255.255"),
        ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("::1", "::1"),
        (
            "2001:db8::/32",
            "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        ),
        ("fe80::1-fe80::9", "fe80::1-fe80::9"),
        ("::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ] {
        assert_eq!(block(input).as_deref(), Some(output), "{input}");
    }
    assert!(address("10.0.0.7/24").unwrap().host_bits);
    assert!(!address("10.0.0.0/24").unwrap().host_bits);
    assert!(address("fe80::1/64").unwrap().host_bits);
    let all = IpBlock::V4 {
        first: 0,
        last: u32::MAX,
    };
    assert!(all.covers(address("10.0.0.0/8").unwrap().block));
    assert!(!all.covers(address("::1").unwrap().block));
}

#[test]
fn what_is_no_address_says_where() {
    for (input, start, end) in [
        ("", 0, 0),
        ("ANY", 0, 1),
        ("10.0.0", 0, 1),
        ("10.0.0.256", 0, 1),
        ("10.0.0.1/33", 9, 10),
        ("10.0.0.1/255.0.255.0", 9, 10),
        ("::1/129", 4, 5),
        ("::1/255.0.0.0", 4, 5),
        ("10.0.0.9-10.0.0.1", 9, 10),
        ("10.0.0.1-::1", 9, 10),
        ("10.0.0.1-", 9, 9),
        ("10.0.0.1 x", 9, 10),
        ("10.0.0.1,10.0.0.2", 8, 9),
    ] {
        let error = address(input).unwrap_err();
        assert_eq!(error.span, Span::new(start, end), "{input}: {error}");
    }
    let error = address("10.0.0.9-10.0.0.1").unwrap_err();
    let message = "`10.0.0.9-10.0.0.1` is not an address, a network or a range: \
                   an address that is not below the first belongs before `1`";
    assert_eq!(error.message, message);
}

#[test]
fn ports() {
    let range = |first, last| PortRange { first, last };
    assert_eq!(port_range("80"), Ok(range(80, 80)));
    assert_eq!(port_range("80-80"), Ok(range(80, 80)));
    assert_eq!(port_range(" 80 - 90 "), Ok(range(80, 90)));
    assert_eq!(port_range("0-65535"), Ok(range(0, 65535)));
    let list = vec![range(80, 80), range(443, 443), range(8000, 8080)];
    assert_eq!(port_ranges("80,443, 8000-8080"), Ok(list));
    for wrong in [
        "",
        "65536",
        "90-80",
        "80-",
        "-80",
        "http",
        "80 90",
        "99999999999999999999",
    ] {
        assert!(port_range(wrong).is_err(), "{wrong}");
        assert!(port_ranges(wrong).is_err(), "{wrong}");
    }
    assert!(port_ranges("80,").is_err());
    assert!(port_ranges("80,,90").is_err());
    assert_eq!(port_ranges("80,90-80").unwrap_err().span, Span::new(6, 7));
}

#[test]
fn policy_paths() {
    let path = policy_path("/infra/domains/default/groups/web").unwrap();
    assert_eq!(
        (path.scope, path.domain),
        (PathScope::Infra, Some("default"))
    );
    assert_eq!((path.kind, path.id), ("groups", "web"));
    let path = policy_path("/infra/services/HTTPS").unwrap();
    assert_eq!(
        (path.kind, path.id, path.domain),
        ("services", "HTTPS", None)
    );
    let path = policy_path("/global-infra/domains/eu/security-policies/p/rules/r 1").unwrap();
    assert_eq!(
        (path.scope, path.kind, path.id),
        (PathScope::GlobalInfra, "rules", "r 1")
    );
    assert_eq!(
        path.parent(),
        "/global-infra/domains/eu/security-policies/p"
    );
    let path = policy_path("/orgs/default/projects/p/infra/domains/default/groups/g").unwrap();
    assert_eq!(
        path.scope,
        PathScope::Project {
            org: "default",
            project: "p"
        }
    );
    assert_eq!(path.domain, Some("default"));
    let path = policy_path("/orgs/o/projects/p/vpcs/v/groups/X").unwrap();
    assert_eq!(
        path.scope,
        PathScope::Vpc {
            org: "o",
            project: "p",
            vpc: "v"
        }
    );
    assert_eq!((path.kind, path.id), ("groups", "X"));
    assert_eq!(path.raw, "/orgs/o/projects/p/vpcs/v/groups/X");
    for wrong in [
        "",
        "ANY",
        "/",
        "/infra",
        "/infra/",
        "/infra/services",
        "/infra//x",
        "/infrastructure/a/b",
        "infra/services/x",
        "/orgs/o",
        "/infra/services/x/",
        "/other/services/x",
    ] {
        assert!(policy_path(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn scoped_tags() {
    let parts = |input| {
        let tag = scope_tag(input);
        (tag.scope, tag.tag, tag.bar)
    };
    assert_eq!(parts("env|prod"), (Some("env"), Some("prod"), true));
    assert_eq!(parts("|prod"), (None, Some("prod"), true));
    assert_eq!(parts("prod"), (None, Some("prod"), false));
    assert_eq!(parts("env|"), (Some("env"), None, true));
    assert_eq!(parts("a|b|c"), (Some("a"), Some("b|c"), true));
    assert_eq!(parts(""), (None, None, false));
}

#[test]
fn references() {
    let both = |kind, value| Ok(Moref { kind, value });
    assert_eq!(moref("vm-155"), both(None, "vm-155"));
    assert_eq!(
        moref("VirtualMachine:vm-155"),
        both(Some("VirtualMachine"), "vm-155")
    );
    assert_eq!(
        moref("VirtualMachine-vm-155"),
        both(Some("VirtualMachine"), "vm-155")
    );
    assert_eq!(
        moref("vim.VirtualMachine:vm-155"),
        both(Some("VirtualMachine"), "vm-155")
    );
    assert_eq!(moref("domain-c28"), both(None, "domain-c28"));
    assert_eq!(
        moref("HostSystem:host-9 "),
        both(Some("HostSystem"), "host-9")
    );
    assert_eq!(moref("ha-folder-root"), both(None, "ha-folder-root"));
    for wrong in ["", " ", "VirtualMachine:", "vm 155", "a:b:c"] {
        assert!(moref(wrong).is_err(), "{wrong}");
    }
}
