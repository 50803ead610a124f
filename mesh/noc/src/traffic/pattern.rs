//! Who sends to whom.

use super::error::TrafficError;
use super::random::SEEDS;
use spikemesh_words::{SourceLine, plural};

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
    /// From terminal n to n with its bits one place to the left, the first one to the end; for powers of two of terminals.
    Shuffle,
    /// From terminal n to n with its bits in the other order; for powers of two of terminals.
    Bitrev,
    /// A permutation that is drawn from a seed of its own, less than [`SEEDS`].
    Randperm(u64),
    /// Two of three packets to the sender itself, the third to the next terminal.
    Diagonal,
    /// From terminal n to n modulo half of the terminals, in either half with equal chance; for two terminals or more.
    Asymmetric,
    /// A target for each terminal.
    Permutation(Vec<u32>),
}

/// The seed of `randperm` without one, as BookSim2's `perm_seed`.
const PERMUTATION_SEED: u64 = 0;

impl Pattern {
    /// A pattern by name; `hotspot:12=0.2,uniform=0.8` names terminals with weights, `randperm:7` a seed.
    ///
    /// # Errors
    /// [`TrafficError::Pattern`], [`TrafficError::Hotspot`], [`TrafficError::PermutationSeed`].
    pub fn parse(text: &str) -> Result<Pattern, TrafficError> {
        if let Some(list) = text.strip_prefix("hotspot:") {
            return list.split(',').map(hotspot).collect::<Result<_, _>>().map(Pattern::Hotspot);
        }
        if let Some(seed) = text.strip_prefix("randperm:") {
            let seed = seed.parse().ok().filter(|&seed| seed < SEEDS);
            let seed =
                seed.ok_or_else(|| TrafficError::PermutationSeed { text: text.chars().take(40).collect() })?;
            return Ok(Pattern::Randperm(seed));
        }
        Ok(match text {
            "uniform" => Pattern::Uniform,
            "transpose" => Pattern::Transpose,
            "bitcomp" => Pattern::Bitcomp,
            "neighbor" => Pattern::Neighbor,
            "tornado" => Pattern::Tornado,
            "shuffle" => Pattern::Shuffle,
            "bitrev" => Pattern::Bitrev,
            "randperm" => Pattern::Randperm(PERMUTATION_SEED),
            "diagonal" => Pattern::Diagonal,
            "asymmetric" => Pattern::Asymmetric,
            _ => return Err(TrafficError::Pattern { name: text.chars().take(40).collect() }),
        })
    }

    /// Most bytes of a file with a permutation: more than enough for a number and the end of its line per terminal.
    pub fn max_bytes(terminals: u32) -> u64 {
        16 * (u64::from(terminals) + 1)
    }

    /// A permutation from the text of a file, with one target per line.
    ///
    /// # Errors
    /// [`TrafficError::Permutation`].
    pub fn permutation(text: &str, file: &str, terminals: u32) -> Result<Pattern, TrafficError> {
        let mut targets = Vec::new();
        let mut start = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let place = || SourceLine::new(file, number, start, line.trim_end().as_bytes());
            let target = line.trim().parse().ok().filter(|&target: &u32| target < terminals);
            let Some(target) = target else {
                let shown: String = line.trim_end().chars().take(20).collect();
                let rule = format!("`{shown}` is no terminal; there are 0 to {}", terminals - 1);
                return Err(TrafficError::Permutation { line: place(), rule });
            };
            targets.push(target);
            start += line.len() as u64;
        }
        if targets.len() != terminals as usize {
            let rule = format!(
                "{} for {}",
                plural(targets.len(), "target", "targets"),
                plural(terminals, "terminal", "terminals")
            );
            let line = text.lines().last().unwrap_or_default();
            let start = text.trim_end().len().saturating_sub(line.trim_end().len());
            let line = SourceLine::new(file, targets.len().max(1) as u64, start as u64, line.as_bytes());
            return Err(TrafficError::Permutation { line, rule });
        }
        Ok(Pattern::Permutation(targets))
    }
}

fn hotspot(entry: &str) -> Result<(Option<u32>, f64), TrafficError> {
    let error = |rule: &str| TrafficError::Hotspot { entry: entry.to_owned(), rule: rule.to_owned() };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let parse = |text: &str| Pattern::parse(text).unwrap_err();
        assert!(matches!(parse("uniformly"), TrafficError::Pattern { .. }));
        for text in ["randperm:", "randperm:x", "randperm:-1", "randperm:1073741824"] {
            assert!(matches!(parse(text), TrafficError::PermutationSeed { .. }), "{text}");
        }
        assert_eq!(Pattern::parse("randperm:1073741823").unwrap(), Pattern::Randperm(SEEDS - 1));
        assert_eq!(Pattern::parse("randperm").unwrap(), Pattern::parse("randperm:0").unwrap());
        for text in ["hotspot:", "hotspot:x", "hotspot:1=0", "hotspot:1=nan", "hotspot:1=inf", "hotspot:1,,2"]
        {
            assert!(matches!(parse(text), TrafficError::Hotspot { .. }), "{text}");
        }
        let read = |text: &str| Pattern::permutation(text, "p", 3);
        assert_eq!(read("2\n0\n1\n").unwrap(), Pattern::Permutation(vec![2, 0, 1]));
        for text in ["2\n0\n", "2\n0\n1\n1\n", "2\n0\n3\n", "2\n\n1\n", "a\n"] {
            assert!(matches!(read(text), Err(TrafficError::Permutation { .. })), "{text}");
        }
    }
}
