//! Volumes from end to end: learnt with the slices beside each, predicted and fused as volumes, judged as volumes.

mod common;

use common::{json, scumble, text, train};
use ndarray::{Array2, Array3, Axis};
use scumble_data::{Dataset, Samples, Target, read_raster, read_volume};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const SIZE: [usize; 3] = [20, 16, 5];

/// A NIfTI-1 of f32 that says where it lies, by both its matrices.
fn volume(path: &Path, voxel: impl Fn([usize; 3]) -> f32) {
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, SIZE[0], SIZE[1], SIZE[2], 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * axis, &(length as i16).to_le_bytes());
    }
    put(70, &16_i16.to_le_bytes());
    put(72, &32_i16.to_le_bytes());
    for (axis, side) in [1.0_f32, 0.5, 0.5, 2.0].into_iter().enumerate() {
        put(76 + 4 * axis, &side.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(123, &[10]);
    put(252, &[1, 0, 1, 0]);
    for (row, values) in
        [[0.5_f32, 0.0, 0.0, -7.0], [0.0, 0.5, 0.0, 3.0], [0.0, 0.0, 2.0, 11.0]].iter().enumerate()
    {
        for (column, value) in values.iter().enumerate() {
            put(280 + 16 * row + 4 * column, &value.to_le_bytes());
        }
        put(268 + 4 * row, &values[3].to_le_bytes());
    }
    put(344, b"n+1\0");
    let [x, y, z] = SIZE;
    let voxels = (0..z).flat_map(|k| (0..y).flat_map(move |j| (0..x).map(move |i| [i, j, k])));
    bytes.extend(voxels.flat_map(|place| voxel(place).to_le_bytes()));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Three bright balls in noise, marked by two raters of whom one is generous.
fn balls(folder: &Path) {
    for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
        let away = move |[x, y, z]: [usize; 3]| {
            let by = [x as f32 - 8.0 - at as f32, y as f32 - 7.0, 3.0 * (z as f32 - 2.0)];
            by.iter().map(|part| part * part).sum::<f32>().sqrt()
        };
        let noise = |[x, y, z]: [usize; 3]| ((x * 31 + y * 17 + z * 7 + at * 5) % 11) as f32 / 22.0;
        volume(&folder.join(format!("images/{name}.nii")), |place| {
            noise(place) + if away(place) < 5.0 { 1.0 } else { 0.0 }
        });
        for (rater, radius) in [("ann", 4.5), ("bob", 5.5)] {
            volume(&folder.join(format!("raters/{rater}/{name}.nii")), |place| {
                f32::from(away(place) < radius)
            });
        }
    }
}

/// All voxels of a volume, slice by slice.
fn slices(path: &Path) -> Array3<f32> {
    let volume = read_volume(path).unwrap().unwrap();
    let ((height, width), count) = (volume.slice_size(), volume.slices());
    let slices: Vec<Array2<f32>> = (0..count)
        .map(|slice| {
            let raster = read_raster(Path::new(&format!("{}@{slice:04}", text(path)))).unwrap();
            let Samples::F32(samples) = raster.samples else { panic!("{:?}", raster.samples) };
            Array2::from_shape_vec((height, width), samples).unwrap()
        })
        .collect();
    let views: Vec<_> = slices.iter().map(|slice| slice.view()).collect();
    ndarray::stack(Axis(0), &views).unwrap()
}

#[test]
fn a_volume_in_is_a_volume_out_and_is_judged_as_one() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (data, run, maps) = (at("data"), at("run"), at("maps"));
    balls(&data);
    let more = ["--set", "data.context=1", "--set", "data.validation=['c*']"];
    train(&data, &run, &more).assert().success();

    let images = text(&data.join("images"));
    scumble(&["predict", &text(&run), &images, "-o", &text(&maps)]).assert().success();
    let mut there: Vec<String> =
        fs::read_dir(&maps).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, ["a.nii.gz", "b.nii.gz", "c.nii.gz", "maps.json"]);
    let (image, map) =
        (read_volume(&data.join("images/c.nii")).unwrap(), read_volume(&maps.join("c.nii.gz")).unwrap());
    assert_eq!(image, map, "size, sides, units, matrices and their codes");

    // Slice by slice they are the same numbers.
    let arrays = at("arrays");
    let one = format!("{images}/c.nii@0003");
    scumble(&["predict", &text(&run), &one, "-o", &text(&arrays), "--format", "npy"]).assert().success();
    let raster = read_raster(&arrays.join("c@0003.npy")).unwrap();
    let all = slices(&maps.join("c.nii.gz"));
    let slice = all.index_axis(Axis(0), 3);
    assert_eq!(raster.samples, Samples::F32(slice.iter().copied().collect()));

    // Whether by the model or by its maps: what is judged is the volume.
    let judged = |by: &Path, more: &[&str]| {
        json(scumble(&["eval", &text(by), &text(&data), "--json", "--images", "c*"]).args(more))
    };
    let (model, files) = (judged(&run, &[]), judged(&maps, &[]));
    for found in [&model, &files] {
        let images = found["images"].as_array().unwrap();
        assert_eq!((images.len(), &images[0]["image"]), (1, &"c".into()));
        assert_eq!(images[0]["scores"], found["all"]);
        assert_eq!(found["slices"].as_array().unwrap().len(), SIZE[2]);
        assert_eq!(found["amounts"]["unit"], "mm3");
        assert_eq!(found["amounts"]["images"][0]["slices"], SIZE[2]);
    }
    assert_eq!(model["all"], files["all"]);
    // Volumetric: the sum over all slices, not their mean.
    let labels = Dataset::open(&data).unwrap();
    let items = labels.items().iter().filter(|item| item.group() == "c");
    let (mut both, mut sum) = (0.0, 0.0);
    for (item, slice) in items.zip(all.outer_iter()) {
        let label = labels.labels(item, Target::Mean).unwrap();
        for (s, c) in label.probabilities().iter().zip(&slice) {
            both += 2.0 * f64::from(s.min(*c));
            sum += f64::from(s + c);
        }
    }
    let dice = model["all"]["dice"].as_f64().unwrap();
    assert!((dice - both / sum).abs() < 1e-5, "{dice} {}", both / sum);
    // Another form of the same maps in one folder would be two maps of a slice.
    scumble(&["predict", &text(&run), &one, "-o", &text(&maps), "--overwrite"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("c.nii.gz is there: a map of the same slices"));
    let said = scumble(&["eval", &text(&run), &text(&data)]).assert().success().get_output().stdout.clone();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("judged 5 of 15 images: those that the training has held out"), "{said}");
    assert!(said.contains("slices of a volume are judged as one image: 1 in all"), "{said}");
    let report = at("report.html");
    judged(&run, &["--report", &text(&report)]);
    assert!(fs::read_to_string(report).unwrap().contains("c@000"));
    // Slices of a volume stay together where they are judged by parts.
    for (by, sums) in [(&run, "sums-of-run"), (&maps, "sums-of-maps")] {
        let words = [&text(by), &text(&data), "--images", "*", "--surface", "--uncertainty"];
        let [whole, parts] = common::judged_by_parts(&words, &at(sums));
        assert!(whole == parts);
    }
}

#[test]
fn raters_of_volumes_are_fused_to_volumes() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    balls(&at("data"));
    let fuse = |into: &str, more: &[&str]| {
        scumble(&["fuse", &text(&at("data")), "-o", &text(&at(into))]).args(more).assert().success();
    };
    fuse("labels", &[]);
    let fused = slices(&at("labels/b.nii.gz"));
    let mean = (slices(&at("data/raters/ann/b.nii")) + slices(&at("data/raters/bob/b.nii"))) / 2.0;
    assert_eq!(fused, mean);
    assert_eq!(read_volume(&at("labels/b.nii.gz")).unwrap(), read_volume(&at("data/images/b.nii")).unwrap());
    // Counts and all, they are the labels that the masks themselves make.
    let (masks, labels) = (Dataset::open(&at("data")).unwrap(), Dataset::open(&at("labels")).unwrap());
    for (mask, label) in masks.items().iter().zip(labels.items()) {
        let expected = masks.labels(mask, Target::Mean).unwrap();
        assert_eq!(labels.labels(label, Target::Labels).unwrap().votes(), expected.votes());
    }
    scumble(&["fuse", &text(&at("data")), "-o", &text(&at("labels"))])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("--overwrite"));
    fuse("labels", &["--overwrite"]);
    fuse("small", &["--format", "nifti16"]);
    assert!(slices(&at("small/b.nii.gz")).iter().zip(&mean).all(|(a, b)| a == b), "halves are exact");
}

#[test]
fn images_that_have_no_neighbours_are_refused() {
    let folder = tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    common::lagoons(&data, 3);
    train(&data, &run, &["--set", "data.context=1"])
        .assert()
        .code(1)
        .stderr(predicates::str::contains("an image without slices beside it"));
}
