//! `spikemesh validate`: accuracy on the published rows, coded errors for rows that make no sense, and nothing keyed to a row.

use spikemesh_calibrate::page;
use spikemesh_calibrate::scatter;
use spikemesh_calibrate::{Error, ModelResult, Published, PublishedFile, ValidationReport, validate};
use spikemesh_compiler::Mode;
use spikemesh_stop::Stop;

/// The first line and those that `keep` picks of a file of rows.
fn only(source: &mut PublishedFile, keep: impl Fn(&str) -> bool) {
    let mut lines = source.text.lines();
    let heading = lines.next().unwrap().to_owned();
    let kept: Vec<&str> = lines.filter(|line| keep(line)).collect();
    source.text = format!("{heading}\n{}\n", kept.join("\n"));
}

/// Rows of one model, and no microbenchmarks.
fn of_model(model: &str) -> Published {
    let mut published = Published::default();
    let name = format!("{model},");
    only(&mut published.layers, |line| line.starts_with(&name));
    only(&mut published.models, |line| line.starts_with(&name));
    only(&mut published.np_counts, |_| false);
    only(&mut published.micro, |_| false);
    only(&mut published.bounds, |_| false);
    published
}

fn report(published: &Published) -> ValidationReport {
    validate(published, &Stop::NEVER).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// Errors of the energies of models when memories and the network were shares of the clocks.
const WITH_SHARES: [(&str, Mode, f64); 26] = [
    ("AN0.25@160", Mode::Minimal, -0.00832),
    ("AN0.25@160", Mode::AllNps, 0.00713),
    ("AN0.25@160", Mode::HwPr, -0.00144),
    ("AN0.25@224", Mode::Minimal, -0.03921),
    ("AN0.25@224", Mode::AllNps, -0.03003),
    ("AN0.25@224", Mode::HwPr, -0.02330),
    ("AN0.5@224", Mode::Minimal, -0.02109),
    ("AN0.5@224", Mode::AllNps, -0.01960),
    ("AN0.5@224", Mode::HwPr, -0.00662),
    ("AN1@160", Mode::Minimal, -0.00898),
    ("AN1@160", Mode::AllNps, 0.00403),
    ("AN1@160", Mode::HwPr, 0.01511),
    ("AN1@224", Mode::Minimal, 0.05457),
    ("AN1@224", Mode::AllNps, 0.05160),
    ("AN1@224", Mode::HwPr, 0.05224),
    ("KWS", Mode::Minimal, -0.07331),
    ("KWS", Mode::AllNps, 0.00525),
    ("KWS2", Mode::Minimal, 0.01336),
    ("KWS2", Mode::AllNps, 0.06486),
    ("KWS1", Mode::Minimal, -0.01378),
    ("KWS1", Mode::AllNps, 0.02947),
    ("ARR", Mode::Minimal, -0.00429),
    ("ARR", Mode::AllNps, 0.00499),
    ("UORED", Mode::Minimal, 0.01047),
    ("UORED", Mode::AllNps, 0.01915),
    ("UORED", Mode::HwPr, -0.09468),
];

/// The targets, on everything that is published. The page of the book holds what this computes.
#[test]
fn published_rows_are_met() {
    let report = report(&Published::default());
    assert_eq!((report.layers.n, report.rows.layers.len()), (85, 108));
    assert!(report.layers.median.unwrap() <= 0.015, "{:?}", report.layers);
    assert!(report.layers.worst.unwrap() <= 0.10, "{:?}", report.layers);
    assert_eq!((report.np_counts.n, report.np_counts.exact), (32, 32));
    assert_eq!((report.models.errors.n, report.models.skipped), (26, 2));
    for row in report.rows.models.iter().filter(|row| row.skipped.is_none()) {
        let limit = match row.mapping {
            Mode::HwPr => 0.10,
            _ if row.published > 2_000_000 => 0.03,
            _ => 0.07,
        };
        assert!(row.error.unwrap().abs() <= limit, "{row:?}");
        if row.model.starts_with("AN") {
            assert!(row.energy_error.unwrap().abs() <= 0.06, "{row:?}");
        }
        // The mapping rule is known to differ in these two.
        let known = matches!((row.model.as_str(), row.mapping), ("AN1@224" | "UORED", Mode::HwPr));
        assert_eq!(row.mapping_as_published, Some(!known), "{row:?}");
    }
    // The network's share is printed with what it can be: nothing at least.
    let network = &report.network;
    assert!(network.models.len() >= 5 && !network.is_exceeded(), "{network:?}");
    let text = page(&report);
    for row in report.rows.models.iter().filter(|row| row.skipped.is_none()) {
        let (share, at_most) = (row.network_share.unwrap(), row.network_share_at_most.unwrap());
        assert!(share > 0.0 && at_most > share, "{row:?}");
        assert!(text.contains(&format!("| {:.2} % | {:.2} % |", 100.0 * share, 100.0 * at_most)), "{row:?}");
    }
    assert!(text.contains(&report.network_share().unwrap()) && text.contains("measurements allow 0 to"));
    // An energy for each action moves no total by more than half a point.
    for (model, mode, before) in WITH_SHARES {
        let is_row = |row: &&ModelResult| row.model == model && row.mapping == mode;
        let row = report.rows.models.iter().find(is_row).unwrap();
        assert!((row.energy_error.unwrap() - before).abs() <= 0.005, "{before}, now {row:?}");
    }
    // A mapping spreads an AkidaNet's work over NPs and adds little to it: halos and partial groups of filters.
    for row in report.rows.models.iter().filter(|row| row.model.starts_with("AN")) {
        let same = report.rows.models.iter().filter(|other| other.model == row.model);
        for other in same.filter_map(|other| other.predicted_mj) {
            assert!((other / row.predicted_mj.unwrap() - 1.0).abs() < 0.05, "{row:?}");
        }
    }
    let written = std::fs::read_to_string("../../docs/validation/silicon.md").unwrap();
    assert_eq!(written, page(&report), "make it anew: spikemesh validate -o docs/validation");
    let drawn = std::fs::read_to_string("../../docs/validation/scatter.svg").unwrap();
    assert_eq!(drawn, scatter(&report), "make it anew: spikemesh validate -o docs/validation");
}

/// Energies of the network beyond what a model under several mappings allows are reported, and the others stay what they are.
#[test]
fn a_network_that_costs_too_much_is_reported() {
    let mut published = of_model("AN0.25@160");
    let usual = report(&published);
    assert!(!usual.network.is_exceeded(), "{:?}", usual.network);
    let scale = 1.1 * usual.network.at_most.unwrap();
    let mut device = spikemesh_device::Device::load("akd1500").unwrap();
    for (path, energy) in device.energy.picojoules_mut() {
        if path.starts_with("energy.network.") {
            energy.0 *= scale;
        }
    }
    // The bound of the file itself holds for any multiple of its energies.
    let own = spikemesh_device::Device::load("akd1500").unwrap().network_energy_at_most().unwrap();
    assert!((device.network_energy_at_most().unwrap() * scale / own - 1.0).abs() < 1e-9);
    published.device = Some(device);
    let dear = report(&published);
    assert!(dear.network.is_exceeded(), "{:?}", dear.network);
    assert!(dear.network_share().unwrap().contains("larger than measurements allow"));
    for (dear, usual) in dear.rows.models.iter().zip(&usual.rows.models) {
        let rest = |row: &ModelResult| row.predicted_mj.unwrap() - row.network_mj.unwrap();
        assert!((rest(dear) / rest(usual) - 1.0).abs() < 1e-9);
        assert!((dear.network_mj.unwrap() / usual.network_mj.unwrap() / scale - 1.0).abs() < 1e-9);
    }
}

/// A layer that is in no published file, under another name and in another place, is predicted all the same.
#[test]
fn rows_are_taken_as_they_come() {
    let mut published = of_model("KWS");
    let known = report(&published);
    published.layers.text = published.layers.text.replace("KWS,", "other,").replace("sep1", "first");
    published.models.text = published.models.text.replace("KWS,", "other,");
    let renamed = report(&published);
    let clocks =
        |report: &ValidationReport| report.rows.layers.iter().map(|row| row.predicted).collect::<Vec<_>>();
    assert_eq!(clocks(&known), clocks(&renamed));
    assert_eq!(known.models, renamed.models);

    // A published time is compared with, and never used.
    published.layers.text = published.layers.text.replace("35280", "70560");
    let slower = report(&published);
    assert_eq!(clocks(&renamed), clocks(&slower));
    assert!((slower.rows.layers[1].error - (1.0 + renamed.rows.layers[1].error) / 2.0 + 1.0).abs() < 1e-12);
}

/// More events never take fewer clocks, and a layer of a later pass pays for its load.
#[test]
fn clocks_follow_events_and_loads() {
    let row = |events: u64, pass: u32| {
        format!("m,0,a,sep,10,10,64,64,3,1,Same,,4,4,2,2,1,Minimal,{pass},0.5,{events},,,1000,AKD1500,here")
    };
    let mut published = of_model("none");
    let heading = published.layers.text.lines().next().unwrap().to_owned();
    let steps: Vec<String> = (0..=16).map(|step| row(step * 400, 1)).collect();
    published.layers.text = format!("{heading}\n{}\n{}\n", steps.join("\n"), row(6400, 2));
    let rows = report(&published).rows.layers;
    assert!(rows.windows(2).all(|pair| pair[0].predicted < pair[1].predicted), "{rows:#?}");
    // 2 NPs x 64 channels x (64 filters at 4 bits and 9 taps at 8).
    let device = spikemesh_device::Device::load("akd1500").unwrap();
    let load = device.timing.load.pass_byte.times(2 * 64 * (64 / 2 + 9)).ceil();
    assert_eq!(rows[17].load, load);
    assert_eq!(rows[17].predicted, rows[16].predicted + load);
}

#[test]
fn models_without_layers_are_skipped() {
    let mut published = of_model("KWS");
    only(&mut published.layers, |line| !line.contains("sep3"));
    let report = report(&published);
    assert_eq!((report.models.errors.n, report.models.skipped), (0, 2));
    assert_eq!(report.rows.models[0].skipped.as_deref(), Some("no row for layer 3"));
    assert_eq!((report.energy.n, report.energy.worst), (0, None));
}

/// What is wrong with the rows of layers after a change.
fn wrong(change: impl Fn(&str) -> String) -> Vec<String> {
    let mut published = of_model("KWS");
    published.layers.text = change(&published.layers.text);
    let code = |error: &Error| miette::Diagnostic::code(error).map(|c| c.to_string()).unwrap_or_default();
    let errors = validate(&published, &Stop::NEVER).expect_err("it is wrong");
    errors.iter().map(|error| format!("{} {error}", code(error))).collect()
}

#[test]
fn bad_rows_have_a_code_and_a_line() {
    let replace = |from: &'static str, to: &'static str| wrong(move |text| text.replacen(from, to, 1));
    assert_eq!(
        replace("in_H,in_W", "rows,in_W"),
        ["validate::column silicon-layers.csv:1: there is no column `in_H`"]
    );
    let first = "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,0.9284,573";
    for (to, expected) in [
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,0.9284",
            "validate::fields silicon-layers.csv:3: the row has 25 fields, and the heading 26",
        ),
        (
            "KWS,1,sep1,sep,0,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,0.9284,573",
            "validate::value silicon-layers.csv:3: `in_H` is `0`, and must be a number within 1..=65535",
        ),
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,1.2,573",
            "validate::value silicon-layers.csv:3: `input_sparsity` is `1.2`, and must be a number within 0..=1",
        ),
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,NaN,573",
            "validate::value silicon-layers.csv:3: `input_sparsity` is `NaN`, and must be a number within 0..=1",
        ),
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,0.9284,8001",
            "validate::value silicon-layers.csv:3: `input_events` is `8001`, and must be at most the 8000 values of the map",
        ),
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,3,1,1,Minimal,1,0.9284,573",
            "validate::nps silicon-layers.csv:3: 3 NPs are not 1 x 1",
        ),
        (
            "KWS,1,sep1,sep,25,5,64,64,3,1,Same,,4,4,64,1,64,Minimal,1,0.9284,573",
            "validate::nps silicon-layers.csv:3: 64 NPs do not fit the 32 of akd1500",
        ),
        (
            "KWS,1,sep1,lstm,25,5,64,64,3,1,Same,,4,4,1,1,1,Minimal,1,0.9284,573",
            "validate::value silicon-layers.csv:3: `type` is `lstm`, and must be hrc, conv, sep or fc",
        ),
    ] {
        assert_eq!(replace(first, to), [expected], "{to}");
    }
    // A kernel that no NP computes is found by the compiler, and keeps its line.
    let odd = replace(first, "KWS,1,sep1,sep,25,5,64,64,9,1,Same,,4,4,1,1,1,Minimal,1,0.9284,573");
    assert!(odd[0].starts_with("validate::row silicon-layers.csv:3: "), "{odd:?}");
    // All at once.
    let both = wrong(|text| text.replace("Same,", "None,").replace("AKD1500", "AKD9"));
    assert_eq!(both.len(), 12, "{both:#?}");
    let gone = PublishedFile::read(std::path::Path::new("tests/data/none.csv")).unwrap_err();
    assert!(gone.to_string().starts_with("cannot read the rows of tests/data/none.csv"), "{gone}");
}

#[test]
fn json_has_the_promised_keys() {
    let value = serde_json::to_value(report(&of_model("KWS"))).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let host = ["host_simulating_seconds", "host_clocks_per_second", "host_slowdown"];
    assert_eq!(
        keys(&value),
        [&["layers", "models", "energy", "network", "np_counts", "bounds", "rows"][..], &host[..]].concat()
    );
    assert_eq!(keys(&value["layers"]), ["n", "median", "p90", "worst"]);
    assert_eq!(keys(&value["models"]), ["n", "median", "p90", "worst", "skipped"]);
    assert_eq!(keys(&value["energy"]), ["n", "median", "p90", "worst"]);
    assert_eq!(keys(&value["np_counts"]), ["n", "exact"]);
    assert_eq!(keys(&value["rows"]), ["layers", "models", "np_counts", "micro", "bounds"]);
}
