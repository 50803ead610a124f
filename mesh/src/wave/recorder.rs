//! Turns what a probe sees into changes of signals.

use std::io;

use super::scope::ChipSignals;
use super::signal::Value;
use super::writer::Writer;
use crate::probe::{Origin, Probe};
use crate::unit::{Emission, UnitId, UnitStatus};
use spikemesh_noc::{Config, Cycle, FlitEvent, OccupancyEvent, TerminalId};

/// Records waves while a program runs.
///
/// A probe cannot stop a run, so the first failure to write is kept and given back by [`WaveRecorder::finish`].
pub struct WaveRecorder<W> {
    writer: W,
    failure: Option<io::Error>,
    signals: ChipSignals,
    /// For each unit of the present pass, its index in the chip's signals.
    pass: Vec<usize>,
    /// The values of the units' signals: the status last seen, and the events emitted so far.
    units: Vec<(UnitStatus, u64)>,
    /// The last cycle in which each link showed a flit.
    flits: Vec<Option<Cycle>>,
    cycle: Option<Cycle>,
    /// Whether the present cycle's time has been written.
    is_stamped: bool,
    /// Links that showed a flit in the last cycle that was looked at, and in the present one.
    before: Vec<usize>,
    present: Vec<usize>,
}

impl<W: Writer> WaveRecorder<W> {
    /// Declares the signals of units at the local ports of a network.
    ///
    /// # Errors
    /// Whatever the writer fails with.
    pub fn new<'a>(
        mut writer: W,
        units: impl Iterator<Item = (&'a str, TerminalId)>,
        network: &Config,
    ) -> io::Result<WaveRecorder<W>> {
        let signals = ChipSignals::declare(&mut writer, units, network)?;
        Ok(WaveRecorder {
            writer,
            failure: None,
            pass: Vec::new(),
            units: vec![(UnitStatus::default(), 0); signals.units.len()],
            flits: vec![None; signals.links.len()],
            signals,
            cycle: None,
            is_stamped: false,
            before: Vec::new(),
            present: Vec::new(),
        })
    }

    /// Writes what is still open.
    ///
    /// # Errors
    /// The first failure to write, whenever it was.
    pub fn finish(mut self) -> io::Result<()> {
        let next = self.cycle.map_or(0, |c| c + 2);
        self.attempt(|recorder| {
            recorder.advance(next)?;
            recorder.writer.flush()
        });
        self.failure.map_or(Ok(()), Err)
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) {
        if self.failure.is_none() {
            self.failure = write(self).err();
        }
    }

    /// Moves to a cycle.
    ///
    /// A link's `valid` is high in the cycles in which flits arrive over it, so it falls in the cycle after its last flit. Nobody reports a cycle
    /// without a flit: the links of the cycle that was looked at last are kept, and fall when time moves on. When it moves by more than a cycle, those
    /// of the present cycle fall in the next one.
    fn advance(&mut self, cycle: Cycle) -> io::Result<()> {
        let Some(last) = self.cycle else {
            self.cycle = Some(cycle);
            return Ok(());
        };
        if cycle == last {
            return Ok(());
        }
        let before = std::mem::take(&mut self.before);
        self.fall(&before, last)?;
        self.before = std::mem::take(&mut self.present);
        if cycle > last + 1 {
            (self.cycle, self.is_stamped) = (Some(last + 1), false);
            let before = std::mem::take(&mut self.before);
            self.fall(&before, last + 1)?;
        }
        (self.cycle, self.is_stamped) = (Some(cycle), false);
        Ok(())
    }

    /// Lets `valid` fall on those links that show no flit in the present `cycle`.
    fn fall(&mut self, links: &[usize], cycle: Cycle) -> io::Result<()> {
        for &link in links {
            if self.flits[link] != Some(cycle) {
                self.stamp()?;
                self.writer.change(self.signals.links[link].valid, Value::Bit(false))?;
            }
        }
        Ok(())
    }

    /// Writes the present cycle's time before its first change.
    fn stamp(&mut self) -> io::Result<()> {
        if !self.is_stamped {
            self.is_stamped = true;
            self.writer.time(self.cycle.unwrap_or(0))?;
        }
        Ok(())
    }

    fn write_flit(&mut self, event: FlitEvent) -> io::Result<()> {
        self.advance(event.cycle)?;
        self.stamp()?;
        let index = event.link.0 as usize;
        let last = self.flits[index].replace(event.cycle);
        let link = &self.signals.links[index];
        // Valid stays high from one cycle to the next.
        if last.is_none_or(|last| last + 1 != event.cycle) {
            self.writer.change(link.valid, Value::Bit(true))?;
        }
        self.writer.change(link.packet, Value::Number(u64::from(event.tag)))?;
        self.writer.change(link.vc, Value::Number(u64::from(event.vc)))?;
        self.present.push(index);
        Ok(())
    }

    fn write_status(&mut self, cycle: Cycle, unit: usize, status: &UnitStatus) -> io::Result<()> {
        self.advance(cycle)?;
        self.stamp()?;
        let signals = &self.signals.units[unit];
        let last = std::mem::replace(&mut self.units[unit].0, *status);
        if last.state != status.state {
            self.writer.change(signals.state, Value::Text(status.state.name()))?;
        }
        for (signal, before, now) in [
            (signals.filter_group, u64::from(last.filter_group), u64::from(status.filter_group)),
            (signals.column, u64::from(last.column), u64::from(status.column)),
            (signals.fifo, u64::from(last.fifo), u64::from(status.fifo)),
            (signals.received, last.received, status.received),
        ] {
            if before != now {
                self.writer.change(signal, Value::Number(now))?;
            }
        }
        Ok(())
    }
}

impl<W: Writer> spikemesh_noc::Probe for WaveRecorder<W> {
    fn flit(&mut self, event: FlitEvent) {
        self.attempt(|recorder| recorder.write_flit(event));
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        let Some(signal) = self.signals.buffers.get(event.node, event.port, event.vc) else { return };
        self.attempt(|recorder| {
            recorder.advance(event.cycle)?;
            recorder.stamp()?;
            recorder.writer.change(signal, Value::Number(u64::from(event.flits)))
        });
    }
}

impl<W: Writer> Probe for WaveRecorder<W> {
    fn pass(&mut self, _index: usize, units: &[String]) {
        self.pass = units.iter().map(|name| self.signals.unit_by_name[name]).collect();
    }

    fn status(&mut self, cycle: Cycle, UnitId(unit): UnitId, status: &UnitStatus) {
        let unit = self.pass[unit as usize];
        self.attempt(|recorder| recorder.write_status(cycle, unit, status));
    }

    fn emitted(&mut self, cycle: Cycle, UnitId(unit): UnitId, _: Origin, events: &[Emission]) {
        let unit = self.pass[unit as usize];
        self.attempt(|recorder| {
            recorder.advance(cycle)?;
            recorder.stamp()?;
            let count = &mut recorder.units[unit].1;
            *count += events.len() as u64;
            let count = *count;
            recorder.writer.change(recorder.signals.units[unit].emitted, Value::Number(count))
        });
    }
}
