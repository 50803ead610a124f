//! `cargo xtask notices`: THIRD-PARTY.txt, the licences of everything that is compiled into the command and the Python package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::metadata::{items, metadata};

/// The file, in the root of the repository.
const FILE: &str = "THIRD-PARTY.txt";
/// What is given to others: the command, and the Python package.
const PRODUCTS: [&str; 2] = ["spikemesh", "spikemesh-python"];
/// Places of licence files within a package: its root, and the C library that one of them has.
const FOLDERS: [&str; 2] = ["", "zstd"];
/// How names of licence files begin.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];

const HEAD: &str = "\
Spikemesh contains the packages below. Each comes under its own licence; the texts follow. `cargo xtask notices` writes this file.
";

/// Writes the file; with `--check` it only compares.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let root = crate::root::root()?;
    match arguments {
        [] => std::fs::write(root.join(FILE), text(&root)?).map_err(|error| format!("{FILE}: {error}")),
        [flag] if flag == "--check" => check(&root),
        _ => Err("the only argument is --check".into()),
    }
}

/// Fails if the file is not what the dependencies have.
pub fn check(root: &Path) -> Result<(), String> {
    let found = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let wanted = text(root)?;
    if found == wanted {
        return Ok(());
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (found, wanted) = (lines(&found), lines(&wanted));
    let differs = wanted.symmetric_difference(&found).next().cloned().unwrap_or_default();
    Err(format!("{FILE} is not what the dependencies have, see `{differs}`: run `cargo xtask notices`"))
}

struct Package {
    name: String,
    version: String,
    licence: String,
    source: String,
    folder: PathBuf,
}

fn text(root: &Path) -> Result<String, String> {
    let metadata = metadata(root, &["--locked"])?;
    let mut packages = packages(&metadata);
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let mut text = HEAD.to_owned();
    // Packages by the text of their licence.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Package { name, version, licence, source, folder } in &packages {
        text.push_str(&format!("\n{name} {version}\n    {licence}\n    {source}\n"));
        let own = licence_texts(folder);
        if own.is_empty() {
            text.push_str("    The package has no text of its licence.\n");
        }
        for licence in own {
            texts.entry(licence).or_default().push(format!("{name} {version}"));
        }
    }
    let mut ordered: Vec<(Vec<String>, String)> =
        texts.into_iter().map(|(text, names)| (names, text)).collect();
    ordered.sort();
    for (names, licence) in ordered {
        text.push_str(&format!("\n{}\n{}\n\n{licence}", "-".repeat(80), names.join(", ")));
    }
    Ok(text)
}

/// Packages of others that the products are compiled from, on any system.
fn packages(metadata: &Value) -> Vec<Package> {
    let nodes: BTreeMap<&str, &Value> =
        items(&metadata["resolve"]["nodes"]).filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let by_id: BTreeMap<&str, &Value> =
        items(&metadata["packages"]).filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let named = |id: &&str| by_id.get(*id).and_then(|package| package["name"].as_str());
    let mut left: Vec<&str> =
        by_id.keys().copied().filter(|id| named(id).is_some_and(|name| PRODUCTS.contains(&name))).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = left.pop() {
        if seen.insert(id) {
            let dependencies = nodes.get(id).map(|node| &node["deps"]).into_iter().flat_map(items);
            // Of other kinds are tools and tests.
            let compiled = dependencies
                .filter(|dependency| items(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null()));
            left.extend(compiled.filter_map(|dependency| dependency["pkg"].as_str()));
        }
    }
    let others =
        seen.into_iter().filter_map(|id| by_id.get(id)).filter(|package| !package["source"].is_null());
    others
        .map(|package| {
            let text = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
            let source =
                if package["repository"].is_null() { "crates.io".to_owned() } else { text("repository") };
            let folder =
                Path::new(&text("manifest_path")).parent().map(Path::to_path_buf).unwrap_or_default();
            Package { name: text("name"), version: text("version"), licence: text("license"), source, folder }
        })
        .collect()
}

/// The texts of a package's licence files, in the order of their names, lines without space at their ends.
fn licence_texts(folder: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = FOLDERS
        .iter()
        .filter_map(|inner| std::fs::read_dir(folder.join(inner)).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
            path.is_file() && NAMES.iter().any(|start| name.starts_with(start))
        })
        .collect();
    files.sort();
    let texts = files.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    texts.map(|text| text.trim().lines().map(|line| line.trim_end().to_owned() + "\n").collect()).collect()
}
