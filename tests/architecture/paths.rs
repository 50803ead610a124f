//! The paths of a source that lead out of its module.

use std::path::{Component, Path};

use crate::source::tokens;

/// Crates whose mention counts; others are nobody's business here.
const CRATES: &[&str] = &["spikemesh", "spikemesh_isa", "spikemesh_mesh", "petgraph"];

/// Every path in a source that starts at `crate`, `super` or one of [`CRATES`], resolved from the root of its crate. `file` is
/// relative to the root of the repository.
pub fn mentions(file: &Path, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let module = module(file);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before)).map(String::as_str);
        // In the middle of a path, `extern crate alloc`, or `pub(crate)`.
        let inner = before == Some("::") && at >= 2 && is_segment(&tokens[at - 2]);
        let other = before == Some("extern");
        let visibility = before == Some("(") && tokens.get(at + 1).is_some_and(|next| next == ")");
        if inner || other || visibility {
            continue;
        }
        let start: Vec<String> = match token.as_str() {
            "crate" => vec!["crate".to_owned()],
            "super" => module[..module.len().saturating_sub(1).max(1)].to_vec(),
            name if CRATES.contains(&name) && leads(&tokens, at) => vec![name.to_owned()],
            _ => continue,
        };
        follow(&tokens, at + 1, start, &mut found);
    }
    found.into_iter().map(|path| path.join("::")).collect()
}

/// A crate's name is a path if it goes on, or if it is what a `use` or `extern crate` takes.
fn leads(tokens: &[String], at: usize) -> bool {
    let token = |index: Option<usize>| index.and_then(|index| tokens.get(index)).map(String::as_str);
    let before = token(at.checked_sub(1));
    token(Some(at + 1)) == Some("::") || matches!(before, Some("use" | "crate" | "::"))
}

/// The module of a file, from the root of its crate: `src/engine/stage.rs` is `crate::engine::stage`.
fn module(file: &Path) -> Vec<String> {
    let parts = file.with_extension("");
    let names = parts.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let below = names.skip_while(|name| *name != "src").skip(1).filter(|name| *name != "lib");
    std::iter::once("crate").chain(below).map(str::to_owned).collect()
}

/// Follows a path, or a tree of them in braces, from the token behind its start; returns the token behind it.
fn follow(tokens: &[String], mut at: usize, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    while tokens.get(at).is_some_and(|token| token == "::") {
        at += 1;
        match tokens.get(at).map(String::as_str) {
            Some("super") => {
                if path.len() > 1 {
                    path.pop();
                }
            }
            Some("self") => {}
            Some("{") => {
                at += 1;
                while let Some(token) = tokens.get(at).filter(|token| *token != "}") {
                    if is_name(token) || token == "*" {
                        let mut branch = path.clone();
                        if token != "self" {
                            branch.push(token.clone());
                        }
                        at = follow(tokens, at + 1, branch, found);
                    } else {
                        // A comma.
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(name) if is_name(name) || name == "*" => path.push(name.to_owned()),
            // A turbofish, or the end.
            _ => break,
        }
        at += 1;
    }
    if tokens.get(at).is_some_and(|token| token == "as") {
        at += 2;
    }
    found.push(path);
    at
}

/// A name that a path can go on from; a path may begin with `::` behind any of the words that are none.
fn is_segment(token: &str) -> bool {
    is_name(token) && !["use", "as", "dyn", "impl", "in", "mut", "return", "for", "where"].contains(&token)
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
