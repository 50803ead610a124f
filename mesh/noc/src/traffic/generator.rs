//! The terminals' clocks: who creates which packet in which cycle.
//!
//! A terminal tests its injection for one cycle after the other, but only while no packet waits in its queue; meanwhile its clock
//! stands. Once it is free it catches up with the present, until a cycle creates a packet. So a packet may be older than the cycle in
//! which it is drawn, and no terminal ever has more than one packet that has not left. Terminals take turns by number, and all draw
//! from the same streams. These are BookSim2's rules, so the same seed creates the same packets.

use super::destinations::Destinations;
use super::injection_process::InjectionProcess;
use super::random::Random;
use crate::{BitSet, Cycle};

/// A packet that has been drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CreatedPacket {
    pub source: u32,
    pub target: u32,
    /// The cycle that created it, not later than that in which it was drawn.
    pub at: Cycle,
    /// Its latency counts.
    pub is_measured: bool,
}

/// All terminals as creators of packets.
#[derive(Clone, Debug)]
pub(super) struct PacketGenerator {
    process: InjectionProcess,
    destinations: Destinations,
    random: Random,
    /// The next cycle that a terminal tests; only kept for terminals that are out of step.
    clocks: Vec<Cycle>,
    /// Terminals whose clock is behind or that are busy. All others test the present cycle and nothing else.
    out_of_step: BitSet,
    /// Terminals with a packet that has not left.
    busy: BitSet,
    /// Terminals that may still create measured packets in the drain.
    undrained: BitSet,
    /// Packets that are created before it, and drawn from now on, are measured.
    measured_until: Cycle,
}

impl PacketGenerator {
    pub fn new(
        process: InjectionProcess,
        destinations: Destinations,
        random: Random,
        terminals: u32,
    ) -> PacketGenerator {
        PacketGenerator {
            process,
            destinations,
            random,
            clocks: vec![0; terminals as usize],
            out_of_step: BitSet::new(terminals as usize),
            busy: BitSet::new(terminals as usize),
            undrained: BitSet::new(terminals as usize),
            measured_until: 0,
        }
    }

    /// What is drawn from now on is measured.
    pub fn measure(&mut self) {
        self.measured_until = Cycle::MAX;
    }

    /// What is drawn from now on is measured only if it was created before cycle `now`, the next one.
    pub fn drain(&mut self, now: Cycle) {
        self.measured_until = now;
        // The clocks of all others are at `now` already.
        self.undrained = self.out_of_step.clone();
    }

    /// True while some terminal may create a measured packet in the drain.
    pub fn is_undrained(&self) -> bool {
        !self.undrained.is_empty()
    }

    /// Every terminal that can tests its injection up to cycle `now`. To be called for every cycle.
    ///
    /// BookSim2 visits terminals by number, and every test takes numbers from the same streams: the order of tests decides the packets.
    /// Invariant: a terminal that is in step has tested every cycle before `now` and has no packet in its queue. So all terminals in step
    /// between two that are not need exactly one test each, and are searched together for the first that creates a packet.
    pub fn draw(&mut self, now: Cycle, created: &mut Vec<CreatedPacket>) {
        let count = self.clocks.len() as u32;
        let mut terminal = 0;
        loop {
            let next = self.out_of_step.next_at(terminal as usize).map_or(count, |next| next as u32);
            while let Some(hit) = self.process.first(terminal..next, &mut self.random.fractions) {
                self.clocks[hit as usize] = now + 1;
                self.out_of_step.insert(hit as usize);
                self.create(hit, now, created);
                terminal = hit + 1;
            }
            if next == count {
                break;
            }
            if !self.busy.contains(next as usize) {
                self.catch_up(next, now, created);
            }
            terminal = next + 1;
        }
    }

    /// A terminal tests one cycle after the other, up to the present or to a packet.
    fn catch_up(&mut self, terminal: u32, now: Cycle, created: &mut Vec<CreatedPacket>) {
        let first = self.clocks[terminal as usize];
        let fractions = &mut self.random.fractions;
        let hit = (first..=now).find(|_| self.process.test(terminal, fractions));
        let clock = hit.unwrap_or(now) + 1;
        self.clocks[terminal as usize] = clock;
        match hit {
            Some(at) => self.create(terminal, at, created),
            None => self.out_of_step.remove(terminal as usize),
        }
        if clock > self.measured_until {
            self.undrained.remove(terminal as usize);
        }
    }

    fn create(&mut self, source: u32, at: Cycle, created: &mut Vec<CreatedPacket>) {
        self.busy.insert(source as usize);
        let target = self.destinations.draw(source, &mut self.random);
        // BookSim2 chooses one of its networks, of which there is one.
        self.random.integers.below(1);
        created.push(CreatedPacket { source, target, at, is_measured: at < self.measured_until });
    }

    /// The packet of a terminal has left in cycle `now`, all of it.
    pub fn inject(&mut self, terminal: u32, now: Cycle) {
        self.busy.remove(terminal as usize);
        if self.clocks[terminal as usize] > now {
            self.out_of_step.remove(terminal as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::injection_process::Injection;
    use super::*;

    fn generator(rate: f64, terminals: u32) -> PacketGenerator {
        let process = InjectionProcess::new(Injection::Bernoulli, rate, 1, terminals).unwrap();
        PacketGenerator::new(process, Destinations::Uniform(terminals), Random::new(3), terminals)
    }

    /// The rules without the shortcut: every free terminal tests until its clock is beyond the present or it has a packet.
    #[test]
    fn packets_are_those_of_the_plain_rules() {
        const COUNT: u32 = 150;
        let mut generator = generator(0.05, COUNT);
        let mut process = InjectionProcess::new(Injection::Bernoulli, 0.05, 1, COUNT).unwrap();
        let mut random = Random::new(3);
        // When the packet of a terminal leaves: some at once, some much later.
        let leaves = |source: u32, drawn: Cycle| drawn + Cycle::from(source % 3) * 17;
        let mut clocks = [0; COUNT as usize];
        let mut free = [0; COUNT as usize];
        let mut drawn = Vec::new();
        for now in 0..500 {
            let mut expected = Vec::new();
            for source in 0..COUNT {
                let (clock, free) = (&mut clocks[source as usize], &mut free[source as usize]);
                while *free <= now && *clock <= now {
                    *clock += 1;
                    if process.test(source, &mut random.fractions) {
                        let target = random.integers.below(COUNT);
                        random.integers.below(1);
                        expected.push(CreatedPacket { source, target, at: *clock - 1, is_measured: false });
                        *free = leaves(source, now) + 1;
                    }
                }
            }
            drawn.clear();
            generator.draw(now, &mut drawn);
            assert_eq!(drawn, expected, "{now}");
            (0..COUNT)
                .filter(|&source| free[source as usize] == now + 1)
                .for_each(|source| generator.inject(source, now));
        }
        assert!(clocks.iter().any(|&clock| clock < 490));
    }

    #[test]
    fn what_is_created_before_the_drain_is_measured_and_awaited() {
        let mut generator = generator(1.0, 2);
        let mut created = Vec::new();
        let mut draw = |generator: &mut PacketGenerator, now| {
            created.clear();
            generator.draw(now, &mut created);
            created.iter().map(|c| (c.source, c.at, c.is_measured)).collect::<Vec<_>>()
        };
        assert_eq!(draw(&mut generator, 0), [(0, 0, false), (1, 0, false)]);
        generator.measure();
        generator.inject(0, 0);
        assert_eq!(draw(&mut generator, 1), [(0, 1, true)]);
        generator.inject(0, 1);
        // Terminal 1 has two cycles before the drain to test when its packet has left.
        generator.drain(2);
        assert_eq!(draw(&mut generator, 2), [(0, 2, false)]);
        generator.inject(1, 2);
        assert_eq!(draw(&mut generator, 3), [(1, 1, true)]);
        assert!(generator.is_undrained());
        generator.inject(1, 3);
        assert_eq!(draw(&mut generator, 4), [(1, 2, false)]);
        assert!(!generator.is_undrained());
    }
}
