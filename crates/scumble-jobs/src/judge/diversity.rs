//! Predictions as one opinion among those of the raters.

use super::error::Error;
use super::over_images::{mean, mean_interval};
use super::reader::JudgedImage;
use crate::part::hash_of;
use ndarray::ArrayView3;
use scumble::labels::{LabelSpace, RaterMask};
use scumble::loss::Real;
use scumble::score::diversity::{
    DuelScore, EmptyMasks, EnergyDistance, HardMask, Pairs, SavedStanding, Standing, energy_distance,
    level_samples, matched_iou,
};
use scumble::score::{Interval, Scale};
use scumble_data::Prediction;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

/// What has been found of each image that has raters, and of all together.
#[derive(Debug, Clone)]
pub struct Diversity {
    space: LabelSpace,
    masks: Masks,
    images: Vec<Image>,
}

/// Where the masks come from that a prediction is judged by as a crowd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masks {
    /// So many are drawn of its map.
    Drawn(usize),
    /// They are the samples of which the map is the mean.
    Given,
}

/// The prediction among the raters of one image. Pairs of empty masks are equal, or do not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageDiversity {
    /// How many masks it has.
    pub samples: usize,
    /// The energy distance by both rules.
    pub energy_distance: [Option<f64>; 2],
    /// The matched IoU by both rules.
    pub matched_iou: [Option<f64>; 2],
}

#[derive(Debug, Clone)]
struct Image {
    id: String,
    group: String,
    samples: usize,
    /// Mean over the classes, pairs of empty masks being equal.
    equal: Option<EnergyDistance>,
    /// The same with such pairs left out.
    ignored: Option<EnergyDistance>,
    /// Mean over the classes, pairs of empty masks being equal.
    matched_equal: Option<f64>,
    /// The same with such pairs left out.
    matched_ignored: Option<f64>,
    dice: Standing,
    brier: Standing,
}

/// What is kept of an image in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedDiversity {
    image: String,
    group: String,
    samples: usize,
    equal: Option<EnergyDistance>,
    ignored: Option<EnergyDistance>,
    matched_equal: Option<f64>,
    matched_ignored: Option<f64>,
    dice: SavedStanding,
    brier: SavedStanding,
}

impl Diversity {
    pub(super) fn save(&self) -> Vec<SavedDiversity> {
        let image = |image: &Image| SavedDiversity {
            image: image.id.clone(),
            group: image.group.clone(),
            samples: image.samples,
            equal: image.equal,
            ignored: image.ignored,
            matched_equal: image.matched_equal,
            matched_ignored: image.matched_ignored,
            dice: image.dice.save(),
            brier: image.brier.save(),
        };
        self.images.iter().map(image).collect()
    }

    /// Adds images that were judged elsewhere; `None` of numbers that are none of such.
    pub(super) fn add_saved(&mut self, saved: Vec<SavedDiversity>) -> Option<()> {
        let image = |saved: SavedDiversity| {
            Some(Image {
                id: saved.image,
                group: saved.group,
                samples: saved.samples,
                equal: saved.equal,
                ignored: saved.ignored,
                matched_equal: saved.matched_equal,
                matched_ignored: saved.matched_ignored,
                dice: Standing::restore(&saved.dice, &self.space, DuelScore::Dice)?,
                brier: Standing::restore(&saved.brier, &self.space, DuelScore::Brier)?,
            })
        };
        self.images.extend(saved.into_iter().map(image).collect::<Option<Vec<_>>>()?);
        Some(())
    }

    /// Puts the images in order.
    pub(super) fn sort(&mut self, place: impl Fn(&str) -> usize) {
        self.images.sort_by_key(|image| place(&image.id));
    }

    /// Nothing judged yet.
    pub(super) fn new(space: LabelSpace, masks: Masks) -> Self {
        Self { space, masks, images: Vec::new() }
    }

    /// Judges one image; nothing where it has no raters.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) -> Result<(), Error> {
        match image.prediction {
            Prediction::F32(maps) => self.add_map(image, maps.view()),
            Prediction::F64(maps) => self.add_map(image, maps.view()),
        }
    }

    fn add_map<R: Real>(
        &mut self,
        image: &JudgedImage<'_>,
        prediction: ArrayView3<'_, R>,
    ) -> Result<(), Error> {
        let JudgedImage { item, labels, raters, .. } = *image;
        if raters.is_empty() {
            return Ok(());
        }
        let (kind, valid) = (labels.kind(), labels.valid());
        let drawn = match self.masks {
            Masks::Drawn(count) => level_samples(&self.space, prediction, count, hash_of(item.id()))?,
            Masks::Given => Vec::new(),
        };
        let all = if drawn.is_empty() { image.samples } else { &drawn };
        let (mut equal, mut ignored) = (Vec::new(), Vec::new());
        let (mut matched_equal, mut matched_ignored) = (Vec::new(), Vec::new());
        for class in 0..labels.classes() {
            let of = |mask: &RaterMask| HardMask::of_class(kind, mask, class, valid);
            let samples: Vec<HardMask> = all.iter().map(of).collect();
            let raters: Vec<HardMask> = raters.iter().map(|(_, mask)| of(mask)).collect();
            let distance = |empty| energy_distance(&samples, &raters, empty, Pairs::WithReplacement);
            equal.extend(distance(EmptyMasks::Equal));
            ignored.extend(distance(EmptyMasks::Ignored));
            matched_equal.extend(matched_iou(&samples, &raters, EmptyMasks::Equal));
            matched_ignored.extend(matched_iou(&samples, &raters, EmptyMasks::Ignored));
        }
        let stand = |score| {
            let mut standing = Standing::new(&self.space, score);
            standing.add(prediction, raters, valid);
            standing
        };
        self.images.push(Image {
            id: item.id().to_string(),
            group: item.group().to_string(),
            samples: all.len(),
            equal: average(&equal),
            ignored: average(&ignored),
            matched_equal: mean(matched_equal.into_iter()),
            matched_ignored: mean(matched_ignored.into_iter()),
            dice: stand(DuelScore::Dice),
            brier: stand(DuelScore::Brier),
        });
        Ok(())
    }

    /// Whether masks were drawn, and how many of each map.
    pub fn masks(&self) -> Masks {
        self.masks
    }

    /// Masks of each image, the fewest and the most.
    pub fn samples(&self) -> (usize, usize) {
        let each = || self.images.iter().map(|image| image.samples);
        (each().min().unwrap_or(0), each().max().unwrap_or(0))
    }

    /// How many images have raters to compare with.
    pub fn images(&self) -> usize {
        self.images.len()
    }

    /// What was found of each image that has raters, by its name.
    pub fn of_images(&self) -> impl Iterator<Item = (&str, ImageDiversity)> {
        const BOTH: [EmptyMasks; 2] = [EmptyMasks::Equal, EmptyMasks::Ignored];
        self.images.iter().map(|image| {
            let energy_distance =
                BOTH.map(|empty| image.energy_distance(empty).map(|energy| energy.distance));
            let matched_iou = BOTH.map(|empty| image.matched_iou(empty));
            (&*image.id, ImageDiversity { samples: image.samples, energy_distance, matched_iou })
        })
    }

    /// The mean energy distance over the images, with its parts; pairs of empty masks count as equal, or not at all.
    pub fn energy_distance(&self, empty: EmptyMasks) -> Option<EnergyDistance> {
        average(&self.images.iter().filter_map(|image| image.energy_distance(empty)).collect::<Vec<_>>())
    }

    /// The 95 % interval of the energy distance over groups of images.
    pub fn energy_interval(&self, empty: EmptyMasks) -> Option<Interval> {
        self.interval(Scale::Error, |image| image.energy_distance(empty).map(|energy| energy.distance))
    }

    /// The mean matched IoU over the images, with its interval; pairs of empty masks count as equal, or not at all.
    pub fn matched_iou(&self, empty: EmptyMasks) -> (Option<f64>, Option<Interval>) {
        let of = |image: &Image| image.matched_iou(empty);
        (mean(self.images.iter().filter_map(of)), self.interval(Scale::Share, of))
    }

    /// The prediction's place among the raters of all images.
    pub fn standing(&self, score: DuelScore) -> Standing {
        self.images.iter().fold(Standing::new(&self.space, score), |mut all, image| {
            all.merge(image.standing(score));
            all
        })
    }

    /// Of the mean over the images.
    fn interval(&self, scale: Scale, of: impl Fn(&Image) -> Option<f64>) -> Option<Interval> {
        let images: Vec<_> = self.images.iter().map(|image| (&*image.group, of(image))).collect();
        mean_interval(&images, scale)
    }
}

impl Serialize for Diversity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (matched, matched_interval) = self.matched_iou(EmptyMasks::Equal);
        let (fewest, most) = self.samples();
        json!({
            "samples": (fewest == most).then_some(fewest),
            "drawn": self.masks != Masks::Given,
            "energy_distance": {
                "empty_equal": self.energy_distance(EmptyMasks::Equal),
                "empty_ignored": self.energy_distance(EmptyMasks::Ignored),
                "interval": self.energy_interval(EmptyMasks::Equal),
            },
            "matched_iou": {
                "value": matched,
                "interval": matched_interval,
                "empty_ignored": self.matched_iou(EmptyMasks::Ignored).0,
            },
            "standing": {
                "dice": standing_json(&self.standing(DuelScore::Dice)),
                "brier": standing_json(&self.standing(DuelScore::Brier)),
            },
            "images": self.images.iter().map(Image::json).collect::<Vec<_>>(),
        })
        .serialize(serializer)
    }
}

impl Image {
    fn energy_distance(&self, empty: EmptyMasks) -> Option<EnergyDistance> {
        match empty {
            EmptyMasks::Equal => self.equal,
            EmptyMasks::Ignored => self.ignored,
        }
    }

    fn matched_iou(&self, empty: EmptyMasks) -> Option<f64> {
        match empty {
            EmptyMasks::Equal => self.matched_equal,
            EmptyMasks::Ignored => self.matched_ignored,
        }
    }

    fn standing(&self, score: DuelScore) -> &Standing {
        match score {
            DuelScore::Dice => &self.dice,
            DuelScore::Brier => &self.brier,
        }
    }

    fn json(&self) -> Value {
        json!({
            "image": self.id,
            "samples": self.samples,
            "energy_distance": {"empty_equal": self.equal, "empty_ignored": self.ignored},
            "matched_iou": self.matched_equal,
            "matched_iou_empty_ignored": self.matched_ignored,
            "standing": {"dice": standing_json(&self.dice), "brier": standing_json(&self.brier)},
        })
    }
}

fn standing_json(standing: &Standing) -> Value {
    let raters: serde_json::Map<String, Value> =
        standing.raters().map(|(name, score)| (name.to_string(), score.into())).collect();
    json!({
        "prediction": standing.model(),
        "mean_of_others": standing.mean_of_others(),
        "raters": raters,
        "rank": standing.rank().map(|(rank, _)| rank),
        "of": standing.rank().map(|(_, of)| of),
        "wins": standing.wins(),
        "duels": standing.duels(),
    })
}

fn average(all: &[EnergyDistance]) -> Option<EnergyDistance> {
    let of = |part: fn(&EnergyDistance) -> f64| mean(all.iter().map(part));
    Some(EnergyDistance {
        distance: of(|e| e.distance)?,
        between: of(|e| e.between)?,
        samples: of(|e| e.samples)?,
        raters: of(|e| e.raters)?,
    })
}
