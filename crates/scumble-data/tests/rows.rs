//! An item read by rows is the item read as a whole, whatever its files are.

mod files;

use files::{at, grey, mask, npy, palette, photo, png_packed, runs};
use ndarray::{Array2, ArrayView3, Axis, Slice};
use png::BitDepth;
use scumble::labels::SoftLabels;
use scumble_data::{Dataset, Item, ItemData, Prediction, Target, Wanted};
use serde_json::json;
use std::fs;
use std::ops::Range;
use std::path::Path;
use tempfile::tempdir;
use tiff::encoder::colortype::{ColorType, Gray8, Gray32Float, Gray64Float, GrayI32};
use tiff::encoder::{TiffEncoder, TiffValue};

const SIZE: (usize, usize) = (6, 4);
const PIXELS: usize = SIZE.0 * SIZE.1;
const BOTH: (u32, u32) = (SIZE.0 as u32, SIZE.1 as u32);

fn part<T: Clone>(maps: ArrayView3<'_, T>, rows: &Range<usize>) -> ndarray::Array3<T> {
    maps.slice_axis(Axis(1), Slice::from(rows.clone())).to_owned()
}

fn same_labels(whole: &SoftLabels, found: &SoftLabels, rows: &Range<usize>) {
    assert_eq!(found.probabilities(), part(whole.probabilities(), rows));
    assert_eq!(found.valid(), part(whole.valid(), rows));
    assert_eq!(found.effective_weights(true), part(whole.effective_weights(true).view(), rows));
    let votes = |labels: &SoftLabels| labels.votes().map(|v| (v.yes().to_owned(), v.total().to_owned()));
    let whole = votes(whole).map(|(yes, total)| (part(yes.view(), rows), part(total.view(), rows)));
    assert_eq!(votes(found), whole);
}

fn wanted(item: &Item) -> Wanted {
    Wanted {
        image: item.image().is_some(),
        raters: item.raters().next().is_some(),
        ..Wanted::labels(Target::Auto)
    }
}

/// Every cut of the rows in two gives what the whole has there.
fn same_by_rows(root: &Path) {
    let data = Dataset::open(root).unwrap();
    for item in data.items() {
        let whole = data.read(item, &wanted(item)).unwrap();
        let labels = whole.labels(Target::Auto).unwrap();
        let rows = data.rows(item, &wanted(item)).unwrap();
        assert_eq!(rows.size(), SIZE);
        assert!(rows.bands().into_iter().eq(std::iter::once(0..SIZE.0)));
        for cut in 1..SIZE.0 {
            for range in [0..cut, cut..SIZE.0] {
                let found: ItemData<'_> = rows.read(range.clone()).unwrap();
                same_labels(&labels, &found.labels(Target::Auto).unwrap(), &range);
                for ((name, mask), (other, known)) in found.raters.iter().zip(&whole.raters) {
                    assert_eq!((name, mask.marks().to_owned()), (other, part(known.marks(), &range)));
                }
                assert_eq!(found.raters.len(), whole.raters.len());
                let width = SIZE.1;
                if let (Some(image), Some(known)) = (&found.image, &whole.image) {
                    let at = |row| (0..width).map(move |column| (row, column));
                    for (row, column) in range.clone().flat_map(at) {
                        assert_eq!(image.raw(row - range.start, column, 0), known.raw(row, column, 0));
                    }
                }
                assert_eq!(
                    found.without_data.is_some(),
                    whole.without_data.as_ref().is_some_and(|empty| {
                        empty.slice_axis(Axis(0), Slice::from(range.clone())).iter().any(|empty| *empty)
                    })
                );
            }
        }
    }
}

fn numbers(modulus: usize) -> Vec<u8> {
    (0..PIXELS).map(|i| (i * 7 % modulus) as u8).collect()
}

#[test]
fn masks_with_what_is_ignored_and_weights() {
    let root = tempdir().unwrap();
    let root = root.path();
    photo(&at(root, "images/a.png"), BOTH, 9);
    mask(&at(root, "raters/ann/a.png"), BOTH, &numbers(2));
    mask(&at(root, "raters/bob/a.png"), BOTH, &numbers(3).iter().map(|n| n / 2).collect::<Vec<_>>());
    mask(&at(root, "raters/bob/ignore/a.png"), BOTH, &numbers(5).iter().map(|n| n / 4).collect::<Vec<_>>());
    mask(&at(root, "ignore/a.png"), BOTH, &numbers(11).iter().map(|n| n / 10).collect::<Vec<_>>());
    grey(&at(root, "weights/a.png"), BOTH, &numbers(13));
    same_by_rows(root);
}

#[test]
fn indices_shares_and_floats() {
    let root = tempdir().unwrap();
    let root = root.path();
    photo(&at(root, "indices/images/a.png"), BOTH, 9);
    palette(&at(root, "indices/labels/a.png"), BOTH, &numbers(3), 3);
    same_by_rows(&root.join("indices"));
    photo(&at(root, "soft/images/a.png"), BOTH, 9);
    grey(&at(root, "soft/labels/a.png"), BOTH, &numbers(251));
    fs::write(root.join("soft/dataset.toml"), "labels = \"soft\"\n").unwrap();
    same_by_rows(&root.join("soft"));
    let shares: Vec<f64> =
        (0..PIXELS).map(|i| if i == 9 { f64::NAN } else { i as f64 / 30.0 + 1e-12 }).collect();
    photo(&at(root, "float/images/a.png"), BOTH, 9);
    npy(&at(root, "float/labels/a.npy"), &[6, 4], &shares);
    same_by_rows(&root.join("float"));
    // All digits of what is judged.
    npy(&at(root, "float/labels/a.npy"), &[6, 4], &shares.iter().map(|x| x.max(0.0)).collect::<Vec<_>>());
    let data = Dataset::open(&root.join("float")).unwrap();
    let rows = data.rows(&data.items()[0], &Wanted::labels(Target::Labels)).unwrap();
    let Prediction::F64(found) = rows.read(2..4).unwrap().into_prediction().unwrap() else { panic!("f64") };
    assert_eq!(
        found.iter().copied().collect::<Vec<_>>(),
        shares[8..16].iter().map(|x| x.max(0.0)).collect::<Vec<_>>()
    );
}

#[test]
fn folders_of_classes_annotations_and_pixels_without_data() {
    let root = tempdir().unwrap();
    let root = root.path();
    let overlapping = root.join("overlapping");
    photo(&at(&overlapping, "images/a.png"), BOTH, 9);
    for (path, modulus) in [("ann/cup/a.png", 2), ("ann/disc/a.png", 3), ("bob/disc/a.png", 2)] {
        let on: Vec<u8> = numbers(modulus).iter().map(|n| u8::from(*n > 0)).collect();
        mask(&at(&overlapping, &format!("raters/{path}")), BOTH, &on);
    }
    same_by_rows(&overlapping);
    let annotated = root.join("annotated");
    photo(&at(&annotated, "images/a.png"), BOTH, 9);
    let marks = Array2::from_shape_vec(SIZE, numbers(2).iter().map(|n| u16::from(*n)).collect()).unwrap();
    let document = json!({
        "images": [{"id": 1, "file_name": "a.png", "height": SIZE.0, "width": SIZE.1}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 1,
            "segmentation": {"size": [SIZE.0, SIZE.1], "counts": runs(marks.view())}}],
    });
    fs::write(at(&annotated, "raters/ann.json"), document.to_string()).unwrap();
    same_by_rows(&annotated);
    let sparse = root.join("sparse");
    let image: Vec<f32> = (0..PIXELS).map(|i| if i % 5 == 0 || i > 17 { -9.0 } else { i as f32 }).collect();
    npy(&at(&sparse, "images/a.npy"), &[6, 4], &image);
    grey(&at(&sparse, "labels/a.png"), BOTH, &numbers(251));
    fs::write(sparse.join("dataset.toml"), "nodata = -9\nlabels = \"soft\"\n").unwrap();
    same_by_rows(&sparse);
}

/// A TIFF in strips of two rows.
fn tiff<C: ColorType>(path: &Path, data: &[C::Inner])
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::new(fs::File::create(path).unwrap()).unwrap();
    let mut image = encoder.new_image::<C>(SIZE.1 as u32, SIZE.0 as u32).unwrap();
    image.rows_per_strip(2).unwrap();
    image.write_data(data).unwrap();
}

/// Files that are never whole in memory.
#[test]
fn tiffs() {
    let root = tempdir().unwrap();
    let root = root.path();
    let masks = root.join("masks");
    let image: Vec<f32> = (0..PIXELS).map(|i| if i % 5 == 0 || i > 17 { -9.0 } else { i as f32 }).collect();
    tiff::<Gray32Float>(&at(&masks, "images/a.tif"), &image);
    tiff::<Gray8>(&at(&masks, "raters/ann/a.tif"), &numbers(2));
    tiff::<Gray8>(&at(&masks, "raters/bob/a.tif"), &numbers(2).iter().map(|n| 1 - n).collect::<Vec<_>>());
    tiff::<Gray8>(&at(&masks, "ignore/a.tif"), &numbers(11).iter().map(|n| n / 10).collect::<Vec<_>>());
    tiff::<Gray32Float>(&at(&masks, "weights/a.tif"), &image.iter().map(|v| v.abs()).collect::<Vec<_>>());
    fs::write(masks.join("dataset.toml"), "nodata = -9\n").unwrap();
    same_by_rows(&masks);
    // Integers of which one alone does not fit 16 bits.
    let signed = root.join("signed");
    photo(&at(&signed, "images/a.png"), BOTH, 9);
    let mut indices: Vec<i32> = numbers(3).iter().map(|n| i32::from(*n)).collect();
    indices[PIXELS - 1] = -1;
    tiff::<GrayI32>(&at(&signed, "labels/a.tif"), &indices);
    fs::write(signed.join("dataset.toml"), "ignore_index = -1\nclasses = [\"a\", \"b\", \"c\"]\n").unwrap();
    same_by_rows(&signed);
    let float = root.join("float");
    photo(&at(&float, "images/a.png"), BOTH, 9);
    tiff::<Gray64Float>(
        &at(&float, "labels/a.tif"),
        &(0..PIXELS).map(|i| i as f64 / 30.0 + 1e-12).collect::<Vec<_>>(),
    );
    same_by_rows(&float);
}

/// Red, green and blue are equal, and each half is of one opacity.
fn half_opaque(path: &Path) {
    let pixel = |i: usize| {
        [u8::from(i.is_multiple_of(2)) * 255; 3].into_iter().chain([if i < PIXELS / 2 { 255 } else { 100 }])
    };
    let data: Vec<u8> = (0..PIXELS).flat_map(pixel).collect();
    fs::write(path, tiff_of(&data)).unwrap();
}

/// A TIFF of four samples a pixel, by its bytes: one strip, no extra samples declared.
fn tiff_of(data: &[u8]) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, SIZE.1 as u32),
        (257, 4, 1, SIZE.0 as u32),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 4),
        (278, 4, 1, SIZE.0 as u32),
        (279, 4, 1, data.len() as u32),
    ];
    let mut file = [&b"II*\0"[..], &(8 + data.len() as u32).to_le_bytes(), data].concat();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes().into_iter().chain(kind.to_le_bytes()));
        file.extend(count.to_le_bytes().into_iter().chain(value.to_le_bytes()));
    }
    file.extend([0; 4]);
    file
}

/// What a part could be taken for is not what the whole is: by rows it is refused, and never read as something else.
#[test]
fn a_part_is_never_taken_for_more_than_the_whole() {
    let root = tempdir().unwrap();
    let root = root.path();
    // Two entries of a palette, one in each half: which of them is on?
    photo(&at(root, "palette/images/a.png"), BOTH, 9);
    let entries: Vec<u8> = (0..PIXELS)
        .map(|i| {
            if i % 3 > 0 {
                0
            } else if i < PIXELS / 2 {
                5
            } else {
                7
            }
        })
        .collect();
    palette(&at(root, "palette/raters/ann/a.png"), BOTH, &entries, 8);
    palette(&at(root, "palette/raters/bob/a.png"), BOTH, &numbers(2), 2);
    fs::write(root.join("palette/dataset.toml"), "kind = \"binary\"\n").unwrap();
    photo(&at(root, "opacity/images/a.png"), BOTH, 9);
    half_opaque(&at(root, "opacity/raters/ann/a.tif"));
    fs::write(root.join("opacity/dataset.toml"), "kind = \"binary\"\n").unwrap();
    for name in ["palette", "opacity"] {
        let data = Dataset::open(&root.join(name)).unwrap();
        let item = &data.items()[0];
        assert!(data.read(item, &Wanted::raters()).is_err(), "{name}");
        let rows = data.rows(item, &Wanted::raters()).unwrap();
        for range in [0..3, 3..6] {
            assert!(rows.read(range).is_err(), "{name}");
        }
    }
}

#[test]
fn bands_of_a_large_item_are_its_rows_in_order() {
    let root = tempdir().unwrap();
    let (height, width) = (3001, 3000);
    let bits = vec![0; height * width / 8];
    png_packed(
        &at(root.path(), "raters/ann/a.png"),
        (height as u32, width as u32),
        png::ColorType::Grayscale,
        BitDepth::One,
        &bits,
        0,
    );
    let data = Dataset::open(root.path()).unwrap();
    let rows = data.rows(&data.items()[0], &Wanted::raters()).unwrap();
    let bands = rows.bands();
    assert!(bands.len() > 1 && bands.iter().all(|band| !band.is_empty() && band.len() * width <= 1 << 21));
    assert!(bands.iter().cloned().flatten().eq(0..height));
}
