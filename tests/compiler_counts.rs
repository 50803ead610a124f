//! Neural processors per layer against the published totals.

use std::path::Path;

use spikemesh::compiler::{Mode, Target, compile, compile_for};
use spikemesh::mesh::device::Device;
use spikemesh::model::{Model, template};

fn model(file: &str) -> Model {
    let path = Path::new("tests/models").join(file);
    template::load(&path).unwrap_or_else(|errors| panic!("{file}: {errors:?}"))
}

/// File, published total without the input unit, and NPs per layer by the rule, the input unit as 0.
fn published() -> Vec<(String, u32, Vec<u32>)> {
    let text = std::fs::read_to_string("tests/data/np-counts.csv").unwrap();
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
        if !Path::new("tests/models").join(&file).exists() {
            continue;
        }
        seen += 1;
        let plan = compile(&model(&file), &device, Mode::Minimal).unwrap().plan;
        let nps: Vec<u32> = plan.layers.iter().map(|l| l.nps).collect();
        if (plan.total_nps, &nps) != (total, &layers) || plan.total_nps != nps.iter().sum::<u32>() {
            wrong.push(format!("{file}: {} {nps:?}, published {total} {layers:?}", plan.total_nps));
        }
        assert_eq!(plan.passes, if total > 80 { 2 } else { 1 }, "{file}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen >= 30, "only {seen} models found");
}

#[test]
fn the_other_modes_spend_more_within_their_limits() {
    let target = Target::from(&Device::load("akd1500").unwrap());
    for file in ["an.5-224.yaml", "mb1-224.yaml", "devhub-uored.yaml", "gxnor.yaml"] {
        let model = model(file);
        let [minimal, all, hw_pr] = [Mode::Minimal, Mode::AllNps, Mode::HwPr]
            .map(|mode| compile_for(&model, &target, mode).unwrap().plan);
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
