//! The arguments that say what network is meant, common to the verbs that need no program.

use super::{Failure, failure, load};
use crate::cli::Exit;
use crate::mesh::network::{Config, PortOrder};

/// Heading of these arguments in help.
const HEADING: &str = "Network";

/// What network is meant: a preset with its sizes, or a device's.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = HEADING)]
#[group(id = "network_args")]
pub struct Args {
    /// A router by name: r3 is BookSim2's input-queued router with lookahead routing and stages of one cycle
    #[arg(long, value_enum, default_value_t, conflicts_with = "device", hide_default_value = true)]
    pub network: Preset,
    /// Columns and rows of the mesh, such as 5x4
    #[arg(long, value_name = "CxR", value_parser = size, required_unless_present = "device")]
    #[arg(conflicts_with = "device")]
    pub size: Option<(u16, u16)>,
    /// Virtual channels per port
    #[arg(long, default_value_t = 1, conflicts_with = "device")]
    pub vcs: u16,
    /// Flits that each virtual channel buffers
    #[arg(long, default_value_t = 4, conflicts_with = "device")]
    pub depth: u16,
    /// Order of a router's ports, which decides ties
    #[arg(long, value_enum, default_value_t, conflicts_with = "device")]
    pub port_order: Order,
    /// The network of a device instead, by name or .ron file; terminals are its local ports, node by node
    #[arg(short, long)]
    pub device: Option<String>,
}

/// Routers by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Preset {
    /// Lookahead routing, then VC allocation, switch allocation, switch traversal and link of one cycle each
    #[default]
    R3,
}

/// Order of ports, as on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// Local, -Y, -X, +X, +Y
    #[default]
    LocalFirst,
    /// +X, -X, +Y, -Y, local
    LocalLast,
}

impl Args {
    /// The network.
    ///
    /// # Errors
    /// Every reason why it cannot be built.
    pub fn config(&self) -> Result<Config, Failure> {
        let config = match (&self.device, self.size) {
            (Some(device), _) => load::device(device)?.network_config(),
            (None, Some((columns, rows))) => {
                let order = match self.port_order {
                    Order::LocalFirst => PortOrder::LocalFirst,
                    Order::LocalLast => PortOrder::LocalLast,
                };
                Config::r3(columns, rows, self.vcs, self.depth, order)
            }
            (None, None) => {
                let message = "--size is missing".to_owned();
                return Err(Failure::one(Exit::Usage, failure::Error::Usage { message }));
            }
        };
        let errors = config.check();
        if errors.is_empty() { Ok(config) } else { Err(Failure::all(Exit::Error, errors)) }
    }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x').map(|(columns, rows)| (columns.parse(), rows.parse()));
    match sides {
        Some((Ok(columns), Ok(rows))) => Ok((columns, rows)),
        _ => Err("columns, x, rows: two whole numbers such as 5x4".to_owned()),
    }
}
