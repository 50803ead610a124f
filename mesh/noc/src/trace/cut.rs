//! Files of rows that could not be written to their end: where they are cut, and how they are marked as a part.

use std::io::{ErrorKind, Read, Result, Seek, SeekFrom};

use super::format::TraceFormat;
use super::spt;
use crate::end::PARTIAL;

/// Bytes that are looked through at a time.
const WINDOW: u64 = 1 << 16;

impl TraceFormat {
    /// Of a file whose first `most` bytes were written as they should be: a length up to `most` at which it can be cut between two rows, and
    /// the bytes that then mark it as a part, with the reason.
    ///
    /// # Errors
    /// It cannot be read, or not even the heading is whole.
    pub fn cut(self, file: &mut (impl Read + Seek), most: u64, why: &str) -> Result<(u64, Vec<u8>)> {
        match self {
            TraceFormat::Csv => {
                let mark = format!("{PARTIAL} {}\n", why.lines().next().unwrap_or_default());
                Ok((end_of_line(file, most)?, mark.into_bytes()))
            }
            TraceFormat::Spt => {
                file.seek(SeekFrom::Start(0))?;
                spt::cut(file, most, why)
            }
        }
    }
}

/// Behind the last new line of the first `most` bytes.
fn end_of_line(file: &mut (impl Read + Seek), most: u64) -> Result<u64> {
    let mut window = Vec::new();
    let mut end = most;
    while end > 0 {
        let begin = end.saturating_sub(WINDOW);
        window.clear();
        file.seek(SeekFrom::Start(begin))?;
        file.by_ref().take(end - begin).read_to_end(&mut window)?;
        if let Some(at) = window.iter().rposition(|&byte| byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Err(ErrorKind::StorageFull.into())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::trace::spt::{HopReader, HopWriter, MAX_RECORDS};
    use crate::trace::{Hop, TraceError};
    use crate::{NodeId, PortKind};

    #[test]
    fn rows_are_cut_behind_a_row() {
        let text = "a,b\n1,2\n3,4\n5";
        let cut = |most: usize| {
            let cut = TraceFormat::Csv.cut(&mut Cursor::new(text), most as u64, "full\nof it");
            cut.map(|(at, mark)| text[..at as usize].to_owned() + &String::from_utf8_lossy(&mark))
        };
        assert_eq!(cut(text.len()).unwrap(), "a,b\n1,2\n3,4\n# partial: full\n");
        assert_eq!(cut(11).unwrap(), "a,b\n1,2\n# partial: full\n");
        assert!(cut(3).is_err());
        let long = format!("a\n{}", "1".repeat(3 * WINDOW as usize));
        let (at, _) = TraceFormat::Csv.cut(&mut Cursor::new(&long), long.len() as u64, "").unwrap();
        assert_eq!(at, 2);
    }

    #[test]
    fn blocks_are_cut_behind_a_block_and_read_as_a_part() {
        let mut writer = HopWriter::new(Vec::new()).unwrap();
        let count = 3 * MAX_RECORDS as u64;
        for pid in 0..count {
            let (in_port, out_port) = (PortKind::Local(0), PortKind::Local(0));
            writer.write(Hop { pid, cycle: pid, node: NodeId(1), in_port, out_port, vc: 0 }).unwrap();
        }
        let whole = writer.finish().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for most in (0..whole.len()).step_by(97).chain([whole.len()]) {
            let Ok((at, mark)) = TraceFormat::Spt.cut(&mut Cursor::new(&whole), most as u64, "full") else {
                assert!(most < 24, "{most}");
                continue;
            };
            assert!(at <= most as u64);
            let part = [&whole[..at as usize], &mark].concat();
            let mut reader = HopReader::new(part.as_slice(), "part.spt").unwrap();
            let mut hops = 0;
            let end = loop {
                match reader.next_hop() {
                    Ok(Some(hop)) => {
                        assert_eq!(hop.pid, hops);
                        hops += 1;
                    }
                    end => break end,
                }
            };
            assert!(matches!(end, Err(TraceError::Partial { why, .. }) if why == "full"), "{most}");
            seen.insert(hops);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, count / 3, 2 * count / 3, count]);
    }
}
