//! Changes of safetensors files: the header's JSON, and the JSON within it.

use super::{bytes, text};
use crate::Chance;

/// A token of the header, its length made right.
pub(super) fn change(file: &mut Vec<u8>, chance: &mut Chance) {
    let length = file.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
    let end = usize::try_from(length).ok().and_then(|length| length.checked_add(8));
    let Some(end) = end.filter(|end| *end <= file.len() && *end > 8) else {
        return bytes::change(file, chance);
    };
    let mut header = file[8..end].to_vec();
    text::change(&mut header, chance);
    let length = header.len() as u64;
    file.splice(8..end, header);
    file[..8].copy_from_slice(&length.to_le_bytes());
}
