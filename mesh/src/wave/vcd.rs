//! Waves as a VCD file, one time unit a clock.

use std::io::{self, Write};

use vcd::{IdCode, TimescaleUnit, VarType};

use super::signal::{Signal, SignalKind, Value};
use super::writer::Writer;
use spikemesh_noc::Cycle;

/// Writes VCD.
pub struct VcdWriter<W: Write> {
    writer: vcd::Writer<Lent<W>>,
    /// The code of each signal in the file.
    codes: Vec<IdCode>,
}

/// A file that can be taken back: [`vcd::Writer`] does not give away what it writes to.
struct Lent<W>(Option<W>);

impl<W: Write> Write for Lent<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), W::flush)
    }
}

impl<W: Write> VcdWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(file: W) -> io::Result<VcdWriter<W>> {
        let mut writer = vcd::Writer::new(Lent(Some(file)));
        writer.version(concat!("spikemesh ", env!("CARGO_PKG_VERSION")))?;
        writer.comment("one time unit is one clock")?;
        writer.timescale(1, TimescaleUnit::NS)?;
        Ok(VcdWriter { writer, codes: Vec::new() })
    }
}

impl<W: Write> Writer for VcdWriter<W> {
    type Output = W;

    fn open_scope(&mut self, name: &str) -> io::Result<()> {
        self.writer.add_module(name)
    }

    fn close_scope(&mut self) -> io::Result<()> {
        self.writer.upscope()
    }

    fn declare(&mut self, name: &str, kind: SignalKind) -> io::Result<Signal> {
        let code = match kind {
            SignalKind::Bit => self.writer.add_wire(1, name)?,
            SignalKind::Number(bits) => self.writer.add_wire(bits, name)?,
            SignalKind::Text => self.writer.add_var(VarType::String, 1, name, None)?,
        };
        self.codes.push(code);
        Ok(Signal(self.codes.len() as u32 - 1))
    }

    fn end_declarations(&mut self) -> io::Result<()> {
        self.writer.enddefinitions()
    }

    fn time(&mut self, cycle: Cycle) -> io::Result<()> {
        self.writer.timestamp(cycle)
    }

    /// Numbers are written without leading zeros, as the format allows.
    fn change(&mut self, Signal(index): Signal, value: Value) -> io::Result<()> {
        let code = self.codes[index as usize];
        match value {
            Value::Bit(bit) => self.writer.change_scalar(code, bit),
            Value::Number(number) => {
                let bits = 64 - number.leading_zeros().min(63);
                let bits = (0..bits).rev().map(|bit| vcd::Value::from(number >> bit & 1 == 1));
                self.writer.change_vector(code, bits)
            }
            Value::Text(text) => self.writer.change_string(code, text),
        }
    }

    fn remark(&mut self, text: &str) -> io::Result<()> {
        // A comment ends at the first `$end`.
        self.writer.comment(&text.replace('$', " "))
    }

    fn finish(mut self) -> io::Result<W> {
        let file = self.writer.writer().0.take();
        let mut file = file.ok_or_else(|| io::Error::other("the file was taken before"))?;
        file.flush()?;
        Ok(file)
    }
}
