//! Ranks that are threads of one process.

use super::{Reduce, ReduceError};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// One of several ranks that are threads of one process: for tests, and to try out a training that will run on many
/// machines.
#[derive(Debug)]
pub struct Together {
    rank: usize,
    /// To each rank, and from each.
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
    patience: Duration,
}

impl Together {
    /// So many ranks, one for each thread. They wait ten minutes for each other.
    pub fn new(ranks: usize) -> Vec<Self> {
        let patience = Duration::from_secs(600);
        let mut to: Vec<Vec<Sender<Vec<u8>>>> = (0..ranks).map(|_| Vec::new()).collect();
        let mut from: Vec<Vec<Receiver<Vec<u8>>>> = (0..ranks).map(|_| Vec::new()).collect();
        for to in &mut to {
            for from in &mut from {
                let (sender, receiver) = channel();
                to.push(sender);
                from.push(receiver);
            }
        }
        let ends = to.into_iter().zip(from).enumerate();
        ends.map(|(rank, (to, from))| Self { rank, to, from, patience }).collect()
    }

    /// Waits so long for the others, and no longer.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

impl Reduce for Together {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError> {
        let gone = |missing: usize| ReduceError::Gone { rank: self.rank, missing: vec![missing] };
        for (rank, (to, out)) in self.to.iter().zip(out).enumerate().filter(|(_, (_, out))| !out.is_empty()) {
            to.send(out.to_vec()).map_err(|_| gone(rank))?;
        }
        let wanted = self.from.iter().zip(into).enumerate().filter(|(_, (_, into))| !into.is_empty());
        for (rank, (from, into)) in wanted {
            let bytes = from.recv_timeout(self.patience).map_err(|error| match error {
                RecvTimeoutError::Disconnected => gone(rank),
                RecvTimeoutError::Timeout => {
                    ReduceError::NoAnswer { rank: self.rank, missing: vec![rank], waited: self.patience }
                }
            })?;
            if bytes.len() != into.len() {
                return Err(ReduceError::length(self.rank, rank, bytes.len(), into.len()));
            }
            into.copy_from_slice(&bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_gone_or_silent_is_named() {
        let [one, two]: [Together; 2] = Together::new(2).try_into().unwrap();
        let one = one.with_patience(Duration::from_millis(10));
        let mut heard = [0];
        let asked = one.exchange(&[&[], &[1]], &mut [&mut [], &mut heard]).unwrap_err();
        assert_eq!(asked.to_string(), "rank 0 has waited 0 s for rank 1");
        drop(two);
        let asked = one.exchange(&[&[], &[]], &mut [&mut [], &mut heard]).unwrap_err();
        assert_eq!(asked.to_string(), "rank 0 lost rank 1");
    }
}
