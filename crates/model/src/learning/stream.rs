//! The random numbers of learning: SplitMix64, one stream for each seed, neuron and learning step, the same on every machine.

/// What SplitMix64 adds before each number.
const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

/// The numbers that belong to one learning step of one neuron.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of `neuron` at `step`; step 0 draws its first weights.
    pub fn new(seed: u64, neuron: u64, step: u64) -> Stream {
        Stream { state: mix64(seed.wrapping_add(mix64(neuron.wrapping_add(mix64(step))))) }
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(INCREMENT);
        mix64(self.state)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// Puts `count` entries of `list`, drawn without return, at its front, and gives them. `count` is at most the list's length.
    pub fn take<'a>(&mut self, list: &'a mut [u32], count: usize) -> &'a [u32] {
        for i in 0..count {
            let other = i + self.below(list.len() - i);
            list.swap(i, other);
        }
        &list[..count]
    }
}

/// The finaliser of SplitMix64.
fn mix64(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_that_of_splitmix64() {
        assert_eq!(Stream::new(0, 0, 0).draw(), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn what_is_taken_is_distinct_and_all_can_be_taken() {
        let mut list: Vec<u32> = (0..9).collect();
        let mut taken = Stream::new(3, 1, 4).take(&mut list, 9).to_vec();
        assert_ne!(taken, (0..9).collect::<Vec<_>>());
        taken.sort_unstable();
        assert_eq!(taken, (0..9).collect::<Vec<_>>());
    }
}
