//! One packet against the emitted files.

use crate::brute::{self, At, End, Machine, World};
use rehome::back::Files;
use rehome::semantics::traffic::Packet;
use serde_json::Value;

/// The emitted files.
pub struct Target {
    files: Files,
}

/// An address, or a machine by its name.
fn end(text: &str) -> End {
    match text.parse() {
        Ok(std::net::IpAddr::V4(ip)) => End {
            machine: None,
            at: At::V4(ip.to_bits()),
        },
        Ok(std::net::IpAddr::V6(ip)) => End {
            machine: None,
            at: At::V6(ip.to_bits()),
        },
        Err(_) => End {
            machine: Some(Machine {
                id: super::build::ident("vms", text).id,
                name: text.to_owned(),
            }),
            at: At::Silent,
        },
    }
}

fn packet(service: &str) -> Packet {
    let (protocol, second) = match service.split_once('/') {
        Some(("tcp", port)) => (6, port.parse().expect("a port")),
        Some(("udp", port)) => (17, port.parse().expect("a port")),
        _ => (47, 0),
    };
    Packet {
        v6: false,
        protocol,
        first: if protocol == 47 { 0 } else { 40_000 },
        second,
    }
}

impl Target {
    pub fn read(files: &Files) -> Self {
        Self {
            files: files.clone(),
        }
    }

    /// The categories in the order of the manifest, as `key:value`.
    pub fn categories(&self) -> Vec<String> {
        let json =
            |path: &str| -> Value { serde_json::from_slice(&self.files[path]).expect("JSON") };
        let manifest = json("nutanix/manifest.json");
        let objects = manifest["objects"].as_array().expect("objects").iter();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        objects
            .filter(|object| object["model"] == "Category")
            .map(|object| {
                let body = json(&format!("nutanix/{}", text(&object["body"])));
                format!("{}:{}", text(&body["key"]), text(&body["value"]))
            })
            .collect()
    }

    /// Whether the emitted policies let the packet through once they are in force.
    pub fn admits(&self, from: &str, to: &str, service: &str) -> bool {
        let world = World::new(vec![end(from), end(to)], vec![packet(service)]);
        // Between two ends outside the estate there is no filter.
        let judged = brute::Target::new(&self.files, &world)
            .judge()
            .into_iter()
            .next();
        let Some(judged) = judged else {
            return true;
        };
        assert_ne!(
            judged.allow.is_empty(),
            judged.deny.is_empty(),
            "nobody can say"
        );
        judged.deny.is_empty()
    }
}
