//! Injection: the sending side of the terminals, with an infinite queue for each class, one flit per cycle.
//!
//! The rules are those of BookSim2's traffic manager, which acts as the upstream router of the terminal's port: it keeps credits and
//! owners of the VCs there (`BufferState`), takes classes in turn, and gives a packet the next VC of its class.

use crate::arbiter::pick;
use crate::bitset::{SummedSet, mask, take_lowest};
use crate::delay_lines::DelayLines;
use crate::flit::Flit;
use crate::packet::{Injected, NO_PACKET, Packets};
use crate::router::NO_VC;
use crate::router::array::RouterArray;
use crate::router::worklists::Worklists;
use crate::time::Cycle;
use spikemesh_device::network::Config;
use spikemesh_device::network::{PortKind, TerminalId, Topology};

/// Link to the router: a flit sent in cycle T is in the router's buffer in this many cycles.
const INJECT_DELAY: Cycle = 2;

/// The packets of one class that a terminal has to send.
#[derive(Clone, Debug)]
pub(crate) struct SourceQueue {
    /// The packet being sent or to be sent next.
    pub first: u32,
    last: u32,
    /// When `first` came to the front.
    taken: Cycle,
    /// Flits of `first` that have left.
    pub sent: u32,
    /// The VC that `first` goes out on, once its head has left.
    pub vc: u8,
    /// The VC of the packet before it.
    last_vc: u8,
}

/// One terminal's sending side.
#[derive(Clone, Debug)]
pub(crate) struct Injector {
    /// The first channel of the router's input port.
    pub channel: u32,
    /// VCs that a packet goes out on.
    pub owned: u32,
    /// VCs with a free place in the router's buffer.
    ready: u32,
    /// Packets in all queues.
    queued: u32,
    /// The class that sent last; the next one has precedence.
    last_class: u8,
}

/// The sending sides of all terminals.
#[derive(Clone, Debug)]
pub(crate) struct Injectors {
    pub terminals: Vec<Injector>,
    /// Queues of all classes for each terminal.
    pub queues: Vec<SourceQueue>,
    /// Free places in the router's buffers, by `terminal << vc_shift | vc`.
    pub credits: Vec<u16>,
    /// VCs of each class.
    pub classes: Vec<u32>,
    /// Terminals that may be able to send.
    active: SummedSet,
    /// Flits sent by each terminal.
    pub flits: Vec<u64>,
    vc_shift: u32,
    /// A class whose packet has begun goes on while it can.
    hold: bool,
}

impl Injectors {
    /// Empty queues for a checked configuration.
    pub fn new<const P: usize, const N: usize>(
        config: &Config,
        topology: &Topology,
        array: &RouterArray<P, N>,
    ) -> Injectors {
        let terminals = topology.terminals() as usize;
        let Worklists { vcs, vc_shift, .. } = array.worklists;
        let injector = |terminal| {
            let (node, local) = topology.place(TerminalId(terminal));
            let channel = RouterArray::<P, N>::channel(node, topology.port(node, PortKind::Local(local)));
            Injector { channel, owned: 0, ready: mask(0, vcs), queued: 0, last_class: 0 }
        };
        let empty =
            SourceQueue { first: NO_PACKET, last: NO_PACKET, taken: 0, sent: 0, vc: NO_VC, last_vc: NO_VC };
        Injectors {
            terminals: (0..terminals as u32).map(injector).collect(),
            queues: vec![empty; terminals * config.classes.len()],
            credits: vec![config.depth; terminals << vc_shift],
            classes: config.classes.iter().map(|vcs| mask(vcs.first as u32, vcs.count as u32)).collect(),
            active: SummedSet::new(terminals),
            flits: vec![0; terminals],
            vc_shift,
            hold: config.hold_switch,
        }
    }

    /// True if some terminal may be able to send.
    pub fn is_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// Puts a packet that is created in cycle `now` at the end of its queue.
    pub fn push(&mut self, terminal: u32, slot: u32, now: Cycle, packets: &mut Packets) {
        let class = packets.get(slot).class as usize;
        let queue = &mut self.queues[terminal as usize * self.classes.len() + class];
        // Queues are linked lists through the packets, so that a backlog of any length costs no memory of its own.
        if queue.first == NO_PACKET {
            queue.first = slot;
            queue.taken = now;
        } else {
            packets.get_mut(queue.last).next = slot;
        }
        queue.last = slot;
        self.terminals[terminal as usize].queued += 1;
        self.active.insert(terminal as usize);
    }

    /// The router has a free place again in `channel`, `terminal << vc_shift | vc`.
    #[inline]
    pub fn credit(&mut self, channel: u32) {
        self.credits[channel as usize] += 1;
        let terminal = (channel >> self.vc_shift) as usize;
        let injector = &mut self.terminals[terminal];
        // Every credit sets the bit, needed or not, without a test.
        injector.ready |= 1 << (channel & ((1 << self.vc_shift) - 1));
        if injector.queued > 0 {
            self.active.insert(terminal);
        }
    }

    /// Every terminal that can send sends one flit. Returns the number of flits.
    ///
    /// Invariant: a terminal that has a packet and a VC with credit is in `active`. One that finds nothing to send leaves the set until a credit or
    /// a packet comes ([`Injectors::credit`], [`Injectors::push`]), so blocked terminals cost nothing.
    pub fn inject(
        &mut self,
        now: Cycle,
        packets: &mut Packets,
        delay_lines: &mut DelayLines,
        reports: &mut Vec<Injected>,
    ) -> u64 {
        let mut flits = 0;
        for group in 0..self.active.groups() {
            // Copies: the set changes below, only in bits that have been visited.
            let mut words = self.active.used(group);
            while words != 0 {
                let word = group * 64 + take_lowest(&mut words) as usize;
                let mut bits = self.active.word(word);
                while bits != 0 {
                    let terminal = (word << 6) as u32 + take_lowest(&mut bits);
                    match self.next(terminal) {
                        Some((class, vc)) => {
                            let flit = self.send(terminal, class, vc, now, packets, reports);
                            let channel = self.terminals[terminal as usize].channel + vc;
                            delay_lines.flits.at(now + INJECT_DELAY).push((channel, flit));
                            flits += 1;
                        }
                        None => self.active.remove(terminal as usize),
                    }
                }
            }
        }
        flits
    }

    /// The class that sends in this cycle, and the VC: round robin over classes, from the one after the last sender on. A packet stays in its VC
    /// to the tail; a new one needs a VC that is owned by none and has a credit.
    #[inline]
    fn next(&self, terminal: u32) -> Option<(usize, u32)> {
        let classes = self.classes.len();
        let injector = &self.terminals[terminal as usize];
        let mut class = injector.last_class as usize;
        // A source acts like a held switch: a packet that has begun goes on while it has credit.
        if self.hold {
            let queue = &self.queues[terminal as usize * classes + class];
            if queue.vc != NO_VC && injector.ready >> queue.vc & 1 != 0 {
                return Some((class, queue.vc as u32));
            }
        }
        for _ in 0..classes {
            class = if class + 1 == classes { 0 } else { class + 1 };
            let queue = &self.queues[terminal as usize * classes + class];
            if queue.first == NO_PACKET {
                continue;
            }
            let vc = match queue.vc {
                NO_VC => free_vc(self.classes[class], queue.last_vc, injector.ready & !injector.owned),
                vc => (injector.ready >> vc & 1 != 0).then_some(vc as u32),
            };
            if let Some(vc) = vc {
                return Some((class, vc));
            }
        }
        None
    }

    /// Takes the next flit of a class out of its queue. The head takes the VC, the tail frees it. The tail also brings the next packet to the
    /// front of the queue, from the next cycle on.
    #[inline]
    fn send(
        &mut self,
        terminal: u32,
        class: usize,
        vc: u32,
        now: Cycle,
        packets: &mut Packets,
        reports: &mut Vec<Injected>,
    ) -> Flit {
        let queue = &mut self.queues[terminal as usize * self.classes.len() + class];
        let injector = &mut self.terminals[terminal as usize];
        let slot = queue.first;
        let packet = packets.get_mut(slot);
        // All flits carry the header, so that no router looks up the packet.
        let header = packet.header;
        let is_head = queue.sent == 0;
        if is_head {
            packet.injected = now;
            queue.vc = vc as u8;
            queue.last_vc = vc as u8;
            injector.owned |= 1 << vc;
        }
        queue.sent += 1;
        let is_tail = queue.sent == packet.flits;
        if is_tail {
            reports.push(Injected {
                terminal: TerminalId(terminal),
                tag: packet.tag,
                taken: queue.taken,
                head: packet.injected,
                tail: now,
            });
            // The packet lives on in the network until its tail is delivered; only its link in the queue ends here.
            queue.first = packet.next;
            queue.taken = now + 1;
            queue.sent = 0;
            queue.vc = NO_VC;
            injector.owned &= !(1 << vc);
            injector.queued -= 1;
            if injector.queued == 0 {
                self.active.remove(terminal as usize);
            }
        }
        injector.last_class = class as u8;
        // The place in the router's buffer is taken now, two cycles before the flit is there.
        let credits = &mut self.credits[(terminal << self.vc_shift | vc) as usize];
        *credits -= 1;
        if *credits == 0 {
            injector.ready &= !(1 << vc);
        }
        self.flits[terminal as usize] += 1;
        Flit::new(slot, is_head, is_tail, header)
    }
}

/// The VC for a new packet: the first usable one (without owner, with a credit) after the last one used, cyclically within the class. A class
/// that has sent nothing yet tries its first VC only: BookSim2
/// searches from the VC after the last, and without a last one every try is for the first.
#[inline]
fn free_vc(class: u32, last: u8, usable: u32) -> Option<u32> {
    if last == NO_VC {
        let first = class.trailing_zeros();
        return (usable >> first & 1 != 0).then_some(first);
    }
    let usable = usable & class;
    (usable != 0).then(|| pick(usable, last as u32 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: u32 = 0b1110;

    #[test]
    fn the_first_packet_tries_the_first_vc_only() {
        assert_eq!(free_vc(CLASS, NO_VC, 0b1111), Some(1));
        assert_eq!(free_vc(CLASS, NO_VC, 0b1101), None);
    }

    #[test]
    fn later_packets_go_round_and_skip_what_is_not_free() {
        assert_eq!(free_vc(CLASS, 1, 0b1111), Some(2));
        assert_eq!(free_vc(CLASS, 3, 0b1111), Some(1));
        assert_eq!(free_vc(CLASS, 1, 0b1011), Some(3));
        assert_eq!(free_vc(CLASS, 1, 0b0011), Some(1));
        assert_eq!(free_vc(CLASS, 1, 0b0001), None);
        assert_eq!(free_vc(u32::MAX, 31, 1 << 31 | 1), Some(0));
    }
}
