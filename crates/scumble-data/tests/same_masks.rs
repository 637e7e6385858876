//! The same masks in every format: whatever raters' masks come in, the votes are those of plain PNG masks.

mod files;

use files::{at, mask, npy, png_packed};
use ndarray::{Array2, Array3};
use png::{BitDepth, ColorType, Encoder};
use scumble_data::{Dataset, Target, Wanted};
use serde_json::json;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::tempdir;
use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::Gray8;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What raters marked on one image, on = 1.
type Masks = Vec<(String, Array2<u8>)>;

/// A name, a dataset.toml, and what writes the files.
type Format<'a> = (&'a str, &'a str, &'a dyn Fn(&Path));

const ON: [u8; 3] = [200, 30, 5];
const OFF: [u8; 3] = [5, 30, 200];
const COLOURS: &str = "classes = [\"vessel\"]\n[colours]\nvessel = \"#c81e05\"\nrest = \"#051ec8\"\n";

fn size(mask: &Array2<u8>) -> (u32, u32) {
    (mask.nrows() as u32, mask.ncols() as u32)
}

fn flat(mask: &Array2<u8>) -> Vec<u8> {
    mask.iter().copied().collect()
}

/// For each image, the votes (yes, all) of the raters' mean.
fn votes(root: &Path) -> Vec<(Array3<u16>, Array3<u16>)> {
    let data = Dataset::open(root).unwrap_or_else(|error| panic!("{error}"));
    let problems: Vec<String> = data.check(&|_, _| ()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let of = |item| {
        let label = data.labels(item, Target::Mean).unwrap();
        let votes = label.votes().unwrap();
        (votes.yes().to_owned(), votes.total().to_owned())
    };
    data.items().iter().map(of).collect()
}

/// Writes a file a mask.
fn each(root: &Path, images: &[Masks], extension: &str, write: impl Fn(&Path, &Array2<u8>)) {
    for (number, raters) in images.iter().enumerate() {
        for (rater, mask) in raters {
            write(&at(root, &format!("raters/{rater}/image{number}.{extension}")), mask);
        }
    }
}

/// Writes a file a rater, whose slices are the images.
fn volumes(root: &Path, images: &[Masks], extension: &str, write: impl Fn(&Path, &[&Array2<u8>])) {
    for (rater, (name, _)) in images[0].iter().enumerate() {
        let slices: Vec<&Array2<u8>> = images.iter().map(|raters| &raters[rater].1).collect();
        write(&at(root, &format!("raters/{name}/volume.{extension}")), &slices);
    }
}

fn palette(path: &Path, mask: &Array2<u8>) {
    let (height, width) = size(mask);
    let mut encoder = Encoder::new(File::create(path).unwrap(), width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    // Another order than that of the classes: only the colours say what is on.
    encoder.set_palette([ON, [9; 3], OFF].as_flattened().to_vec());
    let indices = mask.mapv(|on| 2 - 2 * on);
    encoder.write_header().unwrap().write_image_data(&flat(&indices)).unwrap();
}

fn rgb(path: &Path, mask: &Array2<u8>) {
    let pixels: Vec<u8> = mask.iter().flat_map(|&on| if on == 1 { ON } else { OFF }).collect();
    png_packed(path, size(mask), ColorType::Rgb, BitDepth::Eight, &pixels, 0);
}

fn npz(path: &Path, mask: &Array2<u8>) {
    let array = path.with_extension("npy");
    let (height, width) = size(mask);
    npy(&array, &[height.into(), width.into()], &flat(mask));
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    archive.start_file("mask.npy", SimpleFileOptions::default()).unwrap();
    archive.write_all(&fs::read(&array).unwrap()).unwrap();
    archive.finish().unwrap();
    fs::remove_file(array).unwrap();
}

/// NIfTI of 8 bits: x is the column, y the row.
fn nifti(path: &Path, slices: &[&Array2<u8>]) {
    let mut file = vec![0; 352];
    file[..4].copy_from_slice(&348_i32.to_le_bytes());
    for (axis, length) in
        [3, slices[0].ncols(), slices[0].nrows(), slices.len(), 1, 1, 1, 1].into_iter().enumerate()
    {
        file[40 + 2 * axis..42 + 2 * axis].copy_from_slice(&(length as i16).to_le_bytes());
    }
    file[70..72].copy_from_slice(&2_i16.to_le_bytes());
    file[72..74].copy_from_slice(&8_i16.to_le_bytes());
    file[108..112].copy_from_slice(&352_f32.to_le_bytes());
    file[344..348].copy_from_slice(b"n+1\0");
    file.extend(slices.iter().flat_map(|mask| mask.iter()));
    fs::write(path, file).unwrap();
}

fn pages(path: &Path, slices: &[&Array2<u8>]) {
    let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
    for mask in slices {
        let (height, width) = size(mask);
        encoder.write_image::<Gray8>(width, height, &flat(mask)).unwrap();
    }
}

/// Run lengths down the columns, for each rater; and images, which annotations are held against.
fn coco(root: &Path, images: &[Masks]) {
    for (rater, (name, _)) in images[0].iter().enumerate() {
        let mut described = Vec::new();
        let mut annotations = Vec::new();
        for (number, raters) in images.iter().enumerate() {
            let mask = &raters[rater].1;
            let (height, width) = size(mask);
            let mut runs = vec![0];
            let mut last = 0;
            for &on in mask.t() {
                if on != last {
                    runs.push(0);
                    last = on;
                }
                *runs.last_mut().unwrap() += 1;
            }
            let image = at(root, &format!("images/image{number}.png"));
            let shade = vec![number as u8; mask.len()];
            png_packed(&image, size(mask), ColorType::Grayscale, BitDepth::Eight, &shade, 0);
            described.push(json!({"id": number, "file_name": format!("image{number}.png"), "height": height, "width": width}));
            let segmentation = json!({"size": [height, width], "counts": runs});
            annotations.push(json!({"image_id": number, "category_id": 1, "segmentation": segmentation}));
        }
        let categories = json!([{"id": 1, "name": "vessel"}]);
        let document = json!({"images": described, "annotations": annotations, "categories": categories});
        fs::write(at(root, &format!("raters/{name}.json")), document.to_string()).unwrap();
    }
}

fn all_formats_agree(images: &[Masks]) {
    let write = |settings: &str, write: &dyn Fn(&Path)| {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("dataset.toml"), settings).unwrap();
        write(folder.path());
        votes(folder.path())
    };
    let plain =
        write("", &|root| each(root, images, "png", |path, marks| mask(path, size(marks), &flat(marks))));
    assert_eq!(plain.len(), images.len());
    let disputed = plain.iter().flat_map(|(yes, _)| yes).filter(|&&yes| yes == 1).count();
    assert!(disputed > 0, "a set on which all agree shows nothing");
    let formats: [Format; 7] = [
        ("palette", COLOURS, &|root| each(root, images, "png", palette)),
        ("RGB", COLOURS, &|root| each(root, images, "png", rgb)),
        ("NPZ", "", &|root| each(root, images, "npz", npz)),
        ("TIFF pages", "pages = \"slices\"", &|root| volumes(root, images, "tif", pages)),
        ("NIfTI", "", &|root| each(root, images, "nii", |path, mask| nifti(path, &[mask]))),
        ("NIfTI volume", "", &|root| volumes(root, images, "nii", nifti)),
        ("COCO", "", &|root| coco(root, images)),
    ];
    for (name, settings, files) in formats {
        assert!(write(settings, files) == plain, "{name}");
    }
}

#[test]
fn made_up_masks() {
    // Disks, stripes, an empty mask and a full one, of two raters each.
    let shape =
        |test: &dyn Fn(usize, usize) -> bool| Array2::from_shape_fn((13, 21), |(y, x)| u8::from(test(y, x)));
    let both = |a, b| vec![("anna".to_owned(), a), ("ben".to_owned(), b)];
    all_formats_agree(&[
        both(
            shape(&|y, x| (y as i32 - 6).pow(2) + (x as i32 - 9).pow(2) < 20),
            shape(&|y, x| y + x < 14 && x > 2),
        ),
        both(shape(&|_, _| false), shape(&|_, _| true)),
        both(shape(&|y, x| y * x % 3 == 1), shape(&|y, _| y % 2 == 0)),
    ]);
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn masks_of_chase_db1() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/chase_db1"));
    if !root.is_dir() {
        eprintln!("skipped: no chase_db1 beside the project");
        return;
    }
    let data = Dataset::open(&root).unwrap();
    let marks = |item| {
        let masks = data.read(item, &Wanted::raters()).unwrap().raters;
        let mark = |mask: &scumble::labels::RaterMask| {
            mask.marks().index_axis(ndarray::Axis(0), 0).mapv(|mark| mark as u8)
        };
        masks.iter().map(|(rater, mask)| (rater.clone(), mark(mask))).collect()
    };
    let images: Vec<Masks> = data.items()[..2].iter().map(marks).collect();
    all_formats_agree(&images);
}
