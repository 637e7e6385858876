//! Masks that look like mistakes once they are held against those of other images.

use super::objects::{Object, objects};
use super::suspicion::{RaterFlag, Suspicion};
use super::thumbnail::{EVEN, Shrink, correlation};
use crate::labels::{LabelSpace, NamedMask, UNSEEN, named};
use ndarray::{Array2, aview1};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// What is remembered of the masks of a data set to hold each against those of all other images: a thumbnail of
/// each, of some thousand cells at most, and the content of its largest objects.
///
/// Images may be added one by one, or in parts that are merged, in any order.
///
/// ```
/// use ndarray::Array2;
/// use scumble::agreement::{AcrossImages, Suspicion};
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let disc = |y: f64, x: f64| {
///     let mask = Array2::from_shape_fn((64, 64), |(r, c)| (r as f64 - y).hypot(c as f64 - x) < 9.0);
///     RaterMask::from_mask(mask.view())
/// };
/// let places = [(12.0, 12.0), (12.0, 50.0), (50.0, 12.0), (50.0, 50.0), (31.0, 31.0)];
/// let mut masks = AcrossImages::new(&LabelSpace::new(Kind::Binary, ["cell"])?);
/// for (image, (y, x)) in places.into_iter().enumerate() {
///     // Cy has exchanged the masks of the first two images.
///     let (cy_y, cy_x) = places[match image { 0 => 1, 1 => 0, other => other }];
///     let raters = [("ann", disc(y, x)), ("bob", disc(y + 1.0, x)), ("cy", disc(cy_y, cy_x + 1.0))];
///     masks.add(&image.to_string(), &raters);
/// }
/// let flags = masks.flags();
/// assert_eq!(flags.len(), 2);
/// let (image, flag) = &flags[0];
/// assert_eq!((image.as_str(), flag.rater.as_str()), ("0", "cy"));
/// assert!(matches!(&flag.suspicion, Suspicion::OtherImage { of_image, .. } if of_image == "1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AcrossImages {
    shrink: Shrink,
    /// By rater and image.
    masks: BTreeMap<String, BTreeMap<String, Remembered>>,
}

#[derive(Debug, Clone)]
struct Remembered {
    thumbnail: Vec<f32>,
    /// Pixels that have another mark than 0.
    marked: u64,
    objects: Vec<Object>,
}

/// The thumbnails of all raters of an image, summed, and how many they are.
struct Sum {
    thumbnail: Vec<f32>,
    raters: usize,
}

/// The other raters' opinion of the images that they have marked.
struct Others<'a> {
    images: Vec<&'a str>,
    /// A row an image, of length 1.
    thumbnails: Array2<f32>,
}

impl AcrossImages {
    /// No mask yet.
    pub fn new(space: &LabelSpace) -> Self {
        Self { shrink: Shrink::new(space), masks: BTreeMap::new() }
    }

    /// Remembers one image's masks; those of one kind, and of the space that this was made for.
    ///
    /// # Panics
    /// Masks of another kind.
    pub fn add<'a>(&mut self, image: &str, masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>) {
        let masks = named(masks);
        for (place, NamedMask { rater, mask }) in masks.iter().enumerate() {
            let marks = mask.marks();
            let remembered = Remembered {
                thumbnail: self.shrink.thumbnail(marks),
                marked: marks.iter().filter(|mark| **mark != 0 && **mark != UNSEEN).count() as u64,
                objects: objects(&masks, place),
            };
            self.masks.entry(rater.to_string()).or_default().insert(image.to_owned(), remembered);
        }
    }

    /// Adds what another has remembered, of other images.
    pub fn merge(&mut self, other: Self) {
        for (rater, masks) in other.masks {
            self.masks.entry(rater).or_default().extend(masks);
        }
    }

    /// What looks like a mistake, each with its image; by image, then by rater.
    ///
    /// Of two raters alone nobody can say whose mask is the wrong one: both are named.
    pub fn flags(&self) -> Vec<(String, RaterFlag)> {
        let sums = self.sums();
        let of_rater = |(rater, masks): (&String, &BTreeMap<String, Remembered>)| {
            let fits = Fits::of(masks, &sums);
            let flag = |image: &String, suspicion| {
                (image.clone(), RaterFlag { rater: rater.clone(), class: None, suspicion })
            };
            let mut flags = Vec::new();
            for (image, mask) in masks {
                let misplaced = fits.get(image.as_str()).and_then(|fit| {
                    let odd = |most: f64| {
                        self.others_fit(rater, image, &sums).is_none_or(|others| fit.own <= most * others)
                    };
                    fit.other_image(odd).or_else(|| fit.outlier(odd))
                });
                flags.extend(misplaced.map(|suspicion| flag(image, suspicion)));
                flags.extend(repeated(masks, image, mask).map(|suspicion| flag(image, suspicion)));
            }
            flags
        };
        let mut flags: Vec<_> = self.masks.par_iter().flat_map_iter(of_rater).collect();
        flags.sort_by(|a, b| (&a.0, &a.1.rater).cmp(&(&b.0, &b.1.rater)));
        flags
    }

    fn sums(&self) -> BTreeMap<&str, Sum> {
        let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
        for (image, mask) in self.masks.values().flatten() {
            let empty = || Sum { thumbnail: vec![0.0; mask.thumbnail.len()], raters: 0 };
            let sum = sums.entry(image).or_insert_with(empty);
            sum.thumbnail.iter_mut().zip(&mask.thumbnail).for_each(|(sum, cell)| *sum += cell);
            sum.raters += 1;
        }
        sums
    }

    /// The median fit of an image's other raters among themselves; None where they are not several.
    fn others_fit(&self, rater: &str, image: &str, sums: &BTreeMap<&str, Sum>) -> Option<f64> {
        let mine = self.masks.get(rater)?.get(image)?;
        let sum = sums.get(image).filter(|sum| sum.raters > 2)?;
        let fit = |(name, masks): (&String, &BTreeMap<String, Remembered>)| {
            let other = masks.get(image).filter(|_| name != rater)?;
            let rest = sum.thumbnail.iter().zip(&mine.thumbnail).zip(&other.thumbnail);
            let rest: Vec<f32> = rest.map(|((sum, mine), other)| sum - mine - other).collect();
            correlation(&other.thumbnail, &rest)
        };
        median(self.masks.iter().filter_map(fit).collect())
    }
}

impl<'a> Others<'a> {
    /// Without the rater whose masks these are.
    fn of(masks: &BTreeMap<String, Remembered>, sums: &BTreeMap<&'a str, Sum>) -> Self {
        let (mut images, mut cells, mut length) = (Vec::new(), Vec::new(), 0);
        for (image, sum) in sums {
            let mine = masks.get(*image);
            if sum.raters == usize::from(mine.is_some()) {
                continue;
            }
            let others = sum.thumbnail.iter().enumerate();
            let others = others.map(|(cell, sum)| sum - mine.map_or(0.0, |mine| mine.thumbnail[cell]));
            if let Some(unit) = unit(others.collect()) {
                images.push(*image);
                length = unit.len();
                cells.extend(unit);
            }
        }
        let thumbnails = Array2::from_shape_vec((images.len(), length), cells).expect("a row an image");
        Self { images, thumbnails }
    }
}

/// Of length 1; `None` for an even map.
fn unit(thumbnail: Vec<f32>) -> Option<Vec<f32>> {
    let square: f64 = thumbnail.iter().map(|cell| f64::from(*cell).powi(2)).sum();
    (square > EVEN).then(|| thumbnail.iter().map(|cell| (f64::from(*cell) / square.sqrt()) as f32).collect())
}

/// How one mask fits the others' of its own image and of the other images.
struct Fit<'a> {
    own: f64,
    /// The median of the rater's other masks, if there are enough to say.
    usual: Option<f64>,
    /// The best of the other images, and how well the mask fits it.
    best: Option<(&'a str, f64)>,
    second: f64,
}

struct Fits;

impl Fits {
    fn of<'a>(
        masks: &'a BTreeMap<String, Remembered>,
        sums: &BTreeMap<&'a str, Sum>,
    ) -> HashMap<&'a str, Fit<'a>> {
        let others = Others::of(masks, sums);
        let fits = |(image, mask): (&'a String, &Remembered)| {
            let place = others.images.iter().position(|other| other == image)?;
            let thumbnail =
                unit(mask.thumbnail.clone()).filter(|_| mask.marked >= Suspicion::LEAST_PIXELS)?;
            let fits = others.thumbnails.dot(&aview1(&thumbnail));
            let own = f64::from(fits[place]);
            let (mut best, mut second) = (None, f64::NEG_INFINITY);
            for (other, fit) in fits.iter().enumerate().filter(|(other, _)| *other != place) {
                let fit = f64::from(*fit);
                match best {
                    Some((_, most)) if fit <= most => second = second.max(fit),
                    _ => {
                        second = best.map_or(second, |(_, most)| most);
                        best = Some((others.images[other], fit));
                    }
                }
            }
            Some((image.as_str(), Fit { own, usual: None, best, second }))
        };
        let mut fits: HashMap<&str, Fit<'_>> = masks.iter().filter_map(fits).collect();
        let own: Vec<f64> = fits.values().map(|fit| fit.own).collect();
        for fit in fits.values_mut() {
            let mut rest = own.clone();
            if let Some(mine) = rest.iter().position(|own| *own == fit.own) {
                rest.swap_remove(mine);
            }
            fit.usual = (rest.len() >= Suspicion::LEAST_IMAGES).then(|| median(rest)).flatten();
        }
        fits
    }
}

impl Fit<'_> {
    /// Another image's mask: it fits there far better, better than anywhere else, and about as masks fit.
    fn other_image(&self, odd: impl Fn(f64) -> bool) -> Option<Suspicion> {
        let (of_image, there) = self.best?;
        let found = there - self.own >= Suspicion::LEAST_FIT_GAIN
            && 1.0 - there <= Suspicion::MOST_FIT_LACK * (1.0 - self.own)
            && there - self.second >= Suspicion::LEAST_FIT_LEAD
            && self.usual.is_none_or(|usual| there >= usual / 2.0)
            && odd(Suspicion::MOST_FIT_LACK);
        let of_image = of_image.to_owned();
        found.then_some(Suspicion::OtherImage { of_image, fit: self.own, there })
    }

    /// Not what this rater does elsewhere, nor what the others do here.
    fn outlier(&self, odd: impl Fn(f64) -> bool) -> Option<Suspicion> {
        let usual = self.usual?;
        let most = Suspicion::OUTLIER_SHARE;
        (self.own <= most * usual && odd(most)).then_some(Suspicion::Outlier { fit: self.own, usual })
    }
}

/// Objects of this mask that the rater has marked in another image, too, to the pixel, where the others agree there
/// and not here.
fn repeated(masks: &BTreeMap<String, Remembered>, image: &str, mask: &Remembered) -> Option<Suspicion> {
    let mine: HashMap<u64, &Object> = mask.objects.iter().map(|object| (object.content, object)).collect();
    let shared = |(other, there): (&String, &Remembered)| {
        let (mut pixels, mut here, mut others) = (0, 0.0, 0.0);
        for object in &there.objects {
            if let Some(same) = mine.get(&object.content).filter(|same| same.pixels == object.pixels) {
                pixels += object.pixels;
                here += same.others * object.pixels as f64;
                others += object.others * object.pixels as f64;
            }
        }
        let found = pixels >= Suspicion::LEAST_PIXELS && 2.0 * here < others;
        found.then(|| Suspicion::Repeated {
            of_image: other.clone(),
            pixels,
            others: here / pixels as f64,
            there: others / pixels as f64,
        })
    };
    let found = masks.iter().filter(|(other, _)| *other != image).filter_map(shared);
    found.max_by_key(|suspicion| match suspicion {
        Suspicion::Repeated { pixels, .. } => *pixels,
        _ => 0,
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => Some(values[middle]),
        _ => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
    }
}
