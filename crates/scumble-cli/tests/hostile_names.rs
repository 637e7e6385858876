//! Names of files and classes that want to be more: escapes of a terminal, lines, markup, formulas, paths.
#![cfg(unix)]

mod common;

use common::{TINY, lagoons, scumble};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const IMAGES: [&str; 3] =
    ["a\u{1b}[31m\u{9b}2J\u{7f}", "b\nerror: forged", "=1+1\"'<img src=x onerror=alert(1)>&amp;"];
const RATERS: [&str; 2] = ["@anna\u{202e}", "-b\r\nerror: forged <b>"];
const CLASS: &str = "</script><script>alert(1)</script>\u{1b}]0;x\u{7}";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let data = place.path("data");
        seen_lagoons(&data, 3);
        let class = serde_json::to_string(CLASS).unwrap();
        fs::write(data.join("dataset.toml"), format!("kind = \"binary\"\nclasses = [{class}]\n")).unwrap();
        let raters = data.join("raters");
        for (old, new) in ["anna", "bela"].iter().zip(RATERS) {
            fs::rename(raters.join(old), raters.join(new)).unwrap();
        }
        for folder in sorted(&raters).into_iter().chain([data.join("images")]) {
            for (file, name) in sorted(&folder).iter().zip(IMAGES) {
                fs::rename(file, file.with_file_name(format!("{name}.png"))).unwrap();
            }
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the program prints; nothing of it acts on a terminal or begins a line that a name has forged.
    fn says(&self, line: &str, more: &[&str]) -> (String, String) {
        let mut command = scumble(&line.split(' ').collect::<Vec<_>>());
        let output = command.args(more).current_dir(self.folder.path()).output().unwrap();
        let [said, told] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(matches!(output.status.code(), Some(0..=2)) && !told.contains("panicked"), "{line}: {told}");
        for text in [&said, &told] {
            let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!text.contains(acts), "{line}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("error: forged")), "{line}: {text}");
        }
        (said, told)
    }
}

/// Images of which every rater has seen all.
fn seen_lagoons(data: &Path, images: usize) {
    lagoons(data, images);
    for rater in sorted(&data.join("raters")) {
        let _ = fs::remove_dir_all(rater.join("ignore"));
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn names_are_harmless_wherever_they_are_shown() {
    let place = Place::new();
    let (_, told) = place.says("train data -o run --set train.epochs=1", &TINY);
    assert!(place.path("run/model.safetensors").is_file(), "{told}");
    let lines = [
        "check data --pictures looks",
        "fuse data -o labels",
        "info run",
        "info data",
        "predict run data/images -o maps",
        "eval run data --images * --pictures pictures --objects --surface --uncertainty --diversity 2",
        "eval maps data",
        "compare run maps --data data --images *",
        "calibrate run data --dry-run --images *",
        "report run",
        "import data -o imported",
    ];
    for line in lines {
        place.says(line, &[]);
    }
    // Where something is wrong with them.
    fs::write(place.path("data/images").join("c\u{1b}[2J\nerror: forged.png"), "x").unwrap();
    fs::write(place.path("data/images").join("d\u{1b}\nerror: forged.txt"), "x").unwrap();
    fs::create_dir(place.path("data/raters/\u{7}\nerror: forged")).unwrap();
    let lines: [(&str, &[&str]); 4] = [
        ("check data", &[]),
        ("predict run data/images -o more", &[]),
        ("eval run data --images *", &[]),
        ("train data -o other", &TINY),
    ];
    for (line, more) in lines {
        let (said, told) = place.says(line, more);
        assert!((said + &told).contains(r"\x1b"), "{line}");
    }
    place.says("check", &["\u{1b}[31mnowhere"]);
    place.says("check data --\u{1b}[31m", &[]);
    place.says("check data --images \u{1b}[31m*", &[]);
    place.says("train data -o \u{1b}x --set train.\u{1b}=1", &[]);
}

#[test]
fn json_has_names_as_they_are() {
    let place = Place::new();
    let (said, _) = place.says("check data --json", &[]);
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(found["classes"][0]["class"], CLASS);
    let raters: Vec<&str> =
        found["raters"].as_array().unwrap().iter().map(|rater| rater["rater"].as_str().unwrap()).collect();
    assert!(RATERS.iter().all(|rater| raters.contains(rater)), "{raters:?}");
}

#[test]
fn markup_and_formulas_stay_text() {
    let place = Place::new();
    for line in ["fuse data -o maps", "eval maps data --csv scores.csv --report page.html"] {
        let (_, told) = place.says(line, &[]);
        assert_eq!(told, "", "{line}");
    }
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    for markup in ["<script>alert", "<img src=x", "<b>", "</script><script>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;amp;"));
    let mut table = csv::Reader::from_path(place.path("scores.csv")).unwrap();
    let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let keys = |at: usize| records.iter().map(move |record| record[at].to_owned());
    let formula = |key: &String| key.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!((0..4).all(|at| !keys(at).any(|key| formula(&key))));
    assert!(
        keys(0).any(|image| image == format!("'{}", IMAGES[2])) && keys(0).any(|image| image == IMAGES[1])
    );
    assert!(keys(3).any(|rater| rater == format!("'{}", RATERS[0])));
}

/// Classes that are paths: their maps stay in the folder that was named, or are refused.
#[test]
fn no_class_leads_out_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    seen_lagoons(&place("data"), 2);
    let long = "x".repeat(300);
    let before = sorted(folder.path());
    for class in ["../x", "a/b", "/tmp/scumble-out", "..", ".", "", "a\\b", ".hidden", "nul\0", "n\nl", &long]
    {
        let data = place("data");
        let classes = serde_json::to_string(&["sky", class, "road"]).unwrap();
        fs::write(data.join("dataset.toml"), format!("kind = \"multiclass\"\nclasses = {classes}\n"))
            .unwrap();
        for folder in sorted(&data.join("raters")) {
            for file in sorted(&folder) {
                let indices =
                    ndarray::Array2::from_shape_fn((48, 48), |(row, _)| (row / 16) as u8).into_dyn();
                scumble_data::write_array(&file.with_extension("npy"), indices.view()).unwrap();
                if file.extension().is_some_and(|extension| extension == "png") {
                    fs::remove_file(&file).unwrap();
                }
            }
        }
        let run = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            scumble(&words).current_dir(folder.path()).output().unwrap()
        };
        for format in ["png16", "tiff", "nifti"] {
            let output = run(&format!("fuse data -o maps --format {format}"));
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{class:?} {format}: {message}");
            assert!(!message.contains("panicked") && !message.is_empty(), "{class:?}: {message}");
            let _ = fs::remove_dir_all(place("maps"));
            assert_eq!(sorted(folder.path()), before, "{class:?}");
        }
        // One file for all classes has no such names.
        run("fuse data -o maps");
        let _ = fs::remove_dir_all(place("maps"));
        assert_eq!(sorted(folder.path()), before, "{class:?}");
    }
    assert!(!Path::new("/tmp/scumble-out").exists());
}

/// Classes that are paths where files are read: nothing outside of the folder that was named is.
#[test]
fn no_class_leads_out_of_the_folder_that_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["data/labels", "samples", "one", "two"] {
        fs::create_dir_all(place(name)).unwrap();
    }
    let soft = ndarray::Array3::from_elem((4, 4, 2), 0.5_f32).into_dyn();
    scumble_data::write_array(&place("data/labels/a.npy"), soft.view()).unwrap();
    for name in ["one/a.npy", "two/a.npy"] {
        let masks = ndarray::Array3::from_elem((3, 4, 4), 1_u8).into_dyn();
        scumble_data::write_array(&place(name), masks.view()).unwrap();
    }
    let settings = "kind = \"multilabel\"\nlabels = \"soft\"\nclasses = [\"../one\", \"../two\"]\n";
    fs::write(place("data/dataset.toml"), settings).unwrap();
    let says = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let output = scumble(&words).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(says("check data").0, Some(0));
    let (code, told) = says("eval samples data --samples");
    assert!(code == Some(1) && told.contains("samples"), "{code:?}: {told}");
    // The same samples are found where they should be.
    fs::write(place("data/dataset.toml"), settings.replace("../", "")).unwrap();
    for name in ["one", "two"] {
        fs::rename(place(name), place("samples").join(name)).unwrap();
    }
    let (code, told) = says("eval samples data --samples");
    assert_eq!(code, Some(0), "{told}");
    let sidecar =
        r#"{"version": 1, "kind": "multilabel", "classes": ["../samples/one", "b"], "format": "npy"}"#;
    for format in ["png16", "tiff"] {
        fs::create_dir_all(place("maps")).unwrap();
        fs::write(place("maps/maps.json"), sidecar.replace("npy", format)).unwrap();
        let (code, told) = says("eval maps data");
        assert!(code == Some(1) && !told.contains("panicked"), "{code:?}: {told}");
    }
}
