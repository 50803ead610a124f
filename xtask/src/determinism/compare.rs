//! What jobs leave, without what may depend on the host.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Files and outputs, by name.
pub type Results = BTreeMap<String, Vec<u8>>;

/// Every file below a folder, and what was printed there.
///
/// # Errors
/// What the file system says.
pub fn read(folder: &Path, printed: Vec<(String, Vec<u8>)>) -> Result<Results, String> {
    let mut results: Results =
        printed.into_iter().map(|(name, bytes)| (name, without_host(&bytes))).collect();
    files(folder, folder, &mut results).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(results)
}

fn files(root: &Path, folder: &Path, results: &mut Results) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(root, &path, results)?;
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            results.insert(name, without_host(&std::fs::read(&path)?));
        }
    }
    Ok(())
}

/// JSON without fields named `host_*`; text without lines about the host's speed and without colours; other bytes as they are.
fn without_host(bytes: &[u8]) -> Vec<u8> {
    if let Ok(mut value @ Value::Object(_)) = serde_json::from_slice(bytes) {
        strip(&mut value);
        return format!("{value:#}").into_bytes();
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let of_host = |line: &str| {
        let line = line.trim_start();
        line.starts_with("speed ")
            || line.starts_with("host ")
            || line.contains("simulated clocks per second")
    };
    let plain = without_colours(text);
    plain.split_inclusive('\n').filter(|line| !of_host(line)).collect::<String>().into_bytes()
}

/// Takes out the fields of the host, and what depends on them: the hash of an object that has such fields, and the entry of `stats.json`.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let has_host = fields.keys().any(|name| name.starts_with("host_"));
            let of_host = |name: &str| {
                name.starts_with("host_") || name == "stats.json" || has_host && name == "sha256"
            };
            fields.retain(|name, _| !of_host(name));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Text without the escape sequences of terminals.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &part[end + 1..]);
    }
    plain
}

/// Each file or output that is not the same in both, with the first line that differs.
pub fn differences(first: &Results, other: &Results) -> Vec<String> {
    let mut found = Vec::new();
    for (name, expected) in first {
        match other.get(name) {
            None => found.push(format!("{name} is missing")),
            Some(bytes) if bytes != expected => {
                found.push(format!("{name} differs: {}", place(expected, bytes)))
            }
            Some(_) => {}
        }
    }
    found.extend(other.keys().filter(|name| !first.contains_key(*name)).map(|name| format!("{name} is new")));
    found
}

/// Where two contents differ.
fn place(expected: &[u8], found: &[u8]) -> String {
    match (std::str::from_utf8(expected), std::str::from_utf8(found)) {
        (Ok(expected), Ok(found)) => {
            let lines = expected.lines().chain([""]).zip(found.lines().chain([""])).enumerate();
            let first = lines.into_iter().find(|(_, (a, b))| a != b);
            let short = |line: &str| line.chars().take(120).collect::<String>();
            first.map_or("in its length".to_owned(), |(index, (expected, found))| {
                format!("line {}: `{}`, not `{}`", index + 1, short(found), short(expected))
            })
        }
        _ => {
            let at = expected.iter().zip(found).position(|(a, b)| a != b);
            at.map_or("in its length".to_owned(), |at| format!("at byte {at}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(entries: &[(&str, &[u8])]) -> Results {
        entries.iter().map(|(name, bytes)| ((*name).to_owned(), without_host(bytes))).collect()
    }

    #[test]
    fn only_fields_and_lines_of_the_host_may_differ() {
        let first = results(&[
            ("run.json", b"{\n  \"frames\": 3,\n  \"host_seconds\": 0.25,\n  \"sha256\": \"a\"\n}\n"),
            (
                "line.json",
                b"{\"frames\":3,\"files\":{\"stats.json\":1},\"list\":[{\"host_threads\":2}],\"end\":1}",
            ),
            ("report", b"   cycles  7\n     speed  1.5 million\n"),
        ]);
        let same = results(&[
            ("run.json", b"{\n  \"frames\": 3,\n  \"host_seconds\": 99,\n  \"sha256\": \"b\"\n}\n"),
            (
                "line.json",
                b"{\"frames\":3,\"files\":{\"stats.json\":2},\"list\":[{\"host_threads\":16}],\"end\":1}",
            ),
            ("report", b"   \x1b[1mcycles\x1b[0m  7\n     speed  9 million\n"),
        ]);
        assert_eq!(differences(&first, &same), [""; 0]);
    }

    #[test]
    fn whatever_else_differs_is_named() {
        let first = results(&[
            ("a", b"one\ntwo\n"),
            ("b", b"\xff\x01"),
            ("c", b""),
            ("e", b"{\"host_x\":1,\"n\":1}"),
        ]);
        let other = results(&[
            ("a", b"one\ntow\n"),
            ("b", b"\xff\x02"),
            ("d", b""),
            ("e", b"{\"host_x\":1,\"n\":2}"),
        ]);
        assert_eq!(
            differences(&first, &other),
            [
                "a differs: line 2: `tow`, not `two`",
                "b differs: at byte 1",
                "c is missing",
                "e differs: line 2: `  \"n\": 2`, not `  \"n\": 1`",
                "d is new",
            ]
        );
    }
}
