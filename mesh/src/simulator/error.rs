//! Why a program cannot be loaded, or does not go on.

use miette::Diagnostic;
use thiserror::Error as ThisError;

use super::limits::{MAX_POTENTIALS, MAX_VALUES};
use crate::unit::ProtocolError;
use spikemesh_noc::{Cycle, Multicast};
use spikemesh_words::plural;

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
    /// The program has trees, and the device's routers fork no packets, or packets that fork may not fit their buffers.
    #[error(
        "pass {pass} has trees of packets of up to {}, and the device has multicast {} and buffers of {depth}",
        plural(*flits, "flit", "flits"),
        match multicast { Multicast::Source => "source", Multicast::Tree => "tree" }
    )]
    #[diagnostic(
        code(simulate::trees),
        help(
            "compile the model for this device, or run with `--set network.multicast=tree` and `network.vc_buf_size` of {flits} or more"
        )
    )]
    Trees {
        /// The pass.
        pass: usize,
        /// What the device has.
        multicast: Multicast,
        /// Flits in a buffer.
        depth: u16,
        /// The longest packet.
        flits: usize,
    },
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
    /// The program uses an NP that computes nothing.
    #[error("pass {pass} uses {np}, which is disabled")]
    #[diagnostic(
        code(simulate::np_disabled),
        help("map the model for this device: the compiler leaves out what is disabled")
    )]
    NpDisabled {
        /// The pass.
        pass: usize,
        /// The NP.
        np: String,
    },
    /// An NP would have to hold more than it can.
    #[error(
        "pass {pass}, {np}: its weights, input map, thresholds and FIFO take {}, and an NP has {limit}",
        plural(*bytes, "byte", "bytes")
    )]
    #[diagnostic(
        code(simulate::np_memory),
        help("map the model for this device: the compiler divides what an NP cannot hold")
    )]
    NpMemory {
        /// The pass.
        pass: usize,
        /// The NP.
        np: String,
        /// What it would hold, at least.
        bytes: u64,
        /// What it can hold.
        limit: u64,
    },
    /// More weights than file and device have room for: the file unpacks to what nobody trained.
    #[error("the program has {}, its file and the device have room for {limit}", plural(*found, "weight", "weights"))]
    #[diagnostic(
        code(simulate::weights),
        help("weights of a trained model do not pack so well: make the program again with `spikemesh map`")
    )]
    Weights {
        /// Weights, filled up to whole rows of filters.
        found: u64,
        /// Most weights.
        limit: u64,
    },
    /// The units of a pass compute more potentials at a time than the host keeps.
    #[error("pass {pass} computes {found} potentials in a frame, the limit is {MAX_POTENTIALS}")]
    #[diagnostic(code(simulate::potentials), help("make the maps or the number of filters smaller"))]
    Potentials {
        /// The pass.
        pass: usize,
        /// Potentials before pooling, filled up to whole rows of filters.
        found: u64,
    },
    /// Maps and buffers are larger than the host keeps.
    #[error("all output maps and buffers have {}, the limit is {MAX_VALUES}", plural(*found, "value", "values"))]
    #[diagnostic(code(simulate::values), help("make the maps smaller"))]
    Values {
        /// Values of one frame.
        found: u64,
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
