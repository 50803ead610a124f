//! Loading: records become units with names, terminals and resolved routes.

use std::sync::Arc;

use spikemesh_isa::verify;
use spikemesh_isa::{BufferId, Operation, OutputMapId, Pass, Program, Route, Target};

use super::capacity;
use super::error::Error;
use super::load::{self, WeightLoad};
use crate::reason::{BlameTable, Reason};
use crate::unit::dma::SourcePlan;
use crate::unit::hrc::HrcPlan;
use crate::unit::np::{NpPlan, Unsupported};
use crate::unit::outbox::{Flow, Receiver};
use crate::unit::packets::{NO_TREE, Trees};
use crate::unit::traffic::{Traffic, Way};
use crate::unit::{StepScale, UnitId};
use spikemesh_device::network::{RouteClasses, Topology, TrafficClass};
use spikemesh_device::{Clocks, Device, Floorplan, Scale, Unit, UnitEnergy, Work};
use spikemesh_noc::{Network, TerminalId};

/// A buffer that is collected.
#[derive(Clone, Debug)]
pub(crate) struct SinkPlan {
    /// The buffer.
    pub buffer: BufferId,
    /// The producing unit of every route that ends here.
    pub producers: Vec<UnitId>,
}

/// A pass, ready to run.
#[derive(Clone, Debug)]
pub struct PassPlan {
    /// The input unit.
    pub(crate) hrc: Option<HrcPlan>,
    /// Buffers to inject.
    pub(crate) sources: Vec<(BufferId, SourcePlan)>,
    /// Neural processors.
    pub(crate) nps: Vec<NpPlan>,
    /// The receivers of each tree.
    pub(crate) trees: Trees,
    /// Buffers to collect.
    pub(crate) sinks: Vec<SinkPlan>,
    /// Name of every unit.
    pub names: Vec<String>,
    /// The output map of every unit that produces one.
    pub output_maps: Vec<Option<OutputMapId>>,
    /// What every unit's actions cost.
    pub energies: Vec<UnitEnergy>,
    /// What the network does for the tokens that every unit sends for a frame.
    pub(crate) tokens: Vec<Traffic>,
    /// Terminal of every unit.
    pub terminals: Vec<TerminalId>,
    /// Weights that are loaded before it, by output map.
    pub loads: Vec<WeightLoad>,
    /// Whom units can wait for.
    pub(crate) blames: Arc<BlameTable>,
    /// What loading it inside a frame takes in addition to the time of its bytes.
    pub load_start: Clocks,
}

impl PassPlan {
    /// True if the input unit takes part; it is the first unit then.
    pub fn has_input_unit(&self) -> bool {
        self.hrc.is_some()
    }

    /// Producer and consumer of every route, each pair once.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (UnitId, UnitId)> + '_ {
        (0..self.names.len() as u32).map(UnitId).flat_map(|unit| {
            let waits = self.blames.places(unit).map(|place| self.blames.entry(place));
            waits
                .filter(|(reason, _)| *reason == Reason::WaitInput)
                .map(move |(_, producer)| (producer, unit))
        })
    }

    /// The multiple of its clocks that the steps of a neural processor take; none of other units.
    pub fn clock_scale(&self, UnitId(unit): UnitId) -> Option<Scale> {
        self.step_scales().nth(unit as usize).flatten().map(|scale| scale.all)
    }

    /// Of every unit the multiple that its steps take; none if it has no clock of its own.
    pub(crate) fn step_scales(&self) -> impl Iterator<Item = Option<StepScale>> {
        let others = self.names.len() - self.nps.len() - self.sinks.len();
        let nps = self.nps.iter().map(|np| Some(np.scale));
        std::iter::repeat_n(None, others).chain(nps).chain(std::iter::repeat_n(None, self.sinks.len()))
    }

    /// Of every unit the events that its FIFO holds; 0 of sinks.
    pub(crate) fn fifos(&self) -> impl Iterator<Item = u32> {
        let inputs = self.hrc.iter().map(|hrc| hrc.fifo);
        let inputs = inputs.chain(self.sources.iter().map(|(_, source)| source.fifo));
        inputs.chain(self.nps.iter().map(|np| np.fifo)).chain(std::iter::repeat_n(0, self.sinks.len()))
    }

    /// Of every unit the frames that it takes in before it has ended one: its input maps, 1 of others.
    pub(crate) fn input_maps(&self) -> impl Iterator<Item = u8> {
        let others = self.names.len() - self.nps.len() - self.sinks.len();
        let nps = self.nps.iter().map(|np| np.input_maps);
        std::iter::repeat_n(1, others).chain(nps).chain(std::iter::repeat_n(1, self.sinks.len()))
    }

    /// Units that collect buffers: the last of its units.
    pub fn sinks(&self) -> usize {
        self.sinks.len()
    }

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
    capacity::made_for(program, device, &mut errors);
    if !program.weights_set {
        errors.push(Error::NoWeights);
    }
    capacity::held(program, device, &mut errors);
    capacity::forked(program, device, &mut errors);
    // What no device can hold is not prepared either.
    if !errors.is_empty() {
        return Err(errors);
    }
    let network = device.network_config();
    if let Err(error) = Network::new(&network) {
        return Err(vec![Error::Network(error.to_string())]);
    }
    let (topology, classes) = (Topology::new(&network), RouteClasses::new(&network));
    let mut passes = Vec::new();
    for (index, pass) in program.passes.iter().enumerate() {
        let mut builder = Builder {
            program,
            device,
            floorplan: device.floorplan(),
            topology: &topology,
            classes: &classes,
            pass,
            index,
            errors: &mut errors,
        };
        passes.push(builder.pass());
    }
    if errors.is_empty() { Ok(passes) } else { Err(errors) }
}

struct Builder<'a> {
    program: &'a Program,
    device: &'a Device,
    floorplan: Floorplan,
    topology: &'a Topology,
    classes: &'a RouteClasses,
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
            pass.hrc.iter().map(|hrc| energy.unit(Some(Work::Input), hrc.x.size)).collect();
        energies.extend(pass.sources.iter().map(|_| energy.unit(None, 1)));
        energies.extend(pass.nps.iter().map(|np| match &np.operation {
            Operation::Convolution(c) if c.separable => energy.unit(Some(Work::Separable), c.x.size),
            Operation::Convolution(c) => energy.unit(Some(Work::Convolution), c.x.size),
            Operation::FullyConnected(fc) if fc.external => energy.unit(Some(Work::External), 1),
            Operation::FullyConnected(_) => energy.unit(Some(Work::OnChip), 1),
        }));
        energies.extend(pass.sinks.iter().map(|_| energy.unit(None, 1)));
        let first_np = names.len() - pass.sinks.len() - pass.nps.len();
        let first_sink = names.len() - pass.sinks.len();
        let resolve = |target: Target| match target {
            Target::Np(np) => pass.np_index(np).map(|i| first_np + i),
            Target::Sink(buffer) => {
                pass.sinks.iter().position(|s| s.buffer == buffer).map(|i| first_sink + i)
            }
        };
        let input_maps = *device.np.input_maps as u8;
        let way = |class: TrafficClass, source: UnitId, targets: &[UnitId]| {
            let at = |unit: &UnitId| terminals[unit.0 as usize];
            let targets: Vec<TerminalId> = targets.iter().map(at).collect();
            Way::new(self.topology, &self.classes.of(class as u8)[0], at(&source), &targets)
        };
        let mut flows: Vec<Vec<Flow>> = Vec::new();
        let (mut trees, mut targets): (Vec<Vec<UnitId>>, Vec<Vec<UnitId>>) = (Vec::new(), Vec::new());
        let mut producers: Vec<Vec<UnitId>> = vec![Vec::new(); names.len()];
        for (producer, routes) in routes.iter().enumerate() {
            let (mut resolved, mut all) = (Vec::new(), Vec::new());
            for tree in spikemesh_isa::trees(routes) {
                let (mut receivers, mut units) = (Vec::new(), Vec::new());
                for route in tree {
                    let Some(target) = resolve(route.target) else {
                        self.errors.push(Error::NoTarget {
                            pass: self.index,
                            unit: names[producer].clone(),
                            target: format!("{:?}", route.target),
                        });
                        continue;
                    };
                    producers[target].push(UnitId(producer as u32));
                    let input_maps = if matches!(route.target, Target::Np(_)) { input_maps } else { 1 };
                    receivers.push(Receiver { unit: UnitId(target as u32), input_maps });
                    units.push(UnitId(target as u32));
                }
                all.extend_from_slice(&units);
                let (Some(&target), Some(route)) = (units.first(), tree.first()) else { continue };
                resolved.push(Flow {
                    target,
                    tree: if units.len() > 1 { trees.len() as u32 } else { NO_TREE },
                    receivers,
                    way: way(TrafficClass::Data, UnitId(producer as u32), &units),
                    rows: route.rows,
                    row_base: route.row_base,
                    channel_base: route.channel_base,
                });
                if units.len() > 1 {
                    trees.push(units);
                }
            }
            flows.push(resolved);
            targets.push(all);
        }
        let tokens = (0..).zip(&producers).map(|(unit, producers)| {
            let mut tokens = Traffic::default();
            for &producer in producers {
                tokens += Traffic::of(way(TrafficClass::Token, UnitId(unit), &[producer]), 1, 1);
            }
            tokens
        });
        let tokens = tokens.collect();
        let blames = Arc::new(BlameTable::new(&producers, &targets, &terminals));
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
        PassPlan {
            hrc,
            sources,
            nps,
            trees: trees.into(),
            sinks,
            names,
            output_maps,
            energies,
            tokens,
            terminals,
            loads,
            load_start,
            blames,
        }
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
