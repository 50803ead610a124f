//! The time of a run, unit by unit, with what ended each wait: recorded when asked, as flat lists.
//!
//! | part | content |
//! |---|---|
//! | [`Timeline`], [`PassTimeline`] | intervals of units, and the packets that ended waits |
//! | [`TimelineProbe`] | records them |
//! | [`CriticalPath`] | the chain of last arrivals from the end of a frame backwards |
//! | [`Period`] | the loop that sets the period of a batch |
//!
//! The rules are in docs/microarchitecture/reasons.md.

mod critical_path;
mod cycle_ratio;
mod flow_times;
mod pass_timeline;
mod period;
mod timeline_probe;

pub use critical_path::{CriticalPath, MergedPart, PathPart, Resource};
pub use cycle_ratio::Ratio;
pub use pass_timeline::{Interval, PacketTime, PassTimeline, Timeline};
pub use period::{Period, PeriodStep, Stage};
pub use timeline_probe::TimelineProbe;
