//! The products of one image, from its finished maps.

use super::geojson::Coordinates;
use super::plan::{Plan, UNKNOWN, one};
use super::request::{CONTOURS, MASKS, OBJECTS, OUTLINES, OutlineFormat, UNCERTAINTY};
use super::table::Row;
use crate::JobError;
use crate::place::Place;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Zip};
use scumble::labels::{Kind, binary_entropy, entropy};
use scumble::score::objects::Components;
use scumble::score::predicted;
use scumble::shapes::{contours, measure, outlines};
use scumble_data::{Location, Plane, Raster, Samples, write_plane, write_png, write_roi_zip};
use serde_json::{Value, json};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The maps of an image.
pub(crate) struct ProbabilityMaps<'a> {
    /// What its files are called.
    pub(crate) id: &'a str,
    /// Where the image lies.
    pub(crate) place: &'a Place,
    /// Probabilities [K, H, W], NaN where nothing is known.
    pub(crate) maps: ArrayView3<'a, f32>,
}

/// The objects of a class.
struct Found {
    class: usize,
    parts: Components,
}

impl Plan {
    /// Writes what is made of an image's maps.
    ///
    /// # Errors
    /// What the operating system refuses, what a format cannot say.
    pub(crate) fn write(
        &mut self,
        folder: &Path,
        of: &ProbabilityMaps<'_>,
    ) -> Result<Vec<PathBuf>, JobError> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.files(folder, of.id)?;
        for parent in files.iter().filter_map(|file| file.parent()) {
            fs::create_dir_all(parent).map_err(JobError::io(parent))?;
        }
        let (mut written, mut rows) = (Vec::new(), Vec::new());
        if self.asked.decides() {
            let hard = self.hard(of.maps);
            if self.asked.writes_masks() {
                written.extend(self.write_masks(folder, of, &hard)?);
            }
            if self.asked.objects || !self.asked.outlines.is_empty() {
                let parts = |mask: ArrayView2<'_, bool>| Components::of(mask);
                let found = hard.outer_iter().enumerate();
                let found: Vec<Found> =
                    found.map(|(class, mask)| Found { class, parts: parts(mask) }).collect();
                rows = self.rows(of, &found);
                written.extend(self.write_objects(folder, of, &found)?);
                written.extend(self.write_outlines(folder, of, &found, &rows)?);
            }
        }
        if self.asked.uncertainty {
            written.extend(self.write_uncertainty(folder, of)?);
        }
        if !self.asked.contours.is_empty() {
            written.push(self.write_contours(folder, of)?);
        }
        // Of an image that has failed there is nothing in the table.
        self.rows.extend(rows);
        self.begun = true;
        Ok(written)
    }

    /// Where each class is, [K, H, W]; nowhere where nothing is known.
    fn hard(&self, maps: ArrayView3<'_, f32>) -> Array3<bool> {
        let mut hard = match self.kind {
            Kind::Multiclass => predicted(self.kind, maps, 1.0),
            Kind::Binary | Kind::Multilabel => Array3::from_elem(maps.dim(), false),
        };
        for ((class, mut hard), map) in hard.outer_iter_mut().enumerate().zip(maps.outer_iter()) {
            match self.thresholds.get(class) {
                // The rule of the judge.
                Some(threshold) => {
                    let class = map.insert_axis(Axis(0));
                    hard.assign(&predicted(Kind::Binary, class, *threshold).index_axis(Axis(0), 0));
                }
                None => Zip::from(&mut hard).and(map).for_each(|on, p| *on &= !p.is_nan()),
            }
        }
        hard
    }

    fn write_masks(
        &self,
        folder: &Path,
        of: &ProbabilityMaps<'_>,
        hard: &Array3<bool>,
    ) -> Result<Vec<PathBuf>, JobError> {
        let files = self.by_question(folder, MASKS, of.id, "png")?;
        let (_, height, width) = hard.dim();
        let picture = |values: Vec<u8>| Raster {
            height,
            width,
            channels: 1,
            samples: Samples::U8(values),
            indexed: None,
            nodata: None,
        };
        if self.kind == Kind::Multiclass {
            let index = |classes: ndarray::ArrayView1<'_, bool>| {
                classes.iter().position(|on| *on).map_or(UNKNOWN, |class| class as u8)
            };
            let indices: Vec<u8> = hard.lanes(Axis(0)).into_iter().map(index).collect();
            write_png(&files[0], &picture(indices))?;
        } else {
            for (file, mask) in files.iter().zip(hard.outer_iter()) {
                write_png(file, &picture(mask.iter().map(|on| 255 * u8::from(*on)).collect()))?;
            }
        }
        Ok(files)
    }

    /// A row of the table for each object, class by class.
    fn rows(&self, of: &ProbabilityMaps<'_>, found: &[Found]) -> Vec<Row> {
        let mm2 = of.place.pixel_mm2();
        let of_class = |Found { class, parts }: &Found| {
            let (image, class_name) = (of.id.to_owned(), self.classes[*class].clone());
            let measured = measure(parts, of.maps.index_axis(Axis(0), *class));
            let row = move |(at, measured)| {
                let (image, class) = (image.clone(), class_name.clone());
                Row { image, class, object: at + 1, measured, mm2 }
            };
            measured.into_iter().enumerate().map(row)
        };
        found.iter().flat_map(of_class).collect()
    }

    /// The numbers of objects, in as few bits as hold them.
    fn write_objects(
        &self,
        folder: &Path,
        of: &ProbabilityMaps<'_>,
        found: &[Found],
    ) -> Result<Vec<PathBuf>, JobError> {
        if !self.asked.objects {
            return Ok(Vec::new());
        }
        let files = self.by_class(folder, OBJECTS, of.id, "tif")?;
        for (file, Found { parts, .. }) in files.iter().zip(found) {
            let (labels, location) = (parts.labels(), of.place.location.as_ref());
            if parts.count() <= usize::from(u16::MAX) {
                write_plane(file, Plane::U16(labels.mapv(|label| label as u16).view()), location)?;
            } else {
                write_plane(file, Plane::U32(labels), location)?;
            }
        }
        Ok(files)
    }

    fn write_outlines(
        &self,
        folder: &Path,
        of: &ProbabilityMaps<'_>,
        found: &[Found],
        rows: &[Row],
    ) -> Result<Vec<PathBuf>, JobError> {
        let asked = |format| self.asked.outlines.contains(&format);
        let mut written = Vec::new();
        if self.asked.outlines.is_empty() {
            return Ok(written);
        }
        let shapes: Vec<_> = found.iter().map(|found| outlines(&found.parts)).collect();
        if asked(OutlineFormat::GeoJson) {
            let file = one(folder, OUTLINES, of.id, "geojson")?;
            let coordinates = coordinates(of.place);
            let features = shapes.iter().flatten().zip(rows).map(|(object, row)| {
                feature(coordinates.outline(object), &row.class, outline_properties(row))
            });
            coordinates.write(&file, features)?;
            written.push(file);
        }
        if asked(OutlineFormat::Roi) {
            for (file, objects) in self.by_class(folder, OUTLINES, of.id, "zip")?.into_iter().zip(&shapes) {
                // An archive of nothing is none to ImageJ; one of an earlier prediction would be wrong.
                if objects.is_empty() {
                    match fs::remove_file(&file) {
                        Err(error) if error.kind() != ErrorKind::NotFound => {
                            return Err(JobError::io(&file)(error));
                        }
                        _ => continue,
                    }
                }
                write_roi_zip(&file, objects)?;
                written.push(file);
            }
        }
        Ok(written)
    }

    fn write_uncertainty(&self, folder: &Path, of: &ProbabilityMaps<'_>) -> Result<Vec<PathBuf>, JobError> {
        let files = self.by_question(folder, UNCERTAINTY, of.id, "tif")?;
        let write = |file: &Path, nats: &Array2<f32>| {
            write_plane(file, Plane::F32(nats.view()), of.place.location.as_ref())
        };
        if self.kind == Kind::Multiclass {
            let nats = of.maps.map_axis(Axis(0), |pixel| match pixel.iter().any(|p| p.is_nan()) {
                true => f32::NAN,
                false => entropy(pixel.iter().map(|p| f64::from(*p))) as f32,
            });
            write(&files[0], &nats)?;
        } else {
            for (file, map) in files.iter().zip(of.maps.outer_iter()) {
                let nats = |p: &f32| if p.is_nan() { f32::NAN } else { binary_entropy(f64::from(*p)) as f32 };
                write(file, &map.map(nats))?;
            }
        }
        Ok(files)
    }

    fn write_contours(&self, folder: &Path, of: &ProbabilityMaps<'_>) -> Result<PathBuf, JobError> {
        let file = one(folder, CONTOURS, of.id, "geojson")?;
        let coordinates = coordinates(of.place);
        let maps = self.classes.iter().zip(of.maps.outer_iter());
        let features = maps.flat_map(|(class, map)| {
            self.asked.contours.iter().flat_map(move |level| {
                let level = level.get();
                let lines = contours(map, level).into_iter();
                lines.map(move |line| {
                    let properties = json!({ "level": level, "closed": line.closed });
                    feature(coordinates.contour(&line), class, properties)
                })
            })
        });
        coordinates.write(&file, features)?;
        Ok(file)
    }
}

/// Those of the map that the image lies on, if it does.
fn coordinates(place: &Place) -> Coordinates {
    Coordinates::of(place.location.as_ref().and_then(Location::on_earth))
}

/// A feature as QuPath reads it: an annotation of a class.
fn feature(geometry: Value, class: &str, more: Value) -> Value {
    let mut properties = json!({ "objectType": "annotation", "classification": { "name": class } });
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn outline_properties(row: &Row) -> Value {
    let mut measurements = json!({ "area": row.measured.area, "mean probability": row.measured.mean() });
    measurements["expected area"] = json!(row.measured.sum);
    if let Some(area) = row.area_mm2() {
        measurements["area mm^2"] = json!(area);
    }
    json!({ "name": format!("{} {}", row.class, row.object), "object": row.object, "measurements": measurements })
}
