use scumble_nn::executor::{State, Update};
use scumble_nn::network::UNet;

use crate::{NORMS, noise, start, train};

/// Training and prediction in a pool of so many threads.
fn run(network: &scumble_nn::network::Network, threads: usize) -> (State, ndarray::Array4<f32>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut executor = start(network);
        let images = noise((3, 3, 32, 48), 4);
        train(&mut *executor, images.view(), 3, &Update::default());
        let prediction = executor.infer(images.view()).unwrap();
        (executor.state().unwrap(), prediction)
    })
}

#[test]
fn their_number_changes_no_bit() {
    for norm in NORMS {
        let network = UNet { widths: vec![16, 32, 48], norm, ..UNet::default() }.network().unwrap();
        let one = run(&network, 1);
        for threads in [2, 3] {
            assert!(run(&network, threads) == one, "{norm:?} with {threads} threads");
        }
    }
}
