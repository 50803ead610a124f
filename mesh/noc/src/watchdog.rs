//! The watchdog of a run: when to give up on a network in which nothing moves.

use crate::error::Error;
use crate::network::Network;
use crate::time::Cycle;

/// Finds deadlocks by patience: flits are in the network, and none has moved for a number of cycles. It costs three comparisons a look
/// and keeps no state. Each kind of run chooses its patience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// Cycles without a moving flit that are still accepted.
    patience: Cycle,
}

impl Default for Watchdog {
    fn default() -> Watchdog {
        Watchdog::new(Watchdog::PATIENCE)
    }
}

impl Watchdog {
    /// The patience of a replay or a synthetic load that asks for no other. The longest wait of a network that works is far shorter: a
    /// credit takes at most a few hundred cycles, and allocators are fair.
    pub const PATIENCE: Cycle = 10_000;

    /// A watchdog that accepts this many cycles without a moving flit.
    pub const fn new(patience: Cycle) -> Watchdog {
        Watchdog { patience }
    }

    /// Whether the network is deadlocked, if `next` is the next cycle in which anything happens; `None` if nothing ever will.
    pub fn is_deadlocked(&self, network: &Network, next: Option<Cycle>) -> bool {
        network.in_flight() > 0 && next.is_none_or(|next| next - last_movement(network) > self.patience)
    }

    /// As [`Watchdog::is_deadlocked`], with the packets that wait for each other as an error. `name` names packets by their tags.
    ///
    /// # Errors
    /// [`Error::Deadlock`]
    pub fn check(
        &self,
        network: &Network,
        next: Option<Cycle>,
        name: impl Fn(u32) -> String,
    ) -> Result<(), Error> {
        if !self.is_deadlocked(network, next) {
            return Ok(());
        }
        let since = last_movement(network);
        Err(Error::Deadlock {
            now: since.saturating_add(self.patience),
            since,
            flits: network.in_flight(),
            packets: network.describe_deadlock(name),
        })
    }
}

fn last_movement(network: &Network) -> Cycle {
    network.last_movement().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::TreeRequest;
    use crate::probe::NoProbe;
    use spikemesh_device::network::{Config, Multicast, PortOrder, TerminalId};

    /// Two terminals of a node send to the same two neighbours, and each packet owns the channel that the other one needs. Packets that fit a buffer come through
    /// all the same. Longer ones are refused; forced, they wait for each other for ever.
    #[test]
    fn packets_that_do_not_fit_a_buffer_deadlock() {
        let config = Config {
            multicast: Multicast::Tree,
            locals: vec![2, 1, 1, 0],
            ..Config::r3(2, 2, 1, 4, PortOrder::LocalFirst)
        };
        for (flits, comes_through) in [(4, true), (40, false)] {
            let mut network = Network::new(&config).unwrap();
            network.routers.worklists_mut().trees.may_be_long = true;
            // The first packet alone moves a pointer.
            for (source, targets, flits, tag) in
                [(0, &[2][..], 1, 0), (0, &[2, 3], flits, 1), (1, &[2, 3], flits, 2)]
            {
                let targets: Vec<TerminalId> = targets.iter().copied().map(TerminalId).collect();
                let request =
                    TreeRequest { source: TerminalId(source), targets: &targets, flits, class: 0, tag };
                network.offer_tree(network.state.now.map_or(0, |now| now + 1), request).unwrap();
                if tag == 0 {
                    (0..50).for_each(|now| network.step(now, &mut NoProbe));
                }
            }
            while let Some(now) = network.next_active() {
                network.step(now, &mut NoProbe);
                network.check_conservation().unwrap();
            }
            let ended = Watchdog::new(100).check(&network, None, |tag| format!("packet {tag}"));
            assert_eq!(ended.is_ok(), comes_through);
            let text = ended.map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(text.contains("packet 1 waits for a channel"), !comes_through, "{text}");
        }
    }
}
