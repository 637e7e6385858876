//! Where images lie on earth: read as another program writes it, and written so that another program reads it.

use ndarray::Array3;
use scumble::labels::Kind;
use scumble_data::{
    Affine, Dataset, Location, MapFormat, MapWriter, Wanted, read_location, read_raster, write_array,
};
use std::fs::{self, File};
use std::path::Path;
use tiff::decoder::Decoder;
use tiff::encoder::{Rational, TiffEncoder, colortype::Gray8};
use tiff::tags::Tag;

const SCALE: [f64; 3] = [0.5, 0.25, 0.0];
const TIE: [f64; 6] = [0.0, 0.0, 0.0, 440_720.5, 3_751_320.25, 0.0];
const KEYS: [u16; 12] = [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 26_711];
const WORDS: &str = "NAD27 / UTM zone 11N|";

/// A GeoTIFF of `height` x `width` pixels as the crate `tiff` writes it.
fn geotiff(path: &Path, height: u32, width: u32, orientation: u16) {
    let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
    let mut image = encoder.new_image::<Gray8>(width, height).unwrap();
    let tags = image.encoder();
    tags.write_tag(Tag::Orientation, orientation).unwrap();
    tags.write_tag(Tag::ModelPixelScaleTag, &SCALE[..]).unwrap();
    tags.write_tag(Tag::ModelTiepointTag, &TIE[..]).unwrap();
    tags.write_tag(Tag::GeoKeyDirectoryTag, &KEYS[..]).unwrap();
    tags.write_tag(Tag::GeoAsciiParamsTag, WORDS).unwrap();
    image.resolution(tiff::tags::ResolutionUnit::Centimeter, Rational { n: 300, d: 7 });
    image.write_data(&vec![7; (height * width) as usize]).unwrap();
}

/// A map that lies where `image` does.
fn map(image: &Path, folder: &Path, height: usize, width: usize) -> std::path::PathBuf {
    let classes = ["water".to_owned()];
    let mut writer =
        MapWriter::create(folder, "map", MapFormat::Tiff, Kind::Binary, &classes, height, width).unwrap();
    if let Some(location) = read_location(image).unwrap() {
        writer.place(&location);
    }
    let rows = |from: usize, to: usize| {
        Array3::from_shape_fn((1, to - from, width), |(_, y, x)| ((from + y) * width + x) as f32 / 1e6)
    };
    let half = height / 2;
    writer.write_rows(rows(0, half).view()).unwrap();
    writer.write_rows(rows(half, height).view()).unwrap();
    writer.finish().unwrap().remove(0)
}

#[test]
fn a_map_lies_where_its_image_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    // One strip, and several.
    for (height, width) in [(6, 5), (300, 200)] {
        geotiff(&path, height, width, 1);
        let written = map(&path, folder.path(), height as usize, width as usize);
        let mut found = Decoder::new(File::open(&written).unwrap()).unwrap();
        let numbers = |found: &mut Decoder<File>, tag| found.get_tag_f64_vec(tag).unwrap();
        assert_eq!(numbers(&mut found, Tag::ModelPixelScaleTag), SCALE);
        assert_eq!(numbers(&mut found, Tag::ModelTiepointTag), TIE);
        assert_eq!(found.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap(), KEYS);
        assert_eq!(found.get_tag_ascii_string(Tag::GeoAsciiParamsTag).unwrap(), WORDS);
        assert_eq!(found.get_tag_ascii_string(Tag::GdalNodata).unwrap(), "nan");
        assert_eq!(found.get_tag_u32_vec(Tag::XResolution).unwrap(), [300, 7]);
        assert_eq!(found.get_tag_u32(Tag::ResolutionUnit).unwrap(), 3);
        let tiff::decoder::DecodingResult::F32(values) = found.read_image().unwrap() else {
            panic!("no f32")
        };
        let expected: Vec<f32> = (0..height * width).map(|at| at as f32 / 1e6).collect();
        assert_eq!(values, expected);
        // What is written is read again.
        assert_eq!(read_location(&written).unwrap(), read_location(&path).unwrap());
        assert_eq!(read_raster(&written).unwrap().width, width as usize);
    }
}

/// The same tag in both orders of bytes.
fn with_scale(path: &Path, big: bool) {
    let [u16s, u32s]: [fn(u32, bool) -> Vec<u8>; 2] = [
        |n, big| if big { (n as u16).to_be_bytes().to_vec() } else { (n as u16).to_le_bytes().to_vec() },
        |n, big| if big { n.to_be_bytes().to_vec() } else { n.to_le_bytes().to_vec() },
    ];
    let mut file = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    file.extend(u32s(8, big));
    let short = |n| if big { n << 16 } else { n };
    let entries = [
        (256, 4, 1, 1),
        (257, 4, 1, 1),
        (258, 3, 1, short(8)),
        (262, 3, 1, short(1)),
        (273, 4, 1, 8 + 2 + 8 * 12 + 4 + 24),
        (278, 4, 1, 1),
        (279, 4, 1, 1),
        (33_550, 12, 3, 8 + 2 + 8 * 12 + 4),
    ];
    file.extend(u16s(entries.len() as u32, big));
    for (tag, kind, count, value) in entries {
        [u16s(tag, big), u16s(kind, big), u32s(count, big), u32s(value, big)]
            .iter()
            .for_each(|n| file.extend(n));
    }
    file.extend([0; 4]);
    SCALE.iter().for_each(|n| file.extend(if big { n.to_be_bytes() } else { n.to_le_bytes() }));
    file.push(9);
    fs::write(path, file).unwrap();
}

#[test]
fn the_order_of_bytes_is_nothing_of_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let [little, big] = ["little.tif", "big.tif"].map(|name| folder.path().join(name));
    with_scale(&little, false);
    with_scale(&big, true);
    let found = read_location(&little).unwrap().unwrap();
    assert_eq!(read_location(&big).unwrap().unwrap(), found);
    assert!(matches!(found, Location::Tags(tags) if tags.is_on_earth()));
}

#[test]
fn what_says_nothing_of_what_is_read_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.npy");
    write_array(&plain, ndarray::Array2::<f32>::zeros((2, 2)).view().into_dyn()).unwrap();
    assert_eq!(read_location(&plain).unwrap(), None);
    // A map of it has no tag that it had not before.
    let written = map(&plain, folder.path(), 4, 6);
    let mut found = Decoder::new(File::open(&written).unwrap()).unwrap();
    assert!(found.find_tag(Tag::GdalNodata).unwrap().is_none());
}

/// What is stored at a place of the earth is shown there.
#[test]
fn a_turned_image_lies_where_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    let (height, width) = (3_u32, 5_u32);
    // The keys say corners; the last of them, as the second case has it, middles.
    for of_middles in [false, true] {
        for orientation in 1..=8_u16 {
            let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
            let mut image = encoder.new_image::<Gray8>(width, height).unwrap();
            let tags = image.encoder();
            tags.write_tag(Tag::Orientation, orientation).unwrap();
            tags.write_tag(Tag::ModelPixelScaleTag, &SCALE[..]).unwrap();
            tags.write_tag(Tag::ModelTiepointTag, &TIE[..]).unwrap();
            let keys = [1_u16, 1, 0, 1, 1025, 0, 1, if of_middles { 2 } else { 1 }];
            tags.write_tag(Tag::GeoKeyDirectoryTag, &keys[..]).unwrap();
            image.resolution(tiff::tags::ResolutionUnit::Centimeter, Rational { n: 300, d: 7 });
            image.write_data(&(0..15).collect::<Vec<u8>>()).unwrap();
            let shown = read_raster(&path).unwrap();
            let written = map(&path, folder.path(), shown.height, shown.width);
            let mut found = Decoder::new(File::open(&written).unwrap()).unwrap();
            let matrix = match found.find_tag(Tag::ModelTransformationTag).unwrap() {
                Some(_) => found.get_tag_f64_vec(Tag::ModelTransformationTag).unwrap(),
                None => vec![SCALE[0], 0.0, 0.0, TIE[3], 0.0, -SCALE[1], 0.0, TIE[4]],
            };
            assert_eq!(orientation == 1, found.find_tag(Tag::ModelPixelScaleTag).unwrap().is_some());
            let middle = if of_middles { 0.0 } else { 0.5 };
            for y in 0..shown.height {
                for x in 0..shown.width {
                    let at = |i: usize| {
                        matrix[i] * (x as f64 + middle) + matrix[i + 1] * (y as f64 + middle) + matrix[i + 3]
                    };
                    let column = (at(0) - TIE[3]) / SCALE[0] - middle;
                    let row = (TIE[4] - at(4)) / SCALE[1] - middle;
                    let stored = row.round() * f64::from(width) + column.round();
                    assert_eq!(f64::from(shown.raw(y, x, 0)), stored, "{orientation}: {y}, {x}");
                }
            }
        }
    }
}

#[test]
fn a_place_in_space_is_nothing_to_a_tiff_and_tags_are_nothing_to_a_nifti() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    geotiff(&path, 4, 6, 1);
    let tags = read_location(&path).unwrap().unwrap();
    let affine: Affine = [[2.0, 0.0, 0.0, 1.0], [0.0, 2.0, 0.0, 1.0], [0.0, 0.0, 3.0, 1.0]];
    let classes = ["water".to_owned()];
    let written = |format, location: &Location| {
        let mut writer =
            MapWriter::create(folder.path(), "map", format, Kind::Binary, &classes, 4, 6).unwrap();
        writer.place(location);
        writer.write_rows(Array3::zeros((1, 4, 6)).view()).unwrap();
        read_location(&writer.finish().unwrap()[0]).unwrap()
    };
    assert_eq!(written(MapFormat::Tiff, &Location::Space(affine)), None);
    assert_eq!(written(MapFormat::Nifti, &Location::Space(affine)), Some(Location::Space(affine)));
    assert_ne!(written(MapFormat::Nifti, &tags), Some(tags));
}

/// A data set of one image and one mask, which begins so many columns beside the image.
fn tiles(root: &Path, beside: f64, keys: &[u16], turned: bool) -> Result<(), String> {
    for (place, shift, value, keys) in [("images", 0.0, 9, &KEYS[..]), ("raters/ann", beside, 1, keys)] {
        let folder = root.join(place);
        fs::create_dir_all(&folder).unwrap();
        let mut encoder = TiffEncoder::new(File::create(folder.join("a.tif")).unwrap()).unwrap();
        let mut image = encoder.new_image::<Gray8>(4, 4).unwrap();
        let tags = image.encoder();
        let x = TIE[3] + shift * SCALE[0];
        tags.write_tag(Tag::GeoKeyDirectoryTag, keys).unwrap();
        match turned && place != "images" {
            // The same place in other words.
            true => {
                let matrix = [
                    SCALE[0], 0.0, 0.0, x, 0.0, -SCALE[1], 0.0, TIE[4], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
                    1.0,
                ];
                tags.write_tag(Tag::ModelTransformationTag, &matrix[..]).unwrap();
            }
            false => {
                tags.write_tag(Tag::ModelPixelScaleTag, &SCALE[..]).unwrap();
                // A tie of another pixel says the same.
                let tie = [2.0, 1.0, 0.0, x + 2.0 * SCALE[0], TIE[4] - SCALE[1], 0.0];
                tags.write_tag(Tag::ModelTiepointTag, &tie[..]).unwrap();
            }
        }
        let mut pixels = vec![0; 16];
        pixels[5] = value;
        image.write_data(&pixels).unwrap();
    }
    let data = Dataset::open(root).map_err(|error| error.to_string())?;
    data.read(&data.items()[0], &Wanted::raters()).map(drop).map_err(|error| error.to_string())
}

#[test]
fn a_mask_of_a_neighbouring_tile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tried =
        |name: &str, beside, keys: &[u16], turned| tiles(&folder.path().join(name), beside, keys, turned);
    assert_eq!(tried("here", 0.0, &KEYS, false), Ok(()));
    assert_eq!(tried("in other words", 0.0, &KEYS, true), Ok(()));
    assert_eq!(tried("nearly", 0.02, &KEYS, false), Ok(()));
    let refused = tried("beside", 4.0, &KEYS, true).unwrap_err();
    assert!(refused.contains("a.tif") && refused.contains('8'), "{refused}");
    // Of other coordinates nothing can be said.
    let mut other = KEYS;
    other[11] = 26_712;
    assert_eq!(tried("another zone", 4.0, &other, false), Ok(()));
}

#[test]
fn pixels_lie_on_the_map_by_their_corners() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tif");
    let place = |keys: &[u16]| {
        let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
        let mut image = encoder.new_image::<Gray8>(1, 1).unwrap();
        let tags = image.encoder();
        tags.write_tag(Tag::ModelPixelScaleTag, &SCALE[..]).unwrap();
        tags.write_tag(Tag::ModelTiepointTag, &TIE[..]).unwrap();
        tags.write_tag(Tag::GeoKeyDirectoryTag, keys).unwrap();
        image.write_data(&[7]).unwrap();
        read_location(&path).unwrap().unwrap().on_earth().unwrap()
    };
    let found = place(&KEYS);
    assert_eq!(found.epsg, Some(26_711));
    assert_eq!(found.affine, [[0.5, 0.0, 440_720.5], [0.0, -0.25, 3_751_320.25]]);
    assert_eq!(found.of([2.0, 4.0]), [440_721.5, 3_751_319.25]);
    // The tie is of the first pixel's centre, and the system is one of longitude and latitude.
    let point = place(&[1, 1, 0, 2, 1025, 0, 1, 2, 2048, 0, 1, 4326]);
    assert_eq!(point.epsg, Some(4326));
    assert_eq!(point.of([0.5, 0.5]), [440_720.5, 3_751_320.25]);
    // Keys that end too early, a system of somebody's own, a value that lies elsewhere.
    for keys in
        [&[1, 1, 0, 9][..], &[1], &[1, 1, 0, 1, 3072, 0, 1, 32_767], &[1, 1, 0, 1, 3072, 34_737, 1, 0]]
    {
        assert_eq!(place(keys).epsg, None, "{keys:?}");
    }
    geotiff(&path, 4, 6, 1);
    let space = Location::Space([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(space.on_earth(), None);
}
