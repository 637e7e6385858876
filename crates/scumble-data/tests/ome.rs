//! TIFF of several pages of which OME-XML says what they are. The fixtures are those of scripts/golden_formats.py, written by
//! tifffile.

mod files;

use files::{at, fixture};
use scumble_data::{Dataset, PixelSize, Samples, read_image, read_info, read_pixel_size};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::tempdir;

/// Channels of 4 x 5 pixels: x + 10 y + 50 c and what is added to all.
fn channels(count: u16, added: u16) -> Samples {
    let pixels = (0..4).flat_map(|y| (0..5).map(move |x| x + 10 * y + added));
    Samples::U16(pixels.flat_map(|pixel| (0..count).map(move |channel| pixel + 50 * channel)).collect())
}

fn slice(path: &Path, slice: usize) -> PathBuf {
    PathBuf::from(format!("{}@{slice:04}", path.display()))
}

#[test]
fn sections_are_images_with_their_channels_in_whatever_order_the_pages_lie() {
    for (name, count) in [("zcyx", 2), ("czyx", 2), ("zyxs", 3)] {
        let path = fixture(&format!("{name}.ome.tif"));
        for section in 0..3 {
            let image = read_image(&slice(&path, section)).unwrap();
            assert_eq!((image.height, image.width, image.channels), (4, 5, count.into()), "{name}");
            assert_eq!(image.samples, channels(count, 150 * section as u16), "{name}, section {section}");
        }
        let message = read_image(&slice(&path, 3)).unwrap_err().to_string();
        assert!(message.contains("there are 3 slices"), "{message}");
        // As one image the sections would be channels.
        for message in [read_image(&path).unwrap_err().to_string(), read_info(&path).unwrap_err().to_string()]
        {
            assert!(message.contains("3 sections") && message.contains("pages = \"slices\""), "{message}");
        }
    }
}

#[test]
fn one_section_is_an_image_and_of_a_pyramid_its_base() {
    for name in ["cyx", "pyramid"] {
        let image = read_image(&fixture(&format!("{name}.ome.tif"))).unwrap();
        assert_eq!((image.channels, image.samples), (2, channels(2, 0)), "{name}");
    }
}

#[test]
fn a_pixel_has_the_size_that_the_xml_says() {
    let half = PixelSize { height: 0.25, width: 0.5, unit: "\u{b5}m" };
    for name in ["cyx.ome.tif", "pyramid.ome.tif", "zcyx.ome.tif@0002"] {
        assert_eq!(read_pixel_size(&fixture(name)).unwrap(), Some(half), "{name}");
    }
    assert_eq!(read_pixel_size(&fixture("zyxs.ome.tif@0000")).unwrap(), None);
}

#[test]
fn slices_are_the_images_of_a_data_set() {
    let folder = tempdir().unwrap();
    fs::copy(fixture("czyx.ome.tif"), at(folder.path(), "images/v.tif")).unwrap();
    for section in 0..3 {
        files::mask(
            &at(folder.path(), &format!("labels/v@000{section}.png")),
            (4, 5),
            &[section as u8 % 2; 20],
        );
    }
    fs::write(at(folder.path(), "dataset.toml"), "pages = \"slices\"").unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let ids: Vec<&str> = data.items().iter().map(|item| item.id()).collect();
    assert_eq!(ids, ["v@0000", "v@0001", "v@0002"]);
    files::sound(&data);
}

#[test]
fn planes_in_other_files_are_missed() {
    let folder = tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    let bytes = fs::read(fixture("zcyx.ome.tif")).unwrap();
    for (from, to, says) in [
        ("SizeZ=\"3\"", "SizeZ=\"4\"", "2 channels, 4 sections and 1 times, and 6 pages"),
        ("SizeZ=\"3\"", "SizeZ=\"x\"", "whole numbers from 1"),
        ("<Pixels ", "<Pixels<", "its OME-XML"),
    ] {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut changed = bytes.clone();
        changed[at..at + from.len()].copy_from_slice(to.as_bytes());
        fs::write(&path, changed).unwrap();
        let message = read_image(&slice(&path, 0)).unwrap_err().to_string();
        assert!(message.contains("a.tif") && message.contains(says), "{says}: {message}");
    }
}
