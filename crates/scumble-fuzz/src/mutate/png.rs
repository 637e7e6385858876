//! Changes of PNG files: chunks, and bytes in them, under a right CRC.

use super::bytes;
use crate::Chance;
use std::ops::Range;

const SIGNATURE: usize = 8;

/// A chunk changed, taken out, doubled or given another name.
pub(super) fn change(file: &mut Vec<u8>, chance: &mut Chance) {
    const NAMES: [&[u8; 4]; 10] =
        [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"iCCP"];
    let chunks = chunks(file);
    if chunks.is_empty() {
        return bytes::change(file, chance);
    }
    let chunk = chance.one_of(&chunks).clone();
    match chance.within(0..8) {
        0 => drop(file.drain(chunk)),
        1 => {
            let copied = file[chunk].to_vec();
            let to = chance.one_of(&chunks).start;
            file.splice(to..to, copied);
        }
        2 => {
            let name = chunk.start + 4;
            file[name..name + 4].copy_from_slice(*chance.one_of(&NAMES));
        }
        // Longer or shorter, its length with it.
        3 => {
            let mut data = file[chunk.start + 8..chunk.end - 4].to_vec();
            bytes::change(&mut data, chance);
            let length = u32::try_from(data.len()).expect("a small chunk");
            file.splice(chunk.start + 8..chunk.end - 4, data);
            file[chunk.start..chunk.start + 4].copy_from_slice(&length.to_be_bytes());
        }
        _ if chunk.len() > 12 => {
            let at = chance.within(chunk.start + 8..chunk.end - 4);
            bytes::number(&mut file[..chunk.end - 4], at, chance);
        }
        _ => bytes::change(file, chance),
    }
    repair(file);
}

/// Gives every chunk the CRC of what is in it.
pub(super) fn repair(file: &mut [u8]) {
    for chunk in chunks(file) {
        let crc = crc32fast::hash(&file[chunk.start + 4..chunk.end - 4]);
        file[chunk.end - 4..chunk.end].copy_from_slice(&crc.to_be_bytes());
    }
}

/// Length, name, data and CRC of each chunk that is whole.
fn chunks(file: &[u8]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut at = SIGNATURE;
    while let Some(length) = file.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let end = at + 12 + length;
        if end > file.len() {
            break;
        }
        chunks.push(at..end);
        at = end;
    }
    chunks
}
