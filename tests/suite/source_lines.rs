//! Errors of files of rows show the line, and mark what is wrong in it, at a cost that neither the line nor the file raises.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spikemesh::calibrate::Published;

/// Most bytes about a file, whatever it holds.
const MOST: usize = 40_000;

/// A folder with headings of published rows.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let published = Published::default();
    for (name, source) in [
        ("layers", &published.layers),
        ("models", &published.models),
        ("micro", &published.micro),
        ("counts", &published.np_counts),
    ] {
        let heading = source.text.lines().next().expect("there is a heading");
        std::fs::write(folder.path().join(name).with_extension("csv"), heading).expect("the file is written");
    }
    folder
}

/// What a command says of `file.csv` with a text, for people and as labels: line, and the bytes of the file that they mark.
fn said(folder: &Path, verb: &str, text: &str) -> (String, Vec<(u64, String)>) {
    std::fs::write(folder.join("file.csv"), text).expect("the file is written");
    let run = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
            .args(verb.split_whitespace())
            .args(["--format", format])
            .current_dir(folder)
            .output()
            .expect("spikemesh starts");
        assert_eq!(output.status.code(), Some(1), "{verb}: {output:?}");
        String::from_utf8(output.stderr).expect("messages are text")
    };
    let problems: Value = serde_json::from_str(&run("json")).expect("problems are JSON");
    let labels = problems["problems"].as_array().expect("a list").iter().flat_map(|problem| {
        problem["labels"].as_array().expect("a list").iter().map(|label| {
            assert_eq!(label["file"], "file.csv", "{verb}");
            let number = |name: &str| label[name].as_u64().expect("a number") as usize;
            let marked = &text.as_bytes()[number("offset")..number("offset") + number("length")];
            (number("line") as u64, String::from_utf8_lossy(marked).into_owned())
        })
    });
    let labels = labels.collect();
    (run("human"), labels)
}

const REPLAY: &str = "replay file.csv --size 2x2 -o out.csv";
// Without the rows that come with the command.
const LAYERS: &str =
    "validate --layers file.csv --models models.csv --micro micro.csv --np-counts counts.csv";
const BOUNDS: &str = "validate --bounds file.csv --layers layers.csv --models models.csv --micro micro.csv --np-counts counts.csv";
const PATTERN: &str = "traffic file.csv --size 2x2";

#[test]
fn every_reader_of_rows_shows_the_line_and_marks_the_fault() {
    let folder = folder();
    let trace = |rows: &str| format!("cycle,src,dst,size,after,delay\n0,0,1,1,,\n{rows}\n");
    let bound = |row: &str| format!("model_file,device,what,upper_bound,unit,source,strength\n{row}\n");
    let published = Published::default().layers.text;
    let mut layers = published.lines();
    let (heading, row) = (layers.next().expect("a heading"), layers.next().expect("a row"));
    let layer = |from: &str, to: &str| {
        assert!(row.contains(from), "{row}");
        format!("\n{heading}\r\n\n{}\n", row.replacen(from, to, 1))
    };
    let cases: Vec<(&str, String, u64, &str)> = vec![
        (REPLAY, trace("1,0, 9,1,,"), 3, " 9"),
        (REPLAY, trace("\n\r\n1,x,2,1,,\r"), 5, "x"),
        (REPLAY, trace("1,0,2,1,0,0"), 3, "0"),
        (REPLAY, trace("1,0,2,0,,"), 3, "0"),
        (REPLAY, trace("1,0,2,1,7,1"), 3, "7"),
        (REPLAY, trace("1,0,2,1,,1"), 3, ""),
        (REPLAY, trace("1,0,2"), 3, "1,0,2"),
        (REPLAY, trace("5,0,2,1,,\n4,0,2,1,,"), 4, "4"),
        (REPLAY, trace("# partial: why"), 3, "# partial: why"),
        (REPLAY, "\u{feff}cycle,src,where,size\n".to_owned(), 1, "where"),
        (REPLAY, "cycle,src,size\n".to_owned(), 1, "cycle,src,size"),
        (BOUNDS, bound("a.yaml,AKD1000,\"x, \"\"y\"\"\",\"fast\",ms,,"), 2, "\"fast\""),
        (BOUNDS, bound("a.yaml,AKD1000,\"x\ny\",-1,ms,,"), 3, "-1"),
        (BOUNDS, bound("a.yaml,AKD1000,x,1"), 2, "a.yaml,AKD1000,x,1"),
        (BOUNDS, bound("missing.yaml,AKD1000,x,1,ms,,"), 2, "missing.yaml,AKD1000,x,1,ms,,"),
        (LAYERS, layer(",160,160,3,", ",160,0,3,"), 4, "0"),
        (LAYERS, layer("hrc", "dense"), 4, "dense"),
        (LAYERS, "model,layer\na,b\n".to_owned(), 1, "model,layer"),
        (PATTERN, "0\n1\nnine\n2\n".to_owned(), 3, "nine"),
        (PATTERN, "0\r\n1\r\n".to_owned(), 2, "1"),
    ];
    for (verb, text, line, marked) in cases {
        let (people, labels) = said(folder.path(), verb, &text);
        assert!(labels.contains(&(line, marked.to_owned())), "{verb}: {text:?}: {labels:?}");
        // The line itself, below the place of the label.
        let shown = text.split('\n').nth(line as usize - 1).expect("there is the line").trim_end();
        let shown = shown.trim_start_matches('\u{feff}');
        assert!(people.contains(&format!("[file.csv:{line}:")), "{verb}: {text:?}: {people}");
        assert!(people.contains(&format!("{line} │ ")) || people.contains(&format!("{line} | ")), "{people}");
        assert!(people.contains(shown), "{verb}: {text:?}: {people}");
    }
}

#[test]
fn a_line_without_an_end_shows_its_beginning() {
    let folder = folder();
    for before in [0, 70_000, 1_000_000] {
        let rows = "0,0,1,1\n".repeat(before / 8);
        let text = format!("cycle,src,dst,size\n{rows}{}", "binary\u{1}\u{1b}[2J".repeat(100_000));
        let (people, labels) = said(folder.path(), REPLAY, &text);
        let (line, marked) = &labels[0];
        assert_eq!((labels.len(), *line), (1, before as u64 / 8 + 2));
        assert!(marked.starts_with("binary\u{1}") && marked.len() < 300, "{marked}");
        assert!(people.contains("binary??[2J") && people.len() < MOST, "{people}");
    }
}

#[test]
fn the_cost_of_errors_is_bounded() {
    let folder = folder();
    let heading = "model_file,device,what,upper_bound,unit,source,strength\n";
    // A fault far along a line, one in each of many rows, and templates that are not there.
    let long = format!("{heading}a.yaml,AKD1000,{},-7,ms,,\n", "x".repeat(3_000_000));
    let rows = format!("{heading}{}", "a.yaml,AKD1000,x,-7,ms,,\n".repeat(100_000));
    let templates = format!("{heading}{}", "a.yaml,AKD1000,x,7,ms,,\n".repeat(100_000));
    let open = format!("{heading}a.yaml,\"{}", "x\n".repeat(1_000_000));
    for (what, text, expected) in [
        ("long", &long, "...xxx"),
        ("rows", &rows, "99,980 more problems of rows after these"),
        ("templates", &templates, "99,980 more problems of rows after these"),
        ("open", &open, "the row has 2 fields"),
    ] {
        let (people, labels) = said(folder.path(), BOUNDS, text);
        assert!(people.len() < MOST && labels.len() <= 20, "{what}: {}", people.len());
        assert!(people.contains(expected), "{what}: {people}");
    }
    let (_, labels) = said(folder.path(), BOUNDS, &long);
    assert_eq!(labels, [(2, "-7".to_owned())]);
}
