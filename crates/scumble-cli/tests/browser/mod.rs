//! Headless Chromium, driven through chromedriver by the WebDriver protocol: JSON over HTTP on this machine.
#![allow(dead_code, reason = "every test program uses a part of it")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A browser with one window; ends with its value.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

/// Nothing that a fresh browser would load by itself, so that what is left is the page's.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

impl Browser {
    /// A browser, or `None` where chromedriver is not installed.
    ///
    /// # Panics
    /// It is there and does not work, or it is not there and SCUMBLE_REQUIRE_CHROMIUM is set.
    #[allow(clippy::print_stderr, reason = "a skipped test must say so")]
    pub(crate) fn open() -> Option<Self> {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let Ok(mut driver) = driver else {
            assert!(std::env::var_os("SCUMBLE_REQUIRE_CHROMIUM").is_none(), "chromedriver is not installed");
            eprintln!("skipped: chromedriver is not installed (Debian: chromium chromium-driver)");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let said = |line: &String| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
        };
        let port = lines.by_ref().find_map(|line| said(&line.ok()?)).expect("chromedriver says its port");
        // It goes on talking, and must not be stopped by a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut arguments: Vec<String> = FLAGS.map(String::from).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let made = browser.call("POST", "/session", &wanted);
        browser.session = format!("/session/{}", made["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), &body)
    }

    /// The answer's value.
    ///
    /// # Panics
    /// The driver answers with an error.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("chromedriver reads");
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).expect("the whole answer");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }

    /// Opens a file.
    pub(crate) fn go(&self, file: &Path) {
        // What the empty first page did is not of interest.
        self.log("performance");
        self.post("/url", json!({"url": format!("file://{}", file.display())}));
    }

    /// What a script returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until a script returns something else than null or false, and gives it.
    pub(crate) fn wait(&self, script: &str) -> Value {
        for _ in 0..600 {
            let found = self.script(script);
            if found != Value::Null && found != false {
                return found;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("in vain: {script}");
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn command(&self, name: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": name, "params": parameters}))
    }

    /// A window of another size, in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.command("Emulation.setDeviceMetricsOverride", size);
    }

    /// Presses and lets go of a key, where the focus is.
    pub(crate) fn press(&self, key: char) {
        let actions = ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key}));
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Clicks in the middle of the first element that a selector finds, where nothing that stays in view covers it.
    pub(crate) fn click(&self, selector: &str) {
        self.script(&format!(
            "document.querySelector({}).scrollIntoView({{ block: 'center' }})",
            json!(selector)
        ));
        self.post(&format!("/element/{}/click", self.element(selector)), json!({}));
    }

    /// Chooses a file in the first input that a selector finds.
    pub(crate) fn choose(&self, selector: &str, file: &Path) {
        self.post(&format!("/element/{}/value", self.element(selector)), json!({"text": file}));
    }

    fn element(&self, selector: &str) -> String {
        let element = self.post("/element", json!({"using": "css selector", "value": selector}));
        let id = element.as_object().and_then(|e| e.values().next()).and_then(Value::as_str);
        id.expect("an id").to_owned()
    }

    /// The addresses that have been asked for since the last call, but for the browser's own.
    pub(crate) fn requests(&self) -> Vec<String> {
        let entries = self.log("performance");
        let entries = entries.iter().filter_map(|entry| serde_json::from_str::<Value>(entry).ok());
        let asked = entries.filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent");
        let url = |entry: Value| entry["message"]["params"]["request"]["url"].as_str().map(str::to_owned);
        // The browser's own empty page.
        asked.filter_map(url).filter(|url| !url.starts_with("data:") && !url.starts_with("chrome")).collect()
    }

    /// The messages since the last call, of "browser" (the console) or "performance" (the network among it).
    pub(crate) fn log(&self, kind: &str) -> Vec<String> {
        let entries = self.post("/se/log", json!({"type": kind}));
        let messages = entries.as_array().expect("a list").iter().map(|entry| entry["message"].as_str());
        messages.map(|message| message.expect("a text").to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.session.is_empty() {
            self.call("DELETE", &self.session, &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
