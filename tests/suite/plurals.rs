//! Counts and their nouns: `1 frame`, `2 frames`, through one function.

use std::path::{Path, PathBuf};

/// Nouns that messages count.
const NOUNS: [&str; 40] = [
    "bits",
    "buffers",
    "bytes",
    "cases",
    "channels",
    "classes",
    "clocks",
    "columns",
    "cycles",
    "dimensions",
    "entries",
    "errors",
    "events",
    "features",
    "fields",
    "filters",
    "flits",
    "frames",
    "images",
    "inputs",
    "labels",
    "layers",
    "models",
    "neurons",
    "nodes",
    "NPs",
    "packets",
    "passes",
    "places",
    "reasons",
    "rows",
    "samples",
    "sections",
    "targets",
    "terminals",
    "threads",
    "units",
    "values",
    "warnings",
    "weights",
];

/// Placeholders that hold a limit, which is never 1.
const LIMITS: [&str; 6] = ["limit", "most", "low", "high", "most_channels", "most_slots"];

/// Texts whose number is never 1, or belongs to a range or a product.
const ALLOWED: &[&str] = &[
    "clocks of one frame",
    "one every {} clocks",
    "{} frames/s",
    "bytes of {of} ({share})",
    "plural(*frames, \"frame\", \"frames\"), thousands(cycles)",
    "layers above {} clocks",
    "cycles on average",
    "FEW_PACKETS",
    "got {got} values, it holds",
    "a header of {length} bytes",
    "is never split, and the row has {nps} NPs",
    "list(legal)",
    "x {} nodes",
    "x {rows} nodes",
    "cycles; it needs 1 for both",
    "clocks a frame",
    "Proved free of deadlock",
    "tokens have channels of their own",
    "clocks whatever the events",
];

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "tests", "generated", "benches"].contains(&name.as_str()) {
            sources(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "py")
            && !name.ends_with("tests.rs")
        {
            all.push(path);
        }
    }
}

/// The places in a line where a placeholder stands before the plural of a noun: `{count} frames`.
fn counts(line: &str) -> Vec<String> {
    let code = line.trim_start();
    if code.starts_with("//") || code.starts_with('#') && !code.starts_with("#[error") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (end, _) in line.match_indices("} ") {
        let Some(start) = line[..end].rfind('{') else { continue };
        let (inside, rest) = (&line[start + 1..end], &line[end + 2..]);
        let noun: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        // A field of a listing: `bytes=12`.
        if rest[noun.len()..].starts_with(['=', '_']) {
            continue;
        }
        let is_limit =
            LIMITS.contains(&inside) || inside.chars().any(|c| c.is_uppercase()) && !inside.contains('.');
        if NOUNS.contains(&noun.as_str()) && !is_limit {
            found.push(format!("{{{inside}}} {noun}"));
        }
    }
    found
}

#[test]
fn counts_and_nouns_agree() {
    let mut all = Vec::new();
    for folder in ["src", "crates", "isa/src", "mesh", "python/src", "python/spikemesh"] {
        sources(Path::new(folder), &mut all);
    }
    assert!(all.len() > 200, "{} sources", all.len());
    let mut wrong = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        // Tests print for developers.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let found = counts(line).into_iter().filter(|_| !ALLOWED.iter().any(|text| line.contains(text)));
            wrong.extend(found.map(|found| format!("{}:{}: {found}", path.display(), index + 1)));
        }
    }
    assert!(wrong.is_empty(), "write `plural(count, \"frame\", \"frames\")`:\n{}", wrong.join("\n"));
    // The test can fail.
    assert_eq!(counts("    #[error(\"{count} frames differ\")]"), ["{count} frames"]);
    assert_eq!(counts("format!(\"{} layers\", n)"), ["{} layers"]);
    assert!(counts("at most {limit} frames; {MOST} rows").is_empty());
}
