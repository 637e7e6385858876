//! Every target on its seeds, on what once went wrong, and on mutations of both: the same in every run.

use scumble_fuzz::{ALL, Chance, Target, watch_panics};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Mutations of a target; `SCUMBLE_MUTATIONS` in the environment asks for more.
const MUTATIONS: u64 = 1000;
/// No file of some kilobytes may take longer, even on a machine that has much else to do.
const LONGEST: Duration = Duration::from_secs(60);

/// What once went wrong with a target.
fn regressions(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions").join(target.name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Runs an input; what goes wrong is written to a file, for a closer look and for the regressions.
fn attempt(target: &Target, input: &[u8], what: &str) {
    let begun = Instant::now();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target.run(input))) {
        let path = std::env::temp_dir().join(format!("scumble-fuzz-{}", target.name));
        fs::write(&path, input).unwrap();
        let words = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        panic!("{}, {what}: {words}; the input is {}", target.name, path.display());
    }
    assert!(begun.elapsed() < LONGEST, "{}, {what} takes {:?}", target.name, begun.elapsed());
}

fn replay(target: &Target) {
    watch_panics();
    let seeds = target.seeds();
    assert!(!seeds.is_empty());
    for (at, seed) in seeds.iter().enumerate() {
        attempt(target, seed, &format!("seed {at}"));
    }
    let regressions = regressions(target);
    for (at, input) in regressions.iter().enumerate() {
        attempt(target, input, &format!("regression {at}"));
    }
    let inputs = [seeds, regressions].concat();
    let count = std::env::var("SCUMBLE_MUTATIONS").map_or(MUTATIONS, |count| count.parse().unwrap());
    for mutation in 0..count {
        let mut input = inputs[mutation as usize % inputs.len()].clone();
        target.mutate(&mut input, &mut Chance::new(mutation));
        attempt(target, &input, &format!("mutation {mutation}"));
    }
}

macro_rules! replays {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                replay(ALL.iter().find(|target| target.name == stringify!($name)).unwrap());
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            assert_eq!(ALL.iter().map(|target| target.name).collect::<Vec<_>>(), [$(stringify!($name)),*]);
        }
    };
}

replays! {
    png jpeg tiff bmp webp npy npz nifti nifti_gz coco label_studio cvat labelme qupath roi roi_zip samples dataset maps model checkpoint config metrics
    run loss
}
