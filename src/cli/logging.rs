//! What `-v` tells: logs on standard error.

use tracing_subscriber::EnvFilter;

use super::console::Console;
use crate::compiler::{Compilation, MappingReport, PlacerTry, StageTime};
use crate::mesh::Reason;
use crate::run::Stats;

/// Logs go to standard error: steps with `-v`, what each step finds with `-vv`, everything with `-vvv`, or what the filter in `SPIKEMESH_LOG`
/// names.
pub(super) fn start(verbose: u8, console: &Console) {
    let level = match verbose {
        0 => "off",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    // The name of every crate begins like this.
    let default = if verbose == 0 { level.to_owned() } else { format!("spikemesh={level}") };
    let filter = EnvFilter::try_from_env("SPIKEMESH_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    // A second call in one process keeps the first subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console.color())
        .without_time()
        .try_init();
}

/// A mapping as a step, with the stages of the compiler, the placements that were tried, and its layers.
pub(super) fn mapped(compiled: &Compilation) {
    let report = &compiled.report;
    for StageTime { stage, host_seconds, host_peak_bytes } in &compiled.stages.0 {
        let (seconds, peak_bytes) = (host_seconds, host_peak_bytes.unwrap_or(0));
        tracing::info!(stage, seconds, peak_bytes, "compiler stage");
    }
    for tried in &report.placement.tries {
        let PlacerTry { placer, event_hops, flit_hops, busiest_link_flits, moves_tried, moves_taken, clocks } =
            tried;
        tracing::info!(
            placer,
            event_hops,
            flit_hops,
            busiest_link_flits,
            moves_tried,
            moves_taken,
            clocks,
            "placement tried"
        );
    }
    let MappingReport { model, device, total_nps, passes, layers, .. } = report;
    tracing::info!(model, device, nps = total_nps, passes, "model mapped");
    for layer in layers {
        tracing::debug!(
            layer = layer.name,
            pass = layer.pass,
            nps = layer.nps,
            bytes_of_fullest = layer.total_bytes,
            "layer mapped"
        );
    }
}

/// Where the clocks of each layer's units went.
pub(super) fn reasons(stats: &Stats) {
    for layer in &stats.layers {
        let of = |reason| layer.reasons.of(reason);
        tracing::info!(
            layer = layer.name,
            units = layer.units,
            compute = of(Reason::Compute),
            wait_input = of(Reason::WaitInput),
            wait_map = of(Reason::WaitMap),
            wait_fifo = of(Reason::WaitFifo),
            drain = of(Reason::Drain),
            load = of(Reason::Load),
            "clocks of its units"
        );
    }
}
