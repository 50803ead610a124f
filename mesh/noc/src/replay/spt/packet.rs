//! Packets in an `.spt` file.

use std::io::{Read, Write};

use flatbuffers::{FlatBufferBuilder, Follow, Vector};

use super::block::{Blocks, Bodies};
use super::generated as fb;
use super::{Kind, MAX_RECORDS};
use crate::Cycle;
use crate::replay::Error;
use crate::replay::trace::{After, Columns, Fields, Limits, Row, checked};

/// What became of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its number, as it came to the front of its source's queue.
    pub pid: u64,
    /// When it was created.
    pub created: Cycle,
    /// When its head left the source.
    pub head: Cycle,
    /// When its tail arrived.
    pub tail: Cycle,
    /// Routers that it passed.
    pub routers: u32,
}

/// Writes packets in the order of their numbers.
pub struct PacketWriter<W> {
    blocks: Blocks<W>,
    columns: Columns,
    records: Vec<(Row, Answer)>,
}

impl<W: Write> PacketWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(output: W, columns: Columns) -> std::io::Result<PacketWriter<W>> {
        let blocks = Blocks::new(output, Kind::Packets, columns)?;
        Ok(PacketWriter { blocks, columns, records: Vec::with_capacity(MAX_RECORDS) })
    }

    /// Writes a packet; its answer counts only if the file has answers.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&mut self, row: &Row, answer: Answer) -> std::io::Result<()> {
        self.records.push((*row, answer));
        if self.records.len() == MAX_RECORDS { self.flush() } else { Ok(()) }
    }

    /// Writes what is left and the end, and gives the output back.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(mut self) -> std::io::Result<W> {
        if !self.records.is_empty() {
            self.flush()?;
        }
        self.blocks.finish()
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let mut builder = FlatBufferBuilder::new();
        let records = &self.records;
        macro_rules! column {
            ($wanted:expr, $value:expr) => {
                $wanted.then(|| {
                    let values: Vec<_> = records.iter().map($value).collect();
                    builder.create_vector(&values)
                })
            };
        }
        let Columns { class, dependencies, answers } = self.columns;
        let packets = fb::PacketsArgs {
            cycle: column!(true, |(row, _)| row.cycle),
            source: column!(true, |(row, _)| row.source),
            target: column!(true, |(row, _)| row.target),
            flits: column!(true, |(row, _)| row.flits),
            class_: column!(class, |(row, _)| row.class),
            after: column!(dependencies, |(row, _)| row.after.map_or(0, |after| after.row + 1)),
            delay: column!(dependencies, |(row, _)| row.after.map_or(0, |after| after.delay)),
            pid: column!(answers, |(_, answer)| answer.pid),
            created: column!(answers, |(_, answer)| answer.created),
            head: column!(answers, |(_, answer)| answer.head),
            tail: column!(answers, |(_, answer)| answer.tail),
            routers: column!(answers, |(_, answer)| answer.routers),
        };
        let packets = Some(fb::Packets::create(&mut builder, &packets));
        let block = fb::Block::create(&mut builder, &fb::BlockArgs { packets, hops: None });
        fb::finish_block_buffer(&mut builder, block);
        self.blocks.write(self.records.len(), builder.finished_data())?;
        self.records.clear();
        Ok(())
    }
}

/// Reads packets, one block at a time.
pub struct PacketReader<R> {
    bodies: Bodies<R>,
    file: String,
    limits: Limits,
    /// The records of a block that have not been given out, the next one last.
    records: Vec<(Fields, Answer)>,
    number: u64,
    last: Cycle,
}

impl<R: Read> PacketReader<R> {
    /// Reads the header; `file` names the trace in errors.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Version`], [`Error::Kind`] or [`Error::Io`].
    pub fn new(input: R, file: &str, limits: Limits) -> Result<PacketReader<R>, Error> {
        let bodies = Bodies::new(input, file, Kind::Packets)?;
        let (file, records) = (file.to_owned(), Vec::new());
        Ok(PacketReader { bodies, file, limits, records, number: 0, last: 0 })
    }

    /// What the file's packets say.
    pub fn columns(&self) -> Columns {
        self.bodies.columns
    }

    /// The next packet; `None` at the end. After an error in a packet those behind it can be read on.
    ///
    /// # Errors
    /// What is wrong with the packet first; its number, from 1 on, stands for a line. Or [`Error::Damaged`].
    pub fn next_row(&mut self) -> Result<Option<Row>, Error> {
        Ok(self.next_record()?.map(|(row, _)| row))
    }

    /// The next packet with what became of it; zeros if the file has no answers.
    ///
    /// # Errors
    /// As [`PacketReader::next_row`].
    pub fn next_record(&mut self) -> Result<Option<(Row, Answer)>, Error> {
        if self.records.is_empty() {
            let Some((count, body)) = self.bodies.next_body()? else { return Ok(None) };
            self.decode(count, &body)?;
        }
        let Some((fields, answer)) = self.records.pop() else { return Ok(None) };
        let number = self.number;
        self.number += 1;
        let row = checked(&fields, number, self.last, self.limits, &self.file, number + 1)?;
        self.last = row.cycle;
        Ok(Some((row, answer)))
    }

    fn decode(&mut self, count: usize, body: &[u8]) -> Result<(), Error> {
        let damaged = |what| self.bodies.damaged(what);
        let block = fb::root_as_block(body).map_err(|_| damaged("a block breaks the schema"))?;
        let packets = block.packets().ok_or_else(|| damaged("a block has no packets"))?;
        let Columns { class, dependencies, answers } = self.bodies.columns;
        let wrong = || damaged("a column is missing or has another length");
        let cycle = column(packets.cycle(), true, count).ok_or_else(wrong)?;
        let source = column(packets.source(), true, count).ok_or_else(wrong)?;
        let target = column(packets.target(), true, count).ok_or_else(wrong)?;
        let flits = column(packets.flits(), true, count).ok_or_else(wrong)?;
        let classes = column(packets.class_(), class, count).ok_or_else(wrong)?;
        let after = column(packets.after(), dependencies, count).ok_or_else(wrong)?;
        let delay = column(packets.delay(), dependencies, count).ok_or_else(wrong)?;
        let pid = column(packets.pid(), answers, count).ok_or_else(wrong)?;
        let created = column(packets.created(), answers, count).ok_or_else(wrong)?;
        let head = column(packets.head(), answers, count).ok_or_else(wrong)?;
        let tail = column(packets.tail(), answers, count).ok_or_else(wrong)?;
        let routers = column(packets.routers(), answers, count).ok_or_else(wrong)?;
        let record = |index: usize| {
            let after = after(index).checked_sub(1).map(|row| After { row, delay: delay(index) });
            let fields = Fields {
                cycle: cycle(index),
                source: source(index).into(),
                target: target(index).into(),
                flits: flits(index).into(),
                class: classes(index).into(),
                after,
            };
            let answer = Answer {
                pid: pid(index),
                created: created(index),
                head: head(index),
                tail: tail(index),
                routers: routers(index),
            };
            (fields, answer)
        };
        self.records = (0..count).rev().map(record).collect();
        Ok(())
    }
}

/// A column as a function; zeros if it is to be left out. `None` if it is there and should not be, the other way round, or too short.
pub(super) fn column<'a, T: Follow<'a> + 'a>(
    values: Option<Vector<'a, T>>,
    wanted: bool,
    count: usize,
) -> Option<impl Fn(usize) -> T::Inner + 'a>
where
    T::Inner: Default,
{
    let right = values.is_some() == wanted && values.as_ref().is_none_or(|values| values.len() == count);
    right.then_some(move |index| values.as_ref().map_or_else(T::Inner::default, |values| values.get(index)))
}
