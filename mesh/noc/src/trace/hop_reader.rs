//! Reads hops, text or `.spt`.

use std::io::{BufRead, BufReader, Cursor, Read};

use super::csv::MAX_LINE;
use super::error::TraceError;
use super::hop::Hop;
use super::lines::BoundedLines;
use super::spt::{HopReader, MAGIC};
use crate::end::PARTIAL;
use crate::replay::HOP_HEADING;
use crate::{NodeId, PortKind};
use spikemesh_words::SourceLine;

/// Gives out every hop of a file, text or `.spt`, in its order; `file` names it in errors.
///
/// # Errors
/// [`TraceError::Hop`] for a row that is none, [`TraceError::Partial`] at the end of a part, and faults of `.spt`.
pub fn read_hops(mut input: impl Read, file: &str, mut each: impl FnMut(Hop)) -> Result<(), TraceError> {
    let unread = |source| TraceError::Io { action: format!("read {file}"), source };
    let mut first = Vec::new();
    (&mut input).take(MAGIC.len() as u64).read_to_end(&mut first).map_err(unread)?;
    let is_spt = first == MAGIC;
    let input = Cursor::new(first).chain(input);
    if is_spt {
        let mut reader = HopReader::new(input, file)?;
        while let Some(hop) = reader.next_hop()? {
            each(hop);
        }
        return Ok(());
    }
    let mut lines = BufReader::with_capacity(1 << 16, BoundedLines::new(input, MAX_LINE));
    let (mut number, mut start, mut bytes, mut has_heading) = (0, 0, Vec::new(), false);
    loop {
        start += bytes.len() as u64;
        number += 1;
        bytes.clear();
        let length = lines.read_until(b'\n', &mut bytes).map_err(unread)?;
        let row = bytes.trim_ascii();
        let line = || SourceLine::new(file, number, start, row);
        if let Some(why) = row.strip_prefix(PARTIAL.as_bytes()) {
            let why = String::from_utf8_lossy(why).trim().to_owned();
            return Err(TraceError::Partial { file: file.to_owned(), why, line: Some(line()) });
        }
        let is_heading = !has_heading && row == HOP_HEADING.as_bytes();
        if length == 0 && has_heading {
            return Ok(());
        } else if is_heading {
            has_heading = true;
        } else if !has_heading || !row.is_empty() {
            let hop = Some(row).filter(|_| has_heading).and_then(fields);
            each(hop.ok_or_else(|| TraceError::Hop { line: line(), heading: HOP_HEADING })?);
        }
    }
}

fn fields(line: &[u8]) -> Option<Hop> {
    let fields: Vec<&str> = std::str::from_utf8(line).ok()?.split(',').collect();
    let &[pid, cycle, node, in_port, out_port, vc] = &fields[..] else { return None };
    Some(Hop {
        pid: pid.parse().ok()?,
        cycle: cycle.parse().ok()?,
        node: NodeId(node.parse().ok()?),
        in_port: port(in_port)?,
        out_port: port(out_port)?,
        vc: vc.parse().ok()?,
    })
}

fn port(name: &str) -> Option<PortKind> {
    let side = PortKind::SIDES.into_iter().find(|side| side.to_string() == name);
    side.or_else(|| name.strip_prefix("local")?.parse().ok().map(PortKind::Local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Hop>, TraceError> {
        let mut hops = Vec::new();
        read_hops(text.as_bytes(), "h.csv", |hop| hops.push(hop)).map(|()| hops)
    }

    #[test]
    fn rows_are_hops_and_nothing_else_is() {
        let hops = read(&format!("{HOP_HEADING}\n0,3,0,local0,east,0\n\n0,7,1,west,local12,1\n")).unwrap();
        assert_eq!((hops[0].in_port, hops[0].out_port), (PortKind::Local(0), PortKind::East));
        assert_eq!((hops[1].cycle, hops[1].node, hops[1].out_port), (7, NodeId(1), PortKind::Local(12)));
        for rows in ["0,3,0,local0,east", "0,3,0,up,east,0", "0,3,0,local,east,0", "x,3,0,east,west,0"] {
            let error = read(&format!("{HOP_HEADING}\n{rows}\n")).unwrap_err();
            assert!(matches!(error, TraceError::Hop { .. }), "{rows}");
        }
        for text in ["", "pid,cycle\n", "0,3,0,local0,east,0\n"] {
            assert!(matches!(read(text), Err(TraceError::Hop { .. })), "{text}");
        }
        let part = read(&format!("{HOP_HEADING}\n# partial: why\n"));
        assert!(matches!(part, Err(TraceError::Partial { why, .. }) if why == "why"));
    }
}
