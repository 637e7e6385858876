//! One session of a training: set up, step, validate, save, leave.

use super::batches::BatchSampler;
use super::checkpoint::{Checkpoint, Place};
use super::profile::Profile;
use super::schedule::Budget;
use super::trainer::Trainer;
use super::training_data::TrainingData;
use super::validate::validate;
use super::{Run, RunData, RunInfo, Status, TrainError};
use crate::{
    Config, Device, EpochReport, Executor, History, LossReport, Model, ModelCard, Observer, State,
    StepReport, open,
};
use scumble::loss::Loss;
use scumble_data::{Batch, Dataset};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// What to train, where, and when to stop.
pub struct TrainRequest<'a> {
    /// The data set.
    pub dataset: &'a Dataset,
    /// The settings.
    pub config: &'a Config,
    /// The run folder, new or to be resumed.
    pub run: &'a Run,
    /// Where to compute.
    pub device: &'a Device,
    /// Go on from the run's last checkpoint.
    pub resume: bool,
    /// Pause after this many epochs of this session; resuming goes on exactly.
    pub pause_after: Option<u64>,
    /// The command line, for the record.
    pub command: &'a [String],
}

/// How a session of training ended.
#[derive(Debug, Clone)]
pub struct TrainOutcome {
    /// Done, paused or interrupted.
    pub status: Status,
    /// The best epoch so far, if any was finished.
    pub best: Option<EpochReport>,
    /// Steps made in all.
    pub steps: u64,
    /// Where the time of this session went.
    pub profile: Profile,
}

/// A batch, or why there is none.
type Drawn = Result<Batch, TrainError>;

/// A checkpoint is written at least this often, so that little is lost to a crash in a long epoch.
const SAVE_EVERY: Duration = Duration::from_secs(120);

/// Trains until the budget is spent, the request says pause, or it is told to stop.
///
/// Whatever stops it, the run folder can be resumed, and goes on to the same bytes as if it had never stopped
/// (with a budget in epochs; one in minutes depends on the clock).
///
/// # Errors
/// Data, settings, device or disk at fault. What was written before stays readable.
pub fn train(request: &TrainRequest<'_>, observer: &dyn Observer) -> Result<TrainOutcome, TrainError> {
    let TrainRequest { config, run, dataset, .. } = *request;
    config.check()?;
    let fingerprint = dataset.fingerprint()?;
    let resumed = if request.resume { Some(resume(run, &fingerprint)?) } else { None };
    let data = TrainingData::load(dataset, config, observer)?;
    tell_split(&data, observer);
    let trainer = Trainer::new(&data, config);
    let sampler = BatchSampler::new(&data, config)?;
    let network = trainer.network()?;
    let (place, state, metrics) = match resumed {
        Some((checkpoint, metrics)) => (checkpoint.place, checkpoint.state, metrics),
        None => {
            let state = State::new(&network, trainer.initial_weights(&network));
            (Place { version: 1, ..Place::default() }, state, Vec::new())
        }
    };
    let executor = open(request.device, &network, &state)?;
    let mut session = Session {
        request,
        budget: Budget::new(config, trainer.steps_per_epoch()),
        steps_per_epoch: trainer.steps_per_epoch(),
        trainer,
        executor,
        metrics,
        info: info(request, &data, fingerprint),
        before: place.seconds,
        place,
        data: &data,
        profile: Profile::default(),
        started: Instant::now(),
        saved: Instant::now(),
    };
    if !request.resume {
        run.begin()?;
    }
    run.write_config(config)?;
    session.save(Status::Running)?;
    // Patches are drawn ahead on a thread of their own, which ends when the session lets go of the receiver.
    let first = session.place.step;
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        scope.spawn(move || (first..).map(|step| sampler.draw(step)).all(|batch| sender.send(batch).is_ok()));
        session.run(batches, observer)
    })
}

/// Batches that wait ready.
const AHEAD: usize = 2;

/// The last checkpoint of a run, and its epochs up to there (a crash may have come between the two files).
fn resume(run: &Run, fingerprint: &str) -> Result<(Checkpoint, Vec<EpochReport>), TrainError> {
    let info = run.info()?;
    if info.data.fingerprint != fingerprint {
        let (found, expected) = (fingerprint.to_string(), info.data.fingerprint);
        return Err(TrainError::OtherData { path: run.folder().into(), found, expected });
    }
    let checkpoint = Checkpoint::read(&run.last_path())?;
    let mut metrics = run.metrics()?;
    metrics.retain(|epoch| epoch.epoch <= checkpoint.place.epoch);
    Ok((checkpoint, metrics))
}

fn info(request: &TrainRequest<'_>, data: &TrainingData<'_>, fingerprint: String) -> RunInfo {
    let names =
        |indices: &[usize]| indices.iter().map(|&i| request.dataset.items()[i].id().to_string()).collect();
    RunInfo {
        version: 1,
        scumble: env!("CARGO_PKG_VERSION").into(),
        command: request.command.to_vec(),
        seed: request.config.train.seed,
        device: request.device.to_string(),
        data: RunData {
            path: request.dataset.root().into(),
            fingerprint,
            train: names(&data.split.train),
            validation: names(&data.split.validation),
            band: data.split.band.as_ref().map(|band| band.to_string()),
        },
        status: Status::Running,
        epochs: 0,
        steps: 0,
        seconds: 0.0,
    }
}

fn tell_split(data: &TrainingData<'_>, observer: &dyn Observer) {
    let split = &data.split;
    let task = &data.task;
    let held_out = match &split.band {
        Some(band) => format!("{} image(s), validating on {band} of each", split.train.len()),
        None => format!("{} image(s), validating on {}", split.train.len(), split.validation.len()),
    };
    observer.note(&format!("{} labels ({}); training on {held_out}", task.kind(), task.classes().join(", ")));
}

struct Session<'a> {
    request: &'a TrainRequest<'a>,
    data: &'a TrainingData<'a>,
    profile: Profile,
    trainer: Trainer<'a>,
    executor: Box<dyn Executor>,
    steps_per_epoch: u64,
    budget: Budget,
    place: Place,
    metrics: Vec<EpochReport>,
    info: RunInfo,
    /// Seconds of training before this session.
    before: f64,
    started: Instant,
    saved: Instant,
}

impl Session<'_> {
    /// Takes the batches of the coming steps, in order.
    fn run(&mut self, batches: Receiver<Drawn>, observer: &dyn Observer) -> Result<TrainOutcome, TrainError> {
        let pause = self.request.pause_after.map(|epochs| self.place.epoch + epochs);
        while !self.budget.is_spent(self.place.epoch, self.seconds()) {
            if pause.is_some_and(|epoch| self.place.epoch >= epoch) {
                return self.leave(Status::Paused);
            }
            let mut rate = 0.0;
            let end = (self.place.epoch + 1) * self.steps_per_epoch;
            while self.place.step < end && !self.budget.out_of_time(self.seconds()) {
                let began = Instant::now();
                let batch = batches.recv().expect("the sampler goes on as long as the session")?;
                self.profile.data += began.elapsed();
                rate = self.step(&batch, observer)?;
                if observer.stopped() {
                    return self.leave(Status::Interrupted);
                }
                if self.saved.elapsed() > SAVE_EVERY {
                    self.save(Status::Running)?;
                }
            }
            self.end_epoch(rate, observer)?;
        }
        // Without a model it is not done.
        self.request.run.finish()?;
        self.leave(Status::Done)
    }

    fn step(&mut self, batch: &Batch, observer: &dyn Observer) -> Result<f64, TrainError> {
        let progress = self.progress();
        let (loss, rate) = self.trainer.step(&mut *self.executor, batch, progress, &mut self.profile)?;
        self.place.step += 1;
        self.place.seconds = self.seconds();
        self.add(&loss);
        let [value, floor, weight] = self.place.sums;
        observer.step(&StepReport {
            step: self.place.step,
            epoch: self.place.epoch,
            steps_per_epoch: self.steps_per_epoch,
            progress: self.progress(),
            excess: (value - floor) / weight.max(f64::MIN_POSITIVE),
        });
        Ok(rate)
    }

    fn add(&mut self, loss: &Loss) {
        let [value, floor, weight] = &mut self.place.sums;
        *value += loss.value * loss.divisor;
        *floor += loss.floor * loss.divisor;
        *weight += loss.divisor;
    }

    fn end_epoch(&mut self, rate: f64, observer: &dyn Observer) -> Result<(), TrainError> {
        let began = Instant::now();
        let dataset = self.request.dataset;
        let scores = validate(&mut *self.executor, dataset, self.data, observer)?;
        self.profile.validation += began.elapsed();
        let [value, floor, weight] = self.place.sums;
        let (value, floor) = (value / weight.max(f64::MIN_POSITIVE), floor / weight.max(f64::MIN_POSITIVE));
        self.place.epoch += 1;
        self.place.sums = [0.0; 3];
        self.place.seconds = self.seconds();
        let judged = scores.as_ref().and_then(|s| s.cross_entropy);
        let validation = judged.map(|s| LossReport { value: s.value, floor: s.floor, excess: s.excess });
        let best = match (&validation, self.place.best) {
            (Some(now), Some(before)) => now.value < before,
            _ => true,
        };
        let report = EpochReport {
            epoch: self.place.epoch,
            step: self.place.step,
            seconds: self.place.seconds,
            learning_rate: rate,
            train: LossReport { value, floor, excess: value - floor },
            validation,
            brier: scores.as_ref().and_then(|s| s.brier),
            calibration_error: scores.as_ref().and_then(|s| s.calibration_error),
            dice: scores.as_ref().and_then(|s| s.dice),
            best,
        };
        if best {
            self.place.best = validation.map(|v| v.value);
            self.write_best(validation)?;
        }
        self.metrics.push(report.clone());
        self.save(Status::Running)?;
        observer.epoch(&report, scores.as_ref());
        Ok(())
    }

    /// The averaged weights as a model file.
    fn write_best(&self, validation: Option<LossReport>) -> Result<(), TrainError> {
        let card = ModelCard {
            version: crate::model::VERSION,
            scumble: env!("CARGO_PKG_VERSION").into(),
            task: self.data.task.clone(),
            normalisation: self.data.normalisation.clone(),
            history: History {
                data: self.info.data.fingerprint.clone(),
                seed: self.info.seed,
                epochs: self.place.epoch,
                steps: self.place.step,
                validation: validation.map(|v| (v.value, v.floor)),
            },
            network: self.executor.network().clone(),
        };
        let model = Model { card, weights: self.executor.state()?.average };
        Ok(model.write(&self.request.run.best_path())?)
    }

    /// Metrics first, then the checkpoint that says how many of them count, then the status.
    fn save(&mut self, status: Status) -> Result<(), TrainError> {
        let run = self.request.run;
        let began = Instant::now();
        run.write_metrics(&self.metrics)?;
        Checkpoint { place: self.place.clone(), state: self.executor.state()? }.write(&run.last_path())?;
        self.info.status = status;
        self.info.epochs = self.place.epoch;
        self.info.steps = self.place.step;
        self.info.seconds = self.place.seconds;
        run.write_info(&self.info)?;
        self.saved = Instant::now();
        self.profile.saving += began.elapsed();
        Ok(())
    }

    fn leave(&mut self, status: Status) -> Result<TrainOutcome, TrainError> {
        self.save(status)?;
        let best = self.metrics.iter().rfind(|epoch| epoch.best).cloned();
        Ok(TrainOutcome { status, best, steps: self.place.step, profile: self.profile })
    }

    fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }

    /// How much of the training is done, 0 to 1.
    fn progress(&self) -> f64 {
        self.budget.progress(self.place.step, self.seconds())
    }
}
