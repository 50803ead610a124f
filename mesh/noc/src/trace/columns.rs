//! The columns that a trace may have or not.

/// Columns of a trace beyond cycle, source, target and size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptionalColumns {
    /// Traffic classes.
    pub class: bool,
    /// The packets that each packet waits for, and the delays.
    pub dependencies: bool,
    /// The sender's layer.
    pub layer: bool,
    /// The frame that the sender works on.
    pub frame: bool,
    /// What the packet carries.
    pub kind: bool,
    /// What a replay measured, as [`PacketTimes`](super::PacketTimes).
    pub times: bool,
}

impl OptionalColumns {
    /// Those that a run records.
    pub const RECORDED: OptionalColumns = OptionalColumns {
        class: true,
        dependencies: false,
        layer: true,
        frame: true,
        kind: true,
        times: false,
    };

    fn all(&self) -> [bool; 6] {
        [self.class, self.dependencies, self.times, self.layer, self.frame, self.kind]
    }

    /// A bit for each: 1 classes, 2 dependencies, 4 answers, 8 layers, 16 frames, 32 kinds.
    pub(super) fn bits(self) -> u32 {
        (0..).zip(self.all()).map(|(bit, there)| u32::from(there) << bit).sum()
    }

    /// The columns of a sum of bits; `None` if there are others.
    pub(super) fn of_bits(bits: u32) -> Option<OptionalColumns> {
        let [class, dependencies, times, layer, frame, kind] =
            [0, 1, 2, 3, 4, 5].map(|bit| bits >> bit & 1 != 0);
        (bits < 64).then_some(OptionalColumns { class, dependencies, times, layer, frame, kind })
    }
}
