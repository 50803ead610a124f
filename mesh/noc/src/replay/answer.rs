//! Answers of replays, read back.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Cursor, Read, Write};

use super::error::ReplayError;
use super::output::PACKET_HEADING;
use crate::end::PARTIAL;
use crate::trace::spt::{MAGIC, PacketReader};
use crate::trace::{BoundedLines, MAX_LINE, PacketTimes, TraceError, TraceLimits, TracePacket};
use spikemesh_words::SourceLine;

/// A packet of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// The terminal that sent it.
    pub source: u32,
    /// The terminal that received it, of several the lowest.
    pub target: u32,
    /// Its length.
    pub flits: u32,
    /// What became of it; of several arrivals the last.
    pub times: PacketTimes,
}

/// An answer with all arrivals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What became of each packet of the trace, by its row there.
    pub rows: Vec<AnswerRow>,
    /// A row for each target of packets with several of them, by target. Text has them, `.spt` only the last arrival.
    pub branches: BTreeMap<u64, Vec<AnswerRow>>,
}

/// Reads an answer, text or `.spt`: what became of each packet of the trace, by its row there. `file` names it in errors.
///
/// # Errors
/// [`ReplayError::Answer`] if a row is missing or makes no sense, [`TraceError::Partial`] if the answer is a part, and faults of `.spt`.
pub fn read_answer(input: impl Read, file: &str) -> Result<Vec<AnswerRow>, ReplayError> {
    Ok(read_arrivals(input, file)?.rows)
}

/// As [`read_answer`], with the arrivals at each target of packets with several of them.
///
/// # Errors
/// As [`read_answer`].
pub fn read_arrivals(mut input: impl Read, file: &str) -> Result<Answer, ReplayError> {
    let mut first = Vec::new();
    let unread = |source| TraceError::Io { action: format!("read {file}"), source };
    (&mut input).take(MAGIC.len() as u64).read_to_end(&mut first).map_err(unread)?;
    let is_spt = first == MAGIC;
    let input = Cursor::new(first).chain(input);
    if is_spt {
        Ok(Answer { rows: blocks(input, file)?, branches: BTreeMap::new() })
    } else {
        text(input, file)
    }
}

/// Writes rows as a replay does, whatever their order: in the order of arrival, then of the target. Each comes with its row in the trace.
///
/// # Errors
/// The error of the output.
pub fn write_answer(output: impl Write, mut rows: Vec<(u64, AnswerRow)>) -> std::io::Result<()> {
    rows.sort_by_key(|(_, row)| (row.times.tail, row.target));
    let mut output = BufWriter::new(output);
    writeln!(output, "{PACKET_HEADING}")?;
    for (number, AnswerRow { source, target, flits, times }) in rows {
        let PacketTimes { pid, created, head, tail, routers } = times;
        writeln!(output, "{pid},{source},{target},{flits},{created},{head},{tail},{routers},{number}")?;
    }
    output.flush()
}

fn blocks(input: impl Read, file: &str) -> Result<Vec<AnswerRow>, ReplayError> {
    let mut reader = PacketReader::new(input, file, TraceLimits::ANY)?;
    if !reader.columns().times {
        let what = "it holds packets, and not what became of them".to_owned();
        return Err(ReplayError::Answer { at: file.to_owned(), line: None, what });
    }
    let mut rows = Vec::new();
    while let Some((packet, times)) = reader.next_record()? {
        let TracePacket { source, flits, .. } = packet;
        let target = packet.targets().min().unwrap_or(packet.target);
        rows.push(AnswerRow { source, target, flits, times });
    }
    Ok(rows)
}

fn text(input: impl Read, file: &str) -> Result<Answer, ReplayError> {
    let mut lines = BufReader::with_capacity(1 << 16, BoundedLines::new(input, MAX_LINE));
    let (mut number, mut start, mut bytes) = (0, 0, Vec::new());
    let mut has_heading = false;
    let mut rows: Vec<(u64, AnswerRow)> = Vec::new();
    loop {
        start += bytes.len() as u64;
        number += 1;
        bytes.clear();
        let read = lines.read_until(b'\n', &mut bytes);
        let length = read.map_err(|source| TraceError::Io { action: format!("read {file}"), source })?;
        let row = bytes.trim_ascii();
        let line = || SourceLine::new(file, number, start, row);
        let wrong = |what: String| ReplayError::Answer { at: line().to_string(), line: Some(line()), what };
        if length == 0 {
            break;
        }
        if let Some(why) = row.strip_prefix(PARTIAL.as_bytes()) {
            let why = String::from_utf8_lossy(why).trim().to_owned();
            return Err(TraceError::Partial { file: file.to_owned(), why, line: Some(line()) }.into());
        }
        if row.is_empty() {
        } else if !has_heading {
            if row != PACKET_HEADING.as_bytes() {
                return Err(wrong(format!("an answer begins with `{PACKET_HEADING}`")));
            }
            has_heading = true;
        } else {
            rows.push(fields(row).ok_or_else(|| {
                wrong("a row holds nine numbers, and its packet arrives after it was created".to_owned())
            })?);
        }
    }
    if !has_heading {
        let what = "it is empty".to_owned();
        return Err(ReplayError::Answer { at: file.to_owned(), line: None, what });
    }
    rows.sort_unstable_by_key(|&(row, answer)| (row, answer.target));
    let mut packets: Vec<(u64, AnswerRow)> = Vec::new();
    let mut branches: BTreeMap<u64, Vec<AnswerRow>> = BTreeMap::new();
    for targets in rows.chunk_by(|(row, a), (next, b)| row == next && is_branch(a, b)) {
        let Some(&(row, first)) = targets.first() else { continue };
        let last =
            targets.iter().map(|(_, answer)| answer.times).reduce(|a, b| if b.tail > a.tail { b } else { a });
        packets.push((row, AnswerRow { times: last.unwrap_or(first.times), ..first }));
        if targets.len() > 1 {
            branches.insert(row, targets.iter().map(|(_, answer)| *answer).collect());
        }
    }
    if let Some(expected) =
        (0..).zip(&packets).find_map(|(expected, &(row, _))| (row != expected).then_some(expected))
    {
        let what = format!("row {expected} of the trace is not there, or one before it is there twice");
        return Err(ReplayError::Answer { at: file.to_owned(), line: None, what });
    }
    Ok(Answer { rows: packets.into_iter().map(|(_, row)| row).collect(), branches })
}

/// Whether both are of one packet, which has a row for each of its targets: the same but for the target and the times.
fn is_branch(a: &AnswerRow, b: &AnswerRow) -> bool {
    (a.source, a.flits) == (b.source, b.flits) && a.target != b.target
}

/// The row of the trace, and the packet.
fn fields(line: &[u8]) -> Option<(u64, AnswerRow)> {
    let mut fields = std::str::from_utf8(line).ok()?.split(',');
    let mut next = || -> Option<u64> {
        let field = fields.next()?;
        field.bytes().all(|byte| byte.is_ascii_digit()).then(|| field.parse().ok())?
    };
    let (pid, source, target, flits) = (next()?, next()?, next()?, next()?);
    let (created, head, tail, routers, row) = (next()?, next()?, next()?, next()?, next()?);
    let narrow = |value: u64| u32::try_from(value).ok();
    let times = PacketTimes { pid, created, head, tail, routers: narrow(routers)? };
    let answer = AnswerRow { source: narrow(source)?, target: narrow(target)?, flits: narrow(flits)?, times };
    (fields.next().is_none() && created <= tail).then_some((row, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &str) -> Result<Vec<AnswerRow>, ReplayError> {
        read_answer(format!("{PACKET_HEADING}\n{rows}").as_bytes(), "a.csv")
    }

    #[test]
    fn rows_are_in_the_order_of_the_trace() {
        let rows = read("1,3,4,2,5,6,17,2,1\n\n0,0,7,1,0,0,18,4,0\n").unwrap();
        assert_eq!(rows.len(), 2);
        let PacketTimes { pid, created, head, tail, routers } = rows[0].times;
        assert_eq!((pid, created, head, tail, routers, rows[0].target), (0, 0, 0, 18, 4, 7));
        assert_eq!((rows[1].source, rows[1].flits), (3, 2));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let row = "0,0,7,1,0,0,18,4,";
        for rows in ["x\n", "1,2\n", "0,0,7,1,0,0,18,4\n", "0,0,7,1,19,19,18,4,0\n", "0,0,7,1,0,0,18,4,0,0\n"]
        {
            assert!(matches!(read(rows), Err(ReplayError::Answer { .. })), "{rows}");
        }
        for rows in [format!("{row}1\n"), format!("{row}0\n{row}0\n"), format!("{row}0\n{row}2\n")] {
            assert!(matches!(read(&rows), Err(ReplayError::Answer { .. })), "{rows}");
        }
        let partial = read(&format!("{row}0\n# partial: why\n"));
        assert!(matches!(partial, Err(ReplayError::Trace(TraceError::Partial { .. }))));
        for text in ["", "pid,src,dst,size,ctime,head_itime,tail_atime,routers\n"] {
            assert!(matches!(read_answer(text.as_bytes(), "a"), Err(ReplayError::Answer { .. })), "{text}");
        }
    }
}
