//! Arguments for a network without programs, shared by `replay` and `traffic`.

use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs;
use super::preset_settings::set_on_preset;
use super::set::SetArgs;
use crate::noc::{Allocator, ArbiterRule, Config, Multicast, PortOrder, Routing, VcRange, Watchdog};

/// Heading of these arguments in help.
const HEADING: &str = "Network";

/// A network: a preset with its size, or the network of a device, and changes to it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = HEADING)]
#[group(id = "network_args")]
pub struct NetworkArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
    /// A router by name: r3 is the input-queued router of BookSim2 with lookahead routing and stages of one cycle
    #[arg(long, value_enum, default_value_t, conflicts_with = "device", hide_default_value = true)]
    pub network: Preset,
    /// Use the network of a device, by name or .ron file; terminals are its local ports, node by node
    #[arg(short, long)]
    pub device: Option<String>,
    /// Columns and rows of the mesh, such as 5x4
    #[arg(long, value_name = "CxR", value_parser = size, required_unless_present = "device")]
    #[arg(conflicts_with = "device")]
    pub size: Option<(u16, u16)>,
    /// Terminals of each node
    #[arg(long, default_value_t = 1, value_name = "TERMINALS", conflicts_with = "device")]
    pub concentration: u16,
    /// Virtual channels per port
    #[arg(long, default_value_t = 1, conflicts_with = "device")]
    pub vcs: u16,
    /// A traffic class: first channel, number of channels, optionally a routing of its own; repeat for each class
    #[arg(long, value_name = "FIRST+COUNT[:ROUTING]", value_parser = class, conflicts_with = "device")]
    pub class: Vec<(VcRange, Option<RoutingArg>)>,
    /// Buffer size of each virtual channel in flits [default: 4, or the device's]
    #[arg(long)]
    pub depth: Option<u16>,
    /// Order of the ports of a router, which breaks ties [default: local-first, or the device's]
    #[arg(long, value_enum)]
    pub port_order: Option<PortOrderArg>,
    /// Routing algorithm [default: xy, or the device's]
    #[arg(long, value_enum)]
    pub routing: Option<RoutingArg>,
    /// Allocator of virtual channels [default: separable-input-first, or the device's]
    #[arg(long, value_enum, value_name = "ALLOCATOR")]
    pub vc_allocator: Option<AllocatorArg>,
    /// Allocator of the switch [default: separable-input-first, or the device's]
    #[arg(long, value_enum, value_name = "ALLOCATOR")]
    pub sw_allocator: Option<AllocatorArg>,
    /// Rule of all arbiters [default: round-robin, or the device's]
    #[arg(long, value_enum, value_name = "RULE")]
    pub arb_type: Option<ArbiterArg>,
    /// Speculative switch allocation: heads request the switch together with their channel
    #[arg(long)]
    pub speculative: bool,
    /// A packet keeps the switch while its flits are consecutive
    #[arg(long)]
    pub hold_switch_for_packet: bool,
    /// How packets for several targets travel [default: source, or the device's]
    #[arg(long, value_enum)]
    pub multicast: Option<MulticastArg>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub delays: DelayArgs,
}

/// Delays of the stages in cycles; the defaults are those of R3 or of the device.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Delays of the network in cycles [default: those of R3, or the device's]")]
pub struct DelayArgs {
    /// Route computation; 0: lookahead routing
    #[arg(long, value_name = "CYCLES")]
    pub routing_delay: Option<u32>,
    /// VC allocation
    #[arg(long, value_name = "CYCLES")]
    pub vc_alloc_delay: Option<u32>,
    /// Switch allocation
    #[arg(long, value_name = "CYCLES")]
    pub sw_alloc_delay: Option<u32>,
    /// First part of switch traversal
    #[arg(long, value_name = "CYCLES")]
    pub st_prepare_delay: Option<u32>,
    /// Second part of switch traversal
    #[arg(long, value_name = "CYCLES")]
    pub st_final_delay: Option<u32>,
    /// Links between routers
    #[arg(long, value_name = "CYCLES")]
    pub link_delay: Option<u32>,
    /// Processing of a credit in the router that receives it
    #[arg(long, value_name = "CYCLES")]
    pub credit_delay: Option<u32>,
}

/// Options of a simulation of a network.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct NetworkRunArgs {
    /// Overwrite existing files
    #[arg(long)]
    pub force: bool,
    /// Check the conservation of flits, credits and owners after every cycle
    #[arg(long)]
    pub check: bool,
    /// Report a deadlock after this many cycles without a moving flit
    #[arg(long, default_value_t = Watchdog::PATIENCE, value_name = "CYCLES")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..1 << 48))]
    pub watchdog: u64,
    /// End with exit code 8 before a run exceeds this cycle; what is finished is written, marked partial
    #[arg(long, value_name = "CYCLES")]
    pub max_cycles: Option<u64>,
}

impl NetworkRunArgs {
    /// When a run stops because nothing moves any more.
    pub fn watchdog(&self) -> Watchdog {
        Watchdog::new(self.watchdog)
    }
}

/// Routers by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Preset {
    /// Lookahead routing, then VC allocation, switch allocation, switch traversal and link of one cycle each
    #[default]
    R3,
}

/// Order of ports, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PortOrderArg {
    /// Local, -Y, -X, +X, +Y
    LocalFirst,
    /// +X, -X, +Y, -Y, local
    LocalLast,
}

/// Routing, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RoutingArg {
    /// First in x, then in y
    Xy,
    /// First in y, then in x
    Yx,
    /// Half of the packets xy, half yx, on half of the channels each
    O1turn,
}

/// An allocator, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AllocatorArg {
    /// Inputs first, then outputs
    #[value(alias = "separable_input_first")]
    SeparableInputFirst,
    /// Outputs first, then inputs
    #[value(alias = "separable_output_first")]
    SeparableOutputFirst,
}

/// How packets for several targets travel, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MulticastArg {
    /// The source sends a packet to each target
    Source,
    /// Routers fork the packet where the ways part
    Tree,
}

/// Rule of arbiters, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ArbiterArg {
    /// The first request after the last grant
    #[value(alias = "round_robin")]
    RoundRobin,
    /// The request with the lowest index, always
    Prio,
}

impl NetworkArgs {
    /// The network.
    ///
    /// # Errors
    /// Every reason why it cannot be built.
    pub fn config(&self) -> Result<Config, VerbError> {
        let mut config = match (&self.device, self.size) {
            (Some(device), _) => inputs::device(device, &self.set.set)?.network_config(),
            (None, Some((columns, rows))) => set_on_preset(self.preset(columns, rows), &self.set.set)?,
            (None, None) => {
                let message = "--size is missing".to_owned();
                return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
            }
        };
        self.change(&mut config);
        let errors = config.check();
        if errors.is_empty() { Ok(config) } else { Err(VerbError::all(Exit::Error, errors)) }
    }

    /// Clocks in a second, of a device.
    ///
    /// # Errors
    /// As [`NetworkArgs::config`].
    pub fn clock_hz(&self) -> Result<Option<u64>, VerbError> {
        let device = self.device.as_ref().map(|device| inputs::device(device, &self.set.set)).transpose()?;
        Ok(device.map(|device| *device.clock_hz))
    }

    /// The preset in its size.
    fn preset(&self, columns: u16, rows: u16) -> Config {
        let mut config = Config::r3(columns, rows, self.vcs, 4, PortOrder::LocalFirst);
        config.locals.fill(self.concentration);
        if !self.class.is_empty() {
            config.classes = self.class.iter().map(|&(vcs, _)| vcs).collect();
        }
        config
    }

    /// Applies the changes to a preset or to the network of a device.
    fn change(&self, config: &mut Config) {
        fn set<T, U: From<T>>(value: Option<T>, place: &mut U) {
            if let Some(value) = value {
                *place = value.into();
            }
        }
        set(self.depth, &mut config.depth);
        set(self.port_order, &mut config.port_order);
        set(self.routing, &mut config.routing);
        set(self.vc_allocator, &mut config.vc_allocator);
        set(self.sw_allocator, &mut config.sw_allocator);
        set(self.arb_type, &mut config.arbiter);
        set(self.multicast, &mut config.multicast);
        config.speculative |= self.speculative;
        config.hold_switch |= self.hold_switch_for_packet;
        if self.class.iter().any(|(_, way)| way.is_some()) {
            let routing = |way: Option<RoutingArg>| way.map_or(config.routing, Routing::from);
            config.class_routing = self.class.iter().map(|&(_, way)| routing(way)).collect();
        }
        let (given, delays) = (&self.delays, &mut config.delays);
        set(given.routing_delay, &mut delays.routing);
        set(given.vc_alloc_delay, &mut delays.vc_alloc);
        set(given.sw_alloc_delay, &mut delays.sw_alloc);
        set(given.st_prepare_delay, &mut delays.st_prepare);
        set(given.st_final_delay, &mut delays.st_final);
        set(given.link_delay, &mut delays.link);
        set(given.credit_delay, &mut delays.credit);
    }
}

impl From<PortOrderArg> for PortOrder {
    fn from(order: PortOrderArg) -> PortOrder {
        match order {
            PortOrderArg::LocalFirst => PortOrder::LocalFirst,
            PortOrderArg::LocalLast => PortOrder::LocalLast,
        }
    }
}

impl From<MulticastArg> for Multicast {
    fn from(multicast: MulticastArg) -> Multicast {
        match multicast {
            MulticastArg::Source => Multicast::Source,
            MulticastArg::Tree => Multicast::Tree,
        }
    }
}

impl From<RoutingArg> for Routing {
    fn from(way: RoutingArg) -> Routing {
        match way {
            RoutingArg::Xy => Routing::Xy,
            RoutingArg::Yx => Routing::Yx,
            RoutingArg::O1turn => Routing::O1Turn,
        }
    }
}

impl From<AllocatorArg> for Allocator {
    fn from(matching: AllocatorArg) -> Allocator {
        match matching {
            AllocatorArg::SeparableInputFirst => Allocator::SeparableInputFirst,
            AllocatorArg::SeparableOutputFirst => Allocator::SeparableOutputFirst,
        }
    }
}

impl From<ArbiterArg> for ArbiterRule {
    fn from(rule: ArbiterArg) -> ArbiterRule {
        match rule {
            ArbiterArg::RoundRobin => ArbiterRule::RoundRobin,
            ArbiterArg::Prio => ArbiterRule::Fixed,
        }
    }
}

pub(super) fn size(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x').map(|(columns, rows)| (columns.parse(), rows.parse()));
    match sides {
        Some((Ok(columns), Ok(rows))) => Ok((columns, rows)),
        _ => Err("give columns and rows, such as 5x4".to_owned()),
    }
}

fn class(text: &str) -> Result<(VcRange, Option<RoutingArg>), String> {
    let (range, way) = text.split_once(':').map_or((text, None), |(range, way)| (range, Some(way)));
    let range = range.split_once('+').map(|(first, count)| (first.parse(), count.parse()));
    let way = way.map(|way| <RoutingArg as clap::ValueEnum>::from_str(way, false)).transpose();
    match (range, way) {
        (Some((Ok(first), Ok(count))), Ok(way)) => Ok((VcRange { first, count }, way)),
        _ => Err("give the first channel and the number of channels, such as 2+2 or 2+2:yx".to_owned()),
    }
}
