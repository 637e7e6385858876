//! Several arrays or pages in a file: NPZ archives and TIFF files of many pages.

mod files;

use files::{at, grey, npy};
use proptest::prelude::*;
use scumble::labels::Kind;
use scumble_data::{
    DataError, Dataset, Numbers, Samples, Target, Wanted, list_images, read_image, read_info, read_raster,
    read_size,
};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::tempdir;
use tiff::encoder::{
    TiffEncoder,
    colortype::{Gray8, Gray16, RGB8},
};
use tiff::tags::Tag;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn npz(path: &Path, names: &[&str], array: &Path, method: CompressionMethod) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for name in names {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(&fs::read(array).unwrap()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn archives_of_numpy_have_one_array_or_a_known_name() {
    let expected: Vec<u8> = (0..4).flat_map(|y| (0..5).map(move |x| x + 10 * y)).collect();
    for name in ["only.npz", "named.npz"] {
        assert_eq!(read_raster(&fixture(name)).unwrap().samples, Samples::U8(expected.clone()), "{name}");
        assert_eq!(read_size(&fixture(name)).unwrap(), (4, 5, 1), "{name}");
    }
    let message = read_raster(&fixture("strange.npz")).unwrap_err().to_string();
    assert!(
        ["strange.npz", "2 arrays (first, second)", "arr_0"].iter().all(|part| message.contains(part)),
        "{message}"
    );
}

#[test]
fn an_array_in_an_archive_is_that_array() {
    let folder = tempdir().unwrap();
    let array = at(folder.path(), "a.npy");
    npy(&array, &[2, 3, 2], &[0.5_f32, 1.0, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, f32::INFINITY]);
    let archive = at(folder.path(), "a.npz");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        npz(&archive, &["mask.npy", "other.npy", "readme.txt"], &array, method);
        assert_eq!(read_raster(&archive).unwrap(), read_raster(&array).unwrap());
        assert_eq!(read_info(&archive).unwrap(), read_info(&array).unwrap());
    }
    npz(&archive, &["readme.txt"], &array, CompressionMethod::Stored);
    assert!(matches!(read_raster(&archive), Err(DataError::Unsupported { .. })));
    // A header that promises more than its archive holds.
    fs::write(
        &array,
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 60000), }    \n",
    )
    .unwrap();
    npz(&archive, &["x.npy"], &array, CompressionMethod::Deflated);
    assert!(matches!(read_raster(&archive), Err(DataError::Broken { .. })), "{:?}", read_raster(&archive));
}

/// Pages of 8 bits, 2 x 3.
fn tiff(path: &Path, pages: &[[u8; 6]]) {
    let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
    for page in pages {
        encoder.write_image::<Gray8>(3, 2, page).unwrap();
    }
}

const PAGES: [[u8; 6]; 3] = [[0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15], [20, 21, 22, 23, 24, 25]];

#[test]
fn pages_are_channels_or_are_named() {
    let folder = tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    tiff(&path, &PAGES);
    let raster = read_raster(&path).unwrap();
    assert_eq!((raster.height, raster.width, raster.channels), (2, 3, 3));
    let expected = [0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25];
    assert_eq!(raster.samples, Samples::U8(expected.to_vec()));
    assert_eq!(read_image(&path).unwrap(), raster);
    assert_eq!(read_size(&path).unwrap(), (2, 3, 3));
    for (page, pixels) in PAGES.iter().enumerate() {
        let path = at(folder.path(), &format!("a.tif@000{page}"));
        assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(pixels.to_vec()));
        assert_eq!(read_size(&path).unwrap(), (2, 3, 1));
    }
    let message = read_raster(&folder.path().join("a.tif@0003")).unwrap_err().to_string();
    assert!(message.contains("a.tif@0003") && message.contains("3 slices"), "{message}");

    let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
    encoder.write_image::<RGB8>(1, 1, &[1, 2, 3]).unwrap();
    encoder.write_image::<Gray8>(1, 1, &[4]).unwrap();
    assert_eq!(read_raster(&path).unwrap().samples, Samples::U8(vec![1, 2, 3, 4]));
    assert_eq!(read_info(&path).unwrap().numbers, Numbers::U8);
}

#[test]
fn thumbnails_are_no_pages_and_pages_must_fit_one_another() {
    let folder = tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
    encoder.write_image::<Gray8>(3, 2, &PAGES[0]).unwrap();
    let mut thumbnail = encoder.new_image::<Gray8>(1, 1).unwrap();
    thumbnail.encoder().write_tag(Tag::NewSubfileType, 1_u32).unwrap();
    thumbnail.write_data(&[7]).unwrap();
    encoder.write_image::<Gray8>(3, 2, &PAGES[1]).unwrap();
    drop(encoder);
    assert_eq!(read_size(&path).unwrap(), (2, 3, 2));
    assert_eq!(
        read_raster(&folder.path().join("a.tif@0001")).unwrap().samples,
        Samples::U8(PAGES[1].to_vec())
    );

    let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
    encoder.write_image::<Gray8>(3, 2, &PAGES[0]).unwrap();
    encoder.write_image::<Gray8>(2, 3, &PAGES[1]).unwrap();
    drop(encoder);
    let message = read_raster(&path).unwrap_err().to_string();
    assert!(message.contains("2 x 3 and of 3 x 2"), "{message}");
    let mut encoder = TiffEncoder::new(File::create(&path).unwrap()).unwrap();
    encoder.write_image::<Gray8>(1, 1, &[1]).unwrap();
    encoder.write_image::<Gray16>(1, 1, &[1]).unwrap();
    drop(encoder);
    let message = read_raster(&path).unwrap_err().to_string();
    assert!(message.contains("different number types"), "{message}");
}

#[test]
fn of_a_data_set_pages_are_channels_unless_it_says_slices() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    tiff(&at(root, "images/a.tif"), &PAGES);
    let masks = [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]];
    tiff(&at(root, "raters/anna/a.tif"), &masks);
    let data = Dataset::open(root).unwrap();
    assert_eq!((data.kind(), data.items().len()), (Kind::Multilabel, 1));
    assert_eq!(data.image(&data.items()[0]).unwrap().channels, 3);
    assert!(
        data.describe_choice().contains("pages of a TIFF are its channels"),
        "{}",
        data.describe_choice()
    );

    fs::write(root.join("dataset.toml"), "pages = \"slices\"").unwrap();
    // A mask of one slice may lie in a file of its own, and so may what is to be ignored.
    grey(&at(root, "raters/ben/a@0001.png"), (2, 3), &[0, 1, 1, 0, 0, 0]);
    tiff(&at(root, "ignore/a.tif"), &[[0; 6], [0, 0, 0, 0, 0, 1], [0; 6]]);
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.kind(), Kind::Binary);
    assert!(data.describe_choice().contains("slices of a volume"), "{}", data.describe_choice());
    assert_eq!(data.items().iter().map(|item| item.id()).collect::<Vec<_>>(), ["a@0000", "a@0001", "a@0002"]);
    assert_eq!(list_images(root).unwrap().len(), 3);
    for (page, item) in data.items().iter().enumerate() {
        assert_eq!(data.image(item).unwrap().samples, Samples::U8(PAGES[page].to_vec()));
        assert_eq!(data.read(item, &Wanted::raters()).unwrap().raters.len(), if page == 1 { 2 } else { 1 });
    }
    let label = data.labels(&data.items()[1], Target::Mean).unwrap();
    assert_eq!(label.probabilities().iter().copied().collect::<Vec<_>>(), [0.0, 1.0, 0.5, 0.0, 0.0, 0.0]);
    assert_eq!(label.valid().iter().filter(|valid| !**valid).count(), 1);
    assert!(data.check(&|_, _| ()).is_empty(), "{:?}", data.check(&|_, _| ()));

    fs::write(root.join("dataset.toml"), "pages = \"layers\"").unwrap();
    assert!(Dataset::open(root).unwrap_err().to_string().contains("slices"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes are, reading answers and does not panic.
    #[test]
    fn damage_is_no_panic(
        which in 0_usize..3, at_byte in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let folder = tempdir().unwrap();
        let name = ["a.npz", "b.npz", "a.tif"][which];
        let path = at(folder.path(), name);
        match which {
            0 => drop(fs::copy(fixture("only.npz"), &path).unwrap()),
            1 => drop(fs::copy(fixture("named.npz"), &path).unwrap()),
            _ => tiff(&path, &PAGES),
        }
        let mut bytes = fs::read(&path).unwrap();
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] = value;
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            fs::write(&path, bytes).unwrap();
            let page = folder.path().join(format!("{name}@0001"));
            for path in [&path, &page] {
                let _ = (read_raster(path), read_image(path), read_info(path));
            }
        }
    }
}
