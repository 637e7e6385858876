//! Pixels that do not count, and samples that say nothing: left out of all that is known of images, as if they were not there.

mod files;

use files::{at, mask, npy};
use ndarray::{Array2, Array3, array, s};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use scumble_data::{
    Augmentation, Dataset, Normalisation, NormalisationBuilder, PatchSampler, Raster, Sample, Samples,
    Target, counted, read_image, read_info,
};
use std::fs;
use std::path::Path;

/// What may stand where nothing counts.
const NOTHING: [f32; 6] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -9999.0, f32::MIN, 1e20];

/// A picture of numbers from 0 to 1, [C, 6, 9].
fn picture(channels: usize) -> Array3<f32> {
    Array3::from_shape_fn((channels, 6, 9), |(c, y, x)| ((7 * y + 5 * x + 3 * c) % 11) as f32 / 10.0)
}

/// All but the first two rows count.
fn below() -> Array2<bool> {
    Array2::from_shape_fn((6, 9), |(y, _)| y >= 2)
}

fn normalisation(add: impl FnOnce(&mut NormalisationBuilder)) -> Normalisation {
    let mut builder = NormalisationBuilder::new();
    add(&mut builder);
    builder.finish().unwrap()
}

/// Baseline TIFF, little-endian, one strip; `nodata` is the text of GDAL_NODATA. `format` 1 unsigned, 2 signed, 3 float.
fn tiff(path: &Path, (height, width): (u32, u32), (bits, format): (u32, u32), pixels: &[u8], nodata: &str) {
    let text = format!("{nodata}\0").into_bytes();
    let entries = 11;
    let text_at = 8 + 2 + 12 * entries + 4;
    let pixels_at = text_at + text.len() as u32;
    let inline = text.len() <= 4;
    let text_value = match inline {
        true => u32::from_le_bytes(std::array::from_fn(|i| text.get(i).copied().unwrap_or(0))),
        false => text_at,
    };
    let tags = [
        (256_u16, 4_u16, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, pixels_at),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, pixels.len() as u32),
        (339, 3, 1, format),
        (42113, 2, text.len() as u32, text_value),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    file.extend(text);
    file.extend(pixels);
    fs::write(path, file).unwrap();
}

#[test]
fn what_does_not_count_is_left_out_whatever_it_is() {
    for channels in [1, 3, 5] {
        let clean = picture(channels);
        let rest = clean.slice(s![.., 2.., ..]).to_owned();
        let expected = normalisation(|builder| builder.add(&Raster::from_planes(rest.view())).unwrap());
        for nothing in NOTHING.into_iter().chain([0.5]) {
            let mut image = clean.clone();
            image.slice_mut(s![.., ..2, ..]).fill(nothing);
            let raster = Raster::from_planes(image.view());
            let found = normalisation(|builder| builder.add_counted(&raster, below().view()).unwrap());
            assert_eq!(found, expected, "{nothing} in {channels} channels");
        }
    }
}

#[test]
fn no_data_that_is_said_is_left_out_though_it_counts() {
    let samples =
        |nothing: u16| -> Vec<u16> { (0..54).map(|i| if i < 18 { nothing } else { 100 * i }).collect() };
    let raster =
        |samples, nodata| Raster { height: 6, width: 9, channels: 1, samples, indexed: None, nodata };
    let left_out = raster(Samples::U16(samples(0)), None);
    let expected = normalisation(|b| b.add_counted(&left_out, below().view()).unwrap());
    for nothing in [0, 7, 65535] {
        let said = raster(Samples::U16(samples(nothing)), Some(f64::from(nothing)));
        assert_eq!(normalisation(|b| b.add(&said).unwrap()), expected, "{nothing}");
        // What the network sees there is the mean.
        let seen = expected.normalise(&said).unwrap();
        assert!(seen.slice(s![0, ..2, ..]).iter().all(|v| *v == 0.0) && seen[[0, 3, 4]] != 0.0);
        // A model that knows the number needs no file that says it, of whatever depth.
        let knows = expected.clone().with_nodata(Some(f64::from(nothing) / 65535.0));
        assert_eq!(knows.normalise(&raster(Samples::U16(samples(nothing)), None)).unwrap(), seen);
        let text = serde_json::to_string(&knows).unwrap();
        assert_eq!(serde_json::from_str::<Normalisation>(&text).unwrap(), knows);
    }
    // What is not known is not written.
    assert!(!serde_json::to_string(&expected.with_nodata(Some(f64::NAN))).unwrap().contains("nodata"));
}

#[test]
fn a_patch_and_a_window_are_the_same_whatever_stands_where_nothing_counts() {
    let weights = below().mapv(f32::from).insert_axis(ndarray::Axis(0));
    for channels in [1, 3, 4, 5] {
        let normalisation = Normalisation::new(vec![0.4; channels], vec![0.3; channels]).unwrap();
        let sampler =
            PatchSampler::new(8.try_into().unwrap(), Augmentation::default(), normalisation.clone());
        let mut patches = Vec::new();
        for nothing in NOTHING {
            let mut image = picture(channels);
            image.slice_mut(s![.., ..2, ..]).fill(nothing);
            let sample =
                Sample::new(Raster::from_planes(image.view()), Array3::zeros((1, 6, 9)), weights.clone())
                    .unwrap();
            assert_eq!(sample.outlying().is_some(), nothing.is_finite(), "{nothing}");
            patches.push(sampler.draw(&sample, &mut ChaCha8Rng::seed_from_u64(3)));
            let said = Raster { nodata: Some(f64::from(nothing)), ..Raster::from_planes(image.view()) };
            let window = normalisation.of(&said).unwrap().window((-2, -2), (9, 12));
            assert!(window.iter().all(|v| v.is_finite() && v.abs() < 3.0), "{nothing}");
        }
        assert!(patches.windows(2).all(|pair| pair[0] == pair[1]), "{channels} channels");
        assert!(patches[0].image.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn a_channel_that_says_nothing_leaves_the_others_alone() {
    let mut image = picture(3);
    image.slice_mut(s![1, 3.., ..]).fill(-9999.0);
    let said = Raster { nodata: Some(-9999.0), ..Raster::from_planes(image.view()) };
    assert_eq!(said.without_data(), None);
    let found = normalisation(|b| b.add(&said).unwrap());
    let clean = normalisation(|b| b.add(&Raster::from_planes(picture(3).view())).unwrap());
    assert_eq!([found.mean()[0], found.mean()[2]], [clean.mean()[0], clean.mean()[2]]);
    assert!((0.0..1.0).contains(&found.mean()[1]) && found.mean()[1] != clean.mean()[1]);
}

#[test]
fn the_tag_is_read_from_every_number_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let bytes = |values: &[i64], write: &dyn Fn(i64) -> Vec<u8>| {
        values.iter().flat_map(|v| write(*v)).collect::<Vec<u8>>()
    };
    let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let signed = bytes(&[-32768, 5], &|v| (v as i16).to_le_bytes().to_vec());
    for ((bits, format), pixels, text) in [
        ((8, 1), vec![255, 5], "255"),
        ((8, 1), vec![0, 5], "0"),
        ((16, 1), bytes(&[65535, 5], &|v| (v as u16).to_le_bytes().to_vec()), "65535 "),
        ((16, 2), signed, "-32768"),
        ((32, 2), bytes(&[-9999, 5], &|v| (v as i32).to_le_bytes().to_vec()), "-9999"),
        ((32, 3), floats(&[-9999.0, 5.0]), " -9999 "),
        ((32, 3), floats(&[f32::NAN, 5.0]), "nan"),
        ((32, 3), floats(&[f32::MIN, 5.0]), "-3.40282e+38"),
        ((32, 3), floats(&[f32::MIN, 5.0]), "-3.4028234663852886e+38"),
        ((64, 3), [f64::MIN, 5.0].iter().flat_map(|v| v.to_le_bytes()).collect(), "-1.7976931348623157e+308"),
    ] {
        tiff(&path, (1, 2), (bits, format), &pixels, text);
        let image = read_image(&path).unwrap();
        assert_eq!(image.without_data(), Some(array![[true, false]]), "{text} in {bits} bits");
        assert_eq!(image.said_without_data(), Some(array![[true, false]]), "{text} in {bits} bits");
        assert!(read_info(&path).unwrap().nodata.is_some());
    }
    tiff(&path, (1, 2), (8, 1), &[0, 5], "");
    assert_eq!(read_image(&path).unwrap().nodata, None);
    tiff(&path, (1, 2), (8, 1), &[0, 5], "none");
    let error = read_image(&path).unwrap_err().to_string();
    assert!(error.contains("GDAL_NODATA says 'none'") && error.contains("gdal_edit.py"), "{error}");
}

/// An image whose first pixel has no data, and what labels and raters say of it.
fn set(root: &Path, toml: Option<&str>) -> Dataset {
    npy(&at(root, "images/a.npy"), &[1, 3], &[-9999.0_f32, 0.5, 0.25]);
    npy(&at(root, "labels/a.npy"), &[1, 3], &[1.0_f32, 0.5, 0.0]);
    mask(&at(root, "raters/ann/a.png"), (1, 3), &[1, 1, 0]);
    if let Some(text) = toml {
        fs::write(root.join("dataset.toml"), text).unwrap();
    }
    Dataset::open(root).unwrap()
}

#[test]
fn a_label_counts_for_nothing_where_the_image_says_that_it_has_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let without = set(folder.path(), None);
    let all = counted(&without.labels(&without.items()[0], Target::Auto).unwrap());
    assert_eq!(all, array![[true, true, true]]);
    for text in ["nodata = -9999", "nodata = -9999.0"] {
        let data = set(folder.path(), Some(text));
        for target in [Target::Labels, Target::Mean, Target::Staple] {
            let labels = data.labels(&data.items()[0], target).unwrap();
            assert_eq!(counted(&labels), array![[false, true, true]], "{target}");
        }
        assert_eq!(data.image(&data.items()[0]).unwrap().nodata, Some(-9999.0));
        let found = data.check_item(&data.items()[0]);
        assert!(found.errors.is_empty());
        let image = found.image.unwrap();
        assert_eq!((image.without_data, found.unlearnt), (1, 1));
        assert_eq!((image.channels[0].minimum, image.channels[0].samples), (0.25, 2));
        assert_eq!(found.masks[0].1.marks()[[0, 0, 0]], scumble::labels::UNSEEN);
    }
    fs::write(folder.path().join("dataset.toml"), "nodata = \"none\"").unwrap();
    assert!(Dataset::open(folder.path()).unwrap_err().to_string().contains("nodata"));
}

#[test]
fn nan_is_wrong_where_a_label_counts_alone() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    npy(&at(p, "images/a.npy"), &[1, 3], &[f32::NAN, 0.5, f32::INFINITY]);
    let errors = |label: [f32; 3]| {
        npy(&at(p, "labels/a.npy"), &[1, 3], &label);
        let data = Dataset::open(p).unwrap();
        let found = data.check_item(&data.items()[0]);
        found.errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(errors([f32::NAN, 0.5, f32::NAN]), Vec::<String>::new());
    let first = errors([0.5, 0.5, f32::NAN]);
    assert!(first[0].contains("a.npy: row 0, column 0: NaN in channel 0 is no finite number"), "{first:?}");
    let second = errors([f32::NAN, 0.5, 0.5]);
    assert!(second[0].contains("row 0, column 2: inf"), "{second:?}");
    // Weight 0, ignore/ and an image without any label are nobody's, too.
    npy(&at(p, "weights/a.npy"), &[1, 3], &[0.0_f32, 1.0, 0.0]);
    assert_eq!(errors([0.5; 3]), Vec::<String>::new());
    fs::remove_dir_all(p.join("weights")).unwrap();
    npy(&at(p, "ignore/a.npy"), &[1, 3], &[1_u8, 0, 1]);
    assert_eq!(errors([0.5; 3]), Vec::<String>::new());
}

#[test]
fn a_map_may_know_nothing_where_nothing_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    npy(&at(p, "a.npy"), &[1, 3], &[f32::NAN, 0.5, 0.25]);
    npy(&at(p, "b.npy"), &[1, 3], &[f64::NAN, 0.5, 0.25]);
    let maps = Dataset::open(p).unwrap();
    for item in maps.items() {
        let read = || maps.read(item, &scumble_data::Wanted::labels(Target::Labels)).unwrap();
        let judged = array![[[false, true, true]]];
        let map = read().into_prediction_where(Some(judged.view())).unwrap().into_f64();
        assert_eq!(map, array![[[0.0, 0.5, 0.25]]]);
        assert!(read().into_prediction_where(Some(Array3::from_elem((1, 1, 3), true).view())).is_err());
        assert!(read().into_prediction().is_err());
    }
}
