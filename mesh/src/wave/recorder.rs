//! Turns what a probe sees into changes of signals.

use std::io;

use super::cycle_values::CycleValues;
use super::scope::ChipSignals;
use super::signal::Value;
use super::writer::Writer;
use crate::probe::{PassBegin, Probe};
use crate::unit::{UnitId, UnitStatus};
use spikemesh_noc::{Config, Cycle, FlitEvent, OccupancyEvent, TerminalId};

/// Words that a unit received and emitted.
#[derive(Clone, Copy, Debug, Default)]
struct Words {
    received: u64,
    emitted: u64,
}

/// Records waves while a program runs: the value of each signal at the end of each cycle.
///
/// A probe cannot stop a run, so the first failure to write is kept and given back by [`WaveRecorder::finish`].
pub struct WaveRecorder<W> {
    values: CycleValues<W>,
    failure: Option<io::Error>,
    signals: ChipSignals,
    /// For each unit of the present pass, its index in the chip's signals.
    pass: Vec<usize>,
    /// By index in the chip's signals: words up to the present pass, and up to now. Units count from the beginning of a pass.
    before: Vec<Words>,
    words: Vec<Words>,
    /// The present cycle.
    cycle: Cycle,
    /// Links that show a flit in the present cycle.
    flits: Vec<usize>,
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
        let mut values = CycleValues::new(writer);
        signals.reset(&mut values);
        let words = vec![Words::default(); signals.units.len()];
        Ok(WaveRecorder {
            values,
            failure: None,
            pass: Vec::new(),
            before: words.clone(),
            words,
            signals,
            cycle: 0,
            flits: Vec::new(),
        })
    }

    /// Writes what is still open, and gives back what the writer leaves. Waves of a run that ended early get a remark that they are `partial`, and
    /// why.
    ///
    /// # Errors
    /// The first failure to write, whenever it was.
    pub fn finish(mut self, partial: Option<&str>) -> io::Result<W::Output> {
        // In the next cycle no flit arrives; one more ends it.
        self.advance(self.cycle + 2);
        if let Some(why) = partial {
            self.attempt(|values| values.remark(&format!("partial: {why}")));
        }
        match self.failure {
            None => self.values.finish(),
            Some(failure) => Err(failure),
        }
    }

    fn attempt(&mut self, write: impl FnOnce(&mut CycleValues<W>) -> io::Result<()>) {
        if self.failure.is_none() {
            self.failure = write(&mut self.values).err();
        }
    }

    /// Ends the cycles before `cycle`.
    ///
    /// A link's `valid` is high in the cycles in which flits arrive over it. Nobody reports a cycle without a flit, so the links of the
    /// present cycle fall in the next one, unless a flit raises them again before that one ends.
    fn advance(&mut self, cycle: Cycle) {
        while self.cycle < cycle {
            let present = self.cycle;
            self.attempt(|values| values.end_cycle(present));
            self.cycle = if self.flits.is_empty() { cycle } else { present + 1 };
            for link in self.flits.drain(..) {
                self.values.set(self.signals.links[link].valid, Value::Bit(false));
            }
        }
    }

    /// Shows the status of a unit, whose words count from the beginning of the pass.
    fn show(&mut self, unit: usize, status: &UnitStatus) {
        let before = self.before[unit];
        let received = before.received + status.received;
        let emitted = before.emitted + status.emitted;
        self.words[unit] = Words { received, emitted };
        let (signals, values) = (&self.signals.units[unit], &mut self.values);
        values.set(signals.state, Value::Text(status.state.name()));
        values.set(signals.filter_group, Value::Number(status.filter_group.into()));
        values.set(signals.column, Value::Number(status.column.into()));
        values.set(signals.fifo, Value::Number(status.fifo.into()));
        values.set(signals.received, Value::Number(received));
        values.set(signals.emitted, Value::Number(emitted));
    }
}

impl<W: Writer> spikemesh_noc::Probe for WaveRecorder<W> {
    fn flit(&mut self, event: FlitEvent) {
        self.advance(event.cycle);
        let index = event.link.0 as usize;
        let link = &self.signals.links[index];
        self.values.set(link.valid, Value::Bit(true));
        self.values.set(link.packet, Value::Number(event.tag.into()));
        self.values.set(link.vc, Value::Number(event.vc.into()));
        self.flits.push(index);
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        self.advance(event.cycle);
        if let Some(signal) = self.signals.buffers.get(event.node, event.port, event.vc) {
            self.values.set(signal, Value::Number(event.flits.into()));
        }
    }
}

impl<W: Writer> WaveRecorder<W> {
    /// Units begin a pass at rest, and those that it does not use stay so.
    fn begin_units(&mut self, units: &[String]) {
        self.pass = units.iter().map(|name| self.signals.unit_by_name[name]).collect();
        self.before.clone_from(&self.words);
        (0..self.words.len()).for_each(|unit| self.show(unit, &UnitStatus::default()));
    }
}

impl<W: Writer> Probe for WaveRecorder<W> {
    fn begin(&mut self, pass: &PassBegin) {
        self.begin_units(&pass.plan.names);
    }

    fn status(&mut self, cycle: Cycle, UnitId(unit): UnitId, status: &UnitStatus) {
        self.advance(cycle);
        self.show(self.pass[unit as usize], status);
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
        names: Rc<RefCell<Vec<String>>>,
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
            let mut names = self.names.borrow_mut();
            names.push(format!("{}.{name}", self.scopes.join(".")));
            Ok(Signal(names.len() as u32 - 1))
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
            let line = format!("{} {} {value:?}", self.cycle, self.names.borrow()[index as usize]);
            self.lines.borrow_mut().push(line);
            Ok(())
        }

        fn remark(&mut self, text: &str) -> io::Result<()> {
            self.lines.borrow_mut().push(format!("# {text}"));
            Ok(())
        }

        fn finish(self) -> io::Result<()> {
            Ok(())
        }
    }

    fn recorded(watch: impl FnOnce(&mut WaveRecorder<Lines>)) -> Vec<String> {
        let network = Device::load("two-nodes").unwrap().network_config();
        let writer = Lines::default();
        let (lines, names) = (writer.lines.clone(), writer.names.clone());
        let mut recorder =
            WaveRecorder::new(writer, [("n0_0.np1", TerminalId(1))].into_iter(), &network).unwrap();
        watch(&mut recorder);
        recorder.finish(None).unwrap();
        // At first every signal has a value.
        let signals = names.borrow().len();
        let mut lines = lines.take();
        assert!(lines[..signals].iter().all(|line| line.starts_with("0 chip.n")));
        lines.split_off(signals)
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
            recorder.begin_units(&["n0_0.np1".to_owned()]);
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

    #[test]
    fn what_comes_and_goes_within_a_cycle_is_not_written() {
        let lines = recorded(|recorder| {
            recorder.begin_units(&["n0_0.np1".to_owned()]);
            let status = UnitStatus { received: 1, ..UnitStatus::default() };
            recorder.status(4, UnitId(0), &UnitStatus { column: 7, ..status });
            recorder.status(4, UnitId(0), &UnitStatus { fifo: 2, ..status });
            recorder.status(5, UnitId(0), &UnitStatus { fifo: 3, ..status });
            recorder.status(5, UnitId(0), &UnitStatus { fifo: 2, ..status });
        });
        assert_eq!(lines, ["4 chip.n0_0.np1.fifo Number(2)", "4 chip.n0_0.np1.received Number(1)"]);
    }

    #[test]
    fn waves_of_a_run_that_ended_early_say_so_behind_what_was_recorded() {
        let network = Device::load("two-nodes").unwrap().network_config();
        let writer = Lines::default();
        let lines = writer.lines.clone();
        let mut recorder =
            WaveRecorder::new(writer, [("n0_0.np1", TerminalId(1))].into_iter(), &network).unwrap();
        recorder.begin_units(&["n0_0.np1".to_owned()]);
        recorder.status(4, UnitId(0), &UnitStatus { received: 1, ..UnitStatus::default() });
        recorder.finish(Some("the run was stopped")).unwrap();
        let lines = lines.take();
        let end = &lines[lines.len() - 2..];
        assert_eq!(end, ["4 chip.n0_0.np1.received Number(1)", "# partial: the run was stopped"]);
    }

    #[test]
    fn words_add_up_over_passes() {
        let lines = recorded(|recorder| {
            let words = |emitted| UnitStatus { emitted, ..UnitStatus::default() };
            recorder.begin_units(&["n0_0.np1".to_owned()]);
            recorder.status(4, UnitId(0), &words(3));
            recorder.begin_units(&[]);
            recorder.begin_units(&["n0_0.np1".to_owned()]);
            recorder.status(9, UnitId(0), &words(2));
        });
        assert_eq!(lines, ["4 chip.n0_0.np1.emitted Number(3)", "9 chip.n0_0.np1.emitted Number(5)"]);
    }
}
