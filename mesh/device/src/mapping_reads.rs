//! Who reads each constant: the mapping of a model, or only what runs the program.

use Reader::{Mapping, Run};

/// Who reads a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The mapping, and perhaps the run: a program is made for its value.
    Mapping,
    /// Only the run, and reports about it: a program is the same for all its values.
    Run,
}

/// Every field of a device that has constants, with who reads it. The longest path that fits a constant counts; `*` is any name.
const READERS: [(&str, Reader); 18] = [
    ("profile", Run),
    ("clock_hz", Run),
    ("columns", Mapping),
    ("rows", Mapping),
    ("nps_per_node", Mapping),
    ("multi_pass", Mapping),
    // Also what a slice only has to fit in: a model may have been refused, or divided otherwise.
    ("np", Mapping),
    ("timing", Run),
    ("timing.np.accumulate[].separable", Mapping),
    ("timing.np.accumulate[].kernel", Mapping),
    ("timing.np.accumulate[].weight_bits", Mapping),
    ("energy", Run),
    // The proof rests on it, but the program does not hold the proof: it is made again.
    ("network", Run),
    // Which routes share packets.
    ("network.multicast", Mapping),
    ("overrides.*.*.delay", Run),
    ("overrides.*.*.clock_scale", Run),
    ("overrides.*.*.disabled", Mapping),
    ("overrides.*.*.fifo_events", Mapping),
];

/// Who reads the constant at a path; `None` if no field of a device is there.
pub fn reader(path: &str) -> Option<Reader> {
    let fits = READERS.iter().filter(|(field, _)| is_in(path, field));
    fits.max_by_key(|(field, _)| field.len()).map(|&(_, reader)| reader)
}

/// Whether a constant is a field, or one of its fields.
fn is_in(path: &str, field: &str) -> bool {
    let mut names = path.split('.');
    field.split('.').all(|wanted| {
        names.next().is_some_and(|name| match wanted.strip_suffix("[]") {
            Some(list) => name.strip_prefix(list).is_some_and(|index| index.starts_with('[')),
            None => wanted == "*" || name == wanted,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;

    #[test]
    fn every_constant_of_every_device_has_a_reader_and_every_field_has_a_constant() {
        let settings = [
            "n0_0.east.delay=3",
            "n0_0.np0.clock_scale=2",
            "n0_0.np0.disabled=true",
            "n0_0.np0.fifo_events=32",
        ]
        .map(|setting| format!("overrides.{setting}").parse().unwrap());
        for name in Device::names() {
            let device = Device::load(name).unwrap().with(&settings).unwrap();
            let mut paths: Vec<String> = device.constant_lines().into_iter().map(|line| line.path).collect();
            paths.push("profile".to_owned());
            for path in &paths {
                assert!(reader(path).is_some(), "{path} is in no row: does mapping read it?");
            }
            for (field, _) in READERS {
                assert!(paths.iter().any(|path| is_in(path, field)), "{field}");
            }
        }
        assert_eq!(reader("colums"), None);
        assert_eq!(reader("timing.np.accumulate[3].kernel"), Some(Mapping));
        assert_eq!(reader("timing.np.accumulate[3].clocks"), Some(Run));
    }
}
