//! Device files, and the devices that come with the simulator.

use std::path::Path;
use std::sync::LazyLock;

use ron::Options;
use ron::extensions::Extensions;
use spikemesh_files::{ReadError, read_text};

use crate::check;
use crate::device::Device;
use crate::error::{DeviceText, Error};

/// Devices that come with the simulator: name and file.
const BUILT_IN: [(&str, &str); 3] = [
    ("akd1000", include_str!("../devices/akd1000.ron")),
    ("akd1500", include_str!("../devices/akd1500.ron")),
    ("two-nodes", include_str!("../devices/two-nodes.ron")),
];

/// The largest device file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// What may be left out stands without `Some`.
static OPTIONS: LazyLock<Options> =
    LazyLock::new(|| Options::default().with_default_extension(Extensions::IMPLICIT_SOME));

impl Device {
    /// Names of the devices that come with the simulator.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The text of a device that comes with the simulator.
    pub fn text(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
    }

    /// A device by name, or from a path that ends in `.ron`.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or whatever [`Device::parse`] finds.
    pub fn load(name_or_path: &str) -> Result<Device, Vec<Error>> {
        if let Some(text) = Device::text(name_or_path) {
            return Device::parse(name_or_path, text);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|e| e != "ron") {
            let known = Device::names().collect::<Vec<_>>().join(", ");
            return Err(vec![Error::Unknown { name: name_or_path.to_owned(), known }]);
        }
        let unreadable =
            |e: ReadError| vec![Error::Unreadable { path: name_or_path.to_owned(), source: e.into() }];
        let text = read_text(path, MAX_FILE_BYTES).map_err(unreadable)?;
        Device::parse(name_or_path, &text)
    }

    /// A device from the text of a RON file; `place` names the file in errors.
    ///
    /// # Errors
    /// Syntax errors, unknown or missing fields, and every constant that makes no sense, each with its place.
    pub fn parse(place: &str, text: &str) -> Result<Device, Vec<Error>> {
        let source = DeviceText::new(place, text);
        let device: Device =
            OPTIONS.from_str(text).map_err(|error| vec![source.syntax(&error, check::limit_of)])?;
        let errors = check::check(&device, &source);
        if errors.is_empty() { Ok(device) } else { Err(errors) }
    }

    /// Everything that makes no sense in it; empty for a device that was loaded or parsed.
    pub fn check(&self) -> Vec<Error> {
        check::check(self, &DeviceText::none(&self.name))
    }
}
