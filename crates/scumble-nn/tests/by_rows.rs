//! An image that is read by rows is predicted as it is in memory, to the bit.

mod common;

use common::untrained;
use ndarray::{Array3, Axis, concatenate};
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{
    Normalisation, NormalisationBuilder, NormalisationMethod, Raster, RasterReader, Samples, read_image,
};
use scumble_nn::predict::known;
use scumble_nn::{Averaging, Device, FlipsChoice, Mean, Model, Precision, Predictor, Reading, Scales, Task};
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

/// An uncompressed TIFF of f32 in strips of `rows` rows, with GDAL_NODATA where it is said.
fn write_tiff(path: &Path, image: &Raster, rows: usize) {
    let Samples::F32(samples) = &image.samples else { panic!("floats") };
    let strip = rows * image.width * 4;
    let strips = image.height.div_ceil(rows);
    let nodata = image.nodata.map(|nodata| format!("{nodata}\0"));
    let mut behind = Vec::new();
    let directory = 8 + 2 + 12 * (10 + usize::from(nodata.is_some())) + 4;
    let mut entries: Vec<(u16, u16, u32, u32)> = Vec::new();
    let mut tag = |tag: u16, kind: u16, values: &[u32]| match values {
        [one] => entries.push((tag, kind, 1, *one)),
        many => {
            entries.push((tag, kind, many.len() as u32, (directory + behind.len()) as u32));
            many.iter().for_each(|value| behind.extend(value.to_le_bytes()));
        }
    };
    let first = directory + 8 * strips + 16;
    tag(256, 4, &[image.width as u32]);
    tag(257, 4, &[image.height as u32]);
    tag(258, 3, &[32]);
    tag(259, 3, &[1]);
    tag(262, 3, &[1]);
    tag(273, 4, &(0..strips).map(|at| (first + at * strip) as u32).collect::<Vec<_>>());
    tag(277, 3, &[1]);
    tag(278, 4, &[rows as u32]);
    tag(279, 4, &vec![strip as u32; strips]);
    tag(339, 3, &[3]);
    if let Some(text) = nodata {
        entries.push((42_113, 2, text.len() as u32, (directory + behind.len()) as u32));
        behind.extend(text.bytes());
    }
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend([tag, kind].iter().flat_map(|number| number.to_le_bytes()));
        file.extend([count, value].iter().flat_map(|number| number.to_le_bytes()));
    }
    file.extend([0; 4]);
    file.extend(behind);
    file.resize(first, 0);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file.resize(first + strips * strip, 0);
    fs::write(path, file).unwrap();
}

fn image((height, width): (usize, usize), gap: bool) -> Raster {
    let mut samples: Vec<f32> =
        (0..height * width).map(|i| (i * i % 251) as f32 / 25.0 + (i / width) as f32 / 9.0).collect();
    if gap {
        samples[..3 * width + 7].fill(-9999.0);
        samples[height / 2 * width + 3] = f32::NAN;
    }
    let nodata = gap.then_some(-9999.0);
    Raster { height, width, channels: 1, samples: Samples::F32(samples), indexed: None, nodata }
}

fn model(image: &Raster, method: NormalisationMethod, nodata: Option<f64>) -> Model {
    let task = Task::new(LabelSpace::new(Kind::Multilabel, ["cup", "disc"]).unwrap());
    let mut normalisation = NormalisationBuilder::new();
    normalisation
        .add(&Raster { samples: Samples::F32(vec![1.0; image.height * image.width]), ..image.clone() })
        .unwrap();
    let normalisation: Normalisation = normalisation.finish().unwrap();
    untrained(task, &[4, 4], normalisation.with_method(method).with_nodata(nodata))
}

fn whole(predictor: &mut Predictor, path: &Path, readings: &[Reading]) -> Vec<Array3<f32>> {
    let image = read_image(path).unwrap();
    let empty = predictor.card().normalisation.without_data(&image);
    let maps = predictor.read(&image, readings).unwrap();
    match empty {
        Some(empty) => maps.iter().map(|maps| known(maps.view(), empty.view())).collect(),
        None => maps,
    }
}

fn by_rows(predictor: &mut Predictor, path: &Path, readings: &[Reading]) -> Vec<Array3<f32>> {
    let mut looked = predictor.look(RasterReader::image(path).unwrap().unwrap()).unwrap();
    let mut bands: Vec<Vec<Array3<f32>>> = vec![Vec::new(); readings.len()];
    predictor
        .read_rows(&mut looked, readings, &mut |maps, empty| {
            for (bands, maps) in bands.iter_mut().zip(maps) {
                bands.push(match &empty {
                    Some(empty) => known(*maps, empty.view()),
                    None => maps.to_owned(),
                });
            }
            Ok(())
        })
        .unwrap();
    let join = |bands: &Vec<Array3<f32>>| {
        concatenate(Axis(1), &bands.iter().map(|band| band.view()).collect::<Vec<_>>()).unwrap()
    };
    bands.iter().map(join).collect()
}

fn bits(maps: &[Array3<f32>]) -> Vec<Vec<u32>> {
    maps.iter().map(|maps| maps.iter().map(|p| p.to_bits()).collect()).collect()
}

#[test]
fn rows_are_predicted_as_the_whole_image_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    let readings = [Reading::Classes, Reading::Logits];
    for (size, gap, strip) in [((211, 93), false, 16), ((151, 130), true, 7), ((9, 14), true, 100)] {
        let image = image(size, gap);
        write_tiff(&path, &image, strip.min(size.0));
        for (flips, scales, method) in [
            (FlipsChoice::Off, "1", NormalisationMethod::Dataset),
            (FlipsChoice::All, "1", NormalisationMethod::Image),
            (FlipsChoice::Turns, "0.5,1,1.7", NormalisationMethod::Percentile),
            (FlipsChoice::Flips, "0.3", NormalisationMethod::Both),
        ] {
            let averaging =
                Averaging { flips, scales: Some(scales.parse::<Scales>().unwrap()), mean: Mean::Logits };
            let model = model(&image, method, None);
            let predictor = Predictor::open(model, &Device::Cpu, Precision::F32).unwrap();
            let mut predictor = predictor.with_tile(NonZeroUsize::MIN).with_averaging(averaging);
            let expected = whole(&mut predictor, &path, &readings);
            let found = by_rows(&mut predictor, &path, &readings);
            assert_eq!(found[0].dim(), (2, size.0, size.1));
            assert!(bits(&found) == bits(&expected), "{size:?} {flips:?} {scales} {method}");
        }
    }
}

#[test]
fn several_models_look_at_one_image_each_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    let image = image((120, 75), true);
    // What stands for no data is known to one of the models alone.
    write_tiff(&path, &Raster { nodata: None, ..image.clone() }, 11);
    let models = vec![
        model(&image, NormalisationMethod::Both, Some(-9999.0)),
        model(&image, NormalisationMethod::Percentile, None),
    ];
    let mut predictor = Predictor::open_all(models, &Device::Cpu, Precision::F32, Averaging::none()).unwrap();
    let readings = [Reading::Classes, Reading::Disagreement];
    let expected = whole(&mut predictor, &path, &readings);
    assert!(bits(&by_rows(&mut predictor, &path, &readings)) == bits(&expected));
}

#[test]
fn a_look_knows_what_the_image_in_memory_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    let image = image((60, 40), true);
    write_tiff(&path, &image, 9);
    let normalisation = model(&image, NormalisationMethod::Image, None).card.normalisation;
    let whole = read_image(&path).unwrap();
    let look = normalisation.look(&mut RasterReader::image(&path).unwrap().unwrap()).unwrap();
    let empty = normalisation.without_data(&whole).unwrap();
    assert_eq!(look.without_data, empty.iter().filter(|empty| **empty).count() as u64);
    assert_eq!(normalisation.unlike_look(&look), normalisation.unlike(&whole));
    let Some(error) = &look.not_finite else { panic!("a NaN is in it") };
    assert_eq!(error.to_string(), scumble_data::check_finite(&whole, None).unwrap_err().to_string());
    // An image of other channels.
    let three = Normalisation::identity(3);
    assert!(three.of_look(&look).is_err() && three.unlike_look(&look).is_none());
}
