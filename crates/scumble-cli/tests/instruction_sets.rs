//! The instruction set that the environment names: trained with, said, written down, and refused where there is none.

mod common;

use common::{lagoons, model, refuses, scumble, train};
use predicates::prelude::*;
use scumble_nn::{Isa, Run};
use std::path::Path;

/// Trains with a set, and returns the validation loss of each epoch.
fn losses(data: &Path, run: &Path, isa: Isa) -> Vec<f64> {
    let told = predicate::str::contains(format!("computing on cpu with {isa} in f32"));
    train(data, run, &["--set", "train.precision=f32"])
        .env("SCUMBLE_ISA", isa.name())
        .assert()
        .success()
        .stderr(told);
    let run = Run::open(run).unwrap();
    assert_eq!(run.info().unwrap().isa.as_deref(), Some(isa.name()));
    run.metrics().unwrap().iter().map(|epoch| epoch.validation.unwrap().value).collect()
}

#[test]
fn a_training_is_the_same_under_every_set_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 3);
    let run = |isa: Isa| folder.path().join(isa.name());
    let portable = losses(&data, &run(Isa::portable()), Isa::portable());
    let fused: Vec<Isa> = Isa::available().into_iter().filter(|isa| *isa != Isa::portable()).collect();
    for isa in &fused {
        // Where multiply and add are rounded once.
        for (found, expected) in losses(&data, &run(*isa), *isa).iter().zip(&portable) {
            assert!((found - expected).abs() < 1e-3 * expected, "{isa}: {found} {expected}");
        }
        assert_eq!(model(&run(*isa)), model(&run(fused[0])), "{isa}");
    }
}

#[test]
fn a_set_that_is_not_there_is_an_error_at_the_start() {
    let lacked = ["amx", "avx512", "avx2"].into_iter().filter(|name| name.parse::<Isa>().is_err());
    for wrong in ["sse9", "AVX2", ""].into_iter().chain(lacked) {
        let mut command = scumble(&["check", "nowhere"]);
        command.env("SCUMBLE_ISA", wrong);
        let mut says = vec!["SCUMBLE_ISA", "this processor has no instruction set", wrong];
        says.extend(Isa::available().into_iter().map(Isa::name));
        refuses(&mut command, 2, &says).stderr(predicate::str::contains("nowhere").not());
    }
}
