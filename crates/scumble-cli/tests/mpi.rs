//! Trainings that `mpirun` has started: the bytes of one process, and an end for all when one is gone.

mod common;

use common::{lagoons, model, scumble, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 5);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The words of a small training into a run.
    fn training(&self, run: &str, more: &[&str]) -> Vec<String> {
        let usual = ["network.widths=[2, 4]", "train.patch=16", "train.batch=4", "train.steps=2"];
        let settings = usual.iter().flat_map(|setting| ["--set", setting]);
        let words = ["train", &text(&self.path("data")), "-o", &text(&self.path(run))].map(String::from);
        words.into_iter().chain(settings.chain(more.iter().copied()).map(String::from)).collect()
    }
}

/// The command that starts so many ranks of the program on this machine, one thread each.
fn mpirun(ranks: usize, words: &[String]) -> Command {
    let mut command = Command::new("mpirun");
    // A test may run as anybody, and on fewer cores than it has ranks.
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.env("OMPI_MCA_rmaps_base_oversubscribe", "1").env("RAYON_NUM_THREADS", "1");
    command.args(["-n", &ranks.to_string(), env!("CARGO_BIN_EXE_scumble")]).args(words);
    command
}

/// What a training has come to, but for how long it took.
fn outcome(run: &Path) -> (Vec<u8>, Vec<serde_json::Value>) {
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let epochs = metrics.lines().map(|line| {
        let mut epoch: serde_json::Value = serde_json::from_str(line).unwrap();
        epoch["seconds"] = 0.into();
        epoch
    });
    (model(run), epochs.collect())
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("mpirun is there: Debian's openmpi-bin");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn ranks_do_not_change_a_byte() {
    let place = Place::new();
    let alone = place.training("alone", &["--set", "train.epochs=2"]);
    scumble(&alone.iter().map(|word| &**word).collect::<Vec<_>>()).assert().success();
    for ranks in 1..=4 {
        let run = ranks.to_string();
        succeeds(&mut mpirun(ranks, &place.training(&run, &["--set", "train.epochs=2"])));
        assert!(outcome(&place.path(&run)) == outcome(&place.path("alone")), "{ranks} ranks");
        assert!(place.path(&run).join("report.html").exists());
    }
    // A pause, and on with others.
    succeeds(&mut mpirun(3, &place.training("on", &["--set", "train.epochs=2", "--pause-after", "1"])));
    let on = ["train", &text(&place.path("data")), "-o", &text(&place.path("on")), "--resume"];
    succeeds(&mut mpirun(2, &on.map(String::from)));
    assert!(outcome(&place.path("on")) == outcome(&place.path("alone")));
}

/// The process that is a rank of a launcher's, once it is there.
fn rank_of(launcher: &Child, rank: usize) -> Option<u32> {
    let wanted = format!("OMPI_COMM_WORLD_RANK={rank}");
    let children = format!("/proc/{0}/task/{0}/children", launcher.id());
    let children = fs::read_to_string(children).ok()?;
    let mut pids = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    pids.find(|pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    })
}

fn wait_until<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no {what} within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(name: &str, pid: u32) {
    Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
}

/// Long enough that a signal finds it at work.
const LONG: [&str; 2] = ["--set", "train.epochs=100"];

/// Starts a long training and, once it has a checkpoint, sends a signal to one of its ranks; what is said at the end.
fn hit(place: &Place, run: &str, rank: usize, name: &str, more: &[&str]) -> String {
    let mut command = mpirun(3, &place.training(run, &[&LONG, more].concat()));
    let mut launcher = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_until("epoch", || place.path(run).join("metrics.jsonl").exists().then_some(()));
    let pid = wait_until("rank", || rank_of(&launcher, rank));
    signal(name, pid);
    wait_until("end", || launcher.try_wait().unwrap());
    // A stopped process is not heard of again, and its launcher does not wait for it.
    signal("-KILL", pid);
    String::from_utf8(launcher.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn a_rank_that_is_killed_or_stopped_ends_all_and_the_run_goes_on() {
    let place = Place::new();
    let said = hit(&place, "killed", 1, "-KILL", &[]);
    assert_eq!(said.matches("--resume goes on").count(), 1, "{said}");
    let said = hit(&place, "stopped", 2, "-STOP", &["--rank-timeout", "2"]);
    assert_eq!(said.matches("has waited 2 s for rank 2").count(), 1, "{said}");
    let whole = place.training("whole", &LONG);
    scumble(&whole.iter().map(|word| &**word).collect::<Vec<_>>()).assert().success();
    for run in ["killed", "stopped"] {
        let (data, folder) = (text(&place.path("data")), text(&place.path(run)));
        scumble(&["train", &data, "-o", &folder, "--resume"]).assert().success();
        assert!(outcome(&place.path(run)) == outcome(&place.path("whole")), "{run}");
    }
}

/// As a launcher does whose time is over.
#[test]
fn ranks_that_are_told_to_end_save_and_leave() {
    let place = Place::new();
    let mut command = mpirun(3, &place.training("run", &LONG));
    let launcher = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_until("epoch", || place.path("run").join("metrics.jsonl").exists().then_some(()));
    for rank in 0..3 {
        signal("-TERM", wait_until("rank", || rank_of(&launcher, rank)));
    }
    let output = launcher.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(128 + 15), "{said}");
    assert_eq!(said.matches("interrupted: saved after step").count(), 1, "{said}");
    assert_eq!(said.matches("told to end").count(), 1, "{said}");
    let record = fs::read_to_string(place.path("run").join("run.json")).unwrap();
    assert!(record.contains("\"interrupted\""), "{record}");
}

#[test]
fn a_failure_is_told_once_and_ends_all() {
    let place = Place::new();
    let output = mpirun(3, &place.training("few", &["--set", "train.batch=2"])).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(said.matches("3 ranks cannot share the 2 patches of a step").count(), 1, "{said}");
    assert!(!place.path("few").exists(), "nothing is left of it");

    // Each with a folder of its own: not one training, but two.
    let mut apart = mpirun(1, &place.training("one", &[]));
    apart.args([":", "-n", "1", env!("CARGO_BIN_EXE_scumble")]).args(place.training("two", &[]));
    let said = String::from_utf8(apart.output().unwrap().stderr).unwrap();
    assert_eq!(said.matches("rank 1 and rank 0 differ in their run folder").count(), 1, "{said}");
    let mut apart = mpirun(1, &place.training("one", &["--alone", "--set", "train.epochs=1"]));
    apart.args([":", "-n", "1", env!("CARGO_BIN_EXE_scumble")]);
    apart.args(place.training("two", &["--alone", "--set", "train.epochs=1"]));
    succeeds(&mut apart);
    assert!(model(&place.path("one")) == model(&place.path("two")));
}
