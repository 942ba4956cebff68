//! Lowering of network policy: small estates by hand, judged by an evaluator that reads the emitted
//! files and knows nothing of the compiler. `brute_force.rs` does the same with random ones.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first surprise, and says when it is skipped"
)]

#[path = "brute/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the source is judged in `brute_force.rs`"
)]
mod brute;
#[path = "lower_network_estate/mod.rs"]
mod estate;
#[path = "lower_network_estate/growth.rs"]
mod growth;
#[path = "lower_network_estate/ordered.rs"]
mod ordered;

use estate::build::{Estate, allow, drop};
use estate::judge::Target;
use rehome::finding::{Effect, Level};
use rehome::ir::network::{Action, Direction, Tier};
use rehome::legal::{self, Options, Preference, Release};

fn admits(target: &Target, from: &str, to: &str, service: &str) -> bool {
    target.admits(from, to, service)
}

/// Three tiers, allowed one by one, with a default drop.
pub(crate) fn three_tiers() -> Estate {
    let mut estate = Estate::new();
    for (name, tag) in [
        ("web-1", "web"),
        ("web-2", "web"),
        ("app-1", "app"),
        ("db-1", "db"),
    ] {
        estate.vm(name, &[("tier", tag)]);
    }
    let web = estate.tagged("web", "tier", "web");
    let app = estate.tagged("app", "tier", "app");
    let db = estate.tagged("db", "tier", "db");
    estate.section(
        Tier::Application,
        vec![
            allow("any to web").to(web).tcp(443),
            allow("web to app").from(web).to(app).tcp(8080),
            allow("app to db").from(app).to(db).tcp(5432),
            drop("default").default(),
        ],
    );
    estate
}

#[test]
fn a_plain_estate_is_exact_and_follows_tags() {
    let run = three_tiers().lower(Release::R7_5);
    assert_eq!(run.levels(Level::Warning), [""; 0]);
    assert_eq!(
        run.tally.approximate + run.tally.dropped,
        0,
        "{:?}",
        run.codes()
    );
    let target = run.target();
    assert!(admits(&target, "8.8.8.8", "web-1", "tcp/443"));
    assert!(admits(&target, "web-2", "app-1", "tcp/8080"));
    assert!(!admits(&target, "web-2", "db-1", "tcp/5432"));
    assert!(!admits(&target, "8.8.8.8", "app-1", "tcp/8080"));
    assert!(!admits(&target, "web-1", "web-2", "tcp/22"));
    // Two web machines reach each other: `any to web` is read at both.
    assert!(admits(&target, "web-1", "web-2", "tcp/443"));
    let categories: Vec<String> = target.categories();
    assert_eq!(
        categories,
        ["rehome-estate:filtered", "tier:web", "tier:app", "tier:db"]
    );
}

#[test]
fn every_direction_and_the_inside_of_each_group_are_said() {
    let run = three_tiers().lower(Release::R7_5);
    for (name, body) in run.bodies("NetworkSecurityPolicy") {
        let rules = body["rules"].as_array().expect("rules");
        let has = |key: &str| rules.iter().any(|rule| rule["spec"].get(key).is_some());
        let side = |end: &str| {
            rules.iter().any(|rule| {
                rule["spec"]
                    .as_object()
                    .is_some_and(|spec| spec.keys().any(|key| key.starts_with(end)))
            })
        };
        assert!(
            side("src") && side("dest") && has("securedGroupAction"),
            "{name}"
        );
    }
}

#[test]
fn a_deny_above_an_allow_is_taken_out() {
    let mut estate = three_tiers();
    let web = estate.group_of("web");
    let app = estate.group_of("app");
    estate.prepend(vec![drop("no ssh from web").from(web).to(app).tcp(8080)]);
    let run = estate.lower(Release::R7_5);
    assert!(!admits(&run.target(), "web-1", "app-1", "tcp/8080"));
    assert_eq!(run.finding("L1038").map(Effect::level), Some(Level::Advice));
}

#[test]
fn a_fence_leaves_wide_allows_alone() {
    let mut estate = Estate::new();
    estate.vm("app-1", &[("app", "shop")]);
    estate.vm("dns-1", &[("role", "dns")]);
    estate.vm("pc-1", &[]);
    let shop = estate.tagged("shop", "app", "shop");
    let dns = estate.tagged("dns", "role", "dns");
    estate.section(
        Tier::Application,
        vec![
            drop("shop sends nothing").from(shop),
            allow("dns").to(dns).udp(53),
            drop("default").default(),
        ],
    );
    let run = estate.lower(Release::R7_5);
    let target = run.target();
    assert!(admits(&target, "pc-1", "dns-1", "udp/53"));
    assert!(admits(&target, "8.8.8.8", "dns-1", "udp/53"));
    assert!(!admits(&target, "app-1", "dns-1", "udp/53"));
    // The receiver's rule is for everybody still: the sender's side stops the shop.
    let inbound_from_all = run
        .bodies("NetworkSecurityPolicy")
        .iter()
        .any(|(_, body)| body.to_string().contains(r#""srcAllowSpec":"ALL""#));
    assert!(inbound_from_all);
}

#[test]
fn two_environments_apart_are_an_isolation_policy() {
    let mut estate = Estate::new();
    estate.vm("p", &[("env", "prod")]);
    estate.vm("d", &[("env", "dev"), ("tier", "web")]);
    let (prod, dev, web) = (
        estate.tagged("prod", "env", "prod"),
        estate.tagged("dev", "env", "dev"),
        estate.tagged("web", "tier", "web"),
    );
    estate.section(
        Tier::Environment,
        vec![
            drop("prod not to dev").from(prod).to(dev),
            drop("dev not to prod").from(dev).to(prod),
        ],
    );
    estate.section(
        Tier::Application,
        vec![allow("web").to(web).tcp(443), drop("default").default()],
    );
    let run = estate.lower(Release::R7_5);
    run.check();
    let target = run.target();
    assert!(!admits(&target, "p", "d", "tcp/443"));
    assert!(!admits(&target, "d", "p", "tcp/443"));
    assert!(admits(&target, "8.8.8.8", "d", "tcp/443"));
    assert_eq!(
        run.tally.approximate + run.tally.dropped,
        0,
        "{:?}",
        run.codes()
    );
}

#[test]
fn an_exception_above_two_denies_is_no_isolation() {
    let mut estate = Estate::new();
    estate.vm("p", &[("env", "prod")]);
    estate.vm("d", &[("env", "dev")]);
    let (prod, dev) = (
        estate.tagged("prod", "env", "prod"),
        estate.tagged("dev", "env", "dev"),
    );
    estate.section(
        Tier::Environment,
        vec![
            allow("one way in").from(prod).to(dev).tcp(22),
            drop("prod not to dev").from(prod).to(dev),
            drop("dev not to prod").from(dev).to(prod),
        ],
    );
    estate.section(Tier::Application, vec![allow("default").default()]);
    let target = estate.lower(Release::R7_5).target();
    assert!(admits(&target, "p", "d", "tcp/22"));
    assert!(!admits(&target, "p", "d", "tcp/443"));
    assert!(!admits(&target, "d", "p", "tcp/22"));
}

#[test]
fn members_that_are_not_known_never_open_anything() {
    let mut estate = three_tiers();
    let web = estate.group_of("web");
    let unknown = estate.unknown_group("users");
    estate.prepend(vec![
        allow("users to web").from(unknown).to(web).tcp(22),
        drop("users not to web").from(unknown).to(web).tcp(443),
    ]);
    let run = estate.lower(Release::R7_5);
    let target = run.target();
    assert!(!admits(&target, "8.8.8.8", "web-1", "tcp/22"));
    // Anybody could be one of the users.
    assert!(!admits(&target, "8.8.8.8", "web-1", "tcp/443"));
    assert!(admits(&target, "web-1", "app-1", "tcp/8080"));
    assert!(run.codes().contains(&"L1005"));
}

#[test]
fn layer_seven_and_source_ports_are_refused_in_allows() {
    let mut estate = three_tiers();
    let web = estate.group_of("web");
    estate.prepend(vec![
        allow("ssl").to(web).tcp(8443).profile("SSL"),
        allow("ntp").to(web).source_port(123),
        allow("gre").to(web).protocol(47),
    ]);
    let run = estate.lower(Release::R7_5);
    for code in ["L1015", "L1009", "L1010"] {
        assert!(run.codes().contains(&code), "{code}");
    }
    assert!(!admits(&run.target(), "8.8.8.8", "web-1", "tcp/8443"));
    assert_eq!(run.tally.dropped, 3);
}

#[test]
fn excluded_machines_are_not_protected() {
    let mut estate = three_tiers();
    estate.exclude("db-1");
    let run = estate.lower(Release::R7_5);
    let target = run.target();
    assert!(admits(&target, "8.8.8.8", "db-1", "tcp/22"));
    assert!(admits(&target, "app-1", "db-1", "tcp/5432"));
    assert!(
        !admits(&target, "app-1", "db-1", "tcp/22"),
        "the sender still filters"
    );
}

#[test]
fn a_default_allow_is_said_and_not_left_to_the_platform() {
    let mut estate = Estate::new();
    estate.vm("a", &[("env", "prod")]);
    estate.vm("b", &[("env", "dev")]);
    let (prod, dev) = (
        estate.tagged("prod", "env", "prod"),
        estate.tagged("dev", "env", "dev"),
    );
    estate.section(
        Tier::Environment,
        vec![drop("dev not to prod").from(dev).to(prod)],
    );
    estate.section(Tier::Application, vec![allow("default").default()]);
    let target = estate.lower(Release::R7_5).target();
    assert!(admits(&target, "a", "b", "tcp/22"));
    assert!(!admits(&target, "b", "a", "tcp/22"));
    assert!(admits(&target, "8.8.8.8", "a", "gre"));
}

#[test]
fn a_jump_skips_the_rest_of_its_tier() {
    let mut estate = three_tiers();
    let (web, app) = (estate.group_of("web"), estate.group_of("app"));
    estate.sections_first(
        Tier::Environment,
        vec![
            drop("jump web").from(web).to(app).action(Action::Jump),
            drop("nobody to app").to(app),
        ],
    );
    let target = estate.lower(Release::R7_5).target();
    assert!(admits(&target, "web-1", "app-1", "tcp/8080"));
    assert!(!admits(&target, "db-1", "app-1", "tcp/8080"));
}

#[test]
fn one_direction_is_one_end() {
    let mut estate = Estate::new();
    estate.vm("a", &[("t", "a")]);
    estate.vm("b", &[("t", "b")]);
    let (a, b) = (estate.tagged("a", "t", "a"), estate.tagged("b", "t", "b"));
    estate.section(
        Tier::Application,
        vec![
            allow("out only")
                .from(a)
                .to(b)
                .tcp(22)
                .direction(Direction::Out),
            drop("default").default(),
        ],
    );
    let target = estate.lower(Release::R7_5).target();
    assert!(!admits(&target, "a", "b", "tcp/22"));
}

#[test]
fn no_inventory_still_gives_policies_that_follow_tags() {
    let mut estate = Estate::new();
    let web = estate.tagged("web", "tier", "web");
    let app = estate.tagged("app", "tier", "app");
    estate.section(
        Tier::Application,
        vec![
            drop("web not to app by ssh").from(web).to(app).tcp(22),
            allow("web to app").from(web).to(app).tcp(8080),
            allow("any to app").to(app).tcp(22),
            drop("default").default(),
        ],
    );
    let run = estate.lower(Release::R7_5);
    assert!(run.codes().contains(&"L1035"));
    let text: String = run
        .bodies("NetworkSecurityPolicy")
        .iter()
        .map(|(_, body)| body.to_string())
        .collect();
    assert!(text.contains("8080"));
}

#[test]
fn the_same_policy_gives_the_same_bytes() {
    let first = three_tiers().lower(Release::R7_5);
    let second = three_tiers().lower(Release::R7_5);
    assert_eq!(first.files, second.files);
}

#[test]
fn every_body_passes_the_independent_checker() {
    for release in Release::ALL {
        let mut estate = three_tiers();
        let web = estate.group_of("web");
        let nets = estate.addresses(
            "nets",
            &["10.20.0.0/16", "192.168.0.5-192.168.0.9", "fd00::/8"],
        );
        estate.vm("w-9", &[]);
        let named = estate.named("by name", "w-");
        estate.prepend(vec![
            allow("nets").from(nets).to(web).tcp(22),
            allow("named").from(named).to(web).icmp(8),
        ]);
        estate.lower(release).check();
    }
}

#[test]
fn names_are_followed_from_7_6_on() {
    let mut estate = three_tiers();
    let app = estate.group_of("app");
    estate.vm("mon-1", &[]);
    let named = estate.named("monitors", "mon-");
    estate.prepend(vec![
        allow("monitoring").from(named).to(app).tcp(9100),
        allow("back").from(app).to(named).tcp(9200),
    ]);
    let old = estate.clone().lower(Release::R7_5_1);
    assert_eq!(old.finding("L1008"), Some(Effect::Conduct));
    let run = estate.clone().lower(Release::R7_6);
    run.check();
    assert_eq!(run.finding("L1008"), None);
    let patterns = run.bodies("EntityGroup");
    assert!(
        patterns
            .iter()
            .any(|(_, body)| body.to_string().contains("STARTS_WITH"))
    );
    let target = run.target();
    for (from, to, port, expected) in [
        ("mon-1", "app-1", "tcp/9100", true),
        ("app-1", "mon-1", "tcp/9200", true),
        ("web-1", "app-1", "tcp/9100", false),
        ("app-1", "mon-1", "tcp/22", false),
        // A machine that is created tomorrow.
        ("mon-9", "app-1", "tcp/9100", true),
    ] {
        assert_eq!(
            admits(&target, from, to, port),
            expected,
            "{from} {to} {port}"
        );
    }
    // Whether case counts is not documented, so a name that depends on it freezes the group.
    estate.vm("MON-2", &[]);
    assert_eq!(
        estate.lower(Release::R7_6).finding("L1008"),
        Some(Effect::Conduct)
    );
}

#[test]
fn a_deny_by_name_cuts_an_allow_of_names_that_could_be_its() {
    let mut estate = three_tiers();
    let app = estate.group_of("app");
    estate.vm("mon-1", &[]);
    let (named, narrower) = (
        estate.named("monitors", "mon-"),
        estate.named("old", "mon-old"),
    );
    estate.prepend(vec![
        drop("old ones").from(narrower).to(app),
        allow("monitoring").from(named).to(app).tcp(9100),
    ]);
    let run = estate.lower(Release::R7_6);
    assert!(admits(&run.target(), "mon-1", "app-1", "tcp/9100"));
    // None is there today; the allow is told to be cut all the same.
    assert_eq!(run.finding("L1028"), Some(Effect::Conduct));
}

#[test]
fn what_would_be_frozen_is_left_out_where_that_is_preferred() {
    let mut estate = three_tiers();
    let app = estate.group_of("app");
    estate.vm("mon-1", &[]);
    let named = estate.named("monitors", "mon-");
    estate.prepend(vec![allow("monitoring").from(named).to(app).tcp(9100)]);
    let mut options = Options::new(legal::Target::default());
    let exact = estate.clone().lower_with(&options);
    assert!(admits(&exact.target(), "mon-1", "app-1", "tcp/9100"));
    assert_eq!(exact.finding("L1055"), None);
    options.prefer = Preference::Dynamic;
    let dynamic = estate.lower_with(&options);
    assert!(!admits(&dynamic.target(), "mon-1", "app-1", "tcp/9100"));
    assert!(admits(&dynamic.target(), "web-1", "app-1", "tcp/8080"));
    assert_eq!(dynamic.finding("L1055"), Some(Effect::NARROWS));
}
