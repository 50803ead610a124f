//! The picture of a sweep: latency and accepted throughput over the offered load, as SVG.

use std::fmt::Write as _;

use super::Row;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
/// A panel's frame within its half of the picture.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 52.0;

/// A curve: offered load, value, and half of its confidence interval.
type Dot = (f64, f64, f64);

/// Both panels. Saturated rates have no latency; a dashed line marks where they begin.
pub(super) fn svg(title: &str, rows: &[Row]) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-size=\"14\">{}</text>\n",
        WIDTH / 2.0,
        escape(title)
    );
    let right = ceiling(rows.iter().map(|row| row.rate).fold(0.0, f64::max));
    let saturation = rows.iter().find(|row| !row.stable).map(|row| row.rate);
    let latency = |value: fn(&Row) -> Option<f64>| -> Vec<Dot> {
        let dot = |row: &Row| value(row).map(|value| (row.rate, value, 0.0));
        rows.iter().filter_map(dot).collect()
    };
    let mut mean = latency(|row| row.mean);
    for dot in &mut mean {
        let row = rows.iter().find(|row| row.rate == dot.0);
        dot.2 = row.and_then(|row| row.mean_ci95).unwrap_or(0.0);
    }
    let p99 = latency(|row| row.p99.map(|cycles| cycles as f64));
    // Near saturation latency has no limit; ten times the lowest shows the knee.
    let lowest = mean.first().map_or(1.0, |dot| dot.1);
    let highest = mean.iter().chain(&p99).map(|dot| dot.1).fold(1.0, f64::max);
    let top = ceiling(highest.min(10.0 * lowest));
    let panel = Panel { x: 0.0, right, top, name: "latency, cycles" };
    panel.frame(&mut text, saturation);
    panel.curve(&mut text, &p99, "#c77b30", "99 % of packets", 0);
    panel.curve(&mut text, &mean, "#2b5c9e", "mean", 1);

    let accepted: Vec<Dot> =
        rows.iter().map(|row| (row.rate, row.accepted, row.accepted_ci95.unwrap_or(0.0))).collect();
    let panel = Panel { x: WIDTH / 2.0, right, top: right, name: "accepted flits per terminal and cycle" };
    panel.frame(&mut text, saturation);
    panel.line(&mut text, &[(0.0, 0.0, 0.0), (right, right, 0.0)], "#aaaaaa");
    panel.curve(&mut text, &accepted, "#2b5c9e", "accepted", 0);
    text + "</svg>\n"
}

/// A panel: its left edge, and the ends of its axes.
struct Panel {
    x: f64,
    right: f64,
    top: f64,
    name: &'static str,
}

impl Panel {
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (width, height) = (WIDTH / 2.0 - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        let y = y.min(self.top) / self.top;
        (self.x + LEFT + x / self.right * width, HEIGHT - BOTTOM - y * height)
    }

    fn frame(&self, text: &mut String, saturation: Option<f64>) {
        /// Parts of an axis.
        const TICKS: u32 = 5;
        let (left, top) = self.place((0.0, self.top));
        let (right, bottom) = self.place((self.right, 0.0));
        for tick in 0..=TICKS {
            let part = f64::from(tick) / f64::from(TICKS);
            let (x, y) = self.place((part * self.right, part * self.top));
            let _ = writeln!(
                text,
                "<path d=\"M{left:.1} {y:.1}H{right:.1}M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#e4e4e4\" fill=\"none\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                left - 6.0,
                y + 4.0,
                label(part * self.top),
                bottom + 17.0,
                label(part * self.right)
            );
        }
        let middle = (left + right) / 2.0;
        let _ = writeln!(
            text,
            "<path d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\" stroke=\"black\" fill=\"none\"/>\n\
             <text x=\"{left:.1}\" y=\"{:.1}\">{}</text>\n\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">offered flits per terminal and cycle</text>",
            top - 8.0,
            self.name,
            bottom + 38.0
        );
        if let Some(rate) = saturation {
            let (x, _) = self.place((rate, 0.0));
            let _ = writeln!(
                text,
                "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#b03030\" stroke-dasharray=\"5 4\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#b03030\">saturated</text>",
                x - 4.0,
                bottom - 6.0
            );
        }
    }

    fn line(&self, text: &mut String, dots: &[Dot], color: &str) {
        let points: Vec<String> =
            dots.iter().map(|&(x, y, _)| self.place((x, y))).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" stroke=\"{color}\" stroke-width=\"1.6\" fill=\"none\"/>",
            points.join(" ")
        );
    }

    /// A curve with its dots, intervals, and its name in line `place` of the legend.
    fn curve(&self, text: &mut String, dots: &[Dot], color: &str, name: &str, place: u32) {
        self.line(text, dots, color);
        for &(x, y, half) in dots {
            let ((cx, cy), (_, low), (_, high)) =
                (self.place((x, y)), self.place((x, (y - half).max(0.0))), self.place((x, y + half)));
            // A dot beyond the top would lie about its value.
            if y <= self.top {
                let _ = writeln!(text, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"2.6\" fill=\"{color}\"/>");
            }
            if half > 0.0 {
                let _ = writeln!(text, "<path d=\"M{cx:.1} {low:.1}V{high:.1}\" stroke=\"{color}\"/>");
            }
        }
        let (left, top) = self.place((0.0, self.top));
        let y = top + 16.0 + 17.0 * f64::from(place);
        let _ = writeln!(
            text,
            "<path d=\"M{:.1} {:.1}h18\" stroke=\"{color}\" stroke-width=\"2\"/><text x=\"{:.1}\" y=\"{y:.1}\">{name}</text>",
            left + 10.0,
            y - 4.0,
            left + 34.0
        );
    }
}

/// The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten that is not below a value.
fn ceiling(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|&end| end >= value * (1.0 - 1e-9)).unwrap_or(value)
}

fn label(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
