//! Volumes: their slices along every axis, with their neighbours, and maps that are volumes again.

mod files;

use files::fixture;
use ndarray::{Array3, Axis};
use scumble::labels::Kind;
use scumble_data::{
    DataError, Dataset, MapFormat, MapWriter, Samples, Sidecar, SliceAxis, Target, list_images,
    list_images_along, plan_import, read_image, read_image_in_context, read_info, read_raster, read_volume,
    write_sidecar,
};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::tempdir;

/// What `volume_f32.nii.gz` holds at a voxel (scripts/golden_formats.py): 5 x 4 x 3 of them.
fn voxel([x, y, z]: [usize; 3]) -> f32 {
    (x + 10 * y + 50 * z) as f32
}

fn at(file: &Path, slice: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(format!("@{slice}"));
    path.into()
}

fn floats(samples: &Samples) -> Vec<f32> {
    match samples {
        Samples::F32(values) => values.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn slices_are_taken_along_every_axis() {
    let file = fixture("volume_f32.nii.gz");
    let affine = read_info(&at(&file, "0000")).unwrap().affine.unwrap();
    for (axis, [columns, rows]) in [("x", [1, 2]), ("y", [0, 2]), ("z", [0, 1])] {
        let along = "xyz".find(axis).unwrap();
        let size = [5, 4, 3];
        for number in 0..size[along] {
            let path = at(&file, &format!("{axis}{number:04}"));
            let raster = read_raster(&path).unwrap();
            assert_eq!((raster.height, raster.width), (size[rows], size[columns]), "{path:?}");
            let place = |at: usize| {
                let mut place = [0; 3];
                (place[along], place[columns], place[rows]) =
                    (number, at % size[columns], at / size[columns]);
                place
            };
            let expected: Vec<f32> = (0..size[rows] * size[columns]).map(|at| voxel(place(at))).collect();
            assert_eq!(floats(&raster.samples), expected, "{path:?}");
            // The corner of the slice lies where the voxel does.
            let found = read_info(&path).unwrap().affine.unwrap();
            for (found, whole) in found.iter().zip(&affine) {
                assert_eq!(found[..3], [whole[columns], whole[rows], whole[along]]);
                assert!((found[3] - whole[3] - number as f64 * whole[along]).abs() < 1e-12);
            }
        }
        let beyond = read_raster(&at(&file, &format!("{axis}{:04}", size[along]))).unwrap_err().to_string();
        assert!(beyond.contains(&format!("{} slices", size[along])), "{beyond}");
    }
}

/// A NIfTI-1 of u8 voxels x + 10 y + 50 z, with sides and nothing else of its place.
fn volume(path: &Path, size: [usize; 3], sides: [f32; 3]) {
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, size[0], size[1], size[2], 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * axis, &(length as i16).to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(72, &8_i16.to_le_bytes());
    for (axis, side) in [1.0, sides[0], sides[1], sides[2]].into_iter().enumerate() {
        put(76 + 4 * axis, &side.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    let voxels =
        (0..size[2]).flat_map(|z| (0..size[1]).flat_map(move |y| (0..size[0]).map(move |x| [x, y, z])));
    bytes.extend(voxels.map(|place| voxel(place) as u8));
    fs::write(path, bytes).unwrap();
}

#[test]
fn without_a_word_slices_lie_across_the_longest_side() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii");
    for (sides, axis, slices) in [
        ([1.0, 1.0, 3.0], SliceAxis::Z, 3),
        ([1.0, 3.0, 1.0], SliceAxis::Y, 4),
        ([3.0, 1.0, 1.0], SliceAxis::X, 5),
        ([1.0, 1.0, 1.0], SliceAxis::Z, 3),
    ] {
        volume(&path, [5, 4, 3], sides);
        let found = read_volume(&path).unwrap().unwrap();
        assert_eq!((found.axis(), found.slices()), (axis, slices), "{sides:?}");
        let images = list_images(&path).unwrap();
        assert_eq!(images.len(), slices);
        assert_eq!(images["v@0001"], at(&path, "0001"));
        let said = read_image(&at(&path, &format!("{axis}0001"))).unwrap();
        assert_eq!(read_image(&images["v@0001"]).unwrap(), said);
        let along_x = list_images_along(&path, Some(SliceAxis::X)).unwrap();
        assert_eq!((along_x.len(), &along_x["v@x0004"]), (5, &at(&path, "x0004")));
    }
    // A volume of one slice is an image, however long its pixels are.
    volume(&path, [5, 4, 1], [9.0, 1.0, 1.0]);
    assert_eq!((read_image(&path).unwrap().height, list_images(&path).unwrap().len()), (4, 1));
}

#[test]
fn dataset_toml_says_the_axis() {
    let folder = tempdir().unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        volume(&folder.path().join(name).join("v.nii"), [5, 4, 3], [1.0; 3]);
    }
    let settings = "kind = \"binary\"\nlabels = \"soft\"\nslices = \"x\"\n";
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.slice_axis(), Some(SliceAxis::X));
    let ids: Vec<&str> = data.items().iter().map(|item| item.id()).collect();
    assert_eq!(ids, ["v@x0000", "v@x0001", "v@x0002", "v@x0003", "v@x0004"]);
    assert!(data.items().iter().all(|item| item.group() == "v"));
    let labels = data.labels(&data.items()[2], Target::Labels).unwrap();
    assert_eq!(labels.probabilities()[[0, 1, 3]], voxel([2, 3, 1]) / 255.0);
    // Neighbours are channels of the image, and not of its label.
    let data = data.with_context(1);
    let image = data.image(&data.items()[4]).unwrap();
    let expected = [3, 4, 3].map(|x| voxel([x, 3, 1]) as u8);
    assert_eq!(image.channels, 3);
    let Samples::U8(samples) = &image.samples else { panic!("{:?}", image.samples) };
    assert_eq!(samples[3 * (4 + 3)..][..3], expected);
    assert_eq!(data.labels(&data.items()[4], Target::Labels).unwrap().size(), (3, 4));
}

#[test]
fn slices_across_different_axes_are_not_those_of_one_volume() {
    let folder = tempdir().unwrap();
    for (name, sides) in [("images", [3.0, 1.0, 1.0]), ("labels", [1.0; 3])] {
        fs::create_dir(folder.path().join(name)).unwrap();
        volume(&folder.path().join(name).join("v.nii"), [4; 3], sides);
    }
    let settings = "kind = \"binary\"\nlabels = \"soft\"\n";
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    let label = |data: &Dataset| data.labels(&data.items()[1], Target::Labels);
    let error = label(&Dataset::open(folder.path()).unwrap()).unwrap_err().to_string();
    assert!(error.contains("labels/v.nii@0001") && error.contains("slices = \"x\""), "{error}");
    fs::write(folder.path().join("dataset.toml"), settings.to_owned() + "slices = \"x\"\n").unwrap();
    let found = label(&Dataset::open(folder.path()).unwrap()).unwrap();
    assert_eq!(found.probabilities()[[0, 2, 3]], voxel([1, 3, 2]) / 255.0);
}

#[test]
fn an_image_without_slices_beside_it_is_no_slice() {
    let path = fixture("flat_u8.nii.gz");
    assert!(matches!(read_image_in_context(&path, 1), Err(DataError::Unsupported { .. })));
    assert_eq!(read_image_in_context(&path, 0).unwrap(), read_image(&path).unwrap());
    let slice = at(&fixture("channels_u16.nii"), "0001");
    let (alone, with) = (read_image(&slice).unwrap(), read_image_in_context(&slice, 2).unwrap());
    assert_eq!((alone.channels, with.channels), (3, 15));
    assert_eq!(*with.own_slice(2), alone);
}

#[test]
fn channels_of_volumes_in_nnu_nets_folders_become_a_fourth_axis() {
    let (folder, imported) = (tempdir().unwrap(), tempdir().unwrap());
    let source = folder.path();
    for name in ["imagesTr", "labelsTr"] {
        fs::create_dir(source.join(name)).unwrap();
    }
    volume(&source.join("imagesTr/a_0000.nii"), [5, 4, 3], [1.0, 1.0, 3.0]);
    fs::copy(source.join("imagesTr/a_0000.nii"), source.join("imagesTr/a_0001.nii")).unwrap();
    volume(&source.join("labelsTr/a.nii"), [5, 4, 3], [1.0, 1.0, 3.0]);
    let target = imported.path().join("set");
    let carry = || plan_import(source, None, None).unwrap().carry_out(&target, false, &|| ());
    assert_eq!(carry().unwrap().stacked, 1);
    let joined = target.join("images/a.nii.gz");
    for slice in ["z0002", "x0001"] {
        let image = read_image(&at(&joined, slice)).unwrap();
        let alone = read_image(&at(&source.join("imagesTr/a_0000.nii"), slice)).unwrap();
        let (Samples::U8(both), Samples::U8(one)) = (&image.samples, &alone.samples) else { panic!() };
        assert_eq!(image.channels, 2);
        assert_eq!(*both, one.iter().flat_map(|&v| [v, v]).collect::<Vec<_>>());
    }
    assert_eq!(read_volume(&joined).unwrap(), read_volume(&source.join("labelsTr/a.nii")).unwrap());
    // Another size is no channel of it.
    volume(&source.join("imagesTr/a_0001.nii"), [5, 4, 2], [1.0, 1.0, 3.0]);
    let error = carry().unwrap_err().to_string();
    assert!(error.contains("a_0001.nii") && error.contains("a_0000.nii"), "{error}");
    assert!(joined.exists(), "what was there stays");
}

/// Maps [K, slices, H, W] of a volume, written in bands of rows and read as labels again.
#[test]
fn maps_of_a_volume_are_one_file_a_class_that_lies_where_the_volume_does() {
    let classes = ["cup".to_owned(), "disc".to_owned()];
    for (axis, format, exact) in [
        (None, MapFormat::Nifti, true),
        (Some(SliceAxis::X), MapFormat::Nifti, true),
        (Some(SliceAxis::Y), MapFormat::Nifti16, false),
    ] {
        let folder = tempdir().unwrap();
        let (images, labels) = (folder.path().join("images"), folder.path().join("labels"));
        fs::create_dir(&images).unwrap();
        fs::copy(fixture("volume_f32.nii.gz"), images.join("v.nii.gz")).unwrap();
        let addresses = list_images_along(&images, axis).unwrap();
        let volume = read_volume(addresses.values().next().unwrap()).unwrap().unwrap();
        let ((height, width), slices) = (volume.slice_size(), volume.slices());
        assert_eq!(slices, addresses.len());
        let map = |slice: usize| {
            Array3::from_shape_fn((2, height, width), |(k, y, x)| match (k, y, x) {
                (0, 0, _) => (slice % 2) as f32,
                _ => (x + 7 * y + 29 * slice + 50 * k) as f32 / 300.0,
            })
        };
        let kind = Kind::Multilabel;
        let mut writer = MapWriter::create_volume(&labels, "v", format, kind, &classes, &volume).unwrap();
        for slice in 0..slices {
            let maps = map(slice);
            writer.write_rows(maps.slice_axis(Axis(1), (..1).into())).unwrap();
            writer.write_rows(maps.slice_axis(Axis(1), (1..).into())).unwrap();
        }
        let files = writer.finish().unwrap();
        assert_eq!(files, ["cup", "disc"].map(|class| labels.join(class).join("v.nii.gz")));
        assert_eq!(files, MapWriter::volume_files(&labels, "v", format, kind, &classes).unwrap());
        let written = read_volume(&files[0]).unwrap().unwrap();
        assert_eq!(written.slices(), 3);
        let affine = |path: &Path| read_info(&at(path, "z0002")).unwrap().affine;
        assert_eq!(affine(&files[0]), affine(&images.join("v.nii.gz")));
        let sidecar = Sidecar { slice_axis: axis, ..Sidecar::new(kind, &classes, format, None) };
        write_sidecar(&labels, &sidecar).unwrap();
        // As a folder of maps, which its maps.json tells the axis of.
        let maps = Dataset::open(&labels).unwrap();
        let ids: Vec<&String> = addresses.keys().collect();
        assert_eq!(maps.items().iter().map(|item| item.id()).collect::<Vec<_>>(), ids);
        for (slice, item) in maps.items().iter().enumerate() {
            let found = maps.labels(item, Target::Labels).unwrap();
            for (found, expected) in found.probabilities().iter().zip(&map(slice)) {
                let edge = *expected == 0.0 || *expected == 1.0;
                let allowed = if exact || edge { 0.0 } else { 1.0 / 65_536.0 };
                assert!((found - expected).abs() <= allowed, "{axis:?}: {found} {expected}");
            }
        }
    }
}

#[test]
fn the_same_maps_are_the_same_bytes_and_others_have_no_volumes() {
    let folder = tempdir().unwrap();
    let volume = read_volume(&fixture("volume_f32.nii.gz")).unwrap().unwrap();
    let class = ["x".to_owned()];
    let write = |name: &str, format| {
        let mut writer =
            MapWriter::create_volume(folder.path(), name, format, Kind::Binary, &class, &volume)?;
        writer.write_rows(Array3::from_elem((1, 12, 5), 0.25).view())?;
        Ok::<_, DataError>(fs::read(&writer.finish()?[0]).unwrap())
    };
    assert_eq!(write("a", MapFormat::Nifti).unwrap(), write("b", MapFormat::Nifti).unwrap());
    assert!(write("c", MapFormat::Tiff).unwrap_err().to_string().contains("tiff"));
    // What is not finished leaves nothing.
    let mut writer =
        MapWriter::create_volume(folder.path(), "d", MapFormat::Nifti, Kind::Binary, &class, &volume)
            .unwrap();
    writer.write_rows(Array3::from_elem((1, 4, 5), 0.25).view()).unwrap();
    assert!(writer.finish().unwrap_err().to_string().contains("8 rows"));
    assert!(!folder.path().join("d.nii.gz").exists());
}
