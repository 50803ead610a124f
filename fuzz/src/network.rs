//! Synthetic traffic.

use spikemesh::noc::traffic::{Injection, Pattern, SamplingPlan, TrafficLoad, TrafficOptions, rates, run};
use spikemesh::noc::{Config, EarlyEnd, End, PortOrder};

use crate::errors::show;

/// Clocks of a run.
const MAX_CYCLES: u64 = 600;

/// A line for the pattern, a line of rates, then the lines of a file of targets.
pub fn traffic(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (pattern, list) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let targets = lines.next().unwrap_or_default();
    let config = Config::r3(4, 2, 2, 4, PortOrder::LocalFirst);
    let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
    let read = [Pattern::parse(pattern), Pattern::permutation(targets, "targets.txt", terminals)];
    let list = rates(list).map_err(|error| show([error])).unwrap_or_default();
    for pattern in read {
        let pattern = match pattern {
            Ok(pattern) => pattern,
            Err(error) => {
                show([error]);
                continue;
            }
        };
        let seed = u64::from(crc32fast::hash(data));
        let Some(&rate) = list.get(seed as usize % list.len().max(1)) else { continue };
        let load = TrafficLoad { pattern, injection: Injection::Bernoulli, rate, flits: 1 + seed as u32 % 3 };
        let plan = SamplingPlan { sample_period: 50, warmup_periods: 1, ..SamplingPlan::default() };
        let options = TrafficOptions { max_cycles: Some(MAX_CYCLES), ..TrafficOptions::default() };
        match run(&config, &load, plan, seed, options) {
            Err(error) => show([error]),
            Ok(ended) => match ended.into_parts().1 {
                End::Early(EarlyEnd::Failure(error)) => show([error]),
                End::Early(EarlyEnd::Hang(hang)) => {
                    panic!("traffic over XY routes hangs: {:?}", hang.waiting)
                }
                End::Early(EarlyEnd::Limit(_) | EarlyEnd::Stopped) | End::Finished => {}
            },
        }
    }
}
