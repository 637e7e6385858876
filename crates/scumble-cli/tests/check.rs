//! `scumble check` from outside: what is wrong is listed, what is odd is named, and the rest is counted.
//! A new mistake that people make with their masks is a new test here.

mod common;

use common::{lagoons, scumble};
use predicates::prelude::*;
use scumble_data::{Raster, Samples, read_raster, read_size, write_png};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const IMAGES: usize = 4;

struct CheckedSet {
    folder: tempfile::TempDir,
}

impl CheckedSet {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        lagoons(&folder.path().join("data"), IMAGES);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// The raters' names, sorted.
    fn raters(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("raters")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mask(&self, rater: usize, image: usize) -> PathBuf {
        self.path(&format!("raters/{}/lagoon-0{image}.png", self.raters()[rater]))
    }

    /// Changes the mask of a rater: the new mark at each (row, column).
    fn change(&self, rater: usize, image: usize, mark: impl Fn(&Raster, usize, usize) -> u8) {
        let path = self.mask(rater, image);
        let old = read_raster(&path).unwrap();
        let marks =
            (0..old.height * old.width).map(|at| mark(&old, at / old.width, at % old.width)).collect();
        write_png(&path, &Raster { samples: Samples::U8(marks), ..old }).unwrap();
    }

    fn run(&self, more: &[&str]) -> assert_cmd::assert::Assert {
        scumble(&["check", &self.path("").display().to_string()]).args(more).assert()
    }

    fn json(&self, code: i32) -> Value {
        let output = self.run(&["--json"]).code(code).get_output().stdout.clone();
        serde_json::from_slice(&output).expect("one JSON object on stdout")
    }

    fn problems(&self) -> Vec<String> {
        serde_json::from_value(self.json(1)["problems"].clone()).unwrap()
    }
}

fn on(mask: &Raster, row: usize, column: usize) -> u8 {
    u8::from(mask.raw(row, column, 0) != 0.0)
}

#[test]
fn a_sound_set_has_neither_problems_nor_suspicious_masks() {
    let set = CheckedSet::new();
    set.run(&["--strict"]).success().stdout(
        predicate::str::contains("no problem found")
            .and(predicate::str::contains("Krippendorff's alpha"))
            .and(predicate::str::contains("look at these masks").not()),
    );
    let report = set.json(0);
    assert_eq!(report["version"], 1);
    for key in [
        "data",
        "fingerprint",
        "kind",
        "understood",
        "images",
        "labelled",
        "sizes",
        "numbers",
        "intensity",
        "floor",
        "floor_bits",
        "classes",
        "raters",
        "raters_per_image",
        "pairs",
        "fleiss_kappa",
        "krippendorff_alpha",
        "disputed",
        "disputed_of_marked",
        "most_disputed",
    ] {
        assert!(!report[key].is_null(), "{key}");
    }
    for key in ["flags", "same_masks", "problems"] {
        assert_eq!(report[key], Value::Array(vec![]), "{key}");
    }
    assert_eq!(
        report["sizes"],
        serde_json::json!([{"height": 48, "width": 48, "channels": 3, "images": IMAGES}])
    );
    // As the made-up raters are: one of them left an image out.
    let expected = serde_json::json!([{"raters": 2, "images": 1}, {"raters": 3, "images": 3}]);
    assert_eq!(report["raters_per_image"], expected);
    assert_eq!(
        (report["raters"].as_array().unwrap().len(), report["pairs"].as_array().unwrap().len()),
        (3, 3)
    );
    for row in report["raters"].as_array().unwrap() {
        let class = &row["classes"][0];
        for key in ["sensitivity", "specificity", "dice", "kappa"] {
            assert!((0.0..=1.0).contains(&class[key].as_f64().unwrap()), "{key}: {row}");
        }
    }
    let nats = report["floor"].as_f64().unwrap();
    assert!((report["floor_bits"].as_f64().unwrap() - nats / std::f64::consts::LN_2).abs() < 1e-12);
}

#[test]
fn masks_that_look_like_mistakes_are_named_with_rater_and_image() {
    type Mistake = fn(&CheckedSet);
    let cases: [(&str, &str, Mistake); 5] = [
        ("inverted", "inverted mask", |set| set.change(1, 4, |old, y, x| 1 - on(old, y, x))),
        ("shifted", "shifted mask", |set| {
            for (rater, radius, (row, column)) in
                [(0, 9.0, (24.0, 24.0)), (1, 10.0, (29.0, 20.0)), (2, 11.0, (24.0, 24.0))]
            {
                let disc = |_: &Raster, y: usize, x: usize| {
                    u8::from((y as f64 - row).hypot(x as f64 - column) < radius)
                };
                set.change(rater, 4, disc);
            }
        }),
        ("empty", "empty mask", |set| set.change(1, 4, |_, _, _| 0)),
        ("full", "full mask", |set| set.change(1, 4, |_, _, _| 1)),
        ("copy", "the same mask as", |set| {
            fs::copy(set.mask(0, 4), set.mask(1, 4)).unwrap();
        }),
    ];
    for (name, says, mistake) in cases {
        let set = CheckedSet::new();
        mistake(&set);
        let report = set.json(0);
        let flags = report["flags"].as_array().unwrap();
        assert_eq!(flags.len(), 1, "{name}: {flags:?}");
        assert_eq!(flags[0]["flag"], name);
        assert_eq!(
            (&flags[0]["rater"], &flags[0]["image"]),
            (&set.raters()[1].clone().into(), &"lagoon-04".into())
        );
        let line = predicate::str::contains("look at these masks")
            .and(predicate::str::contains(says))
            .and(predicate::str::contains("lagoon-04"));
        set.run(&[]).success().stdout(line);
        set.run(&["--strict"]).code(1).stderr(predicate::str::contains("--strict"));
    }
}

#[test]
fn one_mask_for_two_images() {
    let set = CheckedSet::new();
    fs::copy(set.mask(2, 1), set.mask(2, 3)).unwrap();
    let report = set.json(0);
    let expected = serde_json::json!([{"rater": set.raters()[2], "images": ["lagoon-01", "lagoon-03"]}]);
    assert_eq!(report["same_masks"], expected);
    set.run(&["--strict"]).code(1).stdout(predicate::str::contains("the same mask for several images"));
}

#[test]
fn the_same_image_twice_in_other_bytes() {
    let set = CheckedSet::new();
    let mut bytes = fs::read(set.path("images/lagoon-01.png")).unwrap();
    // Behind the end of a PNG nothing is read.
    bytes.extend(b"another file");
    fs::write(set.path("images/lagoon-04.png"), bytes).unwrap();
    let problems = set.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("lagoon-01.png") && problems[0].contains("the same image twice"),
        "{problems:?}"
    );
}

#[test]
fn every_broken_file_is_listed() {
    let set = CheckedSet::new();
    let cut = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    cut(&set.path("images/lagoon-01.png"));
    // An image that cannot be read hides nothing of its masks.
    cut(&set.mask(0, 1));
    cut(&set.mask(2, 1));
    fs::write(set.mask(1, 2), "").unwrap();
    let small = Raster {
        height: 10,
        width: 12,
        channels: 1,
        samples: Samples::U8(vec![0; 120]),
        indexed: Some(1),
        nodata: None,
    };
    write_png(&set.mask(0, 3), &small).unwrap();
    let grey = Raster {
        height: 48,
        width: 48,
        channels: 1,
        samples: Samples::U8(vec![7; 48 * 48]),
        indexed: None,
        nodata: None,
    };
    write_png(&set.mask(1, 3), &grey).unwrap();
    fs::create_dir(set.path("ignore")).unwrap();
    fs::copy(set.mask(0, 4), set.path("ignore/lagoon-44.png")).unwrap();
    write_png(&set.path("images/lagoon-04.png"), &grey).unwrap();
    let problems = set.problems();
    let raters = set.raters();
    let expected = [
        ("images/lagoon-01.png".to_owned(), "PNG"),
        (format!("{}/lagoon-01.png", raters[0]), "PNG"),
        (format!("{}/lagoon-01.png", raters[2]), "PNG"),
        (format!("{}/lagoon-02.png", raters[1]), "empty"),
        (format!("{}/lagoon-03.png", raters[0]), "10 rows x 12 columns"),
        (format!("{}/lagoon-03.png", raters[1]), "7 is neither off (0) nor on"),
        ("images/lagoon-04.png".to_owned(), "1 channels, expected 3"),
        ("ignore/lagoon-44.png".to_owned(), "belongs to no image"),
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (path, says) in expected {
        let found = problems.iter().any(|problem| problem.contains(&path) && problem.contains(says));
        assert!(found, "{path}: {says} is not in {problems:#?}");
    }
    // What can be read is counted all the same.
    assert_eq!(set.json(1)["images"], 3);
}

#[test]
fn every_bad_annotation_is_listed_and_the_rest_is_counted() {
    let set = CheckedSet::new();
    let image = |id| json!({"id": id, "file_name": format!("lagoon-0{id}.png"), "height": 48, "width": 48});
    let images: Vec<Value> = (1..=IMAGES).map(image).collect();
    let annotation = |id: usize, image: usize, segmentation: Value| {
        json!({
            "id": id,
            "image_id": image,
            "category_id": 1,
            "segmentation": segmentation,
        })
    };
    let document = json!({
        "images": images,
        "categories": [{"id": 1, "name": "lagoon"}],
        "annotations": [
            annotation(11, 1, json!([[3, 3, 9, 9]])),
            annotation(12, 1, json!([[3, 3, 40, 3, 40, 40, 3, 40]])),
            annotation(13, 3, Value::Null),
            annotation(14, 99, json!([[3, 3, 9, 9, 3, 9]])),
            annotation(15, 3, json!([])),
        ],
    });
    fs::write(set.path("raters/coco.json"), document.to_string()).unwrap();
    let expected = [
        ("annotation 11", "polygon of 4 numbers"),
        ("annotation 13", "no segmentation"),
        ("annotation 14", "image_id 99"),
        ("annotation 15", "is empty"),
    ];
    let problems = set.problems();
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (id, says) in expected {
        let found = problems.iter().any(|problem| problem.contains(id) && problem.contains(says));
        assert!(found, "{id}: {says} is not in {problems:#?}");
    }
    let report = set.json(1);
    assert_eq!((&report["images"], &report["labelled"]), (&IMAGES.into(), &IMAGES.into()));
    let raters = report["raters"].as_array().unwrap();
    let coco = raters.iter().find(|rater| rater["rater"] == "coco").unwrap();
    assert_eq!((raters.len(), &coco["images"]), (4, &IMAGES.into()));
    // The sound annotation of the first image is among what is counted: they agree on something.
    assert!(coco["dice"].as_f64().unwrap() > 0.0, "{coco}");
    // Where the masks are needed, the first bad annotation stops the work.
    let out = set.folder.path().join("fused").display().to_string();
    scumble(&["fuse", &set.path("").display().to_string(), "-o", &out])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("annotation 11: a polygon of 4 numbers"));
}

#[test]
fn a_folder_that_cannot_be_understood_still_shows_all_its_problems() {
    let set = CheckedSet::new();
    let raters = set.raters();
    for name in ["lagoon-01.jpg", "lagoon-03.jpeg"] {
        fs::write(set.path(&format!("raters/{}/{name}", raters[0])), "no image").unwrap();
    }
    fs::copy(set.path("images/lagoon-02.png"), set.path("images/lagoon-02.tif")).unwrap();
    let problems = set.problems();
    for says in [
        "lagoon-01.jpg: label maps and masks are not read from JPEG",
        "lagoon-03.jpeg: label maps and masks are not read from JPEG",
        "two files for the id 'lagoon-01'",
        "two files for the id 'lagoon-02'",
        "two files for the id 'lagoon-03'",
        "lagoon-02.tif: the content is PNG",
        "lagoon-01.jpg: broken JPEG file",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(says)), "{says} is not in {problems:#?}");
    }
    set.run(&[]).code(1).stderr(predicate::str::contains("problem: ").count(problems.len()));
}

#[test]
fn files_that_are_not_read_are_problems_and_one_warning_elsewhere() {
    let set = CheckedSet::new();
    let raters = set.raters();
    let unread: Vec<String> = (1..=3).map(|image| format!("{}/lagoon-0{image}.gif", raters[1])).collect();
    for (image, gif) in (1..=3).zip(&unread) {
        fs::rename(set.mask(1, image), set.path("raters").join(gif)).unwrap();
    }
    let problems = set.problems();
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (problem, path) in problems.iter().zip(&unread) {
        assert!(problem.contains(&format!("{path}: is not read; convert it")), "{problem}");
    }
    set.run(&[]).code(1).stderr(predicate::str::contains("problem: ").count(3));

    let warning = || {
        predicate::str::contains(format!("{}: is not read", unread[0]))
            .and(predicate::str::contains("is not read").count(1))
            .and(predicate::str::contains("2 more are not read either"))
    };
    let path = |name: &str| set.folder.path().join(name).display().to_string();
    let (data, labels, run) = (path("data"), path("labels"), path("run"));
    scumble(&["fuse", &data, "-o", &labels]).assert().success().stderr(warning());
    scumble(&["eval", &labels, &data]).assert().success().stderr(warning());
    common::train(set.path("").as_path(), Path::new(&run), &[]).assert().success().stderr(warning());
}

#[test]
fn images_or_labels_of_which_none_can_be_read() {
    let set = CheckedSet::new();
    for image in 1..=IMAGES {
        let path = set.path(&format!("images/lagoon-0{image}.png"));
        fs::rename(&path, path.with_extension("gif")).unwrap();
    }
    let problems = set.problems();
    assert_eq!(problems.len(), 1 + IMAGES, "{problems:?}");
    assert!(problems[0].contains("images: nothing in it can be read"), "{problems:?}");
    assert!(problems[1].contains("images/lagoon-01.gif: is not read"), "{problems:?}");

    for image in 1..=IMAGES {
        let path = set.path(&format!("images/lagoon-0{image}.png"));
        fs::rename(path.with_extension("gif"), &path).unwrap();
    }
    fs::remove_dir_all(set.path("raters")).unwrap();
    fs::create_dir(set.path("labels")).unwrap();
    fs::write(set.path("labels/lagoon-01.mha"), "").unwrap();
    let problems = set.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("neither labels/ nor raters/ with files for them"), "{problems:?}");
    assert!(problems[1].contains("labels/lagoon-01.mha: is not read"), "{problems:?}");
}

#[test]
fn pictures_of_pairs_and_of_the_most_disputed_images() {
    let set = CheckedSet::new();
    let folder = set.folder.path().join("pictures");
    let name = folder.display().to_string();
    set.run(&["--pictures", &name]).success();
    let raters = set.raters();
    let sheet = folder.join("most-disputed.png");
    for (i, a) in raters.iter().enumerate() {
        for b in &raters[i + 1..] {
            let (height, width, channels) = read_size(&folder.join(format!("pairs/{a}--{b}.png"))).unwrap();
            // Three images beside each other, ten times as large, below two lines of text.
            assert!(width >= 3 * 480 && height > 480 && channels == 3, "{width} x {height}");
        }
    }
    let (height, width, _) = read_size(&sheet).unwrap();
    assert!(width >= 6 * 240 && height >= 2 * 240, "{width} x {height}: four images in two rows");

    let before = fs::read(&sheet).unwrap();
    set.change(0, 1, |_, _, _| 0);
    set.run(&["--pictures", &name]).code(2).stderr(predicate::str::contains("--overwrite"));
    assert_eq!(fs::read(&sheet).unwrap(), before);
    set.run(&["--pictures", &name, "--overwrite"]).success();
    assert_ne!(fs::read(&sheet).unwrap(), before);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let set = CheckedSet::new();
    set.change(1, 4, |old, y, x| 1 - on(old, y, x));
    let with = |threads: &str| {
        let mut command = scumble(&["check", "--json", &set.path("").display().to_string()]);
        command.env("RAYON_NUM_THREADS", threads).assert().success().get_output().stdout.clone()
    };
    assert_eq!(with("1"), with("4"));
}

/// Eight images of discs at random places, by so many raters.
fn discs(folder: &Path, raters: usize) {
    let write = |path: PathBuf, pixel: &dyn Fn(usize, usize) -> u8| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pixels = (0..64 * 64).map(|at| pixel(at / 64, at % 64)).collect();
        let raster = Raster {
            height: 64,
            width: 64,
            channels: 1,
            samples: Samples::U8(pixels),
            indexed: None,
            nodata: None,
        };
        write_png(&path, &raster).unwrap();
    };
    for image in 0..8_usize {
        write(folder.join(format!("images/i{image}.png")), &|y, x| ((y * 13 + x * (image + 3)) % 251) as u8);
        for rater in 0..raters {
            let disc = |k: usize| {
                let place = (image * 7919 + k * 104_729) % 2809;
                (5 + place % 53, 5 + (place / 53) % 53, 6 + (rater + k) % 3 + rater / 3)
            };
            let pixel = |y: usize, x: usize| {
                u8::from(
                    (0..4).map(disc).any(|(cy, cx, r)| y.abs_diff(cy).pow(2) + x.abs_diff(cx).pow(2) < r * r),
                )
            };
            write(folder.join(format!("raters/rater{rater}/i{image}.png")), &|y, x| 255 * pixel(y, x));
        }
    }
}

#[test]
fn a_mask_of_another_image_is_named_in_text_json_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (data, looks) = (folder.path().join("data"), folder.path().join("looks"));
    discs(&data, 3);
    let run = |more: &[&str]| scumble(&["check", data.to_str().unwrap()]).args(more).assert();
    run(&["--strict"]).success();
    let mask = |image: usize| data.join(format!("raters/rater1/i{image}.png"));
    let first = fs::read(mask(2)).unwrap();
    fs::copy(mask(5), mask(2)).unwrap();
    fs::write(mask(5), first).unwrap();
    let says = "rater1: fits another image better than its own: i2 (i5 at ";
    run(&["--strict", "--pictures", looks.to_str().unwrap()])
        .code(1)
        .stdout(predicate::str::contains(says))
        .stderr(predicate::str::contains("suspicious masks"));
    let found: Value = serde_json::from_slice(&run(&["--json"]).success().get_output().stdout).unwrap();
    let flags = found["flags"].as_array().unwrap();
    let named: Vec<_> = flags.iter().map(|flag| (&flag["flag"], &flag["image"], &flag["of_image"])).collect();
    assert_eq!(
        named,
        [
            (&json!("other image"), &json!("i2"), &json!("i5")),
            (&json!("other image"), &json!("i5"), &json!("i2"))
        ]
    );
    assert!(flags[0]["there"].as_f64() > flags[0]["fit"].as_f64());
    for name in
        ["raters.png", "suspicious/rater1--i2--other-image.png", "suspicious/rater1--i5--other-image.png"]
    {
        assert!(looks.join(name).exists(), "{name}");
    }
}

#[test]
fn many_raters_have_one_picture_and_their_most_different_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, looks) = (folder.path().join("data"), folder.path().join("looks"));
    for (raters, pairs) in [(6, 15), (9, 12)] {
        discs(&data, raters);
        let run =
            scumble(&["check", data.to_str().unwrap(), "--overwrite", "--pictures", looks.to_str().unwrap()])
                .assert()
                .success();
        let note = "the 12 pairs of raters that agree least have a picture, of 36";
        assert_eq!(raters > 6, String::from_utf8_lossy(&run.get_output().stderr).contains(note));
        assert!(looks.join("raters.png").exists());
        let made = fs::read_dir(looks.join("pairs")).unwrap().count();
        assert_eq!(made, pairs);
        fs::remove_dir_all(&looks).unwrap();
    }
}

#[test]
fn pictures_never_go_among_the_files_of_the_data_set() {
    let set = CheckedSet::new();
    for name in ["", "images", "images/.", "raters"] {
        let folder = set.path(name).display().to_string();
        set.run(&["--pictures", &folder, "--overwrite"])
            .code(2)
            .stderr(predicate::str::contains("never written over"));
    }
    assert!(!set.path("most-disputed.png").exists() && !set.path("images/most-disputed.png").exists());
}

#[test]
fn patches_are_shown_as_a_training_would_draw_them() {
    let set = CheckedSet::new();
    let pictures = set.folder.path().join("pictures");
    let folder = pictures.display().to_string();
    let asked = ["--augment", "5", "--set", "train.patch=32", "--pictures", folder.as_str()];
    set.run(&asked).success();
    let (height, width, _) = read_size(&pictures.join("augmented.png")).unwrap();
    // Two rows of patches, at most four side by side, each beside its label; six times magnified.
    assert!(height > 2 * 192 && width > 8 * 192 && width < 9 * 192, "{height} {width}");
    let first = fs::read(pictures.join("augmented.png")).unwrap();
    set.run(&asked).failure().stderr(predicate::str::contains("--overwrite"));
    set.run(&[&asked[..], &["--overwrite"]].concat()).success();
    assert_eq!(fs::read(pictures.join("augmented.png")).unwrap(), first);
    set.run(&[&asked[..], &["--overwrite", "--set", "augment.noise=2"]].concat()).success();
    assert_ne!(fs::read(pictures.join("augmented.png")).unwrap(), first);

    set.run(&["--augment", "5"]).failure().stderr(predicate::str::contains("--pictures"));
    let wrong = [&asked[..], &["--overwrite", "--set", "augment.noise=-1"]].concat();
    set.run(&wrong).failure().stderr(predicate::str::contains("noise = -1"));
}
