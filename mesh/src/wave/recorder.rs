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
    /// Declares the signals of units at the terminals of a network.
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

    /// Writes what is still open, and gives back what the writer leaves.
    ///
    /// # Errors
    /// The first failure to write, whenever it was.
    pub fn finish(mut self) -> io::Result<W::Output> {
        let next = self.cycle.map_or(0, |c| c + 2);
        self.attempt(|recorder| recorder.advance(next));
        match self.failure {
            None => self.writer.finish(),
            Some(failure) => Err(failure),
        }
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::unit::UnitState;
    use crate::wave::{Signal, SignalKind};
    use spikemesh_device::Device;
    use spikemesh_noc::{LinkId, Probe as _};

    /// A format of its own: a line for each change, with the signal's whole name.
    #[derive(Clone, Default)]
    struct Lines {
        scopes: Vec<String>,
        names: Vec<String>,
        cycle: Cycle,
        lines: Rc<RefCell<Vec<String>>>,
    }

    impl Writer for Lines {
        type Output = ();

        fn open_scope(&mut self, name: &str) -> io::Result<()> {
            self.scopes.push(name.to_owned());
            Ok(())
        }

        fn close_scope(&mut self) -> io::Result<()> {
            self.scopes.pop();
            Ok(())
        }

        fn declare(&mut self, name: &str, _: SignalKind) -> io::Result<Signal> {
            self.names.push(format!("{}.{name}", self.scopes.join(".")));
            Ok(Signal(self.names.len() as u32 - 1))
        }

        fn end_declarations(&mut self) -> io::Result<()> {
            assert!(self.scopes.is_empty());
            Ok(())
        }

        fn time(&mut self, cycle: Cycle) -> io::Result<()> {
            self.cycle = cycle;
            Ok(())
        }

        fn change(&mut self, Signal(index): Signal, value: Value) -> io::Result<()> {
            let line = format!("{} {} {value:?}", self.cycle, self.names[index as usize]);
            self.lines.borrow_mut().push(line);
            Ok(())
        }

        fn finish(self) -> io::Result<()> {
            Ok(())
        }
    }

    fn recorded(watch: impl FnOnce(&mut WaveRecorder<Lines>)) -> Vec<String> {
        let network = Device::load("two-nodes").unwrap().network_config();
        let writer = Lines::default();
        let lines = writer.lines.clone();
        let mut recorder =
            WaveRecorder::new(writer, [("n0_0.np1", TerminalId(1))].into_iter(), &network).unwrap();
        assert!(lines.take().iter().all(|line| line.starts_with("0 chip.n")));
        watch(&mut recorder);
        recorder.finish().unwrap();
        lines.take()
    }

    #[test]
    fn valid_is_high_in_the_cycles_of_flits() {
        let lines = recorded(|recorder| {
            for cycle in [3, 4, 9] {
                recorder.flit(FlitEvent {
                    cycle,
                    link: LinkId(0),
                    vc: 0,
                    tag: 0,
                    is_head: true,
                    is_tail: true,
                });
            }
        });
        let valid: Vec<&str> = lines.iter().filter(|l| l.contains(".valid ")).map(String::as_str).collect();
        let at = |index: usize| valid[index].split_once(' ').unwrap().0.parse::<Cycle>().unwrap();
        assert_eq!(valid.len(), 4, "{valid:?}");
        assert_eq!([at(0), at(1), at(2), at(3)], [3, 5, 9, 10]);
        assert!(valid[0].ends_with("Bit(true)") && valid[1].ends_with("Bit(false)"), "{valid:?}");
    }

    #[test]
    fn only_what_changes_in_a_status_is_written() {
        let lines = recorded(|recorder| {
            recorder.pass(0, &["n0_0.np1".to_owned()]);
            let status = UnitStatus { state: UnitState::Scan, column: 2, ..UnitStatus::default() };
            recorder.status(7, UnitId(0), &status);
            recorder.status(8, UnitId(0), &UnitStatus { column: 3, ..status });
        });
        assert_eq!(
            lines,
            [
                "7 chip.n0_0.np1.state Text(\"scan\")",
                "7 chip.n0_0.np1.column Number(2)",
                "8 chip.n0_0.np1.column Number(3)",
            ]
        );
    }
}
