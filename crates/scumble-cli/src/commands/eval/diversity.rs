//! Predictions as one opinion among those of the raters.

use super::judge::Seen;
use crate::show::{Table, optional, percent};
use scumble::labels::RaterMask;
use scumble::score::diversity::{
    EmptyMasks, EnergyDistance, HardMask, Measure, Pairs, Standing, energy_distance, level_samples,
    matched_iou,
};
use scumble::score::{Bootstrap, Interval};
use serde_json::{Value, json};

/// What has been found of each image.
pub(crate) struct Diversity {
    samples: usize,
    bootstrap: Bootstrap,
    images: Vec<Image>,
}

struct Image {
    id: String,
    /// Mean over the classes, pairs of empty masks being equal.
    equal: Option<EnergyDistance>,
    /// The same with such pairs left out.
    ignored: Option<EnergyDistance>,
    matched_iou: Option<f64>,
    dice: Standing,
    brier: Standing,
}

impl Diversity {
    /// `samples` masks are drawn of each map.
    pub(crate) fn new(samples: usize, bootstrap: Bootstrap) -> Self {
        Self { samples, bootstrap, images: Vec::new() }
    }

    /// Judges one image; nothing where it has no raters.
    pub(crate) fn add(&mut self, seen: &Seen<'_>) -> anyhow::Result<()> {
        let Seen { item, labels, prediction, raters } = *seen;
        if raters.is_empty() {
            return Ok(());
        }
        let (kind, valid) = (labels.kind(), labels.valid());
        let samples = level_samples(kind, prediction, self.samples, self.images.len() as u64)?;
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
        let stand = |measure| {
            let mut standing = Standing::new(measure);
            standing.add(kind, prediction, raters, valid);
            standing
        };
        self.images.push(Image {
            id: item.id().to_string(),
            equal: average(&equal),
            ignored: average(&ignored),
            matched_iou: mean(matched.into_iter()),
            dice: stand(Measure::Dice),
            brier: stand(Measure::Brier),
        });
        Ok(())
    }

    fn standing(&self, of: fn(&Image) -> &Standing, measure: Measure) -> Standing {
        self.images.iter().fold(Standing::new(measure), |mut all, image| {
            all.merge(of(image));
            all
        })
    }

    /// The mean over images, and its interval over images drawn anew.
    fn over_images(&self, of: impl Fn(&Image) -> Option<f64> + Sync) -> (Option<f64>, Option<Interval>) {
        let interval = self.bootstrap.interval(self.images.len(), |times| {
            let drawn =
                self.images.iter().zip(times).filter_map(|(image, &n)| Some((of(image)?, f64::from(n))));
            let (sum, count) =
                drawn.fold((0.0, 0.0), |(sum, count), (value, n)| (sum + n * value, count + n));
            (count > 0.0).then(|| sum / count)
        });
        (mean(self.images.iter().filter_map(&of)), interval)
    }

    pub(crate) fn json(&self) -> Value {
        let all = |of: fn(&Image) -> Option<EnergyDistance>| {
            average(&self.images.iter().filter_map(of).collect::<Vec<_>>())
        };
        let (_, interval) = self.over_images(|image| image.equal.map(|e| e.distance));
        let (matched, matched_interval) = self.over_images(|image| image.matched_iou);
        let images: Vec<Value> = self.images.iter().map(Image::json).collect();
        json!({
            "samples": self.samples,
            "energy_distance": {"empty_equal": all(|image| image.equal), "empty_ignored": all(|image| image.ignored), "interval": interval},
            "matched_iou": {"value": matched, "interval": matched_interval},
            "standing": {
                "dice": standing_json(&self.standing(|image| &image.dice, Measure::Dice)),
                "brier": standing_json(&self.standing(|image| &image.brier, Measure::Brier)),
            },
            "images": images,
        })
    }

    pub(crate) fn text(&self) -> String {
        if self.images.is_empty() {
            return "no image has raters to compare with".into();
        }
        let line = |name: &str, (value, interval): (Option<f64>, Option<Interval>)| {
            let interval = interval.map_or(String::new(), |i| format!(" [{:.4}, {:.4}]", i.low, i.high));
            format!("{name} {}{interval}", optional(value))
        };
        let part = |of: fn(&EnergyDistance) -> f64| {
            optional(mean(self.images.iter().filter_map(|image| image.equal.as_ref().map(of))))
        };
        let ignored = self.over_images(|image| image.ignored.map(|e| e.distance)).0;
        let (dice, brier) = (
            self.standing(|image| &image.dice, Measure::Dice),
            self.standing(|image| &image.brier, Measure::Brier),
        );
        let mut table = Table::new(&["predicting a rater left out", "Dice", "Brier"]);
        table.row(["this prediction".into(), optional(dice.model()), optional(brier.model())]);
        table.row([
            "mean of the others".into(),
            optional(dice.mean_of_others()),
            optional(brier.mean_of_others()),
        ]);
        for (name, score) in dice.raters() {
            let other = brier.raters().find(|(rater, _)| *rater == name).map(|(_, score)| score);
            table.row([name.to_string(), optional(Some(score)), optional(other)]);
        }
        let (samples, raters) = (self.samples, part(|e| e.raters));
        format!(
            "{}, {samples} samples: 2 x {} to the raters - {} among the samples - {raters} among the raters\n\
             {} if pairs of empty masks are ignored\n{}\n\n{table}\n{}\n{}",
            line("energy distance", self.over_images(|image| image.equal.map(|e| e.distance))),
            part(|e| e.between),
            part(|e| e.samples),
            optional(ignored),
            line("matched IoU", self.over_images(|image| image.matched_iou)),
            place("Dice", &dice),
            place("Brier", &brier),
        )
    }
}

impl Image {
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

fn place(measure: &str, standing: &Standing) -> String {
    match (standing.rank(), standing.wins()) {
        (Some((rank, of)), Some(wins)) => {
            format!(
                "by {measure} rank {rank} of {of}; it wins {} of its duels with raters (50 %: one of them)",
                percent(wins)
            )
        }
        _ => format!("by {measure} no duel: no image has two raters"),
    }
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
