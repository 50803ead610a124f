//! How fast a program runs on the device: the latency of one frame, and the throughput of many.

use serde::Serialize;

use crate::noc::Cycle;

/// The latency of a frame that enters an empty mesh: from the first value taken in to the last output at the event DMA.
///
/// In a batch that is its first frame: the others wait for those before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Frames that entered an empty mesh.
    pub latency_frames: u64,
    /// Their mean, in clocks.
    pub latency_clocks: f64,
    /// The shortest.
    pub latency_clocks_min: Cycle,
    /// The longest.
    pub latency_clocks_max: Cycle,
    /// The mean in milliseconds.
    pub latency_ms: f64,
}

/// What a throughput is that of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThroughputOf {
    /// Frames that follow one another in a batch: the time between the ends of two of them.
    SteadyState,
    /// Frames of which each enters when the one before it has left: their latency.
    #[default]
    OneAfterAnother,
}

/// How many frames the device takes in a second, without the load before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Throughput {
    /// How the frames followed one another.
    pub throughput_of: ThroughputOf,
    /// Clocks from the end of a frame to the end of the next one, mean.
    pub throughput_interval_clocks: f64,
    /// The same in milliseconds.
    pub throughput_interval_ms: f64,
    /// Frames per second at this interval.
    pub throughput_fps: f64,
}

/// Sums over batches, from which both follow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SpeedSums {
    /// First frames of batches, and their clocks.
    first: u64,
    first_clocks: Cycle,
    shortest: Cycle,
    longest: Cycle,
    /// Frames that follow another one in their batch, and the clocks from its end to theirs.
    following: u64,
    following_clocks: Cycle,
}

impl SpeedSums {
    /// Adds the frames of a batch: when each was first taken in, and when its last output arrived.
    pub(super) fn add(&mut self, batch: &[(Cycle, Cycle)]) {
        let (Some((start, end)), Some((_, last))) = (batch.first(), batch.last()) else { return };
        let clocks = end - start;
        self.shortest = if self.first == 0 { clocks } else { self.shortest.min(clocks) };
        self.first += 1;
        self.first_clocks += clocks;
        self.longest = self.longest.max(clocks);
        self.following += batch.len() as u64 - 1;
        self.following_clocks += last - end;
    }

    /// All of them, always in the same order.
    pub(super) fn counters(&mut self) -> [&mut u64; 6] {
        let SpeedSums { first, first_clocks, shortest, longest, following, following_clocks } = self;
        [first, first_clocks, shortest, longest, following, following_clocks]
    }

    /// Zero without frames.
    pub(super) fn latency(&self, clock_hz: u64) -> Latency {
        let mean = self.first_clocks as f64 / self.first.max(1) as f64;
        Latency {
            latency_frames: self.first,
            latency_clocks: mean,
            latency_clocks_min: self.shortest,
            latency_clocks_max: self.longest,
            latency_ms: milliseconds(mean, clock_hz),
        }
    }

    /// Zero without frames.
    pub(super) fn throughput(&self, clock_hz: u64) -> Throughput {
        let (throughput_of, interval) = if self.following > 0 {
            (ThroughputOf::SteadyState, self.following_clocks as f64 / self.following as f64)
        } else {
            (ThroughputOf::OneAfterAnother, self.latency(clock_hz).latency_clocks)
        };
        Throughput {
            throughput_of,
            throughput_interval_clocks: interval,
            throughput_interval_ms: milliseconds(interval, clock_hz),
            throughput_fps: if interval > 0.0 { clock_hz as f64 / interval } else { 0.0 },
        }
    }
}

/// Clocks of a device as milliseconds.
fn milliseconds(clocks: f64, clock_hz: u64) -> f64 {
    clocks * 1e3 / clock_hz as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(batches: &[&[(u64, u64)]]) -> SpeedSums {
        let mut sums = SpeedSums::default();
        for batch in batches {
            sums.add(batch);
        }
        sums
    }

    #[test]
    fn the_first_frame_of_a_batch_has_the_latency_and_the_others_the_interval() {
        // 100 clocks for the first frame, then one each 40 clocks.
        let sums = sums(&[&[(0, 100), (20, 140), (60, 180)], &[(0, 110), (20, 150), (60, 190)]]);
        let latency = sums.latency(1_000_000);
        assert_eq!((latency.latency_frames, latency.latency_clocks, latency.latency_ms), (2, 105.0, 0.105));
        assert_eq!((latency.latency_clocks_min, latency.latency_clocks_max), (100, 110));
        let throughput = sums.throughput(1_000_000);
        assert_eq!(throughput.throughput_of, ThroughputOf::SteadyState);
        assert_eq!((throughput.throughput_interval_clocks, throughput.throughput_fps), (40.0, 25_000.0));
    }

    #[test]
    fn without_a_batch_the_interval_is_the_latency() {
        let throughput = sums(&[&[(0, 100)], &[(0, 300)]]).throughput(1000);
        assert_eq!(throughput.throughput_of, ThroughputOf::OneAfterAnother);
        assert_eq!((throughput.throughput_interval_clocks, throughput.throughput_fps), (200.0, 5.0));
        assert_eq!(sums(&[&[]]).latency(1000), Latency::default());
        assert_eq!(sums(&[]).throughput(1000), Throughput::default());
    }
}
