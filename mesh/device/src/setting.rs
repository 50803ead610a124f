//! One constant of a device set to another value: `network.link_delay=4`.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, json};
use spikemesh_words::nearest;

use crate::check;
use crate::constant::Basis;
use crate::constant_line::ConstantLine;
use crate::device::Device;
use crate::error::Error;
use crate::mapping_reads::{Reader, reader};
use crate::network::NodeCoord;
use crate::overrides::Part;

/// The source of a constant that was set.
const SOURCE: &str = "set for this job";

/// Shorter or other names of constants: the words of BookSim2's users, and of the options for networks without a device.
const ALIASES: [(&str, &str); 1] = [("network.depth", "network.vc_buf_size")];

/// The path of a constant that may have been given by another name.
pub fn path_of(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, path)| path)
}

/// A constant, by its path, and the value that it is set to.
///
/// ```
/// use spikemesh_device::Device;
///
/// let device = Device::load("akd1500").unwrap();
/// let settings = ["network.link_delay=4", "rows=4", "overrides.n1_0.east.delay=8"].map(|setting| setting.parse().unwrap());
/// let changed = device.with(&settings).unwrap();
/// assert_eq!((*changed.network.link_delay, changed.nps()), (4, 64));
/// assert_eq!(changed.rows.basis().to_string(), "assumed");
/// let errors = device.with(&["network.link_dely=4".parse().unwrap()]).unwrap_err();
/// assert!(errors[0].to_string().contains("network.link_dely"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// The path, as error messages and the canonical text have it.
    pub path: String,
    /// The value, as a device file writes it.
    pub value: String,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Setting, String> {
        match text.split_once('=').map(|(path, value)| (path.trim(), value.trim())) {
            Some((path, value)) if !path.is_empty() && !value.is_empty() => {
                Ok(Setting { path: path.to_owned(), value: value.to_owned() })
            }
            _ => Err(format!("`{text}` is not path=value, such as network.link_delay=4")),
        }
    }
}

/// As text, `path=value`.
impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Setting, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Device {
    /// The device with other constants. The basis of what changes is `assumed`, so every claim that rests on it is void. Of two settings of one
    /// constant the last holds; a constant that is set to the value that it has does not change.
    ///
    /// # Errors
    /// Unknown paths, values of another kind, and everything that [`Device::check`] finds in the result.
    pub fn with(&self, settings: &[Setting]) -> Result<Device, Vec<Error>> {
        self.with_from(settings, SOURCE)
    }

    /// As [`Device::with`], with the source of the new values.
    ///
    /// # Errors
    /// Also a source that is empty.
    pub fn with_from(&self, settings: &[Setting], source: &str) -> Result<Device, Vec<Error>> {
        let (mut device, mut errors) = (self.clone(), Vec::new());
        for setting in settings {
            // Each by itself, so that a value that cannot be is reported with its path.
            match device
                .resolve(&setting.path)
                .and_then(|path| device.with_one(&path, &setting.value, source))
            {
                Ok(changed) => device = changed,
                Err(error) => errors.push(*error),
            }
        }
        errors.extend(device.check());
        if errors.is_empty() { Ok(device) } else { Err(errors) }
    }

    /// As [`Device::with`], with a program at hand that was mapped onto this device.
    ///
    /// # Errors
    /// Also for a constant that mapping read, unless it keeps its value.
    pub fn with_for_program(&self, settings: &[Setting]) -> Result<Device, Vec<Error>> {
        let changed = self.with(settings);
        let mut errors = Vec::new();
        for setting in settings {
            let Ok(path) = self.resolve(&setting.path) else { continue };
            let is_same = || self.with_one(&path, &setting.value, SOURCE).is_ok_and(|device| device == *self);
            if reader(&path) == Some(Reader::Mapping) && !is_same() {
                let mapped = self.constant_lines().into_iter().find(|line| line.path == path);
                errors.push(Error::ReadByMapping {
                    device: self.name.clone(),
                    constant: path,
                    value: setting.value.clone(),
                    mapped: mapped.map_or_else(|| "not set".to_owned(), |line| line.value),
                });
            }
        }
        match changed {
            Ok(device) if errors.is_empty() => Ok(device),
            Ok(_) => Err(errors),
            Err(more) => Err(errors.into_iter().chain(more).collect()),
        }
    }

    /// The settings as they hold on a device that was made [`with`](Device::with) them: each constant once, sorted, with the spelling of the canonical
    /// text.
    pub fn in_force(&self, settings: &[Setting]) -> Vec<Setting> {
        let lines: BTreeMap<String, String> =
            self.settable().into_iter().map(|line| (line.path, line.value)).collect();
        let paths = settings.iter().filter_map(|setting| self.resolve(&setting.path).ok());
        let mut settings: Vec<Setting> =
            paths.filter_map(|path| Some(Setting { value: lines.get(&path)?.clone(), path })).collect();
        settings.sort_unstable();
        settings.dedup();
        settings
    }

    /// The value of a constant as the canonical text has it, by its path or another name of it; none if there is no such constant.
    pub fn constant_value(&self, path: &str) -> Option<String> {
        let path = path_of(path);
        self.settable().into_iter().find(|line| line.path == path).map(|line| line.value)
    }

    /// Every value that can be set and is there: those of the canonical text, and the profile.
    fn settable(&self) -> Vec<ConstantLine> {
        let mut lines = self.constant_lines();
        if let Some(profile) = &self.profile {
            let value = serde_json::to_value(**profile).unwrap_or_default();
            let value = value.as_str().unwrap_or_default().to_owned();
            lines.push(ConstantLine { path: "profile".to_owned(), value, basis: Some(profile.basis()) });
        }
        lines
    }

    /// The path that is meant, as the canonical text has it.
    fn resolve(&self, path: &str) -> Result<String, Box<Error>> {
        let path = path_of(path);
        let lines = self.settable();
        let is_known = || lines.iter().any(|line| line.path == path);
        let near = match path.strip_prefix("overrides.") {
            Some(part) => match override_path(part, self) {
                Ok(()) => return Ok(path.to_owned()),
                Err(near) => near,
            },
            None if is_known() || path == "profile" => return Ok(path.to_owned()),
            None => near(path, &lines),
        };
        Err(Box::new(Error::UnknownConstant { device: self.name.clone(), constant: path.to_owned(), near }))
    }

    fn with_one(&self, path: &str, text: &str, source: &str) -> Result<Device, Box<Error>> {
        let wrong = |limit: String| {
            let (device, constant, value) = (self.name.clone(), path.to_owned(), text.to_owned());
            Box::new(Error::Value { device, constant, value, limit })
        };
        let mut whole = as_read(serde_json::to_value(self).unwrap_or_default());
        if !set(&mut whole, path, text, source).map_err(wrong)? {
            return Ok(self.clone());
        }
        serde_json::from_value(whole).map_err(|error| {
            let error = error.to_string();
            let limit = match (check::limit_of(path), error.split_once(", expected ")) {
                (Some(limit), _) => limit,
                (None, Some((_, expected))) => expected.to_owned(),
                (None, None) => return wrong(error),
            };
            wrong(if text.contains('.') && limit.contains(" to ") {
                format!("a whole number, {limit}")
            } else {
                limit
            })
        })
    }
}

/// A device of which many others are made with constants set: what that reads of it is read once.
#[derive(Debug)]
pub struct SettableDevice {
    device: Device,
    whole: Value,
    paths: HashSet<String>,
}

impl SettableDevice {
    /// For a device. Its calibrations cannot be set, so they are not read again for each of the others.
    pub fn new(device: Device) -> SettableDevice {
        let bare = Device {
            calibration: Vec::new(),
            load_calibration: None,
            energy_calibration: None,
            network_energy_bound: None,
            ..device.clone()
        };
        let whole = as_read(serde_json::to_value(bare).unwrap_or_default());
        let paths =
            device.settable().into_iter().map(|line| line.path).chain(["profile".to_owned()]).collect();
        SettableDevice { device, whole, paths }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// As [`Device::with`].
    ///
    /// # Errors
    /// As [`Device::with`].
    pub fn with(&self, settings: &[Setting]) -> Result<Device, Vec<Error>> {
        // What is wrong is found one by one.
        match self.with_unchecked(settings).filter(|device| device.check().is_empty()) {
            Some(device) => Ok(device),
            None => self.device.with(settings),
        }
    }

    /// All settings at once, not checked: for settings that [`SettableDevice::with`] took before. None if one is no constant, or of another kind.
    pub fn with_unchecked(&self, settings: &[Setting]) -> Option<Device> {
        let mut whole = self.whole.clone();
        for setting in settings {
            let path = path_of(&setting.path);
            match path.strip_prefix("overrides.") {
                Some(part) => override_path(part, &self.device).ok()?,
                None if self.paths.contains(path) => {}
                None => return None,
            }
            set(&mut whole, path, &setting.value, SOURCE).ok()?;
        }
        let bare: Device = serde_json::from_value(whole).ok()?;
        let Device { calibration, load_calibration, energy_calibration, network_energy_bound, .. } =
            &self.device;
        Some(Device {
            calibration: calibration.clone(),
            load_calibration: load_calibration.clone(),
            energy_calibration: energy_calibration.clone(),
            network_energy_bound: network_energy_bound.clone(),
            ..bare
        })
    }
}

/// Sets the value at a path of a device as it is read. False if it was that before.
///
/// # Errors
/// A value of another kind: what would be one.
fn set(whole: &mut Value, path: &str, text: &str, source: &str) -> Result<bool, String> {
    let place = place(whole, path).ok_or_else(|| "a constant".to_owned())?;
    let is_constant = place.is_array() || place.is_null();
    let old = if place.is_array() { place[0].clone() } else { place.clone() };
    let value = match &old {
        _ if old.is_string() || path == "profile" => Value::from(text),
        _ => {
            let is_flag = old.is_boolean() || path.ends_with(".disabled");
            // Numbers may have underscores, as in device files.
            let value: Option<Value> = serde_json::from_str(&text.replace('_', "")).ok();
            let fits = |value: &Value| if is_flag { value.is_boolean() } else { value.is_number() };
            value.filter(fits).ok_or_else(|| match is_flag {
                true => "`true` or `false`".to_owned(),
                false => check::limit_of(path)
                    .map_or_else(|| "a number".to_owned(), |limit| format!("a number, {limit}")),
            })?
        }
    };
    let same_number = value.as_f64().is_some() && value.as_f64() == old.as_f64();
    if value == old || same_number {
        return Ok(false);
    }
    *place = if is_constant { json!([value, Basis::Assumed, source]) } else { value };
    Ok(true)
}

/// The value at a path; nothing, which may be filled, for what a file may leave out.
fn place<'v>(whole: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    // What a file may leave out.
    let may_be_made = path.starts_with("overrides.") || path == "profile";
    let mut place = whole;
    for name in path.replace('[', ".").replace(']', "").split('.') {
        if may_be_made && place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(fields) => {
                if may_be_made {
                    fields.entry(name).or_insert(Value::Null);
                }
                fields.get_mut(name)?
            }
            Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
}

/// A device as it is read: constants as lists of three.
fn as_read(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let constant = ["value", "basis", "source"].map(|key| fields.get(key).cloned());
            match (fields.len(), constant) {
                (3, [Some(value), Some(basis), Some(source)]) => json!([value, basis, source]),
                _ => fields.into_iter().map(|(name, value)| (name, as_read(value))).collect(),
            }
        }
        Value::Array(items) => items.into_iter().map(as_read).collect(),
        other => other,
    }
}

/// Whether the path behind `overrides.` is one of a constant that a part may have; otherwise what may have been meant. Whether the device has the
/// part is seen by the checker, which knows its final size.
fn override_path(path: &str, device: &Device) -> Result<(), String> {
    let form = "an override is `overrides.NODE.PART.CONSTANT`, such as `overrides.n1_0.east.delay` or `overrides.n4_1.np0.clock_scale`";
    let names: Vec<&str> = path.split('.').collect();
    let [node, part, field] = names[..] else { return Err(form.to_owned()) };
    let floorplan = device.floorplan();
    let nodes = || (0..floorplan.rows).flat_map(|y| (0..floorplan.columns).map(move |x| NodeCoord { x, y }));
    let node =
        near_name(node, node.parse::<NodeCoord>().is_ok(), || nodes().map(|node| node.to_string()).collect());
    let sides = ["east", "west", "south", "north"].map(str::to_owned).into_iter();
    let parts = || sides.chain((0..floorplan.nps_per_node).map(|np| Part::Np(np).to_string())).collect();
    let (part, known) = match part.parse::<Part>() {
        Ok(known) => ((part.to_owned(), true), Some(known)),
        Err(_) => {
            let near = near_name(part, false, parts);
            let known = near.0.parse().ok();
            (near, known)
        }
    };
    let fields = known.map_or(&["delay", "clock_scale", "disabled", "fifo_events"][..], Part::fields);
    let field =
        near_name(field, fields.contains(&field), || fields.iter().map(|&field| field.to_owned()).collect());
    match [&node, &part, &field] {
        [(_, true), (_, true), (_, true)] => Ok(()),
        near if near.iter().any(|(name, _)| name.is_empty()) => Err(form.to_owned()),
        [(node, _), (part, _), (field, _)] => Err(format!("did you mean `overrides.{node}.{part}.{field}`?")),
    }
}

/// A name and whether it is right; the nearest of those that are known if it is not, or an empty one.
fn near_name(name: &str, is_right: bool, known: impl FnOnce() -> Vec<String>) -> (String, bool) {
    if is_right {
        return (name.to_owned(), true);
    }
    let known = known();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    (nearest(name, &known).unwrap_or_default().to_owned(), false)
}

/// The constants that a path may have meant: those with the same last name, or the nearest one.
fn near(path: &str, constants: &[ConstantLine]) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let known = constants.iter().map(|line| line.path.as_str()).chain(ALIASES.map(|(alias, _)| alias));
    let paths: Vec<&str> = known.collect();
    let same = paths.iter().filter(|known| last(known) == last(path));
    let same: Vec<String> = same.map(|path| format!("`{path}`")).take(4).collect();
    if !same.is_empty() {
        return format!("did you mean {}?", same.join(" or "));
    }
    match nearest(path, &paths) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`spikemesh device NAME` shows all constants".to_owned(),
    }
}
