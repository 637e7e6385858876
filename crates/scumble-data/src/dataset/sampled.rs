//! Samples of a sampler: several hard masks of each image of a data set, in a folder of their own.

use super::encoding::Encoding;
use super::geometry::Geometry;
use super::listing::{entries, exact_files};
use super::masks::marks_of_raster;
use super::prediction::unknown;
use super::values::{Rule, stacked};
use super::{Dataset, Item, Prediction};
use crate::formats::{
    Pages, Slicing, file_and_slice, id_of, images_of, is_array, is_lossy, read_several, slice_of,
};
use crate::{DataError, LayoutProblem, composed, is_image};
use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;
use scumble::fusion::mean;
use scumble::labels::{Kind, RaterMask};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// Samples of a sampler, such as a probabilistic U-Net: several hard masks of each image of a data set.
///
/// ```text
/// ID/0.png, ID/1.png, ..           a mask a file, in any format and by any names; of a slice brain@0003 also brain/0.nii.gz
/// ID.npy, ID.npz                   an array [samples, height, width]; overlapping classes: [samples, classes, height, width]
/// ID.tif, ID.nii.gz                a page or a slice a sample
/// CLASS/ID/0.png, CLASS/ID.npy     overlapping classes, as labels/CLASS/ID.png: the samples of each class in the same order
/// ```
///
/// Numbers mean what they mean in the data set's masks: class indices, or on (1, 255, 65535) and off (0). Images may have
/// different numbers of samples, and one is enough.
#[derive(Debug, Clone)]
pub struct SampledMasks {
    root: PathBuf,
    /// By image: the files of all classes, or those of each.
    images: BTreeMap<String, Vec<Files>>,
    rule: Rule,
}

/// The samples of one image.
#[derive(Debug, Clone)]
enum Files {
    /// A file, or a slice of one, a sample.
    Each(Vec<PathBuf>),
    /// All in one.
    Array(PathBuf),
}

impl Files {
    fn paths(&self) -> &[PathBuf] {
        match self {
            Files::Each(paths) => paths,
            Files::Array(path) => std::slice::from_ref(path),
        }
    }
}

impl SampledMasks {
    /// Lists a folder of samples of a data set's images; nothing is decoded.
    ///
    /// # Errors
    /// No such folder, no samples in it, JPEG files, two sources of one image's samples.
    pub fn open(root: &Path, dataset: &Dataset) -> Result<Self, DataError> {
        if !root.is_dir() {
            let found = if root.exists() { "this is a file" } else { "there is no such folder" };
            return Err(DataError::Layout {
                path: root.to_owned(),
                problem: LayoutProblem::NoSamples { found },
            });
        }
        let mut images: BTreeMap<String, Vec<Files>> = BTreeMap::new();
        for folder in folders(root, dataset) {
            for (image, files) in listed(&folder)? {
                images.entry(image).or_default().push(files);
            }
        }
        if images.is_empty() {
            let problem = LayoutProblem::NoSamples { found: "nothing in it can be read" };
            return Err(DataError::Layout { path: root.to_owned(), problem });
        }
        // Of two exclusive classes the second is on.
        let indices = dataset.kind() == Kind::Multiclass && dataset.classes().len() > 2;
        let encoding = match dataset.mask_rule().encoding {
            Encoding::Colours => Encoding::Colours,
            _ if dataset.label_rule().encoding == Encoding::Colours => Encoding::Colours,
            _ if indices => Encoding::Index,
            _ => Encoding::OnOff,
        };
        Ok(Self { root: root.to_owned(), images, rule: Rule { encoding, ..dataset.mask_rule() } })
    }

    /// The names of the images that have samples, sorted.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.images.keys().map(String::as_str)
    }

    /// Whether there are samples of an image.
    pub fn have(&self, item: &Item) -> bool {
        self.images.contains_key(item.id())
    }

    /// Every file, or the address of its slice there.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.images.values().flatten().flat_map(Files::paths).map(PathBuf::as_path)
    }

    /// The samples of an image, in the order of their files' names or in that of the array.
    ///
    /// # Errors
    /// None of this image, a broken file, another size than the image's, values that are no class, classes with different
    /// numbers of samples.
    pub fn read(&self, dataset: &Dataset, item: &Item) -> Result<Vec<RaterMask>, DataError> {
        let files = self.images.get(item.id()).ok_or_else(|| self.lacks(item, "samples"))?;
        let geometry = dataset.geometry(item)?;
        let [all] = &files[..] else { return self.of_classes(files, dataset, item, &geometry) };
        let marks = self.marks(all, dataset.space().groups(), dataset, &geometry)?;
        let path = |at: usize| all.paths().get(at).unwrap_or(&all.paths()[0]).as_path();
        let mask = |(at, marks): (usize, Array3<u16>)| {
            RaterMask::new(dataset.space(), marks).map_err(DataError::label(path(at)))
        };
        marks.into_iter().enumerate().map(mask).collect()
    }

    /// The same from a folder a class.
    fn of_classes(
        &self,
        files: &[Files],
        dataset: &Dataset,
        item: &Item,
        geometry: &Geometry,
    ) -> Result<Vec<RaterMask>, DataError> {
        if files.len() != dataset.classes().len() {
            return Err(self.lacks(item, "samples of every class"));
        }
        let mut samples: Vec<Vec<Array3<u16>>> = Vec::new();
        for (class, files) in files.iter().enumerate() {
            let marks = self.marks(files, 1, dataset, geometry)?;
            if class > 0 && marks.len() != samples.len() {
                let count = |class: usize, count: usize| (dataset.classes()[class].clone(), count);
                let counts = Box::new([count(0, samples.len()), count(class, marks.len())]);
                let problem = LayoutProblem::Samples { image: item.id().to_owned(), counts };
                return Err(DataError::Layout { path: self.root.clone(), problem });
            }
            samples.resize(marks.len(), Vec::new());
            samples.iter_mut().zip(marks).for_each(|(sample, marks)| sample.push(marks));
        }
        let path = files[0].paths()[0].as_path();
        let mask = |planes: Vec<Array3<u16>>| {
            RaterMask::new(dataset.space(), stacked(&planes)).map_err(DataError::label(path))
        };
        samples.into_iter().map(mask).collect()
    }

    /// The marks of each sample, [maps, H, W].
    fn marks(
        &self,
        files: &Files,
        maps: usize,
        dataset: &Dataset,
        geometry: &Geometry,
    ) -> Result<Vec<Array3<u16>>, DataError> {
        let path = match files {
            Files::Each(paths) => {
                let read = |path: &PathBuf| dataset.marks_of_file(path, maps, self.rule, geometry);
                return paths.par_iter().map(read).collect();
            }
            Files::Array(path) => path,
        };
        // The numbers of an array are no colours.
        let encoding = match self.rule.encoding {
            Encoding::Colours if dataset.kind() == Kind::Multiclass => Encoding::Index,
            Encoding::Colours => Encoding::OnOff,
            encoding => encoding,
        };
        let rule = Rule { encoding, ..self.rule };
        let rasters = read_several(path, maps)?.into_iter().enumerate();
        let marks = rasters.map(|(sample, raster)| {
            let path = slice_of(path, sample);
            geometry.check_size((raster.height, raster.width), &path)?;
            marks_of_raster(raster, &path, maps, rule)
        });
        marks.collect()
    }

    /// The mean of an image's samples, which at the pixels that are valid in a label, [G, H, W], must all be known.
    ///
    /// # Errors
    /// A pixel there at which no sample says anything.
    pub fn mean(
        &self,
        dataset: &Dataset,
        item: &Item,
        samples: &[RaterMask],
        judged: Option<ArrayView3<'_, bool>>,
    ) -> Result<Prediction, DataError> {
        let mean = mean(dataset.space(), samples).map_err(DataError::fusion(item.id()))?;
        match unknown(&mean, judged) {
            Some((row, column)) => {
                let (id, root) = (item.id().to_owned(), self.root.clone());
                Err(DataError::NoProbability { id, root, row, column })
            }
            None => Ok(Prediction::F32(mean.into_probabilities())),
        }
    }

    fn lacks(&self, item: &Item, what: &'static str) -> DataError {
        DataError::NoLabel { id: item.id().to_owned(), what, root: self.root.clone() }
    }
}

/// The folder itself or, where there is one of each class and none of them is an image, these in class order.
fn folders(root: &Path, dataset: &Dataset) -> Vec<PathBuf> {
    let classes = dataset.classes();
    let image = |class: &String| dataset.items().iter().any(|item| item.id() == class);
    let inside: Vec<PathBuf> = classes.iter().map(|class| root.join(class)).collect();
    let overlap = dataset.kind() != Kind::Multiclass;
    // Names of classes may be anything, such as the path of another folder.
    let overlap = overlap && classes.iter().all(|class| Path::new(class).file_name() == Some(class.as_ref()));
    match overlap && inside.iter().all(|folder| folder.is_dir()) && !classes.iter().any(image) {
        true => inside,
        false => vec![root.to_owned()],
    }
}

/// The samples in a folder by image.
fn listed(folder: &Path) -> Result<BTreeMap<String, Files>, DataError> {
    let mut images: BTreeMap<String, Files> = BTreeMap::new();
    for path in entries(folder)? {
        let of_image = if path.is_dir() { in_folder(&path)? } else { in_file(path)? };
        for (id, files) in of_image {
            match images.entry(id) {
                Entry::Vacant(entry) => drop(entry.insert(files)),
                Entry::Occupied(entry) => {
                    let [first, second] = [entry.get(), &files].map(|files| files.paths()[0].clone());
                    return Err(DataError::Duplicate { id: entry.key().clone(), first, second });
                }
            }
        }
    }
    Ok(images)
}

/// A folder of an image, or of a volume, whose slices are images.
fn in_folder(folder: &Path) -> Result<BTreeMap<String, Files>, DataError> {
    let mut images: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let Some(name) = folder.file_name().and_then(|name| name.to_str()).map(composed) else {
        return Ok(BTreeMap::new());
    };
    for file in exact_files(folder, Slicing::default())?.into_values() {
        let slice = file_and_slice(&file).1.map(|slice| slice_of(Path::new(&name), slice));
        let image = slice.map_or_else(|| name.clone(), |address| address.to_string_lossy().into_owned());
        images.entry(image).or_default().push(file);
    }
    Ok(images.into_iter().map(|(image, files)| (image, Files::Each(files))).collect())
}

/// Pages are samples.
const EACH: Slicing = Slicing { pages: Pages::Slices, axis: None };

/// A file of all samples of an image.
fn in_file(path: PathBuf) -> Result<BTreeMap<String, Files>, DataError> {
    let Some(id) = id_of(&path).filter(|_| is_image(&path)) else { return Ok(BTreeMap::new()) };
    if is_lossy(&path) {
        return Err(DataError::Lossy { path });
    }
    let files = if is_array(&path) { Files::Array(path) } else { Files::Each(images_of(&path, EACH)) };
    Ok(BTreeMap::from([(id, files)]))
}
