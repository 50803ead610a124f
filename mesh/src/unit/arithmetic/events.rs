//! The events of an input map, column by column: in a list, or only counted.

use multiversion::multiversion;

/// One event in local rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapEvent {
    /// Local row.
    pub row: u16,
    /// Channel.
    pub channel: u16,
    /// Level.
    pub value: u8,
}

/// Events of a map, ascending by (column, row, channel).
#[derive(Clone, Debug, Default)]
pub struct MapEvents {
    starts: Vec<u32>,
    /// Longer than the number of events: kept at the size of the map.
    events: Vec<MapEvent>,
}

impl MapEvents {
    /// Lists the events of a dense map of (column, row, channel), channel fastest. `starts[x]..starts[x + 1]` are the events of column x, so a column is a
    /// slice, and empty columns cost nothing. Every value is written, and its place kept if it is not zero: there is no branch to predict.
    pub fn list(&mut self, map: &[u8], width: usize, channels: usize) {
        self.starts.clear();
        self.starts.push(0);
        if map.is_empty() {
            self.starts.resize(width + 1, 0);
            return;
        }
        if self.events.len() < map.len() {
            self.events.resize(map.len(), MapEvent::default());
        }
        let mut found = 0;
        for column in map.chunks_exact(map.len() / width) {
            for (row, position) in column.chunks_exact(channels).enumerate() {
                for (channel, &value) in position.iter().enumerate() {
                    self.events[found] = MapEvent { row: row as u16, channel: channel as u16, value };
                    found += usize::from(value != 0);
                }
            }
            self.starts.push(found as u32);
        }
    }

    /// Events of a column.
    pub fn column(&self, x: usize) -> &[MapEvent] {
        &self.events[self.starts[x] as usize..self.starts[x + 1] as usize]
    }
}

/// What is counted of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnCount {
    /// Channels with an event.
    pub channels: u64,
    /// Events.
    pub events: u64,
    /// Events, each as often as `weights` says for its row.
    pub weighted: u64,
}

/// Counts the events of each column of a dense map of (column, row, channel), channel fastest; `weights` has a number for each row. `seen` is
/// scratch: which channels of the column have had an event. All loops run over channels, in whole vectors.
#[multiversion(targets = "simd")]
pub fn count_columns(
    map: &[u8],
    width: usize,
    channels: usize,
    weights: &[u32],
    seen: &mut Vec<u8>,
    counts: &mut Vec<ColumnCount>,
) {
    counts.clear();
    if map.is_empty() {
        counts.resize(width, ColumnCount { channels: 0, events: 0, weighted: 0 });
        return;
    }
    for column in map.chunks_exact(map.len() / width) {
        seen.clear();
        seen.resize(channels, 0);
        let (mut events, mut weighted) = (0, 0);
        for (position, &weight) in column.chunks_exact(channels).zip(weights) {
            let mut found = 0u32;
            for (seen, &value) in seen.iter_mut().zip(position) {
                *seen |= value;
                found += u32::from(value != 0);
            }
            events += u64::from(found);
            weighted += u64::from(found) * u64::from(weight);
        }
        let mut seen_channels = 0u32;
        for &seen in seen.iter() {
            seen_channels += u32::from(seen != 0);
        }
        counts.push(ColumnCount { channels: u64::from(seen_channels), events, weighted });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two columns of three rows and two channels.
    const MAP: [u8; 12] = [0, 3, 0, 0, 0, 1, 2, 0, 4, 0, 0, 0];

    #[test]
    fn events_lie_by_column() {
        let mut events = MapEvents::default();
        events.list(&[1; 12], 2, 2);
        events.list(&MAP, 2, 2);
        let event = |row, channel, value| MapEvent { row, channel, value };
        assert_eq!(events.column(0), [event(0, 1, 3), event(2, 1, 1)]);
        assert_eq!(events.column(1), [event(0, 0, 2), event(1, 0, 4)]);
        events.list(&[], 3, 2);
        assert_eq!(events.column(2), []);
    }

    #[test]
    fn columns_are_counted() {
        let (mut seen, mut counts) = (Vec::new(), Vec::new());
        count_columns(&MAP, 2, 2, &[1, 10, 100], &mut seen, &mut counts);
        let count = |channels, events, weighted| ColumnCount { channels, events, weighted };
        assert_eq!(counts, [count(1, 2, 101), count(1, 2, 11)]);
        count_columns(&[], 3, 2, &[], &mut seen, &mut counts);
        assert_eq!(counts, [count(0, 0, 0); 3]);
    }
}
