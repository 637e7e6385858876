use super::judge::Seen;
use scumble_data::Dataset;
use scumble_jobs::picture::Picture;
use std::path::Path;

/// Image (where there is one), soft label, prediction and difference side by side.
pub(super) fn draw(path: &Path, dataset: &Dataset, seen: &Seen<'_>) -> anyhow::Result<()> {
    let mut panels = Vec::new();
    if seen.item.image().is_some() {
        panels.push(Picture::image(&dataset.image(seen.item)?));
    }
    panels.push(Picture::probabilities(seen.labels.probabilities()));
    panels.push(Picture::probabilities(seen.prediction));
    panels.push(Picture::difference(seen.labels, seen.prediction));
    Ok(Picture::row(&panels).write(path)?)
}
