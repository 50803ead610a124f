//! A disk that is full while rows are written: what was written is kept and marked, and the cause is told with the name of the file.
//!
//! A limit on the length of a file stands for the disk: every user may set one.

#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The command where no file gets longer than some blocks of 512 bytes.
fn limited(folder: &Path, blocks: u32, arguments: &[&str]) -> Output {
    // Without a handler the signal would end the command.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_spikemesh")]).args(arguments);
    command.current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a trace of many packets, and the rows and hops of its replay without a limit.
fn replayed() -> (tempfile::TempDir, [String; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = "cycle,src,dst,size\n".to_owned();
    for packet in 0..20_000 {
        let _ = writeln!(rows, "{},{},{},2", packet / 2, packet * 7 % 20, packet * 13 % 19);
    }
    fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let arguments = ["replay", "trace.csv", "--size", "5x4", "-o", "all.csv", "--hops", "hops.csv"];
    let whole = limited(folder.path(), 1 << 20, &arguments);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let files = [read("all.csv"), read("hops.csv")];
    (folder, files)
}

/// Rows that are the first of all, and the mark behind them.
fn part_of(whole: &str, part: &str) -> (usize, String) {
    let (rows, mark) = part.trim_end().rsplit_once('\n').unwrap();
    assert!(part.ends_with('\n') && whole.starts_with(&format!("{rows}\n")), "{mark}");
    (rows.lines().count() - 1, mark.to_owned())
}

#[test]
fn rows_that_were_written_are_kept_and_marked_and_the_file_is_named() {
    let (folder, [all, hops]) = replayed();
    let arguments =
        ["replay", "trace.csv", "--size", "5x4", "-o", "part.csv", "--hops", "h.csv", "--format", "json"];
    let output = limited(folder.path(), 800, &arguments);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("File too large") && errors.contains("h.csv") && errors.contains("cli::io"),
        "{errors}"
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["status"], "partial", "{report}");
    assert!(report["packets"].as_u64().unwrap() > 100);
    // The hops do not fit; the packets do, up to the cycle of the last hop.
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for (whole, name) in [(&all, "part.csv"), (&hops, "h.csv")] {
        let (rows, mark) = part_of(whole, &read(name));
        assert!(
            rows > 100 && mark.starts_with("# partial: ") && mark.contains("File too large"),
            "{name}: {mark}"
        );
    }
    assert!(read("h.csv").len() > 300_000, "most of what there is room for is kept");
}

#[test]
fn records_in_blocks_are_kept_as_well() {
    let (folder, _) = replayed();
    let arguments = ["replay", "trace.csv", "--size", "5x4", "-o", "part.spt"];
    let whole = limited(folder.path(), 1 << 20, &arguments);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
    let blocks = fs::metadata(folder.path().join("part.spt")).unwrap().len() / 512;
    let part = limited(folder.path(), blocks as u32 / 2, &[&arguments[..], &["--force"]].concat());
    assert_eq!(part.status.code(), Some(1), "{}", text(&part.stderr));
    let again = limited(folder.path(), 1 << 20, &["replay", "part.spt", "--size", "5x4", "-o", "again.csv"]);
    let errors = text(&again.stderr);
    assert!(errors.contains("replay::partial") && errors.contains("File too large"), "{errors}");
}

#[test]
fn an_answer_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = ["traffic", "--size", "4x4", "--rates", "0.1,0.2", "--sample-period", "50"];
    let whole = limited(folder.path(), 1 << 20, &sweep);
    let more = ["--links", "links.csv", "--csv", "rates.csv"];
    let output = limited(folder.path(), 8, &[&sweep[..], &more].concat());
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("links.csv") && errors.contains("File too large"), "{errors}");
    assert_eq!(text(&output.stdout), text(&whole.stdout), "the table is there");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("rates.csv").lines().count(), 3, "the other file is there");
    assert!(read("links.csv").lines().last().unwrap().starts_with("# partial: cannot write the rest"));

    let folder_is_no_file = folder.path().display().to_string();
    for arguments in [
        &[
            "map",
            "tests/cmd/models/tiny.yaml",
            "-d",
            "two-nodes",
            "--random-weights",
            "1",
            "-o",
            &folder_is_no_file,
        ][..],
        &["map", "tests/cmd/models/tiny.yaml", "-d", "two-nodes", "--random-weights", "1", "-o", "/dev/full"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stdout).contains("Proved free of deadlock"), "{arguments:?}");
    }
}

#[test]
fn finished_frames_of_a_run_survive_and_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::env::current_dir().unwrap().join("traces/fashion-mnist");
    let [model, images] = ["model.fbz", "images.npy"].map(|name| root.join(name).display().to_string());
    let output = limited(folder.path(), 24, &["run", &model, "-i", &images, "-o", "out"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("File too large"), "{errors}");
    let resumed = limited(folder.path(), 1 << 20, &["run", "--resume", "out"]);
    let errors = text(&resumed.stderr);
    assert!(resumed.status.success(), "{errors}");
}
