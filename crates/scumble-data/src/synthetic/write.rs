//! A made-up data set and its truth in files.

use super::SyntheticImage;
use crate::{
    DataError, MapFormat, MapWriter, Raster, Samples, SetFolders, Sidecar, write_png, write_sidecar,
};
use ndarray::{ArrayView3, Axis};
use scumble::labels::{Kind, UNSEEN};
use std::fs;
use std::path::Path;

/// The name of the class that made-up images have.
const CLASS: &str = "water";

/// Writes made-up images as a data set: `images/`, `raters/NAME/`, and `raters/NAME/ignore/` where a region was not
/// seen; `dataset.toml` names the class.
///
/// # Errors
/// What the operating system refuses.
pub fn write_synthetic(folder: &Path, images: &[SyntheticImage]) -> Result<(), DataError> {
    let make = |path: &Path| fs::create_dir_all(path).map_err(DataError::io(path));
    let folders = SetFolders::new(folder);
    make(&folders.images())?;
    for made in images {
        let file = format!("{}.png", made.id);
        write_png(&folders.images().join(&file), &made.image)?;
        for (name, mask) in &made.raters {
            let own = folders.rater(name);
            make(&own)?;
            write_png(&own.join(&file), &on_off(mask.marks(), |mark| mark == 1))?;
            if mask.marks().iter().any(|mark| *mark == UNSEEN) {
                make(&folders.unseen(name))?;
                write_png(&folders.unseen(name).join(&file), &on_off(mask.marks(), |mark| mark == UNSEEN))?;
            }
        }
    }
    let settings = folder.join("dataset.toml");
    fs::write(&settings, format!("kind = \"binary\"\nclasses = [\"{CLASS}\"]\n"))
        .map_err(DataError::io(&settings))
}

/// Writes the true probabilities as a folder of maps, to be judged against like any labels.
///
/// # Errors
/// What the operating system refuses.
pub fn write_truth(folder: &Path, images: &[SyntheticImage]) -> Result<(), DataError> {
    let classes = [CLASS.to_string()];
    for made in images {
        let (height, width) = made.truth.dim();
        let mut writer =
            MapWriter::create(folder, &made.id, MapFormat::Npy, Kind::Binary, &classes, height, width)?;
        writer.write_rows(made.truth.view().insert_axis(Axis(0)))?;
        writer.finish()?;
    }
    write_sidecar(folder, &Sidecar::new(Kind::Binary, &classes, MapFormat::Npy, None)).map(|_| ())
}

fn on_off(marks: ArrayView3<'_, u16>, on: impl Fn(u16) -> bool) -> Raster {
    let (_, height, width) = marks.dim();
    let samples = Samples::U8(marks.iter().map(|mark| u8::from(on(*mark))).collect());
    Raster { height, width, channels: 1, samples, indexed: Some(1), nodata: None }
}
