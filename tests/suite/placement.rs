//! Placers, placement files and what `map` says of them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::calibrate::FullFrame;
use spikemesh::compiler::{Annealed, CompileOptions, Mode, Objective, Placer, Random, compile};
use spikemesh::device::network::Topology;
use spikemesh::device::{Device, Setting};
use spikemesh::mapping::{MappingObjective, PlacerChoice, map_model};
use spikemesh::mesh::{SimulationOptions, Simulator};
use spikemesh::model::template;
use spikemesh::noc::NoProbe;

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().expect("spikemesh starts")
}

const MODEL: &str = "tests/models/devhub-kws12.yaml";

/// What `map --format json` prints.
fn mapped(arguments: &[&str]) -> Value {
    let output = spikemesh(&[&["map", MODEL, "-d", "akd1500", "--format", "json"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The flits that a placer counts are those of a simulated frame in which every position fires, link by link.
#[test]
fn flits_are_those_of_a_simulated_frame() {
    for (file, device, mode) in [
        ("tests/models/convtiny.yaml", "akd1000", Mode::AllNps),
        (MODEL, "akd1500", Mode::AllNps),
        ("tests/models/mnist-separable.yaml", "akd1500", Mode::HwPr),
        ("tests/models/gxnor.yaml", "akd1000", Mode::Minimal),
    ] {
        let model = template::load(Path::new(file)).unwrap();
        let FullFrame { model, input } = FullFrame::of(&model, true).unwrap();
        let set = |path: &str, value: &str| Setting { path: path.to_owned(), value: value.to_owned() };
        let yx = set("network.routing", "yx");
        let trees = [set("network.multicast", "tree"), set("network.vc_buf_size", "8")];
        for settings in [vec![], vec![yx.clone()], trees.to_vec(), [&trees[..], &[yx]].concat()] {
            let device = Device::load(device).unwrap().with(&settings).unwrap();
            let options = CompileOptions::from(mode).with_placer(Placer::Random(Random { seed: 3 }));
            let compiled = compile(&model, &device, &options).unwrap();
            let topology = Topology::new(&device.network_config());
            let simulator = Simulator::new(compiled.program, device).unwrap();
            let run =
                simulator.run(std::slice::from_ref(&input), 0, &SimulationOptions::default(), &mut NoProbe);
            let outcome = run.into_finished().unwrap();
            let hops: u64 = outcome.passes.iter().map(|pass| pass.flit_hops).sum();
            let placement = compiled.report.placement;
            assert_eq!(placement.flit_hops, hops, "{file} {mode:?} {settings:?}");
            let names = topology.links().iter().map(|link| link.name.as_str());
            let busiest = placement.busiest_link.unwrap();
            let links = &outcome.passes[busiest.pass as usize].links;
            let named = names.zip(links).find(|(name, _)| *name == busiest.link).unwrap();
            assert_eq!(named.1.flits, busiest.flits, "{file} {mode:?}");
        }
    }
}

#[test]
fn a_placement_that_was_written_is_placed_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (places, first, again) = (path("places.ron"), path("a.npx"), path("b.npx"));
    let annealed = mapped(&[
        "-m",
        "all-nps",
        "--placer",
        "annealed",
        "--seed",
        "5",
        "--write-place",
        &places,
        "-o",
        &first,
    ]);
    let placed = mapped(&["-m", "all-nps", "--place", &places, "-o", &again]);
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&again).unwrap());
    assert_eq!(placed["placement"]["pinned"], placed["total_nps"]);
    assert_eq!(placed["placement"]["flit_hops"], annealed["placement"]["flit_hops"]);
    assert_eq!(placed["layers"], annealed["layers"]);

    // Some of them: the others are placed around.
    let text = std::fs::read_to_string(&places).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let slices = lines.iter().filter(|line| line.contains("slice:")).count();
    lines.retain(|line| !line.contains("slice: 1,"));
    std::fs::write(&places, lines.join("\n")).unwrap();
    let pinned = lines.iter().filter(|line| line.contains("slice:")).count();
    assert!(pinned < slices && pinned > 0);
    for placer in ["best", "random", "annealed"] {
        let some = mapped(&["-m", "all-nps", "--place", &places, "--placer", placer]);
        assert_eq!(some["placement"]["pinned"], pinned, "{placer}");
    }
}

#[test]
fn impossible_pins_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.ron").display().to_string();
    let all = mapped(&["--write-place", &path]);
    assert_eq!(all["placement"]["placer"], "best");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("slice: 0")).unwrap();
    let np = line.split("np: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let layer = line.split("layer: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let other = text.lines().filter(|line| line.contains("slice: ")).nth(1).unwrap();
    let of_both = text.replacen(other, &format!("{line}\n{other}"), 1);
    let other_np = other.split("np: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let cases = [
        ("placement::np", text.replacen(np, "n9_9.np0", 1)),
        ("placement::layer", text.replacen(layer, "nobody", 1)),
        ("placement::slice", text.replacen("slice: 0", "slice: 99", 1)),
        ("placement::other_mapping", text.replacen("filters: (0, ", "filters: (7, ", 1)),
        ("placement::twice", of_both),
        ("placement::np_taken", text.replacen(other_np, np, 1)),
        ("placement::schema", text.replacen("placement/1", "placement/9", 1)),
        ("placement::syntax", text.replacen("slices", "slides", 1)),
        ("placement::unreadable", String::new()),
    ];
    for (code, text) in cases {
        match code {
            "placement::unreadable" => std::fs::remove_file(&path).unwrap(),
            _ => std::fs::write(&path, text).unwrap(),
        }
        let output = spikemesh(&["map", MODEL, "-d", "akd1500", "--place", &path, "--format", "json"]);
        let problems: Value = serde_json::from_slice(&output.stderr).unwrap();
        let problem = &problems["problems"][0];
        assert_eq!(problem["code"], code, "{problems}");
        assert!(problem["help"].is_string(), "{problems}");
        if code != "placement::unreadable" {
            assert!(problem["labels"][0]["line"].is_number(), "{problems}");
            assert!(problem["message"].as_str().unwrap().contains("places.ron:"), "{problems}");
        }
        assert!(output.status.code() == Some(1) || output.status.code() == Some(5), "{problems}");
    }
    // A disabled one, which the mapping above took.
    let pin =
        format!("(schema: \"spikemesh.placement/1\", slices: [(layer: {layer:?}, slice: 0, np: {np:?})])");
    std::fs::write(&path, pin).unwrap();
    let set = format!("overrides.{np}.disabled=true");
    let output = spikemesh(&["map", MODEL, "-d", "akd1500", "--place", &path, "--set", &set]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("placement::np_disabled"));
}

#[test]
fn options_without_effect_are_refused() {
    for (arguments, option) in [
        (&["--placer", "snake", "--effort", "3"][..], "--effort"),
        (&["--placer", "random", "--objective", "cycles"], "--objective"),
        (&["--seed", "3"], "--seed"),
    ] {
        let output = spikemesh(&[&["map", MODEL, "-d", "akd1500"], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(option) && message.contains("has no effect"), "{message}");
    }
}

#[test]
fn annealing_is_the_same_for_the_same_seed_and_never_above_its_start() {
    let model = template::load(Path::new(MODEL)).unwrap();
    let device = Device::load("akd1500").unwrap();
    for objective in [Objective::FlitHops, Objective::BusiestLink] {
        let with = |seed| {
            let placer = Placer::Annealed(Annealed { objective, effort: 5, seed });
            compile(&model, &device, &CompileOptions::from(Mode::AllNps).with_placer(placer)).unwrap().report
        };
        let report = with(1);
        assert_eq!(report, with(1));
        let [snake, greedy, annealed] = &report.placement.tries[..] else { panic!("{:?}", report.placement) };
        let cost = |tried: &spikemesh::compiler::PlacerTry| match objective {
            Objective::FlitHops => tried.flit_hops,
            Objective::BusiestLink => tried.busiest_link_flits,
        };
        assert!(cost(annealed) < cost(snake).min(cost(greedy)), "{objective:?}");
        assert!(report.placement.bound.flit_hops <= report.placement.flit_hops);
    }
}

#[test]
fn the_fastest_of_several_placements_is_kept() {
    let model = template::load(Path::new("tests/models/convtiny.yaml")).unwrap();
    let device = Device::load("akd1000").unwrap();
    let choice = PlacerChoice {
        objective: Some(MappingObjective::Cycles),
        effort: Some(1),
        ..PlacerChoice::default()
    };
    let report = map_model(&model, &device, &choice.options(Mode::AllNps).unwrap()).unwrap().report;
    let tries = &report.placement.tries;
    let clocks: Vec<u64> = tries.iter().map(|tried| tried.clocks.unwrap()).collect();
    assert_eq!((tries.len(), report.placement.objective), (8, Some("cycles")));
    let fastest = tries.iter().min_by_key(|tried| (tried.clocks, tried.flit_hops)).unwrap();
    assert_eq!(fastest.flit_hops, report.placement.flit_hops);
    assert!(clocks.iter().any(|&other| other != clocks[0]), "{clocks:?}");
}

/// Two slices wait for their events, 64 for their copies: with `--objective cycles` both are simulated, and the slower one is told.
#[test]
fn more_neural_processors_that_are_slower_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.yaml");
    let model = "
name: wide
layers:
  - {type: InputData, name: events, input_width: 12, input_height: 4, input_channels: 32}
  - {type: Convolutional, name: first, kernel_width: 1, kernel_height: 1, num_neurons: 64, weights_bits: 1, threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 4, weights_bits: 4, activations_enabled: false}
";
    std::fs::write(&path, model).unwrap();
    let path = path.display().to_string();
    let warned = |device: &str, more: &[&str]| {
        let output = spikemesh(&[&["map", &path, "-d", device, "--format", "json"], more].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        text.contains("map::slower").then_some(text)
    };
    let cycles = ["-m", "all-nps", "--objective", "cycles", "--effort", "1"];
    let text = warned("akd1000", &cycles).expect("a warning");
    assert!(text.contains("with 2 neural processors") && text.contains("instead of 65"), "{text}");
    // Fewer slices are faster than minimal; and nothing is said of what is not simulated.
    assert_eq!(warned("akd1500", &cycles), None);
    assert_eq!(warned("akd1000", &["-m", "all-nps"]), None);
}
