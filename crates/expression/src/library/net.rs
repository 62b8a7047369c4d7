//! IP addresses and networks (Kubernetes' `library/ip.go` and `cidr.go`, Go's `net/netip`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

/// What Go's `netip.ParseAddr` says of a text that is no address.
fn unparsable(text: &str) -> &'static str {
    match text.bytes().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') if text.split('.').count() < 4 => "IPv4 address too short",
        Some(b'.') if text.split('.').count() > 4 => "IPv4 address too long",
        Some(b'.') if text.split('.').any(str::is_empty) => {
            "IPv4 field must have at least one digit"
        }
        Some(b'.') if text.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.') => {
            "unexpected character"
        }
        Some(b'.') if text.split('.').any(|field| field.len() > 1 && field.starts_with('0')) => {
            "IPv4 field has octet with leading zero"
        }
        Some(b'.') => "IPv4 field has value >255",
        Some(b':') if text.split(':').any(|field| field.len() > 4) => "IPv6 field has value >=2^16",
        Some(b':') if text.bytes().any(|byte| !byte.is_ascii_hexdigit() && byte != b':') => {
            "each colon-separated field must have at least one digit"
        }
        Some(b':') => "address string too short",
        Some(_) => "missing IPv6 address",
        None => "unable to parse IP",
    }
}

fn parse_ip(text: &str) -> Result<IpAddr, String> {
    if text.contains(':') && text.contains('%') {
        return Err(format!("IP address {text:?} with zone value is not allowed"));
    }
    match text.parse() {
        Ok(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_some() => {
            Err(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
        }
        Ok(ip) => Ok(ip),
        Err(_) => Err(format!(
            "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): {}",
            unparsable(text)
        )),
    }
}

fn parse_cidr(text: &str) -> Result<(IpAddr, u8), String> {
    let failed = |why: String| {
        Err(format!(
            "network address parse error during conversion from string: netip.ParsePrefix({text:?}): {why}"
        ))
    };
    let Some((ip, bits)) = text.rsplit_once('/') else { return failed("no '/'".to_owned()) };
    let Ok(ip) = ip.parse::<IpAddr>() else {
        return failed(format!("ParseAddr({ip:?}): {}", unparsable(ip)));
    };
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let is_plain = bits.bytes().all(|byte| byte.is_ascii_digit())
        && (bits.len() == 1 || !bits.starts_with('0'));
    match bits.parse::<u8>() {
        Ok(bits) if is_plain && bits <= most => match ip {
            IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
                Err(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
            }
            ip => Ok((ip, bits)),
        },
        Ok(_) if is_plain => failed("prefix length out of range".to_owned()),
        _ => failed(format!("bad bits after slash: {bits:?}")),
    }
}

fn mask(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask))
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
        }
    }
}

fn contains(network: IpAddr, bits: u8, ip: IpAddr) -> bool {
    network.is_ipv4() == ip.is_ipv4() && mask(network, bits) == mask(ip, bits)
}

pub(crate) fn ip(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => parse_ip(text).map(Value::Ip).or_else(failed),
        [Value::Cidr(ip, _)] => Ok(Value::Ip(*ip)),
        _ => no_overload("ip", args),
    }
}

pub(crate) fn is_ip(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(parse_ip(text).is_ok())),
        _ => no_overload("isIP", args),
    }
}

pub(crate) fn is_canonical(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match parse_ip(text) {
            Ok(ip) => Ok(Value::Bool(ip.to_string() == text.as_str())),
            Err(error) => failed(error),
        },
        _ => no_overload("ip.isCanonical", args),
    }
}

fn asked(name: &str, args: &[Value], of: fn(IpAddr) -> bool) -> Outcome {
    match args {
        [Value::Ip(ip)] => Ok(Value::Bool(of(*ip))),
        _ => no_overload(name, args),
    }
}

pub(crate) fn family(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Ip(ip)] => Ok(Value::Int(if ip.is_ipv4() { 4 } else { 6 })),
        _ => no_overload("family", args),
    }
}

pub(crate) fn is_unspecified(_: &Patterns, args: &[Value]) -> Outcome {
    asked("isUnspecified", args, |ip| ip.is_unspecified())
}

pub(crate) fn is_loopback(_: &Patterns, args: &[Value]) -> Outcome {
    asked("isLoopback", args, |ip| ip.is_loopback())
}

fn link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    }
}

fn link_local_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

pub(crate) fn is_link_local_multicast(_: &Patterns, args: &[Value]) -> Outcome {
    asked("isLinkLocalMulticast", args, link_local_multicast)
}

pub(crate) fn is_link_local_unicast(_: &Patterns, args: &[Value]) -> Outcome {
    asked("isLinkLocalUnicast", args, link_local_unicast)
}

pub(crate) fn is_global_unicast(_: &Patterns, args: &[Value]) -> Outcome {
    asked("isGlobalUnicast", args, |ip| {
        let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
        !is_broadcast
            && !ip.is_unspecified()
            && !ip.is_loopback()
            && !ip.is_multicast()
            && !link_local_unicast(ip)
    })
}

pub(crate) fn cidr(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match parse_cidr(text) {
            Ok((ip, bits)) => Ok(Value::Cidr(ip, bits)),
            Err(error) => failed(ecow::eco_format!(
                "network address parse error during conversion from string: {error}"
            )),
        },
        _ => no_overload("cidr", args),
    }
}

pub(crate) fn is_cidr(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(parse_cidr(text).is_ok())),
        _ => no_overload("isCIDR", args),
    }
}

pub(crate) fn contains_ip(patterns: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(network, bits), Value::Ip(ip)] => {
            Ok(Value::Bool(contains(*network, *bits, *ip)))
        }
        [network @ Value::Cidr(..), text @ Value::String(_)] => {
            let ip = ip(patterns, std::slice::from_ref(text))?;
            contains_ip(patterns, &[network.clone(), ip])
        }
        _ => no_overload("containsIP", args),
    }
}

pub(crate) fn contains_cidr(patterns: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(network, bits), Value::Cidr(other, other_bits)] => {
            Ok(Value::Bool(bits <= other_bits && contains(*network, *bits, *other)))
        }
        [network @ Value::Cidr(..), text @ Value::String(_)] => {
            let other = cidr(patterns, std::slice::from_ref(text))?;
            contains_cidr(patterns, &[network.clone(), other])
        }
        _ => no_overload("containsCIDR", args),
    }
}

pub(crate) fn prefix_length(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(_, bits)] => Ok(Value::Int(i64::from(*bits))),
        _ => no_overload("prefixLength", args),
    }
}

pub(crate) fn masked(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(ip, bits)] => Ok(Value::Cidr(mask(*ip, *bits), *bits)),
        _ => no_overload("masked", args),
    }
}
