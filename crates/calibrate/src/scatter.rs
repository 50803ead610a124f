//! A plot of predicted against published clocks, both axes logarithmic.

use spikemesh_plot::{Axis, Chart, Frame, Legend, Mark, Picture};

use crate::report::ValidationReport;

const SIDE: f64 = 640.0;
/// The band of this error is shaded.
const BAND: f64 = 0.1;
const BAND_COLOR: &str = "#e8e8e8";

/// Kind of rows, mark, colour and name.
const KINDS: [(&str, Mark, &str, &str); 5] = [
    ("hrc", Mark::Circle, "#7b3294", "input unit"),
    ("conv", Mark::Circle, "#0571b0", "convolution"),
    ("sep", Mark::Circle, "#1b7837", "separable"),
    ("fc", Mark::Circle, "#e08214", "fully connected"),
    ("model", Mark::Diamond, "#ca0020", "whole model"),
];

struct Prediction {
    kind: &'static str,
    published: f64,
    predicted: f64,
    title: String,
}

/// Draws all layers and models that were computed.
pub fn scatter(report: &ValidationReport) -> String {
    let layers = report.rows.layers.iter().map(|row| Prediction {
        kind: row.kind,
        published: row.published as f64,
        predicted: row.predicted as f64,
        title: format!("{} {} {:+.1} %", row.model, row.layer, 100.0 * row.error),
    });
    let models = report.rows.models.iter().filter_map(|row| {
        Some(Prediction {
            kind: "model",
            published: row.published as f64,
            predicted: row.predicted? as f64,
            title: format!("{} {:?} {:+.1} %", row.model, row.mapping, 100.0 * row.error?),
        })
    });
    let predictions: Vec<Prediction> = layers.chain(models).filter(|row| row.predicted > 0.0).collect();

    let mut picture = Picture::new(SIDE + 230.0, SIDE + 110.0, "Clocks: simulator against silicon");
    let frame = Frame { left: 80.0, top: 50.0, width: SIDE, height: SIDE };
    let axis =
        |name| Axis::logarithmic(name, predictions.iter().flat_map(|row| [row.published, row.predicted]));
    let mut chart = Chart::new(&mut picture, frame, axis("published"), axis("predicted"));
    let ((first, last), _) = chart.ends();
    let (above, below) = (1.0 + BAND, 1.0 - BAND);
    let corners = [
        (first, first),
        (first, first * above),
        (last / above, last),
        (last, last),
        (last, last * below),
        (first / below, first),
    ];
    chart.area(&corners, BAND_COLOR);
    chart.line(&[(first, first), (last, last)], "#888");
    for (kind, mark, color, name) in KINDS {
        for row in predictions.iter().filter(|row| row.kind == kind) {
            chart.mark(mark, (row.published, row.predicted), color, &row.title);
        }
        chart.legend(Legend::Beside, mark, color, name);
    }
    chart.legend(Legend::Beside, Mark::Box, BAND_COLOR, &format!("within {:.0} %", 100.0 * BAND));
    picture.finish()
}
