//! How much of each class there is in the images, or in the volumes that they are slices of.

use scumble::score::{Amount, AmountScores, Amounts, Groups, Interval, Jackknife, Scale};
use scumble_data::{Affine, Item, read_info};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeMap;

/// The amounts of each class, areas or volumes, as predicted and by the raters.
///
/// Slices of a volume are parts of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedAmounts {
    /// What all amounts are in.
    pub unit: AmountUnit,
    /// Means over all images and volumes with an amount by some rater, in class order.
    pub classes: Vec<ClassAmounts>,
    /// Of each image or volume, in the data set's order.
    pub images: Vec<ImageAmounts>,
}

/// What amounts are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum AmountUnit {
    /// Pixels, or voxels: the files of some images do not say how large they are.
    #[serde(rename = "pixels")]
    Pixels,
    /// Square millimetres, of images that say how large their pixels are.
    #[serde(rename = "mm2")]
    SquareMillimetres,
    /// Cubic millimetres, of slices of volumes.
    #[serde(rename = "mm3")]
    CubicMillimetres,
}

/// One class over all images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassAmounts {
    /// Its name.
    pub class: String,
    /// The means.
    #[serde(flatten)]
    pub scores: AmountScores,
    /// Their 95 % intervals over groups of images, by the same names; without those that cannot be told.
    pub intervals: BTreeMap<&'static str, Interval>,
}

/// One image or volume.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageAmounts {
    /// The image's name, or the volume's.
    pub image: String,
    /// What its group is called.
    pub group: String,
    /// How many slices of a volume; `None` for an image.
    pub slices: Option<usize>,
    /// Of each class, in class order.
    pub classes: Vec<Amount>,
}

/// A mean that has a name, and the scale of its interval.
type Named = (&'static str, Scale, fn(&AmountScores) -> Option<f64>);

/// Means with an interval.
const NAMED: [Named; 4] = [
    ("bias", Scale::Real, |scores| scores.bias),
    ("relative_bias", Scale::Real, |scores| scores.relative_bias),
    ("crps", Scale::Positive, |scores| scores.crps),
    ("crps_gaussian", Scale::Positive, |scores| scores.crps_gaussian),
];

/// What an image, or a volume, is in the world, as far as its file says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extent {
    /// How many slices of a volume; `None` of an image.
    slices: Option<usize>,
    /// Of a pixel in mm^2, and of a voxel in mm^3.
    area: Option<f64>,
    volume: Option<f64>,
}

impl Extent {
    /// Of an image of a data set, or of a volume of so many slices, of which `item` is the first.
    pub(super) fn of(item: &Item, slices: Option<usize>) -> Self {
        // What the file does not say is not known; that it can be read has been seen already.
        let file = item.image().or_else(|| item.files().next());
        let affine = file.and_then(|file| read_info(file).ok()?.affine);
        Self {
            slices,
            area: affine.and_then(|affine| known_size(area(affine))),
            volume: affine.and_then(|affine| known_size(content(affine))),
        }
    }
}

/// The amounts of an image or a volume.
pub(super) struct Found<'f> {
    pub(super) name: &'f str,
    pub(super) group: &'f str,
    pub(super) extent: Extent,
    pub(super) amounts: Amounts,
}

impl JudgedAmounts {
    /// What was found of all of them.
    pub(super) fn new(found: &[Found<'_>], classes: &[String]) -> Self {
        let all = |of: fn(&Extent) -> bool| !found.is_empty() && found.iter().all(|one| of(&one.extent));
        let unit = if all(|one| one.slices.is_none() && one.area.is_some()) {
            AmountUnit::SquareMillimetres
        } else if all(|one| one.slices.is_some() && one.volume.is_some()) {
            AmountUnit::CubicMillimetres
        } else {
            AmountUnit::Pixels
        };
        let image = |one: &Found<'_>| {
            let size = match unit {
                AmountUnit::Pixels => None,
                AmountUnit::SquareMillimetres => one.extent.area,
                AmountUnit::CubicMillimetres => one.extent.volume,
            };
            let classes = one.amounts.of_classes();
            let classes = classes.into_iter().map(|amount| amount.times(size.unwrap_or(1.0))).collect();
            let (image, group) = (one.name.to_owned(), one.group.to_owned());
            ImageAmounts { image, group, slices: one.extent.slices, classes }
        };
        let images: Vec<ImageAmounts> = found.iter().map(image).collect();
        let groups = Groups::of(images.iter().map(|image| &image.group));
        let class = |(k, class): (usize, &String)| ClassAmounts {
            class: class.clone(),
            scores: AmountScores::mean(images.iter().map(|image| (&image.classes[k], 1.0))),
            intervals: intervals(&images, k, &groups),
        };
        let classes = classes.iter().enumerate().map(class).collect();
        Self { unit, classes, images }
    }
}

/// Of the means of a class, by the jackknife over groups of images.
fn intervals(images: &[ImageAmounts], class: usize, groups: &Groups) -> BTreeMap<&'static str, Interval> {
    let found = Jackknife::each(groups, |times| {
        let kept = images.iter().zip(times).filter(|(_, times)| **times > 0);
        let kept = kept.map(|(image, times)| (&image.classes[class], f64::from(*times)));
        let scores = AmountScores::mean(kept);
        NAMED.iter().map(|(_, _, of)| of(&scores)).collect()
    });
    let named = NAMED.iter().zip(found);
    named
        .filter_map(|((name, scale, _), jackknife)| Some((*name, jackknife?.interval(*scale, 0.95)?)))
        .collect()
}

/// Columns of the matrix: the steps from a pixel to the next one in mm.
fn column(affine: Affine, at: usize) -> [f64; 3] {
    affine.map(|row| row[at])
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Of a pixel in mm^2, however it lies in space.
fn area(affine: Affine) -> f64 {
    cross(column(affine, 0), column(affine, 1)).iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// Of a voxel in mm^3.
fn content(affine: Affine) -> f64 {
    let normal = cross(column(affine, 0), column(affine, 1));
    normal.iter().zip(column(affine, 2)).map(|(a, b)| a * b).sum::<f64>().abs()
}

/// A slice of its own need not say how thick it is.
fn known_size(size: f64) -> Option<f64> {
    (size > 0.0 && size.is_finite()).then_some(size)
}

impl Serialize for JudgedAmounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let class = |(class, amount): (&ClassAmounts, &Amount)| {
            json!({
                "class": class.class,
                "predicted": amount.predicted,
                "raters": amount.raters,
                "raters_mean": amount.raters_mean(),
                "bias": amount.bias(),
                "relative_bias": amount.relative_bias(),
                "crps": amount.crps(),
                "crps_gaussian": amount.crps_gaussian(),
            })
        };
        let image = |image: &ImageAmounts| {
            let classes: Vec<_> = self.classes.iter().zip(&image.classes).map(class).collect();
            json!({"image": image.image, "group": image.group, "slices": image.slices, "classes": classes})
        };
        json!({
            "unit": self.unit,
            "classes": self.classes,
            "images": self.images.iter().map(image).collect::<Vec<_>>(),
        })
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Voxels of 0.5 x 2 x 3 mm, turned and leaning.
    #[test]
    fn a_voxel_is_as_large_however_it_lies() {
        let upright = [[0.5, 0.0, 0.0, 1.0], [0.0, 2.0, 0.0, 2.0], [0.0, 0.0, 3.0, 3.0]];
        let turned = [[0.0, 2.0, 0.0, 1.0], [0.3, 0.0, 2.4, 2.0], [0.4, 0.0, -1.8, 3.0]];
        for affine in [upright, turned] {
            assert!((area(affine) - 1.0).abs() < 1e-12 && (content(affine) - 3.0).abs() < 1e-12);
        }
        let leaning = [[0.5, 0.0, 0.7, 1.0], [0.0, 2.0, 0.1, 2.0], [0.0, 0.0, 3.0, 3.0]];
        assert!((content(leaning) - 3.0).abs() < 1e-12);
        assert_eq!((known_size(0.0), known_size(f64::NAN), known_size(0.5)), (None, None, Some(0.5)));
    }
}
