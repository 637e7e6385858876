use crate::arguments::Compare;
use crate::commands::eval::{Judgement, Options, judge};
use crate::commands::predictions::Source;
use crate::show::{Table, optional};
use anyhow::bail;
use scumble::{Bootstrap, CalibrationBin, Interval, JudgeOptions, Scores};
use scumble_data::{Band, Dataset};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One contestant's scores, image by image.
pub(super) struct Judged(Judgement);

impl Judged {
    pub(super) fn new(
        run: &Path,
        dataset: &Dataset,
        arguments: &Compare,
        region: Option<Band>,
    ) -> anyhow::Result<Self> {
        let source = Source::open(run, dataset, &arguments.device.device, arguments.tile)?;
        let scoring = JudgeOptions { by_raters: !arguments.against.unweighted, ..JudgeOptions::default() };
        let options = Options { target: arguments.against.target, region, scoring, ..Options::default() };
        Ok(Self(judge(source, dataset, &options, &mut |_| Ok(()))?))
    }

    fn image(&self, id: &str) -> Option<&Scores> {
        self.0.images.iter().find(|(image, _)| image == id).map(|(_, scores)| scores)
    }
}

/// A score over drawn images, and which way is better.
struct Score {
    name: &'static str,
    lower_is_better: bool,
    of: fn(&[&Scores], &[u32]) -> Option<f64>,
}

/// The first three are those of all pixels together, as `eval` has them.
const SCORES: [Score; 4] = [
    Score {
        name: "excess",
        lower_is_better: true,
        of: |images, times| weighted(images, times, |scores| scores.cross_entropy.map(|c| c.excess)),
    },
    Score {
        name: "brier",
        lower_is_better: true,
        of: |images, times| weighted(images, times, |scores| scores.brier),
    },
    Score { name: "calibration", lower_is_better: true, of: calibration_error },
    Score {
        name: "dice",
        lower_is_better: false,
        of: |images, times| {
            let known =
                images.iter().zip(times).filter_map(|(scores, &n)| Some((scores.dice?, f64::from(n))));
            ratio(known.map(|(dice, n)| (n * dice, n)))
        },
    },
];

/// Contestants on the images that all of them have predicted.
pub(super) struct Contest {
    data: PathBuf,
    names: Vec<String>,
    judged: Vec<Judged>,
    images: Vec<String>,
    /// Of the images, how many some run has learnt from.
    seen: usize,
    bootstrap: Bootstrap,
}

impl Contest {
    pub(super) fn new(
        data: &Path,
        names: Vec<String>,
        judged: Vec<Judged>,
        seen: usize,
        bootstrap: Bootstrap,
    ) -> anyhow::Result<Self> {
        let first = &judged[0].0;
        for (name, other) in names.iter().zip(&judged).skip(1) {
            let (a, b) = (&first.task, &other.0.task);
            if (a.kind, a.classes.len()) != (b.kind, b.classes.len()) {
                bail!(
                    "{} predicts {} labels ({}), {name} {} ({}): scores of different questions cannot be compared",
                    names[0],
                    a.kind,
                    a.classes.join(", "),
                    b.kind,
                    b.classes.join(", ")
                );
            }
        }
        let common = |id: &String| judged.iter().all(|judged| judged.image(id).is_some());
        let images: Vec<String> = first.images.iter().map(|(id, _)| id.clone()).filter(common).collect();
        if images.is_empty() {
            bail!("no image of {} has a prediction of each of them", data.display());
        }
        Ok(Self { data: data.into(), names, judged, images, seen, bootstrap })
    }

    fn scores(&self, contestant: usize) -> Vec<&Scores> {
        self.images.iter().filter_map(|id| self.judged[contestant].image(id)).collect()
    }

    fn value(&self, contestant: usize, score: &Score) -> Option<f64> {
        (score.of)(&self.scores(contestant), &vec![1; self.images.len()])
    }

    /// By how much a contestant's score is above that of the first, on the same draws of images.
    fn difference(&self, contestant: usize, score: &Score) -> Difference {
        let (first, other) = (self.scores(0), self.scores(contestant));
        let of = |times: &[u32]| Some((score.of)(&other, times)? - (score.of)(&first, times)?);
        Difference {
            value: of(&vec![1; self.images.len()]),
            interval: self.bootstrap.interval(self.images.len(), of),
            lower_is_better: score.lower_is_better,
        }
    }

    pub(super) fn json(&self) -> Value {
        let scores = |at: usize| -> Value {
            SCORES.iter().map(|score| (score.name.to_string(), json!(self.value(at, score)))).collect()
        };
        let against_first = |at: usize| -> Value {
            SCORES.iter().map(|score| (score.name.to_string(), self.difference(at, score).json())).collect()
        };
        json!({
            "data": self.data,
            "images": self.images,
            "trained_on": self.seen,
            "values": (0..self.judged.len()).map(scores).collect::<Vec<_>>(),
            "against_first": (1..self.judged.len()).map(against_first).collect::<Vec<_>>(),
        })
    }

    pub(super) fn text(&self) -> String {
        let title = format!("{} image(s) of {}", self.images.len(), self.data.display());
        let head: Vec<&str> = std::iter::once(title.as_str()).chain(SCORES.iter().map(|s| s.name)).collect();
        let mut table = Table::new(&head);
        for (at, name) in self.names.iter().enumerate() {
            let cells = SCORES.iter().map(|score| optional(self.value(at, score)));
            table.row(std::iter::once(name.clone()).chain(cells));
        }
        let mut text = table.to_string();
        for (at, name) in self.names.iter().enumerate().skip(1) {
            text += &format!("\n\n{name} against {}:", self.names[0]);
            for score in &SCORES {
                text += &format!("\n  {:<12} {}", score.name, self.difference(at, score).text());
            }
        }
        if self.seen > 0 {
            text += &format!("\n\n{} of these images were trained on by a run: they favour it", self.seen);
        }
        text
    }
}

struct Difference {
    value: Option<f64>,
    interval: Option<Interval>,
    lower_is_better: bool,
}

impl Difference {
    fn verdict(&self) -> &'static str {
        match &self.interval {
            None => "cannot be told",
            Some(interval) if interval.low <= 0.0 && interval.high >= 0.0 => "no difference seen",
            Some(interval) if (interval.high < 0.0) == self.lower_is_better => "better",
            Some(_) => "worse",
        }
    }

    fn json(&self) -> Value {
        json!({"difference": self.value, "interval": self.interval, "verdict": self.verdict()})
    }

    fn text(&self) -> String {
        let value = self.value.map_or("-".into(), |v| format!("{v:+.4}"));
        let interval = self.interval.map_or(String::new(), |i| format!(" [{:+.4}, {:+.4}]", i.low, i.high));
        format!("{value}{interval}  {}", self.verdict())
    }
}

/// The mean over all pixels of the drawn images.
fn weighted(images: &[&Scores], times: &[u32], of: impl Fn(&Scores) -> Option<f64>) -> Option<f64> {
    let drawn =
        images.iter().zip(times).filter_map(|(scores, &n)| Some((of(scores)?, f64::from(n) * scores.weight)));
    ratio(drawn.map(|(value, weight)| (weight * value, weight)))
}

/// The expected calibration error of the drawn images' pixels, mean over the classes.
fn calibration_error(images: &[&Scores], times: &[u32]) -> Option<f64> {
    let classes = images.first()?.classes.len();
    let errors = (0..classes).filter_map(|class| {
        let bins = images.first()?.classes[class].reliability.len();
        let pooled = (0..bins).map(|bin| {
            let drawn =
                images.iter().zip(times).map(|(scores, &n)| (scores.classes[class].reliability[bin], n));
            drawn.fold(CalibrationBin::default(), |sum, (bin, n)| CalibrationBin {
                weight: sum.weight + f64::from(n) * bin.weight,
                predicted: sum.predicted + f64::from(n) * bin.predicted,
                observed: sum.observed + f64::from(n) * bin.observed,
            })
        });
        ratio(pooled.map(|bin| ((bin.predicted - bin.observed).abs(), bin.weight)))
    });
    ratio(errors.map(|error| (error, 1.0)))
}

/// Sum of the first over sum of the second; `None` where that is 0.
fn ratio(terms: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (above, below) = terms.fold((0.0, 0.0), |sum, term| (sum.0 + term.0, sum.1 + term.1));
    (below > 0.0).then(|| above / below)
}
