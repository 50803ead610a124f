//! What a packet carries.

/// What a packet carries, if it comes from a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PacketKind {
    /// Events.
    Event,
    /// Raw potentials.
    Potential,
    /// A producer's marker: the end of its map for a frame.
    Marker,
    /// A consumer's token: its map is free.
    Token,
}

impl PacketKind {
    /// All of them.
    pub const ALL: [PacketKind; 4] =
        [PacketKind::Event, PacketKind::Potential, PacketKind::Marker, PacketKind::Token];

    /// Its name in text.
    pub fn name(self) -> &'static str {
        match self {
            PacketKind::Event => "event",
            PacketKind::Potential => "potential",
            PacketKind::Marker => "marker",
            PacketKind::Token => "token",
        }
    }

    /// The kind of a name.
    pub fn of_name(name: &[u8]) -> Option<PacketKind> {
        PacketKind::ALL.into_iter().find(|kind| kind.name().as_bytes() == name)
    }
}
