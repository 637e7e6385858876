//! The report in a real browser: it loads nothing, and what can be clicked, typed and printed works.

mod browser;
mod common;

use browser::Browser;
use common::{lagoons, train};
use serde_json::{Value, json};
use std::path::Path;

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
    the_outline_is_sound(&browser);
    a_phone_needs_no_sideways_scrolling(&browser);
    it_is_dark_where_that_is_preferred(&browser);
    paper_has_no_controls(&browser);
    let console = browser.log("browser");
    assert!(console.is_empty(), "{console:?}");
}

fn nothing_is_loaded(browser: &Browser) {
    let urls: Vec<String> = browser
        .log("performance")
        .iter()
        .filter_map(|entry| serde_json::from_str::<Value>(entry).ok())
        .filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent")
        .filter_map(|entry| entry["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
        // The browser's own empty page.
        .filter(|url| !url.starts_with("data:") && !url.starts_with("chrome"))
        .collect();
    assert!(urls.len() == 1 && urls[0].ends_with("/run/report.html"), "{urls:?}");
    let broken =
        "return [...document.querySelectorAll('main img')].filter((image) => !image.naturalWidth).length";
    assert_eq!(browser.script(broken), 0, "every picture can be decoded");
    assert!(browser.script("return document.images.length").as_u64().unwrap() >= 3 * 7);
}

/// The excess column of the table of images.
const EXCESS: &str =
    "const table = document.querySelectorAll('#scores table')[2]; const head = table.tHead.rows[0].cells[4];";

fn tables_sort(browser: &Browser) {
    let column = || -> Vec<f64> {
        let script = format!(
            "{EXCESS} return [...table.tBodies[0].rows].map((row) => Number(row.cells[4].dataset.number))"
        );
        serde_json::from_value(browser.script(&script)).unwrap()
    };
    let state = || browser.script(&format!("{EXCESS} return head.getAttribute('aria-sort')"));
    assert_eq!(
        (browser.script(&format!("{EXCESS} return head.textContent")), state()),
        (json!("excess"), json!("none"))
    );
    let mut sorted = column();
    assert_eq!(sorted.len(), 3);
    sorted.sort_by(f64::total_cmp);
    browser.click("#scores div:nth-of-type(3) th:nth-child(5) button");
    assert_eq!((column(), state()), (sorted.clone(), json!("ascending")));
    browser.script(&format!("{EXCESS} head.querySelector('button').focus()"));
    browser.press(ENTER);
    sorted.reverse();
    assert_eq!((column(), state()), (sorted, json!("descending")));
    // Another column takes over; names sort as text.
    browser.script("document.querySelectorAll('#scores table')[2].querySelector('button').focus()");
    browser.press(' ');
    let names = "return [...document.querySelectorAll('#scores table')[2].tBodies[0].rows].map((row) => row.cells[0].textContent)";
    let names: Vec<String> = serde_json::from_value(browser.script(names)).unwrap();
    assert!(names.is_sorted() && names.len() == 3, "{names:?}");
    assert_eq!(state(), json!("none"));
}

/// WebDriver's codes of keys that are no characters.
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';
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
    assert_eq!(says, "48 % prediction, 52 % label");
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
    assert_eq!((&first[0], &first[1], &first[3]), (&json!(true), &json!("label"), &json!("pixelated")));
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
