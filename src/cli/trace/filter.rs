//! Filters of packets, as on the command line.

use std::collections::BTreeSet;

use super::source::Source;
use crate::noc::trace::PacketKind;
use crate::trace::{Error, Places, Range, Selection};

/// The name of no layer.
const NONE: &str = "-";

/// Filters. Several values of one filter are joined; several filters must all be met.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters; one that is given several times takes what is any of its values")]
pub struct FilterArgs {
    /// Packets from a unit, such as n4_1.np0, or from a terminal by its number
    #[arg(long, value_name = "UNIT")]
    pub from: Vec<String>,
    /// Packets to a unit or a terminal
    #[arg(long, value_name = "UNIT")]
    pub to: Vec<String>,
    /// Packets from or to the units of a node, such as n4_1
    #[arg(long, value_name = "NODE")]
    pub node: Vec<String>,
    /// Packets that units of a layer send; - for units without a layer
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub layer: Vec<String>,
    /// Packets of a traffic class
    #[arg(long, value_name = "CLASS")]
    pub class: Vec<u8>,
    /// Packets that carry this: event, potential, marker or token
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Vec<PacketKind>,
    /// Packets of a frame, or of frames from one up to another, which is not among them: 3, or 2..5
    #[arg(long, value_name = "FRAMES", value_parser = frames)]
    pub frame: Option<Range>,
    /// Packets that were created from one cycle up to another, which is not among them: 12k..15k
    #[arg(long, value_name = "CYCLES", value_parser = window)]
    pub window: Option<Range>,
}

impl FilterArgs {
    /// The selection among the terminals of a trace.
    ///
    /// # Errors
    /// [`Error::Filter`]
    pub fn selection(&self, places: &Places) -> Result<Selection, Error> {
        let terminals = |option: &'static str, names: &[String]| {
            let terminal = |name: &String| {
                let rule = "there is no such unit or terminal".to_owned();
                places.terminal(name).ok_or(Error::Filter { option, value: name.clone(), rule })
            };
            let all = names.iter().map(terminal).collect::<Result<BTreeSet<_>, _>>()?;
            Ok::<_, Error>((!names.is_empty()).then_some(all))
        };
        let node = |name: &String| {
            let rule = if places.has_mesh() {
                "there is no such node, or it has no terminals"
            } else {
                "the trace does not say its mesh: give -d DEVICE, or --size 5x4"
            };
            let (option, value) = ("--node", name.clone());
            places.node(name).ok_or(Error::Filter { option, value, rule: rule.to_owned() })
        };
        let nodes = self.node.iter().map(node).collect::<Result<Vec<_>, _>>()?;
        let layers = self.layer.iter().map(|name| (name != NONE).then(|| name.clone())).collect();
        Ok(Selection {
            from: terminals("--from", &self.from)?,
            to: terminals("--to", &self.to)?,
            ends: (!nodes.is_empty()).then(|| nodes.into_iter().flatten().collect()),
            layers: (!self.layer.is_empty()).then_some(layers),
            classes: (!self.class.is_empty()).then(|| self.class.iter().copied().collect()),
            frames: self.frame,
            kinds: (!self.kind.is_empty()).then(|| self.kind.iter().copied().collect()),
            window: self.window,
        })
    }

    /// Refuses filters by what the trace does not say, once it has been read.
    ///
    /// # Errors
    /// [`Error::Filter`]
    pub(super) fn check(&self, source: &Source, layers: &[String]) -> Result<(), Error> {
        let unknown = |option, value: String, what: &str| {
            let rule = format!("the trace does not say {what} of packets");
            Err(Error::Filter { option, value, rule })
        };
        if let Some(layer) = self.layer.first().filter(|_| !source.columns.layer) {
            return unknown("--layer", layer.clone(), "the layers");
        }
        if let Some(kind) = self.kind.first().filter(|_| !source.columns.kind) {
            return unknown("--kind", kind.name().to_owned(), "the kinds");
        }
        if let Some(frame) = self.frame.filter(|_| !source.columns.frame) {
            return unknown("--frame", format!("{}..{}", frame.start, frame.end), "the frames");
        }
        let is_known = |name: &&String| *name == NONE || layers.contains(name);
        match self.layer.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => {
                let known: Vec<&str> = layers.iter().map(String::as_str).collect();
                let nearest = crate::words::nearest(name, &known);
                let rule = nearest.map_or_else(
                    || "there is no such layer".to_owned(),
                    |nearest| format!("there is no such layer; `{nearest}` is one"),
                );
                Err(Error::Filter { option: "--layer", value: name.clone(), rule })
            }
        }
    }
}

fn kind(text: &str) -> Result<PacketKind, String> {
    PacketKind::of_name(text.as_bytes())
        .ok_or_else(|| "there are event, potential, marker and token".to_owned())
}

/// A number with `k` or `M` for thousands or millions.
fn number(text: &str) -> Option<u64> {
    let (digits, times) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1000),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse::<u64>().ok()?.checked_mul(times))?
}

fn range(text: &str) -> Option<Range> {
    let (start, end) = text.split_once("..")?;
    let (start, end) = (number(start)?, number(end)?);
    (start < end).then_some(Range { start, end })
}

fn window(text: &str) -> Result<Range, String> {
    range(text).ok_or_else(|| "give two cycles, the second one later: 12000..15000, or 12k..15k".to_owned())
}

fn frames(text: &str) -> Result<Range, String> {
    let single = || number(text).and_then(|start| Some(Range { start, end: start.checked_add(1)? }));
    range(text)
        .or_else(single)
        .ok_or_else(|| "give a frame, or two with .. between, the second one later: 3, or 2..5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(window("12k..15k"), Ok(Range { start: 12_000, end: 15_000 }));
        assert_eq!(frames("3"), Ok(Range { start: 3, end: 4 }));
        assert_eq!(frames("2..5"), Ok(Range { start: 2, end: 5 }));
        for text in ["", "..", "5..5", "6..5", "1k", "-1..3", "1..2..3", "99999999999999M..3", "k..2k"] {
            assert!(window(text).is_err(), "{text}");
        }
        assert!(frames("18446744073709551615").is_err());
    }
}
