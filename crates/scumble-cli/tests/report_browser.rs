//! The report in a real browser: it loads nothing, and what can be clicked, typed and printed works.

mod browser;
mod common;

use browser::Browser;
use common::{lagoons, scumble, text, train};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A report of a small training, opened.
fn opened(folder: &Path) -> Option<Browser> {
    let browser = Browser::open()?;
    let (data, run) = (folder.join("data"), folder.join("run"));
    lagoons(&data, 6);
    train(&data, &run, &["--set", "train.epochs=2", "--set", "data.validation=0.5"]).assert().success();
    browser.resize(1200, 900);
    browser.go(&run.join("report.html"));
    Some(browser)
}

#[test]
fn the_page_works_in_chromium() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = opened(folder.path()) else { return };
    nothing_is_loaded(&browser);
    tables_sort(&browser);
    label_and_prediction_fade(&browser);
    pictures_enlarge(&browser);
    the_threshold_moves_points_and_outlines(&browser);
    numbers_are_told_under_the_cursor(&browser);
    tables_and_charts_are_saved(&browser, folder.path());
    the_contents_stay_in_view(&browser);
    the_outline_is_sound(&browser);
    a_phone_needs_no_sideways_scrolling(&browser);
    it_is_dark_where_that_is_preferred(&browser);
    paper_has_no_controls(&browser);
    many_images_are_in_a_gallery(&browser, folder.path());
    it_reads_without_its_script(&browser);
    let console = browser.log("browser");
    assert!(console.is_empty(), "{console:?}");
}

fn nothing_is_loaded(browser: &Browser) {
    let urls = browser.requests();
    assert!(urls.len() == 1 && urls[0].ends_with("/run/report.html"), "{urls:?}");
    let broken =
        "return [...document.querySelectorAll('main img')].filter((image) => !image.naturalWidth).length";
    assert_eq!(browser.script(broken), 0, "every picture can be decoded");
    assert!(browser.script("return document.images.length").as_u64().unwrap() >= 3 * 7);
}

/// The excess column of the table of images.
const EXCESS: &str = "const table = document.querySelector('#scores table'); \
     const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith('excess'));";

fn tables_sort(browser: &Browser) {
    let column = || -> Vec<f64> {
        let script = format!(
            "{EXCESS} return [...table.tBodies[0].rows].map((row) => Number(row.cells[head.cellIndex].dataset.number))"
        );
        serde_json::from_value(browser.script(&script)).unwrap()
    };
    let state = || browser.script(&format!("{EXCESS} return head.getAttribute('aria-sort')"));
    assert_eq!(
        (browser.script(&format!("{EXCESS} return head.textContent")), state()),
        (json!("excess, nats"), json!("none"))
    );
    let mut sorted = column();
    assert_eq!(sorted.len(), 3);
    sorted.sort_by(f64::total_cmp);
    let place = browser.script(&format!("{EXCESS} return head.cellIndex + 1"));
    browser.click(&format!("#scores th:nth-child({place}) button"));
    assert_eq!((column(), state()), (sorted.clone(), json!("ascending")));
    browser.script(&format!("{EXCESS} head.querySelector('button').focus()"));
    browser.press(ENTER);
    sorted.reverse();
    assert_eq!((column(), state()), (sorted, json!("descending")));
    // Another column takes over; names sort as text.
    browser.script("document.querySelector('#scores thead button').focus()");
    browser.press(' ');
    let names = "return [...document.querySelector('#scores table').tBodies[0].rows].map((row) => row.cells[0].textContent)";
    let names: Vec<String> = serde_json::from_value(browser.script(names)).unwrap();
    assert!(names.is_sorted() && names.len() == 3, "{names:?}");
    assert_eq!(state(), json!("none"));
}

/// WebDriver's codes of keys that are no characters.
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';
const HOME: char = '\u{e011}';
const LEFT: char = '\u{e012}';
const RIGHT: char = '\u{e014}';

fn label_and_prediction_fade(browser: &Browser) {
    let opacity = || {
        browser
            .script("return Number(getComputedStyle(document.querySelector('.fade .over')).opacity)")
            .as_f64()
            .unwrap()
    };
    assert_eq!(opacity(), 0.5);
    browser.script("document.querySelector('.fade input').focus()");
    browser.press(RIGHT);
    assert_eq!(opacity(), 0.51);
    for _ in 0..3 {
        browser.press(LEFT);
    }
    assert_eq!(opacity(), 0.48);
    let says = browser.script("return document.querySelector('.fade input').getAttribute('aria-valuetext')");
    assert_eq!(says, "48 % prediction, 52 % raters");
}

fn pictures_enlarge(browser: &Browser) {
    let state = || {
        browser.script(
            "const image = document.querySelector('dialog img'); return [document.querySelector('dialog').open, \
             image.alt.split(' of ')[0], image.getBoundingClientRect().width, getComputedStyle(image).imageRendering]",
        )
    };
    browser.click(".strip .panel:nth-child(2) button");
    let first = state();
    assert_eq!((&first[0], &first[1], &first[3]), (&json!(true), &json!("raters"), &json!("pixelated")));
    browser.press('+');
    assert!(state()[2].as_f64().unwrap() > 1.4 * first[2].as_f64().unwrap());
    browser.press(RIGHT);
    assert_eq!(state()[1], "prediction");
    browser.press(ESCAPE);
    assert_eq!(state()[0], false);
    // A window that closes tells the page of it a moment later.
    let focus = "return new Promise((done) => setTimeout(() => \
                 done(document.activeElement.getAttribute('aria-label').split(' of ')[0]), 200))";
    let focus = browser.script(focus);
    assert_eq!(focus, "enlarge: prediction", "the focus comes back to the picture");
}

/// Numbers of JSON, as a script joins them.
fn list(numbers: &Value) -> String {
    numbers.as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join(",")
}

fn the_threshold_moves_points_and_outlines(browser: &Browser) {
    // The points of both curves, as shares of the axes, the line of the reliability diagram, and the other slider.
    let state = || -> Vec<f64> {
        let script = "
            const share = (chart, mark, name, places) => {
              const [from, to] = chart.dataset[places].split(' ').map(Number);
              return (Number(mark.getAttribute(name)) - from) / (to - from);
            };
            const at = (mark) => document.querySelector(`svg[data-mark=${mark}]`);
            const [curve, roc, bins] = ['precision-recall', 'roc', 'reliability'].map(at);
            return [share(curve, curve.querySelector('circle.at'), 'cx', 'across'),
                    share(curve, curve.querySelector('circle.at'), 'cy', 'up'),
                    share(roc, roc.querySelector('circle.at'), 'cx', 'across'),
                    share(bins, bins.querySelector('line.at'), 'x1', 'across'),
                    Number(document.querySelector('#images .threshold input').value)]";
        serde_json::from_value(browser.script(script)).unwrap()
    };
    let expected = |threshold: f64| -> Vec<f64> {
        let points = "return JSON.parse(document.querySelector('[data-points]').dataset.points)";
        let points: Vec<[f64; 4]> = serde_json::from_value(browser.script(points)).unwrap();
        let [_, precision, recall, alarms] =
            points.iter().rfind(|point| point[0] >= threshold - 1e-9).unwrap();
        vec![*recall, *precision, *alarms, threshold, threshold]
    };
    let close = |found: Vec<f64>, expected: Vec<f64>| {
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-3), "{found:?} {expected:?}");
    };
    let before = state();
    browser.script("document.querySelector('#thresholds .threshold input').focus()");
    for _ in 0..15 {
        browser.press(LEFT);
    }
    close(state(), expected(0.35));
    assert_ne!(before[0], state()[0]);
    let said = browser.script("return document.querySelector('#thresholds .said').textContent");
    assert!(said.as_str().unwrap().starts_with("At 0.35: precision 0."), "{said}");
    // The outlines that are in view follow.
    let drawn = "const overlay = document.querySelector('.strip canvas.overlay'); \
                 overlay.scrollIntoView({block: 'center'}); return overlay.dataset.drawn === '0.35'";
    browser.wait(drawn);
    let colours = "const canvas = document.querySelector('.strip canvas.overlay'); \
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); \
        let blue = 0; for (let i = 0; i < data.length; i += 4) blue += data[i] === 53 && data[i + 1] === 180; return blue";
    assert!(browser.script(colours).as_u64().unwrap() > 0, "the raters' outline");
    // Everything is at or above 0: no outline, and heat all over.
    browser.script("document.querySelector('#thresholds .threshold input').focus()");
    browser.press(HOME);
    browser.wait(&drawn.replace("0.35", "0"));
    assert_eq!(browser.script(colours), 0);
    let middle = "const canvas = document.querySelector('.strip canvas.overlay'); \
        return [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]";
    let cold = browser.script(middle);
    browser.click("#images .heat input");
    let hot = format!("return (() => {{ {middle} }})().join() !== '{}'", list(&cold));
    browser.wait(&hot);
    browser.click("#images .heat input");
    // To the best F1, from the curve itself.
    browser.click("[data-best] button");
    let best = browser.script("return Number(document.querySelector('[data-best]').dataset.best)");
    close(state(), expected(best.as_f64().unwrap()));
}

fn numbers_are_told_under_the_cursor(browser: &Browser) {
    browser.click(".strip [data-role=prediction] button");
    let said = || -> String {
        let said = browser.wait("return document.querySelector('.under-cursor').textContent || null");
        said.as_str().unwrap().to_string()
    };
    let number = |name: &str| -> f64 {
        let (_, rest) = said()
            .split_once(&format!("{name} about "))
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    // The numbers behind the pictures, read by the test itself.
    let behind = |role: &str, row: u64, column: u64| {
        let script = format!(
            "const image = document.querySelector('.strip [data-role={role}] img'); \
             const canvas = Object.assign(document.createElement('canvas'), {{ width: image.naturalWidth, height: image.naturalHeight }}); \
             const context = canvas.getContext('2d'); context.drawImage(image, 0, 0); \
             return context.getImageData({column}, {row}, 1, 1).data[0] / 255"
        );
        browser.script(&script).as_f64().unwrap()
    };
    let place = |share: f64| {
        let script = "const { left, top, width, height } = document.querySelector('dialog img').getBoundingClientRect(); \
                      return [left, top, width, height]";
        let [left, top, width, height]: [f64; 4] = serde_json::from_value(browser.script(script)).unwrap();
        let (x, y) = (left + share * width, top + (1.0 - share) * height);
        browser.command("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
    };
    let size = browser
        .script("const { rows, columns } = document.querySelector('.strip').dataset; return [rows, columns]");
    let side: u64 = size[0].as_str().unwrap().parse().unwrap();
    for share in [0.3, 0.7] {
        place(share);
        let (row, column) = (((1.0 - share) * side as f64) as u64, (share * side as f64) as u64);
        assert!(said().starts_with(&format!("row {row}, column {column}")), "{}", said());
        for (role, name) in [("prediction", "prediction"), ("label", "raters")] {
            let (told, behind) = (number(name), behind(role, row, column));
            assert!((told - behind).abs() < 0.005 + 1.0 / 254.0, "{name} {told} {behind}");
        }
    }
    // By keyboard, one pixel; at the same place in the next panel.
    let before = said();
    browser.script(
        "document.querySelector('.view').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true, bubbles: true }))",
    );
    let column = |said: &str| -> u64 {
        said.split("column ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(column(&said()), column(&before) + 1);
    let place = |said: String| said.split(" \u{b7} ").next().unwrap().to_string();
    let here = place(said());
    browser.press(RIGHT);
    assert_eq!(place(said()), here);
    browser.press(ESCAPE);
}

fn tables_and_charts_are_saved(browser: &Browser, folder: &Path) {
    let saved = folder.join("saved");
    std::fs::create_dir(&saved).unwrap();
    let place = json!({"behavior": "allow", "downloadPath": saved});
    browser.command("Browser.setDownloadBehavior", place);
    let file = |ending: &str| -> String {
        for _ in 0..100 {
            let mut entries = std::fs::read_dir(&saved).unwrap().map(|entry| entry.unwrap().path());
            // The browser keeps the name by an empty file until all is there.
            let there = entries.find(|path| path.extension().is_some_and(|found| found == ending));
            let text = there.map(|path| std::fs::read_to_string(path).unwrap());
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                return text;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no {ending} was saved");
    };
    browser.click("#scores caption button");
    let csv = file("csv");
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((lines.len(), lines[0][0]), (4, "image"), "{csv}");
    let numbers = browser.script(&format!(
        "{EXCESS} return [...table.tBodies[0].rows].map((row) => row.cells[head.cellIndex].dataset.number)"
    ));
    // A head with a unit has a comma, so it is quoted; the numbers are not.
    for (line, number) in lines[1..].iter().zip(numbers.as_array().unwrap()) {
        assert!(line.contains(&number.as_str().unwrap()), "{line:?} {number}");
    }
    assert!(csv.contains("\"excess, nats\""), "{csv}");
    browser.click("#calibration figcaption button");
    let svg = file("svg");
    assert!(
        svg.starts_with("<svg") && svg.contains("http://www.w3.org/2000/svg") && !svg.contains("var("),
        "{svg}"
    );
    let drawn = format!(
        "const drawn = new DOMParser().parseFromString({}, 'image/svg+xml'); \
         return [drawn.querySelectorAll('parsererror').length, drawn.querySelectorAll('circle.found').length > 0, \
                 drawn.querySelector('circle.found').style.fill]",
        json!(svg)
    );
    assert_eq!(browser.script(&drawn), json!([0, true, "rgb(0, 103, 168)"]));
}

fn the_contents_stay_in_view(browser: &Browser) {
    let script = "document.querySelector('#raters').scrollIntoView(); \
                  return new Promise((done) => setTimeout(() => done([document.querySelector('nav').getBoundingClientRect().top, \
                  [...document.querySelectorAll('nav [aria-current]')].map((link) => link.hash)]), 300))";
    assert_eq!(browser.script(script), json!([0, ["#raters"]]));
    browser.script("scrollTo(0, 0)");
}

/// More images than are shown in full: worst first, decoded when they are looked at.
fn many_images_are_in_a_gallery(browser: &Browser, folder: &Path) {
    let (data, page) = (folder.join("others"), folder.join("page.html"));
    lagoons(&data, 14);
    let asked = ["eval", &text(&folder.join("run")), &text(&data), "--images", "*", "--report", &text(&page)];
    scumble(&asked).assert().success();
    browser.go(&page);
    let numbers = "return [...document.querySelectorAll('.thumb')].map((thumb) => \
                   Number(thumb.querySelector('.numbers').textContent.match(/truth ([0-9.]+)/)?.[1] ?? 0))";
    let numbers: Vec<f64> = serde_json::from_value(browser.script(numbers)).unwrap();
    assert_eq!(numbers.len(), 14);
    assert!(numbers.is_sorted_by(|a, b| a >= b) && numbers[0] > 0.0, "{numbers:?}");
    let said = browser.script("return document.querySelector('#gallery > p').textContent");
    assert_eq!(said, "All 14 images, worst first by their distance to the truth.");
    let folded = "return [...document.querySelectorAll('#gallery details .thumb')].filter((thumb) => thumb.checkVisibility()).length";
    assert_eq!(browser.script(folded), 0);
    browser.click("#gallery summary");
    assert_eq!(browser.script(folded), 2);
    let pictures = "const images = [...document.querySelectorAll('.thumb img')]; \
                    return Promise.all(images.map((image) => { image.loading = 'eager'; return image.decode(); })).then(() => images.length)";
    assert_eq!(browser.script(pictures), 3 * 14);
    browser.click(".thumb button");
    assert_eq!(browser.script("return document.querySelector('dialog').open"), true);
    browser.press(ESCAPE);
}

fn it_reads_without_its_script(browser: &Browser) {
    browser.command("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.command("Page.reload", json!({}));
    let bare = "return document.readyState === 'complete' && !document.querySelector('button') && \
                [document.querySelectorAll('.panel img').length > 40, document.querySelectorAll('svg').length >= 4, \
                 [...document.querySelectorAll('.threshold-place')].every((place) => !place.clientHeight)]";
    assert_eq!(browser.wait(bare), json!([true, true, true]));
    browser.command("Emulation.setScriptExecutionDisabled", json!({"value": false}));
}

/// Landmarks, headings in order, names for what cannot be seen.
fn the_outline_is_sound(browser: &Browser) {
    let levels: Vec<u8> = serde_json::from_value(
        browser
            .script("return [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))"),
    )
    .unwrap();
    assert!(
        levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1 && pair[1] > 1),
        "{levels:?}"
    );
    for nameless in [
        "img:not([alt])",
        "svg:not([aria-label])",
        "table:not(:has(caption))",
        "section:not([aria-labelledby])",
        "input:not([aria-label])",
        "html:not([lang])",
        "body:not(:has(main)):not(:has(nav))",
    ] {
        assert_eq!(
            browser.script(&format!("return document.querySelectorAll('{nameless}').length")),
            0,
            "{nameless}"
        );
    }
    let dead = "return [...document.querySelectorAll('a')].filter((a) => !document.querySelector(a.getAttribute('href'))).length";
    assert_eq!(browser.script(dead), 0, "every link leads somewhere");
}

fn a_phone_needs_no_sideways_scrolling(browser: &Browser) {
    browser.resize(360, 740);
    browser.script("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    let widths = browser.script("return [document.documentElement.scrollWidth, innerWidth]");
    assert_eq!(widths, json!([360, 360]));
    browser.resize(1200, 900);
}

fn it_is_dark_where_that_is_preferred(browser: &Browser) {
    let ground = || browser.script("return getComputedStyle(document.body).backgroundColor");
    let prefer = |scheme: &str| {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.command("Emulation.setEmulatedMedia", features);
    };
    prefer("light");
    assert_eq!(ground(), "rgb(255, 255, 255)");
    prefer("dark");
    assert_eq!(ground(), "rgb(20, 23, 27)");
    prefer("light");
}

fn paper_has_no_controls(browser: &Browser) {
    browser.script("document.querySelectorAll('details').forEach((details) => { details.open = false; })");
    let seen = |selector: &str| {
        let script = format!(
            "return [...document.querySelectorAll('{selector}')].filter((e) => e.checkVisibility()).length"
        );
        browser.script(&script).as_u64().unwrap()
    };
    let controls = ["nav", "input", ".fade", ".skip"];
    assert!(controls.iter().all(|control| seen(control) > 0));
    browser.command("Emulation.setEmulatedMedia", json!({"media": "print"}));
    for control in controls {
        assert_eq!(seen(control), 0, "{control}");
    }
    browser.command("Emulation.setEmulatedMedia", json!({"media": ""}));
    // Printing itself opens what is folded away.
    browser.command("Page.printToPDF", json!({}));
    assert_eq!(browser.script("return document.querySelectorAll('details:not([open])').length"), 0);
}
