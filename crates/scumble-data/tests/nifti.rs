//! NIfTI files as nibabel writes them (scripts/golden_formats.py), and maps that lie where their image does.

mod files;

use files::{at, fixture, grey};
use ndarray::Array3;
use proptest::prelude::*;
use scumble::labels::Kind;
use scumble_data::{
    Affine, DataError, Dataset, Location, MapFormat, MapWriter, Numbers, Samples, Sidecar, Target, is_image,
    list_images, read_image, read_info, read_raster, read_size, write_sidecar,
};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tempfile::tempdir;

const AFFINE: Affine = [[0.0, -2.0, 0.5, 10.0], [1.5, 0.0, 0.0, -20.0], [0.0, 0.25, 3.0, 30.0]];

/// x + 10 y + 50 z + 100 c of a plane of 5 columns and 4 rows, pixel by pixel.
fn voxels(slice: usize, channels: usize) -> Vec<f32> {
    let pixels = (0..4).flat_map(|y| (0..5).map(move |x| x + 10 * y + 50 * slice));
    pixels.flat_map(|pixel| (0..channels).map(move |c| (pixel + 100 * c) as f32)).collect()
}

fn numbers(samples: &Samples) -> Vec<f32> {
    match samples {
        Samples::U8(v) => v.iter().map(|&v| f32::from(v)).collect(),
        Samples::U16(v) => v.iter().map(|&v| f32::from(v)).collect(),
        Samples::F32(v) => v.clone(),
        Samples::F64(v) => v.iter().map(|v| *v as f32).collect(),
    }
}

fn slice(name: &str, slice: usize) -> PathBuf {
    let mut path = fixture(name).into_os_string();
    path.push(format!("@{slice:04}"));
    path.into()
}

#[test]
fn columns_are_x_and_rows_are_y_in_every_type_and_byte_order() {
    let flat = fixture("flat_u8.nii.gz");
    assert_eq!(
        read_raster(&flat).unwrap().samples,
        Samples::U8(voxels(0, 1).iter().map(|&v| v as u8).collect())
    );
    assert_eq!(read_size(&flat).unwrap(), (4, 5, 1));
    for name in ["volume_i16_be.nii", "volume_f32.nii.gz", "turned_f64.nii"] {
        let slices = if name.starts_with("volume") { 3 } else { 2 };
        for z in 0..slices {
            let path = slice(name, z);
            assert!(is_image(&path));
            assert_eq!(read_size(&path).unwrap(), (4, 5, 1), "{path:?}");
            assert_eq!(numbers(&read_image(&path).unwrap().samples), voxels(z, 1), "{path:?}");
            assert_eq!(numbers(&read_raster(&path).unwrap().samples), voxels(z, 1), "{path:?}");
        }
        let message = read_raster(&slice(name, slices)).unwrap_err().to_string();
        assert!(message.contains(&format!("{slices} slices")) && message.contains(name), "{message}");
        let message = read_raster(&fixture(name)).unwrap_err().to_string();
        assert!(message.contains(&format!("@0000 to @{:04}", slices - 1)), "{message}");
    }
    // Labels stay integers; an integer picture without full scale becomes floats.
    assert!(matches!(read_raster(&slice("volume_i16_be.nii", 1)).unwrap().samples, Samples::U16(_)));
    assert!(matches!(read_image(&slice("volume_i16_be.nii", 1)).unwrap().samples, Samples::F32(_)));
    assert_eq!(read_info(&slice("volume_i16_be.nii", 1)).unwrap().numbers, Numbers::Integer);
}

#[test]
fn a_fourth_axis_and_rgb_are_channels() {
    let path = slice("channels_u16.nii", 1);
    assert_eq!(read_size(&path).unwrap(), (4, 5, 3));
    assert_eq!(numbers(&read_raster(&path).unwrap().samples), voxels(1, 3));
    let rgb = read_raster(&fixture("rgb.nii")).unwrap();
    let pixels =
        [[0, 100, 200], [1, 101, 201], [2, 102, 202], [10, 110, 210], [11, 111, 211], [12, 112, 212]];
    assert_eq!((rgb.height, rgb.width, rgb.samples), (2, 3, Samples::U8(pixels.as_flattened().to_vec())));
}

#[test]
fn slope_and_intercept_are_applied() {
    let path = fixture("scaled_i16.nii");
    let expected: Vec<f32> = voxels(0, 1).iter().map(|v| 0.5 * v - 10.0).collect();
    assert_eq!(numbers(&read_image(&path).unwrap().samples), expected);
    assert_eq!(numbers(&read_raster(&path).unwrap().samples), expected);
    assert_eq!(read_info(&path).unwrap().numbers, Numbers::Float);
}

#[test]
fn the_affine_is_nibabels_and_moves_with_the_slice() {
    assert_eq!(read_info(&fixture("flat_u8.nii.gz")).unwrap().affine, Some(AFFINE));
    let second = read_info(&slice("volume_f32.nii.gz", 2)).unwrap().affine.unwrap();
    assert_eq!(second.map(|row| row[3]), [11.0, -20.0, 36.0]);
    // From the quaternion, as nibabel prints it; the other with a mirrored third axis.
    for (name, third) in [("turned_f64.nii", 3.0), ("mirrored_f64.nii", -3.0)] {
        let found = read_info(&slice(name, 0)).unwrap().affine.unwrap();
        let expected = [[0.0, 0.0, third, 1.0], [2.0, 0.0, 0.0, 2.0], [0.0, 2.5, 0.0, 3.0]];
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} {expected}");
        }
    }
    let folder = tempdir().unwrap();
    let picture = at(folder.path(), "a.png");
    grey(&picture, (1, 1), &[0]);
    assert_eq!(read_info(&picture).unwrap().affine, None);
}

#[test]
fn maps_lie_where_the_image_does_and_are_read_as_labels() {
    let folder = tempdir().unwrap();
    let labels = folder.path().join("labels");
    fs::create_dir(folder.path().join("images")).unwrap();
    fs::copy(fixture("volume_f32.nii.gz"), folder.path().join("images/v.nii.gz")).unwrap();
    let images = list_images(folder.path()).unwrap();
    assert_eq!(images.keys().collect::<Vec<_>>(), ["v@0000", "v@0001", "v@0002"]);
    let classes = ["cup".to_owned(), "disc".to_owned()];
    let map = |z: usize| {
        Array3::from_shape_fn((2, 4, 5), |(c, y, x)| ((x + 5 * y + 20 * c) as f32 + z as f32) / 64.0)
    };
    for (z, (id, image)) in images.iter().enumerate() {
        let mut writer =
            MapWriter::create(&labels, id, MapFormat::Nifti, Kind::Multilabel, &classes, 4, 5).unwrap();
        let affine = read_info(image).unwrap().affine.unwrap();
        writer.place(&Location::Space(affine));
        writer.write_rows(map(z).view()).unwrap();
        let paths = writer.finish().unwrap();
        assert_eq!(paths[1], labels.join(format!("disc/{id}.nii")));
        assert_eq!(read_info(&paths[1]).unwrap().affine, Some(affine));
    }
    write_sidecar(&labels, &Sidecar::new(Kind::Multilabel, &classes, MapFormat::Nifti, None)).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert!(data.describe_choice().contains("slices of a volume"), "{}", data.describe_choice());
    assert_eq!(data.items().iter().map(|item| item.id()).collect::<Vec<_>>(), ["v@0000", "v@0001", "v@0002"]);
    for (z, item) in data.items().iter().enumerate() {
        assert_eq!(numbers(&data.image(item).unwrap().samples), voxels(z, 1));
        assert_eq!(data.labels(item, Target::Labels).unwrap().probabilities(), map(z));
    }
    assert!(data.check(&|_, _| ()).is_empty());
    assert!(data.items().iter().all(|item| item.group() == "v"), "the slices of a volume belong together");
    // One file is hashed once, and its name counts, not its slices'.
    assert_eq!(data.fingerprint().unwrap().len(), 64);
}

#[test]
fn a_mask_that_lies_elsewhere_is_refused_though_its_size_is_right() {
    let folder = tempdir().unwrap();
    fs::copy(fixture("flat_u8.nii.gz"), at(folder.path(), "images/a.nii.gz")).unwrap();
    let mask = |affine: Option<Affine>| {
        let raters = folder.path().join("raters/anna");
        let classes = ["x".to_owned()];
        let mut writer =
            MapWriter::create(&raters, "a", MapFormat::Nifti, Kind::Binary, &classes, 4, 5).unwrap();
        affine.into_iter().for_each(|affine| writer.place(&Location::Space(affine)));
        writer.write_rows(Array3::ones((1, 4, 5)).view()).unwrap();
        writer.finish().unwrap();
        let problems = Dataset::open(folder.path()).unwrap().check(&|_, _| ());
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let mut near = AFFINE;
    near[0][3] += 1e-4;
    let mut turned = AFFINE;
    turned.swap(0, 1);
    // A tenth of a pixel of 1.5 mm, and a column that is a hundredth longer at the end of five.
    let (mut moved, mut stretched) = (AFFINE, AFFINE);
    moved[0][3] += 0.15;
    stretched[1][0] *= 1.008;
    for affine in [None, Some(AFFINE), Some(near), Some(stretched)] {
        assert_eq!(mask(affine), "");
    }
    let message = mask(Some(turned));
    assert!(
        ["anna/a.nii", "elsewhere", "images/a.nii.gz"].iter().all(|part| message.contains(part)),
        "{message}"
    );
    let message = mask(Some(moved));
    let parts = ["up to 0.100 pixels", "0.05 are allowed", "larger affine_tolerance into dataset.toml"];
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    fs::write(folder.path().join("dataset.toml"), "affine_tolerance = 0.1").unwrap();
    assert_eq!(mask(Some(moved)), "");
    fs::write(folder.path().join("dataset.toml"), "affine_tolerance = 0").unwrap();
    assert_ne!(mask(Some(stretched)), "");
}

#[test]
fn what_is_ignored_and_what_it_weighs_must_lie_where_the_image_does() {
    let mut turned = AFFINE;
    turned.swap(0, 1);
    for name in ["labels", "ignore", "weights"] {
        let folder = tempdir().unwrap();
        for known in ["images/a.nii.gz", "labels/a.nii.gz"] {
            fs::copy(fixture("flat_u8.nii.gz"), at(folder.path(), known)).unwrap();
        }
        fs::write(folder.path().join("dataset.toml"), "kind = \"binary\"\nlabels = \"soft\"\n").unwrap();
        let read = |affine: Affine| {
            let _ = fs::remove_file(folder.path().join(name).join("a.nii.gz"));
            let maps = folder.path().join(name);
            let classes = ["x".to_owned()];
            let mut writer =
                MapWriter::create(&maps, "a", MapFormat::Nifti, Kind::Binary, &classes, 4, 5).unwrap();
            writer.place(&Location::Space(affine));
            writer.write_rows(Array3::ones((1, 4, 5)).view()).unwrap();
            writer.finish().unwrap();
            let data = Dataset::open(folder.path()).unwrap();
            data.labels(&data.items()[0], Target::Labels)
        };
        assert!(read(AFFINE).is_ok(), "{name}");
        let error = read(turned).unwrap_err();
        assert!(matches!(error, DataError::Place { .. }), "{name}: {error:?}");
        assert!(error.to_string().contains(&format!("{name}/a.nii: lies elsewhere")), "{error}");
    }
}

#[test]
fn a_broken_volume_is_one_item_that_says_why() {
    let folder = tempdir().unwrap();
    for name in ["images/a.nii", "raters/anna/a.nii"] {
        fs::copy(fixture("scaled_i16.nii"), at(folder.path(), name)).unwrap();
    }
    let whole = fs::read(fixture("volume_i16_be.nii")).unwrap();
    fs::write(folder.path().join("images/b.nii"), &whole[..400]).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.items().len(), 2);
    let problems: Vec<String> = data.check(&|_, _| ()).iter().map(ToString::to_string).collect();
    assert!(problems.iter().any(|p| p.contains("b.nii") && p.contains("file of 400 bytes")), "{problems:?}");
}

/// The NIfTI-1 file as NIfTI-2 (nifti2.h), in either byte order; one voxel is `bytes` long.
fn as_nifti_2(first: &[u8], voxel: usize, big_endian: bool) -> Vec<u8> {
    let from_big = first[..4] == [0, 0, 1, 0x5c];
    let number = |offset: usize, bytes: usize| {
        let mut number = first[offset..offset + bytes].to_vec();
        if from_big {
            number.reverse();
        }
        number
    };
    let short = |offset| i64::from(i16::from_le_bytes(number(offset, 2).try_into().unwrap()));
    let real = |offset| f64::from(f32::from_le_bytes(number(offset, 4).try_into().unwrap()));
    let mut file = vec![0; 544];
    let mut put = |offset: usize, little: &[u8]| {
        let mut bytes = little.to_vec();
        if big_endian {
            bytes.reverse();
        }
        file[offset..offset + bytes.len()].copy_from_slice(&bytes);
    };
    put(0, &540_i32.to_le_bytes());
    put(12, &(short(70) as i16).to_le_bytes());
    (0..8).for_each(|axis| put(16 + 8 * axis, &short(40 + 2 * axis).to_le_bytes()));
    (0..8).for_each(|axis| put(104 + 8 * axis, &real(76 + 4 * axis).to_le_bytes()));
    put(168, &544_i64.to_le_bytes());
    put(176, &real(112).to_le_bytes());
    put(184, &real(116).to_le_bytes());
    put(344, &(short(252) as i32).to_le_bytes());
    put(348, &(short(254) as i32).to_le_bytes());
    (0..6).for_each(|place| put(352 + 8 * place, &real(256 + 4 * place).to_le_bytes()));
    (0..12).for_each(|place| put(400 + 8 * place, &real(280 + 4 * place).to_le_bytes()));
    file[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
    let start = real(108) as usize;
    for element in first[start..].chunks(voxel) {
        let mut element = element.to_vec();
        if from_big != big_endian {
            element.reverse();
        }
        file.extend(element);
    }
    file
}

#[test]
fn nifti_2_is_read_as_nifti_1_is() {
    let folder = tempdir().unwrap();
    let plain = ["volume_i16_be.nii", "turned_f64.nii", "channels_u16.nii", "scaled_i16.nii"];
    for (name, voxel) in plain.into_iter().zip([2, 8, 2, 2]) {
        let first = fs::read(fixture(name)).unwrap();
        for (big_endian, packed) in [(false, false), (true, false), (false, true), (true, true)] {
            let path = at(folder.path(), if packed { "a.nii.gz" } else { "a.nii" });
            let second = as_nifti_2(&first, voxel, big_endian);
            if packed {
                let file = fs::File::create(&path).unwrap();
                let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
                packer.write_all(&second).unwrap();
                packer.finish().unwrap();
            } else {
                fs::write(&path, second).unwrap();
            }
            for z in 0..2 {
                let sliced = |path: PathBuf| PathBuf::from(format!("{}@{z:04}", path.display()));
                let (old, new) = (sliced(fixture(name)), sliced(path.clone()));
                if read_info(&old).is_ok() {
                    assert_eq!(read_info(&old).unwrap(), read_info(&new).unwrap(), "{name} {big_endian}");
                    assert_eq!(read_raster(&old).unwrap(), read_raster(&new).unwrap(), "{name} {big_endian}");
                }
            }
        }
    }
    let mut pair = as_nifti_2(&fs::read(fixture("scaled_i16.nii")).unwrap(), 2, false);
    pair[4..8].copy_from_slice(b"ni2\0");
    let path = at(folder.path(), "pair.nii");
    fs::write(&path, &pair).unwrap();
    assert!(read_info(&path).unwrap_err().to_string().contains("pair .hdr and .img"));
    fs::write(&path, &pair[..400]).unwrap();
    assert!(read_info(&path).unwrap_err().to_string().contains("ends too early"));
}

#[test]
fn a_channel_with_negative_integers_makes_the_others_as_wide() {
    let folder = tempdir().unwrap();
    let mut file = fs::read(fixture("channels_u16.nii")).unwrap();
    // int16 of which the first is -1.
    file[70..72].copy_from_slice(&4_i16.to_le_bytes());
    file[352..354].copy_from_slice(&(-1_i16).to_le_bytes());
    let path = at(folder.path(), "a.nii");
    fs::write(&path, file).unwrap();
    let raster = read_raster(&folder.path().join("a.nii@0000")).unwrap();
    let mut expected = voxels(0, 3);
    expected[0] = -1.0;
    assert!(matches!(raster.samples, Samples::F64(_)));
    assert_eq!(numbers(&raster.samples), expected);
}

#[test]
fn what_no_header_may_say_is_refused() {
    let folder = tempdir().unwrap();
    let whole = fs::read(fixture("scaled_i16.nii")).unwrap();
    let nan = f32::NAN.to_le_bytes();
    for (at_byte, bytes, part) in [
        (0, &541_i32.to_le_bytes()[..], "does not begin like a NIfTI file"),
        (0, &540_i32.to_le_bytes()[..], "the file ends too early"),
        (344, b"ni1\0", "pair .hdr and .img"),
        (344, b"n+2\0", "mark"),
        (40, &[9, 0], "9 axes"),
        (42, &[0, 0], "axis 1 has a length of 0"),
        (42, &[0xff, 0x7f], "more than a file of"),
        (40, &[5, 0, 5, 0, 4, 0, 1, 0, 2, 0, 2, 0], "channels are read"),
        (70, &[32, 0], "voxels of type 32"),
        (108, &1e9_f32.to_le_bytes(), "more than a file of"),
        (108, &f32::INFINITY.to_le_bytes(), "begin at byte inf"),
        (108, &nan, "begin at byte NaN"),
        (108, &(-1.0_f32).to_le_bytes(), "begin at byte -1"),
        (108, &352.5_f32.to_le_bytes(), "begin at byte 352.5"),
        (108, &f32::MAX.to_le_bytes(), "begin at byte 34028"),
        (112, &f32::INFINITY.to_le_bytes(), "scaled by inf"),
        (112, &[1.0_f32.to_le_bytes(), nan].concat(), "plus NaN"),
        (112, &[2.0_f32.to_le_bytes(), f32::NEG_INFINITY.to_le_bytes()].concat(), "plus -inf"),
    ] {
        let path = at(folder.path(), "a.nii");
        let mut file = whole.clone();
        file[at_byte..at_byte + bytes.len()].copy_from_slice(bytes);
        fs::write(&path, file).unwrap();
        let error = read_raster(&path).unwrap_err();
        assert!(matches!(error, DataError::Broken { .. } | DataError::Unsupported { .. }), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
    }
    // A scale that is no number is none.
    let path = at(folder.path(), "a.nii");
    let mut file = whole;
    file[112..116].copy_from_slice(&nan);
    fs::write(&path, file).unwrap();
    assert_eq!(numbers(&read_image(&path).unwrap().samples), voxels(0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes are, reading answers and does not panic.
    #[test]
    fn damage_is_no_panic(
        which in 0_usize..4, at_byte in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let name = ["flat_u8.nii.gz", "volume_i16_be.nii", "rgb.nii", "channels_u16.nii"][which];
        let folder = tempdir().unwrap();
        let path = at(folder.path(), name);
        let mut bytes = fs::read(fixture(name)).unwrap();
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] = value;
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            fs::write(&path, bytes).unwrap();
            let sliced = folder.path().join(format!("{name}@0001"));
            for path in [&path, &sliced] {
                let _ = (read_raster(path), read_image(path), read_info(path));
            }
        }
    }
}
