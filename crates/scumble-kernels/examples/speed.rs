//! Rough speed of the kernels.
use scumble_kernels::*;
use std::time::Instant;
fn med(n: usize, mut f: impl FnMut()) -> f64 {
    for _ in 0..2 { f() }
    let mut v: Vec<f64> = (0..n).map(|_| { let t = Instant::now(); f(); t.elapsed().as_secs_f64() }).collect();
    v.sort_by(|a, b| a.total_cmp(b)); v[0]
}
#[target_feature(enable = "avx512f")]
unsafe fn fma_peak(iters: usize) -> f32 {
    use std::arch::x86_64::*;
    let mut a = [_mm512_set1_ps(1.0); 16]; let b = _mm512_set1_ps(std::hint::black_box(0.9999)); let c = _mm512_set1_ps(std::hint::black_box(0.0001));
    for _ in 0..iters { for i in 0..16 { a[i] = _mm512_fmadd_ps(a[i], b, c); } }
    a.iter().map(|v| _mm512_reduce_add_ps(*v)).sum()
}
fn main() {
    let it = 2_000_000; let s = med(9, || { std::hint::black_box(unsafe { fma_peak(it) }); });
    println!("FMA peak 1 thread: {:.0} GFLOP/s", it as f64 * 16.0 * 32.0 / s / 1e9);
    for (ci, co, h, w) in [(16, 16, 128, 128), (32, 32, 64, 64), (64, 64, 32, 32), (128, 128, 16, 16), (64,128,16,16), (16, 32, 64, 64), (32,16,128,128)] {
        let x = vec![0.5f32; (h + 2) * (w + 2) * ci];
        let wgt = vec![0.25f32; 9 * ci * co];
        let mut y = vec![0.1f32; (h + 2) * (w + 2) * co];
        let fl = 2.0 * (h * w * 9 * ci * co) as f64;
        for isa in Isa::available() {
            let s = med(15, || for r in 0..h {
                let merged = std::env::args().len() > 1;
                let taps: [Tap; 3] = std::array::from_fn(|kh| Tap { source: 0, start: (r + kh) * (w + 2) * ci, step: ci, columns: if merged { 1 } else { 3 }, length: if merged { 3 * ci } else { ci }, row: kh * 3 * ci });
                gather_row(isa, &GatherRow { sources: &[&x], taps: &taps, panels: Panels { values: &wgt, rows: 9 * ci, width: panel_width(co) }, begin: Begin::Zero, relu: false, pixels: w, start: ((r + 1) * (w + 2) + 1) * co, step: co }, &mut y);
            });
            let mut g = vec![0.0f32; 9 * ci * co];
            let block = (128 / w).max(1);
            let o = med(15, || for r in (0..h).step_by(block) { for kh in 0..3 {
                let starts: [usize; 3] = std::array::from_fn(|kw| ((r + 1) * (w + 2) + 2 - kw) * co);
                let rows: [usize; 3] = std::array::from_fn(|kw| (kh * 3 + kw) * ci);
                outer_rows(isa, &OuterRows { rows: block, pixels: w, input: &x, input_start: ((r + kh) * (w + 2) + 1) * ci, input_step: ci, input_row: (w + 2) * ci, inputs: ci, output: &y, output_starts: &starts, output_step: co, output_row: (w + 2) * co, outputs: co, result_rows: &rows, panel_rows: 9 * ci, panel_width: panel_width(co) }, &mut g);
            } });
            println!("{ci}->{co} @{w} {isa:?}: gather {:.0}  outer {:.0} GFLOP/s", fl / s / 1e9, fl / o / 1e9);
        }
    }
}
