//! A trace of packets, in whatever form it is stored. Memory does not grow with its length.

use std::io::{Chain, Cursor, Read};

use super::{Error, csv, spt};
use crate::Config;
use crate::Cycle;

/// Problems that are collected before reading stops.
const MAX_PROBLEMS: usize = 20;

/// Latest creation of a packet. What follows it still fits 64 bits.
pub const MAX_CYCLE: Cycle = 1 << 48;

/// A packet of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number: rows count from 0.
    pub number: u64,
    /// When it is created, at the earliest.
    pub cycle: Cycle,
    /// The terminal that sends it.
    pub source: u32,
    /// The terminal that receives it.
    pub target: u32,
    /// Its length, head included.
    pub flits: u32,
    /// Its traffic class.
    pub class: u8,
    /// What it waits for.
    pub after: Option<After>,
}

/// A packet is created some cycles after another has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The number of the other packet.
    pub row: u64,
    /// Cycles from the arrival of its tail to the creation, at least 1.
    pub delay: Cycle,
}

/// What the columns may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Terminals of the network.
    pub terminals: u32,
    /// Traffic classes of the network.
    pub classes: u8,
}

impl Limits {
    /// The limits of a network.
    pub fn of(config: &Config) -> Limits {
        let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        Limits { terminals, classes: config.classes.len() as u8 }
    }
}

/// What the packets of a trace say beside when, whence, whither and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Traffic classes.
    pub class: bool,
    /// What they wait for.
    pub dependencies: bool,
    /// What became of them.
    pub answers: bool,
}

/// A packet as it stands in a file, before anything of it is believed.
pub(super) struct Fields {
    pub cycle: Cycle,
    pub source: u64,
    pub target: u64,
    pub flits: u64,
    pub class: u64,
    pub after: Option<After>,
}

/// The packet number `number` of a trace, after one that is created in cycle `before`; `line` is its place in the file.
pub(super) fn checked(
    fields: &Fields,
    number: u64,
    before: Cycle,
    limits: Limits,
    file: &str,
    line: u64,
) -> Result<Row, Error> {
    let place = || file.to_owned();
    let range = |column, value: u64, least, most| {
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(Error::Number { file: place(), line, column, text: value.to_string(), least, most })
    };
    let cycle = range("cycle", fields.cycle, 0, MAX_CYCLE)?;
    if cycle < before {
        return Err(Error::Order { file: place(), line, cycle, before });
    }
    for (column, terminal) in [("src", fields.source), ("dst", fields.target)] {
        if terminal >= u64::from(limits.terminals) {
            let last = limits.terminals - 1;
            return Err(Error::Outside { file: place(), line, column, terminal, last });
        }
    }
    let flits = fields.flits;
    if !(1..=u64::from(Config::MAX_FLITS)).contains(&flits) {
        return Err(Error::Size { file: place(), line, flits, limit: Config::MAX_FLITS });
    }
    let class = range("class", fields.class, 0, u64::from(limits.classes) - 1)?;
    if let Some(After { row: after, delay }) = fields.after {
        if after >= number {
            return Err(Error::After { file: place(), line, row: number, after });
        }
        range("delay", delay, 1, MAX_CYCLE)?;
    }
    Ok(Row {
        number,
        cycle,
        source: fields.source as u32,
        target: fields.target as u32,
        flits: flits as u32,
        class: class as u8,
        after: fields.after,
    })
}

/// An input whose first bytes have been looked at.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the packets of a trace, text or `.spt`: its content decides.
pub struct Reader<R: Read>(Form<R>);

enum Form<R: Read> {
    Csv(csv::Reader<Input<R>>),
    Spt(spt::PacketReader<Input<R>>),
}

impl<R: Read> Reader<R> {
    /// Reads the heading of a trace; `file` names it in errors.
    ///
    /// # Errors
    /// [`Error::Heading`], [`Error::Line`], [`Error::Io`], or what is wrong with an `.spt` file.
    pub fn new(mut input: R, file: &str, limits: Limits) -> Result<Reader<R>, Error> {
        let mut first = Vec::new();
        (&mut input)
            .take(spt::MAGIC.len() as u64)
            .read_to_end(&mut first)
            .map_err(|source| Error::Io { action: format!("read {file}"), source })?;
        let is_spt = first == spt::MAGIC;
        let input = Cursor::new(first).chain(input);
        Ok(Reader(if is_spt {
            Form::Spt(spt::PacketReader::new(input, file, limits)?)
        } else {
            Form::Csv(csv::Reader::new(input, file, limits)?)
        }))
    }

    /// Columns beyond those that every trace has.
    pub fn columns(&self) -> Columns {
        match &self.0 {
            Form::Csv(reader) => reader.columns(),
            Form::Spt(reader) => reader.columns(),
        }
    }

    /// The next packet; `None` at the end. After an error in a packet those behind it can be read on, unless the file is damaged.
    ///
    /// # Errors
    /// Whatever is wrong with the packet first.
    pub fn next_row(&mut self) -> Result<Option<Row>, Error> {
        match &mut self.0 {
            Form::Csv(reader) => reader.next_row(),
            Form::Spt(reader) => reader.next_row(),
        }
    }
}

/// Reads a whole trace and collects what is wrong with it, up to twenty problems.
///
/// # Errors
/// All that were found.
pub fn check(input: impl Read, file: &str, limits: Limits) -> Result<(), Vec<Error>> {
    let mut reader = Reader::new(input, file, limits).map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    loop {
        match reader.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                let ends = matches!(error, Error::Line { .. } | Error::Io { .. } | Error::Damaged { .. });
                problems.push(error);
                if ends {
                    break;
                }
                if problems.len() == MAX_PROBLEMS {
                    problems.push(Error::ManyProblems { file: file.to_owned(), shown: MAX_PROBLEMS });
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
