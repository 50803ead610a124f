//! `cargo xtask walls`: each part imports what it may, and nothing else.
//!
//! What a part may know is [`WALLS`], and the table in docs/architecture.md. Manifests keep it: for each part this chore compiles one
//! import of every crate behind a wall, with the dependencies of the part's manifest, and rustc must refuse each of them. The imports
//! that are allowed are compiled in the same way and must pass, so the chore fails if it cannot find a crate for another reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::metadata::{CLIPPY, cargo, items, metadata};

/// A part, and the parts that it may import.
const WALLS: [(&str, &[&str]); 14] = [
    ("spikemesh_files", &[]),
    ("spikemesh_plot", &[]),
    ("spikemesh_stop", &[]),
    ("spikemesh_words", &[]),
    ("spikemesh_isa", &["spikemesh_words"]),
    ("spikemesh_device", &["spikemesh_files", "spikemesh_words"]),
    ("spikemesh_certificate", &["spikemesh_isa", "spikemesh_device"]),
    ("spikemesh_noc", &["spikemesh_stop", "spikemesh_words", "spikemesh_device"]),
    (
        "spikemesh_mesh",
        &["spikemesh_stop", "spikemesh_words", "spikemesh_isa", "spikemesh_device", "spikemesh_noc"],
    ),
    ("spikemesh_model", &["spikemesh_files", "spikemesh_words"]),
    ("spikemesh_compat", &["spikemesh_words", "spikemesh_model"]),
    ("spikemesh_engine", &["spikemesh_stop", "spikemesh_words", "spikemesh_model"]),
    (
        "spikemesh_compiler",
        &["spikemesh_stop", "spikemesh_words", "spikemesh_isa", "spikemesh_device", "spikemesh_model"],
    ),
    (
        "spikemesh_calibrate",
        &[
            "spikemesh_files",
            "spikemesh_plot",
            "spikemesh_stop",
            "spikemesh_words",
            "spikemesh_isa",
            "spikemesh_device",
            "spikemesh_noc",
            "spikemesh_mesh",
            "spikemesh_model",
            "spikemesh_compiler",
        ],
    ),
];

/// Above the parts: the library and the command. It may import every part.
const FACADE: &str = "spikemesh";
/// What nobody but the Python package may import.
const PYTHON: [&str; 2] = ["pyo3", "numpy"];
/// What tests compare with; it knows models only.
const ORACLE: &str = "spikemesh_oracle";

/// A crate's dependencies.
#[derive(Debug, Default)]
struct Manifest {
    /// Names of `[dependencies]`, with the package of each.
    normal: BTreeMap<String, String>,
    /// Names of `[dev-dependencies]`.
    dev: BTreeSet<String>,
}

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    check(&crate::root::root()?)
}

/// Fails with everything that is imported through a wall.
pub fn check(root: &Path) -> Result<(), String> {
    let manifests = manifests(&metadata(root, &[])?);
    let files = artifacts(root)?;
    let rustc = |manifest: &Manifest, imports: &[&str]| compile(root, manifest, &files, imports);
    let parts: BTreeSet<&str> = WALLS.iter().map(|(part, _)| *part).chain([FACADE]).collect();
    let mut wrong = Vec::new();
    for (part, allowed) in WALLS
        .iter()
        .map(|(part, allowed)| (*part, allowed.iter().copied().collect()))
        .chain([(FACADE, WALLS.iter().map(|(part, _)| *part).collect::<BTreeSet<&str>>())])
    {
        let manifest = manifests.get(part).ok_or_else(|| format!("there is no crate {part}"))?;
        let behind: Vec<&str> =
            parts.difference(&allowed).copied().filter(|other| *other != part).chain(PYTHON).collect();
        let through: Vec<&str> =
            allowed.iter().copied().filter(|name| manifest.normal.contains_key(*name)).collect();
        // A part without a part below it shows by another crate that imports are found.
        let any = manifest.normal.keys().next().map(String::as_str);
        let through = if through.is_empty() { any.into_iter().collect() } else { through };
        let errors = rustc(manifest, &through)?;
        if !errors.is_empty() {
            wrong.push(format!("{part} cannot import {}:\n{errors}", through.join(", ")));
        }
        let errors = rustc(manifest, &behind)?;
        let refused = |name: &&str| errors.contains(&format!("unresolved import `{name}`"));
        wrong.extend(
            behind.iter().filter(|name| !refused(name)).map(|name| format!("{part} can import {name}")),
        );
        let dev = manifest
            .dev
            .iter()
            .filter(|name| parts.contains(name.as_str()) || PYTHON.contains(&name.as_str()));
        wrong.extend(
            dev.filter(|name| !allowed.contains(name.as_str()) && name.as_str() != ORACLE)
                .map(|name| format!("tests of {part} can import {name}")),
        );
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The dependencies of each package of the workspace, by the name of its library.
fn manifests(metadata: &Value) -> BTreeMap<String, Manifest> {
    let members: BTreeSet<&str> = items(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
    let mut manifests = BTreeMap::new();
    for node in items(&metadata["resolve"]["nodes"])
        .filter(|node| members.contains(node["id"].as_str().unwrap_or_default()))
    {
        let package = items(&metadata["packages"]).find(|package| package["id"] == node["id"]);
        let name = package.and_then(|package| package["name"].as_str()).unwrap_or_default().replace('-', "_");
        let mut manifest = Manifest::default();
        for dependency in items(&node["deps"]) {
            let text = |key: &str| dependency[key].as_str().unwrap_or_default().to_owned();
            for kind in items(&dependency["dep_kinds"]) {
                match kind["kind"].as_str() {
                    None => _ = manifest.normal.insert(text("name"), text("pkg")),
                    Some("dev") => _ = manifest.dev.insert(text("name")),
                    Some(_) => {}
                }
            }
        }
        manifests.insert(name, manifest);
    }
    manifests
}

/// The metadata of each package's library, as clippy leaves it: after the step that runs clippy nothing is built for this.
fn artifacts(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut command = Command::new(cargo());
    command
        .args(["clippy", "--message-format", "json"])
        .args(CLIPPY)
        .current_dir(root)
        .stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cargo clippy: {error}"))?;
    if !output.status.success() {
        return Err("the workspace does not compile".into());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut files = BTreeMap::new();
    for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let library = items(&message["filenames"])
            .filter_map(Value::as_str)
            .find(|file| file.ends_with(".rmeta") || file.ends_with(".so"));
        if let (Some(package), Some(file), Some(false)) =
            (message["package_id"].as_str(), library, message["profile"]["test"].as_bool())
        {
            files.insert(package.to_owned(), file.to_owned());
        }
    }
    Ok(files)
}

/// What rustc says of imports in a crate with the dependencies of a manifest.
fn compile(
    root: &Path,
    manifest: &Manifest,
    files: &BTreeMap<String, String>,
    imports: &[&str],
) -> Result<String, String> {
    let folder = root.join("target/walls");
    let source = folder.join("wall.rs");
    let text: String = imports.iter().map(|name| format!("use {name} as _;\n")).collect();
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    std::fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
    let mut rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()));
    rustc.args([
        "--edition",
        "2024",
        "--crate-type",
        "lib",
        "--emit",
        "metadata",
        "--color",
        "never",
        "--out-dir",
    ]);
    rustc.arg(&folder).arg(&source);
    for (name, package) in &manifest.normal {
        let file = match files.get(package) {
            Some(file) => file,
            // A dependency for another platform is not built here.
            None if package.starts_with("registry+") => continue,
            None => return Err(format!("{package} has no library")),
        };
        let folder = Path::new(file).parent().unwrap_or(root);
        rustc
            .arg("--extern")
            .arg(format!("{name}={file}"))
            .arg("-L")
            .arg(format!("dependency={}", folder.display()));
    }
    let output = rustc.output().map_err(|error| format!("rustc: {error}"))?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(if output.status.success() { String::new() } else { errors })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of docs/architecture.md is that of the walls.
    #[test]
    fn the_book_has_the_walls() {
        let root = crate::root::root().unwrap();
        let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
        let (_, rest) = page.split_once("<!-- walls -->").unwrap();
        let (table, _) = rest.split_once("<!-- /walls -->").unwrap();
        let short = |name: &str| name.trim_start_matches("spikemesh_").to_owned();
        let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in table.lines().filter_map(|line| line.strip_prefix("| `")) {
            let (part, cells) = row.split_once('`').unwrap();
            let may = cells.split('|').nth(3).unwrap();
            rows.insert(part.to_owned(), may.split('`').skip(1).step_by(2).map(str::to_owned).collect());
        }
        for (part, allowed) in WALLS {
            let allowed: BTreeSet<String> = allowed.iter().map(|name| short(name)).collect();
            assert_eq!(rows.remove(&short(part)), Some(allowed), "{part} in docs/architecture.md");
        }
    }

    #[test]
    fn kinds_of_dependencies_are_told_apart() {
        let metadata = serde_json::json!({
            "workspace_members": ["a 1"],
            "packages": [{"id": "a 1", "name": "spike-a"}, {"id": "b 1", "name": "b"}],
            "resolve": {"nodes": [
                {"id": "a 1", "deps": [
                    {"name": "b", "pkg": "b 1", "dep_kinds": [{"kind": null}]},
                    {"name": "c", "pkg": "c 1", "dep_kinds": [{"kind": "dev"}, {"kind": "build"}]},
                ]},
                {"id": "b 1", "deps": []},
            ]},
        });
        let found = manifests(&metadata);
        assert_eq!(found.len(), 1);
        assert_eq!(found["spike_a"].normal, BTreeMap::from([("b".into(), "b 1".into())]));
        assert_eq!(found["spike_a"].dev, BTreeSet::from(["c".into()]));
    }
}
