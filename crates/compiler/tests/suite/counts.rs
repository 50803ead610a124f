//! Neural processors per layer against the published totals.

use std::path::Path;

use spikemesh_compiler::{Mode, Resources, compile};
use spikemesh_device::Device;
use spikemesh_model::{Model, template};

fn model(file: &str) -> Model {
    let path = Path::new("../calibrate/models").join(file);
    template::load(&path).unwrap_or_else(|errors| panic!("{file}: {errors:?}"))
}

/// File, published total without the input unit, and NPs per layer by the rule, the input unit as 0.
fn published() -> Vec<(String, u32, Vec<u32>)> {
    let text = std::fs::read_to_string("../calibrate/data/np-counts.csv").unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let [file, total, layers] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let layers = layers.split(' ').map(|n| n.parse().unwrap()).collect();
        (file.to_owned(), total.parse().unwrap(), layers)
    });
    rows.collect()
}

#[test]
fn minimal_takes_the_published_numbers() {
    let device = Device::load("akd1000").unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (file, total, layers) in published() {
        seen += 1;
        let plan = compile(&model(&file), &device, &Mode::Minimal.into()).unwrap().report;
        let nps: Vec<u32> = plan.layers.iter().map(|l| l.nps).collect();
        if (plan.total_nps, &nps) != (total, &layers) || plan.total_nps != nps.iter().sum::<u32>() {
            wrong.push(format!("{file}: {} {nps:?}, published {total} {layers:?}", plan.total_nps));
        }
        assert_eq!(plan.passes, if total > 80 { 2 } else { 1 }, "{file}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen, 32);
}

/// Published NPs per layer on the AKD1500 under the other modes, and the layers after which a pass ends.
#[rustfmt::skip]
const MODES: [(&str, Mode, &[u32], &[usize]); 9] = [
    ("an.25-160.yaml", Mode::AllNps, &[0, 3, 3, 2, 2, 1, 2, 2, 2, 2, 2, 2, 4, 4, 1], &[]),
    ("an.25-160.yaml", Mode::HwPr, &[0, 3, 6, 4, 8, 4, 8, 8, 8, 8, 8, 8, 16, 16, 1], &[5, 9, 12]),
    ("an.25-224.yaml", Mode::AllNps, &[0, 4, 4, 2, 2, 1, 2, 2, 2, 2, 2, 2, 3, 3, 1], &[]),
    ("an.5-224.yaml", Mode::HwPr, &[0, 4, 12, 6, 12, 8, 16, 8, 8, 8, 8, 8, 15, 15, 1], &[3, 5, 8, 11]),
    ("an1-160.yaml", Mode::AllNps, &[0, 3, 6, 6, 6, 4, 8, 4, 4, 4, 4, 4, 8, 16, 1], &[5, 11]),
    ("an1-160.yaml", Mode::HwPr, &[0, 3, 12, 6, 12, 8, 16, 8, 8, 8, 8, 8, 15, 16, 1], &[3, 5, 8, 11]),
    ("an1-224.yaml", Mode::AllNps, &[0, 6, 12, 12, 6, 3, 6, 8, 8, 8, 8, 8, 14, 16, 1], &[3, 8, 11]),
    ("devhub-kws12.yaml", Mode::AllNps, &[0, 7, 7, 7, 7, 2], &[]),
    ("devhub-arr.yaml", Mode::AllNps, &[0, 8, 7, 13, 1, 1], &[]),
];

#[test]
fn the_other_modes_take_the_published_numbers() {
    let device = Device::load("akd1500").unwrap();
    for (file, mode, nps, cuts) in MODES {
        let plan = compile(&model(file), &device, &mode.into()).unwrap().report;
        assert_eq!(plan.layers.iter().map(|l| l.nps).collect::<Vec<_>>(), nps, "{file} {mode:?}");
        let ends = plan.layers.windows(2).enumerate().filter(|(_, pair)| pair[0].pass != pair[1].pass);
        assert_eq!(ends.map(|(index, _)| index).collect::<Vec<_>>(), cuts, "{file} {mode:?}");
    }
}

#[test]
fn the_other_modes_spend_more_within_their_limits() {
    let target = Resources::from(&Device::load("akd1500").unwrap());
    for file in ["an.5-224.yaml", "mb1-224.yaml", "devhub-uored.yaml", "gxnor.yaml"] {
        let model = model(file);
        let [minimal, all, hw_pr] = [Mode::Minimal, Mode::AllNps, Mode::HwPr]
            .map(|mode| compile(&model, target.clone(), &mode.into()).unwrap().report);
        assert_eq!(all.passes, minimal.passes, "{file}");
        assert!(hw_pr.passes <= 5 || hw_pr.granularity.is_none(), "{file}");
        for ((small, all), hw_pr) in minimal.layers.iter().zip(&all.layers).zip(&hw_pr.layers) {
            assert!(all.nps >= small.nps && hw_pr.nps >= small.nps, "{file} {}", small.name);
            assert!(hw_pr.nps <= 16 || hw_pr.nps == small.nps, "{file} {}", small.name);
            assert_eq!(
                [all.spatial_splits, hw_pr.spatial_splits],
                [small.spatial_splits; 2],
                "{file} {}",
                small.name
            );
        }
    }
}
