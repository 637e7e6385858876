//! The files of an image's maps, and what lies beside them.

use super::error::Error;
use crate::JobError;
use crate::pixels::Pixels;
use ndarray::{Array3, ArrayView1, ArrayView2, Axis, CowArray, Slice};
use scumble_data::{Location, MapFormat, MapWriter, Raster, Samples, Volume, write_array, write_png};
use scumble_nn::predict::known;
use scumble_nn::{Predictor, Reading};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of label sets beside the maps.
pub(super) const SETS: &str = "label_sets";

/// The folder of disagreement beside the maps.
pub(super) const DISAGREEMENT: &str = "disagreement";

/// Where the maps of an image go.
pub(super) struct Files<'a> {
    pub(super) id: &'a str,
    pub(super) folder: &'a Path,
    pub(super) format: MapFormat,
}

impl Files<'_> {
    /// Begins the maps of an image.
    pub(super) fn begin(
        &self,
        predictor: &Predictor,
        image: &Pixels<'_>,
        location: Option<&Location>,
    ) -> Result<MapWriter, JobError> {
        let (task, size) = (&predictor.card().task, image.size());
        let (kind, classes) = (task.kind(), task.classes());
        let mut maps = MapWriter::create(self.folder, self.id, self.format, kind, classes, size.0, size.1)?;
        location.into_iter().for_each(|location| maps.place(location));
        Ok(maps)
    }

    /// Begins the maps of a volume.
    pub(super) fn begin_volume(
        &self,
        id: &str,
        volume: &Volume,
        predictor: &Predictor,
    ) -> Result<MapWriter, JobError> {
        let task = &predictor.card().task;
        let (kind, classes) = (task.kind(), task.classes());
        Ok(MapWriter::create_volume(self.folder, id, self.format, kind, classes, volume)?)
    }

    /// Predicts the probabilities into `maps` and, if they are asked for, the most probable label sets and the disagreement of
    /// the models in one pass; the files of these. Where the image has no data, probabilities and disagreement are NaN
    /// and the set is that of no label. The probabilities are `kept`, [K, H, W], if somebody makes more of them.
    pub(super) fn write(
        &self,
        predictor: &mut Predictor,
        image: &mut Pixels<'_>,
        (with_sets, with_disagreement): (bool, bool),
        (maps, mut kept): (&mut MapWriter, Option<&mut Array3<f32>>),
    ) -> Result<Vec<PathBuf>, JobError> {
        let (height, width) = image.size();
        // What is no number and not for want of data is the network's fault.
        maps.ignore(self.format, image.without_data() > 0);
        let more = [(Reading::Sets, with_sets), (Reading::Disagreement, with_disagreement)];
        let more = more.into_iter().filter(|(_, asked)| *asked).map(|(reading, _)| reading);
        let readings: Vec<Reading> = [Reading::Classes].into_iter().chain(more).collect();
        let (mut sets, mut disagreement, mut top) = (Vec::new(), Vec::new(), 0);
        image.read_bands(predictor, &readings, &mut |bands, empty| {
            let is_empty = |at: usize| {
                empty.as_ref().is_some_and(|empty| empty.as_slice().is_some_and(|empty| empty[at]))
            };
            for (reading, band) in readings.iter().zip(bands) {
                match reading {
                    Reading::Sets => sets.extend(
                        band.lanes(Axis(0))
                            .into_iter()
                            .enumerate()
                            .map(|(at, sets)| if is_empty(at) { 0 } else { most_probable(sets) }),
                    ),
                    Reading::Disagreement => disagreement.extend(
                        band.iter().enumerate().map(|(at, nats)| if is_empty(at) { f32::NAN } else { *nats }),
                    ),
                    _ => {}
                }
            }
            let rows = top..top + bands[0].dim().1;
            top = rows.end;
            let band = match &empty {
                None => CowArray::from(bands[0]),
                Some(empty) => known(bands[0], empty.view()).into(),
            };
            if let Some(kept) = &mut kept {
                let mut rows = kept.slice_axis_mut(Axis(1), Slice::from(rows));
                rows.assign(&band);
                // As the files have them.
                rows.mapv_inplace(|p| p.clamp(0.0, 1.0));
            }
            maps.write_rows(band.view())?;
            Ok(())
        })?;
        let mut files = Vec::new();
        if with_sets {
            files.push(self.write_sets(Raster {
                height,
                width,
                channels: 1,
                samples: Samples::U8(sets),
                indexed: None,
                nodata: None,
            })?);
        }
        if with_disagreement {
            let nats =
                ArrayView2::from_shape((height, width), &disagreement).expect("a number for each pixel");
            files.push(self.write_disagreement(nats)?);
        }
        Ok(files)
    }

    /// An NPY of f32, [H, W].
    fn write_disagreement(&self, nats: ArrayView2<'_, f32>) -> Result<PathBuf, JobError> {
        let folder = self.folder.join(DISAGREEMENT);
        fs::create_dir_all(&folder).map_err(JobError::io(&folder))?;
        let path = disagreement_file(self.folder, self.id);
        write_array(&path, nats)?;
        Ok(path)
    }

    /// Whether the maps can say where the image has no data. Of a volume some slices may well have none.
    pub(super) fn can_say(&self, image: &Pixels<'_>, is_slice: bool) -> Result<(), Error> {
        let ((height, width), pixels) = (image.size(), image.without_data());
        match self.format {
            _ if pixels == 0 => Ok(()),
            _ if pixels == (height * width) as u64 && !is_slice => Err(Error::NoData),
            format if !format.has_nan() => Err(Error::Unknown { pixels, format }),
            _ => Ok(()),
        }
    }

    /// An 8-bit PNG, bit i being class i.
    fn write_sets(&self, sets: Raster) -> Result<PathBuf, JobError> {
        let folder = self.folder.join(SETS);
        fs::create_dir_all(&folder).map_err(JobError::io(&folder))?;
        let path = sets_file(self.folder, self.id);
        write_png(&path, &sets)?;
        Ok(path)
    }
}

/// Of equally probable label sets the smallest.
fn most_probable(sets: ArrayView1<'_, f32>) -> u8 {
    (0..sets.len()).fold(0, |best, set| if sets[set] > sets[best] { set } else { best }) as u8
}

pub(super) fn sets_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(SETS).join(format!("{id}.png"))
}

pub(super) fn disagreement_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(DISAGREEMENT).join(format!("{id}.npy"))
}
