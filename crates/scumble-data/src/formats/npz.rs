//! NumPy's archives of arrays.

use super::npy;
use super::source::{Bytes, DecodeError, Source};
use super::{Format, Purpose, RasterInfo};
use crate::Raster;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// NumPy's archive of arrays, compressed or not: its only array, or the one of [`NAMES`].
pub(super) struct Npz;

/// What the array may be called where there are several; the first is numpy.savez's own name.
const NAMES: [&str; 4] = ["arr_0", "label", "mask", "image"];

impl Format for Npz {
    fn name(&self) -> &'static str {
        "NPZ"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["npz"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"PK\x03\x04")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        in_entry(source, |array, _| npy::info(array))
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        in_array(source, |array, bytes| npy::decode(array, bytes, purpose))
    }
}

/// Does something with the array's NPY file, whose length is given, and holds what was read against its checksum.
pub(super) fn in_array<T>(
    source: &mut Source,
    work: impl FnOnce(&mut ZipFile<'_, &mut BufReader<File>>, Bytes) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    in_entry(source, |array, length| {
        let done = work(array, length)?;
        // The checksum is looked at where the entry ends, which it must do with the array.
        match array.read(&mut [0])? {
            0 => Ok(done),
            _ => Err(DecodeError::Broken("the entry goes on behind its array".to_owned())),
        }
    })
}

fn in_entry<T>(
    source: &mut Source,
    work: impl FnOnce(&mut ZipFile<'_, &mut BufReader<File>>, Bytes) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let whole = source.bytes;
    source.reader.rewind()?;
    let mut archive = ZipArchive::new(&mut source.reader)?;
    let chosen = choose(&archive)?;
    let mut array = archive.by_name(&chosen)?;
    // The archive's word for the length counts only as far as the archive's own length makes it possible.
    let length = array.size().min(whole.most());
    work(&mut array, Bytes(length))
}

fn choose(archive: &ZipArchive<&mut BufReader<File>>) -> Result<String, DecodeError> {
    let names = archive.file_names().filter_map(Result::ok);
    let arrays: Vec<String> = names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect();
    let chosen = match &arrays[..] {
        [only] => Some(only.as_str()),
        several => NAMES.into_iter().find(|known| several.iter().any(|name| name == known)),
    };
    chosen.map(|name| format!("{name}.npy")).ok_or_else(|| {
        let (count, names) = (arrays.len(), arrays.join(", "));
        let expected = NAMES.join(", ");
        DecodeError::Unsupported(format!(
            "an archive of {count} arrays ({names}); store one, or call it one of {expected}"
        ))
    })
}

impl From<ZipError> for DecodeError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => DecodeError::Io(error),
            ZipError::UnsupportedArchive(reason) => DecodeError::Unsupported(format!("NPZ: {reason}")),
            other => DecodeError::Broken(other.to_string()),
        }
    }
}
