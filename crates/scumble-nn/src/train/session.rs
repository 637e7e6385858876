//! One session of a training: steps, epochs, what is saved, and when it ends.

use super::checkpoint::{Checkpoint, Position};
use super::request::{Profile, TrainOutcome, TrainRequest};
use super::schedule::Budget;
use super::trainer::Trainer;
use super::validate::{Validated, validate};
use super::{RunInfo, Status, TrainError};
use crate::executor::{Executor, State};
use crate::model::History;
use crate::ranks::Timed;
use crate::{EpochReport, LossReport, Model, ModelCard, Observer, StepReport};
use scumble::loss::Loss;
use scumble_data::Batch;
use std::ops::ControlFlow;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// A batch, or why there is none.
type Drawn = Result<Batch, TrainError>;

/// A checkpoint is written at least this often, so that little is lost to a crash in a long epoch.
const SAVE_EVERY: Duration = Duration::from_secs(120);

/// A training at work.
pub(super) struct Session<'a> {
    request: &'a TrainRequest<'a>,
    trainer: Trainer<'a>,
    executor: Box<dyn Executor>,
    steps_per_epoch: u64,
    budget: Budget,
    position: Position,
    metrics: Vec<EpochReport>,
    info: RunInfo,
    /// Seconds of training before this session.
    before: f64,
    started: Instant,
    saved: Instant,
    /// The step of the last checkpoint.
    kept: u64,
    profile: Profile,
}

impl<'a> Session<'a> {
    /// Goes on from `position`, of which the executor has the state and `metrics` are the epochs.
    pub(super) fn new(
        request: &'a TrainRequest<'a>,
        trainer: Trainer<'a>,
        executor: Box<dyn Executor>,
        info: RunInfo,
        position: Position,
        metrics: Vec<EpochReport>,
    ) -> Self {
        Self {
            budget: Budget::new(request.config, trainer.steps_per_epoch()),
            steps_per_epoch: trainer.steps_per_epoch(),
            request,
            trainer,
            executor,
            info,
            before: position.seconds,
            kept: position.step,
            position,
            metrics,
            started: Instant::now(),
            saved: Instant::now(),
            profile: Profile::default(),
        }
    }

    /// Takes the batches of the coming steps, in order.
    pub(super) fn run(
        &mut self,
        batches: Receiver<Drawn>,
        observer: &dyn Observer,
    ) -> Result<TrainOutcome, TrainError> {
        let pause = self.request.pause_after.map(|epochs| self.position.epoch.saturating_add(epochs));
        while !self.budget.is_spent(self.position.epoch, self.position.seconds) {
            if pause.is_some_and(|epoch| self.position.epoch >= epoch) {
                return self.leave(Status::Paused);
            }
            let end = (self.position.epoch + 1) * self.steps_per_epoch;
            while self.position.step < end && !self.budget.out_of_time(self.position.seconds) {
                let began = Instant::now();
                let batch = batches.recv().expect("the sampler goes on as long as the session")?;
                self.profile.data += began.elapsed();
                self.step(&batch, observer)?;
                if self.agree(observer)? {
                    return self.leave(Status::Interrupted);
                }
                if self.saved.elapsed() > SAVE_EVERY {
                    self.save(Status::Running)?;
                }
            }
            if self.end_epoch(observer)?.is_break() {
                return self.leave(Status::Interrupted);
            }
        }
        // Without a model it is not done.
        if let Some(run) = self.request.run {
            run.finish()?;
        }
        self.leave(Status::Done)
    }

    /// Ranks agree on the time, which is that of rank 0, and on whether to stop, as some rank wishes.
    fn agree(&mut self, observer: &dyn Observer) -> Result<bool, TrainError> {
        let seconds = self.before + self.started.elapsed().as_secs_f64();
        let stopped = observer.stopped();
        if self.request.ranks.ranks() == 1 {
            self.position.seconds = seconds;
            return Ok(stopped);
        }
        let began = Instant::now();
        let mut own = [0; 9];
        own[..8].copy_from_slice(&seconds.to_le_bytes());
        own[8] = u8::from(stopped);
        let mut all = vec![[0; 9]; self.request.ranks.ranks()];
        let mut into: Vec<&mut [u8]> = all.iter_mut().map(|message| &mut message[..]).collect();
        self.request.ranks.exchange(&vec![&own[..]; into.len()], &mut into)?;
        self.profile.ranks += began.elapsed();
        let [seconds @ .., _] = all[0];
        self.position.seconds = f64::from_le_bytes(seconds);
        Ok(all.iter().any(|message| message[8] != 0))
    }

    fn step(&mut self, batch: &Batch, observer: &dyn Observer) -> Result<(), TrainError> {
        let progress = self.progress();
        let ranks = self.request.ranks;
        let step = self.trainer.step(&mut *self.executor, ranks, batch, progress, &mut self.profile)?;
        let (loss, rate) = step.ok_or_else(|| self.diverged())?;
        self.position.step += 1;
        self.position.rate = rate;
        self.add(&loss);
        let [value, floor, weight] = self.position.sums;
        observer.step(&StepReport {
            step: self.position.step,
            epoch: self.position.epoch,
            steps_per_epoch: self.steps_per_epoch,
            progress: self.progress(),
            excess: (value - floor) / weight.max(f64::MIN_POSITIVE),
        });
        Ok(())
    }

    fn add(&mut self, loss: &Loss) {
        let [value, floor, weight] = &mut self.position.sums;
        *value += loss.value * loss.divisor;
        *floor += loss.floor * loss.divisor;
        *weight += loss.divisor;
    }

    /// Judges the epoch and saves it; breaks off where it is told to stop, and the epoch is to be judged again.
    fn end_epoch(&mut self, observer: &dyn Observer) -> Result<ControlFlow<()>, TrainError> {
        let began = Instant::now();
        let dataset = self.request.dataset;
        // Nothing that is not finite is judged, let alone saved.
        let state = self.state()?;
        let ranks = Timed::new(self.request.ranks);
        let judged = validate(&mut *self.executor, dataset, self.trainer.data(), &ranks, observer)?;
        let waited = ranks.take();
        self.profile.validation += began.elapsed().saturating_sub(waited);
        self.profile.ranks += waited;
        self.agree(observer)?;
        let (scores, best_f1) = match judged {
            Validated::By(Some((scores, best_f1))) => (Some(scores), best_f1),
            Validated::By(None) => (None, Vec::new()),
            Validated::Stopped => return Ok(ControlFlow::Break(())),
            Validated::NotFinite => return Err(self.diverged()),
        };
        let [value, floor, weight] = self.position.sums;
        let (value, floor) = (value / weight.max(f64::MIN_POSITIVE), floor / weight.max(f64::MIN_POSITIVE));
        self.position.epoch += 1;
        self.position.sums = [0.0; 3];
        let judged = scores.as_ref().and_then(|s| s.cross_entropy);
        let validation = judged.map(|s| LossReport { value: s.value, floor: s.floor, excess: s.excess });
        let best = match (&validation, self.position.best) {
            (Some(now), Some(before)) => now.value < before,
            _ => true,
        };
        let report = EpochReport {
            epoch: self.position.epoch,
            step: self.position.step,
            seconds: self.position.seconds,
            learning_rate: self.position.rate,
            train: LossReport { value, floor, excess: value - floor },
            validation,
            truth: scores.as_ref().and_then(|s| s.truth),
            brier: scores.as_ref().and_then(|s| s.brier),
            calibration_error: scores.as_ref().and_then(|s| s.calibration_error),
            dice: scores.as_ref().and_then(|s| s.dice),
            best,
        };
        if best {
            self.position.best = validation.map(|v| v.value);
            self.write_best(validation, best_f1, &state)?;
        }
        self.metrics.push(report.clone());
        self.save_state(Status::Running, state)?;
        observer.epoch(&report, scores.as_deref());
        Ok(ControlFlow::Continue(()))
    }

    /// The averaged weights as a model file.
    fn write_best(
        &self,
        validation: Option<LossReport>,
        best_f1: Vec<Option<f64>>,
        state: &State,
    ) -> Result<(), TrainError> {
        let Some(run) = self.request.run else { return Ok(()) };
        let card = ModelCard {
            version: crate::model::VERSION,
            scumble: env!("CARGO_PKG_VERSION").into(),
            task: self.trainer.data().task.clone(),
            normalisation: self.trainer.data().normalisation.clone(),
            context: self.request.config.data.context,
            slice_axis: self.request.dataset.slice_axis(),
            views: Some(self.request.config.views()),
            calibrated_views: None,
            calibrated_scales: None,
            best_f1,
            history: History {
                data: self.info.data.fingerprint.clone(),
                seed: self.info.seed,
                epochs: self.position.epoch,
                steps: self.position.step,
                validation: validation.map(|v| (v.value, v.floor)),
            },
            network: self.executor.network().clone(),
        };
        let model = Model { card, weights: state.average.clone() };
        Ok(model.write(&run.best_path())?)
    }

    /// Saves where the training stands, so that it can go on from there.
    pub(super) fn save(&mut self, status: Status) -> Result<(), TrainError> {
        let state = self.state()?;
        self.save_state(status, state)
    }

    /// The executor's state, of finite numbers.
    fn state(&self) -> Result<State, TrainError> {
        let state = self.executor.state()?;
        if state.is_finite() { Ok(state) } else { Err(self.diverged()) }
    }

    /// What is no number any more, and where the last state is that is one.
    fn diverged(&self) -> TrainError {
        TrainError::Diverged {
            step: self.position.step + 1,
            rate: self.request.config.train.learning_rate,
            kept: self.kept,
            path: self.request.run.map_or_else(Default::default, |run| run.last_path()),
        }
    }

    /// What rank 0 writes: metrics first, then the checkpoint that says how many of them count, then the status.
    fn save_state(&mut self, status: Status, state: State) -> Result<(), TrainError> {
        let began = Instant::now();
        self.kept = self.position.step;
        self.saved = Instant::now();
        let Some(run) = self.request.run else { return Ok(()) };
        run.write_metrics(&self.metrics)?;
        Checkpoint { position: self.position.clone(), state }.write(&run.last_path())?;
        self.info.status = status;
        self.info.epochs = self.position.epoch;
        self.info.steps = self.position.step;
        self.info.seconds = self.position.seconds;
        run.write_info(&self.info)?;
        self.profile.saving += began.elapsed();
        Ok(())
    }

    fn leave(&mut self, status: Status) -> Result<TrainOutcome, TrainError> {
        self.save(status)?;
        let best = self.metrics.iter().rfind(|epoch| epoch.best).cloned();
        Ok(TrainOutcome { status, best, steps: self.position.step, worked: true, profile: self.profile })
    }

    /// How much of the training is done, 0 to 1.
    fn progress(&self) -> f64 {
        self.budget.progress(self.position.step, self.position.seconds)
    }
}
