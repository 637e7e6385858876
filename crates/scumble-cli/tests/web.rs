//! `scumble export --web` from outside: a page that predicts, in a real browser, what `predict` writes.

mod browser;
mod common;

use browser::Browser;
use common::{json, lagoons, refuses, scumble, text, train};
use ndarray::{Array2, Array3, Axis, s};
use scumble_data::{read_image, read_raster, write_array};
use serde_json::{Value, json as object};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// A run of a few steps, and images of its kind.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 3);
        train(&place.path("data"), &place.path("run"), &[]).assert().success();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        text(&self.path(name))
    }

    /// The page of a run; `None` where the program was built without what a page runs.
    ///
    /// # Panics
    /// It was, and SCUMBLE_REQUIRE_WEB is set.
    #[allow(clippy::print_stderr, reason = "a skipped test must say so")]
    fn page(&self, run: &str) -> Option<PathBuf> {
        let (run, page) = (self.text(run), self.path("model.html"));
        let output =
            scumble(&["export", &run, "--web", &text(&page), "--overwrite"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("no program for pages") {
            assert!(std::env::var_os("SCUMBLE_REQUIRE_WEB").is_none(), "{said}");
            eprintln!("skipped: {said}");
            return None;
        }
        assert!(output.status.success(), "{said}");
        Some(page)
    }

    /// The map of an id that `predict` writes of an image in f32.
    fn map(&self, run: &str, image: &Path, id: &str, more: &[&str]) -> Array3<f32> {
        let (run, maps) = (self.text(run), self.text("maps"));
        let line = ["predict", &run, &text(image), "-o", &maps, "--precision", "f32", "--overwrite"];
        scumble(&[&line[..], &["--format", "npy"], more].concat()).assert().success();
        read_raster(&self.path("maps").join(format!("{id}.npy"))).unwrap().to_unit()
    }
}

/// A volume of slices [H, W] as NIfTI.
fn volume(slices: &[Array2<f32>]) -> Vec<u8> {
    let (height, width) = slices[0].dim();
    let mut file = vec![0; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (i, size) in [3, width, height, slices.len(), 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * i, &(size as i16).to_le_bytes());
        put(76 + 4 * i, &1_f32.to_le_bytes());
    }
    // Numbers of type 16: f32 of 32 bits, from the header's end on.
    put(70, &16_i16.to_le_bytes());
    put(72, &32_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    let samples = slices.iter().flat_map(|slice| slice.iter().flat_map(|sample| sample.to_le_bytes()));
    file.into_iter().chain(samples).collect()
}

#[test]
fn a_build_without_the_program_says_how_to_get_one_and_others_write_a_page() {
    let place = Place::new();
    let (run, page) = (place.text("run"), place.text("model.html"));
    if place.page("run").is_none() {
        let says = [
            "no program for pages",
            "rustup target add wasm32-wasip1",
            "cargo install --path",
            "--features web",
        ];
        refuses(&mut scumble(&["export", &run, "--web", &page]), 2, &says);
        assert!(!Path::new(&page).exists());
        return;
    }
    refuses(
        &mut scumble(&["export", &run, "--web", &page]),
        2,
        &["model.html is there already", "--overwrite"],
    );
    let model = place.text("run/model.safetensors");
    refuses(&mut scumble(&["export", &run, "--web", &model, "--overwrite"]), 2, &["this file is read"]);
    let written = json(&mut scumble(&["export", &run, "--web", &page, "--overwrite", "--json"]));
    assert_eq!((&written["version"], &written["classes"]), (&1.into(), &object!(["water"])));
    assert_eq!(written["bytes"], std::fs::metadata(&page).unwrap().len());
    let first = std::fs::read(&page).unwrap();
    place.page("run");
    assert!(std::fs::read(&page).unwrap() == first, "the same model gives the same bytes");
}

#[test]
fn a_page_is_no_onnx_and_no_package() {
    for other in [["-o", "model.onnx"], ["--bioimageio", "package"], ["--license", "MIT"]] {
        let line = [&["export", "run", "--web", "model.html"][..], &other].concat();
        refuses(&mut scumble(&line), 2, &["--web <FILE>", "cannot be used with"]);
    }
}

#[test]
fn the_page_predicts_in_chromium_what_predict_writes() {
    let place = Place::new();
    let Some(page) = place.page("run") else { return };
    let Some(browser) = Browser::open() else { return };
    let opened = Page::open(&browser, &place, &page);
    opened.gives_the_maps_of_predict();
    opened.takes_a_drop_of_floats_with_gaps();
    opened.says_what_is_wrong_with_an_image();
    opened.shows_and_tells();
    let console = browser.log("browser");
    assert!(console.is_empty(), "{console:?}");
    opened.asks_no_network();
}

#[test]
fn classes_and_slices_are_chosen_from() {
    let place = Place::new();
    let [images, labels] = ["images", "labels"].map(|name| place.path("classes").join(name));
    [&images, &labels].into_iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
    let ids = ["lagoon-01", "lagoon-02", "lagoon-03"];
    let grey = |id: &str| {
        let image = read_image(&place.path("data/images").join(format!("{id}.png"))).unwrap();
        image.to_unit().index_axis_move(Axis(0), 1)
    };
    for id in ids {
        write_array(&images.join(format!("{id}.npy")), grey(id).view()).unwrap();
        let share = |column: usize| column as f32 / 48.0;
        let label = Array3::from_shape_fn((48, 48, 3), |(_, column, class)| {
            [share(column), 0.75 * (1.0 - share(column)), 0.25 * (1.0 - share(column))][class]
        });
        write_array(&labels.join(format!("{id}.npy")), label.view()).unwrap();
    }
    train(&place.path("classes"), &place.path("several"), &[]).assert().success();
    let Some(page) = place.page("several") else { return };
    let Some(browser) = Browser::open() else { return };
    let opened = Page::open(&browser, &place, &page);
    let image = images.join("lagoon-01.npy");
    let expected = place.map("several", &image, "lagoon-01", &[]);
    browser.choose("#image", &image);
    opened.shown("lagoon-01.npy");
    assert_eq!(browser.script("return document.querySelector('#class select').length"), 3);
    assert_eq!(browser.script("return document.querySelector('#slice').hidden"), true);
    close(&opened.saved("#save-maps", "lagoon-01.npy"), &expected, 1e-5);
    let choose = "const choice = document.querySelector('#class select'); choice.value = '2'; \
                  choice.dispatchEvent(new Event('input')); return choice.selectedOptions[0].text";
    let class = browser.script(choose);
    let picture = opened.saved("#save-picture", &format!("lagoon-01-{}.png", class.as_str().unwrap()));
    close(&picture, &expected.slice(s![2..3, .., ..]).to_owned(), 2e-5);
    let file = place.path("volume.nii");
    std::fs::write(&file, volume(&[grey(ids[1]), grey(ids[2])])).unwrap();
    browser.choose("#image", &file);
    opened.shown("volume.nii");
    assert_eq!(
        browser.script("return document.querySelector('#slice').innerText"),
        "slice\nof 2, counted from 0"
    );
    for slice in [0, 1] {
        let id = format!("volume@000{slice}");
        browser.script(&format!(
            "const slice = document.querySelector('#slice input'); slice.value = '{slice}'; \
             slice.dispatchEvent(new Event('change'))"
        ));
        opened.shown("volume.nii");
        let expected = place.map("several", &file, &id, &[]);
        close(&opened.saved("#save-maps", &format!("{id}.npy")), &expected, 1e-5);
    }
}

/// A page that is open, and where it saves.
struct Page<'a> {
    browser: &'a Browser,
    place: &'a Place,
}

impl<'a> Page<'a> {
    fn open(browser: &'a Browser, place: &'a Place, page: &Path) -> Self {
        let saved = object!({"behavior": "allow", "downloadPath": place.path("saved")});
        std::fs::create_dir(place.path("saved")).unwrap();
        browser.command("Browser.setDownloadBehavior", saved);
        browser.resize(1200, 900);
        browser.go(page);
        Self { browser, place }
    }

    /// Waits until the prediction of a file is shown.
    fn shown(&self, name: &str) {
        let done = format!(
            "const main = document.querySelector('main'); \
             return main.getAttribute('aria-busy') === 'false' && [document.querySelector('#name').textContent === {}, \
             document.querySelector('#alarm').textContent]",
            object!(name)
        );
        assert_eq!(self.browser.wait(&done), object!([true, ""]));
    }

    /// What a button saves, read as an image [K, H, W].
    fn saved(&self, button: &str, name: &str) -> Array3<f32> {
        let file = self.place.path("saved").join(name);
        self.browser.click(button);
        for _ in 0..200 {
            // The browser keeps the name by an empty file until all is there.
            if std::fs::metadata(&file).is_ok_and(|file| file.len() > 0) {
                let map = read_raster(&file).unwrap().to_unit();
                std::fs::remove_file(&file).unwrap();
                return map;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no {name} was saved");
    }

    fn gives_the_maps_of_predict(&self) {
        let image = self.place.path("data/images/lagoon-01.png");
        self.browser.choose("#image", &image);
        self.shown("lagoon-01.png");
        let said = self.browser.script("return document.querySelector('#said').textContent");
        assert!(said.as_str().unwrap().starts_with("48 x 48 pixels, the mean of 8 views, in "), "{said}");
        let expected = self.place.map("run", &image, "lagoon-01", &[]);
        close(&self.saved("#save-maps", "lagoon-01.npy"), &expected, 1e-5);
        close(&self.saved("#save-picture", "lagoon-01.png"), &expected, 2e-5);
        self.browser.click("#fast");
        self.browser.wait("return document.querySelector('#said').textContent.includes('as they are')");
        let fast = self.place.map("run", &image, "lagoon-01", &["--fast"]);
        assert!(fast.iter().zip(&expected).any(|(a, b)| (a - b).abs() > 1e-4), "the views differ");
        close(&self.saved("#save-maps", "lagoon-01.npy"), &fast, 1e-5);
        self.browser.click("#fast");
        self.browser.wait("return document.querySelector('#said').textContent.includes('8 views')");
    }

    fn takes_a_drop_of_floats_with_gaps(&self) {
        let mut image = read_image(&self.place.path("data/images/lagoon-02.png")).unwrap().to_unit();
        image.slice_mut(s![.., 3, 4..7]).fill(f32::NAN);
        let file = self.place.path("gaps.npy");
        write_array(&file, image.permuted_axes([1, 2, 0]).view()).unwrap();
        let expected = self.place.map("run", &file, "gaps", &[]);
        assert_eq!(expected.iter().filter(|p| p.is_nan()).count(), 3);
        let bytes = std::fs::read(&file).unwrap();
        self.browser.script(&format!(
            "const dataTransfer = new DataTransfer(); \
             dataTransfer.items.add(new File([new Uint8Array({})], 'gaps.npy')); \
             document.body.dispatchEvent(new DragEvent('drop', {{ dataTransfer, bubbles: true, cancelable: true }}))",
            object!(bytes)
        ));
        self.shown("gaps.npy");
        close(&self.saved("#save-maps", "gaps.npy"), &expected, 1e-5);
        let state = "return [document.querySelector('#save-picture').disabled, document.querySelector('#remarks').textContent]";
        let state = self.browser.script(state);
        assert_eq!(state[0], true);
        assert!(state[1].as_str().unwrap().contains("no data at 3 pixels"), "{state}");
    }

    fn says_what_is_wrong_with_an_image(&self) {
        let alarm = |file: &Path| -> String {
            self.browser.script("document.querySelector('#alarm').textContent = ''");
            self.browser.choose("#image", file);
            let said = self.browser.wait("return document.querySelector('#alarm').textContent || null");
            said.as_str().unwrap().to_owned()
        };
        let grey = self.place.path("grey.npy");
        write_array(&grey, Array3::<f32>::zeros((9, 9, 1)).view()).unwrap();
        let said = alarm(&grey);
        assert!(said.contains("channel"), "{said}");
        let broken = self.place.path("broken.png");
        std::fs::write(&broken, b"\x89PNG\r\n\x1a\nno").unwrap();
        let said = alarm(&broken);
        assert!(said.starts_with("broken.png: ") && !said.contains("panicked"), "{said}");
        let text = self.place.path("notes.txt");
        std::fs::write(&text, "no image").unwrap();
        assert!(alarm(&text).starts_with("notes.txt: "));
        // And the next image is predicted again.
        self.browser.choose("#image", &self.place.path("data/images/lagoon-03.png"));
        self.shown("lagoon-03.png");
    }

    fn shows_and_tells(&self) {
        let strength = || {
            // A canvas that is read more than once complains.
            let script = "const overlay = document.querySelector('#overlay'); const { width, height } = overlay; \
                const copy = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d'); \
                copy.drawImage(overlay, 0, 0); \
                const { data } = copy.getImageData(0, 0, width, height); \
                return [width, height, new Set(data.filter((_, i) => i % 4 === 3)).size]";
            self.browser.script(script)
        };
        let shades = strength();
        assert_eq!((&shades[0], &shades[1]), (&object!(48), &object!(48)));
        assert!(shades[2].as_u64().unwrap() > 2, "{shades}");
        self.browser.click("#cut");
        assert!(strength()[2].as_u64().unwrap() <= 2);
        let opacity =
            || self.browser.script("return getComputedStyle(document.querySelector('#overlay')).opacity");
        assert_eq!(opacity(), "0.6");
        self.browser.script("document.querySelector('#opacity').focus()");
        self.browser.press(RIGHT);
        assert_eq!(opacity(), "0.61");
        let expected = self.place.map("run", &self.place.path("data/images/lagoon-03.png"), "lagoon-03", &[]);
        self.browser.script("document.querySelector('#frame').focus()");
        self.browser.press(RIGHT);
        let said = self.browser.script("return document.querySelector('#numbers').textContent");
        let (place, number) = said.as_str().unwrap().split_once(": ").unwrap();
        assert_eq!(place, "row 0, column 1");
        assert!((number.parse::<f32>().unwrap() - expected[[0, 0, 1]]).abs() < 6e-5, "{said}");
    }

    fn asks_no_network(&self) {
        let urls = self.browser.requests();
        let own = |url: &String| url.starts_with("blob:") || url.ends_with("/model.html");
        assert!(urls.len() > 1 && urls.iter().all(own), "{urls:?}");
        let refused = "const refused = new Promise((done) => addEventListener('securitypolicyviolation', \
                       (event) => done(event.effectiveDirective), { once: true })); \
                       fetch('http://127.0.0.1:9/').catch(() => {}); return refused";
        assert_eq!(self.browser.script(refused), Value::from("connect-src"));
    }
}

/// WebDriver's code of a key that is no character.
const RIGHT: char = '\u{e014}';

fn close(found: &Array3<f32>, expected: &Array3<f32>, most: f32) {
    assert_eq!(found.dim(), expected.dim());
    let same = |(a, b): (&f32, &f32)| a.is_nan() && b.is_nan() || (a - b).abs() <= most;
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(found.iter().zip(expected).all(same), "{worst}");
}
