//! Where packets go: a pattern applied to a network.

use super::error::TrafficError;
use super::pattern::Pattern;
use super::random::{Integers, Random};
use crate::Config;

/// Where each terminal of a network sends to, by a pattern.
#[derive(Clone, Debug)]
pub(super) enum Destinations {
    /// Any of this number of terminals: one whole number.
    Uniform(u32),
    /// By source. Nothing is drawn.
    Fixed(Vec<u32>),
    /// The next of this number of terminals if a whole number below 3 is 0, otherwise the sender.
    Diagonal(u32),
    /// The source modulo this half of the terminals, in the second half if a whole number below 2 is 1.
    Asymmetric(u32),
    /// Places with the sum of the weights up to them, and the number of terminals: one whole number below the sum, and another one
    /// if any terminal is meant.
    Whole(Vec<(Option<u32>, u32)>, u32),
    /// The same with weights that are not all whole, or too large: a fraction of the sum instead of the first number.
    Shares(Vec<(Option<u32>, f64)>, u32),
}

impl Destinations {
    pub fn new(pattern: &Pattern, config: &Config) -> Result<Destinations, TrafficError> {
        let (columns, rows) = (u32::from(config.columns), u32::from(config.rows));
        let terminals: u32 = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        let half = |side: u32| side.div_ceil(2) - 1;
        Ok(match pattern {
            Pattern::Uniform => Destinations::Uniform(terminals),
            Pattern::Transpose if columns != rows => {
                return Err(TrafficError::NotSquare { columns: config.columns, rows: config.rows });
            }
            Pattern::Transpose => fixed(config, |x, y| (y, x)),
            Pattern::Bitcomp => fixed(config, |x, y| (columns - 1 - x, rows - 1 - y)),
            Pattern::Neighbor => fixed(config, |x, y| ((x + 1) % columns, (y + 1) % rows)),
            Pattern::Tornado => {
                fixed(config, |x, y| ((x + half(columns)) % columns, (y + half(rows)) % rows))
            }
            Pattern::Shuffle => {
                bits(terminals, "shuffle", |n, bits| n << 1 & (terminals - 1) | n >> (bits - 1))?
            }
            Pattern::Bitrev => bits(terminals, "bitrev", |n, bits| n.reverse_bits() >> (u32::BITS - bits))?,
            Pattern::Randperm(seed) => Destinations::Fixed(random_permutation(terminals, *seed)),
            Pattern::Diagonal => Destinations::Diagonal(terminals),
            Pattern::Asymmetric if terminals < 2 => return Err(TrafficError::Halves { terminals }),
            Pattern::Asymmetric => Destinations::Asymmetric(terminals / 2),
            Pattern::Hotspot(places) => weighted(places, terminals)?,
            Pattern::Permutation(targets) => Destinations::Fixed(targets.clone()),
        })
    }

    #[inline]
    pub fn draw(&self, source: u32, random: &mut Random) -> u32 {
        let (place, terminals) = match self {
            Destinations::Uniform(terminals) => (None, *terminals),
            Destinations::Fixed(targets) => (Some(targets[source as usize]), 0),
            Destinations::Diagonal(terminals) => {
                let is_next = random.integers.below(3) == 0;
                (Some(if is_next { (source + 1) % terminals } else { source }), 0)
            }
            Destinations::Asymmetric(half) => (Some(source % half + half * random.integers.below(2)), 0),
            Destinations::Whole(places, terminals) => {
                let sum = places.last().map_or(1, |&(_, sum)| sum);
                (at(places, random.integers.below(sum)), *terminals)
            }
            Destinations::Shares(places, terminals) => {
                let sum = places.last().map_or(0.0, |&(_, sum)| sum);
                (at(places, random.fractions.next() * sum), *terminals)
            }
        };
        place.unwrap_or_else(|| random.integers.below(terminals))
    }
}

/// The first place whose sum of weights is beyond a point; the last one if rounding has moved the point to the end.
fn at<T: PartialOrd>(places: &[(Option<u32>, T)], point: T) -> Option<u32> {
    let index = places.partition_point(|(_, sum)| *sum <= point);
    places.get(index).or(places.last()).and_then(|&(place, _)| place)
}

/// Destinations of places with weights. A single place needs no draw.
fn weighted(places: &[(Option<u32>, f64)], terminals: u32) -> Result<Destinations, TrafficError> {
    if let Some(terminal) = places.iter().filter_map(|&(place, _)| place).find(|&place| place >= terminals) {
        let rule = format!("there are terminals 0 to {}", terminals - 1);
        return Err(TrafficError::Hotspot { entry: terminal.to_string(), rule });
    }
    if let &[(place, _)] = places {
        return Ok(place.map_or(Destinations::Uniform(terminals), |terminal| {
            Destinations::Fixed(vec![terminal; terminals as usize])
        }));
    }
    let sums = places.iter().scan(0.0, |sum, &(place, weight)| {
        *sum += weight;
        Some((place, *sum))
    });
    let is_whole = places.iter().all(|(_, weight)| weight.fract() == 0.0);
    let sum: f64 = places.iter().map(|(_, weight)| weight).sum();
    Ok(if is_whole && sum <= f64::from(Integers::COUNT) {
        Destinations::Whole(sums.map(|(place, sum)| (place, sum as u32)).collect(), terminals)
    } else {
        Destinations::Shares(sums.collect(), terminals)
    })
}

/// Destinations of a map of the bits of a terminal, given with their number, which is at least 1.
fn bits(
    terminals: u32,
    pattern: &'static str,
    to: impl Fn(u32, u32) -> u32,
) -> Result<Destinations, TrafficError> {
    if !terminals.is_power_of_two() {
        return Err(TrafficError::PowerOfTwo { pattern, terminals });
    }
    let bits = terminals.trailing_zeros();
    let to = |terminal| if bits == 0 { terminal } else { to(terminal, bits) };
    Ok(Destinations::Fixed((0..terminals).map(to).collect()))
}

/// The permutation of a seed: one terminal after the other is the target of a source that is drawn among those that have none, in their order.
/// The numbers are those of a stream of its own, so that a run draws the same packets whatever the permutation.
fn random_permutation(terminals: u32, seed: u64) -> Vec<u32> {
    let mut numbers = Random::new(seed).integers;
    let mut free: Vec<u32> = (0..terminals).collect();
    let mut targets = vec![0; terminals as usize];
    for target in 0..terminals {
        let source = free.remove(numbers.below(terminals - target) as usize);
        targets[source as usize] = target;
    }
    targets
}

/// Destinations of a map from node to node.
fn fixed(config: &Config, to: impl Fn(u32, u32) -> (u32, u32)) -> Destinations {
    let columns = u32::from(config.columns);
    let mut first = vec![0u32];
    first.extend(config.locals.iter().scan(0, |sum, &locals| {
        *sum += u32::from(locals);
        Some(*sum)
    }));
    let mut targets = Vec::new();
    for (node, &locals) in config.locals.iter().enumerate() {
        let (x, y) = to(node as u32 % columns, node as u32 / columns);
        let target = (y * columns + x) as usize;
        for local in 0..u32::from(locals) {
            let there = u32::from(config.locals[target]);
            // A node without terminals gets nothing; its packets stay at home.
            let terminal = if there == 0 { first[node] + local } else { first[target] + local % there };
            targets.push(terminal);
        }
    }
    Destinations::Fixed(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortOrder;

    fn targets(name: &str, columns: u16, rows: u16) -> Vec<u32> {
        let config = Config::r3(columns, rows, 1, 1, PortOrder::LocalFirst);
        match Destinations::new(&Pattern::parse(name).unwrap(), &config).unwrap() {
            Destinations::Fixed(targets) => targets,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn coordinates_become_what_their_names_say() {
        assert_eq!(targets("transpose", 3, 3), [0, 3, 6, 1, 4, 7, 2, 5, 8]);
        assert_eq!(targets("bitcomp", 3, 2), [5, 4, 3, 2, 1, 0]);
        assert_eq!(targets("neighbor", 3, 2), [4, 5, 3, 1, 2, 0]);
        assert_eq!(targets("tornado", 4, 1), [1, 2, 3, 0]);
        assert_eq!(targets("tornado", 5, 1), [2, 3, 4, 0, 1]);
    }

    #[test]
    fn bits_are_moved_as_their_names_say() {
        assert_eq!(targets("shuffle", 4, 2), [0, 2, 4, 6, 1, 3, 5, 7]);
        assert_eq!(targets("bitrev", 4, 2), [0, 4, 2, 6, 1, 5, 3, 7]);
        for name in ["shuffle", "bitrev"] {
            assert_eq!(targets(name, 1, 1), [0]);
            assert_eq!(targets(name, 2, 1), [0, 1]);
        }
    }

    #[test]
    fn a_seed_gives_each_terminal_one_source() {
        let drawn = targets("randperm:7", 8, 8);
        let mut sorted = drawn.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..64).collect::<Vec<_>>());
        assert_ne!(drawn, targets("randperm:8", 8, 8));
    }

    #[test]
    fn random_patterns_draw_one_number() {
        let config = Config::r3(5, 1, 1, 1, PortOrder::LocalFirst);
        let mut random = Random::new(5);
        let mut integers = random.integers.clone();
        let diagonal = Destinations::new(&Pattern::Diagonal, &config).unwrap();
        let asymmetric = Destinations::new(&Pattern::Asymmetric, &config).unwrap();
        for _ in 0..100 {
            let expected = if integers.below(3) == 0 { 0 } else { 4 };
            assert_eq!(diagonal.draw(4, &mut random), expected);
            let expected = integers.below(2) * 2 + 1;
            assert_eq!(asymmetric.draw(3, &mut random), expected);
        }
    }

    #[test]
    fn weights_are_shares() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        for (text, is_whole) in [("hotspot:12=1,uniform=3", true), ("hotspot:12=0.25,uniform=0.75", false)] {
            let targets = Destinations::new(&Pattern::parse(text).unwrap(), &config).unwrap();
            assert_eq!(matches!(targets, Destinations::Whole(..)), is_whole);
            let mut random = Random::new(1);
            let hits = (0..100_000).filter(|_| targets.draw(0, &mut random) == 12).count();
            // 1/4 + 3/4/20 = 28.75 %, with a standard deviation of 0.14 %.
            assert!((28_000..29_500).contains(&hits), "{hits}");
        }
    }

    #[test]
    fn whole_weights_walk_the_places_in_order() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        let targets = Destinations::new(&Pattern::parse("hotspot:3=2,9,3=4").unwrap(), &config).unwrap();
        let mut random = Random::new(5);
        let mut integers = random.integers.clone();
        for _ in 0..1000 {
            let expected = [3, 3, 9, 3, 3, 3, 3][integers.below(7) as usize];
            assert_eq!(targets.draw(0, &mut random), expected);
        }
    }

    #[test]
    fn a_single_place_draws_nothing() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        let mut random = Random::new(5);
        let mut integers = random.integers.clone();
        let only = Destinations::new(&Pattern::parse("hotspot:3=2").unwrap(), &config).unwrap();
        assert_eq!(only.draw(0, &mut random), 3);
        let any = Destinations::new(&Pattern::parse("hotspot:uniform").unwrap(), &config).unwrap();
        assert_eq!(any.draw(0, &mut random), integers.below(20));
    }

    #[test]
    fn what_the_network_does_not_have_is_refused() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        let refused = |pattern: Pattern| Destinations::new(&pattern, &config).unwrap_err();
        assert!(matches!(refused(Pattern::Transpose), TrafficError::NotSquare { .. }));
        assert!(matches!(refused(Pattern::parse("hotspot:20").unwrap()), TrafficError::Hotspot { .. }));
        assert!(matches!(refused(Pattern::Shuffle), TrafficError::PowerOfTwo { terminals: 20, .. }));
        assert!(matches!(refused(Pattern::Bitrev), TrafficError::PowerOfTwo { terminals: 20, .. }));
        let one = Config::r3(1, 1, 1, 1, PortOrder::LocalFirst);
        let refused = Destinations::new(&Pattern::Asymmetric, &one).unwrap_err();
        assert!(matches!(refused, TrafficError::Halves { terminals: 1 }));
    }
}
