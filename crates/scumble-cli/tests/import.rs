//! Data sets in the layouts that people have: every command says what a folder is instead of reading it wrongly, and
//! `scumble import` brings it into ours without a changed value. A new layout is a new line here.

mod common;

use common::{json, lagoons, refuses, scumble, text};
use predicates::prelude::*;
use scumble_data::{Raster, Samples, read_image, read_raster, write_png};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

const IMAGES: usize = 4;

/// A data set in our layout, and a folder for the same in others.
struct Sets {
    folder: TempDir,
    raters: Vec<String>,
}

impl Sets {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        lagoons(&folder.path().join("ours"), IMAGES);
        let entries = fs::read_dir(folder.path().join("ours/raters")).unwrap();
        let mut raters: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        raters.sort();
        Self { folder, raters }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn image(&self, image: usize) -> PathBuf {
        self.path(&format!("ours/images/lagoon-0{image}.png"))
    }

    fn mask(&self, rater: usize, image: usize) -> PathBuf {
        self.path(&format!("ours/raters/{}/lagoon-0{image}.png", self.raters[rater]))
    }

    /// Copies a file, if there is one (a rater need not have marked every image), to `to` below the folder `other`, `{}` being the image's name and `{part}` train or val.
    fn copy(&self, file: &Path, image: usize, to: &str) {
        let part = if image < IMAGES / 2 { "train" } else { "val" };
        let to = to.replace("{}", &format!("lagoon-0{image}")).replace("{part}", part);
        let to = self.path("other").join(to);
        fs::create_dir_all(self.path("other")).unwrap();
        if !file.exists() {
            return;
        }
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }

    /// The images and one rater's masks in another layout.
    fn arrange(&self, images: &str, masks: &str) {
        for image in 1..=IMAGES {
            self.copy(&self.image(image), image, images);
            self.copy(&self.mask(0, image), image, masks);
        }
    }

    fn import(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = scumble(&["import", &text(&self.path("other")), "-o", &text(&self.path("data"))]);
        command.args(more);
        command
    }

    fn check(&self, name: &str) -> Value {
        json(&mut scumble(&["check", &text(&self.path(name)), "--json"]))
    }

    fn forget(&self) {
        for name in ["other", "data"] {
            if self.path(name).exists() {
                fs::remove_dir_all(self.path(name)).unwrap();
            }
        }
    }
}

/// What a check counts, without paths and names.
fn figures(check: &Value, keys: &[&str]) -> Vec<Value> {
    keys.iter().map(|key| check[key].clone()).collect()
}

const FIGURES: [&str; 8] =
    ["kind", "images", "labelled", "sizes", "intensity", "floor", "classes", "problems"];

#[test]
fn one_mask_an_image_in_every_layout() {
    let sets = Sets::new();
    for image in 1..=IMAGES {
        let to = sets.path(&format!("single/labels/lagoon-0{image}.png"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::create_dir_all(sets.path("single/images")).unwrap();
        fs::copy(sets.mask(0, image), to).unwrap();
        fs::copy(sets.image(image), sets.path(&format!("single/images/lagoon-0{image}.png"))).unwrap();
    }
    let expected = figures(&sets.check("single"), &FIGURES);
    for (images, masks, layout) in [
        ("images/{}.png", "masks/{}.png", "folders"),
        ("images/{}.png", "masks/{}_mask.png", "folders"),
        ("images/{}.png", "masks/{}_seg.png", "folders"),
        ("images/{}.png", "masks/{}-label.png", "folders"),
        ("images/{}.png", "masks/mask_{}.png", "folders"),
        ("images/{}.png", "labels/{}_gt.png", "folders"),
        ("images/{}_img.png", "labels/{}_mask.png", "folders"),
        ("Images/{}.png", "Masks/{}.png", "folders"),
        ("Images/{}.png", "labels/{}.png", "folders"),
        ("img/{}.png", "ground_truth/{}.png", "folders"),
        ("images/{}.png", "gt/{}.png", "folders"),
        ("images/{}.png", "annotations/{}.png", "folders"),
        ("images/{}.png", "raters/{}.png", "folders"),
        ("{}.png", "masks/{}.png", "folders"),
        ("images/{}.png", "images/masks/{}.png", "folders"),
        ("train/images/{}.png", "train/masks/{}.png", "folders"),
        ("{part}/images/{}.png", "{part}/masks/{}.png", "folders"),
        ("images/{part}/{}.png", "labels/{part}/{}.png", "folders"),
        ("{part}_images/{}.png", "{part}_masks/{}.png", "folders"),
        ("{part}/{}.png", "{part}annot/{}.png", "folders"),
        ("{part}ing/img/{}.png", "{part}ing/mask/{}.png", "folders"),
        ("leftImg8bit/{part}/ulm/{}_leftImg8bit.png", "gtFine/{part}/ulm/{}_gtFine.png", "folders"),
        ("imagesTr/{}_0000.png", "labelsTr/{}.png", "nnunet"),
        ("imagesTr/{}.png", "labelsTr/{}.png", "nnunet"),
        ("{}.png", "{}_mask.png", "side-by-side"),
        ("{}_image.png", "{}_mask.png", "side-by-side"),
        ("img_{}.png", "mask_{}.png", "side-by-side"),
        ("{}.png", "{}_GT.png", "side-by-side"),
        ("{part}/{}.png", "{part}/{}_seg.png", "side-by-side"),
    ] {
        sets.forget();
        // "valing" is no word.
        let words = |pattern: &str| pattern.replace("{part}ing", "training");
        sets.arrange(&words(images), &words(masks));
        if layout == "nnunet" {
            let classes = json!({"labels": {"background": 0, "foreground": 1}});
            fs::write(sets.path("other/dataset.json"), classes.to_string()).unwrap();
        }
        let other = text(&sets.path("other"));
        refuses(&mut scumble(&["check", &other]), 1, &["scumble import", &other])
            .stderr(predicate::str::contains("\n").count(1));
        let plan = json(&mut sets.import(&["--dry-run", "--json"]));
        assert!(!sets.path("data").exists());
        assert_eq!(
            (&plan["layout"], plan["left_out"].as_array().unwrap().len()),
            (&json!(layout), 0),
            "{masks}: {plan}"
        );
        let made = json(&mut sets.import(&["--json"]));
        assert_eq!(made["files"], plan["files"]);
        assert_eq!(made["carried"], json!({"links": 2 * IMAGES, "copies": 0, "stacked": 0}));
        assert!(made["understood"].is_string(), "{made}");
        let found = figures(&sets.check("data"), &FIGURES);
        if masks == "raters/{}.png" || layout == "nnunet" {
            assert_eq!(found[1..4], expected[1..4], "{images}, {masks}");
            assert_eq!(found[6][0]["frequency"], expected[6][0]["frequency"]);
        } else {
            assert_eq!(found, expected, "{images}, {masks}");
        }
        // Asked for by its name it is the same, by another it is none.
        assert_eq!(
            json(&mut sets.import(&["--dry-run", "--json", "--layout", layout]))["files"],
            plan["files"]
        );
        refuses(&mut sets.import(&["--dry-run", "--layout", "voc"]), 1, &["no layout voc is recognised"]);
    }
}

#[test]
fn several_raters_in_every_layout() {
    let sets = Sets::new();
    let figures_of = |name: &str| {
        figures(
            &sets.check(name),
            &[&FIGURES[..], &["fleiss_kappa", "krippendorff_alpha", "disputed", "raters_per_image"]].concat(),
        )
    };
    // Ours without what no other layout has: the name of the class, and where raters did not look.
    for image in 1..=IMAGES {
        sets.copy(&sets.image(image), image, "../plain/images/{}.png");
        for (rater, name) in sets.raters.iter().enumerate() {
            sets.copy(&sets.mask(rater, image), image, &format!("../plain/raters/{name}/{{}}.png"));
        }
    }
    let expected = figures_of("plain");
    for (images, masks) in [
        ("images/{}.png", "masks_expert{n}/{}.png"),
        ("images/{}.png", "annotator_{n}/{}.png"),
        ("images/{}.png", "masks_{n}/{}.png"),
        ("images/{}.png", "masks/annotator{n}/{}.png"),
        ("images/{}.png", "masks/{n}/{}.png"),
        ("images/{}.png", "raters/anna{n}/{}_mask.png"),
        ("Images/{}.png", "raters/anna{n}/{}.png"),
        ("images/{}.png", "annotators/anna{n}/mask_{}.png"),
        ("{part}/images/{}.png", "{part}/gt_{n}/{}.png"),
        ("{}.png", "{}_expert{n}.png"),
        ("{}.png", "{}_mask_{n}.png"),
        ("{}.png", "expert{n}/{}.png"),
    ] {
        sets.forget();
        for image in 1..=IMAGES {
            sets.copy(&sets.image(image), image, images);
            for rater in 0..sets.raters.len() {
                sets.copy(&sets.mask(rater, image), image, &masks.replace("{n}", &(rater + 1).to_string()));
            }
        }
        refuses(&mut scumble(&["check", &text(&sets.path("other"))]), 1, &["scumble import"]);
        json(&mut sets.import(&["--json"]));
        assert_eq!(figures_of("data"), expected, "{masks}");
    }
}

#[test]
fn names_that_could_be_raters_or_classes_are_asked_about() {
    let sets = Sets::new();
    for (first, second) in
        [("masks_cup/{}.png", "masks_disc/{}.png"), ("masks/cup/{}.png", "masks/disc/{}.png")]
    {
        sets.forget();
        sets.arrange("images/{}.png", first);
        sets.arrange("images/{}.png", second);
        let asked = &["(cup, disc): are these raters, or classes", "--several raters"];
        refuses(&mut scumble(&["check", &text(&sets.path("other"))]), 1, asked);
        refuses(&mut sets.import(&[]), 1, asked);
        json(&mut sets.import(&["--json", "--several", "raters"]));
        assert!(sets.path("data/raters/cup/lagoon-01.png").is_file());
        json(&mut sets.import(&["--json", "--several", "classes", "--overwrite"]));
        assert!(sets.path("data/labels/disc/lagoon-01.png").is_file());
        assert_eq!(sets.check("data")["kind"], "multilabel");
    }
}

#[test]
fn masks_of_one_folder_are_told_apart_by_their_names() {
    let sets = Sets::new();
    let both = |endings: [&str; 2]| {
        sets.forget();
        for image in 1..=IMAGES {
            sets.copy(&sets.image(image), image, "images/{}.png");
            for (rater, ending) in endings.into_iter().enumerate() {
                sets.copy(&sets.mask(rater, image), image, &format!("masks/{{}}_{ending}.png"));
            }
        }
    };
    both(["expert1", "expert2"]);
    json(&mut sets.import(&["--json"]));
    assert!(sets.path("data/raters/expert2/lagoon-04.png").is_file());
    both(["1", "2"]);
    json(&mut sets.import(&["--json"]));
    assert!(sets.path("data/raters/2/lagoon-04.png").is_file());
    both(["cup", "disc"]);
    refuses(&mut sets.import(&[]), 1, &["(cup, disc): are these raters, or classes"]);
    json(&mut sets.import(&["--json", "--several", "classes"]));
    assert!(sets.path("data/labels/cup/lagoon-04.png").is_file());
    // A second mask of an image is not for certain a second rater's.
    both(["mask", "mask_1"]);
    refuses(&mut sets.import(&[]), 1, &["(1): are these raters, or classes"]);
}

#[test]
fn of_cityscapes_the_masks_of_indices_are_taken() {
    let sets = Sets::new();
    sets.arrange("leftImg8bit/{part}/ulm/{}_leftImg8bit.png", "gtFine/{part}/ulm/{}_gtFine_labelIds.png");
    for image in 1..=IMAGES {
        for ending in ["color", "instanceIds"] {
            let to = format!("gtFine/{{part}}/ulm/{{}}_gtFine_{ending}.png");
            sets.copy(&sets.image(image), image, &to);
        }
    }
    let made = json(&mut sets.import(&["--json"]));
    let left = made["left_out"].as_array().unwrap();
    assert_eq!(left.len(), 2 * IMAGES);
    assert!(left.iter().all(|left| left["why"].as_str().unwrap().contains("_labelIds is taken")), "{made}");
    assert_eq!(sets.check("data")["kind"], "binary");
}

#[test]
fn what_is_ours_stays_ours() {
    let sets = Sets::new();
    let check = |what: &str| {
        let found = json(&mut scumble(&["check", &text(&sets.path("other")), "--json"]));
        assert_eq!(found["problems"], json!([]), "{what}");
        sets.forget();
        found
    };
    sets.arrange("a/{}.png", "labels/{}.png");
    fs::remove_dir_all(sets.path("other/a")).unwrap();
    check("labels without images");
    for names in [["{}.png", "{}_b.png"], ["{}.png", "{}_2.png"]] {
        (1..=IMAGES).for_each(|image| sets.copy(&sets.mask(0, image), image, names[0]));
        (1..=IMAGES).for_each(|image| sets.copy(&sets.mask(1, image), image, names[1]));
        assert_eq!(check("maps of names that begin alike")["labelled"], 2 * IMAGES);
    }
    for class in ["cup/{}.png", "disc/{}.png"] {
        (1..=IMAGES).for_each(|image| sets.copy(&sets.mask(0, image), image, class));
    }
    assert_eq!(check("class folders")["kind"], "multilabel");
    // Annotators alone are no classes.
    for folder in ["annotator_1/{}.png", "annotator_2/{}.png"] {
        (1..=IMAGES).for_each(|image| sets.copy(&sets.mask(0, image), image, folder));
    }
    refuses(
        &mut scumble(&["check", &text(&sets.path("other"))]),
        1,
        &["masks in annotator_1/", "scumble import"],
    );
    json(&mut sets.import(&["--json"]));
    assert_eq!(sets.check("data")["raters"].as_array().unwrap().len(), 2);
}

#[test]
fn parts_and_masks_under_other_names_are_told() {
    let sets = Sets::new();
    for (second, says) in [
        (["valid/images/{}.png", "valid/labels/{}.png"], "other/valid: is not read; the parts of a data set"),
        (["Test/images/{}.png", "Test/labels/{}.png"], "this would be test/"),
        (["val/images/{}.png", "val/masks/{}.png"], "val/masks: is not read; masks beside images/"),
    ] {
        sets.forget();
        for image in 1..=IMAGES {
            let [images, masks] =
                if image < 3 { ["train/images/{}.png", "train/labels/{}.png"] } else { second };
            sets.copy(&sets.image(image), image, images);
            sets.copy(&sets.mask(0, image), image, masks);
        }
        let other = text(&sets.path("other"));
        refuses(&mut scumble(&["check", &other]), 1, &["problem:", says]);
        scumble(&["fuse", &other, "-o", &text(&sets.path("fused"))])
            .assert()
            .stderr(predicate::str::contains(says));
    }
}

#[test]
fn channels_of_nnunet_are_stacked_and_its_classes_named() {
    let sets = Sets::new();
    for image in 1..=IMAGES {
        for channel in 0..2 {
            let picture = read_image(&sets.image(image)).unwrap();
            let Samples::U8(samples) = &picture.samples else { panic!("8 bits") };
            let step = picture.channels;
            let grey: Vec<u8> = samples.iter().skip(channel % step).step_by(step).copied().collect();
            let grey = Raster { channels: 1, samples: Samples::U8(grey), ..picture.clone() };
            let path = sets.path(&format!("grey{image}{channel}.png"));
            write_png(&path, &grey).unwrap();
            sets.copy(&path, image, &format!("imagesTr/{{}}_000{channel}.png"));
            sets.copy(&path, image, &format!("imagesTs/{{}}_000{channel}.png"));
        }
        let mask = read_raster(&sets.mask(0, image)).unwrap();
        let values = (0..mask.height * mask.width).map(|at| {
            let (row, column) = (at / mask.width, at % mask.width);
            mask.raw(row, column, 0) as u8 * (1 + (column % 2) as u8)
        });
        let path = sets.path(&format!("index{image}.png"));
        write_png(&path, &Raster { samples: Samples::U8(values.collect()), indexed: None, ..mask }).unwrap();
        sets.copy(&path, image, "labelsTr/{}.png");
    }
    let classes = json!({"channel_names": {"0": "T1", "1": "T2"},
        "labels": {"background": 0, "tumour": 1, "a \"b\"": 2, "ignore": 3}, "file_ending": ".png"});
    fs::write(sets.path("other/dataset.json"), classes.to_string()).unwrap();
    let made = json(&mut sets.import(&["--json"]));
    assert_eq!(made["carried"], json!({"links": IMAGES, "copies": 0, "stacked": IMAGES}));
    assert!(made["left_out"][0]["path"].as_str().unwrap().ends_with("imagesTs"), "{made}");
    let stacked = read_image(&sets.path("data/images/lagoon-01.npy")).unwrap();
    for channel in 0..2 {
        let one = read_image(&sets.path(&format!("grey1{channel}.png"))).unwrap();
        for (row, column) in [(0, 0), (7, 30), (47, 47)] {
            assert_eq!(stacked.raw(row, column, channel), one.raw(row, column, 0));
        }
    }
    let check = sets.check("data");
    assert_eq!((&check["kind"], check["sizes"][0]["channels"].as_u64()), (&json!("multiclass"), Some(2)));
    let names: Vec<&str> =
        check["classes"].as_array().unwrap().iter().map(|class| class["class"].as_str().unwrap()).collect();
    assert_eq!(names, ["background", "tumour", "a \"b\""]);
    assert!(fs::read_to_string(sets.path("data/dataset.toml")).unwrap().contains("ignore_index = 3"));
    // A case that lacks a channel is no image of two.
    fs::remove_file(sets.path("other/imagesTr/lagoon-02_0001.png")).unwrap();
    refuses(&mut sets.import(&["--dry-run"]), 1, &["lagoon-02_0000.png", "others have 2"]);
}

#[test]
fn pascal_voc_has_parts_and_a_border_that_counts_for_nothing() {
    let sets = Sets::new();
    for image in 1..=IMAGES {
        sets.copy(&sets.image(image), image, "JPEGImages/{}.png");
        let mask = read_raster(&sets.mask(0, image)).unwrap();
        let border = |at: usize| at < mask.width;
        let values = (0..mask.height * mask.width).map(|at| match border(at) {
            true => 255,
            false => mask.raw(at / mask.width, at % mask.width, 0) as u8,
        });
        let path = sets.path(&format!("index{image}.png"));
        write_png(&path, &Raster { samples: Samples::U8(values.collect()), indexed: None, ..mask }).unwrap();
        if image < IMAGES {
            sets.copy(&path, image, "SegmentationClass/{}.png");
            sets.copy(&path, image, "SegmentationObject/{}.png");
        }
    }
    let lists = sets.path("other/ImageSets/Segmentation");
    fs::create_dir_all(&lists).unwrap();
    fs::write(lists.join("train.txt"), "lagoon-01\nlagoon-02\n").unwrap();
    fs::write(lists.join("val.txt"), "lagoon-03\n").unwrap();
    fs::write(lists.join("trainval.txt"), "lagoon-01\nlagoon-02\nlagoon-03\n").unwrap();
    refuses(&mut scumble(&["check", &text(&sets.path("other"))]), 1, &["Pascal VOC", "scumble import"]);
    let made = json(&mut sets.import(&["--json"]));
    assert_eq!(made["layout"], "voc");
    for file in ["train/images/lagoon-02.png", "train/labels/lagoon-02.png", "val/labels/lagoon-03.png"] {
        assert!(sets.path("data").join(file).is_file(), "{file}");
    }
    let left: Vec<&str> =
        made["left_out"].as_array().unwrap().iter().map(|left| left["path"].as_str().unwrap()).collect();
    assert!(left.iter().any(|path| path.ends_with("JPEGImages/lagoon-04.png")), "{left:?}");
    assert!(left.iter().any(|path| path.ends_with("SegmentationObject")), "{left:?}");
    let check = sets.check("data");
    assert_eq!((&check["images"], check["classes"].as_array().unwrap().len()), (&json!(3), 2));
}

#[test]
fn annotations_of_coco_for_parts_and_for_all() {
    let square = |id: usize, image: usize| json!({"id": id, "image_id": image, "category_id": 1, "segmentation": [[2, 2, 2, 12, 12, 12, 12, 2]]});
    let document = |images: &[usize]| {
        let image = |&image: &usize| json!({"id": image, "file_name": format!("some\\where/lagoon-0{image}.png"), "height": 48, "width": 48});
        json!({
            "images": images.iter().map(image).collect::<Vec<_>>(),
            "categories": [{"id": 1, "name": "lagoon"}],
            "annotations": images.iter().map(|&image| square(image, image)).collect::<Vec<_>>(),
        })
        .to_string()
    };
    let sets = Sets::new();
    for (images, files) in [
        ("images/{}.png", vec![("annotations.json", vec![1, 2, 3, 4])]),
        ("{}.png", vec![("_annotations.coco.json", vec![1, 2, 3, 4])]),
        (
            "{part}2017/{}.png",
            vec![
                ("annotations/instances_train2017.json", vec![1]),
                ("annotations/instances_val2017.json", vec![2, 3, 4]),
            ],
        ),
        (
            "{part}/{}.png",
            vec![("train/_annotations.coco.json", vec![1]), ("val/_annotations.coco.json", vec![2, 3, 4])],
        ),
        (
            "images/{part}/{}.png",
            vec![
                ("annotations/instances_train.json", vec![1]),
                ("annotations/instances_val.json", vec![2, 3, 4]),
            ],
        ),
        ("{part}/{}.png", vec![("all.json", vec![1, 2, 3, 4])]),
    ] {
        sets.forget();
        for image in 1..=IMAGES {
            sets.copy(&sets.image(image), image, images);
        }
        for (file, listed) in &files {
            let path = sets.path("other").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, document(listed)).unwrap();
            fs::write(
                path.with_file_name(
                    path.file_name().unwrap().to_str().unwrap().replace("instances", "captions"),
                ),
                document(listed),
            )
            .unwrap();
        }
        refuses(&mut scumble(&["check", &text(&sets.path("other"))]), 1, &["COCO", "scumble import"]);
        let made = json(&mut sets.import(&["--json"]));
        assert_eq!(made["layout"], "coco", "{images}");
        let check = sets.check("data");
        assert_eq!((&check["images"], &check["labelled"]), (&json!(4), &json!(4)), "{images}");
        assert!((check["classes"][0]["frequency"].as_f64().unwrap() - 100.0 / 48.0 / 48.0).abs() < 1e-6);
    }
    // What is listed and not there, and there and not listed, is told.
    sets.forget();
    for image in 1..=3 {
        sets.copy(&sets.image(image), image, "images/{}.png");
    }
    fs::write(sets.path("other/annotations.json"), document(&[1, 2, 4])).unwrap();
    let plan = json(&mut sets.import(&["--json", "--dry-run"]));
    let told = plan["left_out"].to_string();
    assert!(
        told.contains("lagoon-03.png")
            && told.contains("1 of the images that it lists are not there, such as 'lagoon-04'"),
        "{told}"
    );
}

#[test]
fn a_folder_too_deep_or_too_high_is_told_which_one_to_name() {
    let sets = Sets::new();
    let ours = sets.path("ours");
    let deep = |folder: &str, root: &Path| {
        let folder = sets.path(folder);
        refuses(
            &mut scumble(&["check", &text(&folder)]),
            1,
            &["lies within the data set", &text(root), "name that"],
        );
    };
    deep("ours/images", &ours);
    deep("ours/raters", &ours);
    deep(&format!("ours/raters/{}", sets.raters[0]), &ours);
    sets.arrange("{part}/images/{}.png", "{part}/masks/{}.png");
    deep("other/train/images", &sets.path("other/train"));
    sets.forget();
    sets.arrange("images/{part}/{}.png", "labels/{part}/{}.png");
    deep("other/images/train", &sets.path("other"));
    sets.forget();
    sets.arrange("imagesTr/{}.png", "labelsTr/{}.png");
    deep("other/imagesTr", &sets.path("other"));
    let high = sets.folder.path();
    refuses(
        &mut scumble(&["check", &text(high)]),
        1,
        &["holds", &text(&ours), &text(&sets.path("other")), "name one"],
    );
    fs::remove_dir_all(sets.path("other")).unwrap();
    refuses(&mut scumble(&["info", &text(high)]), 1, &["holds the data set", &text(&ours)]);
    // A folder of label maps is one, wherever it lies.
    let masks = sets.path("ours/raters").join(&sets.raters[0]);
    fs::create_dir(sets.path("ours/labels")).unwrap();
    for image in 1..=IMAGES {
        fs::copy(sets.mask(0, image), sets.path(&format!("ours/labels/lagoon-0{image}.png"))).unwrap();
    }
    json(&mut scumble(&["check", &text(&sets.path("ours/labels")), "--json"]));
    json(&mut scumble(&["eval", &text(&masks), &text(&ours), "--json"]));
}

#[test]
fn every_command_says_what_the_folder_is() {
    let sets = Sets::new();
    sets.arrange("images/{}.png", "masks/{}.png");
    let other = text(&sets.path("other"));
    let said = ["images in images/, masks in masks/", "scumble import"];
    for command in [
        &["train", &other, "-o", &text(&sets.path("run"))][..],
        &["fuse", &other, "-o", &text(&sets.path("fused"))],
        &["eval", &text(&sets.path("ours/images")), &other],
        &["info", &other],
        &["check", &other, "--json"],
    ] {
        refuses(&mut scumble(command), 1, &said);
    }
}

#[test]
fn nothing_is_moved_changed_or_replaced_unasked() {
    let sets = Sets::new();
    sets.arrange("images/{}.png", "masks/{}_mask.png");
    for stray in ["images/notes.txt", "masks/lagoon-99_mask.png", "readme.md", "images/Thumbs.db", ".hidden"]
    {
        fs::copy(sets.mask(0, 1), sets.path("other").join(stray)).unwrap();
    }
    sets.copy(&sets.image(1), 9, "images/{}.png");
    let list = |name: &str| {
        let mut files = vec![sets.path(name)];
        let mut at = 0;
        while at < files.len() {
            if files[at].is_dir() {
                files.extend(fs::read_dir(&files[at]).unwrap().map(|entry| entry.unwrap().path()));
            }
            at += 1;
        }
        files.sort();
        files.into_iter().map(|file| (fs::read(&file).ok(), file)).collect::<Vec<_>>()
    };
    let before = list("other");
    let made = json(&mut sets.import(&["--json"]));
    assert_eq!(list("other"), before);
    let mut left: Vec<(String, String)> = made["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| {
            let path =
                Path::new(left["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
            (path, left["why"].as_str().unwrap().to_owned())
        })
        .collect();
    left.sort();
    let expected = [
        ("lagoon-09.png", "there is no mask of it"),
        ("lagoon-99_mask.png", "there is no image of this name"),
        ("notes.txt", "is not read"),
        ("readme.md", "its name is none of images or masks"),
    ];
    assert_eq!(left, expected.map(|(path, why)| (path.to_owned(), why.to_owned())));
    // The record is what was printed.
    let record: Value = serde_json::from_slice(&fs::read(sets.path("data/import.json")).unwrap()).unwrap();
    assert_eq!((&record["files"], &record["left_out"]), (&made["files"], &made["left_out"]));
    refuses(&mut sets.import(&[]), 2, &["imported data set already", "--overwrite"]);
    let copied = json(&mut sets.import(&["--json", "--copy", "--overwrite"]));
    assert_eq!(copied["carried"]["copies"], 2 * IMAGES);
    // Only an import is replaced.
    fs::remove_file(sets.path("data/import.json")).unwrap();
    refuses(&mut sets.import(&["--overwrite"]), 2, &["no import has made it"]);
    assert!(sets.path("data/images/lagoon-01.png").is_file());
    for within in ["other/data", "."] {
        let mut command = scumble(&["import", &text(&sets.path("other")), "-o", &text(&sets.path(within))]);
        refuses(&mut command, 2, &["lie in each other"]);
    }
    let ours = text(&sets.path("ours"));
    refuses(&mut scumble(&["import", &ours, "-o", &text(&sets.path("x"))]), 2, &["is a data set already"]);
    refuses(&mut scumble(&["import", &text(&sets.path("none")), "-o", "x"]), 1, &["there is no such folder"]);
    let empty = text(&sets.path("empty"));
    fs::create_dir(&empty).unwrap();
    refuses(&mut scumble(&["import", &empty, "-o", "x"]), 1, &["no layout is recognised"]);
}

/// What imports have left that were stopped goes with the next one; an import that lives, and other files, stay.
#[cfg(target_os = "linux")]
#[test]
fn what_a_stopped_import_has_left_is_swept() {
    let sets = Sets::new();
    sets.arrange("images/{}.png", "masks/{}.png");
    let others = [".data.txt", ".data.x.tmp", ".other.1.tmp", ".data.2.tmp"];
    for name in [".data.1.tmp", ".data.00ff.old"].iter().chain(&others) {
        fs::create_dir(sets.path(name)).unwrap();
        fs::write(sets.path(name).join("a.png"), "half").unwrap();
    }
    let living = fs::File::open(sets.path(".data.2.tmp")).unwrap();
    living.lock().unwrap();
    sets.import(&[]).assert().success();
    assert!(!sets.path(".data.1.tmp").exists() && !sets.path(".data.00ff.old").exists());
    assert!(others.iter().all(|name| sets.path(name).join("a.png").is_file()));
    assert_eq!(sets.check("data")["images"], IMAGES);
}

/// A source whose links lead into the data set that would be replaced.
#[cfg(target_os = "linux")]
#[test]
fn a_source_that_lies_in_the_data_set_is_kept() {
    let sets = Sets::new();
    sets.arrange("images/{}.png", "masks/{}.png");
    sets.import(&["--copy"]).assert().success();
    fs::remove_dir_all(sets.path("other/images")).unwrap();
    std::os::unix::fs::symlink("../data/images", sets.path("other/images")).unwrap();
    refuses(&mut sets.import(&["--copy", "--overwrite"]), 2, &["lie in each other"]);
    assert_eq!(sets.check("data")["images"], IMAGES);
}

/// Links are followed to their files, and what cannot be followed, or has no name in Unicode, is told.
#[cfg(target_os = "linux")]
#[test]
fn links_and_names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let sets = Sets::new();
    sets.arrange("files/{}.png", "masks/{}.png");
    fs::create_dir(sets.path("other/images")).unwrap();
    for image in 1..=IMAGES {
        let name = format!("lagoon-0{image}.png");
        std::os::unix::fs::symlink(Path::new("../files").join(&name), sets.path("other/images").join(&name))
            .unwrap();
    }
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff.png");
    fs::copy(sets.image(1), sets.path("other/images").join(odd)).unwrap();
    let made = json(&mut sets.import(&["--json"]));
    assert!(made["left_out"].to_string().contains("odd"), "{made}");
    assert!(!fs::symlink_metadata(sets.path("data/images/lagoon-01.png")).unwrap().is_symlink());
    fs::remove_dir_all(sets.path("other/files")).unwrap();
    assert_eq!(sets.check("data")["images"], IMAGES);
    refuses(&mut sets.import(&["--overwrite"]), 1, &["lagoon-01.png", "No such file"]);
    assert_eq!(sets.check("data")["images"], IMAGES);
    let hidden = fs::read_dir(sets.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(hidden.into_iter().all(|name| !name.as_encoded_bytes().starts_with(b".")));
}

#[test]
fn what_several_parts_call_alike_gets_the_name_of_its_part() {
    let sets = Sets::new();
    for (image, part) in [(1, "train"), (2, "val")] {
        sets.copy(&sets.image(image), 1, &format!("{part}/images/{{}}.png"));
        sets.copy(&sets.mask(0, image), 1, &format!("{part}/masks/{{}}.png"));
    }
    json(&mut sets.import(&["--json"]));
    for part in ["train", "val"] {
        assert!(sets.path(&format!("data/{part}/labels/{part}_lagoon-01.png")).is_file());
    }
    assert_eq!(sets.check("data")["images"], 2);
}
