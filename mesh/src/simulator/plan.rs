//! Loading: records become units with names, local ports and resolved routes.

use miette::Diagnostic;
use spikemesh_isa::packet::{MAX_FEATURES, MAX_WIDTH};
use spikemesh_isa::verify;
use spikemesh_isa::{BufferId, Operation, OutputMapId, Pass, Program, Route, Target};
use thiserror::Error as ThisError;

use super::Frame;
use super::load::{self, Load};
use crate::unit::dma::SourcePlan;
use crate::unit::hrc::HrcPlan;
use crate::unit::np::{NpPlan, Unsupported};
use crate::unit::outbox::Flow;
use crate::unit::{Defect, UnitId};
use spikemesh_device::{Clocks, Device, Floorplan, Unit, UnitEnergy, Work};
use spikemesh_noc::{Cycle, Network, TerminalId};

/// What keeps a program from running on a device, or stops it.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// The program contradicts itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Program(#[from] spikemesh_isa::Error),
    /// The program was made for another device.
    #[error("the program was compiled for {program}, not for {device}")]
    #[diagnostic(
        code(simulate::device),
        help("compile the model again with `-d {device}`, or run with `-d {program}`")
    )]
    Device {
        /// The program's device.
        program: String,
        /// The device at hand.
        device: String,
    },
    /// The program's weights were never set.
    #[error("the program was compiled from a model without weights")]
    #[diagnostic(
        code(simulate::no_weights),
        help("compile a model with weights, or give `--random-weights SEED`")
    )]
    NoWeights,
    /// The program uses an NP that the device does not have.
    #[error("pass {pass} uses NP {np}, and the device has {nps}")]
    #[diagnostic(code(simulate::np_missing), help("compile the model for this device"))]
    NpMissing {
        /// The pass.
        pass: usize,
        /// The NP.
        np: u16,
        /// NPs of the device.
        nps: u32,
    },
    /// A record asks for what the device's units cannot do.
    #[error("pass {pass}, {unit}: {what}")]
    #[diagnostic(code(simulate::unsupported), help("`spikemesh check` names the rule that the model breaks"))]
    Unsupported {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
        /// What it cannot do.
        what: String,
    },
    /// A route leads to a unit that has no record in its pass.
    #[error("pass {pass}, {unit}: a route leads to {target}, which has no record in this pass")]
    #[diagnostic(code(simulate::no_target), help("the program is damaged: compile it again"))]
    NoTarget {
        /// The pass.
        pass: usize,
        /// The producer.
        unit: String,
        /// The receiver.
        target: String,
    },
    /// Maps wider or deeper than an event can name.
    #[error(
        "output map `{output_map}` is a map of {width} columns and {features} features, and events name {MAX_WIDTH} and {MAX_FEATURES} at most"
    )]
    #[diagnostic(code(simulate::map_size), help("split the layer"))]
    MapSize {
        /// The output map.
        output_map: String,
        /// Its columns.
        width: u32,
        /// Its features.
        features: u32,
    },
    /// An input frame is not what the program takes.
    #[error("frame {frame}: {came}, and the program takes {takes}")]
    #[diagnostic(code(simulate::frame), help("give inputs of the shape of the model's input layer"))]
    Frame {
        /// The frame.
        frame: usize,
        /// What came.
        came: String,
        /// What was expected.
        takes: String,
    },
    /// A unit got a packet that it cannot take: the program is wrong.
    #[error("cycle {cycle}, {unit}: {}", describe(.defect))]
    #[diagnostic(
        code(simulate::defect),
        help("the program is damaged or was made by hand: compile it again")
    )]
    Defect {
        /// When.
        cycle: Cycle,
        /// Who.
        unit: String,
        /// What.
        defect: Defect,
    },
    /// The device's network cannot be built.
    #[error("{0}")]
    #[diagnostic(code(simulate::network), help("correct the network section of the device file"))]
    Network(String),
}

fn describe(defect: &Defect) -> &'static str {
    match defect {
        Defect::NotReceiving => "a packet arrived while the unit was not receiving",
        Defect::OutsideMap => "an event lies outside the unit's map",
        Defect::WrittenTwice => "a position of the map was written twice in one frame",
    }
}

/// A buffer that is collected.
#[derive(Clone, Debug)]
pub struct SinkPlan {
    /// The buffer.
    pub buffer: BufferId,
    /// The producing unit of every route that ends here.
    pub producers: Vec<UnitId>,
}

/// A pass, ready to run.
#[derive(Clone, Debug)]
pub struct PassPlan {
    /// The input unit.
    pub hrc: Option<HrcPlan>,
    /// Buffers to inject.
    pub sources: Vec<(BufferId, SourcePlan)>,
    /// Neural processors.
    pub nps: Vec<NpPlan>,
    /// Buffers to collect.
    pub sinks: Vec<SinkPlan>,
    /// Name of every unit.
    pub names: Vec<String>,
    /// The output map of every unit that produces one.
    pub output_maps: Vec<Option<OutputMapId>>,
    /// What every unit's work costs.
    pub energies: Vec<UnitEnergy>,
    /// Local port of every unit.
    pub terminals: Vec<TerminalId>,
    /// Weights that are loaded before it, by output map.
    pub loads: Vec<Load>,
    /// What loading it inside a frame takes beside its bytes.
    pub load_start: Clocks,
}

impl PassPlan {
    /// Time to load its weights inside a frame.
    pub fn load(&self) -> Clocks {
        let mut clocks = self.load_start;
        self.loads.iter().for_each(|load| clocks += load.clocks);
        clocks
    }
}

/// Prepares every pass.
pub(super) fn plan(program: &Program, device: &Device) -> Result<Vec<PassPlan>, Vec<Error>> {
    let mut errors: Vec<Error> = verify(program).into_iter().map(Error::from).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    if program.device != device.name {
        errors.push(Error::Device { program: program.device.clone(), device: device.name.clone() });
    }
    if !program.weights_set {
        errors.push(Error::NoWeights);
    }
    if let Err(error) = Network::new(&device.network_config()) {
        errors.push(Error::Network(error.to_string()));
    }
    for output_map in &program.output_maps {
        if !output_map.potentials
            && (output_map.map.width > MAX_WIDTH || output_map.map.channels > MAX_FEATURES)
        {
            let (width, features) = (output_map.map.width, output_map.map.channels);
            errors.push(Error::MapSize { output_map: output_map.name.clone(), width, features });
        }
    }
    let mut passes = Vec::new();
    for (index, pass) in program.passes.iter().enumerate() {
        let mut builder =
            Builder { program, device, floorplan: device.floorplan(), pass, index, errors: &mut errors };
        passes.push(builder.pass());
    }
    if errors.is_empty() { Ok(passes) } else { Err(errors) }
}

struct Builder<'a> {
    program: &'a Program,
    device: &'a Device,
    floorplan: Floorplan,
    pass: &'a Pass,
    index: usize,
    errors: &'a mut Vec<Error>,
}

impl Builder<'_> {
    fn pass(&mut self) -> PassPlan {
        let (pass, device, floorplan) = (self.pass, self.device, self.floorplan);
        let (mut names, mut output_maps, mut terminals, mut routes) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut unit = |unit: Unit, output_map: Option<OutputMapId>, own: &[Route]| {
            names.push(floorplan.name(unit));
            output_maps.push(output_map);
            terminals.push(floorplan.terminal(unit));
            routes.push(own.to_vec());
        };
        if let Some(hrc) = &pass.hrc {
            unit(Unit::Hrc, Some(hrc.output_map), &hrc.routes);
        }
        for source in &pass.sources {
            unit(Unit::Source(source.buffer.0), None, &source.routes);
        }
        for np in &pass.nps {
            unit(Unit::Np(np.np.0), Some(np.output_map), &np.routes);
        }
        for sink in &pass.sinks {
            unit(Unit::Sink(sink.buffer.0), None, &[]);
        }
        let energy = &device.energy;
        let mut energies: Vec<UnitEnergy> =
            pass.hrc.iter().map(|hrc| energy.unit(Work::Input, hrc.x.size)).collect();
        energies.extend(pass.sources.iter().map(|_| UnitEnergy::default()));
        energies.extend(pass.nps.iter().map(|np| match &np.operation {
            Operation::Convolution(c) if c.separable => energy.unit(Work::Separable, c.x.size),
            Operation::Convolution(c) => energy.unit(Work::Convolution, c.x.size),
            Operation::FullyConnected(fc) if fc.external => energy.unit(Work::External, 1),
            Operation::FullyConnected(_) => energy.unit(Work::OnChip, 1),
        }));
        energies.extend(pass.sinks.iter().map(|_| UnitEnergy::default()));
        let first_np = names.len() - pass.sinks.len() - pass.nps.len();
        let first_sink = names.len() - pass.sinks.len();
        let resolve = |target: Target| match target {
            Target::Np(np) => pass.np_index(np).map(|i| first_np + i),
            Target::Sink(buffer) => {
                pass.sinks.iter().position(|s| s.buffer == buffer).map(|i| first_sink + i)
            }
        };
        let mut flows: Vec<Vec<Flow>> = Vec::new();
        let mut producers: Vec<Vec<UnitId>> = vec![Vec::new(); names.len()];
        for (producer, routes) in routes.iter().enumerate() {
            let mut resolved = Vec::new();
            for route in routes {
                let Some(target) = resolve(route.target) else {
                    self.errors.push(Error::NoTarget {
                        pass: self.index,
                        unit: names[producer].clone(),
                        target: format!("{:?}", route.target),
                    });
                    continue;
                };
                producers[target].push(UnitId(producer as u32));
                resolved.push(Flow {
                    target: UnitId(target as u32),
                    rows: route.rows,
                    row_base: route.row_base,
                    channel_base: route.channel_base,
                });
            }
            flows.push(resolved);
        }
        let mut flows = flows.into_iter();
        let hrc = pass.hrc.as_ref().and_then(|record| {
            let plan = HrcPlan::new(record, device, flows.next().unwrap_or_default());
            self.supported(&names[0], plan)
        });
        let sources = pass
            .sources
            .iter()
            .map(|source| {
                let buffer = &self.program.buffers[usize::from(source.buffer.0)];
                let flows = flows.next().unwrap_or_default();
                let fifo = *device.np.fifo_events;
                (source.buffer, SourcePlan { map: buffer.map, flows, fifo, bits: buffer.bits })
            })
            .collect();
        let mut nps = Vec::new();
        for (record, name) in pass.nps.iter().zip(&names[first_np..]) {
            if u32::from(record.np.0) >= device.nps() {
                self.errors.push(Error::NpMissing { pass: self.index, np: record.np.0, nps: device.nps() });
                continue;
            }
            let producers = producers[first_np + nps.len()].clone();
            let plan = NpPlan::new(record, device, flows.next().unwrap_or_default(), producers);
            nps.extend(self.supported(name, plan));
        }
        let sinks = pass
            .sinks
            .iter()
            .zip(&producers[first_sink..])
            .map(|(sink, producers)| SinkPlan { buffer: sink.buffer, producers: producers.clone() })
            .collect();
        let (loads, load_start) = (load::loads(pass, device), load::start(device));
        PassPlan { hrc, sources, nps, sinks, names, output_maps, energies, terminals, loads, load_start }
    }

    fn supported<T>(&mut self, unit: &str, plan: Result<T, Unsupported>) -> Option<T> {
        let what = match plan {
            Ok(plan) => return Some(plan),
            Err(Unsupported::Kernel(width, height)) => format!("kernel {width}x{height} is not square"),
            Err(Unsupported::Untimed { kernel, separable }) => {
                let kind = if separable { "separable" } else { "plain" };
                format!("the device gives no time for {kind} {kernel}x{kernel} kernels")
            }
            Err(Unsupported::Image) => "its memory image does not have the length of its layout".to_owned(),
        };
        self.errors.push(Error::Unsupported { pass: self.index, unit: unit.to_owned(), what });
        None
    }
}

/// Checks a frame against what the program takes.
pub(super) fn check_frame(program: &Program, frame: &Frame, index: usize) -> Result<(), Error> {
    let image = program.passes.first().and_then(|p| p.hrc.as_ref()).map(|h| h.image);
    let events = program.input.map(|b| program.buffers[usize::from(b.0)].map);
    let takes = match (image, events) {
        (Some(m), _) => format!("images of {} x {} x {} pixels", m.width, m.height, m.channels),
        (None, Some(m)) => format!("events of {} x {} x {}", m.width, m.height, m.channels),
        (None, None) => "no input".to_owned(),
    };
    let came = match frame {
        Frame::Image(pixels) if image.is_some_and(|m| m.len() == pixels.len()) => return Ok(()),
        Frame::Events(values) if image.is_none() && events.is_some_and(|m| m.len() == values.len()) => {
            match values.iter().find(|v| !(0..=15).contains(*v)) {
                None => return Ok(()),
                Some(value) => format!("an event of value {value}, which is not within 0..=15"),
            }
        }
        Frame::Image(pixels) => format!("an image of {} bytes", pixels.len()),
        Frame::Events(values) => format!("a map of {} values", values.len()),
    };
    Err(Error::Frame { frame: index, came, takes })
}
