//! Addresses and networks (apimachinery's `util/validation/ip.go`, strict as 1.36 is by default).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::spot::Spot;
use crate::go::quoted;

/// An address, leading zeros and all.
pub(super) fn sloppy(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *octet = part.trim_start_matches('0').parse().or_else(|_| zero(part)).ok()?;
    }
    parts.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// Nothing but zeros.
fn zero(part: &str) -> Result<u8, ()> {
    if !part.is_empty() && part.bytes().all(|byte| byte == b'0') { Ok(0) } else { Err(()) }
}

/// An address that is as it should be, or was there before.
pub(super) fn ip(at: &Spot<'_, '_>, before: &[&str]) {
    let text = at.text();
    if before.contains(&text) {
        return;
    }
    match sloppy(text) {
        None => at.invalid_as(
            &quoted(text),
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        Some(_) if text.parse::<IpAddr>().is_err() => at.invalid("must not have leading 0s"),
        Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            at.invalid("must not be an IPv4-mapped IPv6 address");
        }
        Some(_) => {}
    }
}

/// An address in its one spelling.
pub(super) fn canonical_ip(at: &Spot<'_, '_>) {
    let mark = at.mark();
    ip(at, &[]);
    if let (true, Some(address)) = (at.is_clean_since(mark), sloppy(at.text()))
        && address.to_string() != at.text()
    {
        at.invalid(&format!("must be in canonical form (\"{address}\")"));
    }
}

/// A network: its address and the length of its prefix.
pub(super) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = sloppy(address)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|length| is_number && *length <= most)?;
    Some((address, length))
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

fn masked(address: IpAddr, length: u8) -> u128 {
    let (bits, width) = bits(address);
    let rest = u32::from(width.saturating_sub(length));
    bits.checked_shr(rest).and_then(|bits| bits.checked_shl(rest)).unwrap_or(0)
}

/// A network that is as it should be, or was there before.
pub(super) fn cidr(at: &Spot<'_, '_>, text: &str, before: &[&str]) {
    if before.contains(&text) {
        return;
    }
    let why = match network(text) {
        None => "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        Some((address, length)) => {
            let (own, prefix) = text.split_once('/').unwrap_or_default();
            let is_strict = own.parse::<IpAddr>().is_ok() && prefix == length.to_string();
            let is_mapped =
                matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
            if !is_strict {
                "must not have leading 0s in IP or prefix length"
            } else if is_mapped {
                "must not have an IPv4-mapped IPv6 address"
            } else if bits(address).0 != masked(address, length) {
                "must not have bits set beyond the prefix length"
            } else {
                return;
            }
        }
    };
    at.invalid_as(&quoted(text), why);
}

/// Whether a network is inside of another, and smaller.
pub(super) fn is_inside(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    inner.0.is_ipv4() == outer.0.is_ipv4()
        && masked(inner.0, outer.1) == masked(outer.0, outer.1)
        && outer.1 < inner.1
}

/// Whether addresses are one of each family, and no more.
pub(super) fn is_dual_stack(texts: &[&str]) -> bool {
    let families: Vec<bool> =
        texts.iter().filter_map(|text| sloppy(text)).map(|address| address.is_ipv4()).collect();
    families.len() == texts.len() && texts.len() == 2 && families.first() != families.last()
}

/// An address that an endpoint can have.
pub(super) fn endpoint(at: &Spot<'_, '_>) {
    let text = at.text();
    let Some(address) = sloppy(text) else {
        return at.invalid("must be a valid IP address");
    };
    let (is_link_local, is_link_multicast) = match address {
        IpAddr::V4(address) => {
            (address.is_link_local(), matches!(address.octets(), [224, 0, 0, _]))
        }
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            (first & 0xffc0 == 0xfe80, first & 0xff0f == 0xff02)
        }
    };
    if address.is_unspecified() {
        at.invalid(&format!("may not be unspecified ({text})"));
    }
    if address.is_loopback() {
        at.invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if is_link_local {
        at.invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if is_link_multicast {
        at.invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}
