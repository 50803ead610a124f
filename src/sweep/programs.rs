//! The programs of points: compiled once for all points whose mapping reads the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::kept::Kept;
use super::materials::{Materials, PreparedModel};
use super::point::Point;
use super::refusal::Refusal;
use crate::Stop;
use crate::compiler;
use crate::compiler::deadlock::prove_on;
use crate::device::Device;
use crate::isa::Program;
use crate::mapping::map_plainly;
use crate::run::sha256;

/// A model that was mapped.
pub(super) struct Mapped {
    pub program: Arc<Program>,
    pub model: Arc<PreparedModel>,
    /// Neural processors, and passes.
    pub nps: u32,
    pub passes: u32,
    /// Neural processors of the device.
    pub device_nps: u32,
    /// Bytes of the neural processor that holds most, and what one holds at most.
    pub memory: (u64, u64),
    /// Event hops of a frame if every neuron fired.
    pub placement_cost: u64,
    /// Hash of the network that it was proved on last.
    proved: Mutex<HashMap<String, Option<Refusal>>>,
}

/// Why there is no program.
#[derive(Clone)]
pub(super) enum Unmapped {
    Refused(Refusal),
    /// It could deadlock, perhaps in the network of this point only.
    Deadlock(Refusal),
    Stopped,
}

/// All programs of a sweep that are in use.
pub(super) struct Programs {
    mapped: Kept<[u8; 16], Result<Arc<Mapped>, Unmapped>>,
}

impl Programs {
    /// For so many threads.
    pub fn new(threads: usize) -> Programs {
        Programs { mapped: Kept::new(2 * threads + 2) }
    }

    /// The program of a point, proved on its device.
    ///
    /// # Errors
    /// The model does not fit, or could deadlock there.
    pub fn of(&self, point: &Point, materials: &Materials, stop: &Stop) -> Result<Arc<Mapped>, Unmapped> {
        let compiled_for = std::cell::Cell::new(false);
        let mapped = self.mapped.get(point.program, || {
            compiled_for.set(true);
            map(point, materials, stop)
        });
        match mapped {
            // It was proved on this device a moment ago.
            result if compiled_for.get() => result,
            Ok(mapped) => match mapped.refused_on(&point.device) {
                None => Ok(mapped),
                Some(refusal) => Err(Unmapped::Deadlock(refusal)),
            },
            // The network of another point may be at fault.
            Err(Unmapped::Deadlock(_)) => map(point, materials, stop),
            Err(unmapped) => Err(unmapped),
        }
    }
}

impl Mapped {
    fn refused_on(&self, device: &Device) -> Option<Refusal> {
        let network = network_of(device);
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        let prove = || prove_on(&self.program, device).err().map(|refused| Refusal::first(&[refused]));
        proved.entry(network).or_insert_with(prove).clone()
    }
}

/// The hash of what a proof reads of a device beyond what the program was mapped for.
fn network_of(device: &Device) -> String {
    sha256(format!("{:?}", device.network_config()).as_bytes())
}

fn map(point: &Point, materials: &Materials, stop: &Stop) -> Result<Arc<Mapped>, Unmapped> {
    let model = materials.model(&point.model, point.identity.random_weights);
    let options = point.identity.mapping().map_err(Unmapped::Refused)?.with_stop(stop);
    let compiled = map_plainly(&model.model, &point.device, &options);
    let compiled = compiled.map_err(|errors| match errors.first() {
        Some(compiler::Error::Stopped) => Unmapped::Stopped,
        Some(compiler::Error::Deadlock(_)) => Unmapped::Deadlock(Refusal::first(&errors)),
        _ => Unmapped::Refused(Refusal::first(&errors)),
    })?;
    let report = compiled.report;
    let memory = report.layers.iter().map(|layer| layer.total_bytes).max().unwrap_or(0);
    let proved = HashMap::from([(network_of(&point.device), None)]);
    Ok(Arc::new(Mapped {
        program: Arc::new(compiled.program),
        model,
        nps: report.total_nps,
        passes: report.passes,
        device_nps: report.device_nps,
        memory: (memory, report.capacity.total),
        placement_cost: report.placement_cost,
        proved: Mutex::new(proved),
    }))
}
