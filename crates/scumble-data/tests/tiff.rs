//! TIFF as other programs write it: every way of laying pixels out and packing them, and what is refused.

mod files;

use files::at;
use files::made::{byte, formula, image, numbers};
use scumble_data::{DataError, Samples, read_image, read_info, read_raster};
use std::fs;
use std::path::Path;

fn sevenfold(value: usize) -> f64 {
    (value * 7) as f64
}

fn eighth(value: usize) -> f64 {
    value as f64 / 8.0
}

#[test]
fn every_layout_and_lossless_compression() {
    type Case = (&'static str, (usize, usize, usize), fn(usize) -> f64, u32);
    let cases: [Case; 18] = [
        // Tiles whose size does not divide the image's.
        ("tiles_lzw", (33, 21, 1), byte, 8),
        ("tiles_lzw_predictor", (21, 35, 1), byte, 8),
        ("gdal_lzw", (33, 37, 1), byte, 8),
        ("planes_tiles", (24, 20, 3), byte, 8),
        ("gdal_zstd_planes", (17, 21, 5), byte, 8),
        ("planes_strips", (11, 7, 3), sevenfold, 16),
        ("strips_deflate_predictor_be", (13, 9, 3), sevenfold, 16),
        // Bands beside red, green and blue that are no alpha.
        ("bands_4", (9, 8, 4), byte, 8),
        ("bands_4_planes_u16_be", (9, 8, 4), sevenfold, 16),
        ("bands_7_tiles_float", (10, 9, 7), eighth, 32),
        ("float_predictor_tiles_be", (20, 17, 1), eighth, 32),
        ("half_predictor", (6, 7, 1), eighth, 32),
        ("double_predictor_be", (6, 7, 1), eighth, 32),
        ("u32_predictor", (6, 7, 1), sevenfold, 16),
        ("big_packbits", (12, 20, 1), byte, 8),
        ("big_be_i16", (12, 5, 1), sevenfold, 16),
        ("gdal_twelve_bits", (4, 5, 1), sevenfold, 16),
        ("zstd_flat", (1500, 1000, 1), |_| 0.0, 8),
    ];
    for (name, size, of, bits) in cases {
        let path = image(&format!("{name}.tif"));
        let raster = read_raster(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((raster.height, raster.width, raster.channels), size, "{name}");
        assert_eq!(numbers(&raster), (formula(size, of), bits), "{name}");
        let info = read_info(&path).unwrap();
        assert_eq!((info.height, info.width, info.channels), size, "{name}");
        assert_eq!(numbers(&read_image(&path).unwrap()).0, formula(size, of), "{name}");
    }
}

#[test]
fn alpha_is_dropped_wherever_it_stands_and_bands_stay() {
    for (name, size, kept) in [
        ("bands_5_and_alpha", (5, 6, 6), &[0, 1, 2, 3, 4][..]),
        ("rgb_alpha_and_band_planes", (5, 6, 5), &[0, 1, 2, 4]),
    ] {
        let path = image(&format!("{name}.tif"));
        let raster = read_raster(&path).unwrap();
        assert_eq!((raster.channels, read_info(&path).unwrap().channels), (kept.len(), kept.len()), "{name}");
        let all = formula(size, byte);
        let expected: Vec<f64> =
            all.chunks_exact(size.2).flat_map(|pixel| kept.iter().map(|&c| pixel[c])).collect();
        assert_eq!(numbers(&raster).0, expected, "{name}");
    }
}

#[test]
fn stored_numbers_count_in_labels_and_white_is_light_in_images() {
    let path = image("white_is_zero.tif");
    let stored = formula((5, 6, 1), byte);
    assert_eq!(numbers(&read_raster(&path).unwrap()).0, stored);
    let shown: Vec<f64> = stored.iter().map(|v| 255.0 - v).collect();
    assert_eq!(numbers(&read_image(&path).unwrap()).0, shown);
    let bits = formula((5, 11, 1), |value| (value % 100 % 2) as f64);
    for (name, white_is_zero) in [("one_bit_black.tif", false), ("one_bit_white.tif", true)] {
        let raster = read_raster(&image(name)).unwrap();
        assert_eq!((numbers(&raster).0, raster.indexed), (bits.clone(), Some(1)), "{name}");
        let shown: Vec<f64> =
            bits.iter().map(|bit| 255.0 * if white_is_zero { 1.0 - bit } else { *bit }).collect();
        assert_eq!(numbers(&read_image(&image(name)).unwrap()).0, shown, "{name}");
    }
}

/// The palette of scripts/golden_images.py.
fn color(index: f64) -> [f64; 3] {
    [40.0 * index % 256.0, 255.0 - 16.0 * index, 3.0 * index]
}

#[test]
fn palettes_are_indices_for_labels_and_colours_for_images() {
    let indices = formula((5, 7, 1), |value| (value % 100 % 16) as f64);
    let colors: Vec<f64> = indices.iter().flat_map(|index| color(*index)).collect();
    for (name, largest) in [("palette.tif", 255), ("palette_nibbles.tif", 15), ("palette.bmp", 15)] {
        let path = image(name);
        let raster = read_raster(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((numbers(&raster), raster.indexed), ((indices.clone(), 8), Some(largest)), "{name}");
        let info = read_info(&path).unwrap();
        assert_eq!((info.channels, info.indexed), (1, Some(largest)), "{name}");
        let picture = read_image(&path).unwrap();
        assert_eq!(
            (picture.channels, picture.indexed, numbers(&picture).0),
            (3, None, colors.clone()),
            "{name}"
        );
    }
}

/// The pixels beside the file are those of libjpeg-turbo, which rounds otherwise where it interpolates colours.
#[test]
fn jpeg_inside_is_read_for_images_and_refused_for_labels() {
    for (name, channels, allowed) in [("jpeg_ycbcr", 3, 3.0), ("jpeg_rgb", 3, 1.0), ("jpeg_grey", 1, 1.0)] {
        let path = image(&format!("{name}.tif"));
        let (found, expected) =
            (read_image(&path).unwrap(), read_image(&image(&format!("{name}.npy"))).unwrap());
        assert_eq!((found.height, found.width, found.channels), (40, 36, channels), "{name}");
        let apart = numbers(&found)
            .0
            .iter()
            .zip(numbers(&expected).0)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(apart <= allowed, "{name}: {apart}");
        let error = read_raster(&path).unwrap_err();
        assert!(
            matches!(error, DataError::Unsupported { .. }) && error.to_string().contains("JPEG"),
            "{error}"
        );
    }
}

#[test]
fn what_is_not_read_is_named_with_what_converts_it() {
    for (name, says) in [
        ("webp", "WebP"),
        ("jpeg2000", "JPEG 2000"),
        ("lerc", "LERC"),
        ("jpegxl", "JPEG XL"),
        ("lzma", "LZMA"),
        ("group3", "group 3"),
        ("group4", "group 4"),
        ("tiff_ccitt", "CCITT run lengths"),
    ] {
        let path = image(&format!("refused_{name}.tif"));
        for error in
            [read_raster(&path).unwrap_err(), read_image(&path).unwrap_err(), read_info(&path).unwrap_err()]
        {
            assert!(matches!(error, DataError::Unsupported { .. }), "{error:?}");
            let text = error.to_string();
            assert!(
                text.contains(says) && text.contains("gdal_translate -co COMPRESS=DEFLATE IN OUT"),
                "{text}"
            );
        }
    }
    for (name, says) in [("cmyk", "CMYK"), ("complex", "complex numbers")] {
        let error = read_image(&image(&format!("refused_{name}.tif"))).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// A directory of SHORT and LONG tags with `pixels` behind it.
fn by_hand(path: &Path, tags: &[(u16, u32)], text: &str, pixels: &[u8]) {
    let text = format!("{text}\0");
    let values = 8 + 2 + 12 * (tags.len() as u32 + 3) + 4;
    let mut entries: Vec<(u16, u16, u32, u32)> =
        tags.iter().map(|&(tag, value)| (tag, 4, 1, value)).collect();
    entries.push((270, 2, text.len() as u32, values));
    entries.push((273, 4, 1, values + text.len() as u32));
    entries.push((279, 4, 1, pixels.len() as u32));
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend([tag, kind].iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend([count, value].iter().flat_map(|number| number.to_le_bytes()));
    }
    bytes.extend([0; 4]);
    bytes.extend(text.bytes());
    bytes.extend(pixels);
    fs::write(path, bytes).unwrap();
}

#[test]
fn bits_in_the_other_order_old_packings_and_stacks_without_directories() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    // One bit a pixel, the lowest first.
    let size = [(256, 10), (257, 1), (262, 1)];
    by_hand(&path, &[&size[..], &[(258, 1), (266, 2)]].concat(), "text of some length", &[0b0000_0101, 0b10]);
    assert_eq!(numbers(&read_raster(&path).unwrap()).0, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);

    let refused = |tags: &[(u16, u32)], text: &str, pixels: &[u8]| {
        by_hand(&path, &[&size[..], &[(258, 8)], tags].concat(), text, pixels);
        let error = read_raster(&path).unwrap_err();
        assert!(matches!(error, DataError::Unsupported { .. }), "{error:?}");
        error.to_string()
    };
    // LZW from before 1988, whose codes begin with the lowest bit.
    assert!(refused(&[(259, 5)], "", &[0, 1, 2, 3]).contains("old kind"));
    assert!(refused(&[(259, 6)], "", &[0; 10]).contains("JPEG of the old kind"));
    assert!(refused(&[(259, 12345)], "", &[0; 10]).contains("compression 12345"));
    // Programs differ in whether they look at this predictor.
    assert!(refused(&[(317, 2)], "", &[0; 10]).contains("two ways"));
    assert!(refused(&[(32997, 3)], "", &[0; 30]).contains("volumes"));
    let stack = "ImageJ=1.53t\nimages=3\nslices=3\n";
    assert!(refused(&[], stack, &[0; 30]).contains("3 images with 1 directories"));
    by_hand(&path, &[&size[..], &[(258, 8)]].concat(), "ImageJ=1.53t\nimages=1\n", &[7; 10]);
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(vec![7; 10]));
}

#[test]
fn headers_that_lie_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    let lies = |tags: &[(u16, u32)]| {
        by_hand(&path, &[tags, &[(258, 8), (262, 1)]].concat(), "", &[0; 10]);
        let error = read_raster(&path).unwrap_err();
        assert!(matches!(error, DataError::Broken { .. }), "{error:?}");
    };
    lies(&[(256, u32::MAX), (257, u32::MAX)]);
    lies(&[(256, 60_000), (257, 60_000), (259, 8)]);
    // A small image in a tile of any size.
    lies(&[(256, 2), (257, 2), (322, u32::MAX), (323, u32::MAX)]);
    lies(&[(256, 2), (257, 2), (322, 0), (323, 16)]);
    lies(&[(256, 0), (257, 2)]);
    lies(&[(256, 10), (257, 1), (278, 0)]);
    // A directory that comes after itself.
    let mut bytes = fs::read(&path).unwrap();
    let next = 10 + 12 * usize::from(bytes[8]);
    bytes[next] = 8;
    fs::write(&path, &bytes).unwrap();
    assert!(read_info(&path).unwrap_err().to_string().contains("circle"));
}

/// Every byte of a small file set to this and that, and every length: an answer, never a panic.
#[test]
fn damage_is_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["planes_tiles.tif", "jpeg_ycbcr.tif", "palette_nibbles.tif", "float_predictor_tiles_be.tif"]
    {
        let whole = fs::read(image(name)).unwrap();
        let path = at(folder.path(), name);
        for place in (0..whole.len()).step_by(whole.len() / 150 + 1) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x81;
            for bytes in [&bytes[..], &whole[..place]] {
                fs::write(&path, bytes).unwrap();
                let (image, info) = (read_image(&path), read_info(&path));
                let _ = read_raster(&path);
                if let Ok(image) = image {
                    let info = info.unwrap();
                    assert_eq!(
                        (info.height, info.width),
                        (image.height, image.width),
                        "{name}, byte {place}"
                    );
                }
            }
        }
    }
}

/// Made-up files of other programs with the means that these say, where they lie beside the project.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn files_of_other_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/bug_inputs/tiff");
    if !folder.is_dir() {
        eprintln!("skipped: no bug_inputs beside the project");
        return;
    }
    let expected: [(&str, &[f64], f64); 9] = [
        ("tiled_lzw_grey_100x70", &[131.0879], 1e-4),
        ("tiled_lzw_predictor_grey_33x47", &[121.1335], 1e-4),
        ("gdal_lzw_tiled_257x300", &[127.9139], 1e-4),
        ("tiled_bands_rgb_24x32", &[148.2695, 121.4323, 87.9987], 1e-4),
        ("rgb_nir_pixel_40x52", &[118.3082, 111.9163, 109.4774, 113.4163], 1e-4),
        ("rgb_nir_bands_u16_40x52", &[24481.3736, 21493.6125, 19566.0889, 20612.7514], 1e-4),
        ("gdal_zstd_40x52", &[129.9639], 1e-4),
        ("jpeg_inside_ycbcr_48x64", &[125.545, 131.167, 128.917], 0.5),
        ("jpeg_inside_grey_48x64", &[117.898], 0.5),
    ];
    for (name, means, tolerance) in expected {
        let raster =
            read_image(&folder.join(format!("{name}.tif"))).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(raster.channels, means.len(), "{name}");
        let values = numbers(&raster).0;
        for (channel, mean) in means.iter().enumerate() {
            let of_channel = values.iter().skip(channel).step_by(means.len());
            let found = of_channel.sum::<f64>() / (raster.height * raster.width) as f64;
            assert!((found - mean).abs() < tolerance, "{name}, channel {channel}: {found}");
        }
    }
}
