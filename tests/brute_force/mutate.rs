//! Faults put into emitted files, as somebody could who edits them.

use crate::random::Random;
use rehome::back::Files;
use serde_json::{Value, json};

fn read(files: &Files, path: &str) -> Value {
    serde_json::from_slice(&files[path]).expect("JSON")
}

fn write(files: &Files, path: &str, value: &Value) -> Files {
    let mut files = files.clone();
    files.insert(path.to_owned(), serde_json::to_vec(value).expect("JSON"));
    files
}

/// The files with one fault in them, and which.
pub fn fault(files: &Files, random: &mut Random) -> Option<(String, Files)> {
    if random.percent(15) {
        return assignment(files, random);
    }
    let policies = files
        .keys()
        .filter(|path| path.contains("/NetworkSecurityPolicy/"));
    let policies: Vec<&String> = policies.collect();
    let path = (*random.pick(&policies)).clone();
    let mut body = read(files, &path);
    let rules = body["rules"].as_array_mut()?;
    let at = random.below(rules.len());
    let what = match random.below(7) {
        0 if rules.len() > 1 => {
            rules.remove(at);
            "a rule removed"
        }
        1 => widen(&mut rules[at]["spec"])?,
        2 => swap(&mut rules[at]["spec"], files, random)?,
        3 => turn(&mut rules[at]["spec"])?,
        4 => flip(&mut rules[at]["spec"])?,
        5 => open(&mut rules[at]["spec"])?,
        _ => reorder(rules, random)?,
    };
    let text = format!("{what}, rule {at} of {path}");
    Some((text, write(files, &path, &body)))
}

fn assignment(files: &Files, random: &mut Random) -> Option<(String, Files)> {
    let path = "nutanix/assignments.json";
    let mut body = read(files, path);
    let category = any(files, "Category", random)?;
    let vms = body["vms"].as_array_mut()?;
    if vms.is_empty() {
        return None;
    }
    let at = random.below(vms.len());
    let categories = vms[at]["categories"].as_array_mut()?;
    match categories.iter().position(|one| *one == category) {
        Some(place) => drop(categories.remove(place)),
        None => categories.push(category.into()),
    }
    Some((
        "a category given or taken".to_owned(),
        write(files, path, &body),
    ))
}

/// An object of a model.
fn any(files: &Files, model: &str, random: &mut Random) -> Option<String> {
    let manifest = read(files, "nutanix/manifest.json");
    let objects = manifest["objects"].as_array()?.iter();
    let ids: Vec<&str> = objects
        .filter(|object| object["model"] == model)
        .filter_map(|object| object["id"].as_str())
        .collect();
    (!ids.is_empty()).then(|| (*random.pick(&ids)).to_owned())
}

/// All ports of a protocol, or all traffic.
fn widen(spec: &mut Value) -> Option<&'static str> {
    if let Some(ports) = spec.get_mut("tcpServices") {
        *ports = json!([{"startPort": 0, "endPort": 65535}]);
        return Some("ports widened");
    }
    let spec = spec.as_object_mut()?;
    let keys = [
        "udpServices",
        "icmpServices",
        "icmpV6Services",
        "serviceGroupReferences",
    ];
    let before = spec.len();
    spec.retain(|key, _| !keys.contains(&key.as_str()));
    if spec.len() == before {
        return None;
    }
    spec.insert("isAllProtocolAllowed".to_owned(), json!(true));
    Some("opened to all traffic")
}

/// Another category, or another group.
fn swap(spec: &mut Value, files: &Files, random: &mut Random) -> Option<&'static str> {
    let lists = [
        ("CategoryReferences", "Category"),
        ("IsolationGroup", "Category"),
        ("EntityGroupReferences", "EntityGroup"),
        ("AddressGroupReferences", "AddressGroup"),
    ];
    let keys: Vec<(String, &str)> = spec
        .as_object()?
        .keys()
        .filter_map(|key| {
            let (_, model) = lists.iter().find(|(end, _)| key.ends_with(end))?;
            Some((key.clone(), *model))
        })
        .collect();
    if keys.is_empty() {
        return None;
    }
    let (key, model) = random.pick(&keys);
    spec[key.as_str()] = json!([any(files, model, random)?]);
    Some("members swapped")
}

/// The other direction.
fn turn(spec: &mut Value) -> Option<&'static str> {
    if let Some(direction) = spec.get_mut("direction") {
        *direction = json!(match direction.as_str()? {
            "IN" => "OUT",
            "OUT" => "IN",
            _ => "IN",
        });
        return Some("direction flipped");
    }
    let old = spec.as_object()?.clone();
    let turned = old.iter().map(|(key, value)| {
        let key = match (key.strip_prefix("src"), key.strip_prefix("dest")) {
            (Some(rest), _) => format!("dest{rest}"),
            (_, Some(rest)) => format!("src{rest}"),
            _ => key.clone(),
        };
        (key, value.clone())
    });
    let turned = Value::Object(turned.collect());
    if turned == *spec {
        return None;
    }
    *spec = turned;
    Some("direction flipped")
}

/// The other action.
fn flip(spec: &mut Value) -> Option<&'static str> {
    let key = ["action", "securedGroupAction"]
        .into_iter()
        .find(|key| spec.get(key).is_some())?;
    let other = if spec[key] == "ALLOW" {
        "DENY"
    } else {
        "ALLOW"
    };
    spec[key] = json!(other);
    Some("action flipped")
}

/// Everybody instead of somebody.
fn open(spec: &mut Value) -> Option<&'static str> {
    let spec = spec.as_object_mut()?;
    let flex = spec.contains_key("direction");
    for (end, any) in [("src", "shouldAllowAnySrc"), ("dest", "shouldAllowAnyDst")] {
        let keys = spec
            .keys()
            .filter(|key| key.starts_with(end) && **key != format!("{end}AllowSpec"));
        let keys: Vec<String> = keys.cloned().collect();
        if keys.is_empty() {
            continue;
        }
        spec.retain(|key, _| !keys.contains(key));
        if flex {
            spec.insert(any.to_owned(), json!(true));
        } else {
            spec.insert(format!("{end}AllowSpec"), json!("ALL"));
        }
        return Some("opened to everybody");
    }
    None
}

/// Two ordered rules in each other's place.
fn reorder(rules: &mut [Value], random: &mut Random) -> Option<&'static str> {
    let (one, other) = (random.below(rules.len()), random.below(rules.len()));
    let place = |rule: &Value| rule["spec"].get("priority").cloned();
    let (first, second) = (place(&rules[one])?, place(&rules[other])?);
    if one == other {
        return None;
    }
    rules[one]["spec"]["priority"] = second;
    rules[other]["spec"]["priority"] = first;
    Some("two rules reordered")
}
