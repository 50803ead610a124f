//! The space of a sweep: its axes, and the points of their grid that are chosen.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use serde::{Deserialize, Serialize};

use super::axis::{Axis, AxisKind};
use super::condition::{Condition, Value};
use super::error::Error;
use super::sampling::{Grid, Sampling, choose};
use crate::device::{Device, path_of};
use crate::files::read_text;
use crate::words::nearest;

/// Most points of a sweep, unless more are allowed.
pub const MOST_POINTS: u64 = 100_000;
/// Largest file of a space or of a list, in bytes.
const MOST_BYTES: u64 = 1 << 28;

/// A space as it is written, in a file or on the command line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpaceText {
    /// The axes: `NAME=VALUES`.
    pub axes: Vec<String>,
    /// Conditions that every point keeps.
    #[serde(rename = "where")]
    pub conditions: Vec<String>,
    /// Which points of the grid are chosen.
    pub sampling: Sampling,
    /// A table of points (.csv): its first row names axes.
    pub list: Option<PathBuf>,
    /// Every layer of every frame is compared with the engine at every point.
    pub check: bool,
}

/// A space: axes, and the points that are chosen.
#[derive(Clone, Debug)]
pub struct Space {
    axes: Vec<Axis>,
    /// Numbers in the grid, in the order of the table.
    points: Vec<u64>,
    check: bool,
}

/// What holds unless an axis says otherwise.
const DEFAULTS: [(&str, &str); 3] = [("device", "akd1000"), ("mode", "minimal"), ("batch", "1")];

impl SpaceText {
    /// Reads a file (.ron). Its paths are relative to its folder.
    ///
    /// # Errors
    /// The file cannot be read, or is no space.
    pub fn load(path: &Path) -> Result<SpaceText, Error> {
        let read =
            |error: crate::files::ReadError| Error::Read { path: path.to_owned(), source: error.into() };
        let text = read_text(path, MOST_BYTES).map_err(read)?;
        let options =
            ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let mut space: SpaceText = options.from_str(&text).map_err(|error| {
            let place = |position: ron::error::Position| {
                let before: usize =
                    text.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
                let line = text.get(before..).unwrap_or_default();
                let column: usize =
                    line.chars().take(position.col.saturating_sub(1)).map(char::len_utf8).sum();
                (before + column).min(text.len())
            };
            let (from, to) = (place(error.span.start), place(error.span.end));
            Error::Space {
                reason: error.code.to_string(),
                place: (from..to.max(from)).into(),
                text: Arc::new(NamedSource::new(path.display().to_string(), text.clone())),
            }
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        space.list = space.list.map(|list| folder.join(list));
        for axis in &mut space.axes {
            *axis = relative_to(axis, folder);
        }
        Ok(space)
    }

    /// The same with more: axes and conditions of both; of the rest what `more` gives.
    #[must_use]
    pub fn with(mut self, more: SpaceText) -> SpaceText {
        self.axes.extend(more.axes);
        self.conditions.extend(more.conditions);
        if more.sampling != Sampling::Grid {
            self.sampling = more.sampling;
        }
        self.list = more.list.or(self.list);
        self.check |= more.check;
        self
    }
}

/// The paths of an axis of a file that is in a folder.
fn relative_to(axis: &str, folder: &Path) -> String {
    let Some((name, values)) = axis.split_once('=') else { return axis.to_owned() };
    let there = |value: &str| folder.join(value.trim()).to_string_lossy().into_owned();
    let joined = |value: &str| match AxisKind::of(name.trim()) {
        AxisKind::Model | AxisKind::Input | AxisKind::Labels => there(value),
        AxisKind::Device if value.trim() != "*" && Device::text(value.trim()).is_none() => there(value),
        _ => value.to_owned(),
    };
    let values: Vec<String> = values.split(',').map(joined).collect();
    format!("{name}={}", values.join(","))
}

impl Space {
    /// Reads the axes and chooses the points, at most `most`.
    ///
    /// # Errors
    /// An axis or a condition is wrong; the model or the input is missing; there are too many points, or none.
    pub fn of(text: &SpaceText, most: u64) -> Result<Space, Error> {
        let mut axes = Vec::new();
        for axis in &text.axes {
            add(&mut axes, Axis::parse(axis)?)?;
        }
        let list = text.list.as_deref().map(|path| read_list(path, &mut axes)).transpose()?;
        let missing = |name, help| Err(Error::Missing { name, help });
        let has = |axes: &[Axis], name: &str| axes.iter().any(|axis| axis.name == name);
        if !has(&axes, "model") {
            return missing("model", "give an axis model=FILE, or model=A,B for several");
        }
        if !has(&axes, "input") {
            return missing("input", "give `-i FILE`, or an axis input=FILE");
        }
        for (name, value) in DEFAULTS {
            if !has(&axes, name) {
                axes.push(Axis::fixed(name, value));
            }
        }
        let conditions: Vec<Condition> =
            text.conditions.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?;
        let grid = Grid(&axes);
        if grid.size() > u128::from(u64::MAX) {
            return Err(Error::TooMany { points: grid.size(), most });
        }
        let constants = Constants::default();
        let mut wanted = |positions: &[usize]| {
            let value = |name: &str| constants.value(&axes, positions, name);
            conditions.iter().try_fold(true, |all, condition| Ok(all && condition.holds(&value)?))
        };
        let points = match list {
            None => choose(&grid, text.sampling, most, &mut wanted)?,
            Some(rows) => of_list(&grid, rows, most, &mut wanted)?,
        };
        if points.is_empty() {
            let conditions = conditions.iter().map(|condition| format!("`{}`", condition.text()));
            return Err(Error::NoPoints { conditions: conditions.collect::<Vec<_>>().join(", ") });
        }
        Ok(Space { axes, points, check: text.check })
    }

    /// The axes, in the order of the table's columns.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many points are chosen.
    pub fn len(&self) -> u64 {
        self.points.len() as u64
    }

    /// Whether there is none. There always is one.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Every layer is compared at every point.
    pub fn check(&self) -> bool {
        self.check
    }

    /// The values of a point, one for each axis. Points count from 0 to [`Space::len`].
    pub fn values(&self, point: u64) -> Vec<&str> {
        let positions = Grid(&self.axes).positions(self.points[point as usize]);
        self.axes.iter().zip(positions).map(|(axis, position)| axis.values[position].as_str()).collect()
    }

    /// What makes the table of this space: a text that is the same for the same columns and rows.
    pub(super) fn identity(&self) -> String {
        let mut text = format!("check={}\n", self.check);
        for axis in &self.axes {
            text += &format!("{}={:?}\n", axis.name, axis.values);
        }
        text + &format!("{:?}", self.points)
    }
}

/// Adds an axis. Two names of one constant are one axis.
fn add(axes: &mut Vec<Axis>, axis: Axis) -> Result<(), Error> {
    match axes.iter().any(|earlier| path_of(&earlier.name) == path_of(&axis.name)) {
        true => Err(Error::Twice { name: axis.name }),
        false => {
            axes.push(axis);
            Ok(())
        }
    }
}

/// Constants of devices that are no axis, for conditions.
#[derive(Default)]
struct Constants(std::cell::RefCell<HashMap<String, Option<Device>>>);

impl Constants {
    fn value(&self, axes: &[Axis], positions: &[usize], name: &str) -> Result<Value, String> {
        let of = |axis: usize| &axes[axis].values[positions[axis]];
        if let Some(axis) = axes.iter().position(|axis| path_of(&axis.name) == path_of(name)) {
            return Ok(Value::of(of(axis)));
        }
        let device = axes.iter().position(|axis| axis.kind == AxisKind::Device).map(of);
        let mut devices = self.0.borrow_mut();
        let loaded = device.and_then(|device| {
            let load = || Device::load(device).ok();
            devices.entry(device.clone()).or_insert_with(load).as_ref()
        });
        let value = loaded.and_then(|device| device.constant_value(name));
        value.map(|value| Value::of(&value)).ok_or_else(|| {
            let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
            let near = nearest(name, &names).map(|near| format!(": did you mean `{near}`?"));
            format!("`{name}` is no axis and no constant of the device{}", near.unwrap_or_default())
        })
    }
}

/// The rows of a list, as positions on the axes that it adds.
fn read_list(path: &Path, axes: &mut Vec<Axis>) -> Result<Vec<Vec<usize>>, Error> {
    let wrong = |reason: String| Error::List { path: path.to_owned(), reason };
    let text = read_text(path, MOST_BYTES)
        .map_err(|error| Error::Read { path: path.to_owned(), source: error.into() })?;
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let first = axes.len();
    for name in &headings {
        let axis = Axis { name: name.to_owned(), kind: AxisKind::of(name), values: Vec::new() };
        if name.is_empty() {
            return Err(wrong("a column has no name".to_owned()));
        }
        add(axes, axis)?;
    }
    if let Some(several) = axes[..first].iter().find(|axis| axis.values.len() > 1) {
        return Err(wrong(format!(
            "beside a list every axis has one value, and `{}` has more",
            several.name
        )));
    }
    let mut places: Vec<HashMap<String, usize>> = vec![HashMap::new(); headings.len()];
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = vec![0; first];
        for (column, value) in record.iter().enumerate() {
            if value.is_empty() {
                return Err(wrong(format!("line {line} has no value of `{}`", &headings[column])));
            }
            let values = &mut axes[first + column].values;
            row.push(*places[column].entry(value.to_owned()).or_insert_with(|| {
                values.push(value.to_owned());
                values.len() - 1
            }));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(wrong("there are no rows".to_owned()));
    }
    // As they are checked on the command line.
    for axis in &axes[first..] {
        Axis::parse(&format!("{}={}", axis.name, axis.values.join(",")))?;
    }
    Ok(rows)
}

/// The points of a list that are wanted, in its order, each once.
fn of_list(
    grid: &Grid,
    rows: Vec<Vec<usize>>,
    most: u64,
    wanted: &mut dyn FnMut(&[usize]) -> Result<bool, Error>,
) -> Result<Vec<u64>, Error> {
    if rows.len() as u64 > most {
        return Err(Error::TooMany { points: rows.len() as u128, most });
    }
    let (mut points, mut seen) = (Vec::new(), std::collections::HashSet::new());
    for mut row in rows {
        // The axes behind the list have one value.
        row.resize(grid.0.len(), 0);
        let number = grid.number(&row);
        if seen.insert(number) && wanted(&row)? {
            points.push(number);
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(axes: &[&str], conditions: &[&str]) -> SpaceText {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut axes = own(axes);
        axes.extend(own(&["model=m.fbz", "input=i.npy"]));
        SpaceText { axes, conditions: own(conditions), ..SpaceText::default() }
    }

    #[test]
    fn points_are_those_of_the_grid_that_keep_the_conditions() {
        let text = text(&["network.vcs=2,4", "network.depth=4,8,16"], &["network.vcs * network.depth <= 32"]);
        let space = Space::of(&text, 100).unwrap();
        let points: Vec<Vec<&str>> =
            (0..space.len()).map(|point| space.values(point)[..2].to_vec()).collect();
        assert_eq!(points, [["2", "4"], ["2", "8"], ["2", "16"], ["4", "4"], ["4", "8"]]);
        assert_eq!(space.values(0)[2..], ["m.fbz", "i.npy", "akd1000", "minimal", "1"]);
    }

    #[test]
    fn conditions_know_constants_of_the_device_and_other_names_of_axes() {
        let space =
            Space::of(&text(&["network.vc_buf_size=4,8"], &["network.depth == 8 && columns > 2"]), 100)
                .unwrap();
        assert_eq!((space.len(), space.values(0)[0]), (1, "8"));
        let error = Space::of(&text(&["network.depth=4"], &["network.detph > 1"]), 100).unwrap_err();
        assert!(error.to_string().contains("did you mean `network.depth`?"), "{error}");
        assert!(matches!(Space::of(&text(&["rows=1"], &["rows > 1"]), 100), Err(Error::NoPoints { .. })));
    }

    #[test]
    fn an_axis_by_two_names_is_given_twice() {
        let twice = text(&["network.vc_buf_size=4", "network.depth=8"], &[]);
        assert!(matches!(Space::of(&twice, 100), Err(Error::Twice { .. })));
        assert!(matches!(Space::of(&SpaceText::default(), 100), Err(Error::Missing { name: "model", .. })));
    }

    #[test]
    fn a_list_has_its_points_in_its_order_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        std::fs::write(&path, "network.depth, mode\n8, minimal\n4, all-nps\n8, minimal\n").unwrap();
        let space =
            |list: &Path| Space::of(&SpaceText { list: Some(list.to_owned()), ..text(&[], &[]) }, 100);
        let space = space(&path).unwrap();
        let points: Vec<Vec<&str>> =
            (0..space.len()).map(|point| space.values(point)[2..4].to_vec()).collect();
        assert_eq!(points, [["8", "minimal"], ["4", "all-nps"]]);
        for (wrong, reason) in [
            ("mode\n", "no rows"),
            ("mode\nminmal\n", "did you mean"),
            ("a.b,mode\n1\n", "fields"),
            ("a.b,\n1,2\n", "no name"),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let text = SpaceText { list: Some(path.clone()), ..text(&[], &[]) };
            let error = Space::of(&text, 100).unwrap_err().to_string();
            assert!(error.contains(reason), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_file_has_paths_relative_to_its_folder_and_its_errors_have_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("space.ron");
        let ron = "(axes: [\"model=a.fbz,/b.fbz\", \"device=akd1000,mine.ron\", \"rows=1\"], sampling: sobol(points: 3, seed: 1))";
        std::fs::write(&path, ron).unwrap();
        let read = SpaceText::load(&path).unwrap();
        let there = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(read.axes[0], format!("model={},/b.fbz", there("a.fbz")));
        assert_eq!(read.axes[1], format!("device=akd1000,{}", there("mine.ron")));
        assert_eq!(
            (read.axes[2].as_str(), read.sampling),
            ("rows=1", Sampling::Sobol { points: 3, seed: 1 })
        );
        std::fs::write(&path, "(axes: [\"rows=1\"],\n ax: 1)").unwrap();
        assert!(matches!(SpaceText::load(&path), Err(Error::Space { .. })));
    }
}
