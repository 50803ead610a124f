//! Who may know whom. An import that breaks an invariant of docs/architecture fails here.
//!
//! Sources are read as text: every path that starts at `crate`, `super`, or the name of one of the project's crates counts, in
//! `use` and elsewhere; comments and literals do not. What the table does not allow is forbidden.

#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/source.rs"]
mod source;

use std::path::{Path, PathBuf};

use paths::mentions;

/// A part of the project, and the parts that it may mention. A part stands for everything below it.
struct Room {
    /// Its sources: a file `NAME.rs` and a folder `NAME`, or the folder of a crate.
    sources: &'static str,
    may: &'static [&'static str],
    why: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        sources: "src/tensor",
        may: &["crate::tensor", "crate::aside"],
        why: "tensors are data: everybody may use them, they use nobody",
    },
    Room {
        sources: "src/model",
        may: &["crate::model", "crate::tensor", "crate::aside"],
        why: "a model is what people write; it knows neither devices nor what is made of it",
    },
    Room {
        sources: "src/engine",
        may: &["crate::engine", "crate::model", "crate::tensor"],
        why: "the engine is the reference: if it knew the mesh, agreement would prove nothing",
    },
    Room {
        sources: "src/compat",
        may: &["crate::compat", "crate::model"],
        why: "rules judge models; what fits where is the compiler's business",
    },
    Room {
        sources: "src/compiler",
        may: &[
            "crate::compiler",
            "crate::model",
            "crate::tensor",
            "crate::isa",
            "crate::mesh::device",
            "crate::mesh::Device",
            // A field of a device, which lives with the router that obeys it.
            "crate::mesh::network::Routing",
            "petgraph",
        ],
        why: "the compiler asks a device what is legal; it knows neither time nor arithmetic",
    },
    Room {
        sources: "src/golden",
        may: &[
            "crate::golden",
            "crate::engine",
            "crate::model",
            "crate::isa",
            "crate::mesh",
            "crate::tensor",
        ],
        why: "the comparison knows both sides, but not how a program was made",
    },
    Room {
        sources: "isa",
        may: &["crate"],
        why: "the program format knows no models, no devices and no time",
    },
    Room {
        sources: "mesh",
        may: &["crate", "spikemesh_isa"],
        why: "the mesh runs programs; it knows no models, no compiler and no engine",
    },
];

/// Packages that a crate must not depend on, whatever its sources say.
const PACKAGES: &[(&str, &[&str])] = &[
    ("isa/Cargo.toml", &["spikemesh", "spikemesh-mesh", "petgraph", "pyo3", "numpy"]),
    ("mesh/Cargo.toml", &["spikemesh", "petgraph", "pyo3", "numpy"]),
    ("Cargo.toml", &["spikemesh-python", "pyo3", "numpy"]),
];

/// What a source mentions and must not.
fn broken(room: &Room, file: &Path, text: &str) -> Vec<String> {
    let inside = |path: &str, part: &str| path == part || path.starts_with(&format!("{part}::"));
    let forbidden = mentions(file, text).into_iter().filter(|path| {
        // Where only a part below is allowed, a glob or the whole module is not: it could be entered later.
        !room.may.iter().any(|part| inside(path, part))
    });
    forbidden.map(|path| format!("{} mentions `{path}`: {}", file.display(), room.why)).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of a room, relative to the root.
fn files(sources: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let single = PathBuf::from(format!("{sources}.rs"));
    if root().join(&single).is_file() {
        files.push(single);
    }
    let folder =
        if root().join(sources).join("src").is_dir() { format!("{sources}/src") } else { sources.into() };
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries {
            let path = folder.join(entry.expect("a folder can be read").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn no_import_breaks_an_invariant() {
    let mut found = Vec::new();
    for room in ROOMS {
        let files = files(room.sources);
        assert!(!files.is_empty(), "{} has moved: tell this test where to", room.sources);
        for file in files {
            let text = std::fs::read_to_string(root().join(&file)).expect("a source can be read");
            found.extend(broken(room, &file, &text));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_crate_depends_on_what_it_must_not_know() {
    for (manifest, forbidden) in PACKAGES {
        let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest can be read");
        for package in *forbidden {
            assert!(!depends(&text, package), "{manifest} depends on {package}");
        }
    }
}

/// True if a manifest has a dependency, of any kind and under any name.
fn depends(manifest: &str, package: &str) -> bool {
    let mut section = "";
    manifest.lines().map(str::trim).any(|line| {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            return section.ends_with(&format!("dependencies.{package}"));
        }
        let key = line.split(['=', '.', ' ']).next().unwrap_or_default().trim_matches('"');
        let renamed = line.contains(&format!("package = \"{package}\""));
        section.ends_with("dependencies") && (key == package || renamed)
    })
}

#[test]
fn violations_are_seen() {
    let bad: &[(&str, &str, &str)] = &[
        ("src/engine/stage.rs", "use crate::mesh::Device;", "crate::mesh::Device"),
        (
            "src/engine/stage.rs",
            "use crate::{model::Model, isa::{Program, Pass as P}};",
            "crate::isa::Program",
        ),
        ("src/engine/stage.rs", "fn f() -> crate::compiler::Mode { todo() }", "crate::compiler::Mode"),
        ("src/engine/stage.rs", "pub use spikemesh_mesh as hardware;", "spikemesh_mesh"),
        ("src/engine/stage.rs", "use super::super::compiler::*;", "crate::compiler::*"),
        ("src/engine.rs", "use super::mesh;", "crate::mesh"),
        ("src/engine/stage.rs", "use crate as all;", "crate"),
        ("src/engine/stage.rs", "extern crate spikemesh_isa;", "spikemesh_isa"),
        ("src/engine/stage.rs", "use ::spikemesh_isa::Program;", "spikemesh_isa::Program"),
        (
            "src/model/layer.rs",
            "const X: &str = \"// \"; use crate::engine::Engine;",
            "crate::engine::Engine",
        ),
        ("src/model.rs", "/* /* */ */ use crate /* here */ :: mesh :: Cycle;", "crate::mesh::Cycle"),
        ("src/tensor/dense.rs", "use crate::model::Dims;", "crate::model::Dims"),
        ("src/compat/rule.rs", "use crate::compiler::Mode;", "crate::compiler::Mode"),
        ("src/compiler/emit.rs", "use crate::mesh::{device::Device, simulator};", "crate::mesh::simulator"),
        ("src/compiler/emit.rs", "use crate::mesh::*;", "crate::mesh::*"),
        ("src/compiler/emit.rs", "use crate::mesh;", "crate::mesh"),
        (
            "src/compiler/emit.rs",
            "use crate::mesh::network::{Network, Routing};",
            "crate::mesh::network::Network",
        ),
        ("src/compiler/emit.rs", "let t: crate::mesh::kernel::Cycle = 0;", "crate::mesh::kernel::Cycle"),
        ("src/compiler/emit.rs", "use crate::engine;", "crate::engine"),
        ("isa/src/program.rs", "use spikemesh_mesh::Device;", "spikemesh_mesh::Device"),
        ("mesh/src/unit/np.rs", "use spikemesh::model::Model;", "spikemesh::model::Model"),
        ("mesh/src/unit/np.rs", "let g: petgraph::Graph<(), ()>;", "petgraph::Graph"),
    ];
    for (file, text, expected) in bad {
        let room = room_of(file);
        let found = broken(room, Path::new(file), text);
        let mention = format!("`{expected}`");
        assert!(found.iter().any(|line| line.contains(&mention)), "{file}: {text}\n{found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_blamed() {
    let good: &[(&str, &str)] = &[
        (
            "src/engine/stage.rs",
            "use crate::model::{self, Model}; use crate::tensor::Dense; use super::window;",
        ),
        ("src/engine/stage.rs", "//! as [`crate::mesh`] does\n/// crate::isa\nfn f<'a>(x: &'a str) {}"),
        (
            "src/engine/stage.rs",
            r##"const A: &str = "crate::mesh"; const B: &str = r#""crate::isa"#; const C: char = '"';"##,
        ),
        ("src/engine/stage.rs", "mod tests { use super::*; use std::collections::BTreeMap; }"),
        ("src/compiler/emit.rs", "use crate::mesh::device::{Device, Constant}; use petgraph::Graph;"),
        ("isa/src/program.rs", "use crate::record::NpId; pub(crate) fn f() {}"),
        ("mesh/src/unit/np.rs", "use spikemesh_isa::{Program, record}; use super::super::network;"),
    ];
    for (file, text) in good {
        assert_eq!(broken(room_of(file), Path::new(file), text), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn dependencies_are_seen() {
    assert!(depends("[dependencies]\npetgraph = \"0.8\"", "petgraph"));
    assert!(depends("[dev-dependencies]\npetgraph.workspace = true", "petgraph"));
    assert!(depends("[target.'cfg(unix)'.dependencies.petgraph]\nversion = \"0.8\"", "petgraph"));
    assert!(depends("[dependencies]\ngraph = { package = \"petgraph\", version = \"0.8\" }", "petgraph"));
    assert!(!depends("[package]\nname = \"petgraph\"\n[dependencies]\npetgraph-more = \"1\"", "petgraph"));
}

fn room_of(file: &str) -> &'static Room {
    let inside = |room: &&Room| {
        file == format!("{}.rs", room.sources) || file.starts_with(&format!("{}/", room.sources))
    };
    ROOMS.iter().find(inside).expect("an example lies in a room")
}
