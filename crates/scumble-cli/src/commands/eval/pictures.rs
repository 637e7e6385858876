use crate::show::Picture;
use ndarray::ArrayView3;
use scumble::SoftLabels;
use scumble_data::Dataset;
use std::path::Path;

/// Image (where there is one), soft label, prediction and difference side by side.
pub(super) fn draw(
    path: &Path,
    dataset: &Dataset,
    id: &str,
    labels: &SoftLabels,
    prediction: ArrayView3<'_, f32>,
) -> anyhow::Result<()> {
    let mut panels = Vec::new();
    if let Some(item) = dataset.items().iter().find(|item| item.id() == id)
        && item.image().is_some()
    {
        panels.push(Picture::image(&dataset.image(item)?));
    }
    panels.push(Picture::probabilities(labels.probabilities()));
    panels.push(Picture::probabilities(prediction));
    panels.push(Picture::difference(labels, prediction));
    Ok(Picture::row(&panels).write(path)?)
}
