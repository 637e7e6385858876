//! The program in WebAssembly.

use flate2::{Compression, GzBuilder};
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip1";

/// What a cargo tells its build scripts, and what would change this build.
const NOT_INHERITED: [&str; 6] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
];

/// Of every build: a panic ends the program.
const SETTINGS: [&str; 2] = ["panic=\"abort\"", "strip=true"];
/// Of what people get, small and fast: what is not used is left out.
const RELEASE: [&str; 3] = ["opt-level=3", "lto=\"fat\"", "codegen-units=1"];
/// Of what tests run: sooner compiled.
const OTHER: [&str; 2] = ["opt-level=1", "lto=false"];

/// Writes `program.rs`, which says where the program lies or why there is none.
pub(crate) fn build() {
    let output = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says it"));
    let library = standard_library();
    // As long as it is not there, the next build looks for it again.
    for input in inputs().iter().chain(&library) {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    let is_installed = library.is_some_and(|folder| folder.is_dir());
    let built = match is_installed {
        true => compile(&output),
        false => Err(format!("the target {TARGET} was not installed where it was built")),
    };
    let said = match built.and_then(|file| compress(&file, &output).map_err(|error| error.to_string())) {
        Ok(file) => format!("Ok(include_bytes!({file:?}))"),
        Err(reason) => {
            reason.lines().for_each(|line| println!("cargo::warning=no program for pages: {line}"));
            format!("Err({reason:?})")
        }
    };
    let code = format!("const PROGRAM_BUILT: Result<&[u8], &str> = {said};\n");
    fs::write(output.join("program.rs"), code).expect("cargo's own folder can be written to");
}

/// The sources of all that is in the program: of a checkout those of the crates below, else this crate's alone.
fn inputs() -> Vec<PathBuf> {
    let here = manifest_folder();
    let mut inputs = vec![here.join("src"), here.join("build"), here.join("Cargo.toml")];
    for below in ["scumble-kernels", "scumble", "scumble-data", "scumble-nn"] {
        let folder = here.join("..").join(below);
        inputs
            .extend([folder.join("src"), folder.join("Cargo.toml")].into_iter().filter(|path| path.exists()));
    }
    inputs.extend([here.join("../../Cargo.lock")].into_iter().filter(|path| path.exists()));
    inputs
}

fn manifest_folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").expect("cargo says it").into()
}

/// Where the target's standard library is, or would be.
fn standard_library() -> Option<PathBuf> {
    let compiler = env::var_os("RUSTC").expect("cargo says it");
    let asked = Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]).output();
    let answer = asked.ok().filter(|answer| answer.status.success())?;
    Some(PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim()))
}

fn compile(output: &Path) -> Result<PathBuf, String> {
    let folder = output.join("cargo");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo says it"));
    cargo.current_dir(manifest_folder());
    cargo.args([
        "build",
        "--locked",
        "--release",
        "--bin",
        "scumble-web",
        "--target",
        TARGET,
        "--target-dir",
    ]);
    cargo.arg(&folder);
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    for setting in SETTINGS.iter().chain(if release { &RELEASE[..] } else { &OTHER[..] }) {
        cargo.args(["--config", &format!("profile.release.{setting}")]);
    }
    NOT_INHERITED.iter().for_each(|name| _ = cargo.env_remove(name));
    cargo.env("RUSTFLAGS", "-C target-feature=+simd128");
    let answer = cargo.output().map_err(|error| format!("cargo cannot be run: {error}"))?;
    match answer.status.success() {
        true => Ok(folder.join(TARGET).join("release/scumble-web.wasm")),
        false => Err(format!("it could not be compiled: {}", String::from_utf8_lossy(&answer.stderr).trim())),
    }
}

fn compress(program: &Path, output: &Path) -> io::Result<PathBuf> {
    let file = output.join("program.wasm.gz");
    // Neither a name nor a time: the same program gives the same bytes.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&fs::read(program)?)?;
    fs::write(&file, gzip.finish()?)?;
    Ok(file)
}
