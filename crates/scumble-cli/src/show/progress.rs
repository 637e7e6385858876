//! What somebody at a terminal sees of work that takes its time, and how a signal ends it.

use super::{decimals, duration, error, nearness, note, thousands, with_floor};
use crate::failure::Interrupted;
use crate::signals::Stop;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scumble::score::Scores;
use scumble_nn::{EpochReport, Observer, StepReport};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the rest takes if it goes on as it went.
fn left_of(elapsed: Duration, progress: f64, done: f64) -> String {
    format!("  {} left", duration(elapsed.mul_f64((1.0 - progress).max(0.0) / done).as_secs_f64()))
}

/// Shows work as it goes: a bar with an estimate at a terminal; messages, and a line for each epoch of a training, anywhere.
#[derive(Default)]
pub(crate) struct Progress {
    shown: Mutex<Option<Shown>>,
    stop: Stop,
}

struct Shown {
    bar: ProgressBar,
    /// What the bar counts; "training" for steps.
    what: &'static str,
    /// When training began, and how much of it was done then.
    began: Option<(Instant, f64)>,
}

/// What a training's bar is called; while one is shown, reading and validating are words beside it.
const TRAINING: &str = "training";
/// A training's bar counts the whole of it in this many parts.
const PARTS: f64 = 10_000.0;

impl Progress {
    /// Progress that a first signal asks to end soon and a second ends at once.
    pub(crate) fn interruptible() -> anyhow::Result<Self> {
        let stop = Stop::listen().context("cannot catch Ctrl-C")?;
        Ok(Self { stop, ..Self::default() })
    }

    /// The failure of work that a signal has ended.
    pub(crate) fn interrupted(&self, what: String) -> Interrupted {
        Interrupted { what, code: self.stop.code() }
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Clears what is shown.
    pub(crate) fn done(&self) {
        self.with(|shown| drop(shown.take()));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<Shown>) -> T) -> T {
        act(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a line without tearing the bar.
    fn line(&self, write: impl FnOnce()) {
        self.with(|shown| match shown {
            Some(shown) => shown.bar.suspend(write),
            None => write(),
        });
    }
}

impl Shown {
    fn new(what: &'static str, length: u64, style: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
        Self { bar, what, began: None }
    }

    fn training() -> Self {
        Self::new(TRAINING, PARTS as u64, "{wide_bar} {percent}%  {msg}")
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn note(&self, message: &str) {
        self.line(|| note(message));
    }

    fn warning(&self, message: &str) {
        self.line(|| error(message));
    }

    fn progress(&self, what: &'static str, done: u64, all: u64) {
        self.with(|shown| {
            if let Some(training) = shown.as_ref().filter(|shown| shown.what == TRAINING) {
                return training.bar.set_message(format!("{what} {done}/{all}"));
            }
            if done >= all {
                return drop(shown.take());
            }
            if shown.as_ref().is_none_or(|shown| shown.what != what) {
                let new = Shown::new(what, all, "{msg:12} {wide_bar} {pos}/{len}  {eta} left");
                new.bar.set_message(what);
                *shown = Some(new);
            }
            if let Some(shown) = shown {
                shown.bar.set_length(all);
                // Threads may report out of order.
                shown.bar.set_position(done.max(shown.bar.position()));
            }
        });
    }

    fn step(&self, report: &StepReport) {
        self.with(|shown| {
            if shown.as_ref().is_none_or(|shown| shown.what != TRAINING) {
                *shown = Some(Shown::training());
            }
            let Some(shown) = shown else { return };
            let (began, from) = *shown.began.get_or_insert((Instant::now(), report.progress));
            let done = report.progress - from;
            // Nothing is known of the time that is left before a second step.
            let left = match done > 0.0 {
                true => left_of(began.elapsed(), report.progress, done),
                false => String::new(),
            };
            shown.bar.set_position((report.progress * PARTS) as u64);
            shown.bar.set_message(format!(
                "epoch {} step {}  excess {}{left}",
                report.epoch + 1,
                thousands(report.step),
                decimals(report.excess, 4),
            ));
        });
    }

    fn epoch(&self, report: &EpochReport, _scores: Option<&Scores>) {
        let judged = report.validation.map_or(String::new(), |v| match &report.truth {
            Some(truth) => format!("  validation {}, {}", decimals(v.value, 4), nearness(truth)),
            None => format!("  validation {}", with_floor(v.value, v.floor, v.excess)),
        });
        let best = if report.best { "  best" } else { "" };
        self.note(&format!(
            "epoch {:>3}  {:>9}  training excess {}{judged}{best}",
            report.epoch,
            duration(report.seconds),
            decimals(report.train.excess, 4)
        ));
    }

    fn stopped(&self) -> bool {
        self.stop.asked()
    }
}
