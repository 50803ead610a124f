//! What varies: an option of `map` and `run`, or a constant of the device, with its values.

use super::error::Error;
use crate::compiler::Mode;
use crate::device::Device;
use crate::mapping::{MappingObjective, PlacerName};
use crate::words::nearest;

/// Most values of an axis.
const MOST_VALUES: u64 = 1 << 20;

/// What an axis varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AxisKind {
    /// A model's file.
    Model,
    /// A device, by name or file.
    Device,
    /// A file of inputs.
    Input,
    /// A file of labels.
    Labels,
    /// How many of the inputs.
    Frames,
    /// Frames of a batch.
    Batch,
    /// How many neural processors a mapping uses.
    Mode,
    /// How they are chosen.
    Placer,
    /// What annealing makes small.
    Objective,
    /// How long it tries.
    Effort,
    /// Where its random numbers begin.
    Seed,
    /// The seed of layers without weights.
    RandomWeights,
    /// The cycle before which a batch ends.
    MaxCycles,
    /// A constant of the device: its name is the path.
    Setting,
}

impl AxisKind {
    /// Those of options, by name.
    pub(super) const OPTIONS: [(&'static str, AxisKind); 13] = [
        ("model", AxisKind::Model),
        ("device", AxisKind::Device),
        ("input", AxisKind::Input),
        ("labels", AxisKind::Labels),
        ("frames", AxisKind::Frames),
        ("batch", AxisKind::Batch),
        ("mode", AxisKind::Mode),
        ("placer", AxisKind::Placer),
        ("objective", AxisKind::Objective),
        ("effort", AxisKind::Effort),
        ("seed", AxisKind::Seed),
        ("random_weights", AxisKind::RandomWeights),
        ("max_cycles", AxisKind::MaxCycles),
    ];

    /// What an axis of this name varies.
    pub fn of(name: &str) -> AxisKind {
        let option = AxisKind::OPTIONS.iter().find(|(option, _)| *option == name);
        option.map_or(AxisKind::Setting, |(_, kind)| *kind)
    }

    /// Whether its values are files, or may be.
    pub(crate) fn is_file(self) -> bool {
        matches!(self, AxisKind::Model | AxisKind::Device | AxisKind::Input | AxisKind::Labels)
    }

    /// What `*` stands for.
    fn all(self) -> Option<Vec<String>> {
        match self {
            AxisKind::Mode => Some(MODES.iter().map(|(name, _)| (*name).to_owned()).collect()),
            AxisKind::Placer => Some(PlacerName::NAMES.iter().map(|name| (*name).to_owned()).collect()),
            AxisKind::Objective => {
                Some(MappingObjective::NAMES.iter().map(|name| (*name).to_owned()).collect())
            }
            AxisKind::Device => Some(Device::names().map(str::to_owned).collect()),
            _ => None,
        }
    }

    /// Its values are whole numbers, from this one on.
    fn smallest(self) -> Option<u64> {
        match self {
            AxisKind::Frames | AxisKind::Batch | AxisKind::MaxCycles | AxisKind::Effort => Some(1),
            AxisKind::RandomWeights | AxisKind::Seed => Some(0),
            _ => None,
        }
    }
}

/// Names of modes.
pub(super) const MODES: [(&str, Mode); 3] =
    [("minimal", Mode::Minimal), ("all-nps", Mode::AllNps), ("hw-pr", Mode::HwPr)];

/// An axis of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its name: the column of the table.
    pub name: String,
    /// What it varies.
    pub kind: AxisKind,
    /// Its values, each once, in the order of the table.
    pub values: Vec<String>,
}

impl Axis {
    /// Reads `NAME=VALUES`, where values are a list of single ones and of ranges: `4,8`, `64..512:64` (each 64th), `16..256x2` (each the double of
    /// the one before), `*` (all that there are).
    ///
    /// # Errors
    /// Not of this form; a value that the option does not have; a range without an end.
    pub fn parse(text: &str) -> Result<Axis, Error> {
        let wrong = |reason: String| Error::Axis { text: text.to_owned(), reason };
        let form = "give NAME=VALUE,VALUE or NAME=FIRST..LAST:STEP";
        let (name, values) = text.split_once('=').ok_or_else(|| wrong(form.to_owned()))?;
        let (name, list) = (name.trim(), values.trim());
        if name.is_empty() || list.is_empty() {
            return Err(wrong(form.to_owned()));
        }
        let kind = AxisKind::of(name);
        let mut values: Vec<String> = Vec::new();
        for item in list.split(',').map(str::trim) {
            let more = match item {
                "" => return Err(wrong("a value is empty".to_owned())),
                "*" => kind.all().ok_or_else(|| {
                    wrong("`*` stands for all modes, placers, objectives or built-in devices only".to_owned())
                })?,
                item => range(item).map_err(wrong)?.unwrap_or_else(|| vec![item.to_owned()]),
            };
            values.extend(more);
            if values.len() as u64 > MOST_VALUES {
                return Err(wrong(format!("an axis has at most {MOST_VALUES} values")));
            }
        }
        let axis = Axis { name: name.to_owned(), kind, values };
        axis.check().map_err(wrong)?;
        Ok(axis)
    }

    /// An axis with one value.
    pub(super) fn fixed(name: &str, value: &str) -> Axis {
        Axis { name: name.to_owned(), kind: AxisKind::of(name), values: vec![value.to_owned()] }
    }

    fn check(&self) -> Result<(), String> {
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = self.values.iter().find(|value| !seen.insert(value.as_str())) {
            return Err(format!("`{twice}` is there twice"));
        }
        let one_of = |names: &[&str]| match self.values.iter().find(|value| !names.contains(&value.as_str()))
        {
            None => Ok(()),
            Some(value) => Err(match nearest(value, names) {
                Some(near) => format!("did you mean `{near}` instead of `{value}`?"),
                None => format!("`{value}` is none of {}", names.join(", ")),
            }),
        };
        match self.kind {
            AxisKind::Mode => one_of(&MODES.map(|(name, _)| name)),
            AxisKind::Placer => one_of(&PlacerName::NAMES),
            AxisKind::Objective => one_of(&MappingObjective::NAMES),
            kind => {
                let Some(smallest) = kind.smallest() else { return Ok(()) };
                let is_wrong = |value: &&String| value.parse::<u64>().is_ok_and(|value| value >= smallest);
                match self.values.iter().find(|value| !is_wrong(value)) {
                    None => Ok(()),
                    Some(value) => Err(format!("`{value}` is not a whole number from {smallest} on")),
                }
            }
        }
    }
}

/// The numbers of `FIRST..LAST`, `FIRST..LAST:STEP` or `FIRST..LASTxFACTOR`, both ends included; none if the text is no range.
fn range(text: &str) -> Result<Option<Vec<String>>, String> {
    let Some((first, rest)) = text.split_once("..") else { return Ok(None) };
    let Ok(first) = first.parse::<f64>() else { return Ok(None) };
    let (last, step, factor) = match (rest.split_once(':'), rest.split_once('x')) {
        (Some((last, step)), _) => (last, Some(step), None),
        (None, Some((last, factor))) => (last, None, Some(factor)),
        (None, None) => (rest, None, None),
    };
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("`{text}` is no number"))
    };
    let last = number(last)?;
    let mut values = Vec::new();
    let mut push = |value: f64| {
        values.push(written(value));
        if values.len() as u64 > MOST_VALUES {
            Err(format!("a range has at most {MOST_VALUES} values"))
        } else {
            Ok(())
        }
    };
    if !first.is_finite() || last < first {
        return Err(format!("the range {text} is empty: give the smaller end first"));
    }
    if let Some(factor) = factor {
        let factor = number(factor)?;
        if factor <= 1.0 || first <= 0.0 {
            return Err("a range of factors begins above 0, and its factor is above 1".to_owned());
        }
        let mut value = first;
        while value <= last * (1.0 + 1e-12) {
            push(value)?;
            value *= factor;
        }
    } else {
        let step = step.map_or(Ok(1.0), number)?;
        if step <= 0.0 {
            return Err("the step of a range is above 0".to_owned());
        }
        let mut index = 0.0;
        while first + index * step <= last + step * 1e-9 {
            push(first + index * step)?;
            index += 1.0;
        }
    }
    Ok(Some(values))
}

/// A number with at most twelve digits behind the point: steps of 0.1 stay what they look like.
fn written(value: f64) -> String {
    let text = format!("{value:.12}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Axis::parse(text).unwrap().values
    }

    #[test]
    fn lists_ranges_factors_and_stars_are_values() {
        assert_eq!(values("network.depth=4, 8"), ["4", "8"]);
        assert_eq!(values("np.fifo_events=64..256:64"), ["64", "128", "192", "256"]);
        assert_eq!(values("a.b=0.1..0.5:0.1"), ["0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(values("rows=1,4..32x2"), ["1", "4", "8", "16", "32"]);
        assert_eq!(values("batch=1..3"), ["1", "2", "3"]);
        assert_eq!(values("mode=*"), ["minimal", "all-nps", "hw-pr"]);
        assert_eq!(values("model=../a.fbz"), ["../a.fbz"]);
        assert_eq!(Axis::parse("network.depth=4").unwrap().kind, AxisKind::Setting);
    }

    #[test]
    fn what_is_no_axis_is_refused_with_a_reason() {
        for (text, reason) in [
            ("network.depth", "NAME=VALUE"),
            ("=4", "NAME=VALUE"),
            ("a=", "NAME=VALUE"),
            ("a=1,,2", "empty"),
            ("a=1,1", "twice"),
            ("a=*", "stands for"),
            ("a=5..1", "smaller end first"),
            ("a=1..5:0", "above 0"),
            ("a=0..5x2", "above 0"),
            ("a=1..1e12:1", "at most"),
            ("a=1..5:b", "no number"),
            ("mode=minmal", "`minimal`"),
            ("batch=0", "from 1 on"),
            ("placer=none-of-them", "none of"),
        ] {
            let error = Axis::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
