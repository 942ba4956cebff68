//! Mappings of networks and of other objects of the two sites.

use super::address::{self, Of};
use super::bundle::Item;
use super::call::{Call, Mapped};
use super::reader::{Reader, by_name, identity};
use super::schema::{
    InventoryMapping, IpMapping, IpRule, NetworkMapping as Told, PlaceholderDatastore,
    TestNetworkMapping,
};
use crate::finding::{Domain, Finding, codes};
use crate::ir::recovery::{AddressRule, NetworkMapping, OtherMapping, Recovery};
use crate::ir::{Ident, Named};
use crate::source::Origin;
use rehome_grammar::de::Spanned;
use rehome_grammar::text;
use std::collections::{BTreeMap, BTreeSet};

/// What the mappings of networks lead to.
#[derive(Debug, Default)]
pub(super) struct Networks {
    /// Whether any server told its network mappings.
    pub told: bool,
    /// What a server could not tell: the request and why.
    pub failed: Vec<(String, String)>,
    /// Ids of networks at the recovery site that a mapping leads to.
    pub reached: BTreeSet<String>,
}

/// Reads the mappings of all servers.
pub(super) fn read(reader: &mut Reader<'_, '_>, recovery: &mut Recovery<Named>) -> Networks {
    let calls: Vec<Call> = reader.answers.calls().cloned().collect();
    let tests = site_test_networks(reader, &calls);
    let mut networks = Networks::default();
    for call in &calls {
        let Call::Mappings(server, mapped) = call else {
            continue;
        };
        let listed = reader.answers.list(call).unwrap_or_default();
        match mapped {
            Mapped::Networks => {
                networks.told = true;
                let why = reader.answers.failure(call).map(str::to_owned);
                let gap = listed
                    .next
                    .map(|next| (next, "a page is missing".to_owned()));
                let gap = why
                    .map(|why| (reader.answers.request(call, &[]), why))
                    .or(gap);
                networks.failed.extend(gap);
                for item in listed.items {
                    network(reader, server, item, &tests, recovery, &mut networks);
                }
            }
            Mapped::TestNetworks => {}
            Mapped::Folders | Mapped::Resources | Mapped::StoragePolicies => {
                for item in listed.items {
                    other(reader, *mapped, item, recovery);
                }
            }
            Mapped::Placeholders => {
                for item in listed.items {
                    placeholder(reader, item, recovery);
                }
            }
        }
    }
    for call in reader.answers.failures() {
        if matches!(call, Call::Mappings(_, Mapped::Networks)) && !calls.contains(call) {
            let why = reader.answers.failure(call).unwrap_or_default();
            let request = reader.answers.request(call, &[]);
            networks.failed.push((request, why.to_owned()));
        }
    }
    recovery
        .networks
        .sort_by(|a, b| by_name(&a.ident, &b.ident));
    recovery
        .other_mappings
        .sort_by(|a, b| a.ident.cmp(&b.ident));
    recovery
        .other_mappings
        .dedup_by(|a, b| a.ident.id == b.ident.id);
    networks
}

/// Test networks that are set for a site: the network of a recovery to that of a test.
fn site_test_networks(reader: &mut Reader<'_, '_>, calls: &[Call]) -> BTreeMap<String, String> {
    let mut tests = BTreeMap::new();
    for call in calls {
        if !matches!(call, Call::Mappings(_, Mapped::TestNetworks)) {
            continue;
        }
        for item in reader.answers.list(call).unwrap_or_default().items {
            if let Some(told) = reader.object::<TestNetworkMapping>(item) {
                let target = told.target_network.clone();
                if let Some(name) = test_name(told) {
                    tests.insert(target, name);
                }
            }
        }
    }
    tests
}

/// The network of a test; none: the product makes an isolated one.
pub(super) fn test_name(told: TestNetworkMapping) -> Option<String> {
    let TestNetworkMapping {
        target_network: _,
        test_network,
        test_network_name,
    } = told;
    test_network_name
        .or(test_network)
        .filter(|name| !name.is_empty())
}

fn network<'t>(
    reader: &mut Reader<'_, 't>,
    server: &str,
    item: Item<'t>,
    tests: &BTreeMap<String, String>,
    recovery: &mut Recovery<Named>,
    networks: &mut Networks,
) {
    let Some(told) = reader.object::<Told>(item) else {
        return;
    };
    let Told {
        id,
        primary_object,
        secondary_object,
        primary_object_name,
        secondary_object_name,
        test_network_mapping,
        ip_mapping,
    } = told;
    let origin = item.origin();
    let from = primary_object_name
        .clone()
        .unwrap_or_else(|| primary_object.clone());
    let target = secondary_object.clone().unwrap_or_default();
    let to = secondary_object_name
        .clone()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| target.clone());
    let key = id
        .clone()
        .unwrap_or_else(|| format!("{primary_object} to {target}"));
    let ident = identity(key, Some(format!("{from} to {to}")), origin);
    if let Some(known) = recovery
        .networks
        .iter()
        .find(|known| known.ident.id == ident.id)
    {
        let same = known.ident.name == ident.name && known.protected.text == primary_object;
        if !same {
            let message = format!(
                "two network mappings of SRM have the id `{}` and differ",
                ident.id
            );
            let first = known.ident.subject();
            reader.report(
                Finding::new(&codes::read::DUPLICATE_OBJECT, Domain::Recovery, message)
                    .about(first)
                    .about(ident.subject()),
            );
        }
        return;
    }
    if to.is_empty() {
        reader.no_value(
            &ident,
            "secondary_object",
            "the network is mapped to nothing",
        );
    }
    let protected =
        reader.protected_network(&primary_object, primary_object_name.as_deref(), origin);
    if !target.is_empty() {
        reader.recovery_network(&target, secondary_object_name.as_deref(), origin);
        networks.reached.insert(target.clone());
    }
    let asked = id.and_then(|id| {
        let call = Call::AddressRules(server.to_owned(), id);
        reader.answers.one(&call)
    });
    let told = ip_mapping.or_else(|| reader.object::<IpMapping>(asked?));
    let rules = told.into_iter().flat_map(|IpMapping { rules }| rules);
    let rules = rules
        .filter_map(|rule| address_rule(reader, &ident, item, rule))
        .collect();
    recovery.networks.push(NetworkMapping {
        protected,
        protected_name: from,
        recovery_name: to,
        test_name: test_network_mapping
            .and_then(test_name)
            .or_else(|| tests.get(&target).cloned()),
        rules,
        ident,
    });
}

fn address_rule(
    reader: &mut Reader<'_, '_>,
    mapping: &Ident,
    item: Item<'_>,
    rule: Spanned<IpRule>,
) -> Option<AddressRule> {
    let origin = Origin {
        file: item.file,
        span: rule.span,
    };
    let IpRule {
        name,
        local_subnet,
        remote_subnet,
        remote_ip_settings,
    } = rule.value;
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("{} to {}", local_subnet.value, remote_subnet.value));
    let ident = Ident {
        id: format!("{}/{name}", mapping.id),
        name,
        origin,
    };
    let mut subnet = |key: &str, told: &Spanned<String>| {
        let read = text::address(&told.value).ok().map(|read| read.block);
        if read.is_none() {
            reader.bad_value(&ident, key, item.file, told, "the rule is left out");
        }
        read
    };
    let from = subnet("local_subnet", &local_subnet);
    let to = subnet("remote_subnet", &remote_subnet);
    let of = Of {
        ident: &ident,
        file: item.file,
    };
    let settings = address::settings(reader, of, remote_ip_settings.unwrap_or_default());
    Some(AddressRule {
        origin,
        name: ident.name.clone(),
        from: from?,
        to: to?,
        settings,
    })
}

fn other<'t>(
    reader: &mut Reader<'_, 't>,
    mapped: Mapped,
    item: Item<'t>,
    recovery: &mut Recovery<Named>,
) {
    let Some(told) = reader.object::<InventoryMapping>(item) else {
        return;
    };
    let InventoryMapping {
        id,
        primary_object,
        secondary_object,
        primary_object_name,
        secondary_object_name,
    } = told;
    let from = primary_object_name.or(primary_object).unwrap_or_default();
    let to = secondary_object_name
        .or(secondary_object)
        .unwrap_or_default();
    let name = format!("{from} to {to}");
    let id = format!("{}/{}", mapped.words(), id.unwrap_or_else(|| name.clone()));
    recovery.other_mappings.push(OtherMapping {
        ident: identity(id, Some(name), item.origin()),
        what: mapped.words().to_owned(),
    });
}

fn placeholder<'t>(reader: &mut Reader<'_, 't>, item: Item<'t>, recovery: &mut Recovery<Named>) {
    let Some(told) = reader.object::<PlaceholderDatastore>(item) else {
        return;
    };
    let PlaceholderDatastore { id, name } = told;
    let words = Mapped::Placeholders.words();
    let name = name.unwrap_or_else(|| id.clone());
    recovery.other_mappings.push(OtherMapping {
        ident: identity(format!("{words}/{id}"), Some(name), item.origin()),
        what: words.to_owned(),
    });
}
