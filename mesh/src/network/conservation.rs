//! The books of the network: nothing is lost, nothing appears, nothing is owned twice.

use super::Network;
use super::error::Error;
use super::router::{NOBODY, State};
use super::topology::NodeId;

impl Network {
    /// Counts everything again and compares. To be called between steps; it takes time in proportion to the
    /// size of the network.
    ///
    /// # Errors
    ///
    /// [`Error::Conservation`] with the first difference: flits sent = flits arrived + flits under way; for each
    /// link and virtual channel, credits + flits on the link + flits in the buffer + credits on the way back =
    /// depth; each output VC has one owner and each packet under way one output VC; the flits of a packet follow
    /// one another in a buffer; the masks of pending work are complete.
    pub fn check_conservation(&self) -> Result<(), Error> {
        let fabric = &self.fabric;
        let mut on_link = vec![0u64; fabric.in_vcs.len()];
        let mut credits_back = vec![0u64; fabric.out_vcs.len()];
        let mut returns = vec![0u64; self.sources.credits.len()];
        let mut ejecting = 0;
        for slot in self.calendar.slots() {
            slot.flits.iter().for_each(|&(channel, _)| on_link[channel as usize] += 1);
            slot.credits.iter().for_each(|&channel| credits_back[channel as usize] += 1);
            slot.returns.iter().for_each(|&channel| returns[channel as usize] += 1);
            ejecting += slot.ejects.len() as u64;
        }
        let stored: u64 = fabric.in_vcs.iter().map(|vc| vc.len as u64).sum();
        let under_way = stored + on_link.iter().sum::<u64>() + ejecting;
        expect(|| "the network".to_owned(), "flits under way", under_way, self.in_flight())?;

        for global in 0..fabric.ports.len() as u32 {
            for vc in 0..fabric.vcs {
                let channel = fabric.channel(global, vc);
                self.check_credits(channel, on_link[channel as usize], &credits_back, &returns)?;
                self.check_order(channel)?;
                self.check_input(channel)?;
                self.check_output(channel)?;
            }
        }
        Ok(())
    }

    fn check_credits(
        &self,
        channel: u32,
        on_link: u64,
        credits_back: &[u64],
        returns: &[u64],
    ) -> Result<(), Error> {
        let fabric = &self.fabric;
        let depth = fabric.depth as u64;
        let vc = &fabric.in_vcs[channel as usize];
        let stored = vc.len as u64 + on_link;
        let sender = vc.upstream.channel() as usize;
        if vc.upstream.is_none() {
            expect(|| self.channel_name(channel), "flits from beyond the edge", stored, 0)
        } else if vc.upstream.is_terminal() {
            let total = stored + self.sources.credits[sender] as u64 + returns[sender];
            expect(|| self.channel_name(channel), "places of the source's buffer", total, depth)?;
            // What goes to the terminal is credited when it departs.
            let total = fabric.out_vcs[channel as usize].credits as u64 + credits_back[channel as usize];
            expect(|| self.channel_name(channel), "credits of the terminal", total, depth)
        } else {
            let total = stored + fabric.out_vcs[sender].credits as u64 + credits_back[sender];
            expect(|| self.channel_name(channel), "places of the buffer", total, depth)
        }
    }

    /// The flits of a packet follow one another, and a new packet begins with its head.
    fn check_order(&self, channel: u32) -> Result<(), Error> {
        let fabric = &self.fabric;
        let vc = &fabric.in_vcs[channel as usize];
        let depth = fabric.depth as usize;
        let buffer = &fabric.buffers[channel as usize * depth..][..depth];
        let flit = |place: u16| buffer[(vc.head as usize + place as usize) % depth];
        if vc.len > 0 && vc.state != State::Idle {
            let slot = flit(0).slot();
            expect(|| self.channel_name(channel), "packet at the front", slot as u64, vc.packet as u64)?;
        }
        for place in 1..vc.len {
            let (before, this) = (flit(place - 1), flit(place));
            let starts = this.is_head() as u64;
            expect(|| self.channel_name(channel), "head after tail", starts, before.is_tail() as u64)?;
            if !before.is_tail() {
                let (found, expected) = (this.slot() as u64, before.slot() as u64);
                expect(|| self.channel_name(channel), "packet of the next flit", found, expected)?;
            }
        }
        Ok(())
    }

    /// An input VC owns the output VC that it says, and asks for what it should.
    fn check_input(&self, channel: u32) -> Result<(), Error> {
        let fabric = &self.fabric;
        let vc = &fabric.in_vcs[channel as usize];
        let router = &fabric.routers[vc.router as usize];
        let out = &fabric.out_vcs[vc.out as usize];
        if matches!(vc.state, State::Active | State::SwitchGranted) {
            expect(
                || self.channel_name(channel),
                "owner of its output VC",
                out.owner as u64,
                channel as u64,
            )?;
        }
        let port = &fabric.ports[fabric.split(channel).0 as usize];
        let asks = (port.asking >> vc.number & 1) as u64;
        let should_ask = vc.state == State::Active && vc.len > 0 && out.credits > 0;
        expect(|| self.channel_name(channel), "asks for the switch", asks, should_ask as u64)?;
        let port_asks = (router.asking >> vc.port & 1) as u64;
        expect(|| self.channel_name(channel), "port asks", port_asks, (port.asking != 0) as u64)?;

        let local = channel - (router.first_port << fabric.vc_shift);
        let pools = router.ports as u32 * fabric.lanes.len() as u32;
        let waits: u64 = (0..pools)
            .filter(|pool| router.waiting >> pool & 1 != 0)
            .map(|pool| (router.first_pool + pool) * fabric.pool_words + (local >> 6))
            .map(|word| fabric.waits[word as usize] >> (local & 63) & 1)
            .sum();
        let should_wait = vc.state == State::Waiting;
        expect(|| self.channel_name(channel), "pools waited in", waits, should_wait as u64)?;
        let idle = (vc.state == State::Idle) as u64;
        expect(|| self.channel_name(channel), "idle with flits", idle * vc.len as u64, 0)
    }

    /// An output VC is free or has an owner that knows it.
    fn check_output(&self, channel: u32) -> Result<(), Error> {
        let fabric = &self.fabric;
        let (global, number) = fabric.split(channel);
        let owner = fabric.out_vcs[channel as usize].owner;
        let free = (fabric.ports[global as usize].free >> number & 1) as u64;
        expect(|| self.channel_name(channel), "free output VC", free, (owner == NOBODY) as u64)?;
        if owner != NOBODY {
            let owned = fabric.in_vcs[owner as usize].out;
            expect(|| self.channel_name(channel), "output VC of its owner", owned as u64, channel as u64)?;
        }
        Ok(())
    }

    /// Name of a virtual channel of a port.
    pub(super) fn channel_name(&self, channel: u32) -> String {
        let vc = &self.fabric.in_vcs[channel as usize];
        let node = NodeId(vc.router);
        format!("{}.{}.vc{}", self.node_name(node), self.port_kind(node, vc.port), vc.number)
    }
}

fn expect(place: impl Fn() -> String, what: &'static str, found: u64, expected: u64) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Conservation { place: place(), what, found, expected })
}
