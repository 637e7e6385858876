//! BMP and WebP, and pictures that are shown turned.

mod files;

use files::at;
use files::made::{byte, formula, image, numbers};
use scumble_data::{Raster, Samples, read_image, read_info, read_raster, read_size};
use std::fs;

#[test]
fn bmp_and_webp_are_read_as_png_is() {
    type Case = (&'static str, (usize, usize, usize), fn(usize) -> f64);
    let cases: [Case; 4] = [
        ("grey.bmp", (5, 11, 1), byte),
        ("rgb.bmp", (5, 6, 3), byte),
        ("rgb.webp", (5, 6, 3), byte),
        ("one_bit.bmp", (5, 11, 1), |value| (value % 100 % 2) as f64),
    ];
    for (name, size, of) in cases {
        let raster = read_raster(&image(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((raster.height, raster.width, raster.channels), size, "{name}");
        assert_eq!(numbers(&raster), (formula(size, of), 8), "{name}");
        let info = read_info(&image(name)).unwrap();
        assert_eq!((info.height, info.width, info.channels), size, "{name}");
        let on_off = (name == "one_bit.bmp").then_some(1);
        assert_eq!((raster.indexed, info.indexed), (on_off, on_off), "{name}");
    }
    // Alpha is dropped.
    let all = formula((5, 6, 4), byte);
    let colors: Vec<f64> = all.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    assert_eq!(numbers(&read_raster(&image("rgba.webp")).unwrap()).0, colors);

    assert_eq!(read_image(&image("lossy.webp")).unwrap().channels, 3);
    let error = read_raster(&image("lossy.webp")).unwrap_err().to_string();
    assert!(error.contains("lossy WebP changes values"), "{error}");
    for name in ["animation.webp", "animation.png"] {
        let error = read_image(&image(name)).unwrap_err().to_string();
        assert!(error.contains("an animation of 2 pictures"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.bmp");
    for name in ["grey.bmp", "rgb.bmp", "palette.bmp", "rgb.webp", "lossy.webp"] {
        let whole = fs::read(image(name)).unwrap();
        let path = path.with_extension(name.rsplit('.').next().unwrap());
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            // What stands behind the pixels of a WebP is filling up.
            let found = read_image(&path);
            assert!(found.is_err() || length + 1 == whole.len(), "{name}, {length} bytes");
        }
    }
}

/// Bitmaps by hand: 4 bits a pixel, from below and from above.
#[test]
fn rows_of_a_bitmap_go_up_or_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.bmp");
    for (height, expected) in [(2_i32, [3, 2, 1, 1, 2, 3]), (-2, [1, 2, 3, 3, 2, 1])] {
        let mut bytes = b"BM".to_vec();
        bytes.extend([0; 8]);
        for number in [54 + 16, 40, 3, height, 1 | 4 << 16, 0, 0, 0, 0, 4, 0] {
            bytes.extend(number.to_le_bytes());
        }
        // Blue, green, red.
        bytes.extend([0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0]);
        bytes.extend([0x12, 0x30, 0, 0, 0x32, 0x10, 0, 0]);
        fs::write(&path, &bytes).unwrap();
        let raster = read_raster(&path).unwrap();
        assert_eq!((raster.samples, raster.indexed), (Samples::U8(expected.to_vec()), Some(3)), "{height}");
        let Samples::U8(colors) = read_image(&path).unwrap().samples else { panic!("8 bits") };
        let color = |index: u8| [3 * index, 3 * index - 1, 3 * index - 2];
        assert_eq!(colors[..3], color(expected[0]), "{height}");
        // An index that has no colour.
        let last = bytes.len() - 3;
        bytes[last] = 0x70;
        fs::write(&path, &bytes).unwrap();
        assert!(read_raster(&path).unwrap_err().to_string().contains("colour 7 of a palette of 4"));
    }
}

/// Blocks of 8 x 8 in two rows of three: 20 60 100 / 140 180 220, and where they are shown (TIFF 6.0, page 36).
const SHOWN: [(usize, usize, [u8; 6]); 8] = [
    (2, 3, [20, 60, 100, 140, 180, 220]),
    (2, 3, [100, 60, 20, 220, 180, 140]),
    (2, 3, [220, 180, 140, 100, 60, 20]),
    (2, 3, [140, 180, 220, 20, 60, 100]),
    (3, 2, [20, 140, 60, 180, 100, 220]),
    (3, 2, [140, 20, 180, 60, 220, 100]),
    (3, 2, [220, 100, 180, 60, 140, 20]),
    (3, 2, [100, 220, 60, 180, 20, 140]),
];

fn shows(raster: &Raster, (rows, columns, blocks): (usize, usize, [u8; 6]), name: &str) {
    assert_eq!((raster.height, raster.width), (8 * rows, 8 * columns), "{name}");
    for y in 0..raster.height {
        for x in 0..raster.width {
            let expected = f32::from(blocks[y / 8 * columns + x / 8]);
            let found = raster.raw(y, x, 0);
            assert!(
                (found - expected).abs() <= 2.0,
                "{name}, row {y}, column {x}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn pictures_are_turned_as_viewers_show_them() {
    for ending in ["jpg", "png", "webp", "tif"] {
        for (number, shown) in (1..).zip(SHOWN) {
            let name = format!("orientation_{number}.{ending}");
            let path = image(&name);
            shows(&read_image(&path).unwrap_or_else(|error| panic!("{error}")), shown, &name);
            let info = read_info(&path).unwrap();
            assert_eq!((info.height, info.width), (8 * shown.0, 8 * shown.1), "{name}");
            assert_eq!(info.orientation, number, "{name}");
            // A mask is shown as turned as its image, so it is read so, too.
            if ending != "jpg" {
                shows(&read_raster(&path).unwrap(), shown, &name);
            }
        }
    }
}

#[test]
fn a_thumbnail_or_an_orientation_behind_the_pixels_turns_nothing() {
    shows(&read_image(&image("orientation_of_thumbnail.jpg")).unwrap(), SHOWN[0], "thumbnail");
    let error = read_image(&image("orientation_behind.png")).unwrap_err().to_string();
    assert!(error.contains("behind the pixels"), "{error}");
    // Numbers that are no orientation.
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.jpg");
    let bytes = fs::read(image("orientation_6.jpg")).unwrap();
    let entry = bytes.windows(4).position(|four| four == [1, 0x12, 0, 3] || four == [0x12, 1, 3, 0]).unwrap();
    let value = (entry + 8..entry + 12).find(|&at| bytes[at] == 6).unwrap();
    for none in [0, 9, 255] {
        let mut bytes = bytes.clone();
        bytes[value] = none;
        fs::write(&path, &bytes).unwrap();
        shows(&read_image(&path).unwrap(), SHOWN[0], &format!("orientation {none}"));
        assert_eq!(read_size(&path).unwrap(), (16, 24, 1));
    }
}
