//! A picture of predicted against published clocks, both axes logarithmic, as SVG.

use std::fmt::Write as _;

use crate::report::ValidationReport;

const SIDE: f64 = 640.0;
const LEFT: f64 = 80.0;
const TOP: f64 = 50.0;
const RIGHT: f64 = 150.0;
const BOTTOM: f64 = 60.0;
/// The band of this error is shaded.
const BAND: f64 = 0.1;

/// Mark, colour and name of a kind of points.
const KINDS: [(&str, &str, &str); 5] = [
    ("hrc", "#7b3294", "input unit"),
    ("conv", "#0571b0", "convolution"),
    ("sep", "#1b7837", "separable"),
    ("fc", "#e08214", "fully connected"),
    ("model", "#ca0020", "whole model"),
];

struct Point<'a> {
    kind: &'static str,
    published: f64,
    predicted: f64,
    title: &'a str,
    detail: String,
}

/// Draws all layers and models that were computed.
pub fn scatter(report: &ValidationReport) -> String {
    let layers = report.rows.layers.iter().map(|row| Point {
        kind: row.kind,
        published: row.published as f64,
        predicted: row.predicted as f64,
        title: &row.model,
        detail: format!("{} {:+.1} %", row.layer, 100.0 * row.error),
    });
    let models = report.rows.models.iter().filter_map(|row| {
        Some(Point {
            kind: "model",
            published: row.published as f64,
            predicted: row.predicted? as f64,
            title: &row.model,
            detail: format!("{:?} {:+.1} %", row.mapping, 100.0 * row.error?),
        })
    });
    let points: Vec<Point> = layers.chain(models).filter(|p| p.predicted > 0.0).collect();
    let values = || points.iter().flat_map(|p| [p.published, p.predicted]);
    let low = values().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values().fold(1.0, f64::max).log10().ceil();
    let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
    let scale = |value: f64| (value.log10() - low) / (high - low) * SIDE;
    let (x, y) = (|value: f64| LEFT + scale(value), |value: f64| TOP + SIDE - scale(value));

    let mut svg = String::new();
    let (width, height) = (LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM);
    let _ = writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13">
<rect width="{width}" height="{height}" fill="white"/>
<text x="{LEFT}" y="28" font-size="16">Clocks: simulator against silicon</text>"##
    );
    for decade in low as i32..=high as i32 {
        let at = 10f64.powi(decade);
        let (cx, cy, right, bottom) = (x(at), y(at), LEFT + SIDE, TOP + SIDE);
        let _ = writeln!(
            svg,
            r##"<path d="M{cx:.1} {TOP}V{bottom}M{LEFT} {cy:.1}H{right}" stroke="#ddd" fill="none"/>
<text x="{cx:.1}" y="{}" text-anchor="middle">{}</text>
<text x="{}" y="{:.1}" text-anchor="end">{}</text>"##,
            bottom + 18.0,
            label(decade),
            LEFT - 6.0,
            cy + 4.0,
            label(decade),
        );
    }
    let (first, last) = (10f64.powf(low), 10f64.powf(high));
    let _ = writeln!(
        svg,
        r##"<path d="M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z" fill="#e8e8e8"/>
<path d="M{:.1} {:.1}L{:.1} {:.1}" stroke="#888"/>
<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#444"/>
<text x="{}" y="{}" text-anchor="middle">published</text>
<text transform="translate(20 {}) rotate(-90)" text-anchor="middle">predicted</text>"##,
        x(first),
        y(first),
        x(first),
        y(first * (1.0 + BAND)),
        x(last / (1.0 + BAND)),
        y(last),
        x(last),
        y(last),
        x(last),
        y(last * (1.0 - BAND)),
        x(first / (1.0 - BAND)),
        y(first),
        x(first),
        y(first),
        x(last),
        y(last),
        LEFT + SIDE / 2.0,
        TOP + SIDE + 44.0,
        TOP + SIDE / 2.0,
    );
    for point in &points {
        let Some((kind, color, _)) = KINDS.iter().find(|(kind, ..)| *kind == point.kind) else { continue };
        let title = format!("<title>{}</title>", escaped(&format!("{} {}", point.title, point.detail)));
        mark(&mut svg, kind, color, x(point.published), y(point.predicted), &title);
    }
    for (row, (kind, color, name)) in KINDS.iter().enumerate() {
        let (cx, cy) = (LEFT + SIDE + 20.0, TOP + 12.0 + 22.0 * row as f64);
        mark(&mut svg, kind, color, cx, cy, "");
        let _ = writeln!(svg, r#"<text x="{}" y="{}">{name}</text>"#, cx + 12.0, cy + 4.0);
    }
    let (cx, cy) = (LEFT + SIDE + 12.0, TOP + 12.0 + 22.0 * KINDS.len() as f64);
    let _ = writeln!(
        svg,
        r##"<rect x="{cx}" y="{}" width="16" height="12" fill="#e8e8e8" stroke="#ccc"/>
<text x="{}" y="{}">within {:.0} %</text>
</svg>"##,
        cy - 6.0,
        cx + 20.0,
        cy + 4.0,
        100.0 * BAND
    );
    svg
}

fn mark(svg: &mut String, kind: &str, color: &str, x: f64, y: f64, title: &str) {
    let style = format!(r#"fill="{color}" fill-opacity="0.7""#);
    let _ = if kind == "model" {
        writeln!(svg, r#"<path d="M{x:.1} {:.1}l5 5l-5 5l-5 -5z" {style}>{title}</path>"#, y - 5.0)
    } else {
        // A path, not a circle: some renderers leave out circles with titles.
        let left = x - 3.5;
        writeln!(
            svg,
            r#"<path d="M{left:.1} {y:.1}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z" {style}>{title}</path>"#
        )
    };
}

/// `100`, `10 k`, `1 M`.
fn label(decade: i32) -> String {
    let (unit, down) = match decade {
        9.. => (" G", 9),
        6..=8 => (" M", 6),
        3..=5 => (" k", 3),
        _ => ("", 0),
    };
    format!("{}{unit}", 10f64.powi(decade - down))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
