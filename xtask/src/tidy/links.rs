//! A link from one file of the repository to another leads somewhere.

use std::path::{Component, Path, PathBuf};

use super::File;

pub(super) fn check(file: &File) -> Vec<String> {
    if !file.is(".md") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        if !code {
            let dead = targets(line).filter(|target| !leads_somewhere(file, target));
            found.extend(dead.map(|target| file.at(number, format!("the link to `{target}` leads nowhere"))));
        }
    }
    found
}

/// What the links of a line point at: `[text](target)`, with or without a title.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(|(at, mark)| {
        let rest = &line[at + mark.len()..];
        rest[..rest.find(')')?].split_whitespace().next()
    })
}

fn leads_somewhere(file: &File, target: &str) -> bool {
    let path = target.split('#').next().unwrap_or_default();
    // Another site, or a heading of this file.
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return true;
    }
    let folder = Path::new(file.path).parent().unwrap_or(Path::new(""));
    let from = if path.starts_with('/') { Path::new("") } else { folder };
    // Without asking the disk, where `..` of a folder that is a link would lead elsewhere.
    let mut target = PathBuf::new();
    for part in from.join(path.trim_start_matches('/')).components() {
        match part {
            Component::ParentDir if !target.pop() => return false,
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    file.root.join(target).exists()
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    #[test]
    fn dead_links_are_seen() {
        let found = judge(check, "docs/a.md", "fine\n[a](../Cargo.toml) [b](nothing.md#x \"title\")");
        assert_eq!(found, ["docs/a.md:2: the link to `nothing.md#x` leads nowhere"]);
        assert_eq!(judge(check, "src/a.rs", "[b](nothing.md)"), Vec::<String>::new());
    }

    #[test]
    fn links_out_of_the_repository_are_dead() {
        assert_eq!(judge(check, "docs/a.md", "[a](../..)").len(), 1);
        assert_eq!(judge(check, "docs/a/b.md", "[a](../../Cargo.toml)").len(), 0);
    }

    #[test]
    fn other_links_are_left_alone() {
        let text = "[a](https://example.org/x) [b](#heading) [c](/Cargo.toml)\n```\n[d](nothing.md)\n```";
        assert_eq!(judge(check, "README.md", text), Vec::<String>::new());
    }
}
