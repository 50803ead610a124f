//! One cycle of the network: deliver, inject, allocate, traverse.
//!
//! All grants of a cycle rest on the state at its beginning, as in BookSim2, where every module reads its inputs, then evaluates, then
//! writes its outputs. Here there is one copy of the state; the order of the steps keeps the rule:
//!
//! 1. *Deliver* what the delay lines hold for this cycle. From here on the state is that "at the beginning of the cycle".
//! 2. *Inject*: terminals write to delay lines only.
//! 3. *Allocate*: switches before virtual channels, so that a VC that is granted in this cycle asks for the switch in the next.
//! 4. *Traverse*: flits leave after both allocators have looked, so that a VC, a place or a head that becomes visible when a flit
//!    leaves is seen in the next cycle.
//!
//! Routers touch each other only by delay lines, whose shortest delay is two cycles. So steps 3 and 4 may be done for some routers before
//! others, and the order of routers shows in no result.
//!
//! Four sets say where there is work (see [`Worklists`](crate::router::worklists::Worklists)):
//!
//! | set | a bit stands for | set exactly if | read by | written by |
//! |---|---|---|---|---|
//! | `asking` | an input port | a VC of it is active, has a flit, and its output VC a credit | switch allocation | steps 1, 3, 4 |
//! | `ready` | an output port and route class (a pool) | a head waits there and a VC is free | VC allocation, speculation | steps 1, 3, 4 |
//! | `holding` | an input port | a packet of it keeps the switch | switch allocation | steps 3, 4 |
//! | `used` | 64 bits of the others | at least if one of these is set | the walk over the routers | step 1 sets, the walk clears |
//!
//! `docs/microarchitecture/router-cycle.md` draws this state, follows one flit through the files and two packets through the cycles. The
//! simulator calls this step from its own loop, `mesh/src/simulator/pass_run.rs`; `docs/microarchitecture/timing.md` has the order of both.

use crate::alloc::tree_switch::BranchWinner;
use crate::alloc::vc_r3::allocate_vcs_r3;
use crate::flit::Flit;
use crate::packet::Delivered;
use crate::probe::{FlitEvent, OccupancyEvent, Probe};
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::state::State;
use crate::time::Cycle;
use crate::traversal::Departure;
use crate::tree::Trees;
use spikemesh_device::network::{NodeId, TerminalId};

impl State {
    /// As [`Network::step`](crate::network::Network::step).
    pub fn step<Q: Probe, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.now = Some(now);
        self.counters.steps += 1;
        self.injected.clear();
        self.delivered.clear();
        // One test per cycle, not one per router: all branches on `R3` are gone from both copies of the step. The fast path needs all
        // VCs of a router in one 64-bit mask.
        if N <= 64 && self.is_r3 {
            self.step_as::<Q, true, P, N>(array, now, probe);
        } else {
            self.step_as::<Q, false, P, N>(array, now, probe);
        }
    }

    #[inline(always)]
    fn step_as<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        // A probe that sleeps is asked twice: what is delivered may wake it. Each step has a copy for it, without the reports.
        // 1. From here on the state is that at the beginning of the cycle.
        if Q::OBSERVES_NETWORK && !probe.is_asleep(now) {
            self.deliver_seen::<Q, R3, P, N>(array, now, probe);
        } else {
            self.deliver::<Q, false, R3, P, N>(array, now, probe);
        }
        // 2. Writes to delay lines, and to no router.
        let (packets, delay_lines) = (&mut self.packets, &mut self.delay_lines);
        let injected = self.injectors.inject(now, packets, delay_lines, &mut self.injected);
        if injected > 0 {
            self.counters.injected += injected;
            self.last_movement = Some(now);
        }
        // 3. and 4.
        if Q::OBSERVES_NETWORK && !probe.is_asleep(now) {
            self.allocate_seen::<Q, R3, P, N>(array, now, probe);
        } else {
            self.allocate::<Q, false, R3, P, N>(array, now, probe);
        }
    }

    /// Both steps with reports are functions of their own, so that they do not weigh on the others.
    #[inline(never)]
    fn deliver_seen<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.deliver::<Q, true, R3, P, N>(array, now, probe);
    }

    #[inline(never)]
    fn allocate_seen<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.allocate::<Q, true, R3, P, N>(array, now, probe);
    }

    /// What the delay lines hold for cycle `now` takes effect.
    ///
    /// The order inside this step is free: of a flit and the credit that it needs, whichever comes second sets the bit in `asking`.
    /// Terminals take a flit and return its credit at once, as BookSim2's traffic manager does. `LOOKS`: the probe is awake.
    #[inline(always)]
    fn deliver<Q: Probe, const LOOKS: bool, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        if !R3 {
            self.delay_lines.hold_back(now);
        }
        let credits = self.delay_lines.credits.take(now);
        let trees = !R3 && array.worklists.trees.are_on;
        for &channel in &credits {
            if trees {
                array.credit_for_branch(channel);
            } else {
                array.credit(channel);
            }
        }
        if LOOKS && probe.watches_outputs() {
            credits.iter().for_each(|&channel| array.report_output(channel, now, probe));
        }
        self.delay_lines.credits.clear(now, credits);
        let source_credits = self.delay_lines.source_credits.take(now);
        for &channel in &source_credits {
            self.injectors.credit(channel);
        }
        self.delay_lines.source_credits.clear(now, source_credits);
        if !R3 {
            let routes = self.delay_lines.routes.take(now);
            for &channel in &routes {
                array.routed(channel, now);
            }
            self.delay_lines.routes.clear(now, routes);
        }
        let flits = self.delay_lines.flits.take(now);
        for &(channel, flit) in &flits {
            if trees {
                array.receive_for_branches(channel, flit, now, &mut self.delay_lines);
            } else {
                array.receive::<R3>(channel, flit, now, &mut self.delay_lines);
            }
            if LOOKS {
                self.report_flit(array, channel, flit, now, probe);
            } else if Q::OBSERVES_NETWORK {
                let link = array.worklists.link_into(channel);
                let vc = Router::<P, N>::number(channel as usize) as u8;
                probe.passed(now, link, vc, self.packets.get(flit.slot()).tag);
            }
        }
        self.delay_lines.flits.clear(now, flits);
        let ejections = self.delay_lines.ejections.take(now);
        for &(channel, flit) in &ejections {
            // Ejections are kept by the output VC, which gets the credit; the terminal is its other end.
            let (index, local) = RouterArray::<P, N>::split(channel);
            let terminal = array.routers[index].outs[local].downstream.channel();
            // The terminal takes the flit and returns the credit in the same cycle.
            let credit = array.worklists.delays.credit as Cycle;
            self.delay_lines.credits.at(now + 2 + credit).push(channel);
            let shift = array.worklists.vc_shift;
            let (terminal, vc) = (terminal >> shift, terminal & ((1 << shift) - 1));
            let is_last = !trees || self.reach_leaf(terminal, flit, &mut array.worklists.trees);
            self.eject::<Q, LOOKS>(terminal, vc, flit, is_last, now, probe);
        }
        self.delay_lines.ejections.clear(now, ejections);
        if !R3 && (array.worklists.delays.traversal() > 1 || !self.allocators.keeps_order()) {
            // Flits that crossed their switches in different cycles may arrive together, or a switch lets them through in another order.
            self.delivered.sort_unstable_by_key(|packet| packet.terminal);
        }
    }

    /// A flit reaches a terminal; `is_last`: no other receiver of its packet is left.
    #[inline(always)]
    fn eject<Q: Probe, const LOOKS: bool>(
        &mut self,
        terminal: u32,
        vc: u32,
        flit: Flit,
        is_last: bool,
        now: Cycle,
        probe: &mut Q,
    ) {
        let packet = self.packets.get(flit.slot());
        if Q::OBSERVES_NETWORK {
            let (link, vc, tag) = (self.topology.link_to_terminal(terminal), vc as u8, packet.tag);
            if LOOKS {
                let (is_head, is_tail) = (flit.is_head(), flit.is_tail());
                probe.flit(FlitEvent { cycle: now, link, vc, tag, is_head, is_tail });
            } else {
                probe.passed(now, link, vc, tag);
            }
        }
        self.ejected[terminal as usize] += 1;
        self.counters.ejected += 1;
        self.last_movement = Some(now);
        if flit.is_tail() {
            self.delivered.push(Delivered {
                terminal: TerminalId(terminal),
                tag: packet.tag,
                injected: packet.injected,
                cycle: now,
                routers: packet.routers as u32,
            });
            if is_last {
                self.packets.remove(flit.slot());
            }
        }
    }

    /// In a network of trees a flit reaches one of the receivers. Returns whether it is the tail and all others have the packet.
    fn reach_leaf(&mut self, terminal: u32, flit: Flit, trees: &mut Trees) -> bool {
        if !flit.is_tail() {
            return false;
        }
        let packet = self.packets.get_mut(flit.slot());
        let key = packet.header.tree();
        let tree = trees.table.get_mut(key);
        packet.routers = self.topology.hops(tree.source, self.coords[terminal as usize].node) as u16 + 1;
        tree.leaves -= 1;
        let is_last = tree.leaves == 0;
        if is_last {
            trees.table.remove(key);
        }
        is_last
    }

    /// A flit has arrived in a buffer.
    fn report_flit<Q: Probe, const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        channel: u32,
        flit: Flit,
        now: Cycle,
        probe: &mut Q,
    ) {
        let (index, local) = RouterArray::<P, N>::split(channel);
        let router = &array.routers[index];
        let (port, vc) = (Router::<P, N>::port(local) as u8, Router::<P, N>::number(local) as u8);
        let link = array.worklists.link_into(channel);
        let tag = self.packets.get(flit.slot()).tag;
        probe.flit(FlitEvent { cycle: now, link, vc, tag, is_head: flit.is_head(), is_tail: flit.is_tail() });
        let (node, flits) = (NodeId(router.info.index), router.ins[local].len);
        probe.occupancy(OccupancyEvent { cycle: now, node, port, vc, flits });
    }

    /// Runs both allocators of every router that has work, and carries out what ends in cycle `now`: steps 3 and 4.
    ///
    /// On the R3 fast path (`R3`, see [`Allocators::is_r3`](crate::alloc::Allocators::is_r3)) the routers of one word of the worklists, 64
    /// ports, go through switch allocation, VC allocation and traversal while they are in the cache. In general all routers are
    /// allocated first, because a slow allocator hands out winners of earlier cycles.
    #[inline(always)]
    fn allocate<Q: Probe, const LOOKS: bool, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        let State { allocators, delay_lines, packets, counters, .. } = self;
        let delays = array.worklists.delays;
        let mut departure = Departure::open(now, &delays, allocators, delay_lines);
        let watches_outputs = LOOKS && probe.watches_outputs();
        if R3 {
            array.each_word(|word, array| {
                let active = if watches_outputs { array.worklists.active(word) } else { 0 };
                let RouterArray { routers, worklists } = array;
                // Reads `asking` before VC allocation adds to it.
                allocators.allocate_switches::<true, P, N>(
                    routers,
                    word * 64 / P,
                    worklists.asking.word(word),
                );
                allocate_vcs_r3(word, routers, worklists);
                departure.traverse::<Q, LOOKS, R3, P, N>(&allocators.winners, array, packets, probe);
                allocators.winners.clear();
                if watches_outputs {
                    RouterArray::<P, N>::each_of_word(word, active, |index| {
                        array.report_outputs(index, now, probe)
                    });
                }
            });
        } else {
            let mut acted = Vec::new();
            array.each_active(|router, worklists| {
                allocators.allocate(now, router, worklists);
                if watches_outputs {
                    acted.push(router.info.index as usize);
                }
            });
            if !allocators.at_once {
                if watches_outputs {
                    acted.extend(allocators.due_vcs(now));
                }
                allocators.take_due_vcs(array, now);
            }
            // With allocators of one cycle these are the winners of this cycle.
            let winners = allocators.due_winners(now);
            if array.worklists.trees.are_on {
                counters.forked +=
                    departure.traverse_trees::<Q, LOOKS, P, N>(&winners, array, packets, probe);
            } else {
                departure.traverse::<Q, LOOKS, R3, P, N>(&winners, array, packets, probe);
            }
            if watches_outputs {
                // A winner without a branch is a channel and nothing else.
                let winner = |&winner: &u32| RouterArray::<P, N>::split(BranchWinner(winner).channel()).0;
                acted.extend(winners.iter().map(winner));
                acted.iter().for_each(|&index| array.report_outputs(index, now, probe));
            }
            allocators.return_winners(now, winners);
        }
        let (switched, ejected) = departure.close();
        counters.switched += switched;
        counters.flit_hops += switched - ejected;
        if switched > 0 {
            self.last_movement = Some(now);
        }
    }
}
