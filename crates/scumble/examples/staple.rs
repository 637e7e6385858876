//! STAPLE of masks in raw files, a byte a pixel, with its time: what scripts/bench_staple.py compares with
//! SimpleITK.
//!
//! `staple HEIGHT WIDTH REPEATS OUT MASK...` prints JSON; the f32 map goes into OUT.
#![allow(clippy::print_stdout, reason = "an example reports on stdout")]

use ndarray::Array3;
use scumble::fusion::{Patterns, StapleOptions, staple};
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [height, width, repeats, out, files @ ..] = &arguments[..] else {
        return Err("usage: staple HEIGHT WIDTH REPEATS OUT MASK...".into());
    };
    let shape = (1, height.parse()?, width.parse()?);
    let space = LabelSpace::unnamed(Kind::Binary, 1)?;
    let mask = |file: &String| -> Result<(String, RaterMask), Box<dyn std::error::Error>> {
        let marks = std::fs::read(file)?.into_iter().map(u16::from).collect();
        Ok((file.clone(), RaterMask::new(&space, Array3::from_shape_vec(shape, marks)?)?))
    };
    let masks: Vec<(String, RaterMask)> = files.iter().map(mask).collect::<Result<_, _>>()?;
    let fuse = || -> Result<(SoftLabels, u32), scumble::fusion::FusionError> {
        let mut patterns = Patterns::new(&space);
        patterns.add(&masks)?;
        let fit = staple(&patterns, &StapleOptions::default())?;
        Ok((fit.map(&masks)?, fit.estimates()[0].iterations))
    };
    let mut seconds = Vec::new();
    for _ in 0..repeats.parse()? {
        let start = Instant::now();
        fuse()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let (labels, iterations) = fuse()?;
    let map: Vec<u8> = labels.probabilities().iter().flat_map(|p| p.to_le_bytes()).collect();
    std::fs::write(out, map)?;
    println!("{{\"seconds\": {seconds:?}, \"iterations\": {iterations}}}");
    Ok(())
}
