//! Files of outlines: one .roi, or a .zip of them.

use super::outline::Outline;
use super::paint::paint;
use crate::formats::guarded;
use crate::{DataError, UseProblem, open_file};
use ndarray::Array2;
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
/// As [`outlines`]; an outline of which nothing can lie in the image.
pub(in crate::dataset) fn marks(path: &Path, size: (usize, usize)) -> Result<Array2<u16>, DataError> {
    let mut marks = Array2::zeros(size);
    for (name, outline) in outlines(path)? {
        let bounds @ [left, top, right, bottom] = outline.bounds();
        if right <= 0.0 || bottom <= 0.0 || left >= size.1 as f64 || top >= size.0 as f64 {
            let problem = UseProblem::OutlineOutside { name, bounds: bounds.into(), size };
            return Err(DataError::Unfit { path: path.to_owned(), problem });
        }
        paint(&outline, &mut marks);
    }
    Ok(marks)
}

/// The outlines in a file, by name.
///
/// # Errors
/// A file that is missing or broken, an archive without outlines, an outline that encloses nothing (a line, points).
pub(in crate::dataset) fn outlines(path: &Path) -> Result<Vec<(String, Outline)>, DataError> {
    guarded(|| decode(path), |reason| DataError::Broken { path: path.to_owned(), format: FORMAT, reason })
}

fn decode(path: &Path) -> Result<Vec<(String, Outline)>, DataError> {
    let file = open_file(path).map_err(DataError::io(path))?;
    let length = file.metadata().map_err(DataError::io(path))?.len();
    let reader = BufReader::new(file);
    let broken = |reason: String| DataError::Broken { path: path.to_owned(), format: FORMAT, reason };
    // The points of an outline take more memory than its bytes.
    let may_take = |bytes: u64| {
        DataError::admit(path, bytes.saturating_mul(UNDERSTOOD), || format!("outlines of {bytes} bytes"))
    };
    let mut outlines = Vec::new();
    let mut all = 0_u64;
    let mut add = |name: String, bytes: &[u8]| {
        let outline = Outline::decode(bytes).map_err(|reason| {
            let reason = format!("the outline '{name}': {reason}");
            DataError::Unsupported { path: path.to_owned(), reason }
        })?;
        outlines.push((name, outline));
        Ok(())
    };
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("roi")) {
        may_take(length)?;
        reader.take(length).read_to_end(&mut bytes).map_err(DataError::io(path))?;
        add(path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), &bytes)?;
        return Ok(outlines);
    }
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(error.to_string()))?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let name = entry.name().map_err(|error| broken(error.to_string()))?.into_owned();
        // What the Finder adds to archives has the same extension.
        if !name.to_ascii_lowercase().ends_with(".roi") || name.starts_with("__MACOSX") {
            continue;
        }
        bytes.clear();
        // What the archive says of the length is believed as far as all outlines together may take the memory, and no
        // further: an entry that goes on is broken.
        let said = entry.size();
        all = all.saturating_add(said);
        may_take(all)?;
        entry
            .take(said.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| broken(error.to_string()))?;
        if bytes.len() as u64 != said {
            return Err(broken(format!("the outline '{name}' is longer than the archive says")));
        }
        add(name, &bytes)?;
    }
    if outlines.is_empty() {
        let reason =
            "there is no outline (.roi) in it; where a rater saw nothing, store an empty mask".to_owned();
        return Err(DataError::Unsupported { path: path.to_owned(), reason });
    }
    Ok(outlines)
}

/// What a point takes in memory: 16 bytes for at least four of the file.
const UNDERSTOOD: u64 = 8;

const FORMAT: &str = "ImageJ ROI";
