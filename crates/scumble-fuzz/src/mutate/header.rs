//! Changes of headers with fields at known places: TIFF, NPY, NIfTI.

use super::{bytes, text};
use crate::Chance;

/// A field of an entry of the first directory: tag, type, count or value.
pub(super) fn tiff(file: &mut Vec<u8>, chance: &mut Chance) {
    // What is read, and what says how it is stored.
    const TAGS: [u16; 20] =
        [254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 339];
    let big = file.starts_with(b"MM");
    let short = |file: &[u8], at: usize| {
        let bytes: [u8; 2] = file.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
    };
    let long = |file: &[u8], at: usize| {
        let bytes: [u8; 4] = file.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) } as usize)
    };
    let directory = match short(file, 2) {
        Some(42) => long(file, 4),
        // The lower half of an offset in 64 bits.
        _ => long(file, if big { 12 } else { 8 }),
    };
    let (Some(directory), bigger) = (directory, short(file, 2) == Some(43)) else { return };
    let (head, entry, value) = if bigger { (8, 20, 12) } else { (2, 12, 8) };
    let count = short(file, directory + if bigger && big { 6 } else { 0 }).unwrap_or(0).clamp(1, 64);
    let at = directory.saturating_add(head + entry * chance.within(0..count));
    if at + entry > file.len() {
        return bytes::change(file, chance);
    }
    match chance.within(0..6) {
        0 => {
            let tag = *chance.one_of(&TAGS);
            file[at..at + 2].copy_from_slice(&if big { tag.to_be_bytes() } else { tag.to_le_bytes() });
        }
        1 => bytes::set(file, at + 2, 2, big, chance),
        2 => bytes::set(file, at + 4, 4, big, chance),
        3 => bytes::set(file, at + value, 2, big, chance),
        4 => bytes::set(file, at + value, 4, big, chance),
        _ => {
            let other = directory + head + entry * chance.within(0..count);
            if other + entry <= file.len() {
                file.copy_within(at..at + entry, other);
            }
        }
    }
}

/// A token of the header's text, its length made right.
pub(super) fn npy(file: &mut Vec<u8>, chance: &mut Chance) {
    let length = file.get(8..10).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    if file.len() < 10 + length || length == 0 {
        return bytes::change(file, chance);
    }
    let mut header = file[10..10 + length].to_vec();
    text::change(&mut header, chance);
    let length = u16::try_from(header.len()).unwrap_or(u16::MAX);
    file.splice(10..10 + usize::from(u16::from_le_bytes([file[8], file[9]])), header);
    file[8..10].copy_from_slice(&length.to_le_bytes());
}

/// A field that says how the volume is stored, in either version.
pub(super) fn nifti(file: &mut [u8], chance: &mut Chance) {
    // (place, bytes) in NIfTI-1: dim, intent, datatype, bitpix, pixdim, vox_offset, slope, units, qform, sform, quaternion,
    // rows of the affine, magic.
    const FIRST: [(usize, usize); 26] = [
        (40, 2),
        (42, 2),
        (44, 2),
        (46, 2),
        (48, 2),
        (50, 2),
        (54, 2),
        (68, 2),
        (70, 2),
        (72, 2),
        (76, 4),
        (80, 4),
        (84, 4),
        (88, 4),
        (108, 4),
        (112, 4),
        (116, 4),
        (123, 1),
        (252, 2),
        (254, 2),
        (256, 4),
        (268, 4),
        (280, 4),
        (296, 4),
        (312, 4),
        (344, 4),
    ];
    const SECOND: [(usize, usize); 16] = [
        (4, 8),
        (12, 2),
        (14, 2),
        (16, 8),
        (24, 8),
        (32, 8),
        (40, 8),
        (48, 8),
        (104, 8),
        (112, 8),
        (168, 8),
        (176, 8),
        (184, 8),
        (344, 4),
        (348, 4),
        (400, 8),
    ];
    let is_second = file.get(..4).is_some_and(|size| size.contains(&0x1c) && size.contains(&0x02));
    let (at, width) = if is_second { *chance.one_of(&SECOND) } else { *chance.one_of(&FIRST) };
    // The first four bytes are a small number.
    let big = file.first() == Some(&0) && !chance.once_in(8);
    bytes::set(file, at, width, big, chance);
}
