//! `cargo xtask package`: the command and the Python package as they are given to others, and what must not be in them.
//!
//! Paths of the machine that builds are replaced by flags of the compiler, debugging information and symbols are taken out, and the licences of
//! dependencies come along.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::metadata::cargo;

/// Where they are put, below the root.
const FOLDER: &str = "target/package";

/// Builds both, and checks them.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let root = crate::root::root()?;
    match arguments {
        [] => {}
        [flag, file] if flag == "--check" => return check(&root, Path::new(file)),
        _ => return Err("usage: cargo xtask package [--check FILE]".into()),
    }
    crate::notices::check(&root)?;
    let folder = root.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut command = Command::new(cargo());
    command.args([
        "build",
        "--release",
        "--locked",
        "--bin",
        "spikemesh",
        "--config",
        "profile.release.strip=true",
    ]);
    start(command.env("CARGO_ENCODED_RUSTFLAGS", flags(&root).join("\x1f")).current_dir(&root))?;
    let built = crate::root::target(&root).join("release/spikemesh");
    let binary = folder.join("spikemesh");
    std::fs::copy(&built, &binary).map_err(|error| format!("{}: {error}", built.display()))?;
    check(&root, &binary)?;
    let mut command = Command::new("python3");
    command.args([
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "--wheel-dir",
        FOLDER,
        ".",
    ]);
    start(command.env("CARGO_ENCODED_RUSTFLAGS", flags(&root).join("\x1f")).current_dir(&root))?;
    println!("the command and the wheel are in {FOLDER}");
    Ok(())
}

fn start(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_os_string();
    let status = command.status().map_err(|error| format!("{}: {error}", name.display()))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed", name.display())) }
}

/// Folders of this machine that the compiler would write into what it builds, each with what stands for it.
fn folders(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let home = std::env::home_dir().unwrap_or_default();
    let from = |variable: &str, default: &str| {
        std::env::var_os(variable)
            .map_or_else(|| home.join(default), |folder: OsString| PathBuf::from(folder))
    };
    // The compiler takes the last that fits.
    vec![
        (home.clone(), "/home"),
        (from("CARGO_HOME", ".cargo"), "/cargo"),
        (from("RUSTUP_HOME", ".rustup"), "/rustup"),
        (root.to_path_buf(), "/spikemesh"),
    ]
}

/// Flags of the compiler that replace them.
pub fn flags(root: &Path) -> Vec<String> {
    folders(root).iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect()
}

/// Fails if a compiled file holds a path of this machine, debugging information or a table of symbols.
pub fn check(root: &Path, file: &Path) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let wrong = wrong(&bytes, &folders(root));
    if wrong.is_empty() {
        println!(
            "{}: {} bytes, no path of this machine, no debugging information",
            file.display(),
            bytes.len()
        );
        return Ok(());
    }
    Err(wrong.iter().map(|what| format!("{}: {what}", file.display())).collect::<Vec<_>>().join("\n"))
}

fn wrong(bytes: &[u8], folders: &[(PathBuf, &str)]) -> Vec<String> {
    let paths = folders.iter().filter_map(|(folder, _)| {
        let folder = format!("{}/", folder.display());
        // The root of the file system is in every path.
        (folder.len() > 2).then_some(folder)
    });
    let paths = paths
        .filter(|folder| holds(bytes, folder.as_bytes()))
        .map(|folder| format!("it holds the path {folder}"));
    let sections = [".debug_info", ".debug_line", ".symtab"];
    let sections = sections
        .into_iter()
        // Names in the table of sections end with a zero.
        .filter(|name| bytes.starts_with(b"\x7fELF") && holds(bytes, format!("\0{name}\0").as_bytes()))
        .map(|name| format!("it is not stripped: it has a section {name}"));
    paths.chain(sections).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_sections_are_found() {
        let folders = [(PathBuf::from("/here/me"), "/home"), (PathBuf::from("/"), "/root")];
        let wrong = |bytes: &[u8]| super::wrong(bytes, &folders);
        assert!(wrong(b"\x7fELF at /cargo/registry/src/a.rs\0.text\0").is_empty());
        assert_eq!(wrong(b"\x7fELF at /here/me/src/a.rs"), ["it holds the path /here/me/"]);
        assert_eq!(wrong(b"\x7fELF\0.text\0.symtab\0"), ["it is not stripped: it has a section .symtab"]);
        assert_eq!(wrong(b"/here/me/a \x7fELF\0.symtab\0"), ["it holds the path /here/me/"]);
    }

    #[test]
    fn each_folder_has_a_flag() {
        let flags = flags(Path::new("/some/where"));
        assert!(flags.contains(&"--remap-path-prefix=/some/where=/spikemesh".to_owned()), "{flags:?}");
        assert_eq!(flags.len(), 4);
    }
}
