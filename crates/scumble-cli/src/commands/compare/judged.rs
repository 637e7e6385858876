use crate::arguments::Compare;
use crate::commands::eval::{Judgement, Options, judge};
use crate::commands::predictions::Source;
use crate::show::{Table, optional};
use anyhow::bail;
use scumble::score::{Bootstrap, Interval, JudgeOptions, Tally, score_names};
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

    fn image(&self, id: &str) -> Option<&Tally> {
        let mut images = self.0.images.iter().zip(&self.0.tallies);
        images.find(|((image, _), _)| image == id).map(|(_, tally)| tally)
    }
}

/// A score's name, as `eval` has it, and which way is better.
struct Score {
    name: &'static str,
    lower_is_better: bool,
}

const SCORES: [Score; 4] = [
    Score { name: "excess", lower_is_better: true },
    Score { name: "brier", lower_is_better: true },
    Score { name: "calibration", lower_is_better: true },
    Score { name: "dice", lower_is_better: false },
];

impl Score {
    /// Of all pixels of the images together, each of which counts as often as it was drawn.
    fn of(&self, images: &[&Tally], times: &[u32], classes: &[String]) -> Option<f64> {
        let scores = Tally::drawn(images.iter().copied(), times)?.scores(classes);
        score_names().iter().find(|named| named.name == self.name).and_then(|named| (named.of)(&scores))
    }
}

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
            if (a.kind(), a.classes().len()) != (b.kind(), b.classes().len()) {
                bail!(
                    "{} predicts {} labels ({}), {name} {} ({}): scores of different questions cannot be compared",
                    names[0],
                    a.kind(),
                    a.classes().join(", "),
                    b.kind(),
                    b.classes().join(", ")
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

    fn tallies(&self, contestant: usize) -> Vec<&Tally> {
        self.images.iter().filter_map(|id| self.judged[contestant].image(id)).collect()
    }

    fn classes(&self) -> &[String] {
        self.judged[0].0.task.classes()
    }

    fn value(&self, contestant: usize, score: &Score) -> Option<f64> {
        score.of(&self.tallies(contestant), &vec![1; self.images.len()], self.classes())
    }

    /// By how much a contestant's score is above that of the first, on the same draws of images.
    fn difference(&self, contestant: usize, score: &Score) -> Difference {
        let (first, other, classes) = (self.tallies(0), self.tallies(contestant), self.classes());
        let of = |times: &[u32]| Some(score.of(&other, times, classes)? - score.of(&first, times, classes)?);
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
