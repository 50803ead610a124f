//! `cargo xtask browser`: the pages of `report` in Chromium, driven by puppeteer-core, looked at by axe-core.
//!
//! It runs where node, a Chromium and both packages of npm are; elsewhere it says what is missing. `.ci/run` installs them. The packages are looked for
//! in `target/browser`, where `npm install --prefix target/browser puppeteer-core axe-core` puts them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The test.
const SCRIPT: &str = "tests/browser/report.mjs";
/// Names of the browser.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Runs the chore: `--pictures FOLDER` writes the pictures of the documentation.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let root = crate::root::root()?;
    match arguments {
        [] => look(&root, None).map(|_| ()),
        [option, folder] if option == "--pictures" => look(&root, Some(folder)).map(|_| ()),
        _ => Err("the only option is --pictures FOLDER".into()),
    }
}

/// The step of the tests: whether the pages were looked at.
pub fn check(root: &Path) -> Result<bool, String> {
    look(root, None)
}

fn look(root: &Path, pictures: Option<&String>) -> Result<bool, String> {
    let target = crate::root::target(root);
    let modules = target.join("browser");
    let missing = |what: &str| {
        println!(
            "{what} is missing: the pages of `report` are not looked at in a browser; .ci/run installs it"
        );
        Ok(false)
    };
    let Some(browser) = std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(browser) else {
        return missing("Chromium");
    };
    if !starts("node") {
        return missing("node");
    }
    for package in ["puppeteer-core", "axe-core"] {
        if !modules.join("node_modules").join(package).is_dir() {
            return missing(&format!("npm's {package}"));
        }
    }
    let mut command = Command::new("node");
    command.arg(SCRIPT).arg(target.join("debug/spikemesh")).arg(&modules).arg(target.join("browser-runs"));
    command.args(pictures).env("CHROMIUM", browser).current_dir(root);
    let status = command.status().map_err(|error| format!("node: {error}"))?;
    if status.success() { Ok(true) } else { Err(format!("{SCRIPT} failed")) }
}

/// Puppeteer wants the whole path.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
