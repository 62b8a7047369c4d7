//! Protobuf without a schema: numbers with what stands under them.

/// What stands under a number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Part<'b> {
    /// An integer or a bool.
    Int(u64),
    /// Text, bytes, or another message.
    Bytes(&'b [u8]),
}

/// The parts of a message; `None` where the bytes are none.
pub(super) fn parts(bytes: &[u8]) -> Option<Vec<(u32, Part<'_>)>> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let part = match tag & 7 {
            0 => Part::Int(varint(&mut rest)?),
            1 => Part::Int(u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Part::Bytes(take(&mut rest, length)?)
            }
            5 => Part::Int(u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?).into()),
            _ => return None,
        };
        parts.push((number, part));
    }
    Some(parts)
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
