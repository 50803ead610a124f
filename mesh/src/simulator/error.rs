//! Why a program cannot be loaded, or does not go on.

use miette::Diagnostic;
use thiserror::Error as ThisError;

use crate::unit::ProtocolError;
use spikemesh_noc::Cycle;

/// What keeps a program from running on a device, or stops it.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// The program contradicts itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Program(#[from] spikemesh_isa::Error),
    /// The program was made for another device.
    #[error("the program was compiled for {program}, not for {device}")]
    #[diagnostic(code(simulate::device), help("compile the model again for {device}, or run on {program}"))]
    Device {
        /// The program's device.
        program: String,
        /// The device at hand.
        device: String,
    },
    /// The program's weights were never set.
    #[error("the program was compiled from a model without weights")]
    #[diagnostic(
        code(simulate::no_weights),
        help("compile a model with weights, or give `--random-weights SEED`")
    )]
    NoWeights,
    /// The program uses an NP that the device does not have.
    #[error("pass {pass} uses NP {np}, and the device has {nps}")]
    #[diagnostic(code(simulate::np_missing), help("compile the model for this device"))]
    NpMissing {
        /// The pass.
        pass: usize,
        /// The NP.
        np: u16,
        /// NPs of the device.
        nps: u32,
    },
    /// A record asks for what the device's units cannot do.
    #[error("pass {pass}, {unit}: {what}")]
    #[diagnostic(code(simulate::unsupported), help("`spikemesh check` names the rule that the model breaks"))]
    Unsupported {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
        /// What it cannot do.
        what: String,
    },
    /// A route leads to a unit that has no record in its pass.
    #[error("pass {pass}, {unit}: a route leads to {target}, which has no record in this pass")]
    #[diagnostic(code(simulate::no_target), help("the program is damaged: compile it again"))]
    NoTarget {
        /// The pass.
        pass: usize,
        /// The producer.
        unit: String,
        /// The receiver.
        target: String,
    },
    /// An input frame is not what the program takes.
    #[error("frame {frame}: {came}, and the program takes {takes}")]
    #[diagnostic(code(simulate::frame), help("give inputs of the shape of the model's input layer"))]
    Frame {
        /// The frame.
        frame: usize,
        /// What came.
        came: String,
        /// What was expected.
        takes: String,
    },
    /// A unit got a packet that it cannot take: the program is wrong.
    #[error("cycle {cycle}, {unit}: {}", describe(.defect))]
    #[diagnostic(
        code(simulate::defect),
        help("the program is damaged or was made by hand: compile it again")
    )]
    Defect {
        /// When.
        cycle: Cycle,
        /// Who.
        unit: String,
        /// What.
        defect: ProtocolError,
    },
    /// The device's network cannot be built.
    #[error("{0}")]
    #[diagnostic(code(simulate::network), help("correct the network section of the device file"))]
    Network(String),
}

fn describe(defect: &ProtocolError) -> &'static str {
    match defect {
        ProtocolError::NotReceiving => "a packet arrived while the unit was not receiving",
        ProtocolError::OutsideMap => "an event lies outside the unit's map",
        ProtocolError::WrittenTwice => "a position of the map was written twice in one frame",
    }
}
