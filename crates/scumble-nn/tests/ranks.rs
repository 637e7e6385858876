//! A training shared out among ranks is the training of one, byte for byte.

use scumble_data::{Dataset, SyntheticOptions, synthetic, write_synthetic};
use scumble_nn::network::{Op, Parameter, UNet};
use scumble_nn::ranks::{Alone, Reduce, ReduceError, Together};
use scumble_nn::{
    ClaimedRun, Config, Device, EpochReport, Observer, Run, Status, StepReport, TrainError, TrainOutcome,
    TrainRequest, load_config, train,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn data(folder: &Path) -> Dataset {
    let images = synthetic(&SyntheticOptions { images: 5, size: 32, raters: 3, seed: 1 });
    write_synthetic(folder, &images).unwrap();
    Dataset::open(folder).unwrap()
}

fn config(settings: &[&str]) -> Config {
    let usual = ["network.widths=[2, 4]", "train.epochs=2", "train.steps=2", "train.patch=16"];
    let all: Vec<String> = usual.iter().chain(settings).map(|&setting| setting.to_owned()).collect();
    load_config(None, &all).unwrap()
}

/// Trains by so many ranks, of which the first has the run.
fn share(
    ranks: usize,
    dataset: &Dataset,
    config: &Config,
    run: &ClaimedRun,
    pause_after: Option<u64>,
) -> Vec<Result<TrainOutcome, TrainError>> {
    std::thread::scope(|scope| {
        let work = |rank: Together| {
            let run = (rank.rank() == 0).then_some(run);
            let device = &Device::Cpu;
            let request =
                TrainRequest { dataset, config, run, ranks: &rank, device, pause_after, command: &[] };
            train(&request, &())
        };
        let ranks: Vec<_> =
            Together::new(ranks).into_iter().map(|rank| scope.spawn(move || work(rank))).collect();
        ranks.into_iter().map(|rank| rank.join().unwrap()).collect()
    })
}

/// All that a run has come to, but for how long it took.
fn outcome(run: &Run) -> (Vec<EpochReport>, Vec<u8>) {
    let mut metrics = run.metrics().unwrap();
    metrics.iter_mut().for_each(|epoch| epoch.seconds = 0.0);
    (metrics, std::fs::read(run.model_path()).unwrap())
}

fn alone<'r>(dataset: &'r Dataset, config: &'r Config, run: &'r ClaimedRun) -> TrainRequest<'r> {
    let (run, device) = (Some(run), &Device::Cpu);
    TrainRequest { dataset, config, run, ranks: &Alone, device, pause_after: None, command: &[] }
}

#[test]
fn whatever_is_learnt_ranks_do_not_change_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = data(&folder.path().join("data"));
    let trainings: [(&[&str], &[usize]); 8] = [
        (&["train.batch=5"], &[1, 2, 3, 4, 5]),
        (&["train.batch=8", "network.norm=group"], &[3, 4]),
        (&["train.batch=4", "train.precision=bf16"], &[3, 4]),
        (&["train.batch=3", "task.kind=multiclass"], &[2, 3]),
        (&["train.batch=4", "train.likelihood=beta-binomial"], &[3]),
        (&["train.batch=4", "task.raters=true"], &[3]),
        (&["train.batch=4", "task.kind=multilabel", "task.joint=powerset"], &[3]),
        (&["train.batch=4", r#"train.loss=[{ kind = "sigmoid" }, { kind = "dice" }]"#], &[3]),
    ];
    for (at, (settings, ranks)) in trainings.into_iter().enumerate() {
        let config = config(settings);
        let run = ClaimedRun::create(&folder.path().join(format!("{at}-alone")), false).unwrap();
        train(&alone(&dataset, &config, &run), &()).unwrap();
        let whole = outcome(&run);
        for &ranks in ranks {
            let run = ClaimedRun::create(&folder.path().join(format!("{at}-{ranks}")), false).unwrap();
            for (rank, ended) in share(ranks, &dataset, &config, &run, None).into_iter().enumerate() {
                let ended = ended.unwrap_or_else(|error| panic!("{settings:?}: rank {rank}: {error}"));
                assert_eq!((ended.status, ended.steps), (Status::Done, 4));
            }
            assert!(outcome(&run) == whole, "{settings:?}: {ranks} ranks");
        }
    }
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, config) = (data(&folder.path().join("data")), config(&["train.batch=4", "train.epochs=3"]));
    let run = ClaimedRun::create(&folder.path().join("whole"), false).unwrap();
    train(&alone(&dataset, &config, &run), &()).unwrap();
    let whole = outcome(&run);

    let path = folder.path().join("parts");
    for (session, ranks) in [3, 1, 4].into_iter().enumerate() {
        let run = match session {
            0 => ClaimedRun::create(&path, false).unwrap(),
            _ => ClaimedRun::resume(&path).unwrap(),
        };
        let config = if session == 0 { config.clone() } else { run.config(&[]).unwrap() };
        let statuses: Vec<Status> = share(ranks, &dataset, &config, &run, Some(1))
            .into_iter()
            .map(|ended| ended.unwrap().status)
            .collect();
        let expected = if session == 2 { Status::Done } else { Status::Paused };
        assert_eq!(statuses, vec![expected; ranks]);
    }
    assert!(outcome(&Run::open(&path).unwrap()) == whole);
    // Once more there is nothing to do, for nobody.
    let run = ClaimedRun::resume(&path).unwrap();
    let config = run.config(&[]).unwrap();
    for ended in share(2, &dataset, &config, &run, None) {
        assert!(!ended.unwrap().worked);
    }
}

/// Asks to stop after a step.
struct StopsAt(u64, AtomicBool);

impl Observer for StopsAt {
    fn step(&self, report: &StepReport) {
        self.1.fetch_or(report.step == self.0, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
}

#[test]
fn whichever_rank_is_told_to_stop_all_stop_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, config) = (&data(&folder.path().join("data")), &config(&["train.batch=2"]));
    let whole = ClaimedRun::create(&folder.path().join("whole"), false).unwrap();
    train(&alone(dataset, config, &whole), &()).unwrap();
    for told in [0, 1] {
        let path = folder.path().join(told.to_string());
        let run = ClaimedRun::create(&path, false).unwrap();
        std::thread::scope(|scope| {
            for rank in Together::new(2) {
                let run = (rank.rank() == 0).then_some(&run);
                scope.spawn(move || {
                    let (ranks, device): (&dyn Reduce, _) = (&rank, &Device::Cpu);
                    let request =
                        TrainRequest { dataset, config, run, ranks, device, pause_after: None, command: &[] };
                    let stops = StopsAt(if rank.rank() == told { 3 } else { u64::MAX }, false.into());
                    let ended = train(&request, &stops).unwrap();
                    assert_eq!((ended.status, ended.steps), (Status::Interrupted, 3));
                });
            }
        });
        drop(run);
        let run = ClaimedRun::resume(&path).unwrap();
        let again = run.config(&[]).unwrap();
        train(&alone(dataset, &again, &run), &()).unwrap();
        assert!(outcome(&run) == outcome(&whole), "rank {told} was told");
    }
}

#[test]
fn ranks_that_are_not_alike_are_refused_by_all() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = &data(&folder.path().join("data"));
    let other = &data(&folder.path().join("other"));
    let mask = other.items()[0].id().to_owned();
    std::fs::remove_file(folder.path().join(format!("other/images/{mask}.png"))).unwrap();
    let other = &Dataset::open(&folder.path().join("other")).unwrap_or_else(|_| other.clone());
    let cases = [
        (
            dataset,
            config(&["train.batch=3", "train.seed=9"]),
            "in their settings: train.seed = 9, train.seed = 0;",
        ),
        (other, config(&["train.batch=3"]), "in their fingerprint of the data"),
    ];
    for (at, (theirs, config_of_theirs, expected)) in cases.iter().enumerate() {
        let run = ClaimedRun::create(&folder.path().join(at.to_string()), false).unwrap();
        let first = &config(&["train.batch=3"]);
        std::thread::scope(|scope| {
            for rank in Together::new(3) {
                let run = (rank.rank() == 0).then_some(&run);
                scope.spawn(move || {
                    let odd = rank.rank() == 2;
                    let (dataset, config) = if odd { (*theirs, config_of_theirs) } else { (dataset, first) };
                    let (ranks, device): (&dyn Reduce, _) = (&rank, &Device::Cpu);
                    let request =
                        TrainRequest { dataset, config, run, ranks, device, pause_after: None, command: &[] };
                    let error = train(&request, &()).unwrap_err().to_string();
                    assert!(
                        error.starts_with("rank 2 and rank 0 differ") && error.contains(expected),
                        "{error}"
                    );
                });
            }
        });
    }
}

#[test]
fn what_cannot_be_shared_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = data(&folder.path().join("data"));
    let over_batch = r#"train.loss=[{ kind = "dice", over = "batch" }]"#;
    for (at, (settings, expected)) in [
        (["train.batch=2", "train.seed=0"], "3 ranks cannot share the 2 patches of a step"),
        (["train.batch=3", over_batch], "cannot be shared out among 3 ranks"),
    ]
    .into_iter()
    .enumerate()
    {
        let config = config(&settings);
        let run = ClaimedRun::create(&folder.path().join(at.to_string()), false).unwrap();
        for ended in share(3, &dataset, &config, &run, None) {
            let error = ended.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        // Alone the latter is trained.
        if settings[1] == over_batch {
            train(&alone(&dataset, &config, &run), &()).unwrap();
        }
    }
}

#[test]
fn ranks_pause_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, config) = (&data(&folder.path().join("data")), &config(&["train.batch=2"]));
    let run = ClaimedRun::create(&folder.path().join("run"), false).unwrap();
    std::thread::scope(|scope| {
        for rank in Together::new(2) {
            let run = (rank.rank() == 0).then_some(&run);
            scope.spawn(move || {
                let pause_after = (rank.rank() == 1).then_some(1);
                let (ranks, device): (&dyn Reduce, _) = (&rank, &Device::Cpu);
                let request = TrainRequest { dataset, config, run, ranks, device, pause_after, command: &[] };
                let error = train(&request, &()).unwrap_err().to_string();
                assert!(error.contains("differ in their pause: after 1 epochs, none"), "{error}");
            });
        }
    });
}

/// Counts what a rank sends.
struct Counting<'c>(Together, &'c AtomicUsize, &'c AtomicUsize);

impl Reduce for Counting<'_> {
    fn rank(&self) -> usize {
        self.0.rank()
    }

    fn ranks(&self) -> usize {
        self.0.ranks()
    }

    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError> {
        let to_others = out.iter().enumerate().filter(|(rank, _)| *rank != self.rank());
        self.1.fetch_add(1, Ordering::Relaxed);
        self.2.fetch_add(to_others.map(|(_, bytes)| bytes.len()).sum(), Ordering::Relaxed);
        self.0.exchange(out, into)
    }
}

/// What docs/scale.md says of a step: exchanges, and bytes that a rank sends.
#[test]
fn a_step_exchanges_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = &data(&folder.path().join("data"));
    let sent = |steps: u64| {
        let steps = format!("train.steps={steps}");
        let config = &config(&["train.batch=4", "train.epochs=1", "data.validation=none", &steps]);
        let run = &ClaimedRun::create(&folder.path().join(&steps), false).unwrap();
        let (exchanges, bytes) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for rank in Together::new(2) {
                scope.spawn(move || {
                    let run = (rank.rank() == 0).then_some(run);
                    let ranks: &dyn Reduce = &Counting(rank, exchanges, bytes);
                    let device = &Device::Cpu;
                    let request =
                        TrainRequest { dataset, config, run, ranks, device, pause_after: None, command: &[] };
                    train(&request, &()).unwrap();
                });
            }
        });
        // Of one of two ranks.
        [exchanges.load(Ordering::Relaxed) / 2, bytes.load(Ordering::Relaxed) / 2]
    };
    let [[first, few], [second, many]] = [sent(1), sent(2)];
    let unet = UNet { channels: 3, widths: vec![2, 4], ..UNet::default() }.network().unwrap();
    let norms = unet.layers().iter().filter(|layer| matches!(layer.op, Op::BatchNorm { .. })).count();
    assert_eq!(second - first, 2 * norms + 4);
    // Channels and parameters are padded to sixteens.
    let parameters = unet.parameters().into_iter().filter(Parameter::trainable);
    let padded = |shape: &[usize]| shape[0].next_multiple_of(16) * shape[1..].iter().product::<usize>();
    let gradient: usize = parameters.map(|parameter| 4 * padded(&parameter.shape)).sum();
    assert_eq!(many - few, gradient + 2 * norms * 2 * 16 * 8 + 9 + 4 * 8);
}
