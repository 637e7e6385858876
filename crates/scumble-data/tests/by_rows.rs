//! Rows of a file are those of the whole file, however it is laid out and packed.

mod files;

use files::at;
use files::made::image;
use scumble_data::{DataError, Raster, RasterReader, Samples, read_image, read_raster};
use std::fs;
use std::path::{Path, PathBuf};

/// Every TIFF of the fixtures.
fn tiffs() -> Vec<PathBuf> {
    let folder = image("tiles_lzw.tif").parent().unwrap().to_owned();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "tif"));
    files.sort();
    assert!(files.len() > 40, "{} files", files.len());
    files
}

/// Bands of rows, put together as they come.
fn by_bands(reader: &mut RasterReader, rows: usize) -> Result<Raster, DataError> {
    let (height, _) = reader.size();
    let mut whole: Option<Raster> = None;
    for top in (0..height).step_by(rows) {
        let band = reader.rows(top..(top + rows).min(height))?;
        whole = Some(match whole {
            None => band,
            Some(mut whole) => {
                whole.height += band.height;
                match (&mut whole.samples, band.samples) {
                    (Samples::U8(all), Samples::U8(more)) => all.extend(more),
                    (Samples::U16(all), Samples::U16(more)) => all.extend(more),
                    (Samples::F32(all), Samples::F32(more)) => all.extend(more),
                    (Samples::F64(all), Samples::F64(more)) => all.extend(more),
                    _ => panic!("bands of different types"),
                }
                whole
            }
        });
    }
    Ok(whole.unwrap())
}

type Whole = fn(&Path) -> Result<Raster, DataError>;
type ByRows = fn(&Path) -> Result<Option<RasterReader>, DataError>;
const READERS: [(Whole, ByRows); 2] =
    [(read_image, RasterReader::image), (read_raster, RasterReader::raster)];

/// NaN is NaN.
fn same(a: &Raster, b: &Raster) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

#[test]
fn rows_are_those_of_the_whole_file() {
    for path in tiffs() {
        for (whole, rows) in READERS {
            let (whole, reader) = (whole(&path), rows(&path));
            let Ok(whole) = whole else {
                assert!(reader.is_err(), "{}", path.display());
                continue;
            };
            let mut reader = reader.unwrap().unwrap();
            assert_eq!(reader.size(), (whole.height, whole.width), "{}", path.display());
            for band in [1, 3, 16, 17, whole.height] {
                let found = by_bands(&mut reader, band).unwrap();
                assert!(same(&found, &whole), "{}, bands of {band} rows", path.display());
            }
            // In any order.
            let (middle, end) = (whole.height / 2, whole.height);
            let below = reader.rows(middle..end).unwrap();
            let above = reader.rows(0..middle.max(1)).unwrap();
            assert_eq!((above.height, below.height), (middle.max(1), end - middle), "{}", path.display());
            let samples = by_bands(&mut reader, 5).unwrap();
            assert!(same(&samples, &whole), "{}", path.display());
        }
    }
}

/// An uncompressed strip of the whole image, as some programs write every image.
fn one_strip(path: &Path, (height, width): (u32, u32), pixels: &[u8], said: u32) {
    let tags = [
        (256, width),
        (257, height),
        (258, 8),
        (262, 1),
        (273, 8 + 2 + 12 * 7 + 4),
        (278, height),
        (279, said),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        bytes.extend([tag, 4_u16].iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend([1_u32, value].iter().flat_map(|number| number.to_le_bytes()));
    }
    bytes.extend([0; 4]);
    bytes.extend(pixels);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_strip_of_the_whole_image_is_read_in_parts_where_it_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    let (height, width) = (900, 1000);
    let pixels: Vec<u8> = (0..height * width).map(|at| (at * 7 + at / 1000) as u8).collect();
    one_strip(&path, (height, width), &pixels, height * width);
    let whole = read_image(&path).unwrap();
    assert_eq!(whole.samples, Samples::U8(pixels.clone()));
    let mut reader = RasterReader::image(&path).unwrap().unwrap();
    assert_eq!(by_bands(&mut reader, 100).unwrap(), whole);
    // A strip that says that it is shorter than it is.
    one_strip(&path, (height, width), &pixels, 1000);
    assert!(read_image(&path).is_err());
    assert!(RasterReader::image(&path).unwrap().unwrap().rows(0..1).is_err());
    // The file ends in the middle of it: what is there can be read, what is not is said.
    one_strip(&path, (height, width), &pixels[..pixels.len() / 2], height * width);
    assert!(read_image(&path).is_err());
    assert!(RasterReader::image(&path).unwrap().unwrap().rows(899..900).is_err());
}

/// Damaged files: an answer, and where both answer the same one.
#[test]
fn damage_is_an_answer_by_rows_too() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "planes_tiles.tif",
        "jpeg_ycbcr.tif",
        "palette_nibbles.tif",
        "float_predictor_tiles_be.tif",
        "big_be_i16.tif",
    ] {
        let intact = fs::read(image(name)).unwrap();
        let path = at(folder.path(), name);
        for place in (0..intact.len()).step_by(intact.len() / 120 + 1) {
            let mut bytes = intact.clone();
            bytes[place] ^= 0x81;
            for bytes in [&bytes[..], &intact[..place]] {
                fs::write(&path, bytes).unwrap();
                for (whole, rows) in READERS {
                    let Ok(whole) = whole(&path) else {
                        let read = rows(&path).and_then(|reader| by_bands(&mut reader.unwrap(), 7));
                        assert!(read.is_err(), "{name}, byte {place}");
                        continue;
                    };
                    let mut reader = rows(&path).unwrap().unwrap();
                    assert!(same(&by_bands(&mut reader, 7).unwrap(), &whole), "{name}, byte {place}");
                }
            }
        }
    }
}

#[test]
fn other_formats_are_read_whole() {
    assert!(RasterReader::image(&image("palette.bmp")).unwrap().is_none());
}
