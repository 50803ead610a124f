//! The same simulator with one thing made otherwise.

use super::Simulator;
use super::plan::PassPlan;
use crate::change::Change;
use spikemesh_device::{Clocks, Scale};
use spikemesh_isa::Program;

impl Simulator {
    /// The same program on a device whose neural processors have two input maps; none if they have, or if a slice does not fit beside its second one.
    pub fn with_second_map(&self) -> Option<Simulator> {
        let mut device = (*self.device).clone();
        if *device.np.input_maps > 1 {
            return None;
        }
        device.np.input_maps.0 = 2;
        let simulator = Simulator::new(Program::clone(&self.program), device).ok()?;
        Some(Simulator { starts: self.starts.clone(), ..simulator })
    }

    /// The same program on the same device with one thing made otherwise. What was mapped stays: a larger FIFO takes no memory, for example.
    #[must_use]
    pub fn changed(&self, change: Change) -> Simulator {
        let mut passes = self.passes.clone();
        passes.iter_mut().for_each(|pass| pass.change(change));
        Simulator {
            program: self.program.clone(),
            device: self.device.clone(),
            passes,
            network: self.network.clone(),
            zero_load: self.zero_load || change == Change::ZeroLoad,
            planted: self.planted,
            starts: self.starts.clone(),
        }
    }
}

impl PassPlan {
    fn change(&mut self, change: Change) {
        let first_np = self.names.len() - self.sinks.len() - self.nps.len();
        match change {
            Change::Load(scale) => {
                self.load_start = share(self.load_start, scale);
                self.loads.iter_mut().for_each(|load| load.clocks = share(load.clocks, scale));
            }
            Change::Fifo => {
                self.hrc.iter_mut().for_each(|hrc| hrc.fifo = Change::FIFO_EVENTS);
                self.sources.iter_mut().for_each(|(_, source)| source.fifo = Change::FIFO_EVENTS);
                self.nps.iter_mut().for_each(|np| np.fifo = Change::FIFO_EVENTS);
            }
            // The network's, not a unit's.
            Change::ZeroLoad => {}
            Change::Steps { output_map, state } => {
                let is_layer = |unit: usize| self.output_maps[unit] == Some(output_map);
                if is_layer(0) {
                    self.hrc.iter_mut().for_each(|hrc| hrc.scale_steps(state, Change::HALF));
                }
                for (index, np) in self.nps.iter_mut().enumerate() {
                    if is_layer(first_np + index) {
                        np.scale.kind = Some((state, Change::HALF));
                    }
                }
            }
            Change::Clock { terminal, scale } => {
                for (index, np) in self.nps.iter_mut().enumerate() {
                    if self.terminals[first_np + index] == terminal {
                        np.scale.all = scale;
                    }
                }
            }
        }
    }
}

fn share(clocks: Clocks, scale: Scale) -> Clocks {
    Clocks((clocks.0 * u64::from(scale.0)).div_ceil(u64::from(Scale::PARTS)))
}
