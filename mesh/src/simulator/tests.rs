//! What a verified program cannot do: hang. Plans are broken by hand, behind the back of the verifier.

use spikemesh_isa::memory::Contents;
use spikemesh_isa::{
    Activation, Buffer, BufferId, FullyConnected, MapShape, NpId, NpRecord, Operation, Output, OutputMap,
    OutputMapId, Pass, Program, Route, Rows, SinkRecord, SourceRecord, Target, Window,
};

use super::{Error, Frame, SimulationOptions, Simulator};
use crate::end::{EarlyEnd, Ended, Unfinished};
use crate::unit::{ProtocolError, UnitId};
use spikemesh_device::Device;
use spikemesh_noc::NoProbe;

const INPUT: BufferId = BufferId(0);
const OUTPUT: BufferId = BufferId(1);

/// Four events into one NP with two units, potentials out.
fn program() -> Program {
    let map = MapShape { width: 2, height: 2, channels: 1 };
    let result = MapShape { width: 1, height: 1, channels: 2 };
    let route = |target, rows| Route { target, rows, row_base: 0, channel_base: 0, joined: false };
    let contents = Contents { weights: vec![1, -1, 2, -2, 3, -3, 4, -4], ..Contents::default() };
    let np = NpRecord {
        np: NpId(5),
        output_map: OutputMapId(0),
        input: Window { map, rows: Rows { first: 0, end: 2 }, own: Rows { first: 0, end: 2 }, bits: 4 },
        producers: 1,
        operation: Operation::FullyConnected(FullyConnected { units: 2, weight_bits: 4, external: false }),
        activation: Activation::Potentials,
        routes: vec![route(Target::Sink(OUTPUT), Rows { first: 0, end: 1 })],
        memory: contents.pack(4),
    };
    Program {
        name: "by hand".to_owned(),
        device: "two-nodes".to_owned(),
        weights_set: true,
        output_maps: vec![OutputMap { name: "head".to_owned(), map: result, potentials: true }],
        buffers: vec![
            Buffer { map, potentials: false, bits: 4 },
            Buffer { map: result, potentials: true, bits: 0 },
        ],
        input: Some(INPUT),
        outputs: vec![Output { output_map: OutputMapId(0), buffer: OUTPUT }],
        passes: vec![Pass {
            hrc: None,
            sources: vec![SourceRecord {
                buffer: INPUT,
                routes: vec![route(Target::Np(NpId(5)), Rows { first: 0, end: 2 })],
            }],
            nps: vec![np],
            sinks: vec![SinkRecord { buffer: OUTPUT, producers: 1 }],
        }],
    }
}

fn run(change: impl FnOnce(&mut Simulator)) -> Ended<super::Outcome> {
    let (program, device) = (program(), Device::load("two-nodes").unwrap());
    let mut simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    change(&mut simulator);
    // Columns first: (0, 0), (0, 1), (1, 0), (1, 1).
    simulator.run(&[Frame::Events(vec![1, 0, 2, 3])], 0, &SimulationOptions::default(), &mut NoProbe)
}

#[test]
fn a_program_by_hand_computes() {
    let outcome = run(|_| {}).into_finished().unwrap();
    // Inputs are counted x first: (0, 0) = 0, (1, 0) = 1, (0, 1) = 2, (1, 1) = 3.
    let sum = 1 + 2 * 2 + 3 * 4;
    assert_eq!(outcome.frames[0].output(), [sum, -sum]);
    assert_eq!(outcome.frames[0].output_maps, [[sum, -sum]]);
    let np = outcome.passes[0].units[1].frames[0];
    assert_eq!((np.received, np.emitted, np.copies, np.clocks()), (3, 2, 2, 930 + 28 * 4));
}

#[test]
fn a_marker_that_never_comes_is_a_hang_that_names_who_waits() {
    let ended = run(|simulator| simulator.passes[0].nps[0].expect(UnitId(0)));
    let Unfinished { partial, end: EarlyEnd::Hang(hang) } = ended.into_finished().unwrap_err() else {
        panic!("no hang")
    };
    assert_eq!(hang.waiting, ["n1_0.np1 waits for 1 of 2 markers, 3 of 3 announced words"]);
    assert_eq!(partial.frames[0].output(), [0, 0]);
}

/// Before outputs, a second head was dropped in a single frame and hung the mesh in a batch.
#[test]
fn a_unit_that_sends_to_nobody_is_a_hang_in_a_single_frame() {
    let (mut program, device) = (program(), Device::load("two-nodes").unwrap());
    let second = BufferId(2);
    let head = OutputMap { name: "second".to_owned(), ..program.output_maps[0].clone() };
    program.output_maps.push(head);
    program.buffers.push(program.buffers[1].clone());
    program.outputs.push(Output { output_map: OutputMapId(1), buffer: second });
    let pass = &mut program.passes[0];
    let route = Route { target: Target::Sink(second), ..pass.nps[0].routes[0] };
    let np = NpRecord { np: NpId(6), output_map: OutputMapId(1), routes: vec![route], ..pass.nps[0].clone() };
    let to_np = Route { target: Target::Np(np.np), ..pass.sources[0].routes[0] };
    pass.sources[0].routes.push(to_np);
    pass.nps.push(np);
    pass.sinks.push(SinkRecord { buffer: second, producers: 1 });

    let frames = [Frame::Events(vec![1, 0, 2, 3])];
    let run = |simulator: &Simulator| simulator.run(&frames, 0, &SimulationOptions::default(), &mut NoProbe);
    let mut simulator = Simulator::new(program, device).unwrap();
    let outcome = run(&simulator).into_finished().unwrap();
    assert_eq!(outcome.frames[0].outputs, [[17, -17], [17, -17]]);

    // Without the second sink, as if nobody had asked for it.
    let plan = &mut simulator.passes[0];
    plan.nps[1].fall_silent();
    plan.sinks.pop();
    plan.names.pop();
    plan.output_maps.pop();
    plan.terminals.pop();
    let Unfinished { partial, end: EarlyEnd::Hang(hang) } = run(&simulator).into_finished().unwrap_err()
    else {
        panic!("no hang")
    };
    assert_eq!(hang.waiting, ["n1_0.np2 waits for its markers to leave"]);
    assert_eq!(partial.frames[0].outputs[0], [17, -17]);
}

#[test]
fn an_event_outside_the_map_is_a_defect_that_names_the_unit() {
    let ended = run(|simulator| simulator.passes[0].sources[0].1.flows[0].channel_base = 1);
    let end = ended.into_finished().unwrap_err().end;
    assert!(
        matches!(&end, EarlyEnd::Failure(Error::Defect { unit, defect: ProtocolError::OutsideMap, .. }) if unit == "n1_0.np1"),
        "{end}"
    );
}

#[test]
fn a_program_that_contradicts_itself_is_not_loaded() {
    let (mut program, device) = (program(), Device::load("two-nodes").unwrap());
    program.passes[0].nps[0].producers = 2;
    let errors = Simulator::new(program.clone(), device.clone()).err().unwrap();
    assert!(matches!(errors[0], Error::Program(_)), "{errors:?}");
    program.passes[0].nps[0].producers = 1;
    program.passes[0].nps[0].np = NpId(8);
    program.passes[0].sources[0].routes[0].target = Target::Np(NpId(8));
    let errors = Simulator::new(program.clone(), device.clone()).err().unwrap();
    assert!(matches!(errors[0], Error::NpMissing { np: 8, nps: 8, .. }), "{errors:?}");
}
