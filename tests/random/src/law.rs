//! The laws that every program of the compiler keeps.

use std::fmt;

use miette::Diagnostic;
use spikemesh::compiler::{self, deadlock};
use spikemesh::device::network::outputs;
use spikemesh::engine::{Engine, LayerMap};
use spikemesh::isa::{self, Program};
use spikemesh::mesh::{Frame, SimulationOptions, Simulator};
use spikemesh::noc::{Cycle, TerminalId};
use spikemesh::run::{Job, frames, simulate};

use crate::assembly;
use crate::case::Case;
use crate::certified::Certified;
use crate::coverage::Coverage;
use crate::deliveries::{Deliveries, Kind, PassDeliveries};
use crate::expected::{PassTraffic, traffic};
use crate::fault::Fault;
use crate::reasons::TimedRun;

/// A law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// A refusal names a limit of the model or the device: it is never a defect of the compiler.
    Refusal,
    /// Every output of the model is one of the program.
    Outputs,
    /// A program that is written and read again is the same.
    RoundTrip,
    /// The listing of a program assembles into it, byte for byte.
    Assembly,
    /// Every claim of its certificate is derived again from program and device, and no frame loads a link more than is claimed.
    Certificate,
    /// The device loads the program.
    Loads,
    /// The proof holds for the program as it was read back.
    Proof,
    /// Batches of 1 to 3 frames end.
    Ends,
    /// Every map of every frame is the engine's, bit for bit.
    Agrees,
    /// Batches do not change outputs.
    Batches,
    /// Every cycle of every unit has one reason, and the critical path of a frame every cycle of it; also of a batch that ends early.
    Reasons,
    /// Every unit receives and sends the copies that the routes ask for, every route a marker and a token in each frame, and what is sent
    /// arrives.
    Conserves,
}

/// What became of a case that keeps every law.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The compiler refused it, with these codes.
    Refused(Vec<String>),
    /// Its program keeps every law.
    Held(Coverage),
}

/// A law that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The law.
    pub law: Law,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.what)
    }
}

/// More than any case takes.
const MAX_CYCLES: Cycle = 1 << 32;

impl Verdict {
    /// What the compiler makes of a case, without running it.
    ///
    /// # Errors
    /// The refusal is a defect of the compiler.
    pub fn of_mapping(case: &Case) -> Result<Verdict, Violation> {
        match case.compile() {
            Ok(compiled) => Ok(Verdict::Held(Coverage::new(case, &compiled.program))),
            Err(errors) => refused(&errors),
        }
    }
}

/// Compiles a case and holds its program against every law.
///
/// # Errors
/// The first law that it breaks.
pub fn check(case: &Case) -> Result<Verdict, Violation> {
    check_with_fault(case, None)
}

/// As [`check`], with a fault planted, which one of the laws must find.
///
/// # Errors
/// The first law that the case breaks.
pub fn check_with_fault(case: &Case, fault: Option<Fault>) -> Result<Verdict, Violation> {
    let compiled = match case.compile() {
        Ok(compiled) => compiled,
        Err(errors) => return refused(&errors),
    };
    let coverage = Coverage::new(case, &compiled.program);
    assembly::check(&compiled.program).map_err(|what| broken(Law::Assembly, what))?;
    let certified = Certified::new(&compiled, &case.device).map_err(|what| broken(Law::Certificate, what))?;
    certified.check(&case.device).map_err(|what| broken(Law::Certificate, what))?;
    let program = match fault {
        Some(fault) => fault.in_program(compiled.program),
        None => compiled.program,
    };
    every_output(case, &program)?;
    let program = round_trip(program)?;
    let simulator =
        Simulator::new(program, case.device.clone()).map_err(|errors| broken(Law::Loads, texts(&errors)))?;
    let simulator = match fault.and_then(Fault::loss) {
        Some(loss) => simulator.with_planted_loss(loss),
        None => simulator,
    };
    let (floorplan, network) = (case.device.floorplan(), case.device.network_config());
    let proof = deadlock::prove(simulator.program(), &floorplan, &network, outputs);
    proof.map_err(|refused| broken(Law::Proof, refused))?;
    let single = batch(case, &simulator, 1)?;
    if batch(case, &simulator, 2)? != single {
        return Err(broken(Law::Batches, "frames by twos have other outputs than frames one by one"));
    }
    conserves(case, &simulator, &single, &certified)?;
    reasons(case, &simulator)?;
    Ok(Verdict::Held(coverage))
}

fn broken(law: Law, what: impl fmt::Display) -> Violation {
    Violation { law, what: what.to_string() }
}

fn texts(errors: &[impl fmt::Display]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The codes of a refusal.
fn refused(errors: &[compiler::Error]) -> Result<Verdict, Violation> {
    let codes: Vec<String> =
        errors.iter().map(|error| error.code().map_or_else(String::new, |code| code.to_string())).collect();
    let is_defect =
        |error: &compiler::Error| matches!(error, compiler::Error::Program(_) | compiler::Error::Deadlock(_));
    if codes.iter().any(String::is_empty) || codes.is_empty() || errors.iter().any(is_defect) {
        return Err(broken(Law::Refusal, format!("{codes:?}: {}", texts(errors))));
    }
    Ok(Verdict::Refused(codes))
}

/// The program's outputs are the layers that nothing reads, in their order.
fn every_output(case: &Case, program: &Program) -> Result<(), Violation> {
    let (model, mut outputs) = (&case.model, program.outputs.iter());
    for (_, layer) in model.iter().filter(|(id, _)| model.consumers(*id).next().is_none()) {
        let fits = outputs.next().is_some_and(|output| {
            let found = program.output_map(output);
            let (dims, map) = (layer.shape.output, found.map);
            let same = (dims.width, dims.height, dims.channels) == (map.width, map.height, map.channels);
            found.name == layer.name && same && found.potentials == layer.output_bits().is_none()
        });
        if !fits {
            return Err(broken(Law::Outputs, format!("layer `{}` is no output of the program", layer.name)));
        }
    }
    match outputs.next() {
        None => Ok(()),
        Some(more) => {
            let name = &program.output_map(more).name;
            Err(broken(Law::Outputs, format!("output `{name}` of the program is read by a layer")))
        }
    }
}

fn round_trip(program: Program) -> Result<Program, Violation> {
    let read = isa::read(&isa::write(&program));
    match read {
        Ok(read) if read == program => Ok(read),
        Ok(_) => Err(broken(Law::RoundTrip, "the program that was read back differs")),
        Err(errors) => Err(broken(Law::RoundTrip, texts(&errors))),
    }
}

/// The outputs of a frame.
type Outputs = Vec<Vec<i32>>;

/// The outputs of all frames in batches of `batch`, compared with the engine.
fn batch(case: &Case, simulator: &Simulator, batch: usize) -> Result<Vec<Outputs>, Violation> {
    let job = Job::new(simulator, &case.input).against(&case.model).batch(batch).max_cycles(MAX_CYCLES);
    let ended = simulate(&job).map_err(|errors| broken(Law::Ends, texts(&errors)))?;
    let results = ended
        .into_finished()
        .map_err(|unfinished| broken(Law::Ends, format!("batches of {batch}: {}", unfinished.end)))?;
    if results.frames.len() != Case::FRAMES {
        return Err(broken(Law::Ends, format!("{} frames of {}", results.frames.len(), Case::FRAMES)));
    }
    match results.differences.first() {
        Some(difference) => Err(broken(Law::Agrees, format!("batches of {batch}: {difference}"))),
        None => Ok(results.frames.into_iter().map(|frame| frame.outputs).collect()),
    }
}

/// All frames in one batch, with every packet watched.
fn conserves(
    case: &Case,
    simulator: &Simulator,
    single: &[Outputs],
    certified: &Certified,
) -> Result<(), Violation> {
    let program = simulator.program();
    let frames: Vec<Frame> = frames(program, &case.input).map_err(|error| broken(Law::Ends, error))?;
    let options = SimulationOptions { max_cycles: MAX_CYCLES, ..SimulationOptions::default() };
    let mut deliveries = Deliveries::new(&case.device, program.passes.len());
    let outcome =
        simulator.run(&frames, 0, &options, &mut deliveries).into_finished().map_err(|unfinished| {
            broken(Law::Ends, format!("one batch of {}: {}", Case::FRAMES, unfinished.end))
        })?;
    if outcome.frames.iter().map(|frame| &frame.outputs).ne(single) {
        return Err(broken(Law::Batches, "a batch of all frames has other outputs than frames one by one"));
    }
    certified.bounds(&outcome, &case.device).map_err(|what| broken(Law::Certificate, what))?;
    let engine = Engine::new(&case.model).map_err(|errors| broken(Law::Agrees, texts(&errors)))?;
    let maps: Vec<Vec<LayerMap>> = (0..Case::FRAMES)
        .map(|frame| engine.trace(&case.input, frame))
        .collect::<Result<_, _>>()
        .map_err(|errors| broken(Law::Agrees, texts(&errors)))?;
    let expected = traffic(program, &case.model, &case.device.floorplan(), &maps)
        .map_err(|what| broken(Law::Conserves, what))?;
    for (pass, ((expected, found), outcome)) in
        expected.iter().zip(&deliveries.passes).zip(&outcome.passes).enumerate()
    {
        for (index, unit) in outcome.units.iter().enumerate() {
            units(expected, index, unit, pass)?;
        }
        packets(expected, found).map_err(|what| broken(Law::Conserves, format!("pass {pass}: {what}")))?;
    }
    Ok(())
}

/// All frames in one batch, to the end and to the middle.
fn reasons(case: &Case, simulator: &Simulator) -> Result<(), Violation> {
    let frames: Vec<Frame> =
        frames(simulator.program(), &case.input).map_err(|error| broken(Law::Ends, error))?;
    let check = |max_cycles: Cycle| {
        let options =
            SimulationOptions { max_cycles, record_output_maps: false, ..SimulationOptions::default() };
        let run = TimedRun::new(simulator, &frames, &options);
        run.check(simulator).map_err(|what| broken(Law::Reasons, what))?;
        Ok::<Cycle, Violation>(run.outcome.cycles)
    };
    let cycles = check(MAX_CYCLES)?;
    check(cycles / 2)?;
    Ok(())
}

/// A unit takes part in every frame, and receives and sends what it must.
fn units(
    expected: &PassTraffic,
    index: usize,
    unit: &spikemesh::mesh::UnitOutcome,
    pass: usize,
) -> Result<(), Violation> {
    let wrong = |what: String| Err(broken(Law::Conserves, format!("pass {pass}, {}: {what}", unit.name)));
    if unit.frames.len() != Case::FRAMES {
        return wrong(format!("it did {} of {} frames", unit.frames.len(), Case::FRAMES));
    }
    for (frame, record) in unit.frames.iter().enumerate() {
        let (received, copies) = (expected.received[index][frame], expected.copies[index][frame]);
        if expected.takes[index] && record.received != received {
            return wrong(format!("frame {frame}: it received {} values of {received}", record.received));
        }
        if record.copies != copies {
            return wrong(format!("frame {frame}: it sent {} copies of {copies}", record.copies));
        }
    }
    Ok(())
}

/// What is sent arrives, and markers and tokens are those of the routes.
fn packets(expected: &PassTraffic, found: &PassDeliveries) -> Result<(), String> {
    let of_kind = |counts: &[(&TerminalId, &u64)], kind: Kind| {
        counts
            .iter()
            .map(|(terminal, count)| ((**terminal, kind), **count * Case::FRAMES as u64))
            .collect::<Vec<_>>()
    };
    let markers: Vec<_> = expected.markers.iter().collect();
    let tokens: Vec<_> = expected.tokens.iter().collect();
    let mut wanted = of_kind(&markers, Kind::Marker);
    wanted.extend(of_kind(&tokens, Kind::Token));
    wanted.sort_unstable();
    let bare: Vec<_> = found
        .sent
        .iter()
        .filter(|((_, kind), _)| !matches!(kind, Kind::Data { .. }))
        .map(|(key, count)| (*key, *count))
        .collect();
    if let Some(((terminal, kind), count)) = wanted.iter().find(|entry| !bare.contains(entry)) {
        return Err(format!("terminal {} must get {count} of {kind:?}: {bare:?}", terminal.0));
    }
    if bare.len() != wanted.len() {
        return Err(format!("markers and tokens are sent where no route is: {bare:?}"));
    }
    if let Some(((terminal, kind), count)) =
        found.sent.iter().find(|(key, count)| found.received.get(key) != Some(count))
    {
        let arrived = found.received.get(&(*terminal, *kind)).copied().unwrap_or(0);
        return Err(format!("of {count} packets {kind:?} to terminal {}, {arrived} arrive", terminal.0));
    }
    if found.received.len() != found.sent.len() {
        return Err("packets arrive that nobody sent".to_owned());
    }
    Ok(())
}
