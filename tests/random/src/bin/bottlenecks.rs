//! `cargo xtask bottlenecks`: random networks with one seeded fault each.

use std::collections::BTreeMap;
use std::process::ExitCode;

use rayon::prelude::*;
use spikemesh_random::bottleneck::{Bottleneck, Kind};

const USAGE: &str = "usage: bottlenecks [--count N] [--seed S] [--least PERCENT]
  --count N   networks (default 100); from 100 on the verdict counts
  --seed S    seed of the first one; the others follow (default 0)
  --least P   a fault that makes the makespan less than P percent longer is drawn again (default: 25 of links and FIFOs, 100 of others)

Networks, devices and faults are random. Seeds take the kinds of faults in turn: a link with a delay of 8 to 16; an NP with 3, 4, 6 or 8 times the clocks; FIFOs of
16 to 32 events, of one NP or of all; loads that take 10, 30 or 100 times as long; steps of a kind that take 5, 10 or 20 times as long. Where links and FIFOs are
seeded, steps take 0.02 to 0.1 of their clocks, as events are nothing beside them otherwise. What counts too little is drawn again: the last column says how often.";

/// From so many networks on their shares are the verdict.
const VERDICT_FROM: usize = 100;
/// Percent of the networks in which the fault is named first.
const FOUND: usize = 95;
/// Percent of the networks whose makespan, and whose gain, is predicted well enough.
const PREDICTED: usize = 90;
/// A makespan may be off by so much of it, a gain by so much of it if it is at least that much of the makespan.
const MAKESPAN_ERROR: f64 = 0.02;
const GAIN_ERROR: f64 = 0.1;
const LEAST_GAIN: f64 = 0.05;

fn main() -> ExitCode {
    let Some((count, seed, least)) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let drawn: Vec<(u64, Result<Bottleneck, String>)> = (seed..seed + count)
        .into_par_iter()
        .map(|seed| (seed, Bottleneck::new(seed, least.map(|least| least / 100.0))))
        .collect();
    if report(&drawn) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<(u64, u64, Option<f64>)> {
    let (mut count, mut seed, mut least) = (100, 0, None);
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--count" => count = value.parse().ok().filter(|&count| count > 0)?,
            "--seed" => seed = value.parse().ok()?,
            "--least" => least = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some((count, seed, least))
}

/// Prints everything; true if the shares are as they must be.
fn report(drawn: &[(u64, Result<Bottleneck, String>)]) -> bool {
    let mut broken = 0;
    let mut of_kind: BTreeMap<Kind, Vec<&Bottleneck>> = BTreeMap::new();
    for (seed, bottleneck) in drawn {
        match bottleneck {
            Ok(bottleneck) => {
                of_kind.entry(bottleneck.kind).or_default().push(bottleneck);
                miss(*seed, bottleneck);
            }
            Err(what) => {
                broken += 1;
                println!("seed {seed}: {what}");
            }
        }
    }
    println!(
        "fault    networks  named first  makespan  gain        units    passes  longer by      drawn again"
    );
    let (mut found, mut predicted, mut gains) = (Share::default(), Share::default(), Share::default());
    for (kind, networks) in &of_kind {
        let row = |of: &dyn Fn(&Bottleneck) -> Option<bool>| {
            let mut share = Share::default();
            networks.iter().filter_map(|network| of(network)).for_each(|yes| share.add(yes));
            share
        };
        let rows = [
            row(&|network| Some(network.is_found)),
            row(&|network| Some(network.is_predicted(MAKESPAN_ERROR))),
            row(&|network| network.is_gain_predicted(GAIN_ERROR, LEAST_GAIN)),
        ];
        let range = |of: &dyn Fn(&Bottleneck) -> f64| {
            let values = networks.iter().map(|network| of(network));
            let (least, most) =
                values.fold((f64::MAX, 0.0f64), |(least, most), value| (least.min(value), most.max(value)));
            format!("{least:.0}..{most:.0}")
        };
        println!(
            "{:<8} {:>8}  {:>11}  {:>8}  {:>8}  {:>7}  {:>8}  {:>11} %  {:>11}",
            format!("{kind:?}"),
            networks.len(),
            rows[0].to_string(),
            rows[1].to_string(),
            rows[2].to_string(),
            range(&|network| network.units as f64),
            range(&|network| network.passes as f64),
            range(&|network| {
                let [with, without] = network.makespans;
                100.0 * (with as f64 / without as f64 - 1.0)
            }),
            networks.iter().map(|network| network.drawn_again).sum::<u64>()
        );
        [&mut found, &mut predicted, &mut gains].into_iter().zip(rows).for_each(|(sum, row)| sum.merge(row));
    }
    println!(
        "of random networks in which one seeded fault counts; those in which it does not were drawn again"
    );
    println!("the fault is the first cause: {found}");
    println!("makespan without the first cause within {:.0} %: {predicted}", 100.0 * MAKESPAN_ERROR);
    println!(
        "gain within {:.0} % of itself, where it is more than {:.0} % of the makespan: {gains}",
        100.0 * GAIN_ERROR,
        100.0 * LEAST_GAIN
    );
    let enough = found.at_least(FOUND) && predicted.at_least(PREDICTED) && gains.at_least(PREDICTED);
    broken == 0 && (enough || drawn.len() < VERDICT_FROM)
}

/// What is not as it should be in a network.
fn miss(seed: u64, network: &Bottleneck) {
    let gain = network.is_gain_predicted(GAIN_ERROR, LEAST_GAIN) != Some(false);
    if network.is_found && network.is_predicted(MAKESPAN_ERROR) && gain {
        return;
    }
    let [with, without] = network.makespans;
    let settings: Vec<&str> = network.settings.iter().take(2).map(String::as_str).collect();
    println!("seed {seed}: {}, {without} clocks without, {with} with it", settings.join(" "));
    for row in network.causes.iter().take(3) {
        let place = row.unit.as_ref().or(row.layer.as_ref()).map_or("", String::as_str);
        let simulated = row.simulated.map_or("not ended".to_owned(), |times| times.makespan.to_string());
        let (cause, step) = (row.cause, row.step.unwrap_or(""));
        let predicted = row.predicted.map_or(0, |times| times.makespan);
        println!("  {cause} {step} {place}: {predicted} predicted, {simulated} run again");
    }
}

/// How many of some.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    yes: usize,
    all: usize,
}

impl Share {
    fn add(&mut self, yes: bool) {
        self.yes += usize::from(yes);
        self.all += 1;
    }

    fn merge(&mut self, other: Share) {
        self.yes += other.yes;
        self.all += other.all;
    }

    fn at_least(self, percent: usize) -> bool {
        100 * self.yes >= percent * self.all
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{} of {}", self.yes, self.all))
    }
}
