//! How a training begins or goes on: everything is read and checked before the run folder is touched.

use super::agree::{self, Begin};
use super::batches::BatchSampler;
use super::checkpoint::Position;
use super::claim::ClaimedRun;
use super::length;
use super::request::{Profile, TrainOutcome, TrainRequest};
use super::resumed::{Resumed, resume, there};
use super::session::Session;
use super::trainer::Trainer;
use super::training_data::TrainingData;
use super::{Run, RunData, RunInfo, Status, TrainError};
use crate::executor::{Device, ExecutorError, State, open};
use crate::ranks::Share;
use crate::{Config, Model, Observer, Precision};
use rayon::{ThreadPool, ThreadPoolBuilder};
use scumble_kernels::Isa;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

/// Trains until the budget is spent, the request says pause, or it is told to stop.
///
/// Whatever stops it, the run folder can be resumed, and goes on to the same bytes as if it had never stopped
/// (with a budget in epochs; one in minutes depends on the clock).
///
/// # Errors
/// Data, settings, device or disk at fault. What was written before stays readable.
pub fn train(request: &TrainRequest<'_>, observer: &dyn Observer) -> Result<TrainOutcome, TrainError> {
    request.config.check()?;
    let TrainRequest { run, ranks, .. } = *request;
    let dataset = &request.dataset.clone().with_context(request.config.data.context);
    let resolved = request.config.train.precision.on(*request.device);
    // Settings name the precision: wherever the run goes on, it goes on in the same numbers.
    let mut settled = request.config.clone();
    settled.train.precision = resolved.precision.into();
    let config = &settled;
    let request = &TrainRequest { config, dataset, ..*request };
    if ranks.ranks() > 1 && *request.device != Device::Cpu {
        return Err(ExecutorError::Alone { device: *request.device }.into());
    }
    if ranks.ranks() > config.train.batch {
        return Err(TrainError::TooManyRanks { ranks: ranks.ranks(), batch: config.train.batch });
    }
    if let Some(run) = run.filter(|run| !run.is_locked()) {
        observer.warning(&format!(
            "{}: this file system knows no locks, so nothing keeps a second training out of this folder",
            run.folder().display()
        ));
    }
    let fingerprint = dataset.fingerprint()?;
    agree::alike(ranks, &agree::brought(config, resolved.precision, &fingerprint, request.pause_after))?;
    run.map_or(Ok(()), |run| run.announce(config))?;
    let own = run.map(|run| begin(run, config, &fingerprint, observer)).transpose()?;
    let resumed = match agree::begin(ranks, own, dataset.root())? {
        Begin::Done(resumed) => return Ok(idle(Status::Done, resumed.as_deref())),
        Begin::Resumed(resumed) => Some(*resumed),
        Begin::New => None,
    };
    let recorded = resumed.as_ref().map(|resumed| &resumed.info.data);
    let data = TrainingData::load(dataset, config, recorded, observer);
    if agree::any(ranks, matches!(data, Err(TrainError::Stopped)))? {
        // So that it can be resumed: nothing else has been written.
        if let Some(run) = run {
            run.keep();
        }
        return Ok(idle(Status::Interrupted, resumed.as_ref()));
    }
    let data = data?;
    if ranks.ranks() > 1 && data.objective.is_of_batch() {
        return Err(TrainError::OverBatch { ranks: ranks.ranks() });
    }
    let unasked = config.train.epochs == 0 && config.train.minutes == 0.0;
    let usual = config.train.patch > 0 || data.side >= length::PATCH.0;
    let config = &length::in_numbers(config, &data);
    let request = &TrainRequest { config, ..*request };
    let trainer = Trainer::new(&data, config);
    let share = Share::new(ranks, config.train.batch);
    let sampler = BatchSampler::new(&data, config, share.images())?;
    let network = trainer.network()?;
    let (position, state, metrics) = match resumed {
        Some(Resumed { checkpoint, metrics, .. }) => (checkpoint.position, checkpoint.state, metrics),
        None => {
            let state = State::new(&network, trainer.initial_weights(&network));
            (Position { version: 1, ..Position::default() }, state, Vec::new())
        }
    };
    observer.note(&resolved.to_string());
    if ranks.ranks() > 1 {
        let (ranks, batch) = (ranks.ranks(), share.all());
        observer.note(&format!("{ranks} ranks share the {batch} patches of each step"));
    }
    if !usual {
        let patch = config.train.patch;
        observer.note(&format!(
            "patches of {patch} x {patch} pixels, as no image holds larger ones (train.patch chooses)"
        ));
    }
    if unasked {
        observer.note(&format!(
            "{} epochs of {} steps, by how much there is to learn from (train.epochs or train.minutes choose)",
            config.train.epochs,
            trainer.steps_per_epoch()
        ));
    }
    let executor = open(request.device, resolved.precision, &network, &state)?;
    let first = position.step;
    let info = info(request, resolved.precision, &data, fingerprint);
    let mut session = Session::new(request, trainer, executor, info, position, metrics);
    if let Some(run) = run {
        match run.resumes() {
            true => {
                tell_of_calibration(run, observer);
                run.write_config(config)?;
            }
            false => run.begin(config)?,
        }
        session.save(Status::Running)?;
        run.begun()?;
    }
    // Patches are drawn ahead on a thread of their own, which ends when the session lets go of the receiver.
    let threads = threads_beside();
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        let draw = move |step| match &threads {
            Some(threads) => threads.install(|| sampler.draw(step)),
            None => sampler.draw(step),
        };
        scope.spawn(move || (first..).map(draw).all(|batch| sender.send(batch).is_ok()));
        session.run(batches, observer)
    })
}

/// How a run begins or goes on.
fn begin(
    run: &ClaimedRun,
    config: &Config,
    fingerprint: &str,
    observer: &dyn Observer,
) -> Result<Begin, TrainError> {
    if !run.resumes() {
        return Ok(Begin::New);
    }
    let resumed = Box::new(resume(run, config, fingerprint)?);
    if resumed.is_done(run, config) {
        observer.note("this training is done: nothing was changed; with a larger train.epochs it goes on");
        return Ok(Begin::Done(Some(resumed)));
    }
    if resumed.checkpoint.position.epoch > 0 {
        there(&run.best_path(), "the model of the best epoch")?;
    }
    Ok(Begin::Resumed(resumed))
}

/// Threads for a thread that works beside a caller who has a rayon pool of its own: as many as there, and no others, for
/// rayon's global pool may be gone (in a process that was forked) or larger than the caller wants.
fn threads_beside() -> Option<ThreadPool> {
    rayon::current_thread_index()?;
    ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build().ok()
}

/// Batches that wait ready.
const AHEAD: usize = 2;

/// The outcome of a session that did nothing.
fn idle(status: Status, resumed: Option<&Resumed>) -> TrainOutcome {
    let best = resumed.and_then(|resumed| resumed.metrics.iter().rfind(|epoch| epoch.best).cloned());
    let steps = resumed.map_or(0, |resumed| resumed.checkpoint.position.step);
    TrainOutcome { status, best, steps, worked: false, profile: Profile::default() }
}

/// A calibration is of one model: a better one comes without.
fn tell_of_calibration(run: &Run, observer: &dyn Observer) {
    let models = [run.model_path(), run.best_path()];
    let calibrated =
        |path: &PathBuf| Model::read(path).is_ok_and(|model| model.card.task.calibration().is_some());
    if models.iter().any(calibrated) {
        observer.warning(
            "the model so far is calibrated: a better one will not be, until it is calibrated again",
        );
    }
}

fn info(
    request: &TrainRequest<'_>,
    precision: Precision,
    data: &TrainingData<'_>,
    fingerprint: String,
) -> RunInfo {
    let names =
        |indices: &[usize]| indices.iter().map(|&i| request.dataset.items()[i].id().to_string()).collect();
    RunInfo {
        version: 1,
        scumble: env!("CARGO_PKG_VERSION").into(),
        command: request.command.to_vec(),
        seed: request.config.train.seed,
        device: request.device.to_string(),
        isa: Some(Isa::best().to_string()),
        precision,
        data: RunData {
            path: request.dataset.root().into(),
            fingerprint,
            train: names(&data.split.train),
            validation: names(&data.split.validation),
            band: data.split.band.as_ref().map(|band| band.to_string()),
            unlabelled: data.unlabelled.clone(),
        },
        status: Status::Running,
        epochs: 0,
        steps: 0,
        seconds: 0.0,
    }
}
