//! Going on from a state, and threads: neither changes a byte.

use ndarray::Array4;
use rayon::ThreadPoolBuilder;
use scumble_nn::executor::{State, Update, open};
use scumble_nn::network::{Network, Norm, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::{NORMS, noise};
use crate::{start, tiny, train};

#[test]
fn going_on_from_a_state_gives_the_same_bytes_as_never_having_stopped() {
    for norm in NORMS {
        let network = tiny(norm);
        let images = noise((2, 2, 16, 16), 1);
        let update = Update::default();
        let mut executor = start(&network);
        train(&mut *executor, images.view(), 3, &update);
        let half = executor.state().unwrap();
        train(&mut *executor, images.view(), 2, &update);
        let (end, logits) = (executor.state().unwrap(), executor.infer(images.view()).unwrap());

        let mut other = open(&Device::Cpu, Precision::F32, &network, &half).unwrap();
        assert_eq!(other.state().unwrap(), half);
        train(&mut *other, images.view(), 2, &update);
        assert_eq!(other.state().unwrap(), end, "{norm:?}: opened");
        assert_eq!(other.infer(images.view()).unwrap(), logits);

        executor.restore(&half).unwrap();
        train(&mut *executor, images.view(), 2, &update);
        assert_eq!(executor.state().unwrap(), end, "{norm:?}: restored");
        assert_eq!(executor.infer(images.view()).unwrap(), logits);
    }
}

/// The state after some steps in a pool of so many threads.
fn with_threads(threads: usize, unet: &UNet, shape: (usize, usize, usize, usize), steps: u32) -> State {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let network = unet.network().unwrap();
        let mut executor =
            open(&Device::Cpu, Precision::F32, &network, &State::new(&network, initial_weights(&network, 5)))
                .unwrap();
        train(&mut *executor, noise(shape, 1).view(), steps, &Update::default());
        executor.state().unwrap()
    })
}

#[test]
fn threads_do_not_change_a_byte() {
    for norm in NORMS {
        let unet = UNet { channels: 2, outputs: 1, widths: vec![4, 8], norm };
        let shape = (3, 2, 32, 32);
        assert_eq!(with_threads(1, &unet, shape, 3), with_threads(2, &unet, shape, 3), "{norm:?}");
    }
}

/// Training and prediction in a pool of so many threads.
fn trained_and_predicted(network: &Network, threads: usize) -> (State, Array4<f32>) {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut executor = start(network);
        let images = noise((3, 3, 32, 48), 4);
        train(&mut *executor, images.view(), 3, &Update::default());
        let prediction = executor.infer(images.view()).unwrap();
        (executor.state().unwrap(), prediction)
    })
}

#[test]
fn threads_change_no_bit_of_a_prediction() {
    for norm in NORMS {
        let network = UNet { widths: vec![16, 32, 48], norm, ..UNet::default() }.network().unwrap();
        let one = trained_and_predicted(&network, 1);
        for threads in [2, 3] {
            assert!(trained_and_predicted(&network, threads) == one, "{norm:?} with {threads} threads");
        }
    }
}

#[test]
#[ignore = "half a minute in release: the size at which every kernel goes parallel"]
fn threads_do_not_change_a_byte_at_full_size() {
    for norm in NORMS {
        let unet = UNet { norm, ..UNet::default() };
        let shape = (8, 3, 128, 128);
        let one = with_threads(1, &unet, shape, 2);
        for threads in [2, 3, 4] {
            assert_eq!(one, with_threads(threads, &unet, shape, 2), "{norm:?}, {threads} threads");
        }
    }
}

#[test]
fn an_abandoned_forward_leaves_no_trace_without_batch_norm() {
    let network = tiny(Norm::Group);
    let images = noise((1, 2, 8, 8), 1);
    let (mut steady, mut wavering) = (start(&network), start(&network));
    wavering.forward(noise((2, 2, 4, 4), 2).view()).unwrap();
    train(&mut *steady, images.view(), 2, &Update::default());
    train(&mut *wavering, images.view(), 2, &Update::default());
    assert_eq!(steady.state().unwrap(), wavering.state().unwrap());
}
