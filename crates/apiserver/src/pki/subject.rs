//! Who a certificate is for: the parts of its subject that say a user (RFC 5280, as far as it takes).

use manifest::Text;

/// The common name and the organizations of a certificate's subject, of one that TLS has found good.
/// `None` where the bytes are no certificate.
pub(super) fn subject(certificate: &[u8]) -> Option<(Text, Vec<Text>)> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (signed, _) = element(certificate, SEQUENCE)?;
    // The version is left out where it is 1.
    let rest = element(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, rest) = element(rest, INTEGER)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (_issuer, rest) = element(rest, SEQUENCE)?;
    let (_validity, rest) = element(rest, SEQUENCE)?;
    let (mut names, _) = element(rest, SEQUENCE)?;
    let (mut common_name, mut organizations) = (Text::new(), Vec::new());
    while !names.is_empty() {
        let (mut set, rest) = element(names, SET)?;
        names = rest;
        while !set.is_empty() {
            let (attribute, rest) = element(set, SEQUENCE)?;
            set = rest;
            let (kind, value) = element(attribute, OBJECT)?;
            match kind {
                COMMON_NAME => common_name = text(value)?,
                ORGANIZATION => organizations.push(text(value)?),
                _ => {}
            }
        }
    }
    Some((common_name, organizations))
}

const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// 2.5.4.10
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

/// The contents of the first element, which has a tag, and what comes after it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, contents, rest) = any(bytes)?;
    (found == tag).then_some((contents, rest))
}

/// The tag and the contents of the first element, and what comes after it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let add = |length: usize, digit: &u8| length << 8 | usize::from(*digit);
            (digits.iter().fold(0, add), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// A text in one of the encodings that names have.
fn text(value: &[u8]) -> Option<Text> {
    let (tag, contents, _) = any(value)?;
    match tag {
        // UTF8String, PrintableString, IA5String, and VisibleString.
        0x0c | 0x13 | 0x16 | 0x1a => Some(std::str::from_utf8(contents).ok()?.into()),
        // TeletexString: taken as Latin-1.
        0x14 => Some(contents.iter().map(|byte| char::from(*byte)).collect::<String>().into()),
        // BMPString.
        0x1e => {
            let units = contents.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            Some(text.ok()?.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
