//! The target: the emitted files as they stand, once they are enforced.
//!
//! Where no document says whether another rule lets through what an intra-group rule denies, rules add
//! up here.

use super::{At, Judged, Mask, Tri, World};
use rehome::back::Files;
use rehome::semantics::traffic::Packet;
use serde_json::Value;
use std::collections::BTreeMap;

/// A rule of an allow-list.
struct Allow {
    secured: Vec<Tri>,
    /// The other ends that it lets in; none where it says that nothing comes in.
    inward: Option<Vec<Tri>>,
    outward: Option<Vec<Tri>>,
    kinds: Mask,
}

/// A rule of an ordered policy.
struct Ordered {
    allows: bool,
    inward: bool,
    outward: bool,
    from: Vec<Tri>,
    to: Vec<Tri>,
    held: Vec<Tri>,
    kinds: Mask,
    /// The construct it comes from, as the manifest says.
    construct: Option<String>,
}

/// The emitted files, ready to judge the flows of a world.
pub struct Target<'run> {
    world: &'run World,
    bodies: BTreeMap<String, (String, Value)>,
    sources: BTreeMap<String, String>,
    assigned: BTreeMap<String, Vec<String>>,
    /// Whether rules speak about IPv6.
    speaks_v6: bool,
    allows: Vec<Allow>,
    /// Secured groups of which no rule says what they send to each other; nor does any document.
    unsaid: Vec<Vec<Tri>>,
    apart: Vec<[Vec<Tri>; 2]>,
    ordered: Vec<Ordered>,
}

fn json(files: &Files, path: &str) -> Value {
    serde_json::from_slice(&files[path]).expect("JSON")
}

fn list<'body>(body: &'body Value, key: &str) -> &'body [Value] {
    body.get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn texts<'body>(body: &'body Value, key: &str) -> Option<Vec<&'body str>> {
    let list = body.get(key)?.as_array()?;
    Some(list.iter().map(|one| one.as_str().expect("text")).collect())
}

fn number(body: &Value, key: &str) -> u64 {
    body[key].as_u64().expect("a number")
}

fn either(one: &[Tri], other: &[Tri]) -> Vec<Tri> {
    one.iter()
        .zip(other)
        .map(|(one, other)| *one.max(other))
        .collect()
}

impl<'run> Target<'run> {
    pub fn new(files: &Files, world: &'run World) -> Self {
        let manifest = json(files, "nutanix/manifest.json");
        let release = manifest["target"].as_str().expect("a target").to_owned();
        let object = |object: &Value| {
            let text = |key: &str| object[key].as_str().expect("text").to_owned();
            let body = json(files, &format!("nutanix/{}", text("body")));
            (text("id"), (text("model"), body))
        };
        let named = list(&manifest, "objects")
            .iter()
            .filter_map(|object| object["rules"].as_object());
        let named = named
            .flatten()
            .map(|(rule, id)| (rule.clone(), id.as_str().expect("an id").to_owned()));
        let assigned = json(files, "nutanix/assignments.json");
        let assigned = list(&assigned, "vms").iter().map(|vm| {
            let categories = texts(vm, "categories").expect("categories");
            let categories = categories.into_iter().map(str::to_owned).collect();
            (
                vm["source_id"].as_str().expect("an id").to_owned(),
                categories,
            )
        });
        let mut target = Self {
            world,
            bodies: list(&manifest, "objects").iter().map(object).collect(),
            sources: named.collect(),
            assigned: assigned.collect(),
            speaks_v6: !["@2024.3", "@7.3"].iter().any(|old| release.ends_with(old)),
            allows: Vec::new(),
            unsaid: Vec::new(),
            apart: Vec::new(),
            ordered: Vec::new(),
        };
        target.read();
        target
    }

    fn read(&mut self) {
        let mut placed = Vec::new();
        let mut inside: BTreeMap<(String, String), (bool, Vec<Tri>)> = BTreeMap::new();
        for (_, body) in self
            .bodies
            .values()
            .filter(|(model, _)| model == "NetworkSecurityPolicy")
        {
            for rule in list(body, "rules") {
                let spec = &rule["spec"];
                if body["type"] == "APPLICATION" {
                    let keys = [
                        "securedGroupCategoryReferences",
                        "securedGroupEntityGroupReference",
                    ];
                    let group = keys.map(|key| spec[key].to_string()).concat();
                    let name = body["name"].to_string();
                    let secured = self.secured(spec);
                    let place = inside.entry((name, group)).or_insert((false, secured));
                    place.0 |= rule["type"] == "INTRA_GROUP";
                }
                match (
                    body["type"].as_str().expect("a type"),
                    rule["type"].as_str().expect("a type"),
                ) {
                    ("APPLICATION", "APPLICATION") => {
                        assert_eq!(body["isIpv6TrafficAllowed"], false);
                        let allow = self.application(spec);
                        self.allows.push(allow);
                    }
                    ("APPLICATION", "INTRA_GROUP") => {
                        let allow = self.intra_group(spec);
                        self.allows.push(allow);
                    }
                    ("ISOLATION", "TWO_ENV_ISOLATION") => {
                        let group = |key: &str| self.carry(&texts(spec, key).expect("a group"));
                        self.apart
                            .push([group("firstIsolationGroup"), group("secondIsolationGroup")]);
                    }
                    ("WORKLOAD", "FLEX") => {
                        let place = (number(body, "priority"), number(spec, "priority"));
                        let name = rule["name"].as_str().expect("a name");
                        let construct = self.sources.get(name).cloned();
                        placed.push((
                            place,
                            Ordered {
                                construct,
                                ..self.flex(spec)
                            },
                        ));
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        let unsaid = inside.into_values().filter(|(said, _)| !said);
        self.unsaid = unsaid.map(|(_, group)| group).collect();
        placed.sort_by_key(|(place, _)| *place);
        assert!(
            placed.windows(2).all(|two| two[0].0 < two[1].0),
            "two rules in one place"
        );
        self.ordered = placed.into_iter().map(|(_, rule)| rule).collect();
    }

    fn each(&self, holds: impl Fn(usize) -> Tri) -> Vec<Tri> {
        (0..self.world.ends.len()).map(holds).collect()
    }

    /// Whether the files leave nothing open of which no document tells what it means.
    pub fn is_settled(&self) -> bool {
        self.unsaid.is_empty()
    }

    /// The ends that carry all of these categories.
    fn carry(&self, categories: &[&str]) -> Vec<Tri> {
        assert!(!categories.is_empty(), "an empty list was emitted");
        self.each(|end| {
            let machine = self.world.ends[end].machine.as_ref();
            let carried = machine.and_then(|one| self.assigned.get(&one.id));
            let all =
                |have: &Vec<String>| categories.iter().all(|one| have.iter().any(|id| id == one));
            carried.is_some_and(all).into()
        })
    }

    fn addresses(&self, ids: &[&str]) -> Vec<Tri> {
        assert!(!ids.is_empty(), "an empty list was emitted");
        self.each(|end| {
            let at = self.world.ends[end].at;
            ids.iter().any(|id| within(&self.bodies[*id].1, at)).into()
        })
    }

    fn entities(&self, id: &str) -> Vec<Tri> {
        let body = &self.bodies[id].1;
        assert!(body.get("exceptConfig").is_none());
        let parts = list(&body["allowedConfig"], "entities");
        assert!(!parts.is_empty(), "an empty list was emitted");
        parts.iter().fold(self.each(|_| Tri::No), |all, part| {
            either(&all, &self.entity(part))
        })
    }

    fn entity(&self, entity: &Value) -> Vec<Tri> {
        let text = |key: &str| entity[key].as_str().expect("text");
        let ids = || texts(entity, "referenceExtIds").expect("ids");
        match (text("type"), text("selectBy")) {
            ("VM", "CATEGORY_EXT_ID") => {
                assert_eq!(ids().len(), 1, "what several mean is not documented");
                self.carry(&ids())
            }
            ("ADDRESS_GROUP", "EXT_ID") => self.addresses(&ids()),
            ("VM", "REGEX") => self.each(|end| {
                let compare = |name: &str, text: &str| match entity["matchCriteria"].as_str() {
                    Some("CONTAINS") => name.contains(text),
                    Some("STARTS_WITH") => name.starts_with(text),
                    Some("ENDS_WITH") => name.ends_with(text),
                    Some("EQUALS") => name == text,
                    other => panic!("{other:?}"),
                };
                let wanted = text("referenceString");
                // Whether case counts is not documented.
                match &self.world.ends[end].machine {
                    None => Tri::No,
                    Some(one) if compare(&one.name, wanted) => Tri::Yes,
                    Some(one) if compare(&one.name.to_lowercase(), &wanted.to_lowercase()) => {
                        Tri::Maybe
                    }
                    Some(_) => Tri::No,
                }
            }),
            other => panic!("{other:?}"),
        }
    }

    fn secured(&self, spec: &Value) -> Vec<Tri> {
        match texts(spec, "securedGroupCategoryReferences") {
            Some(categories) => self.carry(&categories),
            None => {
                let group = spec["securedGroupEntityGroupReference"].as_str();
                self.entities(group.expect("a secured group"))
            }
        }
    }

    fn application(&self, spec: &Value) -> Allow {
        let end = |side: &str| -> Option<Vec<Tri>> {
            let key = |name: &str| format!("{side}{name}");
            match spec.get(key("AllowSpec")).and_then(Value::as_str) {
                Some("ALL") => return Some(self.each(|_| Tri::Yes)),
                Some("NONE") => return None,
                Some(other) => panic!("{other}"),
                None => {}
            }
            let group = spec
                .get(key("EntityGroupReference"))
                .and_then(Value::as_str);
            None.or_else(|| texts(spec, &key("CategoryReferences")).map(|ids| self.carry(&ids)))
                .or_else(|| {
                    texts(spec, &key("AddressGroupReferences")).map(|ids| self.addresses(&ids))
                })
                .or_else(|| group.map(|id| self.entities(id)))
        };
        let mut kinds = self.kinds(spec, "serviceGroupReferences", false);
        // Addresses of one IP version match packets of that version only.
        for side in ["src", "dest"] {
            if let Some(ids) = texts(spec, &format!("{side}AddressGroupReferences")) {
                kinds.keep(&self.versions(&ids));
            }
            if let Some(id) = spec
                .get(format!("{side}EntityGroupReference"))
                .and_then(Value::as_str)
            {
                let parts = list(&self.bodies[id].1["allowedConfig"], "entities");
                if parts.iter().all(|part| part["type"] == "ADDRESS_GROUP") {
                    let ids = parts
                        .iter()
                        .flat_map(|part| texts(part, "referenceExtIds").expect("ids"));
                    kinds.keep(&self.versions(&ids.collect::<Vec<_>>()));
                }
            }
        }
        Allow {
            secured: self.secured(spec),
            inward: end("src"),
            outward: end("dest"),
            kinds,
        }
    }

    /// The kinds of traffic of the IP versions of address groups.
    fn versions(&self, ids: &[&str]) -> Mask {
        let has = |keys: [&str; 2]| {
            let some = |id: &&str| keys.iter().any(|key| self.bodies[*id].1.get(key).is_some());
            ids.iter().any(some)
        };
        let (v4, v6) = (
            has(["ipv4Addresses", "ipRanges"]),
            has(["ipv6Addresses", "ipv6Ranges"]),
        );
        Mask::of(self.world.kinds.len(), |at| {
            if self.world.kinds[at].v6 { v6 } else { v4 }
        })
    }

    fn intra_group(&self, spec: &Value) -> Allow {
        let secured = self.secured(spec);
        let allows = spec["securedGroupAction"] == "ALLOW";
        Allow {
            inward: allows.then(|| secured.clone()),
            outward: allows.then(|| secured.clone()),
            kinds: self.kinds(spec, "securedGroupServiceReferences", true),
            secured,
        }
    }

    fn flex(&self, spec: &Value) -> Ordered {
        let groups = |key: &str| -> Vec<Tri> {
            let ids = texts(spec, key).expect("groups");
            assert!(!ids.is_empty(), "an empty list was emitted");
            ids.iter().fold(self.each(|_| Tri::No), |all, id| {
                either(&all, &self.entities(id))
            })
        };
        let end = |any: &str, key: &str| {
            if spec[any] == true {
                self.each(|_| Tri::Yes)
            } else {
                groups(key)
            }
        };
        let mut kinds = self.kinds(spec, "serviceGroupReferences", false);
        let version = |packet: Packet| match spec["ipVersion"].as_str().expect("a version") {
            "IPV4" => !packet.v6,
            "IPV6" => packet.v6,
            "IPV4_IPV6" => true,
            other => panic!("{other}"),
        };
        kinds.keep(&Mask::of(self.world.kinds.len(), |at| {
            version(self.world.kinds[at])
        }));
        Ordered {
            allows: spec["action"] == "ALLOW",
            inward: spec["direction"] != "OUT",
            outward: spec["direction"] != "IN",
            from: end("shouldAllowAnySrc", "srcEntityGroupReferences"),
            to: end("shouldAllowAnyDst", "destEntityGroupReferences"),
            held: groups("appliedToEntityGroupReferences"),
            kinds,
            construct: None,
        }
    }

    fn kinds(&self, spec: &Value, groups: &str, all_without: bool) -> Mask {
        let lists = [
            "tcpServices",
            "udpServices",
            "icmpServices",
            "icmpV6Services",
            groups,
        ];
        let none = !lists.iter().any(|key| spec.get(*key).is_some());
        let all = spec["isAllProtocolAllowed"] == true || (none && all_without);
        let groups = texts(spec, groups).unwrap_or_default();
        Mask::of(self.world.kinds.len(), |at| {
            let packet = self.world.kinds[at];
            all || listed(spec, packet)
                || groups.iter().any(|id| listed(&self.bodies[*id].1, packet))
        })
    }

    /// What both filters do with all traffic between two ends, for each pair of the world.
    pub fn judge(&self) -> Vec<Judged> {
        let pairs = self.world.pairs();
        pairs
            .map(|(from, to)| {
                if !self.ordered.is_empty() {
                    let out = self.first_match(true, from, to, &mut |_, _| {});
                    return out.and(&self.first_match(false, from, to, &mut |_, _| {}));
                }
                let mut judged = self
                    .filter(true, from, to)
                    .and(&self.filter(false, from, to));
                let apart = self.apart.iter().map(|[one, other]| {
                    let between = one[from].min(other[to]).max(other[from].min(one[to]));
                    // Within a group is also between the groups where a machine is in both.
                    let both = |end: usize| one[end].min(other[end]) == Tri::Yes;
                    if between == Tri::Yes && (both(from) || both(to)) {
                        Tri::Maybe
                    } else {
                        between
                    }
                });
                let apart = apart.max().unwrap_or(Tri::No);
                if apart != Tri::No {
                    judged.deny = self.world.speakable(from, to);
                }
                if apart == Tri::Yes {
                    judged.allow = Mask::none(self.world.kinds.len());
                }
                judged
            })
            .collect()
    }

    /// The allow-lists around one machine.
    fn filter(&self, outward: bool, from: usize, to: usize) -> Judged {
        let (own, other) = if outward { (from, to) } else { (to, from) };
        let speakable = self.world.speakable(from, to);
        let mut allowed = Judged::none(self.world.kinds.len());
        let mut sure = Mask::none(self.world.kinds.len());
        let mut secured = Tri::No;
        for allow in &self.allows {
            secured = secured.max(allow.secured[own]);
            let peers = if outward {
                &allow.outward
            } else {
                &allow.inward
            };
            let Some(peers) = peers else {
                continue;
            };
            let holds = peers[other].min(allow.secured[own]);
            if holds != Tri::No {
                allowed.allow.add(&allow.kinds);
            }
            if holds == Tri::Yes {
                sure.add(&allow.kinds);
            }
        }
        if !self.speaks_v6 {
            // The IPv6 traffic of protected machines is blocked, whatever the rules say.
            let v4 = Mask::of(self.world.kinds.len(), |at| !self.world.kinds[at].v6);
            allowed.allow.keep(&v4);
            sure.keep(&v4);
        }
        if secured != Tri::No {
            allowed.deny = speakable.clone();
            allowed.deny.take(&sure);
        }
        if secured != Tri::Yes {
            allowed.allow = speakable.clone();
        }
        allowed.allow.keep(&speakable);
        allowed
    }

    /// The kinds of traffic between two ends that meet, before they are decided, an ordered rule of
    /// which `told` says that something is declared about what it comes from.
    pub fn told(&self, from: usize, to: usize, told: impl Fn(&str) -> bool) -> Mask {
        let mut all = Mask::none(self.world.kinds.len());
        for outward in [true, false] {
            self.first_match(outward, from, to, &mut |construct, kinds| {
                if construct.is_some_and(&told) {
                    all.add(kinds);
                }
            });
        }
        all
    }

    /// The ordered rules that one machine holds.
    fn first_match(
        &self,
        outward: bool,
        from: usize,
        to: usize,
        meets: &mut dyn FnMut(Option<&str>, &Mask),
    ) -> Judged {
        let own = if outward { from } else { to };
        let mut judged = Judged::none(self.world.kinds.len());
        let mut rest = self.world.speakable(from, to);
        if self.world.ends[own].machine.is_none() {
            judged.allow = rest;
            return judged;
        }
        for rule in &self.ordered {
            let read = if outward { rule.outward } else { rule.inward };
            let holds = rule.from[from].min(rule.to[to]).min(rule.held[own]);
            if !read || holds == Tri::No {
                continue;
            }
            let mut met = rest.clone();
            met.keep(&rule.kinds);
            meets(rule.construct.as_deref(), &met);
            let list = if rule.allows {
                &mut judged.allow
            } else {
                &mut judged.deny
            };
            list.add(&met);
            if holds == Tri::Yes {
                rest.take(&rule.kinds);
            }
        }
        // No document says what happens to a flow that no rule matches.
        judged.allow.add(&rest);
        judged.deny.add(&rest);
        judged
    }
}

/// Whether an address group holds an address.
fn within(body: &Value, at: At) -> bool {
    let parse = |value: &Value| match value.as_str().expect("text").parse().expect("an address") {
        std::net::IpAddr::V4(ip) => u128::from(ip.to_bits()),
        std::net::IpAddr::V6(ip) => ip.to_bits(),
    };
    let (networks, ranges, bits, ip) = match at {
        At::V4(ip) => ("ipv4Addresses", "ipRanges", 32, u128::from(ip)),
        At::V6(ip) => ("ipv6Addresses", "ipv6Ranges", 128, ip),
        At::Silent => return false,
    };
    let in_network = |network: &Value| {
        let free = bits - u32::try_from(number(network, "prefixLength")).expect("a length");
        let cut = |ip: u128| ip.checked_shr(free).unwrap_or(0);
        cut(parse(&network["value"])) == cut(ip)
    };
    let in_range =
        |range: &Value| (parse(&range["startIp"])..=parse(&range["endIp"])).contains(&ip);
    list(body, networks).iter().any(in_network) || list(body, ranges).iter().any(in_range)
}

/// Whether the services of a body hold a packet.
fn listed(body: &Value, packet: Packet) -> bool {
    let key = match packet.protocol {
        6 => "tcpServices",
        17 => "udpServices",
        1 => "icmpServices",
        58 => "icmpV6Services",
        _ => return false,
    };
    list(body, key).iter().any(|entry| {
        if matches!(packet.protocol, 6 | 17) {
            let range = number(entry, "startPort")..=number(entry, "endPort");
            return range.contains(&u64::from(packet.second));
        }
        let is = |key: &str, have: u16| entry.get(key).is_none_or(|want| *want == u64::from(have));
        entry["isAllAllowed"] == true || is("type", packet.first) && is("code", packet.second)
    })
}
