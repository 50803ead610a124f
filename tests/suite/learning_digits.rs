//! Learning on real data: more neurons learn more, and new classes leave the old ones what they know.

#[path = "../../examples/learning/experiment.rs"]
mod experiment;

use std::path::Path;

use experiment::{Row, mean, random_features, table};
use spikemesh::tensor::npy;

#[test]
fn digits() {
    let images = npy::read_dense::<u8>(Path::new("traces/digits/images.npy")).unwrap();
    let labels = npy::read::<i32>(Path::new("traces/digits/labels.npy")).unwrap().data;
    let table = table(&labels, |train, seed| random_features(&images, None, train, seed));

    let accuracies: Vec<f64> = table.iter().map(|(_, rows)| mean(rows, |row| row.accuracy)).collect();
    let [one, five, twenty, fifty] = accuracies[..] else { panic!("four sizes are tried") };
    assert!(five >= one - 0.5 && twenty >= five - 0.5 && fifty >= twenty - 0.5, "{accuracies:.1?}");
    assert!(twenty >= one + 5.0, "{accuracies:.1?}");

    for (per_class, rows) in &table {
        let costs: Vec<f64> = rows.iter().map(Row::cost).collect();
        assert!(mean(rows, Row::cost) <= 2.0, "{per_class} neurons per class: {costs:.1?}");
        assert!(costs.iter().all(|cost| *cost <= 3.0), "{per_class} neurons per class: {costs:.1?}");
        if *per_class == 20 {
            assert!(rows.iter().all(|row| row.new >= 75.0), "{rows:?}");
        }
    }
}
