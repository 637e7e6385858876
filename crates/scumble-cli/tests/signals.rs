//! Signals: the first saves and leaves as a shell expects, and what is ignored at the start stays ignored.
#![cfg(target_os = "linux")]

mod common;

use common::{lagoons, text};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A training that a shell starts after these words.
fn start(before: &str, data: &Path, run: &Path, epochs: &str) -> Child {
    let program = assert_cmd::cargo::cargo_bin("scumble");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}exec \"$0\" \"$@\""), &text(&program), "train"]);
    command.args([&text(data), "-o", &text(run)]).args(common::TINY).args(["--set", epochs]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(120), "waited too long for {}", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn each_signal_saves_and_leaves_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 3);
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let run = folder.path().join(signal);
        let mut child = start("", &data, &run, "train.epochs=2000");
        wait_for(&run.join("checkpoints/best.safetensors"));
        send(signal, &child);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        let info = std::fs::read_to_string(run.join("run.json")).unwrap();
        assert!(info.contains("\"interrupted\""), "{signal}: {info}");
    }
}

#[test]
fn what_is_ignored_at_the_start_stays_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 3);
    for (signal, name) in [("-HUP", "HUP"), ("-INT", "INT")] {
        let run = folder.path().join(name);
        let mut child = start(&format!("trap '' {name}; "), &data, &run, "train.epochs=12");
        wait_for(&run.join("run.json"));
        send(signal, &child);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        assert!(run.join("model.safetensors").exists());
    }
}
