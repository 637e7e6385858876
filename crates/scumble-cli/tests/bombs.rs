//! Files that ask for more than they have: small ones that would become gigabytes, long ones, endless ones. Each is
//! refused at once, by its name and with what would allow it, and takes no memory.
#![cfg(target_os = "linux")]

mod common;

use common::{TINY, lagoons, scumble, text};
use scumble_data::write_array;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// Memory that a refusal may take.
const MOST_KILOBYTES: u64 = 100_000;
/// Far above the second that it takes on a machine with nothing else to do.
const LONGEST: Duration = Duration::from_secs(20);

/// Side of an image that nobody has.
const SIDE: u32 = 60_000;

/// How a program ended.
struct End {
    code: Option<i32>,
    /// Standard output and error.
    said: String,
    kilobytes: u64,
}

/// Runs the program and looks at its memory until it ends; it is stopped where it does not.
fn run(folder: &Path, arguments: &[&str]) -> End {
    let program = scumble(&[]);
    let mut command = Command::new(program.get_program());
    command.args(arguments).current_dir(folder).env("RUST_BACKTRACE", "0");
    let errors = File::create(folder.join("said")).unwrap();
    command.stdin(Stdio::null()).stdout(errors.try_clone().unwrap()).stderr(errors);
    let mut child = command.spawn().unwrap();
    let (kilobytes, code) = watch(&mut child);
    let said = fs::read_to_string(folder.join("said")).unwrap();
    fs::remove_file(folder.join("said")).unwrap();
    End { code, said, kilobytes }
}

fn watch(child: &mut Child) -> (u64, Option<i32>) {
    let (begin, mut most) = (Instant::now(), 0);
    let status = format!("/proc/{}/status", child.id());
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        most = most.max(now);
        if let Some(end) = child.try_wait().unwrap() {
            return (most, end.code());
        }
        if begin.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            return (most, None);
        }
        sleep(Duration::from_millis(1));
    }
}

/// The program refuses with exit code 1, says all of `says`, and takes no memory.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], says: &[&str]) {
    let End { code, said, kilobytes } = run(folder, arguments);
    let about = format!("{arguments:?}: {said}");
    assert_eq!(code, Some(1), "{about}");
    assert!(says.iter().all(|part| said.contains(part)), "{says:?} is not in {about}");
    assert!(!said.contains("panicked"), "{about}");
    assert!(kilobytes < MOST_KILOBYTES, "{kilobytes} kB: {about}");
}

fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes()[..], name, data, &sum.sum().to_be_bytes()].concat()
}

/// A PNG of so many bits and a colour type, of zeros: the data are far too short, and nobody gets there.
fn png(bits: u8, colours: u8) -> Vec<u8> {
    let mut header = [SIDE.to_be_bytes(), SIDE.to_be_bytes()].concat();
    header.extend([bits, colours, 0, 0, 0]);
    let palette = if colours == 3 { chunk(b"PLTE", &[0; 6]) } else { Vec::new() };
    let data = vec![0_u8; 24 << 20];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        palette,
        chunk(b"IDAT", &data),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A JPEG of so many bytes behind its frame header.
fn jpeg(length: usize) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\x00\xff\x00\x03\x01\x11\0\x02\x11\0\x03\x11\0".to_vec();
    file.extend(b"\xff\xda\x00\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0");
    file.extend(vec![0; length]);
    file.extend(b"\xff\xd9");
    file
}

fn bmp() -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for number in [0, 0, 54 + 1024, 40, SIDE, SIDE, 1 | 8 << 16, 0, 0, 0, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.extend(vec![0; 4 << 20]);
    file
}

/// A TIFF of these tags (all LONG), with `strip` bytes between header and directory; the next directory is at `next`.
fn tiff(tags: &[(u16, u32)], strip: usize, next: u32) -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    file.extend((8 + strip as u32).to_le_bytes());
    file.extend(vec![0; strip]);
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend(next.to_le_bytes());
    file
}

fn tags(side: u32, strip: usize) -> Vec<(u16, u32)> {
    vec![
        (256, side),
        (257, side),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, side),
        (279, strip as u32),
    ]
}

fn npy_header(shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    file.extend(format!("{header:<117}\n").into_bytes());
    file
}

/// An archive of one stored entry, which says that it holds `said` bytes.
fn zip(name: &str, content: &[u8], said: u32) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(content);
    let mut about = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    about.extend(sum.sum().to_le_bytes());
    about.extend((content.len() as u32).to_le_bytes());
    about.extend(said.to_le_bytes());
    about.extend((name.len() as u16).to_le_bytes());
    about.extend([0, 0]);
    let local = [b"PK\x03\x04", &about[..], name.as_bytes(), content].concat();
    let central = [b"PK\x01\x02\x14\0", &about[..], &[0; 14], name.as_bytes()].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend((central.len() as u32).to_le_bytes());
    end.extend((local.len() as u32).to_le_bytes());
    end.extend([0, 0]);
    [local, central, end].concat()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A packed volume of bytes of these lengths, of which `bytes` are there, unpacked by `level`.
fn nii_gz(lengths: [i16; 3], bytes: usize, level: flate2::Compression) -> Vec<u8> {
    let mut header = vec![0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, lengths[0], lengths[1], lengths[2]].into_iter().enumerate() {
        put(40 + 2 * axis, &length.to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(&header).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(bytes as u64), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn images_that_would_become_gigabytes_are_refused_before_a_pixel_is_read() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    let strip = 8 << 20;
    let none = flate2::Compression::none();
    let (size, lies) = (&["SCUMBLE_MEMORY=", "60000 x 60000 pixels", "3.6 GB"][..], &["than a file of"][..]);
    let tiles = [(322, 1 << 26), (323, 1 << 26), (324, 8), (325, strip as u32)];
    let tiled = [&tags(SIDE, strip)[..5], &tiles[..]].concat();
    for (name, file, says) in [
        ("grey.png", png(8, 0), size),
        ("bits.png", png(1, 0), size),
        ("palette.png", png(1, 3), &["SCUMBLE_MEMORY=", "60000 x 60000 pixels with 3 channels"][..]),
        ("deep.png", png(16, 2), &["SCUMBLE_MEMORY="]),
        ("long.jpg", jpeg(8 << 20), &["SCUMBLE_MEMORY=", "65280 x 65280 pixels with 3 channels"]),
        ("short.jpg", jpeg(100), lies),
        ("a.bmp", bmp(), size),
        ("strip.tif", tiff(&tags(SIDE, strip), strip, 0), size),
        ("short.tif", tiff(&tags(SIDE, 100), 100, 0), lies),
        ("tile.tif", tiff(&tiled, strip, 0), lies),
        ("circle.tif", tiff(&tags(4, strip), strip, 8 + strip as u32), &["circle"]),
        ("small.npy", npy_header("60000, 60000"), lies),
        ("over.npy", npy_header("4294967296, 4294967296, 16"), &["over.npy: broken NPY file"]),
        ("none.npy", npy_header("0, 5"), &["none.npy: broken NPY file"]),
        ("shape.npz", zip("a.npy", &deflated(&npy_header("60000, 60000")), 128), &["broken NPZ file"]),
        ("plane.nii.gz", nii_gz([30_000, 30_000, 4], 4 << 20, none), &["SCUMBLE_MEMORY=", "3.6 GB"]),
        ("lies.nii.gz", nii_gz([30_000, 30_000, 4], 4, none), &["SCUMBLE_MEMORY="]),
        ("behind.nii.gz", nii_gz([2, 2, 1], 200 << 20, flate2::Compression::best()), &["follow its voxels"]),
    ] {
        fs::write(p.join(name), file).unwrap();
        refused(p, &["info", name], &[says, &[name]].concat());
        fs::remove_file(p.join(name)).unwrap();
    }
}

/// Holes take no room on the disk: a file may be as long as anybody likes.
#[test]
fn files_that_truly_are_long_are_refused_by_their_length() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    let long = |name: &str, begin: &[u8], length: u64| {
        let mut file = File::create(p.join(name)).unwrap();
        file.write_all(begin).unwrap();
        file.set_len(length).unwrap();
    };
    long("long.npy", &npy_header("60000, 60000"), 3_600_000_128);
    refused(p, &["info", "long.npy"], &["long.npy: ", "3.6 GB", "SCUMBLE_MEMORY=4G"]);
    // The same is said where more is allowed, and it is not enough.
    let mut allowed = scumble(&["info", "long.npy"]);
    allowed.current_dir(p).env("SCUMBLE_MEMORY", "3G");
    common::refuses(&mut allowed, 1, &["3.2 GB are allowed", "SCUMBLE_MEMORY=4G"]);

    lagoons(&p.join("data"), 3);
    // The header's length of 2^60, and a file that is as long as it likes.
    long("header.safetensors", &(1_u64 << 60).to_le_bytes(), 1000);
    refused(
        p,
        &["predict", "header.safetensors", "data", "-o", "maps"],
        &["header.safetensors: no scumble model"],
    );
    long("long.safetensors", &(1_u64 << 60).to_le_bytes(), 1 << 41);
    let predict = ["predict", "long.safetensors", "data", "-o", "maps"];
    refused(p, &predict, &["long.safetensors: its tensors take", "SCUMBLE_MEMORY="]);

    let mut tiny = vec!["train", "data", "-o", "run"];
    tiny.extend(TINY);
    let trained = run(p, &tiny);
    assert_eq!(trained.code, Some(0), "{}", trained.said);
    for name in ["run.json", "metrics.jsonl", "config.toml"] {
        let kept = fs::read(p.join("run").join(name)).unwrap();
        long(&format!("run/{name}"), b"[", 1 << 32);
        refused(p, &["report", "run", "-o", "page.html"], &[name, "more than 64 MB", "SCUMBLE_MEMORY"]);
        fs::write(p.join("run").join(name), kept).unwrap();
    }
    long("config.toml", b"[", 1 << 32);
    refused(
        p,
        &["train", "data", "-o", "other", "--config", "config.toml"],
        &["config.toml", "more than 64 MB"],
    );
    long("data/dataset.toml", b"[", 1 << 32);
    for command in ["check", "info"] {
        refused(p, &[command, "data"], &["dataset.toml", "more than 64 MB"]);
    }
    fs::remove_file(p.join("data/dataset.toml")).unwrap();
    let rater = fs::read_dir(p.join("data/raters")).unwrap().next().unwrap().unwrap().path();
    fs::create_dir(p.join("data/labels")).ok();
    long("data/labels/maps.json", b"[", 1 << 32);
    refused(p, &["check", "data"], &["maps.json", "more than 64 MB"]);
    fs::remove_file(p.join("data/labels/maps.json")).unwrap();
    fs::remove_dir_all(&rater).unwrap();
    long(&format!("{}.json", rater.strip_prefix(p).unwrap().display()), b"{", 1 << 33);
    refused(p, &["check", "data"], &[".json: annotations of", "SCUMBLE_MEMORY="]);
}

#[test]
fn texts_that_are_nested_without_end_are_broken() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    lagoons(&p.join("data"), 2);
    let deep = "[".repeat(1 << 20);
    fs::write(p.join("data/dataset.toml"), format!("classes = {deep}")).unwrap();
    refused(p, &["check", "data"], &["dataset.toml"]);
    fs::remove_file(p.join("data/dataset.toml")).unwrap();
    fs::write(p.join("config.toml"), format!("train = {deep}")).unwrap();
    let trained = run(p, &["train", "data", "-o", "run", "--config", "config.toml"]);
    assert!(matches!(trained.code, Some(1 | 2)) && trained.said.contains("config.toml"), "{}", trained.said);
    fs::create_dir(p.join("data/labels")).ok();
    fs::write(p.join("data/labels/maps.json"), &deep).unwrap();
    refused(p, &["check", "data"], &["maps.json"]);
    fs::remove_file(p.join("data/labels/maps.json")).unwrap();
    fs::write(p.join("data/raters/deep.json"), format!("{{\"images\": {deep}")).unwrap();
    refused(p, &["check", "data"], &["deep.json"]);
}

#[test]
fn annotations_and_outlines_promise_no_more_than_their_image_has() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    fs::create_dir_all(p.join("data/images")).unwrap();
    fs::create_dir_all(p.join("data/raters")).unwrap();
    write_array(&p.join("data/images/x.npy"), ndarray::Array2::<u8>::zeros((3, 4)).view()).unwrap();
    let json = p.join("data/raters/anna.json");
    for (height, width, runs, says) in [
        (1_000_000_000_u64, 1_000_000_000_u64, "[1000000000000000000]", "x.npy"),
        (3, 4, "[4294967295, 4294967295]", "run lengths of 8589934590 pixels"),
        (3, 4, "[18446744073709551615]", "is no run length"),
        (3, 4, "\"oooooooooooooooo\"", "32 bits"),
    ] {
        let size = format!("[{height}, {width}]");
        let document = format!(
            r#"{{"images": [{{"id": 1, "file_name": "x.npy", "height": {height}, "width": {width}}}],
            "categories": [{{"id": 1, "name": "a"}}], "annotations": [{{"id": 1, "image_id": 1, "category_id": 1,
            "segmentation": {{"size": {size}, "counts": {runs}}}}}]}}"#
        );
        fs::write(&json, document).unwrap();
        refused(p, &["check", "data"], &["anna.json", says]);
    }
    fs::remove_file(&json).unwrap();
    fs::create_dir(p.join("data/raters/bert")).unwrap();
    let outline = zip("a.roi", &deflated(&vec![0; 64 << 20]), 4_000_000_000);
    fs::write(p.join("data/raters/bert/x.zip"), outline).unwrap();
    refused(p, &["check", "data"], &["x.zip: outlines of 4000000000 bytes", "SCUMBLE_MEMORY="]);
    let outline = zip("a.roi", &deflated(&vec![0; 64 << 20]), 64);
    fs::write(p.join("data/raters/bert/x.zip"), outline).unwrap();
    refused(p, &["check", "data"], &["x.zip"]);
}

/// A model whose layers halve an image sixteen times and double it again.
fn poolings() -> Vec<u8> {
    let mut layers = vec![r#"{"name": "input", "op": {"input": {"channels": 3}}, "inputs": []}"#.to_owned()];
    for (name, op) in [("p", "max_pool"), ("u", "upsample")] {
        for at in 0..16 {
            let before = layers.len() - 1;
            layers.push(format!(r#"{{"name": "{name}{at}", "op": "{op}", "inputs": [{before}]}}"#));
        }
    }
    layers.push(
        r#"{"name": "head", "op": {"conv": {"inputs": 3, "outputs": 1, "kernel": 1, "bias": true}}, "inputs": [32]}"#
            .to_owned(),
    );
    let card = format!(
        r#"{{"version": 1, "scumble": "0", "task": {{"kind": "binary", "classes": ["a"]}},
        "normalisation": {{"mean": [0, 0, 0], "deviation": [1, 1, 1]}},
        "history": {{"data": "", "seed": 0, "epochs": 1, "steps": 1, "validation": null}},
        "network": {{"layers": [{}]}}}}"#,
        layers.join(", ")
    );
    let header = serde_json::json!({
        "__metadata__": {"scumble": card},
        "head.bias": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "head.weight": {"dtype": "F32", "shape": [1, 3, 1, 1], "data_offsets": [4, 16]},
    })
    .to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 16]].concat()
}

#[test]
fn a_network_that_needs_more_than_there_is_says_how_much() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    lagoons(&p.join("data"), 1);
    fs::write(p.join("poolings.safetensors"), poolings()).unwrap();
    let image = fs::read_dir(p.join("data/images")).unwrap().next().unwrap().unwrap().path();
    let predict = ["predict", "poolings.safetensors", &text(&image), "-o", "maps"];
    refused(p, &predict, &["tiles of 65536 x 65536 pixels", "68.7 GB of memory", &text(&image)]);
}

#[test]
fn what_the_variable_says_must_be_bytes() {
    for wrong in ["much", "", "0", "-1G"] {
        let mut command = scumble(&["check", "nowhere"]);
        command.env("SCUMBLE_MEMORY", wrong);
        common::refuses(&mut command, 2, &["SCUMBLE_MEMORY is", "such as 8G"]);
    }
}

/// What waits for ever if it is opened, or is no file at all, by what it is.
fn odd_files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let [pipe, zero, full, round, below] =
        ["pipe", "zero", "full", "loop", "below"].map(|name| folder.join(name));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    std::os::unix::fs::symlink(&round, &round).unwrap();
    fs::create_dir(&below).unwrap();
    let socket = folder.join("socket");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    vec![
        (pipe, "this is a pipe, not a file"),
        (zero, "this is a device, not a file"),
        (full, "this is a device, not a file"),
        (round, "symbolic links"),
        (socket, "this is a socket, not a file"),
        (below, "this is a folder, not a file"),
    ]
}

/// Puts an odd file at a place for as long as something is done.
fn at_place(odd: &Path, place: &Path, work: impl FnOnce()) {
    let kept = place.with_extension("kept");
    let there = place.exists();
    if there {
        fs::rename(place, &kept).unwrap();
    }
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(odd, place).unwrap();
    work();
    fs::remove_file(place).unwrap();
    if there {
        fs::rename(&kept, place).unwrap();
    }
}

#[test]
fn pipes_devices_and_folders_in_the_place_of_a_file_are_named_and_not_waited_for() {
    let folder = tempdir().unwrap();
    let p = folder.path();
    fs::create_dir(p.join("odd")).unwrap();
    let odd = odd_files(&p.join("odd"));
    lagoons(&p.join("data"), 3);
    let entry =
        |path: &str| fs::read_dir(p.join(path)).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let (image, rater) = (entry("data/images"), entry("data/raters"));
    let mask = fs::read_dir(&rater).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let mut tiny = vec!["train", "data", "-o", "run"];
    tiny.extend(TINY);
    assert_eq!(run(p, &tiny).code, Some(0));
    let run_folder = p.join("run");
    let check: &[&str] = &["check", "data"];
    let predict: &[&str] = &["predict", "run", "data", "-o", "maps", "--overwrite"];
    let mut train = vec!["train", "data", "-o", "other", "--overwrite", "--config", "settings.toml"];
    train.extend(TINY);
    let places: [(PathBuf, &[&[&str]]); 9] = [
        (image, &[check, predict, &train[..4]]),
        (mask, &[check]),
        (p.join("data/dataset.toml"), &[check, &["fuse", "data", "-o", "fused"]]),
        (p.join("data/labels/maps.json"), &[check]),
        (p.join("data/raters/json.json"), &[check]),
        (p.join("data/raters/outlines/x.zip"), &[check]),
        (p.join("settings.toml"), &[&train]),
        (run_folder.join("run.json"), &[&["report", "run", "-o", "page.html"]]),
        (run_folder.join("model.safetensors"), &[predict]),
    ];
    for (place, commands) in places {
        for (path, says) in &odd {
            // A loop is nothing where nothing need be.
            let optional = ["dataset.toml", "maps.json"].iter().any(|name| place.ends_with(name));
            // What is opened only if it exists.
            let missing = says.contains("links") && (optional || place.starts_with(&run_folder));
            // Folders of annotators, and no data set's file.
            if missing
                || says.contains("folder") && (place.ends_with("json.json") || place.ends_with("x.zip"))
            {
                continue;
            }
            at_place(path, &place, || {
                for arguments in commands {
                    let name = place.file_name().unwrap().to_str().unwrap();
                    refused(p, arguments, &[name, says]);
                }
            });
        }
    }
}
