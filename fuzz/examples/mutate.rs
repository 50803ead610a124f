//! Changes inputs of `fuzz/corpus` by chance and gives them to the targets: no guidance, and no build of its own. `cargo xtask fuzz --plain` runs it.
//!
//! Arguments: seconds for each target, a folder for findings, targets. The input that is tried lies in that folder while it is tried, and stays there
//! if it breaks a law, takes too long or too much memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spikemesh_fuzz::{Target, target};

/// Time that one input may take: twenty times what the slowest of the corpora take in this build.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Values at the edges of types and formats.
const EDGES: [u8; 9] = [0, 1, 2, 15, 16, 127, 128, 254, 255];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, findings, names @ ..] = &arguments[..] else {
        eprintln!("give seconds, a folder for findings and targets");
        return ExitCode::from(2);
    };
    let seconds: f64 = seconds.parse().expect("seconds are a number");
    for name in names {
        let target = target(name).expect("the target is in the list");
        let executions = attack(target, Path::new(findings), Duration::from_secs_f64(seconds));
        println!("{name} {executions}");
    }
    ExitCode::SUCCESS
}

/// Gives inputs to a target for some time; how many. A law that is broken ends the program.
fn attack(target: &Target, findings: &Path, time: Duration) -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let inputs = corpus(&root.join("corpus").join(target.name));
    let words = words(&root.join("words").join(format!("{}.dict", target.name)));
    let mut random = Pcg64Mcg::seed_from_u64(begin_of_time());
    let place = findings.join(target.name);
    fs::create_dir_all(&place).expect("the folder of findings can be made");
    let place = place.join(format!("plain-{:016x}", random.next_u64()));
    let count = watched(target.name);
    let end = Instant::now() + time;
    while Instant::now() < end {
        let mut data = inputs[below(&mut random, inputs.len())].clone();
        for _ in 0..=below(&mut random, 5) {
            change(&mut data, &mut random, &inputs, &words);
        }
        data.truncate(target.max_bytes);
        fs::write(&place, &data).expect("the input can be written");
        (target.run)(&data);
        count.fetch_add(1, Ordering::Relaxed);
    }
    fs::remove_file(&place).expect("the input was written");
    count.swap(u64::MAX, Ordering::Relaxed)
}

/// Another seed in each run.
fn begin_of_time() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_nanos() as u64)
}

/// Counts inputs, until the count is the largest number; a thread ends the program if one takes too long.
fn watched(name: &'static str) -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut last = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(200));
            match seen.load(Ordering::Relaxed) {
                u64::MAX => return,
                now if now != last.0 => last = (now, Instant::now()),
                _ if last.1.elapsed() > TIMEOUT => {
                    eprintln!("{name}: an input takes longer than {} s", TIMEOUT.as_secs());
                    std::process::exit(1);
                }
                _ => {}
            }
        }
    });
    count
}

fn below(random: &mut Pcg64Mcg, count: usize) -> usize {
    ((u128::from(random.next_u64()) * count as u128) >> 64) as usize
}

/// One change: of a byte, a number, a range, or with a word of the format or a part of another input.
fn change(data: &mut Vec<u8>, random: &mut Pcg64Mcg, inputs: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = below(random, data.len() + 1);
    let length = below(random, (data.len() - at).min(64) + 1);
    match below(random, 8) {
        0 if at < data.len() => data[at] ^= 1 << below(random, 8),
        1 if at < data.len() => data[at] = EDGES[below(random, EDGES.len())],
        2 => {
            let edge = EDGES[below(random, EDGES.len())];
            data[at..at + length.min(8)].fill(edge);
        }
        3 => drop(data.drain(at..at + length)),
        4 => {
            let copy = data[at..at + length].to_vec();
            let to = below(random, data.len() + 1);
            data.splice(to..to, copy);
        }
        5 => {
            let other = &inputs[below(random, inputs.len())];
            let from = below(random, other.len() + 1);
            let part = other[from..(from + below(random, 64)).min(other.len())].to_vec();
            data.splice(at..at + length, part);
        }
        6 if !words.is_empty() => {
            let word = words[below(random, words.len())].clone();
            data.splice(at..at + length.min(word.len()), word);
        }
        _ if at < data.len() => data[at] = random.next_u32() as u8,
        _ => {}
    }
}

/// The inputs of a folder, in the order of their names.
fn corpus(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).expect("each target has a corpus");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it is there").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it is there")).collect()
}

/// The words of a format: a quoted one on each line, with `\x0a`, `\"` and `\\`.
fn words(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let quoted = text.lines().filter_map(|line| line.split_once('"')?.1.strip_suffix('"'));
    quoted
        .map(|line| {
            let (mut word, mut rest) = (Vec::new(), line.as_bytes());
            while let Some((&byte, after)) = rest.split_first() {
                let hex = after.get(1..3).and_then(|two| std::str::from_utf8(two).ok());
                let code = hex.and_then(|two| u8::from_str_radix(two, 16).ok());
                (word, rest) = match (byte, after.first(), code) {
                    (b'\\', Some(b'x'), Some(code)) => ([word, vec![code]].concat(), &after[3..]),
                    (b'\\', Some(&escaped), _) => ([word, vec![escaped]].concat(), &after[1..]),
                    _ => ([word, vec![byte]].concat(), after),
                };
            }
            word
        })
        .collect()
}
