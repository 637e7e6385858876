//! What ranks tell each other beside numbers to be summed.

use super::{Reduce, ReduceError};

/// What every rank says to this one, in the order of ranks; `out` is what this one says to each.
fn each(reduce: &dyn Reduce, out: &[&[u8]]) -> Result<Vec<Vec<u8>>, ReduceError> {
    let own: Vec<[u8; 8]> = out.iter().map(|out| (out.len() as u64).to_le_bytes()).collect();
    let own: Vec<&[u8]> = own.iter().map(|length| &length[..]).collect();
    let mut lengths = vec![[0u8; 8]; out.len()];
    let mut into: Vec<&mut [u8]> = lengths.iter_mut().map(|length| &mut length[..]).collect();
    reduce.exchange(&own, &mut into)?;
    let mut messages: Vec<Vec<u8>> =
        lengths.into_iter().map(|length| vec![0; u64::from_le_bytes(length) as usize]).collect();
    let mut into: Vec<&mut [u8]> = messages.iter_mut().map(|message| &mut message[..]).collect();
    reduce.exchange(out, &mut into)?;
    Ok(messages)
}

/// Every rank's message, in the order of ranks.
pub(crate) fn all(reduce: &dyn Reduce, own: &[u8]) -> Result<Vec<Vec<u8>>, ReduceError> {
    each(reduce, &vec![own; reduce.ranks()])
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
    let mut out: Vec<&[u8]> = vec![&[]; reduce.ranks()];
    out[0] = own;
    each(reduce, &out)
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
