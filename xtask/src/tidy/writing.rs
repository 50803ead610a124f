//! Files are written through `spikemesh_files::Disk`, where tests put a disk that fails.

use super::file::File;

/// Calls that change a disk, put together here so that this file does not break its own rule.
const CALLS: &[[&str; 2]] = &[
    ["fs::wr", "ite("],
    ["fs::cre", "ate_dir"],
    ["fs::ren", "ame("],
    ["fs::rem", "ove_"],
    ["File::cre", "ate"],
    ["Open", "Options"],
];
/// Folders of the product's code.
const PRODUCT: [&str; 5] = ["src/", "isa/src/", "mesh/", "crates/", "python/src/"];
/// The one file that does it.
const DISK: &str = "crates/files/src/disk.rs";

pub(super) fn check(file: &File) -> Vec<String> {
    let is_product = PRODUCT.iter().any(|folder| file.path.starts_with(folder))
        && !file.path.contains("/tests/")
        && !file.path.contains("/benches/");
    if !is_product || !file.path.ends_with(".rs") || file.path == DISK {
        return Vec::new();
    }
    let tests =
        file.lines().find(|(_, line)| line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test"));
    let end = tests.map_or(usize::MAX, |(line, _)| line);
    let mut found = Vec::new();
    for call in CALLS.iter().map(|parts| parts.concat()) {
        // Behind a letter it is the end of another name, such as `OutputFile::create`.
        let is_called = |text: &str| {
            text.match_indices(&call).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
        };
        let lines = file.lines().filter(|(line, text)| *line < end && is_called(text));
        found.extend(
            lines.map(|(line, _)| file.at(line, format!("`{call}` changes the disk without {DISK}"))),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::file::judge;
    use super::*;

    #[test]
    fn writing_past_the_disk_is_seen_in_the_product_and_not_in_tests() {
        for parts in CALLS {
            let text = format!("fn f() {{\n    {}x", parts.concat());
            assert!(judge(check, "src/a.rs", &text)[0].starts_with("src/a.rs:2: "), "{text}");
            for path in
                [DISK, "tests/suite/a.rs", "crates/model/tests/suite/a.rs", "xtask/src/a.rs", "src/a.md"]
            {
                assert_eq!(judge(check, path, &text), Vec::<String>::new(), "{path}");
            }
            assert_eq!(judge(check, "src/a.rs", &format!("#[cfg(test)]\n{text}")), Vec::<String>::new());
        }
    }
}
