//! The assignment of least cost.

/// The one-to-one assignment of least total cost: for each of n rows its column, from costs [n, n].
///
/// The Hungarian method with potentials, one shortest augmenting path a row (Kuhn 1955; Jonker and Volgenant
/// 1987): O(n^3), exact. Every row may have every column here; the few pairs of boundary pixels within reach
/// have a solver of their own.
pub(super) fn assign(costs: &[f64], n: usize) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    // Column n is the start of every path: the row that is being assigned.
    let mut row_of = vec![NONE; n + 1];
    let (mut row_potential, mut column_potential) = (vec![0.0; n], vec![0.0; n + 1]);
    for row in 0..n {
        row_of[n] = row;
        let mut column = n;
        let (mut reach, mut before) = (vec![f64::INFINITY; n], vec![n; n]);
        let mut done = vec![false; n + 1];
        while row_of[column] != NONE {
            done[column] = true;
            let from = row_of[column];
            let (mut nearest, mut step) = (n, f64::INFINITY);
            for next in (0..n).filter(|&next| !done[next]) {
                let cost = costs[from * n + next] - row_potential[from] - column_potential[next];
                if cost < reach[next] {
                    (reach[next], before[next]) = (cost, column);
                }
                if reach[next] < step {
                    (nearest, step) = (next, reach[next]);
                }
            }
            for at in 0..=n {
                if done[at] {
                    row_potential[row_of[at]] += step;
                    column_potential[at] -= step;
                } else if at < n {
                    reach[at] -= step;
                }
            }
            column = nearest;
        }
        while column != n {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut columns = vec![0; n];
    (0..n).for_each(|column| columns[row_of[column]] = column);
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn total(costs: &[f64], n: usize, columns: &[usize]) -> f64 {
        columns.iter().enumerate().map(|(row, column)| costs[row * n + column]).sum()
    }

    fn least(costs: &[f64], n: usize, taken: &mut Vec<usize>) -> f64 {
        if taken.len() == n {
            return total(costs, n, taken);
        }
        let free: Vec<usize> = (0..n).filter(|column| !taken.contains(column)).collect();
        free.into_iter().fold(f64::INFINITY, |best, column| {
            taken.push(column);
            let found = least(costs, n, taken);
            taken.pop();
            best.min(found)
        })
    }

    proptest! {
        #[test]
        fn no_other_assignment_costs_less(n in 1usize..7, costs in prop::collection::vec(0u8..20, 36)) {
            let costs: Vec<f64> = costs[..n * n].iter().map(|&c| f64::from(c) / 4.0).collect();
            let columns = assign(&costs, n);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            prop_assert_eq!(total(&costs, n, &columns), least(&costs, n, &mut Vec::new()));
        }
    }
}
