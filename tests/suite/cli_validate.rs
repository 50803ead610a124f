//! `spikemesh validate` with rows that make no sense.

use spikemesh::calibrate::{Published, PublishedFile};

/// Files of rows through the command: every problem has a code, the file and the line, and the command ends with 1.
#[test]
fn bad_files_are_refused_by_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let published = Published::default();
    let lines = |source: &PublishedFile, keep: &str| {
        let mut lines = source.text.lines();
        let heading = lines.next().unwrap().to_owned();
        let row = lines.find(|line| line.starts_with(keep)).unwrap().to_owned();
        (heading, row)
    };
    // Few other rows, so that little is computed where a file is wrong only in what it names.
    for (name, source) in
        [("few.csv", &published.layers), ("none.csv", &published.models), ("no.csv", &published.micro)]
    {
        let (heading, row) = lines(source, if name == "few.csv" { "KWS,5," } else { "" });
        let text = if name == "few.csv" { format!("{heading}\n{row}\n") } else { format!("{heading}\n") };
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let few = |name: &str| folder.path().join(name).display().to_string();
    let refused = |option: &str, name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_spikemesh"))
            .args(["validate", option, path.to_str().unwrap(), "--format", "json"])
            .args(
                [("--layers", "few.csv"), ("--models", "none.csv"), ("--micro", "no.csv")]
                    .into_iter()
                    .filter(|(other, _)| *other != option)
                    .flat_map(|(other, file)| [other.to_owned(), few(file)]),
            )
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(1), "{option} {text}");
        assert!(ran.stdout.is_empty());
        let json: serde_json::Value = serde_json::from_slice(&ran.stderr).unwrap();
        let problem = &json["problems"][0];
        let message = problem["message"].as_str().unwrap().replace(folder.path().to_str().unwrap(), "");
        format!("{} {message}", problem["code"].as_str().unwrap())
    };
    let (heading, row) = lines(&published.layers, "AN0.25@160,1,");
    let layers = |from: &str, to: &str| {
        assert!(format!("{heading}\n{row}\n").contains(from), "{from}");
        refused("--layers", "rows.csv", &format!("{heading}\n{row}\n").replacen(from, to, 1))
    };
    for (from, to, expected) in [
        ("in_W,", "", "validate::column /rows.csv:1: there is no column `in_W`"),
        (
            ",80,80,8,",
            ",80,0,8,",
            "validate::value /rows.csv:2: `in_W` is `0`, and must be a number within 1..=65535",
        ),
        (
            ",80,80,8,",
            ",-80,80,8,",
            "validate::value /rows.csv:2: `in_H` is `-80`, and must be a number within 1..=65535",
        ),
        (
            "0.2477,38519",
            "1.2477,38519",
            "validate::value /rows.csv:2: `input_sparsity` is `1.2477`, and must be a number within 0..=1",
        ),
        (
            "0.2477,38519",
            "NaN,",
            "validate::value /rows.csv:2: `input_sparsity` is `NaN`, and must be a number within 0..=1",
        ),
        (
            "0.2477,38519",
            ",",
            "validate::value /rows.csv:2: `input_sparsity` is ``, and must be given where `input_events` is not",
        ),
        (
            ",3,3,1,Minimal",
            ",40,40,1,Minimal",
            "validate::nps /rows.csv:2: 40 NPs do not fit the 32 of akd1500",
        ),
        (
            ",184022,",
            ",inf,",
            "validate::value /rows.csv:2: `meas_clk` is `inf`, and must be a number within 1..=1099511627776",
        ),
        (
            ",AKD1500,",
            ",AKD9000,",
            "validate::value /rows.csv:2: `device` is `AKD9000`, and must be one of akd1000, akd1500, two-nodes",
        ),
        (",conv,80,80,8,16,3", ",conv,80,80,8,16,4", "validate::row /rows.csv:2: "),
    ] {
        // A column goes from the row as well.
        let found = if to.is_empty() {
            refused("--layers", "rows.csv", &format!("{}\n{row}\n", heading.replacen(from, to, 1)))
        } else {
            layers(from, to)
        };
        assert!(found.starts_with(expected), "{found}");
    }
    let (heading, row) = lines(&published.models, "KWS,minimal");
    let models = |from: &str, to: &str| {
        refused("--models", "models.csv", &format!("{heading}\n{}\n", row.replacen(from, to, 1)))
    };
    assert!(models("minimal", "most").starts_with("validate::value /models.csv:2: `mapping` is `most`"));
    assert!(models("134806", "0").starts_with("validate::value /models.csv:2: `cycles` is `0`"));
    assert!(models(",0.008,", ",NaN,").starts_with("validate::value /models.csv:2: `dyn_mJ` is `NaN`"));
    let (heading, row) = lines(&published.micro, "3x3 conv slope");
    let micro = |from: &str, to: &str| {
        refused("--micro", "micro.csv", &format!("{heading}\n{}\n", row.replacen(from, to, 1)))
    };
    assert!(micro("20.75", "-1").starts_with("validate::value /micro.csv:2: `value` is `-1`"));
    assert!(micro("AKD1500", "").starts_with("validate::value /micro.csv:2: `device` is ``"));
    // Templates: gone, unreadable, and larger than any device.
    let counts = |template: &str| {
        refused("--np-counts", "counts.csv", &format!("model_file,published_minimal_nps\n{template},3\n"))
    };
    assert_eq!(
        counts("gone.yaml"),
        "validate::template /counts.csv:2: the template `gone.yaml`: there is no such file"
    );
    std::fs::write(folder.path().join("broken.yaml"), "name: broken\nlayers:\n  - type: Convoluted\n")
        .unwrap();
    assert!(
        counts("broken.yaml").starts_with("validate::template /counts.csv:2: the template `broken.yaml`: ")
    );
    let number = refused("--np-counts", "counts.csv", "model_file,published_minimal_nps\ngxnor.yaml,three\n");
    assert!(
        number.starts_with("validate::value /counts.csv:2: `published_minimal_nps` is `three`"),
        "{number}"
    );
}
