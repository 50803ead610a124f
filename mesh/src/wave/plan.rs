//! What is recorded, and how times are written.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;
use std::str::FromStr;

use super::catalogue::Catalogue;
use super::chip::{ChipSignals, Choice};
use super::condition::{Condition, Test, no_signal};
use super::error::WaveError;
use super::glob::names_scope_of;
use super::time_scale::TimeScale;
use super::window::Windows;
use crate::simulator::Simulator;
use spikemesh_noc::Cycle;
use spikemesh_words::nearest;

/// The plan of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct WavePlan {
    /// Links and buffers that the program does not use, too.
    pub all: bool,
    /// Credits and owners of the outputs of routers, too.
    pub routers: bool,
    /// Patterns of the signals and scopes that are written; all without one.
    pub scope: Vec<String>,
    /// When: of one kind any, of several kinds all must hold; frames restrict layers.
    pub windows: Vec<WaveWindow>,
    /// Only around the cycles in which a condition holds.
    pub when: Option<WaveWhen>,
    /// Only so many cycles at the end, however the run ends.
    pub last: Option<Cycle>,
    /// Bytes of a file.
    pub limit: u64,
    /// Times of the files.
    pub scale: TimeScale,
}

/// A condition, with cycles before and behind those in which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveWhen {
    /// The condition.
    pub condition: Condition,
    /// Cycles before.
    pub before: Cycle,
    /// Cycles behind.
    pub after: Cycle,
}

/// A part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaveWindow {
    /// From a cycle to before another.
    Cycles(Range<Cycle>),
    /// A frame, from when the first unit begins it until all have ended it.
    Frame(usize),
    /// A layer by name: in each frame, from the first flit into one of its units to its last marker.
    Layer(String),
}

impl FromStr for WaveWindow {
    type Err = WaveError;

    fn from_str(text: &str) -> Result<WaveWindow, WaveError> {
        let wrong = || WaveError::Window { text: text.to_owned() };
        if let Some(frame) = text.strip_prefix("frame:") {
            return Ok(WaveWindow::Frame(frame.parse().map_err(|_| wrong())?));
        }
        if let Some(layer) = text.strip_prefix("layer:") {
            return if layer.is_empty() { Err(wrong()) } else { Ok(WaveWindow::Layer(layer.to_owned())) };
        }
        let (start, end) = text.split_once("..").ok_or_else(wrong)?;
        let cycle = |text: &str, open| if text.is_empty() { Some(open) } else { cycles(text) };
        let range = cycle(start, 0).zip(cycle(end, Cycle::MAX)).filter(|(start, end)| start < end);
        let (start, end) = range.ok_or_else(wrong)?;
        Ok(WaveWindow::Cycles(start..end))
    }
}

impl Display for WaveWindow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            WaveWindow::Cycles(Range { start, end: Cycle::MAX }) => write!(f, "{start}.."),
            WaveWindow::Cycles(Range { start, end }) => write!(f, "{start}..{end}"),
            WaveWindow::Frame(frame) => write!(f, "frame:{frame}"),
            WaveWindow::Layer(layer) => write!(f, "layer:{layer}"),
        }
    }
}

/// A number of cycles: plain digits, with `k`, `M` or `G` for thousands, millions and billions.
pub fn cycles(text: &str) -> Option<Cycle> {
    let units = [('k', 1_000), ('M', 1_000_000), ('G', 1_000_000_000)];
    let unit = units.into_iter().find(|(letter, _)| text.ends_with(*letter));
    let (digits, unit) = unit.map_or((text, 1), |(_, unit)| (&text[..text.len() - 1], unit));
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| is_plain)?.checked_mul(unit)
}

/// A plan for a certain chip.
pub(super) struct Resolved {
    /// The signals that are written.
    pub recorded: Vec<bool>,
    /// Their names.
    pub catalogue: Catalogue,
    pub windows: Windows,
    pub test: Option<Test>,
}

impl WavePlan {
    /// All of a run.
    pub fn new(scale: TimeScale) -> WavePlan {
        WavePlan {
            all: false,
            routers: false,
            scope: Vec::new(),
            windows: Vec::new(),
            when: None,
            last: None,
            limit: u64::MAX,
            scale,
        }
    }

    /// Whether all of the batch is written: no windows, no condition, no end alone.
    pub fn is_whole(&self) -> bool {
        self.windows.is_empty() && self.when.is_none() && self.last.is_none()
    }

    /// What is declared.
    pub(super) fn choice(&self) -> Choice {
        Choice { all: self.all, routers: self.routers }
    }

    /// The frames of the batch that is recorded, of `frames` that run in batches of `batch`: that of the least frame that is asked for, or the first.
    pub fn batch(&self, batch: usize, frames: usize) -> Range<usize> {
        let frame_of = |window: &WaveWindow| match window {
            WaveWindow::Frame(frame) => Some(*frame),
            _ => None,
        };
        let asked = self.windows.iter().filter_map(frame_of).min().unwrap_or(0).min(frames.saturating_sub(1));
        let first = asked - asked % batch;
        first..frames.min(first + batch)
    }

    /// Whether a batch of these `frames` of a simulator's program can be recorded like that.
    ///
    /// # Errors
    /// Names that nothing has, frames that the batch does not have.
    pub fn check(&self, simulator: &Simulator, frames: Range<usize>) -> Result<(), WaveError> {
        self.resolve(&ChipSignals::of_simulator(simulator, self.choice()), frames).map(|_| ())
    }

    pub(super) fn resolve(&self, signals: &ChipSignals, frames: Range<usize>) -> Result<Resolved, WaveError> {
        let names = signals.catalogue.names();
        let mut recorded = vec![self.scope.is_empty(); signals.catalogue.len()];
        for pattern in &self.scope {
            let mut found = false;
            for (_, signal) in names.iter().filter(|(name, _)| names_scope_of(pattern, name)) {
                recorded[signal.index()] = true;
                found = true;
            }
            if !found {
                return Err(no_signal(pattern, names.iter().map(|(name, _)| name.as_str())));
            }
        }
        let catalogue =
            signals.catalogue.restricted(|signal| recorded[signal.index()] || signal == signals.cycle);
        // The counter of cycles is written where anything else changes.
        recorded[signals.cycle.index()] = false;
        let windows = self.windows(signals, frames)?;
        let test = self.when.as_ref().map(|when| when.condition.resolve(&signals.catalogue)).transpose()?;
        Ok(Resolved { recorded, catalogue, windows, test })
    }

    fn windows(&self, signals: &ChipSignals, frames: Range<usize>) -> Result<Windows, WaveError> {
        let mut windows = Windows::default();
        for window in &self.windows {
            if signals.units.is_empty() && !matches!(window, WaveWindow::Cycles(_)) {
                return Err(WaveError::NoUnits);
            }
            match window {
                WaveWindow::Cycles(range) => windows.cycles.push(range.clone()),
                WaveWindow::Frame(frame) if frames.contains(frame) => {
                    windows.frames.push(frame - frames.start)
                }
                WaveWindow::Frame(frame) => {
                    return Err(WaveError::NoFrame {
                        frame: *frame,
                        first: frames.start,
                        last: frames.end - 1,
                    });
                }
                WaveWindow::Layer(layer) => {
                    let find = |names: &[String]| names.iter().position(|name| name == layer);
                    let index = find(&signals.layers).or_else(|| find(&signals.layer_scopes));
                    windows.layers.push(index.ok_or_else(|| no_layer(layer, &signals.layers))?);
                }
            }
        }
        Ok(windows)
    }
}

fn no_layer(layer: &str, layers: &[String]) -> WaveError {
    let known: Vec<&str> = layers.iter().map(String::as_str).collect();
    let help = match nearest(layer, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the layers are {}", known.join(", ")),
    };
    WaveError::NoLayer { layer: layer.to_owned(), help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_written_as_it_is_read() {
        for text in ["12000..15000", "7..", "0..9", "frame:3", "layer:sep 6"] {
            assert_eq!(text.parse::<WaveWindow>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn windows_are_read() {
        let window = |text: &str| text.parse::<WaveWindow>();
        assert_eq!(window("12k..15k").unwrap(), WaveWindow::Cycles(12_000..15_000));
        assert_eq!(window("..1M").unwrap(), WaveWindow::Cycles(0..1_000_000));
        assert_eq!(window("7..").unwrap(), WaveWindow::Cycles(7..Cycle::MAX));
        assert_eq!(window("frame:3").unwrap(), WaveWindow::Frame(3));
        assert_eq!(window("layer:sep_6").unwrap(), WaveWindow::Layer("sep_6".to_owned()));
        for text in [
            "",
            "5",
            "5..5",
            "9..3",
            "frame:",
            "frame:x",
            "layer:",
            "1.5k..2k",
            "-1..4",
            "+1..4",
            "1kk..",
            "99999999999G..",
        ] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
