//! Waves as a VCD file.

use std::io::{self, Seek, Write};

use vcd::{IdCode, TimescaleUnit, VarType};

use super::catalogue::{Catalogue, Item};
use super::signal::{Change, SignalKind, UNKNOWN};
use super::sink::WaveSink;
use super::time_scale::TimeScale;

/// Bytes that are written at a time.
const CHUNK: usize = 1 << 16;
/// Bytes that are kept for the remark that a file is a part.
const REMARK: u64 = 256;

/// Bytes of a short text.
const SHORT: usize = 16;

/// The digits of each byte.
static DIGITS: [[u8; 8]; 256] = {
    let mut digits = [[b'0'; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            digits[byte][bit] += (byte >> (7 - bit) & 1) as u8;
            bit += 1;
        }
        byte += 1;
    }
    digits
};

/// Writes VCD. The header is that of the crate `vcd`; lines of changes are made by hand, which takes a fraction of the time.
pub struct VcdSink<F> {
    file: F,
    lines: Vec<u8>,
    written: u64,
    limit: u64,
    signals: Vec<Line>,
}

/// How the lines of a signal look.
struct Line {
    form: Form,
    /// What is behind the value: its code and the end of the line.
    end: Text,
}

/// A text. Short ones are copied with all of their places and then cut: a copy of fixed size takes an instruction, another one a call.
enum Text {
    Short { places: [u8; SHORT], length: usize },
    Long(Box<[u8]>),
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        let (bytes, length) = (text.as_bytes(), text.len());
        let mut places = [0; SHORT];
        match places.get_mut(..length) {
            Some(begin) => {
                begin.copy_from_slice(bytes);
                Text::Short { places, length }
            }
            None => Text::Long(bytes.into()),
        }
    }
}

impl Text {
    #[inline]
    fn put(&self, lines: &mut Vec<u8>) {
        match self {
            Text::Short { places, length } => {
                let end = lines.len() + length;
                lines.extend_from_slice(places);
                lines.truncate(end);
            }
            Text::Long(bytes) => lines.extend_from_slice(bytes),
        }
    }
}

enum Form {
    Bit,
    Number,
    Name(Box<[Text]>),
}

impl<F: Write + Seek> VcdSink<F> {
    /// Begins a file with its declarations, of at most `limit` bytes. A `strict` one has numbers for names.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(
        file: F,
        catalogue: &Catalogue,
        scale: TimeScale,
        limit: u64,
        strict: bool,
    ) -> io::Result<VcdSink<F>> {
        let mut lines = Vec::with_capacity(2 * CHUNK);
        let mut header = vcd::Writer::new(&mut lines);
        header.version(concat!("spikemesh ", env!("CARGO_PKG_VERSION")))?;
        header.comment(&scale.text())?;
        header.timescale(1, unit(scale.exponent()))?;
        let mut codes: Vec<Option<IdCode>> = vec![None; catalogue.len()];
        for item in catalogue.items() {
            match item {
                Item::Open(name) => header.add_module(name)?,
                Item::Close => header.upscope()?,
                Item::Name { name, signal } => {
                    let (kind, bits) = match catalogue.kind(*signal) {
                        SignalKind::Name(_) if !strict => (VarType::String, 1),
                        kind => (VarType::Wire, kind.bits()),
                    };
                    match codes[signal.index()] {
                        Some(code) => header.var_def(kind, bits, code, name, None)?,
                        None => codes[signal.index()] = Some(header.add_var(kind, bits, name, None)?),
                    }
                }
            }
        }
        header.enddefinitions()?;
        let line = |(signal, code): (u32, Option<IdCode>)| {
            let (form, space) = match catalogue.kind(super::signal::Signal(signal)) {
                SignalKind::Bit => (Form::Bit, ""),
                SignalKind::Name(table) if !strict => {
                    let names = table.names.iter().map(|name| Text::from(format!("s{name}")));
                    (Form::Name(names.collect()), " ")
                }
                _ => (Form::Number, " "),
            };
            let code = code.map_or_else(String::new, |code| code.to_string());
            Line { form, end: Text::from(format!("{space}{code}\n")) }
        };
        let signals = (0..).zip(codes).map(line).collect();
        Ok(VcdSink { file, lines, written: 0, limit, signals })
    }

    fn write(&mut self) -> io::Result<()> {
        self.written += self.lines.len() as u64;
        self.file.write_all(&self.lines)?;
        self.lines.clear();
        Ok(())
    }
}

impl<F: Write + Seek + Send> WaveSink<F> for VcdSink<F> {
    /// Numbers are written without leading zeros, as the format allows.
    fn changes(&mut self, time: u64, changes: &[Change]) -> io::Result<bool> {
        let lines = &mut self.lines;
        let begin = lines.len();
        lines.push(b'#');
        lines.extend_from_slice(itoa::Buffer::new().format(time).as_bytes());
        lines.push(b'\n');
        for &Change { signal, value } in changes {
            let line = &self.signals[signal.index()];
            match &line.form {
                Form::Bit => lines.push(match value {
                    UNKNOWN => b'x',
                    value => b'0' + value as u8,
                }),
                Form::Number if value == UNKNOWN => lines.extend_from_slice(b"bx"),
                Form::Number => {
                    lines.push(b'b');
                    binary(lines, value);
                }
                Form::Name(names) => match usize::try_from(value).ok().and_then(|at| names.get(at)) {
                    Some(name) => name.put(lines),
                    None => lines.extend_from_slice(b"sx"),
                },
            }
            line.end.put(lines);
        }
        if self.written + lines.len() as u64 + REMARK > self.limit {
            lines.truncate(begin);
            return Ok(false);
        }
        if lines.len() >= CHUNK {
            self.write()?;
        }
        Ok(true)
    }

    fn bytes(&self) -> u64 {
        self.written + self.lines.len() as u64
    }

    fn finish(mut self: Box<Self>, partial: Option<&str>) -> io::Result<(F, u64)> {
        if let Some(why) = partial {
            // A comment ends at the first `$end`.
            let why = why.replace('$', " ");
            let why = &why[..why.floor_char_boundary(REMARK as usize - 32)];
            self.lines.extend_from_slice(format!("$comment\n    partial: {why}\n$end\n").as_bytes());
        }
        self.write()?;
        self.file.flush()?;
        Ok((self.file, self.written))
    }
}

fn unit(exponent: u32) -> TimescaleUnit {
    match exponent {
        0 => TimescaleUnit::S,
        3 => TimescaleUnit::MS,
        6 => TimescaleUnit::US,
        9 => TimescaleUnit::NS,
        12 => TimescaleUnit::PS,
        _ => TimescaleUnit::FS,
    }
}

/// The bits of a number, without leading zeros.
fn binary(line: &mut Vec<u8>, number: u64) {
    let zeros = number.leading_zeros().min(63);
    let end = line.len() + 64 - zeros as usize;
    // The first digit is the highest bit now; what is behind the last one is cut.
    let mut rest = number << zeros;
    while line.len() < end {
        line.extend_from_slice(&DIGITS[(rest >> 56) as usize]);
        rest <<= 8;
    }
    line.truncate(end);
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::*;
    use crate::wave::signal::{NameTable, Signal};

    fn catalogue() -> Catalogue {
        let mut catalogue = Catalogue::default();
        let table = NameTable { what: "state", names: vec!["idle".to_owned(), "scan".to_owned()] };
        catalogue.open("chip");
        catalogue.declare("bit", SignalKind::Bit);
        catalogue.declare("number", SignalKind::Number(64));
        let state = catalogue.declare("state", SignalKind::Name(Arc::new(table)));
        catalogue.open("layer");
        catalogue.alias("state", state);
        catalogue.close();
        catalogue.close();
        catalogue
    }

    const NUMBERS: [u64; 7] = [0, 1, 2, 5, 255, 1 << 40, u64::MAX - 1];

    /// A signal after the other: the values, each in a time of its own.
    fn changes() -> Vec<(u64, Change)> {
        let change = |signal, value| Change { signal: Signal(signal), value };
        let bits = [0, 1].map(|value| change(0, value));
        let numbers = NUMBERS.map(|value| change(1, value));
        let names = [0, 1].map(|value| change(2, value));
        let all = bits.into_iter().chain(numbers).chain(names).enumerate();
        all.map(|(at, change)| (100 * at as u64, change)).collect()
    }

    #[test]
    fn lines_are_those_of_the_vcd_crate() {
        let catalogue = catalogue();
        let file = Cursor::new(Vec::new());
        let mut sink = Box::new(VcdSink::new(file, &catalogue, TimeScale::CLOCKS, u64::MAX, false).unwrap());
        changes().iter().for_each(|(time, change)| assert!(sink.changes(*time, &[*change]).unwrap()));
        let ours = sink.finish(Some("why")).unwrap().0.into_inner();

        let mut theirs = Vec::new();
        let mut writer = vcd::Writer::new(&mut theirs);
        writer.version(concat!("spikemesh ", env!("CARGO_PKG_VERSION"))).unwrap();
        writer.comment("one time unit is one clock").unwrap();
        writer.timescale(1, TimescaleUnit::NS).unwrap();
        writer.add_module("chip").unwrap();
        let bit = writer.add_wire(1, "bit").unwrap();
        let number = writer.add_wire(64, "number").unwrap();
        let state = writer.add_var(VarType::String, 1, "state", None).unwrap();
        writer.add_module("layer").unwrap();
        writer.var_def(VarType::String, 1, state, "state", None).unwrap();
        writer.upscope().unwrap();
        writer.upscope().unwrap();
        writer.enddefinitions().unwrap();
        for (time, Change { signal, value }) in changes() {
            writer.timestamp(time).unwrap();
            match signal.0 {
                0 => writer.change_scalar(bit, value == 1).unwrap(),
                1 => {
                    let bits = (0..64 - value.leading_zeros().min(63)).rev();
                    let bits = bits.map(|bit| vcd::Value::from(value >> bit & 1 == 1));
                    writer.change_vector(number, bits).unwrap();
                }
                _ => writer.change_string(state, ["idle", "scan"][value as usize]).unwrap(),
            }
        }
        writer.comment("partial: why").unwrap();
        assert_eq!(String::from_utf8(ours).unwrap(), String::from_utf8(theirs).unwrap());
    }

    #[test]
    fn a_strict_file_has_no_text() {
        let file = Cursor::new(Vec::new());
        let mut sink = Box::new(
            VcdSink::new(file, &catalogue(), TimeScale::of_clock(300_000_000), u64::MAX, true).unwrap(),
        );
        let change = |value| Change { signal: Signal(2), value };
        assert!(sink.changes(3333, &[change(1)]).unwrap());
        assert!(sink.changes(6667, &[change(UNKNOWN)]).unwrap());
        let text = String::from_utf8(sink.finish(None).unwrap().0.into_inner()).unwrap();
        assert!(text.contains("$timescale 1 ps $end") && !text.contains("string"), "{text}");
        assert!(text.ends_with("#3333\nb1 #\n#6667\nbx #\n"), "{text}");
    }
}
