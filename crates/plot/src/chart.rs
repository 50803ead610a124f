//! A chart: two axes, and what is drawn between them.

use super::axis::Axis;
use super::picture::Picture;

/// Where a chart lies in its picture, without the labels around it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// The sign of a value, and of a row of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mark {
    Circle,
    Diamond,
    /// A short line; it stands for a curve.
    Line,
    /// A filled box; it stands for an area.
    Box,
}

/// Where a legend lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legend {
    /// In the upper left corner of the chart.
    Inside,
    /// To the right of the chart.
    Beside,
}

/// A value on each axis.
type Point = (f64, f64);

/// A chart in a picture.
pub struct Chart<'a> {
    picture: &'a mut Picture,
    frame: Frame,
    x: Axis,
    y: Axis,
    /// Rows of the legend.
    rows: u32,
}

impl<'a> Chart<'a> {
    /// Draws the axes of a chart, with grid, labels and names.
    pub fn new(picture: &'a mut Picture, frame: Frame, x: Axis, y: Axis) -> Chart<'a> {
        let chart = Chart { picture, frame, x, y, rows: 0 };
        let Frame { left, top, width, height } = frame;
        let (right, bottom) = (left + width, top + height);
        for (value, label) in chart.x.ticks() {
            let x = left + chart.x.place(value) * width;
            chart.picture.path(&format!("M{x:.1} {top}V{bottom}"), GRID, "");
            chart.picture.text((x, bottom + 17.0), "middle", "", &label);
        }
        for (value, label) in chart.y.ticks() {
            let y = bottom - chart.y.place(value) * height;
            chart.picture.path(&format!("M{left} {y:.1}H{right}"), GRID, "");
            chart.picture.text((left - 6.0, y + 4.0), "end", "", &label);
        }
        chart.picture.path(&format!("M{left} {top}V{bottom}H{right}"), "stroke=\"black\" fill=\"none\"", "");
        chart.picture.text((left + width / 2.0, bottom + 38.0), "middle", "", &chart.x.name);
        chart.picture.text((left, top - 8.0), "start", "", &chart.y.name);
        chart
    }

    /// The ends of both axes.
    pub fn ends(&self) -> ((f64, f64), (f64, f64)) {
        (self.x.ends(), self.y.ends())
    }

    /// A curve; beyond the top it runs along the top.
    pub fn line(&mut self, points: &[Point], color: &str) {
        let style = format!("stroke=\"{color}\" stroke-width=\"1.6\" fill=\"none\"");
        self.picture.path(&self.through(points), &style, "");
    }

    /// A filled area between corners.
    pub fn area(&mut self, corners: &[Point], color: &str) {
        let path = self.through(corners) + "Z";
        self.picture.path(&path, &format!("fill=\"{color}\""), "");
    }

    /// A mark with a title for the pointer. Beyond the top there is none: it would lie about its value.
    pub fn mark(&mut self, mark: Mark, point: Point, color: &str, title: &str) {
        if point.1 <= self.y.ends().1 {
            self.draw(mark, self.place(point), color, title);
        }
    }

    /// A bar from one value to another, for a confidence interval.
    pub fn bar(&mut self, x: f64, (low, high): (f64, f64), color: &str) {
        let path = self.through(&[(x, low.max(0.0)), (x, high)]);
        self.picture.path(&path, &format!("stroke=\"{color}\""), "");
    }

    /// A dashed vertical line with its name at the bottom.
    pub fn limit(&mut self, x: f64, name: &str, color: &str) {
        let ((left, bottom), (_, top)) = (self.place((x, self.y.ends().0)), self.place((x, self.y.ends().1)));
        let style = format!("stroke=\"{color}\" stroke-dasharray=\"5 4\"");
        self.picture.path(&format!("M{left:.1} {top}V{bottom}"), &style, "");
        let style = format!("fill=\"{color}\"");
        self.picture.text((left - 4.0, bottom - 6.0), "end", &style, name);
    }

    /// The next row of the legend.
    pub fn legend(&mut self, legend: Legend, mark: Mark, color: &str, name: &str) {
        let Frame { left, top, width, .. } = self.frame;
        let x = if legend == Legend::Inside { left + 20.0 } else { left + width + 20.0 };
        let y = top + 12.0 + 18.0 * f64::from(self.rows);
        self.rows += 1;
        self.draw(mark, (x, y), color, "");
        self.picture.text((x + 15.0, y + 4.0), "start", "", name);
    }

    fn draw(&mut self, mark: Mark, (x, y): (f64, f64), color: &str, title: &str) {
        let (fill, line) = (
            format!("fill=\"{color}\" fill-opacity=\"0.8\""),
            format!("stroke=\"{color}\" stroke-width=\"2\""),
        );
        match mark {
            // A path, not a circle: some renderers leave out circles with titles.
            Mark::Circle => {
                self.picture.path(
                    &format!("M{:.1} {y:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3.0),
                    &fill,
                    title,
                );
            }
            Mark::Diamond => {
                self.picture.path(&format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5z", y - 5.0), &fill, title);
            }
            Mark::Line => self.picture.path(&format!("M{:.1} {y:.1}h18", x - 9.0), &line, title),
            Mark::Box => {
                self.picture.path(&format!("M{:.1} {:.1}h16v12h-16z", x - 8.0, y - 6.0), &fill, title);
            }
        }
    }

    fn place(&self, (x, y): Point) -> (f64, f64) {
        let Frame { left, top, width, height } = self.frame;
        (left + self.x.place(x) * width, top + height - self.y.place(y).min(1.0) * height)
    }

    fn through(&self, points: &[Point]) -> String {
        let places = points.iter().map(|&point| self.place(point));
        places.enumerate().fold(String::new(), |path, (index, (x, y))| {
            format!("{path}{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' })
        })
    }
}

const GRID: &str = "stroke=\"#e4e4e4\" fill=\"none\"";
