//! Which labels go together: the sets of overlapping labels, written by `predict`.

use anyhow::Context;
use ndarray::Axis;
use scumble_data::{Raster, Samples, write_png};
use scumble_nn::{Predictor, Reading};
use std::path::{Path, PathBuf};

/// Writes the most probable label set of each pixel as an 8-bit PNG, bit i being class i.
pub(crate) fn write(
    predictor: &mut Predictor,
    image: &Raster,
    id: &str,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let maps = predictor.read(image, &[Reading::Sets])?;
    let best = maps[0].map_axis(Axis(0), |sets| {
        // Of equal ones the smallest set.
        (0..sets.len()).fold(0, |best, set| if sets[set] > sets[best] { set } else { best }) as u8
    });
    let (height, width) = best.dim();
    let samples = Samples::U8(best.into_raw_vec_and_offset().0);
    let folder = folder.join("label_sets");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("{id}.png"));
    write_png(&path, &Raster { height, width, channels: 1, samples, indexed: None })?;
    Ok(path)
}
