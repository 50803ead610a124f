//! Learns images without gradients: one epoch, at most one neuron per image, integers only.
//!
//!     cargo run --release --example learning
//!     cargo run --release --example learning -- IMAGES.npy LABELS.npy [MODEL]
//!
//! Prints mean accuracies of five seeds by the number of neurons per class, and what two classes that come later cost the others.
//! Without arguments: digits. Images are uint8 (n, h, w, c), labels int32 (n) of ten classes. Features are random sums of pixels, or of
//! what MODEL makes of them before its last layer.

mod experiment;

use std::error::Error;
use std::path::PathBuf;

use experiment::{Row, mean, random_features, table};
use spikemesh::model::Model;
use spikemesh::tensor::npy;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let digits = ["traces/digits/images.npy", "traces/digits/labels.npy"].map(PathBuf::from);
    let (images, labels, model) = match &arguments[..] {
        [] => (&digits[0], &digits[1], None),
        [images, labels] => (images, labels, None),
        [images, labels, model] => (images, labels, Some(model)),
        _ => return Err("usage: learning [IMAGES.npy LABELS.npy [MODEL]]".into()),
    };
    let images = npy::read_dense::<u8>(images)?;
    let labels = npy::read::<i32>(labels)?.data;
    let base = match model {
        None => None,
        Some(path) => {
            let mut model = Model::load(path).map_err(|errors| errors[0].to_string())?;
            model.pop();
            Some(model)
        }
    };

    println!("neurons per class   accuracy   old classes before   after   cost (worst)   new classes");
    for (per_class, rows) in
        table(&labels, |train, seed| random_features(&images, base.as_ref(), train, seed))
    {
        println!(
            "{per_class:>17}   {:>8.1}   {:>18.1}   {:>5.1}   {:>4.1} ({:.1})   {:>11.1}",
            mean(&rows, |row| row.accuracy),
            mean(&rows, |row| row.old_before),
            mean(&rows, |row| row.old_after),
            mean(&rows, Row::cost),
            rows.iter().map(Row::cost).fold(f64::MIN, f64::max),
            mean(&rows, |row| row.new),
        );
    }
    Ok(())
}
