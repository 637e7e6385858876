//! `scumble fuse` from outside: what it writes is read back as labels, and bad input replaces nothing.

mod common;

use common::{lagoons, refuses, scumble};
use ndarray::{Array2, Array3, array};
use scumble::fusion::{
    DawidSkeneOptions, Patterns, StapleOptions, Ties, dawid_skene, majority_labels, staple,
};
use scumble::labels::{Kind, SoftLabels};
use scumble_data::{Dataset, Target, Wanted, read_volume, write_array};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

struct Votes {
    _folder: tempfile::TempDir,
    data: PathBuf,
    out: PathBuf,
}

impl Votes {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, out) = (folder.path().join("data"), folder.path().join("labels"));
        Self { _folder: folder, data, out }
    }

    fn lagoons() -> Self {
        let votes = Self::empty();
        lagoons(&votes.data, 3);
        votes
    }

    /// Three images [2, 3] of two classes beside the background; a rater who misses an image, one who misses a pixel.
    fn classes() -> Self {
        let votes = Self::empty();
        let mask = |rater: &str, id: &str, marks: Array2<u16>| votes.mask(rater, id, marks);
        mask("ann", "a", array![[0, 1, 2], [0, 1, 255]]);
        mask("ann", "b", array![[0, 0, 1], [2, 2, 1]]);
        mask("ann", "c", array![[1, 1, 0], [2, 0, 1]]);
        mask("bob", "a", array![[0, 1, 2], [1, 1, 255]]);
        mask("bob", "b", array![[0, 0, 1], [2, 1, 1]]);
        mask("cat", "a", array![[0, 2, 2], [0, 0, 255]]);
        mask("cat", "b", array![[0, 1, 1], [2, 0, 255]]);
        mask("cat", "c", array![[1, 1, 0], [0, 0, 1]]);
        let settings = "kind = 'multiclass'\nclasses = ['sky', 'rock', 'tree']\nignore_index = 255\n";
        fs::write(votes.data.join("dataset.toml"), settings).unwrap();
        votes
    }

    fn mask(&self, rater: &str, id: &str, marks: Array2<u16>) {
        let folder = self.data.join("raters").join(rater);
        fs::create_dir_all(&folder).unwrap();
        write_array(&folder.join(format!("{id}.npy")), marks.view()).unwrap();
    }

    fn command(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command =
            scumble(&["fuse", &self.data.display().to_string(), "-o", &self.out.display().to_string()]);
        command.args(more);
        command
    }

    /// Fuses and returns the lines of stdout.
    fn fuse(&self, more: &[&str]) -> Vec<String> {
        let assert = self.command(more).assert().success();
        String::from_utf8_lossy(&assert.get_output().stdout).lines().map(str::to_owned).collect()
    }

    fn json(&self, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["--json"];
        arguments.extend(more);
        self.fuse(&arguments).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn source(&self) -> Dataset {
        Dataset::open(&self.data).unwrap()
    }

    /// The labels that were written, in the order of the data set's images.
    fn labels(&self) -> Vec<SoftLabels> {
        let data = Dataset::open(&self.out).unwrap();
        data.items().iter().map(|item| data.labels(item, Target::Labels).unwrap()).collect()
    }

    fn refuses(&self, more: &[&str], code: i32, says: &[&str]) {
        refuses(&mut self.command(more), code, says);
    }
}

/// Multilabel labels of two raters for `cup` and `disc`; one skips a class.
fn overlapping() -> Votes {
    let votes = Votes::empty();
    for (rater, class, marks) in [
        ("ann", "cup", array![[1, 0, 0], [1, 0, 0]]),
        ("ann", "disc", array![[1, 1, 0], [1, 1, 0]]),
        ("bob", "disc", array![[1, 0, 0], [1, 1, 0]]),
    ] {
        votes.mask(&format!("{rater}/{class}"), "a", marks);
    }
    votes
}

fn pixels_known(labels: &SoftLabels) -> usize {
    labels.valid().iter().filter(|valid| **valid).count()
}

#[test]
fn the_mean_comes_back_with_its_votes() {
    for votes in [Votes::lagoons(), Votes::classes(), overlapping()] {
        for format in ["npy", "tiff"] {
            let _ = fs::remove_dir_all(&votes.out);
            votes.fuse(&["--format", format]);
            let data = votes.source();
            for (item, found) in data.items().iter().zip(votes.labels()) {
                let expected = data.labels(item, Target::Mean).unwrap();
                assert_eq!(found, expected, "{} as {format}", item.id());
                assert_eq!(found.effective_weights(true), expected.effective_weights(true));
            }
        }
    }
}

#[test]
fn quantised_maps_keep_their_votes_too() {
    let votes = Votes::classes();
    votes.refuses(&["--format", "png16"], 1, &["a:", "1 pixels", "npy, tiff or nifti"]);
    votes.mask("ann", "a", array![[0, 1, 2], [0, 1, 0]]);
    let _ = fs::remove_dir_all(&votes.out);
    votes.fuse(&["--format", "png16"]);
    let data = votes.source();
    for (item, found) in data.items().iter().zip(votes.labels()) {
        assert_eq!(found.votes(), data.labels(item, Target::Mean).unwrap().votes());
    }
}

#[test]
fn weights_and_ties_are_obeyed() {
    let votes = Votes::classes();
    votes.fuse(&["--weights", "ann=3,cat=0"]);
    // Of b's second pixel below, ann says tree and bob rock.
    assert_eq!(votes.labels()[1].probabilities()[[2, 1, 1]], 0.75);
    fs::remove_dir_all(&votes.out).unwrap();
    let rules = [("soft", Ties::Soft), ("zero", Ties::Zero), ("one", Ties::One), ("ignore", Ties::Ignore)];
    for (name, ties) in rules {
        let _ = fs::remove_dir_all(&votes.out);
        votes.fuse(&["--method", "majority", "--ties", name]);
        let data = votes.source();
        for (item, found) in data.items().iter().zip(votes.labels()) {
            let masks = data.read(item, &Wanted::raters()).unwrap().into_opinions();
            let expected = majority_labels(data.space(), &masks, ties).unwrap();
            assert_eq!(found, expected, "{} with {name}", item.id());
        }
    }
}

#[test]
fn staple_and_dawid_skene_are_those_of_the_library() {
    for votes in [Votes::lagoons(), Votes::classes(), overlapping()] {
        let data = votes.source();
        let mut pool = Patterns::new(data.space());
        let masks: Vec<_> = data
            .items()
            .iter()
            .map(|item| data.read(item, &Wanted::raters()).unwrap().into_opinions())
            .collect();
        masks.iter().for_each(|masks| pool.add(masks).unwrap());
        let pooled = dawid_skene(&pool, &DawidSkeneOptions::default()).unwrap();
        votes.fuse(&["--method", "dawid-skene"]);
        for (found, masks) in votes.labels().iter().zip(&masks) {
            assert_eq!(found, &pooled.map(masks).unwrap());
        }
        let lines = votes.json(&["--method", "staple", "--overwrite"]);
        assert_eq!(lines.len(), data.items().len());
        for ((line, found), masks) in lines.iter().zip(votes.labels()).zip(&masks) {
            let mut patterns = Patterns::new(data.space());
            patterns.add(masks).unwrap();
            let fit = staple(&patterns, &StapleOptions::default()).unwrap();
            let expected = fit.map(masks).unwrap();
            assert_eq!((&found, found.votes()), (&expected, None));
            assert_eq!(line["method"], "staple");
            let (rater, estimate) = (&fit.raters()[0], &fit.estimates()[0]);
            let field = match data.kind() {
                Kind::Multilabel => &line["classes"]["cup"],
                _ => line,
            };
            assert_eq!(field["iterations"], estimate.iterations);
            let quality = &field["raters"][rater];
            if data.kind() == Kind::Multiclass {
                assert_eq!(quality["confusion"][0][0].as_f64(), estimate.raters[0].recall(0));
                assert_eq!(field["prior"][2].as_f64(), Some(estimate.prior[2]));
            } else {
                assert_eq!(quality["sensitivity"].as_f64(), estimate.raters[0].sensitivity());
                assert_eq!(field["prior"].as_f64(), Some(estimate.prior[1]));
            }
        }
    }
}

#[test]
fn what_nobody_has_seen_is_not_known() {
    let votes = Votes::classes();
    votes.fuse(&["--method", "staple", "--disputed-only"]);
    assert_eq!(votes.labels().iter().map(pixels_known).collect::<Vec<_>>(), [5, 6, 6]);
}

#[test]
fn an_ignored_pixel_has_no_part_in_it() {
    let votes = Votes::lagoons();
    fs::create_dir_all(votes.data.join("ignore")).unwrap();
    let mut ignore = Array3::<u16>::zeros((48, 48, 1));
    ignore[[3, 4, 0]] = 1;
    write_array(&votes.data.join("ignore/lagoon-01.npy"), ignore.view()).unwrap();
    votes.fuse(&["--method", "staple", "--pooled", "--images", "*-01"]);
    let labels = votes.labels();
    assert_eq!(labels.len(), 1);
    assert!(!labels[0].valid()[[0, 3, 4]]);
}

#[test]
fn threads_change_nothing() {
    let votes = Votes::lagoons();
    let run = |threads: &str| {
        let _ = fs::remove_dir_all(&votes.out);
        let mut command = votes.command(&["--method", "dawid-skene", "--json"]);
        let assert = command.env("RAYON_NUM_THREADS", threads).assert().success();
        (assert.get_output().stdout.clone(), fs::read(votes.out.join("lagoon-02.npy")).unwrap())
    };
    assert_eq!(run("1"), run("5"));
}

#[test]
fn the_raters_are_shown_and_the_labels_can_be_judged() {
    let votes = Votes::lagoons();
    let lines = votes.fuse(&["--method", "staple"]);
    assert!(lines[0].contains("sensitivity") && lines[0].contains("specificity"), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("3 images to "), "{lines:?}");
    scumble(&["eval", &votes.out.display().to_string(), &votes.data.display().to_string()])
        .assert()
        .success();
}

#[test]
fn a_fit_that_did_not_converge_is_named() {
    let bench = Votes::lagoons();
    let said = |more: &[&str]| {
        let _ = fs::remove_dir_all(&bench.out);
        let lines = bench.fuse(&[&["--method", "staple"], more].concat());
        lines.into_iter().find(|line| line.contains("converged")).unwrap_or_default()
    };
    assert_eq!(said(&[]), "");
    assert_eq!(
        said(&["--iterations", "2"]),
        "the fit of lagoon-01, lagoon-02, lagoon-03 had not converged after its 2 --iterations"
    );
    assert_eq!(
        said(&["--iterations", "2", "--pooled"]),
        "the fit over all images had not converged after its 2 --iterations"
    );
}

#[test]
fn labels_that_are_there_stay_unless_told_otherwise() {
    let votes = Votes::lagoons();
    votes.fuse(&[]);
    let before = fs::read(votes.out.join("lagoon-01.npy")).unwrap();
    votes.refuses(&["--method", "staple"], 2, &["labels", "--overwrite"]);
    votes.refuses(&["--format", "tiff", "--overwrite"], 2, &["npy", "tiff", "another folder"]);
    assert_eq!(fs::read(votes.out.join("lagoon-01.npy")).unwrap(), before);
    votes.fuse(&["--method", "staple", "--overwrite"]);
    assert!(votes.labels()[0].votes().is_none(), "the mean's counts are not STAPLE's");
    let own = Votes { out: votes.data.clone(), ..votes };
    own.refuses(&["--overwrite"], 2, &["never written over", "another folder"]);
}

#[test]
fn one_bad_image_does_not_cost_the_others() {
    for method in ["mean", "dawid-skene"] {
        let votes = Votes::lagoons();
        let rater = fs::read_dir(votes.data.join("raters")).unwrap().next().unwrap().unwrap().path();
        fs::write(rater.join("lagoon-02.png"), b"\x89PNG\r\n\x1a\nno more").unwrap();
        votes.refuses(&["--method", method], 1, &["lagoon-02", "PNG"]);
        assert_eq!(votes.labels().len(), 2);
    }
}

#[test]
fn flags_that_mean_nothing_are_refused() {
    let votes = Votes::lagoons();
    let cases: [(&[&str], &[&str]); 9] = [
        (&["--method", "average"], &["average", "staple"]),
        (&["--ties", "soft"], &["--ties", "--method majority"]),
        (&["--method", "dawid-skene", "--prior", "0.5"], &["--prior", "--method staple"]),
        (&["--iterations", "3"], &["--iterations", "dawid-skene"]),
        (&["--method", "staple", "--iterations", "0"], &["--iterations"]),
        (&["--method", "staple", "--prior", "1"], &["--prior", "between 0 and 1"]),
        (&["--method", "staple", "--prior", "0.2,0.3"], &["--prior", "one number"]),
        (&["--weights", "nobody=2"], &["nobody", "rater"]),
        (&["--weights", "nobody=-2"], &["not negative"]),
    ];
    for (flags, says) in cases {
        votes.refuses(flags, 2, says);
    }
    assert!(!votes.out.exists());
}

#[test]
fn without_raters_there_is_nothing_to_fuse() {
    let votes = Votes::lagoons();
    fs::remove_dir_all(votes.data.join("raters")).unwrap();
    fs::rename(votes.data.join("images"), votes.data.join("labels")).unwrap();
    votes.refuses(&[], 1, &["data"]);
    let maps = Votes::lagoons();
    maps.fuse(&[]);
    let again = Votes { data: maps.out.clone(), out: maps.data.join("again"), _folder: maps._folder };
    again.refuses(&[], 1, &["no rater", "nothing to fuse"]);
    assert!(!Path::new(&again.out).exists());
}

/// Slices of a volume are images: their labels are written one by one, lie where the slice does, and are read again.
#[test]
fn slices_of_a_volume_are_fused_where_they_lie() {
    let mut votes = Votes::empty();
    let volume =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scumble-data/tests/fixtures/volume_f32.nii.gz");
    fs::create_dir_all(votes.data.join("images")).unwrap();
    fs::copy(volume, votes.data.join("images/v.nii.gz")).unwrap();
    for slice in 0..3 {
        let ann = Array2::from_shape_fn((4, 5), |(row, column)| u16::from(row + column > slice));
        let bob = Array2::from_shape_fn((4, 5), |(row, column)| u16::from(row > slice || column == 2));
        votes.mask("ann", &format!("v@000{slice}"), ann);
        votes.mask("bob", &format!("v@000{slice}"), bob);
    }
    let data = votes.source();
    let expected: Vec<SoftLabels> =
        data.items().iter().map(|item| data.labels(item, Target::Mean).unwrap()).collect();
    votes.out = votes.data.join("labels");
    let lines = votes.json(&["--format", "nifti"]);
    assert_eq!(lines[2]["image"], "v@0002");
    let volume = |file: &Path| read_volume(file).unwrap();
    assert_eq!(volume(&votes.out.join("v.nii.gz")), volume(&votes.data.join("images/v.nii.gz")));
    let data = votes.source();
    let labels: Vec<SoftLabels> =
        data.items().iter().map(|item| data.labels(item, Target::Labels).unwrap()).collect();
    assert_eq!(labels, expected, "with their votes");
    scumble(&["check", &votes.data.display().to_string()]).assert().success();
}
