//! The table of docs/limits.md has the numbers of the code.

use spikemesh::noc::trace;
use spikemesh::noc::traffic::Pattern;
use spikemesh::tensor::npy;
use spikemesh::trace::MAX_LATENCIES;
use spikemesh::{calibrate, certificate, device, doors, isa, mesh, model, noc};

/// A number as the page writes it.
fn written(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// The numbers of a text, in their order.
fn numbers(text: &str) -> Vec<String> {
    let kept = |c: char| c.is_ascii_digit() || c == ',';
    let words = text.split(|c| !kept(c)).map(|word| word.trim_matches(','));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_table_has_the_numbers_of_the_code() {
    let slope = Pattern::max_bytes(1) - Pattern::max_bytes(0);
    let rows: &[(&str, &[u64])] = &[
        ("program (`.npx`), the file", &[isa::container::MAX_FILE]),
        (
            "program, its records",
            &[isa::container::MAX_RECORDS, isa::limits::MAX_MAPS as u64, isa::limits::MAX_PASSES as u64],
        ),
        ("program, its memory images, for `disasm`", &[isa::container::MAX_MEMORY]),
        ("program, its memory images, for a device", &[mesh::FREE_WEIGHTS, mesh::WEIGHTS_PER_BYTE]),
        (
            "program, its memory images, without a device",
            &[isa::container::FREE_MEMORY, isa::container::PER_FILE_BYTE],
        ),
        ("program, frames of it", &[mesh::MAX_POTENTIALS, mesh::MAX_VALUES]),
        ("certificate (`.json`)", &[certificate::MAX_BYTES]),
        ("text of a program (`.nps`)", &[isa::assembly::MAX_TEXT]),
        ("model (`.fb`, `.fbz`)", &[model::file::MAX_RAW]),
        ("model, packed", &[model::file::FREE_RAW, model::file::PER_FILE_BYTE]),
        ("model, its weights", &[model::MAX_WEIGHTS]),
        ("template (`.yaml`)", &[model::template::MAX_BYTES as u64, model::template::MAX_DEPTH as u64]),
        ("array (`.npy`)", &[npy::MAX_BYTES]),
        ("trace (`.csv`)", &[trace::MAX_LINE as u64, trace::MAX_AFTER as u64, trace::MAX_LAYERS as u64]),
        (
            "trace (`.spt`)",
            &[
                trace::spt::MAX_BODY.into(),
                trace::spt::MAX_RECORDS as u64,
                trace::spt::MAX_ORIGIN.into(),
                trace::MAX_LAYERS as u64,
            ],
        ),
        ("trace, for `trace`", &[MAX_LATENCIES as u64, 16]),
        ("answer of a replay", &[trace::MAX_LINE as u64]),
        ("device (`.ron`)", &[device::MAX_FILE_BYTES]),
        ("manifest (`.ron`)", &[doors::MANIFEST_BYTES]),
        ("golden file of a case (`.json`)", &[doors::MAX_GOLDEN_BYTES]),
        ("rows of silicon (`.csv`)", &[calibrate::doors::MAX_BYTES]),
        ("targets of a traffic pattern", &[slope, Pattern::max_bytes(0)]),
        ("`run.json` of a run directory", &[doors::RUN_INFO_BYTES]),
        ("journal of a run directory", &[]),
        ("size of a mesh on the command line", &[noc::Config::MAX_SIDE.into()]),
    ];
    let page = std::fs::read_to_string("docs/limits.md").unwrap();
    let table = page.split("<!-- limits -->").nth(1).unwrap().split("<!-- /limits -->").next().unwrap();
    let table: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| input |"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let inputs: Vec<&str> = table.iter().map(|row| row[1]).collect();
    assert_eq!(inputs, rows.iter().map(|(input, _)| *input).collect::<Vec<_>>());
    for (row, (input, limits)) in table.iter().zip(rows) {
        let limits: Vec<String> = limits.iter().map(|&limit| written(limit)).collect();
        assert_eq!(numbers(row[2]), limits, "{input}");
    }
}
