//! What the managed objects of an export say.

use super::object::{self, Object, fields, items, plain_name, reference};
use super::schema::{NOT_NEEDED, READ, SCHEMA, is_network, struct_of};
use super::table::{HostFacts, Known, Records, VmFacts};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::schema::short;
use crate::ir::Name;
use crate::ir::set::AddressSet;
use crate::source::Origin;
use rehome_grammar::de::Unread;
use rehome_grammar::text::address;
use rehome_grammar::{Node, Span};

/// Reads every managed object of an export.
pub(super) fn read(export: &Export<'_>, records: &mut Records, findings: &mut Findings) {
    let found = object::objects(&export.source.tree);
    for stray in found.strays {
        let origin = Origin {
            file: export.file,
            span: stray.span(),
        };
        let message = format!("`{}` is no managed object", short(stray.raw()));
        findings.push(
            Finding::new(&codes::read::BAD_SHAPE, Domain::Inventory, message)
                .at(origin, short(stray.raw())),
        );
    }
    for object in &found.list {
        let mut reader = Reader {
            export,
            object,
            findings,
        };
        reader.object(records);
    }
}

struct Reader<'r, 't> {
    export: &'r Export<'t>,
    object: &'r Object<'t>,
    findings: &'r mut Findings,
}

impl Reader<'_, '_> {
    fn object(&mut self, records: &mut Records) {
        let reference = self.object.reference.clone();
        let origin = self.origin(self.object.node);
        self.report_unknown();
        match reference.kind.as_str() {
            "VirtualMachine" => {
                let facts = self.vm();
                records.vm(facts);
            }
            "HostSystem" => {
                let facts = self.host();
                records.host(facts);
            }
            "ClusterComputeResource" => {
                let name = self.name(&["name"]);
                records.cluster(reference, name, origin);
            }
            kind if is_network(kind) => {
                let name = self.name(&["name", "config.name", "summary.name"]);
                let aliases = self.texts(&[
                    "config.logicalSwitchUuid",
                    "config.segmentId",
                    "summary.opaqueNetworkId",
                ]);
                records.segment(reference, name, aliases, origin);
            }
            _ => {}
        }
    }

    /// Reports properties that are neither read nor known to be needless, and unknown kinds.
    fn report_unknown(&mut self) {
        let kind = self.object.reference.kind.as_str();
        let Some(within) = struct_of(kind) else {
            if !NOT_NEEDED.contains(&kind) {
                let message = format!(
                    "vCenter object `{}` is of kind `{kind}`, which is not read",
                    self.object.reference.id
                );
                let finding =
                    Finding::new(&codes::read::NOT_TRANSLATED, Domain::Inventory, message).at(
                        self.origin(self.object.node),
                        self.object.reference.id.clone(),
                    );
                self.findings.push(finding);
            }
            return;
        };
        let unread: Vec<Unread> = self
            .object
            .names()
            .into_iter()
            .filter(|(name, _)| !READ.contains(&name.as_str()))
            .map(|(name, value)| Unread {
                key: value.key().map_or(value.span(), |key| key.span()),
                name,
                within,
            })
            .collect();
        SCHEMA.report_unread(self.export.file, &unread, self.findings);
    }

    fn vm(&mut self) -> VmFacts {
        let origin = self.origin(self.object.node);
        VmFacts {
            name: self.name(&["name", "config.name", "summary.config.name"]),
            instance: self.text(&["config.instanceUuid", "summary.config.instanceUuid"]),
            bios: self.text(&["config.uuid", "summary.config.uuid"]),
            os_name: self.text(&[
                "guest.guestFullName",
                "summary.guest.guestFullName",
                "config.guestFullName",
                "summary.config.guestFullName",
            ]),
            computer_name: self.text(&["guest.hostName", "summary.guest.hostName"]),
            addresses: self.addresses(),
            segments: self.networks(),
            host: self.refers(&["runtime.host", "summary.runtime.host"]),
            ..VmFacts::new(self.object.reference.clone(), origin)
        }
    }

    fn host(&mut self) -> HostFacts {
        let origin = self.origin(self.object.node);
        let parent = self.object.get("parent").and_then(|node| {
            let found = reference(node)?;
            (found.kind == "ClusterComputeResource").then(|| Name::new(found.id, self.origin(node)))
        });
        HostFacts {
            name: self.name(&["name", "summary.config.name"]),
            cluster: parent,
            uuid: self.text(&["hardware.systemInfo.uuid", "summary.hardware.uuid"]),
            ..HostFacts::new(self.object.reference.clone(), origin)
        }
    }

    fn name(&self, paths: &[&str]) -> Option<Known> {
        let found = paths.iter().find_map(|path| self.object.text(path))?;
        Some(Known::said(plain_name(&found.0)))
    }

    fn text(&self, paths: &[&str]) -> Option<String> {
        let found = paths.iter().find_map(|path| self.object.text(path))?;
        Some(found.0)
    }

    fn texts(&self, paths: &[&str]) -> Vec<String> {
        let found = paths.iter().filter_map(|path| self.object.text(path));
        found.map(|(text, _)| text).collect()
    }

    fn refers<T>(&self, paths: &[&str]) -> Option<Name<T>> {
        let node = paths.iter().find_map(|path| self.object.get(path))?;
        Some(Name::new(reference(node)?.id, self.origin(node)))
    }

    fn networks<T>(&self) -> Vec<Name<T>> {
        let list = self.object.get("network").map(items).unwrap_or_default();
        list.into_iter()
            .filter_map(|node| Some(Name::new(reference(node)?.id, self.origin(node))))
            .collect()
    }

    /// The addresses that the tools in the guest report. Nothing reported is not *none*: without
    /// running tools nobody knows.
    fn addresses(&mut self) -> Option<AddressSet> {
        let nics = match self.object.get("guest.net") {
            Some(_) => self
                .object
                .get("guest")
                .map(|guest| fields(guest, "net"))
                .filter(|nics| !nics.is_empty())
                .or_else(|| self.object.get("guest.net").map(items))
                .unwrap_or_default(),
            None => Vec::new(),
        };
        let mut nodes: Vec<Node<'_>> = Vec::new();
        for nic in nics {
            nodes.extend(fields(nic, "ipAddress"));
            let config = object::field(nic, "ipConfig");
            let listed = config.map(|config| fields(config, "ipAddress"));
            let inner = listed.unwrap_or_default().into_iter();
            nodes.extend(inner.filter_map(|entry| object::field(entry, "ipAddress")));
        }
        for path in ["guest.ipAddress", "summary.guest.ipAddress"] {
            nodes.extend(self.object.get(path));
        }
        let blocks: Vec<_> = nodes
            .into_iter()
            .filter_map(|node| self.block(node))
            .collect();
        (!blocks.is_empty()).then(|| AddressSet::from_blocks(blocks))
    }

    fn block(&mut self, node: Node<'_>) -> Option<rehome_grammar::text::IpBlock> {
        let text = node.str().filter(|text| !text.is_empty())?;
        match address(&text) {
            Ok(found) => Some(found.block),
            Err(error) => {
                let message = format!("address of a vCenter machine: {error}");
                let origin = Origin {
                    file: self.export.file,
                    span: node.span_of(error.span),
                };
                let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Inventory, message)
                    .at(origin, text.clone());
                self.findings.push(finding);
                None
            }
        }
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        let Span { start, end } = node.span();
        Origin {
            file: self.export.file,
            span: Span { start, end },
        }
    }
}
