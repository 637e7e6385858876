//! Predictions as one opinion among those of the raters.

use super::error::Error;
use super::images::JudgedImage;
use ndarray::ArrayView3;
use scumble::labels::{LabelSpace, RaterMask};
use scumble::loss::Real;
use scumble::score::diversity::{
    DuelScore, EmptyMasks, EnergyDistance, HardMask, Pairs, Standing, energy_distance, level_samples,
    matched_iou,
};
use scumble::score::{Groups, Interval, Jackknife, Scale};
use scumble_data::Prediction;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// What has been found of each image that has raters, and of all together.
#[derive(Debug, Clone)]
pub struct Diversity {
    space: LabelSpace,
    samples: usize,
    images: Vec<Image>,
}

#[derive(Debug, Clone)]
struct Image {
    id: String,
    group: String,
    /// Mean over the classes, pairs of empty masks being equal.
    equal: Option<EnergyDistance>,
    /// The same with such pairs left out.
    ignored: Option<EnergyDistance>,
    matched_iou: Option<f64>,
    dice: Standing,
    brier: Standing,
}

impl Diversity {
    /// Nothing judged yet; `samples` masks are drawn of each map.
    pub(super) fn new(space: LabelSpace, samples: usize) -> Self {
        Self { space, samples, images: Vec::new() }
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
        let samples = level_samples(&self.space, prediction, self.samples, self.images.len() as u64)?;
        let (mut equal, mut ignored, mut matched) = (Vec::new(), Vec::new(), Vec::new());
        for class in 0..labels.classes() {
            let of = |mask: &RaterMask| HardMask::of_class(kind, mask, class, valid);
            let samples: Vec<HardMask> = samples.iter().map(of).collect();
            let raters: Vec<HardMask> = raters.iter().map(|(_, mask)| of(mask)).collect();
            let distance = |empty| energy_distance(&samples, &raters, empty, Pairs::WithReplacement);
            equal.extend(distance(EmptyMasks::Equal));
            ignored.extend(distance(EmptyMasks::Ignored));
            matched.extend(matched_iou(&samples, &raters));
        }
        let stand = |score| {
            let mut standing = Standing::new(&self.space, score);
            standing.add(prediction, raters, valid);
            standing
        };
        self.images.push(Image {
            id: item.id().to_string(),
            group: item.group().to_string(),
            equal: average(&equal),
            ignored: average(&ignored),
            matched_iou: mean(matched.into_iter()),
            dice: stand(DuelScore::Dice),
            brier: stand(DuelScore::Brier),
        });
        Ok(())
    }

    /// Masks drawn of each map.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many images have raters to compare with.
    pub fn images(&self) -> usize {
        self.images.len()
    }

    /// The mean energy distance over the images, with its parts; pairs of empty masks count as equal, or not at all.
    pub fn energy_distance(&self, empty: EmptyMasks) -> Option<EnergyDistance> {
        average(&self.images.iter().filter_map(|image| image.energy_distance(empty)).collect::<Vec<_>>())
    }

    /// The 95 % interval of the energy distance over groups of images, pairs of empty masks being equal.
    pub fn energy_interval(&self) -> Option<Interval> {
        self.interval(Scale::Error, |image| image.equal.map(|energy| energy.distance))
    }

    /// The mean matched IoU over the images, with its interval.
    pub fn matched_iou(&self) -> (Option<f64>, Option<Interval>) {
        let of = |image: &Image| image.matched_iou;
        (mean(self.images.iter().filter_map(of)), self.interval(Scale::Share, of))
    }

    /// The prediction's place among the raters of all images.
    pub fn standing(&self, score: DuelScore) -> Standing {
        self.images.iter().fold(Standing::new(&self.space, score), |mut all, image| {
            all.merge(image.standing(score));
            all
        })
    }

    /// Of the mean over the images, by the jackknife over their groups.
    fn interval(&self, scale: Scale, of: impl Fn(&Image) -> Option<f64> + Sync) -> Option<Interval> {
        let groups = Groups::of(self.images.iter().map(|image| &image.group));
        let jackknife = Jackknife::of(&groups, |times| {
            let drawn =
                self.images.iter().zip(times).filter_map(|(image, &n)| Some((of(image)?, f64::from(n))));
            let (sum, count) =
                drawn.fold((0.0, 0.0), |(sum, count), (value, n)| (sum + n * value, count + n));
            (count > 0.0).then(|| sum / count)
        });
        jackknife?.interval(scale, 0.95)
    }
}

impl Serialize for Diversity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (matched, matched_interval) = self.matched_iou();
        json!({
            "samples": self.samples,
            "energy_distance": {
                "empty_equal": self.energy_distance(EmptyMasks::Equal),
                "empty_ignored": self.energy_distance(EmptyMasks::Ignored),
                "interval": self.energy_interval(),
            },
            "matched_iou": {"value": matched, "interval": matched_interval},
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

    fn standing(&self, score: DuelScore) -> &Standing {
        match score {
            DuelScore::Dice => &self.dice,
            DuelScore::Brier => &self.brier,
        }
    }

    fn json(&self) -> Value {
        json!({
            "image": self.id,
            "energy_distance": {"empty_equal": self.equal, "empty_ignored": self.ignored},
            "matched_iou": self.matched_iou,
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

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
