//! Reports of the virtual channels of outputs: after every step they are what the routers have.

use std::collections::BTreeMap;

use spikemesh_noc::{Config, GrantEvent, Network, NodeId, OutputEvent, OutputState, Probe};

/// The last report of each virtual channel of an output, by node, port and channel.
pub struct Outputs {
    states: BTreeMap<(u32, u8, u8), OutputState>,
    is_speculative: bool,
    /// Those by which a tail has left in this step.
    freed: Vec<(u32, u8, u8)>,
    /// Flits that left by an output that their input held.
    held: u64,
}

impl Outputs {
    /// Before the first step.
    pub fn new(config: &Config, network: &Network) -> Outputs {
        let mut states = BTreeMap::new();
        each(network, |place, state| {
            states.insert(place, state);
        });
        Outputs { states, is_speculative: config.speculative, freed: Vec::new(), held: 0 }
    }

    /// After a step: nothing has changed without a report, and a tail has freed its output.
    pub fn check(&mut self, network: &Network) {
        each(network, |place, state| assert_eq!(self.states[&place], state, "{place:?}"));
        for place in self.freed.drain(..) {
            assert_eq!(self.states[&place].owner, None, "{place:?}");
        }
    }

    /// After the last step: all is free, and `flits` have crossed a switch.
    pub fn check_end(&self, config: &Config, flits: u64) {
        let last = |state: &OutputState| state.owner.is_none() && [0, config.depth].contains(&state.credits);
        assert!(self.states.values().all(last));
        assert_eq!(self.held, flits);
    }
}

fn each(network: &Network, mut visit: impl FnMut((u32, u8, u8), OutputState)) {
    for node in 0..network.nodes() {
        for port in 0..network.ports(NodeId(node)) {
            for vc in 0..network.vcs() {
                visit((node, port, vc), network.output(NodeId(node), port, vc));
            }
        }
    }
}

impl Probe for Outputs {
    fn watches_outputs(&self) -> bool {
        true
    }

    fn output(&mut self, event: OutputEvent) {
        self.states.insert((event.node.0, event.port, event.vc), event.state);
    }

    fn grant(&mut self, grant: GrantEvent) {
        let place = (grant.node.0, grant.out_port, grant.out_vc);
        // A head that speculates may be granted its output and the switch in one cycle.
        if !self.is_speculative {
            assert_eq!(self.states[&place].owner, Some((grant.in_port, grant.in_vc)), "{grant:?}");
            assert!(self.states[&place].credits > 0, "{grant:?}");
        }
        self.held += 1;
        if grant.is_tail {
            self.freed.push(place);
        }
    }
}
