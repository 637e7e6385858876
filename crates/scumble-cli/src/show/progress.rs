use super::{duration, note, thousands};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scumble::Scores;
use scumble_nn::{EpochReport, Observer, StepReport};
use std::time::{Duration, Instant};

/// A progress bar with an estimate, on a terminal; nothing elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(what: &str, length: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let style = "{msg:12} {wide_bar} {pos}/{len}  {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
        bar.set_message(what.to_string());
        Self(bar)
    }

    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// Shows a training as it goes: a bar, and a line an epoch above it.
pub(crate) struct TrainProgress {
    bar: ProgressBar,
    began: Option<(Instant, f64)>,
}

/// The bar counts the whole training in this many parts.
const PARTS: f64 = 10_000.0;

impl TrainProgress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(PARTS as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{wide_bar} {percent}%  {msg}").expect("a valid template");
        bar.set_style(style);
        Self { bar, began: None }
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for TrainProgress {
    fn note(&mut self, message: &str) {
        self.bar.suspend(|| note(message));
    }

    fn prepared(&mut self, done: usize, all: usize) {
        self.bar.set_message(format!("reading {done}/{all} images"));
    }

    fn step(&mut self, report: &StepReport) {
        let (began, from) = *self.began.get_or_insert((Instant::now(), report.progress));
        let done = report.progress - from;
        let left = match done > 0.0 {
            true => began.elapsed().mul_f64((1.0 - report.progress) / done),
            false => Duration::ZERO,
        };
        self.bar.set_position((report.progress * PARTS) as u64);
        self.bar.set_message(format!(
            "epoch {} step {}  excess {:.4}  {} left",
            report.epoch + 1,
            thousands(report.step),
            report.excess,
            duration(left.as_secs_f64())
        ));
    }

    fn validated(&mut self, done: usize, all: usize) {
        self.bar.set_message(format!("validating {done}/{all}"));
    }

    fn epoch(&mut self, report: &EpochReport, _scores: Option<&Scores>) {
        let judged = report.validation.map_or(String::new(), |v| {
            format!("  validation {:.4} (floor {:.4}, excess {:.4})", v.value, v.floor, v.excess)
        });
        let best = if report.best { "  best" } else { "" };
        let line = format!(
            "epoch {:>3}  {:>9}  training excess {:.4}{judged}{best}",
            report.epoch,
            duration(report.seconds),
            report.train.excess
        );
        self.note(&line);
    }
}
