//! One bad example for each rule of `verify`.

use crate::generate::{example, programs};
use proptest::prelude::*;
use spikemesh_isa::*;

type Change = fn(&mut Program);

/// The code that must be among the problems, and a change of the example that breaks the rule.
const RULES: &[(&str, Change)] = &[
    ("program::name", |p| p.name.clear()),
    ("program::name", |p| p.device = "x".repeat(257)),
    ("program::name", |p| p.output_maps[0].name = "a\nb".into()),
    ("program::duplicate_name", |p| p.output_maps[1].name = p.output_maps[0].name.clone()),
    ("program::count", |p| p.passes.clear()),
    ("program::count", |p| p.passes.resize(1025, Pass::default())),
    ("program::count", |p| p.buffers.clear()),
    ("program::count", |p| p.output_maps.resize(4097, p.output_maps[0].clone())),
    ("program::count", |p| p.outputs.clear()),
    ("program::index", |p| p.outputs[0].buffer = BufferId(2)),
    ("program::index", |p| p.outputs[0].output_map = OutputMapId(99)),
    ("program::output_order", |p| p.outputs.push(p.outputs[0])),
    ("program::output_buffer", |p| p.outputs[0].output_map = OutputMapId(0)),
    ("program::output_buffer", |p| p.outputs[0].buffer = BufferId(0)),
    ("program::unread_buffer", |p| p.outputs[0].buffer = BufferId(0)),
    ("program::unread_buffer", |p| p.passes[1].sources.clear()),
    ("program::no_route", |p| np(p, 0).routes.clear()),
    ("program::no_route", |p| p.passes[1].nps.last_mut().unwrap().routes.clear()),
    ("program::no_route", |p| p.passes[1].sources[0].routes.clear()),
    ("program::no_route", |p| hrc(p).routes.clear()),
    ("program::index", |p| p.input = Some(BufferId(2))),
    ("program::index", |p| np(p, 0).output_map = OutputMapId(99)),
    ("program::index", |p| hrc(p).output_map = OutputMapId(99)),
    ("program::index", |p| p.passes[1].sources[0].buffer = BufferId(9)),
    ("program::index", |p| p.passes[0].sinks[0].buffer = BufferId(9)),
    ("program::map_size", |p| p.output_maps[0].map.width = 0),
    ("program::map_size", |p| p.output_maps[0].map.width = 65_536),
    ("program::map_size", |p| p.output_maps[0].map.height = 65_536),
    ("program::map_size", |p| p.output_maps[0].map.channels = 65_536),
    ("program::map_size", |p| p.buffers[0].map = MapShape { width: 4096, height: 4096, channels: 17 }),
    ("program::map_size", |p| np(p, 0).input.map.height = u32::MAX),
    ("program::map_size", |p| conv(p, 0).filters = 0),
    ("program::map_size", |p| fc(p).units = 0),
    ("program::image_channels", |p| hrc(p).image.channels = 2),
    ("program::bits", |p| p.buffers[0].bits = 0),
    ("program::bits", |p| p.buffers[0].bits = 5),
    ("program::bits", |p| p.buffers[1].bits = 4),
    ("program::bits", |p| np(p, 0).input.bits = 8),
    ("program::bits", |p| np(p, 0).activation = Activation::Levels { bits: 0 }),
    ("program::bits", |p| conv(p, 0).weight_bits = 0),
    ("program::bits", |p| fc(p).weight_bits = 9),
    ("program::bits", |p| hrc(p).weight_bits = 9),
    ("program::np_order", |p| p.passes[0].nps.swap(0, 1)),
    ("program::np_order", |p| p.passes[0].nps[1].np = p.passes[0].nps[0].np),
    ("program::duplicate_record", |p| {
        let sink = p.passes[0].sinks[0];
        p.passes[0].sinks.push(sink);
    }),
    ("program::duplicate_record", |p| {
        let source = p.passes[1].sources[0].clone();
        p.passes[1].sources.push(source);
    }),
    ("program::rows", |p| np(p, 0).input.rows.end = 9),
    ("program::rows", |p| np(p, 0).input.rows = Rows { first: 3, end: 3 }),
    ("program::rows", |p| np(p, 0).input.own = Rows { first: 3, end: 2 }),
    ("program::rows", |p| np(p, 0).input.own.end = 8),
    ("program::rows", |p| conv(p, 0).output_rows = Rows { first: 5, end: 1 }),
    ("program::rows", |p| conv(p, 0).output_rows.end = u32::MAX),
    ("program::axis", |p| conv(p, 0).x.size = 0),
    ("program::axis", |p| conv(p, 0).x.size = 16),
    ("program::axis", |p| conv(p, 0).y.stride = 0),
    ("program::axis", |p| conv(p, 0).y.stride = u32::MAX),
    ("program::axis", |p| conv(p, 0).y.pad = 3),
    ("program::axis", |p| conv(p, 0).y.outputs = 0),
    ("program::axis", |p| conv(p, 0).y.outputs = 10),
    ("program::axis", |p| conv(p, 0).y.outputs = u32::MAX),
    ("program::axis", |p| pool(p).size = 0),
    ("program::axis", |p| pool(p).outputs = 5),
    ("program::axis", |p| hrc(p).x.outputs = 10),
    ("program::output_map", |p| conv(p, 4).x.outputs = 3),
    ("program::output_map", |p| hrc(p).y.outputs = 7),
    ("program::output_map", |p| p.output_maps.last_mut().unwrap().map.width = 2),
    ("program::filters", |p| conv(p, 0).first_filter = 3),
    ("program::filters", |p| conv(p, 0).first_filter = u32::MAX),
    ("program::filters", |p| hrc(p).filters += 1),
    ("program::filters", |p| fc(p).units += 1),
    ("program::window_rows", |p| np(p, 0).input.rows.end -= 1),
    ("program::window_rows", |p| p.passes[1].nps.last_mut().unwrap().input.rows.first = 1),
    ("program::memory_size", |p| {
        let np = p.passes[1].nps.last_mut().unwrap();
        np.input.map.channels = 65_535;
        fc(p).units = 65_535;
    }),
    ("program::memory_length", |p| np(p, 0).memory.push(0)),
    ("program::memory_length", |p| np(p, 0).memory.clear()),
    ("program::memory_length", |p| hrc(p).memory.push(0)),
    ("program::memory_length", |p| conv(p, 0).weight_bits = 8),
    ("program::step", |p| step(p, 0.0)),
    ("program::step", |p| step(p, -1.0)),
    ("program::step", |p| step(p, f32::NAN)),
    ("program::step", |p| step(p, f32::INFINITY)),
    ("program::activation", |p| p.output_maps[1].potentials = true),
    ("program::activation", |p| hrc(p).activation = Activation::Potentials),
    ("program::route_target", |p| route(p).target = Target::Np(NpId(999))),
    ("program::route_target", |p| route(p).target = Target::Sink(BufferId(1))),
    ("program::route_target", |p| p.passes[0].sinks.clear()),
    ("program::duplicate_route", |p| {
        let again = *route(p);
        np(p, 0).routes.push(again);
    }),
    ("program::route_map", |p| p.passes[0].nps[4].input.map.width = 3),
    ("program::route_map", |p| p.buffers[0].map.height = 5),
    ("program::route_rows", |p| route(p).row_base += 1),
    ("program::route_rows", |p| route(p).rows.end = 9),
    ("program::route_rows", |p| route(p).rows = Rows { first: 3, end: 1 }),
    ("program::route_channels", |p| route(p).channel_base = 3),
    ("program::route_channels", |p| route(p).channel_base = u32::MAX),
    ("program::route_bits", |p| p.passes[0].nps[4].input.bits = 3),
    ("program::route_bits", |p| p.buffers[0].bits = 3),
    ("program::route_bits", |p| {
        p.buffers[0].potentials = true;
        p.buffers[0].bits = 0;
    }),
    ("program::potentials_to_np", |p| np(p, 0).activation = Activation::Potentials),
    ("program::source_potentials", |p| p.buffers[0].potentials = true),
    ("program::columns", |p| np(p, 0).input.map.width = 4097),
    ("program::producers", |p| np(p, 0).producers = 2),
    ("program::producers", |p| np(p, 0).producers = 0),
    ("program::producers", |p| p.passes[0].sinks[0].producers = u32::MAX),
    ("program::producers", |p| {
        hrc(p).routes.clear();
        p.passes[0].nps.iter_mut().for_each(|np| np.producers = 0);
    }),
    ("program::overlap", |p| conv(p, 1).first_filter = 0),
    ("program::overlap", |p| p.passes[0].nps[8].routes.iter_mut().for_each(|r| r.channel_base = 0)),
    ("program::coverage", |p| drop(p.passes[0].nps.pop())),
    ("program::coverage", |p| sink_route(p).rows.end -= 1),
    ("program::coverage", |p| {
        let output_map = p.output_maps[0].clone();
        p.output_maps.push(OutputMap { name: "nobody's".into(), ..output_map });
    }),
    ("program::cycle", |p| {
        let first = p.passes[0].nps[0].np;
        let back = Route { target: Target::Np(first), ..*route(p) };
        p.passes[0].nps[4].routes.push(back);
    }),
    ("program::joined", |p| route(p).joined = true),
    ("program::joined_sinks", |p| {
        let sink = *sink_route(p);
        p.passes[0].nps.last_mut().unwrap().routes.push(Route { joined: true, ..sink });
    }),
    ("program::buffer_writers", |p| p.passes[0].sinks.clear()),
    ("program::buffer_writers", |p| p.buffers.push(p.buffers[0].clone())),
    ("program::buffer_writers", |p| {
        let sink = p.passes[0].sinks[0];
        p.passes[1].sinks.push(sink);
    }),
    ("program::buffer_writers", |p| p.input = Some(BufferId(0))),
    ("program::buffer_order", |p| p.passes.swap(0, 1)),
    ("program::input", |p| p.passes[0].hrc = None),
    ("program::input", |p| p.passes[1].hrc = p.passes[0].hrc.clone()),
    ("program::input", |p| p.input = Some(BufferId(0))),
    ("program::more", |p| p.buffers.resize(300, p.buffers[0].clone())),
];

fn hrc(p: &mut Program) -> &mut HrcRecord {
    p.passes[0].hrc.as_mut().unwrap()
}

fn np(p: &mut Program, index: usize) -> &mut NpRecord {
    &mut p.passes[0].nps[index]
}

fn conv(p: &mut Program, index: usize) -> &mut Convolution {
    match &mut np(p, index).operation {
        Operation::Convolution(c) => c,
        Operation::FullyConnected(_) => unreachable!(),
    }
}

fn fc(p: &mut Program) -> &mut FullyConnected {
    match &mut p.passes[1].nps.last_mut().unwrap().operation {
        Operation::FullyConnected(f) => f,
        Operation::Convolution(_) => unreachable!(),
    }
}

fn pool(p: &mut Program) -> &mut Axis {
    match &mut conv(p, 0).pooling {
        Pooling::Max { y, .. } => y,
        _ => unreachable!(),
    }
}

/// The first route of the first NP.
fn route(p: &mut Program) -> &mut Route {
    &mut np(p, 0).routes[0]
}

fn sink_route(p: &mut Program) -> &mut Route {
    let np = p.passes[0].nps.last_mut().unwrap();
    np.routes.iter_mut().find(|r| matches!(r.target, Target::Sink(_))).unwrap()
}

fn step(p: &mut Program, step: f32) {
    let memory = &mut np(p, 0).memory;
    let at = memory.len() - 4;
    memory[at..].copy_from_slice(&step.to_le_bytes());
}

#[test]
fn every_rule_catches_its_example() {
    assert!(verify(&example()).is_empty());
    let mut missed = Vec::new();
    for (i, (code, change)) in RULES.iter().enumerate() {
        let mut program = example();
        change(&mut program);
        let errors = verify(&program);
        let listed: Vec<String> = errors.iter().map(|e| format!("{}: {e}", code_of(e))).collect();
        if !errors.iter().any(|e| code_of(e) == *code) {
            missed.push(format!("rule {i}, {code}: {listed:#?}"));
        }
        assert!(read(&write(&program)).is_err(), "rule {i}, {code}: read");
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// All codes of `verify` have an example: those of records and of routes. What a file is damaged by is no rule.
#[test]
fn every_code_has_an_example() {
    let sources = [include_str!("../../src/error.rs"), include_str!("../../src/error/flow.rs")];
    let codes: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.split("code(program::").skip(1))
        .map(|rest| rest.split_once(')').expect("a code ends").0)
        // Found when records are decoded, before there is a program.
        .filter(|code| *code != "unknown_kind")
        .collect();
    // And the other way round, so that a code that is not found in the sources is missed.
    for (code, _) in RULES {
        let code = code.strip_prefix("program::").expect("a code of programs");
        assert!(codes.contains(&code), "{code} is in none of the sources");
    }
    for code in codes {
        assert!(
            RULES.iter().any(|(c, _)| c.strip_prefix("program::") == Some(code)),
            "{code} has no example"
        );
    }
}

#[test]
fn messages_name_the_place() {
    let mut program = example();
    program.passes[0].nps[5].routes[0].channel_base = 77;
    let id = program.passes[0].nps[5].np.0;
    let errors: Vec<String> = verify(&program).iter().map(|e| e.to_string()).collect();
    assert_eq!(
        errors[0],
        format!("pass 0, NP {id}, route 0: channels 2 + 2 above channel 77 do not lie in the receiver's 9")
    );
}

/// Programs with any field changed to anything never panic.
#[test]
fn extreme_fields() {
    let values = [0u32, 1, 2, 15, 16, 4096, 65_535, 65_536, u32::MAX - 1, u32::MAX];
    let fields: &[fn(&mut Program, u32)] = &[
        |p, v| np(p, 0).input.map = MapShape { width: v, height: v, channels: v },
        |p, v| np(p, 0).input.rows = Rows { first: v, end: v },
        |p, v| np(p, 0).input.own = Rows { first: v, end: 0 },
        |p, v| conv(p, 0).y = Axis { size: v, stride: v, pad: v, outputs: v },
        |p, v| conv(p, 0).y.outputs = v,
        |p, v| conv(p, 0).x.stride = v,
        |p, v| *pool(p) = Axis { size: v, stride: v, pad: 0, outputs: v },
        |p, v| conv(p, 0).output_rows = Rows { first: v, end: v },
        |p, v| conv(p, 0).output_rows = Rows { first: 0, end: v },
        |p, v| (conv(p, 0).first_filter, conv(p, 0).filters) = (v, v),
        |p, v| fc(p).units = v,
        |p, v| route(p).rows = Rows { first: v, end: v },
        |p, v| route(p).rows = Rows { first: 0, end: v },
        |p, v| route(p).row_base = v,
        |p, v| route(p).channel_base = v,
        |p, v| np(p, 0).producers = v,
        |p, v| hrc(p).image = MapShape { width: v, height: v, channels: v },
        |p, v| hrc(p).filters = v,
        |p, v| p.output_maps[0].map = MapShape { width: v, height: v, channels: v },
        |p, v| p.buffers[0].map = MapShape { width: v, height: v, channels: v },
    ];
    for (i, first) in fields.iter().enumerate() {
        for second in &fields[i..] {
            for a in values {
                for b in values {
                    let mut program = example();
                    first(&mut program, a);
                    second(&mut program, b);
                    verify(&program);
                }
            }
        }
    }
}

proptest! {
    /// Any route that is moved lands elsewhere: it is noticed, or it still lands inside.
    #[test]
    fn moved_routes(program in programs(), pick in any::<prop::sample::Index>(), rows in 0u32..4, channels in 0u32..4) {
        let mut program = program;
        let pass = &mut program.passes[0];
        let hrc = pass.hrc.iter_mut().map(|h| &mut h.routes);
        let sources = pass.sources.iter_mut().map(|s| &mut s.routes);
        let nps = pass.nps.iter_mut().map(|n| &mut n.routes);
        let mut routes: Vec<&mut Route> = hrc.chain(sources).chain(nps).flatten().collect();
        let at = pick.index(routes.len());
        routes[at].row_base += rows;
        routes[at].channel_base += channels;
        if verify(&program).is_empty() {
            for r in program.passes[0].nps.iter().flat_map(|n| &n.routes) {
                if let Target::Np(np) = r.target {
                    let receiver = &program.passes[0].nps[program.passes[0].np_index(np).unwrap()].input;
                    prop_assert!(r.rows.end - r.row_base <= receiver.rows.len());
                }
            }
        }
    }
}

fn code_of(error: &spikemesh_isa::Error) -> String {
    miette::Diagnostic::code(error).map(|code| code.to_string()).unwrap_or_default()
}
