//! The packets of a run, sent again through the network of the device, meet the same cycles at every hop.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::isa::Program;
use spikemesh::mesh::SimulationOptions;
use spikemesh::mesh::Simulator;
use spikemesh::mesh::probe;
use spikemesh::model::template;
use spikemesh::noc::trace::{OptionalColumns, TraceLimits, TraceReader};
use spikemesh::noc::{GrantEvent, Network, NoProbe, PacketRequest, Probe};
use spikemesh::run::{Job, WaveRequest, frames, simulate};
use spikemesh::tensor::Dense;

/// Heads that won a switch.
#[derive(Default)]
struct Grants(Vec<GrantEvent>);

impl Probe for Grants {
    fn grant(&mut self, event: GrantEvent) {
        // Tags are names of the moment, not of the packet.
        self.0.push(GrantEvent { tag: 0, ..event });
    }
}

impl probe::Probe for Grants {}

fn program() -> (Device, Program) {
    let mut model = template::parse(
        "trace.yaml",
        "
layers:
  - {type: InputConvolutional, name: pixels, input_width: 24, input_height: 40, input_channels: 1, kernel_width: 3, kernel_height: 3,
     num_neurons: 16, weights_bits: 8, threshold_fire_bits: 4, threshold_fire_step: 60}
  - {type: Convolutional, name: wide, kernel_width: 3, kernel_height: 3, num_neurons: 64, weights_bits: 4, threshold_fire_bits: 4,
     threshold_fire_step: 20}
  - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4, activations_enabled: false}
",
    )
    .unwrap();
    model.randomise(3);
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model, &device, &Mode::AllNps.into()).unwrap().program;
    (device, program)
}

fn input() -> Input {
    Input::Images(Dense { shape: [2, 40, 24, 1], data: (0..1920).map(|i| (i * 37 % 256) as u8).collect() })
}

#[test]
fn a_replayed_run_is_the_run() {
    let (device, program) = program();
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.spt");
    simulate(&Job::new(&simulator, &input()).batch(2).trace(&path)).unwrap().into_finished().unwrap();

    let mut run = Grants::default();
    let batch = frames(&program, &input()).unwrap();
    simulator.run(&batch, 0, &SimulationOptions::default(), &mut run).into_finished().unwrap();
    assert!(run.0.len() > 10_000, "{} flits crossed a switch", run.0.len());

    let config = device.network_config();
    let file = std::fs::File::open(&path).unwrap();
    let mut trace = TraceReader::new(file, "trace.spt", TraceLimits::of(&config)).unwrap();
    assert_eq!(trace.columns(), OptionalColumns::RECORDED);
    let mut network = Network::new(&config).unwrap();
    let mut again = Grants::default();
    let mut next = trace.next_packet().unwrap();
    while let Some(now) =
        [next.as_ref().map(|packet| packet.cycle), network.next_active()].into_iter().flatten().min()
    {
        while let Some(packet) = next.take_if(|packet| packet.cycle == now) {
            let (source, target) =
                (spikemesh::noc::TerminalId(packet.source), spikemesh::noc::TerminalId(packet.target));
            network
                .offer(
                    now,
                    PacketRequest { source, target, flits: packet.flits, class: packet.class, tag: 0 },
                )
                .unwrap();
            next = trace.next_packet().unwrap();
        }
        network.step(now, &mut again);
    }
    assert_eq!(again.0, run.0);
}

#[test]
fn a_trace_does_not_change_the_run() {
    let (device, program) = program();
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = simulate(&Job::new(&simulator, &input())).unwrap().into_finished().unwrap();
    let (trace, waves) = (folder.path().join("trace.spt"), folder.path().join("waves.vcd"));
    let request = WaveRequest::whole(&waves, simulator.device()).unwrap();
    let traced = simulate(&Job::new(&simulator, &input()).trace(&trace).waves(&request)).unwrap();
    let traced = traced.into_finished().unwrap();
    assert_eq!(traced.frames, plain.frames);
    let alone = folder.path().join("alone.spt");
    simulate(&Job::new(&simulator, &input()).trace(&alone)).unwrap().into_finished().unwrap();
    assert_eq!(std::fs::read(&trace).unwrap(), std::fs::read(&alone).unwrap());
    let batch = frames(&program, &input()).unwrap();
    let outcome =
        simulator.run(&batch[..1], 0, &SimulationOptions::default(), &mut NoProbe).into_finished().unwrap();
    assert_eq!(outcome.frames[0].end - outcome.frames[0].start, plain.frames[0].cycles);
}
