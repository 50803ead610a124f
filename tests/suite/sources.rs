//! Where recorded data comes from: every file has a row in traces/SOURCES.csv, and its hash is that of the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use spikemesh::run::sha256;

const TABLE: &str = "traces/SOURCES.csv";
/// Folders whose every file needs a row.
const FOLDERS: [&str; 4] =
    ["traces", "crates/calibrate/models", "mesh/noc/tests/data", "crates/calibrate/data"];

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What editors and interpreters leave behind is not ours.
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            files(&path, out);
        } else if path != Path::new(TABLE) {
            out.push(path);
        }
    }
}

#[test]
fn every_file_has_a_source_and_is_the_one_that_was_recorded() {
    let text = fs::read_to_string(TABLE).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("path,origin,licence,sha256"));
    let mut rows = BTreeMap::new();
    for line in lines {
        let [path, origin, licence, hash] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{TABLE}: four fields, without commas in them: {line}")
        };
        assert!(!origin.trim().is_empty() && !licence.trim().is_empty(), "{TABLE}: {path} names no source");
        assert!(rows.insert(path.to_owned(), (line, hash)).is_none(), "{TABLE}: {path} has two rows");
    }
    let mut paths = Vec::new();
    FOLDERS.iter().for_each(|folder| files(Path::new(folder), &mut paths));
    paths.sort();

    let mut wrong = Vec::new();
    for path in paths {
        let name = path.to_string_lossy().replace('\\', "/");
        let found = sha256(&fs::read(&path).unwrap());
        match rows.remove(&name) {
            None => wrong.push(format!("missing: {name},ORIGIN,LICENCE,{found}")),
            Some((line, hash)) if hash != found => {
                wrong.push(format!("stale: {}", line.replace(hash, &found)))
            }
            Some(_) => {}
        }
    }
    wrong.extend(rows.keys().map(|name| format!("gone: {name}")));
    assert!(wrong.is_empty(), "{TABLE} is not what is there:\n{}", wrong.join("\n"));
}
