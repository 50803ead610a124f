//! What may be claimed of the layers of a device.

use std::collections::{BTreeMap, BTreeSet};

use super::accuracy_claim::{AccuracyClaim, ClaimBasis};
use super::closed_form::{self, Positions};
use super::group::GroupCalibration;
use super::ranges::covering;
use super::work::{OperatingPoint, Work};
use crate::constant::Basis;
use crate::constant_line::ConstantLine;
use crate::device::Device;
use crate::network::Multicast;
use spikemesh_words::plural;

/// What may be claimed of a device's layers. It holds the device's constants, so that many layers can be asked for.
///
/// An error is claimed only where the constants are those that it was found with: each constant that a layer's closed form reads must be listed
/// by the calibration with its present value and basis, and none may be assumed. Otherwise the claim is void, and names the constants. Energies that
/// no measurement tells apart are assumed: they may be, since only their sum is claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    device: Device,
    lines: BTreeMap<String, ConstantLine>,
    /// Lines of all calibrations that are not the device's own.
    changed: BTreeSet<String>,
    /// Parts with constants of their own, and more input maps than one: no device was measured that has them.
    overridden: Option<String>,
}

impl Claims {
    /// Of a device.
    pub fn new(device: &Device) -> Claims {
        let lines: BTreeMap<String, ConstantLine> =
            device.constant_lines().into_iter().map(|line| (line.path.clone(), line)).collect();
        let groups = device.load_calibration.iter().chain(&device.energy_calibration);
        let listed = device
            .calibration
            .iter()
            .flat_map(|entry| &entry.constants)
            .chain(groups.flat_map(|group| &group.constants));
        let changed =
            listed.filter(|line| lines.get(&line.path) != Some(line)).map(|line| line.path.clone()).collect();
        let overridden = overridden(device, &lines);
        Claims { device: device.clone(), lines, changed, overridden }
    }

    /// The claim of everything on a device with overrides, or with a second input map.
    fn of_overrides(&self) -> Option<AccuracyClaim> {
        self.overridden.clone().map(|reason| AccuracyClaim::none(ClaimBasis::Assumed, reason))
    }

    /// Of the clocks of a layer: what its units take, loads and the network left out.
    pub fn clocks(&self, point: &OperatingPoint) -> AccuracyClaim {
        if let Some(claim) = self.of_overrides() {
            return claim;
        }
        let OperatingPoint { work, kernel, weight_bits, .. } = *point;
        let read = closed_form::clocks(&self.device, work, kernel, weight_bits, Positions::of(point));
        let entry = self.device.calibration.iter().find(|entry| entry.is_of(point));
        let covered = covering(&self.device.calibration, point);
        let any = self.device.calibration.first().map(|_| ());
        // What an entry lists beyond what this layer reads counts too: the entry says that it rests on it.
        let listed = entry.map(|entry| entry.constants.as_slice());
        let also = listed.unwrap_or_default().iter().map(|line| line.path.clone());
        let read: BTreeSet<String> = read.into_iter().chain(also).collect();
        if let Some(void) = self.void(&read, listed, any.ok_or("times")) {
            let measured = if entry.is_none() { covered.err() } else { None };
            let reason = measured.into_iter().chain([void]).collect::<Vec<_>>().join("; ");
            return AccuracyClaim::none(ClaimBasis::Assumed, reason);
        }
        match covered {
            Ok(entry) => AccuracyClaim::calibrated(entry.median, entry.worst),
            Err(outside) => AccuracyClaim::none(ClaimBasis::Extrapolated, outside),
        }
    }

    /// Of the load of a layer's weights inside a frame.
    pub fn load(&self, work: Work) -> AccuracyClaim {
        if let Some(claim) = self.of_overrides() {
            return claim;
        }
        let read = closed_form::load(&self.device, work).into_iter().map(str::to_owned).collect();
        self.group(&read, self.device.load_calibration.as_ref(), "loads of this kind")
    }

    /// Of the energy of a layer's clocks. Those have a claim of their own.
    pub fn energy(&self, work: Work, kernel: u32) -> AccuracyClaim {
        if let Some(claim) = self.of_overrides() {
            return claim;
        }
        let mut read: BTreeSet<String> =
            closed_form::energy(&self.device, work, kernel).into_iter().collect();
        // A load that was not measured is nobody's claim, but one that is not as measured any more is.
        read.extend(self.changed.get(closed_form::LOAD_BYTE).cloned());
        self.group(&read, self.device.energy_calibration.as_ref(), "energies of this kind")
    }

    /// Of a constant itself: `spec` if it is documented.
    pub fn constant(&self, path: &str) -> AccuracyClaim {
        if let Some(claim) = self.of_overrides() {
            return claim;
        }
        match self.lines.get(path).and_then(|line| line.basis) {
            Some(Basis::Documented) => AccuracyClaim::SPEC,
            Some(Basis::Assumed) => AccuracyClaim::none(ClaimBasis::Assumed, format!("`{path}` is assumed")),
            _ => AccuracyClaim::none(ClaimBasis::Extrapolated, format!("no error of `{path}` is known")),
        }
    }

    fn group(&self, read: &BTreeSet<String>, group: Option<&GroupCalibration>, what: &str) -> AccuracyClaim {
        // A group lists what its rows charge: what it does not list was not measured, unless it lists nothing at all.
        let listed = group.map(|group| group.constants.as_slice());
        let covered = listed.is_some_and(|listed| {
            listed.is_empty() || read.iter().all(|path| listed.iter().any(|line| line.path == *path))
        });
        if let Some(void) = self.void(read, listed.filter(|_| covered), group.map(|_| ()).ok_or(what)) {
            return AccuracyClaim::none(ClaimBasis::Assumed, void);
        }
        match group.filter(|_| covered) {
            Some(group) => AccuracyClaim::calibrated(group.median, group.worst),
            None => AccuracyClaim::none(ClaimBasis::Extrapolated, format!("no {what} were measured")),
        }
    }

    /// Why nothing can rest on constants: those that are assumed, changed, or not listed. `listed` is what an entry lists, if there is one.
    /// `any_measured` says what the device has no calibration of at all: there is nothing to extrapolate from then.
    fn void(
        &self,
        read: &BTreeSet<String>,
        listed: Option<&[ConstantLine]>,
        any_measured: Result<(), &str>,
    ) -> Option<String> {
        if let Err(what) = any_measured {
            return Some(format!("the device file has no calibration of {what}"));
        }
        if listed.is_some_and(<[ConstantLine]>::is_empty) {
            return Some(format!("its calibration does not list {}", names(read.iter())));
        }
        let is_listed = |path: &String| listed.is_none_or(|l| l.iter().any(|line| line.path == *path));
        let is_assumed = |path: &&String| {
            closed_form::is_told_apart(path)
                && self.lines.get(*path).is_some_and(|line| line.basis == Some(Basis::Assumed))
        };
        let causes = [
            (read.iter().filter(|path| self.changed.contains(*path)).collect::<Vec<_>>(), "not as measured"),
            (read.iter().filter(|path| !is_listed(path)).collect(), "not listed by its calibration"),
            (
                read.iter().filter(|path| is_assumed(path) && !self.changed.contains(*path)).collect(),
                "assumed",
            ),
        ];
        let causes: Vec<String> = causes
            .into_iter()
            .filter(|(paths, _)| !paths.is_empty())
            .map(|(paths, cause)| {
                let be = if paths.len() == 1 { "is" } else { "are" };
                format!("{} {be} {cause}", names(paths.into_iter()))
            })
            .collect();
        (!causes.is_empty()).then(|| causes.join("; "))
    }
}

/// The overrides of a device, its second input map and its trees, in words.
fn overridden(device: &Device, lines: &BTreeMap<String, ConstantLine>) -> Option<String> {
    if *device.np.input_maps > 1 {
        return Some("`np.input_maps` is not of the measured device".to_owned());
    }
    if *device.network.multicast == Multicast::Tree {
        return Some("`network.multicast` tree is not of the measured device".to_owned());
    }
    let mut paths = lines.keys().filter(|path| path.starts_with("overrides."));
    let first = paths.next()?;
    Some(match paths.count() {
        0 => format!("`{first}` is not of the measured device"),
        more => format!(
            "`{first}` and {} are not of the measured device",
            plural(more as u64, "override more", "overrides more")
        ),
    })
}

fn names<'a>(paths: impl Iterator<Item = &'a String>) -> String {
    paths.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

impl Device {
    /// Lists in each calibration the constants that it rests on, as they are now: for who has just found its errors.
    ///
    /// `energies` are the paths of the energies that the measured rows charge.
    pub fn list_constants(&mut self, energies: &[String]) {
        let lines = self.constant_lines();
        let of = |paths: &[String]| -> Vec<ConstantLine> {
            lines.iter().filter(|line| paths.contains(&line.path)).cloned().collect()
        };
        let mut entries = std::mem::take(&mut self.calibration);
        for entry in &mut entries {
            let positions = Positions::within(entry);
            entry.constants =
                of(&closed_form::clocks(self, entry.work, entry.kernel, entry.weight_bits, positions));
        }
        self.calibration = entries;
        // Loads are measured where a program has several passes.
        let loads = closed_form::PASS_LOAD.map(str::to_owned);
        if let Some(group) = &mut self.load_calibration {
            group.constants = of(&loads);
        }
        if let Some(group) = &mut self.energy_calibration {
            group.constants = of(energies);
        }
    }
}
