//! Sweeps: many points of a space of devices, mappings and inputs, each simulated once.
//!
//! A [`SpaceText`] says what varies; [`Space`] is the same, read: axes with their values, and the points that are chosen. [`Sweep`] runs the points
//! that its folder does not hold, and writes the table of all of them.
//!
//! | file | holds |
//! |---|---|
//! | `axis`, `space`, `sampling`, `condition` | what varies, and which points of it are chosen |
//! | `materials`, `programs`, `kept`, `point` | what points are made from: files, programs; a point and what it is known by |
//! | `simulate`, `record`, `metric`, `refusal` | one point simulated; what is kept of it |
//! | `store`, `plan`, `work` | the folder; what is left; all points on all threads |
//! | `results`, `parquet_file` | the table of all points |
//! | `table`, `report`, `front`, `effect`, `picture`, `page` | the table as people look at it |

mod axis;
mod condition;
mod effect;
mod error;
mod front;
mod kept;
mod materials;
mod metric;
mod page;
mod parquet_file;
mod picture;
mod plan;
mod point;
mod programs;
mod record;
mod refusal;
mod report;
mod results;
mod sampling;
mod simulate;
mod space;
mod store;
mod table;
mod work;

pub use axis::{Axis, AxisKind};
pub use effect::{AxisEffect, ValueMean};
pub use error::Error;
pub use metric::{Better, Cell, CellKind, Claim, ClaimOf, METRICS, Metric};
pub use page::sweep_page;
pub use picture::front_picture;
pub use plan::Plan;
pub use point::PointIdentity;
pub use record::PointRecord;
pub use refusal::PointStatus;
pub use report::{FRONT, ReportOptions, ReportRow, SweepReport};
pub use results::{CSV, PARQUET, TableFacts};
pub use sampling::Sampling;
pub use space::{MOST_POINTS, Space, SpaceText};
pub use table::Figure;
pub use work::{Ran, Sweep};
