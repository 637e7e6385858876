//! Patches as a training would draw them: the image as the network sees it, and its label.

use crate::picture::{Picture, byte};
use crate::{JobError, Observer};
use ndarray::Axis;
use scumble_data::{Dataset, Patch, shown_bands};
use scumble_nn::{Config, train};

/// Patches side by side, each with its label.
const COLUMNS: usize = 4;
/// The longest side of a patch.
const SIDE: usize = 192;
/// These shares of all samples of a channel are black and white.
const TAILS: f64 = 0.005;

/// The first patches of a training.
pub(super) fn contact_sheet(
    dataset: &Dataset,
    config: &Config,
    patches: usize,
    observer: &dyn Observer,
) -> Result<Option<Picture>, JobError> {
    let (patches, normalisation) = train::preview(dataset, config, patches, observer)?;
    let Some(first) = patches.first() else { return Ok(None) };
    let ranges: Vec<[f32; 2]> = (0..first.image.dim().0).map(|channel| range(&patches, channel)).collect();
    let tiles: Vec<Picture> = patches.iter().map(|patch| tile(patch, &ranges)).collect();
    let rows: Vec<Picture> = tiles.chunks(COLUMNS).map(Picture::row).collect();
    let title = format!(
        "{} patches as training draws them, image and label; normalisation: {}",
        patches.len(),
        normalisation.method()
    );
    Ok(Some(Picture::column(&rows).captioned(&title)))
}

/// A patch beside its label; grey where the label counts for nothing.
fn tile(patch: &Patch, ranges: &[[f32; 2]]) -> Picture {
    let (channels, height, width) = patch.image.dim();
    let bands = shown_bands(channels);
    let image = Picture::new(height, width, |row, column| {
        bands.map(|band| {
            let [low, high] = ranges[band];
            byte((patch.image[[band, row, column]] - low) / (high - low))
        })
    });
    let label = Picture::probabilities(patch.targets.view());
    let counts = |row, column| patch.weights.index_axis(Axis(1), row).index_axis(Axis(1), column).sum() > 0.0;
    let label = Picture::new(height, width, |row, column| match counts(row, column) {
        true => label.at(row, column),
        false => [110; 3],
    });
    Picture::row(&[image.fit(SIDE), label.fit(SIDE)])
}

/// What is black and white in a channel of all patches: the same in all, so that a brighter patch looks brighter.
fn range(patches: &[Patch], channel: usize) -> [f32; 2] {
    let planes = patches.iter().map(|patch| patch.image.index_axis(Axis(0), channel));
    let mut samples: Vec<f32> = planes.flat_map(|plane| plane.iter().copied().collect::<Vec<_>>()).collect();
    let last = samples.len() - 1;
    let [low, high] = [TAILS, 1.0 - TAILS].map(|share| {
        let at = (share * last as f64).round() as usize;
        *samples.select_nth_unstable_by(at, f32::total_cmp).1
    });
    if high > low { [low, high] } else { [low, low + 1.0] }
}
