//! Settings on a network that belongs to no device: constants of the network, and delays of single links.

use super::error::{CliError, VerbError};
use super::exit::Exit;
use crate::device::{Device, Setting};
use crate::noc::Config;

/// The network with constants set.
///
/// # Errors
/// Unknown paths, values out of range, and constants that a network without a device does not have.
pub(super) fn set_on_preset(mut config: Config, settings: &[Setting]) -> Result<Config, VerbError> {
    if settings.is_empty() {
        return Ok(config);
    }
    let failed = |errors| VerbError::all(Exit::Error, errors);
    // Paths, values and parts are judged by a device of this size.
    let mut carrier = Device::load("akd1000").map_err(failed)?;
    carrier.name = "the network".to_owned();
    (carrier.columns.0, carrier.rows.0) = (config.columns.min(64), config.rows.min(64));
    let carrier = carrier.with(settings).map_err(failed)?;
    let network = carrier.network_config();
    for Setting { path, .. } in carrier.in_force(settings) {
        match path.as_str() {
            "network.vc_buf_size" => config.depth = network.depth,
            "network.routing" => config.routing = network.routing,
            "network.port_order" => config.port_order = network.port_order,
            "network.vc_allocator" => config.vc_allocator = network.vc_allocator,
            "network.sw_allocator" => config.sw_allocator = network.sw_allocator,
            "network.arb_type" => config.arbiter = network.arbiter,
            "network.speculative" => config.speculative = network.speculative,
            "network.hold_switch_for_packet" => config.hold_switch = network.hold_switch,
            "network.multicast" => config.multicast = network.multicast,
            "network.routing_delay" => config.delays.routing = network.delays.routing,
            "network.vc_alloc_delay" => config.delays.vc_alloc = network.delays.vc_alloc,
            "network.sw_alloc_delay" => config.delays.sw_alloc = network.delays.sw_alloc,
            "network.st_prepare_delay" => config.delays.st_prepare = network.delays.st_prepare,
            "network.st_final_delay" => config.delays.st_final = network.delays.st_final,
            "network.link_delay" => config.delays.link = network.delays.link,
            "network.credit_delay" => config.delays.credit = network.delays.credit,
            path if path.starts_with("overrides.") && path.ends_with(".delay") => {}
            path => {
                let message = format!(
                    "`--set {path}` has no effect: without a device there are only constants of the network and delays of links; \
                     classes are given by `--vcs` and `--class`"
                );
                return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
            }
        }
    }
    config.link_delays = network.link_delays;
    Ok(config)
}
