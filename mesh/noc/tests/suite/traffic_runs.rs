//! Synthetic runs: closed forms, samples, link loads, and what repeats.

use spikemesh_device::network::Error as ConfigError;
use spikemesh_noc::traffic::{
    Injection, LoadPoint, Measurement, Pattern, SEEDS, SamplingPlan, TrafficError, TrafficLoad,
    TrafficOptions, run,
};
use spikemesh_noc::{
    self, ArbiterRule, Config, CycleLimit, EarlyEnd, End, Network, NoProbe, PacketRequest, PortOrder,
    Routing, Stop, TerminalId, VcRange, Watchdog,
};

const OPTIONS: TrafficOptions =
    TrafficOptions { check: true, watchdog: Watchdog::new(1000), max_cycles: None, stop: Stop::NEVER };
const PLAN: SamplingPlan =
    SamplingPlan { sample_period: 500, warmup_periods: 1, max_samples: 7, latency_thres: 300.0 };

fn load(pattern: &str, rate: f64, flits: u32) -> TrafficLoad {
    TrafficLoad { pattern: Pattern::parse(pattern).unwrap(), injection: Injection::Bernoulli, rate, flits }
}

fn mesh(columns: u16, rows: u16, vcs: u16, depth: u16) -> Config {
    Config::r3(columns, rows, vcs, depth, PortOrder::LocalFirst)
}

fn measure(config: &Config, load: &TrafficLoad) -> Measurement {
    run(config, load, PLAN, 5, OPTIONS).unwrap().into_finished().unwrap()
}

#[test]
fn a_quiet_network_has_the_latency_of_the_closed_form() {
    // Two terminals send over two hops, 4 * 2 + 6 and three more flits; the one between them sends to itself.
    let measured = measure(&mesh(3, 1, 1, 8), &load("bitcomp", 0.02, 4));
    let at = |percent| measured.latencies.percentile(percent).unwrap();
    assert!(measured.stable && (at(0), at(50)) == (9, 17), "{measured:?}");
}

#[test]
fn one_channel_saturates_at_the_loop_of_its_credits() {
    // Single-flit packets alternate with the release of their only channel.
    let single = measure(&mesh(2, 2, 1, 4), &load("neighbor", 1.0, 1));
    assert!((single.accepted - 0.5).abs() < 0.001, "{}", single.accepted);
    assert!(!single.stable);
    // Four flits in 7 cycles at depth 4, in 5 at depth 8.
    let shallow = measure(&mesh(2, 2, 1, 4), &load("neighbor", 1.0, 4)).accepted;
    let deep = measure(&mesh(2, 2, 1, 8), &load("neighbor", 1.0, 4)).accepted;
    assert!((shallow - 0.571).abs() < 0.002 && (deep - 0.8).abs() < 0.002, "{shallow} {deep}");
}

#[test]
fn a_hotspot_is_bound_by_ejecting_one_flit_per_cycle() {
    let config = mesh(5, 4, 4, 4);
    let measured = measure(&config, &load("hotspot:0", 0.5, 1));
    assert!((measured.accepted - 1.0 / 20.0).abs() < 1e-3, "{}", measured.accepted);
    let network = Network::new(&config).unwrap();
    let busiest = network.links().iter().zip(&measured.links).max_by_key(|&(_, link)| link.flits).unwrap();
    assert_eq!(busiest.0.name, "n0_0.eject0");
    assert!((busiest.1.flits as f64 / measured.window as f64 - 1.0).abs() < 0.01);
}

#[test]
fn the_same_seed_repeats_and_another_does_not() {
    let (config, load) = (mesh(4, 4, 2, 4), load("uniform", 0.3, 2));
    let first = run(&config, &load, PLAN, 1, OPTIONS).unwrap().into_finished().unwrap();
    assert_eq!(first, run(&config, &load, PLAN, 1, OPTIONS).unwrap().into_finished().unwrap());
    assert_eq!(first, run(&config, &load, PLAN, 1 + SEEDS, OPTIONS).unwrap().into_finished().unwrap());
    assert_ne!(
        first.latencies,
        run(&config, &load, PLAN, 2, OPTIONS).unwrap().into_finished().unwrap().latencies
    );
    // Nothing is lost: what was created in the window was measured.
    let expected = 0.15 * 16.0 * first.window as f64;
    assert!(((first.latencies.packets() as f64 / expected) - 1.0).abs() < 0.05);
    assert!(first.stable && (first.accepted - 0.3).abs() < 0.02);
}

#[test]
fn samples_end_when_means_stay_and_with_their_number() {
    let (config, quiet) = (mesh(4, 4, 2, 4), load("uniform", 0.3, 1));
    let window = |plan| run(&config, &quiet, plan, 1, OPTIONS).unwrap().into_finished().unwrap().window;
    let plan = SamplingPlan { sample_period: 3000, ..PLAN };
    assert_eq!(window(plan), 3 * 3000);
    assert_eq!(window(SamplingPlan { max_samples: 3, ..plan }), 2 * 3000);
    // A few packets of a short sample scatter by more than 5 %.
    assert!(window(SamplingPlan { sample_period: 40, max_samples: 40, ..plan }) > 3 * 40);
    // Without a length the warm-up takes two samples at least.
    assert_eq!(window(SamplingPlan { warmup_periods: 0, ..plan }), 3 * 3000);
}

#[test]
fn saturation_is_what_the_threshold_makes_it() {
    let config = mesh(4, 4, 1, 4);
    let full = load("uniform", 0.9, 1);
    let saturated = run(&config, &full, PLAN, 1, OPTIONS).unwrap().into_finished().unwrap();
    assert!(!saturated.stable);
    // Without a threshold the drain lasts until every measured packet has been created and has arrived.
    let patient = run(&config, &full, SamplingPlan { latency_thres: 0.0, ..PLAN }, 1, OPTIONS)
        .unwrap()
        .into_finished()
        .unwrap();
    assert!(patient.stable && patient.latencies.mean().unwrap() > PLAN.latency_thres, "{patient:?}");
    assert!((patient.accepted / saturated.accepted - 1.0).abs() < 0.1);
}

/// With arbiters of fixed priority the flow from further away gets nothing of a link that the nearer one fills.
#[test]
fn a_starved_flow_without_a_threshold_ends_by_the_limit_of_cycles() {
    let mut config = mesh(3, 1, 2, 4);
    config.arbiter = ArbiterRule::Fixed;
    let load = load("hotspot:2", 1.0, 1);
    let plan = SamplingPlan { latency_thres: 0.0, ..PLAN };
    let options = TrafficOptions { max_cycles: Some(20_000), ..OPTIONS };
    let (partial, end) = run(&config, &load, plan, 1, options).unwrap().into_parts();
    assert!(matches!(end, End::Early(EarlyEnd::Limit(CycleLimit { limit: 20_000 }))), "{end:?}");
    // The samples had ended: their window is there, and no verdict.
    assert!(partial.window > 0 && !partial.stable, "{partial:?}");
    // Before the first sample ends there is no window.
    let options = TrafficOptions { max_cycles: Some(20), ..OPTIONS };
    let (partial, end) = run(&config, &load, plan, 1, options).unwrap().into_parts();
    assert!(!end.is_finished() && partial.window == 0);
}

#[test]
fn figures_over_nothing_are_none_and_throughput_is_judged_beside_latency() {
    let config = mesh(4, 4, 1, 4);
    // A run that measures nothing.
    let quiet = SamplingPlan { sample_period: 1, warmup_periods: 1, max_samples: 2, latency_thres: 300.0 };
    let nothing =
        run(&config, &load("uniform", 1e-6, 1), quiet, 1, OPTIONS).unwrap().into_finished().unwrap();
    let point = LoadPoint::of(1e-6, &[nothing]);
    assert_eq!((point.stable, point.accepted, point.throughput_kept, point.mean), (true, None, None, None));
    // Without a threshold BookSim2 calls it stable, though half of the load is accepted.
    let patient = SamplingPlan { latency_thres: 0.0, ..PLAN };
    let full = run(&config, &load("uniform", 0.9, 1), patient, 1, OPTIONS).unwrap().into_finished().unwrap();
    let point = LoadPoint::of(0.9, &[full]);
    assert_eq!((point.stable, point.throughput_kept), (true, Some(false)));
    let even = LoadPoint::of(0.2, &[measure(&config, &load("uniform", 0.2, 1))]);
    assert_eq!((even.stable, even.throughput_kept), (true, Some(true)));
}

#[test]
fn bursts_wait_longer_than_an_even_load() {
    let config = mesh(4, 4, 2, 4);
    let even = measure(&config, &load("uniform", 0.2, 1)).latencies.mean().unwrap();
    let injection = Injection::OnOff { burst: 30.0, peak: 1.0 };
    let bursts = TrafficLoad { injection, ..load("uniform", 0.2, 1) };
    let bursts = measure(&config, &bursts).latencies.mean().unwrap();
    assert!(bursts > 1.05 * even, "{bursts} and {even}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused =
        |load: &TrafficLoad, plan: SamplingPlan| run(&mesh(3, 2, 1, 1), load, plan, 1, OPTIONS).unwrap_err();
    assert!(matches!(refused(&load("uniform", f64::NAN, 1), PLAN), TrafficError::Rate { .. }));
    assert!(matches!(refused(&load("uniform", 0.1, 0), PLAN), TrafficError::Size { .. }));
    assert!(matches!(refused(&load("uniform", 0.1, 1_000_000), PLAN), TrafficError::Size { .. }));
    assert!(matches!(refused(&load("transpose", 0.1, 1), PLAN), TrafficError::NotSquare { .. }));
    let plan = SamplingPlan { warmup_periods: 7, ..PLAN };
    assert!(matches!(refused(&load("uniform", 0.1, 1), plan), TrafficError::Plan { what: "samples", .. }));
}

#[test]
fn a_network_of_a_single_class_never_deadlocks_and_a_broken_one_is_refused() {
    assert!(measure(&mesh(4, 4, 1, 1), &load("uniform", 1.0, 7)).accepted > 0.01);
    // Only traces name classes; the second class has no channel here, so the network is refused.
    let mut config = mesh(2, 2, 1, 1);
    config.classes.push(VcRange { first: 0, count: 1 });
    config.class_routing = vec![Routing::Xy];
    let error = run(&config, &load("uniform", 0.1, 1), PLAN, 1, OPTIONS).unwrap_err();
    assert!(matches!(
        error,
        TrafficError::Network(spikemesh_noc::Error::Config(ConfigError::ClassRouting {
            found: 1,
            classes: 2
        }))
    ));
}

/// Steps a load over a stable network and returns the capacity of all tables after `early` and after `late` cycles.
fn capacity(config: &Config, percent: u64, early: u64, late: u64) -> [usize; 2] {
    let mut network = Network::new(config).unwrap();
    let terminals = u64::from(network.terminals());
    let mut state = 1u64;
    let mut random = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let mut capacities = [0; 2];
    for now in 0..=late {
        // The busiest cycles come first.
        let percent = if now < 200 { 100 } else { percent };
        for source in 0..terminals {
            if random(100) < percent {
                let (source, target) = (TerminalId(source as u32), TerminalId(random(terminals) as u32));
                network.offer(now, PacketRequest { source, target, flits: 1, class: 0, tag: 0 }).unwrap();
            }
        }
        network.step(now, &mut NoProbe);
        for (capacity, at) in capacities.iter_mut().zip([early, late]) {
            if now == at {
                *capacity = network.capacity();
            }
        }
    }
    capacities
}

#[test]
fn memory_does_not_grow_while_the_network_is_stable() {
    let [early, late] = capacity(&mesh(5, 4, 4, 4), 15, 10_000, 200_000);
    assert_eq!(early, late);
    // With more than it accepts it must: packets wait in their sources.
    let [early, late] = capacity(&mesh(5, 4, 1, 4), 45, 10_000, 40_000);
    assert!(late > 2 * early, "{early} {late}");
}

#[test]
fn a_flag_ends_a_run_without_a_verdict() {
    let stop = Stop::new();
    let options = || TrafficOptions { stop: stop.clone(), ..OPTIONS };
    let of =
        |options| run(&mesh(4, 4, 1, 4), &load("uniform", 0.1, 1), PLAN, 1, options).unwrap().into_parts();
    assert!(of(options()).1.is_finished());
    stop.set();
    let (partial, end) = of(options());
    assert!(matches!(end, End::Early(EarlyEnd::Stopped)) && !partial.stable, "{end:?}");
}
