//! `cargo xtask imports`: no circle of imports between Rust files.
//!
//! An edge leads from a file that names an item, in a `use` or in a path, to the file that defines it, however many `pub use` lie
//! between. `mod` and `pub use` are no edges. Not seen: methods, whose type may be in another file, and paths in attributes and
//! documentation. Python's files are not looked at: there, hints of types may be circular.

mod circles;
mod names;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

use std::path::{Path, PathBuf};

use circles::circles;
use tree::Tree;

use crate::metadata::{items, metadata};

/// Prints the circles, and with `--list` the edges.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let list = match arguments {
        [] => false,
        [flag] if flag == "--list" => true,
        _ => return Err("the only argument is --list".into()),
    };
    let root = crate::root::root()?;
    if list {
        for ((from, to), names) in resolve::edges(&tree(&root)?) {
            let names: Vec<String> = names.into_iter().collect();
            println!("{} -> {}: {}", from.display(), to.display(), names.join(", "));
        }
        return Ok(());
    }
    check(&root)
}

/// Fails with every circle of the workspace.
pub fn check(root: &Path) -> Result<(), String> {
    let edges = resolve::edges(&tree(root)?);
    let circles = circles(&edges);
    if circles.is_empty() {
        return Ok(());
    }
    Err(circles.iter().map(|files| circles::text(files, &edges)).collect::<Vec<_>>().join("\n"))
}

/// Every target of the workspace, with paths from its root.
fn tree(root: &Path) -> Result<Tree, String> {
    let metadata = metadata(root, &["--no-deps"])?;
    let mut tree = Tree::default();
    let read = |path: &Path| std::fs::read_to_string(root.join(path)).ok();
    for target in items(&metadata["packages"]).flat_map(|package| items(&package["targets"])) {
        let path = target["src_path"].as_str().ok_or("a target without a path")?;
        let file = Path::new(path).strip_prefix(root).map(PathBuf::from).unwrap_or(path.into());
        let is_library =
            items(&target["kind"]).filter_map(|kind| kind.as_str()).any(|kind| kind.contains("lib"));
        let name = target["name"].as_str().unwrap_or_default().replace('-', "_");
        tree.add(&file, is_library.then_some(&name), &read)?;
    }
    Ok(tree)
}
