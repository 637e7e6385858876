//! Changes of packed files: of what is in them, packed again under a right checksum.

use super::{bytes, header};
use crate::Chance;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The volume in it changed; now and then the packed bytes.
pub(super) fn gzip(file: &mut Vec<u8>, chance: &mut Chance) {
    let mut inner = Vec::new();
    if chance.once_in(4)
        || GzDecoder::new(&file[..]).take(super::MOST as u64).read_to_end(&mut inner).is_err()
    {
        bytes::change(file, chance);
        return repair_gzip(file);
    }
    header::nifti(&mut inner, chance);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&inner).expect("memory");
    *file = packed.finish().expect("memory");
}

/// One of the files in it changed; now and then the packed bytes.
pub(super) fn zip(file: &mut Vec<u8>, chance: &mut Chance) {
    let Some(mut entries) = entries(file).filter(|entries| !entries.is_empty() && !chance.once_in(4)) else {
        bytes::change(file, chance);
        return repair_zip(file);
    };
    let at = chance.within(0..entries.len());
    match chance.within(0..8) {
        0 => drop(entries.remove(at)),
        1 => {
            let (name, inner) = entries[at].clone();
            entries.push((format!("more_{}_{name}", entries.len()), inner));
        }
        _ if entries[at].1.starts_with(b"\x93NUMPY") => header::npy(&mut entries[at].1, chance),
        _ => bytes::change(&mut entries[at].1, chance),
    }
    let method = *chance.one_of(&[CompressionMethod::Stored, CompressionMethod::Deflated]);
    *file = packed(&entries, method);
}

/// An archive of these files.
pub(crate) fn packed(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, inner) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        // A name that is there already is left out.
        if archive.start_file(name, options).is_ok() {
            archive.write_all(inner).expect("memory");
        }
    }
    archive.finish().expect("memory").into_inner()
}

fn entries(file: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(file)).ok()?;
    (0..archive.len())
        .map(|at| {
            let entry = archive.by_index(at).ok()?;
            let name = entry.name().ok()?.into_owned();
            let mut inner = Vec::new();
            entry.take(super::MOST as u64).read_to_end(&mut inner).ok()?;
            Some((name, inner))
        })
        .collect()
}

/// The checksum at the end, of what can be unpacked.
pub(super) fn repair_gzip(file: &mut [u8]) {
    const HEAD: usize = 10;
    let mut inner = Vec::new();
    let Some(end) = file.len().checked_sub(8).filter(|end| *end > HEAD) else { return };
    if flate2::read::DeflateDecoder::new(&file[HEAD..end])
        .take(super::MOST as u64)
        .read_to_end(&mut inner)
        .is_ok()
    {
        file[end..end + 4].copy_from_slice(&crc32fast::hash(&inner).to_le_bytes());
        file[end + 4..].copy_from_slice(&(inner.len() as u32).to_le_bytes());
    }
}

/// The checksums of stored entries, beside the entries and in the directory.
pub(super) fn repair_zip(file: &mut [u8]) {
    let number = |file: &[u8], at: usize| {
        file.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    };
    let short =
        |file: &[u8], at: usize| file.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])));
    for directory in (0..file.len()).filter(|at| file[*at..].starts_with(b"PK\x01\x02")).collect::<Vec<_>>() {
        let crc = || {
            let (stored, size, local) =
                (short(file, directory + 10)?, number(file, directory + 20)?, number(file, directory + 42)?);
            let data = local + 30 + short(file, local + 26)? + short(file, local + 28)?;
            let data = file.get(data..data.checked_add(size)?)?;
            (stored == 0).then(|| (local, crc32fast::hash(data)))
        };
        if let Some((local, crc)) = crc() {
            for at in [directory + 16, local + 14] {
                if let Some(place) = file.get_mut(at..at + 4) {
                    place.copy_from_slice(&crc.to_le_bytes());
                }
            }
        }
    }
}
