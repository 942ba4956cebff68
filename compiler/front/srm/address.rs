//! How the addresses of a machine change, and the address settings that several answers hold.

use super::reader::Reader;
use super::schema::{
    DnsSettings, IpSettings, IpV4Settings, IpV6Settings, NicSettings as Nic, WinsSettings,
};
use crate::ir::Ident;
use crate::ir::recovery::{AddressChange, NicAddresses, NicSettings};
use crate::source::{FileId, Origin};
use rehome_grammar::de::{Many, Spanned};
use std::net::{IpAddr, Ipv4Addr};

/// Whose settings are read, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'o> {
    /// The object.
    pub ident: &'o Ident,
    /// The file it stands in.
    pub file: FileId,
}

/// How the addresses of a machine change. Settings of its NICs are in force for `MANUAL` only; the
/// product keeps them, without effect, when another type is chosen.
pub(super) fn change(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    kind: Option<&Spanned<String>>,
    nics: Many<Spanned<Nic>>,
) -> AddressChange {
    const UNSAID: &str = "how its addresses change is not known";
    let Some(kind) = kind else {
        reader.no_value(of.ident, "ip_customization_type", UNSAID);
        return AddressChange::Unsaid;
    };
    match kind.value.as_str() {
        "AUTO" => AddressChange::Automatic,
        // The reference names the value one way and its enumeration another.
        "NETWORK_LEVEL" | "NETWORK_MAPPING_LEVEL" => AddressChange::ByRule,
        "NO_CUSTOMIZATION" => AddressChange::Keep,
        "MANUAL" => manual(reader, of, nics),
        _ => {
            reader.bad_value(of.ident, "ip_customization_type", of.file, kind, UNSAID);
            AddressChange::Unsaid
        }
    }
}

fn manual(reader: &mut Reader<'_, '_>, of: Of<'_>, nics: Many<Spanned<Nic>>) -> AddressChange {
    if nics.is_empty() {
        reader.no_value(
            of.ident,
            "nic_settings",
            "its addresses are set by hand, and none is told",
        );
        return AddressChange::Unsaid;
    }
    let nics = nics.into_iter().map(|nic| {
        let Nic {
            device_id,
            primary_ip_settings,
            secondary_ip_settings,
        } = nic.value;
        NicAddresses {
            origin: Origin {
                file: of.file,
                span: nic.span,
            },
            device: device_id.unwrap_or(0),
            protected: settings(reader, of, primary_ip_settings.unwrap_or_default()),
            recovery: settings(reader, of, secondary_ip_settings.unwrap_or_default()),
        }
    });
    AddressChange::Manual(nics.collect())
}

/// The settings of one side.
pub(super) fn settings(reader: &mut Reader<'_, '_>, of: Of<'_>, told: IpSettings) -> NicSettings {
    let IpSettings {
        ip_v4,
        ip_v6,
        dns,
        wins,
    } = told;
    let mut side = NicSettings::default();
    if let Some(v4) = ip_v4 {
        version_4(reader, of, &v4, &mut side);
    }
    if let Some(v6) = ip_v6 {
        version_6(reader, of, &v6, &mut side);
    }
    if let Some(dns) = dns {
        let DnsSettings {
            kind,
            preferred_server,
            alternate_server,
            suffixes,
        } = dns;
        // Servers from DHCP are told by no address; the word is looked at so that it is a known one.
        let _ = dynamic(reader, of, "dns.type", kind.as_ref());
        side.dns = addresses(
            reader,
            of,
            "dns server",
            [preferred_server.as_ref(), alternate_server.as_ref()],
        );
        side.suffixes = suffixes
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
    }
    if let Some(wins) = wins {
        let WinsSettings {
            primary_server,
            alternate_server,
        } = wins;
        side.wins = addresses(
            reader,
            of,
            "wins server",
            [primary_server.as_ref(), alternate_server.as_ref()],
        );
    }
    side
}

fn version_4(reader: &mut Reader<'_, '_>, of: Of<'_>, told: &IpV4Settings, side: &mut NicSettings) {
    let IpV4Settings {
        ip_address,
        kind,
        default_gateway,
        alternate_gateway,
        subnet_mask,
    } = told;
    side.dhcp |= dynamic(reader, of, "ip_v4.type", kind.as_ref());
    let own = addresses(reader, of, "ip_v4.ip_address", [ip_address.as_ref()]);
    side.addresses.extend(own);
    let gateways = [default_gateway.as_ref(), alternate_gateway.as_ref()];
    let gateways = addresses(reader, of, "ip_v4 gateway", gateways);
    side.gateways.extend(gateways);
    let Some(mask) = subnet_mask
        .as_ref()
        .filter(|mask| !mask.value.trim().is_empty())
    else {
        return;
    };
    side.prefix = prefix(&mask.value);
    if side.prefix.is_none() {
        reader.bad_value(
            of.ident,
            "ip_v4.subnet_mask",
            of.file,
            mask,
            "it is left out",
        );
    }
}

fn version_6(reader: &mut Reader<'_, '_>, of: Of<'_>, told: &IpV6Settings, side: &mut NicSettings) {
    let IpV6Settings {
        ip_address,
        kind,
        default_gateway,
        alternate_gateway,
        subnet_prefix_length,
    } = told;
    side.dhcp |= dynamic(reader, of, "ip_v6.type", kind.as_ref());
    let own = addresses(reader, of, "ip_v6.ip_address", [ip_address.as_ref()]);
    side.addresses.extend(own);
    let gateways = [default_gateway.as_ref(), alternate_gateway.as_ref()];
    let gateways = addresses(reader, of, "ip_v6 gateway", gateways);
    side.gateways.extend(gateways);
    let length = subnet_prefix_length.as_ref().map(|length| length.value);
    side.prefix_v6 = length.filter(|length| (1..=128).contains(length));
    if let Some(length) = subnet_prefix_length
        .as_ref()
        .filter(|length| length.value > 128)
    {
        let length = length.as_ref().map(u8::to_string);
        reader.bad_value(
            of.ident,
            "ip_v6.subnet_prefix_length",
            of.file,
            &length,
            "it is left out",
        );
    }
}

/// The addresses that some texts hold.
pub(super) fn addresses<const N: usize>(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    key: &str,
    told: [Option<&Spanned<String>>; N],
) -> Vec<IpAddr> {
    let mut read = Vec::new();
    for text in told.into_iter().flatten() {
        let trimmed = text.value.trim();
        if trimmed.is_empty() {
            continue;
        }
        match trimmed.parse() {
            Ok(address) => read.push(address),
            Err(_) => reader.bad_value(of.ident, key, of.file, text, "it is left out"),
        }
    }
    read
}

/// Whether the address comes from DHCP.
fn dynamic(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    key: &str,
    kind: Option<&Spanned<String>>,
) -> bool {
    let Some(kind) = kind else { return false };
    match kind.value.to_ascii_uppercase().as_str() {
        "DHCP" | "AUTO" | "AUTOMATIC" => true,
        "" | "STATIC" | "FIXED" | "MANUAL" => false,
        _ => {
            reader.bad_value(
                of.ident,
                key,
                of.file,
                kind,
                "only the addresses written beside it are used",
            );
            false
        }
    }
}

/// The prefix length of `255.255.255.0`.
pub(super) fn prefix(mask: &str) -> Option<u8> {
    let bits = mask.trim().parse::<Ipv4Addr>().ok()?.to_bits();
    let whole = bits.leading_ones() + bits.trailing_zeros() >= 32;
    whole.then(|| u8::try_from(bits.leading_ones()).ok())?
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn a_mask_with_holes_is_none() {
        assert_eq!(prefix("255.255.255.0"), Some(24));
        assert_eq!(prefix("255.255.254.0"), Some(23));
        assert_eq!(prefix("255.255.255.255"), Some(32));
        assert_eq!(prefix("0.0.0.0"), Some(0));
        assert_eq!(prefix("255.0.255.0"), None);
        assert_eq!(prefix("string"), None);
    }
}
