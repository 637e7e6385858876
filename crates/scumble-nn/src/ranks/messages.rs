//! What ranks tell each other beside numbers to be summed.

use super::{Reduce, ReduceError};

/// Every rank's message, in the order of ranks.
pub(crate) fn all(reduce: &dyn Reduce, own: &[u8]) -> Result<Vec<Vec<u8>>, ReduceError> {
    let ranks = reduce.ranks();
    let length = (own.len() as u64).to_le_bytes();
    let mut lengths = vec![[0u8; 8]; ranks];
    let mut into: Vec<&mut [u8]> = lengths.iter_mut().map(|length| &mut length[..]).collect();
    reduce.exchange(&vec![&length[..]; ranks], &mut into)?;
    let mut messages: Vec<Vec<u8>> =
        lengths.into_iter().map(|length| vec![0; u64::from_le_bytes(length) as usize]).collect();
    let mut into: Vec<&mut [u8]> = messages.iter_mut().map(|message| &mut message[..]).collect();
    reduce.exchange(&vec![own; ranks], &mut into)?;
    Ok(messages)
}

/// What rank 0 says; nobody listens to what others say.
///
/// # Errors
/// Ranks that do not come together.
///
/// ```
/// use scumble_nn::ranks::{Reduce, Together, messages};
///
/// std::thread::scope(|scope| {
///     for rank in Together::new(2) {
///         scope.spawn(move || {
///             let own = format!("by rank {}", rank.rank());
///             assert_eq!(messages::from_first(&rank, own.as_bytes()).unwrap(), b"by rank 0");
///         });
///     }
/// });
/// ```
pub fn from_first(reduce: &dyn Reduce, own: &[u8]) -> Result<Vec<u8>, ReduceError> {
    let own = if reduce.rank() == 0 { own } else { &[] };
    Ok(all(reduce, own)?.swap_remove(0))
}

/// What every rank says, to rank 0 alone; the others get nothing.
pub(crate) fn to_first(reduce: &dyn Reduce, own: &[u8]) -> Result<Vec<Vec<u8>>, ReduceError> {
    let ranks = reduce.ranks();
    let only_first = |bytes| (0..ranks).map(move |rank| if rank == 0 { bytes } else { &[][..] });
    let length = (own.len() as u64).to_le_bytes();
    let listens = reduce.rank() == 0;
    let mut lengths = vec![vec![0u8; if listens { 8 } else { 0 }]; ranks];
    let mut into: Vec<&mut [u8]> = lengths.iter_mut().map(|length| &mut length[..]).collect();
    reduce.exchange(&only_first(&length[..]).collect::<Vec<_>>(), &mut into)?;
    let long = |length: Vec<u8>| length.try_into().map_or(0, u64::from_le_bytes) as usize;
    let mut messages: Vec<Vec<u8>> = lengths.into_iter().map(|length| vec![0; long(length)]).collect();
    let mut into: Vec<&mut [u8]> = messages.iter_mut().map(|message| &mut message[..]).collect();
    reduce.exchange(&only_first(own).collect::<Vec<_>>(), &mut into)?;
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranks::Together;

    #[test]
    fn messages_of_any_length_arrive() {
        std::thread::scope(|scope| {
            for rank in Together::new(3) {
                scope.spawn(move || {
                    let own = vec![rank.rank() as u8; 3 - rank.rank()];
                    assert_eq!(all(&rank, &own).unwrap(), [vec![0, 0, 0], vec![1, 1], vec![2]]);
                    assert_eq!(from_first(&rank, &own).unwrap(), [0, 0, 0]);
                    let heard = to_first(&rank, &own[1..]).unwrap();
                    let all = [vec![0, 0], vec![1], vec![]];
                    assert_eq!(heard, if rank.rank() == 0 { all } else { [const { Vec::new() }; 3] });
                });
            }
        });
    }
}
