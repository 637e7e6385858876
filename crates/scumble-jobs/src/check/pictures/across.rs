//! A mask that looks like one of another image, beside what the others marked here and there.

use super::panels::{legend, opinions, shown};
use crate::check::MaskFlag;
use crate::picture::Picture;
use ndarray::{Array2, Axis};
use scumble::agreement::Suspicion;
use scumble::labels::{RaterMask, UNSEEN};
use scumble_data::Dataset;

/// The longest side of an image.
const SIDE: usize = 400;

/// The image, and over it the mask and what any of the others marked; below it the same for the image that the mask
/// fits, if there is one. None where the mask cannot be read.
pub(super) fn across(dataset: &Dataset, flag: &MaskFlag) -> Option<Picture> {
    let item = |id: &str| dataset.items().iter().find(|item| item.id() == id);
    let (image, masks) = opinions(dataset, item(&flag.image)?);
    let (_, mine) = masks.iter().find(|(rater, _)| *rater == flag.rater)?;
    let mine = any_class(mine);
    let row = |id: &str, image, marks: &Array2<u16>, others: &Array2<u16>| {
        let image = shown(image, others.dim());
        let over = image.ground().overlay(marks.view(), others.view());
        Picture::row(&[image.fit(SIDE), over.fit(SIDE)]).captioned(id)
    };
    let mut rows = vec![row(&flag.image, image, &mine, &others(&masks, &flag.rater)?)];
    if let Suspicion::OtherImage { of_image, .. } | Suspicion::Repeated { of_image, .. } = &flag.suspicion {
        let (image, masks) = opinions(dataset, item(of_image)?);
        let others = others(&masks, &flag.rater)?;
        rows.push(row(of_image, image, &resized(&mine, others.dim()), &others));
    }
    let rows = Picture::column(&rows);
    let names = (format!("{} of {}", flag.rater, flag.image), "any other");
    Some(Picture::column(&[legend(dataset, (&names.0, names.1), rows.width()), rows]))
}

/// One map for all classes.
fn any_class(mask: &RaterMask) -> Array2<u16> {
    let seen = |mark: &u16| if *mark == UNSEEN { 0 } else { *mark };
    mask.marks().map_axis(Axis(0), |marks| marks.iter().map(seen).max().unwrap_or(0))
}

/// What any rater but this one has marked.
fn others(masks: &[(String, RaterMask)], rater: &str) -> Option<Array2<u16>> {
    let others = masks.iter().filter(|(name, _)| name != rater).map(|(_, mask)| any_class(mask));
    others.reduce(|mut sum, other| {
        sum.zip_mut_with(&other, |sum, other| *sum = (*sum).max(*other));
        sum
    })
}

/// For looking at: the nearest mark.
fn resized(marks: &Array2<u16>, (height, width): (usize, usize)) -> Array2<u16> {
    let (rows, columns) = marks.dim();
    Array2::from_shape_fn((height, width), |(y, x)| marks[[y * rows / height, x * columns / width]])
}
