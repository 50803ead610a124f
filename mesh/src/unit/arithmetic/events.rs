//! The events of an input map, column by column.

/// One event in local rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    events: Vec<MapEvent>,
}

impl MapEvents {
    /// Lists the events of a dense map of (column, row, channel), channel fastest. `starts[x]..starts[x + 1]` are the events of column x, so a column is a
    /// slice, and empty columns cost nothing.
    pub fn list(&mut self, map: &[u8], width: usize, channels: usize) {
        self.starts.clear();
        self.events.clear();
        self.starts.push(0);
        if map.is_empty() {
            self.starts.resize(width + 1, 0);
            return;
        }
        for column in map.chunks_exact(map.len() / width) {
            for (row, position) in column.chunks_exact(channels).enumerate() {
                for (channel, &value) in position.iter().enumerate() {
                    if value != 0 {
                        self.events.push(MapEvent { row: row as u16, channel: channel as u16, value });
                    }
                }
            }
            self.starts.push(self.events.len() as u32);
        }
    }

    /// Events of a column.
    pub fn column(&self, x: usize) -> &[MapEvent] {
        &self.events[self.starts[x] as usize..self.starts[x + 1] as usize]
    }

    /// All events.
    pub fn len(&self) -> usize {
        self.events.len()
    }
}
