//! The Pareto front of two or three metrics: the points that no other point beats, and those that are as good within their error.

use super::metric::{Better, Metric};
use super::table::{Figure, TableRow};

/// The front of some rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Front {
    /// Rows that no other one beats, the best of the first metric first.
    pub best: Vec<usize>,
    /// Rows that others beat by less than the error only, in the order of rows; each with the rows of the front that it ties with.
    pub ties: Vec<(usize, Vec<usize>)>,
}

/// How a figure stands to another of the same metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Against {
    /// It is better, or as good.
    not_worse: bool,
    /// It is better.
    better: bool,
    /// It is better by more than the error of either.
    clearly: bool,
}

fn against(metric: &Metric, one: &Figure, other: &Figure) -> Against {
    let gain = match metric.better {
        Better::Higher => one.value - other.value,
        Better::Lower | Better::Neither => other.value - one.value,
    };
    Against { not_worse: gain >= 0.0, better: gain > 0.0, clearly: gain > one.margin().max(other.margin()) }
}

impl Front {
    /// The front of the rows that have results. Time grows with their number times the length of the front.
    pub fn of(rows: &[TableRow], metrics: &[&'static Metric]) -> Front {
        let figures = |row: usize| -> Option<Vec<&Figure>> {
            metrics.iter().map(|metric| rows[row].figure(metric)).collect()
        };
        let all: Vec<(usize, Vec<&Figure>)> = (0..rows.len())
            .filter(|&row| rows[row].is_complete())
            .filter_map(|row| Some((row, figures(row)?)))
            .collect();
        let compare = |one: &[&Figure], other: &[&Figure]| -> Vec<Against> {
            metrics
                .iter()
                .zip(one.iter().zip(other))
                .map(|(metric, (one, other))| against(metric, one, other))
                .collect()
        };
        let beats = |one: &[&Figure], other: &[&Figure]| {
            let all = compare(one, other);
            all.iter().all(|a| a.not_worse) && all.iter().any(|a| a.better)
        };
        let mut sorted: Vec<&(usize, Vec<&Figure>)> = all.iter().collect();
        // Who beats another one comes before it.
        let order = |metric: &Metric, a: &Figure, b: &Figure| match metric.better {
            Better::Higher => b.value.total_cmp(&a.value),
            Better::Lower | Better::Neither => a.value.total_cmp(&b.value),
        };
        sorted.sort_by(|(a_row, a), (b_row, b)| {
            let each = metrics.iter().zip(a.iter().zip(b)).map(|(metric, (a, b))| order(metric, a, b));
            each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a_row.cmp(b_row))
        });
        let mut best: Vec<&(usize, Vec<&Figure>)> = Vec::new();
        for candidate in sorted {
            if !best.iter().any(|(_, one)| beats(one, &candidate.1)) {
                best.push(candidate);
            }
        }
        let is_best = |row: usize| best.iter().any(|(of, _)| *of == row);
        let mut ties = Vec::new();
        for (row, own) in all.iter().filter(|(row, _)| !is_best(*row)) {
            let beaten: Vec<&(usize, Vec<&Figure>)> =
                best.iter().copied().filter(|(_, one)| beats(one, own)).collect();
            let clearly = |one: &[&Figure]| compare(one, own).iter().any(|a| a.clearly);
            if !beaten.iter().any(|(_, one)| clearly(one)) {
                ties.push((*row, beaten.iter().map(|(of, _)| *of).collect()));
            }
        }
        Front { best: best.into_iter().map(|(row, _)| *row).collect(), ties }
    }

    /// Rows of the front that differ from the one before by less than the error of any of their metrics: nothing says which is better.
    pub fn close(&self, rows: &[TableRow], metrics: &[&'static Metric]) -> Vec<(usize, usize)> {
        let is_close = |one: usize, other: usize| {
            metrics.iter().all(|metric| match (rows[one].figure(metric), rows[other].figure(metric)) {
                (Some(a), Some(b)) => !against(metric, a, b).clearly && !against(metric, b, a).clearly,
                _ => false,
            })
        };
        self.best
            .windows(2)
            .filter(|pair| is_close(pair[0], pair[1]))
            .map(|pair| (pair[0], pair[1]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::table::Table;

    /// Rows of latency, its error, and energy without an error.
    fn front(points: &[(f64, Option<f64>, f64)]) -> Front {
        let folder = tempfile::tempdir().unwrap();
        let mut text =
            "n,point,status,code,message,latency_ms,latency_ms_basis,latency_ms_error,nps\n".to_owned();
        for (index, (latency, error, nps)) in points.iter().enumerate() {
            let error = error.map_or(String::new(), |error| error.to_string());
            text += &format!("{index},x,complete,,,{latency},calibrated,{error},{nps}\n");
        }
        std::fs::write(folder.path().join("results.csv"), text).unwrap();
        let table = Table::read(folder.path()).unwrap();
        let metrics = ["latency_ms", "nps"].map(|name| Metric::named(name).unwrap());
        Front::of(&table.rows, &metrics)
    }

    #[test]
    fn points_that_no_other_beats_are_the_front() {
        let found = front(&[
            (3.0, None, 1.0),
            (1.0, None, 4.0),
            (2.0, None, 2.0),
            (2.5, None, 3.0),
            (3.0, None, 2.0),
        ]);
        assert_eq!(found, Front { best: vec![1, 2, 0], ties: vec![] });
    }

    #[test]
    fn a_point_that_is_beaten_by_less_than_the_error_is_a_tie() {
        // 5 % slower than the front, with an error of 8 %: nothing is proved. The last is beaten in neural processors, which are exact.
        let e = Some(0.08);
        let found = front(&[(1.0, e, 4.0), (1.05, e, 4.0), (1.5, e, 4.0), (1.05, e, 5.0)]);
        assert_eq!(found, Front { best: vec![0], ties: vec![(1, vec![0])] });
        // Without an error it is beaten.
        assert_eq!(front(&[(1.0, None, 4.0), (1.05, None, 4.0)]).ties, []);
    }

    #[test]
    fn equal_points_are_both_on_the_front() {
        assert_eq!(front(&[(1.0, None, 1.0), (1.0, None, 1.0)]).best, [0, 1]);
        assert_eq!(front(&[]), Front::default());
    }
}
