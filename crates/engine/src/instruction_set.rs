//! Which instruction set a kernel runs with.

#[cfg(target_arch = "x86_64")]
use crate::lanes::x86::{Avx2, Avx512};
use crate::lanes::{Kernel, Lanes, Portable};

/// The sets that this processor has.
#[derive(Clone, Copy, Debug)]
pub enum InstructionSet {
    /// Any processor.
    Portable(Portable),
    /// Two registers for a panel; bytes are multiplied and added in pairs to sums of 16 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// One register for a panel, and an instruction for a whole group.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl InstructionSet {
    /// All that this processor has, the best one last.
    pub fn all() -> impl DoubleEndedIterator<Item = InstructionSet> {
        let sets = [
            Some(InstructionSet::Portable(Portable)),
            #[cfg(target_arch = "x86_64")]
            Avx2::new().map(InstructionSet::Avx2),
            #[cfg(target_arch = "x86_64")]
            Avx512::new().map(InstructionSet::Avx512),
        ];
        sets.into_iter().flatten()
    }

    /// The best one.
    pub fn best() -> InstructionSet {
        InstructionSet::all().next_back().unwrap_or(InstructionSet::Portable(Portable))
    }

    /// Whether sums of products of bytes have 16 bits at first, so that two products must fit them.
    pub fn sums_bytes_in_16_bits(self) -> bool {
        fn short<L: Lanes>(_: L) -> bool {
            L::SHORT_OVERFLOWS
        }
        match self {
            InstructionSet::Portable(lanes) => short(lanes),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(lanes) => short(lanes),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(lanes) => short(lanes),
        }
    }

    /// [`Lanes::EVENT`] of this set.
    pub fn event(self) -> usize {
        fn event<L: Lanes>(_: L) -> usize {
            L::EVENT
        }
        match self {
            InstructionSet::Portable(lanes) => event(lanes),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(lanes) => event(lanes),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(lanes) => event(lanes),
        }
    }

    /// Runs a kernel that is compiled for this set.
    pub fn run(self, kernel: impl Kernel) {
        match self {
            InstructionSet::Portable(lanes) => kernel.run(lanes),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(lanes) => lanes.run(kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(lanes) => lanes.run(kernel),
        }
    }
}
