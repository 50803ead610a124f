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
