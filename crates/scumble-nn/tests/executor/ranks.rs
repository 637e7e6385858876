//! A batch shared out among ranks: logits, gradients and weights are the bytes of one rank.

use ndarray::{Array4, Axis, Slice, concatenate};
use scumble_nn::Precision;
use scumble_nn::executor::{ExecutorError, State, Update, open};
use scumble_nn::network::{Tensors, UNet, initial_weights};
use scumble_nn::ranks::{Alone, Share, Together};

use crate::common::{NORMS, noise};
use crate::{start, tiny};
use scumble_nn::Device;

/// What so many ranks come to in two steps of a batch: all logits, and every rank's gradients and state.
fn shared_out(
    ranks: usize,
    unet: &UNet,
    precision: Precision,
    batch: usize,
) -> (Array4<f32>, Vec<(Tensors, State)>) {
    let network = &unet.network().unwrap();
    let images = &noise((batch, unet.channels, 16, 24), 1);
    let work = |rank: Together| {
        let share = Share::new(&rank, batch);
        let own = Slice::from(share.images());
        let images = images.slice_axis(Axis(0), own);
        let state = State::new(network, initial_weights(network, 5));
        let mut executor = open(&Device::Cpu, precision, network, &state).unwrap();
        let mut logits = Array4::zeros((0, 0, 0, 0));
        for _ in 0..2 {
            logits = executor.forward_share(images, &share).unwrap();
            // As a loss would be: of other sizes in every image, and of zeros in some channel.
            let all = noise((batch, unet.outputs, 16, 24), 7);
            let gradient = &logits * 1e-2 + all.slice_axis(Axis(0), own);
            executor.backward_share(gradient.view(), &share).unwrap();
            executor.update(&Update::default()).unwrap();
        }
        (logits, (executor.gradients().unwrap(), executor.state().unwrap()))
    };
    std::thread::scope(|scope| {
        let ranks: Vec<_> =
            Together::new(ranks).into_iter().map(|rank| scope.spawn(move || work(rank))).collect();
        let (logits, states): (Vec<_>, Vec<_>) = ranks.into_iter().map(|rank| rank.join().unwrap()).unzip();
        let logits: Vec<_> = logits.iter().map(|logits| logits.view()).collect();
        (concatenate(Axis(0), &logits).unwrap(), states)
    })
}

#[test]
fn ranks_do_not_change_a_byte() {
    for norm in NORMS {
        for (precision, batch) in [(Precision::F32, 8), (Precision::F32, 5), (Precision::Bf16, 8)] {
            let unet = UNet { channels: 2, outputs: 2, widths: vec![4, 16], norm };
            let (logits, alone) = shared_out(1, &unet, precision, batch);
            for ranks in [2, 3, 4, batch] {
                let (found, states) = shared_out(ranks, &unet, precision, batch);
                assert_eq!(found, logits, "{norm:?} {precision}: logits of {ranks} ranks");
                for (rank, state) in states.iter().enumerate() {
                    let bits = |tensors: &Tensors| -> Vec<u32> {
                        tensors.values().flatten().map(|value| value.to_bits()).collect()
                    };
                    let what = format!("{norm:?} {precision}: rank {rank} of {ranks}, batch {batch}");
                    assert_eq!(bits(&state.0), bits(&alone[0].0), "{what}: gradients");
                    assert_eq!(bits(&state.1.weights), bits(&alone[0].1.weights), "{what}: weights");
                    assert_eq!(state.1, alone[0].1, "{what}: state");
                }
            }
        }
    }
}

#[test]
fn a_share_has_as_many_images_as_it_says() {
    let network = tiny(NORMS[0]);
    let mut executor = start(&network);
    let error = executor.forward_share(noise((2, 2, 16, 16), 1).view(), &Share::new(&Alone, 3)).unwrap_err();
    assert!(matches!(error, ExecutorError::Share { expected: 3, found: 2 }));
    let logits = executor.forward(noise((2, 2, 16, 16), 1).view()).unwrap();
    let error = executor.backward_share(logits.view(), &Share::new(&Alone, 1)).unwrap_err();
    assert!(matches!(error, ExecutorError::Share { expected: 1, found: 2 }));
    executor.backward(logits.view()).unwrap();
}
