//! Faults on purpose, each of which a law must find.

use spikemesh::isa::memory::{Contents, Layout};
use spikemesh::isa::{Program, Target};
use spikemesh::mesh::{Loss, PlantedLoss};

/// A fault in a program, or in the network that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The network loses a token.
    Token,
    /// The network loses a marker.
    Marker,
    /// The network loses an event.
    Event,
    /// Weights of one NP are others.
    Weights,
    /// Thresholds of one NP are others.
    Thresholds,
    /// A route leads to another NP.
    RouteTarget,
    /// The output is not collected.
    Output,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Fault; 7] = [
        Fault::Token,
        Fault::Marker,
        Fault::Event,
        Fault::Weights,
        Fault::Thresholds,
        Fault::RouteTarget,
        Fault::Output,
    ];

    /// What the network loses.
    pub(crate) fn loss(self) -> Option<PlantedLoss> {
        let loss = match self {
            Fault::Token => Loss::Token,
            Fault::Marker => Loss::Marker,
            Fault::Event => Loss::Event,
            Fault::Weights | Fault::Thresholds | Fault::RouteTarget | Fault::Output => return None,
        };
        Some(PlantedLoss { loss, number: 0 })
    }

    /// The program with the fault, if it is one of programs and the program has a place for it.
    pub(crate) fn in_program(self, mut program: Program) -> Program {
        match self {
            Fault::Token | Fault::Marker | Fault::Event => {}
            Fault::Weights | Fault::Thresholds => {
                let nps = program.passes.iter_mut().flat_map(|pass| &mut pass.nps);
                for np in nps {
                    let layout = Layout::of_np(np);
                    let contents = Contents::unpack(&np.memory, &layout).expect("the image has its layout");
                    np.memory = self.in_memory(contents).pack(layout.weight_bits);
                }
            }
            Fault::RouteTarget => {
                for pass in &mut program.passes {
                    let last = pass.nps.last().map(|np| np.np);
                    let routes = pass.nps.iter_mut().flat_map(|np| &mut np.routes);
                    let routes = routes.chain(pass.sources.iter_mut().flat_map(|source| &mut source.routes));
                    let routes = routes.chain(pass.hrc.iter_mut().flat_map(|hrc| &mut hrc.routes));
                    for route in routes {
                        if let (Target::Np(np), Some(last)) = (&mut route.target, last)
                            && *np != last
                        {
                            *np = last;
                            return program;
                        }
                    }
                }
            }
            Fault::Output => {
                let output = program.outputs.last().expect("a program has an output").buffer;
                for pass in &mut program.passes {
                    pass.sinks.retain(|sink| sink.buffer != output);
                    for np in &mut pass.nps {
                        np.routes.retain(|route| route.target != Target::Sink(output));
                    }
                }
            }
        }
        program
    }

    fn in_memory(self, mut contents: Contents) -> Contents {
        if self == Fault::Weights {
            contents.weights.iter_mut().for_each(|weight| *weight = (*weight == 0).into());
        } else {
            contents.thresholds.iter_mut().for_each(|threshold| *threshold = i32::MAX);
        }
        contents
    }
}
