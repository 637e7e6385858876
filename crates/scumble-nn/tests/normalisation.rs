//! How images enter a network: what is asked for is what a model does.

use scumble_data::{
    Dataset, NormalisationMethod, Raster, Samples, SyntheticOptions, synthetic, write_synthetic,
};
use scumble_nn::ranks::Alone;
use scumble_nn::train::preview;
use scumble_nn::{ClaimedRun, Config, Device, Model, Precision, Predictor, TrainRequest, load_config, train};
use std::path::Path;

fn data(folder: &Path) -> Dataset {
    let images = synthetic(&SyntheticOptions { images: 3, size: 32, raters: 2, seed: 1 });
    write_synthetic(folder, &images).unwrap();
    Dataset::open(folder).unwrap()
}

fn config(normalisation: &str) -> Config {
    let settings =
        ["network.widths=[2, 4]", "train.epochs=1", "train.steps=2", "train.patch=16", "train.precision=f32"];
    let normalisation = format!("data.normalisation={normalisation}");
    load_config(None, &settings.map(String::from).into_iter().chain([normalisation]).collect::<Vec<_>>())
        .unwrap()
}

fn trained(dataset: &Dataset, config: &Config, folder: &Path) -> Model {
    let run = ClaimedRun::create(folder, false).unwrap();
    let device = &Device::Cpu;
    let ranks = &Alone;
    train(
        &TrainRequest { dataset, config, run: Some(&run), ranks, device, pause_after: None, command: &[] },
        &(),
    )
    .unwrap();
    Model::read(&run.model_path()).unwrap()
}

/// The same scene, recorded with another gain and offset.
fn exposed(image: &Raster, gain: f32, offset: f32) -> Raster {
    let samples = image.to_unit().permuted_axes([1, 2, 0]).iter().map(|v| gain * v + offset).collect();
    Raster { samples: Samples::F32(samples), ..image.clone() }
}

#[test]
fn a_model_holds_on_another_exposure_as_its_normalisation_says() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = data(&folder.path().join("data"));
    let image = dataset.image(&dataset.items()[0]).unwrap();
    let away = |normalisation: &str| {
        let model = trained(&dataset, &config(normalisation), &folder.path().join(normalisation));
        let seen = model.card.normalisation.seen().expect("the exposures of the training images");
        assert_eq!(seen.channels(), model.card.normalisation.channels());
        let method = model.card.normalisation.method();
        let mut predictor = Predictor::open(model, &Device::Cpu, Precision::F32).unwrap();
        let usual = predictor.predict(&exposed(&image, 1.0, 0.0)).unwrap();
        let dim = predictor.predict(&exposed(&image, 0.05, 3.0)).unwrap();
        (method, (usual - dim).iter().fold(0.0, |most: f32, d| most.max(d.abs())))
    };
    let [image, percentile, both, dataset, none] =
        ["image", "percentile", "both", "dataset", "none"].map(away);
    assert_eq!(image.0, NormalisationMethod::Image);
    assert_eq!(both.0, NormalisationMethod::Both);
    assert!(image.1 < 1e-4 && percentile.1 < 1e-4, "{image:?} {percentile:?}");
    // No image is farther away than those of the training are from each other.
    assert!(both.1 < 0.5 * dataset.1, "{both:?} {dataset:?}");
    assert!(none.1 > 1e-3, "{none:?}");
}

#[test]
fn unasked_pictures_enter_by_both_and_reflectance_by_the_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = data(&folder.path().join("pictures"));
    let (_, normalisation) = preview(&dataset, &config("auto"), 1, &()).unwrap();
    assert_eq!(normalisation.method(), NormalisationMethod::Both);

    let root = folder.path().join("bands");
    write_synthetic(&root, &synthetic(&SyntheticOptions { images: 3, size: 32, raters: 2, seed: 1 }))
        .unwrap();
    for item in dataset.items() {
        let picture = dataset.image(item).unwrap().to_unit();
        let bands = ndarray::Array3::from_shape_fn((5, 32, 32), |(band, y, x)| picture[[band % 3, y, x]]);
        let path = root.join("images").join(item.id());
        std::fs::remove_file(path.with_extension("png")).unwrap();
        let bands = bands.permuted_axes([1, 2, 0]).as_standard_layout().into_owned();
        scumble_data::write_array(&path.with_extension("npy"), bands.view()).unwrap();
    }
    let bands = Dataset::open(&root).unwrap();
    let (_, normalisation) = preview(&bands, &config("auto"), 1, &()).unwrap();
    assert_eq!(normalisation.method(), NormalisationMethod::Dataset);
    let (_, normalisation) = preview(&bands, &config("both"), 1, &()).unwrap();
    assert_eq!(normalisation.method(), NormalisationMethod::Both);
}

#[test]
fn a_preview_is_what_a_training_begins_with() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = data(folder.path());
    let (few, _) = preview(&dataset, &config("auto"), 3, &()).unwrap();
    let (many, _) = preview(&dataset, &config("auto"), 19, &()).unwrap();
    assert_eq!((few.len(), many.len()), (3, 19));
    assert_eq!(few, many[..3]);
    assert_eq!(few[0].image.dim(), (3, 16, 16));
}
