//! Who sends to whom.

use super::Error;
use super::random::{Integers, Random};
use crate::Config;

/// A traffic pattern, by BookSim2's names. Those that speak of coordinates keep the number of the local port.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Every terminal with equal chance, the sender included.
    Uniform,
    /// From (x, y) to (y, x), on square meshes.
    Transpose,
    /// From node n to node N - 1 - n: every bit is flipped where N is a power of two.
    Bitcomp,
    /// From (x, y) to (x + 1, y + 1), around the edges.
    Neighbor,
    /// From (x, y) almost half of the mesh further along both axes, around the edges.
    Tornado,
    /// Some terminals, each with a weight; `None` stands for every terminal with equal chance.
    Hotspot(Vec<(Option<u32>, f64)>),
    /// A target for each terminal.
    Permutation(Vec<u32>),
}

impl Pattern {
    /// A pattern by name; `hotspot:12=0.2,uniform=0.8` names terminals with weights.
    ///
    /// # Errors
    /// [`Error::Pattern`], [`Error::Hotspot`].
    pub fn parse(text: &str) -> Result<Pattern, Error> {
        if let Some(list) = text.strip_prefix("hotspot:") {
            return list.split(',').map(hotspot).collect::<Result<_, _>>().map(Pattern::Hotspot);
        }
        Ok(match text {
            "uniform" => Pattern::Uniform,
            "transpose" => Pattern::Transpose,
            "bitcomp" => Pattern::Bitcomp,
            "neighbor" => Pattern::Neighbor,
            "tornado" => Pattern::Tornado,
            _ => return Err(Error::Pattern { name: text.chars().take(40).collect() }),
        })
    }

    /// Most bytes of a file with a permutation: more than enough for a number and the end of its line per terminal.
    pub fn max_bytes(terminals: u32) -> u64 {
        16 * (u64::from(terminals) + 1)
    }

    /// A permutation from the text of a file, with one target per line.
    ///
    /// # Errors
    /// [`Error::Permutation`].
    pub fn permutation(text: &str, file: &str, terminals: u32) -> Result<Pattern, Error> {
        let error = |line: usize, rule: String| Error::Permutation { file: file.to_owned(), line, rule };
        let mut targets = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let target = line.trim().parse().ok().filter(|&target: &u32| target < terminals);
            let Some(target) = target else {
                let line_text: String = line.chars().take(20).collect();
                return Err(error(
                    index + 1,
                    format!("`{line_text}` is no terminal; there are 0 to {}", terminals - 1),
                ));
            };
            targets.push(target);
        }
        if targets.len() != terminals as usize {
            return Err(error(targets.len(), format!("{} targets for {terminals} terminals", targets.len())));
        }
        Ok(Pattern::Permutation(targets))
    }
}

fn hotspot(entry: &str) -> Result<(Option<u32>, f64), Error> {
    let error = |rule: &str| Error::Hotspot { entry: entry.to_owned(), rule: rule.to_owned() };
    let (place, weight) = entry.split_once('=').unwrap_or((entry, "1"));
    let weight: f64 = weight.parse().map_err(|_| error("the weight is no number"))?;
    if !weight.is_finite() || weight <= 0.0 {
        return Err(error("the weight must be finite and more than 0"));
    }
    match place {
        "uniform" => Ok((None, weight)),
        _ => Ok((Some(place.parse().map_err(|_| error("it is neither a terminal nor `uniform`"))?), weight)),
    }
}

/// A pattern on a network.
#[derive(Clone, Debug)]
pub(super) enum Targets {
    /// Any of so many terminals: one whole number.
    Uniform(u32),
    /// By source. Nothing is drawn.
    Fixed(Vec<u32>),
    /// Places with the sum of the weights up to them, and the number of terminals: one whole number below the sum, and another one
    /// if any terminal is meant.
    Whole(Vec<(Option<u32>, u32)>, u32),
    /// The same with weights that are not all whole, or too large: a fraction of the sum instead of the first number.
    Shares(Vec<(Option<u32>, f64)>, u32),
}

impl Targets {
    pub fn new(pattern: &Pattern, config: &Config) -> Result<Targets, Error> {
        let (columns, rows) = (u32::from(config.columns), u32::from(config.rows));
        let terminals: u32 = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        let half = |side: u32| side.div_ceil(2) - 1;
        Ok(match pattern {
            Pattern::Uniform => Targets::Uniform(terminals),
            Pattern::Transpose if columns != rows => {
                return Err(Error::NotSquare { columns: config.columns, rows: config.rows });
            }
            Pattern::Transpose => fixed(config, |x, y| (y, x)),
            Pattern::Bitcomp => fixed(config, |x, y| (columns - 1 - x, rows - 1 - y)),
            Pattern::Neighbor => fixed(config, |x, y| ((x + 1) % columns, (y + 1) % rows)),
            Pattern::Tornado => {
                fixed(config, |x, y| ((x + half(columns)) % columns, (y + half(rows)) % rows))
            }
            Pattern::Hotspot(places) => weighted(places, terminals)?,
            Pattern::Permutation(targets) => Targets::Fixed(targets.clone()),
        })
    }

    #[inline]
    pub fn draw(&self, source: u32, random: &mut Random) -> u32 {
        let (place, terminals) = match self {
            Targets::Uniform(terminals) => (None, *terminals),
            Targets::Fixed(targets) => (Some(targets[source as usize]), 0),
            Targets::Whole(places, terminals) => {
                let sum = places.last().map_or(1, |&(_, sum)| sum);
                (at(places, random.integers.below(sum)), *terminals)
            }
            Targets::Shares(places, terminals) => {
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

/// Targets of places with weights. A single place needs no draw.
fn weighted(places: &[(Option<u32>, f64)], terminals: u32) -> Result<Targets, Error> {
    if let Some(terminal) = places.iter().filter_map(|&(place, _)| place).find(|&place| place >= terminals) {
        let rule = format!("there are terminals 0 to {}", terminals - 1);
        return Err(Error::Hotspot { entry: terminal.to_string(), rule });
    }
    if let &[(place, _)] = places {
        return Ok(place.map_or(Targets::Uniform(terminals), |terminal| {
            Targets::Fixed(vec![terminal; terminals as usize])
        }));
    }
    let sums = places.iter().scan(0.0, |sum, &(place, weight)| {
        *sum += weight;
        Some((place, *sum))
    });
    let is_whole = places.iter().all(|(_, weight)| weight.fract() == 0.0);
    let sum: f64 = places.iter().map(|(_, weight)| weight).sum();
    Ok(if is_whole && sum <= f64::from(Integers::COUNT) {
        Targets::Whole(sums.map(|(place, sum)| (place, sum as u32)).collect(), terminals)
    } else {
        Targets::Shares(sums.collect(), terminals)
    })
}

/// Targets of a map from node to node.
fn fixed(config: &Config, to: impl Fn(u32, u32) -> (u32, u32)) -> Targets {
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
    Targets::Fixed(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortOrder;

    fn targets(name: &str, columns: u16, rows: u16) -> Vec<u32> {
        let config = Config::r3(columns, rows, 1, 1, PortOrder::LocalFirst);
        match Targets::new(&Pattern::parse(name).unwrap(), &config).unwrap() {
            Targets::Fixed(targets) => targets,
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
    fn weights_are_shares() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        for (text, is_whole) in [("hotspot:12=1,uniform=3", true), ("hotspot:12=0.25,uniform=0.75", false)] {
            let targets = Targets::new(&Pattern::parse(text).unwrap(), &config).unwrap();
            assert_eq!(matches!(targets, Targets::Whole(..)), is_whole);
            let mut random = Random::new(1);
            let hits = (0..100_000).filter(|_| targets.draw(0, &mut random) == 12).count();
            // 1/4 + 3/4/20 = 28.75 %, with a standard deviation of 0.14 %.
            assert!((28_000..29_500).contains(&hits), "{hits}");
        }
    }

    #[test]
    fn whole_weights_walk_the_places_in_order() {
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        let targets = Targets::new(&Pattern::parse("hotspot:3=2,9,3=4").unwrap(), &config).unwrap();
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
        let only = Targets::new(&Pattern::parse("hotspot:3=2").unwrap(), &config).unwrap();
        assert_eq!(only.draw(0, &mut random), 3);
        let any = Targets::new(&Pattern::parse("hotspot:uniform").unwrap(), &config).unwrap();
        assert_eq!(any.draw(0, &mut random), integers.below(20));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let parse = |text: &str| Pattern::parse(text).unwrap_err();
        assert!(matches!(parse("uniformly"), Error::Pattern { .. }));
        for text in ["hotspot:", "hotspot:x", "hotspot:1=0", "hotspot:1=nan", "hotspot:1=inf", "hotspot:1,,2"]
        {
            assert!(matches!(parse(text), Error::Hotspot { .. }), "{text}");
        }
        let config = Config::r3(5, 4, 1, 1, PortOrder::LocalFirst);
        assert!(matches!(Targets::new(&Pattern::Transpose, &config), Err(Error::NotSquare { .. })));
        let beyond = Pattern::parse("hotspot:20").unwrap();
        assert!(matches!(Targets::new(&beyond, &config), Err(Error::Hotspot { .. })));
        let read = |text: &str| Pattern::permutation(text, "p", 3);
        assert_eq!(read("2\n0\n1\n").unwrap(), Pattern::Permutation(vec![2, 0, 1]));
        for text in ["2\n0\n", "2\n0\n1\n1\n", "2\n0\n3\n", "2\n\n1\n", "a\n"] {
            assert!(matches!(read(text), Err(Error::Permutation { .. })), "{text}");
        }
    }
}
