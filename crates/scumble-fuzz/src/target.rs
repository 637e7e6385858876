//! What is fuzzed, by name.

use crate::mutate::{self, Form};
use crate::{Chance, data_sets, images, loss_frame, panics, seeds, training};

/// One reader, or the losses, as a function of bytes.
pub struct Target {
    /// Its name, that of its program in `fuzz/fuzz_targets/` and of its folder in `fuzz/regressions/`.
    pub name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    /// What the bytes are, which says how they can be changed and stay worth reading.
    pub form: Form,
}

impl Target {
    /// Reads the bytes.
    ///
    /// # Panics
    /// Where what must be true of any bytes is not.
    pub fn run(&self, bytes: &[u8]) {
        (self.run)(bytes);
        let hidden = panics::hidden();
        assert!(hidden.is_empty(), "a panic came back as an error: {}", hidden.join("; "));
    }

    /// Sound inputs to begin with.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        (self.seeds)()
    }

    /// Changes an input, its checksums and lengths made right again most of the time.
    pub fn mutate(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        mutate::mutate(self.form, bytes, chance);
    }
}

macro_rules! targets {
    ($($constant:ident: $name:literal, $run:expr, $seeds:expr, $form:ident;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: Target =
                Target { name: $name, run: $run, seeds: $seeds, form: Form::$form };
        )*
        /// Every target.
        pub const ALL: &[Target] = &[$($constant),*];
    };
}

targets! {
    PNG: "png", |b| images::image("png", b), || seeds::images("png"), Png;
    JPEG: "jpeg", |b| images::image("jpg", b), || seeds::images("jpg"), Bytes;
    TIFF: "tiff", |b| images::slices("tif", b), || seeds::images("tif"), Tiff;
    BMP: "bmp", |b| images::image("bmp", b), || seeds::images("bmp"), Bytes;
    WEBP: "webp", |b| images::image("webp", b), || seeds::images("webp"), Bytes;
    NPY: "npy", images::array, seeds::arrays, Npy;
    NPZ: "npz", |b| images::image("npz", b), seeds::packed_arrays, Zip;
    NIFTI: "nifti", |b| images::slices("nii", b), || seeds::volumes("nii"), Nifti;
    NIFTI_GZ: "nifti_gz", |b| images::slices("nii.gz", b), || seeds::volumes("gz"), Gzip;
    COCO: "coco", |b| data_sets::annotations("raters/r.json", b), seeds::annotations, Text;
    LABEL_STUDIO: "label_studio", |b| data_sets::annotations("raters/r.json", b), seeds::exports, Text;
    CVAT: "cvat", |b| data_sets::annotations("raters/r.xml", b), seeds::cvat, Text;
    LABELME: "labelme", |b| data_sets::annotations("raters/r/a.json", b), seeds::labelme, Text;
    QUPATH: "qupath", |b| data_sets::annotations("raters/r/a.geojson", b), seeds::objects, Text;
    ROI: "roi", |b| data_sets::outlines("roi", b), || seeds::outlines("roi"), Bytes;
    ROI_ZIP: "roi_zip", |b| data_sets::outlines("zip", b), || seeds::outlines("zip"), Zip;
    SAMPLES: "samples", data_sets::samples, seeds::samples, Npy;
    DATASET: "dataset", data_sets::settings, seeds::settings, Text;
    MAPS: "maps", data_sets::sidecar, seeds::sidecars, Text;
    MODEL: "model", training::model, seeds::models, Safetensors;
    CHECKPOINT: "checkpoint", training::checkpoint, seeds::checkpoints, Safetensors;
    CONFIG: "config", training::config, seeds::configs, Text;
    METRICS: "metrics", training::metrics, seeds::metrics, Text;
    RUN: "run", training::run_info, seeds::run_infos, Text;
    LOSS: "loss", loss_frame::loss_frame, seeds::losses, Bytes;
}
