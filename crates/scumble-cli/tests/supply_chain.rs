//! What the program is made of: where it comes from, under which licences, and what it cannot do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Licences that what is in the program may have: those that ask for no more than to be named, which a copy of the
/// program does by its list of dependencies (`cargo tree`).
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    // Data of the Unicode standard, in the tables of unicode-ident and regex.
    "Unicode-3.0",
];

/// Crates with licences beyond those, by name, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "buildid",
        "MPL-2.0",
        "unchanged and its source is public, which is what the licence asks for; graphics cards alone",
    ),
    ("colored", "MPL-2.0", "the same; tests and graphics cards alone"),
];

/// Crates that the program has in two versions, and why.
const TWICE: &[(&str, &str)] = &[
    ("constant_time_eq", "blake3 holds to 0.4, zip takes 0.6"),
    ("hashbrown", "safetensors holds to 0.16, indexmap takes 0.17"),
    ("miniz_oxide", "png holds to 0.8, flate2 takes 0.9"),
    ("syn", "a parser of macros, in no program: maud, zerocopy and zeroize hold to 2"),
];

/// Crates by which programs reach a network.
const NETWORK: &[&str] = &[
    "actix-web",
    "async-std",
    "attohttpc",
    "awc",
    "axum",
    "curl",
    "curl-sys",
    "h2",
    "h3",
    "hyper",
    "isahc",
    "libssh2-sys",
    "mio",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tokio",
    "tonic",
    "tungstenite",
    "ureq",
    "warp",
    "websocket",
];

/// A package of a tree of dependencies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// What the program is built of, or with `--workspace` and `dev` what is built to test it.
fn tree(arguments: &[&str]) -> BTreeSet<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(ROOT)
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{l}"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    packages(&String::from_utf8(output.stdout).unwrap())
}

fn packages(tree: &str) -> BTreeSet<Package> {
    let package = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?.to_owned(), words.next()?.to_owned());
        // What is in the tree a second time is marked.
        let licence = licence.trim_end_matches(" (*)").to_owned();
        Some(Package { name, version, licence })
    };
    tree.lines().filter_map(package).collect()
}

/// Whether an SPDX expression can be met; the old way of writing "or" is a slash.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let spaced = spaced.split_whitespace().collect::<Vec<_>>().join(" ").replace(" WITH ", "_WITH_");
    let mut words = spaced.split(' ').peekable();
    let met = any_of(&mut words);
    met && words.next().is_none()
}

type Words<'w> = std::iter::Peekable<std::str::Split<'w, char>>;

fn any_of(words: &mut Words<'_>) -> bool {
    let mut met = all_of(words);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words);
    }
    met
}

fn all_of(words: &mut Words<'_>) -> bool {
    let mut met = one(words);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words);
    }
    met
}

fn one(words: &mut Words<'_>) -> bool {
    match words.next() {
        Some("(") => any_of(words) && words.next() == Some(")"),
        Some(licence) => LICENCES.contains(&licence.replace("_WITH_", " WITH ").as_str()),
        None => false,
    }
}

/// The packages whose licences nobody has allowed.
fn unlicensed(packages: &BTreeSet<Package>) -> Vec<&Package> {
    let is_known = |package: &Package| {
        ALLOWED.iter().any(|(name, licence, _)| (*name, *licence) == (&package.name, &package.licence))
    };
    packages.iter().filter(|package| !is_allowed(&package.licence) && !is_known(package)).collect()
}

/// The names that are there in several versions.
fn twice(packages: &BTreeSet<Package>) -> BTreeSet<&str> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.into_iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name).collect()
}

/// The packages that reach a network.
fn reaching(packages: &BTreeSet<Package>) -> Vec<&str> {
    packages.iter().map(|package| package.name.as_str()).filter(|name| NETWORK.contains(name)).collect()
}

/// The packages of a Cargo.lock that do not come, with a checksum, from crates.io or this repository.
fn from_elsewhere(lock: &str) -> Vec<&str> {
    const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let is_ours =
        |package: &str| !package.contains("\nsource = ") && package.starts_with("\nname = \"scumble");
    let is_known = |package: &str| package.contains(CRATES_IO) && package.contains("\nchecksum = ");
    let packages = lock.split("[[package]]").skip(1);
    packages.filter(|package| !is_ours(package) && !is_known(package)).map(|package| package.trim()).collect()
}

#[test]
fn every_licence_is_allowed() {
    let built = tree(&["--workspace", "--edges", "all"]);
    assert!(built.len() > 200, "{}", built.len());
    assert_eq!(unlicensed(&built), Vec::<&Package>::new());
}

#[test]
#[ignore = "needs the sources of what graphics cards need"]
fn every_licence_is_allowed_with_graphics_cards() {
    for feature in ["wgpu", "cuda"] {
        let built = tree(&["--package", "scumble-cli", "--features", feature, "--edges", "normal"]);
        assert!(built.len() > 300, "{}", built.len());
        assert_eq!(unlicensed(&built), Vec::<&Package>::new(), "{feature}");
        assert_eq!(reaching(&built), Vec::<&str>::new(), "{feature}");
    }
}

#[test]
fn everything_comes_from_crates_io_with_a_checksum() {
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock = fs::read_to_string(Path::new(ROOT).join(lock)).unwrap();
        assert_eq!(from_elsewhere(&lock), Vec::<&str>::new());
    }
}

#[test]
fn what_is_there_twice_is_known() {
    let program = tree(&["--package", "scumble-cli", "--edges", "normal"]);
    assert_eq!(twice(&program), TWICE.iter().map(|(name, _)| *name).collect());
}

#[test]
fn the_program_reaches_no_network() {
    for more in [&[][..], &["--features", "web"]] {
        let program = tree(&[&["--package", "scumble-cli", "--edges", "normal"], more].concat());
        assert!(program.len() > 100, "{}", program.len());
        assert_eq!(reaching(&program), Vec::<&str>::new());
    }
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["std::net", "TcpStream", "TcpListener", "UdpSocket"] {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

#[test]
fn unsafe_code_is_in_the_kernels_alone() {
    let mut roots = 0;
    for file in sources() {
        let name = file.file_name().unwrap();
        let is_root = file.parent().unwrap().ends_with("src") && (name == "lib.rs" || name == "main.rs");
        if is_root && !file.to_str().unwrap().contains("scumble-kernels") {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains("#![forbid(unsafe_code)]"), "{}", file.display());
            roots += 1;
        }
    }
    assert!(roots >= 6, "{roots}");
}

#[test]
fn the_checks_can_fail() {
    let tree = "a v1.0.0|MIT\nb v0.1.0 (proc-macro)|GPL-3.0\na v2.0.0|MIT OR GPL-3.0\nc v1.0.0|MIT AND GPL-3.0 (*)\n\
                hyper v1.0.0|\ncolored v1.0.0|MPL-2.0\nd v1.0.0|MPL-2.0";
    let packages = packages(tree);
    let names: Vec<&str> = unlicensed(&packages).iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["b", "c", "d", "hyper"]);
    assert_eq!(twice(&packages), ["a"].into());
    assert_eq!(reaching(&packages), ["hyper"]);
    for (expression, allowed) in [
        ("MIT/Apache-2.0", true),
        ("(MIT OR GPL-2.0) AND Unicode-3.0", true),
        ("(GPL-2.0 OR GPL-3.0) AND MIT", false),
        ("GPL-2.0 OR MIT AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("(MIT", false),
        ("MIT MIT", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), allowed, "{expression}");
    }
    let lock = "[[package]]\nname = \"scumble\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"a\"\nsource = \
                \"git+https://example.org/a\"\n\n[[package]]\nname = \"b\"\nsource = \
                \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"00\"\n\n[[package]]\nname = \"c\"";
    assert_eq!(
        from_elsewhere(lock),
        ["name = \"a\"\nsource = \"git+https://example.org/a\"", "name = \"c\""]
    );
}

#[test]
fn a_package_has_its_licences_and_no_tests() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    for name in [
        "scumble-kernels",
        "scumble",
        "scumble-data",
        "scumble-nn",
        "scumble-web",
        "scumble-jobs",
        "scumble-cli",
    ] {
        let output = Command::new(&cargo)
            .current_dir(ROOT)
            .args(["package", "--locked", "--allow-dirty", "--list", "--package", name])
            .output()
            .unwrap();
        let list = String::from_utf8(output.stdout).unwrap();
        let files: Vec<&str> = list.lines().collect();
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
            assert!(
                files.contains(&file),
                "{name} lacks {file}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        assert!(!files.iter().any(|file| file.starts_with("tests/")), "{name}: {list}");
    }
}

/// Every source file of the crates.
fn sources() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(ROOT).join("crates")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            if path.is_dir() && !["tests", "benches"].iter().any(|name| path.ends_with(name)) {
                folders.push(path);
            } else if is_source {
                files.push(path);
            }
        }
    }
    files
}
