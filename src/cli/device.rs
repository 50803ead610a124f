//! `spikemesh device`: lists devices, or prints the constants of one.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs;
use super::set::SetArgs;
use super::table::{Align, Table};
use crate::device::{Device, MAX_FILE_BYTES};
use crate::document::{Document, Schema};
use crate::files::read_text;
use crate::words::thousands;

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh device akd1000
  spikemesh device akd1000 --ron > mine.ron
  spikemesh device akd1000 --canonical --set network.depth=4\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A device by name, or a .ron file; without it all devices are listed
    pub device: Option<String>,
    /// Print the device file, to start a new device from; with `--set` one that has these constants
    #[arg(long, requires = "device")]
    pub ron: bool,
    /// Print a line `path=value basis` for each value that results depend on, as `--set` names them
    #[arg(long, requires = "device", conflicts_with = "ron")]
    pub canonical: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
}

#[derive(Serialize)]
struct ListedDevice {
    name: String,
    description: String,
    nps: u32,
    clock_hz: u64,
}

#[derive(Serialize)]
struct DeviceList {
    devices: Vec<ListedDevice>,
}

impl Document for DeviceList {
    const SCHEMA: Schema = Schema::Devices;
}

impl Document for Device {
    const SCHEMA: Schema = Schema::Device;
}

/// Prints devices.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let Some(name) = &args.device else {
        if !args.set.set.is_empty() {
            let message = "--set has no effect: name the device whose constants it sets".to_owned();
            return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
        }
        return list(console);
    };
    let device = inputs::device(name, &args.set.set)?;
    if args.canonical {
        return console.text(device.canonical_text().trim_end());
    }
    if args.ron {
        let file = if args.set.set.is_empty() { text(name)? } else { device.ron_text() };
        return console.text(file.trim_end());
    }
    console.data(&device, describe)
}

fn list(console: &Console) -> Result<(), VerbError> {
    let mut devices = Vec::new();
    for name in Device::names() {
        let device = inputs::device(name, &[])?;
        let (nps, clock_hz) = (device.nps(), *device.clock_hz);
        devices.push(ListedDevice { name: device.name, description: device.description, nps, clock_hz });
    }
    console.data(&DeviceList { devices }, |DeviceList { devices }| {
        let mut table =
            Table::new(&[("device", Align::Left), ("NPs", Align::Right), ("description", Align::Left)]);
        for device in devices {
            table.row([device.name.clone(), device.nps.to_string(), device.description.clone()]);
        }
        table
    })
}

/// The text of a device's file.
fn text(name: &str) -> Result<String, VerbError> {
    match Device::text(name) {
        Some(text) => Ok(text.to_owned()),
        None => read_text(Path::new(name), MAX_FILE_BYTES)
            .map_err(|e| VerbError::io("read", Path::new(name), e.into())),
    }
}

/// Every constant, grouped by the section of the device file.
fn describe(device: &Device) -> String {
    let value = serde_json::to_value(device).unwrap_or_default();
    let mut sections: Vec<(String, Table)> = Vec::new();
    walk("", "", &value, &mut sections);
    let mut out = match device.description.starts_with(&device.name) {
        true => format!("{}\n", device.description),
        false => format!("{}: {}\n", device.name, device.description),
    };
    for (section, table) in sections {
        out += &format!("\n{}\n{table}\n", if section.is_empty() { "device" } else { &section });
    }
    out.trim_end().to_owned()
}

fn walk(section: &str, name: &str, value: &Value, sections: &mut Vec<(String, Table)>) {
    let under = |name: &str| if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    match value {
        Value::Object(fields) => {
            if let (Some(number), Some(Value::String(basis)), Some(Value::String(source))) =
                (fields.get("value"), fields.get("basis"), fields.get("source"))
            {
                let cells = [
                    name.to_owned(),
                    format!("{}{}", plain(number), unit(section, name)),
                    basis.clone(),
                    source.clone(),
                ];
                table_of(section, sections).row(cells);
                return;
            }
            let inner = if name.is_empty() { section.to_owned() } else { under(name) };
            for (field, value) in fields {
                walk(&inner, field, value, sections);
            }
        }
        Value::Array(items) => {
            for item in items {
                listed(&under(name), item, sections);
            }
        }
        _ => {}
    }
}

/// A value as the file has it: names without quotation marks.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| thousands(value), str::to_owned)
}

/// The unit of a constant, after a space; none of a name and a truth value.
fn unit(section: &str, name: &str) -> &'static str {
    let word = name.split(' ').next().unwrap_or_default();
    match (section, word) {
        (_, "clock_hz") => " Hz",
        (_, "delay") => " cycles",
        (_, "first_microseconds") => " us",
        (_, "floor_watts") => " W",
        (_, "columns" | "rows" | "nps_per_node" | "input_maps") => "",
        (_, "own_rows") => " rows",
        (_, "fifo_events") => " events",
        (_, "external_bits_per_input" | "depthwise_bits") => " bits",
        (_, "filters_per_group" | "filters_per_step") => " filters",
        (_, "data_vcs" | "token_vcs") => " channels",
        (_, "vc_buf_size") => " flits",
        (_, word) if word.ends_with("_bytes") || word.ends_with("_bytes_per_unit") => " bytes",
        (_, word) if word.ends_with("_delay") => " cycles",
        (section, _) if section.starts_with("energy") => " pJ",
        (section, _) if section.starts_with("timing") => " clocks",
        _ => "",
    }
}

/// An entry of a list: its plain fields identify it, its constants are the rows.
fn listed(section: &str, item: &Value, sections: &mut Vec<(String, Table)>) {
    let Value::Object(fields) = item else { return };
    let which: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_object() && !value.is_array())
        .map(|(field, value)| match value {
            Value::Bool(true) => field.clone(),
            Value::Bool(false) => String::new(),
            value => format!("{field} {}", plain(value)),
        })
        .filter(|field| !field.is_empty())
        .collect();
    for (field, value) in fields {
        walk(section, &format!("{field} ({})", which.join(", ")), value, sections);
    }
}

fn table_of<'a>(section: &str, sections: &'a mut Vec<(String, Table)>) -> &'a mut Table {
    let index = sections.iter().position(|(name, _)| name == section).unwrap_or_else(|| {
        let columns = [
            ("constant", Align::Left),
            ("value", Align::Right),
            ("basis", Align::Left),
            ("source", Align::Left),
        ];
        sections.push((section.to_owned(), Table::new(&columns)));
        sections.len() - 1
    });
    &mut sections[index].1
}
