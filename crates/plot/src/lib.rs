//! Plots as SVG: curves, scattered marks, error bars, meshes with a number at each node and link. This crate knows nothing of what it draws.
//!
//! A [`Picture`] holds one or more [`Chart`]s; a chart has two [`Axis`], and draws in the values of its axes. What is drawn first lies
//! below. The same calls give the same bytes.
//!
//! ```
//! use spikemesh_plot::{Axis, Chart, Frame, Legend, Mark, Picture};
//!
//! let mut picture = Picture::new(400.0, 300.0, "Latency & load");
//! let frame = Frame { left: 60.0, top: 50.0, width: 320.0, height: 200.0 };
//! let mut chart = Chart::new(&mut picture, frame, Axis::linear("load", 0.5), Axis::linear("cycles", 31.0));
//! chart.line(&[(0.1, 12.0), (0.5, 30.0)], "navy");
//! chart.mark(Mark::Circle, (0.5, 30.0), "navy", "the last one");
//! chart.legend(Legend::Inside, Mark::Line, "navy", "mean");
//! let svg = picture.finish();
//! assert!(svg.starts_with("<svg") && svg.contains("Latency &amp; load"));
//! ```

mod axis;
mod chart;
mod mesh_map;
mod picture;
mod ramp;

pub use axis::Axis;
pub use chart::{Chart, Frame, Legend, Mark};
pub use mesh_map::{Heat, MeshMap, Side};
pub use picture::Picture;
