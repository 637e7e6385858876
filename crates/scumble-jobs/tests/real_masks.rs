//! Real masks: what looks like a mistake there is one.

#![allow(clippy::print_stderr)]

use scumble::agreement::Suspicion;
use scumble_jobs::check::{CheckRequest, check};
use std::path::{Path, PathBuf};

fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("{} is not there: not tested", path.display());
    }
    path.exists().then_some(path)
}

#[test]
fn nuclei_of_one_image_that_were_stored_with_another_too_are_found() {
    let Some(data) = real("cfos_wue1") else { return };
    let images = ["0144", "0150", "006*"].map(str::to_owned).to_vec();
    let request = CheckRequest { data, images, pictures: None, overwrite: false, augmented: None };
    let flags = check(&request, &()).unwrap().summary.unwrap().flags;
    let [flag] = &flags[..] else { panic!("{flags:?}") };
    assert_eq!((flag.flag, flag.rater.as_str(), flag.image.as_str()), ("repeated", "expert_4", "0150"));
    let Suspicion::Repeated { of_image, others, .. } = &flag.suspicion else { panic!("{flag:?}") };
    assert_eq!((of_image.as_str(), *others), ("0144", 0.0));
}
