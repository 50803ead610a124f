//! A program on its device, loaded into a simulator once and run as often as wanted.

use std::sync::{Arc, OnceLock};

use spikemesh::device::Device;
use spikemesh::isa::Program;
use spikemesh::mesh::{self, Simulator};

/// A program, the device that runs it, and the simulator of both from the first run on.
pub struct Executable {
    program: Arc<Program>,
    device: Arc<Device>,
    simulator: OnceLock<Simulator>,
}

impl Executable {
    /// Loads nothing yet: a program may be looked at that cannot run.
    pub fn new(program: Program, device: Arc<Device>) -> Executable {
        Executable { program: Arc::new(program), device, simulator: OnceLock::new() }
    }

    /// The same program on another device.
    pub fn on(&self, device: Arc<Device>) -> Executable {
        Executable { program: Arc::clone(&self.program), device, simulator: OnceLock::new() }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The device.
    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// The simulator.
    ///
    /// # Errors
    /// The device cannot run the program.
    pub fn simulator(&self) -> Result<&Simulator, Vec<mesh::Error>> {
        if let Some(simulator) = self.simulator.get() {
            return Ok(simulator);
        }
        // Of two threads that load at once one result is dropped; both are equal.
        let simulator = Simulator::new(self.program.clone(), self.device.clone())?;
        Ok(self.simulator.get_or_init(|| simulator))
    }
}
