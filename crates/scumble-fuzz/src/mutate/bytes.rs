//! Changes of bytes that mean nothing in particular.

use crate::Chance;

/// Numbers at which programs go wrong.
const EDGES: [u64; 20] = [
    0,
    1,
    2,
    3,
    7,
    8,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    u64::MAX,
];

const FLOATS: [f64; 10] =
    [0.0, -0.0, 1.0, -1.0, 0.5, 1e30, -1e30, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// A bit, a byte, a number, or a part of it taken out, doubled or moved.
pub(super) fn change(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if bytes.is_empty() {
        return bytes.push(chance.byte());
    }
    let at = place(bytes.len(), chance);
    match chance.within(0..8) {
        0 => bytes[at] ^= 1 << chance.within(0..8),
        1 => bytes[at] = chance.byte(),
        2 | 3 => number(bytes, at, chance),
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(part(bytes.len(), at, chance))),
        6 => {
            let copied = bytes[part(bytes.len(), at, chance)].to_vec();
            let to = chance.within(0..bytes.len() + 1);
            bytes.splice(to..to, copied);
        }
        _ => {
            let from = part(bytes.len(), at, chance);
            let to = chance.within(0..bytes.len() - from.len() + 1);
            bytes.copy_within(from, to);
        }
    }
}

/// Puts an edge there, in 1 to 8 bytes of either order, as far as there is room.
pub(super) fn number(bytes: &mut [u8], at: usize, chance: &mut Chance) {
    let width = *chance.one_of(&[1, 2, 2, 4, 4, 8]);
    set(bytes, at, width, chance.once_in(2), chance);
}

/// The same with a width and an order.
pub(super) fn set(bytes: &mut [u8], at: usize, width: usize, big: bool, chance: &mut Chance) {
    let float = chance.once_in(4);
    let number = match width {
        4 if float => u64::from((*chance.one_of(&FLOATS) as f32).to_bits()),
        8 if float => chance.one_of(&FLOATS).to_bits(),
        _ if chance.once_in(4) => chance.within(0..64) as u64,
        _ => *chance.one_of(&EDGES),
    };
    let mut value = number.to_le_bytes()[..width].to_vec();
    if big {
        value.reverse();
    }
    let end = bytes.len().min(at + width);
    if at < end {
        bytes[at..end].copy_from_slice(&value[..end - at]);
    }
}

/// A place, one near the beginning more often.
fn place(length: usize, chance: &mut Chance) -> usize {
    let near = if chance.once_in(2) { length } else { length.min(64) };
    chance.within(0..near)
}

fn part(length: usize, at: usize, chance: &mut Chance) -> std::ops::Range<usize> {
    at..length.min(at + chance.within(1..33))
}
