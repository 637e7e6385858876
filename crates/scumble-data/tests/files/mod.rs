//! Small files for tests, written with other encoders than the crate's own.
#![allow(dead_code, reason = "every test program uses some of these")]

pub(crate) mod made;

use npyz::WriterBuilder;
use png::{BitDepth, ColorType, Encoder};
use scumble_data::{Dataset, Wanted};
use std::fs;
use std::path::{Path, PathBuf};

/// A file that a script has made with another program.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Nothing is wrong with a data set.
pub(crate) fn sound(data: &Dataset) {
    let problems: Vec<String> = data.check(&|_, _| ()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The first thing that is wrong with a folder, when it is opened or when it is checked.
pub(crate) fn problem(root: &Path) -> String {
    match Dataset::open(root) {
        Err(error) => error.to_string(),
        Ok(data) => data.check(&|_, _| ()).first().expect("something is wrong").to_string(),
    }
}

/// The marks [G, H, W] of an item's first rater, or of the one that is named.
pub(crate) fn marks(data: &Dataset, item: usize, rater: Option<&str>) -> ndarray::Array3<u16> {
    let masks = data.read(&data.items()[item], &Wanted::raters()).unwrap().raters;
    let wanted = |name: &str| rater.is_none_or(|rater| rater == name);
    masks.iter().find(|(name, _)| wanted(name)).unwrap().1.marks().to_owned()
}

/// A file below `root`, its folders created.
pub(crate) fn at(root: &Path, path: &str) -> PathBuf {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// Packed PNG data as the encoder takes it (16 bits big-endian).
pub(crate) fn png_packed(
    path: &Path,
    size: (u32, u32),
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    palette: usize,
) {
    let file = fs::File::create(path).unwrap();
    let mut encoder = Encoder::new(file, size.1, size.0);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette((0..palette * 3).map(|n| (n * 7) as u8).collect::<Vec<_>>());
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
}

/// 8-bit grey.
pub(crate) fn grey(path: &Path, size: (u32, u32), data: &[u8]) {
    png_packed(path, size, ColorType::Grayscale, BitDepth::Eight, data, 0);
}

/// 8-bit RGB of one colour.
pub(crate) fn photo(path: &Path, size: (u32, u32), shade: u8) {
    let data = vec![shade; (size.0 * size.1 * 3) as usize];
    png_packed(path, size, ColorType::Rgb, BitDepth::Eight, &data, 0);
}

/// 8-bit RGB.
pub(crate) fn rgb(path: &Path, size: (u32, u32), data: &[u8]) {
    png_packed(path, size, ColorType::Rgb, BitDepth::Eight, data, 0);
}

/// A 1-bit mask.
pub(crate) fn mask(path: &Path, size: (u32, u32), on: &[u8]) {
    let width = size.1 as usize;
    let pack = |bits: &[u8]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | bit << (7 - at));
    let data: Vec<u8> = on.chunks(width).flat_map(|row| row.chunks(8).map(pack)).collect();
    png_packed(path, size, ColorType::Grayscale, BitDepth::One, &data, 0);
}

/// 8-bit palette indices.
pub(crate) fn palette(path: &Path, size: (u32, u32), indices: &[u8], colors: usize) {
    png_packed(path, size, ColorType::Indexed, BitDepth::Eight, indices, colors);
}

/// 8-bit indices into these colours.
pub(crate) fn palette_of(path: &Path, size: (u32, u32), colours: &[[u8; 3]], indices: &[u8]) {
    let mut encoder = Encoder::new(fs::File::create(path).unwrap(), size.1, size.0);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(colours.as_flattened().to_vec());
    encoder.write_header().unwrap().write_image_data(indices).unwrap();
}

/// NPY by the npyz crate, in C order unless `fortran` (the data is written as given).
pub(crate) fn npy<T: npyz::Serialize + npyz::AutoSerialize + Copy>(path: &Path, shape: &[u64], data: &[T]) {
    npy_ordered(path, shape, data, npyz::Order::C);
}

pub(crate) fn npy_ordered<T: npyz::Serialize + npyz::AutoSerialize + Copy>(
    path: &Path,
    shape: &[u64],
    data: &[T],
    order: npyz::Order,
) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .order(order)
        .writer(&mut file)
        .begin_nd()
        .unwrap();
    writer.extend(data.iter().copied()).unwrap();
    writer.finish().unwrap();
}

/// A mask as COCO counts it: lengths of off, on, off, .. down the columns.
pub(crate) fn runs(marks: ndarray::ArrayView2<'_, u16>) -> Vec<u64> {
    let mut runs = vec![0];
    for (before, on) in std::iter::once(&0).chain(marks.t()).zip(marks.t()) {
        if before != on {
            runs.push(0);
        }
        *runs.last_mut().unwrap() += 1;
    }
    runs
}
