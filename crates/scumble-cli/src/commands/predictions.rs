//! Predictions to judge, from a model or from files: both ways lead to the same numbers.

use super::{is_model, open_model};
use anyhow::{Context, bail};
use ndarray::Array3;
use scumble::score::Resolution;
use scumble_data::{Dataset, Item, MapFormat, Target, read_sidecar};
use scumble_nn::{Device, Predictor, Task};
use std::path::Path;

/// Where predictions come from.
pub(crate) enum Source {
    /// A model that predicts the data set's images now.
    Model(Box<Predictor>),
    /// Maps that were written before.
    Maps { maps: Box<Dataset>, resolution: Resolution },
}

impl Source {
    /// A model file or a run folder, else a folder of maps.
    pub(crate) fn open(path: &Path, dataset: &Dataset, device: &Device, tile: usize) -> anyhow::Result<Self> {
        if is_model(path) {
            let (model, _) = open_model(path)?;
            let predictor = Predictor::open(model, device)?.with_tile(tile);
            return Ok(Self::Model(Box::new(predictor)));
        }
        Self::maps(path, dataset)
    }

    /// The same without a model's calibration.
    pub(crate) fn uncalibrated(self) -> Self {
        match self {
            Self::Model(predictor) => Self::Model(Box::new(predictor.uncalibrated())),
            maps => maps,
        }
    }

    /// A folder of probability maps.
    pub(crate) fn maps(path: &Path, dataset: &Dataset) -> anyhow::Result<Self> {
        let maps = Dataset::open(path).with_context(|| format!("predictions in {}", path.display()))?;
        let ids: Vec<&str> = dataset.items().iter().map(Item::id).collect();
        if !maps.items().iter().any(|item| ids.contains(&item.id())) {
            let example = maps.items().first().map_or("none", |item| item.id());
            bail!(
                "no map in {} has the name of an image in {} (a map: {example}, an image: {})",
                path.display(),
                dataset.root().display(),
                ids.first().unwrap_or(&"none"),
            );
        }
        let format = read_sidecar(path)?.map(|sidecar| sidecar.format);
        let resolution = match format {
            Some(MapFormat::Png8) => Resolution::EIGHT_BIT,
            Some(MapFormat::Png16) => Resolution::SIXTEEN_BIT,
            Some(MapFormat::Npy | MapFormat::Tiff | MapFormat::Nifti) => Resolution::FLOAT,
            // Maps of another program: as fine as their numbers.
            None => {
                match maps.items().first().and_then(|item| item.files().next()).map(scumble_data::read_raster)
                {
                    Some(Ok(raster)) if raster.full_scale() == 255.0 => Resolution::EIGHT_BIT,
                    Some(Ok(raster)) if raster.full_scale() == 65535.0 => Resolution::SIXTEEN_BIT,
                    _ => Resolution::FLOAT,
                }
            }
        };
        Ok(Self::Maps { maps: Box::new(maps), resolution })
    }

    /// What is predicted.
    pub(crate) fn task(&self) -> Task {
        match self {
            Self::Model(predictor) => predictor.card().task.clone(),
            Self::Maps { maps, .. } => Task::new(maps.kind(), maps.classes().to_vec()),
        }
    }

    /// How finely the predictions are known.
    pub(crate) fn resolution(&self) -> Resolution {
        match self {
            Self::Model(_) => Resolution::FLOAT,
            Self::Maps { resolution, .. } => *resolution,
        }
    }

    /// Probabilities [K, H, W] of one image; `None` if there is no map of it.
    pub(crate) fn predict(&mut self, dataset: &Dataset, item: &Item) -> anyhow::Result<Option<Array3<f32>>> {
        match self {
            Self::Model(predictor) => {
                let image = dataset.image(item)?;
                let path = item.image().unwrap_or(dataset.root());
                Ok(Some(predictor.predict(&image).with_context(|| path.display().to_string())?))
            }
            Self::Maps { maps, .. } => match maps.items().iter().find(|map| map.id() == item.id()) {
                Some(map) => {
                    let map = maps.labels(map, Target::Labels)?;
                    if let Some(((_, row, column), _)) =
                        map.valid().indexed_iter().find(|(_, known)| !**known)
                    {
                        bail!(
                            "{} in {}: row {row}, column {column} is NaN, no probability; where nothing may count, \
                             say so in the data set's ignore/ and write any probability",
                            item.id(),
                            maps.root().display()
                        );
                    }
                    Ok(Some(map.probabilities().to_owned()))
                }
                None => Ok(None),
            },
        }
    }
}
