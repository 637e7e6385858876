//! Every format and bit depth that is read; broken files of each. A new variant is a new test here.

mod files;

use files::{at, grey, npy, npy_ordered, photo, png_packed};
use png::{BitDepth, ColorType};
use proptest::prelude::*;
use scumble_data::{DataError, Numbers, Raster, Samples, read_image, read_info, read_raster, read_size};
use std::fs;
use std::path::Path;
use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, colortype};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn broken(path: &Path) -> String {
    let error = read_raster(path).unwrap_err();
    assert!(matches!(error, DataError::Broken { .. }), "{error:?}");
    assert!(error.to_string().contains(path.file_name().unwrap().to_str().unwrap()));
    error.to_string()
}

#[test]
fn png_of_few_bits() {
    let folder = folder();
    let path = at(folder.path(), "a.png");
    png_packed(&path, (2, 3), ColorType::Grayscale, BitDepth::One, &[0b1010_0000, 0b0110_0000], 0);
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.samples, raster.indexed), (Samples::U8(vec![1, 0, 1, 0, 1, 1]), Some(1)));
    let picture = read_image(&path).unwrap();
    assert_eq!((picture.samples, picture.indexed), (Samples::U8(vec![255, 0, 255, 0, 255, 255]), None));

    png_packed(&path, (1, 4), ColorType::Grayscale, BitDepth::Two, &[0b00_01_10_11], 0);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(vec![0, 85, 170, 255]));
    png_packed(&path, (1, 3), ColorType::Grayscale, BitDepth::Four, &[0x0F, 0x10], 0);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(vec![0, 255, 17]));
}

#[test]
fn png_palettes_are_indices_for_labels_and_colours_for_pictures() {
    let folder = folder();
    let path = at(folder.path(), "a.png");
    for (depth, data) in [(BitDepth::Two, vec![0b00_01_10_00]), (BitDepth::Eight, vec![0, 1, 2])] {
        png_packed(&path, (1, 3), ColorType::Indexed, depth, &data, 3);
        let raster = read_raster(&path).unwrap();
        assert_eq!((raster.channels, raster.indexed), (1, Some(2)));
        assert_eq!(raster.samples, Samples::U8(vec![0, 1, 2]));
        let picture = read_image(&path).unwrap();
        assert_eq!(picture.samples, Samples::U8(vec![0, 7, 14, 21, 28, 35, 42, 49, 56]));
        assert_eq!(read_info(&path).unwrap().indexed, Some(2));
    }
}

#[test]
fn png_alpha_is_dropped() {
    let folder = folder();
    let path = at(folder.path(), "a.png");
    png_packed(&path, (1, 2), ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 9, 4, 5, 6, 9], 0);
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.channels, raster.samples), (3, Samples::U8(vec![1, 2, 3, 4, 5, 6])));
    png_packed(&path, (1, 2), ColorType::GrayscaleAlpha, BitDepth::Sixteen, &[1, 2, 9, 9, 3, 4, 9, 9], 0);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U16(vec![0x0102, 0x0304]));
    assert_eq!(read_size(&path).unwrap(), (1, 2, 1));
    assert_eq!(read_info(&path).unwrap().numbers, Numbers::U16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn png_and_npy_keep_every_number(
        (height, width) in (1_u32..7, 1_u32..20),
        data in proptest::collection::vec(any::<u16>(), 7 * 20),
    ) {
        let folder = folder();
        let data = &data[..(height * width) as usize];
        let bytes: Vec<u8> = data.iter().map(|&v| v as u8).collect();
        let wide: Vec<u8> = data.iter().flat_map(|v| v.to_be_bytes()).collect();
        let path = at(folder.path(), "a.png");
        grey(&path, (height, width), &bytes);
        prop_assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(bytes.clone()));
        png_packed(&path, (height, width), ColorType::Grayscale, BitDepth::Sixteen, &wide, 0);
        prop_assert_eq!(read_raster(&path).unwrap().samples, Samples::U16(data.to_vec()));
        let shape = [u64::from(height), u64::from(width)];
        let path = at(folder.path(), "a.npy");
        npy(&path, &shape, data);
        prop_assert_eq!(read_raster(&path).unwrap().samples, Samples::U16(data.to_vec()));
        npy(&path, &shape, &data.iter().map(|&v| i64::from(v)).collect::<Vec<_>>());
        prop_assert_eq!(read_raster(&path).unwrap().samples, Samples::U16(data.to_vec()));
        prop_assert_eq!(read_size(&path).unwrap(), (height as usize, width as usize, 1));
    }

    /// Whatever the bytes are, reading answers and does not panic.
    #[test]
    fn damage_is_an_error_or_another_picture_but_never_a_panic(
        which in 0_usize..5, at_byte in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let folder = folder();
        let name = ["a.png", "a.npy", "a.tif", "a.jpg", "b.tif"][which];
        let path = at(folder.path(), name);
        write_any(&path, name);
        let mut bytes = fs::read(&path).unwrap();
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] = value;
        fs::write(&path, &bytes).unwrap();
        let _ = (read_raster(&path), read_image(&path), read_info(&path));
        bytes.truncate(cut.index(bytes.len()));
        fs::write(&path, &bytes).unwrap();
        let _ = (read_raster(&path), read_image(&path), read_info(&path));
    }
}

fn write_any(path: &Path, name: &str) {
    match name {
        "a.png" => photo(path, (5, 4), 77),
        "a.npy" => npy(path, &[3, 4], &[0.5_f32; 12]),
        "a.jpg" => jpeg(path, (9, 12)),
        "a.tif" => tiff_f32(path, (3, 4), &[0.5; 12], Compression::Uncompressed),
        _ => tiff_f32(path, (3, 4), &[0.5; 12], Compression::Deflate(DeflateLevel::Fast)),
    }
}

fn tiff_f32(path: &Path, (height, width): (u32, u32), data: &[f32], compression: Compression) {
    let file = fs::File::create(path).unwrap();
    let mut encoder = TiffEncoder::new(file).unwrap().with_compression(compression);
    encoder.write_image::<colortype::Gray32Float>(width, height, data).unwrap();
}

fn jpeg(path: &Path, (height, width): (u16, u16)) {
    let data: Vec<u8> = (0..u32::from(height) * u32::from(width) * 3).map(|n| (n * 5) as u8).collect();
    let mut file = fs::File::create(path).unwrap();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut file);
    encoder.encode(&data, u32::from(width), u32::from(height), image::ExtendedColorType::Rgb8).unwrap();
}

#[test]
fn tiff_of_every_number_type() {
    let folder = folder();
    let path = at(folder.path(), "a.tiff");
    macro_rules! round_trip {
        ($color:ident, $data:expr, $expected:expr) => {
            let mut encoder = TiffEncoder::new(fs::File::create(&path).unwrap()).unwrap();
            encoder.write_image::<colortype::$color>(2, 1, &$data).unwrap();
            assert_eq!(read_raster(&path).unwrap().samples, $expected, stringify!($color));
        };
    }
    round_trip!(Gray8, [3, 250], Samples::U8(vec![3, 250]));
    round_trip!(Gray16, [3, 60000], Samples::U16(vec![3, 60000]));
    round_trip!(Gray32, [3, 60000], Samples::U16(vec![3, 60000]));
    round_trip!(GrayI16, [3, 30000], Samples::U16(vec![3, 30000]));
    round_trip!(Gray32Float, [0.25, -7.5], Samples::F32(vec![0.25, -7.5]));
    round_trip!(Gray64Float, [0.25, 7.5], Samples::F32(vec![0.25, 7.5]));
    round_trip!(RGB16, [1, 2, 3, 4, 5, 6], Samples::U16(vec![1, 2, 3, 4, 5, 6]));
    round_trip!(RGBA8, [1, 2, 3, 9, 4, 5, 6, 9], Samples::U8(vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(read_size(&path).unwrap(), (1, 2, 3));

    let mut encoder = TiffEncoder::new(fs::File::create(&path).unwrap()).unwrap();
    encoder.write_image::<colortype::GrayI16>(2, 1, &[5, -1000]).unwrap();
    assert_eq!(read_raster(&path).unwrap().samples, Samples::F64(vec![5.0, -1000.0]));
    assert_eq!(read_image(&path).unwrap().samples, Samples::F32(vec![5.0, -1000.0]));
    assert_eq!(read_info(&path).unwrap().numbers, Numbers::Integer);
}

#[test]
fn tiff_with_many_bands() {
    let folder = folder();
    let path = at(folder.path(), "a.tif");
    let mut encoder = TiffEncoder::new(fs::File::create(&path).unwrap()).unwrap();
    let mut image = encoder.new_image::<colortype::Gray16>(2, 1).unwrap();
    image.extra_samples(&[tiff::tags::ExtraSamples::Unspecified; 4]).unwrap();
    image.write_data(&(0..10).collect::<Vec<u16>>()).unwrap();
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.channels, raster.samples), (5, Samples::U16((0..10).collect())));
    assert_eq!(read_size(&path).unwrap(), (1, 2, 5));
}

#[test]
fn npy_orders_and_types() {
    let folder = folder();
    let path = at(folder.path(), "a.npy");
    // [2, 3] of 0 1 2 / 3 4 5, stored column by column.
    npy_ordered(&path, &[2, 3], &[0_u8, 3, 1, 4, 2, 5], npyz::Order::Fortran);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(vec![0, 1, 2, 3, 4, 5]));
    // [1, 2, 2]: the last axis is the slowest.
    npy_ordered(&path, &[1, 2, 2], &[1.0_f64, 3.0, 2.0, 4.0], npyz::Order::Fortran);
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.channels, raster.samples), (2, Samples::F32(vec![1.0, 2.0, 3.0, 4.0])));
    npy(&path, &[1, 2], &[true, false]);
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.samples, raster.indexed), (Samples::U8(vec![1, 0]), Some(1)));
    npy(&path, &[1, 2], &[-5_i32, 2]);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::F64(vec![-5.0, 2.0]));
    assert_eq!(read_image(&path).unwrap().samples, Samples::F32(vec![-5.0, 2.0]));
    npy(&path, &[4], &[1_u8; 4]);
    assert!(matches!(read_raster(&path), Err(DataError::Unsupported { .. })));
}

#[test]
fn npy_big_endian() {
    let folder = folder();
    let path = at(folder.path(), "a.npy");
    let header = "{'descr': '>u2', 'fortran_order': False, 'shape': (1, 2), }\n";
    fs::write(&path, npy_bytes(header, &[1, 2, 3, 4])).unwrap();
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U16(vec![0x0102, 0x0304]));
}

fn npy_bytes(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn npy_headers_that_lie() {
    let folder = folder();
    let path = at(folder.path(), "a.npy");
    for shape in
        ["(3, 3)", "(1000000, 1000000)", "(18446744073709551615, 2, 3)", "(4294967296, 4294967296)", "(0, 5)"]
    {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        fs::write(&path, npy_bytes(&header, &[0; 32])).unwrap();
        assert!(broken(&path).contains("the header says"), "{shape}");
    }
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(u32::MAX.to_le_bytes());
    fs::write(&path, long).unwrap();
    assert!(broken(&path).contains("header of 4294967295 bytes"));
}

#[test]
fn truncated_files_of_every_format() {
    let folder = folder();
    for name in ["a.png", "a.npy", "a.tif", "a.jpg", "b.tif"] {
        let path = at(folder.path(), name);
        write_any(&path, name);
        let whole = fs::read(&path).unwrap();
        read_raster(&path).unwrap();
        // All lengths for the small ones, some for the JPEG.
        for length in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            fs::write(&path, &whole[..length]).unwrap();
            broken(&path);
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        broken(&path);
    }
}

#[test]
fn a_png_that_promises_more_than_it_can_hold_is_refused_before_memory_is_asked_for() {
    let folder = folder();
    let path = at(folder.path(), "a.png");
    grey(&path, (2, 2), &[0; 4]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    // The header's checksum has to fit the lie.
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = read_raster(&path).unwrap_err().to_string();
    assert!(error.contains("a.png") && error.contains("65535 x 65535 pixels"), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn names_and_contents_that_disagree() {
    let folder = folder();
    let path = at(folder.path(), "a.jpg");
    grey(&path, (1, 1), &[0]);
    let error = read_raster(&path).unwrap_err().to_string();
    assert!(error.contains("a.jpg: the content is PNG, the name says JPEG; rename the file"), "{error}");
    let path = at(folder.path(), "a.png");
    fs::write(&path, "<svg>").unwrap();
    assert!(broken(&path).contains("does not begin like a PNG file"));
    fs::write(&path, "").unwrap();
    assert!(broken(&path).contains("empty"));
    assert!(matches!(read_raster(&folder.path().join("a.gif")), Err(DataError::Extension { .. })));
    assert!(matches!(read_raster(&folder.path().join("none.png")), Err(DataError::Io { .. })));
}

#[test]
fn jpeg_is_read_with_its_size() {
    let folder = folder();
    let path = at(folder.path(), "a.JPG");
    jpeg(&path, (9, 12));
    let Raster { height, width, channels, .. } = read_image(&path).unwrap();
    assert_eq!((height, width, channels), (9, 12, 3));
    assert_eq!(read_size(&path).unwrap(), (9, 12, 3));
}
