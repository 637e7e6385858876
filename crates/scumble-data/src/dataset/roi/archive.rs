//! Files of outlines: one .roi, or a .zip of them.

use super::fill::fill;
use super::outline::Outline;
use crate::DataError;
use crate::formats::guarded;
use ndarray::Array2;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;

/// Whether the extension is that of outlines.
pub(in crate::dataset) fn is_outlines(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "roi" || extension == "zip")
}

/// The union of a file's outlines in an image of (height, width): 1 inside, 0 outside.
///
/// # Errors
/// A file that is missing or broken, an archive without outlines, an outline that encloses nothing (a line, points).
pub(in crate::dataset) fn marks(path: &Path, size: (usize, usize)) -> Result<Array2<u16>, DataError> {
    guarded(
        || decode(path, size),
        |reason| DataError::Broken { path: path.to_owned(), format: FORMAT, reason },
    )
}

fn decode(path: &Path, size: (usize, usize)) -> Result<Array2<u16>, DataError> {
    let file = File::open(path).map_err(DataError::io(path))?;
    let length = file.metadata().map_err(DataError::io(path))?.len();
    let mut reader = BufReader::new(file);
    let broken = |reason: String| DataError::Broken { path: path.to_owned(), format: FORMAT, reason };
    let mut marks = Array2::zeros(size);
    let mut add = |name: &str, bytes: &[u8]| {
        let outline = Outline::decode(bytes).map_err(|reason| {
            let reason = format!("the outline '{name}': {reason}");
            DataError::Unsupported { path: path.to_owned(), reason }
        })?;
        fill(&outline, &mut marks);
        Ok(())
    };
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("roi")) {
        reader.read_to_end(&mut bytes).map_err(DataError::io(path))?;
        add(&path.file_stem().unwrap_or_default().to_string_lossy(), &bytes)?;
        return Ok(marks);
    }
    let mut empty = true;
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(error.to_string()))?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let name = entry.name().map_err(|error| broken(error.to_string()))?.into_owned();
        // What the Finder adds to archives has the same extension.
        if !name.to_ascii_lowercase().ends_with(".roi") || name.starts_with("__MACOSX") {
            continue;
        }
        bytes.clear();
        // Deflate makes at most 1032 bytes of one.
        let most = length.saturating_mul(1032);
        entry.take(most).read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        add(&name, &bytes)?;
        empty = false;
    }
    if empty {
        let reason =
            "there is no outline (.roi) in it; where a rater saw nothing, store an empty mask".to_owned();
        return Err(DataError::Unsupported { path: path.to_owned(), reason });
    }
    Ok(marks)
}

const FORMAT: &str = "ImageJ ROI";
