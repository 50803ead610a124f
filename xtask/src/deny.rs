//! `cargo xtask deny`: what the project depends on. Licences and duplicates by the rules of deny.toml.
//!
//! cargo-deny checks more than this chore does by itself, advisories above all, and takes minutes to compile. So it runs where it is installed, as in
//! continuous integration, and the advisories where their database can be reached; what could not be checked is said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::metadata::{cargo, items, metadata};

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    check(&crate::root::root()?)
}

/// Fails with everything that breaks a rule.
pub fn check(root: &Path) -> Result<(), String> {
    let rules =
        std::fs::read_to_string(root.join("deny.toml")).map_err(|error| format!("deny.toml: {error}"))?;
    let metadata = metadata(root, &["--locked"])?;
    let packages: Vec<Package> = items(&metadata["packages"]).map(Package::new).collect();
    let mut wrong = licences(&packages, &list(&rules, "allow"));
    wrong.extend(duplicates(&packages, &list(&rules, "skip")));
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    println!("{} packages: licences and versions are as deny.toml wants them", packages.len());
    cargo_deny(root)
}

/// cargo-deny itself, where it is installed.
fn cargo_deny(root: &Path) -> Result<(), String> {
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(cargo());
        command.args(["deny", "--color", "never"]).args(arguments).current_dir(root);
        command.output().map_err(|error| format!("cargo deny: {error}"))
    };
    if !deny(&["--version"])?.status.success() {
        println!("cargo-deny is not installed: sources and advisories are not checked");
        return Ok(());
    }
    let output = deny(&["--locked", "--offline", "check", "licenses", "bans", "sources"])?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    println!("cargo-deny: licences, bans and sources are right");
    let output = deny(&["--locked", "check", "advisories"])?;
    let message = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        println!("cargo-deny: there are no advisories");
        Ok(())
    } else if message.contains("failed to fetch advisory database") {
        println!("cargo-deny: the database of advisories cannot be reached, they are not checked");
        Ok(())
    } else {
        Err(message.into_owned())
    }
}

struct Package {
    name: String,
    version: String,
    licence: String,
}

impl Package {
    fn new(package: &serde_json::Value) -> Package {
        let text = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
        Package { name: text("name"), version: text("version"), licence: text("license") }
    }
}

/// Packages whose licence is none of those that are allowed.
fn licences(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<String> {
    let refused = packages.iter().filter(|package| !allows(&package.licence, allowed));
    refused
        .map(|Package { name, version, licence }| {
            format!("{name} {version}: the licence `{licence}` is not in deny.toml")
        })
        .collect()
}

/// Packages of several versions, those of `skip` excepted.
fn duplicates(packages: &[Package], skip: &BTreeSet<String>) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let several = versions.into_iter().filter_map(|(name, versions)| {
        let kept = versions.iter().filter(|version| !skip.contains(&format!("{name}@{version}"))).count();
        (kept > 1).then(|| format!("{name} is there in the versions {}", versions.join(", ")))
    });
    several.collect()
}

/// The quoted words of a list in deny.toml, which is `name = [` up to the next `]` at the start of a line.
fn list(rules: &str, name: &str) -> BTreeSet<String> {
    let start = rules.find(&format!("\n{name} = [")).map_or(rules.len(), |at| at + 1);
    let text = &rules[start..];
    let text = &text[..text.find("\n]").unwrap_or(text.len())];
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// True if an SPDX expression can be met with the licences that are allowed. AND binds more tightly than OR.
fn allows(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let holds = any(&mut words, allowed);
    holds && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut holds = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        holds |= all(words, allowed);
    }
    holds
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut holds = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        holds &= one(words, allowed);
    }
    holds
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let holds = any(words, allowed);
        return words.next_if_eq(&")").is_some() && holds;
    }
    let Some(word) = words.next() else { return false };
    let mut licence = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        licence = format!("{licence} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> BTreeSet<String> {
        ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into()
    }

    #[test]
    fn expressions_are_met_or_not() {
        for (expression, holds) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("", false),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND GPL-3.0", false),
            ("MIT AND GPL-3.0 OR ISC", true),
            ("(GPL-3.0 OR MIT) AND ISC", true),
            ("(GPL-3.0 OR MIT) AND Zlib", false),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
            ("MIT MIT", false),
            ("(MIT", false),
        ] {
            assert_eq!(allows(expression, &allowed()), holds, "{expression}");
        }
    }

    #[test]
    fn a_package_with_another_licence_or_version_is_named() {
        let package = |name: &str, version: &str, licence: &str| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.to_owned(),
        };
        let packages =
            [package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT"), package("b", "1.0.0", "GPL-3.0")];
        assert_eq!(licences(&packages, &allowed()), ["b 1.0.0: the licence `GPL-3.0` is not in deny.toml"]);
        assert_eq!(duplicates(&packages, &BTreeSet::new()), ["a is there in the versions 1.0.0, 2.0.0"]);
        assert!(duplicates(&packages, &["a@1.0.0".to_owned()].into()).is_empty());
    }

    #[test]
    fn lists_are_read() {
        let rules = "[licenses]\nallow = [\n  # one\n  \"MIT\",\n  \"ISC\",\n]\n[bans]\nskip = [\n]\n";
        assert_eq!(list(rules, "allow"), ["ISC".to_owned(), "MIT".to_owned()].into());
        assert!(list(rules, "skip").is_empty());
        assert!(list(rules, "other").is_empty());
    }
}
